"""Offices of a town: who belongs to which, which circuits it hunts, and where calls overflow to.

    offices = [
        Office("centre", ("0215",), TrunkGroup((1,))),
        Office("harbour", ("0216", "0217"), TrunkGroup((2,), Hunt.ROTARY), overflow=("centre",)),
    ]
    async with Town(card.far_ends, offices=offices) as town:
        ...

Offices and groups are data; a `telcard.signalling.Route` is a group at work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from telcard.signalling import Hunt


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
