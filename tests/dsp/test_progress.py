"""The rules of call progress, row by row, without a sound."""

import pytest

from telcard.dsp.cadence import ToneMatch
from telcard.dsp.fax_tones import FaxToneEvent
from telcard.dsp.music import MusicReading
from telcard.dsp.progress import (
    RULES,
    TIMERS,
    Phase,
    Progress,
    ProgressEvent,
    ProgressMachine,
    ProgressProfile,
)
from telcard.dsp.progress_inputs import (
    Answered,
    FaxTone,
    Input,
    PlanTone,
    PureTone,
    RingBegan,
    SoundsLike,
    Special,
    SpeechBegan,
    SpeechEnded,
)
from telcard.dsp.sit import SpecialInformation
from telcard.dsp.steady import SteadyTone


def s(seconds: float) -> int:
    return round(seconds * 8000)


def plan(name: str, start: float, *, period_s: float = 5.0, confidence: float = 0.9) -> PlanTone:
    match = ToneMatch(
        name, confidence, s(start), s(start + 1), 1, (450.0,), (-10.0,), (1.0, 1.2), s(start)
    )
    return PlanTone(match, period_s)


def sine(start: float, length_s: float, hz: float = 1000.0, **further: object) -> SteadyTone:
    return SteadyTone(0, s(start), s(length_s), (hz,), (-12.0,), 0.99, **further)  # type: ignore[arg-type]


def follow(
    steps: list[tuple[float, Input]], until: float, profile: ProgressProfile | None = None
) -> list[ProgressEvent]:
    machine = ProgressMachine(profile)
    events = []
    for now, happened in steps:
        events += machine.take(happened, s(now))
    return events + machine.pass_to(s(until))


def kinds(events: list[ProgressEvent]) -> list[Progress]:
    return [event.kind for event in events]


SIGNALLED = ProgressProfile(answer_is_signalled=True)
RING = (2.3, plan("ringback", 0.0))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("dial", Progress.DIAL_TONE), ("special_dial", Progress.DIAL_TONE),
        ("busy_2", Progress.BUSY), ("congestion", Progress.CONGESTION),
        ("unobtainable", Progress.UNOBTAINABLE), ("call_waiting", Progress.OTHER_TONE),
    ],
)  # fmt: skip
def test_a_tone_is_told_once_by_its_meaning(name: str, kind: Progress) -> None:
    events = follow([(2.0, plan(name, 0.5)), (3.0, plan(name, 0.5))], 60)
    assert kinds(events) == [kind]
    assert (events[0].evidence.name, events[0].answered) == (name, False)


def test_rings_are_counted_until_nobody_answers() -> None:
    profile = ProgressProfile(no_answer_rings=4)
    steps: list[tuple[float, Input]] = []
    for at in (0.0, 5.0, 10.0, 15.0):
        steps += [(at + 0.1, RingBegan(s(at))), (at + 2.3, plan("ringback", at))]
    events = follow(steps, 17.4, profile)
    assert kinds(events) == [Progress.RINGBACK] * 4 + [Progress.NO_ANSWER]
    assert [event.evidence.count for event in events] == [1, 2, 3, 4, 4]
    late = follow([RING, (5.0, RingBegan(s(5.0)))], 40, ProgressProfile(True, no_answer_s=30))
    assert kinds(late) == [Progress.RINGBACK, Progress.NO_ANSWER]
    assert late[-1].at == s(30)


def test_nothing_at_all_is_told() -> None:
    events = follow([], 30, ProgressProfile(no_ringback_s=12))
    assert [(event.kind, event.at) for event in events] == [(Progress.NO_RINGBACK, s(12))]


def test_ringing_that_does_not_come_back_has_been_answered() -> None:
    events = follow([RING], 7)
    assert kinds(events) == [Progress.RINGBACK, Progress.CONNECTED]
    assert events[1].evidence.name == "cadence"
    assert s(5.5) < events[1].at < s(7)
    assert kinds(follow([RING, (5.1, RingBegan(s(5.0)))], 9)) == [Progress.RINGBACK]
    assert kinds(follow([RING], 60, SIGNALLED)) == [Progress.RINGBACK, Progress.NO_ANSWER]


