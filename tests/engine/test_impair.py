"""What a line does to a span: alarms, slips, bit errors; and faults of the engine itself."""

import pytest

from telcard.clock import VirtualClock
from telcard.engine import (
    BLOCKED_BITS,
    STUCK_S,
    Alarm,
    DigitEvent,
    E1Line,
    Engine,
    Outcome,
    Reason,
    Until,
)
from tests.support.line import IDLE, Ear, Rig, noise

pytestmark = pytest.mark.both_fidelities

BROKEN = [Alarm.LOS, Alarm.AIS, Alarm.LFA]


# --- alarms ----------------------------------------------------------------------------------


def watched(rig: Rig) -> tuple[list[tuple[int, Alarm]], list[tuple[int, Alarm]]]:
    """Ticks and alarms of our end and of the far one, from a line in order on."""
    rig.run(3)
    assert rig.span.alarms == rig.far_span.alarms == Alarm.NONE
    ours: list[tuple[int, Alarm]] = []
    far: list[tuple[int, Alarm]] = []
    rig.span.on_alarm(lambda alarms: ours.append((rig.tick, alarms)))
    rig.far_span.on_alarm(lambda alarms: far.append((rig.tick, alarms)))
    return ours, far


@pytest.mark.parametrize("alarm", BROKEN)
def test_a_broken_line_is_noticed_in_its_first_tick_and_the_far_end_is_told(
    rig: Rig, alarm: Alarm
) -> None:
    ours, far = watched(rig)
    rig.span.set_signal(received=alarm)
    rig.run(10)
    rig.span.set_signal()
    rig.run(5)
    assert ours == [(4, alarm), (14, Alarm.NONE)]
    assert far == [(5, Alarm.RAI), (15, Alarm.NONE)]


@pytest.mark.parametrize("alarm", BROKEN)
def test_what_breaks_on_its_way_from_us_comes_back_as_remote_alarm(rig: Rig, alarm: Alarm) -> None:
    ours, far = watched(rig)
    rig.span.set_signal(sent=alarm)
    rig.run(10)
    rig.span.set_signal()
    rig.run(5)
    assert far == [(5, alarm), (15, Alarm.NONE)]
    assert ours == [(6, Alarm.RAI), (16, Alarm.NONE)]


def test_with_both_ways_broken_each_end_has_its_own_alarm(rig: Rig) -> None:
    rig.run(3)
    rig.span.set_signal(received=Alarm.LOS, sent=Alarm.AIS)
    rig.run(3)
    assert (rig.span.alarms, rig.far_span.alarms) == (Alarm.LOS, Alarm.AIS)


@pytest.mark.parametrize("alarm", BROKEN)
def test_all_ones_are_received_while_nothing_else_can_be(rig: Rig, alarm: Alarm) -> None:
    ours, far = rig.pair()
    rig.far_span.set_bits(9, 0b1001)
    rig.run(3)
    ear = Ear(ours)
    far.play([noise(20 * 80)])
    rig.span.set_signal(received=alarm)
    seen: list[tuple[int, int]] = []
    rig.span.on_bits(lambda timeslot, abcd, sample: seen.append((timeslot, abcd)))
    rig.run(10)
    assert bytes(ear.octets[80:]) == b"\xff" * 9 * 80
    assert (9, 0b1111) in seen
    rig.span.set_signal()
    rig.run(10)
    assert bytes(ear.octets[10 * 80 :]) == noise(20 * 80)[9 * 80 : 19 * 80]
    assert rig.span.bits(9) == 0b1001


def test_the_alarm_is_told_before_the_bits_that_come_of_it(rig: Rig) -> None:
    rig.run(3)
    told: list[str] = []
    rig.span.on_alarm(lambda alarms: told.append(str(alarms)))
    rig.span.on_bits(lambda *bits: told.append("bits"))
    rig.span.set_signal(received=Alarm.AIS)
    rig.run(2)
    assert told[:2] == ["Alarm.AIS", "bits"]


def test_a_line_into_which_nobody_was_plugged_is_without_signal_and_idle() -> None:
    engine = Engine(1, name="alone")
    span = engine.plug(E1Line(), 0)
    ear = Ear(span.open_lane(1))
    for tick in range(1, 6):
        engine.step(tick)
    assert span.alarms == Alarm.LOS
    assert bytes(ear.octets) == bytes([IDLE]) * 400
    assert span.bits(1) == BLOCKED_BITS
    engine.close()


