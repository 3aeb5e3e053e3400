import numpy as np
import pytest
from numpy.typing import NDArray

from telcard._native import voice
from telcard.dsp import simd
from telcard.dsp.tempo import Tempo, change_tempo
from tests.support.cutting import through


def vowel(frames: int, pitch_hz: float, seed: int = 0) -> NDArray[np.int16]:
    t = np.arange(frames) / 8000
    phases = np.random.default_rng(seed).uniform(0, 7, 60)
    sound = sum(
        np.sin(2 * np.pi * pitch_hz * n * t + phases[n]) / (1 + abs(n * pitch_hz - 600) / 200)
        for n in range(1, int(3500 / pitch_hz))
    )
    return np.rint(6000 * sound / np.abs(sound).max()).astype(np.int16)


def pitch_hz(pcm: NDArray[np.int16]) -> float:
    """Between the peaks of the autocorrelation."""
    x = pcm[1000:5000].astype(float)
    r = np.correlate(x, x, "full")[len(x) :]
    return float(8000 / (20 + 1 + np.argmax(r[20:180])))


@pytest.mark.parametrize("percent", range(50, 160, 10))
def test_it_lasts_as_long_as_it_should_at_the_pitch_it_had(percent: int) -> None:
    for hz in (71, 120, 230):
        pcm = vowel(12_345, hz)
        made = change_tempo(pcm, percent / 100)
        assert len(made) == -(-12_345 * 100 // percent)
        assert pitch_hz(made) == pytest.approx(pitch_hz(pcm), rel=0.01)
        level = np.sqrt((made[800:5000].astype(float) ** 2).mean())
        assert level == pytest.approx(np.sqrt((pcm[800:5000].astype(float) ** 2).mean()), rel=0.03)


def test_a_vowel_keeps_its_shape() -> None:
    """What is not periodic in it is 40 dB below: no seam is heard."""
    made = change_tempo(vowel(16_000, 100), 1.3)[400:-400].astype(float)
    assert np.sqrt(((made[80:] - made[:-80]) ** 2).mean() / (made**2).mean()) < 0.01


def test_at_normal_speed_nothing_is_touched_and_a_detour_ends_in_the_very_place() -> None:
    pcm = np.random.default_rng(1).integers(-9000, 9000, 8000).astype(np.int16)
    assert (change_tempo(pcm, 1.0) == pcm).all()
    tempo = Tempo()
    made = [tempo.process(pcm[:2400])]
    tempo.speed = 1.5
    made.append(tempo.process(pcm[2400:4800]))
    tempo.speed = 1.0
    place = tempo.position
    made.append(tempo.process(pcm[4800:]))
    made.append(tempo.flush())
    assert (made[2][80:500, 0] == pcm[place + 80 : place + 500]).all()
    assert len(np.concatenate(made)) == len(pcm) - place + sum(map(len, made[:2]))


def test_the_same_samples_for_every_cutting_channel_and_simd_level() -> None:
    pcm = np.stack([vowel(5000, hz) for hz in (80, 130, 210)], axis=1)
    for speed in (0.5, 0.85, 1.33):
        whole = through(Tempo(speed, 3), pcm)
        assert (through(Tempo(speed, 3), pcm, seed=5) == whole).all()
        assert (change_tempo(np.ascontiguousarray(pcm[:, 1]), speed) == whole[:, 1]).all()
        for level in simd.levels():
            voice.force_simd(level)
            assert (through(Tempo(speed, 3), pcm) == whole).all()


def test_nothing_comes_of_nothing_and_nonsense_is_refused() -> None:
    assert len(change_tempo(np.zeros(0, np.int16), 1.2)) == 0
    assert not change_tempo(np.zeros(500, np.int16), 0.7).any()
    with pytest.raises(ValueError, match=r"speed: want 0.5 to 1.5, got 1.6"):
        Tempo(1.6)
    with pytest.raises(ValueError, match="channels: want 1 or more, got 0"):
        Tempo(1, 0)
    with pytest.raises(ValueError, match=r"block: want \(frames, 2\), got shape \(5,\)"):
        Tempo(1, 2).process(np.zeros(5, np.int16))