def test_a_voice_after_ringing_answers_and_one_before_announces() -> None:
    spoken: list[tuple[float, Input]] = [(3.3, SpeechBegan(s(3.2)))]
    answered = follow([RING, *spoken], 4)
    assert kinds(answered) == [Progress.RINGBACK, Progress.CONNECTED]
    assert (answered[1].start, answered[1].evidence.name) == (s(3.2), "voice")
    assert kinds(follow(spoken, 6)) == [Progress.ANNOUNCEMENT]
    assert kinds(follow([RING, *spoken], 6, SIGNALLED)) == [
        Progress.RINGBACK,
        Progress.ANNOUNCEMENT,
    ]


def test_a_short_word_after_ringing_is_a_person_who_has_answered() -> None:
    steps: list[tuple[float, Input]] = [
        RING,
        (3.3, SpeechBegan(s(3.2))),
        (3.85, SpeechEnded(s(3.2), s(3.6))),
    ]
    assert kinds(follow(steps, 6)) == [Progress.RINGBACK, Progress.CONNECTED, Progress.PERSON]


@pytest.mark.parametrize(
    ("spoken", "kind"),
    [
        ([(0.5, 0.9)], Progress.PERSON),
        ([(0.5, 0.9), (1.3, 1.7)], Progress.PERSON),
        ([(0.5, 2.4)], Progress.MACHINE),
        ([(0.5, 6.0)], Progress.MACHINE),
        ([(0.5, 1.2), (1.6, 2.2), (2.5, 4.0)], Progress.MACHINE),
    ],
)
def test_a_person_waits_and_a_machine_talks_on(
    spoken: list[tuple[float, float]], kind: Progress
) -> None:
    steps: list[tuple[float, Input]] = [(0.0, Answered(0))]
    for begin, end in spoken:
        steps += [
            (begin + 0.1, SpeechBegan(s(begin))), (end + 0.25, SpeechEnded(s(begin), s(end))),
        ]  # fmt: skip
    events = follow(steps, 9)
    assert kinds(events) == [Progress.CONNECTED, kind]
    assert events[1].start == s(0.5)
    assert 0.5 <= events[1].confidence < 1


def test_the_longer_the_word_the_less_sure_is_the_person() -> None:
    def sure(length_s: float) -> float:
        end = 0.5 + length_s
        spoken: list[tuple[float, Input]] = [
            (0.0, Answered(0)), (0.6, SpeechBegan(s(0.5))),
            (end + 0.25, SpeechEnded(s(0.5), s(end))),
        ]  # fmt: skip
        return follow(spoken, 9)[1].confidence

    assert sure(0.4) > sure(1.0) > sure(1.5) > 0.5


def greeting(until: float) -> list[tuple[float, Input]]:
    return [
        (0.0, Answered(0)),
        (0.6, SpeechBegan(s(0.5))),
        (until + 0.25, SpeechEnded(s(0.5), s(until))),
    ]


def test_a_pure_tone_behind_a_greeting_is_a_beep() -> None:
    events = follow([*greeting(4.0), (5.2, PureTone(sine(4.5, 0.4)))], 9)
    assert kinds(events) == [Progress.CONNECTED, Progress.MACHINE, Progress.BEEP]
    assert events[2].start == s(4.5)
    assert events[2].evidence.hz == (1000.0,)
    short = follow([*greeting(1.0), (1.8, PureTone(sine(1.2, 0.3)))], 9)
    assert kinds(short) == [Progress.CONNECTED, Progress.MACHINE, Progress.BEEP]


@pytest.mark.parametrize(
    "tone",
    [
        PureTone(sine(4.5, 0.05)),
        PureTone(sine(4.5, 4.0)),
        PureTone(sine(4.5, 0.4, modulated=True)),
        PureTone(sine(20.0, 0.4)),
    ],
)
def test_other_tones_are_no_beep(tone: PureTone) -> None:
    assert Progress.BEEP not in kinds(follow([*greeting(4.0), (21.0, tone)], 22))