def test_a_cable_that_is_pulled_is_a_lost_signal_and_a_new_one_mends_it() -> None:
    line = E1Line()
    ours, far = Engine(1, name="ours"), Engine(1, name="far")
    span = ours.plug(line, 0)
    far.plug(line, 1)
    for tick in range(1, 4):
        ours.step(tick)
        far.step(tick)
    assert span.alarms == Alarm.NONE
    far.close()
    assert ours.due()
    for tick in range(4, 7):
        ours.step(tick)
    assert span.alarms == Alarm.LOS
    assert not ours.due()
    other = Engine(1, name="other")
    other.plug(line, 1)
    for tick in range(7, 10):
        ours.step(tick)
        other.step(tick)
    assert span.alarms == Alarm.NONE
    ours.close()
    other.close()


def test_a_broken_line_at_rest_costs_no_ticks(rig: Rig) -> None:
    rig.run(3)
    rig.span.set_signal(received=Alarm.LOS)
    rig.run(4)
    assert not rig.ours.due()
    assert not rig.town.due()


# --- slips -----------------------------------------------------------------------------------


def heard(rig: Rig, ticks: int, sound: bytes) -> bytes:
    """What we receive while the far end plays `sound`, without the idle octets before it."""
    ours, far = rig.pair()
    ear = Ear(ours)
    far.play([sound])
    rig.run(ticks)
    ours.close()
    far.close()
    rig.run(2)
    return bytes(ear.octets).lstrip(bytes([IDLE]))


@pytest.mark.sound_only
def test_a_locked_span_passes_octets_at_once_and_a_plesiochronous_one_ten_ms_later(
    rig: Rig,
) -> None:
    delays = []
    for ppm in (0, 0.001, 0):
        rig.span.set_drift(ppm)
        assert rig.span.drift_ppm == ppm
        ours, far = rig.pair()
        ear = Ear(ours)
        sent = far.play([noise(400)])
        rig.run(10)
        assert sent.outcome is not None
        assert ear.speech == noise(400)
        delays.append(ear.begin() - sent.outcome.start)
        ours.close()
        far.close()
        rig.run(2)
    assert delays == [80, 160, 80]
    assert rig.span.slips == 0


@pytest.mark.sound_only
def test_fifty_ppm_are_two_slips_in_five_seconds(rig: Rig) -> None:
    """ITU-T G.703 allows 50 ppm: 8000 * 50e-6 = 0.4 octets a second."""
    sound = noise(500 * 80)
    rig.span.set_drift(50)
    got = heard(rig, 502, sound)
    # The clocks differ by 125 us 250 and 500 ticks after the first; the sound comes at tick 3.
    first, second = (251 - 3) * 80, (501 - 3) * 80
    wanted = sound[:first] + sound[first + 1 : second + 1] + sound[second + 2 :]
    assert got[: len(wanted)] == wanted[: len(got)]
    assert rig.span.slips == 2
    assert rig.span.recentred == 0


@pytest.mark.sound_only
def test_a_slow_line_has_octets_repeated(rig: Rig) -> None:
    sound = noise(30 * 80)
    rig.span.set_drift(-1000)  # a slip every 12.5 ticks
    got = heard(rig, 28, sound)
    assert rig.span.slips == 2
    first, second = (14 - 3) * 80, (26 - 3) * 80
    wanted = sound[:first] + sound[first - 1 : second - 1] + sound[second - 2 :]
    assert got == wanted[: len(got)]


@pytest.mark.sound_only
@pytest.mark.parametrize(("octets", "wanted"), [(-1, -1), (-7, -7), (3, 80 * -1 + 80 + 3)])
def test_one_slip_is_made_when_it_is_asked_for(rig: Rig, octets: int, wanted: int) -> None:
    ours, far = rig.pair()
    ear = Ear(ours)
    sound = noise(40 * 80)
    far.play([sound])
    rig.run(11)
    before = len(ear.octets)
    rig.span.slip(octets)
    rig.run(10)
    at = before - ear.begin() + ear.first
    if octets > 0:  # the locked span has no reserve: it takes one in first
        assert rig.span.recentred == 1
        assert bytes(ear.octets[before:]) == sound[at - 80 : at - 80 + 800]
    else:
        assert bytes(ear.octets[before:]) == sound[at + octets : at + octets + 800]
    assert rig.span.slips == abs(octets)


