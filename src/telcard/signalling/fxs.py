"""A telephone's socket (FXS) under loop start, as a channel bank has it, without I/O.

The bits are those of `telcard.signalling.loop`.  A station that is lifted by itself may call: its
trunk listens to what it dials by tones; what it dials by opening its loop the machine counts.

`Station` is one port, seen from the switch.  It meets these inputs:

    "bits", abcd     the nibble received, at the start and whenever it has changed; it counts once
                     it has stood still for the recognition time
    "start"          put the port in service
    "ring"           ring the telephone, when it is on hook
    "stop"           ring no more: the caller has gone
    "accept"         whoever has lifted by himself may dial
    "connected"      his call has been answered
    "meter"          it has cost a unit
    "gone"           the far end has gone
    "release"        nothing hangs on the call any more, whatever the handset does

and answers with `Send(abcd)`, timers of the `Profile`, and `Report` of events.  Rung: `Answered`
when the telephone is lifted, `ClearedBack` when it is put down.  Lifted by itself: `Seized`, then
`MoreDigits` for each digit it dials by pulses, `ClearedForward` when it is put down.  Both:
`Flashed`, and `Released` when it is on hook and free; `Blocked` and `Unblocked` when it has gone
and come back, `Failed` when it goes during a call.

A handset that is put down for a moment has flashed, for longer has hung up; for less than a moment,
its contacts bounced.  A request that the state forbids raises `LocalProtocolError`; nothing that is
received can raise.
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
    Failed,
    Flashed,
    MoreDigits,
    Released,
    Seized,
    Unblocked,
)
from telcard.signalling.loop import (
    EXCHANGED,
    FEED,
    METERING,
    NO_FEED,
    OFF_HOOK,
    ON_HOOK,
    RINGING,
)
from telcard.signalling.recognition import LineMachine

QUIET = FEED
"""What the switch sends while nothing rings."""

CONDITIONS = {ON_HOOK: "on_hook", OFF_HOOK: "off_hook"}
"""Names of the received conditions as inputs of the table; all others are "absent"."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A country's ringing, and what a handset's movements mean; all in seconds."""

    name: str
    ring_on_s: float
    ring_off_s: float
    second_on_s: float = 0.0
    """Of a double ring, as in the United Kingdom: how long the second one lasts ..."""
    second_off_s: float = 0.0
    """... and the pause after it; both 0 where a telephone rings once at a time."""
    recognition_s: float = 0.03
    """A hook's contacts bounce for some milliseconds: less than any time below."""
    flash_s: float = 0.3
    """On hook for less is nothing, for more a flash (Toshiba Strata CS, of its MSI stations) ..."""
    hang_up_s: float = 1.05
    """... and for more than this is hung up (the same)."""
    pulse_s: float = 0.2
    """A loop that opens for less while it dials is a pulse, for more it is hung up: pulses open it
    for 50 to 70 ms (EN 300 001), bad dials for 100."""
    digit_pause_s: float = 0.2
    """A loop that is closed for more has ended its digit: between pulses it is 33 to 50 ms, between
    digits 240 ms at least (EN 300 001)."""
    poles_answer: bool = False
    """The poles of the feed change places when the called party answers, and back when it goes."""
    open_loop_s: float = 0.0
    """The feed stops for so long when the far end has gone; 0: it does not."""
    meter_s: float = 0.15
    """How long the tone of a unit sounds (EN 300 001: 50 to 250 ms in most countries)."""

    meter_by_poles: bool = False
    """A unit is told by poles that change places for that time, where the telephone's meter knows
    no tone out of the voice band."""

    @property
    def timers(self) -> dict[str, float]:
        """Length of every timer that the machine starts, for the runner."""
        return {
            "recognition": self.recognition_s,
            "ring_on": self.ring_on_s,
            "ring_off": self.ring_off_s,
            "second_on": self.second_on_s,
            "second_off": self.second_off_s,
            "flash": self.flash_s,
            "hang_up": self.hang_up_s - self.flash_s,
            "pulse": self.pulse_s,
            "digit_pause": self.digit_pause_s,
            "open_loop": self.open_loop_s,
            "metered": self.meter_s,
        }


