import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telcard import clock
from telcard._native import dsp
from telcard._native import engine as native
from telcard.clock import VirtualClock
from telcard.dsp.dtmf_profiles import DtmfProfile
from telcard.engine import (
    E1Line,
    Engine,
    Lane,
    Outcome,
    Reason,
    SecretBuffer,
    ToneSegment,
    Until,
    dtmf_segments,
)
from telcard.errors import CardError, NoResource, StaleHandle
from tests.support.line import Ear, Rig, noise

pytestmark = pytest.mark.both_fidelities

# --- lanes are a pool


def test_lanes_run_out_and_come_back() -> None:
    rig = Rig(lanes=3)
    lanes = [rig.span.open_lane(t) for t in (1, 2, 3)]
    with pytest.raises(NoResource, match="ours: all 3 lanes are taken"):
        rig.span.open_lane(4)
    lanes[1].close()
    with pytest.raises(NoResource):  # it is still reporting its end
        rig.span.open_lane(4)
    rig.run()
    assert rig.span.open_lane(4).index == 1
    rig.close()


def test_a_timeslot_has_one_lane(rig: Rig) -> None:
    rig.span.open_lane(5)
    with pytest.raises(CardError, match="ours span 1 timeslot 5: busy"):
        rig.span.open_lane(5)


def test_a_span_belongs_to_its_engine(rig: Rig) -> None:
    with pytest.raises(CardError, match="town span 1 belongs to town"):
        rig.ours.open_lane(rig.far_span, 1)


def test_what_a_lane_does_goes_on_when_it_moves_to_another_timeslot(rig: Rig) -> None:
    lane, far = rig.pair(1)
    other = rig.far_span.open_lane(5, detect=False)
    ears = Ear(lane), Ear(far), Ear(other)
    rig.run(2)
    sound, theirs, others = noise(8000), noise(8000, 2), noise(8000, 3)
    playing = lane.play([sound])
    far.play([theirs])
    other.play([others])
    rig.run(20)
    rig.ours.move_lane(lane, rig.span, 5)
    assert (lane.timeslot, lane.name) == (5, "ours span 1 timeslot 5")
    rig.until(lambda: playing.outcome)
    rig.run(3)
    assert playing.outcome is not None
    assert playing.outcome.reasons == Reason.END_OF_DATA
    assert ears[1].speech == sound[:1600]
    assert ears[2].speech == sound[1600:]  # the far end hears all of it
    heard = ears[0].speech
    assert heard[:1520] == theirs[:1520]  # and we lose the 10 ms that are on the way
    assert heard[1520:1600] in (theirs[1520:1600], others[1520:1600])
    assert heard[1600:] == others[1600:]
    assert rig.span.open_lane(1).index == 1  # the old timeslot is free
    lane.close()
    rig.run()
    rig.span.open_lane(5)


def test_a_lane_moves_only_to_where_it_can(rig: Rig) -> None:
    lane = rig.span.open_lane(1)
    rig.span.open_lane(2)
    resource = rig.ours.open_resource("music")
    with pytest.raises(CardError, match="timeslot 2: busy, it has a lane"):
        rig.ours.move_lane(lane, rig.span, 2)
    with pytest.raises(CardError, match="town span 1 belongs to town"):
        rig.ours.move_lane(lane, rig.far_span, 2)
    with pytest.raises(CardError, match="cannot move to ours span 1 timeslot 3, it has no line"):
        rig.ours.move_lane(resource, rig.span, 3)
    lane.close()
    with pytest.raises(StaleHandle):
        rig.ours.move_lane(lane, rig.span, 3)


def test_an_engine_has_at_least_one_lane() -> None:
    for lanes in (0, 65_536):
        with pytest.raises(ValueError, match="want 1 to 65,535 lanes"):
            Engine(lanes)


def test_commands_that_nobody_takes_are_refused_but_closing_is_always_possible() -> None:
    rig = Rig(lanes=2)
    ours = rig.span.open_lane(1)

    def flood() -> None:
        for _ in range(100_000):
            ours.clear_digits()

    with pytest.raises(NoResource, match="ours: the command ring is full, nobody ticks"):
        flood()
    ours.close()
    rig.run()
    assert rig.ours.stats().lanes_open == 0
    rig.close()


# --- virtual time


