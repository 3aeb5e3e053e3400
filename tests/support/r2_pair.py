"""Two R2 registers and the line between them, without sound and without a clock of their own."""

import heapq
import itertools
from collections.abc import Callable
from random import Random
from typing import Any

from telcard.machine import Effect, Machine, Report, Send, StartTimer, StopTimer
from telcard.signalling.facts import CallFacts
from telcard.signalling.r2 import BackwardRegister, ForwardRegister, Signal, Variant, Wishes

Change = Callable[[str, int], int]
"""`(towards, number) -> number`: what a line makes of a signal; 0 is silence."""


class End:
    """A register with its timers: what it sends, and what it has reported."""

    def __init__(self, pair: "Pair", name: str, register: Machine[Any], lengths: dict[str, float]):
        self.pair = pair
        self.name = name
        self.register = register
        self.lengths = lengths
        self.reports: list[Any] = []
        self.sending: Signal | None = None
        self.running: dict[str, int] = {}

    def fire(self, name: str, *args: Any) -> None:
        """Give it an input."""
        self._do(self.register.fire(name, *args))

    def _expire(self, timer: str, serial: int) -> None:
        if self.running.get(timer) == serial:
            del self.running[timer]
            self._do(self.register.expire(timer))

    def _do(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send(signal):
                    self.sending = signal
                    self.pair.sent(self, signal)
                case StartTimer(name):
                    serial = next(self.pair.serials)
                    self.running[name] = serial
                    self.pair.later(self.lengths[name], lambda n=name, s=serial: self._expire(n, s))
                case StopTimer(name):
                    self.running.pop(name, None)
                case Report(event):
                    self.reports.append(event)

    def told(self, kind: type) -> list[Any]:
        """Its reports of a kind."""
        return [event for event in self.reports if isinstance(event, kind)]


class Pair:
    """A call through two registers; signals need `delay_s` from one to the other."""

    def __init__(
        self,
        variant: Variant,
        facts: CallFacts,
        wishes: Wishes | None = None,
        *,
        delay_s: float = 0.05,
        change: Change | None = None,
    ) -> None:
        self.now = 0.0
        self.serials = itertools.count()
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._delay_s = delay_s
        self._change = change
        self._quiet = {"forward": True, "backward": True}
        self.forward = End(self, "forward", ForwardRegister(variant, facts), variant.timers)
        self.backward = End(self, "backward", BackwardRegister(variant, wishes), variant.timers)

    def later(self, seconds: float, what: Callable[[], None]) -> None:
        """Do it then."""
        heapq.heappush(self._events, (self.now + seconds, next(self.serials), what))

    def sent(self, end: End, signal: Signal | None) -> None:
        """One end sends something else from now on."""
        other = self.backward if end is self.forward else self.forward
        number = signal.number if signal is not None else 0
        if self._change is not None:
            number = self._change(other.name, number)
        self.later(self._delay_s, lambda: self._arrives(other, number))

    def _arrives(self, end: End, number: int) -> None:
        if number:
            self._quiet[end.name] = False
            end.fire("signal", number)
        elif not self._quiet[end.name]:
            self._quiet[end.name] = True
            end.fire("silence")

    def start(self) -> None:
        """The seizure was acknowledged."""
        self.backward.fire("start")
        self.forward.fire("start")

    def run(self, seconds: float = 120.0) -> None:
        """Let time pass, or until nothing can happen any more."""
        until = self.now + seconds
        while self._events and self._events[0][0] <= until:
            self.now, _, what = heapq.heappop(self._events)
            what()
        self.now = until


def some_wishes(chance: Random) -> Wishes:
    """What a called end may want to know, by chance."""
    return Wishes(
        called_digits=chance.choice([None, 1, 2, 3, 4]),
        caller=chance.random() < 0.5,
        caller_after=chance.choice([None, 1, 2, 3]),
        caller_digits=chance.choice([None, 1, 2, 3]),
        group_b=chance.random() < 0.5,
    )
