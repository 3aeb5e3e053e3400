"""A transaction that a coroutine awaits: handed in is as good as done."""

import asyncio

import pytest

from telcard.bank.transactions import transact
from telcard.errors import StorageError


def add(connection):
    connection.execute("INSERT INTO alarms VALUES (NULL, 'now', 'call ended', NULL, '', '', '', 3)")


def alarms(connection):
    return connection.execute("SELECT count(*) FROM alarms").fetchone()[0]


def test_its_result_is_awaited(bank, run):
    async def main():
        await transact(bank.database, add)
        return await transact(bank.database, alarms)

    assert run(main()) == 1


def test_what_the_work_raises_is_raised(bank, run):
    async def main():
        with pytest.raises(ZeroDivisionError):
            await transact(bank.database, lambda c: 1 / 0)
        with pytest.raises(StorageError, match=r"bank\.db: no such table: nowhere"):
            await transact(bank.database, lambda c: c.execute("SELECT * FROM nowhere"))

    run(main())


@pytest.mark.parametrize("real_time", [False, True], ids=["virtual time", "real time"])
def test_it_is_carried_out_even_when_the_asker_is_cancelled(bank, run, real_time):
    async def main():
        task = asyncio.create_task(transact(bank.database, add))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    (asyncio.run if real_time else run)(main())
    assert bank.database.transact(alarms) == 1
