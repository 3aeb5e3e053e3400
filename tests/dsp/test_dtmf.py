"""Limits are those of ITU-T Q.24 (media reference 2.1); benchmarks/quality_dtmf.py is the exam."""

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from telcard import units
from telcard._native import dsp
from telcard.dsp import g711, tones
from telcard.dsp.dtmf import DtmfDetector, DtmfEvent, DtmfProfile, detect_dtmf

KEYS = "123A456B789C*0#D"
Sound = NDArray[np.float64]


@pytest.fixture(autouse=True)
def back_to_the_environments_level() -> Iterator[None]:
    yield
    dsp.force_simd(None)


def ms(milliseconds: float) -> int:
    return round(milliseconds * 8)


def silence(milliseconds: float) -> Sound:
    return np.zeros(ms(milliseconds))


def sine(hz: float, level_dbm0: float, frames: int, phase: float = 0.3) -> Sound:
    turns = 2 * np.pi * hz * np.arange(frames) / 8000
    return np.asarray(units.dbm0_to_peak(level_dbm0) * np.sin(turns + phase))


def pair(
    key: str,
    on_ms: float = 50,
    levels: tuple[float, float] = (-10, -10),
    factors: tuple[float, float] = (1, 1),
    more_hz: tuple[float, float] = (0, 0),
    phases: tuple[float, float] = (0.3, 1.1),
) -> Sound:
    return sum(
        (
            sine(hz * factor + more, level, ms(on_ms), phase)
            for hz, level, factor, more, phase in zip(
                tones.DTMF_HZ[key], levels, factors, more_hz, phases, strict=True
            )
        ),
        start=np.zeros(ms(on_ms)),
    )


def line(*parts: Sound) -> NDArray[np.int16]:
    """Through an A-law bearer, with silence before and after."""
    sound = np.concatenate([silence(50), *parts, silence(100)])
    return g711.decode_alaw(g711.encode_alaw(np.clip(sound, -32768, 32767).astype(np.int16)))


def together(*signals: NDArray[np.int16]) -> NDArray[np.int16]:
    """One signal a channel, padded to one length."""
    block = np.zeros((max(map(len, signals)), len(signals)), np.int16)
    for channel, signal in enumerate(signals):
        block[: len(signal), channel] = signal
    return block


def digits(pcm: NDArray[np.int16]) -> list[str]:
    """What is heard, channel by channel."""
    heard = [""] * (pcm.shape[1] if pcm.ndim == 2 else 1)
    for event in detect_dtmf(pcm):
        heard[event.channel] += event.digit
    return heard


def every_key(make: object, **how: object) -> list[str]:
    return digits(together(*(line(make(key, **how)) for key in KEYS)))  # type: ignore[operator]


# --- what an event says


def test_every_key_is_heard_where_and_as_it_was_sent() -> None:
    pcm = np.concatenate([np.zeros(803), tones.dtmf(KEYS, on_ms=60, off_ms=50, level_dbm0=-12)])
    events = detect_dtmf(pcm.astype(np.int16))
    assert "".join(event.digit for event in events) == KEYS
    for i, event in enumerate(events):
        assert event.channel == 0
        assert event.ended
        assert abs(event.start - (803 + 880 * i)) <= 8  # 1 ms
        assert abs(event.frames - 480) <= 12
        assert event.low_dbm0 == pytest.approx(-13, abs=0.1)
        assert event.high_dbm0 == pytest.approx(-11, abs=0.1)
        assert event.twist_db == pytest.approx(2, abs=0.1)
        assert abs(event.low_offset) < 5e-4
        assert abs(event.high_offset) < 5e-4


def test_the_frequency_offset_is_measured() -> None:
    (event,) = detect_dtmf(line(pair("6", 60, factors=(1.012, 0.991))))
    assert event.low_offset == pytest.approx(0.012, abs=5e-4)
    assert event.high_offset == pytest.approx(-0.009, abs=5e-4)


