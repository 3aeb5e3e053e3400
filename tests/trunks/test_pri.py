"""Calls over a primary rate interface, both ways, between a card and a town."""

import asyncio
import gc
import itertools
import logging
import os
import resource
from pathlib import Path

import pytest

import telcard
from telcard.cards import BoardState
from telcard.dsp import g711
from telcard.engine import Alarm
from telcard.errors import HungUp, LineError, UnknownCard
from telcard.exchange import Town
from telcard.signalling import CallFacts, Cause, Hunt
from telcard.signalling.isdn import NI2, QSIG
from telcard.trunks import SpanPlan
from tests.support.pri_stage import Stage, clips, greet, play, repertoire


@pytest.mark.parametrize("fidelity", ["sound", "events"])
def test_a_call_from_the_town_is_answered_and_heard(fidelity: str) -> None:
    async def scene(stage: Stage) -> None:
        async with stage.serving(greet), stage.town.subscriber("02154321") as caller:
            await caller.dial("95588")
            heard = await caller.hear("welcome")
            assert heard.share > 0.99  # from its first syllable
            await caller.press("1", off_ms=0)
            assert await caller.hung_up_by_far_end() == 16

    (summary,) = play(scene, fidelity=fidelity)
    assert (summary.signalling, summary.circuit) == ("pri", "dtiB1T1")
    assert (summary.caller, summary.called, summary.cause) == ("02154321", "95588", 16)
    assert summary.facts.complete
    assert summary.answered is not None


@pytest.mark.parametrize("fidelity", ["sound", "events"])
def test_a_call_to_the_town_rings_is_answered_and_heard(fidelity: str) -> None:
    async def scene(stage: Stage) -> None:
        async with stage.town.subscriber("02154321") as phone, asyncio.TaskGroup() as people:

            async def somebody() -> None:
                await phone.rings()
                assert phone.facts.caller == "95588"
                await asyncio.sleep(2)
                phone.lift()
                assert (await phone.hear("welcome")).share > 0.99
                await phone.press("7")
                await phone.hang_up()

            people.create_task(somebody())
            async with await stage.card.dial("02154321", caller="95588") as call:
                assert call.circuit == "dtiB1T30"  # hunted from the other end than the town's
                assert stage.trunk.query()[29].direction == "out"
                await call.say("welcome")
                assert (await call.collect(max_digits=1)).digits == "7"
                with pytest.raises(HungUp):
                    await call.collect(max_digits=1)

    (summary,) = play(scene, fidelity=fidelity)
    assert (summary.outgoing, summary.disposition.value, summary.ended_by.value) == (
        True, "ANSWERED", "called",
    )  # fmt: skip


def test_whom_nobody_knows_who_is_busy_and_who_does_not_answer() -> None:
    async def scene(stage: Stage) -> None:
        card = stage.card
        with pytest.raises(LineError) as unknown:
            await card.dial("02159999")
        assert unknown.value.cause == Cause.UNALLOCATED_NUMBER
        async with stage.town.subscriber("02154321") as phone:
            with pytest.raises(LineError) as quiet:
                await card.dial("02154321", answer_s=5)
            assert (quiet.value.cause, phone.rung) == (Cause.NO_ANSWER, 1)
            await asyncio.sleep(0.5)
            assert not phone.ringing
            waiting = await card.dial("02154321", wait=False)
            with pytest.raises(LineError) as busy:
                await card.dial("02154321")
            assert busy.value.cause == Cause.USER_BUSY
            await waiting.hang_up()

    ended = play(scene)
    assert [summary.cause for summary in ended] == [1, 19, 17, 16]
    assert [summary.reason for summary in ended] == ["refused", "nobody answered", "refused", ""]


