"""Two circuits on one line, without I/O: what one sends the other receives, by their own clock."""

import heapq
import itertools
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Any

from telcard.machine import Effect, Report, Send, StartTimer, StopTimer
from telcard.signalling.circuit import Circuit
from telcard.signalling.events import LineEvent


def states_of(end: type[Circuit[Any]]) -> list[Enum]:
    return sorted({state for state, _ in end.table}, key=lambda state: state.name)


def events(effects: list[Effect]) -> list[LineEvent]:
    return [effect.event for effect in effects if isinstance(effect, Report)]


def sent(effects: list[Effect]) -> list[int]:
    return [effect.pdu for effect in effects if isinstance(effect, Send)]


def hear(circuit: Circuit[Any], abcd: int) -> list[Effect]:
    """Give a nibble that stands still for the recognition time."""
    started = circuit.fire("bits", abcd)
    assert len(started) == 1
    assert isinstance(started[0], StartTimer)
    return circuit.expire(started[0].name)


def edges_of(end: type[Circuit[Any]]) -> dict[str, set[str]]:
    """From which state the drawing leads to which."""
    edges: dict[str, set[str]] = {}
    for line in end.dot().splitlines()[1:-1]:
        source, _, target = line.split("[")[0].split()
        edges.setdefault(source, set()).add(target)
    return edges


def reached_from(edges: dict[str, set[str]], first: str) -> set[str]:
    """All that can be reached."""
    reached, front = {first}, [first]
    while front:
        for target in edges[front.pop()] - reached:
            reached.add(target)
            front.append(target)
    return reached


class Pair:
    """Two ends on one line, in whole milliseconds: 10 ms each way, timers of the profile."""

    DELAY = 10

    def __init__(self, circuits: Sequence[Circuit[Any]]) -> None:
        self.circuits = circuits
        self.said: list[list[LineEvent]] = [[], []]
        self.now = 0
        self.cut = [False, False]
        self._order = itertools.count()
        self._due: list[tuple[int, int, str, int, object]] = []
        self._timers: list[dict[str, int]] = [{}, {}]
        for end in (0, 1):
            self.ask(end, "start")
        self.run(100)

    def ask(self, end: int, request: str) -> None:
        self._carry_out(end, self.circuits[end].fire(request))

    def break_line(self, end: int, broken: bool) -> None:
        """What `end` receives is all ones from now on, or the truth again."""
        self.cut[end] = broken
        circuit = self.circuits[1 - end]
        self._post(0, "bits", end, 0b1111 if broken else circuit.sending)

    def run(self, ms: int) -> None:
        until = self.now + ms
        while self._due and self._due[0][0] <= until:
            self.now, number, kind, end, what = heapq.heappop(self._due)
            circuit = self.circuits[end]
            if kind == "bits":
                self._carry_out(end, circuit.fire("bits", what))
            elif self._timers[end].get(str(what)) == number:
                del self._timers[end][str(what)]
                self._carry_out(end, circuit.expire(str(what)))
        self.now = until

    def _post(self, ms: int, kind: str, end: int, what: object) -> int:
        number = next(self._order)
        heapq.heappush(self._due, (self.now + ms, number, kind, end, what))
        return number

    def _carry_out(self, end: int, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send(abcd):
                    if not self.cut[1 - end]:
                        self._post(self.DELAY, "bits", 1 - end, abcd)
                case StartTimer(name):
                    ms = round(1000 * self.circuits[end].profile.timers[name])
                    self._timers[end][name] = self._post(ms, "timer", end, name)
                case StopTimer(name):
                    self._timers[end].pop(name, None)
                case Report(event):
                    self.said[end].append(event)

    @property
    def states(self) -> tuple[Enum, Enum]:
        return self.circuits[0].state, self.circuits[1].state


# -- one end: nibbles from Q.421 table 1, c d = 0 1 ----------------------------------------------


def requests_now(circuit: Circuit[Any]) -> Iterator[str]:
    for state, name in circuit.table:
        if state is circuit.state and name in circuit.requests:
            yield name


def settle_down(pair: Pair) -> None:
    """Everybody hangs up, releases and unblocks, as often as it takes."""
    for end in (0, 1):
        pair.break_line(end, False)
    for _ in range(20):
        pair.run(40_000)
        for end, circuit in enumerate(pair.circuits):
            for request in ("clear_back", "clear_forward", "release", "unblock"):
                if request in requests_now(circuit):
                    pair.ask(end, request)
