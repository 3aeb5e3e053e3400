"""Data links on D-channels, and two of them on a channel that loses what it is told to lose."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any

from telcard.cards import DChannel
from telcard.machine import Effect, Report, Send, StartTimer, StopTimer
from telcard.runner import Runner
from telcard.signalling.isdn.lapd import Frame, Side
from telcard.signalling.isdn.q921 import PRI, Data, DataLink, Profile


class RunningLink:
    """A data link on a D-channel, in the time of the running loop; `events` is what it reported."""

    def __init__(self, dchannel: DChannel, side: Side, profile: Profile = PRI) -> None:
        self.link = DataLink(side, profile)
        self.events: list[Any] = []
        self.runner = Runner(
            self.link,
            timers=profile.timers,
            send=dchannel.send_frame,
            report=self.events.append,
        )
        self.fire = self.runner.fire
        dchannel.on_frame(lambda frame: self.fire("frame", frame))

    def received(self) -> list[bytes]:
        """Messages that were delivered."""
        return [event.octets for event in self.events if isinstance(event, Data)]

    def close(self) -> None:
        """No timer runs any more."""
        self.runner.close()


class Pair:
    """A user's and a network's link, with a clock of their own: times are whole milliseconds.

    `lose(sender, frame)` says whether a frame is lost on its way, which takes `delay` ms.
    """

    def __init__(
        self,
        lose: Callable[[Side, Frame], bool] = lambda _side, _frame: False,
        profile: Profile = PRI,
        delay: int = 15,
    ) -> None:
        self.links: dict[Side, DataLink] = {
            "user": DataLink("user", profile),
            "network": DataLink("network", profile),
        }
        self.events: dict[Side, list[Any]] = {"user": [], "network": []}
        self.timers: dict[Side, dict[str, int]] = {"user": {}, "network": {}}
        self.trace: list[tuple[int, Side, Frame, bool]] = []
        self.now = 0
        self.lose = lose
        self.delay = delay
        self._lengths = {name: round(1000 * s) for name, s in profile.timers.items()}
        self._flying: list[tuple[int, int, Side, bytes]] = []
        self._count = 0

    def fire(self, side: Side, name: str, *args: Any) -> None:
        """Give a link an input, and carry out what it answers."""
        self._carry_out(side, self.links[side].fire(name, *args))

    def run(self, ms: int) -> None:
        """Let time pass."""
        end = self.now + ms
        while (at := self._next()) is not None and at <= end:
            self.now = at
            self._step()
        self.now = end

    def received(self, side: Side) -> list[bytes]:
        """Messages that were delivered to a side."""
        return [event.octets for event in self.events[side] if isinstance(event, Data)]

    def _next(self) -> int | None:
        times = [at for timers in self.timers.values() for at in timers.values()]
        if self._flying:
            times.append(self._flying[0][0])
        return min(times, default=None)

    def _step(self) -> None:
        if self._flying and self._flying[0][0] <= self.now:
            _, _, side, octets = heapq.heappop(self._flying)
            self.fire(side, "frame", octets)
            return
        for side, timers in self.timers.items():
            for name, at in tuple(timers.items()):
                if at <= self.now:
                    del timers[name]
                    self._carry_out(side, self.links[side].expire(name))
                    return

    def _carry_out(self, side: Side, effects: list[Effect]) -> None:
        timers = self.timers[side]
        other: Side = "network" if side == "user" else "user"
        for effect in effects:
            match effect:
                case Send(pdu):
                    lost = self.lose(side, Frame.decode(pdu))
                    self.trace.append((self.now, side, Frame.decode(pdu), lost))
                    if not lost:
                        self._count += 1
                        flight = (self.now + self.delay, self._count, other, pdu)
                        heapq.heappush(self._flying, flight)
                case StartTimer(name):
                    timers[name] = self.now + self._lengths[name]
                case StopTimer(name):
                    timers.pop(name, None)
                case Report(event):
                    self.events[side].append(event)
