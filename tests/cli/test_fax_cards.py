"""Chassis, town and signals of the words that fax over cards."""

import asyncio
import os
import signal

import pytest

import telcard
from telcard.cli.fax_cards import chassis_with_town, on_signals, time_of
from telcard.clock import SystemClock, VirtualClock
from telcard.errors import ConfigError


def test_cards_without_a_line_are_refused() -> None:
    async def main() -> None:
        async with chassis_with_town(["emulator:cp6_sc"], 1):
            raise AssertionError("it has no line")

    with pytest.raises(ConfigError, match="want a card with lines to an exchange, got emulator:cp"):
        telcard.run(main(), VirtualClock())


def test_a_signal_does_the_next_step_and_nothing_else() -> None:
    done: list[str] = []

    async def step(name: str) -> None:
        done.append(name)

    async def main() -> None:
        async with on_signals(lambda: step("drain"), lambda: step("hang up")):
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGINT):
                os.kill(os.getpid(), number)
                await asyncio.sleep(1)

    telcard.run(main(), VirtualClock())
    assert done == ["drain", "hang up"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_call_takes_the_wall_clocks_time_only_where_it_is_wished() -> None:
    wall = VirtualClock()
    assert isinstance(time_of(wall, live=True), SystemClock)
    quick = time_of(wall, live=False)
    assert isinstance(quick, VirtualClock)
    assert quick.utc() == wall.utc()
