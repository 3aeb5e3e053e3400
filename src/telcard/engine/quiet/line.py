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

BITS, SIGNAL, STATE, FRAME = range(4)

News = tuple[int, int, int, Any]
"""(tick, timeslot, kind, what): ABCD bits; the `Signal`, or None, that is sent from this tick on;
the state of the whole line, as the native signal and whether its sender cannot hear us; a frame of
a D-channel, as the tick of its first bit and its octets."""


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
        self._unread: tuple[list[News], list[News]] = ([], [])  # the last tick's frames

    def plug(self, end: int, reader: Reader, span: int) -> None:
        """A reader at this end, which finds there what the other end sends."""
        self.readers[end] = (reader, span)
        self.inbox[end].clear()
        self.inbox[end].extend(sorted(self.state[1 - end].values(), key=lambda news: news[:3]))
        self.inbox[end].extend(self._unread[end])  # of this very tick, it may be
        self._unread[end].clear()

    def unplug(self, end: int) -> None:
        """Nobody reads here any more."""
        self.readers[end] = None

    def write(self, end: int, news: News) -> None:
        """This end sends something new."""
        if news[2] != FRAME:  # which does not last
            self.state[end][news[1:3]] = news
        other = self.readers[1 - end]
        if other is not None:
            self.inbox[1 - end].append(news)
            reader, span = other
            reader.plan_line(span, news[0] + 1)
        elif news[2] == FRAME:
            unread = self._unread[1 - end]
            if unread and unread[0][0] != news[0]:
                unread.clear()
            unread.append(news)
