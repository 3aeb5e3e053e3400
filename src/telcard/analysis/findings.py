"""What can be found in a recording: frozen values, each of a `kind`.

Every finding has a channel (0 is mono or left), a start and a length in seconds of the recording.
`as_json` gives the fields of a line of `telcard analyze --json`:

| kind | fields beside file, kind, side, start_s, length_s |
| --- | --- |
| level | dbm0 (mean), loudest_dbm0 (of 20 ms), active_dbm0 (mean of what is no silence), peak (0..1), silent (share of time), clipped (samples) |
| digit | digit, low_dbm0, high_dbm0, twist_db (high less low), low_offset, high_offset (0.01: 1 % too high) |
| pulse | digit, pulses (how many), pulses_per_s, dbm0 (of the clicks), confidence (0..1) |
| signal | system (r1, r2_forward, r2_backward, signalling), signal, dbm0 (a list) |
| caller_id | standard (how it came), number, absence (why there is none), name, time (MM-DD hh:mm), text (in one line), error (why it cannot be believed); what was not told is null |
| data | standard (of the modem), octets (hexadecimal), errors (characters that were framed wrongly), dbm0 |
| fax_tone | tone (cng, ans, ansam, bell_2225, v21_preamble), hz, dbm0, reversals (of its phase) |
| tone | hz, dbm0 (a list each, lowest frequency first), purity (share of the energy that the tone explains), names, countries (see cadence) |
| cadence | hz, dbm0, pattern_s (tone, pause, tone, pause ... until it repeats), bursts, names (what it means), countries (where, unless one was given) |
| speech | dbm0 (mean), snr_db (over the noise before) |
| silence | none |

A level of digital silence is null.  Times are rounded to 0.1 ms, levels and frequencies to 0.01.
"""  # noqa: E501 - a table's row is one line

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import ClassVar

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a recording: where it is, and in the classes below, what.

    A class says itself how it is told: `what`, `loudness` and `detail` fill a row of the table,
    `label` stands in the picture, in the row `lane` ("": none) and in `colour`.
    """

    kind: ClassVar[str] = "finding"
    lane: ClassVar[str] = ""
    colour: ClassVar[str] = "#8a8a8a"
    channel: int
    start_s: float
    length_s: float

    @property
    def end_s(self) -> float:
        """When it is over."""
        return self.start_s + self.length_s

    @property
    def what(self) -> str:
        """What it is, in a word or two."""
        return self.kind

    @property
    def label(self) -> str:
        """The same as short as can be."""
        return self.what

    @property
    def loudness(self) -> tuple[float, ...]:
        """Levels worth telling, in dBm0."""
        return ()

    @property
    def detail(self) -> str:
        """What else there is to say."""
        return ""


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

    @property
    def detail(self) -> str:
        """All of it in one line."""
        if not math.isfinite(self.dbm0):
            return "digital silence"
        text = f"{self.dbm0:6.1f} dBm0, "
        if math.isfinite(self.active_dbm0):
            text += f"{self.active_dbm0:.1f} while not silent, {self.loudest_dbm0:.1f} at most, "
        text += f"silent {100 * self.silent:.0f} % of the time"
        return text + (f", {self.clipped} samples clipped" if self.clipped else "")


@dataclass(frozen=True, slots=True)
class Digit(Finding):
    """A DTMF digit; offsets are relative to the nominal frequencies."""

    kind: ClassVar[str] = "digit"
    lane: ClassVar[str] = "keys"
    colour: ClassVar[str] = "#d1495b"
    digit: str
    low_dbm0: float
    high_dbm0: float
    twist_db: float
    low_offset: float
    high_offset: float

    @property
    def what(self) -> str:
        """The digit."""
        return f"digit {self.digit}"

    @property
    def label(self) -> str:
        """The digit alone."""
        return self.digit

    @property
    def loudness(self) -> tuple[float, ...]:
        """Of both tones."""
        return self.low_dbm0, self.high_dbm0

    @property
    def detail(self) -> str:
        """Twist and offsets."""
        low, high = (
            f"{round(100 * off, 2) + 0.0:+.2f}" for off in (self.low_offset, self.high_offset)
        )
        return f"twist {self.twist_db:+.1f} dB, off by {low} {high} %"


@dataclass(frozen=True, slots=True)
class Pulse(Finding):
    """A digit of a rotary dial, heard by its clicks."""

    kind: ClassVar[str] = "pulse"
    lane: ClassVar[str] = "keys"
    colour: ClassVar[str] = "#a0336b"
    digit: str
    pulses: int
    pulses_per_s: float
    dbm0: float
    confidence: float

    @property
    def what(self) -> str:
        """The digit."""
        return f"dialled {self.digit}"

    @property
    def label(self) -> str:
        """The digit alone."""
        return self.digit

    @property
    def detail(self) -> str:
        """Pulses and how sure it is."""
        return f"{self.pulses_per_s:.1f} a second, sure to {self.confidence:.0%}"


@dataclass(frozen=True, slots=True)
class Signal(Finding):
    """A signal between exchanges: of R1, R2, or a line signal in the speech band."""

    kind: ClassVar[str] = "signal"
    lane: ClassVar[str] = "signals"
    colour: ClassVar[str] = "#7a4f8f"
    system: str
    signal: str
    dbm0: tuple[float, ...]

    @property
    def what(self) -> str:
        """System and signal."""
        name = self.system.replace("r1", "R1").replace("r2_", "R2 ")
        return f"{self.signal} Hz" if self.system == "signalling" else f"{name} {self.signal}"

    @property
    def label(self) -> str:
        """The signal alone."""
        return self.signal

    @property
    def loudness(self) -> tuple[float, ...]:
        """Of each tone."""
        return self.dbm0


@dataclass(frozen=True, slots=True)
class Caller(Finding):
    """A caller ID: who calls, as the exchange sent it."""

    kind: ClassVar[str] = "caller_id"
    lane: ClassVar[str] = "data"
    colour: ClassVar[str] = "#1b7f5c"
    standard: str
    number: str | None
    absence: str | None
    name: str | None
    time: str | None
    text: str
    error: str | None

    @property
    def what(self) -> str:
        """Caller ID, and how it came."""
        return f"caller ID {self.standard}"

    @property
    def label(self) -> str:
        """Who calls."""
        return self.text or "caller ID ?"

    @property
    def detail(self) -> str:
        """Who calls, or why that cannot be told."""
        return f"{self.text}: {self.error}" if self.error else self.text


LEAST_TEXT = 0.95
"""Of the octets of a text can be read."""

_TEXT = frozenset(b"\t\r\n") | frozenset(range(32, 127))


def readable(octets: bytes) -> float:
    """The share of these octets that are characters of ASCII text, 0 to 1; of none at all, 0."""
    return sum(octet in _TEXT for octet in octets) / max(1, len(octets))


@dataclass(frozen=True, slots=True)
class Data(Finding):
    """What an FSK modem said, start and stop bits around each character: text, or other octets."""

    kind: ClassVar[str] = "data"
    lane: ClassVar[str] = "data"
    colour: ClassVar[str] = "#2f7fb0"
    standard: str
    octets: bytes
    errors: int
    dbm0: float

    @property
    def text(self) -> str:
        """The characters, those that cannot be shown as backslashes; of what is no text, hex."""
        if readable(self.octets) < LEAST_TEXT:
            return self.octets.hex(" ")
        return self.octets.decode("ascii", "backslashreplace").encode("unicode_escape").decode()

    @property
    def what(self) -> str:
        """The modem."""
        return f"data, {self.standard}"

    @property
    def label(self) -> str:
        """What was said."""
        return self.text

    @property
    def loudness(self) -> tuple[float, ...]:
        """Of the carrier."""
        return (self.dbm0,)

    @property
    def detail(self) -> str:
        """The first characters."""
        text = self.text if len(self.text) <= 60 else self.text[:57] + "..."
        errors = f", {self.errors} framed wrongly" if self.errors else ""
        kind = "characters" if readable(self.octets) >= LEAST_TEXT else "octets"
        return f"{len(self.octets)} {kind}{errors}: {text}"


@dataclass(frozen=True, slots=True)
class FaxSignal(Finding):
    """A tone of a fax machine or a modem."""

    kind: ClassVar[str] = "fax_tone"
    lane: ClassVar[str] = "data"
    colour: ClassVar[str] = "#0f8b8d"
    tone: str
    hz: float
    dbm0: float
    reversals: int

    @property
    def what(self) -> str:
        """Its name."""
        return {
            "cng": "calling fax (CNG)",
            "ans": "answer tone (ANS, CED)",
            "ansam": "answer tone (ANSam)",
            "bell_2225": "answer tone (Bell)",
            "v21_preamble": "fax preamble (V.21)",
        }.get(self.tone, self.tone)

    @property
    def label(self) -> str:
        """Its name, short."""
        names = {"bell_2225": "Bell 2225", "v21_preamble": "V.21", "ansam": "ANSam"}
        return names.get(self.tone, self.tone.upper())

    @property
    def loudness(self) -> tuple[float, ...]:
        """The tone's."""
        return (self.dbm0,)

    @property
    def detail(self) -> str:
        """Its frequency, and whether it reverses its phase."""
        turned = f", phase reversed {self.reversals} times" if self.reversals else ""
        return f"{self.hz:.1f} Hz{turned}"


