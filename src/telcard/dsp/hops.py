"""Streams cut into whole hops of 10 ms, which is what the kernels for voices take.

A stream may come in blocks of any length: what does not fill a hop is kept until it does, so that
no result depends on the cutting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from telcard import units
from telcard.dsp.pcm import frames_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from telcard.dsp.pcm import Pcm

HOP = units.TICK_SAMPLES
"""Samples of a hop."""


class Hops:
    """Keeps what is left of a stream of `channels` until it fills a hop (ValueError for none)."""

    def __init__(self, channels: int) -> None:
        if channels < 1:
            raise ValueError(f"channels: want 1 or more, got {channels}")
        self.channels = channels
        self.taken = 0
        """Frames of the stream so far."""
        self._kept = np.empty((0, channels), np.int16)

    def take(self, block: Pcm) -> NDArray[np.int16]:
        """The whole hops that this block completes, `(frames, channels)`.

        `block`: `(frames,)` for one channel, `(frames, channels)` otherwise (ValueError).
        """
        samples = frames_of(block, self.channels)
        self.taken += len(samples)
        if len(self._kept):
            samples = np.concatenate([self._kept, samples])
        whole = len(samples) // HOP * HOP
        self._kept = samples[whole:].copy()
        return np.ascontiguousarray(samples[:whole])

    @property
    def waiting(self) -> int:
        """Frames that wait for their hop to be full."""
        return len(self._kept)

    def whole(self, most: int) -> int:
        """Frames of the whole hops so far, `most` at most."""
        return min(most, self.taken - self.waiting)

    def rest(self, silence: int = 0) -> NDArray[np.int16]:
        """End the stream: what was kept, followed by so many frames of silence or a few more."""
        frames = -(-(len(self._kept) + silence) // HOP) * HOP
        last = np.zeros((frames, self.channels), np.int16)
        last[: len(self._kept)] = self._kept
        self._kept = np.empty((0, self.channels), np.int16)
        self.taken = 0
        return last


class Aligned:
    """Cuts the beginning that a kernel's delay adds, and the end that its silence adds."""

    def __init__(self, delay: int) -> None:
        self.delay = delay
        self._left = delay

    def cut(self, made: NDArray[np.int16]) -> NDArray[np.int16]:
        """What remains of the kernel's next frames: frame n is that of the stream's frame n."""
        gone = min(self._left, len(made))
        self._left -= gone
        return made[gone:]

    def reset(self) -> None:
        """A new stream begins."""
        self._left = self.delay
