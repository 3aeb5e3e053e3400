"""Steady tones: found where they are, at their frequencies; speech is none."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import telcard.speech
from telcard import audio
from telcard.analysis import SteadyTones, Tone
from telcard.analysis.tones import FLOOR_DBM0
from telcard.dsp import g711
from telcard.dsp.tones import ToneGenerator, ToneSegment
from telcard.units import dbm0_to_rms

CLIPS = sorted((Path(telcard.speech.__file__).parent / "clips" / "en").glob("*.wav"))


def sound(*segments: tuple[float, ...]) -> np.ndarray:
    """Half a second of silence, the segments, half a second of silence; through A-law."""
    row = [ToneSegment(0.5), *(ToneSegment(*segment) for segment in segments), ToneSegment(0.5)]
    pcm = ToneGenerator(row).process(sum(segment.samples for segment in row))
    return g711.decode_alaw(g711.encode_alaw(pcm))


def noise(frames: int, dbm0: float, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, dbm0_to_rms(dbm0), frames)


def with_noise(pcm: np.ndarray, dbm0: float) -> np.ndarray:
    return np.clip(np.rint(pcm + noise(len(pcm), dbm0)), -32768, 32767).astype(np.int16)


def tones_in(pcm: np.ndarray) -> list[Tone]:
    finder = SteadyTones()
    return finder.process(pcm) + finder.flush()


def check(tone: Tone, start_s: float, length_s: float, *hz: float) -> None:
    assert tone.start_s == pytest.approx(start_s, abs=0.01)
    assert tone.end_s == pytest.approx(start_s + length_s, abs=0.01)
    assert tone.hz == pytest.approx(hz, abs=1)


ONES = [(425.0, 0.0), (400.0, 0.0), (950.0, 0.0), (1100.0, 0.0), (2100.0, 0.0), (3700.0, 0.0)]
PAIRS = [(350.0, 440.0), (440.0, 480.0), (480.0, 620.0), (400.0, 450.0), (400.0, 425.0)]


@pytest.mark.parametrize("hz", ONES + PAIRS)
@pytest.mark.parametrize("dbm0", [-3.5, -20, -44])
@pytest.mark.parametrize("length_s", [0.25, 2.3456])
def test_a_tone_is_found_where_it_is(hz: tuple[float, float], dbm0: float, length_s: float) -> None:
    (tone,) = tones_in(sound((length_s, *hz, dbm0, dbm0)))
    check(tone, 0.5, length_s, *(value for value in hz if value))
    assert tone.dbm0 == pytest.approx([dbm0] * len(tone.dbm0), abs=0.5)


@pytest.mark.parametrize("hz", [*ONES, *PAIRS[:4]])
def test_noise_of_15_db_below_moves_nothing(hz: tuple[float, float]) -> None:
    (tone,) = tones_in(with_noise(sound((1, *hz, -20, -20)), -35))
    check(tone, 0.5, 1, *(value for value in hz if value))


@pytest.mark.parametrize("seed", range(8))
def test_any_frequency_is_told_to_1_hz(seed: int) -> None:
    chance = np.random.default_rng(seed)
    hz = sorted(chance.uniform(250, 3700, 2))
    if hz[1] - hz[0] < 50:
        hz[1] += 100
    length_s = float(chance.uniform(0.1, 0.6))
    (tone,) = tones_in(sound((length_s, *hz, -15, -18)))
    check(tone, 0.5, length_s, *hz)


def test_a_tone_of_60_ms_is_found_and_one_of_30_ms_is_not() -> None:
    (tone,) = tones_in(sound((0.06, 1100), (0.3,), (0.03, 1100)))
    check(tone, 0.5, 0.06, 1100)


def test_tones_that_follow_each_other_are_told_apart() -> None:
    first, second, third = tones_in(sound((0.33, 950), (0.33, 1400), (0.33, 1800)))
    check(first, 0.5, 0.33, 950)
    check(second, 0.83, 0.33, 1400)
    check(third, 1.16, 0.33, 1800)


def test_a_hole_of_20_ms_ends_no_tone_and_a_pause_of_100_ms_does() -> None:
    whole, last = tones_in(sound((0.5, 425), (0.02,), (0.5, 425), (0.1,), (0.5, 425)))
    check(whole, 0.5, 1.02, 425)
    check(last, 1.62, 0.5, 425)


def test_one_tone_may_be_10_db_louder_than_the_other() -> None:
    (tone,) = tones_in(sound((0.5, 480, 620, -10, -20)))
    assert tone.dbm0 == pytest.approx([-10, -20], abs=0.3)


def test_what_is_below_the_floor_is_no_tone() -> None:
    assert tones_in(sound((1, 425, 0, FLOOR_DBM0 - 4))) == []


def test_noise_hum_and_silence_are_no_tones() -> None:
    n = np.arange(40_000)
    hum = 2000 * np.sin(2 * np.pi * 50 / 8000 * n)
    for pcm in (noise(40_000, -15), hum, 0 * n, 0 * n + 5000):
        assert tones_in(np.asarray(pcm, np.int16)) == []


def test_a_direct_voltage_and_hum_beside_a_tone_do_no_harm() -> None:
    pcm = sound((1, 425, 0, -15))
    n = np.arange(len(pcm))
    (tone,) = tones_in((pcm + 1500 + 150 * np.sin(2 * np.pi * 50 / 8000 * n)).astype(np.int16))
    check(tone, 0.5, 1, 425)


def test_speech_is_no_tone() -> None:
    pcm = np.concatenate([audio.read(clip)[0] for clip in CLIPS])
    assert len(pcm) > 100 * 8000
    assert tones_in(pcm) == []


def test_a_tone_that_begins_in_the_file_or_outlasts_it_is_cut_at_its_ends() -> None:
    pcm = sound((2, 425))[8000:12000]
    (tone,) = tones_in(pcm)
    check(tone, 0, 0.5, 425)
    assert tone.end_s <= 0.5


@pytest.mark.parametrize("seed", range(3))
def test_the_same_tones_are_found_however_the_stream_is_cut(seed: int) -> None:
    pcm = with_noise(sound((0.5, 440, 480), (0.2,), (1.5, 2100), (0.07, 700, 900)), -40)
    whole = tones_in(pcm)
    assert len(whole) == 3
    chance = np.random.default_rng(seed)
    cuts = [0, *sorted(chance.integers(0, len(pcm), 30)), len(pcm)]
    finder = SteadyTones()
    found = [tone for a, b in pairwise(cuts) for tone in finder.process(pcm[a:b])]
    assert found + finder.flush() == whole
    assert finder.process(pcm) + finder.flush() == whole  # after flush it is as new


def test_many_channels_do_not_disturb_each_other() -> None:
    one, two = sound((1, 425)), sound((1, 350, 440))
    finder = SteadyTones(2)
    found = finder.process(np.stack([one, two], 1)) + finder.flush()
    assert [tone.channel for tone in found] == [0, 1]
    assert [tone.hz for tone in found] == [tones_in(one)[0].hz, tones_in(two)[0].hz]
    with pytest.raises(ValueError, match=r"want \(frames, 2\), got shape \(80, 1\)"):
        finder.process(one[:80])
    with pytest.raises(ValueError, match="channels: want 1 or more, got 0"):
        SteadyTones(0)


def test_a_hum_of_a_voice_has_to_be_purer_than_a_tone() -> None:
    """As found in speech: "n" and "m" at one pitch for 70 ms, an octave and a little more."""
    n = np.arange(560)
    for hz, wanted in ((217.5, 0), (435.0, 1)):
        hum = [level * np.sin(2 * np.pi * k * hz / 8000 * n) for k, level in ((1, 1), (2, 0.4))]
        rest = 0.15 * np.sin(2 * np.pi * 3 * hz / 8000 * n)
        voiced = np.concatenate([np.zeros(4000), 6000 * (sum(hum) + rest), np.zeros(4000)])
        assert len(tones_in(voiced.astype(np.int16))) == wanted
