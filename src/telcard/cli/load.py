"""`telcard load`: traffic against the emulated house; a table with words, JSON, or a picture."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from telcard.clock import SystemClock, VirtualClock, run
from telcard.rehearsal.erlang import erlang_b
from telcard.rehearsal.load import LoadReport, Profile, play_load
from telcard.rehearsal.load_picture import check_drawable, draw_load
from telcard.units import NS


def play(profile: Profile, as_json: bool, picture: Path | None) -> None:
    """Play the load and tell of it.

    The report goes to standard output and is the same for the same profile; how fast it went,
    which is not, goes to standard error with the progress.
    """
    if picture is not None:
        check_drawable(picture)
    console = Console(highlight=False, markup=False, soft_wrap=True)
    aside = Console(stderr=True, highlight=False, soft_wrap=True)
    watch = SystemClock()
    report = _played(profile, aside)
    took_s = watch.now() / NS
    if as_json:
        sys.stdout.write(json.dumps(report.as_dict(), allow_nan=False) + "\n")
    else:
        _tell(report, console)
    if picture is not None:
        draw_load(picture, report)
        aside.print(f"picture: {picture}")
    aside.print(
        f"{report.simulated_s:,.0f} s of telephony took {took_s:,.1f} s: "
        f"{report.simulated_s / took_s:,.0f} s a second.",
        style="dim",
    )


def _played(profile: Profile, aside: Console) -> LoadReport:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[facts]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=aside, transient=True) as progress:
        task = progress.add_task("playing", total=1.0, facts="setting the stage")

        def told(done: float, calls: int, busy: int) -> None:
            progress.update(task, completed=done, facts=f"{calls:,} calls, {busy} circuits busy")

        return run(play_load(profile, told=told), VirtualClock())


def _tell(report: LoadReport, console: Console) -> None:
    profile = report.profile
    console.print(
        f"{profile.erlang:g} Erlang for {profile.minutes:g} minutes on {profile.circuits} circuits "
        f"of {profile.card} ({profile.fidelity}, seed {profile.seed}).\n"
    )
    console.print(_scripts(report))
    console.print()
    console.print(_figures(report))
    console.print(f"\n{_verdict(report)}")
    others = {reason: n for reason, n in report.failures.items() if n and "circuit" not in reason}
    for reason, count in others.items():
        console.print(f"{count:,} calls failed: {reason}.")


def _verdict(report: LoadReport) -> str:
    low, high = report.interval
    if low <= report.expected_share <= high:
        return "What Erlang B expects lies within what this sample can tell."
    came = erlang_b(report.offered, report.profile.circuits)
    return (
        f"What Erlang B expects lies outside of this sample's interval.  By chance "
        f"{report.offered:.2f} Erlang came\ninstead of {report.profile.erlang:g}; of those it "
        f"expects {came:.2%}.  A longer load (--minutes) tells more."
    )


def _scripts(report: LoadReport) -> Table:
    table = _table("script", ">calls", ">share", ">holds a circuit")
    total = max(1, len(report.attempts))
    for name, held_s in report.holding_s.items():
        calls = sum(attempt.script == name for attempt in report.attempts)
        table.add_row(name, f"{calls:,}", f"{calls / total:.1%}", f"{held_s:.1f} s")
    table.add_row(
        "", f"{len(report.attempts):,}", "", f"{report.mean_holding_s:.1f} s", style="dim"
    )
    return table


def _figures(report: LoadReport) -> Table:
    low, high = report.interval
    table = _table("", ">", "")
    for name, figure, words in (
        ("attempts", f"{len(report.attempts):,}", f"{report.offered:.2f} Erlang came by chance"),
        ("carried", f"{report.carried:.2f}", "Erlang: circuits busy on average"),
        ("blocked", f"{report.blocked:,}", "found no circuit and went away"),
        ("blocked share", f"{report.blocked_share:.2%}", f"95 %: {low:.2%} to {high:.2%}"),
        ("Erlang B", f"{report.expected_share:.2%}", "what theory expects"),
        ("answer p50", f"{report.answer_quantile_s(0.5):.2f} s", "from lifting the handset"),
        ("answer p99", f"{report.answer_quantile_s(0.99):.2f} s", ""),
    ):
        table.add_row(name, figure.replace("nan s", "-"), words)
    return table


def _table(*columns: str) -> Table:
    """A table; a column whose name begins with > holds figures."""
    table = Table(header_style="dim", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.show_header = any(column.lstrip(">") for column in columns)
    for column in columns:
        figures = column.startswith(">")
        table.add_column(column.lstrip(">"), justify="right" if figures else "left", no_wrap=True)
    return table
