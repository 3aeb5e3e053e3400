"""`telcard serve`: the daemon in the foreground."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.logging import RichHandler

from telcard.clock import SystemClock
from telcard.clock import run as run_under
from telcard.daemon import Config, House, check_prepared, load, open_house
from telcard.daemon.control import Answer, control_socket
from telcard.errors import ConfigError


def run(path: Path, check: bool) -> None:
    """Serve what the configuration at `path` describes, or only check it."""
    console = Console(stderr=True, highlight=False, markup=False)
    config = load(path)
    if check:
        console.print(f"{path}: in order")
        return
    if console.is_terminal:
        handler = RichHandler(console=console, show_path=False, rich_tracebacks=True)
        logging.basicConfig(level=logging.INFO, format="%(message)s", handlers=[handler])
    else:  # a file or a journal: one line a message, however long
        logging.basicConfig(
            level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr
        )
    run_under(_serve(config, console), SystemClock())


async def _serve(config: Config, console: Console) -> None:
    house: House | None = None

    def status() -> dict[str, Any]:
        return house.status() if house else {"cards": config.chassis.cards, "state": "coming up"}

    def there() -> House:
        if house is None:
            raise ConfigError("the house is coming up")
        return house

    def desk(agent: str = "") -> dict[str, Any]:
        return there().desk_status(agent)

    def set_agent(agent: str, status: str, reason: str = "") -> dict[str, Any]:
        return there().set_agent(agent, status, reason)

    answers: dict[str, Answer] = {
        "status": status,
        "counters": lambda: there().counters(),
        "trunks": lambda: there().trunks_status(),
        "trunk": lambda name, wish: there().set_trunk(name, wish),
        "trace": lambda trunk="", since="0": there().traced(trunk, since),
        "desk": desk,
        "agent": set_agent,
    }
    check_prepared(config)
    async with AsyncExitStack() as stack:
        # Before the cards: a second daemon on the same books must not get as far as that.
        await stack.enter_async_context(control_socket(config.service.control, answers))
        signalled = asyncio.Event()
        with console.status("bringing the cards up ..."):
            house = await stack.enter_async_context(open_house(config))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, signalled.set)
            stack.callback(loop.remove_signal_handler, number)
        console.print(
            f"up: {', '.join(card.name for card in house.chassis.cards)}, "
            f"{len(house.chassis.circuits())} circuits; "
            f"status: {config.service.control}; Ctrl-C or SIGTERM drains",
            soft_wrap=True,
        )
        await _until(signalled, house, config.service.drain_s, console)
    console.print("closed")


async def _until(signalled: asyncio.Event, house: House, drain_s: float, console: Console) -> None:
    """Serve until a signal, then let the present calls finish: for so long, or until another."""
    serving = asyncio.create_task(house.run(), name="house")
    await _first(serving, signalled)
    if not serving.done():
        calls = len(house.chassis.calls)
        await house.drain()
        if calls:
            console.print(f"draining: calls that are on: {calls}; once more to end them at once")
        await _first(serving, signalled, drain_s)
    if not serving.done():
        console.print(f"ending calls that went on: {len(house.chassis.calls)}")
        serving.cancel()
    with suppress(asyncio.CancelledError):
        await serving


async def _first(
    serving: asyncio.Task[None], signalled: asyncio.Event, timeout_s: float | None = None
) -> None:
    """Wait for the end of the service or for a signal, whichever is first."""
    waiting = asyncio.create_task(signalled.wait())
    await asyncio.wait([serving, waiting], timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    signalled.clear()
