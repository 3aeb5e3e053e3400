"""Tones that come and go: which of them are one signal, and in what pattern it repeats.

Dial tone stands, ringing comes for a second every five, busy twice a second; Britain rings twice
and pauses (0.4, 0.2, 0.4, 2.0 s).  Here a pattern is only described; what it means in which country
is for others to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median

from telcard.analysis.findings import Cadence, Finding, Tone, order

LONGEST_PAUSE_S = 6.5
"""A longer pause ends a signal."""

MOST_BURSTS = 4
"""Tones in a pattern before it repeats, at most."""

_NEAR_HZ = 4.0
_LONGEST_PART = 40  # tones; a signal that is one of several in a row is hardly longer
_NEAR_DB = 4.0


def cadences(tones: Iterable[Tone]) -> list[Cadence]:
    """The patterns in which tones of one frequency repeat; a tone alone has none."""
    found: list[Cadence] = []
    series: dict[tuple[int, int], list[Tone]] = {}
    for tone in sorted(tones, key=order):
        slot = tone.channel, len(tone.hz)
        row = series.setdefault(slot, [])
        if row and not _continues(row[-1], tone):
            found += _cadence(row)
            row = series[slot] = []
        row.append(tone)
    for row in series.values():
        found += _cadence(row)
    return sorted(found, key=order)


def bursts(cadence: Cadence, tones: Iterable[Tone]) -> list[Tone]:
    """The tones of which a cadence is made."""
    return [
        tone
        for tone in tones
        if tone.channel == cadence.channel
        and cadence.start_s <= tone.start_s <= cadence.end_s
        and len(tone.hz) == len(cadence.hz)
        and _near(tone.hz, cadence.hz, 2 * _NEAR_HZ)
    ]


def within_cadence(finding: Finding, findings: Iterable[Finding]) -> bool:
    """Whether it lies between the tones of a cadence on its side, as its silences do."""
    return any(
        isinstance(other, Cadence)
        and other.channel == finding.channel
        and other.start_s < finding.start_s
        and finding.end_s < other.end_s
        for other in findings
    )


def _near(a: Sequence[float], b: Sequence[float], most: float) -> bool:
    return all(abs(x - y) <= most for x, y in zip(a, b, strict=True))


def _continues(before: Tone, tone: Tone) -> bool:
    return (
        0 < tone.start_s - before.end_s <= LONGEST_PAUSE_S
        and _near(tone.hz, before.hz, _NEAR_HZ)
        and _near(tone.dbm0, before.dbm0, _NEAR_DB)
    )


def _cadence(row: Sequence[Tone]) -> list[Cadence]:
    """The patterns of a row: signals of one frequency may follow each other, as busy does ringing.

    A part of a row has three tones or more; the longest part that has a pattern is one signal.
    """
    if found := _pattern(row):
        return found
    for first in range(len(row) - 2):
        for last in range(min(len(row), first + _LONGEST_PART), first + 2, -1):
            if part := _pattern(row[first:last]):
                return [*part, *_cadence(row[last:])]
    return []


def _pattern(row: Sequence[Tone]) -> list[Cadence]:
    """The shortest pattern that the row keeps to; its first and last tone may have been cut."""
    on_s = [tone.length_s for tone in row]
    off_s = [tone.start_s - before.end_s for before, tone in pairwise(row)]
    for period in range(1, min(MOST_BURSTS, len(row) // 2) + 1):
        pattern = []
        for place in range(period):
            inner = [on_s[i] for i in range(place, len(row), period) if 0 < i < len(row) - 1]
            on = median(inner or on_s[place::period])
            off = median(off_s[place::period])
            pattern += [on, off]
        ends = {0, len(row) - 1} if len(row) > 2 else set()
        if all(
            _same(length, typical) or (i in ends and length < typical)
            for i, length in enumerate(on_s)
            for typical in [pattern[2 * (i % period)]]
        ) and all(_same(length, pattern[2 * (i % period) + 1]) for i, length in enumerate(off_s)):
            return [
                Cadence(
                    channel=row[0].channel,
                    start_s=row[0].start_s,
                    length_s=row[-1].end_s - row[0].start_s,
                    hz=_medians(tone.hz for tone in row),
                    dbm0=_medians(tone.dbm0 for tone in row),
                    pattern_s=tuple(round(length, 3) for length in pattern),
                    bursts=len(row),
                )
            ]
    return []


def _medians(rows: Iterable[tuple[float, ...]]) -> tuple[float, ...]:
    return tuple(round(median(column), 2) for column in zip(*rows, strict=True))


def _same(length_s: float, typical_s: float) -> bool:
    return abs(length_s - typical_s) <= max(0.02, 0.06 * typical_s)
