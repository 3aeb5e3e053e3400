"""How a call goes, as rules: what was heard goes in, what it means comes out.

    machine = ProgressMachine(ProgressProfile())
    events = machine.take(Answered(52_000), now=52_000)
    events = machine.take(SpeechBegan(54_080), now=54_560)
    events = machine.pass_to(90_000)           # time passes: samples of the stream

No sound and no clock in here: `telcard.dsp.call_progress` listens, this machine decides.  Every
rule is one row of `RULES`, a phase and an input; what time alone brings is a row of `TIMERS`.

Before the answer tones refuse or promise: dial tone, ringing, busy, special information.  A voice
then is an announcement of the network, unless it has rung before and nobody signals answers: then
the call is answered.  So it is when ringing stops and does not come back ("cadence break").
After the answer a person says a word or two and waits, a machine talks on, and then beeps.  Music
is neither: it plays while one is on hold, and in much of Asia in place of ringing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from telcard.countries import meaning
from telcard.dsp.cadence import ToneMatch
from telcard.dsp.music import READ_EVERY, READ_FRAMES, MusicReading
from telcard.dsp.progress_inputs import (
    Answered,
    FaxTone,
    Input,
    PlanTone,
    PureTone,
    RingBegan,
    SoundsLike,
    Special,
    SpeechBegan,
    SpeechEnded,
)
from telcard.dsp.steady import SteadyTone
from telcard.units import SAMPLE_RATE

_MUSIC_ODDS = 2.5  # three readings in a row above are music; one below its negative is talk
_MUSIC_READINGS = 3
_WAIT_S, _LONGEST_WAIT_S = 0.2, 5.0  # ... and between them nothing is decided for so long
_CNG_HZ, _CNG_S = (1062.0, 1138.0), (0.425, 0.575)  # T.30 5.2: 1100 +-38 Hz, 0.5 s +-15 %
_LONG_HUM_S, _NO_HUM = 0.25, 0.97  # no vowel within speech stands so long, and is so pure


class Progress(Enum):
    """What was found out."""

    DIAL_TONE = "dial tone"
    RINGBACK = "ringback"
    BUSY = "busy"
    CONGESTION = "congestion"
    UNOBTAINABLE = "unobtainable"
    SPECIAL_INFORMATION = "special information"
    OTHER_TONE = "other tone"
    NO_RINGBACK = "no ringback"
    NO_ANSWER = "no answer"
    ANNOUNCEMENT = "announcement"
    CONNECTED = "connected"
    PERSON = "person"
    MACHINE = "machine"
    MUSIC = "music"
    BEEP = "beep"
    FAX = "fax"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Evidence:
    """On what an event rests; what does not apply is empty.

    `hz`, `dbm0`, `purity`: of the tone.  `cadence_s`: tone and pause in turn, as measured.
    `count`: cycles of a tone, rings, words.  `name`: the tone's in the country's plan, the class of
    special information, the fax tone's (`telcard.dsp.fax_tones`), or by what it was decided.
    `rival`: what fits as well.  `speech_s`: how long was talked, pauses included; `pause_s`: how
    long it is silent since.  `music`: what told that it is some.
    """

    name: str = ""
    hz: tuple[float, ...] = ()
    dbm0: tuple[float, ...] = ()
    purity: float = 0.0
    cadence_s: tuple[float, ...] = ()
    count: int = 0
    rival: str = ""
    speech_s: float = 0.0
    pause_s: float = 0.0
    music: MusicReading | None = None


@dataclass(frozen=True, slots=True)
class ProgressEvent:
    """Something is known of a call.

    `at`: the sample at which it was decided; `start`: that at which it began.  `confidence` is 0 to
    1: how often it is right, roughly.  `answered`: whether the call was, by then.
    """

    kind: Progress
    at: int
    start: int
    confidence: float
    evidence: Evidence
    answered: bool


@dataclass(frozen=True, slots=True)
class ProgressProfile:
    """When something is decided.

    `answer_is_signalled`: somebody tells when the call is answered; otherwise voice after ringing
    and a break of its cadence tell it.  `no_ringback_s`: nothing at all for so long before the
    answer.  `no_answer_rings`, `no_answer_s`: so many rings, or so long since the first.
    `cadence_break`: ringing is over when it is late by this part of its period.  `silence_s`:
    nothing for so long after the answer.  `word_s`: what is shorter is no word.  `pause_s`: after a
    pause as long a person waits for us.  `greeting_s`: who talks so long, with shorter pauses only,
    is a machine.  `beep_s`: least and most length of a beep.  `beep_purity`: least part of the
    energy that is the beep's.  `announcement_s`: a voice so long before the answer is announced.
    """

    answer_is_signalled: bool = False
    no_ringback_s: float = 20.0
    no_answer_rings: int = 10
    no_answer_s: float = 60.0
    cadence_break: float = 0.35
    silence_s: float = 4.0
    word_s: float = 0.1
    pause_s: float = 0.9
    greeting_s: float = 2.2
    beep_s: tuple[float, float] = (0.09, 2.5)
    beep_purity: float = 0.9
    announcement_s: float = 0.6

    def __post_init__(self) -> None:
        ranges = {
            "no_ringback_s": (1, 600), "no_answer_rings": (1, 1000), "no_answer_s": (1, 3600),
            "cadence_break": (0.1, 5), "silence_s": (0.5, 600), "word_s": (0.02, 1),
            "pause_s": (0.2, 10), "greeting_s": (0.5, 30), "beep_purity": (0.7, 0.99),
            "announcement_s": (0.1, 10),
        }  # fmt: skip
        for name, (least, most) in ranges.items():
            if not least <= getattr(self, name) <= most:
                raise ValueError(f"{name}: want {least} to {most}, got {getattr(self, name)}")
        if not 0.04 <= self.beep_s[0] < self.beep_s[1] <= 10:
            raise ValueError(f"beep_s: want least, most of 0.04 to 10 s, got {self.beep_s}")


class Phase(Enum):
    """Where the call is."""

    BEFORE = "before the answer"
    AFTER = "after the answer"


_KINDS = {
    "dial": Progress.DIAL_TONE, "special_dial": Progress.DIAL_TONE,
    "second_dial": Progress.DIAL_TONE, "ringback": Progress.RINGBACK,
    "special_ringback": Progress.RINGBACK, "busy": Progress.BUSY,
    "congestion": Progress.CONGESTION, "unobtainable": Progress.UNOBTAINABLE,
    "sit": Progress.SPECIAL_INFORMATION,
}  # fmt: skip


class ProgressMachine:
    """One call's state; `now`, the sample at which something is taken, never goes back.

    `music`: readings of it will come (`SoundsLike`), so that a voice before the answer, and who
    talks for long, is not told before they have said that it is one.
    """

    def __init__(self, profile: ProgressProfile | None = None, *, music: bool = False) -> None:
        self.profile = profile or ProgressProfile()
        self.phase = Phase.BEFORE
        self.now = 0
        self._events: list[ProgressEvent] = []
        self._timers: dict[str, int] = {"no ringback": self._after(0, self.profile.no_ringback_s)}
        self._rings = 0
        self._ringing: PlanTone | None = None
        self._first_ring = 0
        self._told: set[object] = set()
        self._talking = False
        self._began = 0  # of the utterance: speech with no longer pause than pause_s
        self._ended = 0  # of its newest speech
        self._words = 0
        self._answered = 0
        self._talked = 0  # samples of the longest utterance so far
        self._music = False  # is what sounds now
        self._played = False  # music, before the answer
        self._tuneful = 0  # readings in a row that say so
        self._odds = 0.0 if music else -math.inf

    def __repr__(self) -> str:
        return f"<ProgressMachine {self.phase.value}, {self._rings} rings, {self.now} samples>"

    @property
    def due(self) -> int | None:
        """The sample at which time alone will bring something; None: never."""
        return min(self._timers.values(), default=None)

    def take(self, happened: Input, now: int) -> list[ProgressEvent]:
        """Something was heard or told; first comes what time has brought by then."""
        events = self.pass_to(now)
        RULES[self.phase, type(happened)](self, happened)
        return events + self._drain()

    def pass_to(self, now: int) -> list[ProgressEvent]:
        """The stream has come to sample `now`."""
        while self._timers:
            name = min(self._timers, key=lambda key: (self._timers[key], key))
            if self._timers[name] > now:
                break
            self.now = max(self.now, self._timers.pop(name))
            TIMERS[name](self)
        self.now = max(self.now, now)
        return self._drain()

    def _drain(self) -> list[ProgressEvent]:
        events, self._events = self._events, []
        return events

    def _after(self, sample: int, seconds: float) -> int:
        return sample + round(seconds * SAMPLE_RATE)

    def _seconds(self, start: int, end: int) -> float:
        return (end - start) / SAMPLE_RATE

    def _tell(
        self, kind: Progress, start: int, confidence: float, evidence: Evidence, once: object = None
    ) -> None:
        """An event; `once`: not if one with the same key was told."""
        if once is not None:
            if once in self._told:
                return
            self._told.add(once)
        sure = round(min(1.0, max(0.0, confidence)), 3)
        answered = self.phase is Phase.AFTER
        self._events.append(ProgressEvent(kind, self.now, start, sure, evidence, answered))

    # ---- tones

    def tone(self, happened: PlanTone) -> None:
        """A tone of the plan: ringing is counted, of others the first and the surest are told."""
        match = happened.match
        kind = _KINDS.get(meaning(match.name), Progress.OTHER_TONE)
        if kind is Progress.RINGBACK and self.phase is Phase.AFTER and match.end <= self._answered:
            return  # the last ring, known only now
        self._timers.pop("no ringback", None)
        self._timers.pop("silence", None)
        if kind is Progress.RINGBACK and self.phase is Phase.BEFORE:
            self._ring(happened)
            return
        self._timers.pop("cadence break", None)
        self._tell(kind, match.start, match.confidence, _of_match(match), (match.name, match.start))

    def _ring(self, happened: PlanTone) -> None:
        match = happened.match
        if not self._rings:
            self._first_ring = match.start
            self._timers["no answer"] = self._after(match.start, self.profile.no_answer_s)
        self._rings += 1
        self._ringing = happened
        self.ring_began(RingBegan(match.newest))
        self._tell(Progress.RINGBACK, match.start, match.confidence, _of_match(match, self._rings))
        if self._rings >= self.profile.no_answer_rings:
            self.no_answer()

    def ring_began(self, happened: RingBegan) -> None:
        """The next ring is awaited from this one's beginning on."""
        if self._ringing is None or self.profile.answer_is_signalled:
            return
        late_s = self._ringing.period_s * (1 + self.profile.cadence_break)
        if math.isfinite(late_s):
            late = max(self._after(happened.at, late_s), self._timers.get("cadence break", 0))
            self._timers["cadence break"] = late

    def ring_unawaited(self, happened: RingBegan) -> None:
        """After the answer ringing is not awaited."""

    @property
    def ringing(self) -> str:
        """The name of the tone that rings before the answer; empty as long as none did."""
        if self._ringing is None or self.phase is Phase.AFTER:
            return ""
        return self._ringing.match.name

    def special(self, happened: Special) -> None:
        """A special information tone, once."""
        found = happened.found
        evidence = Evidence(found.kind, hz=found.hz, cadence_s=found.lengths_s)
        self._timers.pop("no ringback", None)
        self._tell(
            Progress.SPECIAL_INFORMATION, found.start, found.confidence, evidence, found.kind
        )

    def fax(self, happened: FaxTone) -> None:
        """A fax terminal has answered, or calls; surer when it repeats."""
        heard = happened.heard
        calls = heard.tone == "cng"
        if calls and happened.count == 1 and (self._greeted or self._music):
            return  # the beep of a machine, or a note, as far as one can say
        if self.phase is Phase.BEFORE and not self.profile.answer_is_signalled:
            self._connect(heard.start, 0.95, "fax")
        sure = 1 - 0.3**happened.count if calls else 0.97
        lengths = (heard.frames / SAMPLE_RATE,)
        evidence = Evidence(
            heard.tone, (heard.hz,), (heard.level_dbm0,), cadence_s=lengths, count=happened.count
        )
        self._timers.clear()
        self._tell(Progress.FAX, heard.start, sure, evidence, (heard.tone, happened.count))

    @property
    def _greeted(self) -> bool:
        """Whether somebody has talked as long as machines do."""
        long_enough = self._talked >= self.profile.greeting_s * SAMPLE_RATE
        return long_enough or Progress.MACHINE in self._told

    def beep(self, happened: PureTone) -> None:
        """A machine's beep is one pure sine behind a greeting; ringing and busy are none."""
        tone, profile = happened.tone, self.profile
        least, most = profile.beep_s
        talked_s = self._talked / SAMPLE_RATE
        since_s = self._seconds(self._ended, tone.start)
        pure = tone.purity >= profile.beep_purity and not tone.modulated
        if not (pure and least <= tone.length_s <= most and self._words and since_s < 8):
            return
        within_speech = self._talking or since_s < -0.1
        if within_speech and (tone.length_s < _LONG_HUM_S or tone.purity < _NO_HUM):
            return  # a vowel: whoever hums still talks
        if _like_cng(tone) and not self._greeted:
            return  # a fax that calls
        if happened.planned and talked_s < profile.greeting_s:
            return  # may be the network's: the call has ended, or is being recorded
        sure = 0.6 if happened.planned else 0.8
        sure += 0.15 * min(1.0, talked_s / profile.greeting_s)
        for timer in ("person", "machine", "silence"):
            self._timers.pop(timer, None)
        evidence = Evidence(
            "beep", tone.hz, tone.dbm0, tone.purity, (tone.length_s,), speech_s=talked_s
        )
        self._tell(Progress.MACHINE, self._began, sure, evidence, Progress.MACHINE)
        self._tell(Progress.BEEP, tone.start, sure, evidence, ("beep", tone.start))

    def no_beep(self, happened: PureTone) -> None:
        """Before the answer a pure tone says nothing that the plan does not."""

    # ---- answer

    def answered(self, happened: Answered) -> None:
        """Told by the signalling."""
        self._connect(happened.at, 1.0, "signalling")

    def answered_again(self, happened: Answered) -> None:
        """It was thought so before; nothing changes."""

    def _connect(self, at: int, confidence: float, by: str) -> None:
        self.phase = Phase.AFTER
        self._timers = {"silence": self._after(max(at, self.now), self.profile.silence_s)}
        self._words = self._talked = self._tuneful = 0
        self._music = False
        self._answered = at
        self._tell(Progress.CONNECTED, at, confidence, Evidence(by, count=self._rings))
        if self._talking:
            self._began = max(self._began, at)
            self._utter()

    def cadence_break(self) -> None:
        """It should have rung again."""
        assert self._ringing is not None
        match = self._ringing.match
        sure = 0.6 + 0.3 * min(1.0, self._rings / 2) * match.confidence
        self._connect(self.now, sure, "cadence")

    def no_answer(self) -> None:
        """It has rung long enough."""
        self._timers.pop("no answer", None)
        evidence = Evidence("rings", count=self._rings)
        self._tell(Progress.NO_ANSWER, self._first_ring, 0.95, evidence, Progress.NO_ANSWER)

    def no_ringback(self) -> None:
        """Nothing at all."""
        self._tell(Progress.NO_RINGBACK, 0, 0.9, Evidence("silence"), Progress.NO_RINGBACK)

    # ---- voice

    def early_speech(self, happened: SpeechBegan) -> None:
        """A voice before the answer: who talks becomes clear when it goes on."""
        self._timers.pop("no ringback", None)
        self._talking, self._began = True, happened.at
        self._timers["voice"] = self._after(happened.at, self.profile.announcement_s)

    def early_speech_ended(self, happened: SpeechEnded) -> None:
        """A word, or less, before the answer: somebody has answered if it has rung."""
        self._talking, self._ended = False, happened.end
        if self._music:
            self._music = False
            return
        long_enough = happened.end - happened.at >= self.profile.word_s * SAMPLE_RATE
        if self._timers.pop("voice", None) is not None and long_enough and self._may_be_answered:
            self.voice()
            self.speech_ended(happened)

    @property
    def _may_be_answered(self) -> bool:
        rang = self._rings > 0 or self._played
        return rang and not self.profile.answer_is_signalled

    def voice(self) -> None:
        """It is a voice: of a person who has answered, if it rang; else of the network."""
        if self._waits_for_music("voice"):
            return
        if self._may_be_answered:
            self._timers.pop("cadence break", None)
            self._connect(self._began, 0.6 + 0.3 * min(1.0, self._rings / 2), "voice")
            if not self._talking:
                self._utter()
        else:
            speech_s = self._seconds(self._began, self.now)
            self._tell(
                Progress.ANNOUNCEMENT, self._began, 0.75, Evidence("voice", speech_s=speech_s),
                Progress.ANNOUNCEMENT,
            )  # fmt: skip

    def sounds_like(self, happened: SoundsLike) -> None:
        """Music begins when readings say so for a while; what is talk ends it."""
        reading = happened.reading
        if math.isfinite(self._odds):
            self._odds = reading.odds
        whole = happened.melody or (
            self._talking and reading.at - READ_FRAMES >= self._began - _WAIT_S * SAMPLE_RATE
        )
        self._tuneful = self._tuneful + 1 if whole and reading.odds > _MUSIC_ODDS else 0
        if self._tuneful >= _MUSIC_READINGS and not self._music:
            self._music_begins(reading)
        elif self._music and reading.odds < -_MUSIC_ODDS and (whole or not self._talking):
            self._music = False
            if self._talking:
                self._take_up(reading.at - READ_FRAMES // 2)

    def _music_begins(self, reading: MusicReading) -> None:
        self._music = True
        begun = max(self._began, reading.at - READ_FRAMES - (_MUSIC_READINGS - 1) * READ_EVERY)
        for timer in ("voice", "machine", "person", "silence", "no ringback", "cadence break"):
            self._timers.pop(timer, None)
        if self.phase is Phase.BEFORE:
            self._played = True
            if not self._rings:
                self._first_ring = begun
                self._timers.setdefault("no answer", self._after(begun, self.profile.no_answer_s))
        evidence = Evidence("music", music=reading)
        self._tell(Progress.MUSIC, begun, reading.chance, evidence, (Progress.MUSIC, self.phase))

    def _take_up(self, at: int) -> None:
        """Over the music, or in its place, somebody talks, since about `at`."""
        self._began = at
        if self.phase is Phase.AFTER:
            self._words = 0
            self._utter()
        else:
            self._timers["voice"] = max(self.now, self._after(at, self.profile.announcement_s))

    def _waits_for_music(self, timer: str) -> bool:
        """Whether it is too early to call it talk: `timer` is put off, unless for too long."""
        if self._music:
            return True
        heard = self.now - self._began
        early = heard < READ_FRAMES + READ_EVERY or self._odds > -_MUSIC_ODDS
        if not (self._talking and math.isfinite(self._odds) and early):
            return False
        if heard >= _LONGEST_WAIT_S * SAMPLE_RATE:
            return False
        self._timers[timer] = self._after(self.now, _WAIT_S)
        return True

    def speech(self, happened: SpeechBegan) -> None:
        """After the answer: the utterance goes on, or a new one begins."""
        self._timers.pop("silence", None)
        going_on = self._timers.pop("person", None) is not None
        self._talking = True
        if not going_on:
            self._began = happened.at
            self._words = 0
            self._music = False  # as far as one knows
        self._utter()

    def _utter(self) -> None:
        self._timers.pop("silence", None)
        self._words += 1
        self._timers["machine"] = max(self.now, self._after(self._began, self.profile.greeting_s))

    def speech_ended(self, happened: SpeechEnded) -> None:
        """The utterance is over if it stays silent."""
        self._talking, self._ended = False, happened.end
        if self._music:
            self._music = False
            return
        self._talked = max(self._talked, happened.end - self._began)
        if Progress.MACHINE not in self._told:
            self._timers["person"] = max(self.now, self._after(happened.end, self.profile.pause_s))

    def machine(self) -> None:
        """Who talks for so long does not wait for us; in a pause it is too early to say."""
        if not self._talking or Progress.PERSON in self._told or self._waits_for_music("machine"):
            return
        speech_s = self._seconds(self._began, self.now)
        self._talked = max(self._talked, self.now - self._began)
        sure = 0.55 + 0.25 * min(1.0, speech_s / 2.2)
        evidence = Evidence("greeting", count=self._words, speech_s=speech_s)
        self._timers.pop("person", None)
        self._tell(Progress.MACHINE, self._began, sure, evidence, Progress.MACHINE)

    def person(self) -> None:
        """A word or two, then silence."""
        self._timers.pop("machine", None)
        speech_s = self._seconds(self._began, self._ended)
        if speech_s < self.profile.word_s:
            return
        pause_s = self._seconds(self._ended, self.now)
        if math.isfinite(self._odds) and self._odds > 0 and pause_s < _LONGEST_WAIT_S:
            self._timers["person"] = self._after(self.now, _WAIT_S)
            return  # it is not silent: the voice may have been an instrument's
        sure = 1 / (1 + math.exp((speech_s - 1.7) / 0.35))
        evidence = Evidence("pause", count=self._words, speech_s=speech_s, pause_s=pause_s)
        kind = Progress.PERSON if sure >= 0.5 else Progress.MACHINE
        if Progress.MACHINE in self._told or Progress.PERSON in self._told:
            return
        self._tell(kind, self._began, max(sure, 1 - sure), evidence, kind)

    def silence(self) -> None:
        """Answered, and nothing."""
        evidence = Evidence("silence", pause_s=self.profile.silence_s)
        self._tell(Progress.SILENCE, self.now, 0.9, evidence, Progress.SILENCE)


def _like_cng(tone: SteadyTone) -> bool:
    in_band = len(tone.hz) == 1 and _CNG_HZ[0] <= tone.hz[0] <= _CNG_HZ[1]
    return in_band and _CNG_S[0] <= tone.length_s <= _CNG_S[1]


def _of_match(match: ToneMatch, count: int = 0) -> Evidence:
    return Evidence(
        match.name,
        match.hz,
        match.dbm0,
        cadence_s=match.cadence_s,
        count=count or match.cycles,
        rival=match.rival,
    )


RULES: dict[tuple[Phase, type[Input]], Callable[..., None]] = {
    (Phase.BEFORE, PlanTone): ProgressMachine.tone,
    (Phase.BEFORE, RingBegan): ProgressMachine.ring_began,
    (Phase.BEFORE, Special): ProgressMachine.special,
    (Phase.BEFORE, FaxTone): ProgressMachine.fax,
    (Phase.BEFORE, SoundsLike): ProgressMachine.sounds_like,
    (Phase.BEFORE, PureTone): ProgressMachine.no_beep,
    (Phase.BEFORE, SpeechBegan): ProgressMachine.early_speech,
    (Phase.BEFORE, SpeechEnded): ProgressMachine.early_speech_ended,
    (Phase.BEFORE, Answered): ProgressMachine.answered,
    (Phase.AFTER, PlanTone): ProgressMachine.tone,
    (Phase.AFTER, RingBegan): ProgressMachine.ring_unawaited,
    (Phase.AFTER, Special): ProgressMachine.special,
    (Phase.AFTER, FaxTone): ProgressMachine.fax,
    (Phase.AFTER, SoundsLike): ProgressMachine.sounds_like,
    (Phase.AFTER, PureTone): ProgressMachine.beep,
    (Phase.AFTER, SpeechBegan): ProgressMachine.speech,
    (Phase.AFTER, SpeechEnded): ProgressMachine.speech_ended,
    (Phase.AFTER, Answered): ProgressMachine.answered_again,
}
"""What each input does in each phase."""

TIMERS: dict[str, Callable[[ProgressMachine], None]] = {
    "no ringback": ProgressMachine.no_ringback,
    "no answer": ProgressMachine.no_answer,
    "cadence break": ProgressMachine.cadence_break,
    "voice": ProgressMachine.voice,
    "machine": ProgressMachine.machine,
    "person": ProgressMachine.person,
    "silence": ProgressMachine.silence,
}
"""What happens when nothing else does."""
