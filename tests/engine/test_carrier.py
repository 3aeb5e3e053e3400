"""Lines with real frames: what their bits do to sound, signalling, alarms and the far end."""

from typing import get_args

import numpy as np
import pytest

from telcard.dsp import g711
from telcard.engine import (
    Alarm,
    E1Line,
    Engine,
    FrameFormat,
    Framing,
    Lane,
    Span,
    T1Line,
)
from telcard.engine.carrier import MOST_LOST_BITS
from telcard.errors import CardError
from tests.support.framed_line import ALIGNING_TICKS, carrier, framed
from tests.support.line import Ear, Rig, noise

FORMATS = get_args(FrameFormat)


class Log:
    """Alarms of a span: how many ticks after `mark()` each began."""

    def __init__(self, rig: Rig, span: Span) -> None:
        self.rig = rig
        self.told: list[tuple[int, Alarm]] = []
        self.since = rig.tick
        span.on_alarm(lambda alarms: self.told.append((rig.tick - self.since, alarms)))

    def mark(self) -> None:
        self.since = self.rig.tick
        self.told.clear()


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_line_is_in_order_soon_after_it_was_plugged_in(
    format: FrameFormat, order: tuple[int, int]
) -> None:
    rig = framed(format, order=order)
    for span in (rig.span, rig.far_span):
        status = carrier(span).status()
        assert span.alarms is Alarm.NONE
        assert status.aligned
        assert status.losses == status.crc_errors == status.framing_errors == 0
    assert carrier(rig.span).status().multiframe is (format == "crc4")


@pytest.mark.parametrize("format", ["crc4", "no-crc4"])
def test_sound_of_all_timeslots_passes_an_e1_bit_for_bit(format: FrameFormat) -> None:
    rig = framed(format)
    timeslots = [*range(1, 16), *range(17, 32)]
    lanes = {t: rig.pair(t) for t in timeslots}
    ears = {t: Ear(far) for t, (_, far) in lanes.items()}
    for timeslot, (ours, _) in lanes.items():
        ours.play([noise(400, seed=timeslot)])
    rig.run(10)
    for timeslot in timeslots:
        assert ears[timeslot].speech == noise(400, seed=timeslot)


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_sent_comes_as_late_as_without_frames(format: FrameFormat) -> None:
    rig = framed(format)
    ours, far = rig.pair()
    ear = Ear(far)
    play = ours.play([noise(400)])
    rig.run(10)
    assert play.outcome is not None
    assert ear.begin() == play.outcome.start + 80


@pytest.mark.parametrize("format", ["esf", "d4"])
def test_a_t1_robs_the_last_bit_of_every_sixth_octet_of_u_law(format: FrameFormat) -> None:
    """Those of frame 6 carry A, 1 here, and those of 12 B, 0: sound loses a little."""
    rig = framed(format)
    rig.span.set_bits(3, 0b1000)
    ours, far = rig.pair(3)
    rig.run(3)
    ear = Ear(far)
    sent = g711.decode_alaw(np.frombuffer(noise(2400), np.uint8))
    ours.play([noise(2400)])
    rig.run(35)
    heard = g711.decode_alaw(np.frombuffer(ear.octets, np.uint8))
    late = ear.begin() - (ear.first or 0)
    error = np.abs(heard[late : late + 2400].astype(int) - sent)
    steps = error > 0.05 * np.abs(sent) + 16
    assert 0 < steps.sum() < 2400 / 6 + 10
    assert len({at % 6 for at in np.flatnonzero(steps)}) <= 2
    unrobbed = framed(format, cas=False)
    assert unrobbed.far_span.bits(3) == 0b1101


@pytest.mark.parametrize("format", FORMATS)
def test_bits_travel_in_the_frames(format: FrameFormat) -> None:
    rig = framed(format)
    rig.span.set_bits(5, 0b1001)
    rig.run(3)
    assert rig.far_span.bits(5) == (0b1010 if format == "d4" else 0b1001)
    assert rig.far_span.bits(6) == (0b1111 if format == "d4" else 0b1101)


