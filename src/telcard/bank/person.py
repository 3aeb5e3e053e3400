"""A person on the line: the caller waits at the desk, talks, and may be sent back into the menu.

Whatever he had proved before he is still believed after it.  The time of his call stands still
meanwhile: the desk has a patience of its own, and nobody ends what two people have to say.
"""

from __future__ import annotations

import logging

from telcard.acd import Ending, Screen
from telcard.bank.visit import Over, Reason, Visitor, service
from telcard.errors import HungUp
from telcard.speech import Sayable

log = logging.getLogger(__name__)

PERSON = "person"
"""The service's name, for menus."""

SORRY: dict[Ending, tuple[Sayable, ...]] = {
    Ending.SENT_BACK: ("sent_back",),
    Ending.TOO_LONG: ("all_busy", ".", "sent_back"),
    Ending.NOBODY: ("nobody_there", ".", "sent_back"),
    Ending.LOST: ("connection_lost", ".", "sent_back"),
}
"""What he is told who is back in the menu."""


@service(PERSON)
async def speak_to_a_person(visitor: Visitor) -> None:
    """Wait for an agent and talk to him; "goodbye" when the agent ends it."""
    desk, call = visitor.desk, visitor.call
    assert desk is not None, "a menu offers a person only where there is a desk"
    screen = Screen(
        caller=call.caller,
        called=call.called,
        language=call.language,
        identified=visitor.proved is not None,
        account=call.account,
        number=visitor.proved.number if visitor.proved is not None else "",
        entered=tuple(call.done),
    )
    visitor.did("person")
    try:
        with visitor.watch.standing_still():
            ending = await desk.visit(call, screen)
    except HungUp:
        raise
    except Exception:
        # The desk has broken, not the bank: whoever is on the line can still be served by it.
        log.exception("call %s: the desk broke", call.id)
        ending = Ending.LOST
    if ending is Ending.ENDED:
        raise Over(Reason.PERSON, "goodbye")
    await call.say(*SORRY[ending])
