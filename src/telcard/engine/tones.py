"""Tones to send: cadences of one or two sines, and DTMF digits made of them."""

from __future__ import annotations

from dataclasses import dataclass

from telcard.units import seconds_to_samples


@dataclass(frozen=True, slots=True)
class ToneSegment:
    """One part of a cadence: up to two frequencies for `seconds`; none is a pause.

    Levels are those of each tone by itself.
    """

    seconds: float
    f1_hz: float = 0.0
    f2_hz: float = 0.0
    level1_dbm0: float = -10.0
    level2_dbm0: float = -10.0

    def __post_init__(self) -> None:
        if not 0 <= self.seconds <= 10**5:
            raise ValueError(f"tone: want 0 to 100,000 seconds, got {self.seconds}")
        for hertz in (self.f1_hz, self.f2_hz):
            if not 0 <= hertz <= 4000:
                raise ValueError(f"tone: want 0 to 4,000 Hz, got {hertz}")

    def as_native(self) -> tuple[float, float, float, float, int]:
        """The kernel's order of the same."""
        samples = seconds_to_samples(self.seconds)
        return (self.f1_hz, self.f2_hz, self.level1_dbm0, self.level2_dbm0, samples)


_LOW_HZ = (697.0, 770.0, 852.0, 941.0)
_HIGH_HZ = (1209.0, 1336.0, 1477.0, 1633.0)
_KEYPAD = ("123A", "456B", "789C", "*0#D")  # ITU-T Q.23, rows by low, columns by high frequency

_PAIRS = {
    key: (_LOW_HZ[row], _HIGH_HZ[column])
    for row, keys in enumerate(_KEYPAD)
    for column, key in enumerate(keys)
}


def dtmf_tones(
    digits: str,
    *,
    on_ms: float = 80,
    off_ms: float = 80,
    low_dbm0: float = -9.0,
    high_dbm0: float = -7.0,
) -> list[ToneSegment]:
    """The segments that send `digits` (ITU-T Q.23), a pause after each.

    The high tone is sent a little louder because lines weaken it more.  Raises ValueError for
    what is no digit.
    """
    segments = []
    for digit in digits:
        pair = _PAIRS.get(digit)
        if pair is None:
            raise ValueError(f"DTMF: want some of 0-9, A-D, * and #, got {digit!r}")
        segments.append(ToneSegment(on_ms / 1000, *pair, low_dbm0, high_dbm0))
        segments.append(ToneSegment(off_ms / 1000))
    return segments
