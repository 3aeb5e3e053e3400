"""Countries' meanings of signals, and what a trunk may change of them."""

import dataclasses

import pytest

from telcard.countries import R2_VARIANTS
from telcard.errors import ConfigError
from telcard.signalling.r2 import VARIANTS, Line, Request, Signal, variant


def test_every_country_that_names_a_variant_has_it() -> None:
    assert {name for name in R2_VARIANTS if name} == set(VARIANTS)


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_says_where_it_is_from_and_means_something(name: str) -> None:
    known = variant(name)
    assert known.name == name
    assert known.source
    for table, group in ((known.a, "A"), (known.b, "B"), (known.c, "C")):
        for number, meaning in table.items():
            assert known.meaning(Signal(group, number)) is meaning
            assert known.number(group, meaning) in table
            assert meaning.value in known.describe(Signal(group, number))


def test_signals_in_words() -> None:
    brazil = variant("br")
    assert brazil.describe(Signal("A", 1)) == 'A-1 "send next digit"'
    assert brazil.describe(Signal("A", 15)) == "A-15 no meaning here"
    assert brazil.describe(Signal("I", 10)) == "I-10 digit 0"
    assert brazil.describe(Signal("I", 15)) == "I-15 end of number"
    assert brazil.describe(Signal("II", 2)) == "II-2 category priority"
    assert brazil.describe(Signal("II", 15)) == "II-15 category without meaning here"
    assert variant("cn").describe(Signal("KA", 1)) == "KA-1 category subscriber"


def test_china_has_four_backward_tones_and_its_own_bits() -> None:
    china = variant("cn")
    assert max(china.a) == max(china.b) == 6
    assert china.line.cd == 0b11


def test_a_trunk_has_values_of_its_own() -> None:
    known = variant(
        "br",
        {
            "a": {"9": "caller_digit", "8": "none"},
            "b": {"9": "busy"},
            "withheld": 15,
            "metering_s": 0.3,
            "cd": 3,
            "digits_s": 2.5,
        },
    )
    assert known.a[9] is Request.CALLER_DIGIT
    assert 8 not in known.a
    assert known.b[9] is Line.BUSY
    assert known.number("B", Line.BUSY) == 2  # the country's comes first
    assert (known.withheld, known.line.metering_s, known.line.cd) == (15, 0.3, 3)
    assert known.timers["digits"] == 2.5
    assert variant("br").b[2] is Line.BUSY
    assert 9 not in variant("br").b


@pytest.mark.parametrize(
    ("overrides", "fault"),
    [
        ({"a": {"16": "next"}}, "R2 variant cn: a.16: want a signal from 1 to 15, got '16'"),
        ({"a": {"x": "next"}}, r"R2 variant cn: a.x: want a key like \[0-9\]\{1,2\}"),
        ({"a": {"9": "next"}}, "R2 variant cn: a: want signals 1 to 6, got 9"),
        ({"b": {"1": "bussy"}}, "b.1: want one of free, .* or none, got 'bussy'"),
        ({"b": {"4": "none"}}, "b: want a signal for 'congestion', got none"),
        ({"a": {"3": "none"}}, "a: want a signal for 'address complete, .*', got none"),
        ({"c": {"1": "next"}}, "c: want a signal for 'address complete"),
        ({"withheld": 13}, "withheld: want 12 or 15, got 13"),
        ({"forward_s": 0}, "forward_s: want a number from 1"),
        ({"tone": 1}, "tone: unknown key"),
        ({"end_of_called": "yes"}, "end_of_called: want true or false"),
    ],
)
def test_bad_values_are_refused_in_one_sentence(overrides: dict, fault: str) -> None:
    with pytest.raises(ConfigError, match=fault):
        variant("cn", overrides)


def test_an_unknown_country_is_refused_in_one_sentence() -> None:
    with pytest.raises(ConfigError, match=r"R2 variant: want one of itu, .*, got 'de'"):
        variant("de")


def test_a_variant_must_know_ordinary_callers() -> None:
    with pytest.raises(ConfigError, match="categories: want a signal for 'subscriber', got none"):
        dataclasses.replace(variant("itu"), categories={1: "operator"})
