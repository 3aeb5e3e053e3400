"""`telcard fax send`: documents from one fax machine to another, over a line that is made up."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from telcard.audio import Writer
from telcard.cli.bar import progress_bar
from telcard.cli.fax_decode import COLOURS, require_kind
from telcard.clock import Clock
from telcard.dsp.copper import Copper
from telcard.errors import ConfigError
from telcard.fax import FaxResult, FaxTerminal, prints
from telcard.fax.cover import cover_page
from telcard.fax.dialogue import FaxOptions
from telcard.fax.documents import document_pages
from telcard.fax.frames import write_text
from telcard.fax.geometry import Resolution
from telcard.fax.header import HeaderLine, stamped
from telcard.fax.t30 import Event, PageReport, Traced
from telcard.rehearsal.faxing import fax_call


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a user wants to be sent, and how."""

    documents: Sequence[Path]
    resolution: Resolution = Resolution.FINE
    font: Path | None = None
    header: str = ""
    """Who sends, in the line over every page; none without it."""
    to: str = ""
    """For whom: a cover page; none without it."""
    subject: str = ""
    text: str = ""
    ident: str = ""
    modems: str = "v17"
    ecm: bool = True
    subaddress: str = ""
    """For whom behind the far end's number (SUB)."""

    def options(self) -> FaxOptions:
        """What a fax terminal is told of it."""
        return FaxOptions(
            ident=self.ident, modems=self.modems, ecm=self.ecm, subaddress=self.subaddress
        )


def pages_of(wish: Wish, clock: Clock) -> list[NDArray[np.bool_]]:
    """The pages as they are sent: cover page, documents, a header line over each."""
    pages: list[NDArray[np.bool_]] = []
    for path in wish.documents:
        pages += document_pages(path, wish.resolution, font=wish.font)
    if not pages:
        raise ConfigError("documents: want a page at least, got none")
    when = clock.utc().astimezone()
    if wish.to:
        cover = cover_page(
            wish.to, wish.header or wish.ident, when, subject=wish.subject, text=wish.text,
            pages=len(pages) + 1, resolution=wish.resolution,
        )  # fmt: skip
        pages.insert(0, cover)
    if wish.header:
        line = HeaderLine(wish.header, when, wish.to)
        pages = [
            stamped(page, line.text(number, len(pages)), wish.resolution)
            for number, page in enumerate(pages, 1)
        ]
    return pages


def prepared(
    wish: Wish, clock: Clock, received: Path | None, console: Console, to: str = ""
) -> list[NDArray[np.bool_]]:
    """The pages, once all that is wished is known to be possible; tells how many they are."""
    if received is not None:
        require_kind(received)
    pages = pages_of(wish, clock)
    require_texts(wish)
    count = f"{len(pages)} page{'' if len(pages) == 1 else 's'}"
    console.print(f"[bold]{count}[/bold], {wish.resolution.name.lower()}{to and f', to {to}'}")
    return pages


def run(
    wish: Wish,
    *,
    clock: Clock,
    copper: Copper,
    seed: int,
    received: Path | None,
    recording: Path | None,
    as_json: bool,
) -> int:
    """Send, tell, keep; the exit status: 1 where not all pages went over."""
    console = Console(highlight=False, quiet=as_json, soft_wrap=True)
    pages = prepared(wish, clock, received, console)
    sender = FaxTerminal(pages=pages, resolution=wish.resolution, **wish.options())
    receiver = FaxTerminal(calling=False, ident="telcard")
    with ExitStack() as stack:
        file = stack.enter_context(Writer(recording, channels=2)) if recording else None
        bar = stack.enter_context(progress_bar(Console(stderr=True)))
        task = bar.add_task("calling", total=len(pages))
        teller = Teller(console)
        for block in fax_call(sender, receiver, copper, seed=seed):
            if file is not None:
                file.write(block)
            done = teller.tell(sender.result)
            bar.update(task, completed=done, description="sending" if done else "calling")
        teller.tell(sender.result)
    result = sender.result
    files = keep(received, [receiver.result])
    if as_json:
        sys.stdout.write(json.dumps(fields(sender, receiver, files), allow_nan=False) + "\n")
    console.print(f"  [bold]{result}[/bold], {result.seconds:.0f} s")
    for path in [*files, *([recording] if recording else [])]:
        console.print(f"  {path}", style="dim")
    return 0 if result.good else 1


