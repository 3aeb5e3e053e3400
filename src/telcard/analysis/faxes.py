"""The fax in a recording: its pages, and a transcript that explains itself.

    found = listen_to_recording("call.wav")      # both ends in one channel, or one in each
    for line in found.transcript:
        print(line.text())                       # "   6.825 caller DCS: V.17 at 14400 bit/s ..."
    found.pages                                  # [HeardPage], True = black

A recording is read once, in blocks: ten hours want no more memory than one, but for the pages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from telcard.analysis.recording import at_8_khz, open_recording
from telcard.audio import Raw
from telcard.dsp.fax_tones import FaxToneDetector, FaxToneEvent
from telcard.errors import MediaError
from telcard.fax.frames import Fcf
from telcard.fax.listening import FaxListener, Heard, Signal
from telcard.fax.negotiation import Agreement
from telcard.fax.overheard import HeardPage
from telcard.units import SAMPLE_RATE

TONES = {
    "cng": ("caller", "CNG, a fax calls"),
    "ans": ("called", "CED, a fax answers"),
    "ansam": ("called", "ANSam, a fax answers that knows V.8"),
}
"""Tones before the first frame: who sends them, and what they mean (T.30 4.2, 4.3.3.3)."""


@dataclass(frozen=True, slots=True, eq=False)
class FaxFound:
    """What was heard of a fax: `transcript` in the order of time, `pages` as they came.

    `idents` are the numbers by "caller" and "called"; `lacking` says in sentences what of the call
    the recording does not hold; `damage` what of the file could not be read, or None; `signals`
    are all tones and carriers, for a picture.
    """

    file: str
    length_s: float
    sides: int
    transcript: tuple[Heard, ...]
    pages: tuple[HeardPage, ...]
    idents: dict[str, str]
    lacking: tuple[str, ...]
    damage: str | None = None
    signals: tuple[Signal, ...] = ()

    @property
    def is_fax(self) -> bool:
        """Whether a frame of a fax was heard at all."""
        return any(line.frame is not None for line in self.transcript)

    def fields(self) -> dict[str, Any]:
        """The same for programs: numbers and words, without the pages' pixels."""
        return {
            "file": self.file,
            "length_s": self.length_s,
            "sides": self.sides,
            "idents": self.idents,
            "transcript": [
                {"at_s": line.seconds, "side": line.side, "station": line.station} | _what(line)
                for line in self.transcript
            ],
            "pages": [_page(page) for page in self.pages],
            "lacking": list(self.lacking),
            "damage": self.damage,
        }


def _what(line: Heard) -> dict[str, Any]:
    frame = {} if line.frame is None else {"frame": str(line.frame.fcf)}
    return frame | {"text": line.what, "echo": line.echo}


def _page(page: HeardPage) -> dict[str, Any]:
    agreement, quality = page.agreement, page.quality
    return {
        "number": page.number,
        "rows": len(page.pixels),
        "width": page.pixels.shape[1],
        "resolution": agreement.resolution.name.lower(),
        "coding": agreement.coding,
        "ecm": agreement.ecm,
        "modem": agreement.rate.modem.value,
        "bit_s": agreement.rate.bit_s,
        "began_s": page.began / SAMPLE_RATE,
        "ended_s": page.ended / SAMPLE_RATE,
        "bad_rows": page.bad_rows,
        "longest_bad": page.longest_bad,
        "lost_frames": page.lost_frames,
        "requests": page.requests,
        "snr_db": None if quality.snr_db is None else round(float(quality.snr_db), 1),
        "whole": page.whole,
    }


def listen_to_recording(
    path: str | Path,
    raw: Raw | None = None,
    *,
    mix: bool = False,
    assumed: Agreement | None = None,
    progress: Callable[[float], None] | None = None,
) -> FaxFound:
    """Listen to the fax in a recording of one or two channels, of any samplerate.

    Of two channels each is taken for one end of the call; with `mix` both hold both.  `raw` says
    what a file without a header holds; `progress` is told the part that is done, 0 to 1.
    MediaError where the file cannot be read, or has more than two channels.
    """
    with open_recording(str(path), raw) as sound:
        if sound.channels > 2:
            raise MediaError(f"{path}: want one channel or two, got {sound.channels}")
        sides = 1 if mix else sound.channels
        listener, detector = FaxListener(sides, assumed), FaxToneDetector(sides)
        tones: list[FaxToneEvent] = []
        for block in at_8_khz(sound, str(path)):
            if sides < block.shape[1]:
                both = block.astype(np.int32).sum(axis=1, keepdims=True)
                block = np.clip(both, -32768, 32767).astype(np.int16)
            if not listener.is_fax:
                tones += detector.process(block)
            listener.process(block)
            if progress and sound.frames:
                done = listener.samples * sound.samplerate / SAMPLE_RATE / sound.frames
                progress(min(1.0, done))
        listener.finish()
        called = _tones(tones, listener)
        heard = [Heard(tone.ended, tone.side, *TONES[tone.name]) for tone in called]
        transcript = sorted([*heard, *listener.transcript], key=lambda line: line.sample)
        return FaxFound(
            str(path),
            listener.samples / SAMPLE_RATE,
            sides,
            tuple(transcript),
            tuple(listener.pages),
            listener.idents,
            tuple(_lacking(listener, assumed)),
            sound.damage,
            tuple(sorted([*called, *listener.signals], key=lambda signal: signal.began)),
        )


def _tones(events: list[FaxToneEvent], listener: FaxListener) -> list[Signal]:
    """Those that come before the first frame."""
    first = min((line.sample for line in listener.transcript), default=listener.samples)
    loudest: list[FaxToneEvent] = []
    for event in sorted(events, key=lambda event: -event.level_dbm0):
        end = event.start + event.frames
        echo = any(
            event.tone == one.tone and event.start < one.start + one.frames and one.start < end
            for one in loudest
        )
        if event.tone in TONES and end < first and not echo:
            loudest.append(event)
    return [
        Signal(
            event.channel, TONES[event.tone][0], event.tone, event.start, event.start + event.frames
        )
        for event in loudest
    ]


def _lacking(listener: FaxListener, assumed: Agreement | None) -> list[str]:
    """What of a whole call is not there."""
    frames = {line.frame.fcf for line in listener.transcript if line.frame is not None}
    if not frames:
        return []
    lacking = []
    if not frames & {Fcf.DIS, Fcf.DTC}:
        lacking.append("the recording begins behind the DIS: what was offered is not known")
    if Fcf.DCS not in frames:
        lacking.append(f"there is no DCS in it: {_without_dcs(listener, assumed)}")
    if Fcf.DCN not in frames:
        lacking.append("it ends before the DCN: what came behind is not known")
    return lacking


def _without_dcs(listener: FaxListener, assumed: Agreement | None) -> str:
    """What became of the pages."""
    if assumed is None:
        return "how pages are coded is not known, none can be read"
    if assumed.rate.has_short_training and not listener.pages:
        return (
            f"{assumed.rate} was assumed, but without the training check before the first page no "
            "receiver can be trained for the short training of V.17"
        )
    return f"pages were read as {assumed.text()}"
