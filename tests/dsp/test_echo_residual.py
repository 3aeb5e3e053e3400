"""What follows the linear canceller: suppression, comfort noise, tone disabler, events."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from telcard import units
from telcard.dsp import fax_tones
from telcard.dsp.echo import EchoCanceller, EchoState
from tests.support import g168

Sound = NDArray[np.int16]
SECOND = units.SAMPLE_RATE


def css(seconds: float, level_dbm0: float = -10.0) -> Sound:
    return g168.alaw(g168.composite("C1", round(seconds * SECOND), level_dbm0))


def columns(*sounds: Sound) -> Sound:
    return np.ascontiguousarray(np.stack(sounds, axis=1))


@dataclass
class Line:
    """A far end, its echo with the near end's sound, and that sound alone."""

    rin: Sound
    near: NDArray[np.float64]
    response: NDArray[np.float64]

    @property
    def sin(self) -> Sound:
        return g168.line(self.rin, self.response, self.near)


def cancelled(lines: list[Line], frozen_from: float = 0, **options: bool) -> Sound:
    """Sout; the filters learn for so many seconds (0: always), so that it matters what follows."""
    canceller = EchoCanceller(len(lines), 16, **options)
    rin, sin = columns(*(line.rin for line in lines)), columns(*(line.sin for line in lines))
    first = round(frozen_from * SECOND)
    begin = canceller.process(rin[:first], sin[:first])
    canceller.freeze(first > 0)
    return np.concatenate([begin, canceller.process(rin[first:], sin[first:])])


def test_nothing_is_heard_of_an_echo_one_second_after_its_begin() -> None:
    quiet = np.zeros(3 * SECOND)
    lines = [Line(css(3), quiet, g168.path(name, 6)) for name in g168.PATHS]
    lines += [Line(css(3, level), quiet, g168.path("D3", 10)) for level in (-20, -30)]
    lines.append(Line(g168.alaw(g168.white(3 * SECOND, -12)), quiet, g168.path("D4", 8)))
    out = cancelled(lines, comfort_noise=False)
    for made in out.T:
        assert g168.levels(made[SECOND:]).max() <= -65


def test_who_talks_alone_is_not_touched() -> None:
    near = g168.alaw(g168.talk(2 * SECOND, -30))
    canceller = EchoCanceller(1, 8, high_pass=False)
    assert (canceller.process(np.zeros_like(near), near) == near).all()


@pytest.mark.parametrize("level_dbm0", [-15, -30])
def test_who_talks_into_an_echo_is_heard_from_the_begin(level_dbm0: float) -> None:
    """Bursts of 300 ms, whose first 5 ms may be lost."""
    near = np.zeros(5 * SECOND)
    begins = [round((2.03 + 0.61 * burst) * SECOND) for burst in range(4)]
    for burst, begin in enumerate(begins):
        near[begin : begin + 2400] = g168.white(2400, level_dbm0, seed=burst)
    line = Line(css(5), near, g168.path("D4", 6))
    with_nlp = cancelled([line], 2, comfort_noise=False)[:, 0]
    without = cancelled([line], 2, nlp=False)[:, 0]
    for begin in begins:
        heard = slice(begin + 40, begin + 2400)
        assert (with_nlp[heard] == without[heard]).mean() > 0.97
        assert abs(g168.level(with_nlp[heard]) - g168.level(near[heard])) < 1
        assert not with_nlp[begin - 400 : begin].any()


def test_comfort_noise_follows_the_background() -> None:
    """Test 9: noise of -45, then -55, then -40 dBm0, while the far end goes on and on."""
    steps = np.repeat([-120.0, -45.0, -55.0, -40.0], [12_000, 44_000, 40_000, 40_000])
    near = g168.hoth(len(steps), 0) * 10 ** (steps / 20)
    faint = g168.hoth(len(steps), -60, seed=5)
    rin = css(17)
    lines = [Line(rin, near, g168.path("D3", 6)), Line(rin, faint, g168.path("D2", 10))]
    out = cancelled(lines, 1.5)
    for second in (5, 10, 15):
        part = slice(second * SECOND, (second + 2) * SECOND)
        for made, line in zip(out.T, lines, strict=True):
            assert abs(g168.level(made[part]) - g168.level(line.near[part])) < 2
    spectra = [np.abs(np.fft.rfft(s[15 * SECOND : 17 * SECOND])) ** 2 for s in (out[:, 0], near)]
    for low, high in ((200, 500), (500, 1000), (1000, 2000), (2000, 3400)):
        band = [spectrum[low * 2 : high * 2].mean() for spectrum in spectra]
        assert abs(10 * np.log10(band[0] / band[1])) < 3


