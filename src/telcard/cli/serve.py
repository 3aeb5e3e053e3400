"""`telcard serve`: the daemon in the foreground."""

from __future__ import annotations

import asyncio
import logging
import signal
from contextlib import AsyncExitStack
from pathlib import Path

from rich.console import Console
from rich.logging import RichHandler

from telcard.clock import SystemClock
from telcard.clock import run as run_under
from telcard.daemon import Config, House, load, open_house
from telcard.daemon.control import control_socket


def run(path: Path, check: bool) -> None:
    """Serve what the configuration at `path` describes, or only check it."""
    console = Console(stderr=True, highlight=False)
    config = load(path)
    if check:
        console.print(f"{path}: in order")
        return
    logging.basicConfig(
        level=logging.INFO,
        format="%(message)s",
        handlers=[RichHandler(console=console, show_path=False, rich_tracebacks=True)],
    )
    run_under(_serve(config, console), SystemClock())


async def _serve(config: Config, console: Console) -> None:
    async with AsyncExitStack() as stack:
        with console.status("bringing the card up ..."):
            house = await stack.enter_async_context(open_house(config))
        await stack.enter_async_context(
            control_socket(config.service.control, {"status": house.status})
        )
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
            stack.callback(loop.remove_signal_handler, number)
        console.print(
            f"{config.card.name} is up, {len(house.card.circuits())} circuits; "
            f"status: {config.service.control}; Ctrl-C or SIGTERM drains"
        )
        await _until(stop, house, config.service.drain_s, console)


async def _until(stop: asyncio.Event, house: House, drain_s: float, console: Console) -> None:
    """Serve until told to stop, then let the present calls finish, for so long."""
    serving = asyncio.ensure_future(house.run())
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait([serving, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not serving.done():
        console.print(f"draining: {len(house.card.calls)} calls are on")
        await house.drain()
        _, late = await asyncio.wait([serving], timeout=drain_s)
        if late:
            console.print(f"ending {len(house.card.calls)} calls that went on")
            serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)
    if not serving.cancelled() and (failure := serving.exception()):
        raise failure
    console.print("closed")
