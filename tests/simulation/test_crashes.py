"""A board dies in the middle of every step of a call: what is left, and what goes on.

One chassis, two boards.  The first is harmed, its call is what is looked at; a call on the second
must not notice.  The moments come from a run in which nothing happens.
"""

import asyncio
import itertools
import logging
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import soundfile

import telcard
from telcard.calls import Call, CallSummary, EndedBy
from telcard.cards import BoardState, Fault, FaultScript, inject
from telcard.clock import VirtualClock
from telcard.engine import SecretBuffer
from telcard.events import EventLog
from tests.support.exchange import Circuit, far_exchange

E1 = "emulator:d300sc_e1"
BOARD = "d300sc_e1"
# 0111 is the caller whose board dies, 0222 one on the other board, 0333 the next one on the first.


@dataclass
class Day:
    """What a run leaves."""

    events: EventLog = field(default_factory=EventLog)
    ended: list[CallSummary] = field(default_factory=list)
    secrets: list[SecretBuffer] = field(default_factory=list)
    marks: dict[str, float] = field(default_factory=dict)

    def mark(self, name: str) -> None:
        self.marks[name] = asyncio.get_running_loop().time()

    def record_of(self, caller: str) -> list[CallSummary]:
        return [summary for summary in self.ended if summary.caller == caller]

    def middle(self, step: str) -> float:
        """Half-way from this mark to the next one."""
        marks = sorted(self.marks.values())
        at = marks.index(self.marks[step])
        return (marks[at] + marks[at + 1]) / 2


class Bank:
    """The flow: everything that a call may do, one after the other."""

    def __init__(self, day: Day, folder: Path) -> None:
        self.day = day
        self.folder = folder
        self.other: asyncio.Future[Call] = asyncio.get_running_loop().create_future()
        self.over = asyncio.Event()

    async def serve(self, call: Call) -> None:
        flows = {"0111": self.harmed, "0222": self.unharmed, "0333": self.later}
        await flows[call.caller](call)

    async def later(self, call: Call) -> None:
        await call.answer()
        await call.say("goodbye")

    async def unharmed(self, call: Call) -> None:
        await call.answer()
        self.other.set_result(call)
        await self.over.wait()
        await call.say("goodbye")

    async def harmed(self, call: Call) -> None:
        self.day.mark("play")
        await call.answer()
        call.record(self.folder / f"{call.id}.wav")
        await call.say("welcome", interruptible=False)
        self.day.mark("collect")
        assert (await call.collect("enter_account", max_digits=3)).digits == "123"
        self.day.mark("secret")
        found = await call.collect("enter_pin", max_digits=4, secret=True)
        assert found.secret is not None
        found.secret.wipe()
        self.day.mark("bridge")
        try:
            async with asyncio.timeout(2):
                await call.bridge(await self.other)
        except TimeoutError:
            pass
        self.day.mark("hang_up")
        await call.hang_up()


async def call(circuit: Circuit, day: Day) -> None:
    """The harmed call's caller, who keys on whatever happens, and hangs up in the end."""
    try:
        async with asyncio.timeout(14):
            day.mark("seizure")
            seizing = asyncio.create_task(circuit.seize())
            await asyncio.wait([seizing])
            day.mark("address")
            await circuit.key("*0111*95588#")
            await asyncio.sleep(3)
            await circuit.key("123")
            await asyncio.sleep(2)
            await circuit.key("2718")
            await circuit.until("ClearedBack")
            day.mark("released")
    except TimeoutError:
        seizing.cancel()
    circuit.clear()


