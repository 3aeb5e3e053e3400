"""Limits are those of T.30 5, V.25, V.8 3.2 and, for the disabler, G.168 7."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from telcard import units
from telcard.dsp import g711
from telcard.dsp.fax_tones import (
    FAX_TONES,
    FaxToneDetector,
    FaxToneEvent,
    FaxToneProfile,
    ToneDisabler,
    detect_fax_tones,
    fax_tone,
    fax_tone_segments,
)
from telcard.dsp.tones import ToneGenerator, ToneSegment

Sound = NDArray[np.float64]
ms = 8


def sine(hz: float, level_dbm0: float, milliseconds: float, phase: float = 0.3) -> Sound:
    turns = 2 * np.pi * hz * np.arange(round(milliseconds * ms)) / 8000
    return np.asarray(units.dbm0_to_peak(level_dbm0) * np.sin(turns + phase))


def lines(sounds: list[Sound], before: int = 503, after: int = 4000) -> NDArray[np.int16]:
    """Each sound on a channel of its own, through A-law, with silence before and after."""
    made = np.zeros((before + max(map(len, sounds)) + after, len(sounds)))
    for channel, sound in enumerate(sounds):
        made[before : before + len(sound), channel] = sound
    return g711.decode_alaw(g711.encode_alaw(np.rint(made).clip(-32768, 32767).astype(np.int16)))


def heard(sounds: list[Sound]) -> list[list[str]]:
    names: list[list[str]] = [[] for _ in sounds]
    for event in detect_fax_tones(lines(sounds)):
        names[event.channel].append(event.tone)
    return names


def reversing(
    period_ms: float = 450, degrees: float = 180, level_dbm0: float = -20, hz: float = 2100
) -> Sound:
    """3 s of 2100 Hz whose phase jumps, at once, every so often."""
    n = np.arange(24_000)
    phase = 2 * np.pi * hz * n / 8000 + np.floor(n / (period_ms * ms)) * np.radians(degrees)
    return np.asarray(units.dbm0_to_peak(level_dbm0) * np.sin(phase))


# --- the tones


@pytest.mark.parametrize("tone", FAX_TONES)
@pytest.mark.parametrize("level_dbm0", [-6, -13, -42])
def test_each_tone_is_heard_where_it_is_and_as_long_as_it_is(tone: str, level_dbm0: float) -> None:
    pcm = lines([fax_tone(tone, seconds=1.5, level_dbm0=level_dbm0).astype(float)])
    (event,) = detect_fax_tones(pcm)
    assert (event.tone, event.phase, event.reversals) == (tone, "ends", 0)
    assert abs(event.start - 503) <= 48
    assert abs(event.frames - (4000 if tone == "cng" else 12_000)) <= 100
    assert event.level_dbm0 == pytest.approx(level_dbm0, abs=0.5)
    nominal = {"cng": 1100, "bell_2225": 2225, "v21_preamble": 1750}.get(tone, 2100)
    assert event.hz == pytest.approx(nominal, abs=0.5)


def test_frequencies_within_tolerance_are_heard_and_measured() -> None:
    hz = [1062, 1100, 1138, 2079, 2085, 2115, 2121, 2210, 2240]
    events = detect_fax_tones(lines([sine(one, -20, 500) for one in hz]))
    assert [event.hz for event in events] == pytest.approx(hz, abs=0.5)
    assert [event.tone for event in events] == ["cng"] * 3 + ["ans"] * 4 + ["bell_2225"] * 2


def test_other_tones_are_not_heard() -> None:
    hz = [950, 1020, 1180, 1300, 1400, 1650, 1800, 1850, 2000, 2040, 2160, 2300, 2400, 2600]
    sounds = [sine(one, -10, 600) for one in hz]
    sounds += [
        sine(1100, -10, 300),
        sine(2100, -10, 150),
        sine(1100, -10, 600) + sine(850, -12, 600),
    ]
    sounds += [sine(1209, -9, 600) + sine(697, -9, 600), sine(2130, -12, 99) + sine(2750, -12, 99)]
    assert heard(sounds) == [[] for _ in sounds]


def test_tones_are_heard_in_noise() -> None:
    random = np.random.default_rng(30)
    noise = units.dbm0_to_rms(-20) * random.normal(0, 1, (12_000, 5))
    for i, tone in enumerate(FAX_TONES):
        sound = fax_tone(tone, seconds=1.4, level_dbm0=-12)[:11_000]
        noise[500 : 500 + len(sound), i] += sound
    assert heard(list(noise.T)) == [[tone] for tone in FAX_TONES]


def test_noise_and_data_of_a_modem_are_no_tones() -> None:
    random = np.random.default_rng(21)
    noise = units.dbm0_to_rms(-15) * random.normal(0, 1, (24_000, 8))
    bits = random.integers(0, 2, 900)
    data = ToneGenerator([ToneSegment(1 / 300, (1650, 1850)[bit], 0, -13) for bit in bits])
    assert heard([*noise.T, data.process(24_000).astype(float)]) == [[] for _ in range(9)]


def test_a_preamble_ends_where_the_command_begins() -> None:
    preamble = fax_tone_segments("v21_preamble", seconds=1, level_dbm0=-13)
    frames = sum(segment.samples for segment in preamble)
    command = [
        ToneSegment(1 / 300, (1650, 1850)[bit], 0, -13) for bit in (0, 1, 0, 0, 1, 1, 0) * 40
    ]
    pcm = ToneGenerator(preamble + command).process(frames + 7000)
    (event,) = detect_fax_tones(lines([pcm.astype(float)]))
    assert event.tone == "v21_preamble"
    assert abs(event.frames - frames) < 260


# --- reversals and the disabler


def test_reversals_are_told_once_and_counted() -> None:
    for tone in ("ans", "ansam"):
        detector = FaxToneDetector(early=True)
        sound = fax_tone(tone, seconds=3, reversals=True)
        events = detector.process(lines([sound.astype(float)]))
        assert [(e.tone, e.phase) for e in events] == [
            (tone, "begins"), (tone, "reverses"), (tone, "ends"),
        ]  # fmt: skip
        assert events[2].reversals == 6
        assert events[1].decided - 503 < 480 * ms


def test_the_disabler_obeys_the_limits_of_g168() -> None:
    """2100 +-21 Hz, -6 to -31 dBm0, 180 +-25 degrees, 450 +-25 ms: within 1 s."""
    cases = list(itertools.product((425, 450, 475), (155, 180, 205), (-6, -31), (2079, 2100, 2121)))
    disabler = ToneDisabler(len(cases))
    sounds = [reversing(*case) for case in cases]
    events = disabler.process(lines(sounds, before=500))
    on = [event for event in events if event.disabled]
    assert sorted(event.channel for event in on) == list(range(len(cases)))
    assert max(event.decided for event in on) < 500 + 1000 * ms
    off = [event for event in events if not event.disabled]
    assert sorted(event.channel for event in off) == list(range(len(cases)))
    for event in off:  # 250 +-150 ms after the end of the tone
        assert 100 * ms <= event.decided - 500 - 24_000 <= 400 * ms


def test_the_disabler_works_wherever_it_begins_to_listen() -> None:
    sounds = [reversing()[late:] for late in range(0, 3600, 40)]
    events = ToneDisabler(len(sounds)).process(lines(sounds, before=0))
    on = [event for event in events if event.disabled]
    assert len(on) == len(sounds)
    assert max(event.decided for event in on) <= 1010 * ms


def test_what_is_no_periodic_reversal_does_not_disable() -> None:
    random = np.random.default_rng(168)
    speechlike = np.cumsum(random.normal(0, 1, 24_000)) * np.sin(np.arange(24_000) / 700) * 30
    sounds = [
        sine(2100, -12, 3000),
        reversing(degrees=110),
        reversing(degrees=-110),
        reversing(degrees=0),
        reversing(period_ms=300),
        reversing(period_ms=600),
        reversing(level_dbm0=-37),
        reversing(hz=2225),
        fax_tone("ansam").astype(float),
        speechlike,
    ]
    assert [e for e in ToneDisabler(len(sounds)).process(lines(sounds)) if e.disabled] == []


def test_sound_above_minus_36_dbm0_keeps_the_canceller_off() -> None:
    talk = np.concatenate([reversing(), sine(400, -30, 2000)])
    quiet = np.concatenate([reversing(), sine(400, -38, 2000)])
    gap = np.concatenate([reversing(), np.zeros(90 * ms), sine(400, -30, 2000)])
    disabler = ToneDisabler(3)
    events = disabler.process(lines([talk, quiet, gap], before=0, after=0)[: 24_000 + 1500 * ms])
    assert [event.channel for event in events if not event.disabled] == [1]
    assert [disabler.is_disabled(channel) for channel in range(3)] == [True, False, True]
    assert "disabled: [0, 2]" in repr(disabler)
    disabler.reset(0)
    assert not disabler.is_disabled(0)


# --- streams


def a_busy_line() -> NDArray[np.int16]:
    random = np.random.default_rng(8)
    sounds = [
        np.tile(fax_tone(tone, seconds=0.7, reversals=tone == "ans")[:6000], 2).astype(float)
        for tone in FAX_TONES
    ]
    sounds = [np.r_[np.zeros(random.integers(0, 300)), sound] for sound in sounds]
    return lines([sound + random.normal(0, 100, len(sound)) for sound in sounds])


def test_any_cutting_and_every_simd_level_gives_the_same_events(simd: str) -> None:
    pcm = a_busy_line()
    whole = detect_fax_tones(pcm)
    assert {event.tone for event in whole} == set(FAX_TONES)
    random = np.random.default_rng(20)
    for cuts in (random.integers(0, len(pcm), 150), np.arange(0, len(pcm), 80), np.arange(99)):
        detector = FaxToneDetector(5)
        events: list[FaxToneEvent] = []
        for piece in np.split(pcm, np.sort(cuts)):
            events += detector.process(piece)
        events += detector.flush()
        assert sorted(events, key=lambda event: (event.start, event.channel)) == whole
    assert _FIRST.setdefault("busy", whole) == whole, simd


_FIRST: dict[str, list[FaxToneEvent]] = {}
"""What the level that ran first has heard."""


def test_a_channel_hears_the_same_in_any_place_beside_any_others() -> None:
    pcm = a_busy_line()[:, 1]
    alone = detect_fax_tones(pcm)
    crowd = np.random.default_rng(2).integers(-9000, 9000, (len(pcm), 20)).astype(np.int16)
    for place in (0, 15, 16):
        crowd[:, place] = pcm
        found = [event for event in detect_fax_tones(crowd) if event.channel == place]
        assert [replace(event, channel=0) for event in found] == alone


def test_a_channel_that_is_reset_hears_as_a_new_one() -> None:
    pcm = a_busy_line()
    fresh = FaxToneDetector(5, early=True).process(pcm)
    used = FaxToneDetector(5, early=True)
    used.process(pcm[:4000])
    for channel in range(5):
        used.reset(channel)
    assert used.process(pcm) == fresh
    assert used.flush() == []
    assert "5 channels, 0 frames" in repr(used)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: FaxToneDetector(0), "channels: want 1 or more, got 0"),
        (lambda: ToneDisabler(0), "channels: want 1 or more, got 0"),
        (lambda: ToneDisabler().is_disabled(1), "channel: want 0 to 0, got 1"),
        (lambda: FaxToneDetector().process(np.zeros((4, 2), np.int16)), r"want \(frames, 1\)"),
        (lambda: detect_fax_tones(np.zeros(9, np.int16), 16_000), "8000 Hz, got 16000"),
        (lambda: fax_tone("ring"), "tone: want one of cng, ans, .* got 'ring'"),
        (lambda: fax_tone("cng", reversals=True), "reversals: want tone ans or ansam, got cng"),
        (lambda: FaxToneProfile(share=0.1), "share: want 0.5 to 0.99, got 0.1"),
    ],
)
def test_bad_input_gets_one_sentence(wrong, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        wrong()


def test_a_tone_of_1100_hz_that_goes_on_is_no_cng() -> None:
    lengths = (0.3, 0.425, 0.5, 0.575, 0.72, 1.5, 3.0)
    lines = np.zeros((32_000, len(lengths)), np.int16)
    for channel, seconds in enumerate(lengths):
        segment = ToneSegment(seconds, 1100, 0, -20)
        lines[4000 : 4000 + segment.samples, channel] = ToneGenerator([segment]).process(
            segment.samples
        )
    lines += np.random.default_rng(5).normal(0, 20, lines.shape).astype(np.int16)
    detector = FaxToneDetector(len(lengths), early=True)
    events = detector.process(lines)
    assert [(e.channel, e.phase) for e in events] == [
        (channel, phase) for channel in (1, 2, 3) for phase in ("begins", "ends")
    ]
    for event in events:
        assert abs(event.frames - 8000 * lengths[event.channel]) <= 80
        assert event.decided - event.start - event.frames <= 400
