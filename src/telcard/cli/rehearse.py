"""`telcard rehearse`: a day of the hotline, and the audit of it."""

from __future__ import annotations

import logging
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from telcard.cards import FaultScript
from telcard.clock import SystemClock, VirtualClock, run
from telcard.rehearsal.audit import is_disturbed, summary
from telcard.rehearsal.day import Visit
from telcard.rehearsal.performance import Rehearsed, rehearse
from telcard.units import NS

SHOWN = 20
"""Faults that are told one by one; of more, their number."""

ENDS = {
    "caller": "caller hung up",
    "bank": "bank hung up",
    "line": "cut off",
    "refused": "never answered",
}


def play(
    callers: int,
    minutes: float,
    seed: int,
    faults: FaultScript | float | None,
    fidelity: str,
    folder: Path | None,
) -> None:
    """Rehearse, and tell; exit status 1 when anything disagrees or is left."""
    console = Console(highlight=False, markup=False)
    console.print(
        f"{callers} callers ring the bank's hotline for {minutes:g} simulated minutes"
        f" (seed {seed}).\n",
        soft_wrap=True,
    )
    _log_to(folder)
    watch = SystemClock()
    clock = VirtualClock()
    with TemporaryDirectory(prefix="telcard-rehearsal-") as scratch:
        rehearsed = run(
            _rehearse(
                folder or Path(scratch), callers, minutes, seed, faults, fidelity, console, clock
            ),
            clock,
        )
    _tell(rehearsed, console)
    simulated_s, took_s = clock.now() / NS, watch.now() / NS
    console.print(
        f"{simulated_s:,.0f} s of telephony took {took_s:,.1f} s: "
        f"{simulated_s / took_s:.0f} times as fast as life.",
        style="dim",
    )
    if not rehearsed.faultless:
        raise typer.Exit(1)


def _log_to(folder: Path | None) -> None:
    """What the house complains of goes into a file, if anything is kept: most of it was wanted."""
    log = logging.getLogger("telcard")
    log.propagate = False
    if folder is None:
        log.addHandler(logging.NullHandler())
    else:
        folder.mkdir(parents=True, exist_ok=True)
        log.addHandler(logging.FileHandler(folder / "rehearsal.log", mode="w"))


async def _rehearse(
    folder: Path,
    callers: int,
    minutes: float,
    seed: int,
    faults: FaultScript | float | None,
    fidelity: str,
    console: Console,
    clock: VirtualClock,
) -> Rehearsed:
    """The rehearsal, with a bar that moves as simulated time does."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("on the line", total=minutes * 60)
        over = 0

        def told(visit: Visit) -> None:
            nonlocal over
            over += 1
            progress.update(task, completed=clock.now() / NS, description=f"{over} calls")

        return await rehearse(
            folder,
            callers=callers,
            duration_s=minutes * 60,
            seed=seed,
            faults=faults,
            fidelity=fidelity,
            told=told,
        )


def _tell(rehearsed: Rehearsed, console: Console) -> None:
    console.print(_table(summary(rehearsed.visits)))
    console.print()
    if kinds := Counter(_broken(rehearsed)):
        suffered = sum(is_disturbed(visit, rehearsed.books) for visit in rehearsed.visits)
        listed = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
        console.print(f"Broken on purpose: {listed}; {suffered} calls may have suffered.\n")
    _verdict(
        console,
        rehearsed.disagreements,
        "records, transcripts, balances and recordings agree with what the town met, call by call",
        "town and bank disagree",
    )
    _verdict(console, rehearsed.ledger, "the ledger balances", "the ledger is wrong")
    _verdict(
        console,
        rehearsed.left,
        "nothing is left: no lane, resource, circuit, record or file",
        "not everything was given back",
    )


def _broken(rehearsed: Rehearsed) -> list[str]:
    """The kinds of the faults that happened."""
    return [
        str(event.facts["kind"]).replace("_", " ")
        for event in rehearsed.books.events
        if event.name == "fault"
    ]


def _verdict(console: Console, faults: list[str], well: str, badly: str) -> None:
    if not faults:
        console.print(f"  ok    {well}", style="green", soft_wrap=True)
        return
    console.print(f"  FAULT {badly}, {len(faults)} times:", style="bold red", soft_wrap=True)
    for fault in faults[:SHOWN]:
        console.print(f"        {fault}", soft_wrap=True)
    if len(faults) > SHOWN:
        console.print(f"        and {len(faults) - SHOWN} more")


def _table(counts: Counter[tuple[str, str]]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("errand")
    for words in ENDS.values():
        table.add_column(words, justify="right")
    for errand in sorted({errand for errand, _ in counts}):
        table.add_row(errand, *(str(counts[errand, end] or "-") for end in ENDS))
    totals = [sum(count for (_, by), count in counts.items() if by == end) for end in ENDS]
    table.add_row("all", *map(str, totals), style="bold")
    return table