def test_under_a_virtual_clock_the_loop_steps_it_while_a_lane_is_open() -> None:
    virtual = VirtualClock()
    outcomes: list[tuple[float, Outcome]] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        line = E1Line()
        engine = Engine(30, virtual)
        span = engine.plug(line, 0)
        await asyncio.sleep(100.005)
        lane = span.open_lane(1)
        done = asyncio.Event()

        def ended(outcome: Outcome) -> None:
            outcomes.append((loop.time(), outcome))
            done.set()

        lane.play([noise(800)], done=ended)
        await done.wait()
        lane.close()
        await asyncio.sleep(1000)
        assert engine.stats().ticks < 20
        engine.close()
        assert virtual.steppers == []

    clock.run(main(), virtual)
    ((time, outcome),) = outcomes
    assert outcome.start == 100.01 * 8000
    assert outcome.end == outcome.start + 800
    assert time == pytest.approx(100.10)  # in the tick that sends the last octets


def script(rig: Rig) -> list[Any]:
    """A bit of everything; what happened, in order, as both engines tell it."""
    seen: list[Any] = []

    def tell(*what: Any) -> Callable[..., None]:
        return lambda *event: seen.append((*what, *event))

    rig.span.on_bits(tell("bits"))
    rig.far_span.on_bits(tell("far bits"))
    rig.far_span.set_bits(1, 1)
    rig.run(2)
    ours, far = rig.pair(1)
    second, far_second = rig.pair(2)
    ears = [Ear(far), Ear(far_second), Ear(ours)]
    ours.on_digit(tell("digit"))
    ours.play([noise(8000)], Until(digits="1"), tell("play"))
    rig.run(5)
    far.tones(dtmf_segments("123"), done=tell("keys"))
    rig.run(60)
    ours.collect(Until(max_digits=3, max_s=3), tell("collect"))
    ours.listen(second)
    second.listen(ours)
    far_second.play([noise(3000, 3)], done=tell("spoken"))
    rig.run(30)
    rig.span.set_bits(1, 5)
    ours.close()
    rig.run(20)
    seen += [(ear.first, bytes(ear.octets)) for ear in ears]
    rig.close()
    return sorted(map(repr, seen))


def test_it_does_not_matter_which_engine_is_stepped_first() -> None:
    assert script(Rig(order=(0, 1))) == script(Rig(order=(1, 0)))


def test_the_same_commands_give_the_same_events() -> None:
    assert script(Rig()) == script(Rig())


@pytest.mark.parametrize("level", dsp.simd_levels())
def test_the_same_bits_at_every_simd_level(level: Literal["base", "v3", "v4"]) -> None:
    native.force_simd(None)
    expected = script(Rig())
    native.force_simd(level)
    try:
        assert script(Rig()) == expected
    finally:
        native.force_simd(None)


def digits_heard(rig: Rig, timeslot: int) -> list[tuple[str, int, float]]:
    """Open the next free row on `timeslot`, have digits keyed with noise, tell what was heard."""
    ours, far = rig.pair(timeslot)
    heard: list[tuple[str, int, float]] = []
    began = rig.sample
    ours.on_digit(lambda e: heard.append((e.digit, e.sample - began, e.low_dbm0)))
    rig.press(far, "147*0#", on_ms=70, off_ms=70)
    return heard


def test_a_lane_depends_neither_on_its_row_nor_on_its_neighbours() -> None:
    alone = digits_heard(Rig(), 1)
    crowded = Rig()
    for timeslot in range(2, 20):
        ours, far = crowded.pair(timeslot)
        far.tones([ToneSegment(0.07, 697 + 20 * timeslot, 1209), ToneSegment(0.05)], repeats=0)
        ours.play([noise(80_000, timeslot)])
    crowded.run(37)
    assert digits_heard(crowded, 1) == alone
    assert len(alone) == 6


# --- callbacks


def test_a_callback_that_fails_keeps_no_other_from_being_called(rig: Rig) -> None:
    pairs = [rig.pair(t) for t in range(1, 6)]
    called: list[int] = []

    def fails(outcome: Outcome) -> None:
        called.append(0)
        raise RuntimeError("a flow's mistake")

    for ours, _ in pairs[:2]:
        ours.play([noise(80)], done=fails)
    for ours, _ in pairs[2:]:
        ours.play([noise(80)], done=lambda _: called.append(1))
    with pytest.raises(ExceptionGroup, match="ours: 2 callbacks failed"):
        rig.run()
    assert called == [0, 0, 1, 1, 1]
    pairs[0][0].play([noise(80)], done=fails)
    with pytest.raises(RuntimeError, match="a flow's mistake"):
        rig.ours.step(rig.tick + 1)