@pytest.mark.sound_only
def test_a_store_at_its_end_starts_from_the_middle(rig: Rig) -> None:
    rig.span.set_drift(0.001)
    ours, far = rig.pair()
    ear = Ear(ours)
    sound = noise(40 * 80)
    far.play([sound])
    rig.run(10)
    rig.span.slip(80)
    rig.run(2)
    assert rig.span.recentred == 0
    rig.span.slip(1)
    rig.run(5)
    assert rig.span.recentred == 1
    assert bytes(ear.octets).endswith(sound[13 * 80 : 15 * 80])


def test_slips_of_a_span_on_which_nobody_speaks_are_counted_and_harm_no_later_call() -> None:
    rig = Rig()
    rig.span.set_drift(100)
    rig.run()
    rig.tick = 100_000  # idle ticks are skipped
    ours, far = rig.pair()
    ear = Ear(ours)
    far.play([noise(400)])
    rig.run(12)
    assert ear.speech == noise(400)
    assert rig.span.slips == (100_000 * 80 * 100) // 1_000_000
    assert rig.span.recentred == 0
    rig.close()


@pytest.mark.sound_only
def test_the_slips_of_a_lane_depend_on_no_other_lane(rig: Rig) -> None:
    rig.span.set_drift(400)
    alone = heard(rig, 120, noise(110 * 80))
    busy = Rig()
    busy.span.set_drift(400)
    busy.run(rig.tick - 122)
    others = [busy.span.open_lane(timeslot) for timeslot in (5, 9, 31)]
    assert heard(busy, 120, noise(110 * 80)) == alone
    assert [lane.is_open for lane in others] == [True] * 3
    busy.close()


# --- bit errors ------------------------------------------------------------------------------


MASK = 2**64 - 1


def mixed(x: int) -> int:
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & MASK
    x = (x ^ x >> 27) * 0x94D049BB133111EB & MASK
    return x ^ x >> 31


def wrong_bits(seed: int, rate: float, tick: int, timeslot: int) -> bytes:
    """Which bits of 80 octets turn, worked out from the header's description alone."""
    state = mixed(seed ^ mixed(tick * 32 + timeslot))
    turned = []
    for _ in range(80):
        octet = 0
        for _ in range(4):
            state = state + 0x9E3779B97F4A7C15 & MASK
            chance = mixed(state)
            for half in (chance & 0xFFFFFFFF, chance >> 32):
                octet = octet << 1 | (half < round(rate * 2**32))
        turned.append(octet)
    return bytes(turned)


def test_splitmix64_gives_the_published_numbers() -> None:
    """First outputs for seed 1234567, as the generator's authors and rosettacode.org list them."""
    state = 1234567
    got = []
    for _ in range(3):
        state = state + 0x9E3779B97F4A7C15 & MASK
        got.append(mixed(state))
    assert got == [6457827717110365317, 3203168211198807973, 9817491932198370423]


@pytest.mark.sound_only
def test_bits_turn_as_the_seed_says_and_are_counted(rig: Rig) -> None:
    rig.span.set_bit_errors(0.01, seed=7)
    ear = Ear(rig.span.open_lane(3))
    rig.span.open_lane(4)
    rig.run(20)
    wanted = [wrong_bits(7, 0.01, tick, 3) for tick in range(1, 21)]
    assert bytes(octet ^ IDLE for octet in ear.octets) == b"".join(wanted)
    mine = sum(octet.bit_count() for tick in wanted for octet in tick)
    other = sum(
        octet.bit_count() for tick in range(1, 21) for octet in wrong_bits(7, 0.01, tick, 4)
    )
    assert rig.span.bit_errors == mine + other
    assert 80 < mine < 180  # 12,800 bits
    rig.span.set_bit_errors(0)
    rig.run()  # the last wrong tick was the one before
    before = rig.span.bit_errors
    rig.run(5)
    assert rig.span.bit_errors == before
    assert bytes(ear.octets[-400:]) == bytes([IDLE]) * 400


# --- faults of the engine --------------------------------------------------------------------


