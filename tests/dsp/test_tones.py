import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telcard import units
from telcard._native import dsp
from telcard.countries import CadencedTone, countries, country
from telcard.dsp import level, tones
from telcard.dsp.tones import ToneGenerator, ToneSegment


def segment(samples: int, *rest: float, **options: float) -> ToneSegment:
    return ToneSegment(samples / 8000, *rest, **options)


CADENCE = [  # an ordinary segment, a silent one, an empty one, a change of pitch, half a pair
    segment(777, 350, 440, -13, -13),
    segment(401),
    segment(0, 3000, 0, 0, 0),
    segment(333, 950, 0, -24, 0),
    segment(334, 1400, 697, -24, -6),
    segment(1, 1800, 697, -24, -6),
]


def spectrum_dbc(pcm: np.ndarray) -> np.ndarray:
    """Power of each 1 Hz bin under a Blackman-Harris window, in dB below the strongest."""
    n = np.arange(len(pcm)) * 2 * np.pi / len(pcm)
    window = 0.35875 - 0.48829 * np.cos(n) + 0.14128 * np.cos(2 * n) - 0.01168 * np.cos(3 * n)
    power = np.abs(np.fft.rfft(pcm * window)) ** 2
    return 10 * np.log10(power / power.max() + 1e-30)


@pytest.mark.parametrize("hz", [1, 61.7, 440, 697, 1004, 1633, 2100, 2743.3, 3825, 3999])
def test_a_tone_is_the_sine_it_should_be(hz: float, simd: str) -> None:
    made = ToneGenerator([segment(8000, hz, level1_dbm0=0)]).process(8000)
    turns = np.arange(8000) * (round(float(np.float32(hz)) / 8000 * 2**32) / 2**32)
    wanted = units.dbm0_to_peak(0) * np.sin(2 * np.pi * turns)
    assert np.abs(made - wanted).max() <= 0.5 + 0.01


@pytest.mark.parametrize("hz", [425, 697, 941, 1633, 2100, 3000])
@pytest.mark.parametrize("level_dbm0", [0, -10])
def test_nothing_but_the_tone_stands_above_minus_75_dbc(hz: float, level_dbm0: float) -> None:
    hz += 0.37  # no short period: rounding to int16 would else gather in a few lines
    made = ToneGenerator([segment(8000, hz, level1_dbm0=level_dbm0)]).process(8000)
    spectrum = spectrum_dbc(made.astype(float))
    spectrum[round(hz) - 5 : round(hz) + 6] = -math.inf
    assert spectrum.max() < -75


@pytest.mark.parametrize("level_dbm0", [3.1, 0, -3, -10, -20, -30, -40, -50])
def test_a_tone_has_the_level_asked_for(level_dbm0: float) -> None:
    made = ToneGenerator([segment(80000, 1004.3, 0, level_dbm0)]).process(80000)
    assert level.level_dbm0(made) == pytest.approx(level_dbm0, abs=0.02)


def test_two_tones_add_and_each_keeps_its_level() -> None:
    made = ToneGenerator([segment(8000, 697, 1209, -12, -6)]).process(8000)
    both = 10 * math.log10(10**-1.2 + 10**-0.6)
    assert level.level_dbm0(made) == pytest.approx(both, abs=0.001)
    spectrum = spectrum_dbc(made.astype(float))
    assert spectrum[1209] == 0
    assert spectrum[697] == pytest.approx(-6, abs=0.001)


def test_what_is_too_loud_is_clipped_not_wrapped(simd: str) -> None:
    made = ToneGenerator([segment(8000, 1000.1, 1000.1, 10, 10)]).process(8000)
    assert made.max() == 32767
    assert made.min() == -32768
    assert np.all(np.sign(made[1:8000]) == np.sign(np.sin(np.arange(1, 8000) * 2 * np.pi / 7.9992)))


@given(
    st.lists(st.integers(0, 900), max_size=12),
    st.sampled_from(dsp.simd_levels()),
    st.integers(0, 3),
)
def test_a_cadence_is_the_same_however_it_is_cut(cuts: list[int], simd: str, repeats: int) -> None:
    dsp.force_simd("base")
    wanted = ToneGenerator(CADENCE, repeats).process(6000)
    dsp.force_simd(simd)
    generator = ToneGenerator(CADENCE, repeats)
    parts = [generator.process(cut) for cut in cuts if cut]
    made = np.concatenate([*parts, generator.process(6000)])[:6000]
    np.testing.assert_array_equal(made, wanted)


def test_a_cadence_ends_after_its_repeats_and_says_so() -> None:
    once = sum(part.samples for part in CADENCE)
    generator = ToneGenerator(CADENCE, repeats=3)
    assert generator.frames == 3 * once
    assert not generator.finished
    assert len(generator.process(3 * once)) == 3 * once
    assert generator.finished
    assert len(generator.process(80)) == 0


