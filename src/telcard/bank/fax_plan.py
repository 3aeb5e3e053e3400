"""When a fax is tried, how often, and when it is given up: decided purely (requirement I4).

    match decide(fax, now, rules, spent):
        case Wait(until): ...       # try it then, or now, if that is over
        case Over(ending, why): ...

What has happened so far is in the `Fax`; nobody else is asked, and nothing is remembered here.  The
distance between two attempts grows, and is data (`FaxRules.retry_min`).  Some outcomes allow fewer
attempts than others (`FEWER`): a person who has lifted is not to be called up all evening.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import Enum

from telcard.fax.t30 import Reason
from telcard.signalling import Cause

DAY = timedelta(days=1)
"""What limits "a day" are counted over: the last 24 hours."""


class Outcome(Enum):
    """What one attempt has come to, as the books have it."""

    SENT = "sent"
    """Every page was confirmed."""
    BUSY = "busy"
    NO_ANSWER = "no answer"
    NO_FAX = "no fax"
    """Somebody has answered who has never said that he is a fax."""
    BROKE_OFF = "broke off"
    CANNOT = "cannot receive"
    """Whoever is there cannot print our pages, or does not want them."""
    NO_NUMBER = "no such number"
    NO_WAY = "no way through"
    """Lines or exchanges on the way could not."""
    FAULT = "fault here"
    """Our own board, or program."""
    INTERRUPTED = "interrupted"
    """The house went down meanwhile: nobody knows what it came to."""


class Ending(Enum):
    """How it is over with a fax, as the books have it."""

    SENT = "sent"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


FEWER: Mapping[Outcome, int] = {Outcome.NO_FAX: 2, Outcome.CANNOT: 2, Outcome.NO_NUMBER: 1}
"""Outcomes of which so many are enough to give a fax up."""

_CAUSES: Mapping[int, Outcome] = {
    Cause.UNALLOCATED_NUMBER: Outcome.NO_NUMBER,
    Cause.NUMBER_CHANGED: Outcome.NO_NUMBER,
    Cause.INVALID_NUMBER_FORMAT: Outcome.NO_NUMBER,
    Cause.USER_BUSY: Outcome.BUSY,
    Cause.NO_USER_RESPONDING: Outcome.NO_ANSWER,
    Cause.NO_ANSWER: Outcome.NO_ANSWER,
    Cause.SUBSCRIBER_ABSENT: Outcome.NO_ANSWER,
    Cause.CALL_REJECTED: Outcome.CANNOT,
}
"""Q.850, 2.2.7: all others mean that there was no way through."""

_CANNOT = (Reason.INCOMPATIBLE, Reason.NO_COMMON_MODEM, Reason.NOT_ALLOWED)


def outcome_of_call(cause: int | None) -> Outcome:
    """What a call has come to that was not answered, by its cause."""
    return _CAUSES.get(cause or 0, Outcome.NO_WAY)


def outcome_of_fax(reason: Reason | None, heard: bool) -> Outcome:
    """What a call has come to that was answered, by T.30's reason.

    `heard`: whether the far end has ever said that it is a fax.
    """
    if reason is Reason.DONE:
        return Outcome.SENT
    if reason is Reason.FAULT:
        return Outcome.FAULT
    if not heard:
        return Outcome.NO_FAX
    return Outcome.CANNOT if reason in _CANNOT else Outcome.BROKE_OFF


@dataclass(frozen=True, slots=True)
class FaxRules:
    """How faxes are tried, and the limits against harm; the defaults suit a bank.

    A fax is tried again `retry_min` minutes after each attempt that failed, and given up after the
    last of them, or once it is `keep_h` hours old.  Nobody is called outside of `hours` (None: at
    any hour), which are of `zone` (None: that of this machine).  Within 24 hours a number is called
    `number_a_day` times, whoever asks for it, all numbers together `a_day` times, and an account
    may ask for `asked_a_day` faxes.

    A number has `shortest` to `longest` digits, begins with one of `allowed` (none: any) and with
    none of `refused`.
    """

    retry_min: tuple[float, ...] = (1, 5, 15, 60, 240)
    keep_h: float = 24.0
    hours: tuple[time, time] | None = (time(8), time(21))
    zone: tzinfo | None = None
    number_a_day: int = 10
    a_day: int = 500
    asked_a_day: int = 5
    allowed: tuple[str, ...] = ()
    refused: tuple[str, ...] = ("00",)
    shortest: int = 6
    longest: int = 18

    def allows(self, number: str) -> bool:
        """Whether faxes are sent to this number."""
        digits = number.isascii() and number.isdigit()
        return (
            digits
            and self.shortest <= len(number) <= self.longest
            and not number.startswith(self.refused)
            and (not self.allowed or number.startswith(self.allowed))
        )


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call to a fax; `outcome` is None while it goes on.

    `why` is in plain words, `rate` that of the last page, `call_id` the call's in the book of
    calls, "" where there was none.
    """

    id: int
    begun_at: datetime
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    why: str = ""
    pages: int = 0
    rate: str = ""
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class Fax:
    """A fax that somebody has asked for, and all that has become of it; times are UTC.

    `account` is the whole number, `what` a name such as "statement", `call_id` the call in which
    it was asked for.
    """

    id: int
    asked_at: datetime
    account: str
    number: str
    what: str
    call_id: str
    attempts: tuple[Attempt, ...] = ()
    ending: Ending | None = None
    ended_at: datetime | None = None
    why: str = ""

    @property
    def running(self) -> bool:
        """Whether it is being sent at this moment."""
        return bool(self.attempts) and self.attempts[-1].outcome is None

    @property
    def state(self) -> str:
        """For people: "waiting", "sending", or how it has ended."""
        if self.ending is not None:
            return self.ending.value
        return "sending" if self.running else "waiting"


