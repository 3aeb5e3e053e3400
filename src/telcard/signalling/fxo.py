"""A line towards an exchange (FXO) under loop start, as whoever is called over it has it, no I/O.

The port closes the loop to answer or to call, and opens it to hang up; the exchange rings, and may
tell more with its feed: that the far end has answered (the poles change places), that it has gone
(no feed for a while, which North America calls kewl start; or the poles as they were), and what the
call costs (metering).  The bits are those of `telcard.signalling.loop`.

`Line` is one port.  It meets these inputs:

    "bits", abcd     the nibble received, at the start and whenever it has changed; it counts once
                     it has stood still for the recognition time
    "start"          put the port in service
    "answer"         close the loop while it rings
    "seize"          close the loop for a call of our own; the exchange answers with dial tone
    "pulse", digits  dial by opening the loop, 1 to 9 and ten times for 0
    "connected"      the far end has answered, as we have heard by other means
    "flash"          open the loop for a moment, which asks the exchange for something
    "clear"          open the loop for good; harmless when it is open

and answers with `Send(abcd)`, timers of the `Profile`, and `Report` of events.  Called: `Seized` at
the first ring, `Rang` at the end of each, `ClearedForward` and `Released` when it rings no more.
Calling: `SeizureAcknowledged` when the loop is closed, `DigitsSent` after pulses, `Answered` where
the poles tell it.  Both: `Metered` for each unit, `ClearedBack` or `ClearedForward` when the
exchange says that the far end has gone, `Released` when the port may be used again; `Blocked` and
`Unblocked` when the line has died and come back, `Failed` when it dies during a call.

Loop start cannot tell two calls apart that begin at one moment from either end: a loop that is
closed as the bell is about to sound has answered.  A request that the state forbids raises
`LocalProtocolError`; nothing that is received can raise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar

from telcard.countries import Country
from telcard.errors import LocalProtocolError
from telcard.machine import Action, Effect, Report, Send, StartTimer, StopTimer
from telcard.signalling.causes import Cause
from telcard.signalling.events import (
    Answered,
    Blocked,
    ClearedBack,
    ClearedForward,
    DigitsSent,
    Failed,
    Metered,
    Rang,
    Released,
    Seized,
    SeizureAcknowledged,
    Unblocked,
)
from telcard.signalling.loop import (
    EXCHANGED,
    FEED,
    FEEDS,
    METERING,
    NO_FEED,
    OFF_HOOK,
    ON_HOOK,
    RINGING,
)
from telcard.signalling.recognition import LineMachine


@dataclass(frozen=True, slots=True)
class Profile:
    """What an exchange does with its feed, and how long we open the loop; all in seconds."""

    name: str
    poles_answer: bool = False
    """The poles change places when the far end answers, and change back when it goes."""
    open_loop_s: float = 0.0
    """The feed stops for at least so long when the far end has gone; 0: it never does so."""
    ring_gap_s: float = 6.0
    """No ring for so long, and the caller has given up: the longest pauses are 4 s (GR-506)."""
    recognition_s: float = 0.03
    """Shorter changes are transients of the exchange's relays."""
    dead_s: float = 2.0
    """Without feed for so long, and no call to end by it, the line is dead: exchanges test lines
    and switch over in less (assumed)."""
    flash_s: float = 0.5
    """How long a flash of ours opens the loop."""
    break_s: float = 0.06
    """A pulse opens the loop for so long ..."""
    make_s: float = 0.04
    """... and closes it again: ten pulses a second, 60 to 40 (ITU-T Q.23 names neither; EN 300 001
    and GR-506 both accept it)."""
    digit_pause_s: float = 0.8
    """Between two digits (EN 300 001: 240 ms at least in every country; GR-506: 600 ms)."""
    guard_s: float = 1.5
    """A loop is open for at least so long between two calls: longer than any flash."""

    @property
    def timers(self) -> dict[str, float]:
        """Length of every timer that the machine starts, for the runner."""
        return {
            "recognition": self.recognition_s,
            "ring_gap": self.ring_gap_s,
            "open_loop": max(0.0, self.open_loop_s - self.recognition_s),
            "dead": self.dead_s,
            "flash": self.flash_s,
            "break": self.break_s,
            "make": self.make_s,
            "digit_pause": self.digit_pause_s,
            "guard": self.guard_s,
        }


LOOP_START = Profile("loop start")
"""An exchange whose feed tells nothing: the far end is known by what is heard."""