def test_silence_stays_silence() -> None:
    line = Line(css(3), np.zeros(3 * SECOND), g168.path("D5", 8))
    out = cancelled([line])[:, 0]
    assert g168.levels(out[SECOND:]).max() <= -65


def modem(seconds: float = 1.5, level_dbm0: float = -12.0, reversals: bool = True) -> Sound:
    return fax_tones.fax_tone("ans", seconds=seconds, level_dbm0=level_dbm0, reversals=reversals)


@pytest.mark.parametrize("way", ["receive", "send"])
def test_a_modem_gets_the_line_as_it_is(way: str) -> None:
    tone = modem()
    carrier = g168.alaw(g168.tone(SECOND, -12, 1800))
    hush = np.zeros(4000, np.int16)
    loud = np.concatenate([tone, carrier, np.zeros(2 * SECOND, np.int16)])
    other = np.concatenate([np.zeros(len(tone) + 4000, np.int16), carrier, hush])
    other = np.concatenate([other, np.zeros(len(loud) - len(other), np.int16)])
    receive, send = (loud, other) if way == "receive" else (other, loud)
    canceller = EchoCanceller(1, 16)
    out = canceller.process(receive, send)
    told = [(event.kind, event.start) for event in canceller.events()]
    told = [one for one in told if one[0] in ("disabled", "enabled")]
    assert [kind for kind, _ in told] == ["disabled", "enabled"]
    (_, off), (_, on) = told
    assert off <= SECOND
    end = len(tone) + SECOND + 4000  # of the carrier that ended last
    assert end + 0.1 * SECOND <= on <= end + 0.4 * SECOND
    assert (out[off:on] == send[off:on]).all()


def test_no_other_tone_disables() -> None:
    tones = [modem(2, reversals=False), modem(2, -40), g168.alaw(g168.tone(2 * SECOND, -12, 2130))]
    canceller = EchoCanceller(3, 8)
    canceller.process(columns(*tones), np.zeros((2 * SECOND, 3), np.int16))
    assert not any(event.kind == "disabled" for event in canceller.events())
    keyed = EchoCanceller(1, 8, disabler=False)
    keyed.process(modem(), modem())
    assert not any(event.kind == "disabled" for event in keyed.events())


def test_a_state_is_told_while_it_lasts() -> None:
    canceller = EchoCanceller(1, 8)
    tone = modem()
    canceller.process(tone, np.zeros_like(tone))
    assert canceller.statistics(0).state == EchoState.DISABLED
    canceller.reset(0)
    assert canceller.statistics(0).state == EchoState.LEARNING


def test_every_cutting_and_level_gives_the_same_samples(simd: str) -> None:
    rin = css(1.2)
    near = g168.hoth(len(rin), -45) + g168.talk(len(rin), -25) * (np.arange(len(rin)) > 7000)
    send = g168.line(rin, g168.path("D4", 8), near)
    whole = EchoCanceller(1, 16).process(rin, send)
    cut = EchoCanceller(1, 16)
    places = np.sort(np.random.default_rng(4).integers(0, len(rin), 300))
    pieces = zip(np.split(rin, places), np.split(send, places), strict=True)
    assert (np.concatenate([cut.process(r, s) for r, s in pieces]) == whole).all()


def test_a_changed_path_is_told_and_its_echo_suppressed() -> None:
    """Here the filter does not learn the other path: what follows it must see that by itself."""
    rin = css(4)
    echo = g168.through(rin, g168.path("D2", 8))
    echo[2 * SECOND :] = g168.through(rin, g168.path("D7", 8))[2 * SECOND :]
    send = g168.alaw(echo)
    canceller = EchoCanceller(1, 16, comfort_noise=False)
    canceller.process(rin[: 2 * SECOND], send[: 2 * SECOND])
    canceller.freeze()
    out = canceller.process(rin[2 * SECOND :], send[2 * SECOND :])
    told = [event for event in canceller.events() if event.kind == "path_changed"]
    assert len(told) == 1
    assert 2 * SECOND <= told[0].start <= 2.2 * SECOND
    assert g168.levels(out[SECOND:]).max() <= -65
