"""What can be found in a recording: frozen values, each of a `kind`.

Every finding has a channel (0 is mono or left), a start and a length in seconds of the recording.
`as_json` gives the fields of a line of `telcard analyze --json`:

| kind | fields beside file, kind, side, start_s, length_s |
| --- | --- |
| level | dbm0 (mean), loudest_dbm0 (of 20 ms), active_dbm0 (mean of what is no silence), peak (0..1), silent (share of time), clipped (samples) |
| digit | digit, low_dbm0, high_dbm0, twist_db (high less low), low_offset, high_offset (0.01: 1 % too high) |
| tone | hz, dbm0 (a list each, lowest frequency first), purity (share of the energy that the tone explains) |
| cadence | hz, dbm0, pattern_s (tone, pause, tone, pause ... until it repeats), bursts |
| silence | none |
| pulse | digit, pulses (how many), pulses_per_s, dbm0 (of the clicks), confidence (0..1) |
| caller_id | standard (how it came), number, absence (why there is none), name, time (MM-DD hh:mm), text (in one line), error (why it cannot be believed); what was not told is null |

A level of digital silence is null.  Times are rounded to 0.1 ms, levels and frequencies to 0.01.
"""  # noqa: E501 - a table's row is one line

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import ClassVar

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a recording: where it is, and in the classes below, what."""

    kind: ClassVar[str] = "finding"
    channel: int
    start_s: float
    length_s: float

    @property
    def end_s(self) -> float:
        """When it is over."""
        return self.start_s + self.length_s


@dataclass(frozen=True, slots=True)
class Level(Finding):
    """How loud a whole side is; `silent` is a share of its time, `peak` of full scale."""

    kind: ClassVar[str] = "level"
    dbm0: float
    loudest_dbm0: float
    active_dbm0: float
    peak: float
    silent: float
    clipped: int


@dataclass(frozen=True, slots=True)
class Digit(Finding):
    """A DTMF digit; offsets are relative to the nominal frequencies."""

    kind: ClassVar[str] = "digit"
    digit: str
    low_dbm0: float
    high_dbm0: float
    twist_db: float
    low_offset: float
    high_offset: float


@dataclass(frozen=True, slots=True)
class Tone(Finding):
    """A steady tone of one or two frequencies, lowest first; levels of each by itself."""

    kind: ClassVar[str] = "tone"
    hz: tuple[float, ...]
    dbm0: tuple[float, ...]
    purity: float


@dataclass(frozen=True, slots=True)
class Cadence(Finding):
    """A tone that comes and goes in a pattern: seconds of tone and pause in turn, then again."""

    kind: ClassVar[str] = "cadence"
    hz: tuple[float, ...]
    dbm0: tuple[float, ...]
    pattern_s: tuple[float, ...]
    bursts: int


@dataclass(frozen=True, slots=True)
class Silence(Finding):
    """A stretch in which nothing is heard."""

    kind: ClassVar[str] = "silence"


@dataclass(frozen=True, slots=True)
class Pulse(Finding):
    """A digit of a rotary dial, by the clicks of its pulses."""

    kind: ClassVar[str] = "pulse"
    digit: str
    pulses: int
    pulses_per_s: float
    dbm0: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Caller(Finding):
    """A caller ID, as FSK or DTMF told it; `text` says all of it, or what was received."""

    kind: ClassVar[str] = "caller_id"
    standard: str
    number: str | None
    absence: str | None
    name: str | None
    time: str | None
    text: str
    error: str | None


KINDS = (Level, Caller, Digit, Pulse, Tone, Cadence, Silence)
"""All kinds, in the order in which findings of one moment are told."""


def side_name(channel: int, channels: int) -> str:
    """What people call a channel: mono, left, right, or its number from 1 where there are more."""
    if channels == 1:
        return "mono"
    return ("left", "right")[channel] if channels == 2 else str(channel + 1)


def order(finding: Finding) -> tuple[bool, float, int, int]:
    """Sort key: the sides' levels, then everything by start, side and kind."""
    rank = KINDS.index(type(finding))
    return finding.kind != "level", finding.start_s, finding.channel, rank


def as_json(finding: Finding, file: str, channels: int) -> Json:
    """The finding's fields as JSON has them, in a stable order."""
    line: Json = {
        "file": file,
        "kind": finding.kind,
        "side": side_name(finding.channel, channels),
        "start_s": round(finding.start_s, 4),
        "length_s": round(finding.length_s, 4),
    }
    for item in fields(finding)[3:]:
        line[item.name] = _plain(item.name, getattr(finding, item.name))
    return line


def _plain(name: str, value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(name, part) for part in value]
    if isinstance(value, float):
        places = 2 if name.endswith(("dbm0", "_db", "hz")) else 4
        return round(value, places) + 0.0 if math.isfinite(value) else None
    return value
