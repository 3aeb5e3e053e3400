"""User's tones and voices on lanes that share detectors; what counts as one: see tests/dsp."""

import sys

import numpy as np
import pytest

from telcard._native import dsp
from telcard.dsp.steady import SteadyProfile
from telcard.dsp.templates import ToneTemplate
from telcard.dsp.vad import VoiceProfile
from telcard.engine import Lane, Reason, ToneEvent, ToneSegment, Until
from telcard.errors import CardError, NoResource
from tests.support.line import IDLE, Ear, Rig, noise

BUSY = ToneTemplate.cadenced("busy", (480, 620), 15, on_ms=200, off_ms=200, deviation_ms=40)
DIAL = ToneTemplate.standing("dial", (425,), 15, least_ms=200)
BEEP = ToneTemplate.standing("beep", (1000,), 15, least_ms=100)

SENT_BUSY = [ToneSegment(0.2, 480, 620), ToneSegment(0.2)]


def heard_tones(lane: Lane, *templates: ToneTemplate, **options: object) -> list[ToneEvent]:
    events: list[ToneEvent] = []
    lane.detect("tones", events.append, templates=templates, **options)
    return events


def heard_voices(lane: Lane, **options: object) -> list[ToneEvent]:
    events: list[ToneEvent] = []
    lane.detect("voice", events.append, **options)
    return events


def talk(seconds: float, seed: int = 7) -> bytes:
    """Harmonics of a gliding pitch under formants that move, as A-law."""
    t = np.arange(int(8000 * seconds)) / 8000
    phase = 2 * np.pi * np.cumsum(130 * (1 + 0.1 * np.sin(5 * t))) / 8000
    shape = np.random.default_rng(seed).uniform(0.2, 1, 24)
    sound = sum(
        shape[k - 1] * np.sin(k * phase) * (1 + np.sin(2 * np.pi * (2 + k % 3) * t + k))
        for k in range(1, 25)
    )
    pcm = (3000 * sound / np.abs(sound).max()).astype(np.int16)
    return dsp.alaw_encode(pcm).tobytes()


def names(events: list[ToneEvent]) -> list[tuple[str, str]]:
    return [(event.name, event.phase) for event in events]


# --- tones


def test_a_lane_hears_the_tones_that_its_user_defines_and_no_others(rig: Rig) -> None:
    ours, far = rig.pair()
    events = heard_tones(ours, BUSY, DIAL)
    rig.run(3)
    start = rig.town.sample
    sent = far.tones(SENT_BUSY, repeats=4)
    rig.until(lambda: sent.outcome)
    rig.run(60)
    assert names(events) == [("busy", "begins"), ("busy", "ends")]
    assert abs(events[0].sample - start - 80) <= 40  # a tick on its way
    assert abs(events[1].frames - 7 * 1600) <= 80
    assert events[0].level_dbm0 == pytest.approx(SENT_BUSY[0].level1_dbm0, abs=1)
    assert {event.hearing for event in events} == {"tones"}
    far.tones([ToneSegment(0.5, 1000)])
    rig.run(70)
    far.tones([ToneSegment(0.5, 425)])
    rig.run(70)
    assert names(events[2:]) == [("dial", "begins"), ("dial", "ends")]


def test_lanes_that_want_the_same_share_a_detector_and_others_do_not(rig: Rig) -> None:
    pairs = [rig.pair(timeslot) for timeslot in range(1, 20)]
    events = [heard_tones(ours, DIAL) for ours, _ in pairs]
    other = rig.ours.open_resource("listener", detect=False)
    other.listen(pairs[0][0])
    beeps = heard_tones(other, BEEP)
    assert repr(rig.ours.shared) == "<Shared of ours: 3 groups, 20 places>"
    rig.run(2)
    for _, far in pairs[::2]:
        far.tones([ToneSegment(0.4, 425)])
    pairs[1][1].tones([ToneSegment(0.4, 1000)])
    other.listen(pairs[1][0])
    rig.run(70)
    for index, told in enumerate(events):
        assert names(told) == ([("dial", "begins"), ("dial", "ends")] if index % 2 == 0 else [])
    assert names(beeps) == [("beep", "begins"), ("beep", "ends")]
    assert len({(told[0].sample, told[1].frames) for told in events[::2]}) == 1
    other.close()
    rig.run(2)


