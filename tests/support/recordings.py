"""Recordings made to be analysed: a caller who dials, and what the exchange lets him hear."""

import numpy as np

from telcard import callerid
from telcard.callerid import CallerId, caller_id
from telcard.dsp import fax_tones, fsk, mf, pulses, tones
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


def everything() -> np.ndarray:
    """Stereo.  Left: an exchange and a fax; right: keys, a rotary dial, modems, a caller ID."""
    left = [
        cadence((0.5,), (1.5, 450, 0, -12), (1.0,)),
        cadence((1.0, 450, 0, -15), (4.0,), repeats=3)[: 11 * 8000],
        cadence((0.5,)), mf.mf(["KP", *"5551212", "ST"]),
        cadence((0.5,)), mf.mf("123", "r2_forward"),
        cadence((0.5,)), mf.mf(["2600"], "signalling", on_ms=300),
        cadence((1.0,)), cadence((0.35, 450, 0, -14), (0.35,), repeats=5),
        cadence((0.5,)), fax_tones.fax_tone("ans"), cadence((0.5,)),
    ]  # fmt: skip
    caller = callerid.CallerId(number="5551234567", name="JOHN DOE")
    right = [
        cadence((2.0,)), tones.dtmf("8555#"),
        cadence((1.4,)), pulses.dial_pulses("305"),
        cadence((1.4,)), fsk.fsk(b"Hello, world!", "v21_1"),
        cadence((1.0,)), fsk.fsk(b"AT+FCLASS=1 and more", "bell202"),
        cadence((1.0,)), callerid.caller_id(caller), cadence((0.5,)),
    ]  # fmt: skip
    sides = [np.concatenate(side) for side in (left, right)]
    pcm = np.zeros((max(map(len, sides)), 2), np.int16)
    for channel, side in enumerate(sides):
        pcm[: len(side), channel] = side
    noise = np.random.default_rng(1).normal(0, 12, pcm.shape)
    return (pcm + noise).astype(np.int16)
