"""From what all finders found to what is told: in order, without doubles, with names.

Finders know nothing of each other, and each may hear its own in what is another's: a keyed digit is
a tone as well, a caller ID is a modem's data.  Here the more telling one is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from telcard.analysis.cadences import bursts, cadences
from telcard.analysis.findings import (
    Cadence,
    Caller,
    Data,
    Digit,
    FaxSignal,
    Finding,
    Pulse,
    Signal,
    Speech,
    Tone,
    order,
)
from telcard.countries import CadencedTone, Country, countries, country
from telcard.countries.country import meaning
from telcard.dsp.tones import DTMF_HZ

_ROW_S = 3.0  # between signals of one register
_LEAST_ROW = 3  # signals that make a register credible: speech yields one now and then
_LEAST_LINE_S = 0.1  # a line signal that is shorter is a whistle
_STANDS_S = 1.2  # a tone without a cadence means something from here on


def settle(findings: Iterable[Finding], where: str | Country | None = None) -> list[Finding]:
    """Everything found in a recording as it is told.

    Tones and cadences are named by what they mean in the country `where` (its code, or itself), or
    without one in all countries that telcard knows.  ConfigError for an unknown code.
    """
    kept = list(findings)
    callers = [f for f in kept if isinstance(f, Caller)]
    signals = _rows([f for f in kept if isinstance(f, Signal)])
    told = [*callers, *signals]
    data = _best([f for f in kept if isinstance(f, Data) and not _covered(f, told)])
    believed: list[Finding] = [*signals, *data]
    kept = [f for f in kept if not isinstance(f, (Signal, Data))] + believed
    explaining = [f for f in kept if isinstance(f, (Signal, Data, FaxSignal, Caller))]
    digits = [f for f in kept if isinstance(f, Digit)]
    clicks = [f for f in kept if isinstance(f, Pulse)]
    kept = [
        f
        for f in kept
        if not (isinstance(f, Tone) and (_keyed(f, digits) or _covered(f, explaining)))
        and not (isinstance(f, Pulse) and _covered(f, explaining))
        and not (isinstance(f, Speech) and _covered(f, [*explaining, *clicks]))
    ]
    tones = [f for f in kept if isinstance(f, Tone)]
    kept += cadences(tones)
    return sorted(_named(kept, where), key=order)


def _covered(finding: Finding, others: Iterable[Finding]) -> bool:
    """Whether more than half of it lies within others on its side."""
    both_s = sum(
        max(0.0, min(finding.end_s, other.end_s) - max(finding.start_s, other.start_s))
        for other in others
        if other.channel == finding.channel
    )
    return both_s > 0.5 * finding.length_s


def _keyed(tone: Tone, digits: Iterable[Digit]) -> bool:
    """Whether a tone is the sound of a digit."""
    return any(
        _covered(tone, [digit])
        and all(min(abs(hz / name - 1) for name in DTMF_HZ[digit.digit]) < 0.03 for hz in tone.hz)
        for digit in digits
        if digit.start_s < tone.end_s and tone.start_s < digit.end_s
    )


def _rows(signals: Sequence[Signal]) -> list[Signal]:
    """Registers' signals in rows, as they are sent; and line signals that last."""
    believed = [f for f in signals if f.system == "signalling" and f.length_s >= _LEAST_LINE_S]

    def whose(finding: Signal) -> tuple[str, int]:
        return finding.system, finding.channel

    others = (f for f in signals if f.system != "signalling")
    for _, group in groupby(sorted(others, key=lambda f: (*whose(f), f.start_s)), whose):
        row: list[Signal] = []
        for finding in group:
            if row and finding.start_s - row[-1].end_s > _ROW_S:
                believed += row if len(row) >= _LEAST_ROW else []
                row = []
            row.append(finding)
        believed += row if len(row) >= _LEAST_ROW else []
    return believed


def _best(data: Sequence[Data]) -> list[Data]:
    """Of modems that heard the same carrier, the one that made most sense of it."""
    kept: list[Data] = []
    for finding in sorted(data, key=lambda f: (f.errors / len(f.octets), -len(f.octets), -f.dbm0)):
        if not any(_covered(finding, [other]) or _covered(other, [finding]) for other in kept):
            kept.append(finding)
    return kept


