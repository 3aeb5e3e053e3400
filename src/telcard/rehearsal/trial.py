"""A trial: a flow of yours on an emulated card, and callers who follow your scripts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from telcard.calls import Call, CallSummary, open_card
from telcard.errors import HungUp
from telcard.events import Event
from telcard.exchange import Copper, Office, Subscriber, Town
from telcard.speech import ClipLibrary

Flow = Callable[[Call], Awaitable[None]]
Script = Callable[[Subscriber], Awaitable[None]]
Play = Callable[[Town], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Trial:
    """What a trial leaves: how its calls ended, in the order they came, and all that happened."""

    calls: tuple[CallSummary, ...]
    events: tuple[Event, ...]


async def try_flow(
    flow: Flow,
    *scripts: Script,
    card: str = "emulator:d300sc_e1",
    prompts: ClipLibrary | None = None,
    seed: int = 1,
    line: Copper | str | None = None,
    fidelity: str = "sound",
) -> Trial:
    """Serve `flow` on an emulated card, and let a subscriber of a town follow each script.

    The callers are numbered from 02154321001 on and begin at once; each dials for himself, over a
    `line` of his own (a `Copper`, or a name of `telcard.exchange.LINES`).  Best run under a
    `VirtualClock`.  What a script or the flow raises comes out of here, after every call has ended
    (of several the first); a `HungUp` in the flow is a caller's right.

    `fidelity="events"` leaves the sound out: the same outcomes in a fraction of the time, for flows
    that record nothing and callers whose lines are good.
    """

    async def play(town: Town) -> None:
        broken: list[Exception] = []

        async def follow(script: Script, number: int) -> None:
            async with town.subscriber(f"02154321{number:03d}", line) as caller:
                try:
                    await script(caller)
                except Exception as error:
                    broken.append(error)

        await asyncio.gather(*(follow(script, n) for n, script in enumerate(scripts, 1)))
        if broken:
            raise broken[0]

    return await try_town(flow, play, card=card, prompts=prompts, seed=seed, fidelity=fidelity)


async def try_town(
    flow: Flow,
    play: Play,
    *,
    card: str = "emulator:d300sc_e1",
    prompts: ClipLibrary | None = None,
    seed: int = 1,
    offices: Sequence[Office] = (),
    fidelity: str = "sound",
) -> Trial:
    """Serve `flow` on an emulated card, and do with the town on its lines what `play(town)` does.

    `play` makes its own subscribers, with their own lines, in the town's `offices`.  When it has
    returned, present calls may end.  What it or the flow raises comes out of here, as from
    `try_flow`.
    """
    prompts = prompts or ClipLibrary()
    broken: list[Exception] = []
    ended: list[CallSummary] = []

    async def watched(call: Call) -> None:
        try:
            await flow(call)
        except HungUp:
            raise
        except Exception as error:
            broken.append(error)
            raise

    async def note(summary: CallSummary) -> None:
        ended.append(summary)

    async with (
        open_card(card, prompts=prompts, ended=note, fidelity=fidelity) as opened,
        Town(opened.far_ends, prompts, seed=seed, offices=offices) as town,
    ):
        serving = asyncio.create_task(opened.serve(watched), name="card")
        try:
            await play(town)
        except Exception as error:
            # A flow that broke hangs up on its caller: its own error is the one to tell.
            broken.append(error)
            await town.hang_up()
        await opened.drain()
        await serving
        events = tuple(opened.events)
    if broken:
        raise broken[0]
    return Trial(tuple(sorted(ended, key=lambda summary: summary.call_id)), events)
