"""Lanes without a line: what they receive, who hears them, and what is never told them."""

from pathlib import Path

import numpy as np
import pytest

from telcard._native import dsp
from telcard._native import engine as native
from telcard.engine import E1Line, Engine, Lane, Reason, SecretBuffer, Until, dtmf_segments
from telcard.errors import CardError, NoResource, StaleHandle
from tests.support.line import IDLE, Ear, Rig, noise

pytestmark = pytest.mark.both_fidelities


@pytest.fixture
def lanes(rig: Rig) -> tuple[Lane, Lane, Lane]:
    """A line's lane, the town's end of it, and a resource."""
    lane, far = rig.pair()
    return lane, far, rig.ours.open_resource("GFAX1.1")


def test_a_resource_has_a_name_and_no_line(rig: Rig) -> None:
    resource = rig.ours.open_resource("GFAX1.1")
    assert resource.span is None
    assert (resource.name, str(resource)) == ("GFAX1.1", "ours lane 0 (GFAX1.1)")
    assert repr(resource) == "<Lane 0.1 on GFAX1.1>"
    resource.close()
    with pytest.raises(StaleHandle):
        resource.query()


def test_resources_run_out_like_lanes() -> None:
    engine = Engine(1)
    engine.open_resource("one")
    with pytest.raises(NoResource, match="all 1 lanes are taken"):
        engine.open_resource("two")
    engine.close()


def test_a_resource_receives_what_a_line_receives_in_the_same_tick(rig: Rig, lanes) -> None:
    lane, far, resource = lanes
    resource.listen(lane)
    line, here = Ear(lane), Ear(resource)
    far.play([noise(800)])
    rig.run(15)
    assert here.speech == noise(800)
    assert here.begin() == line.begin()


def test_a_line_sends_what_a_resource_sends_in_the_same_tick(rig: Rig, lanes) -> None:
    """Played at tick n on the resource, it is on the line at n and with the far end at n + 1."""
    lane, far, resource = lanes
    lane.listen(resource)
    heard = Ear(far)
    operation = resource.play([noise(800)])
    rig.run(15)
    assert heard.speech == noise(800)
    assert operation.outcome is not None
    assert heard.begin() == operation.outcome.start + 80


@pytest.mark.parametrize("rows", [(0, 1), (1, 0)])
def test_from_resource_to_resource_takes_one_tick_whatever_the_rows(rows: tuple[int, int]) -> None:
    with_rows = Rig()
    both = [with_rows.ours.open_resource(f"fax {n}") for n in range(2)]
    speaker, listener = (both[row] for row in rows)
    listener.listen(speaker)
    ear = Ear(listener)
    operation = speaker.play([noise(333)])
    with_rows.run(8)
    assert operation.outcome is not None
    assert ear.begin() == operation.outcome.start + 80
    assert ear.speech == noise(333)
    with_rows.close()


def test_the_sound_of_a_bearer_is_not_what_its_line_receives(rig: Rig, lanes) -> None:
    """A voice resource works on the lane of its line: others may listen to the voice alone."""
    lane, far, resource = lanes
    other = rig.span.open_lane(2)
    other_far = rig.far_span.open_lane(2, detect=False)
    resource.listen(lane, sound=True)
    other.listen(lane, sound=True)
    here, there = Ear(resource), Ear(other_far)
    far.play([noise(800, 2)])
    operation = lane.play([noise(400)])
    rig.run(15)
    assert operation.outcome is not None
    assert here.speech == there.speech == noise(400)
    assert here.begin() == there.begin() == operation.outcome.start + 80


def test_two_lines_are_joined_by_way_of_many_listeners(rig: Rig) -> None:
    """Music on hold: one source, three listeners, each the same octets at the same time."""
    music = rig.ours.open_resource("music")
    pairs = [rig.pair(timeslot) for timeslot in (1, 2, 3)]
    for lane, _ in pairs:
        lane.listen(music)
    ears = [Ear(far) for _, far in pairs]
    music.play([noise(400)])
    rig.run(10)
    assert {(ear.speech, ear.begin()) for ear in ears} == {(noise(400), ears[0].begin())}


@pytest.mark.sound_only
def test_everything_works_on_a_resource(rig: Rig, lanes, tmp_path: Path) -> None:
    lane, far, resource = lanes
    resource.listen(lane)
    recording = resource.record(tmp_path / "resource.wav")
    collect = resource.collect(Until(max_digits=3))
    rig.press(far, "159")
    assert collect.outcome is not None
    assert (collect.outcome.digits, collect.outcome.reasons) == ("159", Reason.MAX_DIGITS)
    tones = resource.tones(dtmf_segments("7"))
    rig.until(lambda: tones.outcome)
    far.play([noise(800)])
    rig.run(3)
    assert resource.query().level_dbm0 > -30
    recording.stop()
    rig.until(lambda: recording.outcome)
    with (tmp_path / "resource.wav").open("rb") as file:
        octets = np.frombuffer(file.read()[58:], np.uint8)
    assert len(set(octets[::2])) > 50  # received: keys and noise
    assert len(set(octets[1::2])) > 20  # sent: a key


