"""The blocking face: the same verbs, one call at a time."""

import asyncio
from pathlib import Path

import pytest

from telcard import sync
from telcard.clock import VirtualClock
from telcard.errors import HungUp, UnknownCard
from tests.support.exchange import Circuit, far_exchange


def with_a_far_exchange(card: sync.Card, script) -> asyncio.Task[None]:
    """Let a script run on the far end whenever a verb lets the loop run."""

    async def begin() -> asyncio.Task[None]:
        async def run() -> None:
            async with far_exchange(card.card.far_ends[0], 1) as (circuit,):
                await script(circuit)

        return asyncio.create_task(run())

    return card.run(begin())


def test_a_call_is_answered_greeted_and_asked(tmp_path: Path) -> None:
    async def script(circuit: Circuit) -> None:
        await circuit.dial("0215432", "95588")
        await circuit.until("Answered")
        await asyncio.sleep(5)
        await circuit.key("42#")
        await circuit.until("ClearedBack")
        circuit.clear()
        await circuit.until("Released")

    with sync.open("emulator:d300sc_e1", clock=VirtualClock()) as card:
        far = with_a_far_exchange(card, script)
        for call in card.incoming():
            assert (call.caller, call.called) == ("0215432", "95588")
            call.answer()
            call.record(tmp_path / "call.wav")
            call.say("welcome")
            assert call.collect("enter_account").digits == "42"
            call.hang_up()
            break
        card.run(asyncio.wait_for(far, 60))
    assert (tmp_path / "call.wav").stat().st_size > 10_000


def test_a_call_that_is_left_open_is_hung_up() -> None:
    async def script(circuit: Circuit) -> None:
        for _ in range(2):
            await circuit.dial()
            await circuit.until("ClearedBack")
            circuit.clear()
            await circuit.until("Released")

    with sync.open("emulator:d300sc_e1", clock=VirtualClock()) as card:
        far = with_a_far_exchange(card, script)
        calls = card.incoming()
        for _ in range(2):
            call = next(calls)
            call.answer()
        call.hang_up()
        card.run(asyncio.wait_for(far, 60))


def test_a_hang_up_is_the_same_exception() -> None:
    async def script(circuit: Circuit) -> None:
        await circuit.dial()
        await circuit.until("Answered")
        circuit.clear()
        await circuit.until("Released")

    with sync.open("emulator:d300sc_e1", clock=VirtualClock()) as card:
        with_a_far_exchange(card, script)
        calls = card.incoming()
        call = next(calls)
        call.answer()
        with pytest.raises(HungUp):
            call.say("enter_account")


def test_draining_ends_the_calls() -> None:
    with sync.open("emulator:d300sc_e1", clock=VirtualClock()) as card:
        card.run(card.card.drain())
        assert list(card.incoming()) == []


def test_an_unknown_card_is_told_at_once() -> None:
    with pytest.raises(UnknownCard):
        sync.open("emulator:nothing")
