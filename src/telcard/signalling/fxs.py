"""A telephone's socket (FXS) under loop start, as a channel bank has it, without I/O.

The bank carries each port in a timeslot and its loop as bits.  In the extended superframe of a T1
bits c and d repeat a and b (AT&T PUB 43801; ADTRAN's manual of its FXS+ module 61200.080L1-1,
table B-C, shows the same two bits, and Linux' DAHDI sends the same nibbles for FXO loop start):

    from the telephone      a b c d        towards the telephone      a b c d
    loop open, on hook      0 1 0 1        no ringing current         0 1 0 1
    loop closed, off hook   1 1 1 1        ringing current            0 0 0 0

Anything else comes from no telephone: a bank that is not plugged in, or is dead.

`Station` is one port, seen from the switch.  It meets these inputs:

    "bits", abcd     the nibble received, at the start and whenever it has changed; it counts once
                     it has stood still for the recognition time
    "start"          put the port in service
    "ring"           ring the telephone, when it is on hook
    "stop"           ring no more: the caller has gone
    "release"        nothing hangs on the call any more, whatever the handset does

and answers with `Send(abcd)`, timers of the `Profile`, and `Report` of events: `Answered` when the
ringing telephone is lifted, then perhaps `Flashed`, `ClearedBack` when it is put down, `Released`
when it is on hook and free; `Seized` when it is lifted without a call, `Blocked` and `Unblocked`
when it has gone and come back, `Failed` when it goes during a call.  A handset that is put down
for a moment has flashed, for longer has hung up; for less than a moment, its contacts bounced.
A request that the state forbids raises `LocalProtocolError`; nothing that is received can raise.
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
    Failed,
    Flashed,
    Released,
    Seized,
    Unblocked,
)
from telcard.signalling.recognition import LineMachine

ON_HOOK, OFF_HOOK = 0b0101, 0b1111
"""What a telephone's end of the bank sends."""

QUIET, RINGING = 0b0101, 0b0000
"""What the switch sends."""


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
    """Where a port stands."""

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
    effects = port.go(State.IDLE, Send(QUIET))
    return effects + (port.fire(port.hearing) if port.hearing else [])


def next_ring(port: Station) -> list[Effect]:
    """-> SECOND where a telephone rings twice at a time, else RINGING"""
    if port.profile.second_on_s:
        return port.go(State.SECOND, Send(RINGING), StartTimer("second_on"))
    return port.go(State.RINGING, Send(RINGING), StartTimer("ring_on"))


S = State

_GONE = Report(Failed(Cause.DESTINATION_OUT_OF_ORDER, "the telephone is there no more"))
_ABSENT = to(S.ABSENT, Report(Blocked()))
_LOST = (_GONE, Report(Blocked()))
_LIFTED = (Send(QUIET), Report(Answered()))


class Station(LineMachine[State]):
    """One port; `profile` is the country's."""

    requests: ClassVar[frozenset[str]] = frozenset({"start", "ring", "stop", "release"})

    def __init__(self, profile: Profile = NORTH_AMERICA) -> None:
        super().__init__(State.DOWN)
        self.profile = profile

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
        (S.IDLE, "ring"): to(S.RINGING, Send(RINGING), StartTimer("ring_on")),
        (S.IDLE, "off_hook"): to(S.OFF_HOOK, Report(Seized())),
        (S.IDLE, "absent"): _ABSENT,
        (S.RINGING, "ring_on"): to(S.PAUSE, Send(QUIET), StartTimer("ring_off")),
        (S.RINGING, "off_hook"): to(S.TALKING, StopTimer("ring_on"), *_LIFTED),
        (S.RINGING, "stop"): to(S.IDLE, StopTimer("ring_on"), Send(QUIET), Report(Released())),
        (S.RINGING, "absent"): to(S.ABSENT, StopTimer("ring_on"), Send(QUIET), *_LOST),
        (S.PAUSE, "ring_off"): next_ring,
        (S.PAUSE, "off_hook"): to(S.TALKING, StopTimer("ring_off"), *_LIFTED),
        (S.PAUSE, "stop"): to(S.IDLE, StopTimer("ring_off"), Send(QUIET), Report(Released())),
        (S.PAUSE, "absent"): to(S.ABSENT, StopTimer("ring_off"), *_LOST),
        (S.SECOND, "second_on"): to(S.SECOND_PAUSE, Send(QUIET), StartTimer("second_off")),
        (S.SECOND, "off_hook"): to(S.TALKING, StopTimer("second_on"), *_LIFTED),
        (S.SECOND, "stop"): to(S.IDLE, StopTimer("second_on"), Send(QUIET), Report(Released())),
        (S.SECOND, "absent"): to(S.ABSENT, StopTimer("second_on"), Send(QUIET), *_LOST),
        (S.SECOND_PAUSE, "second_off"): to(S.RINGING, Send(RINGING), StartTimer("ring_on")),
        (S.SECOND_PAUSE, "off_hook"): to(S.TALKING, StopTimer("second_off"), *_LIFTED),
        (S.SECOND_PAUSE, "stop"): to(S.IDLE, StopTimer("second_off"), Report(Released())),
        (S.SECOND_PAUSE, "absent"): to(S.ABSENT, StopTimer("second_off"), *_LOST),
        (S.TALKING, "on_hook"): to(S.OPEN, StartTimer("flash")),
        (S.TALKING, "release"): to(S.OFF_HOOK),
        (S.TALKING, "absent"): to(S.ABSENT, *_LOST),
        (S.OPEN, "off_hook"): to(S.TALKING, StopTimer("flash")),
        (S.OPEN, "flash"): to(S.FLASHING, StartTimer("hang_up")),
        (S.OPEN, "release"): to(S.IDLE, StopTimer("flash"), Report(Released())),
        (S.OPEN, "absent"): to(S.ABSENT, StopTimer("flash"), *_LOST),
        (S.FLASHING, "off_hook"): to(S.TALKING, StopTimer("hang_up"), Report(Flashed())),
        (S.FLASHING, "hang_up"): to(S.IDLE, Report(ClearedBack()), Report(Released())),
        (S.FLASHING, "release"): to(S.IDLE, StopTimer("hang_up"), Report(Released())),
        (S.FLASHING, "absent"): to(S.ABSENT, StopTimer("hang_up"), *_LOST),
        (S.OFF_HOOK, "on_hook"): to(S.IDLE, Report(Released())),
        (S.OFF_HOOK, "absent"): _ABSENT,
    }
