"""Other samplerates at 8 kHz: passband, stopband, time, and the same for every cutting."""

from itertools import pairwise

import numpy as np
import pytest

from telcard.dsp.resample import Resampler

RATES = [4000, 6000, 8000, 11025, 12345, 16000, 22050, 44100, 48000, 96000]


def resampled(pcm: np.ndarray, samplerate: int) -> np.ndarray:
    resampler = Resampler(samplerate)
    return np.concatenate([resampler.process(pcm), resampler.flush()])[:, 0]


def sine(hz: float, samplerate: int, seconds: float = 1.0) -> np.ndarray:
    n = np.arange(round(seconds * samplerate))
    return np.rint(10_000 * np.sin(2 * np.pi * hz * n / samplerate)).astype(np.int16)


@pytest.mark.parametrize("samplerate", RATES)
@pytest.mark.parametrize("hz", [300, 1000, 1800, 3400])
def test_what_is_in_the_band_arrives_at_its_time_and_level(samplerate: int, hz: float) -> None:
    if hz > 0.45 * samplerate:
        return  # beyond the band of the source
    got = resampled(sine(hz, samplerate), samplerate)
    assert len(got) == 8000
    error = got[1000:-1000] - 10_000.0 * np.sin(2 * np.pi * hz * np.arange(8000) / 8000)[1000:-1000]
    assert np.sqrt(np.mean(error**2)) < 10_000 / 2**0.5 * 10 ** (-75 / 20)


@pytest.mark.parametrize("samplerate", [rate for rate in RATES if rate > 12000])
@pytest.mark.parametrize("hz", [4000, 4400, 5500])
def test_what_is_above_the_band_does_not_come_back(samplerate: int, hz: float) -> None:
    assert np.abs(resampled(sine(hz, samplerate), samplerate)[1000:-1000]).max() <= 2


@pytest.mark.parametrize("samplerate", [6000, 11025, 44100, 48000])
@pytest.mark.parametrize("seed", range(2))
def test_the_cutting_changes_no_sample(samplerate: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    pcm = chance.integers(-32768, 32768, (samplerate, 2)).astype(np.int16)
    resampler = Resampler(samplerate, 2)
    whole = np.concatenate([resampler.process(pcm), resampler.flush()])
    cuts = [0, *sorted(chance.integers(0, samplerate, 20)), samplerate]
    parts = [resampler.process(pcm[a:b]) for a, b in pairwise(cuts)]
    np.testing.assert_array_equal(np.concatenate([*parts, resampler.flush()]), whole)


@pytest.mark.parametrize("frames", [0, 1, 5, 441, 10_000])
def test_the_length_is_that_of_the_source(frames: int) -> None:
    assert len(resampled(np.zeros(frames, np.int16), 44100)) == -(-frames * 80 // 441)


def test_a_constant_stays_what_it_is() -> None:
    got = resampled(np.full(44100, -32768, np.int16), 44100)
    assert (got[200:-200] == -32768).all()


@pytest.mark.parametrize("samplerate", [0, 3999, 192_001])
def test_a_samplerate_that_is_no_sound_is_refused(samplerate: int) -> None:
    with pytest.raises(ValueError, match="samplerate: want 4000 to 192000 Hz, got"):
        Resampler(samplerate)


def test_another_number_of_channels_is_refused() -> None:
    with pytest.raises(ValueError, match="want 1 or more"):
        Resampler(16000, 0)
    with pytest.raises(ValueError, match=r"want \(frames, 2\)"):
        Resampler(16000, 2).process(np.zeros(10, np.int16))
