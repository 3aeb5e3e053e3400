"""The ledger: money is moved, never made; each request once; nothing is ever changed."""

import asyncio
import shutil
import sqlite3
from datetime import date
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telcard.bank import ledger
from telcard.bank.ledger import Order, Posting, open_account, post, reverse
from telcard.bank.money import Amount
from telcard.clock import VirtualClock
from telcard.errors import Refused, StorageError
from telcard.storage import Database
from tests.support import faults
from tests.support.faults import FaultyConnection

MONDAY, TUESDAY = date(2026, 1, 5), date(2026, 1, 6)
NOW = "2026-01-05T09:00:00+00:00"
VAULT, ALICE, BOB, DOLLARS = "900000", "100001", "100002", "100003"


def euro(minor):
    return Amount(minor, "EUR")


def move(key, minor, source=VAULT, target=ALICE, day=MONDAY, text="move"):
    return Order(key, day, text, (Posting(source, euro(-minor)), Posting(target, euro(minor))))


def open_accounts(connection):
    open_account(connection, VAULT, "Vault", "EUR", MONDAY, kind="internal")
    open_account(connection, ALICE, "Alice", "EUR", MONDAY)
    open_account(connection, BOB, "Bob", "EUR", MONDAY)
    open_account(connection, DOLLARS, "Dolores", "USD", MONDAY)


@pytest.fixture(scope="module")
def ready_made(tmp_path_factory):
    """A file with the accounts, to be copied: quicker than making one each time."""
    path = tmp_path_factory.mktemp("ledger") / "ready.db"
    with Database(path) as database:
        database.transact(open_accounts)
    return path


@pytest.fixture
def path(tmp_path, ready_made):
    return shutil.copy(ready_made, tmp_path / "bank.db")


@pytest.fixture
def database(path):
    with Database(path) as database:
        yield database


@pytest.fixture
def book(database):
    """Post an order; whatever comes of it, the whole ledger must be sound."""

    def book(order):
        try:
            return database.transact(lambda c: post(c, order, NOW))
        finally:
            assert database.transact(ledger.faults) == []

    return book


def balance_of(database, number, on=None):
    return database.transact(lambda c: ledger.balance(c, number, on)).minor


COUNTS = {
    "transactions": "SELECT count(*) FROM transactions",
    "postings": "SELECT count(*) FROM postings",
    "seals": "SELECT count(*) FROM seals",
}


def count(database, table):
    return database.transact(lambda c: c.execute(COUNTS[table]).fetchone()[0])


def test_a_posting_moves_money_from_one_account_to_the_other(database, book):
    book(move("1", 500))
    book(move("2", 200, ALICE, BOB))
    assert [balance_of(database, n) for n in (VAULT, ALICE, BOB)] == [-500, 300, 200]


def test_the_last_entries_come_newest_first_with_their_balances(database, book):
    for number in range(1, 6):
        book(move(str(number), number * 100, text=f"pay {number}"))
    entries = database.transact(lambda c: ledger.last_entries(c, ALICE, 3))
    assert [(e.text, e.amount.minor, e.balance.minor) for e in entries] == [
        ("pay 5", 500, 1500),
        ("pay 4", 400, 1000),
        ("pay 3", 300, 600),
    ]
    assert database.transact(lambda c: ledger.last_entries(c, BOB, 3)) == []


def test_a_business_date_is_what_the_request_says_and_two_days_may_be_open(database, book):
    book(move("1", 100, day=TUESDAY))
    book(move("2", 50, day=MONDAY))
    assert balance_of(database, ALICE, MONDAY) == 50
    assert balance_of(database, ALICE, TUESDAY) == balance_of(database, ALICE) == 150


def test_a_repeat_gets_the_first_receipt_and_books_nothing(database, book):
    first = book(move("same", 500))
    book(move("other", 1))
    assert book(move("same", 500)) == first
    assert balance_of(database, ALICE) == 501


