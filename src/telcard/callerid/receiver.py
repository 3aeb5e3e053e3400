"""Hearing who calls: FSK and DTMF, on many lines, in one standard or in several at once.

    detect_caller_id(pcm, "any")                # [CallerIdEvent(channel=0, start=3200, ...)]

    receiver = CallerIdReceiver("china", channels=30)
    for block in blocks:
        for event in receiver.process(block):
            if event.message is not None:
                print(event.channel, event.message.number, event.message.name)

In FSK a message begins where a character of a known type follows marks, and is whole when its
checksum is right; characters without a stop bit are no reason yet to give up.  In DTMF a row of
digits is over when its form is complete, or nothing follows for 0.4 s.  What looks like a caller ID
but cannot be believed is reported with its `error`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from telcard import units
from telcard.callerid import japan
from telcard.callerid.digits import DigitForm, parse_digits
from telcard.callerid.japan import JAPAN
from telcard.callerid.octets import TYPES, parse
from telcard.callerid.standards import Standard, standards_of
from telcard.dsp.dtmf import DtmfDetector, DtmfEvent
from telcard.dsp.fsk import FskEvent, FskKind, FskReceiver, standard_of
from telcard.dsp.pcm import frames_of, recording_of
from telcard.errors import RemoteProtocolError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from telcard.callerid.messages import CallerId
    from telcard.dsp.pcm import Pcm


@dataclass(frozen=True, slots=True)
class CallerIdEvent:
    """A caller ID: where it lies in the stream, what it says, and how it came.

    `start` is the first sample of the carrier or of the first digit, `frames` how long it lasted to
    the end of the message.  Either there is a `message`, or an `error` in one sentence.  `octets`
    (FSK) or `digits` (DTMF) are what was received; `standard` is the name of how.
    """

    channel: int
    start: int
    frames: int
    standard: str
    message: CallerId | None
    error: str = ""
    octets: bytes = b""
    digits: str = ""


class CallerIdReceiver:
    """Hears caller ID on `channels` lines; the stream may be cut anywhere.

    `standard` is a name of `telcard.callerid.STANDARDS`, or "china", "dtmf", "any" for several, or
    a `Standard` of the caller's own.  ValueError for an unknown name.
    """

    def __init__(self, standard: str | Standard = "bellcore", channels: int = 1) -> None:
        if channels < 1:
            raise ValueError(f"channels: want 1 or more, got {channels}")
        self.channels = channels
        self.standard = standard
        several = standards_of(standard)
        marks = [standard_of(one.modem).mark_hz for one in several if one.modem]
        self._modems = [
            (_Japan if one.dialect is JAPAN else _Modem)(one, channels, marks)
            for one in several
            if one.modem
        ]
        forms = [one.form for one in several if one.form]
        self._digits = _Digits(forms, channels) if forms else None
        self._told: dict[tuple[int, bytes], int] = {}
        self._heard = 0

    def __repr__(self) -> str:
        return f"<CallerIdReceiver {self.channels} channels, {self._heard} frames heard>"

    def process(self, block: Pcm) -> list[CallerIdEvent]:
        """Hear the next frames, PCM of shape (frames, channels), or (frames,) for one channel."""
        pcm = frames_of(block, self.channels)
        self._heard += len(pcm)
        events = [event for modem in self._modems for event in modem.process(pcm)]
        if self._digits:
            events += self._digits.process(pcm)
        return self._once(events)

    def flush(self) -> list[CallerIdEvent]:
        """End the stream: give what was under way, and forget everything."""
        events = [event for modem in self._modems for event in modem.flush()]
        if self._digits:
            events += self._digits.flush()
        events = self._once(events)
        self.__init__(self.standard, self.channels)  # type: ignore[misc]
        return events

    def reset(self, channel: int) -> None:
        """Forget what one channel has heard and count it from 0."""
        if not 0 <= channel < self.channels:
            raise ValueError(f"channel: want 0 to {self.channels - 1}, got {channel}")
        for modem in self._modems:
            modem.reset(channel)
        if self._digits:
            self._digits.reset(channel)
        self._told = {key: end for key, end in self._told.items() if key[0] != channel}

    def _once(self, events: list[CallerIdEvent]) -> list[CallerIdEvent]:
        """In order of their beginning, and what two modems understood told once."""
        kept = []
        for event in sorted(events, key=lambda event: (event.start, event.channel)):
            if len(self._modems) > 1 and event.octets:
                key, end = (event.channel, event.octets), event.start + event.frames
                if abs(self._told.get(key, -_SAME - 1) - end) <= _SAME:
                    continue
                self._told[key] = end
            kept.append(event)
        return kept


def detect_caller_id(
    pcm: Pcm, standard: str | Standard = "any", samplerate: int = units.SAMPLE_RATE
) -> list[CallerIdEvent]:
    """Give every caller ID of a recording; ValueError when `samplerate` is not 8000."""
    sound = recording_of(pcm, samplerate, "caller ID is heard")
    receiver = CallerIdReceiver(standard, sound.shape[1])
    return receiver.process(sound) + receiver.flush()


@dataclass(slots=True)
class _Character:
    octet: int
    start: int
    decided: int


@dataclass(slots=True)
class _Line:
    """One channel of a modem: the characters since the last long marks."""

    carrier: int | None = None
    quiet: bool = True
    """Nothing has been told yet of this carrier."""
    last: int = 0
    marks: int = 0
    """Bits of mark before the first character."""
    spoilt: int = 0
    seizure: int = 0
    """How many 55h came one after the other."""
    foreign: bool = False
    """Its marks are those of another modem that is listened to."""
    seen: list[_Character] = field(default_factory=list)


class _Modem:
    """FSK of one standard on all channels, and the messages in it.

    A modem understands its neighbour: Bell 202's marks are 1200 Hz, V.23's 1300, and either's
    receiver hears both.  `marks_hz` are those of all modems that listen; a message belongs to the
    one whose marks are the loudest before it.
    """

    def __init__(self, standard: Standard, channels: int, marks_hz: list[float]) -> None:
        self.standard = standard
        self._receiver = FskReceiver(standard.modem, channels)
        self._bit = units.SAMPLE_RATE / self._receiver.standard.baud
        self._lines = [_Line() for _ in range(channels)]
        self._marks_hz = marks_hz
        self._starts = np.zeros(channels, np.int64)  # of each channel's count, in `_sound`
        self._sound: NDArray[np.int16] = np.zeros((0, channels), np.int16)

    def process(self, pcm: NDArray[np.int16]) -> list[CallerIdEvent]:
        events = self._receiver.process(pcm)
        if len(self._marks_hz) > 1:
            kept = self._sound[-_KEPT:]
            self._starts -= len(self._sound) - len(kept)
            self._sound = np.concatenate([kept, pcm.reshape(-1, len(self._lines))])
        return [
            found for event in events for found in self._take(event, self._lines[event.channel])
        ]

    def flush(self) -> list[CallerIdEvent]:
        events = [
            found
            for event in self._receiver.flush()
            for found in self._take(event, self._lines[event.channel])
        ]
        for channel, line in enumerate(self._lines):
            events += self._over(channel, line)
        return events

    def reset(self, channel: int) -> None:
        self._receiver.reset(channel)
        self._lines[channel] = _Line()
        self._starts[channel] = len(self._sound)

    def _foreign(self, channel: int, start: int, marks: int) -> bool:
        """Whether the marks before a character sound like another modem's."""
        if len(self._marks_hz) < 2 or marks < _LEAST_MARKS:
            return False
        end = start + int(self._starts[channel]) - round(2 * self._bit)
        first = max(0, end - round((min(marks, 80) - 6) * self._bit))
        sound = self._sound[first:end, channel]
        # Whole numbers below 2^53 add up exactly, however the library groups them.
        angle = 2 * np.pi * np.arange(len(sound)) / units.SAMPLE_RATE

        def power(hz: float) -> float:
            cosine, sine = np.round(4096 * np.cos(hz * angle)), np.round(4096 * np.sin(hz * angle))
            return float((sound @ cosine) ** 2 + (sound @ sine) ** 2)

        own = self._receiver.standard.mark_hz
        return any(power(hz) > power(own) for hz in self._marks_hz if hz != own)

    def _take(self, event: FskEvent, line: _Line) -> list[CallerIdEvent]:
        if event.kind is FskKind.CARRIER:
            self._lines[event.channel] = _Line(carrier=event.start, last=event.start)
            return []
        if event.kind is FskKind.LOST:
            found = self._over(event.channel, line)
            self._lines[event.channel] = _Line()
            return found
        if event.kind is FskKind.BREAK or line.carrier is None:
            return []
        return self._character(event, line)

    def _character(self, event: FskEvent, line: _Line) -> list[CallerIdEvent]:
        found: list[CallerIdEvent] = []
        marks = round((event.start - line.last) / self._bit)
        line.last = event.start + round(10 * self._bit)
        if marks > _MOST_STUFFED and line.seen:  # no message has so long a pause within
            found = self._over(event.channel, line)
            line.seen = []
        if not line.seen:
            line.seizure = line.seizure + 1 if event.octet == 0x55 else line.seizure
            if event.octet not in TYPES or event.kind is not FskKind.OCTET:
                return found
            line.marks, line.spoilt = marks, 0
            line.foreign = self._foreign(event.channel, event.start, marks)
        line.spoilt += event.kind is not FskKind.OCTET
        line.seen.append(_Character(event.octet, event.start, event.decided))
        return found + self._whole(event.channel, line)

    def _whole(self, channel: int, line: _Line) -> list[CallerIdEvent]:
        """The message that the characters make by now, if they do.

        If they do not, another may begin at a later one: the first may have been noise.
        """
        while line.seen:
            if len(line.seen) < 2 or len(line.seen) < line.seen[1].octet + 3:
                return []
            octets = bytes(seen.octet for seen in line.seen[: line.seen[1].octet + 3])
            if len(octets) < _LEAST_SEEN and not (len(octets) > 3 and self._credible(line)):
                self._next(line)
                continue
            try:
                message = parse(octets, self.standard.dialect)
            except RemoteProtocolError as error:
                if self._credible(line):
                    return self._event(channel, line, octets, None, str(error))
                self._next(line)
                continue
            return self._event(channel, line, octets, message)
        return []

    def _event(
        self,
        channel: int,
        line: _Line,
        octets: bytes,
        message: CallerId | None,
        error: str = "",
    ) -> list[CallerIdEvent]:
        start = line.carrier or 0
        end = line.seen[len(octets) - 1].start + round(10 * self._bit)
        line.seen, line.seizure, line.quiet = line.seen[len(octets) :], 0, False
        if line.foreign:
            return []
        name = self.standard.name
        return [CallerIdEvent(channel, start, end - start, name, message, error, octets)]

    def _next(self, line: _Line) -> None:
        for at in range(1, len(line.seen)):
            if line.seen[at].octet in TYPES:
                line.seen, line.marks = line.seen[at:], 0
                return
        line.seen = []

    def _credible(self, line: _Line) -> bool:
        """Whether it looked like a message: marks or a seizure before it, few broken characters."""
        before = line.marks >= _LEAST_MARKS or line.seizure >= _LEAST_SEIZURE
        return before and line.spoilt <= _MOST_SPOILT

    def _over(self, channel: int, line: _Line) -> list[CallerIdEvent]:
        """The carrier has gone, or a pause has come: what there is will not become whole."""
        if len(line.seen) < 2 or not line.quiet or not self._credible(line):
            return []
        if line.seizure < _LEAST_SEIZURE and len(line.seen) < 2 * _LEAST_SEEN:
            return []
        octets = bytes(seen.octet for seen in line.seen)
        error = f"caller ID message: it ended after {len(octets)} of {octets[1] + 3} octets"
        return self._event(channel, line, octets, None, error)


