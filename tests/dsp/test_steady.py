"""Steady tones: what a telephone line carries of them, and what may not be taken for one."""

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from telcard import units
from telcard._native import detect
from telcard.dsp import g711, simd
from telcard.dsp.steady import SteadyDetector, SteadyProfile, SteadyTone, detect_steady

Sound = NDArray[np.float64]

SEED = 180


@pytest.fixture(autouse=True)
def back_to_the_environments_level() -> Iterator[None]:
    yield
    detect.force_simd(None)


def sine(hz: float, level_dbm0: float, frames: int, phase: float = 0.3) -> Sound:
    turns = 2 * np.pi * hz * np.arange(frames) / 8000
    return np.asarray(units.dbm0_to_peak(level_dbm0) * np.sin(turns + phase))


def tone(hz: Sequence[float], level_dbm0: float, frames: int, phase: float = 0.3) -> Sound:
    return sum((sine(f, level_dbm0, frames, phase * i) for i, f in enumerate(hz)), np.zeros(frames))


def burst(
    hz: Sequence[float], level_dbm0: float, on_s: float, at_s: float, whole_s: float
) -> Sound:
    line = np.zeros(int(whole_s * 8000))
    start, frames = int(at_s * 8000), int(on_s * 8000)
    line[start : start + frames] = tone(hz, level_dbm0, frames)
    return line


def lines(sounds: Sequence[Sound], snr_db: float | None = None) -> NDArray[np.int16]:
    """Side by side, through an A-law bearer, with white noise so far below what sounds."""
    pcm = np.stack(sounds, 1)
    if snr_db is not None:
        random = np.random.default_rng(SEED)
        for column in pcm.T:
            power = np.mean(column[column != 0] ** 2)
            column += random.normal(0, np.sqrt(power / 10 ** (snr_db / 10)), len(column))
    clipped = np.clip(np.round(pcm), -32768, 32767).astype(np.int16)
    return g711.decode_alaw(g711.encode_alaw(clipped))


PLAN = [
    (425,), (450,), (400,), (950,), (1400,), (1800,), (1100,), (2100,), (3700,), (215,),
    (440, 480), (350, 440), (480, 620), (400, 450), (384, 416), (330, 440), (400, 425 + 5),
    (440, 470), (697, 1209), (1200, 800 + 2000),
]  # fmt: skip


@pytest.mark.parametrize("snr_db", [None, 10, 6])
@pytest.mark.parametrize("level_dbm0", [-5, -19, -40])
def test_a_tone_is_measured_where_it_is_and_as_it_is(
    level_dbm0: float, snr_db: float | None
) -> None:
    where = [(0.4 + 0.01 * i, 0.33 + 0.03 * i) for i in range(len(PLAN))]
    pcm = lines(
        [
            burst(hz, level_dbm0, on_s, at_s, 1.8)
            for hz, (at_s, on_s) in zip(PLAN, where, strict=True)
        ],
        snr_db,
    )
    heard = detect_steady(pcm)
    assert [tone.channel for tone in sorted(heard, key=lambda tone: tone.channel)] == list(
        range(len(PLAN))
    )
    close_s = 0.012 if snr_db is None else 0.02
    for one in heard:
        at_s, on_s = where[one.channel]
        assert len(one.hz) == len(PLAN[one.channel]), one
        assert one.hz == pytest.approx(PLAN[one.channel], abs=1.0 if snr_db else 0.6), one
        assert one.dbm0 == pytest.approx([level_dbm0] * len(one.hz), abs=1.0 if snr_db else 0.5)
        assert one.start / 8000 == pytest.approx(at_s, abs=close_s), one
        assert one.length_s == pytest.approx(on_s, abs=close_s), one


def test_levels_of_two_tones_may_differ_by_12_db() -> None:
    twists = np.arange(-12, 13, 4)
    pcm = lines([tone((480,), -20 - t / 2, 8000) + tone((620,), -20 + t / 2, 8000) for t in twists])
    for one in detect_steady(pcm):
        assert one.twist_db == pytest.approx(twists[one.channel], abs=0.3)


@pytest.mark.parametrize("depth", [0.5, 0.85, 1.0])
def test_a_modulated_tone_is_one_tone_around_its_carrier(depth: float) -> None:
    frames = np.arange(8000)
    sounds = [
        (1 + depth * np.cos(2 * np.pi * by / 8000 * frames)) * sine(hz, -15, 8000)
        for hz, by in ((400, 25), (425, 24), (400, 16 + 2 / 3), (425, 50))
    ]
    heard = detect_steady(lines(sounds, 12))
    assert [one.channel for one in sorted(heard, key=lambda one: one.channel)] == [0, 1, 2, 3]
    for one in heard:
        assert np.mean(one.hz) == pytest.approx((400, 425, 400, 425)[one.channel], abs=13), one
        assert one.length_s > 0.95


