"""`telcard fax receive`: a card that answers calls, and a file for each fax that comes."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from telcard.calls import Call, Chassis
from telcard.cli.fax_cards import (
    CARDS,
    chassis_with_town,
    hang_up_all,
    on_signals,
    put_away,
    time_of,
)
from telcard.cli.fax_decode import keep
from telcard.cli.fax_send import Teller, Wish, frame_fields, page_fields, pages_of, require_texts
from telcard.clock import Clock
from telcard.clock import run as run_under
from telcard.dsp.copper import Copper
from telcard.errors import CardError, ConfigError, HungUp, LineError
from telcard.exchange import Town
from telcard.fax import FaxResult
from telcard.fax.dialogue import FaxOptions
from telcard.fax.geometry import Resolution

OUR_NUMBER = "95588"
"""What the town's machines dial."""

COLOURS = ("cyan", "yellow", "magenta", "green")
"""Of the numbers of calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """Which faxes are taken, and where they go."""

    folder: Path
    kind: str = "tif"
    cards: Sequence[str] = CARDS
    calls: int | None = None
    """After so many calls it ends."""
    options: FaxOptions = field(default_factory=FaxOptions)
    """Of our own machine."""
    tries: Sequence[Path] = ()
    """Documents that the town faxes to us, a call each."""
    live: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A page that has come, with what there is to be said against it."""

    pixels: NDArray[np.bool_]
    resolution: Resolution
    bad_rows: int
    longest_bad: int


def pages_in(result: FaxResult) -> list[Page]:
    """The pages of a fax; the last one may have broken off."""
    kept = [report for report in result.reports if report.accepted]
    kept += result.reports[-1:] if len(result.pages) > len(kept) else ()
    return [
        Page(pixels, resolution, report.bad_rows, report.longest_bad)
        for pixels, resolution, report in zip(result.pages, result.resolutions, kept, strict=True)
    ]


class Receiving:
    """Answers calls until enough have come, and keeps what they bring.

    Each has a file named by its call, `20260105T090000-000001.tif`, and beside it one that ends in
    .json and says who called, what was agreed on, and how it ended; a call without any page has
    that one alone.
    """

    def __init__(
        self, reception: Reception, chassis: Chassis, console: Console, as_json: bool = False
    ) -> None:
        self._reception = reception
        self._chassis = chassis
        self._console = console
        self._as_json = as_json
        self.kept: list[dict[str, Any]] = []
        """What the files that end in .json say, in the order in which calls have ended."""
        self._offered = 0

    async def answer(self, call: Call) -> None:
        """Take the fax of one call; `telcard.calls.Chassis.serve` runs it for each."""
        self._offered += 1
        number = self._offered
        wanted = self._reception.calls
        if wanted is not None and number > wanted:
            return  # it came while circuits were being blocked
        if number == wanted:
            await self._chassis.drain()
        colour = COLOURS[(number - 1) % len(COLOURS)]
        where = f"{call.caller or 'somebody'} calls {call.called or 'us'} on {call.circuit}"
        self._console.print(f"[{colour}]{number}[/{colour}] [bold]{where}[/bold]")
        prefix = f"{number} "
        result, why = FaxResult(), ""
        try:
            await call.answer()
            teller = Teller(self._console, prefix=prefix)
            result = await call.fax_receive(told=teller.told, **self._reception.options)
        except CardError as error:  # no fax resource is free
            why = str(error)
        except HungUp as gone:
            why = str(gone)
        self._keep(call, prefix, result, why or str(result))

    def _keep(self, call: Call, prefix: str, result: FaxResult, why: str) -> None:
        path = self._reception.folder / f"{call.id}.{self._reception.kind}"
        pages = pages_in(result)
        far = result.far
        files = keep(path, pages, "" if far is None else far.ident) if pages else []
        said = fields(call, result, why, files)
        beside = path.with_suffix(".json")
        beside.write_text(json.dumps(said, allow_nan=False, indent=1) + "\n")
        self.kept.append(said)
        if self._as_json:
            sys.stdout.write(json.dumps(said, allow_nan=False) + "\n")
            sys.stdout.flush()
        self._console.print(f"{prefix}[bold]{why}[/bold], {result.seconds:.0f} s")
        for file in (*files, beside):
            self._console.print(f"{prefix}{file}", style="dim")


