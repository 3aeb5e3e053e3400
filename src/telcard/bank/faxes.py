"""Faxes going out: the outbox is emptied over circuits that callers do not need (requirement I4).

    faxes = Faxes(bank, chassis, Sender("The Bank", "+86 10 95588"))
    async with asyncio.TaskGroup() as house:
        house.create_task(faxes.run())
        ...
        await faxes.put(FaxOrder(key, account, "02154321", "statement", call.id))

What is tried when is decided by `fax_plan` and stands in the books (`outbox`); here it is carried
out.  Nothing is kept in memory but what is being sent at this moment, so whoever starts again goes
on where the books are.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any

from telcard.bank.branch import Bank
from telcard.bank.fax_plan import (
    Attempt,
    Fax,
    FaxRules,
    Outcome,
    opening,
    outcome_of_call,
    outcome_of_fax,
)
from telcard.bank.outbox import FaxOrder, Outbox, Tried
from telcard.bank.statement_page import Page, Sender, Statement, read_statement, statement_pages
from telcard.bank.transactions import transact
from telcard.calls import Call, Card, Chassis
from telcard.errors import CardError, HungUp, LineError, StorageError
from telcard.fax import FaxResult
from telcard.fax.phases import Greeted, Greeting
from telcard.fax.t30 import Reason
from telcard.signalling import Cause
from telcard.signalling.causes import cause_text

log = logging.getLogger(__name__)

BUSY_S = 15.0
"""After so long circuits and fax resources are looked at again, when none was to spare."""

AGAIN_S = 15.0
"""After so long the books are tried again, when they were away."""

LONGEST_S = 600.0
"""Who waits for an hour of the day looks at the time again after so long: clocks are set."""

STATEMENT = "statement"
"""What is sent, in the books' word."""

Draw = Callable[[Statement, Sender, datetime, str], list[Page]]

DOCUMENTS: Mapping[str, Draw] = {STATEMENT: statement_pages}
"""How each thing that may be sent is drawn."""