def test_a_t1_has_24_timeslots() -> None:
    rig = framed("esf")
    assert (rig.span.timeslots, rig.span.law) == (24, "u-law")
    with pytest.raises(ValueError, match="timeslot: want 1 to 24, got 25"):
        rig.span.open_lane(25)
    with pytest.raises(ValueError, match="timeslot: want 1 to 24, got 31"):
        rig.span.set_bits(31, 0)


def test_timeslot_16_belongs_to_whoever_opens_it() -> None:
    rig = framed("crc4")
    ours, far = rig.span.open_dchannel(), rig.far_span.open_dchannel()
    frames: list[bytes] = []
    far.on_frame(frames.append)
    ours.send_frame(b"\x02\x01\x7f")
    rig.run(4)
    assert frames == [b"\x02\x01\x7f"]
    assert rig.far_span.alarms is Alarm.NONE
    ours.close()
    far.close()
    rig.run(5)
    assert rig.far_span.alarms is Alarm.NONE


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_ends_without_work_sleep_and_lose_nothing_by_it(order: tuple[int, int]) -> None:
    rig = framed("crc4", order=order)
    rig.run(40)
    assert not rig.ours.due()
    assert not rig.town.due()
    rig.tick += 1000  # nobody runs those
    rig.span.set_bits(7, 0b0101)
    assert rig.ours.due()
    rig.engines[0].step(rig.tick + 1) if order == (0, 1) else rig.engines[1].step(rig.tick + 1)
    rig.tick += 1
    assert rig.town.due()
    rig.run(3)
    assert rig.far_span.bits(7) == 0b0101
    ours, far = rig.pair()
    ear = Ear(far)
    ours.play([noise(400)])
    rig.run(10)
    assert ear.speech == noise(400)
    for span in (rig.span, rig.far_span):
        status = carrier(span).status()
        assert status.losses == status.crc_errors == 0
        assert status.aligned
    ours.close()
    far.close()
    rig.run(40)
    assert not rig.ours.due()


# What breaks on the way to the far end: in how many ticks it finds that, and we are told.  An alarm
# takes a tick to be found, and to be told one more; the yellow alarm of a T1 takes its seven
# messages (28 ms), or 64 ms of bits.
TABLE = [
    ("crc4", "LOS", 1, 2),
    ("crc4", "AIS", 1, 2),
    ("crc4", "LFA", 1, 2),
    ("no-crc4", "LOS", 1, 2),
    ("no-crc4", "AIS", 1, 2),
    ("no-crc4", "LFA", 1, 2),
    ("esf", "LOS", 1, 5),
    ("esf", "AIS", 2, 5),
    ("esf", "LFA", 1, 5),
    ("d4", "LOS", 1, 9),
    ("d4", "AIS", 2, 9),
    ("d4", "LFA", 1, 9),
]


@pytest.mark.parametrize(("format", "signal", "found", "told"), TABLE)
def test_what_breaks_a_line_is_found_there_and_told_here(
    format: FrameFormat, signal: str, found: int, told: int
) -> None:
    rig = framed(format)
    here, there = rig.pair()
    ear = Ear(there)
    rig.span.set_bits(9, 0b0001)
    rig.run(3)
    far, near = Log(rig, rig.far_span), Log(rig, rig.span)
    rig.far_span.set_signal(received=Alarm[signal])
    rig.run(20)
    assert far.told[-1][1] is Alarm[signal]
    assert far.told[-1][0] <= found
    assert [alarm for _, alarm in near.told] == [Alarm.RAI]
    assert near.told[0][0] <= told
    assert rig.far_span.bits(9) == 0b1111, "G.732: no signalling that cannot be received"
    # Users get all ones: of the line, or of u-law turned into A-law.
    ones = 0xFF if rig.span.law == "a-law" else g711.ulaw_to_alaw(b"\xff")[0]
    share = ear.octets[-800:].count(ones) / 800
    assert share == 1 or (signal == "LFA" and share > 0.8), "noise has a FAS now and then"
    far.mark()
    near.mark()
    rig.far_span.set_signal()
    rig.run(20)
    assert far.told[-1][1] is near.told[-1][1] is Alarm.NONE
    assert far.told[-1][0] <= ALIGNING_TICKS
    assert near.told[-1][0] <= ALIGNING_TICKS + told
    assert rig.far_span.bits(9) == (0b0000 if format == "d4" else 0b0001)
    here.close()


