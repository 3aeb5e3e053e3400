"""A short day of the hotline, played for tests."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from telcard.bank import Cost
from telcard.bank.ledger import faults
from telcard.clock import VirtualClock, current, run
from telcard.events import Event
from telcard.rehearsal import set_stage
from telcard.rehearsal.audit import Books, leaks, read_books
from telcard.rehearsal.day import Visit, enrol, play_day
from telcard.speech import ClipLibrary

CHEAP = Cost(time=1, memory_kib=8, lanes=1)


@dataclass
class Played:
    visits: list[Visit]
    books: Books
    clips: ClipLibrary
    left: list[str]
    faults: list[str]


def play(folder: Path, callers: int, duration_s: float, seed: int) -> Played:
    async def main() -> Played:
        async with set_stage(folder, pin_cost=CHEAP, seed=seed) as stage:
            house = stage.house
            events: list[Event] = []
            house.card.events.subscribe(events.append)
            customers = enrol(house.bank, callers, seed, current().utc().date())
            visits = await play_day(stage, customers, duration_s, seed)
            await stage.finish()
            await asyncio.sleep(1)  # the town's clear-forward, and the circuit's guard
            return Played(
                visits,
                await read_books(house.bank, events, house.config.recordings.folder),
                house.card.prompts,
                leaks(house, stage.town),
                house.bank.database.transact(faults),
            )

    return run(main(), VirtualClock())
