"""The service "transfer": money from one of the caller's accounts to another (requirement B2).

Which account gives, which takes, the amount twice, what will be done, one to confirm; then a
receipt number.  A caller who hangs up before he has confirmed has done nothing; one who does so
afterwards has done it once, and hears the receipt at his next call.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from telcard.bank.ledger import Account
from telcard.bank.money import DECIMALS, LIMIT, Amount
from telcard.bank.receipts import Declined, Slip, Transfer, Why
from telcard.bank.visit import Over, Question, Reason, Visitor, service
from telcard.errors import StorageError
from telcard.signalling import Cause
from telcard.speech import Date, Digits, Money, Sayable

log = logging.getLogger(__name__)

MISTAKES = 3
"""Wrong keys, or amounts that differ, that end the service; the call goes on."""

ASK_AMOUNT = Question(("enter_amount",), max_digits=15)
ASK_AMOUNT_AGAIN = Question(("enter_amount_again",), max_digits=15)

CANCEL = "*"


class _Nothing(Exception):
    """Nothing is transferred: say `words` and go back to the menu."""

    def __init__(self, why: str, *words: Sayable) -> None:
        super().__init__(why)
        self.words = words


@service("transfer")
async def transfer(visitor: Visitor) -> None:
    """Arrange a transfer and carry it out, or say why not."""
    key = visitor.new_key()  # before the first write: whatever is repeated has it
    try:
        slip = await _book(visitor, await _arrange(visitor, key))
    except _Nothing as nothing:
        visitor.call.note("nothing_transferred", why=str(nothing))
        await visitor.call.say(*nothing.words, ".", "nothing_transferred")
        return
    visitor.did("transfer", f"receipt {slip.receipt}")
    visitor.call.note("transferred", receipt=slip.receipt)
    await _tell(visitor, slip, "transfer_accepted", ".")


async def tell_untold(visitor: Visitor) -> None:
    """Tell the receipts that the caller did not hear to their end in earlier calls."""
    customer = visitor.account.customer
    if customer is None:
        return
    for slip in await visitor.bank.receipts.untold(customer):
        visitor.call.note("receipt", receipt=slip.receipt)
        words: list[Sayable] = ["your_last_transfer", _money(slip.amount)]
        words += ["from_the_account", Digits(slip.source_tail)]
        words += ["to_the_account", Digits(slip.target_tail), "on", Date(slip.business_date), "."]
        await _tell(visitor, slip, *words)
        visitor.did(f"receipt {slip.receipt}")


async def _tell(visitor: Visitor, slip: Slip, *words: Sayable) -> None:
    """Say the receipt number, twice, and write down that it was heard."""
    number = Digits(slip.receipt)
    await visitor.call.say(
        *words, "your_receipt_number_is", number, ".", number, interruptible=False
    )
    await visitor.bank.receipts.told(slip, visitor.call.id)


async def _arrange(visitor: Visitor, key: str) -> Transfer:
    """Ask for all that a transfer needs, up to the caller's word that it shall be done."""
    accounts = await _accounts(visitor)
    source, target = await _choose_two(visitor, accounts)
    amount = await _ask_amount(visitor, source.currency)
    today = visitor.bank.clock.utc().date()
    wanted = Transfer(
        key=key,
        proved=visitor.account.number,
        source=source.number,
        target=target.number,
        amount=amount,
        business_date=today,
        call_id=visitor.call.id,
    )
    try:
        await visitor.bank.receipts.check(wanted)
    except Declined as declined:
        raise _declined(visitor, declined, amount.currency) from declined
    await _confirm(visitor, source, target, amount)
    return wanted


async def _accounts(visitor: Visitor) -> list[Account]:
    """The caller's accounts that have another of the same currency."""
    customer = visitor.account.customer
    owned = [] if customer is None else await visitor.bank.ledger.accounts_of(customer)
    currencies = [account.currency for account in owned]
    able = [account for account in owned if currencies.count(account.currency) > 1]
    if not able:
        raise _Nothing("no other account", "no_other_account")
    return able


async def _choose_two(visitor: Visitor, accounts: Sequence[Account]) -> tuple[Account, Account]:
    """From which to which; of two accounts the second is the other one."""
    numbered = dict(enumerate(accounts, start=1))
    visitor.call.note("source")
    source = await _choose(visitor, "choose_source", numbered)
    targets = {
        number: account
        for number, account in numbered.items()
        if account.currency == source.currency
    }
    if len(targets) == 2:
        (target,) = (account for account in targets.values() if account != source)
        return source, target
    visitor.call.note("target")
    return source, await _choose(visitor, "choose_target", targets, besides=source)


