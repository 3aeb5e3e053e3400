"""The linear canceller over made-up paths; G.168's own tests are in test_echo_g168.py."""

import numpy as np
import pytest
from numpy.typing import NDArray

from telcard import units
from telcard.dsp.echo import EchoCanceller, EchoState

Sound = NDArray[np.int16]


def noise(seconds: float, channels: int, level_dbm0: float = -15.0, seed: int = 1) -> Sound:
    chance = np.random.default_rng(seed)
    sound = chance.normal(0, units.dbm0_to_rms(level_dbm0), (round(seconds * 8000), channels))
    return np.clip(np.rint(sound), -32768, 32767).astype(np.int16)


def path(taps: int, delay: int, erl_db: float, seed: int = 1) -> NDArray[np.float64]:
    """A decaying response."""
    response = np.random.default_rng(seed).normal(0, 1, taps) * np.exp(-np.arange(taps) / taps * 4)
    response *= 10 ** (-erl_db / 20) / np.sqrt((response**2).sum())
    return np.concatenate([np.zeros(delay), response])


def echo_of(receive: Sound, response: NDArray[np.float64]) -> Sound:
    made = [np.convolve(column, response)[: len(receive)] for column in receive.T]
    return np.rint(np.stack(made, axis=1)).astype(np.int16)


def level(sound: Sound) -> NDArray[np.float64]:
    return np.asarray(
        10 * np.log10((sound.astype(float) ** 2).mean(axis=0) + 1e-9)
        - 20 * np.log10(units.DBM0_RMS)
    )


def test_an_echo_is_taken_away() -> None:
    receive = noise(2, 3)
    send = echo_of(receive, path(100, 40, 8))
    canceller = EchoCanceller(3, 32)
    out = canceller.process(receive, send)
    assert out.shape == send.shape
    assert (level(send[12_000:]) - level(out[12_000:]) > 25).all()
    figures = canceller.statistics(1)
    assert figures.erl_db == pytest.approx(8, abs=1)
    assert figures.state == EchoState.CONVERGED
    assert 5 <= figures.delay_ms <= 8
    told = canceller.events()
    assert sorted(event.channel for event in told if event.kind == "converged") == [0, 1, 2]
    assert all(event.start < 8000 for event in told)
    assert canceller.events() == []


def test_every_cutting_gives_the_same_samples() -> None:
    receive = noise(0.3, 2)
    send = echo_of(receive, path(60, 0, 10))
    whole = EchoCanceller(2, [16, 32]).process(receive, send)
    pieces = EchoCanceller(2, [16, 32])
    cuts = np.sort(np.random.default_rng(3).integers(0, len(send), 60))
    made = [
        pieces.process(r, s)
        for r, s in zip(np.split(receive, cuts), np.split(send, cuts), strict=True)
    ]
    assert (np.concatenate(made) == whole).all()


def test_one_channel_comes_out_in_the_shape_in_which_it_went_in() -> None:
    receive = noise(0.1, 1)
    canceller = EchoCanceller()
    assert canceller.process(receive[:, 0], receive[:, 0]).shape == (800,)
    assert canceller.process(receive, receive).shape == (800, 1)
    assert repr(canceller) == "<EchoCanceller 1 channels, 1600 frames cancelled>"


def test_a_known_delay_is_no_part_of_the_tail() -> None:
    receive = noise(1.5, 1)
    send = echo_of(receive, path(60, 1000, 8))
    out = EchoCanceller(1, 16, delay=960).process(receive, send)
    assert level(send[8000:])[0] - level(out[8000:])[0] > 25


