"""A board on its way from absent to ready, in virtual time, and what stops it."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from telcard.cards.board import CRASH, Board, BoardMachine, BoardState, BoardStatus
from telcard.cards.spec import Stage, load
from telcard.clock import VirtualClock, run
from telcard.errors import CardError, LocalProtocolError
from telcard.machine import Report, Send, StartTimer, StopTimer

SPEC = load("d300sc_e1")
STAGES = SPEC.firmware.stages
S = BoardState


class Bench:
    """Hardware that takes the time of its spec, or fails where it is told to."""

    def __init__(self, silent: str = "", failing: str = "", there: bool = True) -> None:
        self.silent, self.failing, self.there = silent, failing, there
        self.begun: list[str] = []

    def present(self) -> bool:
        return self.there

    def begin(self, stage: Stage, done: Callable[[], None], failed: Callable[[str], None]) -> None:
        self.begun.append(stage.name)
        loop = asyncio.get_running_loop()
        if stage.name == self.failing:
            loop.call_later(stage.time_s, failed, "bad checksum")
        elif stage.name != self.silent:
            loop.call_later(stage.time_s, done)


def virtually(main: Coroutine[Any, Any, None]) -> float:
    clock = VirtualClock()
    run(main, clock)
    return clock.now() / 1e9


# -- the machine alone -----------------------------------------------------------------------------


def test_each_stage_is_begun_with_its_limit_running() -> None:
    machine = BoardMachine(STAGES[:2])
    assert machine.fire("detect") == [Report(BoardStatus(S.DETECTED))]
    assert machine.fire("download") == [
        Report(BoardStatus(S.DOWNLOADING, "reset", 1, 2)),
        StartTimer("reset"),
        Send(STAGES[0]),
    ]
    assert machine.fire("done", "reset") == [
        StopTimer("reset"),
        Report(BoardStatus(S.DOWNLOADING, "load", 2, 2)),
        StartTimer("load"),
        Send(STAGES[1]),
    ]
    assert machine.fire("done", "load") == [StopTimer("load"), Report(BoardStatus(S.READY))]


@pytest.mark.parametrize("failing", range(len(STAGES)))
@pytest.mark.parametrize("how", ["failed", "limit"])
def test_a_stage_that_fails_puts_the_board_at_fault_with_its_code(failing: int, how: str) -> None:
    machine = BoardMachine(STAGES)
    machine.fire("detect")
    machine.fire("download")
    for stage in STAGES[:failing]:
        machine.fire("done", stage.name)
    stage = STAGES[failing]
    if how == "failed":
        machine.fire("failed", stage.name, "bad checksum")
    else:
        machine.expire(stage.name)
    status = machine.query()
    assert (status.state, status.stage, status.code) == (S.FAULT, stage.name, stage.code)
    assert (status.number, status.of) == (failing + 1, len(STAGES))
    assert machine.fire("done", stage.name) == []  # too late


def test_words_of_a_stage_that_no_longer_runs_change_nothing() -> None:
    machine = BoardMachine(STAGES)
    machine.fire("detect")
    machine.fire("download")
    machine.fire("done", "reset")
    assert machine.fire("done", "reset") == []
    assert machine.fire("failed", "reset", "late") == []
    assert machine.expire("reset") == []
    assert machine.query().stage == "load"


def test_what_the_state_forbids_is_refused() -> None:
    for state, name in [(S.ABSENT, "download"), (S.READY, "download"), (S.DETECTED, "crash")]:
        machine = BoardMachine(STAGES)
        machine.state = state
        with pytest.raises(LocalProtocolError, match=f"cannot {name} while {state.value}"):
            machine.fire(name)


def test_the_table_can_be_drawn() -> None:
    drawing = BoardMachine.dot()
    for edge in (
        "ABSENT -> DETECTED",
        "DETECTED -> DOWNLOADING",
        "DOWNLOADING -> READY",
        "DOWNLOADING -> FAULT",
        "READY -> FAULT",
        "FAULT -> DETECTED",
    ):
        assert edge in drawing


# -- the board in virtual time ---------------------------------------------------------------------


def test_a_board_is_ready_after_the_times_of_its_stages() -> None:
    seen: list[str] = []
    bench = Bench()

    async def main() -> None:
        board = Board(SPEC, bench)
        board.subscribe(lambda status: seen.append(str(status)))
        assert board.state is S.ABSENT
        await board.bring_up()
        assert board.status == BoardStatus(S.READY)
        await board.bring_up()  # is ready already

    assert virtually(main()) == pytest.approx(sum(stage.time_s for stage in STAGES))
    assert bench.begun == [stage.name for stage in STAGES]
    assert seen[:3] == [
        "detected",
        "downloading stage reset (1 of 6)",
        "downloading stage load (2 of 6)",
    ]
    assert seen[-1] == "ready"


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_a_stage_without_an_answer_fails_at_its_limit(stage: Stage) -> None:
    async def main() -> None:
        board = Board(SPEC, Bench(silent=stage.name))
        with pytest.raises(CardError) as error:
            await board.bring_up()
        assert str(error.value) == (
            f"D/300SC-E1: fault stage {stage.name} ({stage.code} of 6): "
            f"no answer within {stage.limit_s:g} s (code {stage.code:#04x})"
        )
        assert board.state is S.FAULT

    before = sum(other.time_s for other in STAGES[: STAGES.index(stage)])
    assert virtually(main()) == pytest.approx(before + stage.limit_s)


def test_a_board_at_fault_may_be_tried_again() -> None:
    async def main() -> None:
        bench = Bench(failing="verify")
        board = Board(SPEC, bench)
        with pytest.raises(CardError, match=r"verify \(3 of 6\): bad checksum \(code 0x03\)"):
            await board.bring_up()
        bench.failing = ""
        await board.bring_up()
        assert board.state is S.READY
        assert board.status.code == 0

    virtually(main())


def test_a_slot_without_a_card_is_told() -> None:
    async def main() -> None:
        board = Board(SPEC, Bench(there=False))
        with pytest.raises(CardError, match="D/300SC-E1: no card answers"):
            await board.bring_up()
        assert board.state is S.ABSENT

    virtually(main())


def test_a_download_that_is_cancelled_leaves_the_board_detected() -> None:
    async def main() -> None:
        board = Board(SPEC, Bench())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await board.bring_up()
        assert board.status == BoardStatus(S.DETECTED)
        await board.bring_up()
        assert board.state is S.READY

    virtually(main())


def test_the_late_word_of_a_download_that_was_reset_does_not_hurry_the_next() -> None:
    async def main() -> None:
        board = Board(SPEC, Bench())
        task = asyncio.create_task(board.bring_up())
        await asyncio.sleep(0.4)
        board.bring_down()
        with pytest.raises(CardError):
            await task
        await board.bring_up()

    assert virtually(main()) == pytest.approx(0.4 + sum(stage.time_s for stage in STAGES))


def test_two_who_wait_for_one_download_are_independent() -> None:
    async def main() -> None:
        bench = Bench()
        board = Board(SPEC, bench)
        first, second = asyncio.create_task(board.bring_up()), asyncio.create_task(board.bring_up())
        await asyncio.sleep(1)
        first.cancel()
        await second
        assert board.state is S.READY
        assert len(bench.begun) == len(STAGES)

    virtually(main())


def test_a_board_that_is_brought_down_or_removed_tells_who_waits() -> None:
    async def main() -> None:
        board = Board(SPEC, Bench())
        for stop in (board.bring_down, board.remove):
            task = asyncio.create_task(board.bring_up())
            await asyncio.sleep(1)
            stop()
            with pytest.raises(CardError, match=r"detected|absent"):
                await task
        board.remove()
        board.bring_down()
        assert board.state is S.ABSENT

    virtually(main())


def test_a_board_may_crash_when_it_is_ready() -> None:
    async def main() -> None:
        board = Board(SPEC, Bench())
        await board.bring_up()
        board.crash("watchdog")
        assert str(board.status) == "fault: watchdog (code 0xff)"
        assert board.status.code == CRASH
        await board.bring_up()
        assert board.state is S.READY

    virtually(main())


def test_a_board_has_the_pools_of_its_spec() -> None:
    pools = Board(SPEC, Bench()).pools
    assert {name: pool.size for name, pool in pools.items()} == {"voice": 30}
