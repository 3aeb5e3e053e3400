"""Noise: made less under speech, and made anew where there would be silence.

    suppressor = NoiseSuppressor(channels=30)
    for block in blocks:                # (frames, 30)
        clean = suppressor.process(block)
    rest = suppressor.flush()

    comfort = ComfortNoise()
    comfort.analyse(what_was_heard)     # speech in it is left out
    comfort.generate(8000)              # a second of the background without anybody in it

What is done, and the limits, are told in `_native/c/denoise.h` and `_native/c/comfort.h`;
`benchmarks/quality_voice.py` measures it beside speexdsp.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from telcard import units
from telcard._native import voice
from telcard.dsp.hops import Aligned, Hops
from telcard.dsp.pcm import at_8_khz, to_int16

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from telcard.dsp.pcm import Pcm

SUPPRESSOR_DELAY: int = voice.DENOISE_DELAY
"""Frames that suppression needs to see beyond a hop: 20 ms."""


class NoiseSuppressor:
    """Lowers steady noise by up to `reduction_db`, 1 to 30 (ValueError), on `channels` at once.

    The stream may be cut anywhere.  Frame n of what comes out is frame n of what went in; the last
    20 to 30 ms come with the next call, or with `flush`.
    """

    def __init__(self, channels: int = 1, *, reduction_db: float = 14.0) -> None:
        if not 1 <= reduction_db <= 30:
            raise ValueError(f"reduction_db: want 1 to 30, got {reduction_db}")
        self._hops = Hops(channels)
        self._aligned = Aligned(SUPPRESSOR_DELAY)
        self.channels = channels
        self.reduction_db = reduction_db
        self._native = voice.Denoise(channels, reduction_db)

    def __repr__(self) -> str:
        return f"<NoiseSuppressor {self.channels} channels, {self._hops.taken} frames>"

    def process(self, block: Pcm) -> NDArray[np.int16]:
        """Take the next frames; give those that are certain, `(frames, channels)`.

        `block`: `(frames,)` for one channel, `(frames, channels)` otherwise (ValueError).
        """
        return self._aligned.cut(self._native.feed(self._hops.take(block)))

    def reset(self, channel: int) -> None:
        """Forget the noise of one channel; ValueError when there is no such channel."""
        self._native.reset(channel)

    def flush(self) -> NDArray[np.int16]:
        """End the stream: give what is left of it, and be as new."""
        left = self._hops.waiting + self._hops.whole(SUPPRESSOR_DELAY)
        made = self._aligned.cut(self._native.feed(self._hops.rest(SUPPRESSOR_DELAY)))[:left]
        self._native = voice.Denoise(self.channels, self.reduction_db)
        self._aligned.reset()
        return made


def suppress_noise(
    pcm: Pcm, samplerate: int = units.SAMPLE_RATE, *, reduction_db: float = 14.0
) -> NDArray[np.int16]:
    """A whole recording with less noise, in the shape of `pcm`.

    ValueError when `samplerate` is not 8000.
    """
    at_8_khz(samplerate, "noise is suppressed")
    sound = to_int16(pcm)
    channels = sound.shape[1] if sound.ndim == 2 else 1
    suppressor = NoiseSuppressor(channels, reduction_db=reduction_db)
    made = np.concatenate([suppressor.process(sound), suppressor.flush()])
    return made[:, 0] if sound.ndim == 1 else made


class ComfortNoise:
    """Background like the one that was heard, on `channels`; all chance comes from `seed`.

    `analyse` may be given everything: what is louder than the background is left out.  The noise
    has its level, down to -66 dBm0, and its spectrum as ten poles describe it.
    """

    def __init__(self, channels: int = 1, *, seed: int = 1) -> None:
        self._hops = Hops(channels)
        self.channels = channels
        self._native = voice.Comfort(channels, seed)

    def __repr__(self) -> str:
        return f"<ComfortNoise {self.channels} channels, {self._hops.taken} frames analysed>"

    @property
    def level_dbm0(self) -> NDArray[np.float64]:
        """The level that it generates, `(channels,)`; -inf before anything was analysed."""
        return np.array([units.rms_to_dbm0(power**0.5) for power in self._native.powers()])

    def analyse(self, block: Pcm) -> None:
        """Hear the next frames, `(frames, channels)`, or `(frames,)` for one channel."""
        self._native.analyse(self._hops.take(block))

    def generate(self, frames: int) -> NDArray[np.int16]:
        """So many frames of noise, `(frames, channels)`; ValueError for less than none."""
        if frames < 0:
            raise ValueError(f"frames: want 0 or more, got {frames}")
        return self._native.generate(frames)
