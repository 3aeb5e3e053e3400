"""The ledger: double entry in one SQLite file, append-only, every request at most once.

An amount's sign is seen from the account: credit is positive.  What a customer has is positive in
his account and negative in the bank's counter-account, so that every transaction sums to zero in
each currency.  The database proves that by itself (`storage/schema/0001_ledger.sql`); what is
checked here is checked once more for the sake of a clear answer.

The functions take a connection and are meant to run inside one transaction, alone or with others;
`Ledger` runs each in a transaction of its own.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Literal

from telcard.bank.money import Amount
from telcard.bank.transactions import transact
from telcard.clock import Clock
from telcard.errors import Refused
from telcard.storage import Database

Kind = Literal["customer", "internal"]


@dataclass(frozen=True, slots=True)
class Account:
    """An account; `lowest` is the balance below which no debit takes it (None: no limit).

    `customer` owns it (None: the bank's own); while `locked` it takes no debit.
    """

    id: int
    number: str
    name: str
    kind: Kind
    currency: str
    lowest: Amount | None
    customer: int | None
    locked: bool

    @property
    def tail(self) -> str:
        """The last four digits: all that a log, a record or a screen shows."""
        return self.number[-4:]

    def __repr__(self) -> str:
        return f"<Account ...{self.tail} {self.kind} {self.currency}>"


@dataclass(frozen=True, slots=True)
class Posting:
    """One side of a transaction: `amount` is credited to the account, or debited if negative."""

    account: str
    amount: Amount


@dataclass(frozen=True, slots=True)
class Order:
    """A request to move money.

    `key` names the request for ever: channel, call and step, the same at every attempt.  It is
    booked once; a repeat gets the first one's receipt, another request under its key is refused.
    `business_date` is the accounting day the caller was promised, whatever the clock says.
    """

    key: str
    business_date: date
    text: str
    postings: tuple[Posting, ...]

    def fingerprint(self) -> bytes:
        """SHA-256 over all that the request asks for, by which a repeat is told from another."""
        return _fingerprint(
            self.business_date,
            self.text,
            [[p.account, p.amount.minor, p.amount.currency] for p in self.postings],
        )


@dataclass(frozen=True, slots=True)
class Receipt:
    """A booked transaction: its number and the day it counts for."""

    transaction: int
    business_date: date


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an account's statement."""

    transaction: int
    business_date: date
    text: str
    amount: Amount
    balance: Amount


def open_account(
    connection: sqlite3.Connection,
    number: str,
    name: str,
    currency: str,
    opened_on: date,
    *,
    kind: Kind = "customer",
    lowest: Amount | None = None,
    customer: int | None = None,
) -> Account:
    """Open an account of 6 to 20 digits; a customer's may not be overdrawn unless `lowest` says so.

    A customer's account is the further one of `customer`, or the first of a new one.  Raises
    `Refused` when the number is taken or is not a number.
    """
    if lowest is None and kind == "customer":
        lowest = Amount(0, currency)
    if not (6 <= len(number) <= 20 and number.isascii() and number.isdigit()):
        raise Refused(f"account: want a number of 6 to 20 digits, got {len(number)} characters")
    if _find(connection, number) is not None:
        raise Refused(f"account ...{number[-4:]}: exists already")
    if customer is None and kind == "customer":
        customer = connection.execute(
            "INSERT INTO customers (name) VALUES (?)", (name or number,)
        ).lastrowid
    connection.execute(
        "INSERT INTO accounts (number, name, kind, currency, lowest_minor, opened_on, customer_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (number, name, kind, currency, lowest and lowest.minor, opened_on.isoformat(), customer),
    )
    return account(connection, number)


def account(connection: sqlite3.Connection, number: str) -> Account:
    """The account with this number; raises `Refused` when there is none."""
    found = _find(connection, number)
    if found is None:
        # Without its digits: what is no account may be a PIN keyed at the wrong prompt.
        raise Refused(f"account of {len(number)} digits: does not exist")
    return found


def accounts_of(connection: sqlite3.Connection, customer: int) -> list[Account]:
    """All accounts of a customer, in the order in which they were opened."""
    numbers = connection.execute(
        "SELECT number FROM accounts WHERE customer_id = ? ORDER BY id", (customer,)
    ).fetchall()
    return [account(connection, number) for (number,) in numbers]


def lock(connection: sqlite3.Connection, number: str, at: str | None) -> None:
    """Lock an account from `at` (UTC) on, so that it takes no debit; None unlocks it."""
    found = account(connection, number)
    connection.execute("UPDATE accounts SET locked_at = ? WHERE id = ?", (at, found.id))


def balance(connection: sqlite3.Connection, number: str, on: date | None = None) -> Amount:
    """What the account has now, or had at the end of business day `on`."""
    found = account(connection, number)
    if on is None:
        minor = _balance_minor(connection, found)
    else:
        (minor,) = connection.execute(
            "SELECT coalesce(sum(minor), 0) FROM postings"
            " JOIN transactions ON transactions.id = transaction_id"
            " WHERE account_id = ? AND business_date <= ?",
            (found.id, on.isoformat()),
        ).fetchone()
    return Amount(minor, found.currency)


def last_entries(connection: sqlite3.Connection, number: str, count: int) -> list[Entry]:
    """The account's last `count` entries, the newest first."""
    found = account(connection, number)
    rows = connection.execute(
        "SELECT transaction_id, business_date, text, minor, balance_minor FROM postings"
        " JOIN transactions ON transactions.id = transaction_id"
        " WHERE account_id = ? ORDER BY postings.id DESC LIMIT ?",
        (found.id, count),
    )
    return [
        Entry(
            transaction,
            date.fromisoformat(day),
            text,
            Amount(minor, found.currency),
            Amount(after, found.currency),
        )
        for transaction, day, text, minor, after in rows
    ]


def booked(connection: sqlite3.Connection, order: Order) -> Receipt | None:
    """The receipt of `order` if it was booked before.

    Raises `Refused` when its key belongs to another request.
    """
    return _booked(connection, order.key, order.fingerprint())


def post(connection: sqlite3.Connection, order: Order, booked_at: str) -> Receipt:
    """Book `order`, or give the receipt of the first time; `booked_at` is UTC, for people.

    Raises `Refused` when it does not sum to zero, an account is missing, of another currency or
    locked, would be overdrawn, or the key belongs to another request.
    """
    return _book(connection, order, order.fingerprint(), booked_at, None)


def reverse(
    connection: sqlite3.Connection,
    transaction: int,
    key: str,
    business_date: date,
    text: str,
    booked_at: str,
) -> Receipt:
    """Correct a transaction by its mirror image; the first one stays as it is.

    Raises `Refused` when there is no such transaction, it has been reversed already, or an
    account has spent the money meanwhile.
    """
    rows = connection.execute(
        "SELECT number, minor, postings.currency FROM postings"
        " JOIN accounts ON accounts.id = account_id WHERE transaction_id = ? ORDER BY postings.id",
        (transaction,),
    ).fetchall()
    if not rows:
        raise Refused(f"transaction {transaction}: does not exist")
    mirror = tuple(Posting(number, Amount(-minor, currency)) for number, minor, currency in rows)
    fingerprint = _fingerprint(business_date, text, ["reverses", transaction])
    order = Order(key, business_date, text, mirror)
    return _book(connection, order, fingerprint, booked_at, transaction)


def faults(connection: sqlite3.Connection) -> list[str]:
    """Read the whole ledger and say what is wrong with it: nothing, unless the file was forged."""
    checks = {
        "transaction {} has no seal": "SELECT id FROM transactions"
        " WHERE id NOT IN (SELECT transaction_id FROM seals)",
        "transaction {} does not sum to zero": "SELECT DISTINCT transaction_id FROM postings"
        " GROUP BY transaction_id, currency HAVING sum(minor) <> 0",
        "transaction {} has fewer than two postings": "SELECT transactions.id FROM transactions"
        " LEFT JOIN postings ON transaction_id = transactions.id"
        " GROUP BY transactions.id HAVING count(postings.id) < 2",
        "posting {} carries a wrong balance": "SELECT id FROM (SELECT id, balance_minor,"
        " sum(minor) OVER (PARTITION BY account_id ORDER BY id) AS sum FROM postings)"
        " WHERE balance_minor <> sum",
        "posting {} is in another currency than its account": "SELECT postings.id FROM postings"
        " JOIN accounts ON accounts.id = account_id WHERE postings.currency <> accounts.currency",
    }
    return [
        fault.format(row[0]) for fault, sql in checks.items() for row in connection.execute(sql)
    ]


class Ledger:
    """The ledger for coroutines: each verb is one transaction of `database`.

    Besides what the functions of this module raise, any verb raises `StorageError` when the
    database cannot be read or written.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def account(self, number: str) -> Account:
        """The account with this number; raises `Refused` when there is none."""
        return await transact(self._database, lambda c: account(c, number))

    async def balance(self, number: str, on: date | None = None) -> Amount:
        """What the account has now, or had at the end of business day `on`."""
        return await transact(self._database, lambda c: balance(c, number, on))

    async def accounts_of(self, customer: int) -> list[Account]:
        """All accounts of a customer, in the order in which they were opened."""
        return await transact(self._database, lambda c: accounts_of(c, customer))

    async def lock(self, number: str) -> None:
        """Let an account take no more debits."""
        now = self._clock.utc().isoformat()
        await transact(self._database, lambda c: lock(c, number, now))

    async def unlock(self, number: str) -> None:
        """Let a locked account take debits again."""
        await transact(self._database, lambda c: lock(c, number, None))

    async def last_entries(self, number: str, count: int) -> list[Entry]:
        """The account's last `count` entries, the newest first."""
        return await transact(self._database, lambda c: last_entries(c, number, count))

    async def post(self, order: Order) -> Receipt:
        """Book `order`, or give the receipt of the first time that its key came.

        Raises `Refused` when it does not sum to zero, an account is missing, of another currency
        or locked, would be overdrawn, or the key belongs to another request.
        """
        work = partial(post, order=order, booked_at=self._clock.utc().isoformat())
        return await transact(self._database, work)

    async def reverse(self, transaction: int, key: str, business_date: date, text: str) -> Receipt:
        """Correct a transaction by its mirror image; the first one stays as it is."""
        now = self._clock.utc().isoformat()
        return await transact(
            self._database, lambda c: reverse(c, transaction, key, business_date, text, now)
        )


def _find(connection: sqlite3.Connection, number: str) -> Account | None:
    row = connection.execute(
        "SELECT id, number, name, kind, currency, lowest_minor, customer_id, locked_at IS NOT NULL"
        " FROM accounts WHERE number = ?",
        (number,),
    ).fetchone()
    if row is None:
        return None
    id_, number, name, kind, currency, lowest_minor, customer, locked = row
    lowest = None if lowest_minor is None else Amount(lowest_minor, currency)
    return Account(id_, number, name, kind, currency, lowest, customer, bool(locked))


def _balance_minor(connection: sqlite3.Connection, of: Account) -> int:
    row = connection.execute(
        "SELECT balance_minor FROM postings WHERE account_id = ? ORDER BY id DESC LIMIT 1",
        (of.id,),
    ).fetchone()
    return int(row[0]) if row else 0


def _fingerprint(business_date: date, text: str, body: list[object] | list[list[object]]) -> bytes:
    request = json.dumps([business_date.isoformat(), text, body])
    return hashlib.sha256(request.encode()).digest()


def _booked(connection: sqlite3.Connection, key: str, fingerprint: bytes) -> Receipt | None:
    known = connection.execute(
        "SELECT id, business_date, request_hash FROM transactions WHERE key = ?", (key,)
    ).fetchone()
    if known is None:
        return None
    transaction, day, request_hash = known
    if request_hash != fingerprint:
        raise Refused(f"key {key!r}: belongs to another request")
    return Receipt(transaction, date.fromisoformat(day))


def _book(
    connection: sqlite3.Connection,
    order: Order,
    fingerprint: bytes,
    booked_at: str,
    reverses: int | None,
) -> Receipt:
    known = _booked(connection, order.key, fingerprint)
    if known is not None:
        return known
    _check_sums(order.postings)
    if (
        reverses is not None
        and connection.execute(
            "SELECT 1 FROM transactions WHERE reverses = ?", (reverses,)
        ).fetchone()
    ):
        raise Refused(f"transaction {reverses}: has been reversed already")
    transaction = connection.execute(
        "INSERT INTO transactions (business_date, booked_at, text, reverses, key, request_hash)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (order.business_date.isoformat(), booked_at, order.text, reverses, order.key, fingerprint),
    ).lastrowid
    assert transaction is not None  # an INSERT always has one
    touched: dict[str, Account] = {}
    for posting in order.postings:
        found = touched.setdefault(posting.account, account(connection, posting.account))
        if posting.amount.currency != found.currency:
            raise Refused(
                f"account ...{found.tail}: wants {found.currency}, got {posting.amount.currency}"
            )
        if found.locked and posting.amount.minor < 0:
            raise Refused(f"account ...{found.tail}: is locked")
        after = _balance_minor(connection, found) + posting.amount.minor
        connection.execute(
            "INSERT INTO postings (transaction_id, account_id, currency, minor, balance_minor)"
            " VALUES (?, ?, ?, ?, ?)",
            (transaction, found.id, found.currency, posting.amount.minor, after),
        )
    for found in touched.values():
        moved = sum(p.amount.minor for p in order.postings if p.account == found.number)
        limit = found.lowest
        if moved < 0 and limit is not None and _balance_minor(connection, found) < limit.minor:
            raise Refused(f"account ...{found.tail}: does not hold enough")
    connection.execute("INSERT INTO seals (transaction_id) VALUES (?)", (transaction,))
    return Receipt(transaction, order.business_date)


def _check_sums(postings: Iterable[Posting]) -> None:
    sums: dict[str, int] = {}
    count = 0
    for posting in postings:
        count += 1
        if posting.amount.minor == 0:
            raise Refused("a posting of nothing")
        currency = posting.amount.currency
        sums[currency] = sums.get(currency, 0) + posting.amount.minor
    if count < 2:
        raise Refused(f"a transaction needs two postings or more, got {count}")
    for currency, minor in sums.items():
        if minor:
            raise Refused(f"postings must sum to zero, got {Amount(minor, currency)}")