def run(folder: Path, fault: Fault | None = None) -> Day:
    """A day with one fault, or none; everything that must be true after any day is checked."""
    day = Day()

    async def note(summary: CallSummary) -> None:
        day.ended.append(summary)

    async def main() -> None:
        async with (
            telcard.open_chassis(
                E1, E1, events=day.events, ended=note, signalling="cas"
            ) as chassis,
            far_exchange(chassis.cards[0].far_ends[0], 1) as (first,),
            far_exchange(chassis.cards[1].far_ends[0], 1) as (second,),
        ):
            bank = Bank(day, folder)
            serving = asyncio.create_task(chassis.serve(bank.serve))
            await second.dial("0222")
            await bank.other
            if fault is not None:
                script = FaultScript.of(fault)
                injecting = asyncio.create_task(inject(chassis, script))
            await asyncio.sleep(1)
            calling = asyncio.create_task(call(first, day))
            await calling
            if fault is not None:
                await injecting
                await asyncio.sleep(10)
                assert chassis.cards[0].board.status.state is BoardState.READY
                await first.dial("0333")  # its trunk serves again
                await first.until("Answered")
                first.clear()
            bank.over.set()
            await second.until("ClearedBack")
            second.clear()
            await asyncio.sleep(1)
            await chassis.drain()
            await serving
            assert chassis.engine.open_lanes == ()
            assert chassis.calls == []
            for card in chassis.cards:
                assert card.board.bearers == ()
                assert [pool.taken for pool in card.board.pools.values() if pool.taken] == []
            assert chassis.engine._recordings == {}
            assert chassis.engine.free_lanes == sum(card.spec.lanes for card in chassis.cards)

    patched = pytest.MonkeyPatch()
    with patched.context() as patch:

        class Watched(SecretBuffer):
            def __init__(self) -> None:
                super().__init__()
                day.secrets.append(self)

        patch.setattr("telcard.calls.call.SecretBuffer", Watched)
        telcard.run(main(), VirtualClock())
    check(day, folder)
    return day


def check(day: Day, folder: Path) -> None:
    """What no fault may change."""
    (unharmed,) = day.record_of("0222")
    assert (unharmed.cause, unharmed.ended_by) == (16, EndedBy.SYSTEM)
    offered = [event for event in day.events if event.name == "offered"]
    assert sorted(event.call for event in offered) == sorted(s.call_id for s in day.ended)
    assert [len(secret) for secret in day.secrets] == [0] * len(day.secrets)
    for path in folder.glob("*.wav"):
        sound = soundfile.info(path)
        assert (sound.samplerate, sound.channels) == (8000, 2)
        assert sound.frames > 0
    assert not [event for event in day.events if event.name == "crashed"]


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Day:
    """A day on which nothing happens."""
    return run(tmp_path_factory.mktemp("calm"))


def test_a_day_without_faults_goes_through_every_step(calm: Day) -> None:
    (summary,) = calm.record_of("0111")
    assert (summary.cause, summary.ended_by) == (16, EndedBy.SYSTEM)
    assert list(calm.marks) == [
        *("seizure", "address", "play", "collect", "secret", "bridge", "hang_up", "released"),
    ]
    assert len(calm.secrets) == 1


STEPS = ["seizure", "address", "play", "collect", "secret", "bridge", "hang_up"]


@pytest.mark.parametrize("step", STEPS)
def test_a_board_that_crashes_in_the_middle_of_a_step(
    calm: Day, tmp_path: Path, step: str, caplog: pytest.LogCaptureFixture
) -> None:
    began = calm.marks["seizure"] - 1
    with caplog.at_level(logging.WARNING):
        day = run(tmp_path, Fault(calm.middle(step) - began, "dsp_crash", BOARD))
    records = day.record_of("0111")
    if step in ("seizure", "address"):
        assert records == []  # nobody was offered a call
    else:
        (summary,) = records
        # A call that has been hung up has its cause already; one that is on has the board's.
        assert summary.cause == (16 if step == "hang_up" else 38)
    assert "Traceback" not in caplog.text
    names = [event.name for event in day.events]
    assert [name for name in names if name in ("fault", "board_down", "board_up")] == [
        *("fault", "board_down", "board_up"),
    ]
    assert len(day.record_of("0333")) == 1
    recordings = list(tmp_path.glob("*.wav"))
    assert len(recordings) == (step not in ("seizure", "address"))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["dsp_crash", "card_gone"])
def test_whenever_a_board_fails_nothing_is_left_and_nobody_else_suffers(
    calm: Day, tmp_path: Path, kind: str
) -> None:
    began, ended = calm.marks["seizure"] - 1, calm.marks["released"] + 0.3
    for number in itertools.count():
        at_s = 1 + number * 0.9
        if began + at_s > ended:
            break
        folder = tmp_path / f"{number}"
        folder.mkdir()
        day = run(folder, Fault(round(at_s, 3), kind, BOARD, 3.0 if kind == "card_gone" else 0))
        assert len(day.record_of("0111")) <= 1, f"{kind} at {at_s:.3f} s"
        assert len(day.record_of("0333")) == 1, f"{kind} at {at_s:.3f} s"
