"""Levels: how loud linear sound is.

    level_dbm0(pcm)                     # all of it, in one figure
    meter = LevelMeter(channels=30)
    for block in blocks:                # (frames, 30)
        for levels in meter.process(block):     # one row each 100 ms, in dBm0
            ...

Sums of squares are whole numbers, so no figure depends on how a stream was cut.  float32 sound is
rounded to int16 first (below about -93 dBm0 nothing is left of it).  0 dBm0 is defined in
`telcard.units`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from telcard import units
from telcard._native import dsp
from telcard.dsp.pcm import frames_of, to_int16

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from telcard.dsp.pcm import Pcm


def rms(pcm: Pcm) -> float:
    """Root mean square on the int16 scale, over all frames and channels; 0.0 for no frames."""
    samples = to_int16(pcm).reshape(-1)
    return math.sqrt(dsp.energy(samples) / samples.size) if samples.size else 0.0


def level_dbm0(pcm: Pcm) -> float:
    """Level in dBm0 over all frames and channels; -inf for digital silence."""
    return units.rms_to_dbm0(rms(pcm))


class LevelMeter:
    """Measures a stream: the level of every channel in windows that follow each other.

    The windows lie on the stream, not on the blocks: `process` may get any number of frames.
    """

    def __init__(self, channels: int = 1, window_s: float = 0.1) -> None:
        if channels < 1:
            raise ValueError(f"channels: want 1 or more, got {channels}")
        window_frames = units.seconds_to_samples(window_s)
        if window_frames < 1:
            raise ValueError(f"window_s: want at least one sample of 125 us, got {window_s}")
        self.channels = channels
        self.window_frames = window_frames
        self.frames = 0
        """Frames seen so far."""
        self._sums = np.zeros(channels, np.uint64)  # of the window that is being filled
        self._closed = [0] * channels  # of all windows before; Python's integers have no end

    def __repr__(self) -> str:
        return f"<LevelMeter {self.channels} channels, {self.frames} frames>"

    def process(self, block: Pcm) -> NDArray[np.float64]:
        """Take a block and give the levels in dBm0 of the windows it completed.

        `block`: `(frames,)` for one channel, `(frames, channels)` otherwise (ValueError).
        Result: `(windows, channels)`, often without a row; -inf for digital silence.
        """
        samples = frames_of(block, self.channels)
        rows = []
        while len(samples):
            room = self.window_frames - self.frames % self.window_frames
            part, samples = samples[:room], samples[room:]
            dsp.add_energy(part, self._sums)
            self.frames += len(part)
            if len(part) == room:
                rows.append(self._close(self.window_frames))
        return np.array(rows, np.float64).reshape(-1, self.channels)

    def flush(self) -> NDArray[np.float64]:
        """End the stream: the levels of the unfinished window, `(1, channels)`, if there is one.

        Afterwards the meter is as new.
        """
        begun = self.frames % self.window_frames
        rows = [self._close(begun)] if begun else []
        self.frames = 0
        self._closed = [0] * self.channels
        return np.array(rows, np.float64).reshape(-1, self.channels)

    @property
    def level_dbm0(self) -> NDArray[np.float64]:
        """Levels of the whole stream so far, `(channels,)`; -inf before the first frame."""
        energies = [a + int(b) for a, b in zip(self._closed, self._sums, strict=True)]
        return np.array([_dbm0(energy, self.frames) for energy in energies])

    def _close(self, frames: int) -> list[float]:
        sums = [int(energy) for energy in self._sums]
        self._closed = [a + b for a, b in zip(self._closed, sums, strict=True)]
        self._sums[:] = 0
        return [_dbm0(energy, frames) for energy in sums]


def _dbm0(energy: int, frames: int) -> float:
    return units.rms_to_dbm0(math.sqrt(energy / frames)) if frames else -math.inf