@pytest.mark.parametrize(
    "other",
    [
        move("key", 501),
        move("key", 500, target=BOB),
        move("key", 500, day=TUESDAY),
        move("key", 500, text="something else"),
    ],
    ids=["amount", "account", "day", "text"],
)
def test_another_request_under_the_same_key_is_refused(database, book, other):
    book(move("key", 500))
    with pytest.raises(Refused, match="key 'key': belongs to another request"):
        book(other)
    assert count(database, "transactions") == 1


@pytest.mark.parametrize(
    ("postings", "reason"),
    [
        ([(VAULT, -5), (ALICE, 6)], "must sum to zero, got 0.01 EUR"),
        ([(ALICE, 0), (BOB, 0)], "a posting of nothing"),
        ([(ALICE, 5)], "two postings or more, got 1"),
        ([], "two postings or more, got 0"),
        ([(VAULT, -5), ("123456", 5)], "account of 6 digits: does not exist"),
        ([(VAULT, -5), (DOLLARS, 5)], r"account \.\.\.0003: wants USD, got EUR"),
        ([(BOB, -5), (ALICE, 5)], r"account \.\.\.0002: does not hold enough"),
    ],
)
def test_what_the_books_forbid_is_refused_and_leaves_nothing(database, book, postings, reason):
    order = Order("key", MONDAY, "bad", tuple(Posting(n, euro(minor)) for n, minor in postings))
    with pytest.raises(Refused, match=reason):
        book(order)
    for table in COUNTS:
        assert count(database, table) == 0


def test_sums_are_zero_in_each_currency_by_itself(book):
    postings = (Posting(VAULT, euro(-5)), Posting(DOLLARS, Amount(5, "USD")))
    with pytest.raises(Refused, match="must sum to zero"):
        book(Order("key", MONDAY, "exchange", postings))


def test_money_may_pass_through_an_account_within_one_transaction(database, book):
    through = ((VAULT, -5), (BOB, -5), (BOB, 5), (ALICE, 5))
    book(Order("key", MONDAY, "through", tuple(Posting(n, euro(m)) for n, m in through)))
    assert balance_of(database, BOB) == 0
    assert balance_of(database, ALICE) == 5


def test_a_reversal_mirrors_the_first_and_both_stay(database, book):
    first = book(move("1", 500)).transaction

    def undo(connection):
        return reverse(connection, first, "2", TUESDAY, "undo", NOW)

    receipt = database.transact(undo)
    assert database.transact(undo) == receipt
    assert balance_of(database, ALICE) == 0
    assert balance_of(database, ALICE, MONDAY) == 500
    assert count(database, "transactions") == 2
    assert database.transact(ledger.faults) == []


def test_a_transaction_is_reversed_once(database, book):
    first = book(move("1", 500)).transaction
    database.transact(lambda c: reverse(c, first, "2", MONDAY, "undo", NOW))
    with pytest.raises(Refused, match=f"transaction {first}: has been reversed already"):
        database.transact(lambda c: reverse(c, first, "3", MONDAY, "undo again", NOW))


def test_what_does_not_exist_cannot_be_reversed(database):
    with pytest.raises(Refused, match="transaction 7: does not exist"):
        database.transact(lambda c: reverse(c, 7, "1", MONDAY, "undo", NOW))


def test_money_that_was_spent_meanwhile_is_not_taken_back(database, book):
    first = book(move("1", 500)).transaction
    book(move("2", 400, ALICE, BOB))
    with pytest.raises(Refused, match="does not hold enough"):
        database.transact(lambda c: reverse(c, first, "3", MONDAY, "undo", NOW))
    assert balance_of(database, ALICE) == 100


def test_an_account_number_is_six_to_twenty_digits_and_taken_once(database):
    for number in ("12345", "1" * 21, "12345a", "１２３４５６"):
        with pytest.raises(Refused, match="want a number of 6 to 20 digits"):
            database.transact(lambda c, n=number: open_account(c, n, "x", "EUR", MONDAY))
    with pytest.raises(Refused, match=r"account \.\.\.0001: exists already"):
        database.transact(lambda c: open_account(c, ALICE, "x", "EUR", MONDAY))


