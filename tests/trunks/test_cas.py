"""Q.421 circuits with the address in DTMF: polite exchanges, and others."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

import telcard
from telcard.cards import EmulatedCard, load
from telcard.clock import current
from telcard.engine import Engine
from telcard.trunks import CasTrunk, TrunkCall
from tests.support.exchange import Circuit, far_exchange
from tests.support.fuzz import costly

Calls = list[TrunkCall]
Scene = Callable[[CasTrunk, list[Circuit], Calls], Awaitable[None]]


def play(scene: Scene) -> None:
    """Run a scene on a trunk without anybody above, and look that nothing stays taken."""

    async def main() -> None:
        spec = load("d300sc_e1")
        engine = Engine(spec.lanes, clock=current(), name="card")
        card = EmulatedCard(spec, engine)
        await card.bring_up()
        offered: Calls = []
        trunk = CasTrunk(card, card.spans[0])
        trunk.start(offered.append)
        async with far_exchange(card.far_ends[0], 1, 2) as circuits:
            async with asyncio.timeout(600):
                await scene(trunk, circuits, offered)
        await trunk.stop()
        assert not card.pools["voice"].taken
        await card.bring_down()
        engine.close()

    telcard.run(main(), telcard.VirtualClock())


def test_the_address_comes_with_the_offer() -> None:
    async def scene(trunk: CasTrunk, circuits: list[Circuit], offered: Calls) -> None:
        await circuits[0].dial("13800138000", "95588")
        await asyncio.sleep(0.5)
        (call,) = offered
        assert (call.caller, call.called) == ("13800138000", "95588")
        assert call.circuit == "dtiB1T1"

    play(scene)


def test_a_withheld_number_is_empty() -> None:
    async def scene(trunk: CasTrunk, circuits: list[Circuit], offered: Calls) -> None:
        await circuits[0].dial("", "95588")
        await asyncio.sleep(0.5)
        assert offered[0].caller == ""

    play(scene)


@pytest.mark.parametrize("address", ["95588#", "*1*2*3#", "*123#", "**#", "*12A*3#"])
def test_an_address_without_sense_is_no_call(address: str, caplog) -> None:
    async def scene(trunk: CasTrunk, circuits: list[Circuit], offered: Calls) -> None:
        await circuits[0].seize()
        await circuits[0].key(address)
        await asyncio.sleep(1)
        assert offered == []
        assert trunk.query()[0].call  # the caller hears congestion until he goes
        circuits[0].clear()
        await circuits[0].until("Released")
        assert not trunk.query()[0].call
        await circuits[0].dial()
        await asyncio.sleep(0.5)
        assert len(offered) == 1

    with caplog.at_level(logging.WARNING):
        play(scene)
    assert "want an address like *CALLER*CALLED#" in caplog.text


def test_one_who_seizes_and_says_nothing_does_not_hold_a_register_for_ever(caplog) -> None:
    async def scene(trunk: CasTrunk, circuits: list[Circuit], offered: Calls) -> None:
        await circuits[0].seize()
        await asyncio.sleep(30)
        assert offered == []
        circuits[0].clear()
        await circuits[0].until("Released")

    play(scene)


@pytest.mark.parametrize("after", ["", "*", "*0215432", "*0215432*955"])
def test_a_caller_may_go_in_the_middle_of_the_address(after: str, caplog) -> None:
    async def scene(trunk: CasTrunk, circuits: list[Circuit], offered: Calls) -> None:
        await circuits[0].seize()
        await circuits[0].key(after)
        circuits[0].clear()
        await circuits[0].until("Released")
        await asyncio.sleep(0.2)
        assert offered == []
        assert trunk.query()[0].state == "idle/released"

    play(scene)
    assert caplog.text == ""


def test_the_circuit_waits_until_the_call_above_has_let_go() -> None:
    async def scene(trunk: CasTrunk, circuits: list[Circuit], offered: Calls) -> None:
        await circuits[0].dial()
        await asyncio.sleep(0.5)
        circuits[0].clear()
        await asyncio.sleep(5)
        assert offered[0].cleared.result() == 16
        assert "Released" not in circuits[0].heard
        await offered[0].clear()
        await circuits[0].until("Released")

    play(scene)


def test_an_answer_that_is_taken_back_at_once_reaches_the_far_end() -> None:
    async def scene(trunk: CasTrunk, circuits: list[Circuit], offered: Calls) -> None:
        await circuits[0].dial()
        await asyncio.sleep(0.5)
        offered[0].answer()
        await offered[0].clear()
        await circuits[0].until("ClearedBack")
        assert circuits[0].heard[-2:] == ["Answered", "ClearedBack"]

    play(scene)


def test_two_circuits_are_two_calls() -> None:
    async def scene(trunk: CasTrunk, circuits: list[Circuit], offered: Calls) -> None:
        await asyncio.gather(circuits[0].dial("1", "10"), circuits[1].dial("2", "20"))
        await asyncio.sleep(0.5)
        assert sorted(call.called for call in offered) == ["10", "20"]
        for call in offered:
            call.answer()
        for circuit in circuits:
            await circuit.until("Answered")

    play(scene)


def test_a_blocked_trunk_takes_no_call_and_an_unblocked_one_does() -> None:
    async def scene(trunk: CasTrunk, circuits: list[Circuit], offered: Calls) -> None:
        trunk.block()
        await circuits[0].until("Blocked")
        assert not circuits[0].machine.query().free
        trunk.unblock()
        await circuits[0].until("Unblocked")
        await circuits[0].dial()
        await asyncio.sleep(0.5)
        assert len(offered) == 1

    play(scene)


def test_where_no_voice_is_left_no_call_is_offered(caplog) -> None:
    async def scene(trunk: CasTrunk, circuits: list[Circuit], offered: Calls) -> None:
        pool = trunk._card.pools["voice"]
        entries = [pool.take("somebody else") for _ in range(30)]
        await circuits[0].dial()
        await asyncio.sleep(1)
        assert offered == []
        circuits[0].clear()
        await circuits[0].until("Released")
        for entry in entries:
            entry.give()
        await circuits[0].dial()
        await asyncio.sleep(0.5)
        assert len(offered) == 1

    with caplog.at_level(logging.WARNING):
        play(scene)
    assert "no call taken: pool voice: all 30 are taken, by somebody else (30)" in caplog.text


@pytest.mark.fuzz
@costly(1000)  # a second of tones each
@given(st.lists(st.text("0123456789*#ABCD", max_size=40), min_size=1, max_size=3))
def test_whatever_is_keyed_as_an_address_the_circuit_serves_the_next_call(keyed: list[str]) -> None:
    async def scene(trunk: CasTrunk, circuits: list[Circuit], offered: Calls) -> None:
        for address in keyed:
            await circuits[0].seize()
            await circuits[0].key(address, on_ms=50, off_ms=50)
            await asyncio.sleep(6)
            circuits[0].clear()
            await circuits[0].until("Released")
        for call in offered:
            assert re.fullmatch(r"\d*", call.caller)
            assert re.fullmatch(r"\d+", call.called)
            await call.clear(16)
        before = len(offered)
        await circuits[0].dial("13800138000", "95588")
        await asyncio.sleep(0.5)
        assert (offered[before].caller, offered[before].called) == ("13800138000", "95588")

    play(scene)
