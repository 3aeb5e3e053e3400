"""Money: whole minor units, one currency, nothing lost in writing and reading."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telcard.bank.money import DECIMALS, LIMIT, Amount
from telcard.errors import ConfigError


@given(st.integers(1 - LIMIT, LIMIT - 1), st.sampled_from(sorted(DECIMALS)))
def test_what_is_written_is_read_back(minor, currency):
    amount = Amount(minor, currency)
    text, _, code = str(amount).rpartition(" ")
    assert Amount.parse(text, code) == amount
    assert Amount.parse(text.replace(",", ""), code) == amount


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (125075, "EUR", "1,250.75 EUR"),
        (-5, "USD", "-0.05 USD"),
        (0, "CNY", "0.00 CNY"),
        (1234567, "JPY", "1,234,567 JPY"),
        (1, "KWD", "0.001 KWD"),
    ],
)
def test_each_currency_has_its_own_decimals(minor, currency, text):
    assert str(Amount(minor, currency)) == text


@pytest.mark.parametrize(
    "text", ["", "1.5", "1.505", "1,25.00", "1e3", " 1", "+1", ".50", "１", "1.", "--1", "1\n"]
)
def test_anything_else_is_refused(text):
    with pytest.raises(ConfigError, match="want digits with 2 decimals for EUR"):
        Amount.parse(text, "EUR")


@pytest.mark.parametrize("minor", [1.0, True, "1", None])
def test_only_whole_units_are_money(minor):
    with pytest.raises(ValueError, match="want an int of minor units"):
        Amount(minor, "EUR")


def test_currencies_do_not_mix():
    with pytest.raises(ValueError, match="cannot add USD to EUR"):
        Amount(1, "EUR") + Amount(1, "USD")


def test_an_unknown_currency_and_an_absurd_sum_are_refused():
    with pytest.raises(ValueError, match="got 'XTS'"):
        Amount(1, "XTS")
    with pytest.raises(ValueError, match="want less than"):
        Amount(LIMIT, "EUR")
