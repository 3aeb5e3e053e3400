"""The measure of an echo: its delay, loss and path, whoever talks over it."""

import numpy as np
import pytest

from telcard.analysis.echo import EchoFinder, EchoPath, find_echo
from tests.support.echoes import Sound, hybrid, later, pcm, prompts


def loss_db(receive: Sound, echo: Sound) -> float:
    """Of the band that is measured."""
    band = [np.abs(np.fft.rfft(x)[len(x) * 15 // 800 : len(x) * 36 // 80]) for x in (receive, echo)]
    return float(10 * np.log10((band[0] ** 2).sum() / (band[1] ** 2).sum()))


def measured(receive: Sound, send: Sound) -> EchoPath:
    found = find_echo(pcm(receive, -80), pcm(send)).echo
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("delay_ms", "erl_db", "near_dbm0"),
    [(0, 6, None), (20, 12, None), (60, 24, -30), (300, 12, -20), (500, 20, None), (-20, 15, None)],
)
def test_delay_and_loss_are_found_whoever_talks(
    delay_ms: int, erl_db: float, near_dbm0: float | None
) -> None:
    receive = prompts(24, -18)
    echo = np.convolve(receive, hybrid(erl_db=erl_db))[: len(receive)]
    near = np.zeros_like(echo) if near_dbm0 is None else prompts(24, near_dbm0, 40)
    path = measured(receive, later(echo, 8 * delay_ms) + near)
    assert path.delay_ms == pytest.approx(delay_ms, abs=0.6)
    assert path.erl_db == pytest.approx(loss_db(receive, echo), abs=1.5)
    assert 2 < path.dispersion_ms < 25
    assert path.tail_ms in (16, 24, 32, 40)


def test_the_path_is_that_of_the_line() -> None:
    receive, taps = prompts(24, -18), hybrid()
    path = measured(receive, later(np.convolve(receive, taps)[: len(receive)], 80))
    found = later(np.pad(path.taps, (0, 256))[:256], round(8 * path.delay_ms) - 80)
    wanted = np.pad(taps, (0, 256 - len(taps)))
    band = slice(20, 110)  # 600 to 3,400 Hz of 256 points
    missed = np.abs(np.fft.rfft(found - wanted)[band]) ** 2
    assert 10 * np.log10(missed.sum() / (np.abs(np.fft.rfft(wanted)[band]) ** 2).sum()) < -12


def test_without_an_echo_none_is_found() -> None:
    receive = prompts(20, -18)
    for near in (np.zeros_like(receive), prompts(20, -20, 40), 300.0 + 0 * receive):
        found = find_echo(pcm(receive), pcm(near, seed=5))
        assert found.echo is None
    assert 15 < found.sent_s <= 20
    assert found.receive_dbm0 == pytest.approx(-18, abs=1)
    assert found.noise_dbm0 == pytest.approx(-34, abs=2)  # an offset of 300


def test_hum_in_both_sides_is_no_echo() -> None:
    hum = 200 * np.sin(np.arange(160_000) * 2 * np.pi * 50 / 8000)
    found = find_echo(pcm(prompts(20, -18) + hum), pcm(hum, seed=9))
    assert found.echo is None


def test_a_clock_that_drifts_is_told() -> None:
    receive = prompts(60, -18)
    echo = np.convolve(receive, hybrid())[: len(receive)]
    place = np.arange(len(echo))
    path = measured(receive, later(np.interp(place * (1 - 40e-6), place, echo), 400))
    assert path.drift_ppm == pytest.approx(40, abs=2)
    assert path.jumps == ()
    assert path.delays[-1][1] - path.delays[0][1] == pytest.approx(2.1, abs=0.4)
    assert path.erl_db == pytest.approx(loss_db(receive, echo), abs=1.5)


def test_a_delay_that_jumps_is_told() -> None:
    receive = prompts(60, -18)
    echo = np.convolve(receive, hybrid())[: len(receive)]
    echo = np.concatenate([echo[:280_000], np.zeros(80), echo[280_000:-80]])
    path = measured(receive, later(echo, 400))
    assert len(path.jumps) == 1
    assert path.jumps[0] == pytest.approx(35, abs=4)
    assert path.drift_ppm == pytest.approx(0, abs=1)


def test_every_cutting_gives_the_same_measure() -> None:
    receive = pcm(prompts(8, -18))
    send = pcm(later(np.convolve(receive, hybrid())[: len(receive)], 100))
    whole = find_echo(receive, send)
    finder = EchoFinder()
    cuts = np.sort(np.random.default_rng(4).integers(0, len(receive), 30))
    for one, other in zip(np.split(receive, cuts), np.split(send, cuts), strict=True):
        finder.process(one, other)
    cut = finder.result()
    assert whole.echo is not None
    assert cut.echo is not None
    np.testing.assert_array_equal(cut.echo.taps, whole.echo.taps)
    assert (cut.echo.delay_ms, cut.echo.erl_db) == (whole.echo.delay_ms, whole.echo.erl_db)
    assert (cut.sent_s, cut.noise_dbm0) == (whole.sent_s, whole.noise_dbm0)


@pytest.mark.parametrize("frames", [0, 1, 500, 9000])
def test_short_and_silent_sounds_are_measured_too(frames: int) -> None:
    found = find_echo(np.zeros(frames, np.int16), np.zeros(frames, np.int16))
    assert found.echo is None
    assert (found.receive_dbm0, found.sent_s, found.length_s) == (-100, 0, frames / 8000)


def test_what_was_masked_does_not_count() -> None:
    """Where a recorder has put digital silence no echo is expected."""
    receive = prompts(40, -18)
    echo = np.convolve(receive, hybrid())[: len(receive)]
    send = pcm(later(echo, 160))
    send[80_000:240_000] = 8
    found = find_echo(pcm(receive), send).echo
    assert found is not None
    assert found.erl_db == pytest.approx(loss_db(receive, echo), abs=1.5)


def test_two_sounds_of_one_length_are_wanted() -> None:
    with pytest.raises(ValueError, match=r"want two sounds .* got \(5,\) and \(4,\)"):
        find_echo(np.zeros(5, np.int16), np.zeros(4, np.int16))