def require_texts(wish: Wish) -> None:
    """Raise ConfigError for a number of ours, or a sub-address, that no frame holds."""
    for name, text in (("ident", wish.ident), ("subaddress", wish.subaddress)):
        try:
            write_text(text)
        except ValueError as error:
            raise ConfigError(f"--{name}: {error}") from error


def keep(path: Path | None, results: Sequence[FaxResult]) -> list[Path]:
    """Save what the receiver has got, in one call or several."""
    pages = [page for result in results for page in result.pages]
    if path is None or not pages:
        return []
    return prints.save(path, pages, next(shape for one in results for shape in one.resolutions))


class Teller:
    """Prints the transcript of a terminal as it grows; `before` pages had gone over already, and
    `prefix` stands before each line."""

    def __init__(self, console: Console, before: int = 0, prefix: str = "") -> None:
        self._console = console
        self._before = before
        self._prefix = prefix
        self._traced = self._pages = 0

    def tell(self, result: FaxResult) -> int:
        """Print what is new; how many pages have gone over."""
        for traced in result.transcript[self._traced :]:
            self.told(traced)
        for report in result.reports[self._pages :]:
            self.told(report)
        self._traced, self._pages = len(result.transcript), len(result.reports)
        return sum(report.accepted for report in result.reports)

    def told(self, event: Event) -> None:
        """Print an event, if people care for it."""
        match event:
            case Traced():
                colour = COLOURS["caller" if event.sent else "called"]
                self._print(event.text(), colour)
            case PageReport():
                self._print(f"{'':13}{of_page(event, self._before)}", "bold")

    def _print(self, text: str, style: str) -> None:
        self._console.print(self._prefix + text, style=style, markup=False)


def of_page(report: PageReport, before: int = 0) -> str:
    """What became of a page, in words; `before` pages had gone over in other calls."""
    agreement = report.agreement
    went = "gone over" if report.sent else "come"
    words = [
        f"page {before + report.number} has {'' if report.accepted else 'not '}{went}: "
        f"{report.rows} rows, {agreement.coding.upper()}, {agreement.rate}, {report.seconds:.1f} s"
    ]
    if report.bad_rows:
        words.append(f"{report.bad_rows} bad rows")
    if report.requests:
        words.append(f"mended {report.requests} times")
    if report.repeats:
        words.append(f"sent anew {report.repeats} times")
    return ", ".join(words)


def fields(sender: FaxTerminal, receiver: FaxTerminal, files: list[Path]) -> dict[str, Any]:
    """What --json tells."""
    result = sender.result
    return {
        "good": result.good,
        "reason": str(result),
        "seconds": result.seconds,
        "far": "" if result.far is None else result.far.ident,
        "pages": [page_fields(report) for report in result.reports],
        "received": [len(page) for page in receiver.result.pages],
        "transcript": [frame_fields(traced) for traced in result.transcript],
        "files": [str(path) for path in files],
    }


def page_fields(report: PageReport) -> dict[str, Any]:
    """A page in --json."""
    agreement = report.agreement
    return {
        "number": report.number,
        "accepted": report.accepted,
        "rows": report.rows,
        "bad_rows": report.bad_rows,
        "coding": agreement.coding,
        "ecm": agreement.ecm,
        "modem": agreement.rate.modem.value,
        "bit_s": agreement.rate.bit_s,
        "requests": report.requests,
        "repeats": report.repeats,
        "seconds": report.seconds,
    }


def frame_fields(traced: Traced) -> dict[str, Any]:
    """A line of the transcript in --json."""
    said = {"at_s": traced.sample / 8000, "sent": traced.sent, "text": traced.frame.text()}
    return said | ({"note": traced.note} if traced.note else {})
