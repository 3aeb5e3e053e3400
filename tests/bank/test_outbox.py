"""The books of faxes: what was promised is there, once, whatever breaks."""

from datetime import timedelta

import pytest

from telcard.bank import FaxOrder, FaxRules, Outbox, TooManyFaxes, outbox
from telcard.bank.fax_plan import DAY, Ending, Outcome, Wait
from telcard.bank.outbox import Tried
from telcard.clock import VirtualClock
from telcard.errors import Refused, StorageError
from telcard.storage import Database, bundled_migrations
from tests.support import faults
from tests.support.faults import FaultyConnection

RULES = FaxRules(hours=None)
NOW = VirtualClock().utc()
MINUTE = timedelta(minutes=1)


def order(key="one", account="10020030", number="02154321"):
    return FaxOrder(key, account, number, "statement", "call 1")


@pytest.fixture
def books(bank):
    """Call a function of the module as a transaction: `books(put, order(), RULES, NOW)`."""
    return lambda work, *rest: bank.database.transact(lambda c: work(c, *rest))


def attempt(books, fax, outcome, at=NOW, lasts=MINUTE):
    begun = books(outbox.begin, fax.id, at)
    return books(outbox.finish, begun.id, Tried(outcome, "so it was"), RULES, at + lasts)


def test_a_fax_is_promised_once_however_often_it_is_asked_for(books):
    fax = books(outbox.put, order(), RULES, NOW)
    assert (fax.account, fax.number, fax.call_id) == ("10020030", "02154321", "call 1")
    assert (fax.asked_at, fax.attempts, fax.state) == (NOW, (), "waiting")
    assert books(outbox.put, order(), RULES, NOW + DAY) == fax
    with pytest.raises(Refused, match=r"^key 'one': belongs to another request$"):
        books(outbox.put, order(number="02154322"), RULES, NOW)


def test_what_is_not_allowed_is_not_promised(books):
    with pytest.raises(Refused, match=r"^fax: number of 3 digits is not one that is called$"):
        books(outbox.put, order(number="110"), RULES, NOW)
    with pytest.raises(Refused, match="does not exist"):
        books(outbox.put, order(account="99999999"), RULES, NOW)
    assert books(outbox.newest, 9) == []


def test_an_account_asks_for_so_many_a_day(books):
    few = FaxRules(asked_a_day=2)
    for key in "ab":
        books(outbox.put, order(key), few, NOW)
    with pytest.raises(TooManyFaxes, match=r"^account \.\.\.0030: has asked for 2 faxes within"):
        books(outbox.put, order("c"), few, NOW + MINUTE)
    books(outbox.put, order("d", account="10020048"), few, NOW)
    books(outbox.put, order("e"), few, NOW + DAY)


def test_a_fax_is_told_with_all_its_attempts(books):
    fax = books(outbox.put, order(), RULES, NOW)
    begun = books(outbox.begin, fax.id, NOW)
    assert books(outbox.begin, fax.id, NOW) is None  # it is being sent
    assert books(outbox.plan, RULES, NOW).waiting == ()
    assert books(outbox.fax, fax.id).state == "sending"
    said = Tried(Outcome.BROKE_OFF, "cut off", pages=1, rate="V.29 at 9600 bit/s", call_id="out")
    after = books(outbox.finish, begun.id, said, RULES, NOW + MINUTE)
    (tried,) = after.attempts
    assert (tried.outcome, tried.why, tried.pages, tried.rate, tried.call_id) == (
        Outcome.BROKE_OFF, "cut off", 1, "V.29 at 9600 bit/s", "out",
    )  # fmt: skip
    assert books(outbox.finish, begun.id, said, RULES, NOW + DAY) == after  # told twice, once there
    (planned,) = books(outbox.plan, RULES, NOW + MINUTE).waiting
    assert (planned.at, planned.fax) == (NOW + 2 * MINUTE, after)
    done = attempt(books, fax, Outcome.SENT)
    assert (done.ending, done.why, done.state) == (Ending.SENT, "so it was", "sent")
    assert books(outbox.plan, RULES, NOW).waiting == ()
    assert books(outbox.begin, fax.id, NOW) is None
    assert books(outbox.newest, 9) == [done]


def test_faxes_are_planned_in_the_order_in_which_they_are_due(books):
    first, second = (books(outbox.put, order(key), RULES, NOW) for key in "ab")
    attempt(books, first, Outcome.BUSY)
    planned = books(outbox.plan, RULES, NOW + MINUTE).waiting
    assert [each.fax.id for each in planned] == [second.id, first.id]
    steps = books(outbox.outlook, RULES, NOW + MINUTE)
    assert [(fax.id, step) for fax, step in steps] == [
        (first.id, Wait(NOW + 2 * MINUTE)),
        (second.id, Wait(NOW + MINUTE)),
    ]


