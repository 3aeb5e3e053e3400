"""What the caller hears before the answer: ringing, busy or congestion tone.

Q.421 has no signal for a refusal: the far end says it with a tone and waits until the caller
clears.  A tone is told by its cadence, at the frequencies of the country; without a country these
are 425 Hz (ITU-T E.180) and 450 Hz (China).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import cycle

import numpy as np
import numpy.typing as npt

from telcard.countries import Country
from telcard.units import SAMPLE_RATE, TICK_SAMPLES, dbm0_to_rms

NAMES = {"ringback": "ringing", "busy": "busy", "congestion": "congestion"}
"""Tones of a country, and what they are called when they are told."""

CADENCES = {
    (1.0, 4.0): "ringing",
    (0.35, 0.35): "busy",
    (0.5, 0.5): "busy",
    (0.25, 0.25): "congestion",
    (0.7, 0.7): "congestion",
}
"""Seconds of tone and of pause, and what they mean, where no country is given."""

_TOLERANCE = 0.12
_SILENT_DBM0 = -43.0
_PURE = 0.7  # share of a tick's energy that must lie at the tone's frequencies
_HZ = 437.5  # between 425 and 450: a tick resolves 100 Hz


class Progress:
    """Listens for call progress tones, tick by tick; `tone` is the last that was told."""

    def __init__(self, country: Country | None = None) -> None:
        self.tone = ""
        self._cadences = CADENCES if country is None else _cadences(country)
        self._certain = {cadence: _certain(cadence, self._cadences) for cadence in self._cadences}
        self._probes = _probes([_HZ] if country is None else _frequencies(country))
        self._low_hz, self._high_hz = (400.0, 475.0) if country is None else _band(country)
        self._on = False
        self._ticks = 0
        self._lengths = [0.0] * max(self._certain.values())
        """The newest stretches of tone and pause, in turn, in seconds; newest last."""

    def process(self, block: npt.NDArray[np.int16]) -> str:
        """Take one tick (80 samples); returns the tone's name at the moment it is certain."""
        x = block.astype(np.float64)
        energy = float(x @ x)
        loud = energy > TICK_SAMPLES * dbm0_to_rms(_SILENT_DBM0) ** 2
        parts = self._probes @ x
        on = bool(loud and parts @ parts > _PURE * energy)
        self._ticks += 1
        if on == self._on:
            return ""
        length, self._ticks, self._on = self._ticks * TICK_SAMPLES / SAMPLE_RATE, 0, on
        return self.turn(on, length)

    def hears(self, frequencies_hz: Iterable[float]) -> bool:
        """Whether a tone of these frequencies (0: none) may be one of those it listens for."""
        sounding = [hz for hz in frequencies_hz if hz]
        return bool(sounding) and all(self._low_hz <= hz <= self._high_hz for hz in sounding)

    def turn(self, on: bool, length: float) -> str:
        """A stretch of `length` seconds is over, and a tone (`on`) or a pause begins."""
        self._lengths = [*self._lengths[1:], length]
        if not on:
            return ""
        for cadence, name in self._cadences.items():
            if _fits(self._lengths[-self._certain[cadence] :], cadence):
                self.tone = name
                return name
        return ""


def _fits(lengths: Sequence[float], cadence: tuple[float, ...]) -> bool:
    """Whether stretches of tone and pause are of this cadence, wherever in it they begin."""
    return any(
        all(
            abs(length - wanted) <= _TOLERANCE * wanted
            for length, wanted in zip(
                lengths, cycle(cadence[first:] + cadence[:first]), strict=False
            )
        )
        for first in range(0, len(cadence), 2)
    )


def _certain(cadence: tuple[float, ...], others: Iterable[tuple[float, ...]]) -> int:
    """After how many stretches a cadence is certain.

    Two equal periods are, for a word or a key never sounds like that.  But where they stand in the
    middle of another tone's cadence, as Spain's busy tone in its congestion tone, it takes more
    than that one has.
    """
    twice = cadence * 2
    longer = [other for other in others if len(other) > len(cadence) and _fits(twice, other)]
    return max([len(twice), *(len(other) + 2 for other in longer)])


def _cadences(country: Country) -> dict[tuple[float, ...], str]:
    found: dict[tuple[float, ...], str] = {}
    for meaning, name in NAMES.items():
        for tone in country.kinds(meaning):
            if not tone.continuous:
                found.setdefault(tone.cadence_s, name)
    return found


def _frequencies(country: Country) -> list[float]:
    """Of all these tones, with the sides of those that are modulated."""
    found: set[float] = set()
    for tone in (tone for meaning in NAMES for tone in country.kinds(meaning)):
        for together in tone.frequencies_hz:
            found |= {hz + side for hz in together for side in (0.0, tone.modulation_hz)}
            found |= {hz - tone.modulation_hz for hz in together}
    return sorted(found)


def _band(country: Country) -> tuple[float, float]:
    frequencies = _frequencies(country)
    return min(frequencies) - 25, max(frequencies) + 25


def _probes(frequencies_hz: Iterable[float]) -> npt.NDArray[np.float64]:
    """Rows that span all that sines of these frequencies can be within a tick."""
    at = 2 * np.pi * np.arange(TICK_SAMPLES) / SAMPLE_RATE
    waves = [wave(hz * at) for hz in frequencies_hz for wave in (np.cos, np.sin)]
    _, sizes, rows = np.linalg.svd(np.array(waves), full_matrices=False)
    return np.ascontiguousarray(rows[sizes > 1e-2 * sizes[0]])
