"""The strict reader by itself, on a small table."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import pytest

from telcard.strict import (
    Reader,
    array,
    flag,
    number,
    numbers,
    ranges,
    schema_of,
    table,
    tables,
    text,
    texts,
)


@dataclass(frozen=True)
class Wheel:
    """A wheel."""

    inches: Annotated[float, number(1, 99)]


@dataclass(frozen=True)
class Bicycle:
    """A bicycle, for people."""

    colour: Annotated[str, text(("red", "blue"))]
    maker: Annotated[str, text(pattern=r"[A-Z]\w+")]
    gears: Annotated[int, number(1, 30)]
    lights: Annotated[bool, flag()]
    wheels: Annotated[tuple[Wheel, ...], array(least=2)]
    extras: Annotated[tuple[str, ...], array(choices=("bell", "rack"), least=0)]
    sizes: Annotated[tuple[int, ...], ranges(10, 60)]
    notes: Annotated[Mapping[str, str], texts("[a-z]+")]
    name: str = ""

    def faults(self) -> Iterator[tuple[str, str]]:
        if self.gears > 3 and self.colour == "red":
            yield "gears", "red ones have three at most"


GOOD: dict[str, Any] = {
    "colour": "red",
    "maker": "Raleigh",
    "gears": 3,
    "lights": True,
    "wheels": [{"inches": 28}, {"inches": 27.5}],
    "extras": ["bell"],
    "sizes": "10-12, 58",
    "notes": {"care": "oil the chain"},
}


@dataclass(frozen=True)
class Cat:
    """A cat."""

    kind: Annotated[str, text(("cat", "kitten"))]
    lives: Annotated[int, number(1, 9)]


@dataclass(frozen=True)
class Dog:
    """A dog."""

    kind: Annotated[str, text(("dog",))]
    barks: Annotated[bool, flag()]


@dataclass(frozen=True)
class House:
    """A house with animals."""

    animals: Annotated[tuple[Cat | Dog, ...], array(by="kind", least=0)]


def told(**changes: Any) -> list[str]:
    reader = Reader()
    assert reader.read(Bicycle, {**GOOD, **changes}) is None or reader.faults
    return reader.faults


def test_a_table_that_keeps_the_rules_is_built() -> None:
    reader = Reader()
    built = reader.read(Bicycle, GOOD, name="mine")
    assert reader.faults == []
    assert built == Bicycle(
        colour="red",
        maker="Raleigh",
        gears=3,
        lights=True,
        wheels=(Wheel(28.0), Wheel(27.5)),
        extras=("bell",),
        sizes=(10, 11, 12, 58),
        notes={"care": "oil the chain"},
        name="mine",
    )


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"colour": 1}, "colour: want one of red, blue; got 1"),
        ({"maker": "raleigh"}, r"maker: want a text like [A-Z]\w+; got 'raleigh'"),
        ({"gears": 3.0}, "gears: want a whole number from 1 to 30; got 3.0"),
        (
            {"gears": 10**400},
            "gears: want a whole number from 1 to 30; got a number of more than 64 bits",
        ),
        ({"gears": 5}, "gears: red ones have three at most"),
        ({"lights": "yes"}, "lights: want true or false; got 'yes'"),
        ({"wheels": [{"inches": 28}]}, "wheels: want an array of 2 or more; got an array of 1"),
        ({"wheels": [{"inches": 28}, 3]}, "wheels[1]: want a table; got 3"),
        (
            {"wheels": [{"inches": 28}, {"inches": float("nan")}]},
            "wheels[1].inches: want a number from 1 to 99; got nan",
        ),
        ({"extras": ["bell", "bell"]}, "extras[1]: 'bell' is there already"),
        ({"extras": ["horn"]}, "extras[0]: want one of bell, rack; got 'horn'"),
        ({"sizes": "12-10"}, "sizes: want ranges from 10 to 60 like '1-15, 17-31'; got '12-10'"),
        ({"notes": {"A": "b"}}, "notes.A: want a key like [a-z]+"),
        ({"notes": []}, "notes: want a table; got an array of 0"),
        ({"maker": "x" * 100}, rf"maker: want a text like [A-Z]\w+; got '{'x' * 56}..."),
        ({"name": "given"}, "name: unknown key"),
        ({"gaers": 1}, "gaers: unknown key; did you mean gears?"),
    ],
)
def test_each_fault_is_one_sentence(changes: dict[str, Any], fault: str) -> None:
    assert told(**changes) == [fault]


def test_what_is_no_table_at_all_is_told() -> None:
    reader = Reader()
    assert reader.read(Bicycle, 7) is None
    assert reader.faults == ["want a table; got 7"]


def test_the_rules_can_be_written_as_json_schema() -> None:
    schema = schema_of(Bicycle)
    assert schema["description"] == "A bicycle, for people."
    assert schema["required"] == list(GOOD)
    parts = schema["properties"]
    assert parts["colour"] == {"enum": ["red", "blue"]}
    assert parts["gears"] == {"type": "integer", "minimum": 1, "maximum": 30}
    assert parts["wheels"]["minItems"] == 2
    assert parts["wheels"]["items"]["properties"]["inches"]["type"] == "number"
    assert parts["extras"]["uniqueItems"] is True


def test_tables_of_an_array_may_be_of_several_kinds() -> None:
    reader = Reader()
    animals = [{"kind": "kitten", "lives": 9}, {"kind": "dog", "barks": True}]
    assert reader.read(House, {"animals": animals}) == House((Cat("kitten", 9), Dog("dog", True)))
    assert reader.read(House, {"animals": []}) == House(())
    assert reader.faults == []


@pytest.mark.parametrize(
    ("animal", "faults"),
    [
        ({"lives": 9}, ["animals[0].kind: is missing"]),
        ({"kind": "cow"}, ["animals[0].kind: want one of cat, kitten, dog; got 'cow'"]),
        ({"kind": ["cat"]}, ["animals[0].kind: want one of cat, kitten, dog; got an array of 1"]),
        (7, ["animals[0]: want a table; got 7"]),
        (
            {"kind": "dog", "lives": 9},
            ["animals[0].lives: unknown key", "animals[0].barks: is missing"],
        ),
        ({"kind": "cat", "lives": 0}, ["animals[0].lives: want a whole number from 1 to 9; got 0"]),
    ],
)
def test_a_table_of_an_array_is_judged_by_the_kind_it_names(animal: Any, faults: list[str]) -> None:
    reader = Reader()
    assert reader.read(House, {"animals": [animal]}) is None
    assert reader.faults == faults


def test_the_schema_of_an_array_of_several_kinds_offers_each() -> None:
    items = schema_of(House)["properties"]["animals"]["items"]
    assert [kind["title"] for kind in items["oneOf"]] == ["Cat", "Dog"]


@dataclass(frozen=True)
class Shed:
    """A shed, whose table may leave things out."""

    owner: Annotated[str, text()]
    bicycles: Annotated[Mapping[str, Wheel], tables("[a-z]+")]
    heights: Annotated[tuple[float, ...], numbers(0, 9, 2)] = (2.0, 3.0)
    rent: Annotated[float | None, number(0, 99)] = None
    spare: Annotated[Wheel, table()] = Wheel(20.0)
    address: str = ""


def test_what_has_a_rule_and_a_default_may_be_left_out() -> None:
    reader = Reader()
    read = reader.read(Shed, {"owner": "Ann", "bicycles": {"old": {"inches": 28}}}, address="x")
    assert read == Shed("Ann", {"old": Wheel(28.0)}, address="x")
    full = {"owner": "Bob", "bicycles": {}, "heights": [1, 1], "rent": 5, "spare": {"inches": 9}}
    assert reader.read(Shed, full) == Shed("Bob", {}, (1.0, 1.0), 5.0, Wheel(9.0))
    assert reader.faults == []
    assert schema_of(Shed)["required"] == ["owner", "bicycles"]
    assert schema_of(Shed)["properties"]["heights"] == {
        "type": "array",
        "minItems": 2,
        "items": {"type": "number", "minimum": 0, "maximum": 9},
    }
    assert schema_of(Shed)["properties"]["bicycles"]["additionalProperties"]["title"] == "Wheel"


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"heights": [1]}, "heights: want an array of 2 or more numbers; got an array of 1"),
        ({"heights": [1, 10]}, "heights[1]: want a number from 0 to 9; got 10"),
        ({"heights": 3}, "heights: want an array of 2 or more numbers; got 3"),
        ({"bicycles": [1]}, "bicycles: want a table of tables; got an array of 1"),
        ({"bicycles": {"X": {}}}, "bicycles.X: want a key like [a-z]+"),
        ({"bicycles": {"x": {}}}, "bicycles.x.inches: is missing"),
        ({"spare": {"inches": 0}}, "spare.inches: want a number from 1 to 99; got 0"),
        ({"address": "x"}, "address: unknown key"),
    ],
)
def test_arrays_of_numbers_and_tables_of_tables_are_read_strictly(
    wrong: dict[str, Any], fault: str
) -> None:
    reader = Reader()
    assert reader.read(Shed, {"owner": "Ann", "bicycles": {}} | wrong) is None
    assert reader.faults == [fault]
