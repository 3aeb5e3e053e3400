"""`telcard fax send --number`: documents to a fax machine that a card calls, again if need be."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from telcard.calls import Card
from telcard.cli.bar import progress_bar
from telcard.cli.fax_cards import (
    CARDS,
    card_with_trunks,
    chassis_with_town,
    hang_up_all,
    on_signals,
    put_away,
    time_of,
)
from telcard.cli.fax_send import (
    Teller,
    Wish,
    frame_fields,
    keep,
    page_fields,
    prepared,
)
from telcard.clock import Clock
from telcard.clock import run as run_under
from telcard.dsp.copper import Copper
from telcard.errors import LineError
from telcard.fax import FaxResult
from telcard.fax.t30 import Event, PageReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a document goes over cards."""

    number: str
    cards: Sequence[str] = CARDS
    retries: int = 0
    """So many more calls, where not all pages have gone over."""
    retry_s: float = 60.0
    """Between two of them."""
    live: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call: its fax, or why there was none."""

    why: str
    result: FaxResult | None = None

    @property
    def gone_over(self) -> int:
        """How many pages it has brought over."""
        return sum(report.accepted for report in self.result.reports) if self.result else 0


Told = Callable[[int, Event], None]
"""Called with the pages that had gone over before this call, and what is new."""


async def deliver(
    card: Card,
    wish: Wish,
    pages: Sequence[NDArray[np.bool_]],
    way: Way,
    *,
    told: Told = lambda before, event: None,
    called: Callable[[Attempt], None] = lambda attempt: None,
    recording: Path | None = None,
    stopped: asyncio.Event | None = None,
) -> list[Attempt]:
    """Call until all pages have gone over, or as often as is wished; those that have are not sent
    again.  `called` is told of every call when it is over; once `stopped` is set there is no other.
    """
    stopped = stopped or asyncio.Event()
    attempts: list[Attempt] = []
    over = 0
    while over < len(pages) and len(attempts) <= way.retries:
        if attempts and await _set_within(stopped, way.retry_s):
            break
        sound = recording and _numbered(recording, len(attempts) + 1)
        before = over

        def tell(event: Event, before: int = before) -> None:
            told(before, event)

        attempt = await _attempt(card, wish, pages[over:], way.number, tell, sound)
        called(attempt)
        attempts.append(attempt)
        over += attempt.gone_over
    return attempts


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False


async def _attempt(
    card: Card,
    wish: Wish,
    pages: Sequence[NDArray[np.bool_]],
    number: str,
    told: Callable[[Event], None],
    recording: Path | None,
) -> Attempt:
    """One call."""
    try:
        call = await card.dial(number, caller="".join(filter(str.isdigit, wish.ident)))
    except LineError as error:
        return Attempt(str(error))
    async with call:
        if recording is not None:
            call.record(recording)
        result = await call.fax_send(pages, resolution=wish.resolution, told=told, **wish.options())
    return Attempt(str(result), result)


def _numbered(path: Path, attempt: int) -> Path:
    return path if attempt == 1 else path.with_stem(f"{path.stem}-{attempt}")


def run(
    wish: Wish,
    way: Way,
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
    pages = prepared(wish, clock, received, console, way.number)
    with progress_bar(Console(stderr=True)) as bar:
        task = bar.add_task("calling", total=len(pages))

        def told(before: int, event: Event) -> None:
            Teller(console, before).told(event)
            if isinstance(event, PageReport) and event.accepted:
                bar.update(task, completed=before + event.number, description="sending")

        def called(attempt: Attempt) -> None:
            console.print(f"  [bold]{attempt.why}[/bold]")

        sending = _over_cards(wish, way, pages, copper, seed, told, called, recording)
        attempts, got = run_under(sending, time_of(clock, way.live))
    files = keep(received, got)
    if recording is not None:
        names = (_numbered(recording, number) for number in range(1, len(attempts) + 1))
        files += [name for name in names if name.exists()]
    good = sum(attempt.gone_over for attempt in attempts) == len(pages)
    if as_json:
        line = fields(way, attempts, good, got, files)
        sys.stdout.write(json.dumps(line, allow_nan=False) + "\n")
    for path in files:
        console.print(f"  {path}", style="dim")
    return 0 if good else 1


async def _over_cards(
    wish: Wish,
    way: Way,
    pages: Sequence[NDArray[np.bool_]],
    copper: Copper,
    seed: int,
    told: Told,
    called: Callable[[Attempt], None],
    recording: Path | None,
) -> tuple[list[Attempt], list[FaxResult]]:
    """The attempts, and what the town's machine at that number has got."""
    async with (
        chassis_with_town(way.cards, seed) as (chassis, town),
        town.fax(way.number, copper, ident=way.number[:20]) as machine,
    ):
        stopped = asyncio.Event()

        async def stop() -> None:
            stopped.set()
            await hang_up_all(chassis)

        async with on_signals(stop):
            attempts = await deliver(
                card_with_trunks(chassis), wish, pages, way,
                told=told, called=called, recording=recording, stopped=stopped,
            )  # fmt: skip
        await put_away(machine)
        return attempts, [result for result in machine.received if result.pages]


def fields(
    way: Way, attempts: Sequence[Attempt], good: bool, got: Sequence[FaxResult], files: list[Path]
) -> dict[str, Any]:
    """What --json tells: that of `telcard fax send` of the last call, and of each call why."""
    results = [attempt.result for attempt in attempts if attempt.result is not None]
    last = results[-1] if results else FaxResult()
    return {
        "good": good,
        "reason": attempts[-1].why,
        "number": way.number,
        "seconds": sum(result.seconds for result in results),
        "far": "" if last.far is None else last.far.ident,
        "pages": [page_fields(report) for result in results for report in result.reports],
        "received": [len(page) for result in got for page in result.pages],
        "attempts": [attempt.why for attempt in attempts],
        "transcript": [frame_fields(traced) for traced in last.transcript],
        "files": [str(path) for path in files],
    }
