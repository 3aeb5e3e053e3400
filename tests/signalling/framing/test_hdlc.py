"""HDLC against bits worked out by hand, and against itself under every cutting."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from numpy.typing import NDArray

from telcard.signalling.framing.hdlc import (
    MOST_OCTETS,
    FrameCounts,
    HdlcReceiver,
    HdlcSender,
    fcs16,
)
from tests.support.hdlc_model import ABORT, FLAG, inside, line_bits, octets_of_bits


def frames_in(bits: str) -> tuple[list[bytes], FrameCounts]:
    """What a receiver of frames of 1 to 260 octets makes of bits in the order of sending."""
    receiver = HdlcReceiver(least=1, most=260)
    found = receiver.receive(octets_of_bits(bits + FLAG))
    return [frame.octets for frame in found], receiver.counters()


def random_frame(rng: Random, longest: int = 60) -> bytes:
    """Many ones, and things that look like flags."""
    kinds = (0xFF, 0x7E, 0x3F, 0xF8, rng.randrange(256))
    return bytes(rng.choice(kinds) for _ in range(rng.randint(1, longest)))


def test_the_check_sequence_is_that_of_x25() -> None:
    # The check value that catalogues of cyclic codes give for CRC-16/X-25.
    assert fcs16(b"123456789") == 0x906E
    assert fcs16(b"") == 0x0000


def test_a_frame_goes_least_significant_bit_first_into_bit_1_of_the_octets() -> None:
    """Worked out by hand: frame 03 3F with FCS EC5B, of which 5B goes first.

    Bits in the order of sending; 3F has six 1s, so there is a 0 behind its fifth.
    """
    assert fcs16(b"\x03\x3f") == 0xEC5B
    bits = "01111110" + "11000000" + "111110100" + "11011010" + "00110111" + "01111110"
    assert bits == line_bits(b"\x03\x3f")  # so the model agrees with the hand
    sender = HdlcSender()
    sender.send(b"\x03\x3f")
    made = sender.make(6)[0]
    #               flag  03    3F: 11111010 0|1101101 0|0011011 1|0111111 0...
    assert list(made) == [0x7E, 0xC0, 0xFA, 0x6D, 0x1B, 0xBF]
    assert HdlcReceiver(least=1).receive(np.append(made, 0x00).astype(np.uint8))[0].octets == (
        b"\x03\x3f"
    )


def test_the_sender_says_what_the_model_says() -> None:
    rng = Random(11)
    frames = [random_frame(rng) for _ in range(40)]
    sender = HdlcSender()
    for frame in frames:
        sender.send(frame)
    expected = octets_of_bits(line_bits(*frames))
    assert sender.make(len(expected) - 1).tobytes() == expected[:-1]
    assert sender.waiting() <= 1


def test_what_was_sent_is_received_however_both_are_cut() -> None:
    rng = Random(12)
    sender, receiver = HdlcSender(3), HdlcReceiver(3, least=1)
    sent = [(channel, random_frame(rng, 300)) for channel in range(3) for _ in range(30)]
    for channel, frame in sent:
        sender.send(frame, channel)
    got: list[tuple[int, bytes]] = []
    while any(sender.waiting(channel) for channel in range(3)) or len(got) < len(sent):
        found = receiver.receive(sender.make(rng.randint(0, 200)))
        got += [(frame.channel, frame.octets) for frame in found]
    for channel in range(3):
        assert [f for c, f in got if c == channel] == [f for c, f in sent if c == channel]
        assert receiver.counters(channel) == FrameCounts(received=30)


def test_flags_may_share_a_zero_and_a_flag_may_close_and_open() -> None:
    shared = FLAG + inside(b"\x01\x02\x03") + "011111101111110" + inside(b"\x04") + FLAG
    assert frames_in(shared) == ([b"\x01\x02\x03", b"\x04"], FrameCounts(received=2))
    assert frames_in(FLAG * 5 + "1111110" * 4 + inside(b"\x05") + FLAG)[0] == [b"\x05"]


@pytest.mark.parametrize("phase", range(8))
def test_frames_are_found_in_every_phase_of_the_octets(phase: int) -> None:
    bits = "1" * phase + FLAG * 3 + line_bits(b"\xff\xff", b"\x7e") + FLAG
    assert frames_in(bits)[0] == [b"\xff\xff", b"\x7e"]


@pytest.mark.parametrize(
    ("between", "counted"),
    [
        (inside(b"\x01\x02\x03")[:-9] + ABORT, FrameCounts(aborts=1)),
        (ABORT * 4, FrameCounts()),  # an idle line breaks nothing off
        (inside(b"\x01\x02\x03").replace("1", "0", 1), FrameCounts(fcs_errors=1)),
        (inside(b"\x01\x02\x03") + "00", FrameCounts(misaligned=1)),
        (inside(b"\x01\x02\x03")[:-3], FrameCounts(misaligned=1)),
        ("0101", FrameCounts(too_short=1)),
        (inside(b""), FrameCounts(too_short=1)),
        (inside(bytes(261)), FrameCounts(too_long=1)),
        (inside(bytes(900)), FrameCounts(too_long=1)),
    ],
)
def test_what_is_no_frame_is_counted_and_the_next_one_is_found(
    between: str, counted: FrameCounts
) -> None:
    frames, counters = frames_in(FLAG + between + line_bits(b"\x06\x07"))
    assert frames == [b"\x06\x07"]
    assert counters == FrameCounts(
        received=1,
        fcs_errors=counted.fcs_errors,
        aborts=counted.aborts,
        too_long=counted.too_long,
        too_short=counted.too_short,
        misaligned=counted.misaligned,
    )


def test_frames_as_long_as_allowed_pass_and_one_octet_more_does_not() -> None:
    receiver, sender = HdlcReceiver(most=MOST_OCTETS), HdlcSender()
    sender.send(b"\xaa" * MOST_OCTETS)
    sender.send(b"\xaa\xbb\xcc")
    found = receiver.receive(sender.make(700))
    assert [len(frame.octets) for frame in found] == [MOST_OCTETS, 3]
    assert frames_in(line_bits(bytes(260)))[1] == FrameCounts(received=1)


def test_a_sender_idles_with_flags_or_with_ones() -> None:
    assert set(HdlcSender().make(50)[0]) == {0x7E}
    sender = HdlcSender(idle="ones")
    assert set(sender.make(3)[0]) == {0xFF}
    sender.send(b"\x01\x02\x03")
    made = sender.make(40)[0]
    assert made[0] == 0x7E  # a flag opens the frame
    assert made[-1] == 0xFF
    assert HdlcReceiver().receive(made)[0].octets == b"\x01\x02\x03"


def test_a_frame_may_be_broken_off() -> None:
    sender, receiver = HdlcSender(), HdlcReceiver()
    assert not sender.abort()
    sender.send(b"\x01" * 50)
    sender.send(b"\x02" * 5)
    first = sender.make(20)
    assert sender.abort()
    found = receiver.receive(np.concatenate([first, sender.make(40)], axis=1))
    assert [frame.octets for frame in found] == [b"\x02" * 5]
    assert receiver.counters() == FrameCounts(received=1, aborts=1)


def test_at_56_kilobits_bit_8_of_every_octet_is_left_alone() -> None:
    rng = Random(13)
    frames = [random_frame(rng) for _ in range(20)]
    sender, receiver = HdlcSender(kilobits=56), HdlcReceiver(kilobits=56, least=1)
    for frame in frames:
        sender.send(frame)
    made = sender.make(2000)
    assert (made & 1).all()
    # The same bits as at 64 kbit/s, 7 to an octet.
    bits = "".join(f"{octet >> 1:07b}" for octet in made[0])
    assert bits.startswith(line_bits(*frames))
    robbed: NDArray[np.uint8] = made & 0xFE  # whoever takes bit 8 harms nobody
    assert [frame.octets for frame in receiver.receive(robbed)] == frames


def test_random_octets_never_make_more_frames_than_flags() -> None:
    rng = np.random.default_rng(14)
    receiver = HdlcReceiver(8, least=1)
    octets = rng.integers(0, 256, (8, 20_000), np.uint8)
    receiver.receive(octets)
    for channel in range(8):
        counters = receiver.counters(channel)
        assert counters.received < 20  # a random check sequence agrees once in 65,536
        assert counters.aborts > 0
        assert counters.fcs_errors + counters.misaligned + counters.too_short > 0


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: HdlcSender(0), "channels: want 1 or more, got 0"),
        (lambda: HdlcSender(kilobits=48), "kilobits: want 64 or 56, got 48"),  # type: ignore[arg-type]
        (lambda: HdlcSender(idle="x"), "idle: want flags or ones, got 'x'"),  # type: ignore[arg-type]
        (lambda: HdlcSender().send(b""), "frame: want 1 to 510 octets, got 0"),
        (lambda: HdlcSender().send(bytes(511)), "frame: want 1 to 510 octets, got 511"),
        (lambda: HdlcSender(2).send(b"x", 2), "channel: want 0 to 1, got 2"),
        (lambda: HdlcSender().make(-1), "count: want 0 or more octets, got -1"),
        (lambda: HdlcReceiver(least=9, most=8), "want 1 <= least <= most <= 510 octets, got 9"),
        (lambda: HdlcReceiver(2).receive(b"xx"), r"octets: want 2 rows, got shape \(1, 2\)"),
        (lambda: HdlcReceiver().receive(np.zeros(3)), "octets: want uint8, got float64"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(wrong: object, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        wrong()  # type: ignore[operator]
