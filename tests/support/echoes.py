"""Two sides of a line with an echo: prompts that go out, and what comes back with a talker."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from telcard import units
from telcard.dsp import g711
from telcard.speech.library import ClipLibrary
from tests.support import g168

Sound = NDArray[np.float64]


@cache
def prompts(seconds: float, level_dbm0: float, first: int = 0) -> Sound:
    """Clips one after the other, from the clip number `first` on, with short pauses."""
    library = ClipLibrary("en")
    names = g168.spoken()
    sound: list[Sound] = []
    frames = 0
    while frames < seconds * 8000:
        clip = g711.decode_alaw(np.frombuffer(library[names[first % len(names)]], np.uint8))
        sound += [clip.astype(float), np.zeros(1200)]
        frames += len(clip) + 1200
        first += 1
    whole = np.concatenate(sound)[: round(seconds * 8000)]
    return whole * units.dbm0_to_rms(level_dbm0) / np.sqrt((whole**2).mean())


def hybrid(ms: float = 8.0, erl_db: float = 12.0, seed: int = 1) -> Sound:
    """A decaying response that begins at once."""
    frames = round(8 * ms)
    taps = np.random.default_rng(seed).normal(0, 1, frames) * np.exp(
        -4 * np.arange(frames) / frames
    )
    taps[0] = 1.0
    return np.asarray(taps * 10 ** (-erl_db / 20) / np.sqrt((taps**2).sum()))


def later(sound: Sound, samples: int) -> Sound:
    """The same so many samples later, or earlier, in the same length."""
    pad = np.zeros(abs(samples))
    moved = [pad, sound[: len(sound) - samples]] if samples >= 0 else [sound[-samples:], pad]
    return np.concatenate(moved)


def pcm(sound: Sound, noise_dbm0: float = -62.0, seed: int = 3) -> NDArray[np.int16]:
    """As int16, in noise."""
    noisy = sound + np.random.default_rng(seed).normal(0, units.dbm0_to_rms(noise_dbm0), len(sound))
    return np.clip(np.rint(noisy), -32768, 32767).astype(np.int16)
