"""Figures over recorded speech: benchmarks/quality_voice.py."""

import numpy as np
import pytest
from numpy.typing import NDArray

from telcard import units
from telcard._native import voice
from telcard.dsp import g711, level, simd
from telcard.dsp.noise import ComfortNoise, NoiseSuppressor, suppress_noise
from tests.support.cutting import through


def hiss(frames: int, level_dbm0: float, seed: int = 1, taps: int = 1) -> NDArray[np.int16]:
    """White noise, or of a band that more taps make narrower."""
    noise = np.convolve(np.random.default_rng(seed).normal(0, 1, frames), np.ones(taps), "same")
    noise *= units.dbm0_to_rms(level_dbm0) / np.sqrt((noise**2).mean())
    return np.rint(noise).astype(np.int16)


def words(frames: int, level_dbm0: float = -20) -> NDArray[np.int16]:
    """Chords of a gliding pitch, 300 ms on and 300 off."""
    t = np.arange(frames) / 8000
    phase = 2 * np.pi * np.cumsum(140 + 20 * np.sin(3 * t)) / 8000
    sound = sum(np.sin(n * phase) / n for n in range(1, 15)) * (t % 0.6 < 0.3)
    sound *= units.dbm0_to_rms(level_dbm0) / np.sqrt((sound[t % 0.6 < 0.3] ** 2).mean())
    return np.asarray(np.rint(sound), np.int16)


def test_noise_is_lowered_by_what_was_asked_and_words_stay() -> None:
    clean, noise = words(40_000), hiss(40_000, -36)
    for reduction in (6, 12, 18):
        made = suppress_noise(clean + noise, reduction_db=reduction)
        assert len(made) == 40_000
        t = np.arange(40_000) / 8000
        pause = (t % 0.6 > 0.4) & (t % 0.6 < 0.55) & (t > 1.5)
        before, after = level.level_dbm0(noise[pause]), level.level_dbm0(made[pause])
        assert before - after == pytest.approx(reduction, abs=2)
        word = (t % 0.6 > 0.05) & (t % 0.6 < 0.28) & (t > 1.5)
        error = made[word].astype(float) - clean[word]
        assert level.level_dbm0(np.rint(error).astype(np.int16)) < -37


def test_sound_without_noise_goes_through_in_step() -> None:
    clean = words(20_000)
    made = suppress_noise(clean)
    error = (made.astype(float) - clean)[4000:]
    assert (error**2).mean() < 1e-3 * (clean[4000:].astype(float) ** 2).mean()


def test_the_same_samples_for_every_cutting_channel_and_simd_level() -> None:
    block = np.stack([words(9001) + hiss(9001, -40 - n, n) for n in range(18)], axis=1)
    whole = through(NoiseSuppressor(18), block)
    assert whole.shape == block.shape
    assert (through(NoiseSuppressor(18), block, seed=3) == whole).all()
    assert (suppress_noise(np.ascontiguousarray(block[:, 17])) == whole[:, 17]).all()
    for simd_level in simd.levels():
        voice.force_simd(simd_level)
        assert (suppress_noise(block) == whole).all()


def test_a_reset_channel_begins_anew() -> None:
    suppressor = NoiseSuppressor(2)
    block = np.stack([hiss(8000, -30)] * 2, axis=1)
    suppressor.process(block)
    suppressor.reset(1)
    made = suppressor.process(block)
    assert (made[:, 0] != made[:, 1]).any()
    again = NoiseSuppressor(2)
    again.process(np.zeros((160, 2), np.int16))
    assert (suppress_noise(block)[:7840, 1] == made[160:, 1]).all()


@pytest.mark.parametrize("level_dbm0", [-35, -50, -60])
@pytest.mark.parametrize("taps", [1, 4])
def test_comfort_noise_is_as_loud_and_sounds_alike(level_dbm0: float, taps: int) -> None:
    noise = hiss(40_000, level_dbm0, 4, taps)
    line = noise.copy()
    line[8000:20_000] += words(12_000)  # left out by itself
    line = g711.decode_alaw(g711.encode_alaw(line))
    maker = ComfortNoise(seed=9)
    maker.analyse(line)
    assert maker.level_dbm0[0] == pytest.approx(level_dbm0, abs=1.5)
    made = maker.generate(80_000)[:, 0]
    for at in range(0, 80_000, 8000):
        assert level.level_dbm0(made[at : at + 8000]) == pytest.approx(level_dbm0, abs=2)
    tilt = [np.corrcoef(x[1:], x[:-1])[0, 1] for x in (noise.astype(float), made.astype(float))]
    assert tilt[0] == pytest.approx(tilt[1], abs=0.1)


def test_comfort_noise_depends_on_its_seed_alone_and_is_silent_before_it_has_heard() -> None:
    assert not ComfortNoise(2).generate(100).any()
    assert np.isneginf(ComfortNoise().level_dbm0).all()
    noise = hiss(8000, -40)
    made = []
    for seed in (1, 1, 2):
        maker = ComfortNoise(seed=seed)
        for part in np.split(noise, [77, 3001]):
            maker.analyse(part)
        made.append(np.concatenate([maker.generate(300), maker.generate(500)]))
    assert (made[0] == made[1]).all()
    assert (made[0] != made[2]).any()


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="reduction_db: want 1 to 30, got 40"):
        NoiseSuppressor(reduction_db=40)
    with pytest.raises(ValueError, match="frames: want 0 or more, got -1"):
        ComfortNoise().generate(-1)
    with pytest.raises(ValueError, match="samplerate: noise is suppressed at 8000 Hz, got 1"):
        suppress_noise(np.zeros(80, np.int16), 1)
