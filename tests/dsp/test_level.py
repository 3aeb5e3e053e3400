import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telcard import units
from telcard._native import dsp
from telcard.dsp import g711, level

NOISE = np.random.default_rng(20).integers(-32768, 32767, (4000, 3), np.int16, endpoint=True)


def test_the_digital_milliwatt_of_g711_measures_0_dbm0() -> None:
    """G.711 table 5: these eight A-law octets, repeated, are a sine of 1 kHz at 0 dBm0."""
    milliwatt = g711.decode_alaw(bytes.fromhex("34 21 21 34 B4 A1 A1 B4") * 100)
    assert level.level_dbm0(milliwatt) == pytest.approx(0, abs=0.05)


def test_ulaws_digital_milliwatt_is_weaker_by_what_int16_leaves_above_it() -> None:
    """Table 6; u-law's 8159 steps fill 32636 of 32768, and its load capacity is 0.03 dB higher."""
    milliwatt = g711.decode_ulaw(bytes.fromhex("1E 0B 0B 1E 9E 8B 8B 9E") * 100)
    assert level.level_dbm0(milliwatt) == pytest.approx(-0.065, abs=0.05)


def test_silence_has_no_level() -> None:
    assert level.rms(np.zeros(80, np.int16)) == 0.0
    assert level.level_dbm0(np.zeros((80, 2), np.int16)) == -math.inf
    assert level.level_dbm0(np.zeros(0, np.int16)) == -math.inf


def test_sums_of_squares_are_exact_even_of_the_largest(simd: str) -> None:
    assert dsp.energy(np.full(1001, -32768, np.int16)) == 1001 * 2**30
    assert dsp.energy(NOISE.reshape(-1)) == int((NOISE.astype(object) ** 2).sum())
    energies = (NOISE.astype(object) ** 2).sum(axis=0)
    sums = np.array([1, 2, 3], np.uint64)
    dsp.add_energy(NOISE, sums)
    assert sums.tolist() == [1 + energies[0], 2 + energies[1], 3 + energies[2]]


def test_float_and_every_layout_measure_the_same() -> None:
    wanted = level.rms(NOISE)
    assert wanted == pytest.approx(math.sqrt((NOISE.astype(float) ** 2).mean()))
    assert level.rms(NOISE.T) == wanted
    assert level.rms((NOISE / 32768).astype(np.float32)) == wanted
    assert level.rms(memoryview(NOISE)) == wanted


def test_a_meter_gives_a_row_for_every_window() -> None:
    meter = level.LevelMeter(channels=3, window_s=0.01)
    levels = meter.process(NOISE[:850])
    assert levels.shape == (10, 3)
    for window in range(10):
        for channel in range(3):
            part = NOISE[window * 80 : (window + 1) * 80, channel]
            assert levels[window, channel] == level.level_dbm0(part)
    assert meter.level_dbm0[1] == level.level_dbm0(NOISE[:850, 1])
    rest = meter.flush()
    assert rest.tolist() == [[level.level_dbm0(NOISE[800:850, channel]) for channel in range(3)]]
    assert meter.frames == 0
    assert meter.flush().shape == (0, 3)
    assert meter.level_dbm0.tolist() == [-math.inf] * 3


@given(st.lists(st.integers(0, 700), max_size=12), st.sampled_from(dsp.simd_levels()))
def test_a_meter_does_not_mind_how_the_stream_is_cut(cuts: list[int], simd_level: str) -> None:
    whole = level.LevelMeter(3, window_s=0.0125)
    wanted = whole.process(NOISE)
    dsp.force_simd(simd_level)
    meter = level.LevelMeter(3, window_s=0.0125)
    rows, rest = [], NOISE
    for cut in cuts:
        rows.append(meter.process(rest[:cut]))
        rest = rest[cut:]
    rows.append(meter.process(rest))
    np.testing.assert_array_equal(np.concatenate(rows), wanted)
    np.testing.assert_array_equal(meter.level_dbm0, whole.level_dbm0)
    np.testing.assert_array_equal(meter.flush(), whole.flush())


def test_one_channel_needs_no_second_dimension() -> None:
    one, other = level.LevelMeter(), level.LevelMeter()
    np.testing.assert_array_equal(one.process(NOISE[:, 0]), other.process(NOISE[:, :1]))


def test_a_wrong_block_or_window_is_refused_in_one_sentence() -> None:
    with pytest.raises(ValueError, match=r"block: want \(frames, 2\), got shape \(4000, 3\)"):
        level.LevelMeter(2).process(NOISE)
    with pytest.raises(ValueError, match="channels: want 1 or more, got 0"):
        level.LevelMeter(0)
    with pytest.raises(ValueError, match="window_s: want at least one sample"):
        level.LevelMeter(1, window_s=0)
    with pytest.raises(TypeError, match="PCM: want int16"):
        level.rms(NOISE.astype(float))


def test_a_full_scale_sine_stands_314_above_0_dbm0() -> None:
    sine = np.rint(32767 * np.sin(2 * np.pi * np.arange(8000) / 8)).astype(np.int16)
    assert level.level_dbm0(sine) == pytest.approx(3.14, abs=0.001)
    assert level.rms(sine) == pytest.approx(units.dbm0_to_rms(3.14), rel=1e-4)