@pytest.mark.sound_only
def test_a_full_event_ring_loses_digits_and_counts_them_but_no_outcome_and_no_bits(
    rig: Rig,
) -> None:
    ours, far = rig.pair()
    rig.run(3)
    digits: list[DigitEvent] = []
    ours.on_digit(digits.append)
    seen: list[tuple[int, int]] = []
    rig.span.on_bits(lambda timeslot, abcd, sample: seen.append((timeslot, abcd)))
    alarms: list[Alarm] = []
    rig.span.on_alarm(alarms.append)
    outcomes: list[Outcome] = []
    ours.collect(Until(max_digits=2), outcomes.append)
    rig.ours.jam_events(True)
    rig.far_span.set_bits(5, 0b0101)
    rig.press(far, "42")
    rig.far_span.set_signal(sent=Alarm.AIS)
    rig.run(5)
    assert (digits, outcomes, seen, alarms) == ([], [], [], [])
    assert rig.ours.due()
    rig.ours.jam_events(False)
    rig.run(2)
    (outcome,) = outcomes
    assert outcome.digits == "42"
    assert alarms == [Alarm.AIS]
    assert (5, 0b1111) in seen  # as they are by now
    assert rig.ours.stats().events.lost == 4  # two digits, and two ends of digits


@pytest.mark.sound_only
def test_ticks_that_a_stall_delays_are_made_up_for(rig: Rig) -> None:
    ours, far = rig.pair()
    ear, far_ear = Ear(ours), Ear(far)
    sound = noise(40 * 80)
    mine = ours.play([sound])
    far.play([sound])
    rig.run(10)
    rig.ours.stall(6)
    rig.run(1)
    assert rig.ours.due()
    rig.run(6)
    assert rig.ours.stats().ticks == 11
    rig.run(1)
    assert rig.ours.stats().ticks == 18
    assert rig.ours.stats().ticks_late == 6
    rig.until(lambda: mine.outcome)
    rig.run(5)
    assert mine.outcome.reasons == Reason.END_OF_DATA
    assert mine.outcome.end - mine.outcome.start == 40 * 80
    # Nothing of ours is lost but what the far end had to listen to meanwhile; of what it sent, only
    # the newest ticks were still on the line.
    assert len(ear.octets) == len(far_ear.octets)
    assert ear.speech != sound
    assert far_ear.speech != sound


def test_an_operation_that_stands_still_is_reported_and_closing_frees_its_lane(rig: Rig) -> None:
    ours, far = rig.pair()
    stuck: list[int] = []
    outcomes: list[Outcome] = []
    ours.on_stuck(lambda: stuck.append(rig.tick))
    play = ours.play([noise(80 * 1000)], done=outcomes.append)
    rig.run(10)
    ours.stick()
    began = rig.tick
    play.stop()
    rig.run(600)
    assert stuck == [began + round(STUCK_S * 100)]
    assert outcomes == []
    ours.close()
    rig.run(3)
    assert [outcome.reasons for outcome in outcomes] == [Reason.STOPPED | Reason.HANG_UP]
    again = rig.span.open_lane(1)
    assert again.index == ours.index
    ear = Ear(far)
    again.play([noise(400)])
    rig.run(20)
    assert ear.speech == noise(400)


def test_no_operation_of_an_engine_in_order_is_ever_reported_as_stuck(rig: Rig) -> None:
    ours, _ = rig.pair()
    stuck: list[bool] = []
    ours.on_stuck(lambda: stuck.append(True))
    ours.collect(Until(first_digit_s=30))
    rig.run(2000)
    ours.operation.stop()
    rig.run(3)
    ours.play([noise(80 * 300)])
    rig.run(400)
    assert stuck == []


# --- what is refused -------------------------------------------------------------------------


def test_impossible_impairments_are_refused_in_one_sentence() -> None:
    clock = VirtualClock()
    engine = Engine(1, clock=clock, name="ours")
    span = engine.plug(E1Line(), 0, "dtiB1")
    with pytest.raises(ValueError, match=r"dtiB1: want LOS, AIS, LFA or NONE as the signal sent"):
        span.set_signal(sent=Alarm.RAI)
    with pytest.raises(ValueError, match=r"want a drift of -1000 to 1000 ppm, got 1001"):
        span.set_drift(1001)
    with pytest.raises(ValueError, match=r"want a drift of -1000 to 1000 ppm, got nan"):
        span.set_drift(float("nan"))
    with pytest.raises(ValueError, match=r"want a slip of -80 to 80 octets, got 81"):
        span.slip(81)
    with pytest.raises(ValueError, match=r"want a bit error rate of 0 to 0.5, got 0.6"):
        span.set_bit_errors(0.6)
    with pytest.raises(ValueError, match=r"want a seed of 64 bits, got -1"):
        span.set_bit_errors(0.1, seed=-1)
    with pytest.raises(ValueError, match=r"ours: want 1 to 1000 ticks, got 0"):
        engine.stall(0)
    engine.close()
