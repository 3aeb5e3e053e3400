"""Figures over recorded speech: benchmarks/quality_voice.py."""

import numpy as np
import pytest
from numpy.typing import NDArray

from telcard import units
from telcard.dsp import level
from telcard.dsp.agc import Agc, AgcProfile, level_talk
from tests.support.cutting import through

Sound = NDArray[np.float64]


def talk(level_dbm0: float, seconds: float = 6) -> NDArray[np.int16]:
    """Syllables of 200 ms of coloured noise and pauses as long, over a background of -62 dBm0."""
    chance = np.random.default_rng(2)
    t = np.arange(round(seconds * 8000)) / 8000
    sound = np.convolve(chance.normal(0, 1, len(t)), np.ones(5), "same")
    sound *= np.sqrt(np.maximum(0, np.sin(2 * np.pi * 2.5 * t)))
    sound *= units.dbm0_to_rms(level_dbm0) / np.sqrt((sound[np.sin(5 * np.pi * t) > 0] ** 2).mean())
    sound += chance.normal(0, units.dbm0_to_rms(-62), len(t))
    return np.clip(np.rint(sound), -32768, 32767).astype(np.int16)


def test_talkers_of_all_levels_come_out_alike_and_nothing_is_clipped() -> None:
    levels = range(-40, -4, 5)
    block = np.stack([talk(dbm0) for dbm0 in levels], axis=1)
    made = level_talk(block)
    assert np.abs(made.astype(int)).max() <= 23_000
    told = [level.level_dbm0(made[24_000:, i]) for i in range(len(levels))]
    assert max(told) - min(told) < 4
    assert np.mean(told) == pytest.approx(-18 - 3, abs=3)  # half of it is pauses


def test_background_is_not_pumped_up_in_a_pause() -> None:
    noise = np.random.default_rng(1).normal(0, units.dbm0_to_rms(-55), 80_000)
    pcm = np.concatenate([talk(-30), noise.astype(np.int16)])
    agc = Agc()
    agc.process(pcm[:48_000])
    gain = agc.gains_db[0]
    assert gain > 6
    agc.process(pcm[48_000:])
    assert agc.gains_db[0] <= gain + 0.5


def test_a_sudden_shout_is_held_without_being_clipped() -> None:
    pcm = np.concatenate([talk(-38), talk(-3, 1)])
    assert np.abs(level_talk(pcm).astype(int)).max() <= 23_000


def test_the_same_samples_for_every_cutting_and_beside_any_channel() -> None:
    block = np.stack([talk(-10, 1), talk(-35, 1)], axis=1)[:7001]
    whole = through(Agc(2), block)
    assert whole.shape == block.shape
    assert (through(Agc(2), block, seed=7) == whole).all()
    assert (level_talk(np.ascontiguousarray(block[:, 1])) == whole[:, 1]).all()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"target_dbm0": 0}, "target_dbm0: want -40 to -6, got 0"),
        ({"most_db": 50}, "most_db: want 0 to 40, got 50"),
        ({"least_db": 1}, "least_db: want -40 to 0, got 1"),
        ({"gate_dbm0": -80}, "gate_dbm0: want -70 to -20, got -80"),
    ],
)
def test_profiles_that_make_no_sense_are_refused(wrong: dict[str, float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        AgcProfile(**wrong)