def test_a_tone_of_the_network_is_a_beep_only_behind_a_long_greeting() -> None:
    tone = PureTone(sine(4.5, 0.4, 425.0), planned=True)
    assert Progress.BEEP not in kinds(follow([*greeting(1.0), (5.0, tone)], 9))
    sure = follow([*greeting(4.0), (5.0, tone)], 9)[-1]
    assert (sure.kind, sure.confidence) == (Progress.BEEP, 0.75)
    before = follow([(5.0, tone)], 9)
    assert before == []


def fax(tone: str, start_s: float, length_s: float, hz: float, count: int = 1) -> FaxTone:
    end = s(start_s + length_s)
    heard = FaxToneEvent(tone, "begins", 0, s(start_s), s(length_s), -14, hz, 0, end)
    return FaxTone(heard, count)


def test_a_fax_that_calls_is_surer_when_it_repeats() -> None:
    cng = [(1.0 + 3.5 * i, fax("cng", 0.4 + 3.5 * i, 0.5, 1100.0, i + 1)) for i in (0, 1)]
    events = follow([(0.0, Answered(0)), *cng], 30)
    assert kinds(events) == [Progress.CONNECTED, Progress.FAX, Progress.FAX]
    assert 0.6 < events[1].confidence < events[2].confidence
    alone = follow([RING, (4.0, fax("ans", 3.0, 0.9, 2100.0))], 30)
    assert kinds(alone) == [Progress.RINGBACK, Progress.CONNECTED, Progress.FAX]


def test_behind_a_greeting_1100_hz_is_a_beep_until_it_comes_again() -> None:
    beep = PureTone(sine(4.4, 0.5, 1100.0))
    heard = [(5.0, fax("cng", 4.4, 0.5, 1100.0)), (5.3, beep)]
    assert kinds(follow([*greeting(4.0), *heard], 8))[-1] is Progress.BEEP
    assert kinds(follow([*greeting(0.5), *heard], 5.4))[-1] is Progress.FAX
    again = (8.5, fax("cng", 7.9, 0.5, 1100.0, 2))
    assert kinds(follow([*greeting(4.0), *heard, again], 9))[-1] is Progress.FAX


def readings(first_s: float, last_s: float, odds: float) -> list[tuple[float, Input]]:
    return [
        (at / 10, SoundsLike(MusicReading(s(at / 10), odds, 0.3, 0.9, -1)))
        for at in range(round(10 * first_s), round(10 * last_s) + 1)
    ]


def with_music(
    happenings: list[tuple[float, Input]], until_s: float, profile: ProgressProfile | None = None
) -> list[ProgressEvent]:
    machine = ProgressMachine(profile, music=True)
    events = []
    for at, happened in sorted(happenings, key=lambda one: one[0]):
        events += machine.take(happened, s(at))
    return events + machine.pass_to(s(until_s))


ANSWER: tuple[float, Input] = (0.0, Answered(0))


def test_music_is_neither_person_nor_machine_and_who_talks_after_it_is_heard() -> None:
    plays = [ANSWER, (1.0, SpeechBegan(s(1))), *readings(1.7, 2.5, -3), *readings(2.6, 8, 9)]
    events = with_music(plays, 8)
    assert kinds(events) == [Progress.CONNECTED, Progress.MUSIC]
    assert events[1].evidence.music is not None
    assert (events[1].start, events[1].answered) == (s(1), True)
    hello: list[tuple[float, Input]] = [
        (8.0, SpeechEnded(s(1), s(8))), (8.3, SpeechBegan(s(8.3))),
        (8.8, SpeechEnded(s(8.3), s(8.7))), *readings(8.1, 9.1, 4),
        *readings(9.2, 9.9, -9),
    ]  # fmt: skip
    assert kinds(with_music([*plays, *hello], 10))[2:] == [Progress.PERSON]
    over = [*plays, *readings(8.1, 8.5, 0), *readings(8.6, 12, -9)]
    assert kinds(with_music(over, 12))[2:] == [Progress.MACHINE]