def test_attempts_at_one_number_count_whoever_asked(books):
    rules = FaxRules(hours=None, number_a_day=1)
    first = books(outbox.put, order("a"), rules, NOW)
    attempt(books, first, Outcome.SENT)
    books(outbox.put, order("b", account="10020048"), rules, NOW)
    other = books(outbox.put, order("c", number="02154322"), rules, NOW)
    planned = books(outbox.plan, rules, NOW + MINUTE).waiting
    assert [each.at for each in planned] == [NOW + MINUTE, NOW + DAY]
    assert planned[0].fax == other


def test_what_is_too_old_is_given_up_by_the_plan(books):
    fax = books(outbox.put, order(), RULES, NOW)
    plan = books(outbox.plan, RULES, NOW + 2 * DAY)
    assert (plan.waiting, plan.given_up) == ((), (books(outbox.fax, fax.id),))
    assert (plan.given_up[0].state, plan.given_up[0].why) == ("failed", "not sent within 24 h")
    assert books(lambda c: outbox.newest(c, 9, still=True)) == []


def test_an_attempt_that_was_cut_off_counts_and_is_repeated(books):
    fax = books(outbox.put, order(), RULES, NOW)
    books(outbox.begin, fax.id, NOW)
    (left,) = books(outbox.recover, RULES, NOW + MINUTE)
    assert left.attempts[0].outcome is Outcome.INTERRUPTED
    assert books(outbox.recover, RULES, NOW + MINUTE) == []
    (planned,) = books(outbox.plan, RULES, NOW + MINUTE).waiting
    assert planned.at == NOW + 2 * MINUTE


def test_a_fax_is_withdrawn_once(books):
    fax = books(outbox.put, order(), RULES, NOW)
    begun = books(outbox.begin, fax.id, NOW)
    gone = books(outbox.withdraw, fax.id, "a wrong number", NOW)
    assert (gone.state, gone.why) == ("withdrawn", "a wrong number")
    busy = Tried(Outcome.BUSY, "user busy")
    assert books(outbox.finish, begun.id, busy, RULES, NOW).state == "withdrawn"
    assert books(outbox.plan, RULES, NOW).waiting == ()
    with pytest.raises(Refused, match=r"^fax 1: is over already \(withdrawn\)$"):
        books(outbox.withdraw, fax.id, "again", NOW)
    with pytest.raises(Refused, match=r"^fax 7: does not exist$"):
        books(outbox.withdraw, 7, "", NOW)


@pytest.mark.parametrize("table", ["faxes", "fax_attempts", "fax_results", "fax_ends"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET rowid = rowid", "DELETE FROM {}"])
def test_the_books_are_append_only(books, table, verb):
    attempt(books, books(outbox.put, order(), RULES, NOW), Outcome.SENT)
    with pytest.raises(StorageError):
        books(lambda c: c.execute(verb.format(table)))


def test_the_books_themselves_forbid_two_attempts_at_once(books):
    fax = books(outbox.put, order(), RULES, NOW)
    again = "INSERT INTO fax_attempts (fax_id, begun_at) VALUES (?, 'now')"
    begun = books(outbox.begin, fax.id, NOW)
    with pytest.raises(StorageError, match="once at a time"):
        books(lambda c: c.execute(again, (fax.id,)))
    books(outbox.finish, begun.id, Tried(Outcome.SENT, ""), RULES, NOW)
    with pytest.raises(StorageError, match="over is not sent again"):
        books(lambda c: c.execute(again, (fax.id,)))


@pytest.mark.parametrize("afterwards", [False, True])
def test_any_statement_may_fail_and_the_same_order_is_still_one_fax(open_bank, run, afterwards):
    """Before it is done, or done and reported failed: asking again with the key settles it."""

    async def main():
        nth = 0
        bank = open_bank(database={"connect": faults.connect})
        box = Outbox(bank.database, bank.clock, FaxRules(hours=None, asked_a_day=1000))
        while True:
            nth += 1
            FaultyConnection.arm(nth, afterwards=afterwards)
            fax = await twice(box.put, order(f"{nth}", number=f"021{nth:05d}"))
            try:
                begun = await box.begin(fax)
            except StorageError:
                await box.recover()  # as whoever comes next does
                begun = await box.begin((await box.newest(1))[0])
            await twice(box.finish, begun, Tried(Outcome.SENT, "over"), NOW)
            happened = FaultyConnection.disarm()
            faxes = await box.newest(1000)
            assert len(faxes) == nth
            assert faxes[0].ending is Ending.SENT
            if not happened:
                bank.database.close()
                return nth

    async def twice(verb, *what):
        try:
            return await verb(*what)
        except StorageError:
            return await verb(*what)

    assert run(main()) > 15


def test_older_books_get_an_outbox(tmp_path):
    path = tmp_path / "old.db"
    with Database(path, migrations=bundled_migrations()[:6]) as old:
        assert old.schema_version == 6
    with Database(path) as new:
        assert new.transact(lambda c: outbox.newest(c, 9)) == []
