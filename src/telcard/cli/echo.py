"""`telcard echo`: how much echo a recording has, and the recording without it."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from telcard.analysis.cleaning import EchoCleaned, clean_recording, measure_recording
from telcard.analysis.echo import EchoFound, EchoPath
from telcard.analysis.echo_picture import draw_echo
from telcard.audio import Raw
from telcard.cli.bar import progress_bar
from telcard.dsp.echo import tail_taps
from telcard.errors import ConfigError


def run(
    path: Path,
    *,
    output: Path | None,
    measure_only: bool,
    swap: bool,
    tail_ms: int | None,
    nlp: bool,
    as_json: bool,
    drawing: Path | None,
    raw: Raw | None,
) -> int:
    """Measure, clean, tell; returns the exit status: 1 when the file could not be read wholly."""
    if tail_ms is not None:
        try:
            tail_taps(tail_ms, "--tail-ms")
        except ValueError as error:
            raise ConfigError(str(error)) from error
    if path.is_dir():
        raise ConfigError(f"{path}: want a recording, got a folder")
    out = None if measure_only else output or path.with_name(f"{path.stem}-clean.wav")
    if out is not None and out.exists() and path.exists() and out.samefile(path):
        raise ConfigError(f"{out}: want another file to write than the one that is read")
    console = Console(highlight=False, quiet=as_json, soft_wrap=True)
    complaints = Console(stderr=True, highlight=False, soft_wrap=True)
    with progress_bar(complaints) as bar:
        task = bar.add_task("measuring", total=2)
        found = measure_recording(
            path, raw, swap=swap, progress=lambda done: bar.update(task, completed=done)
        )
        bar.update(task, description="cleaning")
        cleaned = clean_recording(
            path, found, out, raw, swap=swap, tail_ms=tail_ms, nlp=nlp,
            progress=lambda done: bar.update(task, completed=1 + done),
        )  # fmt: skip
    if as_json:
        line = fields(path, out, found, cleaned)
        sys.stdout.write(json.dumps(line, allow_nan=False) + "\n")
    else:
        tell(console, path, out, found, cleaned, swap)
    if drawing is not None:
        draw_echo(drawing, f"{path.name}   {found.length_s:.1f} s", found, cleaned)
        console.print(f"  {drawing}", style="dim")
    if cleaned.damage:
        complaints.print(f"telcard: {cleaned.damage}", markup=False)
    return 1 if cleaned.damage else 0


def fields(path: Path, out: Path | None, found: EchoFound, cleaned: EchoCleaned) -> dict[str, Any]:
    """What --json tells: the fields of `EchoFound`, `EchoPath` and `EchoCleaned`."""
    told = asdict(found)
    if found.echo is not None:
        told["echo"]["taps"] = [round(float(tap), 6) for tap in found.echo.taps]
    done = {name: value for name, value in asdict(cleaned).items() if name != "levels"}
    return {
        "file": str(path),
        "output": None if out is None else str(out),
        **told,
        "double_talk": cleaned.double_talk,
        **done,
    }


def tell(
    console: Console,
    path: Path,
    out: Path | None,
    found: EchoFound,
    cleaned: EchoCleaned,
    swapped: bool,
) -> None:
    """Print what was found, in words."""
    sides = ("right", "left") if swapped else ("left", "right")
    console.print(f"[bold]{path}[/bold]  {found.length_s:.1f} s", end="")
    console.print(f"  {sides[0]}: towards the line, {sides[1]}: from it", style="dim")
    console.print(
        f"  sent       {found.sent_s:.1f} s with something to give back, "
        f"{found.receive_dbm0:.1f} dBm0; noise from the line {found.noise_dbm0:.0f} dBm0"
    )
    echo = found.echo
    if echo is None:
        console.print("  echo       [bold]none[/bold] stands out", end="")
        console.print("; if the sides are the other way round: --swap", style="dim")
    else:
        console.print(
            f"  echo       [bold]{echo.erl_db:.1f} dB[/bold] weaker than what was sent (ERL), "
            f"after [bold]{echo.delay_ms:.1f} ms[/bold], lasting {echo.dispersion_ms:.1f} ms; "
            f"stands out by {echo.stands_out_db:.0f} dB"
        )
        console.print(f"  delay      {of_delay(echo)}")
    console.print(
        f"  both talk  {cleaned.double_talk:.0%} of the time in which there is something to give "
        f"back; the near end alone {cleaned.near_s:.1f} s"
    )
    if cleaned.erle_db is not None:
        console.print(
            f"  cleaned    [bold]{cleaned.erle_db:.1f} dB[/bold] less echo (ERLE) with a tail of "
            f"{cleaned.tail_ms} ms from {cleaned.delay_ms:.1f} ms on"
            + (f"; the near end {cleaned.near_db:+.1f} dB" if cleaned.near_db is not None else "")
        )
    elif echo is not None:
        console.print("  cleaned    too short to tell by how much")
    if out is not None:
        console.print(f"  {out}", style="dim")


def of_delay(echo: EchoPath) -> str:
    """Whether it stays, in words."""
    if echo.delay_ms < 0:
        return "before what causes it: the sides of this recording are shifted"
    if echo.jumps:
        where = ", ".join(f"{second:.0f} s" for second in echo.jumps[:5])
        return f"jumps, {len(echo.jumps)} times: about {where}"
    if echo.drift_ppm is None:
        return "too little talk to tell whether it stays"
    if abs(echo.drift_ppm) < 1:
        return "stays"
    return f"drifts by {echo.drift_ppm:.1f} ppm, {echo.drift_ppm * 3.6:.0f} ms an hour"
