"""Why and when operations end, and what a lane can tell about itself."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass
from typing import Literal

from telcard._native import engine as native
from telcard.units import TICK_NS, TICK_SAMPLES, dbm0_to_rms, rms_to_dbm0, seconds_to_ns

Edge = Literal["max_digits", "digits", "silence", "sound"]

EVERY_DIGIT = "0123456789*#ABCD"
"""All that a DTMF keypad can send."""


class Reason(enum.Flag):
    """Why an operation ended; several may hold together.

    Values are those of the R4 API's termination mask where it has the reason.
    """

    MAX_DIGITS = 0x1
    SILENCE = 0x2
    SOUND = 0x4
    HANG_UP = 0x8
    INTER_DIGIT = 0x10
    MAX_TIME = 0x20
    DIGIT = 0x40
    STOPPED = 0x100
    END_OF_DATA = 0x200
    FIRST_DIGIT = 0x1000
    TONE = 0x2000
    SPEECH = 0x8000
    ERROR = 0x80000


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an operation ended.

    `digits` are those that a collect took, the terminating one included; always empty for a
    secret.  The operation lasted from sample `start` to just before sample `end`.  `position` is
    the place that a play has reached, in samples of what was to be played; `armed` whether a
    secret step began as a collect ended.
    """

    reasons: Reason
    digits: str
    start: int
    end: int
    position: int = 0
    armed: bool = False


@dataclass(frozen=True, slots=True)
class Recorded:
    """How a recording ended: `reasons`, `frames` in the file, `missing_frames` of them silence in
    place of what was lost because the disk was too slow, and the `error` of a write that failed.
    """

    reasons: Reason
    frames: int
    missing_frames: int
    error: OSError | None


@dataclass(frozen=True, slots=True)
class DigitEvent:
    """A digit was accepted (`frames` is 0), or has ended (`frames` is its length).

    `sample` is the first of its tone, the levels are those of its two tones.
    """

    digit: str
    sample: int
    frames: int = 0
    low_dbm0: float = math.nan
    high_dbm0: float = math.nan


@dataclass(frozen=True, slots=True)
class LaneState:
    """What a lane does now, as of the last tick.

    `digits_waiting` counts the type-ahead buffer (0 while masked), `digits_lost` those that found
    it full on this row since the engine was made.  `quiet_s` or `loud_s` is how long the present
    silence or sound has lasted; the other is 0.  No level is told while the sound is masked.
    `position` is the place that a play has reached, in samples of what it plays, and `paused`
    whether it is held there; `volume_db` is how loud plays are sent, `speed` how
    fast.
    """

    doing: Literal["idle", "play", "collect", "tones", "modem", "fax"]
    recording: bool
    masked: bool
    digits_waiting: int
    digits_lost: int
    level_dbm0: float
    quiet_s: float
    loud_s: float
    position: int = 0
    paused: bool = False
    volume_db: float = 0.0
    speed: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Until:
    """What ends an operation; whatever comes true first, and all that is true then is reported.

    `max_digits` ends it when so many digits were collected (for a play: wait), `digits` when one
    of these was.  `first_digit_s` limits the time to the first digit, `inter_digit_s` the pause
    between digits, `max_s` the whole.  `silence_s` and `sound_s` end it when the line has been
    below or above `threshold_dbm0` for so long; `initial_silence_s` takes the place of `silence_s`
    as long as no sound was heard since the start (R4's TF_SETINIT).  Times are rounded up to ticks
    of 10 ms.

    `tone` ends it when a tone that the lane detects begins (`Lane.detect`, "tones"), `speech` while
    somebody talks: some 60 ms after he has begun, or at once if he does already.  Where the line
    has an echo of what is played, that is speech too, unless it is cancelled.

    Conditions named in `edge` must come true after the start: digits that wait already do not
    end the operation, silence counts from its beginning.  All others go by level and hold at once
    where they are true already, as R4's TF_LEVEL and TF_EDGE have it.
    """

    max_digits: int = 0
    digits: str = ""
    first_digit_s: float | None = None
    inter_digit_s: float | None = None
    max_s: float | None = None
    silence_s: float | None = None
    sound_s: float | None = None
    initial_silence_s: float | None = None
    threshold_dbm0: float = -38.0
    tone: bool = False
    speech: bool = False
    edge: frozenset[Edge] = frozenset({"silence", "sound"})

    def __post_init__(self) -> None:
        if not 0 <= self.max_digits <= native.DIGITS_MAX:
            raise ValueError(f"max_digits: want 0 to {native.DIGITS_MAX}, got {self.max_digits}")
        if native.digit_mask(self.digits) is None:
            raise ValueError(f"digits: want some of {EVERY_DIGIT}, got {self.digits!r}")
        if not -70 <= self.threshold_dbm0 <= 3:
            raise ValueError(f"threshold_dbm0: want -70 to 3, got {self.threshold_dbm0}")
        unknown = self.edge - native.EDGES.keys()
        if unknown:
            raise ValueError(
                f"edge: want some of {', '.join(native.EDGES)}, got {', '.join(sorted(unknown))}"
            )
        for name in _TIMES:
            seconds = getattr(self, name)
            if seconds is not None and not 0 <= seconds <= 10**7:
                raise ValueError(f"{name}: want 0 to 10 million seconds, got {seconds}")

    def as_native(self) -> native.Conditions:
        """The same in ticks and bit masks."""
        return native.Conditions(
            max_digits=self.max_digits,
            digits=native.digit_mask(self.digits) or 0,
            first_digit=_ticks(self.first_digit_s),
            inter_digit=_ticks(self.inter_digit_s),
            max=_ticks(self.max_s),
            silence=_ticks(self.silence_s),
            sound=_ticks(self.sound_s),
            threshold=math.ceil(TICK_SAMPLES * dbm0_to_rms(self.threshold_dbm0) ** 2),
            edge=sum(native.EDGES[name] for name in self.edge),
            initial_silence=_ticks(self.initial_silence_s),
            also=native.ALSO_TONE * self.tone + native.ALSO_SPEECH * self.speech,
        )


_TIMES = (
    *("first_digit_s", "inter_digit_s", "max_s"),
    *("silence_s", "sound_s", "initial_silence_s"),
)


def _ticks(seconds: float | None) -> int:
    """Whole ticks, at least 1; 0 for no limit."""
    if seconds is None:
        return 0
    return max(1, -(-seconds_to_ns(seconds) // TICK_NS))


def tick_energy_to_dbm0(energy: int) -> float:
    """Level of a tick whose squares sum up to `energy`; -inf for silence."""
    return rms_to_dbm0(math.sqrt(energy / TICK_SAMPLES))
