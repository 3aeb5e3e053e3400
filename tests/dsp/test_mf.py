"""Limits are those of Q.322/Q.323 (R1), Q.454/Q.455 (R2); benchmarks/quality_mf.py is the exam."""

import dataclasses
import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from telcard import units
from telcard.dsp import g711
from telcard.dsp.mf import (
    MF_HZ,
    MF_TONES_HZ,
    MfDetector,
    MfEvent,
    MfSystem,
    detect_mf,
    mf,
    mf_profile,
    mf_segment,
    mf_segments,
)
from telcard.dsp.tones import ToneGenerator

REGISTERS: tuple[MfSystem, ...] = ("r1", "r2_forward", "r2_backward")
SYSTEMS: tuple[MfSystem, ...] = (*REGISTERS, "signalling")
Sound = NDArray[np.float64]


def ms(milliseconds: float) -> int:
    return round(milliseconds * 8)


def sine(hz: float, level_dbm0: float, milliseconds: float, phase: float = 0.3) -> Sound:
    turns = 2 * np.pi * hz * np.arange(ms(milliseconds)) / 8000
    return np.asarray(units.dbm0_to_peak(level_dbm0) * np.sin(turns + phase))


def lines(sounds: list[Sound], before_ms: float = 30.1) -> NDArray[np.int16]:
    """Each sound on a channel of its own, through A-law, with silence before and after."""
    longest = max(map(len, sounds))
    made = np.zeros((ms(before_ms) + longest + ms(60), len(sounds)))
    for channel, sound in enumerate(sounds):
        made[ms(before_ms) : ms(before_ms) + len(sound), channel] = sound
    return g711.decode_alaw(g711.encode_alaw(np.rint(made).clip(-32768, 32767).astype(np.int16)))


def pair(
    system: MfSystem,
    signal: str,
    on_ms: float = 50,
    levels: tuple[float, float] = (-12, -12),
    more_hz: tuple[float, float] = (0, 0),
    phase: float = 1.1,
) -> Sound:
    low, high = MF_HZ[system][signal]
    return sine(low + more_hz[0], levels[0], on_ms) + sine(
        high + more_hz[1], levels[1], on_ms, phase
    )


def heard(system: MfSystem, sounds: list[Sound]) -> list[list[MfEvent]]:
    """What is heard on each channel."""
    by_channel: list[list[MfEvent]] = [[] for _ in sounds]
    for event in detect_mf(lines(sounds), system):
        by_channel[event.channel].append(event)
    return by_channel


def signals(events: list[list[MfEvent]]) -> list[list[str]]:
    return [[event.signal for event in channel] for channel in events]


# --- what is accepted


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_signal_is_heard_where_it_is_and_as_long_as_it_is(system: MfSystem) -> None:
    names = list(MF_HZ[system])
    silent = np.zeros(503, np.int16)
    pcm = np.concatenate([silent, mf(names, system, kp_ms=68), silent])
    events = detect_mf(g711.decode_alaw(g711.encode_alaw(pcm)), system)
    assert [event.signal for event in events] == names
    level = -7 if system == "r1" else -8 if system == "signalling" else -11.5
    for i, event in enumerate(events):
        assert abs(event.start - (503 + i * ms(136))) <= 16
        assert abs(event.frames - ms(68)) <= 24
        assert event.levels_dbm0 == pytest.approx([level] * len(event.levels_dbm0), abs=0.9)
        assert max(map(abs, event.offsets_hz)) < 7


@pytest.mark.parametrize("system", ["r2_forward", "r2_backward"])
def test_r2_is_heard_at_all_levels_offsets_and_differences_of_q455(system: MfSystem) -> None:
    sounds, wanted = [], []
    for name, level, (low, high), louder in itertools.product(
        MF_HZ[system], (-5, -33), itertools.product((-10, 10), repeat=2), (0, 1)
    ):
        near = abs(np.subtract(*MF_HZ[system][name])) == 120
        weaker = max(level - (5 if near else 7), -35)
        levels = (level, weaker) if louder else (weaker, level)
        sounds.append(pair(system, name, 50, levels, (low, high), phase=len(sounds)))
        wanted.append([name])
    assert signals(heard(system, sounds)) == wanted


def test_r1_is_heard_at_its_limits_of_level_frequency_twist_and_length() -> None:
    sounds, wanted = [], []
    for name, level, signs, louder in itertools.product(
        MF_HZ["r1"], (-3.5, -8), itertools.product((-1, 1), repeat=2), (0, 1)
    ):
        low, high = MF_HZ["r1"][name]
        more = (signs[0] * (0.015 * low + 10), signs[1] * (0.015 * high + 10))
        levels = (level, level - 6) if louder else (level - 6, level)
        sounds.append(pair("r1", name, 30, levels, more, phase=len(sounds)))
        wanted.append([name])
    assert signals(heard("r1", sounds)) == wanted


