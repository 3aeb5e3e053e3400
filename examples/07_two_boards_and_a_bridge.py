"""For people with several cards: two boards, and a call on one joined to a call on the other.

All lanes are rows of one engine: a bridge between boards costs no more time than one within.
"""

import asyncio
import tempfile
from pathlib import Path

import telcard
from telcard.analysis import Digit, analyse
from telcard.exchange import Town

here: list[telcard.Call] = []  # who waits for a partner
joined = asyncio.Event()


async def flow(call: telcard.Call) -> None:
    """The first caller waits; the second is joined to him until one of the two goes."""
    await call.answer()
    if not here:
        here.append(call)
        await joined.wait()
        return
    call.record(file)
    print(f"{here[0].caller} on {here[0].channel.name}, {call.caller} on {call.channel.name}")
    try:
        await call.bridge(here[0])
    finally:
        joined.set()


async def main() -> None:
    """Bring two E1 boards up, let somebody call on each, and let one of them press keys."""
    async with telcard.open_chassis("emulator:d300sc_e1", "emulator:d300sc_e1") as chassis:
        north, south = (Town(card.far_ends) for card in chassis.cards)
        async with (
            north,
            south,
            north.subscriber("021001") as ada,
            south.subscriber("075502") as ben,
        ):
            serving = asyncio.create_task(chassis.serve(flow))
            await ada.dial("95588")
            await ben.dial("95588")
            clock = chassis.clocking.query()
            print(f"{clock.master} recovers the clock for both boards from {clock.reference}")
            await ada.press("2718")
            await ada.stay_silent(0.5)
            await ada.hang_up()
            await ben.hung_up_by_far_end()
            await chassis.drain()
            await serving


with tempfile.TemporaryDirectory() as folder:
    file = Path(folder) / "ben.wav"
    telcard.run(main(), telcard.VirtualClock())
    sent = [f for f in analyse(str(file)).findings if isinstance(f, Digit) and f.channel == 1]
print("Ben was sent the keys", "".join(digit.digit for digit in sent))
