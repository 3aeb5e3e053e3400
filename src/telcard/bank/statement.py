"""The service "statement": balance and last entries by fax (requirements I4, B1, F14).

Either on the present call, when the caller stands at a fax machine and presses start; or to a
number, which is keyed twice, read back and confirmed, since what is sent there is a customer's
money.  The second is a promise: it is in the books before the caller hears of it, and the house
calls the number as often as `telcard.bank.fax_plan` says.
"""

from __future__ import annotations

import logging

from telcard.bank.fax_plan import Fax
from telcard.bank.faxes import STATEMENT, Faxes
from telcard.bank.outbox import FaxOrder, TooManyFaxes
from telcard.bank.visit import Over, Question, Reason, Visitor, service
from telcard.errors import CardError, StorageError
from telcard.speech import Digits, Sayable

log = logging.getLogger(__name__)

BY_FAX = "statement"
"""The service's name, for menus."""

MISTAKES = 3
"""Wrong keys, or numbers that differ, that end the service; the call goes on."""

CANCEL = "*"

ASK_WHERE = Question(
    (
        *("to_receive_it_on_this_call", "press", Digits("1"), "."),
        *("to_have_it_sent", "press", Digits("2"), "."),
        *("to_cancel", "press", Digits(CANCEL)),
    ),
    max_digits=1,
    terminator="",
)


class _Nothing(Exception):
    """No fax is sent: say `words` and go back to the menu."""

    def __init__(self, why: str, *words: Sayable) -> None:
        super().__init__(why)
        self.words = words


@service(BY_FAX)
async def send_statement(visitor: Visitor) -> None:
    """Send the caller's statement where he wants it, or say why not."""
    faxes = visitor.faxes
    assert faxes is not None, "a menu offers faxes only where they can be sent"
    try:
        if await _key(visitor, ASK_WHERE, "12") == "1":
            await _send_here(visitor, faxes)
        else:
            await _send_there(visitor, faxes)
    except _Nothing as nothing:
        visitor.call.note("nothing_faxed", why=str(nothing))
        await visitor.call.say(*nothing.words, ".", "nothing_faxed")


async def _send_here(visitor: Visitor, faxes: Faxes) -> None:
    """Send it on this call, which is over then: machines hang up by themselves."""
    call = visitor.call
    pages = await faxes.pages(STATEMENT, visitor.account.number)
    call.note("press_start")
    await call.say("press_start", interruptible=False)
    try:
        with visitor.watch.standing_still():
            result = await call.fax_send(pages, ident=faxes.sender.ident)
    except CardError as error:  # every modem is in use, or the board has just gone
        log.warning("call %s: no fax on it: %s", call.id, error)
        raise _Nothing("no modem", "not_available") from error
    call.note("faxed", good=result.good, why=str(result))
    if result.good:
        visitor.did("statement by fax")
        raise Over(Reason.FAXED)
    plain = "" if result.reason is None else result.reason.plain
    visitor.did(f"statement not faxed: {plain}")
    await call.say("fax_not_sent")


async def _send_there(visitor: Visitor, faxes: Faxes) -> None:
    """Ask for a number, and promise to send it there."""
    order = FaxOrder(
        key=visitor.new_key(),  # before the first write: whatever is repeated has it
        account=visitor.account.number,
        number=await _ask_number(visitor, faxes),
        what=STATEMENT,
        call_id=visitor.call.id,
    )
    fax, at_once = await _promise(visitor, faxes, order)
    visitor.did(f"fax {fax.id}")
    visitor.call.note("promised", fax=fax.id)
    words = ("fax_accepted",) if at_once else ("fax_accepted", ".", "fax_in_the_morning")
    await visitor.call.say(*words, interruptible=False)


async def _ask_number(visitor: Visitor, faxes: Faxes) -> str:
    """A number that we call, keyed twice and confirmed."""
    longest = faxes.rules.longest + 1  # one more, so that a number that is too long is no other's
    first = Question(("enter_fax_number",), longest)
    again = Question(("enter_fax_number_again",), longest)
    for attempt in range(1, MISTAKES + 1):
        visitor.call.note("fax_number", attempt=attempt)
        number = (await visitor.ask(first)).digits
        if number == CANCEL:
            raise _Nothing("cancelled")
        if not faxes.rules.allows(number):
            await visitor.call.say("fax_number_not_allowed")
        elif (await visitor.ask(again)).digits != number:
            await visitor.call.say("fax_numbers_differ")
        else:
            visitor.call.note("confirm")
            confirm = Question(
                (
                    *("we_shall_send_it_to", Digits(number), "."),
                    *("to_confirm", "press", Digits("1"), "."),
                    *("to_cancel", "press", Digits(CANCEL)),
                ),
                max_digits=1,
                terminator="",
            )
            await _key(visitor, confirm, "1")
            return number
    raise _Nothing("too many mistakes", "too_many_mistakes")


async def _key(visitor: Visitor, question: Question, wanted: str) -> str:
    """One of the `wanted` keys."""
    for _ in range(MISTAKES):
        keyed = (await visitor.ask(question)).digits
        if keyed == CANCEL:
            raise _Nothing("cancelled")
        if keyed in wanted:
            return keyed
        await visitor.call.say("invalid_choice")
    raise _Nothing("too many mistakes", "too_many_mistakes")


async def _promise(visitor: Visitor, faxes: Faxes, order: FaxOrder) -> tuple[Fax, bool]:
    """Write it down.  A fault of the storage may hide that it was, so it is asked for once more."""
    try:
        try:
            return await faxes.put(order)
        except StorageError as error:
            log.error("call %s: fax %s: %s", visitor.call.id, order.key, error)
            return await faxes.put(order)
    except TooManyFaxes as many:
        raise _Nothing("too many", "too_many_faxes") from many
