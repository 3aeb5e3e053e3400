"""For people who must trust it: break a line, crash a board, and watch the house recover.

Calls on what failed are cleared with a cause; boards and lines come back by themselves.
"""

import asyncio

import telcard
from telcard.cards import Fault, FaultScript, inject
from telcard.errors import HungUp, LineError
from telcard.events import Event
from telcard.exchange import Town

SCRIPT = FaultScript.of(
    Fault(12.0, "alarm", "dtiB1", for_s=6.0, signal="AIS"),
    Fault(40.0, "dsp_crash", "d300sc_e1"),
)


def tell(event: Event) -> None:
    """Print what happens to lines and boards, and how calls end."""
    if event.name.startswith(("fault", "line", "board")) or event.name == "ended":
        facts = ", ".join(f"{name} {value}" for name, value in event.facts.items())
        print(f"{event.sample / 8000:5.1f} s  {event.name}: {facts}")


async def flow(call: telcard.Call) -> None:
    """Talk for twenty seconds, if nothing happens."""
    await call.answer()
    for _ in range(10):
        await call.say("please_hold", interruptible=False)
    await call.say("goodbye")


async def persist(town: Town, number: str) -> None:
    """Call until everything has been heard, with a breath between."""
    async with town.subscriber(number) as caller:
        for attempt in range(1, 9):
            try:
                await caller.dial("95588")
                await caller.hear("goodbye", timeout_s=60, eventually=True)
            except (HungUp, LineError) as error:
                print(f"         {number}: cut off, cause {error.cause}")
                await caller.hang_up()
                await asyncio.sleep(5)
            else:
                print(f"         {number}: heard it all, attempt {attempt}")
                return


async def main() -> None:
    """One card, two callers, one script of faults, all on the same clock."""
    async with telcard.open("emulator:d300sc_e1") as card, Town(card.far_ends) as town:
        card.events.subscribe(tell)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(card.serve(flow))
            tasks.create_task(inject(card, SCRIPT))
            await asyncio.gather(persist(town, "021001"), persist(town, "021002"))
            await card.drain()


telcard.run(main(), telcard.VirtualClock())