def test_a_far_end_that_was_pulled_out_is_loss_of_signal() -> None:
    rig = framed("crc4")
    rig.town.close()
    for _ in range(3):
        rig.tick += 1
        rig.ours.step(rig.tick)
    assert rig.span.alarms is Alarm.LOS


def test_nobody_at_the_far_end_is_loss_of_signal_with_idle_octets() -> None:
    engine = Engine(31)
    span = engine.plug(E1Line(framing=Framing()), 0)
    lane = span.open_lane(1)
    ear = Ear(lane)
    for tick in range(1, 6):
        engine.step(tick)
    assert span.alarms is Alarm.LOS
    assert set(ear.octets) == {0xD5}
    assert span.bits(1) == 0b1101


def test_timeslot_16_alone_may_fail() -> None:
    """An end that has opened timeslot 16 sends no multiframe there: the other says so by bit y."""
    rig = framed("crc4")
    lane = rig.far_span.open_lane(16)
    far, near = Log(rig, rig.far_span), Log(rig, rig.span)
    lane.play([b"\xff" * 1600])
    rig.run(10)
    assert near.told[-1][1] is Alarm.CAS_AIS
    assert rig.span.bits(3) == 0b1111
    lane.close()
    rig.run(10)
    assert near.told[-1][1] is Alarm.NONE
    assert far.told[-1][1] is Alarm.NONE
    assert rig.span.bits(3) == 0b1101


def test_an_end_whose_multiframe_is_missed_is_told_so() -> None:
    """Our end has opened timeslot 16 and plays ones; the far end still sends its multiframe."""
    rig = framed("crc4")
    lane = rig.span.open_lane(16)
    lane.play([b"\xff" * 800])
    rig.run(6)
    near, far = Log(rig, rig.span), Log(rig, rig.far_span)
    lane.close()
    rig.run(4)
    assert near.told[0][1] is Alarm.CAS_RAI
    assert near.told[-1][1] is Alarm.NONE
    assert far.told[-1][1] is Alarm.NONE


def test_an_end_without_crc4_is_known_after_400_ms_and_sound_passes_from_the_first() -> None:
    rig = framed("crc4", "no-crc4")
    assert rig.span.alarms is Alarm.LMFA
    assert rig.far_span.alarms is Alarm.NONE
    here, there = rig.pair()
    ear = Ear(here)
    there.play([noise(800)])
    rig.run(15)
    assert ear.speech == noise(800)
    log = Log(rig, rig.span)
    log.since = 0
    rig.run(40)
    assert [alarm for _, alarm in log.told] == [Alarm.NONE]
    assert 41 <= log.told[0][0] <= 43
    assert carrier(rig.span).status().interworking


# ---------------------------------------------------------------- slips and errors


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("bits", [1, 7, 8, 100, 192, -1, -33, 255])
def test_bits_that_are_lost_on_the_way_cost_alignment_once(format: FrameFormat, bits: int) -> None:
    rig = framed(format)
    here, there = rig.pair()
    rig.run(2)
    carrier(rig.far_span).lose_bits(bits)
    rig.run(ALIGNING_TICKS + (96 if format == "crc4" and bits == 255 else 0))
    status = carrier(rig.far_span).status()
    assert status.losses == 1
    assert rig.far_span.alarms is Alarm.NONE
    assert carrier(rig.span).status().losses == 0
    ear = Ear(there)
    here.play([noise(400)])
    rig.run(10)
    if rig.span.law == "a-law":
        assert ear.speech == noise(400)


