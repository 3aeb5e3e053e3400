import numpy as np
import pytest

from telcard.dsp.pcm import at_8_khz, frames_of, recording_of, to_int16


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


def test_a_block_has_a_column_for_each_channel() -> None:
    pcm = np.arange(12, dtype=np.int16)
    assert frames_of(pcm, 1).shape == (12, 1)
    assert frames_of(pcm.reshape(4, 3), 3).shape == (4, 3)
    for shape in ((12,), (4, 3), (1, 2, 6)):
        with pytest.raises(ValueError, match=r"block: want \(frames, 2\), got shape \("):
            frames_of(pcm.reshape(shape), 2)


def test_a_recording_is_what_it_is_at_8_khz_alone() -> None:
    pcm = np.arange(12, dtype=np.int16)
    assert recording_of(pcm, 8000, "it is done").shape == (12, 1)
    assert recording_of(pcm.reshape(4, 3), 8000, "it is done").shape == (4, 3)
    with pytest.raises(ValueError, match=r"pcm: want .* got shape \(1, 2, 6\)"):
        recording_of(pcm.reshape(1, 2, 6), 8000, "it is done")
    with pytest.raises(ValueError, match="samplerate: it is done at 8000 Hz, got 44100; resample"):
        at_8_khz(44100, "it is done")
