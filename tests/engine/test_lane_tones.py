import numpy as np
import pytest

from telcard._native import dsp
from telcard.engine import Reason, ToneSegment
from tests.support.line import Ear, Rig


def test_a_tone_has_the_level_and_frequency_asked_for(rig: Rig) -> None:
    ours, far = rig.pair()
    ear = Ear(far)
    tone = ours.tones([ToneSegment(1.0, 425.0, level1_dbm0=-10.0)])
    rig.run(110)
    assert tone.outcome is not None
    assert tone.outcome.reasons == Reason.END_OF_DATA
    assert tone.outcome.end - tone.outcome.start == 8000
    sound = dsp.alaw_decode(ear.octets).astype(float)
    middle = sound[800:4800]  # 212.5 periods
    assert np.argmax(np.abs(np.fft.rfft(middle, 8000))) == 425
    rms = np.sqrt(np.mean(middle**2))
    assert 20 * np.log10(rms / 16141.2) == pytest.approx(-10, abs=0.05)


def test_a_cadence_repeats_as_often_as_asked_for(rig: Rig) -> None:
    ours, far = rig.pair()
    ear = Ear(far)
    cadence = [ToneSegment(0.05, 425.0), ToneSegment(0.05)]
    tone = ours.tones(cadence, repeats=3)
    rig.run(50)
    assert tone.outcome is not None
    assert tone.outcome.end - tone.outcome.start == 2400
    loud = np.abs(dsp.alaw_decode(ear.octets).reshape(-1, 80)).max(axis=1) > 1000
    assert np.count_nonzero(loud) == 15


def test_an_endless_cadence_sounds_until_it_is_stopped(rig: Rig) -> None:
    ours, _ = rig.pair()
    tone = ours.tones([ToneSegment(0.01, 425.0)], repeats=0)
    rig.run(500)
    assert tone.outcome is None
    tone.stop()
    rig.run()
    assert tone.outcome is not None
    assert tone.outcome.reasons == Reason.STOPPED


def test_repeats_are_not_negative(rig: Rig) -> None:
    ours, _ = rig.pair()
    with pytest.raises(ValueError, match="repeats: want 0"):
        ours.tones([ToneSegment(0.01)], repeats=-1)
