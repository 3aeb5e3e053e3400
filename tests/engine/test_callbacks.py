"""Whom a lane tells what, and what it still tells when it was closed."""

from telcard.engine.callbacks import Callbacks
from telcard.engine.hearing import ToneEvent
from telcard.engine.outcome import DigitEvent
from tests.support.line import Rig

CNG = ToneEvent("fax", "cng", "begins", 8000)


def told_of_everything(tells: Callbacks) -> list[object]:
    """A list that every callback appends to."""
    told: list[object] = []
    tells.digit = tells.digit_end = told.append
    tells.heard = {"fax": told.append}
    tells.mask = tells.tap = lambda *facts: told.append(facts)
    tells.stuck = lambda: told.append("stuck")
    return told


def tell(tells: Callbacks) -> None:
    tells.digit_accepted("5", 80, -10.0, -9.0)
    tells.digit_ended("5", 80, 400)
    tells.tone_heard(CNG)
    tells.operation_stuck()
    tells.mask_changed(True, 160)
    tells.tapped(b"\xd5" * 80, 240)


def test_each_callback_hears_of_its_own() -> None:
    tells = Callbacks()
    tell(tells)  # nobody listens
    told = told_of_everything(tells)
    tell(tells)
    tells.tone_heard(ToneEvent("r1", "KP", "begins", 8000))
    assert told == [
        DigitEvent("5", 80, 0, -10.0, -9.0),
        DigitEvent("5", 80, 400),
        CNG,
        "stuck",
        (True, 160),
        (b"\xd5" * 80, 240),
    ]


def test_a_closed_lane_tells_of_masking_and_what_was_tapped_alone() -> None:
    tells = Callbacks()
    told = told_of_everything(tells)
    tells.close()
    tell(tells)
    assert told == [(True, 160), (b"\xd5" * 80, 240)]


def test_a_digit_that_is_under_way_when_its_lane_closes_is_not_told(rig: Rig) -> None:
    ours, far = rig.pair()
    told: list[DigitEvent] = []
    ours.on_digit(told.append)
    rig.press(far, "12")
    assert [event.digit for event in told] == ["1", "2"]
    far.tones([])
    ours.close()
    rig.run()
    assert len(told) == 2
