"""Special information tones: three tones in a row that say an announcement follows, and why.

    classify(tones)        # the three newest of SteadyDetector -> SpecialInformation("IC", ...)

North America gives the first two tones a high or a low frequency and a long or a short length;
the four choices tell the reason (Telcordia GR-1162 and SR-2275; the frequencies also in ANSI
T1.401).  Elsewhere all three are 0.33 s at 950, 1400 and 1800 Hz, and say no more than that
something is wrong (ITU-T E.180, 3.4): class "SIT".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from telcard import units
from telcard.dsp.steady import SteadyTone

LOW_HZ, HIGH_HZ = (913.8, 1370.6), (985.2, 1428.5)
"""The first and the second tone, low and high."""

THIRD_HZ = 1776.7
"""The third tone, the same in every class."""

SHORT_S, LONG_S = 0.274, 0.380
"""The first and the second tone, short and long."""

CLASSES = {
    "hL lS": "VC",
    "lS lS": "IC",
    "lS hL": "RO",
    "hS lL": "RO inter",
    "hL hL": "NC",
    "lL lL": "NC inter",
    "lL hS": "ineffective",
    "hS hS": "ineffective 2",
}
"""High or low, long or short of the first two tones, and what they say; "inter" is interLATA."""

REASONS = {
    "VC": "vacant code: no such number",
    "IC": "intercept: the number has changed or is out of service",
    "RO": "reorder: the call could not be completed",
    "RO inter": "reorder in a long-distance network",
    "NC": "no circuit: all of them are busy",
    "NC inter": "no circuit in a long-distance network",
    "ineffective": "the call failed for another reason",
    "ineffective 2": "the call failed for another reason",
    "SIT": "an announcement follows",
}
"""What each class means; "SIT" is one that tells no reason."""

_PLAIN_HZ, _PLAIN_S = (950.0, 1400.0, 1800.0), 0.33
_REACH_HZ = (18.0, 15.0)  # of high and low; less than half of what is between them
_GAP_S = (-0.03, 0.05)  # between two tones; GR-1162: no more than 50 ms


@dataclass(frozen=True, slots=True)
class SpecialInformation:
    """A special information tone: one of `REASONS`, and how sure that is (0 to 1)."""

    kind: str
    confidence: float
    start: int
    end: int
    hz: tuple[float, ...]
    lengths_s: tuple[float, ...]

    @property
    def reason(self) -> str:
        """What it means, in words."""
        return REASONS[self.kind]


def classify(tones: Sequence[SteadyTone]) -> SpecialInformation | None:
    """What three tones in a row say; None when they are no special information tone."""
    if len(tones) != 3 or any(len(tone.hz) != 1 for tone in tones):
        return None
    gaps = [(after.start - before.end) / units.SAMPLE_RATE for before, after in pairwise(tones)]
    hz = tuple(tone.hz[0] for tone in tones)
    lengths = tuple(tone.length_s for tone in tones)
    if not all(_GAP_S[0] <= gap <= _GAP_S[1] for gap in gaps) or not 0.2 <= lengths[2] <= 0.6:
        return None
    kind, off = "SIT", max(
        *(abs(a - b) / 50 for a, b in zip(hz, _PLAIN_HZ, strict=True)),
        *(abs(length - _PLAIN_S) / 0.1 for length in lengths),
    )  # fmt: skip
    key, coded = "", abs(hz[2] - THIRD_HZ) / 30
    for tone in range(2):
        low, high = abs(hz[tone] - LOW_HZ[tone]), abs(hz[tone] - HIGH_HZ[tone])
        short, long = abs(lengths[tone] - SHORT_S), abs(lengths[tone] - LONG_S)
        key += ("h" if high < low else "l") + ("L" if long < short else "S") + " "
        coded = max(coded, min(low, high) / _REACH_HZ[tone], min(short, long) / 0.05)
    named = CLASSES.get(key.strip())
    if named and coded <= 1 and coded < off:
        kind, off = named, coded
    if off > 1:
        return None
    return SpecialInformation(
        kind, math.exp(-off * off / 2), tones[0].start, tones[2].end, hz, lengths
    )