KEWL_START = Profile("kewl start", open_loop_s=0.2)
"""The feed stops when the far end has gone, for 600 ms or so (GR-506, open switching interval
disconnect: 500 to 1000 ms; some exchanges are said to do it for 250)."""


def profile_of(country: Country, *, poles_answer: bool = False) -> Profile:
    """What is usual in a country; whether poles tell an answer is the operator's to know."""
    least_ms, _ = country.busy_detection.open_loop_ms
    flash_ms = sum(country.flash_ms) / 2
    return Profile(
        country.name,
        poles_answer=poles_answer,
        open_loop_s=least_ms / 1000,
        flash_s=flash_ms / 1000,
        guard_s=max(1.5, 1.2 * country.flash_ms[1] / 1000),
    )


class State(Enum):
    """Where a port stands; `TIP` and `GROUNDED` are of ground start alone."""

    DOWN = "out of service"
    DEAD = "no feed"
    IDLE = "on hook"
    FALTERING = "on hook, without feed for a moment"
    TIP = "on hook, the tip grounded"
    GROUNDED = "the ring grounded, waiting for the tip"
    RINGING = "it rings"
    PAUSE = "between two rings"
    SEIZED = "off hook, calling"
    BREAK = "a pulse opens the loop"
    MAKE = "between two pulses"
    DIGIT_PAUSE = "between two pulsed digits"
    TALKING = "off hook, answered"
    FLASHING = "on hook for a flash"
    OPEN = "off hook, without feed for a moment"
    CLEARED = "off hook, the far end has gone"
    GUARD = "on hook, not yet free"


@dataclass(frozen=True, slots=True)
class Status:
    """What `query()` says about a port."""

    state: State
    free: bool
    """Whether it may be seized now."""
    calling: bool
    """Whether the call that is on is ours."""


def to(state: State, *effects: Effect) -> Action:
    """Make an action: enter `state`, with these effects."""

    def action(line: Line, *_: Any) -> list[Effect]:
        return line.go(state, *effects)

    action.__doc__ = f"-> {state.name}"
    return action


def in_service(line: Line) -> list[Effect]:
    """-> IDLE, and on from there by what the exchange sends by now."""
    effects = line.go(State.IDLE, Send(ON_HOOK))
    return effects + (line.fire(line.hearing) if line.hearing else [])


def come_to_rest(line: Line) -> list[Effect]:
    """-> IDLE, and on from there by what the exchange sends by now."""
    effects = line.go(State.IDLE, Report(Released()))
    return effects + (line.fire(line.hearing) if line.hearing else [])


def adopt_poles(line: Line) -> list[Effect]:
    """Take the poles of an idle line for the usual ones: nobody knows how it was wired. -> IDLE"""
    line.poles ^= EXCHANGED
    line.hearing = "feed"
    return []


def begin_call(line: Line) -> list[Effect]:
    """-> SEIZED"""
    line.calling, line.poles_answered = True, False
    return line.go(State.SEIZED, Send(OFF_HOOK), Report(SeizureAcknowledged()))


def begin_ringing(line: Line) -> list[Effect]:
    """-> RINGING"""
    line.calling = line.poles_answered = False
    return line.go(State.RINGING, Report(Seized()))


def begin_pulses(line: Line, digits: str) -> list[Effect]:
    """-> BREAK"""
    if not digits or not digits.isdecimal() or not digits.isascii():
        raise LocalProtocolError(f"line: want digits 0 to 9 to pulse, got {digits!r}")
    line.digits = digits
    return _next_digit(line)


def _next_digit(line: Line) -> list[Effect]:
    line.pulses = int(line.digits[0]) or 10
    line.digits = line.digits[1:]
    return _next_pulse(line)


def _next_pulse(line: Line) -> list[Effect]:
    line.pulses -= 1
    return line.go(State.BREAK, Send(ON_HOOK), StartTimer("break"))


def after_make(line: Line) -> list[Effect]:
    """-> DIGIT_PAUSE, or -> BREAK for the next pulse"""
    if line.pulses:
        return _next_pulse(line)
    return line.go(State.DIGIT_PAUSE, StartTimer("digit_pause"))


def after_digit(line: Line) -> list[Effect]:
    """-> SEIZED, or -> BREAK for the next digit"""
    if line.digits:
        return _next_digit(line)
    return line.go(State.SEIZED, Report(DigitsSent()))


def poles_exchanged(line: Line) -> list[Effect]:
    """-> TALKING where it means an answer"""
    if not line.profile.poles_answer:
        return []
    line.poles_answered = True
    return line.go(State.TALKING, Report(Answered()))


