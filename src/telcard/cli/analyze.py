"""`telcard analyze`: what is in a recording, as a table, as JSON lines, as a picture."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from telcard.analysis import (
    Analysis,
    Cadence,
    Digit,
    FaxSignal,
    Finding,
    Level,
    Pulse,
    Signal,
    Silence,
    Speech,
    Tone,
    analyse,
    as_json,
    picture,
)
from telcard.analysis.cadences import bursts, within_cadence
from telcard.analysis.findings import side_name
from telcard.audio import Raw
from telcard.cli.bar import progress_bar
from telcard.countries import country as country_of
from telcard.errors import ConfigError, MediaError

SOUNDS = {
    ".wav", ".flac", ".al", ".alaw", ".ul", ".ulaw", ".au", ".aiff", ".aif", ".caf", ".ogg",
    ".opus", ".mp3", ".w64", ".rf64", ".gsm", ".voc", ".vox", ".vox6", ".vox8", ".g726",
}  # fmt: skip
"""Endings that are taken for sound in a folder; a file that is named is always tried."""


WIDTH = 120
"""Columns of a table that goes into a file or a pipe."""


def run(
    paths: Sequence[Path],
    *,
    raw: Raw | None,
    country: str | None,
    as_lines: bool,
    drawing: Path | None,
    start_s: float,
    end_s: float | None,
) -> int:
    """Analyse every file; returns the exit status: 1 if one could not be read."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)
    complaints = Console(stderr=True, highlight=False, soft_wrap=True)
    files = sound_files(paths, raw)
    if country is not None:
        country_of(country)  # one sentence for an unknown code, not one for each file
    several = len(files) > 1
    if drawing and several:
        _folder(drawing)
    status = 0
    drawn: set[Path] = set()
    with progress_bar(complaints) as bar:
        task = bar.add_task("", total=len(files))
        for number, file in enumerate(files):

            def progress(done: float, number: int = number) -> None:
                bar.update(task, completed=number + done)

            bar.update(task, description=file.name, completed=number)
            try:
                found = analyse(str(file), raw, country=country, progress=progress)
                if found.damage:
                    status = 1
                    complaints.print(f"telcard: {found.damage}", markup=False)
                if as_lines:
                    _write(found)
                else:
                    tell(found, console)
                if drawing:
                    out = _free(drawing, file, drawn) if several else drawing
                    first_s, last_s = _draw(out, found, raw, start_s, end_s)
                    drawn.add(out)
                    if not as_lines:
                        console.print(f"{out}: {first_s:g} to {last_s:.1f} s\n", style="dim")
            except (MediaError, ConfigError) as error:
                status = 1
                complaints.print(f"telcard: {error}", markup=False)
    return status


def sound_files(paths: Sequence[Path], raw: Raw | None) -> list[Path]:
    """The files that were named, and the sounds in the folders that were; ConfigError for none."""
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(file for file in path.rglob("*") if file.is_file())
            files += [file for file in inside if raw or file.suffix.lower() in SOUNDS]
        else:
            files.append(path)
    if not files:
        raise ConfigError(f"{', '.join(map(str, paths))}: no sound files in there")
    return files


def _folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"--picture {path}: want a folder for the pictures of several recordings"
        ) from error


def _free(folder: Path, file: Path, taken: set[Path]) -> Path:
    """Where the picture of a file goes; files of one name in several folders have their own."""
    path, number = folder / f"{file.name}.png", 1
    while path in taken:
        number += 1
        path = folder / f"{file.name}-{number}.png"
    return path


def _write(found: Analysis) -> None:
    for finding in found.findings:
        line = as_json(finding, found.file, found.channels)
        sys.stdout.write(json.dumps(line, allow_nan=False) + "\n")
    sys.stdout.flush()


def _draw(
    path: Path, found: Analysis, raw: Raw | None, start_s: float, end_s: float | None
) -> tuple[float, float]:
    try:
        return picture(path, found, raw, start_s=start_s, end_s=end_s)
    except ConfigError:
        raise
    except (ValueError, OSError) as error:
        raise ConfigError(f"--picture {path}: {error}") from error  # an ending nobody can draw


def tell(found: Analysis, console: Console) -> None:
    """Print one recording: its sides, and everything in the order in which it happens."""
    sides = {1: "mono", 2: "stereo"}.get(found.channels, f"{found.channels} channels")
    console.print(
        Text(found.file, style="bold").append(
            f"  {_clock(found.length_s)}  {sides}, {found.samplerate} Hz", style="dim"
        ),
        soft_wrap=True,
    )
    for channel in range(found.channels):
        own = found.of(channel)
        name = side_name(channel, found.channels)
        for finding in own:
            if isinstance(finding, Level):
                console.print(f"  {name:6}{finding.detail}", soft_wrap=True)
        for word, kinds in (("keys", Digit), ("dial", Pulse)):
            digits = "".join(f.label for f in own if isinstance(f, kinds))
            if digits:
                console.print(f"  {name:6}{word} [bold]{digits}[/bold]", soft_wrap=True)
        for system, signals in groupby(
            (f for f in own if isinstance(f, Signal) and f.system != "signalling"),
            lambda finding: finding.system,
        ):
            row = " ".join(finding.signal for finding in signals)
            console.print(f"  {name:6}{system} [bold]{row}[/bold]", soft_wrap=True)
    if any(isinstance(f, FaxSignal) and f.tone == "v21_preamble" for f in found.findings):
        console.print("  a fax call; its pages, and who said what:", style="bold", end=" ")
        console.print(f"telcard fax decode {found.file}", markup=False, soft_wrap=True)
    rows = list(_rows(found.findings))
    if not rows:
        console.print("  no digits, no steady tones, no silence\n", style="dim")
        return
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("  at", justify="right", no_wrap=True)
    table.add_column("side", no_wrap=True)
    table.add_column("lasts", justify="right", no_wrap=True)
    table.add_column("what", no_wrap=True)
    table.add_column("dBm0", no_wrap=True)
    table.add_column("in detail")
    for finding in rows:
        table.add_row(
            _clock(finding.start_s),
            side_name(finding.channel, found.channels),
            f"{finding.length_s:.3f} s",
            Text(finding.what),
            " ".join(f"{level:.1f}" for level in finding.loudness),
            Text(finding.detail),
            style="dim" if isinstance(finding, (Silence, Speech)) else finding.colour,
        )
    console.print(table)
    console.print()


def _rows(findings: Iterable[Finding]) -> Iterable[Finding]:
    """What gets a row of its own: a cadence stands for the tones that it is made of."""
    findings = list(findings)
    rhythms = [finding for finding in findings if isinstance(finding, Cadence)]
    tones = [finding for finding in findings if isinstance(finding, Tone)]
    inside: set[Finding] = set()
    for cadence in rhythms:
        inside |= set(bursts(cadence, tones))
    for finding in findings:
        if isinstance(finding, Silence) and within_cadence(finding, rhythms):
            inside.add(finding)
    return (f for f in findings if not isinstance(f, Level) and f not in inside)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds, 3), 60)
    if minutes < 60:
        return f"{int(minutes)}:{rest:06.3f}"
    return f"{int(minutes // 60)}:{int(minutes % 60):02}:{rest:06.3f}"
