"""Echoes that come late, and whose delay nobody has told: `find_delay`."""

import numpy as np
import pytest

from telcard._native import dsp, echo
from telcard.dsp import tones
from telcard.dsp.echo import EchoCanceller, EchoEvent
from tests.support import g168
from tests.support.g168 import Pcm, Sound

DELAYS = (0, 100, 240, 400, 800, 1200, 1600, 2000, 2400, 2800, 3000, 3200, 3500, 3700, 3900, 4000)
CHANNELS = len(DELAYS)


def talkers(seconds: float, level_dbm0: float, first: int = 0) -> Sound:
    """Somebody else, or at least something else, on each channel."""
    said = g168.talk(round(8000 * seconds), level_dbm0)
    return np.stack([np.roll(said, -(first + k) * 5700) for k in range(CHANNELS)], axis=1)


def hiss(frames: int) -> Sound:
    """Room noise of -65 dBm0, each channel's its own."""
    noise = g168.hoth(frames, -65)
    return np.stack([np.roll(noise, 1300 * k) for k in range(CHANNELS)], axis=1)


def lines(rin: Pcm, erl_db: float, near: Sound | float = 0.0, delays=DELAYS) -> Pcm:
    """What comes back: each channel by a path of its own, so much later."""
    paths = [g168.path(g168.PATHS[k % 8], erl_db, delay) for k, delay in enumerate(delays)]
    echoes = [g168.through(column, path) for column, path in zip(rin.T, paths, strict=True)]
    return g168.alaw(np.stack(echoes, axis=1) + hiss(len(rin)) + near)


def moves(canceller: EchoCanceller) -> list[EchoEvent]:
    return [event for event in canceller.events() if event.kind == "delay_found"]


def erle_db(sin: Pcm, sout: Pcm) -> Sound:
    power = [(sound.astype(float) ** 2).mean(axis=0) + 1 for sound in (sin, sout)]
    return np.asarray(10 * np.log10(power[0] / power[1]))


@pytest.mark.parametrize(("erl_db", "near_dbm0"), [(6, None), (30, None), (12, -16), (20, -22)])
def test_an_echo_of_speech_is_found_whoever_talks_over_it(
    erl_db: float, near_dbm0: float | None
) -> None:
    rin = g168.alaw(talkers(5, -16))
    near = 0.0 if near_dbm0 is None else talkers(5, near_dbm0, first=3)
    canceller = EchoCanceller(CHANNELS, 32, nlp=False, find_delay=True)
    canceller.process(rin, lines(rin, erl_db, near))
    told = moves(canceller)
    for channel, delay in enumerate(DELAYS):
        begins_ms = canceller.statistics(channel).begins_ms
        own = [event.start / 8000 for event in told if event.channel == channel]
        if delay <= 100:  # the tail as it is holds it
            assert (begins_ms, own) == (0, []), channel
        else:
            assert -1 <= delay / 8 - begins_ms <= 7, channel
            assert len(own) == 1, channel
            assert own[0] < (2 if near_dbm0 is None else 4.5), channel


def test_it_is_cancelled_as_if_its_delay_were_known() -> None:
    rin = g168.alaw(talkers(6, -16))
    sin = lines(rin, 10)
    found = EchoCanceller(CHANNELS, 32, nlp=False, find_delay=True)
    known = EchoCanceller(CHANNELS, 32, nlp=False, delay=[max(0, n - 24) for n in DELAYS])
    late = slice(4 * 8000, None)
    by_itself, told = (erle_db(sin[late], one.process(rin, sin)[late]) for one in (found, known))
    assert (by_itself > told - 6).all(), by_itself - told
    assert by_itself.mean() > told.mean() - 1
    assert found.statistics(9).delay_ms == pytest.approx(known.statistics(9).delay_ms, abs=0.2)


def test_composite_sources_are_cancelled_at_every_delay() -> None:
    """They repeat themselves every 350 ms, by which a delay may be told too early or too late."""
    rin = g168.alaw(np.repeat(g168.composite("C1", 40_000, -10)[:, None], CHANNELS, axis=1))
    sin = lines(rin, 10)
    canceller = EchoCanceller(CHANNELS, 32, nlp=False, find_delay=True)
    out = canceller.process(rin, sin)
    assert (erle_db(sin[24_000:], out[24_000:]) > 24).all()
    begins_ms = np.array([canceller.statistics(channel).begins_ms for channel in range(CHANNELS)])
    beside = np.abs(np.array(DELAYS) / 8 - begins_ms - np.array([[-350], [0], [350]])).min(axis=0)
    assert (beside < 32).all()


