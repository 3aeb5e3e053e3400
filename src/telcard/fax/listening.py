"""Listening to a fax call without taking part: its pages, and who said what.

    listener = FaxListener(sides=2)           # a stereo recording: one way left, the other right
    for block in blocks:                      # int16 at 8 kHz, shape (frames, 2)
        listener.process(block)
    listener.finish()
    listener.pages                            # [HeardPage], each with its rows and evidence
    for line in listener.transcript:
        print(line.text())                    # "   7.164 called   DIS: V.27ter, V.29, V.17 ..."

One side is enough where it holds both ends of the call: they speak one after the other.  On each
side an ear of a fax lane listens: for frames at 300 bit/s always, for a training check behind a
DCS, and for pages behind that, in the modem, rate and coding that the DCS names.

Limits: short training of V.17 builds on the long one before; who comes too late for that hears
commands and no pages, and is told so.  So is who comes too late for the DCS, unless he knows what
it has said (`assumed`).  On two sides an end is known by the side it
is on; on one by the bits that the Recommendation gives to the ends of a call.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from telcard.fax.frames import TEXTS, Damaged, Fcf, Frame, decode
from telcard.fax.lane import FaxLane
from telcard.fax.negotiation import Agreement, read_ctc, read_dcs
from telcard.fax.overheard import HeardPage, Overheard
from telcard.fax.phases import (
    CarrierLost,
    CarrierUp,
    Content,
    Evidence,
    Fast,
    FrameReceived,
    ImageOctets,
    Listen,
    Program,
    Quality,
    Rate,
    TrainingChecked,
)

SAMPLES_S = 8000

BLOCK = 160
"""Samples after which the other side is heard: 20 ms, far less than any pause between two ends."""

ECHO_S = 1.0
"""The same frame on the other side so soon is its echo: nobody answers with a whole frame, behind
flags of a second, in that time."""

LOUDER = 4.0
"""So much more power (6 dB) on the other side, in the very time of a frame, makes it an echo: ends
of a fax call never send frames at once."""

SMOOTH = 1 / 8
"""Of power, a block: some 160 ms."""

ALL = frozenset(Rate)


@dataclass(frozen=True, slots=True)
class Heard:
    """A line of the transcript."""

    sample: int
    """At which it was heard to its end."""
    side: int
    """Of the recording, from 0."""
    station: str
    """Who said it: "caller", "called", or "" where nobody knows."""
    what: str
    """In words."""
    frame: Frame | None = None
    page: HeardPage | None = None
    training: TrainingChecked | None = None
    echo: bool = False
    """What the other end has said came back on this side."""

    @property
    def seconds(self) -> float:
        """When, from the recording's beginning."""
        return self.sample / SAMPLES_S

    def text(self) -> str:
        """The whole line."""
        return f"{self.seconds:9.3f} {self.station or '?':<7}{self.what}"


@dataclass(frozen=True, slots=True)
class Signal:
    """A modem's signal from its beginning to its end, or a tone: what a picture of a call shows."""

    side: int
    """Of the recording, from 0."""
    station: str
    """As in `Heard`."""
    name: str
    """"frames", at 300 bit/s; "training check" or "page"; tones have their own names."""
    began: int
    """Sample at which its flags were known, or its training was over."""
    ended: int
    rate: Rate | None = None
    """Of a training check or page."""
    quality: Quality = field(default_factory=Quality)


def speaker(frame: Frame) -> str:
    """Who says such a frame, by itself: "caller", "called", or "" (T.30 5.3.6.1).

    Identifications before a command are the called station's or, with the first bit set, the
    caller's; in all others X is 1 from who has received a DIS, which is the caller.
    """
    if frame.fcf.has_x:
        return "caller" if frame.x else "called"
    if frame.fcf in (Fcf.FCD, Fcf.RCP, Fcf.CCD):
        return ""
    return "caller" if frame.fcf.printed & 0x80 else "called"


class _Side:
    """One way of the line."""

    def __init__(self) -> None:
        self.lane = FaxLane()
        self.station = ""
        self.power = 0.0
        self.began: dict[Rate | None, int] = {}
        """Where the signals began that are there: at 300 bit/s (None), or a fast one."""
        self.spoke = False
        """Whether a frame of its own came in the signal at 300 bit/s."""
        self._programs = 0
        self.wish: Fast | None = None
        self.hope(None)

    def hope(self, fast: Fast | None) -> None:
        """Listen from now on for this carrier, beside frames and training checks."""
        self.wish = fast
        self._programs += 1
        self.lane.run(Program(self._programs, (Listen(fast, after_dcs=ALL),)))


