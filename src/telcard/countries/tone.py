"""A tone of a network as data: which frequencies, modulated by what, switched how, how loud.

    CadencedTone.of("400+450", (0.4, 0.2, 0.4, 2.0))       # the ringing tone of the United Kingdom
    CadencedTone.of("400x25", (0.4, 0.2, 0.4, 2.0))        # India's: 400 Hz, modulated by 25 Hz
    CadencedTone.of("950/1400/1800", (0.33, 0.0, 0.33, 0.0, 0.33, 1.0))        # three tones in turn
    CadencedTone.of("425")                                 # no cadence: it goes on and on

Frequencies are written as in the lists that the ITU publishes under Recommendation E.180: `f1+f2`
sound together, `f1/f2` one burst after the other, `f1xf2` is f1 modulated by f2.  What those lists
write as `f1//f2` (this exchange has f1, that one f2) are two tones here, each under its own name.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from telcard.errors import ConfigError

AGAIN = "again"
"""After the cadence it begins again, for ever."""

STEADY = "steady"
"""After the cadence the last frequencies sound without a pause, for ever."""

OVER = "over"
"""After the cadence there is nothing more."""

ENDINGS = (AGAIN, STEADY, OVER)

FREQUENCIES = 4
"""The most that sound at a time: a receiver-off-hook tone of North America has four."""

NOTATION = (
    r"[0-9]+(\.[0-9]+)?(\+[0-9]+(\.[0-9]+)?)*(/[0-9]+(\.[0-9]+)?(\+[0-9]+(\.[0-9]+)?)*)*"
    r"(x[0-9]+(\.[0-9]+)?)?"
)
"""Frequencies as E.180's lists write them: `350+440`, `950/1400/1800`, `400x25`."""