def test_a_frame_that_slips_on_the_way_costs_alignment_too() -> None:
    """Where a FAS was is now a word without it."""
    rig = framed("crc4")
    rig.pair()
    carrier(rig.far_span).lose_bits(-256)
    rig.run(5)
    status = carrier(rig.far_span).status()
    assert (status.losses, status.cas_losses) == (1, 1)
    assert rig.far_span.alarms is Alarm.NONE


def test_two_frames_that_slip_on_the_way_cost_the_multiframes_alone() -> None:
    """Of timeslot 16 within two of its words; CRC-4 finds 915 of 1000 blocks wrong, in 0.93 s."""
    rig = framed("crc4")
    rig.pair()
    carrier(rig.far_span).lose_bits(512)
    rig.run(5)
    status = carrier(rig.far_span).status()
    assert (status.losses, status.cas_losses) == (0, 1)
    rig.run(100)
    status = carrier(rig.far_span).status()
    assert (status.losses, status.crc_losses) == (1, 1)
    assert 900 <= status.crc_errors <= 930
    assert rig.far_span.alarms is Alarm.NONE


def test_a_slip_of_our_own_store_costs_no_alignment_and_no_signalling() -> None:
    rig = framed("crc4")
    here, there = rig.pair()
    ear = Ear(there)
    rig.far_span.slip(1)
    here.play([noise(1600)])
    rig.run(40)
    assert rig.far_span.slips == 1
    assert carrier(rig.far_span).status().losses == 0
    assert carrier(rig.far_span).status().cas_losses == 0
    assert rig.far_span.alarms is Alarm.NONE
    assert len(ear.speech) in (1599, 1600)


@pytest.mark.parametrize("rate", [1e-6, 1e-4, 1e-3])
def test_errors_at_a_rate_turn_everything_in_that_proportion(rate: float) -> None:
    """A block is errored with 1 - (1 - rate)^2048, a FAS with 1 - (1 - rate)^7."""
    rig = framed("crc4")
    rig.pair()
    rig.far_span.set_bit_errors(rate, seed=5)
    before = carrier(rig.far_span).status()
    rig.run(200)
    after = carrier(rig.far_span).status()
    blocks = after.crc_blocks - before.crc_blocks
    wanted = blocks * (1 - (1 - rate) ** 2048) * 15 / 16  # a wrong CRC-4 fits once in 16
    errors = after.crc_errors - before.crc_errors
    assert abs(errors - wanted) < 5 * wanted**0.5 + 3 + 0.06 * wanted
    assert rig.far_span.bit_errors == pytest.approx(2e-3 * rate * 2.048e9, rel=0.2, abs=12)
    assert carrier(rig.span).status().e_errors >= 0.9 * errors - 20
    assert after.losses == 0 or rate == 1e-3


def test_errors_in_bursts_leave_most_blocks_alone() -> None:
    alone, bursts = framed("crc4"), framed("crc4")
    alone.far_span.set_bit_errors(1e-4, seed=3)
    bursts.far_span.set_bit_errors(1e-4, seed=3, burst=200)
    for rig in (alone, bursts):
        rig.pair()
        rig.run(200)
    assert bursts.far_span.bit_errors == pytest.approx(alone.far_span.bit_errors, rel=0.4)
    spread = carrier(alone.far_span).status().crc_errors
    assert carrier(bursts.far_span).status().crc_errors < spread / 5


def test_errors_of_the_same_seed_are_the_same_errors() -> None:
    heard = []
    for _ in range(2):
        rig = framed("crc4")
        _, there = rig.pair()
        ear = Ear(there)
        rig.far_span.set_bit_errors(2e-3, seed=11, burst=20)
        rig.run(30)
        heard.append((ear.octets, carrier(rig.far_span).status()))
    assert heard[0] == heard[1]


