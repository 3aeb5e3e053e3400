"""Many faxes at once: every line of three E1 with a fax machine at its end, all pages judged."""

import asyncio

import numpy as np
import pytest

import telcard
from telcard.calls import Call
from telcard.exchange import FaxMachine, Town
from telcard.exchange.repertoire import Repertoire
from telcard.fax import FaxResult
from telcard.speech import ClipLibrary
from tests.support.fax_peers import letter

LINES = 72
MODEMS = ("v17", "v17", "v29", "v27ter")


@pytest.mark.slow
def test_seventy_two_machines_send_a_page_at_the_same_time() -> None:
    pages = [letter(seed, rows=130) for seed in range(LINES)]
    received: dict[str, FaxResult] = {}

    async def receive(call: Call) -> None:
        await call.answer()
        received[call.caller] = await call.fax_receive(ident="95588")

    async def send(machine: FaxMachine, number: int) -> FaxResult:
        await asyncio.sleep(number * 0.013)  # no two at one place of the 10 ms
        async with machine:
            return await machine.send("95588", [pages[number]])

    async def main() -> list[FaxResult]:
        known = Repertoire({"goodbye": ClipLibrary()["goodbye"]})
        async with (
            telcard.open("emulator:dahdi_4e1") as card,
            Town(card.far_ends, known) as town,
        ):
            machines = [
                town.fax(f"0215432{number:04d}", ident=str(number), modems=MODEMS[number % 4])
                for number in range(LINES)
            ]
            serving = asyncio.create_task(card.serve(receive))
            sent = await asyncio.gather(*map(send, machines, range(LINES)))
            await card.drain()
            await serving
            return sent

    sent = telcard.run(main(), telcard.VirtualClock())
    assert [str(result) for result in sent if not result.good] == []
    for number in range(LINES):
        result = received[f"0215432{number:04d}"]
        assert result.good
        assert np.array_equal(result.pages[0], pages[number])
        assert sent[number].trainings[0].good  # at the first try
