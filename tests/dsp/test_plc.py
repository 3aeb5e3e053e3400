"""Figures over recorded speech: benchmarks/quality_voice.py."""

import numpy as np
import pytest
from numpy.typing import NDArray

from telcard.dsp.plc import Concealer


def vowel(frames: int, pitch_hz: float = 105) -> NDArray[np.int16]:
    t = np.arange(frames) / 8000
    sound = sum(np.sin(2 * np.pi * pitch_hz * n * t + n * n) / n for n in range(1, 12))
    return np.asarray(np.rint(3000 * sound), np.int16)


def concealed(pcm: NDArray[np.int16], lost: set[int], frames: int = 80) -> NDArray[np.int16]:
    """Packets of so many frames, those `lost` full of rubbish."""
    concealer = Concealer()
    made = []
    for at in range(0, len(pcm), frames):
        gone = at // frames in lost
        packet = np.full(frames, 32767, np.int16) if gone else pcm[at : at + frames]
        made.append(concealer.process(packet, lost=gone))
    return np.concatenate([*made, concealer.flush()])[:, 0]


def test_without_loss_nothing_is_touched() -> None:
    pcm = vowel(4000)
    assert (concealed(pcm, set()) == pcm).all()
    assert (concealed(pcm, set(), 160) == pcm).all()


@pytest.mark.parametrize("pitch_hz", [70, 105, 180, 300])
def test_a_vowel_goes_on_through_a_loss_of_10_ms(pitch_hz: float) -> None:
    pcm = vowel(4000, pitch_hz)
    made = concealed(pcm, {30})
    error = (made - pcm.astype(float))[2300:2600]
    assert (error**2).mean() < 0.03 * (pcm.astype(float) ** 2).mean()
    assert (made[:2370] == pcm[:2370]).all()
    assert (made[2560:] == pcm[2560:]).all()


def test_a_long_loss_falls_silent_without_a_click_and_what_comes_again_is_heard() -> None:
    pcm = vowel(8000)
    made = concealed(pcm, set(range(30, 45)))
    rms = np.sqrt((made.reshape(-1, 80).astype(float) ** 2).mean(axis=1))
    usual = np.sqrt((pcm.astype(float) ** 2).mean())
    assert rms[30] > 0.8 * usual
    assert (rms[32:36] < 1.2 * rms[31:35]).all()
    assert not made[2400 + 500 : 3600].any()
    assert np.abs(np.diff(made.astype(int))).max() <= 1.3 * np.abs(np.diff(pcm.astype(int))).max()
    assert (made[3700:] == pcm[3700:]).all()


def test_channels_lose_by_themselves() -> None:
    pcm = np.stack([vowel(1600), vowel(1600, 150)], axis=1)
    concealer = Concealer(2)
    made = [
        concealer.process(pcm[at : at + 160], lost=np.array([False, at == 800]))
        for at in range(0, 1600, 160)
    ]
    both = np.concatenate([*made, concealer.flush()])
    assert (both[:, 0] == pcm[:, 0]).all()
    assert (both[:, 1] == concealed(pcm[:, 1].copy(), {5}, 160)).all()


def test_packets_that_are_no_whole_hops_are_refused() -> None:
    concealer = Concealer()
    with pytest.raises(ValueError, match="packet: want whole hops of 80 frames, got 1 more"):
        concealer.process(np.zeros(81, np.int16))
    with pytest.raises(ValueError, match=r"lost: want shape \(1,\), got \(2,\)"):
        concealer.process(np.zeros(80, np.int16), lost=np.zeros(2, np.bool_))