def fields(call: Call, result: FaxResult, why: str, files: Sequence[Path]) -> dict[str, Any]:
    """What is kept beside a fax."""
    far = result.far
    rates = [report.agreement.rate for report in result.reports]
    return {
        "call": call.id,
        "caller": call.caller,
        "called": call.called,
        "circuit": call.circuit,
        "ident": "" if far is None else far.ident,
        "subaddress": "" if far is None else far.subaddress,
        "sender": "" if far is None else far.sender,
        "good": result.good,
        "reason": why,
        "seconds": result.seconds,
        "rate": str(rates[-1]) if rates else "",
        "pages": [page_fields(report) for report in result.reports],
        "transcript": [frame_fields(traced) for traced in result.transcript],
        "files": [str(file) for file in files],
    }


def run(reception: Reception, *, clock: Clock, copper: Copper, seed: int, as_json: bool) -> int:
    """Receive, tell, keep; the exit status: 1 where a fax has not come whole, or none has."""
    require_texts(Wish(documents=(), ident=reception.options.get("ident", "")))
    letters = list(_letters(reception, clock))
    if not letters:
        raise ConfigError(
            "--try: want a document, got none; whoever calls an emulated card lives in its town"
        )
    if reception.calls is not None and reception.calls > len(letters):
        raise ConfigError(f"--calls: want {len(letters)} at most, got {reception.calls}")
    try:
        reception.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{reception.folder}: cannot be made: {error.strerror}") from error
    console = Console(highlight=False, quiet=as_json, soft_wrap=True)
    receiving = _receive(reception, letters, copper, seed, console, as_json)
    kept = run_under(receiving, time_of(clock, reception.live))
    console.print(f"[bold]{len(kept)} call{'' if len(kept) == 1 else 's'}[/bold]")
    return 0 if kept and all(said["good"] for said in kept) else 1


Letter = list[NDArray[np.bool_]]


def _letters(reception: Reception, clock: Clock) -> Iterator[Letter]:
    """The pages of each document that the town is to send."""
    for path in reception.tries:
        yield pages_of(Wish(documents=[path]), clock)


async def _receive(
    reception: Reception,
    letters: Sequence[Letter],
    copper: Copper,
    seed: int,
    console: Console,
    as_json: bool,
) -> list[dict[str, Any]]:
    async with chassis_with_town(reception.cards, seed) as (chassis, town):
        receiving = Receiving(reception, chassis, console, as_json)
        stopped = asyncio.Event()

        async def drain() -> None:
            stopped.set()
            console.print("faxes that are on may end; once more to break them off", style="yellow")
            await chassis.drain()

        async def call_us() -> None:
            await _faxed_from(town, letters, copper, stopped)
            await chassis.drain()

        names = ", ".join(card.name for card in chassis.cards)
        circuits = f"{len(chassis.circuits())} circuits of {names}"
        console.print(f"waiting for faxes on {circuits}; Ctrl-C ends it", style="dim")
        async with on_signals(drain, lambda: hang_up_all(chassis)), asyncio.TaskGroup() as tasks:
            tasks.create_task(chassis.serve(receiving.answer), name="answering")
            tasks.create_task(call_us(), name="the town")
    return receiving.kept


async def _faxed_from(
    town: Town, letters: Sequence[Letter], copper: Copper, stopped: asyncio.Event
) -> None:
    """A machine of the town for each letter: they call one after the other."""
    for number, letter in enumerate(letters, 1):
        if stopped.is_set():
            return
        caller = f"021543210{number}"
        async with town.fax(caller, copper, ident=f"+86 21 543210{number}") as machine:
            try:
                await machine.send(OUR_NUMBER, letter)
            except (HungUp, LineError):
                continue  # our side takes no more calls
            await put_away(machine)