def test_zero_repeats_mean_for_ever() -> None:
    once = sum(part.samples for part in CADENCE)
    generator = ToneGenerator(CADENCE, repeats=0)
    assert generator.frames is None
    assert len(generator.process(10 * once)) == 10 * once
    assert not generator.finished


@pytest.mark.parametrize("segments", [[], [segment(0)], [segment(0, 440)] * 3])
@pytest.mark.parametrize("repeats", [0, 1, 5])
def test_a_cadence_of_nothing_is_over_at_once(segments: list[ToneSegment], repeats: int) -> None:
    generator = ToneGenerator(segments, repeats)
    assert generator.finished
    assert len(generator.process(80)) == 0


def test_an_oscillator_goes_on_through_a_change_of_pitch_and_over_the_seam_of_a_repeat() -> None:
    segments = [
        segment(403, 950),
        segment(397, 1400),
        segment(0),
        segment(399, 1800),
    ]
    made = ToneGenerator(segments, repeats=4).process(10_000).astype(int)
    steepest = units.dbm0_to_peak(-10) * 2 * math.pi * 1800 / 8000
    assert np.abs(np.diff(made)).max() <= steepest + 1


def test_an_oscillator_starts_softly_after_silence() -> None:
    made = ToneGenerator([segment(123, 941, 1336), segment(50)], 2).process(346)
    assert made[0] == made[173] == 0
    np.testing.assert_array_equal(made[:173], made[173:])


def test_the_partner_of_a_lone_tone_starts_anew_while_that_goes_on() -> None:
    low, high = segment(100, 697, 0, -10, -10), segment(100, 697, 1209, -10, -10)
    made = ToneGenerator([high, low, high]).process(300).astype(int)
    peak, n = units.dbm0_to_peak(-10), np.arange(300)
    wanted = peak * np.sin(2 * np.pi * 697 * n / 8000)
    wanted += peak * np.sin(2 * np.pi * 1209 * (n % 200) / 8000) * ((n < 100) | (n >= 200))
    assert np.abs(made - wanted).max() < 0.52


def test_a_tone_drifts_by_at_most_two_degrees_an_hour() -> None:
    generator = ToneGenerator([segment(3600 * 8000, 1633.0)])
    for _ in range(359):
        generator.process(80_000)
    last = generator.process(80_000)
    first = ToneGenerator([segment(80_000, 1633.0)]).process(80_000)
    assert np.abs(last.astype(int) - first).max() <= math.radians(2) * units.dbm0_to_peak(-10)


@pytest.mark.parametrize("key", "0123456789*#ABCD")
def test_every_key_sends_its_two_frequencies(key: str) -> None:
    made = tones.dtmf(key, on_ms=1000, off_ms=0).astype(float)
    low_hz, high_hz = tones.DTMF_HZ[key]
    row = next(i for i, keys in enumerate(tones.DTMF_KEYS) if key in keys)
    assert (low_hz, high_hz) == (
        [697, 770, 852, 941][row],
        [1209, 1336, 1477, 1633][tones.DTMF_KEYS[row].index(key)],
    )
    loudest = set(np.argsort(spectrum_dbc(made))[-6:])
    assert {low_hz, high_hz} < loudest


def test_a_row_of_digits_has_the_times_and_levels_asked_for() -> None:
    made = tones.dtmf("1d#", on_ms=70, off_ms=65, level_dbm0=-14, twist_db=4)
    assert made.shape == (3 * (560 + 520),)
    for start in (0, 1080, 2160):
        assert not made[start + 560 : start + 1080].any()
        assert np.count_nonzero(made[start : start + 560]) > 540
    low = ToneGenerator([segment(560, 697, 1209, -16, -12)]).process(560)
    np.testing.assert_array_equal(made[:560], low)
    assert tones.dtmf("").shape == (0,)


def test_a_wrong_digit_time_or_tone_is_refused_in_one_sentence() -> None:
    with pytest.raises(ValueError, match=r"digits: want 0-9, \*, #, A-D, got 'E' in '12e'"):
        tones.dtmf("12e")
    with pytest.raises(ValueError, match="on_ms: want 0 ms or more, got -1"):
        tones.dtmf("1", on_ms=-1)
    with pytest.raises(ValueError, match="off_ms: want 0 ms or more, got nan"):
        tones.dtmf("1", off_ms=math.nan)
    with pytest.raises(ValueError, match="f2_hz: want 0 to 4000 Hz, got 4001"):
        segment(80, 440, 4001)
    with pytest.raises(ValueError, match="f1_hz: want 0 to 4000 Hz, got nan"):
        segment(80, math.nan)
    with pytest.raises(ValueError, match=r"level1_dbm0: want -200 to \+20 dBm0, got inf"):
        segment(80, 440, 0, math.inf)
    with pytest.raises(ValueError, match="seconds: want 0 to 100,000, got -1"):
        ToneSegment(-1)
    with pytest.raises(ValueError, match=r"repeats: want 0 \(for ever\) or more, got -1"):
        ToneGenerator(CADENCE, -1)


