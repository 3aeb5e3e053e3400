"""Offices: who belongs where, and in which order circuits are hunted."""

from dataclasses import dataclass

import pytest

from telcard.exchange.office import Hunt, Office, Route, RouteStats, TrunkGroup, check, office_of


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


CITY = Office("city", ("021", "0"), TrunkGroup((1,)))
PORT = Office("port", ("0216",), TrunkGroup((2,)), overflow=("city",))


def test_a_subscriber_belongs_to_the_office_with_the_longest_prefix() -> None:
    assert office_of("02160001", [CITY, PORT]) is PORT
    assert office_of("02150001", [CITY, PORT]) is CITY
    with pytest.raises(ValueError, match="subscriber 9: want a number that begins with one of 021"):
        office_of("9", [CITY, PORT])


@pytest.mark.parametrize(
    ("offices", "sentence"),
    [
        ([], "offices: want one or more, got none"),
        ([CITY, CITY], "office 'city': want it once, got it 2 times"),
        ([CITY, Office("b", ("0",), TrunkGroup((2,)))], "prefix '0': want it once"),
        ([Office("b", ("",), TrunkGroup((3,)))], "office 'b': want spans 1 to 2, got 3"),
        ([CITY, Office("b", ("1",), TrunkGroup((1,)))], "office 'b': span 1 belongs to 'city'"),
        ([PORT], "office 'port': want another office to overflow to, got 'city'"),
    ],
)
def test_offices_that_do_not_fit_are_refused(offices: list[Office], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        check(offices, 2)


def test_a_group_wants_a_circuit() -> None:
    with pytest.raises(ValueError, match="trunk group: want 1 circuit or more, got 0"):
        TrunkGroup((1,), circuits=0)
