"""Two layers 3 on one D-channel, in virtual time, with a data link that can break."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable

from telcard.machine import Effect, Report, Send, StartTimer, StopTimer
from telcard.signalling.events import LineEvent, Offered
from telcard.signalling.facts import CallFacts
from telcard.signalling.isdn import (
    E1,
    ESTABLISH,
    EURO,
    CallEvent,
    Layer3,
    Message,
    Profile,
    decode,
)

USER, NETWORK = 0, 1
FACTS = CallFacts(called="95588", caller="13800138000", complete=True)


class Pair:
    """A user and a network; messages need 10 ms, the data link is up when both ends have it."""

    DELAY = 0.01

    def __init__(
        self,
        profile: Profile = EURO,
        channels: tuple[int, ...] = E1,
        lose: Callable[[int, bytes], bool] = lambda end, octets: False,
    ) -> None:
        self.layers = [
            Layer3("user", profile, channels=channels),
            Layer3("network", profile, channels=channels),
        ]
        self.now = 0.0
        self.said: list[list[CallEvent]] = [[], []]
        self.sent: list[tuple[int, Message]] = []
        self.octets: list[tuple[int, bytes]] = []
        self.lose = lose
        self.whole = True
        self._order = itertools.count()
        self._due: list[tuple[float, int, str, int, object]] = []
        self._timers: list[dict[str, int]] = [{}, {}]
        for end in (USER, NETWORK):
            self.ask(end, "start")
            self.ask(end, "link_up")

    # -- what a test does ------------------------------------------------------------------------

    def ask(self, end: int, name: str, *args: object) -> None:
        """Give one end an input."""
        self._carry_out(end, self.layers[end].fire(name, *args))

    def call(self, end: int, facts: CallFacts = FACTS, *args: object) -> int:
        """Set up a call from `end`; returns its handle there."""
        handle = self.layers[end].new_call()
        self.ask(end, "setup", handle, facts, *args)
        return handle

    def run(self, seconds: float = 0.5) -> None:
        until = self.now + seconds
        while self._due and self._due[0][0] <= until:
            self.now, number, kind, end, what = heapq.heappop(self._due)
            if kind == "data":
                if self.whole:
                    self.ask(end, "data", what)
            elif self._timers[end].get(str(what)) == number:
                del self._timers[end][str(what)]
                self._carry_out(end, self.layers[end].expire(str(what)))
        self.now = until

    def part(self) -> None:
        """The data link breaks, and both ends notice."""
        self.whole = False
        self._due = [due for due in self._due if due[2] != "data"]
        heapq.heapify(self._due)
        for end in (USER, NETWORK):
            self.ask(end, "link_down")

    def join(self) -> None:
        """The data link is back."""
        self.whole = True
        for end in (USER, NETWORK):
            self.ask(end, "link_up")

    # -- what it looks at -------------------------------------------------------------------------

    def events(self, end: int, handle: int | None = None) -> list[LineEvent]:
        """What one end has reported, of one call or of all."""
        return [e.event for e in self.said[end] if handle is None or e.handle == handle]

    def offered(self, end: int) -> int:
        """Handle of the call that was offered last at `end`."""
        return next(e.handle for e in reversed(self.said[end]) if isinstance(e.event, Offered))

    def names(self) -> list[str]:
        """The messages that were sent, with their sender's letter."""
        return [f"{'UN'[end]} {message.name.replace('_', ' ')}" for end, message in self.sent]

    def state(self, end: int, handle: int) -> str:
        return self.layers[end].query().get(handle, ("NULL", None))[0]

    def channel(self, end: int, handle: int) -> int | None:
        return self.layers[end].query()[handle][1]

    def timers(self, end: int) -> set[str]:
        return set(self._timers[end])

    def idle(self) -> bool:
        """Whether neither end knows of a call, and every channel serves."""
        return all(
            not layer.query() and {status.state for status in layer.channels()} == {"idle"}
            for layer in self.layers
        )

    # -- how it works -----------------------------------------------------------------------------

    def _post(self, seconds: float, kind: str, end: int, what: object) -> int:
        number = next(self._order)
        heapq.heappush(self._due, (self.now + seconds, number, kind, end, what))
        return number

    def _carry_out(self, end: int, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send(octets) if octets is not ESTABLISH:
                    self.octets.append((end, octets))
                    message = decode(octets)
                    assert isinstance(message, Message)
                    assert not message.faults, message
                    self.sent.append((end, message))
                    if self.whole and not self.lose(end, octets):
                        self._post(self.DELAY, "data", 1 - end, octets)
                case StartTimer(name):
                    length = self.layers[end].timers[name]
                    self._timers[end][name] = self._post(length, "timer", end, name)
                case StopTimer(name):
                    self._timers[end].pop(name, None)
                case Report(event):
                    self.said[end].append(event)


def talking(pair: Pair, caller: int = USER) -> tuple[int, int]:
    """A call that was answered; its handles at the caller's end and at the other."""
    mine = pair.call(caller)
    pair.run()
    theirs = pair.offered(1 - caller)
    pair.ask(1 - caller, "proceeding", theirs)
    pair.ask(1 - caller, "alerting", theirs)
    pair.ask(1 - caller, "connect", theirs)
    pair.run()
    assert pair.state(caller, mine) == pair.state(1 - caller, theirs) == "ACTIVE"
    return mine, theirs
