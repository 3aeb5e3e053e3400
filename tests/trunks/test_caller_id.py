"""Who calls, from octets and digits as a line brings them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telcard.callerid import STANDARDS, Absence, CallerId, encode
from telcard.countries import countries, country
from telcard.trunks.caller_id import CallerIdEar, facts_of, messages

ANNA = CallerId(number="6095551212", name="ANNA BERG")


def test_a_message_is_found_behind_a_seizure_and_noise() -> None:
    octets = b"\x55" * 30 + b"\x04\x13" + encode(ANNA) + b"\xff"
    assert list(messages(octets, STANDARDS["bellcore"])) == [ANNA]
    assert list(messages(octets[:-2], STANDARDS["bellcore"])) == []


@given(st.binary(max_size=80))
def test_octets_of_any_kind_raise_nothing(octets: bytes) -> None:
    list(messages(octets, STANDARDS["etsi"]))


@pytest.mark.parametrize(
    ("standards", "after", "before"),
    [
        (["bellcore"], True, False),
        (["etsi_lr"], False, True),
        (["denmark_dtmf"], False, True),
        (["china"], True, True),
        (["jclip"], False, False),
        ([], False, False),
    ],
)
def test_a_country_says_when_there_is_something_to_hear(
    standards: list[str], after: bool, before: bool
) -> None:
    ear = CallerIdEar(standards)
    assert (ear.after_ring, ear.before_ring) == (after, before)


def test_every_country_s_ways_can_be_listened_to() -> None:
    for code in countries():
        CallerIdEar(country(code).caller_id)


def test_digits_say_who_calls_or_nothing() -> None:
    ear = CallerIdEar(["denmark_dtmf"])
    assert ear.keyed("A12345678#") == CallerId(number="12345678")
    assert ear.keyed("") is None
    assert ear.keyed("99*") is None
    assert CallerIdEar(["bellcore"]).keyed("A12345678#") is None


def test_what_a_message_tells_are_the_facts_of_the_call() -> None:
    facts = facts_of(ANNA, "95588")
    assert (facts.called, facts.caller, facts.display) == ("95588", "6095551212", "ANNA BERG")
    withheld = facts_of(CallerId(absence=Absence.PRIVATE), "95588")
    assert (withheld.caller, withheld.caller_presented) == ("", False)
    assert facts_of(None, "95588").called == "95588"
