"""A span: one end of an E1 line, plugged into an engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from telcard._native import engine as native
from telcard.engine.lane import Lane
from telcard.errors import CardError

if TYPE_CHECKING:
    from telcard.engine.engine import Engine

BLOCKED_BITS: int = native.BITS_BLOCKED
"""What an end sends that has never set its bits: abcd = 1101, out of service (ITU-T Q.421)."""


class E1Line(native.Line):
    """A cable between two ends, 0 and 1: what one sends the other receives one tick later.

    It carries 32 timeslots of A-law octets and their ABCD bits, both ways.  Where nobody speaks
    it carries idle octets (0xD5).  Both ends are ticked by one clock or one driver.
    """


class Span:
    """One end of an E1 line as an engine has it: bits, and timeslots 1 to 31 to open lanes on."""

    def __init__(self, engine: Engine, index: int, line: E1Line, end: int, name: str) -> None:
        self.engine = engine
        self.index = index
        self.line = line
        self.end = end
        self.name = name
        self.lanes: dict[int, Lane] = {}
        self._received = [BLOCKED_BITS] * native.TIMESLOTS
        self._sent = [BLOCKED_BITS] * native.TIMESLOTS
        self._on_bits: list[Callable[[int, int, int], None]] = []

    def on_bits(self, callback: Callable[[int, int, int], None]) -> None:
        """Call `callback(timeslot, abcd, sample)` whenever received bits have changed."""
        self._on_bits.append(callback)

    def bits(self, timeslot: int) -> int:
        """The ABCD bits received now (a is 8, d is 1)."""
        return self._received[check_timeslot(timeslot)]

    def sent_bits(self, timeslot: int) -> int:
        """The ABCD bits sent, as last set."""
        return self._sent[check_timeslot(timeslot)]

    def set_bits(self, timeslot: int, abcd: int) -> None:
        """Send these ABCD bits from the next tick on."""
        if not 0 <= abcd <= 15:
            raise ValueError(f"{self.name}: want ABCD bits 0 to 15, got {abcd}")
        self.engine.give(self.engine.core.set_bits(self.index, check_timeslot(timeslot), abcd))
        self._sent[timeslot] = abcd

    def open_lane(self, timeslot: int, *, digits: int = 31, detect: bool = True) -> Lane:
        """As `Engine.open_lane`."""
        return self.engine.open_lane(self, timeslot, digits=digits, detect=detect)

    def claim(self, timeslot: int) -> None:
        """Raise `CardError` if a lane is open on the timeslot."""
        if check_timeslot(timeslot) in self.lanes:
            raise CardError(f"{self.name} timeslot {timeslot}: busy, it has a lane already")

    def bits_changed(self, timeslot: int, abcd: int, sample: int) -> None:
        """The engine has read new bits."""
        self._received[timeslot] = abcd
        for callback in tuple(self._on_bits):
            callback(timeslot, abcd, sample)

    def __repr__(self) -> str:
        return f"<Span {self.name}: end {self.end}, {len(self.lanes)} lanes>"


def check_timeslot(timeslot: int) -> int:
    """`timeslot` if it carries sound or signals; 0 is framing. Raises ValueError."""
    if not 1 <= timeslot < native.TIMESLOTS:
        raise ValueError(f"timeslot: want 1 to {native.TIMESLOTS - 1}, got {timeslot}")
    return timeslot
