"""Frequency-shift keying: modems of 75 to 1200 bit/s, as caller ID, fax and terminals use them.

    pcm = fsk(b"HELLO", "v23_1200")                  # a carrier with these characters, as PCM
    detect_fsk(pcm, standard="v23_1200")             # [FskEvent(kind=CARRIER, ...), ...]

    receiver = FskReceiver("v21_2", channels=240)    # a stream: 240 lines at once
    for block in blocks:                             # (frames, 240), of any length
        for event in receiver.process(block):
            if event.kind is FskKind.OCTET:
                print(event.channel, event.octet)

    sender = FskSender("v23_1200", framing="7E1")    # and the other way
    sender.send(b"...")
    sender.process(160)                              # the next 20 ms

Standards go by name: `v21_1` (of the calling modem), `v21_2` (of the answering one), `v23_1200`,
`v23_600`, `v23_75` (the backward channel), `bell103_1` and `bell103_2` (likewise), `bell202`.
Framing is written as people write it: `8N1`, `7E1`, `5N2` ...; `bits` is the raw stream of bits in
eights, the first one lowest, as HDLC wants it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from telcard import units
from telcard._native import modem
from telcard.dsp.pcm import frames_of, recording_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from typing_extensions import Buffer

    from telcard.dsp.pcm import Pcm


@dataclass(frozen=True, slots=True)
class FskStandard:
    """A modem as its recommendation describes it, and how it is listened to.

    `band_hz`: half the width of the receiver's band filter.  `floor_dbm0`: a carrier above is
    heard, and is lost 4.3 dB below.  `on_ms`, `off_ms`: how long it must be there, or gone.
    `neighbours`: weight of the bits before and after the one that is told, 0 to 1; 0 bears a
    frequency that is off by more.
    """

    mark_hz: float
    space_hz: float
    baud: float
    band_hz: float
    floor_dbm0: float = -43.5
    on_ms: float = 10.0
    off_ms: float = 10.0
    neighbours: float = 1.0

    def __post_init__(self) -> None:
        ranges = {
            "mark_hz": (200, 3800),
            "space_hz": (200, 3800),
            "baud": (75, 1200),
            "band_hz": (30, 1500),
            "floor_dbm0": (-60, 0),
            "on_ms": (0, 2000),
            "off_ms": (0, 2000),
            "neighbours": (0, 1),
        }
        for name, (least, most) in ranges.items():
            if not least <= getattr(self, name) <= most:
                raise ValueError(f"{name}: want {least} to {most}, got {getattr(self, name)}")


_V23 = FskStandard(1300, 2100, 1200, band_hz=900, on_ms=8, off_ms=7)

STANDARDS: Mapping[str, FskStandard] = MappingProxyType(
    {
        "v21_1": FskStandard(980, 1180, 300, band_hz=250, on_ms=8, off_ms=14),
        "v21_2": FskStandard(1650, 1850, 300, band_hz=250, on_ms=8, off_ms=14),
        "v23_1200": _V23,
        "v23_600": FskStandard(1300, 1700, 600, band_hz=450, on_ms=5, off_ms=5),
        "v23_75": FskStandard(390, 450, 75, band_hz=120, on_ms=5, off_ms=5, neighbours=0),
        "bell103_1": FskStandard(1270, 1070, 300, band_hz=250, on_ms=8, off_ms=14),
        "bell103_2": FskStandard(2225, 2025, 300, band_hz=250, on_ms=8, off_ms=14),
        "bell202": FskStandard(1200, 2200, 1200, band_hz=1000, on_ms=8, off_ms=7),
    }
)
"""Frequencies: V.21 3, V.23 2 and 4, Bell System Technical References 41106 and 41212."""


def standard_of(standard: str | FskStandard) -> FskStandard:
    """The standard of a name; one of the caller's own passes.  ValueError for an unknown name."""
    if isinstance(standard, FskStandard):
        return standard
    if standard not in STANDARDS:
        raise ValueError(f"standard: want one of {', '.join(STANDARDS)}, got {standard!r}")
    return STANDARDS[standard]


