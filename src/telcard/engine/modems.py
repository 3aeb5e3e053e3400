"""Modems of an engine: data links and faxes on lanes, and who hears at which of 16 places."""

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
    from telcard.engine.operation import Doing, Done, Operation
    from telcard.engine.outcome import Outcome, Until
    from telcard.fax.lane import FaxLane

PLACES = 16
"""Places of a group, heard abreast."""


class Modems:
    """Starts data links and faxes on lanes of an engine and tells when they have news.

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
        core = self._core_for(lane, "a modem")
        link.run_on(str(lane))
        return self._start(lane, "modem", core.modem, link.hears, link.native, until, done, news)

    def start_fax(
        self,
        lane: Lane,
        fax: FaxLane,
        until: Until | None,
        done: Done | None,
        news: Callable[[], None] | None,
    ) -> Operation:
        """See `Lane.fax`."""
        core = self._core_for(lane, "a fax")
        return self._start(lane, "fax", core.fax, fax.hears, fax.native, until, done, news)

    def _core_for(self, lane: Lane, what: str) -> native.Core:
        if not isinstance(self._core, native.Core):
            raise CardError(f"{lane}: cannot run {what}, {NO_SOUND}")
        if lane.secret_armed:
            raise CardError(f"{lane}: cannot run {what}, a secret step is armed")
        return self._core

    def _start(
        self,
        lane: Lane,
        doing: Doing,
        start: Callable[..., bool],
        hears: FskStandard,
        native_half: object,
        until: Until | None,
        done: Done | None,
        news: Callable[[], None] | None,
    ) -> Operation:
        receiver, place = self._take(hears)

        def ended(outcome: Outcome) -> None:
            self._free[hears].append(place)
            self._news.pop(lane.index, None)
            if done is not None:
                done(outcome)

        try:
            operation = lane.start(doing, start, until, ended, native_half, receiver, place)
        except CardError:
            self._free[hears].append(place)
            raise
        if news is not None:
            self._news[lane.index] = news
        return operation

    def told(self, index: int, _operation: int) -> None:
        """The engine says that the link of a lane has news."""
        news = self._news.get(index)
        if news is not None:
            news()

    def _take(self, standard: FskStandard) -> tuple[modem.Fsk, int]:
        free = self._free.setdefault(standard, [])
        if not free:
            assert isinstance(self._core, native.Core)
            if len(self._made) == self._core.modem_groups():
                raise CardError(
                    f"{self._name}: no place for another modem, all {len(self._made)} groups of "
                    f"{PLACES} are in use"
                )
            first = len(self._made) * PLACES
            self._made.append(modem.Fsk(PLACES, asdict(standard), 8, 0))
            free.extend(range(first + PLACES - 1, first - 1, -1))
        place = free.pop()
        return self._made[place // PLACES], place