def poles_late(line: Line) -> list[Effect]:
    """The poles tell an answer that was known by other means. -> TALKING"""
    line.poles_answered = line.profile.poles_answer and line.calling
    return []


def poles_back(line: Line) -> list[Effect]:
    """-> CLEARED where it means that the far end has gone"""
    return cleared(line) if line.poles_answered else []


def feed_stops(line: Line) -> list[Effect]:
    """-> OPEN"""
    line.before = line.state
    timer = "open_loop" if line.profile.open_loop_s else "dead"
    return line.go(State.OPEN, StartTimer(timer))


def begin_flash(line: Line) -> list[Effect]:
    """-> FLASHING"""
    line.before = line.state
    return line.go(State.FLASHING, Send(ON_HOOK), StartTimer("flash"))


def flash_over(line: Line) -> list[Effect]:
    """-> TALKING, or -> SEIZED"""
    return line.go(line.before, Send(OFF_HOOK))


def feed_returns(line: Line) -> list[Effect]:
    """-> TALKING, or -> SEIZED: the feed had stopped for less than it means"""
    effects: list[Effect] = [StopTimer("open_loop"), StopTimer("dead")]
    line.state = line.before
    assert line.hearing is not None
    return effects + line.fire(line.hearing)


def cleared(line: Line) -> list[Effect]:
    """-> CLEARED"""
    return line.go(State.CLEARED, _gone(line))


def _gone(line: Line) -> Report:
    """Whoever is at the far end: called or calling."""
    return Report(ClearedBack() if line.calling else ClearedForward())


S = State

LOST = (
    Report(Failed(Cause.NETWORK_OUT_OF_ORDER, "the line has no feed any more")),
    Report(Blocked()),
)
"""What is told when the line dies during a call."""

_DEAD = to(S.DEAD, Send(ON_HOOK), *LOST)
_FREE = (Report(ClearedForward()), Report(Released()))
_HANG_UP = (Send(ON_HOOK), StartTimer("guard"))