@dataclass(frozen=True, slots=True)
class Framing:
    """How characters are made of bits; `data` 0: they are not, bits come in eights."""

    data: int = 8
    parity: str = "N"
    stop: int = 1

    @classmethod
    def of(cls, text: str) -> Framing:
        """From `8N1` and the like, or `bits`; ValueError otherwise."""
        if text == "bits":
            return cls(0)
        if not re.fullmatch(r"[5-8][NOE][12]", text):
            raise ValueError(
                f"framing: want 5 to 8, N, O or E, and 1 or 2, as in 8N1; or bits; got {text!r}"
            )
        return cls(int(text[0]), text[1], int(text[2]))

    @property
    def bits(self) -> int:
        """Bits of a character on the line."""
        return 1 + self.data + (self.parity != "N") + self.stop if self.data else 8

    @property
    def native_parity(self) -> int:
        """The parity as the kernel numbers it."""
        return "NOE".index(self.parity)


class FskKind(IntEnum):
    """What a receiver reports."""

    CARRIER = 1
    """The carrier is there: it has been for the time that its standard wants."""
    LOST = 2
    """It is gone."""
    OCTET = 3
    """A character, or eight raw bits."""
    FRAMING = 4
    """A character that lacks its stop bit."""
    PARITY = 5
    """A character of the wrong parity."""
    BREAK = 6
    """Space for longer than a character, on purpose as a rule."""


@dataclass(frozen=True, slots=True)
class FskEvent:
    """What was heard, and where it lies in the stream.

    `start` is the first sample of the start bit (of the first of eight raw bits, of the carrier, of
    its absence), `decided` how many samples had been heard when it was known, both at 8 kHz.
    `octet` is the character, also that of an error, `level_dbm0` that of a carrier.
    """

    kind: FskKind
    channel: int
    start: int
    decided: int
    octet: int = 0
    level_dbm0: float | None = None


_KINDS = (None, *FskKind)
"""By their number, which is 1 for the first."""


class FskReceiver:
    """Hears the modems of `channels` lines at once; the stream may be cut anywhere.

    A character is reported about a bit after its stop bit's middle.  Nothing is received while
    there is no carrier, which a sender begins with mark: for 10 bits at 1200 baud, 4 at others.
    Of characters that stand back to back from the carrier's beginning on, the first are lost, and
    those that follow may be framed wrongly, where a bit of data passes for a start.  Many channels
    at once cost far less than one by one: they are worked on 16 abreast.

    ValueError for an unknown standard or framing.
    """

    def __init__(
        self, standard: str | FskStandard = "v23_1200", channels: int = 1, *, framing: str = "8N1"
    ) -> None:
        if channels < 1:
            raise ValueError(f"channels: want 1 or more, got {channels}")
        self.standard = standard_of(standard)
        self.framing = Framing.of(framing)
        self.channels = channels
        self._heard = 0
        self._begin()

    def _begin(self) -> None:
        self._native = modem.Fsk(
            self.channels, asdict(self.standard), self.framing.data, self.framing.native_parity
        )

    def __repr__(self) -> str:
        return f"<FskReceiver {self.channels} channels, {self._heard} frames heard>"

    def process(self, block: Pcm) -> list[FskEvent]:
        """Hear the next frames, PCM of shape (frames, channels), or (frames,) for one channel.

        Gives what was heard in the order in which it was decided.  int16, or float32 in -1..1
        (TypeError); ValueError when the number of channels is another.
        """
        pcm = frames_of(block, self.channels)
        self._heard += len(pcm)
        return self._native.feed(pcm, FskEvent, _KINDS)

    def octets(self, block: Pcm) -> list[bytes]:
        """Hear the next frames and give no more than the characters, of each channel its own.

        For many lines full of text this is the cheaper way; carriers and errors go untold.
        """
        pcm = frames_of(block, self.channels)
        self._heard += len(pcm)
        return self._native.octets(pcm)

    def reset(self, channel: int, *, framing: str | None = None) -> None:
        """Forget what one channel has heard and count it from 0; it may be framed otherwise now.

        ValueError when there is no such channel, or framing.
        """
        frame = Framing.of(framing) if framing else self.framing
        self._native.reset(channel, frame.data, frame.native_parity)

    def flush(self) -> list[FskEvent]:
        """End the stream: give what has not been decided yet, and forget everything.

        The next `process` starts a new stream, counted from 0.
        """
        silence = np.zeros((_FLUSH_FRAMES, self.channels), np.int16)
        events = self.process(silence)
        self._begin()
        self._heard = 0
        return events