@dataclass(frozen=True, slots=True)
class Tone(Finding):
    """A steady tone of one or two frequencies, lowest first; levels of each by itself."""

    kind: ClassVar[str] = "tone"
    lane: ClassVar[str] = "tones"
    colour: ClassVar[str] = "#c77f0a"
    hz: tuple[float, ...]
    dbm0: tuple[float, ...]
    purity: float
    names: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()

    @property
    def what(self) -> str:
        """Its meaning, if it has one, and its frequencies."""
        return _named(f"tone {describe_hz(self.hz)}", self.names)

    @property
    def label(self) -> str:
        """The same without the word."""
        return _named(describe_hz(self.hz), self.names)

    @property
    def loudness(self) -> tuple[float, ...]:
        """Of each frequency."""
        return self.dbm0

    @property
    def detail(self) -> str:
        """Frequencies to a tenth, purity, and where it means something."""
        exact = ", ".join(f"{hz:.1f}" for hz in self.hz)
        return f"{exact} Hz, {100 * self.purity:.1f} % of the energy" + _where(self.countries)


@dataclass(frozen=True, slots=True)
class Cadence(Finding):
    """A tone that comes and goes in a pattern: seconds of tone and pause in turn, then again."""

    kind: ClassVar[str] = "cadence"
    lane: ClassVar[str] = "tones"
    colour: ClassVar[str] = "#c77f0a"
    hz: tuple[float, ...]
    dbm0: tuple[float, ...]
    pattern_s: tuple[float, ...]
    bursts: int
    names: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()

    @property
    def what(self) -> str:
        """Its meaning, if it has one, frequencies and pattern."""
        return _named(describe_cadence(self), self.names)

    @property
    def loudness(self) -> tuple[float, ...]:
        """Of each frequency."""
        return self.dbm0

    @property
    def detail(self) -> str:
        """How often, and where it means something."""
        return f"{self.bursts} times" + _where(self.countries)


