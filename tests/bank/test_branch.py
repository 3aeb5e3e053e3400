"""A bank: opened by its files' names, closed with nothing left behind."""

import sqlite3
from datetime import UTC, datetime

import pytest

from telcard.bank import Bank, CallRecord, Cost, PinKey, sample
from telcard.clock import VirtualClock
from telcard.errors import ConfigError, StorageError

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
RECORD = CallRecord(
    *("call 1", "030", "8000", "E1 timeslot 1", NOW, None, NOW, 0, 0),
    *("NO ANSWER", 16, "caller", "", "caller hung up", "", ""),
)


def test_a_bank_opens_by_its_files_names_and_closes_what_it_opened(tmp_path, people, run):
    PinKey.create(tmp_path / "pin.key")
    PinKey.create(tmp_path / "other.key")

    async def main():
        options = {"cost": Cost(1, 8, 1), "clock": VirtualClock()}
        async with Bank.open(tmp_path / "bank.db", tmp_path / "pin.key", **options) as bank:
            sample.build(bank, people.pins)
            assert (await bank.ledger.balance(people.benno)).minor == 2000
        with pytest.raises(ConfigError, match=r"other\.key: is not the key"):
            Bank.open(tmp_path / "bank.db", tmp_path / "other.key", **options)
        with pytest.raises(StorageError, match="is closed"):
            await bank.ledger.balance(people.ada)

    run(main())


def test_closing_writes_the_records_that_wait(open_bank, run):
    async def main():
        async with open_bank(database={"busy_s": 0.0}) as bank:
            other = sqlite3.connect(bank.database.path, isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StorageError, match="is locked"):
                await bank.records.write(RECORD)
            other.close()
        async with open_bank() as bank:
            return await bank.records.newest()

    assert run(main()) == [RECORD]


def test_a_bank_that_cannot_write_its_records_even_at_the_end_says_so_and_closes(open_bank, run):
    async def main():
        bank = open_bank(database={"busy_s": 0.0})
        other = sqlite3.connect(bank.database.path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="is locked"):
            await bank.records.write(RECORD)
        with pytest.raises(StorageError, match="is locked"):
            await bank.aclose()
        assert "closed" in repr(bank.database)
        other.close()

    run(main())