FOUR = [  # a pair among four, four, silence, the third alone
    segment(401, 350, 440, -13, -13, 0, 0),
    segment(300, 1400, 2060, -20, -21, 2450, 2600, -22, -23),
    segment(99),
    segment(222, 0, 0, 0, 0, 950, 0, -9),
]


def test_four_tones_add_and_each_keeps_its_level() -> None:
    wanted = {1400: -20.0, 2060: -21.0, 2450: -22.0, 2600: -23.0}
    made = ToneGenerator([replace(FOUR[1], seconds=1)]).process(8000)
    spectrum = spectrum_dbc(made.astype(float))
    for hz, level_dbm0 in wanted.items():
        assert spectrum[hz] == pytest.approx(level_dbm0 + 20, abs=0.001)
        spectrum[hz - 4 : hz + 5] = -math.inf
    assert spectrum.max() < -65


@pytest.mark.parametrize("cut", [1, 7, 160])
def test_four_tones_are_the_same_at_every_level_and_cut(cut: int, simd: str) -> None:
    dsp.force_simd("base")
    wanted = ToneGenerator(FOUR, 2).process(3000)
    dsp.force_simd(simd)
    generator = ToneGenerator(FOUR, 2)
    parts = [generator.process(cut) for _ in range(-(-len(wanted) // cut))]
    np.testing.assert_array_equal(np.concatenate(parts), wanted)


@pytest.mark.parametrize("depth", [1.0, 0.5])
def test_a_modulated_tone_swells_and_sinks(depth: float) -> None:
    tone = CadencedTone.of("400x25", level_dbm0=-12.0, modulation_depth=depth)
    made = tones.sounded(tone, 1.0)
    n = np.arange(8000) / 8000
    swell = 1 + depth * np.cos(2 * np.pi * 25 * n)
    wanted = units.dbm0_to_peak(-12) * swell * np.sin(2 * np.pi * 400 * n)
    assert np.abs(made - wanted).max() < 0.6


def test_a_cadence_of_a_country_is_switched_as_the_data_say() -> None:
    sit = CadencedTone.of("950/1400/1800", (0.33, 0.03, 0.33, 0.0, 0.33, 1.0))
    assert [(part.seconds, part.f1_hz) for part in tones.segments_of(sit)] == [
        (0.33, 950),
        (0.03, 0),
        (0.33, 1400),
        (0.33, 1800),
        (1.0, 0),
    ]
    assert tones.repeats_of(sit) == 0
    assert len(tones.sounded(sit, 10.0)) == 80_000
    once = replace(sit, ending="over")
    assert tones.repeats_of(once) == 1
    assert len(tones.sounded(once, 10.0)) == once.period_s * 8000


def test_a_stutter_goes_over_into_a_tone_that_stays() -> None:
    stutter = CadencedTone.of("350+440", (0.1, 0.1) * 3, ending="steady")
    made = tones.sounded(stutter, 5.0)
    loud = np.abs(made.reshape(-1, 400).astype(int)).max(axis=1) > 0
    assert loud.tolist() == [True, True, False, False] * 3 + [True] * 88
    dial = tones.sounded(CadencedTone.of("425"), 5.0)
    np.testing.assert_array_equal(dial, ToneGenerator([ToneSegment(5, 425)]).process(40_000))


def loudest_hz(stretch: np.ndarray, count: int) -> list[float]:
    """The strongest sines of a stretch, to half a hertz or so, the strongest first."""
    length = 16_384
    power = np.abs(np.fft.rfft(stretch * np.hanning(len(stretch)), length))
    found = []
    for _ in range(count):
        peak = int(power.argmax())
        found.append(peak * 8000 / length)
        near = 3 * length // len(stretch)  # the main lobe of the window, and a bit
        power[max(0, peak - near) : peak + near] = 0
    return found


@pytest.mark.parametrize("code", countries())
def test_a_countrys_tones_sound_as_the_data_say(code: str) -> None:
    for name, tone in country(code).tones.items():
        made = tones.sounded(tone, min(tone.period_s, 1.0) if tone.continuous else tone.period_s)
        loud = np.abs(made.astype(int)) > 0
        here = 0.0
        cadence = tone.cadence_s or (1.0, 0.0)
        for burst in range(tone.bursts):
            on_s, off_s = cadence[2 * burst : 2 * burst + 2]
            start, end = round(here * 8000), round((here + on_s) * 8000)
            assert loud[start:end].mean() > 0.7, name  # at 1000 Hz two samples in eight are 0
            assert not loud[end : round((here + on_s + off_s) * 8000)].any(), name
            here += on_s + off_s
            wanted = list(tone.during(burst))
            if tone.modulation_hz and on_s >= 0.3:
                wanted += [wanted[0] - tone.modulation_hz, wanted[0] + tone.modulation_hz]
            if on_s * min(np.diff(sorted({0.0, *wanted}))) < 4:
                continue  # too short to tell the frequencies apart
            found = loudest_hz(made[start:end], len(wanted))
            np.testing.assert_allclose(sorted(found), sorted(wanted), atol=2.0, err_msg=name)
