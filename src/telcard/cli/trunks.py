"""`telcard trunks`: trunks and their circuits, of a hotline that runs."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
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
"""How often the trunks are looked at."""

ARROWS = {"in": "<-", "out": "->", "": ""}


def run(path: Path, name: str, wish: str, once: bool, every: bool, as_json: bool) -> None:
    """Do what is wished with a trunk or circuit, then show all, again and again or `once`."""
    control = load(path).service.control
    console = Console(highlight=False, markup=False)
    if wish:
        ask(control, "trunk", name, wish)
    if once or as_json or wish:
        answer = ask(control, "trunks")
        if as_json:
            console.print(json.dumps(answer), soft_wrap=True)
        else:
            console.print(picture(answer, every))
    else:
        run_under(_watch(control, console, every), SystemClock())


async def _watch(control: Path, console: Console, every: bool) -> None:
    loop = asyncio.get_running_loop()
    with Live(console=console, auto_refresh=False) as live:
        while True:
            answer = await loop.run_in_executor(None, lambda: ask(control, "trunks"))
            live.update(picture(answer, every), refresh=True)
            await asyncio.sleep(LOOK_S)


def picture(answer: dict[str, Any], every: bool = False) -> Group:
    """The answer to the question `trunks`: a line for each, and its circuits that are not idle."""
    trunks = Table(box=None, header_style="bold", pad_edge=False)
    headings = ("trunk", "kind", "busy", "offered", "dialled", "answered", "failed", "blocked")
    for heading in (*headings, "erlang hours", "circuits"):
        trunks.add_column(heading, justify="left" if heading in ("trunk", "kind") else "right")
    for trunk in answer["trunks"]:
        trunks.add_row(
            trunk["name"],
            trunk["signalling"],
            *(str(trunk[count]) for count in headings[2:]),
            f"{trunk['occupied_s'] / 3600:.2f}",
            _states(trunk["circuits"]),
        )
    circuits = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("circuit", "state", "", "caller", "called", "blocked"):
        circuits.add_column(heading)
    for trunk in answer["trunks"]:
        for circuit in trunk["circuits"]:
            if every or circuit["call"] or circuit["blocked"]:
                circuits.add_row(*_row(circuit))
    busy = circuits if circuits.row_count else Text("no circuit is busy or blocked", style="dim")
    lines = _lines(answer["trunks"])
    return Group(trunks, Text(), *((lines, Text()) if lines.row_count else ()), busy)


def _lines(trunks: list[dict[str, Any]]) -> Table:
    """A row for each E1 or T1 of the trunks: its state, and the seconds of quarter and day.

    Seconds are those of ITU-T G.826: errored (ES), severely errored (SES), unavailable (UAS).
    """
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("line", "frames", "state", "alarms"):
        table.add_column(heading)
    for heading in ("15 min: ES", "SES", "UAS", "slips", "day: ES", "SES", "UAS", "slips"):
        table.add_column(heading, justify="right")
    for name, line in ((name, line) for trunk in trunks for name, line in trunk["lines"].items()):
        table.add_row(
            name,
            line["framing"] or "-",
            _state(line),
            "" if line["alarms"] == "NONE" else line["alarms"],
            *(
                str(line[interval][sum_])
                for interval in ("quarter", "day")
                for sum_ in ("es", "ses", "uas", "slips")
            ),
        )
    return table


def _state(line: dict[str, Any]) -> Text:
    if line["failures"]:
        return Text(f"failed ({', '.join(line['failures'])})", style="red")
    if not line["available"]:
        return Text("unavailable", style="red")
    if line["alarms"] != "NONE":
        return Text("alarm", style="yellow")
    return Text("in order", style="green")


def _states(circuits: list[dict[str, Any]]) -> str:
    """How many circuits are in each state, the most frequent first."""
    counted = Counter(circuit["state"] for circuit in circuits)
    return ", ".join(f"{count} {state}" for state, count in counted.most_common())


def _row(circuit: dict[str, Any]) -> list[Text | str]:
    colour = "cyan" if circuit["call"] else "red" if circuit["blocked"] else "dim"
    return [
        circuit["name"],
        Text(circuit["state"], style=colour),
        ARROWS[circuit["direction"]],
        circuit["caller"] or ("withheld" if circuit["call"] else ""),
        circuit["called"],
        circuit["blocked"],
    ]
