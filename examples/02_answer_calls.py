"""For telephony programmers: answer calls on a card and ask for digits.

The card is emulated and a simulated town calls it; with a real card only the name changes.
"""

import asyncio

import telcard
from telcard.exchange import Town


async def flow(call: telcard.Call) -> None:
    """Greet, collect an account number, repeat it, say goodbye."""
    await call.answer()
    await call.say("welcome")
    got = await call.collect("enter_account")
    print(f"{call.caller} keyed {got.digits}")
    await call.say("goodbye")


async def main() -> None:
    """Bring the card up, plug the town in, and let one caller ring."""
    async with (
        telcard.open("emulator:d300sc_e1") as card,
        Town(card.far_ends) as town,
        asyncio.TaskGroup() as tasks,
    ):
        tasks.create_task(card.serve(flow))
        async with town.subscriber("02154321") as caller:
            await caller.dial("95588")
            await caller.hear_all(["welcome", "enter_account"])
            await caller.press("62258801#")
            await caller.hear("goodbye")
        await card.drain()


telcard.run(main(), telcard.VirtualClock())
