"""Speed and volume in steps, by tables of 21 entries as Dialogic's R4 API has them.

    table = VOLUME_TABLE
    place = Place()
    place = place.moved(table, +2)      # two steps up
    table.value(place.now)              # 4 (dB)
    place = place.toggled(table, "current_or_origin")

Entry 10 is the origin: as recorded.  Those before it go down, those behind it up; an entry that is
not used is -128 (Voice API Programming Guide: speed in steps of 10 % from -50 to +50 %, volume in
steps of 2 dB from -20 to +10 dB; `dx_setsvmt` replaces them, `dx_adjsv` and `dx_setsvcond` move
in them).  What a table yields goes to `Lane.speed` (by `speed_of`) and `Lane.volume`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

ENTRIES, ORIGIN, UNUSED = 21, 10, -128

Toggle = Literal["origin", "current_or_origin", "current_or_last", "reset"]
"""Where a toggle goes: to the origin (SV_TOGORIGIN); to the origin or back to where it was before
(SV_CURORIGIN); to the last place but this (SV_CURLASTMOD); to the origin, forgetting the last
(SV_RESETORIG)."""


@dataclass(frozen=True, slots=True)
class AdjustmentTable:
    """21 adjustments, in percent or dB; ValueError unless they rise from entry to entry about 0 at
    the origin, those not used being the outermost.
    """

    entries: tuple[int, ...]
    name: str = "table"

    def __post_init__(self) -> None:
        if len(self.entries) != ENTRIES:
            raise ValueError(f"{self.name}: want {ENTRIES} entries, got {len(self.entries)}")
        if self.entries[ORIGIN] != 0:
            raise ValueError(f"{self.name}: want 0 at the origin, got {self.entries[ORIGIN]}")
        used = self.entries[self.lowest : self.highest + 1]
        outside = self.entries[: self.lowest] + self.entries[self.highest + 1 :]
        if any(value != UNUSED for value in outside) or list(used) != sorted(set(used)):
            raise ValueError(
                f"{self.name}: want entries that rise, {UNUSED} outside, got {self.entries}"
            )

    @property
    def lowest(self) -> int:
        """The first entry that is used."""
        at = ORIGIN
        while at and self.entries[at - 1] != UNUSED:
            at -= 1
        return at

    @property
    def highest(self) -> int:
        """The last one."""
        at = ORIGIN
        while at < ENTRIES - 1 and self.entries[at + 1] != UNUSED:
            at += 1
        return at

    def held(self, entry: int) -> int:
        """The nearest entry that is used: who steps beyond the end stays there."""
        return min(max(entry, self.lowest), self.highest)

    def value(self, entry: int) -> int:
        """The adjustment of an entry; ValueError for one that is not used."""
        if not self.lowest <= entry <= self.highest:
            raise ValueError(
                f"{self.name}: want an entry from {self.lowest} to {self.highest}, got {entry}"
            )
        return self.entries[entry]


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a table a channel is `now`, and was last."""

    now: int = ORIGIN
    last: int = ORIGIN

    def moved(self, table: AdjustmentTable, steps: int) -> Place:
        """So many steps up or down, as far as the table goes (SV_RELCURPOS)."""
        return self.set(table, table.held(self.now + steps))

    def set(self, table: AdjustmentTable, entry: int) -> Place:
        """At an entry (SV_ABSPOS); ValueError for one that is not used."""
        table.value(entry)
        return replace(self, now=entry, last=self.now if entry != self.now else self.last)

    def toggled(self, table: AdjustmentTable, how: Toggle) -> Place:
        """Where a toggle leads (SV_TOGGLE)."""
        if how == "reset":
            return Place()
        if how == "current_or_last" or (how == "current_or_origin" and self.now == ORIGIN):
            return self.set(table, self.last)
        return self.set(table, ORIGIN)


def speed_of(percent: int) -> float:
    """The speed of a play that is so many percent faster."""
    return 1 + percent / 100


_OUT = (UNUSED,) * 5

SPEED_TABLE = AdjustmentTable((*_OUT, *range(-50, 60, 10), *_OUT), "speed table")
"""Percent faster, as the board has it until somebody replaces it."""

VOLUME_TABLE = AdjustmentTable((*range(-20, 12, 2), *_OUT), "volume table")
"""Dialogic's dB."""
