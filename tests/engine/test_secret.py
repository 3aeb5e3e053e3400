"""A secret step: nobody hears or reads the digits but the buffer they are meant for."""

import copy
import gc
import pickle
from pathlib import Path

import numpy as np
import pytest
import soundfile

from telcard._native import dsp
from telcard.engine import (
    DigitEvent,
    Engine,
    Lane,
    Operation,
    Reason,
    Recorded,
    SecretBuffer,
    ToneSegment,
    Until,
    dtmf_segments,
)
from telcard.errors import CardError
from tests.support.line import IDLE, Ear, Rig, noise

pytestmark = pytest.mark.both_fidelities

KEY = dtmf_segments("5", on_ms=100, off_ms=100)


def secret_step(rig: Rig, ours: Lane, far: Lane, digits: str) -> SecretBuffer:
    """Arm, collect `digits`, disarm, and let the tail pass."""
    secret = SecretBuffer()
    ours.arm_secret()
    collect = ours.collect(Until(max_digits=len(digits), max_s=60), secret=secret)
    rig.run(5)
    rig.press(far, digits)
    assert collect.outcome is not None
    assert collect.outcome.digits == ""
    ours.disarm_secret()
    rig.run(60)
    return secret


# --- the buffer


def test_a_secret_has_a_length_and_no_readable_form() -> None:
    secret = SecretBuffer(b"4711")
    assert len(secret) == 4
    assert repr(secret) == str(secret) == f"{secret}" == "<SecretBuffer: 4 digits>"
    assert not hasattr(secret, "__getitem__")
    assert not hasattr(secret, "__iter__")


@pytest.mark.parametrize("way", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_secret_is_neither_pickled_nor_copied(way: object) -> None:
    with pytest.raises(TypeError, match="neither pickled nor copied"):
        way(SecretBuffer(b"4711"))  # type: ignore[operator]


def test_a_secret_is_read_on_purpose_only() -> None:
    secret = SecretBuffer(b"4711")
    for way in (memoryview, bytes, bytearray):
        with pytest.raises((BufferError, TypeError)):
            way(secret)  # type: ignore[call-overload, arg-type]
    with secret.exposed() as digits:
        assert bytes(digits) == b"4711"
        assert digits.readonly
        with pytest.raises((BufferError, TypeError)):
            memoryview(secret)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="released"):
        bytes(digits)


def test_wiping_leaves_nothing_even_to_a_view_that_was_kept() -> None:
    secret = SecretBuffer(b"4711")
    with secret.exposed() as digits:
        kept = digits[:]
    secret.wipe()
    assert len(secret) == 0
    assert bytes(kept) == b"\0\0\0\0"
    with secret.exposed() as digits:
        assert bytes(digits) == b""


def test_the_terminator_can_be_stripped() -> None:
    secret = SecretBuffer(b"4711#")
    assert secret.strip_terminator("#")
    assert not secret.strip_terminator("#")
    with secret.exposed() as digits:
        assert bytes(digits) == b"4711"
    assert not SecretBuffer().strip_terminator("#")


def test_a_secret_wiped_while_it_is_collected_is_empty_when_the_collect_has_ended(
    rig: Rig,
) -> None:
    ours, far = rig.pair()
    secret = SecretBuffer()
    ours.arm_secret()
    collect = ours.collect(Until(max_s=3), secret=secret)
    rig.press(far, "12")
    assert len(secret) == 2
    secret.wipe()
    assert len(secret) == 0
    rig.press(far, "3")
    rig.until(lambda: collect.outcome)
    assert len(secret) == 0


def test_a_secret_lives_as_long_as_the_tick_may_write_it(rig: Rig) -> None:
    ours, far = rig.pair()
    ours.arm_secret()
    ours.collect(Until(max_digits=2, max_s=3), secret=SecretBuffer())
    gc.collect()
    rig.press(far, "12")
    assert ours.operation is None


def not_dumped_kib() -> int:
    """Memory of this process that stays out of core dumps (`dd` in /proc/self/smaps)."""
    size = total = 0
    for row in Path("/proc/self/smaps").read_text().splitlines():
        name, *values = row.split()
        if name == "Size:":
            size = int(values[0])
        elif name == "VmFlags:" and "dd" in values:
            total += size
    return total


