"""An operation that runs: paused, moved, made louder; and what it tells of its place."""

from itertools import pairwise

import numpy as np
import pytest

from telcard._native import dsp
from telcard.engine import Reason, Until, dtmf_segments
from telcard.errors import CardError
from tests.support.line import IDLE, Ear, Rig, noise

pytestmark = pytest.mark.both_fidelities


def test_a_paused_play_is_silent_and_goes_on_with_the_next_octet(rig: Rig) -> None:
    ours, far = rig.pair()
    ear = Ear(far)
    sound = noise(4000)
    play = ours.play([sound])
    rig.run(20)
    play.pause()
    play.pause()
    rig.run(50)
    state = ours.query()
    assert (state.doing, state.paused, state.position) == ("play", True, 1600)
    play.resume()
    rig.until(lambda: play.outcome)
    rig.run(2)
    assert play.outcome is not None
    assert (play.outcome.reasons, play.outcome.position) == (Reason.END_OF_DATA, 4000)
    assert ear.speech == sound[:1600] + bytes([IDLE]) * 4000 + sound[1600:]
    assert (ours.query().position, ours.query().paused) == (0, False)


def test_a_paused_play_can_be_stopped_and_runs_out_of_time(rig: Rig) -> None:
    ours, _ = rig.pair()
    first = ours.play([noise(8000)])
    rig.run(3)
    first.pause()
    first.stop()
    rig.run(2)
    assert first.outcome is not None
    assert (first.outcome.reasons, first.outcome.position) == (Reason.STOPPED, 240)
    second = ours.play([noise(8000)], Until(max_s=0.2))
    second.pause()
    rig.run(30)
    assert second.outcome is not None
    assert (second.outcome.reasons, second.outcome.position) == (Reason.MAX_TIME, 0)


def test_a_paused_lane_sends_what_it_listens_to(rig: Rig) -> None:
    ours, far = rig.pair(1)
    other, far_other = rig.pair(2)
    ours.listen(other)
    ear = Ear(far)
    far_other.play([noise(2400, 3)])
    play = ours.play([noise(2400, 1)])
    rig.run(10)
    play.pause()
    rig.run(10)
    play.resume()
    rig.run(30)
    heard = ear.speech
    assert heard[:800] == noise(2400, 1)[:800]
    assert heard[800:1600] == noise(2400, 3)[720:1520]
    assert heard[1600:3200] == noise(2400, 1)[800:]


@pytest.mark.parametrize("cut", [[10_000], [1, 79, 80, 5000, 4840], [2500] * 4])
def test_a_seek_lands_on_the_very_sample_whatever_the_segments(rig: Rig, cut: list[int]) -> None:
    ours, far = rig.pair()
    ear = Ear(far)
    sound = noise(10_000)
    ends = np.cumsum([0, *cut])
    play = ours.play([sound[begin:end] for begin, end in pairwise(ends)])
    rig.run(1)
    play.seek(7777)
    rig.run(1)
    play.seek(-7000, relative=True)
    rig.run(1)
    play.seek(9960)
    rig.until(lambda: play.outcome)
    rig.run(2)
    assert play.outcome is not None
    assert play.outcome.position == 10_000
    assert play.outcome.end - play.outcome.start == 3 * 80 + 40
    assert ear.speech == sound[:80] + sound[7777:7857] + sound[857:937] + sound[9960:]


def test_a_seek_stops_at_both_ends(rig: Rig) -> None:
    ours, _ = rig.pair()
    play = ours.play([noise(10_000)])
    rig.run(3)
    play.seek(-1)
    play.pause()
    rig.run(1)
    assert ours.query().position == 0
    play.seek(10**12)
    rig.run(5)
    assert ours.query().position == 10_000
    assert play.outcome is None
    play.resume()
    rig.run(1)
    assert play.outcome is not None
    assert (play.outcome.reasons, play.outcome.position) == (Reason.END_OF_DATA, 10_000)
    with pytest.raises(ValueError, match="seek: want at most 1099511627776 samples either way"):
        play.seek(2**41)


def test_only_a_play_is_paused_and_one_that_ended_is_left_alone(rig: Rig) -> None:
    ours, _ = rig.pair()
    tones = ours.tones(dtmf_segments("1"))
    for call in (tones.pause, tones.resume, lambda: tones.seek(1), lambda: tones.volume(3)):
        with pytest.raises(CardError, match="a tones, only a play"):
            call()
    rig.until(lambda: tones.outcome)
    first = ours.play([noise(80)])
    rig.until(lambda: first.outcome)
    second = ours.play([noise(800)])
    rig.run(1)
    first.pause()
    first.seek(0)
    first.volume(-20)
    rig.run(1)
    state = ours.query()
    assert (state.paused, state.position, state.volume_db) == (False, 160, 0)
    second.stop()
    rig.run(2)


def heard_at(rig: Rig, volume_db: float) -> np.ndarray:
    """What a play of a loud constant sounds like, which is set to a volume after 100 ms."""
    ours, far = rig.pair()
    ear = Ear(far)
    tone = dsp.alaw_encode(np.full(4000, 4000, np.int16)).tobytes()
    play = ours.play([tone])
    rig.run(10)
    play.volume(volume_db)
    rig.until(lambda: play.outcome)
    rig.run(2)
    return dsp.alaw_decode(ear.speech).astype(float) / dsp.alaw_decode(tone)[0]


@pytest.mark.sound_only
@pytest.mark.parametrize("volume_db", [-40.0, -6.0, 6.0])
def test_the_volume_changes_in_20_ms_and_without_a_step(rig: Rig, volume_db: float) -> None:
    heard = heard_at(rig, volume_db)
    target = 10 ** (volume_db / 20)
    assert set(heard[:800]) == {1.0}
    assert np.allclose(heard[960:], target, rtol=0.04)
    steps = np.abs(np.diff(heard))
    assert steps.max() < 0.05 * max(1.0, target)
    assert np.all(np.sign(np.diff(heard[800:960])) * np.sign(volume_db) >= 0)


@pytest.mark.sound_only
def test_at_0_db_the_octets_are_as_they_are_stored(rig: Rig) -> None:
    ours, far = rig.pair()
    ear = Ear(far)
    sound = bytes(range(256)).replace(bytes([IDLE]), b"\x54") * 20
    play = ours.play([sound])
    rig.run(10)
    play.volume(-20)
    rig.run(10)
    assert ours.query().volume_db == -20
    play.volume(0)
    rig.until(lambda: play.outcome)
    rig.run(2)
    assert ear.speech[:800] == sound[:800]
    assert ear.speech[880:1600] != sound[880:1600]
    assert ear.speech[1760:] == sound[1760:]


@pytest.mark.sound_only
def test_what_becomes_too_loud_is_clipped_and_does_not_turn_over(rig: Rig) -> None:
    ours, far = rig.pair()
    ours.volume(24)
    ear = Ear(far)
    ours.play([dsp.alaw_encode(np.array([20_000, -20_000] * 400, np.int16)).tobytes()])
    rig.run(20)
    assert set(dsp.alaw_decode(ear.speech)) == {32_256, -32_256}