def test_start_and_length_are_right_within_two_milliseconds_at_any_phase_and_place() -> None:
    random = np.random.default_rng(7)
    signals, places = [], []
    for key, on in itertools.product(KEYS, (45, 80, 250)):
        before = int(random.integers(0, 400))
        phases = tuple(random.uniform(0, 7, 2))
        signals.append(line(np.zeros(before), pair(key, on, phases=phases)))
        places.append((ms(50) + before, ms(on)))
    events = {event.channel: event for event in detect_dtmf(together(*signals))}
    for channel, (start, frames) in enumerate(places):
        assert abs(events[channel].start - start) <= ms(2)
        assert abs(events[channel].frames - frames) <= ms(2)


# --- the stream


@settings(max_examples=25)
@given(st.lists(st.integers(0, 500), max_size=12), st.booleans())
def test_the_stream_may_be_cut_anywhere(cuts: list[int], early: bool) -> None:
    pcm = together(*(line(*(pair(k, 45), silence(40))) for k in "159"), line(pair("0", 90)))
    whole = DtmfDetector(4, early=early)
    wanted = whole.process(pcm) + whole.flush()
    detector, events, at = DtmfDetector(4, early=early), [], 0
    for cut in cuts:
        events += detector.process(pcm[at : at + cut])
        at += cut
    assert events + detector.process(pcm[at:]) + detector.flush() == wanted
    assert len(wanted) == (8 if early else 4)


def noisy_rows(channels: int) -> NDArray[np.int16]:
    random = np.random.default_rng(3)
    rows = [
        np.concatenate(
            [
                np.zeros(random.integers(0, 200)),
                *(
                    np.concatenate([pair(key, random.uniform(25, 70)), silence(45)])
                    for key in random.choice(list(KEYS), 6)
                ),
            ]
        )
        for _ in range(channels)
    ]
    return together(*(line(row + random.normal(0, 900, len(row))) for row in rows))


def test_every_simd_level_gives_the_same_events_to_the_last_bit() -> None:
    pcm = noisy_rows(37)
    results = []
    for level in dsp.simd_levels():
        dsp.force_simd(level)
        results.append(DtmfDetector(37, early=True).process(pcm))
    assert len(results[0]) > 100
    assert all(result == results[0] for result in results)


def test_a_channel_hears_the_same_at_every_place_and_beside_any_other() -> None:
    pcm = noisy_rows(20)
    alone = DtmfDetector(1, early=True).process(pcm[:, 3])
    for place in (0, 1, 7, 15, 16, 19):
        turned = np.roll(pcm, place - 3, axis=1)
        heard = [e for e in DtmfDetector(20, early=True).process(turned) if e.channel == place]
        assert [as_channel_0(event) for event in heard] == alone
    assert alone


def as_channel_0(event: DtmfEvent) -> tuple[object, ...]:
    return DtmfEvent(
        event.digit,
        0,
        event.start,
        event.frames,
        event.low_dbm0,
        event.high_dbm0,
        event.low_offset,
        event.high_offset,
        event.ended,
    )  # type: ignore[return-value]


def test_float_sound_and_other_layouts_give_the_same() -> None:
    pcm = noisy_rows(3)
    wanted = detect_dtmf(pcm)
    assert detect_dtmf((pcm / 32768).astype(np.float32)) == wanted
    assert detect_dtmf(np.asfortranarray(pcm)) == wanted
    assert detect_dtmf(np.repeat(pcm, 2, axis=0)[::2]) == wanted


def test_early_tells_of_a_digit_while_it_lasts_and_again_when_it_has_ended() -> None:
    detector = DtmfDetector(early=True)
    pcm = line(pair("8", 200))
    told = []
    for at in range(0, len(pcm), 80):
        told += [(at + 80, event) for event in detector.process(pcm[at : at + 80])]
    (accepted_at, accepted), (ended_at, ended) = told
    assert (accepted.digit, accepted.ended) == ("8", False)
    assert (ended.digit, ended.ended) == ("8", True)
    assert accepted.start == ended.start
    assert accepted_at - accepted.start <= ms(50)
    assert abs(ended.frames - ms(200)) <= ms(2)
    assert ended_at - (ended.start + ended.frames) <= ms(45)


