"""The network's side of a primary rate line, as the town has it, towards a card."""

import asyncio

import pytest

import telcard
from telcard.engine import Alarm, E1Line, T1Line
from telcard.errors import LineError
from telcard.exchange import Town
from telcard.signalling import Agreed, Cause
from tests.support.bank_side import Socket


def play(scene, repertoire) -> None:
    async def main() -> None:
        card = telcard.open("emulator:d300sc_e1", signalling="pri", fidelity="events")
        async with card, Town(card.far_ends, repertoire) as town:
            await asyncio.sleep(1)
            await scene(card, town)

    telcard.run(main(), telcard.VirtualClock())


def test_circuits_are_free_once_the_link_is_up(repertoire) -> None:
    async def scene(card: telcard.Card, town: Town) -> None:
        assert len(town.circuits) == 30
        assert all(circuit.free for circuit in town.circuits)
        assert repr(town.circuits[15]) == "<Circuit town E1 1 timeslot 17: idle>"
        card.board.lines[0].set_signal(sent=Alarm.LOS)
        await asyncio.sleep(0.1)
        assert not any(circuit.free for circuit in town.circuits)

    play(scene, repertoire)


def test_a_telephone_that_nobody_has_moved_in_with_does_not_exist(repertoire) -> None:
    async def scene(card: telcard.Card, town: Town) -> None:
        somebody = town.subscriber("0215")
        with pytest.raises(LineError) as unknown:
            await card.dial("0215")
        assert unknown.value.cause == Cause.UNALLOCATED_NUMBER
        async with somebody:
            ringing = await card.dial("0215", wait=False)
            await somebody.rings()
            await ringing.hang_up()
        with pytest.raises(LineError, match="0215: it did not ring in 1 s"):
            await somebody.rings(1)
        with pytest.raises(LineError, match="0215: cannot answer, it does not ring"):
            somebody.lift()

    play(scene, repertoire)


def test_who_moves_out_while_his_telephone_rings_lets_the_caller_go(repertoire) -> None:
    async def scene(card: telcard.Card, town: Town) -> None:
        async with town.subscriber("0215") as somebody:
            calling = asyncio.create_task(card.dial("0215"))
            await somebody.rings()
        with pytest.raises(LineError) as gone:
            await calling
        assert gone.value.cause == Cause.NORMAL_CLEARING

    play(scene, repertoire)


def test_who_rings_is_busy_and_who_has_lifted_too(repertoire) -> None:
    async def scene(card: telcard.Card, town: Town) -> None:
        async with town.subscriber("0215") as somebody:
            first = asyncio.create_task(card.dial("0215"))
            await somebody.rings()
            for _ in range(2):
                with pytest.raises(LineError) as busy:
                    await card.dial("0215")
                assert busy.value.cause == Cause.USER_BUSY
                if somebody.ringing:
                    somebody.lift()
                    call = await first
            await call.hang_up()

    play(scene, repertoire)


def test_an_unknown_signalling_is_refused(repertoire) -> None:
    async def main() -> None:
        with pytest.raises(LineError, match=r"town E1 1: want the signalling .*, got 'smoke'"):
            Town([Socket(E1Line(), 1, agreed=Agreed("smoke"))], repertoire)
        with pytest.raises(
            LineError, match=r"town T1 1: want the signalling pri, em_.*, got 'cas'"
        ):
            Town([Socket(T1Line(), 1, agreed=Agreed("cas"))], repertoire)

    telcard.run(main(), telcard.VirtualClock())
