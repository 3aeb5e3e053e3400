"""The outbox: faxes that were asked for, in the books, from the request to the end (I4).

A fax is known by a key that is made before anything is written, so asking again with it asks once.
An attempt is written down before its call is made, and its result, with the end of the fax where it
is one, in one transaction behind it: whatever kills the house, a fax that was promised is there,
and an attempt that was under way counts as one (`recover`).  A fax that went over and whose result
could not be written any more is sent twice; none is lost.

The functions take a connection and are meant to run inside one transaction; `Outbox` runs each in a
transaction of its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from telcard.bank import ledger
from telcard.bank.fax_plan import (
    DAY,
    Attempt,
    Ending,
    Fax,
    FaxRules,
    Outcome,
    Over,
    Spent,
    Wait,
    decide,
)
from telcard.bank.transactions import transact
from telcard.clock import Clock
from telcard.errors import Refused
from telcard.storage import Database

_FAXES = (
    "SELECT faxes.id, asked_at, accounts.number, faxes.number, what, call_id, fax_ends.ending,"
    " fax_ends.at, fax_ends.why FROM faxes JOIN accounts ON accounts.id = account_id"
    " LEFT JOIN fax_ends ON fax_ends.fax_id = faxes.id "
)


class TooManyFaxes(Refused):
    """An account has asked for as many faxes as it may within a day."""


@dataclass(frozen=True, slots=True)
class FaxOrder:
    """A request to send `what` about an account to a number.

    `key` names the request for ever (see `ledger.Order`), `call_id` the call in which it was made.
    """

    key: str
    account: str
    number: str
    what: str
    call_id: str


@dataclass(frozen=True, slots=True)
class Tried:
    """What an attempt has come to; see `fax_plan.Attempt`."""

    outcome: Outcome
    why: str
    pages: int = 0
    rate: str = ""
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """A fax that is not over, and when it may be tried (UTC)."""

    at: datetime
    fax: Fax


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done: faxes that wait, the earliest first, and those given up just now."""

    waiting: tuple[Planned, ...]
    given_up: tuple[Fax, ...]


def put(connection: sqlite3.Connection, order: FaxOrder, rules: FaxRules, now: datetime) -> Fax:
    """Write a request down, or give what was written the first time.

    Raises `Refused` for a number that `rules` do not allow, `TooManyFaxes`, and `Refused` for an
    account that does not exist and a key that belongs to another request.
    """
    found = ledger.account(connection, order.account)
    known = connection.execute(
        "SELECT id, account_id, number, what FROM faxes WHERE key = ?", (order.key,)
    ).fetchone()
    if known is not None:
        if known[1:] != (found.id, order.number, order.what):
            raise Refused(f"key {order.key!r}: belongs to another request")
        return fax(connection, known[0])
    if not rules.allows(order.number):
        raise Refused(f"fax: number of {len(order.number)} digits is not one that is called")
    (asked,) = connection.execute(
        "SELECT count(*) FROM faxes WHERE account_id = ? AND asked_at > ?",
        (found.id, (now - DAY).isoformat()),
    ).fetchone()
    if asked >= rules.asked_a_day:
        raise TooManyFaxes(f"account ...{found.tail}: has asked for {asked} faxes within a day")
    written = connection.execute(
        "INSERT INTO faxes (key, asked_at, account_id, number, what, call_id)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (order.key, now.isoformat(), found.id, order.number, order.what, order.call_id),
    ).lastrowid
    assert written is not None  # an INSERT always has one
    return fax(connection, written)


def plan(connection: sqlite3.Connection, rules: FaxRules, now: datetime) -> Plan:
    """When each fax that waits may be tried; what has become too old is ended.

    A fax that is being sent is not among them.
    """
    waiting: list[Planned] = []
    given_up: list[Fax] = []
    for one, step in outlook(connection, rules, now):
        if isinstance(step, Over):
            _end(connection, one.id, step, now)
            given_up.append(fax(connection, one.id))
        else:
            waiting.append(Planned(step.until, one))
    waiting.sort(key=lambda planned: (planned.at, planned.fax.id))
    return Plan(tuple(waiting), tuple(given_up))


