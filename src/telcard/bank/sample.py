"""A small made-up bank, for the demo and for tests: the same every time it is built."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from telcard.bank.branch import Bank
from telcard.bank.identity import TypedSecret
from telcard.bank.ledger import Order, Posting, open_account, post
from telcard.bank.money import Amount
from telcard.errors import ConfigError

TODAY = date(2026, 1, 5)
"""The business date of the sample, unless another is given."""

OPENING = "9000000001"
CASH = "9000000002"
COUNTER_ACCOUNTS = {OPENING: "Opening balances", CASH: "Cash and clearing"}
CURRENCY = "USD"


@dataclass(frozen=True, slots=True)
class Further:
    """A further account of a customer: its number, what it is, its opening balance."""

    number: str
    name: str
    opening: str


@dataclass(frozen=True, slots=True)
class Customer:
    """A made-up customer: opening balance, then (days ago, text, amount), all in USD.

    His first account is the one that he enters by telephone.
    """

    number: str
    name: str
    opening: str
    entries: tuple[tuple[int, str, str], ...] = ()
    further: tuple[Further, ...] = ()


CUSTOMERS = (
    Customer(
        "10020030",
        "Ada Lindqvist",
        "980.00",
        (
            (12, "Rent", "-640.00"),
            (6, "Salary", "1,250.75"),
            (4, "Electricity", "-83.20"),
            (1, "Cash machine", "-60.00"),
        ),
        (Further("10020063", "Ada Lindqvist, savings", "5,000.00"),),
    ),
    Customer("10020048", "Benno Okafor", "12.05", ((3, "Refund", "7.95"),)),
    Customer(
        "20071115",
        "Chen Marchetti",
        "250,000.00",
        ((2, "Bonds", "-100,000.00"),),
        (
            Further("20071123", "Chen Marchetti, house", "0.00"),
            Further("20071131", "Chen Marchetti, children", "1,200.00"),
        ),
    ),
    Customer("31415926", "Dora Ilves", "0.00"),
)


def build(bank: Bank, pins: Mapping[str, str], today: date = TODAY) -> None:
    """Open the sample's accounts in `bank`, book their entries, and give them these `pins`.

    `pins` maps account numbers to PINs; an account without one cannot be entered by telephone.
    Building again adds nothing, but gives the PINs anew.  Blocks for the disk and, for each PIN,
    for the derivation.  Raises `ConfigError` for the PIN of an account that the sample lacks, and
    `Refused` for one that is not 4 to 12 digits.
    """
    strange = sorted(set(pins) - {customer.number for customer in CUSTOMERS})
    if strange:
        known = ", ".join(customer.number for customer in CUSTOMERS)
        raise ConfigError(f"sample bank: want PINs for {known}, got one for {', '.join(strange)}")
    booked_at = bank.clock.utc().isoformat()
    bank.database.transact(lambda connection: _book(connection, today, booked_at))
    for number, pin in sorted(pins.items()):
        secret = TypedSecret(bytearray(pin, "utf-8"))
        try:
            bank.identity.set_pin(number, secret)
        finally:
            secret.wipe()


def _book(connection: sqlite3.Connection, today: date, booked_at: str) -> None:
    """The whole sample in one transaction, unless it is there already."""
    if connection.execute("SELECT 1 FROM accounts WHERE number = ?", (OPENING,)).fetchone():
        return
    opened_on = today - timedelta(days=30)
    for number, name in COUNTER_ACCOUNTS.items():
        open_account(connection, number, name, CURRENCY, opened_on, kind="internal")
    moves: list[tuple[date, str, str, str, Amount]] = []
    for customer in CUSTOMERS:
        owner = open_account(connection, customer.number, customer.name, CURRENCY, opened_on)
        openings = [(customer.number, customer.opening)]
        for more in customer.further:
            open_account(
                connection, more.number, more.name, CURRENCY, opened_on, customer=owner.customer
            )
            openings.append((more.number, more.opening))
        for number, written in openings:
            opening = Amount.parse(written, CURRENCY)
            if opening.minor:
                moves.append((opened_on, "Opening balance", OPENING, number, opening))
        for days, text, written in customer.entries:
            amount = Amount.parse(written, CURRENCY)
            moves.append((today - timedelta(days=days), text, CASH, customer.number, amount))
    moves.sort(key=lambda move: move[0])  # stable: within a day as they stand above
    for index, (day, text, counter, number, moved) in enumerate(moves, start=1):
        postings = (Posting(number, moved), Posting(counter, -moved))
        post(connection, Order(f"sample:{index}", day, text, postings), booked_at)
