"""Addresses: what is sent of a call, and what is made of what comes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telcard.signalling import CallFacts
from telcard.signalling.address import (
    MOST_SIGNALS,
    AddressForm,
    AddressReader,
    check_form,
    signals,
)

CALL = CallFacts(called="5551212", caller="2125550100")


def read(form: AddressForm, *names: str) -> AddressReader:
    reader = AddressReader(form)
    for name in names:
        reader.take(name)
    return reader


@pytest.mark.parametrize(
    ("form", "sent"),
    [
        ("dtmf", "*2125550100*5551212#"),
        ("mf", "KP5551212ST"),
        ("fgd", "KP002125550100STKP5551212ST"),
    ],
)
def test_each_form_says_it_in_its_way(form: AddressForm, sent: str) -> None:
    assert "".join(signals(form, CALL)) == sent
    reader = read(form, *signals(form, CALL))
    assert reader.complete
    assert reader.facts is not None
    assert reader.facts.called == "5551212"
    assert reader.facts.caller == ("" if form == "mf" else "2125550100")


def test_who_withholds_his_number_is_not_told() -> None:
    hidden = CallFacts(called="1", caller="2125550100", caller_presented=False)
    assert "".join(signals("dtmf", hidden)) == "**1#"
    assert "".join(signals("fgd", hidden)) == "KP02STKP1ST"
    facts = read("fgd", *signals("fgd", hidden)).facts
    assert facts is not None
    assert (facts.caller, facts.caller_presented) == ("", False)


def test_a_coin_telephone_is_told_in_feature_group_d() -> None:
    facts = read("fgd", *signals("fgd", CallFacts(called="1", caller="2", category="coin"))).facts
    assert facts is not None
    assert facts.category == "coin"


@pytest.mark.parametrize("form", ["dtmf", "mf", "fgd"])
def test_what_is_no_number_is_refused(form: AddressForm) -> None:
    for called in ("", "12*", "1" * 16, "\u0661"):
        with pytest.raises(ValueError, match="called: want 1 to 15 digits, got"):
            signals(form, CallFacts(called=called))
    with pytest.raises(ValueError, match="caller: want 1 to 15 digits, got '1A'"):
        signals(form, CallFacts(called="1", caller="1A"))
    with pytest.raises(ValueError, match="address: want one of dtmf, mf, fgd, got 'pulse'"):
        check_form("pulse")
    assert check_form(form) == form


@given(st.sampled_from(["dtmf", "mf", "fgd"]), st.lists(st.sampled_from([*"0123*#A", "KP", "ST"])))
def test_whatever_comes_is_an_address_or_none_and_never_for_ever(
    form: AddressForm, names: list[str]
) -> None:
    reader = read(form, *names, *["1"] * MOST_SIGNALS)
    assert reader.complete
    if reader.facts is not None:
        assert reader.facts.called.isdecimal()