def test_an_engine_is_not_closed_from_a_callback(rig: Rig) -> None:
    ours, _ = rig.pair()
    ours.play([noise(80)], done=lambda _: rig.ours.close())
    with pytest.raises(CardError, match="cannot close from a callback"):
        rig.run()
    rig.town.step(rig.tick)


def test_callbacks_that_fail_while_closing_are_told_when_all_is_closed() -> None:
    rig = Rig()
    ours, _ = rig.pair()

    def fails(outcome: Outcome) -> None:
        raise RuntimeError("a flow's mistake")

    ours.play([noise(800)], done=fails)
    with pytest.raises(ExceptionGroup, match="failed while closing"):
        rig.ours.close()
    rig.ours.close()
    assert rig.ours.stats().lanes_open == 0
    with pytest.raises(CardError, match="the engine is closed"):
        rig.ours.plug(E1Line(), 0)
    with pytest.raises(CardError, match="the engine is closed"):
        rig.span.open_lane(2)
    rig.town.close()


# --- overflow


def test_full_rings_cost_information_but_no_operations_end() -> None:
    """Nobody polls for a minute: digits are lost and counted, what is waited for arrives."""
    rig = Rig(lanes=16)
    outcomes: list[Outcome] = []
    told: list[str] = []
    taps: list[int] = []
    bits: list[int] = []
    rig.span.on_bits(lambda timeslot, abcd, _: bits.append(abcd))
    pairs = [rig.pair(t) for t in range(1, 17)]
    keys = dtmf_segments("1234567890", on_ms=50, off_ms=50)
    for ours, far in pairs:
        far.tones(keys, repeats=0)
        ours.on_digit(lambda e: told.append(e.digit))
        ours.tap(lambda octets, sample: taps.append(sample), look_back=False)
        ours.play([noise(8000)], Until(max_s=50), done=outcomes.append)
    rig.run()

    def stall(ticks: int) -> None:
        for _ in range(ticks):
            rig.tick += 1
            rig.ours.core.tick(rig.tick)
            rig.town.step(rig.tick)

    stall(6000)
    pairs[0][0].close()
    rig.far_span.set_bits(3, 2)
    stall(3)
    rig.far_span.set_bits(3, 6)
    stall(3)
    stats = rig.ours.stats()
    assert stats.events.lost > 0
    assert stats.events.high_water == stats.events.capacity
    assert stats.taps.lost > 0
    while rig.ours.core.due() and len(outcomes) < 16:
        rig.run()
    rig.run(2)
    assert len(outcomes) == 16
    assert {outcome.reasons for outcome in outcomes} == {Reason.END_OF_DATA}
    assert bits[-1] == 6
    assert rig.ours.stats().lanes_open == 15
    rig.close()


# --- anything goes

LANES = 4
ACTIONS = [
    *("open", "close", "play", "collect", "tones", "stop", "listen", "arm", "disarm"),
    *("tap", "untap", "record", "end recording", "clear", "bits", "press", "secret", "wipe"),
]
STEP = st.tuples(
    st.sampled_from(ACTIONS),
    st.integers(0, LANES),
    st.integers(0, 300),
    st.one_of(st.just(0), st.integers(0, 30)),
    st.booleans(),
)


