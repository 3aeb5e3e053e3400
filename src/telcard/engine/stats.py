"""Figures about an engine and its driver."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RingStats:
    """A ring's size, the most it ever held, and how many records found it full."""

    capacity: int
    high_water: int
    lost: int


@dataclass(frozen=True, slots=True)
class EngineStats:
    """How an engine has been doing since it was made; tick times are processor time."""

    lanes: int
    lanes_open: int
    ticks: int
    ticks_late: int
    """Ticks that `Engine.stall` delayed; what the machine itself did is in `DriverStats`."""
    tick_us_mean: float
    tick_us_p999: float
    tick_us_max: float
    digits_lost: int
    commands: RingStats
    events: RingStats
    taps: RingStats
    recordings: RingStats


@dataclass(frozen=True, slots=True)
class DriverStats:
    """How punctual a driver has been; a tick is late when it began 10 ms after its time or more."""

    ticks: int
    late: int
    lateness_us_p999: float
    lateness_us_max: float
    fifo: bool