class FskSender:
    """Sends characters, or raw bits, as one line's tone; the same however the stream is cut.

    While `carrier` is set it goes on with mark when there is nothing to send; otherwise it is
    silent then.  `send` takes as much as fits into `capacity` octets that wait.
    """

    def __init__(
        self,
        standard: str | FskStandard = "v23_1200",
        *,
        framing: str = "8N1",
        level_dbm0: float = -13.0,
        carrier: bool = True,
        capacity: int = 65536,
    ) -> None:
        if not -60 <= level_dbm0 <= 3:
            raise ValueError(f"level_dbm0: want -60 to +3, got {level_dbm0}")
        if capacity < 1:
            raise ValueError(f"capacity: want 1 or more, got {capacity}")
        self.standard = standard_of(standard)
        self.framing = Framing.of(framing)
        self.carrier = carrier
        self.capacity = capacity
        self._waiting = bytearray()
        self._native = modem.FskSend(
            self.standard.mark_hz,
            self.standard.space_hz,
            self.standard.baud,
            level_dbm0,
            self.framing.data,
            self.framing.native_parity,
            self.framing.stop,
        )

    def __repr__(self) -> str:
        return f"<FskSender {self.waiting} octets waiting>"

    @property
    def waiting(self) -> int:
        """Octets that have not been begun."""
        return len(self._waiting)

    @property
    def sent(self) -> bool:
        """Whether all that was given has left: no octet waits, and the last one's bits are out."""
        return not self._waiting and not self._native.sounds

    def send(self, octets: Buffer) -> int:
        """Queue octets; returns how many fitted."""
        taken = bytes(octets)[: self.capacity - len(self._waiting)]
        self._waiting += taken
        return len(taken)

    def process(self, frames: int) -> NDArray[np.int16]:
        """The next `frames` samples, `(frames,)`."""
        out = np.zeros(frames, np.int16)
        _, used = self._native.feed(bytes(self._waiting), self.carrier, out)
        del self._waiting[:used]
        return out


def fsk(
    octets: Buffer,
    standard: str | FskStandard = "v23_1200",
    *,
    framing: str = "8N1",
    level_dbm0: float = -13.0,
    mark_ms: float = 100.0,
    after_ms: float = 20.0,
) -> NDArray[np.int16]:
    """PCM of a carrier that sends these octets, `(frames,)`.

    Mark goes before them for `mark_ms`, so that a receiver knows the carrier, and after them for
    `after_ms`; the characters themselves stand back to back.
    """
    sender = FskSender(standard, framing=framing, level_dbm0=level_dbm0)
    data = bytes(octets)
    bits = len(data) * sender.framing.bits
    before = units.seconds_to_samples(mark_ms / 1000)
    after = units.seconds_to_samples(after_ms / 1000 + (bits + 1) / sender.standard.baud)
    lead = sender.process(before)
    sender.capacity = max(len(data), 1)
    sender.send(data)
    return np.concatenate([lead, sender.process(after)])


def detect_fsk(
    pcm: Pcm,
    samplerate: int = units.SAMPLE_RATE,
    *,
    standard: str | FskStandard = "v23_1200",
    framing: str = "8N1",
) -> list[FskEvent]:
    """Give all that a recording holds of one standard; `pcm` as for `FskReceiver`.

    The number of channels is that of `pcm`.  ValueError when `samplerate` is not 8000.
    """
    sound = recording_of(pcm, samplerate, "FSK is heard")
    receiver = FskReceiver(standard, sound.shape[1], framing=framing)
    return receiver.process(sound) + receiver.flush()


_FLUSH_FRAMES = 1600
"""Silence that ends every carrier: the filter's length at 75 baud, and the time to be sure."""