@dataclass(frozen=True, slots=True)
class Speech(Finding):
    """Somebody talks."""

    kind: ClassVar[str] = "speech"
    lane: ClassVar[str] = "speech"
    colour: ClassVar[str] = "#5b7f3b"
    dbm0: float
    snr_db: float

    @property
    def loudness(self) -> tuple[float, ...]:
        """The mean."""
        return (self.dbm0,)

    @property
    def detail(self) -> str:
        """How far above the noise."""
        return f"{self.snr_db:.0f} dB above the noise"


@dataclass(frozen=True, slots=True)
class Silence(Finding):
    """A stretch in which nothing is heard."""

    kind: ClassVar[str] = "silence"


KINDS = (
    Level, Digit, Pulse, Signal, Caller, Data, FaxSignal, Tone, Cadence, Speech, Silence
)  # fmt: skip
"""All kinds, in the order in which findings of one moment are told."""


def describe_hz(hz: Iterable[float]) -> str:
    """Frequencies as people write them: `350 + 440 Hz`."""
    return f"{' + '.join(f'{value:.0f}' for value in hz)} Hz"


def describe_cadence(cadence: Cadence) -> str:
    """A cadence as people write it: `425 Hz  1.00 on, 4.00 off`."""
    pattern = cadence.pattern_s
    turns = [
        f"{on:.2f} on, {off:.2f} off" for on, off in zip(pattern[::2], pattern[1::2], strict=True)
    ]
    return f"{describe_hz(cadence.hz)}  {', '.join(turns)}"


def _named(text: str, names: tuple[str, ...]) -> str:
    return f"{' or '.join(names).replace('_', ' ')}: {text}" if names else text


def _where(countries: tuple[str, ...]) -> str:
    if not countries:
        return ""
    more = f" and {len(countries) - 6} more" if len(countries) > 6 else ""
    return f"; so in {' '.join(countries[:6])}{more}"


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
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float):
        places = 2 if name.endswith(("dbm0", "_db", "hz")) else 4
        return round(value, places) + 0.0 if math.isfinite(value) else None
    return value
