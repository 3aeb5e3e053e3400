"""When and why operations end: digits, times, silence, sound; level and edge (R4's termination)."""

import pytest

from telcard.engine import DigitEvent, Outcome, Reason, ToneSegment, Until
from tests.support.line import Ear, Rig, noise

pytestmark = pytest.mark.both_fidelities

LOUD = [ToneSegment(10.0, 1000.0, level1_dbm0=-15.0)]


def ended(rig: Rig, until: Until, ticks: int = 600) -> Outcome:
    """Collect on our lane of timeslot 1 until it ends."""
    operation = rig.span.lanes[1].collect(until)
    rig.until(lambda: operation.outcome, ticks)
    assert operation.outcome is not None
    return operation.outcome


# --- digits


def test_digits_are_reported_when_accepted_and_when_they_end(rig: Rig) -> None:
    ours, far = rig.pair()
    begun: list[DigitEvent] = []
    over: list[DigitEvent] = []
    ours.on_digit(begun.append)
    ours.on_digit_end(over.append)
    first = rig.sample + 80
    rig.press(far, "159", on_ms=100, off_ms=100)
    assert "".join(event.digit for event in begun) == "159"
    assert "".join(event.digit for event in over) == "159"
    for number, (event, end) in enumerate(zip(begun, over, strict=True)):
        assert event.sample == pytest.approx(first + number * 1600, abs=100)
        assert event.frames == 0
        assert end.sample == event.sample
        assert end.frames == pytest.approx(800, abs=200)


