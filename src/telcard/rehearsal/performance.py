"""A rehearsal from beginning to end: build the stage, play a day, audit it, see what is left."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from telcard.bank import Cost
from telcard.bank.ledger import faults as ledger_faults
from telcard.bank.transactions import transact
from telcard.cards import BoardState, FaultScript, inject
from telcard.clock import current
from telcard.events import Event
from telcard.rehearsal.audit import Books, audit, leaks, read_books
from telcard.rehearsal.day import Visit, enrol, play_day
from telcard.rehearsal.stage import Stage, set_stage
from telcard.units import NS

QUICK_PINS = Cost(time=1, memory_kib=8, lanes=1)
"""Checking a PIN costs nothing worth mentioning: a rehearsal is about everything else."""

RECOVERY_S = 300.0
"""No board takes longer to come back, once nothing breaks it any more."""

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
    faults: FaultScript | float | None = None,
    fidelity: str = "sound",
    told: Callable[[Visit], None] = lambda visit: None,
) -> Rehearsed:
    """Play a day of the hotline below `folder`, best under a `VirtualClock`.

    `faults` happen meanwhile: those of a script, or random ones so many seconds apart on average.
    With `fidelity="events"` there is no sound, and no recording.  `told` is called with each visit
    that is over.
    """
    clock = current()
    began = clock.utc() - timedelta(seconds=clock.now() / NS)
    async with set_stage(folder, pin_cost=QUICK_PINS, seed=seed, fidelity=fidelity) as stage:
        house = stage.house
        events: list[Event] = []
        house.card.events.subscribe(events.append)
        customers = enrol(house.bank, callers, seed, clock.utc().date())
        if isinstance(faults, float):
            faults = FaultScript.from_seed(seed, duration_s, house.chassis.boards, faults)
        async with asyncio.TaskGroup() as tasks:
            breaking = tasks.create_task(inject(house.chassis, faults or FaultScript.of()))
            visits = await play_day(stage, customers, duration_s, seed, told=told)
            breaking.cancel()  # which mends what still lasts
        await stage.finish()
        await _recovered(stage)
        await asyncio.sleep(GUARD_S)
        recordings = house.config.recordings.folder if fidelity == "sound" else None
        books = await read_books(house.bank, events, recordings, began)
        return Rehearsed(
            visits,
            books,
            audit(visits, books, house.card.prompts),
            leaks(house, stage.town),
            await transact(house.bank.database, ledger_faults),
        )


async def _recovered(stage: Stage) -> None:
    """Wait until every board has come back by itself; `Deadlock` or a time-out says that none has.

    The longest distance between two attempts is a minute.
    """
    async with asyncio.timeout(RECOVERY_S):
        while any(
            board.board.state is not BoardState.READY for board in stage.house.chassis.boards
        ):
            await asyncio.sleep(GUARD_S)