# --- names


def _named(findings: Sequence[Finding], where: str | Country | None) -> list[Finding]:
    if not any(isinstance(f, (Cadence, Tone)) for f in findings):
        return list(findings)
    given = isinstance(where, (str, Country))
    known = (
        [where if isinstance(where, Country) else country(where)]
        if isinstance(where, (str, Country))
        else [country(code) for code in countries()]
    )
    tones = sorted((f for f in findings if isinstance(f, Tone)), key=order)
    rhythms = [f for f in findings if isinstance(f, Cadence)]
    inside = {tone for cadence in rhythms for tone in bursts(cadence, tones)}
    means: dict[Finding, list[tuple[str, str]]] = {}
    for land in known:
        for key, tone in land.tones.items():
            for finding in _meant(tone, tones, rhythms, inside):
                means.setdefault(finding, []).append((meaning(key), land.code))
    return [_with_names(f, means.get(f, []), given) for f in findings]


def _meant(
    wanted: CadencedTone, tones: Sequence[Tone], rhythms: Sequence[Cadence], inside: set[Tone]
) -> Iterable[Finding]:
    """The findings that are this tone of a country."""
    if wanted.modulation_hz:
        return []
    if len(wanted.frequencies_hz) > 1:
        return _in_turn(wanted, tones)
    if wanted.continuous:
        return [
            tone
            for tone in tones
            if tone not in inside
            and tone.length_s >= _STANDS_S
            and _near(tone.hz, wanted.frequencies_hz[0], wanted)
        ]
    return [
        cadence
        for cadence in rhythms
        if _near(cadence.hz, wanted.frequencies_hz[0], wanted)
        and _same_pattern(cadence.pattern_s, wanted)
    ]


def _in_turn(wanted: CadencedTone, tones: Sequence[Tone]) -> list[Finding]:
    """Tones that follow each other at once with the frequencies of each burst, as a SIT's do."""
    found: list[Finding] = []
    count = wanted.bursts
    for channel in {tone.channel for tone in tones}:
        side = [tone for tone in tones if tone.channel == channel]
        for first in range(len(side) - count + 1):
            row = side[first : first + count]
            if all(
                _near(tone.hz, wanted.during(burst), wanted)
                and _alike(tone.length_s, wanted.cadence_s[2 * burst], 0.3)
                and (burst == 0 or tone.start_s - row[burst - 1].end_s < 0.1)
                for burst, tone in enumerate(row)
            ):
                found += row
    return found


def _near(hz: Sequence[float], wanted: Sequence[float], tone: CadencedTone) -> bool:
    off_hz = min(tone.tolerance_hz, 25.0)
    return len(hz) == len(wanted) and all(
        abs(a - b) <= off_hz for a, b in zip(hz, sorted(wanted), strict=True)
    )


def _same_pattern(pattern_s: Sequence[float], wanted: CadencedTone) -> bool:
    """Whether it is the same cadence, wherever one begins to count."""
    told = list(wanted.cadence_s)
    if len(told) != len(pattern_s):
        return False
    return any(
        all(
            _alike(a, b, wanted.cadence_tolerance)
            for a, b in zip(pattern_s, told[turn:] + told[:turn], strict=True)
        )
        for turn in range(0, len(told), 2)
    )


def _alike(length_s: float, wanted_s: float, tolerance: float) -> bool:
    return abs(length_s - wanted_s) <= max(0.03, tolerance * wanted_s)


def _with_names(finding: Finding, means: Sequence[tuple[str, str]], given: bool) -> Finding:
    """The finding with its meanings, those of most countries first."""
    if not means or not isinstance(finding, (Cadence, Tone)):
        return finding
    names = sorted({name for name, _ in means}, key=lambda name: -sum(n == name for n, _ in means))
    where = () if given else tuple(sorted({code for _, code in means}))
    return replace(finding, names=tuple(names[:3]), countries=where)
