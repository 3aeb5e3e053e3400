"""What `telcard.dsp.progress.ProgressMachine` takes: told by the signalling, or heard."""

from __future__ import annotations

import math
from dataclasses import dataclass

from telcard.dsp.cadence import ToneMatch
from telcard.dsp.fax_tones import FaxToneEvent
from telcard.dsp.music import MusicReading
from telcard.dsp.sit import SpecialInformation
from telcard.dsp.steady import SteadyTone


class Input:
    """Something that the machine takes: told by the signalling, or heard."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Answered(Input):
    """The signalling says so."""

    at: int


@dataclass(frozen=True, slots=True)
class SpeechBegan(Input):
    """Somebody talks."""

    at: int


@dataclass(frozen=True, slots=True)
class SpeechEnded(Input):
    """Somebody talked from `at` on until `end`."""

    at: int
    end: int


@dataclass(frozen=True, slots=True)
class PlanTone(Input):
    """A tone of the country's plan; `period_s`: of its cadence, infinite for one that stands."""

    match: ToneMatch
    period_s: float = math.inf


@dataclass(frozen=True, slots=True)
class RingBegan(Input):
    """After the first ring, another tone like it begins at `at`."""

    at: int


@dataclass(frozen=True, slots=True)
class Special(Input):
    """A special information tone."""

    found: SpecialInformation


@dataclass(frozen=True, slots=True)
class FaxTone(Input):
    """A fax terminal calls or answers; `count`: of CNG, how often it has come by now."""

    heard: FaxToneEvent
    count: int = 1


@dataclass(frozen=True, slots=True)
class SoundsLike(Input):
    """Whether the newest 1.6 s were rather music or talk; `melody`: notes are heard, one by one."""

    reading: MusicReading
    melody: bool = False


@dataclass(frozen=True, slots=True)
class PureTone(Input):
    """One sine has sounded; `planned`: at a frequency of the country's plan."""

    tone: SteadyTone
    planned: bool = False
