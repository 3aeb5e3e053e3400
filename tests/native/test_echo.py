"""What the binding refuses itself; the kernel is tested through telcard.dsp."""

import numpy as np
import pytest

from telcard._native import echo


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
