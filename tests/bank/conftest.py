"""A bank that answers at once, and calls whose callers follow a script."""

import shutil
from types import SimpleNamespace

import pytest

from telcard import clock
from telcard.bank import MENU, Bank, Cost, PinKey, hotline, sample
from telcard.storage import Database
from tests.support.fake_call import FakeCall, WatchedSecret

QUICK = Cost(time=1, memory_kib=8, lanes=1)

ADA, BENNO, CHEN, DORA = (customer.number for customer in sample.CUSTOMERS)
PINS = {ADA: "83640275", BENNO: "5190"}
KEY = bytes(range(32))


@pytest.fixture
def run():
    """Run a coroutine in virtual time."""
    return lambda main: clock.run(main, clock.VirtualClock())


@pytest.fixture
def people():
    return SimpleNamespace(ada=ADA, benno=BENNO, chen=CHEN, dora=DORA, pins=PINS)


@pytest.fixture(scope="session")
def ready_made(tmp_path_factory):
    """The file of a sample bank, to be copied: quicker than building one for each test."""
    path = tmp_path_factory.mktemp("bank") / "bank.db"
    with Database(path) as database:
        bank = Bank(database, PinKey(KEY), clock.VirtualClock(), cost=QUICK)
        sample.build(bank, PINS)
    return path


@pytest.fixture
def open_bank(tmp_path, ready_made):
    """Open the sample bank; `pins` builds it anew, `database` holds options of its database.

    Its own clock stands still unless it is given the loop's.
    """

    def open_it(pins=None, name="bank.db", database=None, on=None, **options):
        path = tmp_path / name
        if pins is None and not path.exists():
            shutil.copy(ready_made, path)
        opened = Database(path, **(database or {}))
        bank = Bank(opened, PinKey(KEY), on or clock.VirtualClock(), cost=QUICK, **options)
        if pins is not None:
            sample.build(bank, pins)
        return bank

    return open_it


@pytest.fixture
def bank(open_bank):
    bank = open_bank()
    yield bank
    bank.database.close()


@pytest.fixture
def fake_call():
    return FakeCall


@pytest.fixture
def visit():
    """Serve a call as a house does: its end goes into the bank's book of calls."""

    async def visit(call, bank, **options):
        call.ended = bank.records.add
        await hotline(call, bank, **options)

    return visit


@pytest.fixture
def serve(visit, bank, fake_call, run):
    """Serve one call whose caller keys these keys; gives the call and its record."""

    def serve(*keys, menu=MENU, **script):
        async def main():
            call = fake_call(keys, **script)
            await visit(call, bank, menu=menu)
            records = await bank.records.newest()
            served.append(records[0])
            assert records == served[::-1]
            assert all(secret.wiped for secret in call.secrets)
            return call, records[0]

        return run(main())

    served = []
    return serve


@pytest.fixture
def watched_secret():
    return lambda digits: WatchedSecret(bytearray(digits, "ascii"))
