from typing import get_args

import numpy as np
import pytest

from telcard.signalling.framing import Alarm, BitMessage, T1Deframer, T1Format, T1Framer, crc6
from tests.support import t1_model as model

FRAME_BITS = 193
FORMATS = get_args(T1Format)
ABCD = [channel % 16 for channel in range(1, 25)]
FLAGS = [0, 1, 1, 1, 1, 1, 1, 0]


def random_frames(count: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 24), dtype=np.uint8)


def framer_of(format: T1Format) -> T1Framer:
    framer = T1Framer(format=format)
    for channel, abcd in enumerate(ABCD, 1):
        framer.set_bits(channel, abcd)
    return framer


def line_of(count: int, format: T1Format, seed: int = 1) -> np.ndarray:
    """Bits of a line on which random octets are sent; `count` is a multiple of 8."""
    return np.unpackbits(framer_of(format).process(random_frames(count, seed)))


def fed(deframer: T1Deframer, bits: np.ndarray) -> np.ndarray:
    return deframer.process(np.packbits(bits[: bits.size // 8 * 8]))


def test_crc6_worked_out_by_hand() -> None:
    """The last bit of a superframe counts x^6 = x + 1.

    The first one of its channels is 4630 bits before the end and counts x^4636, and since powers of
    x modulo x^6 + x + 1 repeat after 63, x^37: x^12 = x^2 + 1, x^24 = x^4 + 1, and so x^36 is
    x^4 + x^2 + x.
    """
    frames = np.zeros((24, 24), np.uint8)
    nothing = crc6(frames)
    frames[23, 23] = 0x01
    assert crc6(frames) ^ nothing == 0b000011
    frames[23, 23], frames[0, 0] = 0, 0x80
    assert crc6(frames) ^ nothing == 0b101100
    assert crc6(frames[10:].tobytes(), crc6(frames[:10].tobytes())) == crc6(frames)


def test_an_extended_superframe_is_what_the_tables_say() -> None:
    framer = framer_of("esf")
    word = [0] * 6
    link = FLAGS * 12
    for turn in range(8):
        slots = random_frames(24, seed=turn)
        wanted, word = model.esf(slots.tolist(), ABCD, link[turn * 12 : turn * 12 + 12], word)
        assert np.unpackbits(framer.process(slots)).tolist() == wanted, f"superframe {turn}"


def test_a_superframe_of_d4_is_what_the_tables_say() -> None:
    framer = framer_of("d4")
    slots = random_frames(24)
    wanted = model.d4(slots[:12].tolist(), ABCD) + model.d4(slots[12:].tolist(), ABCD)
    assert np.unpackbits(framer.process(slots)).tolist() == wanted


@pytest.mark.parametrize("format", FORMATS)
def test_octets_come_when_they_are_full(format: T1Format) -> None:
    slots = random_frames(48)
    whole = framer_of(format).process(slots)
    framer = framer_of(format)
    pieces = [framer.process(slots[at : at + 5]) for at in range(0, 48, 5)]
    assert (np.concatenate(pieces) == whole).all()


@pytest.mark.parametrize("format", FORMATS)
def test_frames_are_found_at_every_bit_within_50_ms(format: T1Format) -> None:
    slots = random_frames(480)
    line = line_of(480, format)
    for offset in range(0, FRAME_BITS, 1 if format == "d4" else 7):
        noise = np.random.default_rng(offset).integers(0, 2, offset, dtype=np.uint8)
        deframer = T1Deframer(format=format)
        fed(deframer, noise)
        frames = fed(deframer, np.concatenate([noise, line])[offset // 8 * 8 :])
        assert deframer.state().alarms is Alarm.NONE, f"offset {offset}"
        assert deframer.counts().frames > 480 - 400
        kept = np.arange(len(frames))
        last = len(slots) - 1 - (offset % 8 > 0)
        wanted = slots[last - 49 : last + 1] & 0xFE
        assert (frames[kept[-50:]] & 0xFE == wanted).all(), f"offset {offset}"


def test_robbed_bits_arrive_and_cost_the_last_bit_of_every_sixth_octet() -> None:
    for format in FORMATS:
        framer, deframer = framer_of(format), T1Deframer(format=format)
        slots = random_frames(480)
        frames = deframer.process(framer.process(slots))
        wanted = ABCD if format == "esf" else [abcd >> 2 | abcd & 12 for abcd in ABCD]
        assert [deframer.bits(channel) for channel in range(1, 25)] == wanted
        differ = (frames[-240:] ^ slots[-240:]).max(axis=1)
        assert set(differ[5::6]) == {1}
        assert not differ[np.arange(240) % 6 != 5].any()


@pytest.mark.parametrize("format", FORMATS)
def test_a_clear_channel_is_robbed_of_nothing(format: T1Format) -> None:
    framer, deframer = T1Framer(format=format, robs=False), T1Deframer(format=format, robs=False)
    slots = random_frames(480)
    assert (deframer.process(framer.process(slots))[-240:] == slots[-240:]).all()


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("pieces", [1, 24, 193, 1000])
def test_how_the_line_is_cut_makes_no_difference(format: T1Format, pieces: int) -> None:
    line = np.concatenate([line_of(400, format)[5:], line_of(400, format, 2)[77:]])
    octets = np.packbits(line[: line.size // 8 * 8])
    whole, cut = T1Deframer(format=format), T1Deframer(format=format)
    wanted = whole.process(octets)
    got = [cut.process(octets[at : at + pieces]) for at in range(0, len(octets), pieces)]
    assert (np.concatenate(got) == wanted).all()
    assert cut.state() == whole.state()
    assert cut.counts() == whole.counts()
    assert whole.counts().losses == 1


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(("errored", "losses"), [((0,), 0), ((0, 4), 0), ((0, 3), 1), ((0, 1), 1)])
def test_two_of_four_framing_bits_lose_alignment(
    format: T1Format, errored: tuple[int, ...], losses: int
) -> None:
    line = line_of(480, format)
    step = 2 if format == "d4" else 4
    first = 240 if format == "d4" else 243
    for bit in errored:
        line[(first + bit * step) * FRAME_BITS] ^= 1
    deframer = T1Deframer(format=format)
    fed(deframer, line)
    assert deframer.counts().framing_errors == len(errored)
    assert deframer.counts().losses == losses
    assert deframer.state().aligned


def test_other_rules_of_loss_may_be_asked_for() -> None:
    line = line_of(480, "esf")
    for bit in (0, 4):
        line[(243 + bit * 4) * FRAME_BITS] ^= 1
    for rule, losses in (((2, 4), 0), ((2, 5), 1), ((3, 5), 0)):
        deframer = T1Deframer(lost_by=rule)
        fed(deframer, line)
        assert deframer.counts().losses == losses


def test_a_wrong_bit_is_an_errored_block() -> None:
    line = line_of(480, "esf")
    line[300 * FRAME_BITS + 99] ^= 1
    deframer = T1Deframer()
    fed(deframer, line)
    assert deframer.counts().crc_errors == 1


def test_a_pattern_in_a_channel_is_found_out_by_its_blocks() -> None:
    """Channel 9 says 001011 in every fourth frame, for ever, and before framing does."""
    framer, deframer = T1Framer(robs=False), T1Deframer(robs=False)
    slots = random_frames(24 * 480)
    slots[1::4, 8] = np.resize(np.array([0, 0, 1, 0, 1, 1]) * 0x80, len(slots) // 4)
    line = np.unpackbits(framer.process(slots))[2 * FRAME_BITS :]
    fed(deframer, line[: 24 * 30 * FRAME_BITS])
    assert deframer.state().aligned
    assert deframer.counts().crc_errors >= 10, "it follows the channel"
    fed(deframer, line[24 * 30 * FRAME_BITS :])
    counts = deframer.counts()
    assert (counts.losses, counts.crc_losses) == (1, 1)
    assert counts.crc_errors == 320
    assert counts.crc_blocks >= 450


def test_errors_alone_do_not_make_an_alignment_doubtful() -> None:
    """At 1e-3 as many blocks are errored as by a false alignment."""
    framer, deframer = T1Framer(), T1Deframer()
    bits = np.unpackbits(framer.process(random_frames(336 * 24)))
    bits[(np.arange(10, 336) * 24 + 4) * FRAME_BITS + 17] ^= 1
    fed(deframer, bits)
    assert deframer.counts().crc_errors >= 320
    assert deframer.counts().losses == 0


def test_the_yellow_alarm_of_both_formats() -> None:
    for format in FORMATS:
        framer, deframer = T1Framer(format=format), T1Deframer(format=format)
        deframer.process(framer.process(random_frames(480)))
        framer.set_remote(True)
        deframer.process(framer.process(random_frames(800)))
        assert deframer.state().alarms is Alarm.RAI, format
        framer.set_remote(False)
        deframer.process(framer.process(random_frames(800)))
        assert deframer.state().alarms is Alarm.NONE, format


@pytest.mark.parametrize("message", BitMessage)
def test_messages_of_the_data_link(message: BitMessage) -> None:
    framer, deframer = T1Framer(), T1Deframer()
    deframer.process(framer.process(random_frames(480)))
    assert deframer.state().message is None
    framer.set_message(message)
    deframer.process(framer.process(random_frames(7 * 32 - 32)))
    assert deframer.state().message is None, "six times"
    deframer.process(framer.process(random_frames(96)))
    assert deframer.state().message is message
    framer.set_message(None)
    deframer.process(framer.process(random_frames(10 * 32)))
    assert deframer.state().message is None


def test_messages_are_sent_as_t1403_writes_them_from_the_right() -> None:
    """Line loop up is 00001110 11111111, and its rightmost bit goes first."""
    assert BitMessage.LINE_LOOP_UP.sent == 0b01110000
    framer = T1Framer()
    framer.set_message(BitMessage.LINE_LOOP_UP)
    bits = np.unpackbits(framer.process(random_frames(32)))
    link = bits[:: 2 * FRAME_BITS]
    assert link.tolist() == [1] * 8 + [0, 1, 1, 1, 0, 0, 0, 0]


def test_all_ones_are_ais_and_zeros_loss_of_signal() -> None:
    for format in FORMATS:
        deframer = T1Deframer(format=format)
        fed(deframer, line_of(400, format))
        deframer.process(np.full(579 * 3, 0xFF, np.uint8))
        assert deframer.state().alarms is Alarm.AIS
        deframer.process(bytes(150))
        assert deframer.state().alarms is Alarm.LOS
        fed(deframer, line_of(400, format))
        assert deframer.state().alarms is Alarm.NONE


def test_ones_in_every_channel_of_a_framed_line_are_not_ais() -> None:
    for format in FORMATS:
        framer, deframer = T1Framer(format=format, robs=False), T1Deframer(format=format)
        deframer.process(framer.process(np.full((800, 24), 0xFF, np.uint8)))
        assert deframer.state().alarms is Alarm.NONE


def test_a_tone_that_imitates_framing_is_waited_out() -> None:
    """A digital milliwatt has bits that alternate from frame to frame for ever; sound beside it."""
    framer, deframer = T1Framer(format="d4"), T1Deframer(format="d4")
    slots = random_frames(1600)
    slots[:, 7] = np.resize([0x1E, 0x0B, 0x0B, 0x1E, 0x9E, 0x8B, 0x8B, 0x9E], 1600)
    slots[:, 3] = np.resize([0xFF, 0x00], 1600)
    frames = deframer.process(framer.process(slots))
    assert deframer.state().aligned
    assert (frames[-100:] & 0xFE == slots[-100:] & 0xFE).all()


@pytest.mark.parametrize("format", FORMATS)
def test_noise_is_hardly_ever_taken_for_frames(format: T1Format) -> None:
    noise = np.random.default_rng(9).integers(0, 256, (2, 200_000), dtype=np.uint8)
    deframer = T1Deframer(2, format=format, robs=False)
    deframer.process_all(noise)
    for span in range(2):
        counts = deframer.counts(span)
        assert counts.losses <= 2
        assert counts.frames <= counts.losses * 60 + 60


def test_many_spans_do_what_each_does_alone() -> None:
    slots = np.random.default_rng(4).integers(0, 256, (3, 400, 24), dtype=np.uint8)
    lines = T1Framer(3).process(slots)
    deframer = T1Deframer(3)
    together = deframer.process_all(lines)
    for span in range(3):
        assert (T1Framer().process(slots[span]) == lines[span]).all()
        assert (T1Deframer().process(lines[span]) == together[span]).all()


def test_what_is_wrongly_asked_is_refused_in_one_sentence() -> None:
    framer, deframer = T1Framer(2), T1Deframer(2)
    with pytest.raises(ValueError, match="spans: want 1 or more, got 0"):
        T1Framer(0)
    with pytest.raises(ValueError, match="spans: want 1 or more, got 0"):
        T1Deframer(0)
    with pytest.raises(ValueError, match="format: want esf or d4, got 'sf'"):
        T1Framer(format="sf")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"lost_by: want 1 to 8 errored .* got \(3, 2\)"):
        T1Deframer(lost_by=(3, 2))
    with pytest.raises(ValueError, match="channel: want 1 to 24, got 25"):
        framer.set_bits(25, 0)
    with pytest.raises(ValueError, match="channel 1: want ABCD bits 0 to 15, got -1"):
        framer.set_bits(1, -1)
    with pytest.raises(ValueError, match="want format esf, D4 has no data link"):
        T1Framer(format="d4").set_message(BitMessage.LOOPS_DOWN)
    with pytest.raises(ValueError, match="span: want 0 to 1, got 2"):
        deframer.state(2)
    with pytest.raises(ValueError, match=r"frames of shape \(2, n, 24\), got \(24, 24\)"):
        framer.process(random_frames(24))
    with pytest.raises(ValueError, match=r"octets of shape \(2, count\), got \(7,\)"):
        deframer.process_all(np.zeros(7, np.uint8))
    with pytest.raises(ValueError, match="want process_all for 2 spans"):
        deframer.process(bytes(7))
    with pytest.raises(ValueError, match=r"frames of 24 octets, got shape \(23,\)"):
        crc6(bytes(23))