def test_a_saved_filter_cancels_at_once_and_a_frozen_one_learns_nothing() -> None:
    receive = noise(1.5, 2)
    send = echo_of(receive, path(60, 20, 8))
    canceller = EchoCanceller(2, 16)
    canceller.process(receive, send)
    canceller.freeze(channel=1)
    learnt = canceller.save(0)
    canceller.reset()
    canceller.load(0, learnt)
    canceller.freeze()
    out = canceller.process(receive[:800], send[:800])
    assert level(send[:800])[0] - level(out)[0] > 25
    assert canceller.save(0) == pytest.approx(learnt, abs=1e-5)
    assert not canceller.save(1).any()
    assert canceller.statistics(1).state == EchoState.FROZEN
    canceller.freeze(on=False)
    canceller.process(receive, send)
    assert canceller.save(1).any()


def test_the_near_end_alone_passes() -> None:
    near = noise(1, 1, -20)
    out = EchoCanceller().process(np.zeros_like(near), near)
    assert level(out)[0] == pytest.approx(level(near)[0], abs=0.2)


def test_an_offset_stays_unless_it_is_to_be_taken_away() -> None:
    offset = np.full(8000, 1000, np.int16)
    assert (EchoCanceller().process(offset * 0, offset) == 1000).all()
    assert abs(EchoCanceller(high_pass=True).process(offset * 0, offset)[-800:].mean()) < 1


def test_bad_arguments_are_refused_in_one_sentence() -> None:
    with pytest.raises(ValueError, match="channels: want 1 or more, got 0"):
        EchoCanceller(0)
    with pytest.raises(ValueError, match="tail_ms: want 8 to 128 in steps of 8, got 60"):
        EchoCanceller(1, 60)
    with pytest.raises(ValueError, match="tail_ms: want 2, one for each channel, got 3"):
        EchoCanceller(2, [8, 16, 24])
    with pytest.raises(ValueError, match="delay: want 0 to 4000 samples, got 4001"):
        EchoCanceller(1, delay=4001)
    canceller = EchoCanceller(2, 8)
    with pytest.raises(ValueError, match="as many frames of both, got 3 and 2"):
        canceller.process(np.zeros((3, 2), np.int16), np.zeros((2, 2), np.int16))
    with pytest.raises(ValueError, match="channel: want 0 to 1, got 2"):
        canceller.statistics(2)
    with pytest.raises(ValueError, match=r"response: want shape \(64,\), got \(3,\)"):
        canceller.load(0, np.zeros(3, np.float32))
    for wrong in (np.full(64, np.nan, np.float32), np.full(64, np.inf), np.full(64, -17.0)):
        with pytest.raises(ValueError, match="response: want finite numbers up to 16"):
            canceller.load(0, wrong)
    for strange in (np.zeros(64, complex), ["no number"] * 64, None, np.full(64, None)):
        with pytest.raises(TypeError, match="response: want an array of float32, got "):
            canceller.load(0, strange)  # type: ignore[arg-type]
    assert not canceller.save(0).any()


def test_what_is_no_whole_number_is_named() -> None:
    canceller = EchoCanceller(2, 8)
    for told, asked in (
        ("channels: want a whole number, got 1.5", lambda: EchoCanceller(1.5)),  # type: ignore[arg-type]
        ("tail_ms: want a whole number, got '64'", lambda: EchoCanceller(1, "64")),  # type: ignore[arg-type]
        ("tail_ms: want a whole number, got None", lambda: EchoCanceller(1, [None])),  # type: ignore[list-item]
        ("delay: want a whole number, got 2.5", lambda: EchoCanceller(1, delay=2.5)),  # type: ignore[arg-type]
        ("channel: want a whole number, got None", lambda: canceller.save(None)),  # type: ignore[arg-type]
        ("channel: want a whole number, got '0'", lambda: canceller.freeze(channel="0")),  # type: ignore[arg-type]
    ):
        with pytest.raises(TypeError, match=told):
            asked()
    numbers = EchoCanceller(2, np.array([8, 16]), delay=np.array([0, 7]))  # type: ignore[arg-type]
    assert (numbers.tail_ms, numbers.delay) == ((8, 16), (0, 7))