def test_flush_ends_what_lasts_and_starts_anew() -> None:
    detector = DtmfDetector()
    tone = pair("A", 70).astype(np.int16)
    assert detector.process(tone) == []
    (event,) = detector.flush()
    assert event.digit == "A"
    assert event.start <= ms(1)
    assert abs(event.frames - ms(70)) <= ms(2)
    assert detector.flush() == []
    assert detector.process(np.concatenate([tone, np.zeros(800, np.int16)])) == [event]


def test_reset_forgets_one_channel_and_counts_it_from_0() -> None:
    detector = DtmfDetector(2)
    tone = pair("5", 60).astype(np.int16)
    detector.process(np.stack([tone, tone], axis=1))
    detector.reset(1)
    rest = np.zeros((1600, 2), np.int16)
    rest[800 : 800 + len(tone), 1] = tone
    first, second = sorted(detector.process(rest), key=lambda event: event.channel)
    assert (first.channel, round(first.start / 8)) == (0, 0)
    assert (second.channel, round(second.start / 8)) == (1, 100)


def test_busy_spans_the_tone_even_when_it_is_too_short_to_be_a_digit() -> None:
    for on, heard in ((25, 0), (45, 1), (150, 1)):
        detector, events, busy = DtmfDetector(early=True), [], []
        pcm = line(pair("4", on))
        for at in range(0, len(pcm), 40):
            events += detector.process(pcm[at : at + 40])
            busy.append(bool(detector.busy[0]))
        assert len(events) == 2 * heard
        first, last = busy.index(True), len(busy) - 1 - busy[::-1].index(True)
        assert all(busy[first : last + 1])
        assert 50 < 5 * first < 50 + 20  # within 20 ms of the tone's start
        assert 50 + on < 5 * (last + 1) < 50 + on + 60
        assert not busy[-1]


def test_busy_is_quiet_in_silence_and_noise() -> None:
    random = np.random.default_rng(5)
    detector = DtmfDetector(16)
    spells = 0
    for _ in range(200):
        detector.process(random.normal(0, 1500, (80, 16)).astype(np.int16))
        spells += int(detector.busy.sum())
    assert spells < 0.02 * 200 * 16


# --- frequency (Q.24: accept 1.5 % + 2 Hz, reject 3.5 %)


@pytest.mark.parametrize("signs", [s for s in itertools.product((-1, 0, 1), repeat=2) if any(s)])
def test_frequencies_are_accepted_to_one_and_a_half_percent_plus_2_hz(
    signs: tuple[int, int],
) -> None:
    factors = (1 + 0.015 * signs[0], 1 + 0.015 * signs[1])
    more = (2.0 * signs[0], 2.0 * signs[1])
    assert every_key(pair, factors=factors, more_hz=more) == list(KEYS)


@pytest.mark.parametrize("size", [0.03, 0.035, 0.05])
@pytest.mark.parametrize("signs", [s for s in itertools.product((-1, 0, 1), repeat=2) if any(s)])
def test_frequencies_are_refused_from_3_percent_on(size: float, signs: tuple[int, int]) -> None:
    factors = (1 + size * signs[0], 1 + size * signs[1])
    assert every_key(pair, on_ms=100, factors=factors) == [""] * 16


# --- level and twist


@pytest.mark.parametrize("level", [-3.0, -25.0, -40.0])
def test_levels_from_minus_3_to_minus_40_dbm0_are_heard(level: float) -> None:
    assert every_key(pair, levels=(level, level)) == list(KEYS)


def test_a_pair_that_clips_is_heard() -> None:
    assert every_key(pair, levels=(0, 0)) == list(KEYS)


def test_nothing_is_heard_at_minus_55_dbm0() -> None:
    assert every_key(pair, on_ms=100, levels=(-55, -55)) == [""] * 16


