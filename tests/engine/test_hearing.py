"""Detectors beside DTMF, on lanes; what they accept is tested in tests/dsp."""

import pytest

from telcard.dsp.fax_tones import fax_tone_segments
from telcard.dsp.mf import mf_segment, mf_segments
from telcard.engine import HEARINGS, Lane, ToneEvent, ToneSegment
from telcard.engine.shared import KINDS
from telcard.errors import CardError
from tests.support.line import Rig

OF_EVERY_LANE = [hearing for hearing in HEARINGS if hearing not in KINDS]


def heard_by(lane: Lane, *hearings: str) -> list[ToneEvent]:
    events: list[ToneEvent] = []
    for hearing in hearings:
        lane.detect(hearing, events.append)
    return events


@pytest.mark.parametrize(
    ("hearing", "segments", "names"),
    [
        ("r1", mf_segments(["KP", "5", "0", "ST"]), ["KP", "5", "0", "ST"]),
        ("r2_forward", mf_segments([1, 15], "r2_forward"), ["1", "15"]),
        ("r2_backward", mf_segments([6, 3], "r2_backward"), ["6", "3"]),
        ("signalling", mf_segments(["2400+2600", "2280"], "signalling"), ["2400+2600", "2280"]),
        ("fax", fax_tone_segments("cng"), ["cng"]),
        ("fax", fax_tone_segments("ansam", seconds=0.4), ["ansam"]),
    ],
)
def test_a_lane_hears_what_the_other_end_sends(
    rig: Rig, hearing: str, segments: list[ToneSegment], names: list[str]
) -> None:
    ours, far = rig.pair()
    events = heard_by(ours, hearing)
    rig.run(3)
    sent = far.tones(segments)
    start = rig.town.sample
    rig.run(110)
    assert [(event.name, event.phase) for event in events] == [
        (name, phase) for name in names for phase in ("begins", "ends")
    ]
    assert {event.hearing for event in events} == {hearing}
    assert -8 <= events[0].sample - start - 80 <= 48  # a tick on its way
    assert abs(events[1].frames - segments[0].samples) <= 100
    assert events[0].level_dbm0 == pytest.approx(segments[0].level1_dbm0, abs=1)
    assert events[1].level_dbm0 is None
    assert events[0].frames == 0
    sent.stop()
    rig.run(2)


def test_all_detectors_run_side_by_side_and_beside_dtmf(rig: Rig) -> None:
    ours, far = rig.pair()
    events = heard_by(ours, *OF_EVERY_LANE)
    digits: list[str] = []
    ours.on_digit(lambda event: digits.append(event.digit))
    row = [
        *mf_segments(["7"], "r2_forward"),
        *mf_segments(["2600"], "signalling"),
        ToneSegment(0.1, 697, 1209),
        ToneSegment(0.1),
        *mf_segments(["KP"], "r1"),
        *fax_tone_segments("v21_preamble", seconds=0.4),
    ]
    far.tones(row)
    rig.run(160)
    assert digits == ["1"]
    assert [(e.hearing, e.name) for e in events if e.phase == "ends"] == [
        ("r2_forward", "7"), ("signalling", "2600"), ("r1", "KP"), ("fax", "v21_preamble"),
    ]  # fmt: skip


def test_a_signal_is_told_two_ticks_after_its_first_sample(rig: Rig) -> None:
    """R2 operates about 15 ms after the first sample has come; the tick rounds that up."""
    ours, far = rig.pair()
    told: list[int] = []
    ours.detect("r2_forward", lambda event: told.append(rig.ours.sample - event.sample))
    rig.run()
    tone = far.tones([mf_segment(9, "r2_forward", 0.05)], repeats=0)
    rig.run(12)
    tone.stop()
    rig.run(12)
    assert len(told) == 2
    assert abs(told[0] - 160) <= 8


def test_reversals_and_the_tone_disabler_are_told(rig: Rig) -> None:
    ours, far = rig.pair()
    events = heard_by(ours, "fax")
    far.tones(fax_tone_segments("ans", seconds=0.7, reversals=True))
    rig.run(130)
    assert [(event.name, event.phase) for event in events] == [
        ("ans", "begins"), ("ans", "reverses"), ("ans", "disables"), ("ans", "ends"),
        ("", "releases"),
    ]  # fmt: skip


def test_what_sounds_in_a_secret_step_is_never_told(rig: Rig) -> None:
    ours, far = rig.pair()
    events = heard_by(ours, *OF_EVERY_LANE)
    rig.run(2)
    ours.arm_secret()
    far.tones(mf_segments([1, 2, 3], "r2_forward", on_ms=100, off_ms=60))
    rig.run(50)
    assert events == []
    tone = far.tones([mf_segment(4, "r2_forward")], repeats=0)
    rig.run(30)
    ours.disarm_secret()
    rig.run(60)
    tone.stop()
    rig.run(10)
    masked_until = [event for event in events if event.phase == "begins"]
    assert [event.name for event in masked_until] in ([], ["4"])  # from where the mask ended on
    far.tones(mf_segments([5], "r2_forward"))
    rig.run(30)
    assert [event.name for event in events if event.phase == "ends"][-1] == "5"


def test_a_detector_is_switched_off_and_begins_anew(rig: Rig) -> None:
    ours, far = rig.pair()
    events = heard_by(ours, "r2_forward")
    tone = far.tones([mf_segment(2, "r2_forward")], repeats=0)
    rig.run(10)
    ours.detect("r2_forward", None)
    rig.run(10)
    tone.stop()
    rig.run(10)
    assert [event.phase for event in events] == ["begins"]
    events = heard_by(ours, "r2_forward")
    far.tones(mf_segments([3], "r2_forward"))
    rig.run(20)
    assert [(event.name, event.phase) for event in events] == [("3", "begins"), ("3", "ends")]


def test_a_resource_hears_what_it_listens_to(rig: Rig) -> None:
    ours, far = rig.pair()
    fax = rig.ours.open_resource("fax channel", detect=False)
    fax.listen(ours)
    events = heard_by(fax, "fax")
    far.tones(fax_tone_segments("cng"))
    rig.run(70)
    assert [(event.name, event.phase) for event in events] == [("cng", "begins"), ("cng", "ends")]
    fax.close()
    rig.run(2)


def test_a_lane_that_was_closed_leaves_nothing_switched_on(rig: Rig) -> None:
    ours, far = rig.pair()
    events = heard_by(ours, "r2_forward")
    ours.close()
    rig.run(3)
    again = rig.ours.open_lane(rig.span, ours.timeslot)
    assert again.index == ours.index
    far.tones(mf_segments([3], "r2_forward"))
    rig.run(20)
    assert events == []


@pytest.mark.parametrize("hearing", ["r3", ""])
def test_an_unknown_detector_is_refused(rig: Rig, hearing: str) -> None:
    ours, _ = rig.pair()
    with pytest.raises(ValueError, match=r"hearing: want one of r1, .*, fax, tones, voice, got"):
        ours.detect(hearing, print)


def test_without_sound_only_registers_are_heard() -> None:
    rig = Rig(fidelity="events")
    ours, _ = rig.pair()
    with pytest.raises(CardError, match="cannot detect tones, it carries events and no sound"):
        ours.detect("fax", print)
    rig.close()
