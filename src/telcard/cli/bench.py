"""`telcard bench`: what this machine can do, as tables with words, as JSON lines, as a picture."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from telcard.bench import (
    SUBJECTS,
    Figure,
    Host,
    SetUps,
    TickCost,
    draw_costs,
    host,
    measure,
    set_ups,
    tick_cost,
    works,
)
from telcard.bench.host import SIMD_WORDS
from telcard.bench.picture import check_drawable
from telcard.bench.setups import FLOW_S
from telcard.bench.ticks import TIMESLOTS

PARTS = (*SUBJECTS, "ticks", "calls")
"""What `--only` knows, in the order in which it is measured."""

SIZES = (30, 480, 1920)
"""Lanes of the table: one E1, a full rack, the largest switch that has a spec."""

PICTURE_SIZES = (1, 2, 4, 8, 16, 30, 60, 120, 240, 480, 960, 1920)
"""Lanes of the picture."""

LEAST_TICKS, LEAST_CALLS, MINUTE_CALLS = 1000, 60, 30
"""What is measured however short the time: p99.9 wants a thousand ticks."""

WITH = {"sound": "with all sound", "events": "with events alone"}

HEADINGS = {
    "g711": "G.711: coding what an E1 carries",
    "dtmf": "DTMF: hearing keys on every channel",
    "tones": "Tones: making a pair of sines, one generator",
    "resample": "Resampling: other samplerates brought to 8 kHz",
}


def run(only: Sequence[str], seconds: float, as_lines: bool, drawing: Path | None) -> None:
    """Measure the parts that are wanted, all unless named, and tell."""
    wanted = [part for part in PARTS if part in only] if only else list(PARTS)
    if drawing and "ticks" not in wanted:
        wanted.append("ticks")
    if drawing:
        check_drawable(drawing)
    machine = host()
    console = Console(highlight=False, quiet=as_lines, soft_wrap=True)
    waiting = Console(stderr=True, highlight=False)
    _line(as_lines, "host", asdict(machine))
    _introduce(machine, console)
    with waiting.status("") as status:

        def busy(what: str) -> None:
            status.update(f"measuring {what} ...")

        for part in wanted:
            if part in SUBJECTS:
                _kernels(part, seconds, as_lines, console, busy)
            elif part == "ticks":
                _ticks(seconds, as_lines, drawing, machine, console, busy)
            else:
                _calls(seconds, as_lines, console, busy)


def _introduce(machine: Host, console: Console) -> None:
    caches = f", {machine.l2_kib:,} KiB of second-level cache a core" if machine.l2_kib else ""
    console.print(f"[bold]{machine.processor}[/bold], {machine.cores} cores{caches}")
    console.print(
        f"SIMD level {machine.simd} ({SIMD_WORDS[machine.simd]}), Python {machine.python}, "
        f"telcard {machine.telcard}; load {machine.load}"
    )
    console.print(
        "All figures are of one core.  A channel is 8,000 samples a second; ch/core is how many\n"
        "of them the core keeps up with.  Peers do the same work in the same run.\n",
        style="dim",
    )  # fmt: skip


def _kernels(
    part: str, seconds: float, as_lines: bool, console: Console, busy: Callable[[str], None]
) -> None:
    table = _table(HEADINGS[part], "work", ">ch/core", ">Msamples/s", ">times", "peer")
    for work in works(part):
        busy(f"{part}: {work.name}")
        figure = measure(work, seconds)
        _line(as_lines, "kernel", _figure_fields(figure))
        peers = figure.peers or {"": 0.0}
        for number, peer in enumerate(peers):
            ours = (figure.name, f"{figure.channels:,.0f}", f"{figure.msamples:,.0f}")
            table.add_row(
                *(ours if number == 0 else ("", "", "")),
                f"{figure.ratio(peer):.2g}" if peer else "",
                peer,
            )
    console.print(table)
    console.print()


def _figure_fields(figure: Figure) -> dict[str, Any]:
    ratios = {peer: round(figure.ratio(peer), 2) for peer in figure.peers}
    return asdict(figure) | {"msamples": figure.msamples, "ratios": ratios}


def _ticks(
    seconds: float,
    as_lines: bool,
    drawing: Path | None,
    machine: Host,
    console: Console,
    busy: Callable[[str], None],
) -> None:
    table = _table(
        "The tick: 10 ms of sound for every lane",
        ">lanes", ">mean us", ">p99.9 us", ">worst us", ">of a core", ">lanes a core",
    )  # fmt: skip
    costs = []
    for lanes in PICTURE_SIZES if drawing else SIZES:
        busy(f"ticks of {lanes:,} lanes")
        cost = tick_cost(lanes, max(LEAST_TICKS, round(5000 * seconds)))
        costs.append(cost)
        _line(as_lines, "tick", asdict(cost) | {"core": cost.core, "channels": cost.channels})
        table.add_row(
            f"{cost.lanes:,}",
            f"{cost.mean_us:,.1f}",
            f"{cost.p999_us:,.1f}",
            f"{cost.worst_us:,.1f}",
            f"{cost.core:.2%}",
            f"{cost.channels:,.0f}",
        )
    console.print(table)
    _explain_ticks(costs, console)
    if drawing:
        draw_costs(drawing, costs, machine)
        console.print(f"picture: {drawing}\n")


def _explain_ticks(costs: Sequence[TickCost], console: Console) -> None:
    small, large = costs[0], costs[-1]
    e1 = large.channels / len(TIMESLOTS)
    console.print(
        "It must be done in 10 ms.  Here every lane hears DTMF, every second one plays, and the\n"
        "caches are swept between ticks, as in a machine that does other things too.\n"
        f"A lane of {large.lanes:,} costs {large.mean_us / large.lanes:.2f} us a tick, one of "
        f"{small.lanes} {small.mean_us / small.lanes:.2f} us: a group of 16 is worked on at once.\n"
        f"So one core carries about {e1:,.0f} E1 of {len(TIMESLOTS)} channels, if nothing else "
        "wants it.\n",
        style="dim",
    )


def _calls(seconds: float, as_lines: bool, console: Console, busy: Callable[[str], None]) -> None:
    busy("calls")
    done = set_ups(max(LEAST_CALLS, round(1200 * seconds)))
    fields = {name: value for name, value in asdict(done).items() if name != "delays_ms"} | {
        "calls_a_second": done.calls_a_second,
        "delay_p50_ms": done.delay_ms(0.5),
        "delay_p99_ms": done.delay_ms(0.99),
    }
    _line(as_lines, "calls", fields)
    _explain_calls(done, console)
    busy("calls of a minute")
    minutes = {
        fidelity: set_ups(MINUTE_CALLS, flow_s=60.0, fidelity=fidelity)
        for fidelity in ("sound", "events")
    }
    told = []
    for fidelity, long in minutes.items():
        talked_s = 60 * long.calls / (long.cpu_s + long.far_cpu_s)
        _line(as_lines, "minutes", {"fidelity": fidelity, "channel_seconds_a_second": talked_s})
        told.append(f"{talked_s / 3600:,.1f} hours {WITH[fidelity]}")
    console.print(
        f"Calls of a minute, both ends: a second simulates {', '.join(told)}.\n", style="dim"
    )


def _explain_calls(done: SetUps, console: Console) -> None:
    console.print("[bold]Calls: from the seizure of a circuit to its release[/bold]")
    console.print(
        f"{done.calls_a_second:,.0f} calls a second on {done.channels} channels of {done.card}: "
        f"{done.cpu_s / done.calls * 1000:.1f} ms of processor time a call."
    )
    console.print(
        f"Each is seized, dialled, answered, hears {FLOW_S:g} s and is cleared, in virtual time; "
        f"the far end's share,\n{done.far_cpu_s / done.calls * 1000:.1f} ms a call, is not "
        "counted.  Real calls last minutes: the lanes they keep open cost more than this.",
        style="dim",
    )


def _table(title: str, *columns: str) -> Table:
    """A table; a column whose name begins with > holds figures."""
    table = Table(
        title=title, title_justify="left", title_style="bold", header_style="dim", box=None,
        pad_edge=False, padding=(0, 2, 0, 0),
    )  # fmt: skip
    for column in columns:
        figures = column.startswith(">")
        table.add_column(column.lstrip(">"), justify="right" if figures else "left", no_wrap=True)
    return table


def _line(wanted: bool, kind: str, fields: dict[str, Any]) -> None:
    if wanted:
        sys.stdout.write(json.dumps({"kind": kind, **fields}, allow_nan=False) + "\n")
        sys.stdout.flush()