NORTH_AMERICA = Profile("North America", ring_on_s=2.0, ring_off_s=4.0)
"""Telcordia GR-506: 2 s of ringing in 6 s."""


def profile_of(country: Country) -> Profile:
    """How telephones of a country ring, and what their hooks mean."""
    on_s, off_s, second_on_s, second_off_s = (*country.ringing_s, 0.0, 0.0)[:4]
    flash_ms, hang_up_ms = country.flash_ms
    return Profile(
        country.name,
        on_s,
        off_s,
        second_on_s,
        second_off_s,
        flash_s=flash_ms / 1000,
        hang_up_s=hang_up_ms / 1000,
    )


class State(Enum):
    """Where a port stands; `GROUNDED` is of ground start alone."""

    DOWN = "out of service"
    ABSENT = "no telephone"
    IDLE = "on hook"
    RINGING = "ringing"
    PAUSE = "between two rings"
    SECOND = "ringing, the second of a double ring"
    SECOND_PAUSE = "between two double rings"
    TALKING = "answered"
    OPEN = "answered, on hook for less than a flash"
    FLASHING = "answered, on hook for a flash"
    OFF_HOOK = "off hook without a call"
    DIALLING = "off hook, calling"
    PULSE = "calling, the loop open for a pulse"
    METERING = "answered, a unit is metered"
    NO_FEED = "off hook, told that the far end has gone"
    GROUNDED = "the ring grounded, and the tip for it"


@dataclass(frozen=True, slots=True)
class Status:
    """What `query()` says about a port."""

    state: State
    free: bool
    """Whether it may be rung now."""


def to(state: State, *effects: Effect) -> Action:
    """Make an action: enter `state`, with these effects."""

    def action(port: Station, *_: Any) -> list[Effect]:
        return port.go(state, *effects)

    action.__doc__ = f"-> {state.name}"
    return action


def in_service(port: Station) -> list[Effect]:
    """-> IDLE, and on from there by what the telephone sends by now."""
    effects = port.go(State.IDLE, Send(port.rest))
    return effects + (port.fire(port.hearing) if port.hearing else [])


def begin_ringing(port: Station) -> list[Effect]:
    """-> RINGING"""
    port.calling = False
    return port.go(State.RINGING, Send(RINGING), StartTimer("ring_on"))


def next_ring(port: Station) -> list[Effect]:
    """-> SECOND where a telephone rings twice at a time, else RINGING"""
    if port.profile.second_on_s:
        return port.go(State.SECOND, Send(RINGING), StartTimer("second_on"))
    return port.go(State.RINGING, Send(RINGING), StartTimer("ring_on"))


def let_dial(port: Station) -> list[Effect]:
    """-> DIALLING"""
    port.calling, port.pulses = True, 0
    return port.go(State.DIALLING)


def pulse_over(port: Station) -> list[Effect]:
    """-> DIALLING"""
    port.pulses += 1
    return port.go(State.DIALLING, StopTimer("pulse"), StartTimer("digit_pause"))


def digit_over(port: Station) -> list[Effect]:
    """-> DIALLING"""
    pulses, port.pulses = port.pulses, 0
    return [Report(MoreDigits(str(pulses % 10)))] if pulses <= 10 else []


def connected(port: Station) -> list[Effect]:
    """-> TALKING"""
    told = [Send(port.feed)] if port.profile.poles_answer else []
    return port.go(State.TALKING, StopTimer("digit_pause"), *told)


def metering(port: Station) -> list[Effect]:
    """-> METERING"""
    told = EXCHANGED if port.profile.meter_by_poles else METERING
    return port.go(State.METERING, Send(port.feed ^ told), StartTimer("metered"))


def metered(port: Station) -> list[Effect]:
    """-> TALKING"""
    return port.go(State.TALKING, Send(port.feed))


def put_down_while_metered(port: Station) -> list[Effect]:
    """-> OPEN"""
    return port.go(State.OPEN, StopTimer("metered"), Send(port.feed), StartTimer("flash"))


def far_end_gone(port: Station) -> list[Effect]:
    """-> NO_FEED where the feed tells it, else -> OFF_HOOK"""
    stopped = [StopTimer("metered"), StopTimer("digit_pause")]
    if port.profile.open_loop_s:
        return port.go(State.NO_FEED, *stopped, Send(NO_FEED), StartTimer("open_loop"))
    return port.go(State.OFF_HOOK, *stopped, Send(QUIET))


