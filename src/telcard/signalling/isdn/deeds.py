"""What supplementary services want done in the calls of an interface; layer 3 does it.

Services answer what comes in with a list of these, in order, among the timers that they start and
stop: those have the call's handle behind their name.
"""

from __future__ import annotations

from dataclasses import dataclass

from telcard.machine import StartTimer, StopTimer
from telcard.signalling.events import LineEvent
from telcard.signalling.isdn.services import Component


@dataclass(frozen=True, slots=True)
class Tell:
    """Send components within a call."""

    handle: int
    component: Component


@dataclass(frozen=True, slots=True)
class PassOn:
    """Send contents of a Facility element as they came from the call that this one is joined to."""

    handle: int
    octets: bytes


@dataclass(frozen=True, slots=True)
class End:
    """Clear a call, whose service is done."""

    handle: int
    cause: int


@dataclass(frozen=True, slots=True)
class Say:
    """Report an event of a call."""

    handle: int
    event: LineEvent


@dataclass(frozen=True, slots=True)
class SetUp:
    """Make a call with a component in its SETUP."""

    handle: int
    number: str
    channel: int | None
    exclusive: bool
    component: Component


@dataclass(frozen=True, slots=True)
class Accept:
    """Answer a call that has come in, with a component in the CONNECT."""

    handle: int
    component: Component


@dataclass(frozen=True, slots=True)
class TurnAway:
    """Refuse a call that has come in, with a component that says why."""

    handle: int
    cause: int
    component: Component


Deed = Tell | PassOn | End | Say | SetUp | Accept | TurnAway | StartTimer | StopTimer