@pytest.mark.parametrize(("low", "high"), [(-10.0, -18.0), (-14.0, -10.0)])
def test_twist_of_8_db_forward_and_4_reverse_is_heard_at_all_phases(
    low: float, high: float
) -> None:
    for phases in itertools.product(np.arange(0, 6.2, 1.05), repeat=2):
        assert every_key(pair, levels=(low, high), phases=phases) == list(KEYS)


@pytest.mark.parametrize("levels", [(-8.0, -20.0), (-20.0, -10.0)])
def test_more_twist_than_any_line_has_is_refused(levels: tuple[float, float]) -> None:
    assert every_key(pair, on_ms=100, levels=levels) == [""] * 16


# --- time


def test_40_ms_are_heard_and_23_are_not_wherever_the_grid_falls() -> None:
    for on, wanted in ((40, list(KEYS)), (23, [""] * 16)):
        for shift in range(0, 40, 5):
            signals = (line(np.zeros(shift), pair(key, on)) for key in KEYS)
            assert digits(together(*signals)) == wanted


def test_a_hole_of_10_ms_neither_splits_nor_doubles() -> None:
    signals = []
    for key, at in itertools.product(KEYS, range(5, 90, 7)):
        sound = pair(key, 100)
        sound[ms(at) : ms(at + 10)] = 0
        signals.append(line(sound))
    assert digits(together(*signals)) == [key for key in KEYS for _ in range(5, 90, 7)]


def test_a_pause_of_40_ms_separates_even_the_same_digit() -> None:
    for shift in range(0, 40, 5):
        signals = (line(np.zeros(shift), pair(key, 40), silence(40), pair(key, 40)) for key in KEYS)
        assert digits(together(*signals)) == [key + key for key in KEYS]


def test_a_digit_that_turns_into_another_without_a_pause_gives_both() -> None:
    events = detect_dtmf(line(pair("1", 80), pair("5", 80)))
    assert [event.digit for event in events] == ["1", "5"]
    assert abs(events[0].frames - ms(80)) <= ms(5)
    assert abs(events[1].frames - ms(80)) <= ms(5)


def test_an_echo_does_not_make_a_second_digit() -> None:
    for delay, db in ((5, -10), (20, -10), (30, -12)):
        signals = []
        for key in KEYS:
            sound = np.concatenate([pair(key, 60), silence(60)])
            sound[ms(delay) :] += 10 ** (db / 20) * sound[: -ms(delay)]
            signals.append(line(sound))
        assert digits(together(*signals)) == list(KEYS)


# --- other sounds


@pytest.mark.parametrize("dial", [(350, 440), (450,), (425,)])
def test_digits_are_heard_over_a_dial_tone_that_is_3_db_louder(dial: tuple[float, ...]) -> None:
    row = np.concatenate(
        [part for key in KEYS for part in (pair(key, levels=(-16, -16)), silence(50))]
    )
    row = row + sum(sine(hz, -13, len(row)) for hz in dial)
    assert digits(line(row)) == [KEYS]


def test_digits_are_heard_over_mains_hum() -> None:
    row = np.concatenate(
        [part for key in KEYS for part in (pair(key, levels=(-20, -20)), silence(50))]
    )
    row = row + sum(sine(hz, level, len(row)) for hz, level in ((50, -24), (150, -30), (250, -36)))
    assert digits(line(row)) == [KEYS]


def test_digits_are_heard_in_noise_at_6_db() -> None:
    random = np.random.default_rng(11)
    row = np.concatenate([part for key in KEYS * 4 for part in (pair(key), silence(50))])
    noise = random.normal(0, units.dbm0_to_rms(-10 + 3 - 6), len(row))
    assert digits(line(row + noise)) == [KEYS * 4]


def test_a_third_tone_as_loud_is_refused() -> None:
    for key in KEYS:
        others = [
            hz for hz in tones.DTMF_LOW_HZ + tones.DTMF_HIGH_HZ if hz not in tones.DTMF_HZ[key]
        ]
        signals = (line(pair(key, 100) + sine(hz, -10, ms(100), 2.0)) for hz in others)
        assert digits(together(*signals)) == [""] * 6


