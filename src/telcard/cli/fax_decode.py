"""`telcard fax decode`: the pages in a recording of a fax call, and who said what."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from telcard.analysis.fax_picture import draw_fax, require_drawing
from telcard.analysis.faxes import FaxFound, listen_to_recording
from telcard.audio import Raw
from telcard.cli.bar import progress_bar
from telcard.errors import ConfigError, MediaError
from telcard.fax import prints, tiff
from telcard.fax.geometry import Resolution
from telcard.fax.negotiation import Agreement
from telcard.fax.phases import Rate
from telcard.fax.t4 import Coding

COLOURS = {"caller": "cyan", "called": "magenta"}


def run(
    path: Path,
    *,
    output: Path | None,
    drawing: Path | None,
    mix: bool,
    as_json: bool,
    raw: Raw | None,
    said: Agreement | None = None,
) -> int:
    """Listen, tell, write; the exit status: 1 where there is no page, or the file is damaged."""
    if path.is_dir():
        raise ConfigError(f"{path}: want a recording, got a folder")
    out = output or path.with_suffix(".tif")
    require_kind(out)
    if drawing is not None:
        require_drawing(drawing)
    console = Console(highlight=False, quiet=as_json, soft_wrap=True)
    complaints = Console(stderr=True, highlight=False, soft_wrap=True)
    with progress_bar(complaints) as bar:
        task = bar.add_task("listening", total=1)
        found = listen_to_recording(
            path,
            raw,
            mix=mix,
            assumed=said,
            progress=lambda done: bar.update(task, completed=done),
        )
    if not found.is_fax:
        raise MediaError(f"{path}: no fax is heard in it")
    files = keep(out, found.pages, found.idents.get("caller", "")) if found.pages else []
    if drawing is not None:
        draw_fax(drawing, found, raw)
        files.append(drawing)
    if as_json:
        line = found.fields() | {"files": [str(file) for file in files]}
        sys.stdout.write(json.dumps(line, allow_nan=False) + "\n")
    else:
        tell(console, found)
        for file in files:
            console.print(f"  {file}", style="dim")
    if found.damage:
        complaints.print(f"telcard: {found.damage}", markup=False)
    return 0 if found.pages and not found.damage else 1


def assumed(rate: str, coding: Coding | None, ecm: bool, resolution: str) -> Agreement:
    """What a DCS that is not in a recording is taken to have said; ConfigError for what none
    says."""
    said = Agreement(
        Rate[rate.upper()], coding or ("mmr" if ecm else "mh"), Resolution[resolution.upper()],
        ecm=ecm,
    )  # fmt: skip
    if said.coding == "mmr" and not ecm:
        raise ConfigError("--coding: want mh or mr with --no-ecm, got mmr")
    return said


def require_kind(path: Path) -> None:
    """Raise ConfigError unless pages can be saved so."""
    if path.suffix.lower() not in prints.KINDS:
        got = path.suffix or "no ending"
        raise ConfigError(f"{path}: want a file for pages, {', '.join(prints.KINDS)}, got {got}")


class Kept(Protocol):
    """A page with its evidence: a `HeardPage`, or one that was received."""

    @property
    def pixels(self) -> NDArray[np.bool_]:
        """Shape (rows, width), True = black."""

    @property
    def resolution(self) -> Resolution:
        """How fine it is."""

    @property
    def bad_rows(self) -> int:
        """Rows that came damaged."""

    @property
    def longest_bad(self) -> int:
        """The most of them in a row."""


def keep(path: Path, pages: Sequence[Kept], ident: str) -> list[Path]:
    """Write pages; of a PDF or PNG, a file for each resolution.  TIFFs name who sent them."""
    if path.suffix.lower().startswith(".tif"):
        with tiff.TiffWriter(path, total=len(pages)) as file:
            for page in pages:
                evidence = {"bad_rows": page.bad_rows, "longest_bad": page.longest_bad}
                file.add(page.pixels, page.resolution, description=ident, **evidence)
        return [path]
    by_resolution: dict[Resolution, list[Kept]] = {}
    for page in pages:
        by_resolution.setdefault(page.resolution, []).append(page)
    files = []
    for resolution, some in by_resolution.items():
        several = len(by_resolution) > 1
        name = path.with_stem(f"{path.stem}-{resolution.name.lower()}") if several else path
        files += prints.save(name, [page.pixels for page in some], resolution)
    return files


def tell(console: Console, found: FaxFound) -> None:
    """Print what was heard."""
    how = "each end in its channel" if found.sides == 2 else "both ends in one channel"
    console.print(f"[bold]{found.file}[/bold]  {found.length_s:.1f} s", end="")
    console.print(f"  {how}", style="dim")
    for station, ident in found.idents.items():
        console.print(f"  {station} {ident or 'without a number'}", style="bold", markup=False)
    echoes = 0
    for line in found.transcript:
        if line.echo:
            echoes += 1
            continue
        style = "bold" if line.page is not None else COLOURS.get(line.station)
        console.print(line.text(), style=style, markup=False)
    if echoes:
        console.print(f"  {echoes} frames more were echoes on the other side", style="dim")
    for sentence in found.lacking:
        console.print(f"  {sentence}", style="yellow")
    count = len(found.pages)
    console.print(f"  {count or 'no'} page{'' if count == 1 else 's'}", style="bold")