class Monkey:
    """Plays with an engine at random and keeps the books."""

    def __init__(self, folder: Path) -> None:
        self.rig = Rig(lanes=LANES)
        self.folder = folder
        self.lanes: dict[int, Lane] = {}
        self.far = [self.rig.far_span.open_lane(t, detect=False) for t in range(1, LANES + 1)]
        self.started = self.ended = self.recorded = self.finished = 0
        self.secrets: list[SecretBuffer] = [SecretBuffer()]

    def end(self, _: object) -> None:
        self.ended += 1

    def finish(self, _: object) -> None:
        self.finished += 1

    def act(self, action: str, which: int, number: int) -> None:
        lane = self.lanes.get(which)
        other = self.lanes.get(number % (LANES + 1))
        if action == "open":
            self.lanes[which] = self.rig.span.open_lane(which + 1, digits=1 + number % 64)
        elif action == "press":
            far = self.far[which % LANES]
            if far.operation is None:
                far.tones(dtmf_segments("159#"[number % 4] * 2, on_ms=30 + number))
        elif action == "bits":
            self.rig.span.set_bits(which + 1, number % 16)
        elif lane is None:
            return
        elif action == "close":
            lane.close()
        elif action == "play":
            segments = [noise(number)] * (number % 5)
            until = Until(max_digits=number % 3, silence_s=number / 100 or None)
            lane.play(segments, until, self.end)
            self.started += 1
        elif action == "collect":
            lane.collect(Until(max_digits=number % 5, digits="#", max_s=number / 50), self.end)
            self.started += 1
        elif action == "tones":
            tones = [ToneSegment(number / 1000, 425), ToneSegment(0.01)]
            lane.tones(tones, number % 3, Until(max_s=number / 50), self.end)
            self.started += 1
        elif action == "secret":
            self.secrets.append(SecretBuffer())
            lane.collect(Until(max_s=number / 50), self.end, self.secrets[-1])
            self.started += 1
        elif action == "record":
            path = self.folder / f"{which}.wav"
            lane.record(path, 0.01 + number / 200).on_done(self.finish)
            self.recorded += 1
        else:
            self.act_on(action, lane, other)

    def act_on(self, action: str, lane: Lane, other: Lane | None) -> None:
        if action == "stop" and lane.operation:
            lane.operation.stop()
        elif action == "listen":
            lane.listen(other)
        elif action == "arm":
            lane.arm_secret()
        elif action == "disarm":
            lane.disarm_secret()
        elif action == "tap":
            lane.tap(lambda octets, sample: None, look_back=other is None)
        elif action == "untap":
            lane.untap()
        elif action == "end recording" and lane.recording:
            lane.recording.stop()
        elif action == "clear":
            lane.clear_digits()
        elif action == "wipe":
            self.secrets[-1].wipe()

    def pass_time(self, ticks: int, python_away: bool) -> None:
        for _ in range(ticks):
            if python_away:
                self.rig.tick += 1
                self.rig.ours.core.tick(self.rig.tick)
                self.rig.town.step(self.rig.tick)
            else:
                self.rig.run()


@given(st.lists(STEP, max_size=60))
def test_whatever_is_done_every_operation_ends_once_and_nothing_is_left(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int, int, bool]]
) -> None:
    monkey = Monkey(tmp_path_factory.mktemp("monkey"))
    for action, which, number, ticks, python_away in steps:
        with contextlib.suppress(CardError):  # busy, closed, or nothing left
            monkey.act(action, which, number)
        monkey.pass_time(ticks, python_away)
    monkey.rig.close()
    assert monkey.ended == monkey.started
    assert monkey.finished == monkey.recorded
    assert sorted(monkey.rig.ours._free) == list(range(LANES))
    assert len(monkey.rig.ours._free_slots) == 2 * LANES
    assert not monkey.rig.ours.due()


def test_a_lane_serves_a_thousand_calls_in_turn(rig: Rig) -> None:
    sound = noise(240)
    for call in range(1000):
        ours = rig.span.open_lane(1 + call % 31)
        play = ours.play([sound])
        rig.run(4)
        assert play.outcome is not None
        ours.close()
        rig.run()
    assert rig.ours.stats().lanes_open == 0
    assert np.all(np.array(rig.ours._generations) <= 1001)


@pytest.mark.sound_only
@pytest.mark.parametrize(
    ("profile", "digits"), [(None, "159"), ("ntt", ""), ("australia", "159"), ("denmark", "")]
)
def test_digits_are_heard_within_the_limits_that_the_engine_was_given(
    profile: str | None, digits: str
) -> None:
    """The low tone 7.5 dB louder: too much for Japan and Denmark."""
    limits = None if profile is None else DtmfProfile.named(profile)
    rig = Rig(dtmf=limits)
    ours, far = rig.pair()
    heard: list[str] = []
    ours.on_digit(lambda event: heard.append(event.digit))
    rig.press(far, "159", twist_db=-7.5)
    rig.close()
    assert "".join(heard) == digits
    assert rig.ours.dtmf == (limits or DtmfProfile())