CHORDS = [
    *((hz,) for hz in tones.DTMF_LOW_HZ + tones.DTMF_HIGH_HZ),
    *itertools.combinations(tones.DTMF_LOW_HZ, 2),
    *itertools.combinations(tones.DTMF_HIGH_HZ, 2),
    *itertools.combinations((1380, 1500, 1620, 1740, 1860, 1980), 2),  # R2 forward
    *itertools.combinations((1140, 1020, 900, 780, 660, 540), 2),  # R2 backward
    *itertools.combinations((900, 1100, 1300, 1500, 1700), 2),  # R1; its 700+1500 Hz is within
    *((700, hz) for hz in (900, 1100, 1300, 1700)),  # Q.24's tolerance for a '3'
    *(
        (350, 440),
        (440, 480),
        (480, 620),
        (425,),
        (450,),
        (950,),
        (1400,),
        (1800,),
        (1100,),
        (2100,),
    ),
]


def test_no_other_signalling_tone_is_a_digit() -> None:
    signals = [
        line(sum((sine(hz, level, ms(150), i) for i, hz in enumerate(chord)), np.zeros(ms(150))))
        for chord in CHORDS
        for level in (-5, -20)
    ]
    assert digits(together(*signals)) == [""] * len(signals)


@pytest.mark.parametrize("first", [0, 1])
def test_tones_that_do_not_begin_together_are_music(first: int) -> None:
    for lead, wanted in ((10, list(KEYS)), (100, [""] * 16)):
        signals = []
        for key in KEYS:
            alone, other = (
                sine(hz, -10, ms(lead + 80)) for hz in tones.DTMF_HZ[key][:: 1 - 2 * first]
            )
            other[: ms(lead)] = 0
            signals.append(line(alone + other))
        assert digits(together(*signals)) == wanted


def test_tones_of_which_one_fades_while_the_other_swells_are_music() -> None:
    swell = 10 ** (np.linspace(-6, 6, ms(60)) / 20)
    both, apart = [], []
    for key in KEYS:
        low, high = (sine(hz, -14, ms(60)) for hz in tones.DTMF_HZ[key])
        both.append(line((low + high) * swell**0.5))
        apart.append(line(low * swell + high / swell))
    assert digits(together(*both)) == list(KEYS)
    assert digits(together(*apart)) == [""] * 16


def test_noise_is_not_a_digit() -> None:
    random = np.random.default_rng(2)
    noise = random.normal(0, units.dbm0_to_rms(-15), (8 * 8000, 16))
    assert detect_dtmf(noise.astype(np.int16)) == []


# --- words for what is wrong


def test_what_cannot_be_heard_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="channels: want 1 or more, got 0"):
        DtmfDetector(0)
    with pytest.raises(ValueError, match=r"block: want \(frames, 2\), got shape \(80, 3\)"):
        DtmfDetector(2).process(np.zeros((80, 3), np.int16))
    with pytest.raises(TypeError, match="want int16, or float32"):
        DtmfDetector().process(np.zeros(80))
    with pytest.raises(ValueError, match="samplerate: DTMF is heard at 8000 Hz, got 44100"):
        detect_dtmf(np.zeros(80, np.int16), 44100)
    with pytest.raises(ValueError, match=r"tolerance: want 0 to 0.035, got 2"):
        DtmfProfile(tolerance=2)
    with pytest.raises(ValueError, match="channel: want 0 to 1, got 2"):
        DtmfDetector(2).reset(2)


def test_a_profile_changes_what_is_accepted() -> None:
    pcm = line(pair("5", 60, levels=(-30, -30)))
    assert [e.digit for e in detect_dtmf(pcm)] == ["5"]
    assert detect_dtmf(pcm, profile=DtmfProfile(floor_dbm0=-27)) == []


def test_nothing_and_very_little_are_heard_without_complaint() -> None:
    assert detect_dtmf(np.zeros(0, np.int16)) == []
    assert detect_dtmf(np.zeros((0, 5), np.int16)) == []
    assert detect_dtmf(np.ones(3, np.int16)) == []
