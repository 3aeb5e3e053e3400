"""Who hears whom: the ways of sound from lane to lane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telcard._native import engine as native
from telcard.errors import CardError

if TYPE_CHECKING:
    from telcard.engine.lane import Lane

Source = tuple["Lane", int]
"""A lane that is heard, and what of it: one of the native HEARS_."""


class Route:
    """What one lane hears of others, and who hears it; `Lane` says what its verbs mean.

    A lane has two wishes: whom it listens to or monitors, and where the bus leads when it does not.
    The engine knows the one that counts; both ends know each other, so that a lane that closes
    leaves nobody with a handle that is stale.
    """

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._listened: Source | None = None
        self._routed: Source | None = None
        self._heard_by: set[Lane] = set()

    @property
    def source(self) -> Lane | None:
        """The lane that is listened to now."""
        source = self._listened or self._routed
        return None if source is None else source[0]

    @property
    def monitored(self) -> Lane | None:
        """The lane that is monitored."""
        source, what = self._listened or (None, native.HEARS_RECEIVED)
        return source if what == native.HEARS_BOTH else None

    def listen(self, source: Lane | None, sound: bool) -> None:
        """See `Lane.listen`."""
        self._follow(self._listens(source, sound), self._routed)

    def lead(self, source: Lane | None, sound: bool) -> None:
        """See `Lane.route`."""
        self._follow(self._listened, self._listens(source, sound))

    def monitor(self, other: Lane) -> None:
        """See `Lane.monitor`."""
        lane = self._lane
        self._check("monitor", other)
        if other is lane:
            raise CardError(f"{lane}: cannot monitor itself")
        for one in (lane, other):
            if one.span is None:
                raise CardError(f"{lane}: cannot monitor {other}, {one} has no line")
        if other.monitored is not None:
            raise CardError(f"{lane}: cannot monitor {other}, which monitors another itself")
        if any(listener.monitored is lane for listener in self._heard_by):
            raise CardError(f"{lane}: cannot monitor {other}, it is monitored itself")
        self._follow((other, native.HEARS_BOTH), self._routed)

    def part(self) -> None:
        """The lane was closed: nobody listens to it any more, nor does it."""
        for source in (self._listened, self._routed):
            if source is not None:
                source[0].hears._heard_by.discard(self._lane)
        for listener in self._heard_by - {self._lane}:
            listener.hears._lose(self._lane)

    def _listens(self, source: Lane | None, sound: bool) -> Source | None:
        if source is None:
            return None
        self._check("listen to", source)
        return source, native.HEARS_SENT if sound else native.HEARS_RECEIVED

    def _check(self, wanted: str, source: Lane) -> None:
        source.check_open()
        if source.engine is not self._lane.engine:
            raise CardError(f"{self._lane}: cannot {wanted} {source} of another engine")

    def _follow(self, listened: Source | None, routed: Source | None) -> None:
        source, what = listened or routed or (None, native.HEARS_RECEIVED)
        engine = self._lane.engine
        engine.give(
            engine.core.listen(self._lane.index, -1 if source is None else source.index, what)
        )
        for before in (self._listened, self._routed):
            if before is not None:
                before[0].hears._heard_by.discard(self._lane)
        self._listened, self._routed = listened, routed
        for now in (listened, routed):
            if now is not None:
                now[0].hears._heard_by.add(self._lane)

    def _lose(self, source: Lane) -> None:
        """A source was closed: the engine hears silence since, unless there is another."""
        heard = self.source
        listened, routed = (
            None if way is None or way[0] is source else way
            for way in (self._listened, self._routed)
        )
        self._listened, self._routed = listened, routed
        if self.source not in (None, heard):
            self._follow(listened, routed)