def test_neither_tones_nor_buzz_nor_talk_nor_silence_move_the_tail() -> None:
    """Nothing comes back of what is sent, or what comes back has no one delay."""
    frames = 40_000
    chance = np.random.default_rng(4)
    sung = np.stack([g168.tone(frames, -12, hz) for hz in chance.uniform(300, 3400, 16)], axis=1)
    buzz = np.sign([g168.tone(frames, -12, hz) for hz in chance.uniform(50, 600, 16)]).T * 2000
    both = talkers(5, -16), talkers(5, -16, first=8)
    silence = np.zeros((frames, CHANNELS))
    cases = {
        "tones": (g168.alaw(sung), lines(g168.alaw(sung), 12)),
        "buzz": (g168.alaw(buzz), lines(g168.alaw(buzz), 12)),
        "both talk, no echo": (g168.alaw(both[0]), g168.alaw(both[1] + hiss(frames))),
        "the near end alone": (g168.alaw(silence), g168.alaw(both[1])),
        "the far end alone, noise back": (g168.alaw(both[0]), g168.alaw(hiss(frames))),
        "silence": (g168.alaw(silence), g168.alaw(silence)),
    }
    for what, (rin, sin) in cases.items():
        canceller = EchoCanceller(CHANNELS, 128, find_delay=True)
        canceller.process(rin, sin)
        assert len(moves(canceller)) <= 1, what  # one buzz of 16 is as good 2 periods later


def test_a_delay_that_changes_is_found_again_and_what_is_found_stays() -> None:
    """A call is rerouted after 4 s; from 10 s on the near end talks all the time."""
    rin = g168.alaw(talkers(14, -16))
    near = talkers(14, -20, first=5)
    near[: 10 * 8000] = 0
    other = DELAYS[6:] + DELAYS[:6]
    sin = lines(rin, 12, near)
    sin[32_000:] = lines(rin, 12, near, other)[32_000:]
    canceller = EchoCanceller(CHANNELS, 24, find_delay=True)
    canceller.process(rin, sin)
    at = [event.start / 8000 for event in moves(canceller)]
    assert sum(4 < second <= 10 for second in at) >= CHANNELS
    assert not [second for second in at if second > 10]
    for channel, delay in enumerate(other):
        assert -1 <= delay / 8 - canceller.statistics(channel).begins_ms <= 12, channel


def test_every_cutting_and_every_level_find_the_same() -> None:
    rin = g168.alaw(talkers(2.2, -16)[:, :3])
    paths = [g168.path("D5", 10, delay) for delay in (300, 1700, 3333)]
    sin = np.stack([g168.line(rin[:, k], path) for k, path in enumerate(paths)], axis=1)

    def run(cuts: list[int]) -> tuple[Pcm, list[EchoEvent]]:
        canceller = EchoCanceller(3, [16, 24, 24], find_delay=True)
        pieces = zip(np.split(rin, cuts), np.split(sin, cuts), strict=True)
        made = np.concatenate([canceller.process(*piece) for piece in pieces])
        return made, moves(canceller)

    whole, events = run([])
    assert len(events) == 3
    cuts = np.sort(np.random.default_rng(3).integers(0, len(sin), 80)).tolist()
    made, told = run(cuts)
    assert (made == whole).all()
    assert told == events
    for level in dsp.simd_levels():
        echo.force_simd(level)
        assert run([])[1] == events, level


def test_a_frozen_tail_stays_where_it_is_and_a_reset_one_goes_back() -> None:
    rin = g168.alaw(talkers(2.2, -16)[:, :1])
    sin = g168.line(rin, g168.path("D5", 10, 2000))
    canceller = EchoCanceller(1, 16, delay=80, find_delay=True)
    canceller.freeze()
    canceller.process(rin, sin)
    assert canceller.statistics(0).begins_ms == 10
    canceller.freeze(on=False)
    canceller.process(rin, sin)
    assert canceller.statistics(0).begins_ms == pytest.approx(248, abs=3)
    canceller.reset()
    assert canceller.statistics(0).begins_ms == 10
    assert moves(canceller)


def test_no_tail_begins_before_the_delay_that_is_known() -> None:
    rin = g168.alaw(talkers(2.2, -16)[:, :1])
    sin = g168.line(rin, g168.path("D2", 10, 1008))
    canceller = EchoCanceller(1, 8, delay=1000, find_delay=True)
    canceller.process(rin, sin)
    assert canceller.statistics(0).begins_ms == 125


def test_keys_that_are_sent_are_as_good_as_words() -> None:
    keys = tones.dtmf("1947*305#862", on_ms=70)
    rin = np.resize(keys, (24_000, 1))
    canceller = EchoCanceller(1, 24, find_delay=True)
    canceller.process(rin, g168.line(rin, g168.path("D3", 10, 1600)))
    assert canceller.statistics(0).begins_ms == pytest.approx(197, abs=4)
