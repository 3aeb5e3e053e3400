"""What trunks with Q.421 line signals have in common: blocking, draining, restarts, stopping."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

import telcard
from telcard.cards import EmulatedCard, load
from telcard.clock import current
from telcard.engine import Engine
from telcard.errors import UnknownCard
from telcard.signalling import Cause
from telcard.trunks import CasTrunk, R2Trunk, TrunkCall
from telcard.trunks.associated import AssociatedTrunk
from tests.support.exchange import Circuit, far_exchange

Scene = Callable[[AssociatedTrunk, list[Circuit], list[TrunkCall]], Awaitable[None]]


def play(kind: Callable[..., AssociatedTrunk], scene: Scene) -> None:
    """Run a scene between a trunk and a bare exchange, which has two circuits."""

    async def main() -> None:
        spec = load("d300sc_e1")
        engine = Engine(spec.lanes, clock=current(), name="card")
        card = EmulatedCard(spec, engine)
        await card.bring_up()
        offered: list[TrunkCall] = []
        trunk = kind(card, card.spans[0])
        trunk.start(offered.append)
        async with far_exchange(card.far_ends[0], 1, 2) as circuits:
            async with asyncio.timeout(600):
                await scene(trunk, circuits, offered)
        await trunk.stop()
        assert trunk.query()[0].state == "out of service"
        assert not card.pools["voice"].taken
        await card.bring_down()
        engine.close()

    telcard.run(main(), telcard.VirtualClock())


both_kinds = pytest.mark.parametrize("kind", [CasTrunk, R2Trunk])


@both_kinds
def test_one_circuit_is_blocked_and_the_others_serve(kind: type[AssociatedTrunk]) -> None:
    async def scene(trunk: AssociatedTrunk, circuits: list[Circuit], _: list[TrunkCall]) -> None:
        await asyncio.sleep(0.2)
        trunk.block("dtiB1T2")
        await asyncio.sleep(0.2)
        assert [circuit.machine.query().free for circuit in circuits] == [True, False]
        assert [circuit.blocked for circuit in trunk.query()[:2]] == ["", "here"]
        trunk.unblock()
        await asyncio.sleep(0.2)
        assert circuits[1].machine.query().free
        with pytest.raises(UnknownCard, match="no circuit is called 'dtiB9T9'; it has dtiB1T1 to"):
            trunk.block("dtiB9T9")

    play(kind, scene)


@both_kinds
def test_a_trunk_drains(kind: type[AssociatedTrunk]) -> None:
    async def scene(trunk: AssociatedTrunk, circuits: list[Circuit], _: list[TrunkCall]) -> None:
        await circuits[0].seize()
        drained = asyncio.create_task(trunk.drain())
        await asyncio.sleep(1)
        assert not drained.done()
        assert not circuits[1].machine.query().free
        circuits[0].clear()
        await drained
        assert trunk.stats().offered == 1
        trunk.unblock()

    play(kind, scene)


@both_kinds
def test_a_restart_loses_the_call_and_frees_the_circuit(kind: type[AssociatedTrunk]) -> None:
    async def scene(
        trunk: AssociatedTrunk, circuits: list[Circuit], offered: list[TrunkCall]
    ) -> None:
        await circuits[0].seize()
        call = trunk.lines[1].call
        assert call is not None
        trunk.restart("dtiB1T1")
        assert await call.cleared == Cause.TEMPORARY_FAILURE
        await call.clear()
        circuits[0].clear()
        await circuits[0].until("Released")
        await circuits[0].seize()
        circuits[0].clear()
        await circuits[0].until("Released")

    play(kind, scene)