def test_talk_is_told_late_only_as_long_as_it_may_be_music() -> None:
    talk: list[tuple[float, Input]] = [ANSWER, (1.0, SpeechBegan(s(1)))]
    prompt = with_music([*talk, *readings(1.7, 9, -9)], 9)[1]
    unsure = with_music([*talk, *readings(1.7, 9, 0)], 9)[1]
    assert (prompt.kind, unsure.kind) == (Progress.MACHINE, Progress.MACHINE)
    assert prompt.at == s(3.2)
    assert s(5.9) <= unsure.at <= s(6.3)


def test_music_before_the_answer_rings() -> None:
    plays = [(0.5, SpeechBegan(s(0.5))), *readings(1.6, 2.0, -3), *readings(2.1, 9, 9)]
    events = with_music(plays, 61)
    assert kinds(events) == [Progress.MUSIC, Progress.NO_ANSWER]
    assert not events[0].answered
    hello: list[tuple[float, Input]] = [
        (9.0, SpeechEnded(s(0.5), s(9))), (9.6, SpeechBegan(s(9.5))),
        (10.0, SpeechEnded(s(9.5), s(10))), *readings(9.1, 12, -9),
    ]  # fmt: skip
    assert kinds(with_music([*plays, *hello], 12))[1:] == [Progress.CONNECTED, Progress.PERSON]
    signalled = ProgressProfile(answer_is_signalled=True)
    talk = [(0.5, SpeechBegan(s(0.5))), *readings(1.6, 9, -9)]
    said = with_music(talk, 9, signalled)
    assert kinds(said) == [Progress.ANNOUNCEMENT]
    assert s(2.2) <= said[0].at <= s(2.5)


def test_special_information_is_told_with_its_class() -> None:
    found = SpecialInformation("VC", 0.9, 0, 8000, (985.0, 1370.0, 1777.0), (0.38, 0.274, 0.38))
    events = follow([(1.2, Special(found))], 60)
    assert [(event.kind, event.evidence.name) for event in events] == [
        (Progress.SPECIAL_INFORMATION, "VC")
    ]


def test_silence_after_the_answer_is_told_once() -> None:
    events = follow([(1.0, Answered(s(1.0)))], 60)
    assert [(event.kind, event.at) for event in events[1:]] == [(Progress.SILENCE, s(5.0))]
    assert events[0].confidence == 1.0


def test_the_last_ring_that_is_known_after_the_answer_is_not_told() -> None:
    events = follow([(2.0, Answered(s(2.0))), RING], 5)
    assert kinds(events) == [Progress.CONNECTED]


def test_answered_twice_is_answered_once() -> None:
    assert kinds(follow([(0.0, Answered(0)), (1.0, Answered(s(1)))], 2)) == [Progress.CONNECTED]


def test_every_input_has_a_rule_in_every_phase_and_every_timer_an_action() -> None:
    inputs = {kind.__name__ for kind in Input.__subclasses__()}
    for phase in Phase:
        assert {kind.__name__ for where, kind in RULES if where is phase} == inputs
    assert all(callable(action) for action in [*RULES.values(), *TIMERS.values()])


def test_a_profile_with_wrong_limits_is_refused() -> None:
    with pytest.raises(ValueError, match=r"pause_s: want 0\.2 to 10, got 0"):
        ProgressProfile(pause_s=0)
    with pytest.raises(ValueError, match=r"beep_s: want least, most of 0\.04 to 10 s"):
        ProgressProfile(beep_s=(1, 0.5))


def test_a_vowel_within_speech_is_no_beep_and_a_long_pure_tone_is() -> None:
    talking: list[tuple[float, Input]] = [(0.0, Answered(0)), (0.6, SpeechBegan(s(0.5)))]
    hum = [*talking, (1.2, PureTone(sine(0.8, 0.15)))]
    assert Progress.BEEP not in kinds(follow(hum, 2))
    long = [*talking, (1.6, PureTone(sine(0.8, 0.4)))]
    assert Progress.BEEP in kinds(follow(long, 2))
