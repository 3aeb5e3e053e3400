"""Offices of a town: who belongs to which, which circuits it hunts, and where calls overflow to.

    offices = [
        Office("centre", ("0215",), TrunkGroup((1,))),
        Office("harbour", ("0216", "0217"), TrunkGroup((2,), Hunt.ROTARY), overflow=("centre",)),
    ]
    async with Town(card.far_ends, offices=offices) as town:
        ...

Offices and groups are data; a `Route` is a group at work.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
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
class TrunkGroup:
    """Circuits that serve alike: those of the town's `spans`, numbered from 1 in the order of its
    far ends, in ascending order; the first `circuits` of them if that is given."""

    spans: tuple[int, ...]
    hunt: Hunt = Hunt.LOWEST
    circuits: int | None = None

    def __post_init__(self) -> None:
        if self.circuits is not None and self.circuits < 1:
            raise ValueError(f"trunk group: want 1 circuit or more, got {self.circuits}")


@dataclass(frozen=True, slots=True)
class Office:
    """An exchange: subscribers whose numbers begin with one of `prefixes` belong to it.

    Of several offices the one with the longest fitting prefix has the subscriber.  His calls take a
    circuit of `group`; where none is free, of the groups of the offices in `overflow`, in turn.
    After `patience_s` without a circuit he gets congestion (cause 34): one that has just been
    released is still guarded for a moment.
    """

    name: str
    prefixes: tuple[str, ...]
    group: TrunkGroup
    overflow: tuple[str, ...] = ()
    patience_s: float = 2.0


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

    def find(self) -> C | None:
        """A free circuit, or None."""
        return next((circuit for circuit in self._order if circuit.free), None)

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


def check(offices: Sequence[Office], spans: int) -> None:
    """Raise ValueError unless the offices fit each other and a town of so many spans."""
    names = [office.name for office in offices]
    prefixes = [prefix for office in offices for prefix in office.prefixes]
    if not names:
        raise ValueError("offices: want one or more, got none")
    for kind, values in (("office", names), ("prefix", prefixes)):
        for value in values:
            if values.count(value) > 1:
                raise ValueError(
                    f"{kind} {value!r}: want it once, got it {values.count(value)} times"
                )
    used: dict[int, str] = {}
    for office in offices:
        for span in office.group.spans:
            if not 1 <= span <= spans:
                raise ValueError(f"office {office.name!r}: want spans 1 to {spans}, got {span}")
            if span in used:
                raise ValueError(f"office {office.name!r}: span {span} belongs to {used[span]!r}")
            used[span] = office.name
        for other in office.overflow:
            if other not in names or other == office.name:
                raise ValueError(
                    f"office {office.name!r}: want another office to overflow to, got {other!r}"
                )


def office_of(number: str, offices: Sequence[Office]) -> Office:
    """The office with the longest prefix of a number; ValueError when none fits."""
    fitting = [
        (len(prefix), office)
        for office in offices
        for prefix in office.prefixes
        if number.startswith(prefix)
    ]
    if not fitting:
        known = ", ".join(prefix for office in offices for prefix in office.prefixes)
        raise ValueError(f"subscriber {number}: want a number that begins with one of {known}")
    return max(fitting, key=lambda fit: fit[0])[1]
