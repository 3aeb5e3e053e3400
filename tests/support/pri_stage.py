"""A card with one primary rate line and a town behind it, for scenes of whole calls."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import cache

import telcard
from telcard.calls import CallSummary
from telcard.events import EventLog
from telcard.exchange import Repertoire, Subscriber, Town
from telcard.speech import ClipLibrary
from telcard.trunks import PriTrunk, SpanPlan

Flow = Callable[[telcard.Call], Awaitable[None]]
Scene = Callable[["Stage"], Awaitable[None]]


@cache
def clips() -> ClipLibrary:
    return ClipLibrary()


@cache
def repertoire() -> Repertoire:
    return Repertoire({name: clips()[name] for name in ("welcome", "goodbye")})


class Stage:
    """A card with one primary rate line, a town at its other end, and what its calls have left."""

    def __init__(self, card: telcard.Card, town: Town, ended: list[CallSummary]) -> None:
        self.card = card
        self.town = town
        self.ended = ended

    @property
    def trunk(self) -> PriTrunk:
        (trunk,) = self.card.trunks
        assert isinstance(trunk, PriTrunk)
        return trunk

    @asynccontextmanager
    async def serving(self, flow: Flow) -> AsyncIterator[None]:
        """Run a flow for calls that come in, while inside."""
        serving = asyncio.create_task(self.card.serve(flow))
        try:
            yield
        finally:
            await self.card.drain()
            await serving

    async def answering(self, phone: Subscriber, after_s: float = 1.0) -> None:
        """Somebody who answers when he is called, and listens until the far end goes."""
        await phone.rings()
        await asyncio.sleep(after_s)
        phone.lift()
        await phone.hung_up_by_far_end(600)
        await phone.hang_up()


def play(
    scene: Scene,
    *,
    fidelity: str = "events",
    plan: SpanPlan | None = None,
    model: str = "d300sc_e1",
) -> list[CallSummary]:
    """Run a scene; afterwards no circuit, voice or lane may be taken."""
    ended: list[CallSummary] = []

    async def keep(summary: CallSummary) -> None:
        ended.append(summary)

    async def main() -> None:
        card = telcard.open(
            f"emulator:{model}",
            signalling=plan or "pri",
            fidelity=fidelity,
            ended=keep,
            prompts=clips(),
            events=EventLog(keep=500),
        )
        async with card, asyncio.timeout(7 * 86400), Town(card.far_ends, repertoire()) as town:
            await asyncio.sleep(1)
            stage = Stage(card, town, ended)
            await scene(stage)
            await asyncio.sleep(1)
            assert not [circuit for circuit in card.circuits() if circuit.call]
            assert not stage.trunk.stats().busy
            assert not card.board.pools["voice"].taken
            assert not card.board.spans[0].lanes
            assert all(circuit.released.is_set() for circuit in town.circuits)
            assert not town.engine.spans[0].lanes

    telcard.run(main(), telcard.VirtualClock())
    return ended


async def greet(call: telcard.Call) -> None:
    """A flow: answers, speaks, listens."""
    await call.answer()
    await call.say("welcome")
    await call.collect(max_digits=1)
    await asyncio.sleep(0.3)  # let him take his finger off the key
