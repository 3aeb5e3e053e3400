"""A rehearsal from beginning to end: build the stage, play a day, audit it, see what is left."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from telcard.bank import Cost
from telcard.bank.ledger import faults as ledger_faults
from telcard.bank.transactions import transact
from telcard.clock import current
from telcard.events import Event
from telcard.rehearsal.audit import Books, audit, leaks, read_books
from telcard.rehearsal.day import Visit, enrol, play_day
from telcard.rehearsal.stage import set_stage

QUICK_PINS = Cost(time=1, memory_kib=8, lanes=1)
"""Checking a PIN costs nothing worth mentioning: a rehearsal is about everything else."""

GUARD_S = 1.0
"""After the last call: the town's clear-forward, and the circuits' guard."""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a rehearsal leaves: both sides' accounts of it, and what is wrong with them."""

    visits: list[Visit]
    books: Books
    disagreements: list[str]
    """Between town and bank, see `audit`."""
    left: list[str]
    """What was taken and not given back, see `leaks`."""
    ledger: list[str]
    """What is wrong with the ledger itself."""

    @property
    def faultless(self) -> bool:
        """Whether everything agrees and nothing is left."""
        return not (self.disagreements or self.left or self.ledger)


async def rehearse(
    folder: Path,
    *,
    callers: int = 30,
    duration_s: float = 3600.0,
    seed: int = 1,
    told: Callable[[Visit], None] = lambda visit: None,
) -> Rehearsed:
    """Play a day of the hotline below `folder`, best under a `VirtualClock`.

    `told` is called with each visit that is over.
    """
    async with set_stage(folder, pin_cost=QUICK_PINS, seed=seed) as stage:
        house = stage.house
        events: list[Event] = []
        house.card.events.subscribe(events.append)
        customers = enrol(house.bank, callers, seed, current().utc().date())
        visits = await play_day(stage, customers, duration_s, seed, told=told)
        await stage.finish()
        await asyncio.sleep(GUARD_S)
        books = await read_books(house.bank, events, house.config.recordings.folder)
        return Rehearsed(
            visits,
            books,
            audit(visits, books, house.card.prompts),
            leaks(house, stage.town),
            await transact(house.bank.database, ledger_faults),
        )
