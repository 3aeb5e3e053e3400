"""Finders of what exchanges, modems and people say: each wraps a detector of the floors below.

A finder that telcard's detectors already do is `Wrapped`: the detector's events, and how one of
them becomes a finding, or None where it is not to be believed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from telcard.analysis.findings import (
    LEAST_TEXT,
    Caller,
    Data,
    Digit,
    FaxSignal,
    Finding,
    Pulse,
    Signal,
    Speech,
    readable,
)
from telcard.callerid import CallerId, CallerIdReceiver
from telcard.callerid.receiver import CallerIdEvent
from telcard.dsp import DtmfDetector
from telcard.dsp.dtmf import DtmfEvent
from telcard.dsp.fax_tones import FaxToneDetector, FaxToneEvent
from telcard.dsp.fsk import FskEvent, FskKind, FskReceiver
from telcard.dsp.mf import MfDetector, MfEvent
from telcard.dsp.pulses import PulseDetector, PulseEvent
from telcard.dsp.vad import SpeechEvent, VoiceDetector, VoiceProfile
from telcard.units import SAMPLE_RATE

Pcm = npt.NDArray[np.int16]


class Wrapped:
    """A detector whose every event is one finding, or none."""

    def __init__(self, detector: Any, tell: Callable[[Any], Finding | None]) -> None:
        self._detector = detector
        self._tell = tell

    def process(self, block: Pcm) -> list[Finding]:
        """Take the next frames; give what has ended."""
        return self._told(self._detector.process(block))

    def flush(self) -> list[Finding]:
        """The stream is over: give the rest."""
        return self._told(self._detector.flush())

    def _told(self, events: list[Any]) -> list[Finding]:
        return [finding for event in events if (finding := self._tell(event)) is not None]


def digits(channels: int) -> Wrapped:
    """DTMF digits."""
    return Wrapped(DtmfDetector(channels), _digit)


def pulses(channels: int) -> Wrapped:
    """Digits of rotary dials."""
    return Wrapped(PulseDetector(channels), _pulse_digit)


def signals(system: str) -> Callable[[int], Wrapped]:
    """Signals between exchanges, of one system; only rows of them are believed (`settling`)."""

    def tell(event: MfEvent) -> Signal:
        levels = tuple(float(level) for level in event.levels_dbm0)
        return Signal(*_place(event), system, event.signal, levels)

    return lambda channels: Wrapped(MfDetector(system, channels), tell)


def fax_signals(channels: int) -> Wrapped:
    """CNG, answer tones, preambles."""
    return Wrapped(FaxToneDetector(channels), _fax)


def callers(channels: int) -> Wrapped:
    """Caller IDs, in FSK and in DTMF."""
    return Wrapped(CallerIdReceiver("any", channels), _caller)


def speech(channels: int) -> Wrapped:
    """Who talks; pauses of up to half a second belong to it."""
    return Wrapped(VoiceDetector(channels, profile=VoiceProfile(hangover_s=0.5)), _speech)


MODEMS = ("v21_1", "v21_2", "v23_1200", "bell103_1", "bell103_2", "bell202")
"""Modems that are listened for."""

_LEAST_S = {300.0: 0.35, 1200.0: 0.15}  # by speed; what speech has of a carrier is shorter
_LEAST_CHARACTERS = 5
_LEAST_SORTS = (
    5  # of characters: music that keeps to two pitches spells few letters again and again
)
_MOST_ERRORS = 0.02  # of the characters
_LEAST_OCTETS = 24  # of data that cannot be read, each framed well: by chance one in two is
_LEAST_VALUES = 16  # among them; melodies hold 43 octets of 10 values


@dataclass(slots=True)
class _Carrier:
    start: int
    dbm0: float
    octets: bytearray = field(default_factory=bytearray)
    errors: int = 0


class Modems:
    """Data of FSK modems; of modems that understand the same, `settling` keeps the best.

    Five characters of text are believed, of other octets only 24, and all framed well: speech and
    music have stretches that are a modem's carrier in all but sense.  Hours of them yield
    characters by the dozen, hardly ever five that can be read in a row, or many that differ.
    """

    def __init__(self, channels: int) -> None:
        self._channels = channels
        self._receivers = {name: FskReceiver(name, channels) for name in MODEMS}
        self._carriers: dict[tuple[str, int], _Carrier] = {}
        self._frames = 0

    def process(self, block: Pcm) -> list[Finding]:
        """Take the next frames; give what was said by carriers that are gone."""
        self._frames += len(block)
        return [
            finding
            for name, receiver in self._receivers.items()
            for event in receiver.process(block)
            for finding in self._take(name, event)
        ]

    def flush(self) -> list[Finding]:
        """The stream is over: give the rest."""
        found = [
            finding
            for name, receiver in self._receivers.items()
            for event in receiver.flush()
            for finding in self._take(name, event)
        ]
        for name, channel in list(self._carriers):
            found += self._end(name, channel, self._frames)
        self._frames = 0
        return found

    def _take(self, name: str, event: FskEvent) -> list[Finding]:
        if event.kind is FskKind.CARRIER:
            level = event.level_dbm0 if event.level_dbm0 is not None else -np.inf
            self._carriers[name, event.channel] = _Carrier(event.start, level)
        elif event.kind is FskKind.LOST:
            return self._end(name, event.channel, event.start)
        elif carrier := self._carriers.get((name, event.channel)):
            if event.kind is FskKind.OCTET:
                carrier.octets.append(event.octet)
            else:
                carrier.errors += 1
        return []

    def _end(self, name: str, channel: int, end: int) -> list[Finding]:
        carrier = self._carriers.pop((name, channel), None)
        least_s = _LEAST_S[self._receivers[name].standard.baud]
        if (
            carrier is None
            or end - carrier.start < least_s * SAMPLE_RATE
            or not (_is_text(carrier) or _is_data(carrier))
        ):
            return []
        start_s = carrier.start / SAMPLE_RATE
        length_s = max(0, min(end, self._frames) - carrier.start) / SAMPLE_RATE
        octets = bytes(carrier.octets)
        return [Data(channel, start_s, length_s, name, octets, carrier.errors, carrier.dbm0)]


def _is_text(carrier: _Carrier) -> bool:
    octets = bytes(carrier.octets)
    return (
        len(octets) >= _LEAST_CHARACTERS
        and len(set(octets)) >= _LEAST_SORTS
        and carrier.errors <= _MOST_ERRORS * len(octets)
        and readable(octets) >= LEAST_TEXT
    )


def _is_data(carrier: _Carrier) -> bool:
    return (
        len(carrier.octets) >= _LEAST_OCTETS
        and len(set(carrier.octets)) >= _LEAST_VALUES
        and not carrier.errors
    )


_CREDIBLE = 8  # octets


def _place(event: Any) -> tuple[int, float, float]:
    return event.channel, event.start / SAMPLE_RATE, event.frames / SAMPLE_RATE


def _digit(event: DtmfEvent) -> Digit:
    return Digit(
        *_place(event),
        digit=event.digit,
        low_dbm0=event.low_dbm0,
        high_dbm0=event.high_dbm0,
        twist_db=event.twist_db,
        low_offset=event.low_offset,
        high_offset=event.high_offset,
    )


def _pulse_digit(event: PulseEvent) -> Pulse:
    return Pulse(
        *_place(event),
        digit=event.digit,
        pulses=event.pulses,
        pulses_per_s=event.pulses_per_s,
        dbm0=event.level_dbm0,
        confidence=event.confidence,
    )


def _fax(event: FaxToneEvent) -> FaxSignal:
    level = float(event.level_dbm0)
    return FaxSignal(*_place(event), event.tone, float(event.hz), level, event.reversals)


def _caller(event: CallerIdEvent) -> Caller | None:
    message = event.message
    if message is None and not event.digits and len(event.octets) < _CREDIBLE:
        return None  # so short a piece of a message is in music, too
    known = message or CallerId()
    return Caller(
        *_place(event),
        standard=event.standard,
        number=known.number,
        absence=known.absence.name.lower() if known.absence else None,
        name=known.name,
        time=str(known.time) if known.time else None,
        text=str(message) if message else event.digits or event.octets.hex(" "),
        error=event.error or None,
    )


def _speech(event: SpeechEvent) -> Speech:
    return Speech(*_place(event), float(event.level_dbm0), float(event.snr_db))