async def _choose(
    visitor: Visitor, first: str, accounts: dict[int, Account], besides: Account | None = None
) -> Account:
    """Let the caller choose an account by its short number, which is the same throughout."""
    prompt: list[Sayable] = [first, "."]
    for number, account in accounts.items():
        if account != besides:
            prompt += ["for_the_account", Digits(account.tail)]
            prompt += ["press", Digits(str(number)), "."]
    prompt += ["to_cancel", "press", Digits(CANCEL)]
    length = len(str(max(accounts)))
    question = Question(tuple(prompt), length, terminator="#" if length > 1 else "")
    for _ in range(MISTAKES):
        keyed = (await visitor.ask(question)).digits
        if keyed == CANCEL:
            raise _Nothing("cancelled")
        chosen = accounts.get(int(keyed)) if keyed.isdigit() else None
        if chosen is None:
            await visitor.call.say("invalid_choice")
        elif chosen == besides:
            await visitor.call.say("same_account")
        else:
            return chosen
    raise _Nothing("too many mistakes", "too_many_mistakes")


async def _ask_amount(visitor: Visitor, currency: str) -> Amount:
    """The amount, keyed twice; both must agree."""
    largest = visitor.bank.receipts.largest * 10 ** DECIMALS[currency]
    for attempt in range(1, MISTAKES + 1):
        visitor.call.note("amount", attempt=attempt)
        minor = keyed_amount((await visitor.ask(ASK_AMOUNT)).digits, currency)
        if minor is None:
            await visitor.call.say("amount_not_understood")
        elif minor == 0:
            await visitor.call.say("amount_zero")
        elif minor > largest:
            await visitor.call.say("the_most_is", Money(largest, currency))
        else:
            again = (await visitor.ask(ASK_AMOUNT_AGAIN)).digits
            if keyed_amount(again, currency) == minor:
                return Amount(minor, currency)
            await visitor.call.say("amounts_differ")
    raise _Nothing("too many mistakes", "too_many_mistakes")


def keyed_amount(keys: str, currency: str) -> int | None:
    """Minor units of an amount keyed in whole units, with star for the decimal point.

    `12*5` and `12*50` are twelve and a half; None for what is no amount of this currency.
    """
    whole, _, part = keys.partition("*")
    decimals = DECIMALS[currency]
    digits = (whole + part).isascii() and (whole + part).isdigit()
    if not digits or len(part) > decimals:
        return None
    minor = int((whole or "0") + part.ljust(decimals, "0"))
    return min(minor, LIMIT - 1)


async def _confirm(visitor: Visitor, source: Account, target: Account, amount: Amount) -> None:
    """Say what will be done; only a 1 has it done."""
    visitor.call.note("confirm")
    prompt: list[Sayable] = ["you_are_transferring", _money(amount)]
    prompt += ["from_the_account", Digits(source.tail), "to_the_account", Digits(target.tail)]
    prompt += [".", "to_confirm", "press", Digits("1"), "."]
    prompt += ["to_cancel", "press", Digits(CANCEL)]
    question = Question(tuple(prompt), max_digits=1, terminator="")
    for _ in range(MISTAKES):
        keyed = (await visitor.ask(question)).digits
        if keyed == "1":
            return
        if keyed == CANCEL:
            raise _Nothing("cancelled")
        await visitor.call.say("invalid_choice")
    raise _Nothing("too many mistakes", "too_many_mistakes")


async def _book(visitor: Visitor, wanted: Transfer) -> Slip:
    """Have it done.  Nothing is awaited between the caller's word and the order.

    A fault of the storage may hide that it was done, so the same order is given again; if that
    fails as well the caller hears that nobody knows yet.
    """
    visitor.call.note("booking")
    accept = visitor.bank.receipts.accept
    try:
        try:
            return await accept(wanted)
        except StorageError as error:
            log.error("call %s: transfer %s: %s", visitor.call.id, wanted.key, error)
            return await accept(wanted)
    except Declined as declined:
        raise _declined(visitor, declined, wanted.amount.currency) from declined
    except StorageError as error:
        log.error("call %s: transfer %s: %s", visitor.call.id, wanted.key, error)
        raise Over(
            Reason.NOT_AVAILABLE, "outcome_unknown", cause=Cause.TEMPORARY_FAILURE
        ) from error


def _declined(visitor: Visitor, declined: Declined, currency: str) -> _Nothing:
    largest = visitor.bank.receipts.largest * 10 ** DECIMALS[currency]
    sentences: dict[Why, tuple[Sayable, ...]] = {
        Why.SAME_ACCOUNT: ("same_account",),
        Why.NOTHING: ("amount_zero",),
        Why.OVER_LIMIT: ("the_most_is", Money(largest, currency)),
        Why.LOCKED: ("account_locked",),
        Why.INSUFFICIENT: ("insufficient_funds",),
    }
    return _Nothing(declined.why.value, *sentences[declined.why])


def _money(amount: Amount) -> Money:
    return Money(amount.minor, amount.currency)