@pytest.mark.parametrize("system", REGISTERS)
def test_signals_are_heard_6_to_10_db_above_noise_wherever_they_begin(system: MfSystem) -> None:
    random = np.random.default_rng(455)
    names = list(MF_HZ[system]) * 4
    sounds = [np.r_[np.zeros(i % 40), pair(system, name, 68)] for i, name in enumerate(names)]
    noise = units.dbm0_to_rms(-12 + 3 - (10 if system == "r1" else 6))
    sounds = [sound + random.normal(0, noise, len(sound)) for sound in sounds]
    assert signals(heard(system, sounds)) == [[name] for name in names]


@pytest.mark.parametrize("system", ["r2_forward", "r2_backward"])
def test_r2_operates_and_releases_within_80_ms_together(system: MfSystem) -> None:
    at = [(name, late) for name in MF_HZ[system] for late in range(0, 20, 3)]
    sounds = [np.r_[np.zeros(late), pair(system, name, 60)] for name, late in at]
    detector = MfDetector(system, len(sounds), early=True)
    events = detector.process(lines(sounds))
    times: dict[bool, list[float]] = {False: [], True: []}
    for event in events:
        edge = ms(30.1) + at[event.channel][1] + (ms(60) if event.ended else 0)
        times[event.ended].append((event.decided - edge) / 8)
    assert len(times[False]) == len(times[True]) == len(sounds)
    assert 12 < min(times[False]) < max(times[False]) < 21
    assert 7 < min(times[True]) < max(times[True]) < 18


def test_a_hole_of_7_ms_does_not_end_a_signal_of_r2() -> None:
    sounds = []
    for late, name in itertools.product(range(0, 20, 4), MF_HZ["r2_forward"]):
        sound = pair("r2_forward", name, 80)
        sound[ms(35) + late : ms(42) + late] = 0
        sounds.append(sound)
    assert all(len(channel) == 1 for channel in heard("r2_forward", sounds))


def test_a_sender_that_is_switched_gives_one_long_signal() -> None:
    endless = ToneGenerator([mf_segment(15, "r2_backward", 0.05)], repeats=0)
    event, *others = detect_mf(endless.process(4000), "r2_backward")
    assert (event.signal, others) == ("15", [])
    assert abs(event.frames - 4000) < 24


def test_single_tones_and_two_together_are_signals_of_lines() -> None:
    sounds = [sine(2400 + hz, level, 100) for hz in (-15, 0, 15) for level in (-2, -16, -29)]
    sounds += [sine(2600, -9, 100), sine(2280, -9, 100)]
    sounds += [pair("signalling", "2400+2600", 100, (-9, -14))]
    wanted = [["2400"]] * 9 + [["2600"], ["2280"], ["2400+2600"]]
    assert signals(heard("signalling", sounds)) == wanted


def test_one_signal_may_turn_into_another() -> None:
    both = np.r_[sine(2600, -9, 100), pair("signalling", "2400+2600", 100, (-9, -9))]
    assert signals(heard("signalling", [both])) == [["2600", "2400+2600"]]


# --- what is not


@pytest.mark.parametrize("system", REGISTERS)
def test_what_is_no_signal_is_not_heard(system: MfSystem) -> None:
    hz = MF_TONES_HZ[system]
    sounds = [sine(one, -5, 60) for one in hz]
    sounds += [sine(one, -10, 60) + sine(other, -30, 60) for one in hz for other in hz]
    sounds += [sum(sine(one, -12, 60) for one in three) for three in itertools.combinations(hz, 3)]
    floor = -24 if system == "r1" else -42
    sounds += [pair(system, name, 60, (floor, floor)) for name in MF_HZ[system]]
    sounds += [pair(system, name, 60, (-4, -24)) for name in MF_HZ[system]]
    sounds += [pair(system, name, 6.9, (-5, -5)) for name in MF_HZ[system]]
    assert signals(heard(system, sounds)) == [[] for _ in sounds]


def test_r2_hears_no_tones_outside_its_band() -> None:
    """-5 dBm0 between 1300 and 3400 Hz (backward), below 1150 and above 2130 Hz (forward)."""
    random = np.random.default_rng(454)
    for system, bands in (
        ("r2_backward", [(1300, 3400)]),
        ("r2_forward", [(330, 1150), (2130, 3400)]),
    ):
        two = [random.uniform(*bands[i % len(bands)], size=2) for i in range(120)]
        sounds = [sine(a, -5, 50) + sine(b, -5, 50, a) for a, b in two]
        assert signals(heard(system, sounds)) == [[] for _ in sounds]


