"""Faxes over cards, as the words of `telcard fax` want them: a chassis, and a town at its lines.

Who is on the line at the other end of an emulated card lives in its town, so that both words can
be tried out without any hardware: a machine there takes what is sent to its number, or calls.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import telcard
from telcard.calls import Card, Chassis
from telcard.clock import Clock, SystemClock, VirtualClock
from telcard.errors import ConfigError
from telcard.exchange import FaxMachine, Town

CARDS = ("emulator:d300sc_e1", "emulator:cp6_sc")
"""A board with a primary rate line, and one with six fax channels that its calls borrow."""

NO_CLIPS = {"none": b"\xd5" * 8000}
"""Nobody in the town listens to words, so nobody needs to know ours by heart."""

COMING_UP_S = 2.0
"""D-channels want a moment until they carry calls."""

PUT_AWAY_S = 10.0
"""How long a machine of the town may need to hang up when its fax is over."""


def time_of(clock: Clock, live: bool) -> Clock:
    """Whose time a call goes by: an emulated line can be quicker than the clock on the wall."""
    return SystemClock() if live else VirtualClock(clock.utc())


@asynccontextmanager
async def chassis_with_town(names: Sequence[str], seed: int) -> AsyncIterator[tuple[Chassis, Town]]:
    """Cards in one chassis whose trunks are up, and the town at the other end of all their lines.

    ConfigError where no card has a trunk.
    """
    async with telcard.open_chassis(*names) as chassis:
        card_with_trunks(chassis)
        far_ends = [end for card in chassis.cards for end in card.far_ends]
        async with Town(far_ends, NO_CLIPS, seed=seed) as town:
            await asyncio.sleep(COMING_UP_S)
            try:
                yield chassis, town
            finally:  # circuits are released while both ends still hear each other
                await town.hang_up()
                await chassis.stop()


def card_with_trunks(chassis: Chassis) -> Card:
    """The first card that makes and takes calls; ConfigError where none does."""
    card = next((card for card in chassis.cards if card.trunks), None)
    if card is None:
        names = ", ".join(card.name for card in chassis.cards)
        raise ConfigError(f"--card: want a card with lines to an exchange, got {names}")
    return card


async def put_away(machine: FaxMachine) -> None:
    """Wait until a machine of the town has hung up, and knows what it has got."""
    async with asyncio.timeout(PUT_AWAY_S):
        while machine.lifted:
            await asyncio.sleep(0.1)
    await asyncio.sleep(0.1)


async def hang_up_all(chassis: Chassis) -> None:
    """End all calls; what they have brought until then is kept."""
    await asyncio.gather(*(call.hang_up() for call in chassis.calls))


@asynccontextmanager
async def on_signals(*steps: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """While inside, the first Ctrl-C or SIGTERM does the first step, another one the next."""
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)
    signalled = asyncio.Event()

    async def take() -> None:
        for step in steps:
            await signalled.wait()
            signalled.clear()
            await step()

    taking = asyncio.create_task(take(), name="signals")
    for number in numbers:
        loop.add_signal_handler(number, signalled.set)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
        taking.cancel()
