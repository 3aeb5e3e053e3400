"""What the caller hears before the answer: ringing, busy or congestion tone.

Q.421 has no signal for a refusal: the far end says it with a tone and waits until the caller
clears.  Tones are told by their cadence at 425 Hz (ITU-T E.180) or 450 Hz (China).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from telcard.units import SAMPLE_RATE, TICK_SAMPLES, dbm0_to_rms

CADENCES = {
    (1.0, 4.0): "ringing",
    (0.35, 0.35): "busy",
    (0.5, 0.5): "busy",
    (0.25, 0.25): "congestion",
    (0.7, 0.7): "congestion",
}
"""Seconds of tone and of pause, and what they mean."""

_TOLERANCE = 0.12
_SILENT_DBM0 = -43.0
_PURE = 0.7  # share of a tick's energy that must lie at the tone's frequency
_HZ = 437.5  # between 425 and 450: a tick resolves 100 Hz

_PROBE = np.exp(-2j * np.pi * _HZ / SAMPLE_RATE * np.arange(TICK_SAMPLES)) / np.sqrt(
    TICK_SAMPLES / 2
)


class Progress:
    """Listens for call progress tones, tick by tick; `tone` is the last that was told."""

    def __init__(self) -> None:
        self.tone = ""
        self._on = False
        self._ticks = 0
        self._lengths = [0.0, 0.0, 0.0, 0.0]
        """The newest four stretches of tone and pause, in turn, in seconds; newest last."""

    def process(self, block: npt.NDArray[np.int16]) -> str:
        """Take one tick (80 samples); returns the tone's name at the moment it is certain."""
        x = block.astype(np.float64)
        energy = float(x @ x)
        loud = energy > TICK_SAMPLES * dbm0_to_rms(_SILENT_DBM0) ** 2
        on = bool(loud and abs(x @ _PROBE) ** 2 > _PURE * energy)
        self._ticks += 1
        if on == self._on:
            return ""
        length, self._ticks, self._on = self._ticks * TICK_SAMPLES / SAMPLE_RATE, 0, on
        return self.turn(on, length)

    def turn(self, on: bool, length: float) -> str:
        """A stretch of `length` seconds is over, and a tone (`on`) or a pause begins."""
        self._lengths = [*self._lengths[1:], length]
        if not on:
            return ""
        # Two equal periods are certain: a word or a key never sounds like that.
        for (tone_s, pause_s), name in CADENCES.items():
            wanted = (tone_s, pause_s, tone_s, pause_s)
            if all(
                abs(length - want) <= _TOLERANCE * want
                for length, want in zip(self._lengths, wanted, strict=True)
            ):
                self.tone = name
                return name
        return ""
