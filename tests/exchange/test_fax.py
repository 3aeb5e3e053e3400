"""Fax machines of the town among themselves, by way of a bank that connects their calls."""

import asyncio

import numpy as np
import pytest

import telcard
from telcard.calls import Call
from telcard.errors import LineError
from telcard.exchange import Town
from telcard.exchange.repertoire import Repertoire
from telcard.fax.t30 import Reason
from tests.support.fax_peers import letter

PAGE = letter(5, rows=130)


def test_machines_send_fetch_and_are_told_why_not(repertoire: Repertoire) -> None:
    async def main() -> None:
        async with (
            telcard.open("emulator:d300sc_e1") as card,
            Town(card.far_ends, repertoire) as town,
            town.fax("02154321", ident="1", modems="v29") as one,
            town.fax("02154322", "long_loop", ident="2", holds=[PAGE]) as other,
        ):

            async def connect(call: Call) -> None:
                async with await card.dial("02154322", on_behalf_of=call) as second:
                    await call.answer()
                    await call.bridge(second)

            serving = asyncio.create_task(card.serve(connect))
            assert (await one.send("95588", [PAGE])).good
            assert not one.lifted
            await asyncio.sleep(2)
            (received,) = other.received
            assert np.array_equal(received.pages[0], PAGE)
            assert received.far is not None
            assert received.far.ident == "1"
            fetched = await one.poll("95588")
            assert fetched.good, fetched
            assert np.array_equal(fetched.pages[0], PAGE)
            with pytest.raises(LineError, match="the handset is down"):
                await one.receive()
            calling = asyncio.create_task(one.send("95588", [PAGE]))
            await asyncio.sleep(14)
            await card.stop()
            assert (await calling).reason is Reason.HUNG_UP
            await serving
            await asyncio.sleep(1)
            assert not one.lifted

    telcard.run(main(), telcard.VirtualClock())


def test_a_machine_goes_on_answering_when_a_caller_gives_up(repertoire: Repertoire) -> None:
    async def main() -> None:
        async with (
            telcard.open("emulator:d300sc_e1") as card,
            Town(card.far_ends, repertoire) as town,
            town.fax("02154321") as machine,
        ):
            for answer_s in (1, 10):
                try:
                    async with await card.dial("02154321", answer_s=answer_s) as call:
                        assert call.outgoing
                except LineError:
                    assert not machine.received
                await asyncio.sleep(5)
            (received,) = machine.received
            assert received.reason is Reason.HUNG_UP

    telcard.run(main(), telcard.VirtualClock())


def test_a_machine_answers_although_somebody_has_called_from_it_before(
    repertoire: Repertoire,
) -> None:
    async def main() -> None:
        async with (
            telcard.open("emulator:d300sc_e1") as card,
            Town(card.far_ends, repertoire) as town,
            town.fax("02154321") as machine,
        ):
            await asyncio.sleep(1)
            serving = asyncio.create_task(card.serve(Call.answer))
            await machine.dial("95588")
            await machine.hang_up()
            await asyncio.sleep(1)
            async with await card.dial("02154321", answer_s=10) as call:
                assert call.outgoing
            await card.drain()
            await serving

    telcard.run(main(), telcard.VirtualClock())
