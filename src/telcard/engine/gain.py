"""Levels of faders: gains of a line and the volume of a play, in dB."""

from __future__ import annotations

from typing import Final

from telcard._native import engine as native

GAIN_MIN_DB: Final[float] = native.GAIN_MIN / 10
"""The least gain or volume."""

GAIN_MAX_DB: Final[float] = native.GAIN_MAX / 10
"""The greatest."""


def tenths_of_db(name: str, level_db: float) -> int:
    """A level in the tenths of a dB that the tick computes with; `name` is for the complaint.

    Raises ValueError for a level beyond the limits, or no number.
    """
    if not GAIN_MIN_DB <= level_db <= GAIN_MAX_DB:
        raise ValueError(f"{name}: want {GAIN_MIN_DB:g} to {GAIN_MAX_DB:g} dB, got {level_db}")
    return round(level_db * 10)
