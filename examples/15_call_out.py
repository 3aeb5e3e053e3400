"""For people who call out: a caller is put through to somebody in the town, over ISDN.

The caller hears ringing, then early media, before anything is charged; a call goes out on his
behalf, and when it is answered the two are joined.
"""

import asyncio

import telcard
from telcard.errors import LineError
from telcard.exchange import Subscriber, Town
from telcard.trunks import SpanPlan


async def flow(call: telcard.Call) -> None:
    """Ring, speak before the answer, find somebody, answer, and join the two."""
    await call.ring()
    await call.progress()
    await call.say("welcome")
    for number in ("02150000", "02157777"):
        try:
            other = await card.dial(number, on_behalf_of=call, answer_s=20)
        except LineError as error:
            print(f"{number}: cause {error.cause}")
            continue
        async with other:
            await call.answer()
            print(f"{call.caller} on {call.circuit} talks to {number} on {other.circuit}")
            await call.bridge(other)


async def pick_up(phone: Subscriber) -> None:
    """Whoever is called answers after a while, and listens until the other has gone."""
    await phone.rings()
    print(f"{phone.number} rings, {phone.facts.caller} calls")
    await asyncio.sleep(2)
    phone.lift()
    await phone.hung_up_by_far_end()
    print(f"{phone.number} heard {len(phone.heard)} clips")


async def main() -> None:
    """Somebody calls the bank, which calls somebody else for him."""
    async with card, Town(card.far_ends) as town:
        await asyncio.sleep(1)  # the D-channel comes up
        serving = asyncio.create_task(card.serve(flow))
        async with town.subscriber("02154321") as caller, town.subscriber("02157777") as phone:
            answering = asyncio.create_task(pick_up(phone))
            await caller.dial("95588")
            print("before the answer the caller heard:", ", ".join(map(str, caller.heard)))
            await caller.stay_silent(1)
            await caller.hang_up()
            await answering
        await card.drain()
        await serving
        stats = card.trunks[0].stats()
        print(f"{stats.offered} came in, {stats.dialled} went out, {stats.answered} were answered")


card = telcard.open("emulator:d300sc_e1", signalling=SpanPlan("pri", variant="euro"))
telcard.run(main(), telcard.VirtualClock())
