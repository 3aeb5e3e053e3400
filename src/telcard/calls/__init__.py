"""Calls: the public call API.

    async with telcard.open("emulator:d300sc_e1") as card:
        async for call in card.incoming():
            await call.answer()
            await call.say("welcome")
            got = await call.collect("enter_account", max_digits=8)
            await call.hang_up()

The far end's hang-up is the one exception a flow meets: `HungUp`.
"""

from telcard.calls.call import Call
from telcard.calls.card import Card
from telcard.calls.chassis import Chassis, open_card, open_chassis
from telcard.calls.results import CallSummary, Collected, Disposition, EndedBy

__all__ = [
    "Call",
    "CallSummary",
    "Card",
    "Chassis",
    "Collected",
    "Disposition",
    "EndedBy",
    "open_card",
    "open_chassis",
]
