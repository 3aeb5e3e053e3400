import asyncio

import pytest

from telcard import clock
from telcard.clock import VirtualClock
from telcard.engine import BLOCKED_BITS, E1Line, Engine
from telcard.errors import CardError, NoResource
from tests.support.line import IDLE, Ear, Rig, noise

pytestmark = pytest.mark.both_fidelities


def test_what_one_end_sends_the_other_receives_one_tick_later(rig: Rig) -> None:
    ours, far = rig.pair()
    ear = Ear(far)
    rig.run(5)
    sound = noise(400)
    play = ours.play([sound])
    rig.until(lambda: play.outcome)
    rig.run(3)
    assert play.outcome is not None
    assert ear.speech == sound
    assert ear.begin() == play.outcome.start + 80


def test_both_ways_and_all_timeslots_at_once(rig: Rig) -> None:
    timeslots = list(range(1, 32))
    pairs = {t: rig.pair(t) for t in timeslots}
    ears = {}
    for timeslot, (ours, far) in pairs.items():
        ears[timeslot] = Ear(ours), Ear(far)
        ours.play([noise(333, seed=timeslot)])
        far.play([noise(333, seed=100 + timeslot)])
    rig.run(10)
    for timeslot, (ours_ear, far_ear) in ears.items():
        assert far_ear.speech == noise(333, seed=timeslot)
        assert ours_ear.speech == noise(333, seed=100 + timeslot)


def test_a_timeslot_in_which_nobody_speaks_carries_idle_octets(rig: Rig) -> None:
    ours = rig.span.open_lane(7)
    ear = Ear(ours)
    rig.run(5)
    assert bytes(ear.octets) == bytes([IDLE]) * 400


def test_bits_are_reported_at_the_other_end_one_tick_later(rig: Rig) -> None:
    seen: list[tuple[int, int, int]] = []
    rig.far_span.on_bits(lambda *bits: seen.append(bits))
    rig.run(3)
    rig.span.set_bits(17, 0b1001)
    sent_at = rig.sample
    rig.run(3)
    assert seen == [(17, 0b1001, sent_at + 80)]
    assert rig.far_span.bits(17) == 0b1001
    assert rig.span.sent_bits(17) == 0b1001
    assert rig.far_span.bits(18) == BLOCKED_BITS


def test_bits_that_change_twice_before_a_tick_are_seen_as_they_are_in_the_end(rig: Rig) -> None:
    seen: list[tuple[int, int, int]] = []
    rig.far_span.on_bits(lambda *bits: seen.append(bits))
    rig.span.set_bits(3, 0b0001)
    rig.span.set_bits(3, 0b0101)
    rig.run(5)
    assert [abcd for _, abcd, _ in seen] == [0b0101]


def test_an_idle_pair_of_engines_has_nothing_due(rig: Rig) -> None:
    rig.run(2)
    assert not rig.ours.due()
    assert not rig.town.due()


def test_bits_set_while_everything_is_idle_wake_the_other_side() -> None:
    virtual = VirtualClock()
    line = E1Line()
    with_bits: list[tuple[int, ...]] = []
    answered: list[tuple[int, ...]] = []

    async def main() -> None:
        ours = Engine(30, virtual, "ours")
        town = Engine(30, virtual, "town")
        span, far = ours.plug(line, 0), town.plug(line, 1)
        got, back = asyncio.Event(), asyncio.Event()

        def hear(*bits: int) -> None:
            with_bits.append(bits)
            got.set()

        def hear_back(*bits: int) -> None:
            answered.append(bits)
            back.set()

        span.on_bits(hear)
        far.on_bits(hear_back)
        await asyncio.sleep(3600)
        ticks = ours.stats().ticks
        far.set_bits(1, 0b0001)
        await got.wait()
        await asyncio.sleep(1800)
        span.set_bits(1, 0b1101)
        span.set_bits(1, 0b0101)
        await back.wait()
        assert ours.stats().ticks - ticks < 10
        ours.close()
        town.close()

    clock.run(main(), virtual)
    assert with_bits == [(1, 0b0001, 3600 * 8000 + 160)]
    assert answered == [(1, 0b0101, 5400 * 8000 + 80 + 240)]


@pytest.mark.sound_only
def test_an_end_takes_one_plug_and_is_free_when_the_engine_has_closed(rig: Rig) -> None:
    other = Engine(1, name="other")
    with pytest.raises(CardError, match="end 1 of the line is plugged into town span 1"):
        other.plug(rig.line, 1)
    rig.town.close()
    other.plug(rig.line, 1)
    other.close()


def test_bits_set_before_the_other_end_is_plugged_are_found_by_it() -> None:
    line = E1Line()
    first, second = Engine(1, name="first"), Engine(1, name="second")
    first.plug(line, 0).set_bits(5, 0b0110)
    for tick in range(1, 10):
        first.step(tick)
    late = second.plug(line, 1)
    second.step(20)
    assert late.bits(5) == 0b0110
    first.close()
    second.close()


@pytest.mark.parametrize("timeslot", [0, 32, -1])
def test_only_timeslots_1_to_31_carry_sound_and_bits(rig: Rig, timeslot: int) -> None:
    with pytest.raises(ValueError, match="want 1 to 31"):
        rig.span.open_lane(timeslot)
    with pytest.raises(ValueError, match="want 1 to 31"):
        rig.span.set_bits(timeslot, 1)


def test_bits_are_four(rig: Rig) -> None:
    with pytest.raises(ValueError, match="want ABCD bits 0 to 15, got 16"):
        rig.span.set_bits(1, 16)


def test_sockets_run_out() -> None:
    engine = Engine(1)
    for _ in range(128):
        engine.plug(E1Line(), 0)
    with pytest.raises(NoResource, match="all 128 sockets are taken"):
        engine.plug(E1Line(), 0)
    with pytest.raises(ValueError, match="want end 0 or 1"):
        engine.plug(E1Line(), 2)
    engine.close()
