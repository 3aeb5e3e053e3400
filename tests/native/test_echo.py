"""What the binding refuses itself; the kernel is tested through telcard.dsp."""

import numpy as np
import pytest

from telcard._native import dsp, echo


def test_only_blocks_of_all_channels_are_taken() -> None:
    native = echo.Echo([64, 128], [0, 0], echo.HIGH_PASS)
    with pytest.raises(ValueError, match=r"want \(5, 2\) both, got \(4, 2\) and \(5, 2\)"):
        native.feed(np.zeros((4, 2), np.int16), np.zeros((5, 2), np.int16))
    with pytest.raises(ValueError, match="channel: want 0 to 1, got 2"):
        native.reset(2)
    with pytest.raises(ValueError, match="response: want 64 taps, got 65"):
        native.load(0, np.zeros(65, np.float32))
    assert native.taps == (64, 128)
    assert native.octets() > 0


def test_fused_levels_agree_in_each_bit_and_base_in_what_it_cancels() -> None:
    chance = np.random.default_rng(7)
    receive = chance.normal(0, 3000, (16_000, 2)).astype(np.int16)
    send = (np.roll(receive, 60, axis=0) // 3 + chance.normal(0, 20, receive.shape)).astype(
        np.int16
    )
    out = {}
    for level in dsp.simd_levels():
        echo.force_simd(level)
        try:
            out[level] = echo.Echo([512, 512], [0, 0], echo.HIGH_PASS).feed(receive, send)[0]
        finally:
            echo.force_simd(None)
    fused = [out[level] for level in out if level != "base"]
    assert all((sound == fused[0]).all() for sound in fused)
    left = [10 * np.log10(np.mean(np.square(sound[8000:], dtype=float))) for sound in out.values()]
    assert max(left) - min(left) < 0.5
