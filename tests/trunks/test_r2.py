"""R2 trunks against R2 trunks: two cards on one line, through tones and bits."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

import telcard
from telcard.cards import EmulatedCard, load
from telcard.clock import current
from telcard.engine import Engine, Fidelity
from telcard.signalling import CallFacts, Cause
from telcard.signalling.r2 import VARIANTS, Wishes, variant
from telcard.trunks import R2Trunk, TrunkCall
from telcard.units import NS


class Side:
    """A trunk of ours at one end of the line, and the calls that it was offered."""

    def __init__(self, card: EmulatedCard, trunk: R2Trunk) -> None:
        self.card = card
        self.trunk = trunk
        self.offered: list[TrunkCall] = []

    async def offer(self) -> TrunkCall:
        """The next call that is offered."""
        async with asyncio.timeout(40):
            while not self.offered:
                await asyncio.sleep(0.01)
        return self.offered.pop(0)


Scene = Callable[[Side, Side], Awaitable[None]]


def play(
    scene: Scene,
    name: str = "itu",
    *,
    wishes: Wishes | None = None,
    fidelity: Fidelity = "sound",
    **options: Any,
) -> None:
    """Run a scene between two trunks whose cards are joined, and look that nothing stays taken."""

    async def main() -> None:
        spec = load("d300sc_e1")
        sides = []
        for end in ("near", "far"):
            engine = Engine(spec.lanes, clock=current(), name=end, fidelity=fidelity)
            card = EmulatedCard(spec, engine)
            await card.bring_up()
            sides.append((engine, card))
        (_, near), (far_engine, far) = sides
        cable = near.far_ends[0]
        span = far_engine.plug(cable.line, cable.end, "crossed")
        far.lines[0].span = span
        known = variant(name)
        asked = wishes or Wishes(called_digits=5)
        trunks = [
            R2Trunk(near, near.spans[0], known, wishes=asked, **options),
            R2Trunk(far, span, known, wishes=asked, **options),
        ]
        near_side, far_side = Side(near, trunks[0]), Side(far, trunks[1])
        for side in (near_side, far_side):
            side.trunk.start(side.offered.append)
        await asyncio.sleep(0.2)
        async with asyncio.timeout(300):
            await scene(near_side, far_side)
        for trunk in trunks:
            await trunk.stop()
        for engine, card in sides:
            assert not card.pools["voice"].taken
            await card.bring_down()
            engine.close()

    telcard.run(main(), telcard.VirtualClock())


FACTS = CallFacts(called="95588", caller="1380013", complete=True)


@pytest.mark.parametrize("fidelity", ["sound", "events"])
@pytest.mark.parametrize("name", VARIANTS)
def test_a_call_from_trunk_to_trunk(name: str, fidelity: Fidelity) -> None:
    async def scene(near: Side, far: Side) -> None:
        begun = current().now()
        call = near.trunk.dial(FACTS)
        other = await far.offer()
        assert (current().now() - begun) / NS < 3.5  # some 15 signals each way
        assert (other.called, other.caller) == ("95588", "1380013")
        other.answer()
        await call.answered
        await other.answered
        assert (near.trunk.stats().dialled, far.trunk.stats().answered) == (1, 1)
        await call.clear()
        assert await other.cleared == Cause.NORMAL_CLEARING
        await other.clear()
        await asyncio.sleep(1)
        assert {c.state for c in near.trunk.query() + far.trunk.query()} == {"idle/released"}

    play(scene, name, fidelity=fidelity)