def test_neither_the_place_nor_the_tick_of_the_others_makes_a_difference(rig: Rig) -> None:
    def told(wait: int, before: int) -> list[tuple[int, int]]:
        """Of one tone, heard by a lane that came `wait` ticks after `before` others."""
        others = [rig.pair(timeslot) for timeslot in range(2, 2 + before)]
        for ours, _ in others:
            heard_tones(ours, DIAL)
        rig.run(wait + (rig.tick % 2))
        ours, far = rig.pair(1)
        events = heard_tones(ours, DIAL)
        rig.run(4 + (rig.tick % 2))
        first = rig.town.sample
        far.tones([ToneSegment(0.033), ToneSegment(0.4, 425)])
        rig.run(80)
        for lane in [ours, far, *(lane for pair in others for lane in pair)]:
            lane.close()
        rig.run(2)
        return [(event.sample - first, event.frames) for event in events]

    alone = told(0, 0)
    assert len(alone) == 2
    for wait, before in ((1, 1), (2, 3), (3, 15), (0, 16), (5, 17)):
        assert told(wait, before) == alone, (wait, before)


def test_the_profile_says_what_counts_as_a_tone(rig: Rig) -> None:
    pairs = [rig.pair(1), rig.pair(2)]
    keen = heard_tones(pairs[0][0], DIAL)
    hard_of_hearing = heard_tones(pairs[1][0], DIAL, profile=SteadyProfile(floor_dbm0=-30))
    for _, far in pairs:
        far.tones([ToneSegment(0.4, 425, level1_dbm0=-38)])
    rig.run(80)
    assert names(keen) == [("dial", "begins"), ("dial", "ends")]
    assert hard_of_hearing == []


def test_other_templates_take_the_place_of_those_before(rig: Rig) -> None:
    ours, far = rig.pair()
    before = heard_tones(ours, BEEP, DIAL)
    tone = far.tones([ToneSegment(0.1, 1000)], repeats=0)
    rig.run(30)
    after = heard_tones(ours, DIAL, BUSY)
    rig.run(4)
    tone.stop()
    rig.run(20)
    far.tones([ToneSegment(0.4, 425)])
    rig.run(60)
    assert names(before) == [("beep", "begins")]  # its end is nobody's, and no other tone's
    assert names(after) == [("dial", "begins"), ("dial", "ends")]


def test_nothing_is_told_of_a_secret_step_or_after_the_end_of_detecting(rig: Rig) -> None:
    ours, far = rig.pair()
    events = heard_tones(ours, DIAL)
    voices = heard_voices(ours)
    rig.run(2)
    ours.arm_secret()
    far.tones([ToneSegment(0.5, 425)])
    rig.run(60)
    far.play([talk(0.5)])
    rig.run(60)
    ours.disarm_secret()
    rig.run(50)
    assert events == []
    assert voices == []
    far.tones([ToneSegment(0.5, 425)])
    rig.run(75)
    assert names(events) == [("dial", "begins"), ("dial", "ends")]
    ours.detect("tones", None)
    ours.detect("tones", None)  # harmless
    far.tones([ToneSegment(0.5, 425)])
    rig.run(75)
    assert len(events) == 2


def test_groups_that_nobody_is_in_serve_others_and_their_memory_is_given_back(rig: Rig) -> None:
    ours, _ = rig.pair()
    detectors = []
    for hz in range(300, 700, 10):
        template = ToneTemplate.standing(f"{hz} Hz", (hz,))
        heard_tones(ours, template)
        groups = rig.ours.shared._groups
        detectors += [group.detector for group in groups if group.detector not in detectors]
        rig.run()
    assert len(detectors) == 40
    assert len(groups) == 2
    unheld = 3  # the list, the loop and the count itself
    assert sum(sys.getrefcount(detector) > unheld for detector in detectors) <= 3


def test_too_many_different_things_are_refused(rig: Rig) -> None:
    lanes = [rig.ours.open_resource(f"r{i}", detect=False) for i in range(31)]
    assert rig.ours.core.shared_groups() == 2 * 2 + 32
    for index, lane in enumerate(lanes):
        heard_tones(lane, ToneTemplate.standing(str(index), (400 + index,)))
    for index, lane in enumerate(lanes[:5]):
        heard_voices(lane, profile=VoiceProfile(hangover_s=1 + index))
    with pytest.raises(NoResource, match="ours: no place for other tones or voices, all 36 groups"):
        heard_voices(lanes[5], profile=VoiceProfile(hangover_s=9))
    for lane in lanes:
        lane.close()
    rig.run(2)
    assert rig.ours.shared._places == {}