def test_a_failed_call_is_kept_with_its_messages(caplog: pytest.LogCaptureFixture) -> None:
    async def scene(stage: Stage) -> None:
        with caplog.at_level(logging.CRITICAL), pytest.raises(LineError):
            await stage.card.dial("02159999")
        await asyncio.sleep(1)
        (failure,) = stage.trunk.failures
        assert (failure.circuit, failure.cause, failure.facts.called) == ("dtiB1T30", 1, "02159999")
        assert failure.transcript[0].startswith("> SETUP")
        assert "RELEASE COMPLETE" in failure.transcript[-1]
        assert stage.trunk.stats().failed == 1

    play(scene)


def test_facts_of_a_call_arrive() -> None:
    told: list[CallFacts] = []

    async def flow(call: telcard.Call) -> None:
        told.append(call.facts)
        assert call.caller == ""  # he withholds it
        await call.reject(Cause.USER_BUSY)

    async def scene(stage: Stage) -> None:
        async with stage.serving(flow), stage.town.subscriber("02154321") as caller:
            facts = CallFacts(
                caller_presented=False, redirecting="0217", redirecting_reason="busy", display="A"
            )
            with pytest.raises(LineError) as refused:
                await caller.dial("95588", facts=facts)
            assert refused.value.cause == Cause.USER_BUSY

    (summary,) = play(scene)
    assert (told[0].redirecting, told[0].redirecting_reason) == ("0217", "busy")
    assert (told[0].display, told[0].caller_presented) == ("A", False)
    assert (summary.cause, summary.answered) == (17, None)


@pytest.mark.parametrize("fidelity", ["sound", "events"])
def test_ringing_and_early_media_are_heard_before_the_answer(fidelity: str) -> None:
    async def flow(call: telcard.Call) -> None:
        await call.ring()
        await asyncio.sleep(1)
        await call.progress()
        await call.say("welcome")
        await asyncio.sleep(1)
        await call.answer()
        await call.collect(max_digits=1)

    async def scene(stage: Stage) -> None:
        async with stage.serving(flow), stage.town.subscriber("02154321") as caller:
            dialling = asyncio.create_task(caller.dial("95588"))
            await asyncio.sleep(0.5)
            assert caller.alerted
            assert (await caller.hear("welcome")).share > 0.99
            assert caller.answered_at is None
            await dialling
            assert caller.answered_at is not None

    play(scene, fidelity=fidelity)


def test_two_ends_that_take_one_circuit_at_one_moment_both_get_a_call() -> None:
    async def scene(stage: Stage) -> None:
        async with (
            stage.serving(greet),
            stage.town.subscriber("02154321") as caller,
            stage.town.subscriber("02154322") as phone,
            asyncio.TaskGroup() as people,
        ):
            people.create_task(stage.answering(phone))
            dialling = people.create_task(caller.dial("95588"))
            async with await stage.card.dial("02154322") as call:
                await dialling
                assert caller.on_line
                assert call.circuit == "dtiB1T2"
                assert stage.card.metrics.value("glare") == 1
            await caller.hang_up()

    play(scene, plan=SpanPlan("pri", hunt=Hunt.LOWEST))


def test_a_blocked_circuit_is_passed_over_and_a_blocked_trunk_refuses() -> None:
    async def scene(stage: Stage) -> None:
        async with stage.serving(greet), stage.town.subscriber("02154321") as caller:
            stage.trunk.block("dtiB1T1")
            assert stage.trunk.query()[0].blocked == "here"
            await caller.dial("95588")
            assert stage.card.calls[0].circuit == "dtiB1T2"
            await caller.hang_up()
            with pytest.raises(LineError) as taken:
                await stage.card.dial("02154321", circuit="dtiB1T1")
            assert taken.value.cause == Cause.CHANNEL_NOT_AVAILABLE
            stage.trunk.block()
            with pytest.raises(LineError) as refused:
                await caller.dial("95588")
            assert refused.value.cause == Cause.CHANNEL_NOT_AVAILABLE
            with pytest.raises(LineError) as none_free:
                await stage.card.dial("02154321")
            assert none_free.value.cause == Cause.NO_CIRCUIT
            stage.trunk.unblock()
            await caller.dial("95588")
            assert stage.card.calls[0].circuit == "dtiB1T1"
            with pytest.raises(UnknownCard, match="no circuit is called 'dtiB9T1'"):
                stage.trunk.block("dtiB9T1")

    play(scene)


