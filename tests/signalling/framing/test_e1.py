import numpy as np
import pytest

from telcard.signalling.framing import Alarm, E1Deframer, E1Framer, crc4
from tests.support import g704_model as model

FRAME_BITS = 256
PER_MS = 8  # frames
BLOCK = [
    [0x1B if n % 2 == 0 else 0x5F | (0x80 if bit == 1 else 0)] + [0] * 31
    for n, bit in enumerate(model.FIRST)
]
"""A multiframe with nothing but its timeslot 0, its C bits 0 and its E bits 0 still."""


def random_frames(count: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 32), dtype=np.uint8)


def line_of(count: int, seed: int = 1, *, crc4: bool = True, cas: bool = True) -> np.ndarray:
    """Bits of a line on which random octets are sent."""
    framer = E1Framer(crc4=crc4, cas=cas)
    framer.set_blocks(True)
    return np.unpackbits(framer.process(random_frames(count, seed)))


def fed(deframer: E1Deframer, bits: np.ndarray) -> np.ndarray:
    return deframer.process(np.packbits(bits[: bits.size // 8 * 8]))


def test_crc4_of_submultiframes_worked_out_by_hand() -> None:
    """Powers of x modulo x^4 + x + 1 repeat after 15, and 256 is 1 modulo 15.

    So frame f of a submultiframe counts for x^-f, and its timeslot 0, having the exponents 2047 to
    2040, for its octet times x^4.  A FAS is x^4 + x^3 + x + 1 = x^3, so that four of them make
    x^7 + x^5 + x^3 + x = 0111; an NFAS 01011111 is 0, and its first bit x^7.  In submultiframe I
    frame 5 alone has that: x^(11 - 5) = x^6 = 1100, in all 1011.  In II frames 9 and 11 have it,
    and 13 and 15 if E is 1: x^10 + x^8 = 0010, with the E bits x^6 + x^4 = 1111 more: 0101 and
    1010.
    """
    block = np.array(BLOCK, np.uint8)
    assert crc4(block[:8]) == 0b1011
    assert crc4(block[8:]) == 0b0101
    block[[13, 15], 0] |= 0x80
    assert crc4(block[8:]) == 0b1010
    assert crc4(block[12:].tobytes(), crc4(block[8:12].tobytes())) == 0b1010


def test_crc4_is_the_long_division() -> None:
    for seed in range(20):
        frames = random_frames(8, seed)
        assert divided(frames) == crc4(frames), f"seed {seed}"


def divided(frames: np.ndarray) -> int:
    rest = model.divided(np.unpackbits(frames).tolist())
    return int("".join(map(str, rest)), 2)


def test_what_is_sent_is_what_the_tables_of_g704_say() -> None:
    framer = E1Framer()
    framer.set_blocks(True)
    chance = np.random.default_rng(5)
    abcd = chance.integers(1, 16, 32)
    for timeslot in (*range(1, 16), *range(17, 32)):
        framer.set_bits(timeslot, int(abcd[timeslot]))
    word = [0, 0, 0, 0]
    for turn in range(6):
        framer.set_remote(bool(turn & 1))
        slots = random_frames(16, seed=turn)
        wanted, word = model.multiframe(slots.tolist(), abcd.tolist(), word, a=turn & 1)
        assert np.unpackbits(framer.process(slots)).tolist() == wanted, f"multiframe {turn}"


def test_bits_of_timeslot_16_and_the_spare_ones_of_timeslot_0_arrive() -> None:
    framer, deframer = E1Framer(), E1Deframer()
    framer.set_bits(1, 0b1001)
    framer.set_bits(31, 0b0110)
    framer.set_spare(0b10101)
    deframer.process(framer.process(random_frames(64)))
    assert deframer.state().alarms is Alarm.NONE
    assert (deframer.bits(1), deframer.bits(31), deframer.bits(2)) == (0b1001, 0b0110, 0b1101)
    assert deframer.state().sa == 0b10101


@pytest.mark.parametrize("crc4", [False, True])
def test_frames_are_found_at_every_bit_within_the_time_that_g706_gives(crc4: bool) -> None:
    line = line_of(400, crc4=crc4)
    sent = np.packbits(line).reshape(-1, 32)
    for offset in range(FRAME_BITS):
        noise = np.random.default_rng(offset).integers(0, 2, offset, dtype=np.uint8)
        deframer = E1Deframer(crc4=crc4)
        frames = fed(deframer, np.concatenate([noise, line]))
        state = deframer.state()
        assert state.alarms is Alarm.NONE, f"offset {offset}: {state}"
        last = len(sent) - 1 - (offset % 8 > 0)  # its end has not come yet
        assert (frames[-200:] == sent[last - 199 : last + 1]).all(), f"offset {offset}"


@pytest.mark.parametrize("pieces", [1, 7, 31, 32, 33, 64, 1000])
def test_how_the_line_is_cut_makes_no_difference(pieces: int) -> None:
    line = np.concatenate([line_of(300)[5:], line_of(300, 2)[77:]])
    octets = np.packbits(line[: line.size // 8 * 8])
    octets[3000] ^= 0x40
    whole, cut = E1Deframer(), E1Deframer()
    wanted = whole.process(octets)
    got = [cut.process(octets[at : at + pieces]) for at in range(0, len(octets), pieces)]
    assert (np.concatenate(got) == wanted).all()
    assert cut.state() == whole.state()
    assert cut.counts() == whole.counts()


@pytest.mark.parametrize(
    "seeds", [range(2), pytest.param(range(2, 12), marks=pytest.mark.slow)], ids=["some", "more"]
)
def test_a_receiver_does_bit_for_bit_what_the_model_of_the_clauses_does(seeds: range) -> None:
    for seed in seeds:
        chance = np.random.default_rng(seed)
        stretches = [line_of(60, seed * 10 + i, crc4=False) for i in range(4)]
        cut = [bits[chance.integers(0, 600) :] for bits in stretches]
        line = np.concatenate([chance.integers(0, 2, 900, dtype=np.uint8), *cut])
        line ^= (chance.random(line.size) < 10.0 ** -chance.integers(2, 5)).astype(np.uint8)
        line = line[: line.size // 8 * 8]
        walked = model.walk(line.tolist())
        deframer = E1Deframer(crc4=False, cas=False)
        frames = [frame for at in np.packbits(line) for frame in deframer.process(bytes([at]))]
        good = [frame.tolist() for frame in frames if frame.min() < 0xFF]
        lost = set(walked.lost)
        kept = [octets for start, octets in walked.frames if start + FRAME_BITS not in lost]
        counts = deframer.counts()
        assert counts.losses == len(walked.lost), f"seed {seed}"
        assert counts.frames == len(walked.frames), f"seed {seed}"
        assert counts.fas_errors == walked.fas_errors, f"seed {seed}"
        assert [frame for frame in good if frame in kept] == kept, f"seed {seed}"


def flipped(line: np.ndarray, frames: list[int], bit: int) -> np.ndarray:
    line = line.copy()
    line[[frame * FRAME_BITS + bit for frame in frames]] ^= 1
    return line


def test_three_errored_alignment_signals_in_a_row_lose_it_and_two_do_not() -> None:
    line = line_of(120)
    for errored, losses in (([40, 42], 0), ([40, 42, 46, 48], 0), ([40, 42, 44], 1)):
        deframer = E1Deframer()
        fed(deframer, flipped(line, errored, 4))
        assert deframer.counts().losses == losses
        assert deframer.counts().fas_errors == len(errored)
        assert deframer.state().aligned


def test_three_words_without_bit_2_in_a_row_lose_it_too() -> None:
    line = line_of(120)
    for errored, losses in (([41, 43], 0), ([41, 43, 45], 1)):
        deframer = E1Deframer()
        fed(deframer, flipped(line, errored, 1))
        assert deframer.counts().losses == losses


def test_one_wrong_bit_makes_one_block_errored_and_the_far_end_hears_of_it() -> None:
    line = line_of(160)
    line[80 * FRAME_BITS + 99] ^= 1
    here, framer, far = E1Deframer(), E1Framer(), E1Deframer()
    fed(here, line)
    assert here.counts().crc_errors == 1
    framer.set_blocks(True)
    far.process(framer.process(random_frames(64)))
    framer.set_blocks(here.state().multiframe, here.take_errored())
    assert here.take_errored() == 0
    far.process(framer.process(random_frames(160)))
    assert far.counts().e_errors == 1


def test_e_bits_are_zero_until_the_multiframe_is_received() -> None:
    framer, far = E1Framer(), E1Deframer()
    far.process(framer.process(random_frames(160)))
    assert far.counts().e_errors >= 16


def test_915_errored_of_1000_blocks_mean_that_the_alignment_is_false() -> None:
    framer = E1Framer()
    frames = framer.process(random_frames(9000)).reshape(-1, 32)
    good, bad = frames[:160], frames[160:].copy()
    bad[::8, 5] ^= 1
    deframer = E1Deframer()
    deframer.process(good)
    deframer.process(bad[: 910 * 8])
    assert deframer.counts().losses == 0
    deframer.process(bad[910 * 8 : 940 * 8])
    counts = deframer.counts()
    assert (counts.losses, counts.crc_losses) == (1, 1)


def test_914_of_1000_do_not() -> None:
    framer = E1Framer()
    frames = framer.process(random_frames(2300 * 8)).reshape(-1, 32)
    deframer = E1Deframer()
    deframer.process(frames[:16])  # the next blocks are counted from 0
    for block in range(2, 2250):
        if block % 1000 < 900:
            frames[block * 8 + 3, 5] ^= 1
    deframer.process(frames[16:])
    assert deframer.counts().losses == 0
    assert deframer.counts().crc_errors >= 1800


def test_a_far_end_without_crc4_is_known_after_400_ms() -> None:
    line = line_of(4000, crc4=False)
    deframer = E1Deframer(crc4=True)
    frames = fed(deframer, line[: 100 * FRAME_BITS])
    assert deframer.state().alarms is Alarm.LMFA
    assert not deframer.state().interworking
    assert (frames[-50:, 1:] == random_frames(4000)[50:100, 1:]).any(), "sound passes meanwhile"
    fed(deframer, line[100 * FRAME_BITS : 3190 * FRAME_BITS])
    assert not deframer.state().interworking
    fed(deframer, line[3190 * FRAME_BITS : 3210 * FRAME_BITS])
    state = deframer.state()
    assert state.interworking
    assert state.alarms is Alarm.NONE


def test_a_false_alignment_signal_serves_only_until_crc4_has_found_the_true_one() -> None:
    """Timeslot 9 imitates timeslot 0 without its multiframe; the receiver starts just before it."""
    framer = E1Framer()
    slots = random_frames(900)
    slots[::2, 9], slots[1::2, 9] = 0x1B, 0xDF
    line = np.unpackbits(framer.process(slots))[8 * 8 :]
    deframer = E1Deframer()
    fed(deframer, line[: 8 * FRAME_BITS])
    assert deframer.state().aligned
    assert not deframer.state().multiframe
    frames = fed(deframer, line[8 * FRAME_BITS :])
    assert deframer.state().multiframe
    assert deframer.counts().losses == 0, "annex B: the first alignment serves meanwhile"
    assert (frames[-100:, 9] == np.tile([0xDF, 0x1B], 50)).all() or (
        frames[-100:, 9] == np.tile([0x1B, 0xDF], 50)
    ).all()


def test_timeslot_16_loses_its_multiframe_with_two_errored_words() -> None:
    for errored, alarms in (([], Alarm.NONE), ([64], Alarm.NONE), ([64, 80], Alarm.CAS_LMFA)):
        line = flipped(line_of(96), errored, 16 * 8 + 1)
        deframer = E1Deframer()
        fed(deframer, line[: 82 * FRAME_BITS])
        assert deframer.state().alarms is alarms
        fed(deframer, line[82 * FRAME_BITS :])


def test_timeslot_16_finds_its_multiframe_with_the_first_word() -> None:
    framer, deframer = E1Framer(), E1Deframer()
    framer.set_bits(3, 0b1001)
    line = framer.process(random_frames(64)).reshape(-1, 32)
    line[:, 16] = 0xFF
    line[:5, 16] = 0x55
    deframer.process(line)
    assert deframer.state().alarms is Alarm.CAS_AIS
    deframer.process(framer.process(random_frames(1)))
    assert deframer.state().alarms is Alarm.NONE
    deframer.process(framer.process(random_frames(15)))
    assert deframer.bits(3) == 0b1001


def test_timeslot_16_of_zeros_alone_has_no_multiframe() -> None:
    framer, deframer = E1Framer(cas=False), E1Deframer()
    slots = random_frames(64)
    slots[:, 16] = 0
    deframer.process(framer.process(slots))
    assert deframer.state().alarms is Alarm.CAS_LMFA


def test_timeslot_16_of_ones_is_ais_after_two_multiframes() -> None:
    framer, deframer = E1Framer(), E1Deframer()
    line = framer.process(random_frames(160)).reshape(-1, 32)
    line[64:, 16] = 0xFF
    line[70:160:16, 16] = 0xFE  # at most three zeros in a multiframe are none
    deframer.process(line[:64])
    deframer.process(line[64 : 64 + 64])
    assert deframer.state().alarms is Alarm.CAS_AIS
    deframer.process(framer.process(random_frames(17)))
    assert deframer.state().alarms is Alarm.NONE


def test_bits_a_and_y_count_when_they_have_come_three_times() -> None:
    framer, deframer = E1Framer(), E1Deframer()
    deframer.process(framer.process(random_frames(64)))
    framer.set_remote(rai=True)
    deframer.process(framer.process(random_frames(5)))
    assert deframer.state().alarms is Alarm.NONE
    deframer.process(framer.process(random_frames(1)))
    assert deframer.state().alarms is Alarm.RAI
    framer.set_remote(rai=False, cas_rai=True)
    deframer.process(framer.process(random_frames(42 - 6 + 6)))
    assert deframer.state().alarms is Alarm.NONE
    deframer.process(framer.process(random_frames(16)))
    assert deframer.state().alarms is Alarm.CAS_RAI


def test_all_ones_are_ais_and_leave_with_alignment() -> None:
    deframer = E1Deframer()
    deframer.process(np.packbits(line_of(64)))
    ones = np.full(128, 0xFF, np.uint8)
    deframer.process(ones[:100])
    assert deframer.state().alarms is not Alarm.AIS
    deframer.process(ones)
    assert deframer.state().alarms is Alarm.AIS
    two_zeros = np.full(640, 0xFF, np.uint8)
    two_zeros[::64] = 0xFC
    deframer.process(two_zeros)
    assert deframer.state().alarms is Alarm.AIS
    two_zeros[::64] = 0xF8
    deframer.process(two_zeros)
    assert deframer.state().alarms is Alarm.LFA
    deframer.process(np.packbits(line_of(64, 3)))
    assert deframer.state().alarms is Alarm.NONE


def test_ones_in_every_timeslot_of_a_framed_line_are_not_ais() -> None:
    framer, deframer = E1Framer(cas=False), E1Deframer(cas=False)
    deframer.process(framer.process(np.full((160, 32), 0xFF, np.uint8)))
    assert deframer.state().alarms is Alarm.NONE


def test_a_dead_line_is_loss_of_signal_within_a_millisecond() -> None:
    deframer = E1Deframer()
    deframer.process(np.packbits(line_of(64)))
    deframer.process(bytes(PER_MS * 32))
    assert deframer.state().alarms is Alarm.LOS
    deframer.process(np.packbits(line_of(64)))
    assert deframer.state().alarms is Alarm.NONE


def test_a_framed_line_of_zeros_has_its_signal() -> None:
    framer, deframer = E1Framer(cas=False), E1Deframer(cas=False)
    framer.set_spare(0)
    deframer.process(framer.process(np.zeros((160, 32), np.uint8)))
    assert deframer.state().alarms is Alarm.NONE


def test_while_nothing_is_aligned_frames_are_ones_and_keep_coming() -> None:
    noise = np.random.default_rng(3).integers(0, 256, 3200, dtype=np.uint8)
    deframer = E1Deframer()
    frames = deframer.process(noise)
    assert len(frames) == 100
    assert deframer.state().alarms is Alarm.LFA
    assert (frames == 0xFF).all()


def test_noise_is_taken_for_frames_no_more_often_than_chance_has_it() -> None:
    """Seven bits, one, and seven: once in 2^15 positions, and then for some six frames."""
    noise = np.random.default_rng(9).integers(0, 256, (4, 400_000), dtype=np.uint8)
    deframer = E1Deframer(4, cas=False)
    deframer.process_all(noise)
    counts = [deframer.counts(span) for span in range(4)]
    bits = noise.size * 8
    losses = sum(each.losses for each in counts)
    assert losses <= 1.3 * bits / 2**15
    assert sum(each.frames for each in counts) <= 9 * losses
    assert not any(deframer.state(span).multiframe for span in range(4))


def test_many_spans_do_what_each_does_alone() -> None:
    slots = np.random.default_rng(4).integers(0, 256, (5, 64, 32), dtype=np.uint8)
    framer = E1Framer(5)
    framer.set_bits(4, 0b0101, span=3)
    lines = framer.process(slots)
    for span in range(5):
        alone = E1Framer()
        if span == 3:
            alone.set_bits(4, 0b0101)
        assert (alone.process(slots[span]) == lines[span]).all()
    deframer = E1Deframer(5)
    frames = deframer.process_all(lines)
    assert [len(each) for each in frames] == [64] * 5
    assert deframer.bits(4, span=3) == 0b0101
    assert deframer.bits(4, span=2) == 0b1101


def test_what_is_wrongly_asked_is_refused_in_one_sentence() -> None:
    framer, deframer = E1Framer(2), E1Deframer(2)
    with pytest.raises(ValueError, match="spans: want 1 or more, got 0"):
        E1Framer(0)
    with pytest.raises(ValueError, match="spans: want 1 or more, got 0"):
        E1Deframer(0)
    with pytest.raises(ValueError, match=r"want 1 to 15 or 17 to 31, got 16"):
        framer.set_bits(16, 0)
    with pytest.raises(ValueError, match="want ABCD bits 0 to 15, got 16"):
        framer.set_bits(1, 16)
    with pytest.raises(ValueError, match="want 1 to 15 or 17 to 31, got 32"):
        deframer.bits(32)
    with pytest.raises(ValueError, match="sa: want five bits, 0 to 31, got 32"):
        framer.set_spare(32)
    with pytest.raises(ValueError, match="span: want 0 to 1, got 2"):
        framer.set_remote(True, span=2)
    with pytest.raises(ValueError, match=r"frames of shape \(2, n, 32\), got \(32, 32\)"):
        framer.process(random_frames(32))
    with pytest.raises(ValueError, match=r"octets of shape \(2, count\), got \(7,\)"):
        deframer.process_all(np.zeros(7, np.uint8))
    with pytest.raises(ValueError, match="want process_all for 2 spans"):
        deframer.process(bytes(7))
    with pytest.raises(ValueError, match=r"octets \(uint8\), got int64"):
        crc4(np.zeros((8, 32), np.int64))
    with pytest.raises(ValueError, match=r"frames of 32 octets, got shape \(31,\)"):
        crc4(bytes(31))
