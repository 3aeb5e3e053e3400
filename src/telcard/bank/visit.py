"""A visit: what the hotline and its services share of a caller on his way.

A service is a coroutine that takes the `Visitor`; it asks with `Visitor.ask`, says with
`Visitor.call.say`, returns to the menu by returning, and ends the call by raising `Over`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum

from telcard.acd import Desk
from telcard.bank.branch import Bank
from telcard.bank.faxes import Faxes
from telcard.bank.ledger import Account
from telcard.bank.limits import Excess, Watch
from telcard.calls import Call, Collected
from telcard.signalling import Cause
from telcard.speech import Sayable

SILENCES = 2
"""Questions in a row left unanswered that end a call."""


@dataclass(frozen=True, slots=True)
class Question:
    """How digits are asked for; the waits are in seconds."""

    prompt: tuple[Sayable, ...]
    max_digits: int
    terminator: str = "#"
    first_digit_s: float = 8.0
    inter_digit_s: float = 4.0
    secret: bool = False
    then_secret: bool = False
    """Whether a secret is asked for next, which is masked from the very end of this answer on."""


class Reason(Enum):
    """Why the flow of a call ended, in a call record's words."""

    GOODBYE = "goodbye"
    PERSON = "spoke to a person"
    FAXED = "statement faxed"
    NO_INPUT = "no input"
    INVALID_CHOICES = "invalid choices"
    TOO_MANY_TRIES = "too many tries"
    TOO_MANY_ROUNDS = "too many rounds"
    TOO_MANY_AT_ONCE = Excess.AT_ONCE.value
    TOO_MANY_CALLS = Excess.CALLS.value
    TOO_MANY_WRONG_PINS = Excess.WRONG_PINS.value
    TIME_IS_UP = Excess.TIME.value
    DEAD_AIR = Excess.DEAD_AIR.value
    NOT_AVAILABLE = "storage away"
    HUNG_UP = "caller hung up"
    LINE_LOST = "line lost"
    BROKEN = "flow broke"
    UNFINISHED = "cancelled"


class Over(Exception):
    """The flow is over: say `words` and hang up."""

    def __init__(self, reason: Reason, *words: Sayable, cause: int = Cause.NORMAL_CLEARING) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.words = words
        self.cause = cause


Service = Callable[["Visitor"], Awaitable[None]]
services: dict[str, Service] = {}
"""What a menu may name."""


def service(name: str) -> Callable[[Service], Service]:
    """Make a coroutine a service that a menu may name."""

    def register(function: Service) -> Service:
        services[name] = function
        return function

    return register


@dataclass(slots=True)
class Visitor:
    """A caller on his way through the hotline; `account` is known once he has proved it."""

    call: Call
    bank: Bank
    watch: Watch
    channel: str = ""
    silences: int = 0
    proved: Account | None = None
    keys: int = 0
    desk: Desk | None = None
    """Where people wait for a person, if the house has such a place."""
    faxes: Faxes | None = None
    """Where faxes are sent, if the house can."""

    @property
    def account(self) -> Account:
        """The caller's account; only what runs after the identification may ask."""
        assert self.proved is not None, "a service runs only after the identification"
        return self.proved

    def did(self, *what: str) -> None:
        """Let the call's record tell that this was done; never a PIN or a whole number."""
        self.call.done += what

    def new_key(self) -> str:
        """A key for an order of this call, unlike any other before and after (`ledger.Order`)."""
        self.keys += 1
        return f"{self.channel}:{self.call.id}:{self.keys}:{self.bank.identity.entropy(8).hex()}"

    async def ask(self, question: Question) -> Collected:
        """Ask until something is keyed; end the call when nothing is, `SILENCES` times in a row.

        A warning that the call's time is nearly up comes between, and the question once more.  A
        secret that is returned is the caller's to wipe.
        """
        while True:
            try:
                async with self.watch.warning() as warning:
                    got = await self.call.collect(
                        *question.prompt,
                        max_digits=question.max_digits,
                        terminator=question.terminator,
                        first_digit_s=question.first_digit_s,
                        inter_digit_s=question.inter_digit_s,
                        secret=question.secret,
                        then_secret=question.then_secret,
                    )
            except TimeoutError:
                if not warning.expired():
                    raise
                await self.call.say("one_minute_left", interruptible=False)
                continue
            if len(got.secret if got.secret is not None else got.digits):
                self.silences = 0
                return got
            if got.secret is not None:
                got.secret.wipe()
            self.silences += 1
            if self.silences >= SILENCES:
                raise Over(Reason.NO_INPUT, "nothing_heard", ".", "goodbye")
            await self.call.say("nothing_heard")
