"""A stretch of the hotline's day: many callers at once, each in a hurry of his own.

Every caller is a customer of the bank.  He calls, does what he has in mind, hangs up or is hung up
on, thinks for a while and calls again, until the day is over.  What he met is kept as a `Visit`,
in the town's own words; `telcard.rehearsal.audit` lays it beside what the bank says of the call.
Each visit comes from a telephone number of its own, so that the two find each other.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import numpy as np

from telcard.bank import Bank
from telcard.bank.identity import TypedSecret
from telcard.bank.ledger import Order, Posting, open_account, post
from telcard.bank.money import Amount
from telcard.bank.sample import CURRENCY, OPENING
from telcard.clock import current
from telcard.errors import HungUp, LineError
from telcard.exchange import Heard, NotHeard, Subscriber
from telcard.rehearsal.stage import HOTLINE, Stage
from telcard.rehearsal.steps import PATIENCE_S, identify, move_money, say_goodbye


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer of the bank with a telephone: his accounts, and what opens the first."""

    account: str
    savings: str
    pin: str


@dataclass(slots=True)
class Visit:
    """One call as the town had it."""

    number: str
    """The telephone that it came from; no other visit did."""
    customer: Customer
    errand: str
    dialled: datetime
    connected: datetime | None = None
    over: datetime | None = None
    ended_by: str = ""
    """`caller`, `bank`, `line` (cut off), or `refused`: it was never answered."""
    why: str = ""
    missed: bool = False
    """Whether he gave up because he heard something else than he waited for."""
    heard: list[Heard] = field(default_factory=list)


Play = Callable[[Subscriber, Customer, np.random.Generator], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Errand:
    """What a caller has in mind once he is connected, and which share of the callers have it.

    He loses patience, and puts the receiver down, at some moment of the `patience_s` after he
    began to dial.
    """

    name: str
    share: float
    play: Play
    patience_s: float | None = None


async def ask_balance(caller: Subscriber, customer: Customer, chance: np.random.Generator) -> None:
    """Hear the balance, perhaps the last entries, and say goodbye."""
    await identify(caller, customer.account, customer.pin)
    await caller.hear("for_your_balance", timeout_s=PATIENCE_S, eventually=True)
    await caller.press("1")
    await caller.hear("your_balance_is")
    if chance.random() < 0.5:
        await caller.hear("for_your_balance", timeout_s=PATIENCE_S, eventually=True)
        await caller.press("2")
    await say_goodbye(caller)


async def transfer(caller: Subscriber, customer: Customer, chance: np.random.Generator) -> None:
    """Move an amount to the savings, hear the receipt, and say goodbye."""
    amount = f"{chance.integers(0, 100)}*{chance.integers(1, 100):02d}#"
    await identify(caller, customer.account, customer.pin)
    await move_money(caller, amount)
    await say_goodbye(caller)


async def mistype(caller: Subscriber, customer: Customer, chance: np.random.Generator) -> None:
    """Key a wrong PIN first, then the right one, and put the receiver down in the menu."""
    await identify(caller, customer.account, customer.pin[:-1])
    await identify(caller, customer.account, customer.pin)
    await caller.hear("for_your_balance", timeout_s=PATIENCE_S, eventually=True)
    await caller.hang_up()


async def say_nothing(caller: Subscriber, customer: Customer, chance: np.random.Generator) -> None:
    """Listen, and key nothing, until the bank gives up."""
    await caller.hung_up_by_far_end(timeout_s=120)


ERRANDS = (
    Errand("balance", 0.35, ask_balance),
    Errand("transfer", 0.2, transfer),
    Errand("mistyped PIN", 0.1, mistype),
    Errand("silence", 0.1, say_nothing),
    Errand("gave up", 0.1, ask_balance, patience_s=40.0),
    Errand("gave up a transfer", 0.15, transfer, patience_s=90.0),
)
"""What callers have in mind."""


def enrol(bank: Bank, count: int, seed: int, today: date) -> list[Customer]:
    """Give the bank `count` more customers, with money and PINs by `seed`.

    The sample must have been built.  Blocks for the disk, and for a derivation a PIN.
    """
    chance = np.random.default_rng([seed, 1])
    customers = [
        Customer(f"7{index:07d}", f"8{index:07d}", f"{chance.integers(0, 10**6):06d}")
        for index in range(count)
    ]
    booked_at = bank.clock.utc().isoformat()

    def book(connection: sqlite3.Connection) -> None:
        for index, customer in enumerate(customers):
            name = f"Customer {index}"
            owner = open_account(connection, customer.account, name, CURRENCY, today).customer
            name = f"{name}, savings"
            open_account(connection, customer.savings, name, CURRENCY, today, customer=owner)
            opening = Amount(int(chance.integers(10**6, 10**7)), CURRENCY)
            postings = (Posting(customer.account, opening), Posting(OPENING, -opening))
            order = Order(f"enrolled:{customer.account}", today, "Opening balance", postings)
            post(connection, order, booked_at)

    bank.database.transact(book)
    for customer in customers:
        secret = TypedSecret(bytearray(customer.pin, "utf-8"))
        try:
            bank.identity.set_pin(customer.account, secret)
        finally:
            secret.wipe()
    return customers


async def play_day(
    stage: Stage,
    customers: Sequence[Customer],
    duration_s: float,
    seed: int,
    *,
    pause_s: float = 10.0,
    errands: Sequence[Errand] = ERRANDS,
    told: Callable[[Visit], None] = lambda visit: None,
) -> list[Visit]:
    """Let all customers call for `duration_s`; returns their visits in the order they began.

    Between two calls one pauses `pause_s` on average.  Whoever is on the line when time is up
    finishes his call.  `told` is called with each visit that is over.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + duration_s
    shares = np.array([errand.share for errand in errands])
    visits: list[Visit] = []

    async def live(index: int, customer: Customer) -> None:
        chance = np.random.default_rng([seed, 2, index])
        calls = 0
        while True:
            await asyncio.sleep(float(chance.exponential(pause_s)))
            if loop.time() >= until:
                return
            errand = errands[int(chance.choice(len(errands), p=shares / shares.sum()))]
            visit = Visit(f"0{index:04d}{calls:05d}", customer, errand.name, current().utc())
            visits.append(visit)
            calls += 1
            await _pay(stage, visit, errand, chance)
            told(visit)

    async with asyncio.TaskGroup() as lives:
        for index, customer in enumerate(customers):
            lives.create_task(live(index, customer), name=f"customer {index}")
    return sorted(visits, key=lambda visit: (visit.dialled, visit.number))


async def _pay(stage: Stage, visit: Visit, errand: Errand, chance: np.random.Generator) -> None:
    """One visit, from the dialling until the receiver lies again."""
    clock = current()
    leaves_s = None if errand.patience_s is None else float(chance.uniform(0, errand.patience_s))
    async with stage.town.subscriber(visit.number) as caller:
        try:
            async with asyncio.timeout(leaves_s):
                await caller.dial(HOTLINE)
                visit.connected = clock.utc()
                await errand.play(caller, visit.customer, chance)
            visit.ended_by = "bank" if caller.far_end_gone else "caller"
        except TimeoutError:
            visit.ended_by, visit.why = "caller", "gave up"
        except LineError as refusal:
            visit.ended_by, visit.why = "refused", str(refusal)
        except HungUp as gone:
            visit.ended_by, visit.why = "line" if gone.failed else "bank", str(gone)
        except NotHeard as missed:
            visit.ended_by, visit.why, visit.missed = "caller", str(missed), True
        finally:
            await caller.hang_up()
            visit.over = clock.utc()
            visit.heard = list(caller.heard)
