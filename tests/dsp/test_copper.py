"""A subscriber's line: each effect beside an independent model of it."""

import numpy as np
import pytest

from telcard._native import dsp
from telcard.dsp import g711, level
from telcard.dsp.copper import Copper, CopperLine, both_ways
from telcard.units import dbm0_to_peak, dbm0_to_rms
from tests.support import copper_model as model

SECOND = 8000


def sine(hz: float, seconds: float, level_dbm0: float = -10.0) -> np.ndarray:
    at = np.arange(round(seconds * SECOND))
    return np.rint(dbm0_to_peak(level_dbm0) * np.sin(2 * np.pi * hz * at / SECOND)).astype(np.int16)


def speech(samples: int, seed: int = 5) -> np.ndarray:
    """Coloured noise, loud and soft."""
    x = np.convolve(np.random.default_rng(seed).normal(0, 1, samples), [1, 0.9, 0.5], "same")
    return np.rint(1500 * x * (1.2 + np.sin(np.arange(samples) / 900))).astype(np.int16)


def through(copper: Copper, received, sent=None, seed: int = 1):
    return CopperLine(copper, seed).process(received, sent)


EVERYTHING = Copper(
    loss_db=(3.0, 7.5),
    noise_dbm0=(-45.0, -52.0),
    delay_ms=(12.5, 3.0),
    offset_hz=(4.0, -2.5),
    impulses_per_min=(900.0, 600.0),
    impulse_dbm0=-6.0,
    slips_per_min=300.0,
    slips_at=(100, 5, 2001),
    echo=tuple(np.random.default_rng(3).normal(0, 0.1, 512)),
    erl_db=9.0,
)


def test_a_line_without_figures_changes_no_sample() -> None:
    x, y = speech(4000), speech(4000, 6)
    assert Copper().changes_nothing
    heard, arrived = through(Copper(), x, y)
    assert np.array_equal(heard, x)
    assert np.array_equal(arrived, y)


def test_the_same_bits_at_every_simd_level() -> None:
    x, y = speech(6000), speech(6000, 6)
    made = []
    for simd in dsp.simd_levels():
        dsp.force_simd(simd)
        made.append(np.stack(through(EVERYTHING, x, y)))
    assert all(np.array_equal(made[0], other) for other in made)


@pytest.mark.parametrize("cut", [1, 7, 79, 80, 81, 160, 4000])
def test_the_same_bits_however_the_stream_is_cut(cut: int) -> None:
    x, y = speech(4000), speech(4000, 6)
    whole = np.stack(through(EVERYTHING, x, y))
    line = CopperLine(EVERYTHING)
    parts = [line.process(x[at : at + cut], y[at : at + cut]) for at in range(0, 4000, cut)]
    assert np.array_equal(whole, np.concatenate([np.stack(part) for part in parts], axis=1))


def test_loss_is_exact_either_way() -> None:
    tone = sine(1004, 2)
    heard, arrived = through(Copper(loss_db=(6.0, 13.5)), tone, tone)
    assert level.level_dbm0(heard) == pytest.approx(-16.0, abs=0.02)
    assert level.level_dbm0(arrived) == pytest.approx(-23.5, abs=0.02)
    assert np.abs(heard - tone * 10 ** (-6 / 20)).max() <= 0.5 + 1e-3


def test_delay_is_exact_to_the_sample() -> None:
    x = speech(4000)
    heard, arrived = through(Copper(delay_ms=(20, 0.125)), x, x)
    assert np.array_equal(heard[160:], x[:-160])
    assert not heard[:160].any()
    assert np.array_equal(arrived[1:], x[:-1])


def test_noise_sounds_in_pauses_and_is_that_of_the_model() -> None:
    still = np.zeros(20 * SECOND, np.int16)
    heard, arrived = through(Copper(noise_dbm0=(-48.0, -30.0)), still, still, seed=77)
    assert level.level_dbm0(heard) == pytest.approx(-48.0, abs=0.1)
    assert level.level_dbm0(arrived) == pytest.approx(-30.0, abs=0.1)
    for way, (got, dbm0) in enumerate([(heard, -48.0), (arrived, -30.0)]):
        wanted = model.normal(77, way, len(still)) * dbm0_to_rms(dbm0)
        assert np.abs(got - wanted).max() <= 0.5 + 1e-2