@pytest.mark.parametrize("circuit", ["dtiB1T1", None])
def test_a_restart_loses_the_calls_of_its_circuits_at_both_ends(circuit: str | None) -> None:
    async def scene(stage: Stage) -> None:
        async with stage.serving(greet), stage.town.subscriber("02154321") as caller:
            await caller.dial("95588")
            stage.trunk.restart(circuit)
            await caller.hung_up_by_far_end(1)
            await caller.hang_up()
            await asyncio.sleep(1)
            await caller.dial("95588")

    ended = play(scene)
    assert [summary.cause for summary in ended] == [41, 16]


def test_calls_of_a_line_that_fails_are_lost_and_the_line_comes_back() -> None:
    async def scene(stage: Stage) -> None:
        line = stage.card.board.lines[0]
        async with stage.serving(greet), stage.town.subscriber("02154321") as caller:
            await caller.dial("95588")
            line.set_signal(received=Alarm.LOS, sent=Alarm.LOS)
            await asyncio.sleep(1)
            assert caller.on_line  # a short interruption is waited out
            assert await caller.hung_up_by_far_end(5) == Cause.NETWORK_OUT_OF_ORDER
            await caller.hang_up()
            with pytest.raises(LineError) as down:
                await stage.card.dial("02154321")
            assert down.value.cause == Cause.NETWORK_OUT_OF_ORDER
            assert {circuit.state for circuit in stage.card.circuits()} == {"out of service"}
            line.set_signal()
            await asyncio.sleep(15)
            await caller.dial("95588")

    ended = play(scene)
    assert [summary.cause for summary in ended] == [38, 16]
    assert ended[0].ended_by.value == "failure"


def test_a_board_that_is_restarted_takes_calls_again() -> None:
    async def scene(stage: Stage) -> None:
        async with stage.serving(greet), stage.town.subscriber("02154321") as caller:
            await caller.dial("95588")
            await stage.card.board.bring_down()
            await stage.card.board.bring_up()
            assert stage.card.board.status.state is BoardState.READY
            await caller.hang_up()
            await asyncio.sleep(30)
            await caller.dial("95588")

    ended = play(scene)
    assert [summary.cause for summary in ended] == [38, 16]


def test_a_flow_that_breaks_clears_its_call_with_cause_41() -> None:
    async def flow(call: telcard.Call) -> None:
        await call.answer()
        raise RuntimeError("the flow is broken")

    async def scene(stage: Stage) -> None:
        async with stage.serving(flow), stage.town.subscriber("02154321") as caller:
            await caller.dial("95588")
            assert await caller.hung_up_by_far_end() == Cause.TEMPORARY_FAILURE

    (summary,) = play(scene)
    assert (summary.cause, summary.disposition.value) == (41, "FAILED")


def test_draining_lets_present_calls_go_on_and_takes_no_new_ones() -> None:
    async def scene(stage: Stage) -> None:
        async with stage.serving(greet), stage.town.subscriber("02154321") as caller:
            await caller.dial("95588")
            draining = asyncio.create_task(stage.trunk.drain())
            await asyncio.sleep(2)
            async with stage.town.subscriber("02154322") as other:
                with pytest.raises(LineError):
                    await other.dial("95588")
            assert caller.on_line
            assert not draining.done()
            await caller.hang_up()
            await draining

    play(scene)


