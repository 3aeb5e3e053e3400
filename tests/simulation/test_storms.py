"""Every kind of fault at random, on two boards full of calls: nothing leaks, no call is lost."""

import asyncio
import logging
from collections import Counter
from random import Random

import pytest

import telcard
from telcard.calls import Call, CallSummary
from telcard.cards import KINDS, BoardState, FaultScript, inject
from telcard.cards.faults import FRAMED
from telcard.clock import VirtualClock
from telcard.errors import HungUp, LineError
from telcard.events import EventLog
from telcard.exchange import Subscriber, Town
from telcard.speech import ClipLibrary

E1 = "emulator:d300sc_e1"


async def flow(call: Call) -> None:
    await call.answer()
    while True:
        await call.say("welcome")
        got = await call.collect(max_digits=2, first_digit_s=2)
        secret = await call.collect("enter_pin", max_digits=4, secret=True, first_digit_s=2)
        assert secret.secret is not None
        secret.secret.wipe()
        if got.digits == "99":
            return


async def live(caller: Subscriber, chance: Random, until_s: float) -> None:
    """Call, listen and key for a while, hang up; again and again, whatever the line does."""
    loop = asyncio.get_running_loop()
    while loop.time() < until_s:
        try:
            await caller.dial("95588", answer_s=10)
            await caller.stay_silent(chance.uniform(0.5, 4))
            await caller.press("12")
            await caller.stay_silent(chance.uniform(0.5, 10))
        except (HungUp, LineError):
            pass
        await caller.hang_up()
        await asyncio.sleep(chance.uniform(0.5, 5))


def storm(
    seed: int, lasts_s: float, every_s: float, callers: int
) -> tuple[EventLog, list[CallSummary]]:
    """A storm of faults, and the calm after it, in which all is as it was."""
    events, ended = EventLog(), list[CallSummary]()

    async def note(summary: CallSummary) -> None:
        ended.append(summary)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        clips = ClipLibrary()
        async with telcard.open_chassis(
            E1, E1, events=events, ended=note, prompts=clips
        ) as chassis:
            far_ends = [end for card in chassis.cards for end in card.far_ends]
            async with (
                Town(far_ends, {"goodbye": clips["goodbye"]}, seed=seed) as town,
                asyncio.TaskGroup() as tasks,
            ):
                serving = asyncio.create_task(chassis.serve(flow))
                until_s = loop.time() + lasts_s
                script = FaultScript.from_seed(seed, lasts_s, chassis.boards, every_s)
                tasks.create_task(inject(chassis, script))
                for number in range(callers):
                    caller = town.subscriber(f"0{number}")
                    tasks.create_task(live(caller, Random(seed * 100 + number), until_s))
                await asyncio.sleep(lasts_s + 100)
                async with asyncio.timeout(900):  # some downloads are to hang, a minute apart
                    while {circuit.state for circuit in chassis.circuits()} != {"idle"}:
                        await asyncio.sleep(1)
                await asyncio.sleep(15)
                assert {board.status.state for board in chassis.boards} == {BoardState.READY}
                assert all(circuit.free for circuit in town.circuits)
                assert chassis.calls == []
                assert chassis.engine.open_lanes == ()
                assert town.engine.open_lanes == ()
                for board in chassis.boards:
                    assert [pool.taken for pool in board.pools.values() if pool.taken] == []
                    assert board.hardware.there
                    assert [line.alarms().name for line in board.lines] == ["NONE"]
                await chassis.drain()
                await serving

    telcard.run(main(), VirtualClock())
    return events, ended


def check(events: EventLog, ended: list[CallSummary], kinds: set[str]) -> None:
    named = Counter(event.name for event in events)
    offered = [event.call for event in events if event.name == "offered"]
    assert sorted(offered) == sorted(summary.call_id for summary in ended)
    assert named["crashed"] == 0
    assert named["board_down"] == named["board_up"]
    assert named["line_failed"] == named["line_restored"]
    happened = {
        str(event.facts["kind"]) for event in events if event.name in ("fault", "fault_skipped")
    }
    assert happened >= kinds


def test_after_a_storm_everything_is_as_it_was(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        events, ended = storm(seed=3, lasts_s=40, every_s=2, callers=2)
    assert "Traceback" not in caplog.text
    check(events, ended, set())
    assert {summary.cause for summary in ended} >= {16, 38}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1])
def test_storms_repeat_themselves_and_leave_nothing(seed: int) -> None:
    events, ended = storm(seed, lasts_s=100, every_s=2, callers=2)
    check(events, ended, set(KINDS) - set(FRAMED))  # its lines carry no frames of their own
    again, _ = storm(seed, lasts_s=100, every_s=2, callers=2)
    assert events.digest() == again.digest(), f"seed {seed}"
