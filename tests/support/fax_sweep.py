"""A fax that somebody has asked for, in a house that is killed at a write: for `kill_sweep`.

The caller has his promise, the first call finds the line busy, the second one sends.  Then the
house comes up again, as after any crash, and empties its outbox.

* Whoever heard a promise has his fax: it is in the books, once, and went over.
* No call was made whose attempt the books do not have.
* It went over once; twice at most, where the books could not be told of the first time.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from telcard import clock
from telcard.bank import Bank, Cost, FaxOrder, FaxRules, Sender, outbox
from telcard.bank.fax_plan import Ending, Fax, Outcome
from telcard.bank.faxes import Faxes
from telcard.bank.statement_page import read_statement, statement_pages
from telcard.rehearsal.scenes import ADA
from telcard.signalling import Cause
from telcard.storage import Database
from tests.support.fake_exchange import SENT, FakeChassis

Report = Callable[[str], object]

NUMBER = "0215432101"
LONG_S = 600
SENDER = Sender("The Bank")
QUICK = Cost(time=1, memory_kib=8, lanes=1)


def fax(folder: Path, arm: Callable[[], None], report: Report) -> None:
    """From the request to the last page; armed before the request."""
    house(folder, report, [Cause.USER_BUSY, SENT], arm)


def house(
    folder: Path, report: Report, far: list[object], arm: Callable[[], None] | None = None
) -> None:
    """A house whose calls out end so; with `arm` a caller asks for a fax."""

    class Told(FakeChassis):
        async def dial(self, number, **options):
            report("dials")
            line = await super().dial(number, **options)
            send = line.fax_send

            async def fax_send(pages, **options):
                result = await send(pages, **options)
                report("went over")
                return result

            line.fax_send = fax_send
            return line

    async def main() -> None:
        books, key = folder / "bank.sqlite", folder / "pin.key"
        async with Bank.open(books, key, clock.current(), cost=QUICK) as bank:
            faxes = Faxes(bank, Told(*far), SENDER, FaxRules(hours=None))
            if arm is not None:
                arm()
            running = asyncio.create_task(faxes.run())
            if arm is not None:
                await faxes.put(FaxOrder("one", ADA, NUMBER, "statement", "call 1"))
                report("promised")
            await asyncio.sleep(LONG_S)
            await faxes.drain()
            await running

    clock.run(main(), clock.VirtualClock())


def warm(folder: Path) -> None:
    """Draw every letter once, so that not every process has to."""
    with Database(folder / "bank.sqlite") as database:
        statement = database.transact(lambda c: read_statement(c, ADA))
    statement_pages(statement, SENDER, datetime(2000, 1, 1, tzinfo=UTC), "0123456789")


def judge(
    folder: Path, said: list[str], survive: Callable[[Callable[[Report], None]], tuple[bool, list]]
) -> str:
    """What came of it after the next start; raises where anything is wrong."""
    before = books(folder)
    calls, went = said.count("dials"), said.count("went over")
    assert len(before) <= 1, "asked for once, and there twice"
    if not before:
        assert not said, f"told {said}, and nothing is in the books"
        return "nothing"
    assert len(before[0].attempts) >= calls, "a call was made that the books do not know"
    lived, again = survive(lambda report: house(folder, report, [SENT]))
    assert lived
    (one,) = books(folder)
    outcomes = [attempt.outcome for attempt in one.attempts]
    assert one.ending is Ending.SENT, outcomes
    assert outcomes.count(Outcome.SENT) == 1
    assert outcomes.count(Outcome.INTERRUPTED) <= 1
    total = went + again.count("went over")
    if before[0].ending is Ending.SENT:
        assert (total, again) == (1, []), "sent, and sent again"
        return "sent"
    assert 1 <= total <= 1 + outcomes.count(Outcome.INTERRUPTED)
    return "sent after the next start" if total == 1 else "sent twice"


def books(folder: Path) -> list[Fax]:
    """The faxes in the books."""
    with Database(folder / "bank.sqlite") as database:
        return database.transact(lambda c: outbox.newest(c, 9))
