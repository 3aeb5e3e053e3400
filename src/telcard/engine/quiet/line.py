"""The cable between two quiet engines: news instead of octets, one tick each way.

What an end writes at tick n the other reads at tick n + 1 or later, whichever of the two engines
runs first within a tick, as with the octets of a sounding line.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Protocol

from telcard.engine.quiet.track import Track

Signal = tuple[Track, int]
"""A track, and the sender's sample at which it began."""

BITS, SIGNAL, STATE = range(3)

News = tuple[int, int, int, Any]
"""(tick, timeslot, kind, what): ABCD bits; the `Signal`, or None, that is sent from this tick on;
the state of the whole line, as the native signal and whether its sender cannot hear us."""


class Reader(Protocol):
    """Who reads an end."""

    def plan_line(self, span: int, tick: int) -> None:
        """There is something to read at `tick`."""


class Wires:
    """Both directions of a cable; `state` is what an end sends now, by (timeslot, kind)."""

    def __init__(self) -> None:
        self.state: tuple[dict[tuple[int, int], News], dict[tuple[int, int], News]] = ({}, {})
        self.inbox: tuple[deque[News], deque[News]] = (deque(), deque())
        self.readers: list[tuple[Reader, int] | None] = [None, None]

    def plug(self, end: int, reader: Reader, span: int) -> None:
        """A reader at this end, which finds there what the other end sends."""
        self.readers[end] = (reader, span)
        self.inbox[end].clear()
        self.inbox[end].extend(sorted(self.state[1 - end].values(), key=lambda news: news[:3]))

    def unplug(self, end: int) -> None:
        """Nobody reads here any more."""
        self.readers[end] = None

    def write(self, end: int, news: News) -> None:
        """This end sends something new."""
        self.state[end][news[1:3]] = news
        other = self.readers[1 - end]
        if other is not None:
            self.inbox[1 - end].append(news)
            reader, span = other
            reader.plan_line(span, news[0] + 1)