def test_all_circuits_carry_calls_both_ways_at_once() -> None:
    async def scene(stage: Stage) -> None:
        async with stage.serving(greet), asyncio.TaskGroup() as people:

            async def in_(number: int) -> None:
                async with stage.town.subscriber(f"0215{number:04}") as caller:
                    await caller.dial("95588")
                    await caller.hear("welcome")

            async def out(number: int) -> None:
                async with stage.town.subscriber(f"0216{number:04}") as phone:
                    answering = people.create_task(stage.answering(phone))
                    async with await stage.card.dial(phone.number) as call:
                        await call.say("welcome")
                    await answering

            for number in range(15):
                people.create_task(in_(number))
                people.create_task(out(number))
        stats = stage.trunk.stats()
        assert (stats.offered, stats.dialled, stats.answered, stats.failed) == (15, 15, 30, 0)

    assert len(play(scene)) == 30


def test_a_call_is_sent_on_by_the_exchange() -> None:
    async def flow(call: telcard.Call) -> None:
        await call.ring()
        await call.redirect("02157777")

    async def scene(stage: Stage) -> None:
        async with stage.serving(flow), stage.town.subscriber("02154321") as caller:
            with pytest.raises(LineError) as sent_on:
                await caller.dial("95588")
            assert sent_on.value.cause == Cause.REDIRECTION
            assert caller.diverted == "02157777"

    (summary,) = play(scene)
    assert summary.reason == "redirected to 02157777"


def test_digits_are_sent_as_tones_once_the_call_is_through() -> None:
    async def scene(stage: Stage) -> None:
        async with stage.town.subscriber("02154321") as phone, asyncio.TaskGroup() as people:
            people.create_task(stage.answering(phone))
            async with await stage.card.dial("02154321") as call:
                await call.send_digits("12,3")
                with pytest.raises(ValueError, match="digits: want 0-9"):
                    await call.send_digits("x")

    play(scene)