class Faxes:
    """All faxes of a house; `run` sends those of the outbox.

    At most `at_once` are sent at a time, and only while more than `keep_free` circuits are free,
    which stay for callers.  A telephone rings for `answer_s`.
    """

    def __init__(
        self,
        bank: Bank,
        chassis: Chassis,
        sender: Sender,
        rules: FaxRules | None = None,
        *,
        at_once: int = 2,
        keep_free: int = 2,
        answer_s: float = 60.0,
    ) -> None:
        self.sender = sender
        self.rules = rules or FaxRules()
        self.outbox = Outbox(bank.database, bank.clock, self.rules)
        self.at_once = at_once
        self.keep_free = keep_free
        self.answer_s = answer_s
        self._bank = bank
        self._chassis = chassis
        self._sending: dict[int, Fax] = {}
        self._news = asyncio.Event()
        self._draining = False

    @property
    def sending(self) -> tuple[Fax, ...]:
        """The faxes that are being sent at this moment."""
        return tuple(self._sending.values())

    async def put(self, order: FaxOrder) -> tuple[Fax, bool]:
        """Promise a fax: it is on the disk when this returns; and whether it is sent at once.

        It is not where nobody may be called at this hour.  Raises what `outbox.put` raises, and
        `StorageError`; after that ask again with the same order.
        """
        fax = await self.outbox.put(order)
        self._news.set()
        now = self._bank.clock.utc()
        return fax, opening(now, self.rules) <= now

    async def pages(self, what: str, account: str, to: str = "") -> list[Page]:
        """Draw something about an account, as it is now, for the number that it goes to.

        Raises `StorageError`.
        """
        statement = await transact(self._bank.database, lambda c: read_statement(c, account))
        when = self._bank.clock.utc().astimezone(self.rules.zone)
        draw = partial(DOCUMENTS[what], statement, self.sender, when, to)
        return await asyncio.get_running_loop().run_in_executor(None, draw)

    async def run(self) -> None:
        """Send what is due, as it becomes due, until `drain`; returns when all is sent or broken.

        Attempts that an earlier house has left open are closed first.
        """
        recovered = False
        async with asyncio.TaskGroup() as attempts:
            while not self._draining:
                self._news.clear()
                try:
                    if not recovered:
                        for fax in await self.outbox.recover():
                            self._tell(fax)
                        recovered = True
                    pause_s = await self._start_next(attempts)
                except StorageError as error:
                    log.error("faxes wait for the books: %s", error)
                    pause_s = AGAIN_S
                except Exception:  # a fault here must not close the hotline
                    log.exception("the outbox broke")
                    self._bank.metrics.count("outbox_crashed")
                    pause_s = AGAIN_S
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause_s):
                        await self._news.wait()

    async def drain(self) -> None:
        """Begin no further attempt; those that go on may."""
        self._draining = True
        self._news.set()

    async def _start_next(self, attempts: asyncio.TaskGroup) -> float | None:
        """Try the first fax that is due; returns when to look again, None: at the next news."""
        now = self._bank.clock.utc()
        numbers = {fax.number for fax in self._sending.values()}
        plan = await self.outbox.plan()
        for fax in plan.given_up:
            self._over(fax)
        for planned in plan.waiting:
            fax = planned.fax
            if fax.number in numbers:
                continue  # it would find the line busy, with ourselves
            if planned.at > now:
                return min((planned.at - now).total_seconds(), LONGEST_S)
            if len(self._sending) >= self.at_once:
                return None  # the end of an attempt is news
            if (card := self._way()) is None:
                return BUSY_S
            if (attempt := await self.outbox.begin(fax)) is not None:
                self._sending[fax.id] = fax
                attempts.create_task(self._attempt(card, fax, attempt), name=f"fax {fax.id}")
            return 0.0  # what is due now counts this attempt too
        return None

    def _way(self) -> Card | None:
        """The card with most circuits free, if one of the house, and a modem, are to spare."""
        free = [
            (sum(not circuit.call and not circuit.blocked for circuit in card.circuits()), card)
            for card in self._chassis.cards
        ]
        if sum(count for count, _ in free) <= self.keep_free or not _modem_free(self._chassis):
            return None
        return max(free, key=lambda each: each[0])[1]

    async def _attempt(self, card: Card, fax: Fax, attempt: Attempt) -> None:
        """Try a fax once, and write down what it came to, however long the books are away."""
        try:
            try:
                tried = await self._try(card, fax)
            except (LineError, CardError) as error:
                cause = error.cause if isinstance(error, LineError) else None
                outcome = Outcome.FAULT if cause is None else outcome_of_call(cause)
                tried = Tried(outcome, str(error))
            except StorageError as error:
                tried = Tried(Outcome.FAULT, str(error))
            except Exception as error:
                log.exception("fax %d: its attempt broke", fax.id)
                tried = Tried(Outcome.FAULT, f"{type(error).__name__}: {error}")
            await self._finish(fax, attempt, tried)
        except Exception:  # nor must one here: the attempt counts as cut off at the next start
            log.exception("fax %d: the result of its attempt is lost", fax.id)
            self._bank.metrics.count("outbox_crashed")
        finally:
            del self._sending[fax.id]
            self._news.set()

    async def _finish(self, fax: Fax, attempt: Attempt, tried: Tried) -> None:
        ended_at = self._bank.clock.utc()
        while True:
            try:
                self._tell(await self.outbox.finish(attempt, tried, ended_at))
                return
            except StorageError as error:
                log.error("fax %d: its result waits for the books: %s", fax.id, error)
                await asyncio.sleep(AGAIN_S)

    async def _try(self, card: Card, fax: Fax) -> Tried:
        """Call, send, hang up."""
        pages = await self.pages(fax.what, fax.account, fax.number)
        call = await card.dial(
            fax.number, caller=self.sender.number, on_behalf_of=fax.call_id, wait=False
        )
        async with call:
            call.account = fax.account[-4:]
            call.done.append(f"fax {fax.id}")
            call.note("fax", fax=fax.id, attempt=len(fax.attempts) + 1)
            tried = await self._send(call, pages)
            call.reason = tried.why
        return tried

    async def _send(self, call: Call, pages: list[Page]) -> Tried:
        """Wait for the answer, and send."""
        try:
            await call.until_answered(self.answer_s)
        except TimeoutError:
            call.reason = f"nobody answered in {self.answer_s:g} s"
            await call.hang_up(Cause.NO_ANSWER)
            return Tried(Outcome.NO_ANSWER, call.reason, call_id=call.id)
        except HungUp as gone:
            return Tried(outcome_of_call(gone.cause), _cause(gone.cause), call_id=call.id)
        try:
            result = await call.fax_send(pages, ident=self.sender.ident)
        except HungUp as gone:
            outcome = outcome_of_fax(Reason.HUNG_UP, heard=False)
            return Tried(outcome, _cause(gone.cause), call_id=call.id)
        return tried_of(result, call.id)

    def _tell(self, fax: Fax) -> None:
        """Count an attempt, and let logs and events tell of it."""
        tried = fax.attempts[-1]
        outcome = "" if tried.outcome is None else tried.outcome.value
        self._bank.metrics.count("fax_attempts", outcome=outcome)
        self._chassis.report("fax_tried", fax=fax.id, outcome=outcome, why=tried.why)
        log.info("fax %d: attempt %d: %s, %s", fax.id, len(fax.attempts), outcome, tried.why)
        if fax.ending is not None:
            self._over(fax)

    def _over(self, fax: Fax) -> None:
        """Count how it was over with a fax."""
        self._bank.metrics.count("faxes_over", ending=fax.state)
        log.info("fax %d: %s: %s", fax.id, fax.state, fax.why)

    def status(self) -> dict[str, Any]:
        """What is being sent now, for people."""
        return {
            "sending": [
                {"fax": fax.id, "number": fax.number, "attempt": len(fax.attempts) + 1}
                for fax in self.sending
            ],
            "draining": self._draining,
        }


def can_fax(chassis: Chassis) -> bool:
    """Whether a card of a chassis that is up has modems for faxes."""
    return any(card.board.capabilities.fax for card in chassis.cards)


def _modem_free(chassis: Chassis) -> bool:
    boards = (card.board for card in chassis.cards)
    return any(
        board.capabilities.fax and ("fax" not in board.pools or board.pools["fax"].free)
        for board in boards
    )


def tried_of(result: FaxResult, call_id: str = "") -> Tried:
    """What the books want to know of a fax call."""
    reports = result.reports
    return Tried(
        outcome_of_fax(result.reason, heard=result.far is not None or _greeted(result)),
        str(result),
        pages=sum(report.accepted for report in reports),
        rate=str(reports[-1].agreement.rate) if reports else "",
        call_id=call_id,
    )


def _greeted(result: FaxResult) -> bool:
    """Whether the far end has said that it is a fax, by its tone."""
    heard = (traced.frame for traced in result.transcript if not traced.sent)
    return any(isinstance(tone, Greeted) and tone.greeting is Greeting.CED for tone in heard)


def _cause(value: int) -> str:
    """A cause of Q.850 in words."""
    return f"{cause_text(value)} (cause {value})"
