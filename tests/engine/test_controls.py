"""A listener who pauses, skips and changes the volume by himself."""

import numpy as np
import pytest

from telcard._native import dsp
from telcard.engine import Controls, DigitEvent, Lane, Operation, Reason, SecretBuffer, Until
from telcard.engine.controls import NO_CONTROLS
from tests.support.line import Ear, Rig, noise

pytestmark = pytest.mark.both_fidelities

KEYS = Controls(
    pause="8", back="7", forward="9", louder="3", softer="6", normal="0", skip_s=1, step_db=6
)


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"pause": "x"}, "want digits for pause, got 'x'"),
        ({"back": "1", "forward": "21"}, "want one meaning a digit, got 1 for back and forward"),
        ({"skip_s": 0}, "want skip_s more than 0, at most 3600, got 0"),
        ({"step_db": 25}, "want step_db 0.1 to 24, got 25"),
    ],
)
def test_controls_that_make_no_sense_are_refused_in_a_sentence(
    wrong: dict[str, object], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        Controls(**wrong)  # type: ignore[arg-type]


def test_controls_know_their_digits() -> None:
    assert sorted(KEYS.digits) == sorted("879360")
    assert NO_CONTROLS.digits == ""


def playing(rig: Rig, sound: bytes, until: Until | None = None) -> tuple[Lane, Lane, Operation]:
    ours, far = rig.pair()
    play = ours.play([sound], until, controls=KEYS)
    rig.run(20)
    return ours, far, play


def test_one_digit_pauses_and_lets_go_on(rig: Rig) -> None:
    sound = noise(24_000)
    ours, far, play = playing(rig, sound)
    ear = Ear(far)
    rig.press(far, "8")
    state = ours.query()
    assert state.paused
    assert state.doing == "play"
    rig.run(100)
    assert ours.query().position == state.position
    rig.press(far, "8")
    rig.until(lambda: play.outcome)
    rig.run(2)
    assert play.outcome is not None
    assert play.outcome.reasons == Reason.END_OF_DATA
    assert ear.speech.endswith(sound[state.position :])


def test_digits_skip_back_and_forward_and_stop_at_both_ends(rig: Rig) -> None:
    ours, far, play = playing(rig, noise(40_000))
    rig.press(far, "7")
    assert ours.query().position < 4000  # from its beginning again
    rig.press(far, "9")
    assert 8000 < ours.query().position < 16_000
    rig.press(far, "999999")
    assert play.outcome is not None
    assert play.outcome.reasons == Reason.END_OF_DATA
    assert play.outcome.position == 40_000


@pytest.mark.sound_only
def test_digits_change_the_volume_of_this_play_and_the_next(rig: Rig) -> None:
    ours, far, play = playing(rig, noise(40_000))
    rig.press(far, "3")
    assert ours.query().volume_db == 6
    rig.press(far, "66")
    assert ours.query().volume_db == -6
    play.stop()
    rig.run(2)
    tone = dsp.alaw_encode(np.full(800, 8000, np.int16)).tobytes()
    ear = Ear(far)
    again = ours.play([tone], controls=KEYS)
    rig.until(lambda: again.outcome)
    rig.run(2)
    heard = dsp.alaw_decode(ear.speech)
    assert set(np.round(20 * np.log10(heard / dsp.alaw_decode(tone)[0]))) == {-6.0}
    rig.press(far, "0")  # nothing plays: a digit like any other
    assert ours.query().digits_waiting == 1
    assert ours.query().volume_db == -6


def test_a_control_is_reported_but_ends_nothing_and_does_not_wait(rig: Rig) -> None:
    ours, far = rig.pair()
    told: list[DigitEvent] = []
    ours.on_digit(told.append)
    play = ours.play([noise(80_000)], Until(max_digits=1, digits="36"), controls=KEYS)
    rig.run(5)
    rig.press(far, "36")
    assert play.outcome is None
    assert ours.query().digits_waiting == 0
    rig.press(far, "5")
    assert play.outcome is not None
    assert play.outcome.reasons == Reason.MAX_DIGITS
    assert [event.digit for event in told] == ["3", "6", "5"]
    assert ours.query().digits_waiting == 1


def test_in_a_secret_step_every_digit_belongs_to_the_secret(rig: Rig) -> None:
    ours, far = rig.pair()
    ours.arm_secret()
    play = ours.play([noise(80_000)], Until(max_digits=1), controls=KEYS)
    rig.run(5)
    rig.press(far, "8")
    assert play.outcome is not None
    assert play.outcome.reasons == Reason.MAX_DIGITS
    secret = SecretBuffer()
    ours.collect(Until(max_digits=1), secret=secret)
    rig.run(2)
    with secret.exposed() as digits:
        assert bytes(digits) == b"8"