def test_coroutines_book_through_the_ledger_in_their_order(database, run):
    async def main():
        books = ledger.Ledger(database, VirtualClock())
        receipts = await asyncio.gather(*(books.post(move(str(n), n)) for n in range(1, 21)))
        assert [r.transaction for r in receipts] == list(range(1, 21))
        undone = await books.reverse(20, "undo", TUESDAY, "undo")
        assert undone.business_date == TUESDAY
        assert await books.post(move("3", 3)) == receipts[2]
        assert (await books.account(ALICE)).name == "Alice"
        entries = await books.last_entries(ALICE, 1)
        return (await books.balance(ALICE)).minor, entries[0].amount.minor

    assert run(main()) == (190, -20)


# What the database itself forbids, whoever writes


def raw(connection, key, *postings, sealed=True, reverses=None):
    """Write a transaction past the ledger's own checks; postings are (account id, minor)."""
    transaction = connection.execute(
        "INSERT INTO transactions (business_date, booked_at, text, reverses, key, request_hash)"
        " VALUES ('2026-01-05', 'now', 'raw', ?, ?, zeroblob(32))",
        (reverses, key),
    ).lastrowid
    for account_id, minor in postings:
        connection.execute(
            "INSERT INTO postings (transaction_id, account_id, currency, minor, balance_minor)"
            " SELECT ?, id, currency, ?, ? + coalesce((SELECT balance_minor FROM postings"
            " WHERE account_id = accounts.id ORDER BY postings.id DESC LIMIT 1), 0)"
            " FROM accounts WHERE id = ?",
            (transaction, minor, minor, account_id),
        )
    if sealed:
        connection.execute("INSERT INTO seals VALUES (?)", (transaction,))
    return transaction


@pytest.mark.parametrize(
    ("work", "reason"),
    [
        (lambda c: raw(c, "k", (1, -5), (2, 6)), "must sum to zero in each currency"),
        (lambda c: raw(c, "k", (1, -5), (4, 5)), "must sum to zero in each currency"),
        (lambda c: raw(c, "k"), "needs two postings or more"),
        (lambda c: raw(c, "k", (1, -5), (2, 5), sealed=False), "FOREIGN KEY constraint failed"),
        (lambda c: raw(c, "k", (3, -5), (2, 5)), "may not fall below its limit"),
        (lambda c: raw(c, "first", (1, -5), (2, 5)), "UNIQUE constraint failed"),
        (lambda c: raw(c, "k", (1, -1), (2, 1), reverses=1), "must mirror what it reverses"),
        (lambda c: raw(c, "k", (1, -0.5), (2, 0.5)), "CHECK constraint failed"),
        (
            lambda c: c.execute("INSERT INTO postings VALUES (NULL, 1, 2, 'EUR', 1, 501)"),
            "a sealed transaction takes no more postings",
        ),
        (
            lambda c: c.execute("UPDATE postings SET minor = 7 WHERE account_id = 2"),
            "postings are append-only: correct by a reversal",
        ),
        (lambda c: c.execute("DELETE FROM postings"), "append-only: correct by a reversal"),
        (
            lambda c: c.execute("REPLACE INTO postings SELECT * FROM postings"),
            "append-only: correct by a reversal",
        ),
        (lambda c: c.execute("UPDATE transactions SET text = ''"), "append-only"),
        (lambda c: c.execute("DELETE FROM transactions"), "append-only"),
        (lambda c: c.execute("DELETE FROM seals"), "seals are append-only"),
        (lambda c: c.execute("UPDATE seals SET transaction_id = 9"), "seals are append-only"),
        (lambda c: c.execute("DELETE FROM accounts"), "accounts are never deleted"),
        (lambda c: c.execute("UPDATE accounts SET number = '777777'"), "keeps its number"),
        (lambda c: c.execute("UPDATE accounts SET currency = 'USD'"), "keeps its number"),
    ],
)
def test_the_database_itself_refuses(database, book, work, reason):
    book(move("first", 500))
    before = database.transact(lambda c: list(c.iterdump()))
    with pytest.raises(StorageError, match=reason):
        database.transact(lambda c: work(c) and None)
    assert database.transact(lambda c: list(c.iterdump())) == before


