"""Which circuit of a group the next call takes.

    route = Route("bank", circuits, Hunt.LONGEST_IDLE, now)
    circuit = route.find()                 # None when all are busy
    route.taken(circuit)
    ...
    route.released(circuit)

Both ends of a line hunt: an exchange the circuits of its trunk group, a trunk of ours its own.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar


class Hunt(enum.Enum):
    """In which order an office looks for a free circuit of a group.

    `LOWEST` takes the first free one from the group's beginning, `HIGHEST` from its end: both keep
    few circuits busy, and two exchanges that hunt one group from either end rarely meet (glare).
    `ROTARY` begins after the one that was taken last, `LONGEST_IDLE` takes the one that was
    released first: both spread the load, and a circuit that has just been released, whose far end
    may still be guarding it, is taken last.
    """

    LOWEST = "lowest"
    HIGHEST = "highest"
    ROTARY = "rotary"
    LONGEST_IDLE = "longest_idle"


@dataclass(frozen=True, slots=True)
class RouteStats:
    """What a group has seen: calls that took a circuit, calls that found none here, circuits busy
    now, and the traffic carried so far, in seconds of occupied circuits."""

    seized: int
    overflowed: int
    busy: int
    occupied_s: float


class Hunted(Protocol):
    """A circuit, as hunting sees it."""

    @property
    def free(self) -> bool:
        """Whether a call may take it now."""


C = TypeVar("C", bound=Hunted)


class Route(Generic[C]):
    """A trunk group at work; `now` tells seconds."""

    def __init__(
        self, name: str, circuits: Sequence[C], hunt: Hunt, now: Callable[[], float]
    ) -> None:
        self.name = name
        self.circuits = tuple(circuits)
        self._hunt = hunt
        self._now = now
        self._order = list(circuits)  # as it will be hunted
        if hunt is Hunt.HIGHEST:
            self._order.reverse()
        self._seized = self._overflowed = self._busy = 0
        self._occupied_s = 0.0
        self._since_s = 0.0

    def find(self, but: Collection[C] = ()) -> C | None:
        """A free circuit, but none of these, or None."""
        free = (circuit for circuit in self._order if circuit.free and circuit not in but)
        return next(free, None)

    def overflowed(self) -> None:
        """A call found none here."""
        self._overflowed += 1

    def taken(self, circuit: C) -> None:
        """A call has seized it."""
        self._advance()
        self._seized += 1
        self._busy += 1
        if self._hunt is Hunt.ROTARY:
            at = self.circuits.index(circuit) + 1
            self._order = [*self.circuits[at:], *self.circuits[:at]]

    def released(self, circuit: C) -> None:
        """It is free again."""
        self._advance()
        self._busy -= 1
        if self._hunt is Hunt.LONGEST_IDLE:
            self._order.remove(circuit)
            self._order.append(circuit)

    def stats(self) -> RouteStats:
        """What it has seen so far."""
        self._advance()
        return RouteStats(self._seized, self._overflowed, self._busy, self._occupied_s)

    def _advance(self) -> None:
        now_s = self._now()
        self._occupied_s += self._busy * (now_s - self._since_s)
        self._since_s = now_s

    def __repr__(self) -> str:
        return f"<Route {self.name}: {self._busy} of {len(self.circuits)} circuits busy>"
