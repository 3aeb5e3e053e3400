"""The detector that is told what sounds, beside the one that listens."""

import pytest

from telcard.engine import DigitEvent, Fidelity, ToneSegment, dtmf_segments
from telcard.engine.quiet.detector import Detector
from telcard.engine.quiet.track import NativeTone, of_tones
from tests.support.line import Rig


def key_5(samples: int) -> NativeTone:
    return ToneSegment(samples / 8000, 770.0, 1336.0, -10.0, -8.0).as_native()


News = list[tuple[str, str, int]]


def heard(fidelity: Fidelity, segments: list[ToneSegment]) -> News:
    """(on or off, digit, tick) of what our end of a line detects."""
    rig = Rig(fidelity=fidelity)
    ours, far = rig.pair()
    news: News = []

    def note(what: str) -> None:
        def told(event: DigitEvent) -> None:
            news.append((what, event.digit, rig.tick))

        (ours.on_digit if what == "on" else ours.on_digit_end)(told)

    note("on")
    note("off")
    rig.run(3)
    far.tones(segments)
    rig.run(100)
    rig.close()
    return news


@pytest.mark.parametrize("late", [0, 10, 41, 79])
@pytest.mark.parametrize(
    ("keys", "on_ms", "off_ms"),
    [
        ("159#", 80, 80),
        ("05*D", 50, 40),
        ("11", 80, 30),
        ("11", 80, 15),  # a hole
        ("19", 80, 15),
        ("7", 30, 80),  # too short
        ("28", 300, 60),
    ],
)
def test_it_says_the_same_as_the_listening_one_within_a_tick(
    late: int, keys: str, on_ms: float, off_ms: float
) -> None:
    pause = [ToneSegment(late / 8000)] if late else []
    segments = pause + dtmf_segments(keys, on_ms=on_ms, off_ms=off_ms)
    sound, events = heard("sound", segments), heard("events", segments)
    assert [news[:2] for news in events] == [news[:2] for news in sound]
    for (_, _, told), (_, _, listened) in zip(events, sound, strict=True):
        assert abs(told - listened) <= 1


@pytest.mark.parametrize("level_dbm0", [-5.0, -30.0, -40.0, -50.0])
@pytest.mark.parametrize("twist_db", [-8.5, -6.0, 0.0, 3.0, 6.0])
def test_level_and_twist_are_judged_alike(level_dbm0: float, twist_db: float) -> None:
    segments = dtmf_segments("3", level_dbm0=level_dbm0, twist_db=twist_db)
    assert bool(heard("events", segments)) == bool(heard("sound", segments))


def test_a_tone_that_is_cut_ends_there() -> None:
    detector = Detector(opened=0)
    track = of_tones([key_5(8000)], 1)
    detector.receive(track, 80, 80)
    assert detector.due() == (80 + 360 - 1) // 80
    assert detector.say()[0]
    detector.receive(None, 0, 800)
    assert detector.due() == (800 + 240 - 1) // 80
    begins, tone = detector.say()
    assert not begins
    assert (tone.start, tone.end) == (80, 800)
    assert detector.due() == 0


def test_a_cadence_without_end_is_heard_as_long_as_it_lasts() -> None:
    detector = Detector(opened=0)
    track = of_tones([key_5(800), ToneSegment(0.1).as_native()], 0)
    detector.receive(track, 0, 0)
    said = []
    for _ in range(20):
        said.append((detector.due(), detector.say()[0]))
    assert [begins for _, begins in said] == [True, False] * 10
    assert said[18][0] - said[0][0] == 9 * 20


def test_who_opens_late_hears_the_rest_of_a_tone() -> None:
    detector = Detector(opened=400)
    track = of_tones([key_5(1600)], 1)
    detector.receive(track, 0, 400)
    detector.due()
    assert detector.say()[1].start == 400