@pytest.mark.parametrize(
    ("posting", "reason"),
    [
        ((None, 2, "EUR", 5, 1_000_000), "must carry the balance that it makes"),
        ((None, 2, "USD", 5, 505), "must be in its account's currency"),
        ((0, 3, "EUR", 5, 5), "must follow all earlier ones"),
    ],
)
def test_a_forged_posting_is_refused(database, book, posting, reason):
    book(move("first", 500))

    def forge(connection):
        transaction = raw(connection, "k", sealed=False)
        number, *rest = posting
        connection.execute(
            "INSERT INTO postings VALUES (?, ?, ?, ?, ?, ?)", (number, transaction, *rest)
        )

    with pytest.raises(StorageError, match=reason):
        database.transact(forge)


def test_a_forged_file_is_told_from_a_sound_one(database, book, path):
    book(move("first", 500))
    database.close()
    forger = sqlite3.connect(path)
    forger.execute("DROP TRIGGER postings_stay")
    forger.execute("UPDATE postings SET minor = minor + 1 WHERE account_id = 2")
    forger.commit()
    forger.close()
    with Database(path) as forged:
        assert forged.transact(ledger.faults) == [
            "transaction 1 does not sum to zero",
            "posting 2 carries a wrong balance",
        ]


# Properties and faults

MOVES = st.tuples(
    st.sampled_from([VAULT, ALICE, BOB]),
    st.sampled_from([VAULT, ALICE, BOB]),
    st.integers(1, 500),
    st.integers(0, 12),
)


@settings(max_examples=40)
@given(st.lists(MOVES, max_size=25))
def test_whatever_is_asked_money_is_conserved_and_the_model_agrees(
    tmp_path_factory, ready_made, asked
):
    path = shutil.copy(ready_made, tmp_path_factory.mktemp("ledger") / "bank.db")
    model = {VAULT: 0, ALICE: 0, BOB: 0}
    done = {}
    with Database(path) as database:
        for source, target, minor, key in asked:
            order = move(str(key), minor, source, target)
            known = done.get(order.key)
            covered = source in (VAULT, target) or minor <= model[source]
            try:
                receipt = database.transact(partial(post, order=order, booked_at=NOW))
            except Refused:
                assert known[0] != order if known else not covered
            else:
                assert known == (order, receipt) if known else covered
                if not known:
                    done[order.key] = order, receipt
                    model[source] -= minor
                    model[target] += minor
        assert {number: balance_of(database, number) for number in model} == model
        assert sum(model.values()) == 0
        assert database.transact(ledger.faults) == []


@pytest.mark.parametrize("afterwards", [False, True], ids=["not done", "done but reported failed"])
def test_whichever_statement_fails_a_repeat_books_each_order_exactly_once(
    tmp_path, ready_made, afterwards
):
    orders = [move("1", 500), move("2", 200, ALICE, BOB), move("3", 100, BOB, VAULT)]
    for nth in range(1, 1000):
        path = shutil.copy(ready_made, tmp_path / f"{nth}.db")
        failed = 0
        with Database(path, connect=faults.connect) as database:
            FaultyConnection.arm(nth, afterwards=afterwards)
            for order in orders:
                try:
                    database.transact(partial(post, order=order, booked_at=NOW))
                except (StorageError, Refused):  # a later order may lack the money of a failed one
                    failed += 1
            happened = FaultyConnection.disarm()
        with Database(path) as database:
            assert database.transact(ledger.faults) == [], nth
            for order in orders:
                database.transact(partial(post, order=order, booked_at=NOW))
            assert database.transact(ledger.faults) == [], nth
            got = [balance_of(database, number) for number in (VAULT, ALICE, BOB)]
            assert got == [-400, 300, 100], nth
            assert count(database, "transactions") == 3, nth
        if not happened:
            assert failed == 0
            assert nth > 40
            return
        assert failed, nth
    pytest.fail("the sweep never ended")
