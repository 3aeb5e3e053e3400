"""The binding of the codecs: what it refuses, and that levels are forced in it alone."""

import numpy as np
import pytest

from telcard._native import codec, dsp


def test_a_block_of_another_width_is_refused() -> None:
    with pytest.raises(ValueError, match="block: want 2 channels, got 3"):
        codec.G726(4, 2).decode_law(np.zeros((4, 3), np.uint8), True)
    with pytest.raises(ValueError, match="bits: want 2 to 5, got 6"):
        codec.G726(6, 1)


def test_nothing_in_gives_nothing_out() -> None:
    assert codec.Adpcm("ima", 2).encode(np.zeros((0, 2), np.int16)).shape == (0, 2)
    assert codec.pack(np.zeros(0, np.uint8), 4, True).shape == (0,)
    assert codec.unpack(np.zeros(2, np.uint8), 3, True).shape == (5,)


def test_a_level_is_forced_here_alone() -> None:
    before = dsp.simd_level()
    codec.force_simd("base")
    try:
        assert dsp.simd_level() == before
    finally:
        codec.force_simd(None)