def test_a_digit_stops_the_prompt_in_the_tick_in_which_it_is_accepted(rig: Rig) -> None:
    ours, far = rig.pair()
    ear = Ear(far)
    accepted: list[int] = []
    ours.on_digit(lambda _: accepted.append(rig.tick))
    play = ours.play([noise(80_000)], Until(digits="5"))
    rig.run(20)
    far.tones([ToneSegment(0.1, 770, 1336)])
    rig.until(lambda: play.outcome)
    rig.run(3)
    assert play.outcome is not None
    assert play.outcome.reasons == Reason.DIGIT
    assert accepted == [play.outcome.end // 80]
    assert len(ear.speech) == play.outcome.end - play.outcome.start


def test_a_digit_that_is_not_asked_for_does_not_stop_the_prompt(rig: Rig) -> None:
    ours, far = rig.pair()
    play = ours.play([noise(80_000)], Until(digits="#*"))
    rig.press(far, "123")
    assert play.outcome is None
    rig.press(far, "#")
    assert play.outcome is not None
    assert play.outcome.reasons == Reason.DIGIT
    assert play.outcome.digits == ""  # a play does not take digits
    assert ended(rig, Until(max_digits=4)).digits == "123#"


def test_a_prompt_stops_when_so_many_digits_wait(rig: Rig) -> None:
    ours, far = rig.pair()
    play = ours.play([noise(80_000)], Until(max_digits=3))
    rig.press(far, "12")
    assert play.outcome is None
    rig.press(far, "3")
    assert play.outcome is not None
    assert play.outcome.reasons == Reason.MAX_DIGITS


def test_a_waiting_digit_ends_a_prompt_before_its_first_sample(rig: Rig) -> None:
    ours, far = rig.pair()
    rig.press(far, "7")
    ear = Ear(far)
    play = ours.play([noise(800)], Until(digits="789", max_digits=1))
    rig.run(5)
    assert play.outcome is not None
    assert play.outcome.reasons == Reason.DIGIT | Reason.MAX_DIGITS
    assert play.outcome.start == play.outcome.end
    assert ear.speech == b""


def test_by_edge_a_waiting_digit_does_not_end_a_prompt_but_a_new_one_does(rig: Rig) -> None:
    ours, far = rig.pair()
    rig.press(far, "7")
    until = Until(digits="7", max_digits=2, edge=frozenset({"digits", "max_digits"}))
    play = ours.play([noise(80_000)], until)
    rig.run(20)
    assert play.outcome is None
    rig.press(far, "7")
    assert play.outcome is not None
    assert play.outcome.reasons == Reason.DIGIT | Reason.MAX_DIGITS


def test_type_ahead_is_collected_first(rig: Rig) -> None:
    _, far = rig.pair()
    rig.press(far, "12")
    collect = rig.span.lanes[1].collect(Until(max_digits=4))
    rig.press(far, "34")
    assert collect.outcome is not None
    assert (collect.outcome.digits, collect.outcome.reasons) == ("1234", Reason.MAX_DIGITS)


def test_what_is_typed_too_much_waits_for_the_next_collect(rig: Rig) -> None:
    _, far = rig.pair()
    rig.press(far, "123456")
    assert ended(rig, Until(max_digits=4)).digits == "1234"
    assert ended(rig, Until(max_digits=2)).digits == "56"


def test_the_terminating_digit_is_taken_and_ends_the_collect(rig: Rig) -> None:
    _, far = rig.pair()
    rig.press(far, "42#17")
    outcome = ended(rig, Until(max_digits=10, digits="#"))
    assert (outcome.digits, outcome.reasons) == ("42#", Reason.DIGIT)
    assert ended(rig, Until(max_digits=2)).digits == "17"


def test_by_edge_waiting_digits_are_taken_but_end_nothing(rig: Rig) -> None:
    _, far = rig.pair()
    rig.press(far, "1#2")
    edge = Until(digits="#", max_s=2, edge=frozenset({"digits"}))
    collect = rig.span.lanes[1].collect(edge)
    rig.run(5)
    assert collect.outcome is None
    rig.press(far, "3#")
    assert collect.outcome is not None
    assert (collect.outcome.digits, collect.outcome.reasons) == ("1#23#", Reason.DIGIT)


def test_the_type_ahead_buffer_is_as_large_as_the_card_says(rig: Rig) -> None:
    ours, far = rig.pair(1, digits=4)
    rig.press(far, "123456", on_ms=60, off_ms=60)
    assert ours.query().digits_waiting == 4
    assert ours.query().digits_lost == 2
    assert rig.ours.stats().digits_lost == 2
    assert ended(rig, Until(max_s=0.1)).digits == "1234"


def test_a_full_type_ahead_buffer_does_not_keep_a_digit_from_stopping_a_prompt(rig: Rig) -> None:
    ours, far = rig.pair(1, digits=2)
    rig.press(far, "12")
    play = ours.play([noise(80_000)], Until(digits="5"))
    rig.press(far, "5")
    assert play.outcome is not None
    assert play.outcome.reasons == Reason.DIGIT


def test_a_buffer_has_1_to_64_places(rig: Rig) -> None:
    for digits in (0, 65):
        with pytest.raises(ValueError, match="digits: want 1 to 64"):
            rig.span.open_lane(1, digits=digits)


def test_a_collect_without_a_limit_of_digits_ends_at_64(rig: Rig) -> None:
    _, far = rig.pair(1, digits=64)
    collect = rig.span.lanes[1].collect(Until(max_s=60))
    rig.press(far, "0123456789" * 7, on_ms=50, off_ms=50)
    assert collect.outcome is not None
    assert collect.outcome.reasons == Reason.MAX_DIGITS
    assert collect.outcome.digits == ("0123456789" * 7)[:64]


def test_digits_can_be_cleared(rig: Rig) -> None:
    ours, far = rig.pair()
    rig.press(far, "12")
    ours.clear_digits()
    assert ended(rig, Until(max_s=0.1)).digits == ""


def test_a_lane_without_a_detector_hears_no_digits(rig: Rig) -> None:
    ours = rig.span.open_lane(1, detect=False)
    far = rig.far_span.open_lane(1)
    rig.press(far, "12")
    assert ours.query().digits_waiting == 0


# --- times


def test_nobody_types_and_the_first_digit_is_given_up(rig: Rig) -> None:
    rig.pair()
    outcome = ended(rig, Until(max_digits=4, first_digit_s=2, inter_digit_s=1))
    assert (outcome.digits, outcome.reasons) == ("", Reason.FIRST_DIGIT)
    assert outcome.end - outcome.start == 16_000


def test_a_pause_between_digits_ends_the_collect(rig: Rig) -> None:
    _, far = rig.pair()
    collect = rig.span.lanes[1].collect(Until(max_digits=9, first_digit_s=5, inter_digit_s=1))
    over: list[int] = []
    rig.span.lanes[1].on_digit_end(lambda event: over.append(rig.tick))
    rig.press(far, "12")
    rig.until(lambda: collect.outcome)
    assert collect.outcome is not None
    assert (collect.outcome.digits, collect.outcome.reasons) == ("12", Reason.INTER_DIGIT)
    assert collect.outcome.end // 80 - over[-1] == pytest.approx(100, abs=1)


def test_a_key_held_down_is_no_pause_between_digits(rig: Rig) -> None:
    _, far = rig.pair()
    collect = rig.span.lanes[1].collect(Until(max_digits=9, first_digit_s=2, inter_digit_s=0.5))
    rig.press(far, "1", on_ms=3000)
    assert collect.outcome is None
    rig.press(far, "2")
    rig.until(lambda: collect.outcome)
    assert collect.outcome is not None
    assert collect.outcome.digits == "12"


def test_waiting_digits_are_digits_for_the_time_limits_too(rig: Rig) -> None:
    _, far = rig.pair()
    rig.press(far, "1")
    outcome = ended(rig, Until(max_digits=4, first_digit_s=0.5, inter_digit_s=2))
    assert outcome.reasons == Reason.INTER_DIGIT
    assert outcome.end - outcome.start == 16_000


def test_reasons_that_hold_together_are_reported_together(rig: Rig) -> None:
    rig.pair()
    outcome = ended(rig, Until(first_digit_s=1, max_s=1))
    assert outcome.reasons == Reason.FIRST_DIGIT | Reason.MAX_TIME


def test_times_are_rounded_up_to_ticks(rig: Rig) -> None:
    rig.pair()
    outcome = ended(rig, Until(max_s=0.0101))
    assert outcome.end - outcome.start == 160


# --- silence and sound


def test_silence_ends_an_operation_counted_from_its_start(rig: Rig) -> None:
    rig.pair()
    rig.run(300)
    outcome = ended(rig, Until(silence_s=1))
    assert outcome.reasons == Reason.SILENCE
    assert outcome.end - outcome.start == 8000


def test_who_has_not_begun_yet_may_be_given_more_time_than_who_has_ended(rig: Rig) -> None:
    """R4's DX_MAXSIL with TF_SETINIT."""
    _, far = rig.pair()
    rig.run(50)
    patient = Until(silence_s=1, initial_silence_s=3)
    outcome = ended(rig, patient)
    assert (outcome.reasons, outcome.end - outcome.start) == (Reason.SILENCE, 24_000)
    assert ended(rig, Until(initial_silence_s=2)).end == rig.ours.sample - 80
    collect = rig.span.lanes[1].collect(patient)
    rig.run(150)
    sound = rig.ours.sample
    far.tones([ToneSegment(1.0, 500, level1_dbm0=-20)])
    rig.until(lambda: collect.outcome)
    assert collect.outcome is not None
    assert collect.outcome.end - sound == pytest.approx(16_000, abs=240)


def test_by_level_a_silence_that_has_lasted_ends_it_at_once(rig: Rig) -> None:
    rig.pair()
    rig.run(300)
    outcome = ended(rig, Until(silence_s=1, edge=frozenset()))
    assert outcome.reasons == Reason.SILENCE
    assert outcome.end == outcome.start


def test_sound_ends_an_operation_when_it_has_lasted(rig: Rig) -> None:
    _, far = rig.pair()
    collect = rig.span.lanes[1].collect(Until(sound_s=0.5, silence_s=3))
    rig.run(100)
    tone = far.tones(LOUD)
    rig.until(lambda: collect.outcome)
    tone.stop()
    assert collect.outcome is not None
    assert collect.outcome.reasons == Reason.SOUND
    assert collect.outcome.end - collect.outcome.start == pytest.approx(8000 + 4000, abs=160)


def test_the_closure_of_a_plosive_is_no_silence_and_a_click_no_sound(rig: Rig) -> None:
    _, far = rig.pair()
    speech = [ToneSegment(0.2, 500, level1_dbm0=-20), ToneSegment(0.09)]
    far.tones(speech, repeats=10)
    rig.run(5)
    collect = rig.span.lanes[1].collect(Until(silence_s=0.05))
    rig.run(250)
    assert collect.outcome is None
    rig.until(lambda: collect.outcome)
    clicks = [ToneSegment(0.02, 500, level1_dbm0=-5), ToneSegment(0.2)]
    rig.run(30)
    far.tones(clicks, repeats=10)
    collect = rig.span.lanes[1].collect(Until(sound_s=0.02, max_s=2))
    rig.until(lambda: collect.outcome)
    assert collect.outcome is not None
    assert collect.outcome.reasons == Reason.MAX_TIME


def test_what_counts_as_sound_is_a_matter_of_the_threshold(rig: Rig) -> None:
    _, far = rig.pair()
    far.tones([ToneSegment(30.0, 1000, level1_dbm0=-45)])
    rig.run(5)
    assert ended(rig, Until(sound_s=0.1, silence_s=0.5)).reasons == Reason.SILENCE
    deaf = Until(sound_s=0.1, silence_s=0.5, threshold_dbm0=-50)
    assert ended(rig, deaf).reasons == Reason.SOUND


# --- Python is away


def test_terminations_do_not_wait_for_python(rig: Rig) -> None:
    """Ticks pass for seconds without a poll: everything has ended when it should have."""
    ours, far = rig.pair(1)
    other, _ = rig.pair(2)
    play = ours.play([noise(80_000)], Until(digits="5"))
    silence = other.collect(Until(silence_s=1.5))
    rig.run(5)
    far.tones([ToneSegment(0.5), ToneSegment(0.1, 770, 1336)])
    for _ in range(300):
        rig.tick += 1
        rig.ours.core.tick(rig.tick)
        rig.town.core.tick(rig.tick)
    assert play.outcome is None
    rig.ours.poll()
    rig.town.poll()
    assert play.outcome is not None
    assert play.outcome.reasons == Reason.DIGIT
    assert play.outcome.end == pytest.approx(5 * 80 + 4000 + 80 + 320, abs=160)
    assert silence.outcome is not None
    assert silence.outcome.end - silence.outcome.start == 12_000
