"""Boards that fail and come back by themselves, however often."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from telcard.cards import (
    BoardState,
    Distance,
    EmulatedCard,
    Recovery,
    StageFault,
    load,
)
from telcard.clock import VirtualClock, current, run
from telcard.engine import Engine

DOWNLOAD_S = sum(stage.time_s for stage in load("d300sc_e1").firmware.stages)

Said = list[tuple[float, str, dict[str, object]]]


def watched(scene: Callable[[EmulatedCard, Said], Awaitable[None]], *distance: Distance) -> Said:
    """Run a scene on a card under watch; returns what was reported, with its times."""
    said: Said = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        spec = load("d300sc_e1")
        card = EmulatedCard(spec, Engine(spec.lanes, clock=current()))
        await card.bring_up()
        began = loop.time()

        def report(name: str, **facts: object) -> None:
            said.append((round(loop.time() - began, 2), name, facts))

        async with Recovery(card.board, report, *distance):
            await scene(card, said)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left
        await card.bring_down()

    run(main(), VirtualClock())
    return said


def test_a_crashed_board_is_up_again_a_second_and_a_download_later() -> None:
    async def scene(card: EmulatedCard, said: Said) -> None:
        card.board.crash("the watchdog barked")
        await asyncio.sleep(20)
        assert card.status.state is BoardState.READY

    assert watched(scene) == [
        (0.0, "board_down", {"why": "fault: the watchdog barked (code 0xff)"}),
        (0.0, "board_retry", {"wait_s": 1.0}),
        (1.0 + DOWNLOAD_S, "board_up", {"attempts": 1}),
    ]


def test_attempts_grow_further_apart_and_never_end() -> None:
    async def scene(card: EmulatedCard, said: Said) -> None:
        card.hardware.there = False
        card.board.remove()
        await asyncio.sleep(600)
        assert card.status.state is BoardState.ABSENT
        card.hardware.there = True
        await asyncio.sleep(70)
        assert card.status.state is BoardState.READY

    said = watched(scene)
    waits = [facts["wait_s"] for _, name, facts in said if name == "board_retry"]
    assert waits == [1, 2, 4, 8, 16, 32, *[60] * (len(waits) - 6)]
    assert len(waits) == 15
    assert said[-1][1] == "board_up"
    assert said[-1][2] == {"attempts": 15}
    down = [facts["why"] for _, name, facts in said if name == "board_still_down"]
    assert set(down) == {"D/300SC-E1: no card answers"}


def test_a_run_that_lasted_begins_with_a_second_again_and_a_short_one_does_not() -> None:
    async def scene(card: EmulatedCard, said: Said) -> None:
        for run_s in (30, 30, 61):
            card.board.crash("again")
            while card.status.state is not BoardState.READY:
                await asyncio.sleep(1)
            await asyncio.sleep(run_s)
        card.board.crash("again")
        await asyncio.sleep(1)

    waits = [facts["wait_s"] for _, name, facts in watched(scene) if name == "board_retry"]
    assert waits == [1, 2, 4, 1]


@pytest.mark.parametrize("fault", list(StageFault))
def test_a_download_that_fails_is_tried_again(fault: StageFault) -> None:
    async def scene(card: EmulatedCard, said: Said) -> None:
        card.hardware.next_faults["load"] = fault
        card.board.crash("again")
        await asyncio.sleep(60)
        assert card.status.state is BoardState.READY
        assert card.hardware.next_faults == {}

    names = [name for _, name, _ in watched(scene)]
    again = ["board_retry", "board_still_down", "board_retry", "board_up"]
    assert names == ["board_down", *again]


def test_a_board_that_vanishes_in_the_middle_of_its_download_is_looked_for() -> None:
    async def scene(card: EmulatedCard, said: Said) -> None:
        card.board.crash("again")
        await asyncio.sleep(2)
        assert card.status.state is BoardState.DOWNLOADING
        card.hardware.there = False
        card.board.remove()
        await asyncio.sleep(1)
        card.hardware.there = True
        await asyncio.sleep(10)
        assert card.status.state is BoardState.READY

    watched(scene)


@pytest.mark.parametrize("seconds", [0, 0.5, 1.0, 2.0, 30.0])
def test_whenever_the_watch_is_left_it_leaves_nothing_behind(seconds: float) -> None:
    async def scene(card: EmulatedCard, said: Said) -> None:
        if seconds < 30:
            card.board.crash("again")
        await asyncio.sleep(seconds)

    watched(scene)


def test_a_board_that_was_stopped_on_purpose_stays_stopped() -> None:
    async def scene(card: EmulatedCard, said: Said) -> None:
        await card.bring_down()
        await asyncio.sleep(100)
        assert card.status.state is BoardState.DETECTED

    assert watched(scene) == []


def test_a_board_that_is_stopped_while_it_waits_for_its_next_attempt_stays_stopped() -> None:
    async def scene(card: EmulatedCard, said: Said) -> None:
        card.board.crash("again")
        await asyncio.sleep(0.5)
        await card.bring_down()
        await asyncio.sleep(100)
        assert card.status.state is BoardState.DETECTED

    assert [name for _, name, _ in watched(scene)] == ["board_down", "board_retry"]


def test_who_brings_it_up_himself_is_not_disturbed() -> None:
    async def scene(card: EmulatedCard, said: Said) -> None:
        card.board.crash("again")
        await asyncio.sleep(0.1)
        await card.bring_up()
        await asyncio.sleep(20)
        assert card.status.state is BoardState.READY

    names = [name for _, name, _ in watched(scene)]
    assert names == ["board_down", "board_retry", "board_up"]


def test_distances_are_one_s_and_its_doubles_up_to_a_minute() -> None:
    distance = Distance()
    assert [distance.after(wait) for wait in (1, 32, 60)] == [2, 60, 60]
