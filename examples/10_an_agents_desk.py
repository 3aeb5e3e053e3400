"""For call centres: callers wait for a person, an agent's telephone rings, both talk.

The agent has a station on a second board; one engine carries lines and stations. What she sees on
her screen comes before she lifts. A short press of the hook sends the caller back.
"""

import asyncio

import telcard
from telcard.acd import Agent, Desk, Rules, Screen
from telcard.events import Event
from telcard.exchange import Town


def tell(event: Event) -> None:
    """Print what the desk does, as it does it."""
    if event.name in {"desk_joined", "screen", "desk_taken", "desk_left"}:
        facts = ", ".join(f"{name} {value}" for name, value in event.facts.items() if value != "")
        print(f"{event.sample / 8000:5.1f} s  {event.name}: {facts}")


async def main() -> None:
    """One line board, one station board, one agent, two callers who want her."""
    async with telcard.open_chassis("emulator:d300sc_e1", "emulator:msi_240sc") as chassis:
        lines, stations = chassis.cards
        chassis.events.subscribe(tell)
        desk = Desk(stations, [Agent("Anna", "msiB1C1")], Rules(wrap_up_s=2))

        async def flow(call: telcard.Call) -> None:
            await call.answer()
            screen = Screen(caller=call.caller, called=call.called, language="en")
            ending = await desk.visit(call, screen)
            print(f"         {call.caller}: {ending.value}")
            await call.say("goodbye")

        async def calls(number: str, at_s: float) -> None:
            await asyncio.sleep(at_s)
            async with town.subscriber(number) as caller:
                await caller.dial("95588")
                await caller.hear("goodbye", timeout_s=90, eventually=True)

        async with (
            Town([*lines.far_ends, *stations.far_ends]) as town,
            asyncio.TaskGroup() as tasks,
        ):
            tasks.create_task(chassis.serve(flow))
            desk.ready("Anna")
            callers = [tasks.create_task(calls(f"0215432{n}", 4 * n)) for n in (1, 2)]
            for _ in callers:
                async with town.telephone("msiB1C1") as phone:
                    await phone.rings()
                    phone.lift()
                    await asyncio.sleep(8)
                    await phone.flash()
                    await asyncio.sleep(1)
            await asyncio.wait(callers)
            await chassis.drain()


telcard.run(main(), telcard.VirtualClock())