def test_tones_that_follow_each_other_are_told_apart_to_a_few_milliseconds() -> None:
    in_turn = [np.concatenate([tone((hz,), -12, 2640) for hz in (950, 1400, 1777)])] * 2
    heard = [one for one in detect_steady(lines(in_turn)) if one.channel == 0]
    assert [round(one.hz[0]) for one in heard] == [950, 1400, 1777]
    assert [one.start for one in heard] == pytest.approx([0, 2640, 5280], abs=100)
    assert [one.frames for one in heard] == pytest.approx([2640] * 3, abs=120)


def test_a_short_pause_parts_two_bursts_and_a_hole_does_not() -> None:
    sounds = []
    for pause_ms in (10, 15, 40, 60, 100):
        gap = np.zeros(pause_ms * 8)
        sounds.append(np.concatenate([tone((450,), -12, 2000), gap, tone((450,), -12, 2000)]))
    longest = max(map(len, sounds))
    pcm = lines([np.pad(sound, (0, longest - len(sound))) for sound in sounds])
    heard = detect_steady(pcm)
    assert [sum(one.channel == i for one in heard) for i in range(5)] == [1, 1, 2, 2, 2]


def test_noise_clicks_and_weak_tones_are_none() -> None:
    random = np.random.default_rng(SEED)
    clicks = np.zeros(40000)
    clicks[::4000] = 20000
    heard = detect_steady(
        lines([random.normal(0, 3000, 40000), clicks, tone((425,), -48, 40000), np.zeros(40000)])
    )
    assert heard == []


def test_early_tells_a_tone_within_100_ms() -> None:
    pcm = lines([burst((450,), -12, 0.35, 0.5, 1.5)])
    detector = SteadyDetector(early=True)
    at = []
    for first in range(0, len(pcm), 80):
        at += [(one.ended, first + 80) for one in detector.process(pcm[first : first + 80])]
    assert [ended for ended, _ in at] == [False, True]
    assert at[0][1] - 4000 <= 800
    assert at[1][1] - 4000 - 2800 <= 960


def sample_of_everything() -> NDArray[np.int16]:
    random = np.random.default_rng(SEED)
    rows = [burst(hz, -17, 0.3, 0.05 * i, 1.5) for i, hz in enumerate(PLAN[:17])]
    return lines([row + random.normal(0, 60, len(row)) for row in rows])


@settings(max_examples=10)
@given(st.lists(st.integers(1, 700), max_size=60))
def test_the_same_tones_however_the_stream_is_cut(cuts: list[int]) -> None:
    pcm = EVERYTHING
    detector = SteadyDetector(17, early=True)
    heard, at = [], 0
    for cut in [*cuts, len(pcm)]:
        heard += detector.process(pcm[at : at + cut])
        at += cut
    assert heard + detector.flush() == WHOLE


@pytest.mark.parametrize("level", simd.levels())
def test_the_same_tones_at_every_simd_level(level: simd.Level) -> None:
    detect.force_simd(level)
    detector = SteadyDetector(17, early=True)
    assert detector.process(EVERYTHING) + detector.flush() == WHOLE


EVERYTHING = sample_of_everything()


def whole() -> list[SteadyTone]:
    detector = SteadyDetector(17, early=True)
    return detector.process(EVERYTHING) + detector.flush()


WHOLE = whole()


def test_a_lane_hears_the_same_in_any_row_and_beside_anything() -> None:
    alone = SteadyDetector(early=True)
    found = alone.process(EVERYTHING[:, 10]) + alone.flush()
    assert [(one.start, one.frames, one.hz, one.dbm0, one.ended) for one in found] == [
        (one.start, one.frames, one.hz, one.dbm0, one.ended) for one in WHOLE if one.channel == 10
    ]


def test_a_reset_forgets_and_counts_from_zero() -> None:
    pcm = lines([burst((450,), -12, 0.4, 0.1, 0.8)] * 2)
    detector = SteadyDetector(2)
    detector.process(pcm[:3200])
    detector.reset(1)
    heard = detector.process(pcm) + detector.flush()
    assert [one.start for one in heard if one.channel == 1] == pytest.approx([800], abs=40)
    assert [one.start for one in heard if one.channel == 0] == pytest.approx([800, 4000], abs=40)


def test_wrong_arguments_are_told_in_one_sentence() -> None:
    with pytest.raises(ValueError, match="channels: want 1 or more, got 0"):
        SteadyDetector(0)
    with pytest.raises(ValueError, match=r"purity: want 0\.5 to 0\.99, got 1"):
        SteadyProfile(purity=1)
    with pytest.raises(ValueError, match=r"block: want \(frames, 2\), got shape \(5,\)"):
        SteadyDetector(2).process(np.zeros(5, np.int16))
    with pytest.raises(ValueError, match="channel: want 0 to 1, got 2"):
        SteadyDetector(2).reset(2)
    with pytest.raises(ValueError, match="samplerate: tones are heard at 8000 Hz, got 44100"):
        detect_steady(np.zeros(5, np.int16), 44100)