def test_neither_secrets_nor_type_ahead_are_in_a_core_dump() -> None:
    gc.collect()
    before = not_dumped_kib()
    secret = SecretBuffer(b"4711")
    with_secret = not_dumped_kib()
    assert with_secret > before
    engine = Engine(1000)
    assert not_dumped_kib() - with_secret > 1000 * 64 // 1024  # the buffers alone
    engine.close()
    del engine, secret
    gc.collect()
    assert not_dumped_kib() <= before


# --- the step


@pytest.mark.sound_only
def test_the_digits_are_in_the_buffer_and_in_nothing_else(rig: Rig, tmp_path: Path) -> None:
    ours, far = rig.pair(1)
    agent, far_agent = rig.pair(2)
    agent.listen(ours)
    monitor, tap = Ear(far_agent), Ear(ours)
    recorded: list[Recorded] = []
    digits: list[DigitEvent] = []
    ours.on_digit(digits.append)
    ours.on_digit_end(digits.append)
    masks: list[tuple[bool, int]] = []
    ours.on_mask(lambda *mask: masks.append(mask))
    recording = ours.record(tmp_path / "call.wav")
    agents = agent.record(tmp_path / "agent.wav")
    rig.run(30)
    armed_at = rig.sample
    secret = secret_step(rig, ours, far, "8264")
    with secret.exposed() as view:
        assert bytes(view) == b"8264"
    recording.stop(recorded.append)
    agents.stop()
    rig.run(12)
    assert recorded[0].reasons == Reason.STOPPED
    assert digits == []
    assert ours.query().digits_waiting == 0
    assert [masked for masked, _ in masks] == [True, False]
    assert masks[0][1] == armed_at
    for name in ("call.wav", "agent.wav"):
        sound, _ = soundfile.read(tmp_path / name, dtype="int16")
        assert np.abs(sound).max() <= 8, name
    assert monitor.speech == b""
    assert tap.speech == b""


@pytest.mark.sound_only
def test_sound_before_and_after_the_step_is_heard_and_recorded(rig: Rig, tmp_path: Path) -> None:
    ours, far = rig.pair()
    recording = ours.record(tmp_path / "call.wav")
    before, after = noise(1600), noise(1600, 2)
    far.play([before])
    rig.run(40)
    secret_step(rig, ours, far, "12")
    far.play([after])
    rig.run(40)
    recording.stop()
    rig.run(12)
    heard = (tmp_path / "call.wav").read_bytes()[58::2]
    assert before in heard
    assert after in heard


@pytest.mark.sound_only
def test_a_tone_that_had_begun_when_the_step_was_armed_is_masked_from_its_beginning(
    rig: Rig, tmp_path: Path
) -> None:
    """25 ms of a tone can be decoded, and 30 ms had been heard before anyone knew."""
    ours, far = rig.pair()
    digits: list[DigitEvent] = []
    ours.on_digit(digits.append)
    ear = Ear(ours, look_back=True)
    recording = ours.record(tmp_path / "call.wav")
    rig.run(30)
    far.tones(KEY)
    rig.run(4)  # of which three have reached us
    ours.arm_secret()
    rig.run(30)
    recording.stop()
    rig.run(30)
    assert ear.speech == b""
    sound, _ = soundfile.read(tmp_path / "call.wav", dtype="int16")
    assert np.abs(sound).max() <= 8
    assert digits == []


def test_what_is_typed_during_the_secret_prompt_stops_it_and_is_collected(rig: Rig) -> None:
    ours, far = rig.pair()
    secret = SecretBuffer()
    ours.arm_secret()
    prompt = ours.play([noise(80_000)], Until(digits="0123456789"))
    rig.press(far, "4")
    assert prompt.outcome is not None
    assert prompt.outcome.reasons == Reason.DIGIT
    collect = ours.collect(Until(max_digits=4, max_s=60), secret=secret)
    rig.press(far, "711")
    assert collect.outcome is not None
    assert collect.outcome.reasons == Reason.MAX_DIGITS
    with secret.exposed() as digits:
        assert bytes(digits) == b"4711"


