"""The binding by itself; tests/dsp/test_mf.py and others are about what it hears."""

import numpy as np
import pytest

from telcard._native import detect
from telcard.dsp.mf import MF_TONES_HZ, MfEvent


def test_it_knows_the_systems_that_people_can_name() -> None:
    assert list(detect.SYSTEMS) == list(MF_TONES_HZ)


def test_a_level_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="want one of base, v3, v4 or None, got 'v5'"):
        detect.force_simd("v5")  # type: ignore[arg-type]


def test_a_block_of_other_channels_is_refused() -> None:
    detector = detect.Mf(17, detect.mf_profile("r1"))
    with pytest.raises(ValueError, match="block: want 17 channels, got 16"):
        detector.feed(np.zeros((80, 16), np.int16), False, MfEvent, {}, False)
