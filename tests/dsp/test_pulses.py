"""Dialled pulses from behind a trunk, and all the clicks that are none."""

import numpy as np
import pytest
from numpy.typing import NDArray

from telcard.dsp import g711, tones
from telcard.dsp.copper import Copper, CopperLine
from telcard.dsp.pulses import PulseDetector, PulseProfile, detect_pulses, dial_pulses

EVERY = "5938206472"
"""All but the 1, whose two clicks prove little as long as the dial is not known."""


def heard(pcm: NDArray[np.int16], profile: PulseProfile | None = None) -> str:
    line = g711.decode_alaw(g711.encode_alaw(pcm))
    return "".join(event.digit for event in detect_pulses(line, profile=profile))


@pytest.mark.parametrize("pulses_per_s", [8.5, 10, 11.5, 20])
@pytest.mark.parametrize("break_ratio", [0.6, 0.67])
def test_all_digits_are_heard_at_either_speed(pulses_per_s: float, break_ratio: float) -> None:
    sent = dial_pulses(EVERY + "1", pulses_per_s=pulses_per_s, break_ratio=break_ratio)
    events = detect_pulses(sent)
    assert "".join(event.digit for event in events) == EVERY + "1"
    for event in events:
        assert event.pulses_per_s == pytest.approx(pulses_per_s, rel=0.02)
        assert event.break_ratio == pytest.approx(break_ratio, abs=0.02)
        assert event.confidence > 0.5
    assert events[0].confidence > 0.95


@pytest.mark.parametrize("close_db", [-30, -5, 0, 8])
def test_either_click_may_be_the_louder_or_the_only_one(close_db: float) -> None:
    sent = dial_pulses(EVERY, close_db=close_db)
    events = detect_pulses(sent)
    expected = EVERY.replace("2", "") if close_db == -30 else EVERY
    digits = "".join(event.digit for event in events)
    assert digits.replace("2", "") == expected.replace("2", "")
    assert all((event.break_ratio is None) == (close_db == -30) for event in events)


def test_a_dial_that_limps_over_a_bad_line_is_understood() -> None:
    sent = dial_pulses("5938", jitter_ms=1.0, level_dbm0=-20, seed=4)
    line = CopperLine(Copper(loss_db=10, noise_dbm0=-54), seed=3)
    arrived, _ = line.process(sent)
    assert heard(arrived) == "5938"
    assert heard(dial_pulses("5938", jitter_ms=1.0, level_dbm0=-38)) == "5938"


def test_where_and_how_a_digit_lies_is_told() -> None:
    sent = dial_pulses("3", between_ms=500)
    (event,) = detect_pulses(sent)
    assert abs(event.start - 4000) <= 8
    assert abs(event.frames - (2 * 800 + 504)) <= 12
    assert event.pulses == 3
    assert event.channel == 0
    assert -26 < event.level_dbm0 < -14


def test_one_pulse_alone_proves_little_until_the_dial_is_known() -> None:
    assert heard(dial_pulses("1")) == ""
    assert heard(dial_pulses("1"), PulseProfile(least_confidence=0.4)) == "1"
    assert heard(dial_pulses("71")) == "71"
    other = np.concatenate([dial_pulses("7"), dial_pulses("1", level_dbm0=-35)])
    assert heard(other) == "7"  # far weaker clicks are not that dial's


def test_dials_of_other_countries_count_otherwise() -> None:
    for dial in ("sweden", "new zealand"):
        assert heard(dial_pulses("4567", dial=dial), PulseProfile(dial=dial)) == "4567"
    assert heard(dial_pulses("4", dial="sweden")) == "5"


@pytest.mark.parametrize("cut", [1, 80, 5001])
def test_the_same_events_come_however_the_stream_is_cut(cut: int) -> None:
    one = dial_pulses("32", jitter_ms=1)[: 2000 if cut == 1 else None]
    one = one if cut > 1 else dial_pulses("2", between_ms=100)
    sound = np.stack([one, np.roll(one, 77)], 1)
    whole = detect_pulses(sound)
    assert len(whole) == (4 if cut > 1 else 2)
    detector = PulseDetector(2)
    events = [
        event
        for at in range(0, len(sound), cut)
        for event in detector.process(sound[at : at + cut])
    ] + detector.flush()
    assert sorted(events, key=lambda e: (e.start, e.channel)) == whole
    assert [e.frames for e in detect_pulses(sound[:, 0])] == [
        e.frames for e in whole if e.channel == 0
    ]


def test_tones_noise_single_clicks_and_ticking_are_no_digits() -> None:
    random = np.random.default_rng(2)
    clicks = np.zeros(80_000, np.int16)
    clicks[random.integers(0, 80_000, 30)] = 12_000
    clock = np.zeros(80_000, np.int16)
    clock[:: 8000 // 2] = 12_000  # twice a second
    buzz = np.zeros(80_000, np.int16)
    buzz[::80] = 12_000  # 100 Hz
    for sound in (
        tones.dtmf("1234567890" * 3, on_ms=60, off_ms=60),
        random.normal(0, 2000, 80_000).astype(np.int16),
        clicks,
        clock,
        buzz,
    ):
        assert heard(sound) == ""
    ticking = np.zeros(80_000, np.int16)
    ticking[::800] = 12_000  # ten a second, for ever: no digit has more than ten
    assert heard(ticking) == ""


def test_a_channel_is_forgotten() -> None:
    pcm = np.stack([dial_pulses("5")] * 2, 1)
    detector = PulseDetector(2)
    detector.process(pcm[:9400])
    detector.reset(0)
    assert [event.channel for event in detector.process(pcm[9400:])] == [1]
    detector.reset(1)
    events = detector.process(pcm) + detector.flush()
    assert [event.start for event in events if event.channel == 1] == [
        detect_pulses(pcm[:, 1])[0].start
    ]


def test_wrong_arguments_are_refused_in_one_sentence() -> None:
    with pytest.raises(ValueError, match="channels: want 1 or more, got 0"):
        PulseDetector(0)
    with pytest.raises(ValueError, match="channel: want 0 to 0, got 1"):
        PulseDetector().reset(1)
    with pytest.raises(ValueError, match=r"want \(frames, 1\), got shape \(5, 2\)"):
        PulseDetector().process(np.zeros((5, 2), np.int16))
    with pytest.raises(ValueError, match="heard at 8000 Hz, got 16000"):
        detect_pulses(np.zeros(5, np.int16), 16000)
    for wrong, why in (
        ({"least_confidence": 2}, "least_confidence: want 0 to 1, got 2"),
        ({"floor_dbm0": 9}, "floor_dbm0: want -60 to 0, got 9"),
        ({"speeds": ()}, "speeds: want pulses a second"),
        ({"dial": "moon"}, "dial: want one of usual, sweden, new zealand, got 'moon'"),
    ):
        with pytest.raises(ValueError, match=why):
            PulseProfile(**wrong)
    with pytest.raises(ValueError, match="digits: want 0-9, got 'x' in '1x'"):
        dial_pulses("1x")
    with pytest.raises(ValueError, match=r"break_ratio: want 0\.4 to 0\.8, got 0\.9"):
        dial_pulses("1", break_ratio=0.9)
    with pytest.raises(ValueError, match="dial: want one of"):
        dial_pulses("1", dial="moon")
    assert repr(PulseDetector(3)) == "<PulseDetector 3 channels, 0 frames heard>"
