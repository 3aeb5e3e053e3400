"""Tones to send: up to four sines at a time, switched by a cadence.

    dtmf("0815#")                                           # int16 PCM, ready to play
    ringing = ToneGenerator(
        [ToneSegment(1, 450), ToneSegment(4)], repeats=0)   # 1 s on, 4 s off, for ever
    ringing.process(160)                                    # the next 20 ms
    sounded(country("IN").tones["ringback"], 6.0)           # what India's callers hear for 6 s

An oscillator goes on without a step from segment to segment while it sounds and starts at phase 0
after silence.  Levels are of each sine by itself; 0 dBm0 is defined in `telcard.units`, and what
goes beyond int16 is clipped (one sine above +3.14 dBm0).  Everything but the rounding to int16
stays 120 dB below the tone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from telcard import units
from telcard._native import dsp
from telcard.countries.tone import AGAIN, STEADY, CadencedTone

if TYPE_CHECKING:
    from numpy.typing import NDArray

DTMF_LOW_HZ = (697, 770, 852, 941)
"""Low group: one frequency for each row of keys (ITU-T Q.23, figure 1)."""

DTMF_HIGH_HZ = (1209, 1336, 1477, 1633)
"""High group: one frequency for each column of keys (ITU-T Q.23, figure 1)."""

DTMF_KEYS = ("123A", "456B", "789C", "*0#D")
"""The keys, row by row (ITU-T Q.23, figure 1)."""

DTMF_HZ = {
    key: (low, high)
    for low, row in zip(DTMF_LOW_HZ, DTMF_KEYS, strict=True)
    for high, key in zip(DTMF_HIGH_HZ, row, strict=True)
}
"""The two frequencies of each key."""

MAX_SECONDS = 100_000
"""The longest segment, more than a day."""


@dataclass(frozen=True, slots=True)
class ToneSegment:
    """A stretch of a cadence: up to four sines, or silence.

    `seconds` are rounded to samples at 8 kHz; frequencies in Hz, 0 to 4000, 0 meaning silence;
    levels in dBm0, of each sine by itself.  ValueError says which field is out of range.
    """

    seconds: float
    f1_hz: float = 0.0
    f2_hz: float = 0.0
    level1_dbm0: float = -10.0
    level2_dbm0: float = -10.0
    f3_hz: float = 0.0
    f4_hz: float = 0.0
    level3_dbm0: float = -10.0
    level4_dbm0: float = -10.0

    def __post_init__(self) -> None:
        if not 0 <= self.seconds <= MAX_SECONDS:
            raise ValueError(f"seconds: want 0 to {MAX_SECONDS:,}, got {self.seconds}")
        for name in ("f1_hz", "f2_hz", "f3_hz", "f4_hz"):
            if not 0 <= getattr(self, name) <= units.SAMPLE_RATE / 2:
                raise ValueError(f"{name}: want 0 to 4000 Hz, got {getattr(self, name)}")
        for name in ("level1_dbm0", "level2_dbm0", "level3_dbm0", "level4_dbm0"):
            if not -200 <= getattr(self, name) <= 20:
                raise ValueError(f"{name}: want -200 to +20 dBm0, got {getattr(self, name)}")

    @property
    def samples(self) -> int:
        """How many samples it lasts."""
        return units.seconds_to_samples(self.seconds)

    @property
    def hz(self) -> tuple[float, float, float, float]:
        """Its four frequencies, 0 where there is none."""
        return (self.f1_hz, self.f2_hz, self.f3_hz, self.f4_hz)

    def as_native(self) -> tuple[tuple[float, ...], tuple[float, ...], int]:
        """The same as the kernel has it."""
        levels = (self.level1_dbm0, self.level2_dbm0, self.level3_dbm0, self.level4_dbm0)
        return (self.hz, levels, self.samples)


class ToneGenerator:
    """Makes a cadence sample by sample, the same however the stream is cut.

    `repeats`: how often the segments are played; 0 for ever.  One thread at a time may use it.
    """

    def __init__(self, segments: Sequence[ToneSegment], repeats: int = 1) -> None:
        if not 0 <= repeats < 2**32:
            raise ValueError(f"repeats: want 0 (for ever) or more, got {repeats}")
        once = sum(segment.samples for segment in segments)
        self.frames: int | None = None if once and not repeats else once * repeats
        """Frames in all; None for ever."""
        self._made = 0
        self._tone = dsp.Tone([segment.as_native() for segment in segments], repeats)

    def __repr__(self) -> str:
        return f"<ToneGenerator {self._made} of {self.frames or 'endless'} frames>"

    @property
    def finished(self) -> bool:
        """Whether the cadence is over: `process` gives no frames any more."""
        return self._made == self.frames

    def process(self, frames: int) -> NDArray[np.int16]:
        """Give the next `frames` samples, `(frames,)`; fewer when the cadence ends before."""
        made = np.empty(frames, np.int16)
        count = self._tone.feed(made)
        self._made += count
        return made[:count]


def segments_of(tone: CadencedTone) -> list[ToneSegment]:
    """Segments of a country's tone, to be played `repeats_of(tone)` times.

        lane.tones(segments_of(busy), repeats_of(busy))

    A tone that another modulates is its carrier between two sides: at full depth each is 6 dB below
    the carrier.
    """
    if tone.continuous:
        return [_burst(tone, 0, MAX_SECONDS)]
    segments = []
    for burst, (on_s, off_s) in enumerate(
        zip(tone.cadence_s[::2], tone.cadence_s[1::2], strict=True)
    ):
        segments.append(_burst(tone, burst, on_s))
        if off_s:
            segments.append(ToneSegment(off_s))
    if tone.ending == STEADY:
        segments.append(_burst(tone, tone.bursts - 1, MAX_SECONDS))
    return segments


def repeats_of(tone: CadencedTone) -> int:
    """How often the segments of a country's tone are played; 0: for ever."""
    return 0 if tone.ending == AGAIN else 1