def outlook(
    connection: sqlite3.Connection, rules: FaxRules, now: datetime
) -> list[tuple[Fax, Wait | Over]]:
    """What `plan` would do about each fax that waits, the one asked for first at the beginning."""
    begun = _begun(connection, now)
    return [
        (one, decide(one, now, rules, _spent(begun, one.number)))
        for one in _select(connection, "WHERE fax_ends.fax_id IS NULL ORDER BY faxes.id")
        if not one.running
    ]


def begin(connection: sqlite3.Connection, fax_id: int, now: datetime) -> Attempt | None:
    """Write down that a fax is tried now; None where it is over by now, or is being sent."""
    one = fax(connection, fax_id)
    if one.ending is not None or one.running:
        return None
    attempt = connection.execute(
        "INSERT INTO fax_attempts (fax_id, begun_at) VALUES (?, ?)", (fax_id, now.isoformat())
    ).lastrowid
    assert attempt is not None  # an INSERT always has one
    return Attempt(attempt, now)


def finish(
    connection: sqlite3.Connection, attempt: int, tried: Tried, rules: FaxRules, now: datetime
) -> Fax:
    """Write down what an attempt has come to, and the end of its fax where it is one.

    Returns the fax as it is now.  Writing it again changes nothing.
    """
    connection.execute(
        "INSERT INTO fax_results (attempt_id, ended_at, outcome, why, pages, rate, call_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (attempt_id) DO NOTHING",
        (
            attempt,
            now.isoformat(),
            tried.outcome.value,
            tried.why,
            tried.pages,
            tried.rate,
            tried.call_id,
        ),
    )
    (fax_id,) = connection.execute(
        "SELECT fax_id FROM fax_attempts WHERE id = ?", (attempt,)
    ).fetchone()
    one = fax(connection, fax_id)
    if one.ending is None:
        step = decide(one, now, rules, _spent(_begun(connection, now), one.number))
        if isinstance(step, Over):
            _end(connection, fax_id, step, now)
    return fax(connection, fax_id)


def recover(connection: sqlite3.Connection, rules: FaxRules, now: datetime) -> list[Fax]:
    """Close attempts that an earlier program has left open: each counts, and is repeated."""
    left = connection.execute(
        "SELECT fax_attempts.id FROM fax_attempts LEFT JOIN fax_results"
        " ON attempt_id = fax_attempts.id WHERE attempt_id IS NULL ORDER BY fax_attempts.id"
    ).fetchall()
    cut_off = Tried(Outcome.INTERRUPTED, "the house went down while it was being sent")
    return [finish(connection, attempt, cut_off, rules, now) for (attempt,) in left]


def withdraw(connection: sqlite3.Connection, fax_id: int, why: str, now: datetime) -> Fax:
    """Send a fax no more; an attempt that goes on is the last.

    Raises `Refused` when there is no such fax, and when it is over.
    """
    one = fax(connection, fax_id)
    if one.ending is not None:
        raise Refused(f"fax {fax_id}: is over already ({one.ending.value})")
    _end(connection, fax_id, Over(Ending.WITHDRAWN, why), now)
    return fax(connection, fax_id)


def fax(connection: sqlite3.Connection, fax_id: int) -> Fax:
    """The fax with this number; raises `Refused` when there is none."""
    found = _select(connection, "WHERE faxes.id = ?", fax_id)
    if not found:
        raise Refused(f"fax {fax_id}: does not exist")
    return found[0]


def newest(connection: sqlite3.Connection, count: int, *, still: bool = False) -> list[Fax]:
    """The last `count` faxes that were asked for, the newest first; `still`: not those over."""
    only = "WHERE fax_ends.fax_id IS NULL" if still else ""
    return _select(connection, f"{only} ORDER BY faxes.id DESC LIMIT ?", count)


