import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telcard import units


def test_a_tick_is_10_ms_in_samples_and_in_nanoseconds() -> None:
    assert units.TICK_SAMPLES * 100 == units.SAMPLE_RATE
    assert units.TICK_NS * 100 == units.NS
    assert units.SAMPLE_NS == 125_000


@given(st.integers(0, 10 * 365 * 86_400 * units.SAMPLE_RATE))
def test_samples_survive_a_round_trip_through_nanoseconds_and_seconds(samples: int) -> None:
    assert units.ns_to_samples(samples * units.SAMPLE_NS) == samples
    assert units.seconds_to_samples(units.samples_to_seconds(samples)) == samples


def test_only_whole_samples_have_passed() -> None:
    assert units.ns_to_samples(units.SAMPLE_NS - 1) == 0
    assert units.ns_to_samples(units.SAMPLE_NS) == 1


def test_seconds_become_the_nearest_nanosecond_and_sample() -> None:
    assert units.seconds_to_ns(0.1) == 100_000_000
    assert units.seconds_to_ns(1e-9) == 1
    assert units.seconds_to_samples(0.00019) == 2


def test_a_sine_of_3_14_dbm0_just_reaches_the_end_of_the_int16_scale() -> None:
    """ITU-T G.711 table 5, note: the load capacity of A-law."""
    assert units.dbm0_to_peak(3.14) == pytest.approx(32_768, abs=1e-9)


def test_0_dbm0_is_the_value_written_down() -> None:
    assert units.dbm0_to_rms(0) == pytest.approx(16_141.167, abs=0.001)
    assert units.dbm0_to_peak(0) == pytest.approx(22_827.058, abs=0.001)


def test_a_made_sine_measures_as_the_level_it_was_made_for() -> None:
    t = np.arange(8000) / units.SAMPLE_RATE
    for level_dbm0 in (0.0, -10.0, -40.0):
        sine = units.dbm0_to_peak(level_dbm0) * np.sin(2 * np.pi * 1004 * t)
        rms = float(np.sqrt(np.mean(sine**2)))
        assert units.rms_to_dbm0(rms) == pytest.approx(level_dbm0, abs=1e-6)


@given(st.floats(-90, 10))
def test_levels_survive_a_round_trip(level_dbm0: float) -> None:
    assert units.rms_to_dbm0(units.dbm0_to_rms(level_dbm0)) == pytest.approx(level_dbm0, abs=1e-9)


def test_silence_has_no_level() -> None:
    assert units.rms_to_dbm0(0) == -math.inf