def test_noise_is_white_and_normal() -> None:
    still = np.zeros(60 * SECOND, np.int16)
    noise = through(Copper(noise_dbm0=-20.0), still)[0].astype(float)
    power = np.abs(np.fft.rfft(noise.reshape(-1, 800) * np.hanning(800))) ** 2
    bands = power.mean(axis=0)[1:-1].reshape(-1, 21).mean(axis=1)
    assert np.abs(10 * np.log10(bands / bands.mean())).max() < 0.5
    z = np.sort(noise / noise.std())
    assert abs(z.mean()) < 0.01
    assert np.mean(z**4) == pytest.approx(2.9, abs=0.05)
    for quantile, want in [(0.0013499, -3), (0.0227501, -2), (0.1586553, -1), (0.8413447, 1)]:
        assert z[round(quantile * len(z))] == pytest.approx(want, abs=0.1)


def test_noises_of_ways_and_seeds_have_nothing_in_common() -> None:
    still = np.zeros(SECOND, np.int16)
    made = [*through(Copper(noise_dbm0=-20.0), still, seed=1)]
    made += [*through(Copper(noise_dbm0=-20.0), still, seed=2)]
    likeness = np.corrcoef(np.stack(made)) - np.eye(4)
    assert np.abs(likeness).max() < 0.05


@pytest.mark.parametrize("hz", [0.1, 1.0, -7.0, 50.0])
def test_a_frequency_offset_is_met_within_a_tenth_of_a_hertz(hz: float) -> None:
    copper = Copper(offset_hz=(hz, -hz))
    for tone_hz in (300.0, 1004.0, 3000.0):
        tone = sine(tone_hz, 4)
        for got, want in zip(
            through(copper, tone, tone), (tone_hz + hz, tone_hz - hz), strict=True
        ):
            settled = got[200:30_000].astype(float)
            assert model.frequency(settled) == pytest.approx(want, abs=0.01)
            assert level.level_dbm0(got[200:]) == pytest.approx(-10.0, abs=0.1)


def test_an_offset_moves_speech_as_the_model_does_and_never_jumps() -> None:
    x = np.zeros(16_000, np.int16)
    for hz in (400, 700, 1200, 2500, 3300):
        x += sine(hz, 2, -16)
    (got, _) = through(Copper(offset_hz=3.0), x)
    # The model's oscillator began 64 samples later in the sound than the kernel's.
    want = model.shifted(np.roll(x.astype(float), 64), 3.0)
    middle = slice(2000, 14_000)
    error = got[middle] - want[middle]
    assert np.sqrt(np.mean(error**2)) < 0.01 * np.sqrt(np.mean(want[middle] ** 2))


def test_an_echo_is_the_convolution_with_what_he_hears() -> None:
    taps = np.random.default_rng(9).normal(0, 1, 512) * np.exp(-np.arange(512) / 90)
    copper = Copper(echo=tuple(0.05 * taps), loss_db=(6.0, 0.0), noise_dbm0=(-40.0, None))
    x, y = speech(SECOND), speech(SECOND, 6)
    heard, arrived = through(copper, x, y)
    wanted = y + np.convolve(heard.astype(float), 0.05 * taps)[:SECOND]
    assert np.abs(arrived - wanted).max() < 2.0  # the echo is made of what was not yet rounded


def test_erl_is_what_white_noise_loses_on_the_way_back() -> None:
    taps = tuple(np.random.default_rng(9).normal(0, 1, 200))
    x = np.rint(np.random.default_rng(1).normal(0, 3000, 10 * SECOND)).astype(np.int16)
    _, arrived = through(Copper(echo=taps, erl_db=14.0), x)
    assert level.level_dbm0(x) - level.level_dbm0(arrived[200:]) == pytest.approx(14.0, abs=0.1)


