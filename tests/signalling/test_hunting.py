"""In which order circuits are hunted, and what a route counts."""

from dataclasses import dataclass

import pytest

from telcard.signalling.hunting import Hunt, Route, RouteStats


@dataclass(eq=False)
class Wire:
    name: str
    free: bool = True


class Exchange:
    """A route, and calls that take and release its circuits."""

    def __init__(self, hunt: Hunt, circuits: str = "abcd") -> None:
        self.now_s = 0.0
        self.wires = {name: Wire(name) for name in circuits}
        self.route = Route("group", list(self.wires.values()), hunt, lambda: self.now_s)

    def call(self) -> str:
        wire = self.route.find()
        if wire is None:
            return ""
        wire.free = False
        self.route.taken(wire)
        return wire.name

    def end(self, name: str) -> None:
        self.wires[name].free = True
        self.route.released(self.wires[name])


@pytest.mark.parametrize(
    ("hunt", "order"),
    [
        (Hunt.LOWEST, "abacd"),
        (Hunt.HIGHEST, "dcdba"),
        (Hunt.ROTARY, "abcda"),
        (Hunt.LONGEST_IDLE, "abcda"),
    ],
)
def test_each_strategy_hunts_in_its_own_order(hunt: Hunt, order: str) -> None:
    """Two calls, the first of them ends, three more."""
    exchange = Exchange(hunt)
    taken = [exchange.call(), exchange.call()]
    exchange.end(taken[0])
    taken += [exchange.call() for _ in range(3)]
    assert "".join(taken) == order
    assert exchange.call() == ""


def test_the_longest_idle_is_the_one_released_first() -> None:
    exchange = Exchange(Hunt.LONGEST_IDLE)
    for _ in "abcd":
        exchange.call()
    for name in "cadb":
        exchange.end(name)
    assert [exchange.call() for _ in "abcd"] == ["c", "a", "d", "b"]


def test_a_route_counts_its_calls_and_the_traffic_it_carried() -> None:
    exchange = Exchange(Hunt.LOWEST)
    exchange.call()
    exchange.now_s = 10.0
    exchange.call()
    exchange.now_s = 15.0
    exchange.end("a")
    exchange.route.overflowed()
    exchange.now_s = 20.0
    assert exchange.route.stats() == RouteStats(2, 1, 1, 15.0 + 10.0)