def test_type_ahead_is_discarded_when_the_step_begins_and_when_it_ends(rig: Rig) -> None:
    ours, far = rig.pair()
    rig.press(far, "99")
    ours.arm_secret()
    rig.press(far, "12")
    ours.disarm_secret()
    rig.run(40)
    collect = ours.collect(Until(max_s=0.1))
    rig.run(20)
    assert collect.outcome is not None
    assert collect.outcome.digits == ""


def test_a_key_pressed_once_too_often_is_neither_heard_nor_collected(rig: Rig) -> None:
    ours, far = rig.pair()
    ear = Ear(ours)
    digits: list[DigitEvent] = []
    ours.on_digit(digits.append)
    ours.arm_secret()
    rig.press(far, "47")
    far.tones(KEY)
    rig.run(3)
    ours.disarm_secret()
    rig.run()
    collect = ours.collect(Until(max_s=2))
    rig.until(lambda: collect.outcome)
    assert collect.outcome is not None
    assert collect.outcome.digits == ""
    assert ear.speech == b""
    assert digits == []


def test_a_key_held_down_stays_masked_for_as_long_as_it_is_held(rig: Rig) -> None:
    ours, far = rig.pair()
    ear = Ear(ours)
    masks: list[tuple[bool, int]] = []
    ours.on_mask(lambda *mask: masks.append(mask))
    ours.arm_secret()
    rig.run(10)
    held = far.tones(dtmf_segments("7", on_ms=5000))
    rig.run(20)
    ours.disarm_secret()
    rig.until(lambda: held.outcome)
    rig.run(60)
    assert ear.speech == b""
    assert masks[-1][0] is False
    assert masks[-1][1] / 8000 > 5.1
    far.play([noise(800)])
    rig.run(15)
    assert ear.speech == noise(800)


def test_a_key_held_down_on_a_bad_line_stays_masked(rig: Rig) -> None:
    """Holes longer than the detector bridges part the tone in two; the second would be heard."""
    ours, far = rig.pair()
    ear = Ear(ours)
    digits: list[DigitEvent] = []
    ours.on_digit(digits.append)
    ours.arm_secret()
    collect = ours.collect(Until(max_digits=1, max_s=5), secret=SecretBuffer())
    held = far.tones(dtmf_segments("7777777777", on_ms=330, off_ms=60))
    rig.until(lambda: collect.outcome)
    ours.disarm_secret()
    rig.until(lambda: held.outcome)
    rig.run(60)
    assert ear.speech == b""
    assert digits == []


@pytest.mark.parametrize("off_ms", [30, 60, 120, 180])
def test_keys_pressed_in_haste_after_the_step_are_masked_to_the_last(
    rig: Rig, off_ms: float
) -> None:
    ours, far = rig.pair()
    ear = Ear(ours)
    digits: list[DigitEvent] = []
    ours.on_digit(digits.append)
    ours.arm_secret()
    collect = ours.collect(Until(max_digits=2, max_s=5), secret=SecretBuffer())
    pressed = far.tones(dtmf_segments("4711235813", on_ms=60, off_ms=off_ms))
    rig.until(lambda: collect.outcome)
    ours.disarm_secret()
    rig.until(lambda: pressed.outcome)
    rig.run(60)
    assert ear.speech == b""
    assert digits == []
    far.play([noise(800)])
    rig.run(15)
    assert ear.speech == noise(800)


def test_masking_ends_200_ms_after_the_step_when_nothing_sounds(rig: Rig) -> None:
    ours, _ = rig.pair()
    masks: list[tuple[bool, int]] = []
    ours.on_mask(lambda *mask: masks.append(mask))
    ours.arm_secret()
    rig.run(10)
    disarmed_at = rig.sample
    ours.disarm_secret()
    rig.run(30)
    assert masks[-1] == (False, disarmed_at + 1600)


@pytest.mark.sound_only
def test_a_step_armed_again_in_its_tail_stays_masked(rig: Rig) -> None:
    ours, far = rig.pair()
    ear = Ear(ours)
    far.tones([ToneSegment(5.0, 440)])
    ours.arm_secret()
    rig.run(10)
    ours.disarm_secret()
    rig.run(10)
    ours.arm_secret()
    rig.run(100)
    assert ear.speech == b""
    ours.disarm_secret()
    rig.run(60)
    assert ear.speech != b""