def test_impulses_come_as_often_and_as_high_as_asked_for() -> None:
    still = np.zeros(100 * SECOND, np.int16)
    heard, arrived = through(Copper(impulses_per_min=(600.0, 0.0), impulse_dbm0=-10.0), still)
    assert not arrived.any()
    peak = dbm0_to_peak(-10.0)
    begun = np.flatnonzero(np.abs(np.abs(heard) - peak) < 1)
    assert len(begun) == pytest.approx(1000, abs=3 * np.sqrt(1000))
    assert np.abs(heard).max() == pytest.approx(peak, abs=1)
    assert np.mean(heard[begun] > 0) == pytest.approx(0.5, abs=0.06)
    gaps = np.diff(begun)
    assert gaps.std() == pytest.approx(gaps.mean(), rel=0.15)  # as of a Poisson process
    one = heard[begun[0] : begun[0] + 32] / heard[begun[0]]
    at = np.arange(32)
    assert np.abs(one - np.cos(np.pi / 4 * at) * np.exp(-at / 8)).max() < 1e-3


def test_slips_repeat_a_sample_and_lose_one_in_turn() -> None:
    x = np.arange(1, 401, dtype=np.int16)
    heard, arrived = through(Copper(slips_at=(100, 250, 300)), x, x)
    wanted = np.concatenate([x[:100], x[99:249], x[250:300], x[299:399]])
    assert np.array_equal(heard, wanted)
    assert np.array_equal(arrived, wanted)


def test_slips_come_as_often_as_asked_for() -> None:
    x = (np.arange(100 * SECOND) % 30_000).astype(np.int16)
    heard, _ = through(Copper(slips_per_min=600.0), x)
    steps = np.diff(heard.astype(int)) % 30_000
    assert set(steps) <= {0, 1, 2}
    assert np.count_nonzero(steps != 1) == pytest.approx(1000, abs=100)


def test_what_is_too_loud_is_clipped() -> None:
    heard, _ = through(Copper(loss_db=-20.0), sine(1000, 0.1, 0.0))
    assert (heard.min(), heard.max()) == (-32768, 32767)


def test_keys_survive_a_noisy_line(simd: str) -> None:
    from telcard.dsp import detect_dtmf, tones

    copper = Copper(loss_db=12.0, noise_dbm0=-45.0, offset_hz=2.0, impulses_per_min=60)
    keys = tones.dtmf("0123456789*#")
    _, arrived = through(copper, np.zeros_like(keys), keys)
    octets = g711.encode_alaw(np.concatenate([arrived, np.zeros(800, np.int16)]))
    assert "".join(e.digit for e in detect_dtmf(g711.decode_alaw(octets))) == "0123456789*#"


@pytest.mark.parametrize(
    ("figures", "sentence"),
    [
        ({"loss_db": 90}, "loss_db: want -20 to 80, got 90"),
        ({"noise_dbm0": (None, 10)}, "noise_dbm0: want -100 to 0, got 10"),
        ({"delay_ms": -1}, "delay_ms: want 0 to 1000, got -1"),
        ({"offset_hz": float("nan")}, "offset_hz: want -100 to 100, got nan"),
        ({"echo": (0.1,) * 513}, "echo: want at most 512 taps, got 513"),
        ({"echo": (float("inf"),)}, "echo: want finite taps"),
        ({"erl_db": 6}, "erl_db: want the taps of an echo to scale, got none"),
        ({"slips_at": (3, -1)}, "slips_at: want samples from 0 on, got -1"),
        ({"slips_at": (1,) * 10_001}, "slips_at: want at most 10000, got 10001"),
    ],
)
def test_a_figure_out_of_range_is_named(figures, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Copper(**figures)


def test_sounds_of_two_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match=r"want two sounds of shape .* got \(80,\) and \(81,\)"):
        through(Copper(), np.zeros(80, np.int16), np.zeros(81, np.int16))


def test_a_figure_may_be_a_pair() -> None:
    assert both_ways(3.0) == (3.0, 3.0)
    assert both_ways((3.0, None)) == (3.0, None)