class FaxListener:
    """Turns the sound of a fax call into pages and a transcript.

    `sides` is 1 or 2.  The stream may be cut anywhere; results grow as it goes.  `assumed` is what
    pages are taken for as long as no DCS is heard, from where the call's first carrier trains the
    receiver at length: whatever V.27 ter and V.29 bring, of V.17 what comes from the training check
    on.  ValueError for other samples than int16 of so many sides.
    """

    def __init__(self, sides: int = 1, assumed: Agreement | None = None) -> None:
        if sides not in (1, 2):
            raise ValueError(f"sides: want 1 or 2, got {sides}")
        self._sides = [_Side() for _ in range(sides)]
        self._overheard = Overheard()
        self._checking = False  # a training check is due, or there
        self._sender: _Side | None = None  # who said the last DCS, or sent the first carrier
        self._assumes = assumed is not None  # and no DCS was heard
        if assumed is not None:
            self._overheard.agreement = assumed
            for side in self._sides:
                side.hope(Fast(assumed.rate, False, _content(assumed)))
        self._last: tuple[bytes, int, int] = (b"", -1, 0)  # a frame, its side, its sample
        self._pcm = np.empty((0, sides), np.int16)
        self.transcript: list[Heard] = []
        """Every frame, training and page, in order."""
        self.signals: list[Signal] = []
        """Every signal that has ended, in the order of ends; echoes are left out."""
        self.samples = 0
        """Heard so far."""

    @property
    def pages(self) -> list[HeardPage]:
        """The pages so far."""
        return self._overheard.pages

    @property
    def idents(self) -> dict[str, str]:
        """What the ends say of themselves: numbers by "caller" and "called"."""
        named: dict[str, str] = {}
        for line in self.transcript:
            if line.frame is not None and line.frame.fcf in (Fcf.CSI, Fcf.TSI, Fcf.CIG):
                named[line.station] = line.frame.characters
        return named

    @property
    def is_fax(self) -> bool:
        """Whether a single good frame was heard."""
        return any(line.frame is not None for line in self.transcript)

    def process(self, pcm: NDArray[np.int16]) -> list[Heard]:
        """Hear samples, shape (frames, sides) or, of one side, (frames,); what was new in them."""
        sides = len(self._sides)
        pcm = np.asarray(pcm)
        if pcm.dtype != np.int16 or pcm.ndim not in (1, 2) or pcm.size != len(pcm) * sides:
            got = f"{pcm.dtype}, shape {pcm.shape}"
            raise ValueError(f"pcm: want int16, shape (frames, {sides}), got {got}")
        known = len(self.transcript)
        pcm = np.concatenate([self._pcm, pcm.reshape(-1, sides)])
        whole = len(pcm) - len(pcm) % BLOCK
        self._pcm = pcm[whole:]
        for at in range(0, whole, BLOCK):
            self._block(pcm[at : at + BLOCK])
        return self.transcript[known:]

    def finish(self) -> list[Heard]:
        """The recording is over: what was still open; what was new."""
        known = len(self.transcript)
        self._block(self._pcm)
        self._pcm = self._pcm[:0]
        self._tell_pages(self._overheard.finish(self.samples))
        return self.transcript[known:]

    def _block(self, pcm: NDArray[np.int16]) -> None:
        if not len(pcm):
            return
        for side, power in zip(self._sides, np.square(pcm, dtype=float).mean(axis=0), strict=True):
            side.power += SMOOTH * (float(power) - side.power)
        for number, side in enumerate(self._sides):
            samples = np.ascontiguousarray(pcm[:, number])
            while len(samples):
                samples = samples[side.lane.receive(samples) :]
                for evidence in side.lane.evidence():
                    self._hear(number, evidence)
        self.samples += len(pcm)

    # --- evidence ---------------------------------------------------------------------------------

    def _hear(self, number: int, evidence: Evidence) -> None:
        side = self._sides[number]
        match evidence:
            case CarrierUp(_, Rate(), True) if self._assumes and self._sender is None:
                self._sender = side
        match evidence:
            case FrameReceived(sample, octets, good, None):
                self._slow(number, sample, octets, good)
            case CarrierUp(sample, None):
                side.began[None], side.spoke = sample, False
            case CarrierLost(sample, None):
                began = side.began.pop(None, sample)
                if side.spoke:
                    self.signals.append(Signal(number, side.station, "frames", began, sample))
            case _ if side is not self._sender:
                pass  # the echo of what the other side sends
            case FrameReceived(_, octets):
                frame = decode(octets)
                if isinstance(frame, Frame) and frame.fcf is Fcf.FCD:
                    self._overheard.piece(frame)
            case ImageOctets(_, octets):
                self._overheard.octets(octets)
            case CarrierUp(sample, Rate() as rate, True):
                side.began[rate] = sample
                if not self._checking:
                    self._overheard.carrier(sample)
            case TrainingChecked():
                self._tell(number, evidence.sample, _training(evidence), training=evidence)
            case CarrierLost(sample, Rate() as rate, trained):
                if trained and rate in side.began:
                    name = "training check" if self._checking else "page"
                    began, quality = side.began.pop(rate), evidence.quality
                    told = Signal(number, side.station, name, began, sample, rate, quality)
                    self.signals.append(told)
                self._fast_is_over(number, side, sample, trained, evidence.quality)

    def _fast_is_over(
        self, number: int, side: _Side, sample: int, trained: bool, quality: Quality
    ) -> None:
        if not trained:
            what = "training check" if self._checking else "page"
            self._tell(number, sample, f"a {what} that could not be understood")
        elif not self._checking:
            self._overheard.heard_with(quality)
        if self._checking:
            self._await_page()
        elif trained and side.wish is not None and side.wish.rate.has_short_training:
            self._await_page()  # short from now on

    def _await_page(self, short: bool = True) -> None:
        """Behind a training check come pages, as the DCS has said."""
        agreement = self._overheard.agreement
        self._checking = False
        if agreement is None or self._sender is None:
            return
        short = short and agreement.rate.has_short_training
        self._sender.hope(Fast(agreement.rate, short, _content(agreement)))

    def _slow(self, number: int, sample: int, octets: bytes, good: bool) -> None:
        """A frame at 300 bit/s."""
        if not good:
            self._tell(number, sample, "a frame whose check sequence is wrong")
            return
        frame = decode(octets)
        if self._is_echo(number, sample, octets):
            self._tell(number, sample, f"{frame.text()} (echo of the other side)", echo=True)
            return
        self._last = (octets, number, sample)
        self._sides[number].spoke = True
        if isinstance(frame, Damaged):
            self._tell(number, sample, frame.text())
            return
        side = self._sides[number]
        if len(self._sides) == 1 or not side.station:
            side.station = speaker(frame)
        over: list[HeardPage] = []
        note = ""
        if frame.fcf is Fcf.DCS:
            over = self._overheard.agreed(read_dcs(frame.fields), sample)
            self._sender, self._checking, self._assumes = side, True, False
        elif frame.fcf is Fcf.CTC and self._overheard.agreement is not None:
            rate = read_ctc(frame.fields)
            self._overheard.agreement = replace(self._overheard.agreement, rate=rate)
            self._await_page(short=False)
        elif frame.fcf is Fcf.CFR and self._checking:
            self._await_page()
        elif frame.fcf in (Fcf.CFR, Fcf.FTT) and self._assumes:
            self._overheard.drop()  # what has come was no page, but a training check
        elif frame.fcf not in TEXTS:
            over, note = self._overheard.said(frame, sample)
        self._tell_pages(over)
        self._tell(number, sample, frame.text() + (f" ({note})" if note else ""), frame)

    def _is_echo(self, number: int, sample: int, octets: bytes) -> bool:
        """Whether the other end has said this frame: much louder, or a moment ago."""
        last, by, when = self._last
        if last == octets and by != number and sample - when < ECHO_S * SAMPLES_S:
            return True
        power = self._sides[number].power
        return any(other.power > LOUDER * power for other in self._sides)

    # --- telling ----------------------------------------------------------------------------------

    def _tell(
        self,
        number: int,
        sample: int,
        what: str,
        frame: Frame | None = None,
        *,
        training: TrainingChecked | None = None,
        echo: bool = False,
    ) -> None:
        station = "" if echo else self._sides[number].station
        line = Heard(sample, number, station, what, frame, None, training, echo)
        self.transcript.append(line)

    def _tell_pages(self, pages: Iterable[HeardPage]) -> None:
        side = self._sender or self._sides[0]
        for page in pages:
            number = self._sides.index(side)
            line = Heard(page.ended, number, side.station, page.text(), None, page)
            self.transcript.append(line)


def _content(agreement: Agreement) -> Content:
    return Content.ECM if agreement.ecm else Content.IMAGE


def _training(checked: TrainingChecked) -> str:
    quality = checked.quality
    snr = "" if quality.snr_db is None else f", SNR {quality.snr_db:.0f} dB"
    return f"training check: {checked.rate}, {checked.bad_bits} of {checked.bits} bits wrong{snr}"
