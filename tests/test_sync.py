"""The blocking face: the same verbs, one call at a time."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import numpy as np
import pytest

from telcard import sync
from telcard.calls import EndedBy
from telcard.clock import VirtualClock
from telcard.dsp.templates import ToneTemplate
from telcard.engine import Reason, ToneEvent, ToneSegment
from telcard.errors import CardError, HungUp, LineError, UnknownCard
from telcard.exchange import Telephone, Town
from telcard.fax import FaxResult
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

    with sync.open("emulator:d300sc_e1", clock=VirtualClock(), signalling="cas") as card:
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

    with sync.open("emulator:d300sc_e1", clock=VirtualClock(), signalling="cas") as card:
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

    with sync.open("emulator:d300sc_e1", clock=VirtualClock(), signalling="cas") as card:
        with_a_far_exchange(card, script)
        calls = card.incoming()
        call = next(calls)
        call.answer()
        with pytest.raises(HungUp):
            call.say("enter_account")


def with_telephones(card: sync.Card, script) -> asyncio.Task[None]:
    """Let a script run with three telephones that are plugged into the card."""
    names = ["msiB1C1", "msiB1C2", "msiB1C3"]

    async def begin() -> asyncio.Task[None]:
        async def run() -> None:
            async with AsyncExitStack() as stack:
                town = await stack.enter_async_context(Town(card.card.far_ends, card.card.prompts))
                await asyncio.sleep(0.1)
                await script(
                    *[await stack.enter_async_context(town.telephone(name)) for name in names]
                )

        task = asyncio.create_task(run())
        await asyncio.sleep(0.5)
        return task

    return card.run(begin())


async def lift_when_it_rings(*phones: Telephone) -> None:
    for phone in phones:
        await phone.rings()
        await asyncio.sleep(1)
        phone.lift()


def test_telephones_are_rung_bridged_and_monitored() -> None:
    async def script(agent: Telephone, caller: Telephone, supervisor: Telephone) -> None:
        await lift_when_it_rings(caller, agent, supervisor)
        await asyncio.sleep(5)
        caller.put_down()
        await asyncio.sleep(3)

    with sync.open("emulator:msi_240sc", clock=VirtualClock()) as card:
        phones = with_telephones(card, script)
        with (
            card.ring("msiB1C2", caller="0215432", data={"why": "test"}) as caller,
            card.ring("msiB1C1", on_behalf_of=caller) as agent,
            card.ring("msiB1C3") as supervisor,
        ):
            assert agent.caller == "0215432"
            assert agent.call.on_behalf_of == caller.call.id
            assert caller.call.data == {"why": "test"}

            async def bridged_and_watched() -> None:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(agent.call.bridge(caller.call))
                    tasks.create_task(supervisor.call.monitor(caller.call))

            card.run(bridged_and_watched())
            assert caller.hung_up
            assert not agent.hung_up
            agent.bridge(caller)  # nobody is there any more
            supervisor.monitor(caller)
        assert caller.summary is not None
        assert caller.summary.ended_by is EndedBy.CALLED
        card.run(asyncio.wait_for(phones, 60))


def test_nobody_answers() -> None:
    async def script(*phones: Telephone) -> None:
        await asyncio.sleep(20)

    with sync.open("emulator:msi_240sc", clock=VirtualClock()) as card:
        phones = with_telephones(card, script)
        with pytest.raises(LineError, match="nobody answered in 8 s"):
            card.ring("msiB1C1", answer_s=8)
        card.run(asyncio.wait_for(phones, 60))


def test_what_is_said_is_paused_moved_and_heard_by_what_the_far_end_sends() -> None:
    async def script(circuit: Circuit) -> None:
        await circuit.dial()
        await circuit.until("Answered")
        assert circuit.lane is not None
        await asyncio.sleep(0.5)
        tones = [ToneSegment(0.3, 1000), ToneSegment(2), ToneSegment(0.3, 1000)]
        circuit.lane.tones(tones)
        await circuit.until("ClearedBack")
        circuit.clear()
        await circuit.until("Released")

    with sync.open("emulator:d300sc_e1", clock=VirtualClock(), signalling="cas") as card:
        far = with_a_far_exchange(card, script)
        with next(card.incoming()) as call:
            call.answer()
            acts = iter([call.pause, call.resume])
            beep = ToneTemplate.standing("beep", (1000,), edge="trailing")

            def heard(event: ToneEvent) -> None:
                if event.phase == "begins":
                    next(acts)()

            call.detect("tones", heard, templates=[beep])
            call.volume(-6)
            call.speed(1.2)
            call.set_gains(receive_db=-3)
            sound = 8000 * 4
            outcome = call.play(bytes([0x55]) * sound)
            assert outcome.reasons == Reason.END_OF_DATA
            assert outcome.end - outcome.start == pytest.approx(sound / 1.2 + 2.3 * 8000, abs=400)
            call.ignore("tones")
            call.note("over")
            assert call.call.step == "over"
            busy = call.tones(ToneSegment(0.2, 425), repeats=0, max_s=0.5)
            assert busy.reasons == Reason.MAX_TIME
            with pytest.raises(CardError, match="nothing plays"):
                call.seek(0)
            with pytest.raises(CardError, match="nothing plays"):
                call.resume()
        card.run(asyncio.wait_for(far, 60))


def test_faxes_come_and_go() -> None:
    page = np.zeros((20, 1728), bool)

    async def machine(card: sync.Card) -> tuple[FaxResult, FaxResult]:
        async with Town(card.card.far_ends) as town, town.fax("0215432") as machine:
            sent = await machine.send("95588", [page])
            await machine.dial("95588")
            return sent, await machine.receive()

    async def begin(card: sync.Card) -> asyncio.Task[tuple[FaxResult, FaxResult]]:
        return asyncio.create_task(machine(card))

    with sync.open("emulator:dahdi_4e1", clock=VirtualClock()) as card:
        far = card.run(begin(card))
        calls = card.incoming()
        call = next(calls)
        call.answer()
        assert np.array_equal(call.fax_receive(ident="95588").pages[0], page)
        call = next(calls)
        call.answer()
        assert call.fax_send([page]).good
        assert all(result.good for result in card.run(asyncio.wait_for(far, 60)))


def test_a_flash_is_awaited() -> None:
    async def script(agent: Telephone, *_: Telephone) -> None:
        await lift_when_it_rings(agent)
        await asyncio.sleep(2)
        await agent.flash()
        await asyncio.sleep(1)

    with sync.open("emulator:msi_240sc", clock=VirtualClock()) as card:
        phones = with_telephones(card, script)
        with card.ring("msiB1C1") as agent:
            agent.flashed()
        card.run(asyncio.wait_for(phones, 60))


def test_draining_ends_the_calls() -> None:
    with sync.open("emulator:d300sc_e1", clock=VirtualClock(), signalling="cas") as card:
        card.run(card.card.drain())
        assert list(card.incoming()) == []


def test_an_unknown_card_is_told_at_once() -> None:
    with pytest.raises(UnknownCard):
        sync.open("emulator:nothing")
