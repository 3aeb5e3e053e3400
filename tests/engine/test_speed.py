"""Plays that are faster or slower than they were recorded, with sound and without."""

import numpy as np
import pytest

from telcard._native import dsp
from telcard.engine import Controls, Reason
from tests.support.line import Ear, Rig, noise

pytestmark = pytest.mark.both_fidelities

KEYS = Controls(pause="8", faster="3", slower="6", normal_speed="0", speed_step=0.2)


def lasts(samples: int, percent: int) -> int:
    return -(-100 * samples // percent)


@pytest.mark.parametrize("percent", [50, 80, 99, 110, 137, 150])
def test_a_play_ends_when_it_should_to_the_sample(rig: Rig, percent: int) -> None:
    ours, far = rig.pair()
    ours.speed(percent / 100)
    ear = Ear(far)
    play = ours.play([noise(1234), noise(5), noise(4000)])
    rig.until(lambda: play.outcome)
    rig.run(2)
    assert play.outcome is not None
    assert play.outcome.reasons == Reason.END_OF_DATA
    assert play.outcome.position == 5239
    assert play.outcome.end - play.outcome.start == lasts(5239, percent)
    if ours.engine.fidelity == "sound":
        assert abs(len(ear.speech) - lasts(5239, percent)) <= 160  # a hop leaves its place by 80
    assert ours.query().speed == percent / 100  # for the next one too


def test_places_go_on_to_count_what_is_played(rig: Rig) -> None:
    ours, far = rig.pair()
    play = ours.play([noise(40_000)])
    rig.run(10)
    before = ours.query().position
    play.speed(1.37)
    rig.run(11)
    after = ours.query().position
    assert after - before == 10 * 80 + 11 * 80 * 137 // 100 - 10 * 80
    play.pause()
    rig.run(10)
    held = ours.query().position
    assert held == after
    play.seek(20_000)
    play.speed(0.5)
    play.resume()
    rig.run(10)
    assert ours.query().position == 20_000 + 400
    play.speed(1)
    rig.until(lambda: play.outcome)
    assert play.outcome is not None
    assert play.outcome.position == 40_000
    del far


def test_digits_change_the_speed_and_stop_at_both_ends(rig: Rig) -> None:
    ours, far = rig.pair()
    ours.play([noise(400_000)], controls=KEYS)
    rig.run(20)
    for digits, speed in (("3", 1.2), ("33", 1.5), ("0", 1.0), ("6", 0.8), ("666", 0.5)):
        rig.press(far, digits)
        assert ours.query().speed == speed
        assert ours.query().digits_waiting == 0


@pytest.mark.sound_only
def test_octets_are_untouched_before_and_after_and_of_the_same_pitch_between(rig: Rig) -> None:
    t = np.arange(24_000) / 8000
    octets = dsp.alaw_encode(
        np.rint(8000 * np.cos(2 * np.pi * 500 * t + 0.2)).astype(np.int16)
    ).tobytes()
    ours, far = rig.pair()
    ear = Ear(far)
    play = ours.play([octets[:5000], octets[5000:]])
    rig.run(50)
    play.speed(1.5)
    rig.run(100)
    play.speed(1)
    rig.run(2)
    place = ours.query().position
    rig.until(lambda: play.outcome)
    rig.run(2)
    heard = ear.speech
    assert heard.startswith(octets[:3000])
    assert heard.endswith(octets[place + 80 :])
    sound = dsp.alaw_decode(heard).astype(float)[4000:12_000]
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    assert spectrum[495:506].sum() > 0.999 * spectrum.sum()


def test_speeds_out_of_range_are_refused(rig: Rig) -> None:
    ours, _ = rig.pair()
    for wrong in (0.49, 1.51, float("nan")):
        with pytest.raises(ValueError, match=r"speed: want 0.5 to 1.5, got "):
            ours.speed(wrong)
    with pytest.raises(ValueError, match=r"controls: want speed_step 0.01 to 1, got 0"):
        Controls(faster="1", speed_step=0)
