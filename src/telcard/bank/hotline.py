"""The hotline: welcome, who are you, what would you like, goodbye.

What a caller hears and keys is data, right below.  To offer something new: write a service (a
coroutine that takes the `Visitor`), and give it a line in `MENU`; `telcard.bank.transfer` and
`telcard.bank.statement` have modules of their own.

    @service("rates")
    async def tell_rates(visitor: Visitor) -> None:
        await visitor.call.say("rates_are", ...)
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from telcard.acd import Desk
from telcard.bank.branch import Bank
from telcard.bank.faxes import Faxes
from telcard.bank.identity import Attempt
from telcard.bank.limits import Excess, TimeOver, watched
from telcard.bank.person import PERSON
from telcard.bank.statement import BY_FAX
from telcard.bank.transfer import tell_untold
from telcard.bank.visit import Over, Question, Reason, Visitor, service, services
from telcard.calls import Call
from telcard.errors import ConfigError, HungUp, StorageError
from telcard.signalling import Cause
from telcard.speech import Date, Digits, Money, Sayable

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Choice:
    """A line of a menu: `offer` is the clip that names the service behind `key`."""

    key: str
    offer: str
    service: str


MENU = (
    Choice("1", offer="for_your_balance", service="balance"),
    Choice("2", offer="for_your_last_entries", service="entries"),
    Choice("3", offer="for_a_transfer", service="transfer"),
    Choice("4", offer="for_a_statement_by_fax", service=BY_FAX),
    Choice("9", offer="to_repeat", service="repeat"),
    Choice("0", offer="to_speak_to_a_person", service=PERSON),
    Choice("*", offer="to_end_the_call", service="goodbye"),
)
"""The hotline's main menu, in the order in which it is read out; without a desk nobody offers a
person, and without `Faxes` no fax."""

ENTRIES = 3
"""How many of the last entries are told."""

TRIES = 3
"""Wrong identifications that end a call; the last is an alarm."""

INVALID_CHOICES = 3
"""Keys in a row that no choice has that end a call."""

ROUNDS = 50
"""Choices that end a call in any case: nobody may hold a line for ever."""

ASK_ACCOUNT = Question(("enter_account",), max_digits=20, then_secret=True)
ASK_PIN = Question(("enter_pin",), max_digits=12, secret=True)


def ask_choice(menu: Sequence[Choice]) -> Question:
    """ "For your balance, press one. For ..." and one key."""
    prompt: list[Sayable] = []
    for choice in menu:
        prompt += [choice.offer, "press", Digits(choice.key), "."]
    return Question(tuple(prompt[:-1]), max_digits=1, terminator="")


async def hotline(
    call: Call,
    bank: Bank,
    *,
    menu: Sequence[Choice] = MENU,
    channel: str = "telephone",
    desk: Desk | None = None,
    faxes: Faxes | None = None,
) -> None:
    """Serve one call from its offer to its end, whatever happens.

    A caller who hangs up ends the flow quietly.  A fault of the flow itself ends the call with
    cause 41 and is raised.  What the call's record is to tell stands in `call.reason` and
    `call.account` by then.  `channel` names the way the caller came, for tries and alarms; `desk`
    is where he may speak to a person, `faxes` sends him statements; neither is offered without.

    A `menu` that `check_menu` refuses is such a fault: check it when it is read.
    """
    call.reason = Reason.UNFINISHED.value
    try:
        check_menu(menu)
        wants = {PERSON: desk, BY_FAX: faxes}
        menu = [choice for choice in menu if wants.get(choice.service, bank) is not None]
        with bank.gate.present(call.caller):
            await _serve(call, bank, menu, channel, desk, faxes)
    except HungUp as gone:
        call.reason = (Reason.LINE_LOST if gone.failed else Reason.HUNG_UP).value
    except Exception:
        call.reason = Reason.BROKEN.value
        await call.fail()
        raise
    finally:
        await call.hang_up()


def check_menu(menu: Sequence[Choice]) -> None:
    """Raise `ConfigError` for a key twice or no key, and for a service that does not exist."""
    seen: set[str] = set()
    for choice in menu:
        if len(choice.key) != 1 or choice.key not in "0123456789*#" or choice.key in seen:
            raise ConfigError(f"menu: want one key of 0-9, * and # once each, got {choice.key!r}")
        if choice.service not in services:
            raise ConfigError(
                f"menu, key {choice.key}: want a service of {', '.join(sorted(services))},"
                f" got {choice.service!r}"
            )
        seen.add(choice.key)


async def _serve(
    call: Call,
    bank: Bank,
    menu: Sequence[Choice],
    channel: str,
    desk: Desk | None,
    faxes: Faxes | None,
) -> None:
    """The flow up to its hang-up."""
    call.note("welcome")
    try:
        try:
            excess = await bank.gate.excess(call.caller)
            if excess is not None:
                await _refuse(call, bank, excess)
            async with watched(call, bank.limits, bank.metrics) as watch:
                await call.answer()
                await call.say("welcome")
                visitor = Visitor(call, bank, watch, channel, desk=desk, faxes=faxes)
                await _identify(visitor)
                await tell_untold(visitor)
                await _choose(visitor, menu)
        except TimeOver as over:
            words = "time_is_up" if over.excess is Excess.TIME else "nothing_heard"
            raise Over(Reason(over.excess.value), words, ".", "goodbye") from over
        except StorageError as error:
            log.error("call %s: %s", call.id, error)
            await call.answer()
            raise Over(
                Reason.NOT_AVAILABLE, "not_available", cause=Cause.TEMPORARY_FAILURE
            ) from error
    except Over as over:
        if over.reason is not Reason.GOODBYE:  # a service, which has been noted
            call.note(over.reason.value.replace(" ", "_"))
        if over.words:
            await call.say(*over.words, interruptible=False)
        call.reason = over.reason.value
        await call.hang_up(over.cause)


async def _refuse(call: Call, bank: Bank, excess: Excess) -> NoReturn:
    """End the call of a number that has used up its budget, in the way of the house."""
    if bank.limits.refusal == "cause":
        raise Over(Reason(excess.value), cause=Cause.CALL_REJECTED)
    await call.answer()
    raise Over(Reason(excess.value), "too_many_calls")


async def _identify(visitor: Visitor) -> None:
    """Account and PIN until they belong together; what was wrong is not told."""
    call = visitor.call
    for number in range(1, TRIES + 1):
        call.note("account", attempt=number)
        keyed = (await visitor.ask(ASK_ACCOUNT)).digits
        call.note("pin", attempt=number)
        # Until he has been told, the caller may be keying the rest of a PIN that came too late.
        async with call.keeping_secret():
            if await _judge(visitor, keyed, last=number == TRIES):
                return
            if number < TRIES:
                await call.say("not_recognised", interruptible=False)
    raise Over(Reason.TOO_MANY_TRIES, "too_many_tries")


async def _judge(visitor: Visitor, keyed: str, *, last: bool) -> bool:
    """Ask for the PIN of the account that was keyed, and say whether they belong together."""
    call, identity = visitor.call, visitor.bank.identity
    secret = (await visitor.ask(ASK_PIN)).secret
    assert secret is not None, "a secret question has a secret answer"
    try:
        proof = identity.prove(keyed, secret)
    finally:
        secret.wipe()
    attempt = Attempt(call.id, call.caller, visitor.channel, last)
    verdict = await identity.verify(proof, attempt)
    # Digits that are no account's are not written down: they may be a PIN keyed too early.
    call.account = verdict.account.tail if verdict.account else ""
    call.note("judged", accepted=verdict.accepted, locked=verdict.locked, account=call.account)
    visitor.proved = verdict.account if verdict.accepted else None
    return verdict.accepted


async def _choose(visitor: Visitor, menu: Sequence[Choice]) -> NoReturn:
    """The menu, until the caller has had enough."""
    question = ask_choice(menu)
    chosen = {choice.key: choice.service for choice in menu}
    invalid = 0
    for _ in range(ROUNDS):
        visitor.call.note("menu")
        key = (await visitor.ask(question)).digits
        if key in chosen:
            invalid = 0
            visitor.call.note(chosen[key])
            await services[chosen[key]](visitor)
            continue
        invalid += 1
        if invalid >= INVALID_CHOICES:
            raise Over(Reason.INVALID_CHOICES, "invalid_choice", ".", "goodbye")
        await visitor.call.say("invalid_choice")
    raise Over(Reason.TOO_MANY_ROUNDS, "goodbye")


@service("balance")
async def tell_balance(visitor: Visitor) -> None:
    """ "Your balance is ..." """
    balance = await visitor.bank.ledger.balance(visitor.account.number)
    visitor.did("balance")
    await visitor.call.say("your_balance_is", Money(balance.minor, balance.currency))


@service("entries")
async def tell_entries(visitor: Visitor) -> None:
    """The last entries, the newest first: credit or debit, amount, day."""
    entries = await visitor.bank.ledger.last_entries(visitor.account.number, ENTRIES)
    visitor.did("entries")
    if not entries:
        await visitor.call.say("no_entries")
        return
    words: list[Sayable] = ["your_last_entries_are"]
    for entry in entries:
        words += [
            "credit_of" if entry.amount.minor > 0 else "debit_of",
            Money(abs(entry.amount.minor), entry.amount.currency),
            "on",
            Date(entry.business_date),
            ".",
        ]
    await visitor.call.say(*words[:-1])


@service("repeat")
async def repeat(visitor: Visitor) -> None:
    """The menu once more, which comes by itself."""


@service("goodbye")
async def say_goodbye(visitor: Visitor) -> None:
    """The end that the caller asked for."""
    raise Over(Reason.GOODBYE, "goodbye")