def feed_again(port: Station) -> list[Effect]:
    """-> OFF_HOOK, or -> IDLE when it has been put down meanwhile"""
    if port.hearing == "on_hook":
        return port.go(State.IDLE, Send(QUIET), Report(Released()))
    return port.go(State.OFF_HOOK, Send(QUIET))


def hung_up(port: Station) -> list[Effect]:
    """-> IDLE"""
    who = ClearedForward() if port.calling else ClearedBack()
    return port.go(State.IDLE, *port.feed_as_usual(), Report(who), Report(Released()))


def released(*effects: Effect) -> Action:
    """Make an action: the loop is open, and nothing hangs on the call any more."""

    def action(port: Station) -> list[Effect]:
        return port.go(State.IDLE, *effects, *port.feed_as_usual(), Report(Released()))

    action.__doc__ = "-> IDLE"
    return action


_GONE = Report(Failed(Cause.DESTINATION_OUT_OF_ORDER, "the telephone is there no more"))


def lost(*stopped: Effect) -> Action:
    """Make an action: the telephone has gone during a call."""

    def action(port: Station) -> list[Effect]:
        return port.go(State.ABSENT, *stopped, *port.feed_as_usual(), _GONE, Report(Blocked()))

    action.__doc__ = "-> ABSENT"
    return action


def let_go(port: Station) -> list[Effect]:
    """-> OFF_HOOK"""
    stopped = (StopTimer("metered"), StopTimer("digit_pause"))
    return port.go(State.OFF_HOOK, *stopped, *port.feed_as_usual())


S = State

_ABSENT = to(S.ABSENT, Report(Blocked()))
_LIFTED = (Send(QUIET), Report(Answered()))