def test_the_state_of_a_masked_lane_tells_nothing_of_its_sound(rig: Rig) -> None:
    ours, far = rig.pair()
    ours.arm_secret()
    rig.run(5)
    far.tones(dtmf_segments("5", on_ms=1000))
    rig.run(40)
    state = ours.query()
    assert state.masked
    assert state.digits_waiting == 0
    assert state.level_dbm0 < -60
    assert state.loud_s == state.quiet_s == 0


def test_a_secret_is_collected_in_an_armed_step_and_nothing_else_is(rig: Rig) -> None:
    ours, _ = rig.pair()
    with pytest.raises(CardError, match="arm the secret step before"):
        ours.collect(Until(max_s=1), secret=SecretBuffer())
    ours.arm_secret()
    with pytest.raises(CardError, match="collect into a SecretBuffer"):
        ours.collect(Until(max_s=1))


@pytest.mark.sound_only
def test_a_recording_begun_in_the_step_is_masked_too(rig: Rig, tmp_path: Path) -> None:
    ours, far = rig.pair()
    ours.arm_secret()
    rig.run(3)
    recording = ours.record(tmp_path / "call.wav")
    rig.press(far, "123")
    recording.stop()
    rig.run(15)
    assert set((tmp_path / "call.wav").read_bytes()[58::2]) == {IDLE}


@pytest.mark.sound_only
def test_the_sent_leg_is_recorded_during_the_step(rig: Rig, tmp_path: Path) -> None:
    ours, _ = rig.pair()
    recording = ours.record(tmp_path / "call.wav")
    ours.arm_secret()
    ours.play([noise(1600)])
    rig.run(30)
    recording.stop()
    rig.run(15)
    assert noise(1600) in (tmp_path / "call.wav").read_bytes()[59::2]


@pytest.mark.sound_only
def test_the_detector_hears_what_everybody_else_does_not(rig: Rig) -> None:
    """Masking comes after detection; a check that the rig's tones are really on the line."""
    ours, far = rig.pair()
    ear = Ear(ours)
    rig.press(far, "5")
    assert np.abs(dsp.alaw_decode(ear.octets).astype(int)).max() > 5000


# --- a step armed by the collect before it


def asked_first(rig: Rig, until: Until) -> tuple[Lane, Lane, Operation]:
    """A lane that collects an account, with a secret to follow, and the far end."""
    ours, far = rig.pair()
    collect = ours.collect(until, then_arm=True)
    rig.run(5)
    return ours, far, collect


ACCOUNT = Until(max_digits=8, digits="#", first_digit_s=5, inter_digit_s=2)


@pytest.mark.sound_only
def test_a_pin_keyed_while_the_loop_is_late_is_recorded_nowhere(rig: Rig, tmp_path: Path) -> None:
    """Nobody looks at the engine for two seconds: not a sample of the PIN gets out."""
    ours, far = rig.pair(1)
    agent, far_agent = rig.pair(2)
    supervisor, telephone = rig.pair(3)
    agent.listen(ours)
    supervisor.monitor(ours)
    tap, late, bridged, monitored = (
        Ear(ours),
        Ear(agent, look_back=True),
        Ear(far_agent),
        Ear(telephone),
    )
    digits: list[DigitEvent] = []
    masks: list[tuple[bool, int]] = []
    ours.on_digit(digits.append)
    ours.on_mask(lambda *mask: masks.append(mask))
    recording = ours.record(tmp_path / "call.wav")
    collect = ours.collect(ACCOUNT, then_arm=True)
    rig.run(2)
    far.tones(dtmf_segments("12#4711", on_ms=60, off_ms=60))
    for _ in range(200):  # the loop stands still: nobody polls our engine
        rig.tick += 1
        rig.ours.core.tick(rig.tick)
        rig.town.step(rig.tick)
    rig.ours.poll()
    assert collect.outcome is not None
    assert collect.outcome.armed
    assert collect.outcome.digits == "12#"
    armed_at = masks[0][1]
    assert masks == [(True, armed_at)]
    assert armed_at == collect.outcome.end
    assert [event.digit for event in digits] == ["1", "2", "#"]
    secret = SecretBuffer()
    pin = ours.collect(Until(max_digits=4), secret=secret)
    rig.run(2)
    assert pin.outcome is not None
    with secret.exposed() as view:
        assert bytes(view) == b"4711"
    recording.stop()
    rig.run(12)
    sound, _ = soundfile.read(tmp_path / "call.wav", dtype="int16")
    assert np.abs(sound[armed_at - 800 :, 0]).max() <= 8
    assert np.abs(sound[: armed_at - 800, 0]).max() > 5000
    for ear in (tap, bridged, monitored):
        assert set(ear.octets[armed_at + 160 - (ear.first or 0) :]) == {IDLE}
    assert late.speech == b""