@dataclass(frozen=True, slots=True)
class Spent:
    """When attempts began within the last 24 hours, in order: at one number, and at all."""

    number: Sequence[datetime] = ()
    all: Sequence[datetime] = ()


@dataclass(frozen=True, slots=True)
class Wait:
    """Try it at `until`, or at once if that is over."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Over:
    """It is over."""

    ending: Ending
    why: str


def decide(fax: Fax, now: datetime, rules: FaxRules, spent: Spent | None = None) -> Wait | Over:
    """What is to be done about a fax that is not over, and is not being sent at this moment."""
    outcomes = [attempt.outcome for attempt in fax.attempts]
    if outcomes and outcomes[-1] is Outcome.SENT:
        return Over(Ending.SENT, fax.attempts[-1].why)
    failed = len(outcomes)
    if any(outcomes.count(outcome) >= enough for outcome, enough in FEWER.items()) or (
        failed > len(rules.retry_min)
    ):
        return Over(Ending.FAILED, fax.attempts[-1].why)
    due = fax.asked_at
    if failed:
        due = fax.attempts[-1].ended_at or fax.attempts[-1].begun_at
        due += timedelta(minutes=rules.retry_min[failed - 1])
    spent = spent or Spent()
    due = max(due, _room(spent.number, rules.number_a_day), _room(spent.all, rules.a_day))
    due = opening(due, rules) if due > now else opening(now, rules)
    if due > fax.asked_at + timedelta(hours=rules.keep_h):
        late = f"not sent within {rules.keep_h:g} h"
        return Over(Ending.FAILED, fax.attempts[-1].why if failed else late)
    return Wait(due)


def opening(at: datetime, rules: FaxRules) -> datetime:
    """The first moment from `at` on at which people may be called."""
    if rules.hours is None:
        return at
    opens, closes = rules.hours
    local = at.astimezone(rules.zone)
    if opens <= local.time() < closes:
        return at
    day = local.date() + (DAY if local.time() >= closes else timedelta())
    # Without a zone of its own the time of day is the machine's, whatever its clocks do that night.
    return datetime.combine(day, opens, rules.zone).astimezone(UTC)


def _room(begun: Sequence[datetime], limit: int) -> datetime:
    """When another attempt may begin, so that no 24 hours have more than `limit`."""
    return begun[-limit] + DAY if len(begun) >= limit else datetime.min.replace(tzinfo=UTC)
