"""Whole calls by their sound: tones, prompts as voices, beeps, faxes."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from telcard.countries import country
from telcard.dsp import g711, tones
from telcard.dsp.call_progress import CallProgress, follow_call
from telcard.dsp.progress import Phase, Progress, ProgressEvent, ProgressProfile
from telcard.errors import ConfigError
from telcard.speech.library import ClipLibrary

Pcm = NDArray[np.int16]

CLIPS = ClipLibrary()

SIGNALLED = ProgressProfile(answer_is_signalled=True)


@cache
def said(name: str) -> Pcm:
    clip = CLIPS[name]
    return g711.decode_alaw(np.frombuffer(clip, np.uint8))


def quiet(seconds: float) -> Pcm:
    return np.zeros(round(seconds * 8000), np.int16)


def beep(hz: float, seconds: float, level_dbm0: float = -14) -> Pcm:
    segment = tones.ToneSegment(seconds, hz, level1_dbm0=level_dbm0)
    return tones.ToneGenerator([segment]).process(segment.samples)


def tone(code: str, name: str, seconds: float) -> Pcm:
    return tones.sounded(country(code).tones[name], seconds)


def line(*parts: Pcm, noise: float = 15) -> Pcm:
    """Through an A-law bearer, with some noise."""
    pcm = np.concatenate(parts)
    random = np.random.default_rng(len(pcm))
    noisy = np.clip(pcm + random.normal(0, noise, len(pcm)), -32768, 32767).astype(np.int16)
    return g711.decode_alaw(g711.encode_alaw(noisy))


def kinds(events: list[ProgressEvent]) -> list[Progress]:
    return [event.kind for event in events]


@pytest.mark.parametrize("code", ["CN", "DE", "FR", "GB", "IN", "JP", "RU", "SG", "US"])
@pytest.mark.parametrize(
    ("name", "kind"),
    [("dial", Progress.DIAL_TONE), ("ringback", Progress.RINGBACK), ("busy", Progress.BUSY)],
)
def test_tones_of_a_country_are_told_by_their_meaning(code: str, name: str, kind: Progress) -> None:
    events = follow_call(line(quiet(0.4), tone(code, name, 5.5)), code)
    assert events, (code, name)
    assert {events[0].kind} == {kind}
    assert events[0].start == pytest.approx(3200, abs=120)
    want = country(code).tones[name].during(0)
    assert np.mean(events[0].evidence.hz) == pytest.approx(np.mean(want), abs=6)


def test_a_machine_that_answers_is_told_and_its_beep_where_it_is() -> None:
    ringing = tone("CN", "ringback", 5.9)
    words = [said("welcome"), said("you_are_connected_to"), said("please_hold"), said("goodbye")]
    before = np.concatenate([quiet(0.3), ringing, quiet(0.2), *words, quiet(0.3)])
    pcm = line(before, beep(1400, 0.3), quiet(1.5))
    events = follow_call(pcm, "CN")
    assert kinds(events) == [
        Progress.RINGBACK, Progress.CONNECTED, Progress.MACHINE, Progress.BEEP,
    ]  # fmt: skip
    assert events[1].evidence.name == "voice"
    assert events[3].start == pytest.approx(len(before), abs=80)
    assert events[3].evidence.hz == pytest.approx((1400,), abs=2)
    assert events[3].evidence.purity > 0.9


def test_a_person_says_a_word_and_waits() -> None:
    pcm = line(quiet(0.5), said("one"), quiet(2.0))
    call = CallProgress("US", profile=SIGNALLED)
    events = call.process(pcm[:800]) + call.answered()
    events += call.process(pcm[800:]) + call.flush()
    assert kinds(events) == [Progress.CONNECTED, Progress.PERSON]
    assert call.phase is Phase.AFTER


def test_ringing_is_never_a_beep_even_behind_words() -> None:
    for code in ("US", "GB", "CN", "FR", "JP"):
        pcm = line(said("please_hold"), quiet(0.4), tone(code, "ringback", 6))
        assert Progress.BEEP not in kinds(follow_call(pcm, code, answered_at=0)), code


def test_special_information_behind_a_word_is_no_beep() -> None:
    sit = np.concatenate(
        [beep(hz, s) for hz, s in ((985.2, 0.38), (1370.6, 0.274), (1776.7, 0.38))]
    )
    events = follow_call(line(said("one"), quiet(0.3), sit, quiet(1)), "US", answered_at=0)
    assert Progress.BEEP not in kinds(events)
    assert [e.evidence.name for e in events if e.kind is Progress.SPECIAL_INFORMATION] == ["VC"]


def test_fax_terminals_are_told_before_and_after_the_answer() -> None:
    cng = np.concatenate([beep(1100, 0.5), quiet(3.0)])
    events = follow_call(line(quiet(0.4), cng, cng), "CN", answered_at=0)
    assert [(e.kind, e.evidence.name) for e in events[1:]] == [(Progress.FAX, "cng")] * 2
    pcm = line(quiet(0.2), tone("CN", "ringback", 5.5), quiet(0.5), beep(2100, 2.0), quiet(0.5))
    events = follow_call(pcm, "CN")
    assert kinds(events)[-2:] == [Progress.CONNECTED, Progress.FAX]


def test_an_announcement_before_the_answer_is_no_answer() -> None:
    pcm = line(quiet(0.5), said("not_available"), said("please_hold"), quiet(0.5))
    assert kinds(follow_call(pcm, "CN", profile=SIGNALLED)) == [Progress.ANNOUNCEMENT]


def test_a_line_without_anything_is_told_before_and_after_the_answer() -> None:
    silent = line(quiet(5.0))
    assert kinds(follow_call(silent, "CN", answered_at=0)) == [
        Progress.CONNECTED, Progress.SILENCE,
    ]  # fmt: skip
    profile = ProgressProfile(no_ringback_s=3)
    assert kinds(follow_call(silent, "CN", profile=profile)) == [Progress.NO_RINGBACK]


@cache
def whole() -> tuple[Pcm, list[ProgressEvent]]:
    pcm = line(
        quiet(0.3), tone("US", "ringback", 6.5), quiet(0.2), said("welcome"), said("please_hold"),
        said("goodbye"), quiet(0.3), beep(950, 0.3), quiet(1.2), tone("US", "busy", 2.6),
    )  # fmt: skip
    return pcm, follow_call(pcm, "US")


@settings(max_examples=8)
@given(st.lists(st.integers(1, 9000), max_size=30))
def test_the_same_events_however_the_stream_is_cut(cuts: list[int]) -> None:
    pcm, wanted = whole()
    call = CallProgress("US")
    events, at = [], 0
    for cut in [*cuts, len(pcm)]:
        events += call.process(pcm[at : at + cut])
        at += cut
    assert events + call.flush() == wanted


def test_events_come_in_time_and_carry_their_evidence() -> None:
    events = whole()[1]
    assert len(events) >= 5
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert all(event.start <= event.at and 0 < event.confidence <= 1 for event in events)
    assert kinds(events)[-1] is Progress.BUSY


def test_wrong_arguments_are_told_in_one_sentence() -> None:
    with pytest.raises(ConfigError, match="XX"):
        CallProgress("XX")
    with pytest.raises(ValueError, match=r"block: want shape \(frames,\), got \(4, 2\)"):
        CallProgress().process(np.zeros((4, 2), np.int16))