# --- voices


def test_a_lane_hears_that_somebody_talks(rig: Rig) -> None:
    ours, far = rig.pair()
    events = heard_voices(ours)
    rig.run(50)
    start = rig.town.sample
    far.play([talk(1.0)])
    rig.run(160)
    assert names(events) == [("speech", "begins"), ("speech", "ends")]
    assert abs(events[0].sample - start - 80) <= 400
    assert abs(events[1].frames - 8000) <= 800


def test_what_is_said_ends_a_play_and_the_reason_says_so(rig: Rig) -> None:
    ours, far = rig.pair()
    ear = Ear(far)
    play = ours.play([noise(80_000)], Until(speech=True, max_digits=1))
    rig.run(60)
    assert play.outcome is None
    spoken = rig.town.sample
    far.play([talk(1.0)])
    rig.until(lambda: play.outcome)
    assert play.outcome.reasons == Reason.SPEECH
    assert 80 <= play.outcome.end - spoken <= 2000
    rig.run(3)
    assert bytes(ear.octets[-80:]) == bytes([IDLE]) * 80
    rig.run(120)
    assert not rig.ours.shared.hears(ours, "voice")  # nobody waits for it any more


def test_somebody_who_talks_already_ends_a_play_at_once(rig: Rig) -> None:
    ours, far = rig.pair()
    heard_voices(ours)
    far.play([talk(2.0)])
    rig.run(80)
    play = ours.play([noise(8000)], Until(speech=True))
    rig.run(2)
    assert play.outcome is not None
    assert play.outcome.reasons == Reason.SPEECH
    assert rig.ours.shared.hears(ours, "voice")  # the callback still wants it


def test_who_stops_listening_for_speech_does_not_stop_a_play_from_being_interrupted(
    rig: Rig,
) -> None:
    ours, far = rig.pair()
    events = heard_voices(ours)
    play = ours.play([noise(80_000)], Until(speech=True))
    ours.detect("voice", None)
    rig.run(30)
    far.play([talk(1.0)])
    rig.until(lambda: play.outcome, 100)
    assert play.outcome.reasons == Reason.SPEECH
    assert events == []
    assert not rig.ours.shared.hears(ours, "voice")


def test_a_tone_ends_a_play_where_tones_are_detected(rig: Rig) -> None:
    ours, far = rig.pair()
    with pytest.raises(CardError, match="cannot end by a tone, it detects none"):
        ours.play([noise(8000)], Until(tone=True))
    heard_tones(ours, DIAL)
    play = ours.play([noise(80_000)], Until(tone=True))
    rig.run(10)
    far.tones([ToneSegment(0.5, 425)])
    rig.until(lambda: play.outcome, 60)
    assert play.outcome.reasons == Reason.TONE


# --- what is refused


@pytest.mark.parametrize(
    ("hearing", "options", "complaint"),
    [
        ("tones", {}, "templates: want 1 to 32, got 0"),
        (
            "tones",
            {"templates": [DIAL, DIAL]},
            "want names of their own, got dial, dial",
        ),
        ("fax", {"templates": [DIAL]}, "templates: want none to hear 'fax', got 1"),
        ("voice", {"templates": [DIAL]}, "templates: want none to hear 'voice', got 1"),
        ("voice", {"profile": SteadyProfile()}, "profile: want a VoiceProfile to hear 'voice'"),
        (
            "tones",
            {"templates": [DIAL], "profile": VoiceProfile()},
            "profile: want a SteadyProfile to hear 'tones'",
        ),
        ("fax", {"profile": SteadyProfile()}, "profile: want none to hear 'fax'"),
    ],
)
def test_what_goes_with_another_detector_is_refused(
    rig: Rig, hearing: str, options: dict[str, object], complaint: str
) -> None:
    ours, _ = rig.pair()
    with pytest.raises(ValueError, match=complaint):
        ours.detect(hearing, print, **options)


def test_without_sound_there_are_neither_tones_nor_voices() -> None:
    rig = Rig(fidelity="events")
    ours, _ = rig.pair()
    for act in (
        lambda: ours.detect("voice", print),
        lambda: ours.detect("tones", print, templates=[DIAL]),
        lambda: ours.play([noise(800)], Until(speech=True)),
    ):
        with pytest.raises(CardError, match="cannot detect tones or voices, it carries events"):
            act()
    ours.detect("voice", None)
    rig.close()