class Station(LineMachine[State]):
    """One port; `profile` is the country's."""

    rest: ClassVar[int] = QUIET
    """What it sends while it is idle."""
    requests: ClassVar[frozenset[str]] = frozenset(
        {"start", "ring", "stop", "accept", "connected", "meter", "gone", "release"}
    )

    def __init__(self, profile: Profile = NORTH_AMERICA) -> None:
        super().__init__(State.DOWN)
        self.profile = profile
        self.calling = False
        """Whether the call that is on, or the last one, is the telephone's."""
        self.pulses = 0
        """Of the digit that is being dialled."""

    @property
    def feed(self) -> int:
        """What the line gets while the telephone's call is answered."""
        return FEED ^ (EXCHANGED if self.calling and self.profile.poles_answer else 0)

    def feed_as_usual(self) -> list[Effect]:
        """When a call is over, whatever the feed tells by now: poles, or a unit."""
        return [Send(QUIET)] if self.calling or self.state is State.METERING else []

    def query(self) -> Status:
        """How the port stands now."""
        return Status(self.state, self.state is State.IDLE and self.steady)

    def unexpected(self, name: str, *args: Any) -> list[Effect]:
        """Refuse a request that this state forbids; what is received never is."""
        if name not in self.requests:
            return []
        raise LocalProtocolError(f"station: cannot {name} while {self.state.value}")

    def condition(self, abcd: int) -> str:
        """on_hook, off_hook or absent."""
        return CONDITIONS.get(abcd, "absent")

    table: ClassVar[Mapping[tuple[State, str], Action]] = {
        (S.DOWN, "start"): in_service,
        (S.ABSENT, "on_hook"): to(S.IDLE, Report(Unblocked())),
        (S.ABSENT, "off_hook"): to(S.OFF_HOOK, Report(Unblocked()), Report(Seized())),
        (S.IDLE, "ring"): begin_ringing,
        (S.IDLE, "off_hook"): to(S.OFF_HOOK, Report(Seized())),
        (S.IDLE, "absent"): _ABSENT,
        (S.RINGING, "ring_on"): to(S.PAUSE, Send(QUIET), StartTimer("ring_off")),
        (S.RINGING, "off_hook"): to(S.TALKING, StopTimer("ring_on"), *_LIFTED),
        (S.RINGING, "stop"): to(S.IDLE, StopTimer("ring_on"), Send(QUIET), Report(Released())),
        (S.RINGING, "absent"): lost(StopTimer("ring_on"), Send(QUIET)),
        (S.PAUSE, "ring_off"): next_ring,
        (S.PAUSE, "off_hook"): to(S.TALKING, StopTimer("ring_off"), *_LIFTED),
        (S.PAUSE, "stop"): to(S.IDLE, StopTimer("ring_off"), Send(QUIET), Report(Released())),
        (S.PAUSE, "absent"): lost(StopTimer("ring_off")),
        (S.SECOND, "second_on"): to(S.SECOND_PAUSE, Send(QUIET), StartTimer("second_off")),
        (S.SECOND, "off_hook"): to(S.TALKING, StopTimer("second_on"), *_LIFTED),
        (S.SECOND, "stop"): to(S.IDLE, StopTimer("second_on"), Send(QUIET), Report(Released())),
        (S.SECOND, "absent"): lost(StopTimer("second_on"), Send(QUIET)),
        (S.SECOND_PAUSE, "second_off"): to(S.RINGING, Send(RINGING), StartTimer("ring_on")),
        (S.SECOND_PAUSE, "off_hook"): to(S.TALKING, StopTimer("second_off"), *_LIFTED),
        (S.SECOND_PAUSE, "stop"): to(S.IDLE, StopTimer("second_off"), Report(Released())),
        (S.SECOND_PAUSE, "absent"): lost(StopTimer("second_off")),
        (S.TALKING, "on_hook"): to(S.OPEN, StartTimer("flash")),
        (S.TALKING, "meter"): metering,
        (S.TALKING, "gone"): far_end_gone,
        (S.TALKING, "release"): let_go,
        (S.TALKING, "absent"): lost(),
        (S.METERING, "metered"): metered,
        (S.METERING, "on_hook"): put_down_while_metered,
        (S.METERING, "gone"): far_end_gone,
        (S.METERING, "release"): let_go,
        (S.METERING, "absent"): lost(StopTimer("metered")),
        (S.OPEN, "off_hook"): to(S.TALKING, StopTimer("flash")),
        (S.OPEN, "flash"): to(S.FLASHING, StartTimer("hang_up")),
        (S.OPEN, "gone"): released(StopTimer("flash")),
        (S.OPEN, "release"): released(StopTimer("flash")),
        (S.OPEN, "absent"): lost(StopTimer("flash")),
        (S.FLASHING, "off_hook"): to(S.TALKING, StopTimer("hang_up"), Report(Flashed())),
        (S.FLASHING, "hang_up"): hung_up,
        (S.FLASHING, "gone"): released(StopTimer("hang_up")),
        (S.FLASHING, "release"): released(StopTimer("hang_up")),
        (S.FLASHING, "absent"): lost(StopTimer("hang_up")),
        (S.DIALLING, "on_hook"): to(S.PULSE, StopTimer("digit_pause"), StartTimer("pulse")),
        (S.DIALLING, "digit_pause"): digit_over,
        (S.DIALLING, "connected"): connected,
        (S.DIALLING, "gone"): far_end_gone,
        (S.DIALLING, "release"): let_go,
        (S.DIALLING, "absent"): lost(StopTimer("digit_pause")),
        (S.PULSE, "off_hook"): pulse_over,
        (S.PULSE, "pulse"): hung_up,
        (S.PULSE, "connected"): to(S.OPEN, StopTimer("pulse"), StartTimer("flash")),
        (S.PULSE, "gone"): released(StopTimer("pulse")),
        (S.PULSE, "release"): released(StopTimer("pulse")),
        (S.PULSE, "absent"): lost(StopTimer("pulse")),
        (S.NO_FEED, "open_loop"): feed_again,
        (S.NO_FEED, "release"): to(S.NO_FEED),
        (S.NO_FEED, "absent"): to(S.ABSENT, StopTimer("open_loop"), Send(QUIET), Report(Blocked())),
        (S.OFF_HOOK, "accept"): let_dial,
        (S.OFF_HOOK, "on_hook"): to(S.IDLE, Report(Released())),
        (S.OFF_HOOK, "absent"): _ABSENT,
    }