# ---------------------------------------------------------------- loops


def plays_to_itself(rig: Rig, lane: Lane) -> bytes:
    ear = Ear(lane)
    lane.play([noise(800)])
    rig.run(20)
    return ear.speech


@pytest.mark.parametrize("format", FORMATS)
def test_a_line_loop_sends_everything_back(format: FrameFormat) -> None:
    rig = framed(format)
    rig.span.set_bits(4, 0b0011)
    carrier(rig.far_span).set_loop("line")
    rig.run(1)
    assert carrier(rig.far_span).loop == "line"
    lane = rig.span.open_lane(3)
    rig.run(6)
    back = plays_to_itself(rig, lane)
    assert rig.span.alarms is Alarm.NONE
    assert rig.span.bits(4) == (0b0000 if format == "d4" else 0b0011)
    if rig.span.law != "u-law":
        assert back == noise(800)
    carrier(rig.far_span).set_loop("none")
    rig.run(6)
    assert rig.span.alarms is Alarm.NONE
    assert rig.span.bits(4) == (0b1111 if format == "d4" else 0b1101)


def test_a_payload_loop_sends_the_timeslots_back_in_frames_of_its_own() -> None:
    rig = framed("crc4")
    rig.span.set_bits(4, 0b0011)
    carrier(rig.far_span).set_loop("payload")
    deaf = rig.far_span.open_lane(3)
    deaf.play([noise(8000, seed=9)])
    lane = rig.span.open_lane(3)
    rig.run(3)
    assert plays_to_itself(rig, lane) == noise(800)
    assert rig.span.bits(4) == 0b1101, "signalling is the far end's own"
    assert carrier(rig.span).status().losses == 0


def test_a_local_loop_lets_an_end_hear_itself_and_the_line_ones() -> None:
    rig = framed("crc4")
    rig.span.set_bits(4, 0b0011)
    carrier(rig.span).set_loop("local")
    lane = rig.span.open_lane(3)
    rig.run(3)
    assert plays_to_itself(rig, lane) == noise(800)
    assert rig.span.bits(4) == 0b0011
    assert rig.far_span.alarms is Alarm.AIS


# ---------------------------------------------------------------- refusals


def test_what_is_wrongly_asked_is_refused_in_one_sentence() -> None:
    with pytest.raises(ValueError, match="want one of crc4, no-crc4, esf, d4; got 'sf'"):
        Framing("sf")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="two ends of an E1, or of a T1; got crc4 and esf"):
        E1Line(framing=(Framing(), Framing("esf")))
    with pytest.raises(ValueError, match="T1 line: want framing esf or d4"):
        T1Line(framing=Framing("crc4"))
    rig = framed("crc4")
    with pytest.raises(ValueError, match=f"-{MOST_LOST_BITS} to {MOST_LOST_BITS} bits to be lost"):
        carrier(rig.span).lose_bits(MOST_LOST_BITS + 1)
    with pytest.raises(ValueError, match=r"want one of the loops none, .* got 'remote'"):
        carrier(rig.span).set_loop("remote")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="want a burst of 1 to 10000 bits, got 0"):
        rig.span.set_bit_errors(0.1, burst=0)
    assert repr(carrier(rig.span)) == "<CarrierEnd ours span 1: crc4>"


def test_a_line_without_frames_has_no_carrier() -> None:
    rig = Rig()
    assert rig.span.carrier is None
    assert rig.line.framing is None


def test_without_sound_there_are_no_frames_but_the_same_timeslots() -> None:
    rig = Rig(line=T1Line(), fidelity="events")
    assert rig.span.carrier is None
    assert rig.span.timeslots == 24
    with pytest.raises(CardError, match="cannot lose bits"):
        rig.ours.core.lose(0, 1)
    with pytest.raises(CardError, match="cannot loop a line"):
        rig.ours.core.loop(0, 1)