def test_noise_is_no_signal() -> None:
    noise = units.dbm0_to_rms(-15) * np.random.default_rng(1).normal(0, 1, (8000, 64))
    for system in SYSTEMS:
        assert heard(system, list(noise.T)) == [[] for _ in range(64)]


# --- streams


def a_busy_line(system: MfSystem, channels: int = 5) -> NDArray[np.int16]:
    random = np.random.default_rng(7)
    rows = []
    for _ in range(channels):
        names = random.choice(list(MF_HZ[system]), 6)
        row = mf(names, system, on_ms=random.uniform(30, 60), off_ms=random.uniform(30, 60))
        rows.append(np.resize(np.r_[np.zeros(random.integers(0, 300), np.int16), row], 7000))
    noise = random.normal(0, 150, (7000, channels))
    return (np.stack(rows, axis=1) + noise).clip(-32768, 32767).astype(np.int16)


@pytest.mark.parametrize("system", SYSTEMS)
def test_any_cutting_and_every_simd_level_gives_the_same_events(
    system: MfSystem, simd: str
) -> None:
    pcm = a_busy_line(system)
    whole = detect_mf(pcm, system)
    assert len(whole) >= 20
    random = np.random.default_rng(20)
    for cuts in (random.integers(0, 7000, 150), np.arange(0, 7000, 80), np.arange(0, 100)):
        detector = MfDetector(system, 5)
        events = []
        for piece in np.split(pcm, np.sort(cuts)):
            events += detector.process(piece)
        events += detector.flush()
        assert sorted(events, key=lambda event: (event.start, event.channel)) == whole
    assert _FIRST.setdefault(system, whole) == whole, simd


_FIRST: dict[str, list[MfEvent]] = {}
"""What the level that ran first has heard."""


def test_a_channel_hears_the_same_in_any_place_beside_any_others() -> None:
    pcm = a_busy_line("r2_forward", 1)
    random = np.random.default_rng(2)
    alone = detect_mf(pcm, "r2_forward")
    crowd = random.integers(-9000, 9000, (7000, 37)).astype(np.int16)
    for place in (0, 15, 16, 36):
        crowd[:, place] = pcm[:, 0]
        found = [e for e in detect_mf(crowd, "r2_forward") if e.channel == place]
        assert [dataclasses.replace(event, channel=0) for event in found] == alone


def test_a_channel_that_is_reset_counts_from_0_and_hears_as_a_new_one() -> None:
    pcm = a_busy_line("r1", 2)
    fresh = MfDetector("r1", 2, early=True).process(pcm)
    used = MfDetector("r1", 2, early=True)
    used.process(pcm[:3333])
    used.reset(0)
    used.reset(1)
    again = used.process(pcm)
    assert [e.signal for e in again] == [e.signal for e in fresh]
    used = MfDetector("r1", 2, early=True)
    used.process(pcm[:4000])  # a whole number of blocks: the very same bits
    used.reset(0)
    used.reset(1)
    assert used.process(pcm) == fresh


def test_early_reports_appearance_and_disappearance() -> None:
    detector = MfDetector("r2_forward", early=True)
    pcm = np.r_[mf(["7", "11"], "r2_forward"), np.zeros(400, np.int16)]
    events = detector.process(pcm.astype(np.float32) / 32768)
    assert [(e.signal, e.ended) for e in events] == [
        ("7", False), ("7", True), ("11", False), ("11", True),
    ]  # fmt: skip
    assert all(a.decided <= b.decided for a, b in itertools.pairwise(events))
    assert "r2_forward" in repr(detector)
    assert events[1].twist_db == pytest.approx(0, abs=0.5)


# --- senders, and what is refused


def test_kp_is_longer_than_the_others() -> None:
    segments = mf_segments(["KP", "1", "ST"])
    assert [segment.samples for segment in segments] == [800, 544, 544, 544, 544, 544]
    assert segments[0].f1_hz == 1100
    assert segments[0].f2_hz == 1700


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: MfDetector("r3"), "system: want one of r1, r2_forward"),
        (lambda: MfDetector("r1", 0), "channels: want 1 or more, got 0"),
        (lambda: MfDetector("r1", profile=mf_profile("r2_forward")), "profile: want one of r1"),
        (lambda: MfDetector("r1").process(np.zeros((4, 2), np.int16)), r"want \(frames, 1\)"),
        (lambda: MfDetector("r1").reset(1), "channel: want 0 to 0, got 1"),
        (lambda: detect_mf(np.zeros(9, np.int16), "r1", 16_000), "8000 Hz, got 16000"),
        (lambda: mf_segment("16", "r2_forward"), "signal: want one of 1, 2, .* got '16'"),
        (
            lambda: dataclasses.replace(mf_profile("r1"), share=2),
            r"share: want 0.5 to 0.99, got 2",
        ),
    ],
)
def test_bad_input_gets_one_sentence(wrong, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        wrong()
