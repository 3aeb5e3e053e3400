"""Offices: who belongs where."""

import pytest

from telcard.exchange.office import Office, TrunkGroup, check, office_of

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
