"""Modems of an engine: data links on lanes, and who has which place among 16 that hear alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

from telcard._native import engine as native
from telcard._native import modem
from telcard.engine.quiet import NO_SOUND
from telcard.errors import CardError

if TYPE_CHECKING:
    from telcard.dsp.datalink import DataLink
    from telcard.dsp.fsk import FskStandard
    from telcard.engine.core import Core
    from telcard.engine.lane import Lane
    from telcard.engine.operation import Done, Operation
    from telcard.engine.outcome import Outcome, Until

PLACES = 16
"""Places of a group, heard abreast."""


class Modems:
    """Starts data links on lanes of an engine and tells when they have news.

    Places are in groups of 16, each group for one kind of modem.  A group that was made once stays;
    its places are used again.
    """

    def __init__(self, name: str, core: Core) -> None:
        self._name = name
        self._core = core
        self._made: list[modem.Fsk] = []
        self._free: dict[FskStandard, list[int]] = {}
        self._news: dict[int, Callable[[], None]] = {}

    def __repr__(self) -> str:
        return f"<Modems of {self._name}: {len(self._made)} groups>"

    def start(
        self,
        lane: Lane,
        link: DataLink,
        until: Until | None,
        done: Done | None,
        news: Callable[[], None] | None,
    ) -> Operation:
        """See `Lane.modem`."""
        core = self._core
        if not isinstance(core, native.Core):
            raise CardError(f"{lane}: cannot run a modem, {NO_SOUND}")
        if lane.secret_armed:
            raise CardError(f"{lane}: cannot run a modem, a secret step is armed")
        link.run_on(str(lane))
        receiver, place = self._take(core, link.hears)

        def ended(outcome: Outcome) -> None:
            self._free[link.hears].append(place)
            self._news.pop(lane.index, None)
            if done is not None:
                done(outcome)

        try:
            operation = lane.start("modem", core.modem, until, ended, link.native, receiver, place)
        except CardError:
            self._free[link.hears].append(place)
            raise
        if news is not None:
            self._news[lane.index] = news
        return operation

    def told(self, index: int, _operation: int) -> None:
        """The engine says that the link of a lane has news."""
        news = self._news.get(index)
        if news is not None:
            news()

    def _take(self, core: native.Core, standard: FskStandard) -> tuple[modem.Fsk, int]:
        free = self._free.setdefault(standard, [])
        if not free:
            if len(self._made) == core.modem_groups():
                raise CardError(
                    f"{self._name}: no place for another modem, all {len(self._made)} groups of "
                    f"{PLACES} are in use"
                )
            first = len(self._made) * PLACES
            self._made.append(modem.Fsk(PLACES, asdict(standard), 8, 0))
            free.extend(range(first + PLACES - 1, first - 1, -1))
        place = free.pop()
        return self._made[place // PLACES], place