def sounded(tone: CadencedTone, seconds: float) -> NDArray[np.int16]:
    """PCM of a country's tone, `(frames,)`, for so long; shorter when it is over before."""
    generator = ToneGenerator(segments_of(tone), repeats_of(tone))
    return generator.process(units.seconds_to_samples(seconds))


def _burst(tone: CadencedTone, burst: int, seconds: float) -> ToneSegment:
    sines = [(hz, tone.level_dbm0) for hz in tone.during(burst)]
    if tone.modulation_hz:
        ((hz, level_dbm0),) = sines
        beside_dbm0 = level_dbm0 + 20 * math.log10(tone.modulation_depth / 2)
        sines += (hz - tone.modulation_hz, beside_dbm0), (hz + tone.modulation_hz, beside_dbm0)
    fields = {f"f{n}_hz": hz for n, (hz, _) in enumerate(sines, 1)}
    fields |= {f"level{n}_dbm0": level for n, (_, level) in enumerate(sines, 1)}
    return ToneSegment(seconds, **fields)


def dtmf_segments(
    digits: str,
    *,
    on_ms: float = 80.0,
    off_ms: float = 80.0,
    level_dbm0: float = -9.0,
    twist_db: float = 2.0,
) -> list[ToneSegment]:
    """Cadence of a row of DTMF digits: for each a tone and the pause after it.

    `digits`: 0-9, *, #, A-D (ValueError).  `level_dbm0` is the middle of the two tones' levels and
    `twist_db` by how much the high group is louder, as a telephone set makes it because lines
    weaken it more.  Q.24 has receivers accept 40 ms of tone and of pause, and nothing shorter.
    """
    low_dbm0, high_dbm0 = level_dbm0 - twist_db / 2, level_dbm0 + twist_db / 2
    on_s, off_s = _seconds("on_ms", on_ms), _seconds("off_ms", off_ms)
    pause, keyed, segments = ToneSegment(off_s), dict[str, ToneSegment](), list[ToneSegment]()
    for digit in digits.upper():
        if digit not in DTMF_HZ:
            raise ValueError(f"digits: want 0-9, *, #, A-D, got {digit!r} in {digits!r}")
        if digit not in keyed:
            keyed[digit] = ToneSegment(on_s, *DTMF_HZ[digit], low_dbm0, high_dbm0)
        segments += keyed[digit], pause
    return segments


def dtmf(
    digits: str,
    *,
    on_ms: float = 80.0,
    off_ms: float = 80.0,
    level_dbm0: float = -9.0,
    twist_db: float = 2.0,
) -> NDArray[np.int16]:
    """PCM of a row of DTMF digits, `(frames,)`; the parameters are those of `dtmf_segments`."""
    segments = dtmf_segments(
        digits, on_ms=on_ms, off_ms=off_ms, level_dbm0=level_dbm0, twist_db=twist_db
    )
    return ToneGenerator(segments).process(sum(segment.samples for segment in segments))


def _seconds(name: str, milliseconds: float) -> float:
    if not (math.isfinite(milliseconds) and milliseconds >= 0):
        raise ValueError(f"{name}: want 0 ms or more, got {milliseconds}")
    return milliseconds / 1000
