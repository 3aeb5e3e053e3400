"""`telcard desk`: agents, their callers' screens, and who waits, of a hotline that runs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from telcard.clock import SystemClock
from telcard.clock import run as run_under
from telcard.daemon import load
from telcard.daemon.control import ask

LOOK_S = 1.0
"""How often the desk is looked at."""

COLOURS = {
    "ready": "green",
    "ringing": "yellow",
    "talking": "cyan",
    "wrap-up": "magenta",
    "not ready": "red",
    "logged out": "dim",
}


def run(path: Path, agent: str, status: str, reason: str, once: bool, as_json: bool) -> None:
    """Set an agent's status where one is wanted, then show the desk, again and again or `once`."""
    control = load(path).service.control
    console = Console(highlight=False, markup=False)
    if status:
        ask(control, "agent", agent, status, *([reason] if reason else []))
    if once or as_json or status:
        answer = ask(control, "desk", *([agent] if agent else []))
        if as_json:
            console.print(json.dumps(answer), soft_wrap=True)
        else:
            console.print(picture(answer))
    else:
        run_under(_watch(control, agent, console), SystemClock())


async def _watch(control: Path, agent: str, console: Console) -> None:
    loop = asyncio.get_running_loop()
    question = ["desk", agent] if agent else ["desk"]
    with Live(console=console, auto_refresh=False) as live:
        while True:
            answer = await loop.run_in_executor(None, lambda: ask(control, *question))
            live.update(picture(answer), refresh=True)
            await asyncio.sleep(LOOK_S)


def picture(desk: dict[str, Any]) -> Group:
    """The answer to the question `desk`, as tables for people."""
    agents = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("agent", "station", "status", "for", "caller", "account", "waited", "before"):
        agents.add_column(heading, overflow="fold")
    for agent in desk["agents"]:
        agents.add_row(*_agent(agent))
    if not desk["queue"]:
        return Group(agents, Text("nobody waits", style="dim"))
    waiting = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("place", "caller", "waits", "rings at"):
        waiting.add_column(heading)
    for caller in desk["queue"]:
        waiting.add_row(
            str(caller["position"]),
            caller["caller"] or "withheld",
            _time(caller["waited_s"]),
            caller["rings_at"],
        )
    return Group(agents, Text(), waiting)


def _agent(agent: dict[str, Any]) -> Iterator[Text | str]:
    status = agent["status"]
    why = agent["reason"] or ("" if agent["hook"] == "on hook" else agent["hook"])
    said = f"{status} ({why})" if why and status in ("ready", "not ready") else status
    screen = agent["screen"]
    yield agent["name"]
    yield agent["station"]
    yield Text(said, style=COLOURS[status])
    yield _time(agent["since_s"])
    if not screen:
        return
    account = screen["account"]
    yield screen["caller"] or "withheld"
    yield f"{account} {'proved' if screen['identified'] else 'not proved'}" if account else ""
    yield _time(screen["waited_s"])
    yield screen["entered"]


def _time(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"
