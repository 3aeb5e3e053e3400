"""Recordings made to be analysed: a caller who dials, and what the exchange lets him hear."""

import numpy as np

from telcard.callerid import CallerId, caller_id
from telcard.dsp import tones
from telcard.dsp.pulses import dial_pulses
from telcard.dsp.tones import ToneGenerator, ToneSegment


def cadence(*segments: tuple[float, ...], repeats: int = 1) -> np.ndarray:
    """PCM of (seconds, f1, f2, level1, level2) in turn, so many times."""
    row = [ToneSegment(*segment) for segment in segments]
    frames = sum(segment.samples for segment in row) * repeats
    return ToneGenerator(row, repeats).process(frames)


def dialled_call() -> np.ndarray:
    """Stereo.  Left: the exchange's dial tone, ringing and a SIT; right: the caller's keys."""
    left = np.concatenate(
        [
            cadence((0.5,), (1.5, 350, 440, -13, -13), (2.0,)),
            cadence((1.0, 425, 0, -15), (4.0,), repeats=3)[: 11 * 8000],
            cadence((0.5,), (0.33, 950), (0.33, 1400), (0.33, 1800), (1.0,)),
        ]
    )
    right = np.zeros_like(left)
    keys = tones.dtmf("5551#")
    right[16_800 : 16_800 + len(keys)] = keys
    return np.stack([left, right], axis=1)


def called_and_dialled() -> np.ndarray:
    """Stereo.  Left: a caller ID between two silences; right: a rotary dial."""
    left = caller_id(CallerId(number="6095551212", name="JOHN DOE"), "bellcore")
    right = dial_pulses("37")
    sound = np.zeros((max(len(left), len(right)), 2), np.int16)
    sound[: len(left), 0] = left
    sound[: len(right), 1] = right
    return sound