def test_nothing_is_heard_of_a_source_that_closes(rig: Rig, lanes) -> None:
    lane, far, resource = lanes
    resource.listen(lane)
    lane.listen(resource)
    far.play([noise(8000)])
    rig.run(10)
    lane.close()
    ear = Ear(resource)
    rig.run(5)
    assert set(ear.octets) == {IDLE}
    assert resource.source is None
    again = rig.ours.open_resource("in its row")
    again.play([noise(800)])
    rig.run(5)
    assert ear.speech == b""


def test_a_resource_that_closes_ends_as_after_a_hang_up(rig: Rig, lanes) -> None:
    lane, far, resource = lanes
    lane.listen(resource)
    heard = Ear(far)
    operation = resource.play([noise(8000)])
    rig.run(10)
    resource.close()
    rig.run(3)
    assert operation.outcome is not None
    assert operation.outcome.reasons == Reason.HANG_UP
    assert heard.octets.endswith(bytes([IDLE]) * 80)


def test_a_route_is_heard_again_when_listening_ends(rig: Rig, lanes) -> None:
    lane, far, music = lanes
    announcement = rig.ours.open_resource("announcement")
    lane.route(music)
    assert lane.source is music
    lane.listen(announcement)
    assert lane.source is announcement
    lane.listen(None)
    assert lane.source is music
    lane.listen(announcement)
    announcement.close()
    assert lane.source is music
    ear = Ear(far)
    music.play([noise(160)])
    rig.run(5)
    assert ear.speech == noise(160)
    lane.route(None)
    assert lane.source is None


def test_a_resource_does_not_arm_a_secret(rig: Rig, lanes) -> None:
    _, _, resource = lanes
    with pytest.raises(CardError, match=r"\(GFAX1\.1\): cannot arm a secret; arm the lane of the"):
        resource.arm_secret()
    with pytest.raises(CardError, match="arm the secret step before"):
        resource.collect(Until(max_digits=1), secret=SecretBuffer())


def test_a_source_of_another_engine_is_refused(rig: Rig, lanes) -> None:
    _, far, resource = lanes
    for connect in (resource.listen, resource.route):
        with pytest.raises(CardError, match=r"cannot listen to .* of another engine"):
            connect(far)


@pytest.mark.sound_only
@pytest.mark.parametrize("listener", ["resource", "line"])
def test_a_secret_is_silence_for_every_listener(rig: Rig, lanes, tmp_path: Path, listener) -> None:
    """Also what is in a listener's look-back when the step is armed: the beginning of a key."""
    lane, far, resource = lanes
    who = resource if listener == "resource" else rig.span.open_lane(2)
    who.listen(lane)
    heard = Ear(who, look_back=True)
    recording = who.record(tmp_path / "listener.wav")
    rig.run(20)
    secret = SecretBuffer()
    far.play([noise(80 * 30)])  # begins 90 ms before
    rig.run(9)
    lane.arm_secret()
    lane.collect(Until(max_digits=9), secret=secret)
    rig.run(40)
    recording.stop()
    rig.until(lambda: recording.outcome)
    assert set(heard.octets) == {IDLE}
    sound = (tmp_path / "listener.wav").read_bytes()[58:]
    assert set(sound) == {IDLE}


@pytest.mark.parametrize("level", dsp.simd_levels())
def test_a_resource_has_the_same_bits_in_every_row(level: str) -> None:
    """At every SIMD level, alone or as one of 40 lanes, before its source or after it."""
    native.force_simd(level)
    try:
        told = {_row_story(row) for row in (0, 1, 15, 16, 39)}
    finally:
        native.force_simd(None)
    assert len(told) == 1


def _row_story(row: int) -> tuple[object, ...]:
    engine, town, line = Engine(41), Engine(1), E1Line()
    near, far = engine.plug(line, 0), town.plug(line, 1)
    others = [engine.open_resource(f"other {n}") for n in range(row)]
    resource = engine.open_resource("it")
    others += [engine.open_resource(f"other {n}") for n in range(row, 39)]
    lane, caller = near.open_lane(1), far.open_lane(1, detect=False)
    resource.listen(lane)
    for other in others:
        other.listen(resource)
    lane.listen(resource)
    digits: list[object] = []
    resource.on_digit(digits.append)
    ears = Ear(resource), Ear(caller)
    caller.tones(dtmf_segments("42"))
    resource.play([noise(1000)])
    for tick in range(1, 40):
        for one in (engine, town):
            one.step(tick)
    engine.close()
    town.close()
    return tuple(digits), *(bytes(ear.octets) for ear in ears)
