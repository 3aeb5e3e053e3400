import numpy as np
import pytest

from telcard.dsp.pcm import to_int16


def test_int16_that_lies_well_is_not_copied() -> None:
    pcm = np.arange(10, dtype=np.int16)
    assert np.shares_memory(to_int16(pcm), pcm)
    assert not np.shares_memory(to_int16(pcm[::2]), pcm)


def test_float_is_rounded_to_the_nearest_ties_to_even(simd: str) -> None:
    wanted = np.arange(-32768, 32768)
    halves = np.arange(-65536, 65536) / 65536
    np.testing.assert_array_equal(to_int16((wanted / 32768).astype(np.float32)), wanted)
    rounded = np.clip(np.rint(halves * 32768), -32768, 32767)
    np.testing.assert_array_equal(to_int16(halves.astype(np.float32)), rounded)


def test_float_beyond_full_scale_is_clipped_and_nonsense_is_silence(simd: str) -> None:
    wild = np.array([1, 1.5, np.inf, -1.5, -np.inf, np.nan, 1e30, -1e30] * 9, np.float32)
    wanted = [32767, 32767, 32767, -32768, -32768, 0, 32767, -32768] * 9
    assert to_int16(wild).tolist() == wanted


def test_shape_and_byte_order_do_not_matter() -> None:
    pcm = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
    np.testing.assert_array_equal(to_int16(pcm.T.astype(">i2")), pcm.T)
    np.testing.assert_array_equal(to_int16((pcm.T / 32768).astype(">f4")), pcm.T)


def test_other_types_are_refused_in_one_sentence() -> None:
    with pytest.raises(TypeError, match=r"PCM: want int16, or float32 in -1..1, got uint8"):
        to_int16(b"\0\0")