@pytest.mark.sound_only
def test_a_tone_that_had_begun_when_the_collect_ran_out_of_time_is_masked(
    rig: Rig, tmp_path: Path
) -> None:
    """The first key of a PIN that nobody had recognised yet as the pause between digits ended."""
    for early in range(1, 4):  # ticks of the tone that are heard by then
        ours, far = rig.pair(early)
        recording = ours.record(tmp_path / f"{early}.wav")
        resource = rig.ours.open_resource(f"recorder {early}")
        resource.listen(ours)
        second = resource.record(tmp_path / f"{early}r.wav")
        collect = ours.collect(Until(max_digits=8, inter_digit_s=0.5), then_arm=True)
        key = far.tones(dtmf_segments("1", on_ms=100, off_ms=0))
        rig.until(lambda key=key: key.outcome)  # type: ignore[misc]
        rig.run(51 - early)
        far.tones(KEY)
        rig.until(lambda collect=collect: collect.outcome)  # type: ignore[misc]
        rig.run(30)
        assert collect.outcome is not None
        recording.stop()
        second.stop()
        rig.run(12)
        assert collect.outcome.reasons == Reason.INTER_DIGIT
        assert (collect.outcome.digits, collect.outcome.armed) == ("1", True)
        for name in (f"{early}.wav", f"{early}r.wav"):
            sound, _ = soundfile.read(tmp_path / name, dtype="int16")
            assert np.abs(sound[1600:, 0]).max() <= 8, name
        resource.close()


def test_a_collect_that_takes_nothing_arms_nothing(rig: Rig) -> None:
    ours, far, collect = asked_first(rig, Until(max_digits=8, first_digit_s=0.3))
    rig.run(40)
    assert collect.outcome is not None
    assert collect.outcome.reasons == Reason.FIRST_DIGIT
    assert not collect.outcome.armed
    assert not ours.secret_armed
    assert not ours.query().masked
    rig.press(far, "5")
    assert ours.query().digits_waiting == 1


def test_what_was_typed_ahead_of_the_step_is_no_part_of_the_secret(rig: Rig) -> None:
    """It was heard, and is discarded as it always was."""
    ours, far = rig.pair()
    rig.press(far, "12#99")
    collect = ours.collect(ACCOUNT, then_arm=True)
    rig.run(3)
    assert collect.outcome is not None
    assert (collect.outcome.digits, collect.outcome.armed) == ("12#", True)
    secret = SecretBuffer()
    ours.collect(Until(max_s=0.1), secret=secret)
    rig.run(15)
    assert len(secret) == 0


def test_a_collect_that_is_stopped_arms_if_digits_were_taken_and_a_hang_up_does_not(
    rig: Rig,
) -> None:
    ours, far, collect = asked_first(rig, ACCOUNT)
    rig.press(far, "12")
    collect.stop()
    rig.run(2)
    assert collect.outcome is not None
    assert collect.outcome.armed
    ours.disarm_secret()
    rig.run(40)
    again = ours.collect(ACCOUNT, then_arm=True)
    rig.press(far, "12")
    ours.close()
    rig.run(2)
    assert again.outcome is not None
    assert again.outcome.reasons == Reason.HANG_UP
    assert not again.outcome.armed
