"""The binding of the modems: what it refuses, and that levels are forced in it alone."""

import numpy as np
import pytest

from telcard._native import dsp, modem
from telcard.dsp.fsk import FskEvent

V23 = {
    "mark_hz": 1300.0,
    "space_hz": 2100.0,
    "baud": 1200.0,
    "band_hz": 900.0,
    "floor_dbm0": -44.0,
    "on_ms": 8.0,
    "off_ms": 6.0,
    "neighbours": 1.0,
}


def test_a_block_of_another_width_and_a_channel_that_is_not_there_are_refused() -> None:
    receiver = modem.Fsk(2, V23, 8, 0)
    with pytest.raises(ValueError, match="want 2 channels, got 3"):
        receiver.feed(np.zeros((10, 3), np.int16), FskEvent, ())
    with pytest.raises(ValueError, match="want 2 channels, got 3"):
        receiver.octets(np.zeros((10, 3), np.int16))
    with pytest.raises(ValueError, match="want 0 to 1, got 2"):
        receiver.reset(2, 8, 0)


def test_a_sender_takes_what_it_needs_and_says_how_much() -> None:
    sender = modem.FskSend(1300, 2100, 1200, -13, 8, 0, 1)
    out = np.zeros(100, np.int16)
    assert sender.feed(b"ABC", False, out) == (100, 2)
    assert sender.sounds
    assert sender.feed(b"C", False, out) == (100, 1)
    assert sender.feed(b"", False, out) == (0, 0)
    assert not sender.sounds
    assert sender.feed(b"", True, out) == (100, 0)


def test_a_level_is_forced_here_alone() -> None:
    before = dsp.simd_level()
    modem.force_simd("base")
    try:
        assert dsp.simd_level() == before
    finally:
        modem.force_simd(None)
