"""The sample bank: small, sound, and the same every time."""

from datetime import date, timedelta

import pytest

from telcard.bank import ledger, sample
from telcard.errors import ConfigError, Refused


def test_its_books_are_sound_and_its_balances_known(bank):
    assert bank.database.transact(ledger.faults) == []
    balances = {
        customer.name: str(
            bank.database.transact(lambda c, n=customer.number: ledger.balance(c, n))
        )
        for customer in sample.CUSTOMERS
    }
    assert balances == {
        "Ada Lindqvist": "1,447.55 USD",
        "Benno Okafor": "20.00 USD",
        "Chen Marchetti": "150,000.00 USD",
        "Dora Ilves": "0.00 USD",
    }


def test_it_is_the_same_every_time_and_building_again_adds_nothing(open_bank, people):
    dumps = []
    for name in ("one.db", "two.db"):
        bank = open_bank(people.pins, name, entropy=bytes)
        sample.build(bank, people.pins)
        dumps.append(bank.database.transact(lambda c: list(c.iterdump())))
        bank.database.close()
    assert dumps[0] == dumps[1]


def test_its_entries_follow_the_business_date_given(tmp_path, open_bank, people):
    bank = open_bank(pins={}, name="empty.db")
    entries = bank.database.transact(lambda c: ledger.last_entries(c, people.ada, 1))
    assert entries[0].business_date == sample.TODAY - timedelta(days=1) == date(2026, 1, 4)
    bank.database.close()


def test_a_pin_for_nobody_and_a_pin_that_is_none_are_refused(bank, people):
    with pytest.raises(ConfigError, match=r"want PINs for 10020030, .* got one for 12345678"):
        sample.build(bank, {"12345678": "1234"})
    with pytest.raises(Refused, match="want 4 to 12 digits"):
        sample.build(bank, {people.ada: "12"})
