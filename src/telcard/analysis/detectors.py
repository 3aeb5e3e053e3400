"""Those who listen to a recording: each finds one sort of thing.

A new one is a line in `DETECTORS`: something that takes the number of channels and gives a
`Detector`.  What it finds is a class in `findings`, which says itself how it is told and drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
import numpy.typing as npt

from telcard.analysis import signals
from telcard.analysis.findings import Finding, Level, Silence
from telcard.analysis.tones import SteadyTones
from telcard.dsp.level import LevelMeter
from telcard.units import DBM0_RMS, SAMPLE_RATE

Pcm = npt.NDArray[np.int16]

SILENT_DBM0 = -48.0
"""What is below in a window of 20 ms is silence."""

LEAST_SILENCE_S = 1.0
"""A shorter silence is a pause."""


class Detector(Protocol):
    """Takes a stream, int16 at 8 kHz, (frames, channels), cut anywhere; gives what it found."""

    def process(self, block: Pcm) -> list[Finding]:
        """Take the next frames; give what is certain by now."""

    def flush(self) -> list[Finding]:
        """The stream is over: give the rest."""


class Levels:
    """How loud each side is, and where it is silent."""

    def __init__(self, channels: int) -> None:
        self._meter = LevelMeter(channels, _WINDOW_S)
        self._channels = channels
        self._windows = 0
        self._since = [0] * channels  # window in which the present silence began
        self._silent = np.zeros(channels, np.int64)
        self._loudest = np.full(channels, -np.inf)
        self._active = np.zeros(channels)  # sum of the powers of what is no silence
        self._peak = np.zeros(channels, np.int64)
        self._clipped = np.zeros(channels, np.int64)

    def process(self, block: Pcm) -> list[Finding]:
        """Take the next frames; give the silences that have ended."""
        if len(block):
            extent = np.maximum(block.max(0).astype(np.int64), -block.min(0).astype(np.int64))
            self._peak = np.maximum(self._peak, extent)
            if extent.max() >= _FULL:
                self._clipped += ((block >= _FULL) | (block <= -_FULL)).sum(0)
        return self._take(self._meter.process(block))

    def flush(self) -> list[Finding]:
        """The stream is over: give the last silence, and how loud each side was."""
        frames, levels = self._meter.frames, self._meter.level_dbm0
        found = self._take(self._meter.flush())
        end_s = frames / SAMPLE_RATE
        for channel in range(self._channels):
            found += self._silence(channel, end_s)
            active = self._windows - int(self._silent[channel])
            power = self._active[channel] / active if active else 0.0
            found.append(
                Level(
                    channel=channel,
                    start_s=0.0,
                    length_s=end_s,
                    dbm0=float(levels[channel]),
                    loudest_dbm0=float(self._loudest[channel]),
                    active_dbm0=float(10 * np.log10(power)) if power else -np.inf,
                    peak=int(self._peak[channel]) / 32768,
                    silent=int(self._silent[channel]) / max(1, self._windows),
                    clipped=int(self._clipped[channel]),
                )
            )
        self.__init__(self._channels)  # type: ignore[misc]
        return found

    def _take(self, levels: npt.NDArray[np.float64]) -> list[Finding]:
        found: list[Finding] = []
        if not len(levels):
            return found
        silent = levels < SILENT_DBM0
        self._silent += silent.sum(0)
        self._loudest = np.maximum(self._loudest, levels.max(0))
        # One after the other, because a sum of floats depends on how it is grouped.
        powers = np.where(silent, 0.0, 10 ** (levels / 10))
        self._active = np.cumsum(np.concatenate([self._active[None], powers]), 0)[-1]
        for row, channel in zip(*np.nonzero(~silent), strict=True):
            at = self._windows + int(row)
            if at > self._since[channel]:
                found += self._silence(int(channel), at * _WINDOW_S)
            self._since[channel] = at + 1
        self._windows += len(levels)
        return found

    def _silence(self, channel: int, end_s: float) -> list[Finding]:
        start_s = self._since[channel] * _WINDOW_S
        if end_s - start_s < LEAST_SILENCE_S:
            return []
        return [Silence(channel, start_s, end_s - start_s)]


MF_SYSTEMS = ("r1", "r2_forward", "r2_backward", "signalling")
"""Signalling between exchanges that is listened for."""

_WINDOW_S = 0.02
# The greatest that A-law and u-law can say is a little below 32768 (G.711 tables 1 and 2).
_FULL = int(DBM0_RMS * 2**0.5 * 10 ** (3.0 / 20))

DETECTORS: tuple[Callable[[int], Detector], ...] = (
    Levels,
    signals.digits,
    signals.pulses,
    *(signals.signals(system) for system in MF_SYSTEMS),
    signals.callers,
    signals.Modems,
    signals.fax_signals,
    signals.speech,
    SteadyTones,
)
"""All of them; each is made with the number of channels."""
