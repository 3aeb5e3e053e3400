"""Q.421 circuits with the address in DTMF: polite exchanges, and others."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import telcard
from telcard.cards import EmulatedCard, load
from telcard.clock import current
from telcard.engine import Alarm, Engine, Reason
from telcard.signalling import Cause
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
        pool = trunk.card.pools["voice"]
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


def both(circuit: Circuit, alarm: Alarm) -> None:
    """Break the line both ways, or mend it: neither end hears the other."""
    circuit.span.set_signal(received=alarm, sent=alarm)


def test_a_short_interruption_harms_no_call() -> None:
    async def scene(trunk: CasTrunk, circuits: list[Circuit], offered: Calls) -> None:
        await circuits[0].dial()
        await asyncio.sleep(0.5)
        (call,) = offered
        call.answer()
        await circuits[0].until("Answered")
        trunk.span.set_signal(received=Alarm.AIS)
        await asyncio.sleep(2.4)
        trunk.span.set_signal()
        await asyncio.sleep(20)
        assert not call.cleared.done()
        assert circuits[0].heard[-1] == "Answered"
        circuits[0].clear()
        assert await call.cleared == Cause.NORMAL_CLEARING
        await call.clear()

    play(scene)


def test_who_hangs_up_during_an_interruption_is_heard_after_it() -> None:
    async def scene(trunk: CasTrunk, circuits: list[Circuit], offered: Calls) -> None:
        await circuits[0].dial()
        await asyncio.sleep(0.5)
        offered[0].answer()
        await circuits[0].until("Answered")
        trunk.span.set_signal(received=Alarm.LOS)
        await asyncio.sleep(0.5)
        circuits[0].clear()
        await asyncio.sleep(1)
        assert not offered[0].cleared.done()
        trunk.span.set_signal()
        assert await offered[0].cleared == Cause.NORMAL_CLEARING
        await offered[0].clear()

    play(scene)


@pytest.mark.parametrize("alarm", [Alarm.LOS, Alarm.AIS, Alarm.LFA, Alarm.RAI])
def test_an_alarm_that_lasts_clears_its_calls_until_it_is_over(alarm: Alarm) -> None:
    """RAI: the far end does not hear us, whatever we hear of it."""

    async def scene(trunk: CasTrunk, circuits: list[Circuit], offered: Calls) -> None:
        await circuits[0].dial()
        await asyncio.sleep(0.5)
        (call,) = offered
        call.answer()
        await circuits[0].until("Answered")
        said: list[tuple[str, object]] = []
        trunk.report = lambda name, **facts: said.append((name, facts["line"]))
        began = asyncio.get_running_loop().time()
        if alarm is Alarm.RAI:
            trunk.span.set_signal(sent=Alarm.LOS)
        else:
            trunk.span.set_signal(received=alarm)
        assert await call.cleared == Cause.NETWORK_OUT_OF_ORDER
        assert asyncio.get_running_loop().time() - began == pytest.approx(2.5, abs=0.05)
        await call.clear()
        assert {circuit.state for circuit in trunk.query()} == {"out of service"}
        assert not trunk.card.bearers
        circuits[0].clear()
        await asyncio.sleep(5)
        trunk.span.set_signal()
        await asyncio.sleep(9)
        assert {circuit.state for circuit in trunk.query()} == {"out of service"}
        await asyncio.sleep(1.2)
        assert {circuit.state for circuit in trunk.query()[:2]} == {"idle/released"}
        await circuits[0].dial()
        await asyncio.sleep(0.5)
        assert len(offered) == 2
        assert said == [
            (name, "dtiB1") for name in ("line_alarm", "line_failed", "line_alarm", "line_restored")
        ]

    play(scene)


def test_an_alarm_that_comes_back_too_soon_keeps_the_line_out_of_service() -> None:
    async def scene(trunk: CasTrunk, circuits: list[Circuit], offered: Calls) -> None:
        await asyncio.sleep(0.1)
        for _ in range(3):
            both(circuits[0], Alarm.LOS)
            await asyncio.sleep(4)
            both(circuits[0], Alarm.NONE)
            await asyncio.sleep(6)
            assert {circuit.state for circuit in trunk.query()} == {"out of service"}
        await asyncio.sleep(4.2)
        assert {circuit.state for circuit in trunk.query()[:2]} == {"idle/released"}

    play(scene)


def test_a_board_that_crashes_while_its_line_has_failed_waits_for_both() -> None:
    async def scene(trunk: CasTrunk, circuits: list[Circuit], offered: Calls) -> None:
        await asyncio.sleep(0.1)
        trunk.span.set_signal(received=Alarm.LOS)
        await asyncio.sleep(3)
        trunk.card.board.crash("the DSP does not answer")
        await trunk.card.bring_up()
        assert {circuit.state for circuit in trunk.query()} == {"out of service"}
        trunk.span.set_signal()
        await asyncio.sleep(10.1)
        assert {circuit.state for circuit in trunk.query()[:2]} == {"idle/released"}

    play(scene)


def test_a_stuck_channel_is_given_up_and_serves_the_next_call() -> None:
    async def scene(trunk: CasTrunk, circuits: list[Circuit], offered: Calls) -> None:
        said: list[str] = []

        def report(name: str, **facts: object) -> None:
            if "channel" in facts:
                said.append(f"{name} {facts['channel']}")

        trunk.report = report
        await circuits[0].dial()
        await asyncio.sleep(0.5)
        (call,) = offered
        call.answer()
        call.channel.lane.stick()
        playing = asyncio.create_task(call.channel.play([bytes(80_000)]))
        began = asyncio.get_running_loop().time()
        assert await call.cleared == Cause.TEMPORARY_FAILURE
        assert asyncio.get_running_loop().time() - began == pytest.approx(2.0, abs=0.05)
        assert Reason.HANG_UP in (await playing).reasons
        await call.clear()
        await circuits[0].until("ClearedBack")
        circuits[0].clear()
        await circuits[0].until("Released")
        assert said == ["channel_stuck dxxxB1C1"]
        await circuits[0].dial()
        await asyncio.sleep(0.5)
        assert offered[1].channel.name == "dxxxB1C1"
        assert offered[1].called == "95588"

    play(scene)


def test_a_channel_that_sticks_before_the_address_is_given_up_as_well() -> None:
    async def scene(trunk: CasTrunk, circuits: list[Circuit], offered: Calls) -> None:
        await circuits[0].seize()
        await asyncio.sleep(0.05)
        trunk.card.bearers[0].lane.stick()
        await asyncio.sleep(2.1)
        assert not trunk.card.bearers
        circuits[0].clear()
        await circuits[0].until("Released")
        assert offered == []

    play(scene)


@pytest.mark.fuzz
@costly(1000)  # a second of tones each
@given(st.lists(st.text("0123456789*#ABCD", max_size=40), min_size=1, max_size=3))
@example(["**0#", "*1*2#"])
def test_whatever_is_keyed_as_an_address_the_circuit_serves_the_next_call(keyed: list[str]) -> None:
    async def scene(trunk: CasTrunk, circuits: list[Circuit], offered: Calls) -> None:
        taken = 0
        for address in keyed:
            await circuits[0].seize()
            await circuits[0].key(address, on_ms=50, off_ms=50)
            await asyncio.sleep(6)
            circuits[0].clear()
            for call in offered[taken:]:  # it was an address after all
                assert re.fullmatch(r"\d*", call.caller)
                assert re.fullmatch(r"\d+", call.called)
                await call.cleared
                await call.clear(16)
            taken = len(offered)
            await circuits[0].until("Released")
        await circuits[0].dial("13800138000", "95588")
        await asyncio.sleep(0.5)
        assert (offered[taken].caller, offered[taken].called) == ("13800138000", "95588")

    play(scene)