@dataclass(frozen=True, slots=True)
class CadencedTone:
    """A tone of a network; raises `ConfigError` that says what cannot be.

    `frequencies_hz` holds one set of frequencies for every burst, or one set for each burst of the
    cadence.  `cadence_s` are seconds of tone and of pause in turn, a pause of 0 joins two bursts;
    none at all where the tone is continuous.
    """

    frequencies_hz: tuple[tuple[float, ...], ...]
    cadence_s: tuple[float, ...] = ()
    modulation_hz: float = 0.0
    """What modulates the amplitude; 0: nothing does."""
    modulation_depth: float = 1.0
    """By how much: 1 lets the tone sink to nothing between two swells.  The lists do not say."""
    level_dbm0: float = -10.0
    """Of each frequency by itself, where it is modulated of its carrier."""
    tolerance_hz: float = 15.0
    """By how much each frequency may be off."""
    cadence_tolerance: float = 0.1
    """By which share of itself each length may be off."""
    ending: str = AGAIN
    """What comes after the cadence: `AGAIN`, `STEADY` or `OVER`."""
    source: str = ""
    """Key of the country's `sources`, where it was checked elsewhere than in `sources["tones"]`."""

    def __post_init__(self) -> None:
        for wrong in self._faults():
            raise ConfigError(f"tone: {wrong}")

    def _faults(self) -> Iterable[str]:
        if not self.frequencies_hz:
            yield "frequencies_hz: want a set of frequencies or more, got none"
        for together in self.frequencies_hz:
            if not 1 <= len(together) <= FREQUENCIES:
                yield f"frequencies_hz: want 1 to {FREQUENCIES} at a time, got {len(together)}"
            for hz in together:
                if not 0 < hz < 4000:
                    yield f"frequencies_hz: want more than 0 and less than 4000 Hz, got {hz:g}"
        if len(self.cadence_s) % 2:
            yield f"cadence_s: want tone and pause in turn, got {len(self.cadence_s)} lengths"
        if len(self.frequencies_hz) not in (1, self.bursts):
            sets = len(self.frequencies_hz)
            yield f"frequencies_hz: want 1 set or one for each burst, {self.bursts}; got {sets}"
        for seconds in self.cadence_s:
            if not 0 <= seconds <= 60:
                yield f"cadence_s: want 0 to 60 s, got {seconds:g}"
        if not all(self.cadence_s[::2]):
            yield "cadence_s: want bursts longer than 0 s, got one of 0 s"
        if self.modulation_hz and not 0 < self.modulation_hz < 1000:
            yield f"modulation_hz: want 0 to 1000 Hz, got {self.modulation_hz:g}"
        if self.modulation_hz and any(len(together) > 1 for together in self.frequencies_hz):
            yield "modulation_hz: want one frequency to be modulated, got several"
        for together in self.frequencies_hz:
            if self.modulation_hz >= min(together, default=4000):
                least, got = together[0], self.modulation_hz
                yield f"modulation_hz: want less than {least:g} Hz, got {got:g}"
        if not 0 < self.modulation_depth <= 1:
            yield f"modulation_depth: want more than 0, at most 1; got {self.modulation_depth:g}"
        if not -60 <= self.level_dbm0 <= 3:
            yield f"level_dbm0: want -60 to +3 dBm0, got {self.level_dbm0:g}"
        if not 0 < self.tolerance_hz <= 500:
            yield f"tolerance_hz: want more than 0, at most 500 Hz; got {self.tolerance_hz:g}"
        if not 0 < self.cadence_tolerance <= 0.5:
            most = f"at most 0.5; got {self.cadence_tolerance:g}"
            yield f"cadence_tolerance: want more than 0, {most}"
        if self.ending not in ENDINGS:
            yield f"ending: want one of {', '.join(ENDINGS)}; got {self.ending!r}"
        if not self.cadence_s and self.ending == OVER:
            yield "ending: a continuous tone is never over"

    @classmethod
    def of(cls, hz: str, cadence_s: Iterable[float] = (), **further: object) -> CadencedTone:
        """A tone from E.180's notation: `of("400x25", (0.4, 0.2, 0.4, 2.0), level_dbm0=-13)`."""
        frequencies_hz, modulation_hz = frequencies(hz)
        return cls(
            frequencies_hz,
            tuple(cadence_s),
            modulation_hz=modulation_hz,
            **further,  # type: ignore[arg-type]  # the fields by their names
        )

    @property
    def bursts(self) -> int:
        """How many bursts its cadence has; 1 when it is continuous."""
        return max(1, len(self.cadence_s) // 2)

    @property
    def continuous(self) -> bool:
        """Whether it has no cadence at all."""
        return not self.cadence_s

    @property
    def period_s(self) -> float:
        """How long its cadence lasts; infinite when it is continuous."""
        return math.fsum(self.cadence_s) if self.cadence_s else math.inf

    @property
    def hz(self) -> str:
        """Its frequencies in E.180's notation."""
        sets = ("+".join(f"{hz:g}" for hz in together) for together in self.frequencies_hz)
        return "/".join(sets) + (f"x{self.modulation_hz:g}" if self.modulation_hz else "")

    def during(self, burst: int) -> tuple[float, ...]:
        """Frequencies of a burst, counted from 0."""
        return self.frequencies_hz[burst if len(self.frequencies_hz) > 1 else 0]

    def edges_s(self) -> tuple[tuple[float, float], ...]:
        """Beginning and end of every stretch of tone in one cadence; bursts that touch are one."""
        edges: list[tuple[float, float]] = []
        here = 0.0
        for on_s, off_s in zip(self.cadence_s[::2], self.cadence_s[1::2], strict=True):
            edges.append((here, here + on_s))
            here += on_s + off_s
        joined = edges[:1]
        for (_, before), (start, end) in pairwise(edges):
            if start == before:
                joined[-1] = (joined[-1][0], end)
            else:
                joined.append((start, end))
        return tuple(joined)

    def __str__(self) -> str:
        """As one reads it in a table: `400+450 Hz, 0.4 on 0.2 off 0.4 on 2 off`."""
        return f"{self.hz} Hz, {self.cadence}"

    @property
    def cadence(self) -> str:
        """Its cadence in words: `0.4 on 0.2 off 0.4 on 2 off`, or `continuous`."""
        if not self.cadence_s:
            return "continuous"
        words = [
            f"{seconds:g} {'off' if index % 2 else 'on'}"
            for index, seconds in enumerate(self.cadence_s)
            if seconds
        ]
        bursts = _folded(words)
        return bursts + {AGAIN: "", STEADY: ", then continuous", OVER: ", once"}[self.ending]


def frequencies(hz: str) -> tuple[tuple[tuple[float, ...], ...], float]:
    """Sets of frequencies and the modulating one (0: none) of a text in E.180's notation.

    Raises `ConfigError` for anything else.
    """
    if not re.fullmatch(NOTATION, hz) or len(hz) > 80:
        raise ConfigError(
            f"tone: hz: want a text like 425, 350+440, 950/1400 or 400x25; got {hz!r}"
        )
    carriers, _, modulation = hz.partition("x")
    sets = tuple(tuple(float(f) for f in burst.split("+")) for burst in carriers.split("/"))
    return sets, float(modulation or 0)


def _folded(words: list[str]) -> str:
    """Pairs of words that come several times in a row, told once: `10 x (0.1 on 0.1 off)`."""
    if len(words) % 2:
        return " ".join(words)
    told: list[tuple[str, int]] = []
    for pair in zip(words[::2], words[1::2], strict=True):
        both = " ".join(pair)
        if told and told[-1][0] == both:
            told[-1] = (both, told[-1][1] + 1)
        else:
            told.append((both, 1))
    if len(told) == 1 and told[0][1] == 1:
        return told[0][0]
    return " ".join(both if times == 1 else f"{times} x ({both})" for both, times in told)
