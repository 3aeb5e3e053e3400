"""R2 trunks against R2 trunks: two cards on one line, through tones and bits."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

import telcard
from telcard.cards import EmulatedCard, load
from telcard.clock import current
from telcard.engine import Alarm, Engine, Fidelity
from telcard.errors import CardError, LineError
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
    own: dict[str, Any] | None = None,
    **options: Any,
) -> None:
    """Run a scene between two trunks whose cards are joined, and look that nothing stays taken.

    `own` are the far trunk's values in place of its country's.
    """

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
        answering = variant(name, own)
        asked = wishes or Wishes(called_digits=5)
        trunks = [
            R2Trunk(near, near.spans[0], known, wishes=asked, **options),
            R2Trunk(far, span, answering, wishes=asked, **options),
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


def test_both_ends_dial_and_neither_meets_the_other() -> None:
    """Circuits are hunted from the end, but for the last one that is free: there it is glare."""

    async def scene(near: Side, far: Side) -> None:
        names = [circuit.name for circuit in near.trunk.query()]
        near.trunk.block()
        near.trunk.unblock(names[4])
        await asyncio.sleep(0.2)
        calls = [near.trunk.dial(FACTS), far.trunk.dial(FACTS, circuit=names[4])]
        assert [await call.cleared for call in calls] == [Cause.CHANNEL_NOT_AVAILABLE] * 2
        for call in calls:
            await call.clear()
        await asyncio.sleep(1)
        call = near.trunk.dial(FACTS)
        other = await far.offer()
        await other.clear(Cause.USER_BUSY)
        assert await call.cleared == Cause.USER_BUSY
        await call.clear()
        await asyncio.sleep(1)

    play(scene)


def test_what_cannot_be_dialled_is_refused_in_one_sentence() -> None:
    async def scene(near: Side, far: Side) -> None:
        with pytest.raises(ValueError, match=r"called: want digits 0 to 9, got '\*1'"):
            near.trunk.dial(CallFacts(called="*1"))
        near.trunk.block()
        await asyncio.sleep(0.2)
        with pytest.raises(LineError, match="no circuit is free") as none:
            near.trunk.dial(FACTS)
        assert none.value.cause == Cause.NO_CIRCUIT
        with pytest.raises(LineError, match="circuit dtiB1T3 is not free") as taken:
            near.trunk.dial(FACTS, circuit="dtiB1T3")
        assert taken.value.cause == Cause.CHANNEL_NOT_AVAILABLE
        assert near.trunk.stats().blocked == 2
        near.trunk.unblock()
        near.card.spans[0].set_signal(received=Alarm.LOS)
        await asyncio.sleep(3)
        with pytest.raises(LineError, match="out of service") as failed:
            near.trunk.dial(FACTS)
        assert failed.value.cause == Cause.NETWORK_OUT_OF_ORDER

    play(scene)


def test_a_trunk_that_only_takes_calls_refuses_to_dial() -> None:
    async def scene(near: Side, far: Side) -> None:
        with pytest.raises(CardError, match="cannot dial 95588, its circuits only take calls"):
            near.trunk.dial(FACTS)

    play(scene, direction="in")


def test_a_direction_is_one_of_three() -> None:
    with pytest.raises(ValueError, match="direction: want both, in or out, got 'up'"):
        play(lambda near, far: asyncio.sleep(0), direction="up")


def test_who_rings_and_is_refused_late_hears_a_tone() -> None:
    async def scene(near: Side, far: Side) -> None:
        call = near.trunk.dial(FACTS)
        other = await far.offer()
        other.ring()
        await other.through()
        await call.alerting
        assert call.in_band
        await other.clear(Cause.NO_ANSWER)
        await asyncio.sleep(1)
        assert far.card.bearers[0].lane.operation.doing == "tones"
        assert not call.cleared.done()
        await call.clear()
        await asyncio.sleep(1)

    play(scene)


def test_who_gives_up_before_the_answer_is_not_answered() -> None:
    async def scene(near: Side, far: Side) -> None:
        call = near.trunk.dial(FACTS)
        other = await far.offer()
        other.answer()
        await call.clear()
        assert await other.cleared == Cause.NORMAL_CLEARING
        assert not other.answered.done()
        await other.clear()
        await asyncio.sleep(1)

    play(scene)


def test_metering_pulses_are_counted() -> None:
    async def scene(near: Side, far: Side) -> None:
        call = near.trunk.dial(FACTS)
        other = await far.offer()
        with pytest.raises(CardError, match="cannot send a metering pulse, want an answered call"):
            other.meter()
        other.answer()
        await call.answered
        for _ in range(3):
            await asyncio.sleep(1)
            other.meter()
        await asyncio.sleep(1)
        assert call.metered == 3
        assert not call.cleared.done()
        await other.clear()
        assert await call.cleared == Cause.NORMAL_CLEARING
        await call.clear()
        await asyncio.sleep(1)

    play(scene, "ar")


@pytest.mark.parametrize("fidelity", ["sound", "events"])
def test_in_brazil_who_takes_no_collect_calls_answers_twice(fidelity: Fidelity) -> None:
    async def scene(near: Side, far: Side) -> None:
        call = near.trunk.dial(FACTS)
        other = await far.offer()
        other.answer()
        await call.answered
        begun = current().now()
        await other.answered
        assert 2.4 < (current().now() - begun) / NS < 2.6  # what is said before may be lost
        await asyncio.sleep(5)
        assert not call.cleared.done()
        assert (near.trunk.stats().answered, far.trunk.stats().answered) == (1, 1)
        begun = current().now()
        await other.clear()
        assert await call.cleared == Cause.NORMAL_CLEARING
        assert 2.4 < (current().now() - begun) / NS < 2.6
        await call.clear()
        await asyncio.sleep(1)
        assert {c.state for c in near.trunk.query() + far.trunk.query()} == {"idle/released"}

    play(scene, "br", fidelity=fidelity, own={"double_answer_s": 1.5})


def test_a_collect_call_does_not_survive_a_double_answer() -> None:
    """An exchange of any country that lets go at clear-back behaves as Brazil's for such a call."""

    async def scene(near: Side, far: Side) -> None:
        call = near.trunk.dial(FACTS)
        other = await far.offer()
        other.answer()
        assert await call.cleared == Cause.NORMAL_CLEARING
        await call.clear()
        assert await other.cleared == Cause.NORMAL_CLEARING
        assert not other.answered.done()
        await other.clear()
        await asyncio.sleep(1)

    play(scene, own={"double_answer_s": 1.5})


def test_a_number_may_be_sent_piece_by_piece() -> None:
    async def scene(near: Side, far: Side) -> None:
        call = near.trunk.dial(CallFacts(called="955", caller="1"))
        await asyncio.sleep(2)
        assert not far.offered
        await call.send_digits("88")
        other = await far.offer()
        assert other.called == "95588"
        assert any("A-1" in line for line in call.transcript())
        await other.clear(Cause.USER_BUSY)
        await call.cleared
        await call.clear()
        await asyncio.sleep(1)

    play(scene)


def test_a_trunk_that_stops_lets_go_of_its_calls() -> None:
    async def scene(near: Side, far: Side) -> None:
        call = near.trunk.dial(FACTS)
        other = await far.offer()
        await near.trunk.stop()
        assert call.cleared.done()
        await call.clear()
        other.answer()
        await asyncio.sleep(1)
        await other.clear()

    play(scene)
