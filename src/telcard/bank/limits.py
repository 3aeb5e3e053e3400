"""Limits against harm: how long a call may last or be silent, and how often a number may call.

`Gate` counts by the caller's number, in the database, so that a restart forgets nothing; callers
who withhold their number share one budget of their own.  `watched` sees to the time.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import Literal

from telcard.bank.transactions import transact
from telcard.calls import Call
from telcard.clock import Clock
from telcard.metrics import Metrics
from telcard.storage import Database

WARNING_S = 60.0
"""So long before the longest call ends its caller is warned: "within one minute"."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What one number may do: calls at once, and calls and wrong PINs within the window."""

    at_once: int = 4
    calls: int = 40
    wrong_pins: int = 9


@dataclass(frozen=True, slots=True)
class Limits:
    """All limits; the defaults suit a bank whose callers are people.

    A call lasts at most `longest_call_s`, and `dead_air_s` without a key, speech or anything
    played.  `caller` is the budget of each number, `withheld` that of all who withhold theirs
    together, counted over the last `window_s`.  Who has used it up hears a sentence, or is cleared
    with a cause before he is answered (`refusal`).  `largest_transfer` is in whole units of the
    account's currency.
    """

    longest_call_s: float = 900.0
    dead_air_s: float = 60.0
    window_s: float = 3600.0
    refusal: Literal["sentence", "cause"] = "sentence"
    largest_transfer: int = 10_000
    caller: Budget = field(default_factory=Budget)
    withheld: Budget = Budget(at_once=15, calls=400, wrong_pins=60)


class Excess(Enum):
    """Which limit a call is over, in a call record's words."""

    AT_ONCE = "too many calls at once"
    CALLS = "too many calls"
    WRONG_PINS = "too many wrong PINs"
    TIME = "time is up"
    DEAD_AIR = "dead air"


_REFUSALS = (Excess.AT_ONCE.value, Excess.CALLS.value, Excess.WRONG_PINS.value)


class Gate:
    """Lets a number in as often as its budget allows."""

    def __init__(
        self, database: Database, clock: Clock, limits: Limits, metrics: Metrics | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._metrics = metrics or Metrics()
        self._present: Counter[str] = Counter()
        self.limits = limits

    @contextmanager
    def present(self, caller: str) -> Iterator[None]:
        """Count a call as one that is on, while inside."""
        self._present[caller] += 1
        try:
            yield
        finally:
            self._present[caller] -= 1
            if not self._present[caller]:
                del self._present[caller]

    async def excess(self, caller: str) -> Excess | None:
        """The limit that the newest call of `caller`, which is `present`, is over, if any.

        What was refused is not held against a number: its budget comes back with time, however
        often it is tried.  Raises `StorageError` when the database cannot be read.
        """
        excess = await self._judge(caller, self._present[caller])
        if excess is not None:
            self._metrics.count("calls_over_limit", limit=excess.value)
        return excess

    async def _judge(self, caller: str, present: int) -> Excess | None:
        budget = self.limits.caller if caller else self.limits.withheld
        if present > budget.at_once:
            return Excess.AT_ONCE
        since = (self._clock.utc() - timedelta(seconds=self.limits.window_s)).isoformat()
        calls, wrong = await transact(self._database, lambda c: _counts(c, caller, since))
        if calls + present > budget.calls:
            return Excess.CALLS
        return Excess.WRONG_PINS if wrong >= budget.wrong_pins else None


def _counts(connection: sqlite3.Connection, caller: str, since: str) -> tuple[int, int]:
    """Calls that are over and wrong PINs of a number since then."""
    (calls,) = connection.execute(
        "SELECT count(*) FROM call_records WHERE caller = ? AND offered_at > ? AND NOT outgoing"
        " AND reason NOT IN (?, ?, ?)",
        (caller, since, *_REFUSALS),
    ).fetchone()
    (wrong,) = connection.execute(
        "SELECT count(*) FROM tries WHERE caller = ? AND at > ? AND result <> 'right'",
        (caller, since),
    ).fetchone()
    return calls, wrong


class TimeOver(Exception):
    """A call has lasted too long or has gone dead; `excess` says which."""

    def __init__(self, excess: Excess) -> None:
        super().__init__(excess.value)
        self.excess = excess


class Watch:
    """The time of one call; made by `watched`."""

    def __init__(self, call: Call, limits: Limits, timeout: asyncio.Timeout) -> None:
        self._loop = asyncio.get_running_loop()
        self._call = call
        self._limits = limits
        self._timeout = timeout
        self._ends = self._loop.time() + limits.longest_call_s
        self._warned = False
        self._timer = self._loop.call_later(limits.dead_air_s, self._listen)
        self.excess = Excess.TIME

    @asynccontextmanager
    async def warning(self) -> AsyncIterator[asyncio.Timeout]:
        """Cancel what is inside when it is time to warn the caller, and raise `TimeoutError`.

        It happens once; who catches it warns, and goes on.
        """
        try:
            async with asyncio.timeout_at(None if self._warned else self._ends - WARNING_S) as due:
                yield due
        except TimeoutError:
            self._warned = self._warned or due.expired()
            raise

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Inside the call's time does not run, such as while a person speaks with the caller."""
        left = self._ends - self._loop.time()
        self._reschedule(None)
        try:
            yield
        finally:
            self._ends = self._loop.time() + left
            self._reschedule(self._ends)

    def close(self) -> None:
        """Watch no longer."""
        self._timer.cancel()

    def _listen(self) -> None:
        quiet_s = self._call.quiet_s
        if quiet_s >= self._limits.dead_air_s:
            self.excess = Excess.DEAD_AIR
            self._reschedule(self._loop.time())
        else:
            self._timer = self._loop.call_later(self._limits.dead_air_s - quiet_s, self._listen)

    def _reschedule(self, when: float | None) -> None:
        if not self._timeout.expired():
            self._timeout.reschedule(when)


@asynccontextmanager
async def watched(
    call: Call, limits: Limits, metrics: Metrics | None = None
) -> AsyncIterator[Watch]:
    """Raise `TimeOver` out of what is inside once the call has lasted too long or gone dead."""
    watch: Watch | None = None
    try:
        async with asyncio.timeout(limits.longest_call_s) as timeout:
            watch = Watch(call, limits, timeout)
            try:
                yield watch
            finally:
                watch.close()
    except TimeoutError as error:
        if watch is None or not timeout.expired():
            raise
        if metrics is not None:
            metrics.count("calls_over_limit", limit=watch.excess.value)
        raise TimeOver(watch.excess) from error
