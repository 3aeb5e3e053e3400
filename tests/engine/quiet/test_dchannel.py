"""The arithmetic of frames without bits; `tests/engine/test_dchannel.py` is about what it does."""

from random import Random

from telcard._native import hdlc
from telcard.engine.quiet.dchannel import QuietDChannel
from tests.support.hdlc_model import inside


def channel(*, marks: bool = False) -> QuietDChannel:
    made = QuietDChannel(8, marks, 1, 260, lambda _: None)
    made.open(10)
    return made


def test_bits_are_counted_as_the_line_would_carry_them() -> None:
    rng = Random(21)
    for _ in range(50):
        frame = bytes(rng.choice((0xFF, 0x7E, rng.randrange(256))) for _ in range(20))
        assert hdlc.bits(frame) == len(inside(frame))


def test_a_frame_ends_with_its_closing_flag() -> None:
    ours = channel()
    ours.send(b"\x55" * 77)
    assert ours.begin(b"\x55" * 77, 10) == 11  # flag, 79 octets: 80; the closing flag comes after
    assert ours.ended(10) == []
    assert ours.waiting() == 1
    assert ours.ended(11) == [(10, b"\x55" * 77)]
    later = channel()
    later.send(b"\x55" * 77)
    assert later.begin(b"\x55" * 77, 12) == 12  # the flag before it was there already


def test_a_line_that_idles_with_ones_needs_a_flag_first() -> None:
    ours = channel(marks=True)
    ours.send(b"\x55" * 77)
    assert ours.begin(b"\x55" * 77, 12) == 13


def test_what_was_taken_is_read_once() -> None:
    ours = channel()
    assert ours.take(b"abc")
    assert not ours.take(bytes(261))
    assert ours.read() == [b"abc"]
    assert ours.read() == []
    assert ours.counts() == (0, 0, 1, 0, 0, 1, 0, 0, 0)
