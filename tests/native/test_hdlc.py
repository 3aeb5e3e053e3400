"""The binding of HDLC; `tests/signalling/framing/test_hdlc.py` is about what it does."""

import numpy as np

from telcard._native import hdlc


def test_a_channel_refuses_what_finds_its_ring_full_and_counts_it() -> None:
    channel = hdlc.Channel(8, False, 1, 260)
    for _ in range(hdlc.RING_FRAMES):
        assert channel.send(b"\x01\x02")
    assert not channel.send(b"\x01\x02")
    assert channel.waiting() == hdlc.RING_FRAMES
    assert channel.counts() == (0, 1, 0, 0, 0, 0, 0, 0, 0)
    assert channel.read() == []


def test_nothing_is_made_of_no_octets() -> None:
    hdlc.Sender(2, 8, False).make(np.empty((2, 0), np.uint8))
    assert hdlc.Receiver(2, 8, 1, 10).hear(np.empty((2, 0), np.uint8)) == []
