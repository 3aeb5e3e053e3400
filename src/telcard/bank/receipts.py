"""Transfers between a customer's own accounts: an order in, a receipt out (requirement B2).

An order has a key that is made before anything is written.  Checks, postings and receipt are one
transaction, so an order is carried out wholly, once, or not at all; who asks again with the same
key gets the same receipt.  Whether the customer has *heard* his receipt is written down as well:
what he has not heard to its end is told when he calls next.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import date
from enum import Enum

from telcard.bank import ledger
from telcard.bank.ledger import Account, Order, Posting
from telcard.bank.money import DECIMALS, Amount
from telcard.bank.transactions import transact
from telcard.clock import Clock
from telcard.errors import Refused
from telcard.storage import Database

TEXT = "Transfer"
"""What stands in the statements of both accounts."""


_SLIPS = (
    "SELECT transaction_id, receipt, minor, currency, source, target, business_date FROM slips"
    " WHERE "
)


class Why(Enum):
    """Why a transfer is declined, as far as the customer may know."""

    SAME_ACCOUNT = "same account"
    NOTHING = "nothing to move"
    OVER_LIMIT = "over the limit"
    LOCKED = "locked"
    INSUFFICIENT = "not enough money"


class Declined(Refused):
    """A transfer is declined for a reason that the customer is told."""

    def __init__(self, why: Why) -> None:
        super().__init__(f"transfer: {why.value}")
        self.why = why


@dataclass(frozen=True, slots=True)
class Transfer:
    """An order to move `amount` from `source` to `target`, account numbers of one customer.

    `key` names the order for ever (see `ledger.Order`); `proved` is the account whose PIN the
    customer has keyed; `business_date` is the day he was promised.
    """

    key: str
    proved: str
    source: str
    target: str
    amount: Amount
    business_date: date
    call_id: str

    def order(self) -> Order:
        """The same, as the ledger books it."""
        postings = (Posting(self.source, -self.amount), Posting(self.target, self.amount))
        return Order(self.key, self.business_date, TEXT, postings)


@dataclass(frozen=True, slots=True)
class Slip:
    """What a customer is told of a transfer that is done; accounts by their last four digits."""

    transaction: int
    receipt: str
    amount: Amount
    source_tail: str
    target_tail: str
    business_date: date


def receipt_number(transaction: int) -> str:
    """The transaction's number in seven digits or more, and a check digit (ISO/IEC 7812-1 B).

    The check digit finds any one digit that was misheard, and most swaps of neighbours.
    """
    digits = f"{transaction:07d}"
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return digits + str(-total % 10)


def accept(
    connection: sqlite3.Connection, transfer: Transfer, largest: int, booked_at: str
) -> Slip:
    """Carry a transfer out, or give the slip of the first time.

    `largest` is the most that may be moved at once, in whole units of the currency.  Raises
    `Declined`, and `Refused` for an account that is not the customer's own.
    """
    receipt = ledger.booked(connection, transfer.order())
    if receipt is None:
        customer = check(connection, transfer, largest)
        receipt = ledger.post(connection, transfer.order(), booked_at)
        connection.execute(
            "INSERT INTO transfers (transaction_id, customer_id, receipt, call_id)"
            " VALUES (?, ?, ?, ?)",
            (
                receipt.transaction,
                customer,
                receipt_number(receipt.transaction),
                transfer.call_id,
            ),
        )
    row = connection.execute(_SLIPS + "transaction_id = ?", (receipt.transaction,)).fetchone()
    return _slip(row)


def check(connection: sqlite3.Connection, transfer: Transfer, largest: int) -> int:
    """Whether a transfer could be done now; returns the customer.  Raises like `accept`."""
    proved, source, target = (
        ledger.account(connection, number)
        for number in (transfer.proved, transfer.source, transfer.target)
    )
    amount = transfer.amount
    if proved.customer is None or not proved.customer == source.customer == target.customer:
        raise Refused("transfer: want two accounts of the customer who has proved himself")
    if source.number == target.number:
        raise Declined(Why.SAME_ACCOUNT)
    if amount.minor <= 0:
        raise Declined(Why.NOTHING)
    if amount.minor > largest * 10 ** DECIMALS[amount.currency]:
        raise Declined(Why.OVER_LIMIT)
    if source.locked or _pin_locked(connection, proved):
        raise Declined(Why.LOCKED)
    floor = source.lowest
    left = ledger.balance(connection, source.number) + -amount
    if floor is not None and left.minor < floor.minor:
        raise Declined(Why.INSUFFICIENT)
    return proved.customer


def untold(connection: sqlite3.Connection, customer: int) -> list[Slip]:
    """The customer's transfers whose receipt he has not heard to its end, the oldest first."""
    rows = connection.execute(
        _SLIPS + "customer_id = ? AND NOT told ORDER BY transaction_id", (customer,)
    )
    return [_slip(row) for row in rows]


def _slip(row: tuple[int, str, int, str, str, str, str]) -> Slip:
    transaction, receipt, minor, currency, source, target, day = row
    amount = Amount(minor, currency)
    return Slip(transaction, receipt, amount, source[-4:], target[-4:], date.fromisoformat(day))


def _pin_locked(connection: sqlite3.Connection, proved: Account) -> bool:
    """Somebody may have guessed at the PIN, in another call, since this one's was right."""
    row = connection.execute(
        "SELECT 1 FROM pins WHERE account_id = ? AND locked_at IS NOT NULL", (proved.id,)
    ).fetchone()
    return row is not None


class Receipts:
    """The same for coroutines: each verb is one transaction of `database`.

    Besides what the functions of this module raise, any verb raises `StorageError` when the
    database cannot be read or written.  After that of `accept` the outcome may be unknown: ask
    again with the same `Transfer`.
    """

    def __init__(self, database: Database, clock: Clock, largest: int) -> None:
        self._database = database
        self._clock = clock
        self.largest = largest
        """The most that a transfer may move, in whole units of its currency."""

    async def check(self, transfer: Transfer) -> None:
        """See `check`."""
        await transact(self._database, lambda c: check(c, transfer, self.largest))

    async def accept(self, transfer: Transfer) -> Slip:
        """See `accept`."""
        now = self._clock.utc().isoformat()
        return await transact(self._database, lambda c: accept(c, transfer, self.largest, now))

    async def untold(self, customer: int) -> list[Slip]:
        """See `untold`."""
        return await transact(self._database, lambda c: untold(c, customer))

    async def told(self, slip: Slip, call_id: str) -> None:
        """Write down that a receipt was heard to its end."""
        now = self._clock.utc().isoformat()

        def write(connection: sqlite3.Connection) -> None:
            connection.execute(
                "INSERT INTO receipts_told (transaction_id, at, call_id) VALUES (?, ?, ?)",
                (slip.transaction, now, call_id),
            )

        await transact(self._database, write)
