"""The stage: a house with the sample bank, and a town plugged into its cards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from telcard.bank import Cost, sample
from telcard.cards import load
from telcard.clock import current
from telcard.countries import Country
from telcard.daemon import Config, House, open_house, prepare
from telcard.daemon.config import (
    AgentSection,
    BankSection,
    ChassisSection,
    DeskSection,
    FaxSection,
    PromptsSection,
    RecordingsSection,
    ServiceSection,
    SpanSection,
)
from telcard.exchange import Office, Town

SAMPLE_PINS = {"10020030": "271828", "10020048": "141421", "20071115": "577215"}
"""Telephone PINs of the sample bank's made-up customers."""

LINES = "emulator:d300sc_e1"
"""The board on which calls come in, unless others are wanted."""

TELEPHONES = "emulator:msi_240sc"
"""The board on which agents have their telephones."""

MODEMS = "emulator:cp6_sc"
"""The board with modems for faxes."""

HOTLINE = "95588"
"""The number that the town dials."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A house and its town; made by `set_stage`."""

    house: House
    town: Town
    serving: asyncio.Task[None]

    async def finish(self) -> None:
        """Take no new calls and wait until the last one has ended and is on record."""
        if not self.serving.done():
            await self.house.drain()
        await self.serving


@asynccontextmanager
async def set_stage(
    folder: Path,
    *,
    recordings: Path | None = None,
    seed: int = 1,
    pin_cost: Cost | None = None,
    cards: Sequence[str] = (),
    offices: Callable[[int], Sequence[Office]] = lambda spans: (),
    recorded: bool = True,
    fidelity: str = "sound",
    agents: Sequence[AgentSection] = (),
    country: Country | None = None,
    signalling: str | None = None,
    fax: FaxSection | None = None,
) -> AsyncIterator[Stage]:
    """Build house and town on the running loop's clock, and serve calls.

    The books are below `folder`, and so are the recordings unless they have a folder of their own.
    `cards` stand in the chassis (a D/300SC-E1 unless given), `offices` makes the town's of the
    number of spans, `recorded` says whether calls are.  With `agents` the house has a desk, and
    a board of telephones stands beside the cards; with `fax` it sends faxes, and a board of modems
    stands there too.  House and town stand in `country`; what is said
    there is English all the same.  `signalling` is what every span speaks, ISDN unless given, where
    the cards can.

    A database that is there already is used again.  Leaving ends what still goes on.  With
    `fidelity="events"` house and town are without sound, and far quicker; nothing is recorded.
    """
    boards = tuple(cards) or (LINES,)
    spans = sum(len(load(card.partition(":")[2]).spans) for card in boards)
    beside = (*((TELEPHONES,) if agents else ()), *((MODEMS,) if fax is not None else ()))
    plans = () if signalling is None else (SpanSection(signalling=signalling),) * spans
    config = Config(
        country=country,
        span=plans,
        prompts=PromptsSection(language="en"),
        chassis=ChassisSection(cards=(*boards, *beside)),
        desk=DeskSection(agents=tuple(agents)),
        fax=fax,
        bank=BankSection(database=folder / "bank.sqlite", pin_key=folder / "pin.key"),
        recordings=RecordingsSection(enabled=recorded, folder=recordings or folder / "recordings"),
        service=ServiceSection(control=folder / "telcard.sock"),
    )
    clock = current()
    loop = asyncio.get_running_loop()
    prepare(config)
    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(
            open_house(config, clock, pin_cost=pin_cost, fidelity=fidelity)
        )
        await loop.run_in_executor(None, sample.build, house.bank, SAMPLE_PINS, clock.utc().date())
        town = await stack.enter_async_context(
            Town(
                [end for card in house.chassis.cards for end in card.far_ends],
                house.card.prompts,
                clock=clock,
                seed=seed,
                offices=offices(len(house.card.spec.spans)),
                country=country,
            )
        )
        serving = asyncio.create_task(house.run(), name="house")
        try:
            yield Stage(house, town, serving)
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
            # The circuits are released while both ends still hear each other.
            await town.hang_up()
            await house.chassis.stop()
