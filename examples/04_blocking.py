"""For scripts and for learning: the same calls without async, one at a time."""

import asyncio

import telcard
import telcard.sync
from telcard.exchange import Town

with telcard.sync.open("emulator:d300sc_e1", clock=telcard.VirtualClock()) as card:

    async def caller() -> None:
        """Somebody in the town, who rings while the card's verbs wait."""
        async with Town(card.card.far_ends) as town, town.subscriber("02154321") as subscriber:
            await subscriber.dial("95588")
            await subscriber.hear_all(["welcome", "enter_account"])
            await subscriber.press("42#")
            await subscriber.hear("goodbye")

    async def ring() -> "asyncio.Task[None]":
        """Let the caller begin."""
        return asyncio.create_task(caller())

    ringing = card.run(ring())
    for call in card.incoming():
        call.answer()
        call.say("welcome")
        print(f"{call.caller} keyed {call.collect('enter_account').digits}")
        call.say("goodbye")
        call.hang_up()
        break
    card.run(asyncio.wait_for(ringing, 60))
