import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telcard.speech import Date, Digits, Money, Number


@pytest.mark.parametrize(
    ("keys", "groups"),
    [
        ("7", "7"),
        ("1234", "1234"),
        ("12345", "12 345"),
        ("1234567", "123 4567"),
        ("12345678", "1234 5678"),
        ("13912345678", "139 1234 5678"),
        ("6222021234567890", "6222 0212 3456 7890"),
    ],
)
def test_digits_are_read_in_groups(keys, groups):
    assert Digits(keys).groups() == tuple(groups.split())


@given(st.text("0123456789*#", min_size=1, max_size=40))
def test_groups_hold_all_digits_and_are_evenly_long(keys):
    groups = Digits(keys).groups()
    assert "".join(groups) == keys
    lengths = [len(group) for group in groups]
    assert max(lengths) <= 4
    assert max(lengths) - min(lengths) <= 1
    assert lengths == sorted(lengths)


@pytest.mark.parametrize("keys", ["", "12a", " 12", "1.5", "١٢", 12, None])
def test_digits_are_a_string_of_keys(keys):
    with pytest.raises(ValueError, match=r"^digits to say: want a string of 0-9, \* and #, got "):
        Digits(keys)


@pytest.mark.parametrize("value", [1.5, True, "12", None])
def test_a_number_is_an_int_or_a_decimal(value):
    with pytest.raises(ValueError, match=r"^number to say: want an int or a Decimal, got "):
        Number(value)


@pytest.mark.parametrize("value", [10**12, -(10**12), Decimal("1E+12")])
def test_a_number_has_a_limit(value):
    with pytest.raises(ValueError, match=r"^number to say: want less than 10\*\*12, got "):
        Number(value)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "sNaN"])
def test_a_number_is_finite(value):
    with pytest.raises(ValueError, match="want a finite one"):
        Number(Decimal(value))


def test_a_fraction_has_a_limit():
    with pytest.raises(ValueError, match="want at most 12 decimals"):
        Number(Decimal("0.1234567890123"))


@pytest.mark.parametrize("minor", [1.0, True, "1", Decimal(1)])
def test_money_is_an_int(minor):
    with pytest.raises(ValueError, match=r"^money to say: want an int of minor units, got "):
        Money(minor, "USD")


@pytest.mark.parametrize("minor", [10**14, -(10**14)])
def test_money_has_a_limit(minor):
    with pytest.raises(ValueError, match=r"^money to say: want less than 10\*\*14 minor units"):
        Money(minor, "USD")


def test_a_date_is_a_date():
    assert Date(datetime.datetime(2026, 11, 22, tzinfo=datetime.UTC)).day.month == 11
    with pytest.raises(ValueError, match=r"^date to say: want a datetime.date, got '2026-11-22'"):
        Date("2026-11-22")