class _Japan(_Modem):
    """FSK of NTT: its frames begin and end in a way of their own."""

    def _character(self, event: FskEvent, line: _Line) -> list[CallerIdEvent]:
        line.spoilt += event.kind is not FskKind.OCTET
        line.seen.append(_Character(event.octet, event.start, event.decided))
        octets = bytes(seen.octet for seen in line.seen)
        while octets and not japan.begins(octets):
            del line.seen[0]
            octets = octets[1:]
        if len(octets) > _LONGEST_FRAME:
            line.seen = []
        if not japan.whole(octets):
            return []
        try:
            return self._event(event.channel, line, octets, japan.parse_japan(octets))
        except RemoteProtocolError as error:
            return self._event(event.channel, line, octets, None, str(error))

    def _over(self, channel: int, line: _Line) -> list[CallerIdEvent]:
        octets = bytes(seen.octet for seen in line.seen)
        if len(octets) < _LEAST_SEEN:
            return []
        error = f"caller ID frame: it has no end within {len(octets)} octets (JCLIP)"
        return self._event(channel, line, octets, None, error)


class _Digits:
    """Rows of DTMF digits on all channels."""

    def __init__(self, forms: list[DigitForm], channels: int) -> None:
        self.forms = forms
        self._detector = DtmfDetector(channels)
        self._heard = [0] * channels
        self._rows: list[list[DtmfEvent]] = [[] for _ in range(channels)]

    def process(self, pcm: NDArray[np.int16]) -> list[CallerIdEvent]:
        events = self._take(self._detector.process(pcm))
        busy = self._detector.busy
        for channel, row in enumerate(self._rows):
            self._heard[channel] += len(pcm)
            if row and not busy[channel] and self._heard[channel] >= _end(row) + _PAUSE + _LATE:
                events += self._row(channel)
        return events

    def flush(self) -> list[CallerIdEvent]:
        events = self._take(self._detector.flush())
        for channel in range(len(self._rows)):
            events += self._row(channel)
        return events

    def reset(self, channel: int) -> None:
        self._detector.reset(channel)
        self._rows[channel] = []
        self._heard[channel] = 0

    def _take(self, digits: Iterable[DtmfEvent]) -> list[CallerIdEvent]:
        events = []
        for digit in digits:
            row = self._rows[digit.channel]
            if row and digit.start - _end(row) > _PAUSE:
                events += self._row(digit.channel)
                row = self._rows[digit.channel]
            row.append(digit)
            if len(self.forms) == 1 and digit.digit in "ABCD#" and len(row) > 1:
                events += self._row(digit.channel, whole=True)
        return events

    def _row(self, channel: int, *, whole: bool = False) -> list[CallerIdEvent]:
        """What the digits of a channel say; nothing when they are somebody's dialling."""
        row = self._rows[channel]
        if not row:
            return []
        digits = "".join(event.digit for event in row)
        where = (channel, row[0].start, _end(row) - row[0].start)
        try:
            message = parse_digits(digits, self.forms)
        except RemoteProtocolError as error:
            if whole:
                return []
            self._rows[channel] = []
            if digits[0] not in "ABCD" or len(digits) < _LEAST_ROW:
                return []
            return [CallerIdEvent(*where, "dtmf", None, str(error), digits=digits)]
        self._rows[channel] = []
        name = next(form.name for form in self.forms if form.pattern.match(digits))
        return [CallerIdEvent(*where, name, message, digits=digits)]


def _end(row: list[DtmfEvent]) -> int:
    return row[-1].start + row[-1].frames


_MOST_STUFFED = 25
"""GR-30 lets an exchange put up to 20 marks between two characters, EN 300 659-1 up to 10."""

_LEAST_MARKS = 46
"""Marks that make a message credible: SIN 242 sends 54 of them at least, for 45 ms."""

_LEAST_SEIZURE = 10
_LEAST_SEEN = 8
"""Voices and music have sounded like marks, a few characters and a checksum that was right."""

_MOST_SPOILT = 5
"""Characters without a stop bit after which a telephone gives up (MT88E45's data sheet)."""

_LONGEST_FRAME = 280
"""NTT's frame of 127 octets, every one of them doubled."""

_KEPT = 2000
"""Samples of the past that hold the marks before a character that is just being decided."""

_SAME = 400
"""A message that two modems understood ends at one place, within 50 ms."""

_PAUSE = 3200
"""EN 300 659-1 annex B: the ring follows within 500 ms, so the row is over before."""

_LATE = 800
"""By then a digit that has begun is on the detector's books."""

_LEAST_ROW = 3
