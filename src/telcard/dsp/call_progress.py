"""Listening to a call: ringing, busy, announcements, music, fax, person, machine and its beep.

    call = CallProgress("CN")
    for block in blocks:                      # int16 at 8 kHz, of any length
        for event in call.process(block):
            print(event.kind.value, event.confidence, event.evidence)
    call.answered()                           # when the signalling tells it

    follow_call(pcm, "US")                    # a whole recording

It works before the answer, on early media, and after it.  Tones are those of a country; what each
event rests on is in its `evidence`.  `telcard.dsp.progress` has the rules and their profile,
`telcard.dsp.cadence` the comparison with a country's tones, `telcard.dsp.music` tells music.

Greetings of machines differ from people by their length, and by the beep; `benchmarks/
quality_progress.py` says how often that is right.  A beep is one pure sine that is not the
network's: two tones that beat, as North America's ringing does, are never one.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from telcard import units
from telcard._native import dsp
from telcard.countries import CadencedTone, Country, country, meaning
from telcard.dsp import sit
from telcard.dsp.cadence import LAG, CadenceMatcher, ToneMatch
from telcard.dsp.fax_tones import FaxToneDetector, FaxToneEvent, FaxToneProfile
from telcard.dsp.music import MusicMeter, MusicReading
from telcard.dsp.progress import Phase, ProgressEvent, ProgressMachine, ProgressProfile
from telcard.dsp.progress_inputs import (
    Answered,
    FaxTone,
    PlanTone,
    PureTone,
    RingBegan,
    SoundsLike,
    Special,
    SpeechBegan,
    SpeechEnded,
)
from telcard.dsp.steady import FLUSH_FRAMES, SteadyDetector, SteadyTone
from telcard.dsp.vad import SpeechEvent, VoiceDetector

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from telcard.dsp.pcm import Pcm

ANSWER_S = 0.9
"""So long must 2100 Hz last: a beep may be as high, an answering fax goes on for 2.6 s."""

_CNG_AGAIN = 34_000  # samples: 0.5 s and 3 s of pause, 15 % more, and some
_MELODY_FRAMES, _MELODY_NOTES = 32_000, 12_000  # within 4 s more notes than talk has
_MELODY_PITCHES, _NOTE = (
    4,
    0.058,
)  # one more than special information has; a semitone, in logarithms
_NEWEST_NOTE = 6_000  # so long ago has it ended at most
_NOTES_REMEMBERED = 16
_ALONE = 2_000  # samples without another tone behind a beep
_LONGEST_PAUSE_S = 1.5  # a burst of the plan with a longer pause behind it is never a beep: a ring
_BLIP = 160  # samples after which the beginning of a tone or of speech was told
_SPEECH_LAG = 400  # ... and the end of speech, behind the hangover


class CallProgress:
    """Follows one call; the stream may be cut anywhere.

    `where`: a country's code, a `Country`, or a mapping of tones by their names in
    `telcard.countries.TONES`.  `ConfigError` for a country that is not known.
    """

    def __init__(
        self,
        where: str | Country | Mapping[str, CadencedTone] = "ITU",
        *,
        profile: ProgressProfile | None = None,
    ) -> None:
        if isinstance(where, str):
            where = country(where)
        plan = where.tones if isinstance(where, Country) else where
        self.machine = ProgressMachine(profile, music=True)
        """The rules, and what they know of the call."""
        self._matcher = CadenceMatcher(
            {name: tone for name, tone in plan.items() if meaning(name) != "sit"}
        )
        self._steady = SteadyDetector(early=True)
        self._voice = VoiceDetector(early=True)
        self._music = MusicMeter()
        self._fax = FaxToneDetector(early=True, profile=FaxToneProfile(answer_ms=ANSWER_S * 1000))
        self._queue: list[tuple[int, int, object]] = []
        self._number = 0
        self._heard = 0
        self._newest: SteadyTone | None = None
        self._last: deque[SteadyTone] = deque(maxlen=_NOTES_REMEMBERED)
        self._calling: FaxToneEvent | None = None
        self._calls = 0
        self._voice_from = 0  # the newest voice: notes before it were another's

    def __repr__(self) -> str:
        return f"<CallProgress {self.machine.phase.value}, {self._heard} frames heard>"

    @property
    def phase(self) -> Phase:
        """Before or after the answer."""
        return self.machine.phase

    def answered(self) -> list[ProgressEvent]:
        """The signalling tells the answer: it is now, behind the last frame of `process`."""
        self._put(self._heard, Answered(self._heard))
        return self._until(self._heard)

    def process(self, block: Pcm) -> list[ProgressEvent]:
        """Hear the next frames, `(frames,)`, int16 or float32 in -1..1; gives what is known by now.

        Most is known some 0.1 s after it has sounded.
        """
        pcm = dsp.pcm16(block)
        if pcm.ndim != 1:
            raise ValueError(f"block: want shape (frames,), got {pcm.shape}")
        self._heard += len(pcm)
        self._hear(pcm)
        return self._until(self._heard)

    def flush(self) -> list[ProgressEvent]:
        """The call is over: gives what has sounded and was not told yet; afterwards it is over."""
        end = self._heard
        self._hear(np.zeros(FLUSH_FRAMES + 2 * LAG, np.int16))
        return self._until(end, last=end + FLUSH_FRAMES + 2 * LAG)

    def _hear(self, pcm: NDArray[np.int16]) -> None:
        """What the detectors tell is put off until a moment by which they surely have told it, so
        that the order does not depend on how the stream is cut."""
        for tone in self._steady.process(pcm):
            begun = max(tone.start + LAG, tone.end + _BLIP)
            self._put(tone.end + LAG if tone.ended else begun, tone)
        hangover = round(self._voice.profile.hangover_s * units.SAMPLE_RATE)
        for speech in self._voice.process(pcm):
            end = speech.start + speech.frames
            self._put(end + (hangover + _SPEECH_LAG if speech.ended else _BLIP), speech)

        for heard in self._fax.process(pcm):
            if heard.phase == "begins":
                self._put(heard.decided, heard)
        for reading in self._music.process(pcm):
            self._put(reading.at, reading)

    def _put(self, at: int, what: object) -> None:
        self._number += 1
        heapq.heappush(self._queue, (at, self._number, what))

    def _until(self, now: int, last: int | None = None) -> list[ProgressEvent]:
        """What happens until `now`; if there is no more sound, also what is queued until `last`."""
        events: list[ProgressEvent] = []
        last = now if last is None else last
        while True:
            queued = self._queue[0][0] if self._queue else last + 1
            due = self._matcher.due
            if min(queued, last + 1 if due is None else due) > last:
                break
            at = min(queued, now)
            if due is None or queued <= due:
                events += self._take(heapq.heappop(self._queue)[2], at)
            else:
                events += self._matches(self._matcher.check(due), min(due, now))
        return events + self.machine.pass_to(now)

    def _take(self, what: object, now: int) -> list[ProgressEvent]:
        if isinstance(what, SteadyTone):
            return self._ended(what, now) if what.ended else self._began(what, now)
        if isinstance(what, SpeechEvent):
            self._voice_from = what.start if not what.ended else self._voice_from
            end = what.start + what.frames
            return self.machine.take(
                SpeechEnded(what.start, end) if what.ended else SpeechBegan(what.start), now
            )
        if isinstance(what, FaxToneEvent):
            return self.machine.take(FaxTone(what, self._count(what)), now)
        if isinstance(what, MusicReading):
            return self.machine.take(SoundsLike(what, self._melody(what.at)), now)
        if isinstance(what, _Alone):
            tone = what.tone
            if (self._last and self._last[-1] is not tone) or self._newest is not None:
                return []
            return self.machine.take(PureTone(tone, self._matcher.knows(tone)), now)
        assert isinstance(what, Answered)
        return self.machine.take(what, now)

    def _began(self, tone: SteadyTone, now: int) -> list[ProgressEvent]:
        self._newest = tone
        events = self._matches(self._matcher.began(tone), now)
        if self.machine.ringing and self._matcher.fits(self.machine.ringing, tone):
            events += self.machine.take(RingBegan(tone.start), now)
        return events

    def _ended(self, tone: SteadyTone, now: int) -> list[ProgressEvent]:
        self._newest = None
        self._last.append(tone)
        events = self._matches(self._matcher.ended(tone), now)
        special = sit.classify(list(self._last)[-3:])
        if special is not None:
            return events + self.machine.take(Special(special), now)
        pause_s = self._matcher.pause_after(tone)
        if len(tone.hz) == 1 and pause_s <= _LONGEST_PAUSE_S:
            pause = max(_ALONE, units.seconds_to_samples(pause_s) + LAG)
            self._put(now + pause, _Alone(tone))
        return events

    def _melody(self, now: int) -> bool:
        """Whether tones make up a tune: to the detector of voices notes without chords are tones.

        They are of several pitches, and the longest, which may be a beep, is not most of them.
        """
        if not self._last or self._last[-1].end < now - _NEWEST_NOTE:
            return False
        notes = [
            tone
            for tone in self._last
            if tone.end > max(now - _MELODY_FRAMES, self._voice_from)
            and not (_is_key(tone) or self._matcher.knows(tone))
        ]
        pitches = {round(math.log(tone.hz[-1]) / _NOTE) for tone in notes}
        lengths = sorted(tone.frames for tone in notes)
        return len(pitches) >= _MELODY_PITCHES and sum(lengths[:-1]) >= _MELODY_NOTES

    def _count(self, heard: FaxToneEvent) -> int:
        """How often CNG has come by now, at its pace."""
        if heard.tone == "cng":
            before = self._calling
            again = before is not None and heard.start - before.start < _CNG_AGAIN
            self._calls = self._calls + 1 if again else 1
            self._calling = heard
            return self._calls
        return 1

    def _matches(self, matches: list[ToneMatch], now: int) -> list[ProgressEvent]:
        events: list[ProgressEvent] = []
        for match in matches:
            period_s = self._matcher.tones[match.name].period_s
            events += self.machine.take(PlanTone(match, period_s), now)
        return events


@dataclass(frozen=True, slots=True)
class _Alone:
    """Has no other tone followed this one?"""

    tone: SteadyTone


def _is_key(tone: SteadyTone) -> bool:
    """Whether it may be one of DTMF."""
    return len(tone.hz) == 2 and 680 < tone.hz[0] < 960 and 1180 < tone.hz[1] < 1660


def follow_call(
    pcm: Pcm,
    where: str | Country | Mapping[str, CadencedTone] = "ITU",
    *,
    answered_at: int | None = None,
    profile: ProgressProfile | None = None,
) -> list[ProgressEvent]:
    """All that a recording of one call tells, in order; `pcm` of shape (frames,).

    `answered_at`: the sample at which the signalling told the answer, if it did.
    """
    block = dsp.pcm16(pcm)
    call = CallProgress(where, profile=profile)
    events: list[ProgressEvent] = []
    if answered_at is not None:
        events += call.process(block[:answered_at]) + call.answered()
        block = block[answered_at:]
    return events + call.process(block) + call.flush()
