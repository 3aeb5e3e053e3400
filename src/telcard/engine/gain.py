"""What a play is turned by: its volume in dB, as all faders are, and its speed."""

from __future__ import annotations

from typing import Final

from telcard._native import engine as native

GAIN_MIN_DB: Final[float] = native.GAIN_MIN / 10
"""The least gain or volume."""

GAIN_MAX_DB: Final[float] = native.GAIN_MAX / 10
"""The greatest."""


SPEED_MIN: Final[float] = native.SPEED_MIN / 100
"""The least speed of a play."""

SPEED_MAX: Final[float] = native.SPEED_MAX / 100
"""The greatest."""


def percent_of_speed(name: str, factor: float) -> int:
    """A speed in the percent that the tick computes with; `name` is for the complaint.

    Raises ValueError for a speed beyond the limits, or no number.
    """
    if not SPEED_MIN <= factor <= SPEED_MAX:
        raise ValueError(f"{name}: want {SPEED_MIN:g} to {SPEED_MAX:g}, got {factor}")
    return round(factor * 100)


def tenths_of_db(name: str, level_db: float) -> int:
    """A level in the tenths of a dB that the tick computes with; `name` is for the complaint.

    Raises ValueError for a level beyond the limits, or no number.
    """
    if not GAIN_MIN_DB <= level_db <= GAIN_MAX_DB:
        raise ValueError(f"{name}: want {GAIN_MIN_DB:g} to {GAIN_MAX_DB:g} dB, got {level_db}")
    return round(level_db * 10)