class Line(LineMachine[State]):
    """One port; `profile` is the exchange's."""

    requests: ClassVar[frozenset[str]] = frozenset(
        {"start", "answer", "seize", "pulse", "connected", "flash", "clear"}
    )

    def __init__(self, profile: Profile = LOOP_START) -> None:
        super().__init__(State.DOWN)
        self.profile = profile
        self.calling = False
        """Whether the call that is on, or the last one, is ours."""
        self.poles_answered = False
        """Whether the poles lie as they do while the far end is there."""
        self.poles = 0
        """How the feed of the idle line lies: 0 or `EXCHANGED`."""
        self.digits = ""
        """What is still to be pulsed."""
        self.pulses = 0
        """Of the digit that is being pulsed: how many are still to come."""
        self.before = State.TALKING
        """Where the call stood when the feed stopped, or we flashed."""

    def query(self) -> Status:
        """How the port stands now."""
        on_hook = self.state is State.IDLE
        return Status(self.state, on_hook and self.steady, not on_hook and self.calling)

    def unexpected(self, name: str, *args: Any) -> list[Effect]:
        """Refuse a request that this state forbids; what is received never is."""
        if name not in self.requests or name == "clear":
            return []
        raise LocalProtocolError(f"line: cannot {name} while {self.state.value}")

    def condition(self, abcd: int) -> str:
        """ringing, no_feed, absent; or feed, exchanged, metering, by the poles of the idle line."""
        match abcd:
            case _ if abcd == RINGING:
                return "ringing"
            case _ if abcd == NO_FEED:
                return "no_feed"
            case _ if abcd not in FEEDS:
                return "absent"
        if (abcd ^ FEED) & METERING:
            return "metering"
        return "exchanged" if (abcd ^ FEED ^ self.poles) & EXCHANGED else "feed"

    table: ClassVar[Mapping[tuple[State, str], Action]] = {
        (S.DOWN, "start"): in_service,
        (S.DEAD, "feed"): to(S.IDLE, Report(Unblocked())),
        (S.DEAD, "exchanged"): to(S.IDLE, Report(Unblocked())),
        (S.DEAD, "ringing"): to(S.RINGING, Report(Unblocked()), Report(Seized())),
        (S.IDLE, "exchanged"): adopt_poles,
        (S.IDLE, "ringing"): begin_ringing,
        (S.IDLE, "no_feed"): to(S.FALTERING, StartTimer("dead")),
        (S.IDLE, "absent"): to(S.DEAD, Report(Blocked())),
        (S.IDLE, "seize"): begin_call,
        (S.FALTERING, "feed"): to(S.IDLE, StopTimer("dead")),
        (S.FALTERING, "exchanged"): to(S.IDLE, StopTimer("dead")),
        (S.FALTERING, "ringing"): to(S.RINGING, StopTimer("dead"), Report(Seized())),
        (S.FALTERING, "dead"): to(S.DEAD, Report(Blocked())),
        (S.FALTERING, "absent"): to(S.DEAD, StopTimer("dead"), Report(Blocked())),
        (S.RINGING, "feed"): to(S.PAUSE, StartTimer("ring_gap"), Report(Rang())),
        (S.RINGING, "exchanged"): to(S.PAUSE, StartTimer("ring_gap"), Report(Rang())),
        (S.RINGING, "no_feed"): to(S.PAUSE, StartTimer("ring_gap"), Report(Rang())),
        (S.RINGING, "answer"): to(S.TALKING, Send(OFF_HOOK)),
        (S.RINGING, "absent"): to(S.DEAD, *LOST),
        (S.PAUSE, "ringing"): to(S.RINGING, StopTimer("ring_gap")),
        (S.PAUSE, "ring_gap"): to(S.IDLE, *_FREE),
        (S.PAUSE, "answer"): to(S.TALKING, StopTimer("ring_gap"), Send(OFF_HOOK)),
        (S.PAUSE, "absent"): to(S.DEAD, StopTimer("ring_gap"), *LOST),
        (S.SEIZED, "pulse"): begin_pulses,
        (S.SEIZED, "connected"): to(S.TALKING, Report(Answered())),
        (S.SEIZED, "exchanged"): poles_exchanged,
        (S.SEIZED, "metering"): to(S.SEIZED, Report(Metered())),
        (S.SEIZED, "no_feed"): feed_stops,
        (S.SEIZED, "flash"): begin_flash,
        (S.SEIZED, "clear"): to(S.GUARD, *_HANG_UP),
        (S.SEIZED, "absent"): _DEAD,
        (S.BREAK, "break"): to(S.MAKE, Send(OFF_HOOK), StartTimer("make")),
        (S.BREAK, "clear"): to(S.GUARD, StopTimer("break"), *_HANG_UP),
        (S.BREAK, "absent"): to(S.DEAD, StopTimer("break"), *LOST),
        (S.MAKE, "make"): after_make,
        (S.MAKE, "clear"): to(S.GUARD, StopTimer("make"), *_HANG_UP),
        (S.MAKE, "absent"): to(S.DEAD, StopTimer("make"), Send(ON_HOOK), *LOST),
        (S.DIGIT_PAUSE, "digit_pause"): after_digit,
        (S.DIGIT_PAUSE, "clear"): to(S.GUARD, StopTimer("digit_pause"), *_HANG_UP),
        (S.DIGIT_PAUSE, "absent"): to(S.DEAD, StopTimer("digit_pause"), Send(ON_HOOK), *LOST),
        (S.TALKING, "feed"): poles_back,
        (S.TALKING, "exchanged"): poles_late,
        (S.TALKING, "metering"): to(S.TALKING, Report(Metered())),
        (S.TALKING, "no_feed"): feed_stops,
        (S.TALKING, "flash"): begin_flash,
        (S.TALKING, "clear"): to(S.GUARD, *_HANG_UP),
        (S.TALKING, "absent"): _DEAD,
        (S.FLASHING, "flash"): flash_over,
        (S.FLASHING, "clear"): to(S.GUARD, StopTimer("flash"), StartTimer("guard")),
        (S.FLASHING, "absent"): to(S.DEAD, StopTimer("flash"), *LOST),
        (S.OPEN, "open_loop"): cleared,
        (S.OPEN, "dead"): _DEAD,
        (S.OPEN, "feed"): feed_returns,
        (S.OPEN, "exchanged"): feed_returns,
        (S.OPEN, "metering"): feed_returns,
        (S.OPEN, "clear"): to(S.GUARD, StopTimer("open_loop"), StopTimer("dead"), *_HANG_UP),
        (S.OPEN, "absent"): to(
            S.DEAD, StopTimer("open_loop"), StopTimer("dead"), Send(ON_HOOK), *LOST
        ),
        (S.CLEARED, "clear"): to(S.GUARD, *_HANG_UP),
        (S.CLEARED, "absent"): _DEAD,
        (S.GUARD, "guard"): come_to_rest,
    }