class Outbox:
    """The same for coroutines, by one set of rules: each verb is one transaction of `database`.

    Besides what the functions of this module raise, any verb raises `StorageError` when the
    database cannot be read or written.
    """

    def __init__(self, database: Database, clock: Clock, rules: FaxRules) -> None:
        self._database = database
        self._clock = clock
        self.rules = rules

    async def put(self, order: FaxOrder) -> Fax:
        """See `put`; returns once the request is on the disk."""
        now = self._clock.utc()
        return await transact(self._database, lambda c: put(c, order, self.rules, now))

    async def plan(self) -> Plan:
        """See `plan`."""
        now = self._clock.utc()
        return await transact(self._database, lambda c: plan(c, self.rules, now))

    async def begin(self, one: Fax) -> Attempt | None:
        """See `begin`."""
        now = self._clock.utc()
        return await transact(self._database, lambda c: begin(c, one.id, now))

    async def finish(self, attempt: Attempt, tried: Tried, ended_at: datetime) -> Fax:
        """See `finish`; `ended_at` is when it was over, however late it can be written."""
        return await transact(
            self._database, lambda c: finish(c, attempt.id, tried, self.rules, ended_at)
        )

    async def recover(self) -> list[Fax]:
        """See `recover`."""
        now = self._clock.utc()
        return await transact(self._database, lambda c: recover(c, self.rules, now))

    async def newest(self, count: int = 100) -> list[Fax]:
        """See `newest`."""
        return await transact(self._database, lambda c: newest(c, count))


def _begun(connection: sqlite3.Connection, now: datetime) -> list[tuple[str, datetime]]:
    """Number and beginning of all attempts of the last 24 hours, in order."""
    rows = connection.execute(
        "SELECT number, begun_at FROM fax_attempts JOIN faxes ON faxes.id = fax_id"
        " WHERE begun_at > ? ORDER BY begun_at",
        ((now - DAY).isoformat(),),
    )
    return [(number, datetime.fromisoformat(at)) for number, at in rows]


def _spent(begun: Iterable[tuple[str, datetime]], number: str) -> Spent:
    begun = list(begun)
    return Spent([at for whose, at in begun if whose == number], [at for _, at in begun])


def _end(connection: sqlite3.Connection, fax_id: int, over: Over, now: datetime) -> None:
    connection.execute(
        "INSERT INTO fax_ends (fax_id, at, ending, why) VALUES (?, ?, ?, ?)",
        (fax_id, now.astimezone(UTC).isoformat(), over.ending.value, over.why),
    )


def _select(connection: sqlite3.Connection, which: str, *values: object) -> list[Fax]:
    rows = connection.execute(
        _FAXES + which,
        values,
    ).fetchall()
    return [
        Fax(
            id_, datetime.fromisoformat(asked), account, number, what, call_id,
            attempts=_attempts(connection, id_),
            ending=None if ending is None else Ending(ending),
            ended_at=None if at is None else datetime.fromisoformat(at),
            why=why or "",
        )
        for id_, asked, account, number, what, call_id, ending, at, why in rows
    ]  # fmt: skip


def _attempts(connection: sqlite3.Connection, fax_id: int) -> tuple[Attempt, ...]:
    rows = connection.execute(
        "SELECT id, begun_at, ended_at, outcome, why, pages, rate, call_id FROM fax_attempts"
        " LEFT JOIN fax_results ON attempt_id = id WHERE fax_id = ? ORDER BY id",
        (fax_id,),
    )
    return tuple(
        Attempt(id_, datetime.fromisoformat(begun))
        if ended is None
        else Attempt(
            id_, datetime.fromisoformat(begun), datetime.fromisoformat(ended), Outcome(outcome),
            why, pages, rate, call_id,
        )
        for id_, begun, ended, outcome, why, pages, rate, call_id in rows
    )  # fmt: skip
