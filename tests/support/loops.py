"""Both ends of one analogue line, machine against machine, in a time of their own."""

from __future__ import annotations

import heapq
import itertools
from typing import Any

from telcard.machine import Effect, Machine, Report, Send, StartTimer, StopTimer
from telcard.signalling import fxo, fxs


class End:
    """A machine, its timers, and what it has told."""

    def __init__(self, machine: Machine[Any], timers: dict[str, float]) -> None:
        self.machine = machine
        self.timers = timers
        self.told: list[Any] = []
        self.sends = 0
        self.running: dict[str, int] = {}


class LoopPair:
    """An exchange's `Station` and a subscriber's `Line`, joined; `delay_s` each way."""

    def __init__(self, station: fxs.Profile, line: fxo.Profile, delay_s: float = 0.01) -> None:
        self.station = End(fxs.Station(station), station.timers)
        self.line = End(fxo.Line(line), line.timers)
        self.now = 0.0
        self._delay_s = delay_s
        self._order = itertools.count()
        self._due: list[tuple[float, int, End, str, int]] = []
        for end in (self.station, self.line):
            self.fire(end, "start")
        self.run(0.1)

    def other(self, end: End) -> End:
        return self.line if end is self.station else self.station

    def fire(self, end: End, name: str, *args: Any) -> None:
        self._do(end, end.machine.fire(name, *args))

    def run(self, seconds: float) -> None:
        until = self.now + seconds
        while self._due and self._due[0][0] <= until:
            self.now, order, end, name, bits = heapq.heappop(self._due)
            if name == "bits":
                self._do(end, end.machine.fire("bits", bits))
            elif end.running.get(name) == order:
                del end.running[name]
                self._do(end, end.machine.expire(name))
        self.now = until

    def told(self, end: End) -> list[Any]:
        """What an end has told since it was asked last."""
        told, end.told = end.told, []
        return told

    def _do(self, end: End, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send(bits):
                    end.sends = bits
                    self._later(self._delay_s, self.other(end), "bits", bits)
                case StartTimer(name):
                    end.running[name] = self._later(end.timers[name], end, name, 0)
                case StopTimer(name):
                    end.running.pop(name, None)
                case Report(event):
                    end.told.append(event)

    def _later(self, seconds: float, end: End, name: str, bits: int) -> int:
        order = next(self._order)
        heapq.heappush(self._due, (self.now + seconds, order, end, name, bits))
        return order