def resident_mb() -> float:
    """What the process has in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


@pytest.mark.slow
def test_nothing_is_left_of_many_calls(capsys: pytest.CaptureFixture[str]) -> None:
    """1,000 calls, half of them each way.

    TELCARD_CALLS=100000 makes more of them; that takes more than the five minutes that a test may,
    so it wants `-o faulthandler_timeout=0`.
    """
    calls = int(os.environ.get("TELCARD_CALLS", "1000"))
    marks = [200, calls // 10, calls // 2, calls] if calls > 2000 else [200, calls]

    async def scene(stage: Stage) -> None:
        left: list[int] = []

        async def in_(count: int) -> None:
            async with stage.town.subscriber("02154321") as caller:
                for _ in range(count):
                    await caller.dial("95588")
                    await caller.hang_up()
                    await asyncio.sleep(0.2)

        async def out(count: int) -> None:
            async with stage.town.subscriber("02154322") as phone:
                for _ in range(count):
                    answering = asyncio.create_task(stage.answering(phone, 0.0))
                    await (await stage.card.dial("02154322")).hang_up()
                    await answering
                    await asyncio.sleep(0.2)

        async with stage.serving(greet):
            for before, mark in itertools.pairwise([0, *marks]):
                for some in range(before, mark, 1000):  # who lives long remembers what he heard
                    count = min(1000, mark - some) // 2
                    async with asyncio.TaskGroup() as people:
                        people.create_task(in_(count))
                        people.create_task(out(count))
                await asyncio.sleep(60)
                stage.ended.clear()
                gc.collect()
                left.append(len(gc.get_objects()))
                with capsys.disabled():
                    told = f"{mark} calls: {left[-1]} objects, {resident_mb():.1f} MB"
                    print(f"\n{told}", end="")  # noqa: T201
        stats = stage.trunk.stats()
        assert (stats.offered + stats.dialled, stats.failed) == (calls, 0)
        assert left[-1] - left[0] < 300  # histories are bounded; some were not yet full

    play(scene)


# -- T1 --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fidelity", ["sound", "events"])
def test_a_t1_carries_calls_both_ways_on_23_circuits_as_national_isdn(fidelity: str) -> None:
    async def scene(stage: Stage) -> None:
        assert stage.trunk.variant is NI2
        names = [circuit.name for circuit in stage.trunk.query()]
        assert names == [f"dtiB1T{number}" for number in range(1, 24)]
        assert len(stage.town.circuits) == 23
        async with stage.town.subscriber("2125550100") as phone, asyncio.TaskGroup() as people:
            people.create_task(stage.answering(phone))
            async with await stage.card.dial("2125550100", caller="95588") as call:
                assert call.circuit == "dtiB1T23"
                await call.say("goodbye")
                await call.hang_up()
        async with stage.serving(greet), stage.town.subscriber("2125550100") as caller:
            await caller.dial("95588")
            assert (await caller.hear("welcome")).share > 0.99
            await caller.press("1", off_ms=0)
            assert await caller.hung_up_by_far_end() == 16

    outgoing, incoming = play(scene, fidelity=fidelity, model="d240sc_t1")
    assert (incoming.circuit, incoming.caller, incoming.cause) == ("dtiB1T1", "2125550100", 16)
    assert (outgoing.circuit, outgoing.called, outgoing.outgoing) == (
        "dtiB1T23",
        "2125550100",
        True,
    )


@pytest.mark.parametrize("model", ["d240sc_t1", "d300sc_e1"])
def test_both_ends_follow_the_exchange_that_was_planned(model: str) -> None:
    async def scene(stage: Stage) -> None:
        assert stage.trunk.variant is QSIG
        async with stage.serving(greet), stage.town.subscriber("02154321") as caller:
            await caller.dial("95588")
            await caller.hear("welcome")
            await caller.hang_up()

    (summary,) = play(scene, plan=SpanPlan("pri", "qsig"), model=model)
    assert summary.answered is not None


def test_all_circuits_of_a_t1_carry_calls_and_the_next_finds_none() -> None:
    async def scene(stage: Stage) -> None:
        async with asyncio.TaskGroup() as people:
            calls = []
            for number in range(23):
                phone = stage.town.subscriber(f"02150{number:02}")
                await phone.__aenter__()
                people.create_task(stage.answering(phone))
                calls.append(await stage.card.dial(phone.number))
            with pytest.raises(LineError, match="none of 23 circuits is free"):
                await stage.card.dial("0215000")
            for call in calls:
                await call.hang_up()

    assert len(play(scene, model="d240sc_t1")) == 23


def test_a_u_law_span_and_an_a_law_span_hear_each_other_aright() -> None:
    """Somebody on a T1 and somebody on an E1 are bridged; each knows what the other says."""

    async def main() -> None:
        models = ("emulator:d240sc_t1", "emulator:d300sc_e1")
        chassis = telcard.open_chassis(*models, signalling="pri", prompts=clips())
        async with (
            chassis,
            asyncio.timeout(300),
            Town([end for card in chassis.cards for end in card.far_ends], repertoire()) as town,
            town.subscriber("2125550100") as american,
            town.subscriber("02154321") as chinese,
            asyncio.TaskGroup() as people,
        ):
            assert [span.law for span in town.engine.spans] == ["u-law", "a-law"]
            await asyncio.sleep(1)

            async def connect(call: telcard.Call) -> None:
                await call.answer()
                async with await chassis.cards[1].dial("02154321") as other:
                    await call.bridge(other)

            async def answer() -> None:
                await chinese.rings()
                chinese.lift()
                assert (await chinese.hear("welcome")).score > 0.99
                await chinese.speak(g711.decode_alaw(clips()["goodbye"]))
                await chinese.hung_up_by_far_end()

            serving = asyncio.create_task(chassis.serve(connect))
            answering = people.create_task(answer())
            await american.dial("95588")
            await asyncio.sleep(2)
            await american.speak(g711.decode_alaw(clips()["welcome"]))
            heard = await american.hear("goodbye")
            assert (heard.share > 0.99, heard.score > 0.99) == (True, True)
            await american.hang_up()
            await answering
            await chassis.drain()
            await serving

    telcard.run(main(), telcard.VirtualClock())
