"""Ground start: a loop whose two ends never take it at once, as banks of a T1 carry it, no I/O.

An idle loop of an exchange has no ground on its tip.  Who wants to call grounds the ring, and
closes the loop when the exchange has answered by grounding the tip; the exchange grounds the tip
the moment it takes the loop for a call of its own, before the bell has sounded, and lifts it when
its party has gone.  The bits (ADTRAN's manual of its FXS+ module 61200.080L1-1, table B-D; Nortel's
of its lineside T1 card says the same of A and B; c and d repeat them):

    from the subscriber     a b c d        towards the subscriber     a b c d
    loop open               0 1 0 1        tip not grounded           1 1 1 1
    ring grounded           0 0 0 0        tip grounded               0 1 0 1
    loop closed             1 1 1 1        tip grounded, ringing      0 0 0 0

`GroundLine` is a `telcard.signalling.fxo.Line`, `GroundStation` a `telcard.signalling.fxs.Station`:
they meet the same inputs and tell the same events, and only their tables say more.  Where both ends
have begun within a moment, the subscriber hears the bell and gives way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from telcard.countries import Country
from telcard.machine import Action, Effect, Report, Send, StartTimer, StopTimer
from telcard.signalling import fxo, fxs
from telcard.signalling.causes import Cause
from telcard.signalling.events import (
    Answered,
    Blocked,
    ClearedForward,
    Failed,
    Released,
    Seized,
    SeizureAcknowledged,
    Unblocked,
)

OPEN, RING_GROUND, CLOSED = 0b0101, 0b0000, 0b1111
"""What the subscriber's end sends."""

NO_TIP, TIP, RINGING = 0b1111, 0b0101, 0b0000
"""What the exchange sends."""


@dataclass(frozen=True, slots=True)
class Profile(fxo.Profile):
    """As under loop start, and how long we wait for the tip."""

    tip_s: float = 3.0
    """An exchange that has not grounded the tip by then serves nobody (assumed; dial tone may take
    as long)."""

    @property
    def timers(self) -> dict[str, float]:
        """Length of every timer that the machine starts, for the runner."""
        return {**fxo.Profile.timers.__get__(self), "tip": self.tip_s}


GROUND_START = Profile("ground start", open_loop_s=0.1)
"""The tip is not grounded when the far end has gone."""


def profile_of(country: Country) -> Profile:
    """As is usual in a country."""
    usual = fxo.profile_of(country)
    return Profile(
        f"{country.name}, ground start",
        open_loop_s=GROUND_START.open_loop_s,
        flash_s=usual.flash_s,
        guard_s=usual.guard_s,
    )


# ------------------------------------------------------------------ the subscriber's end

_GLARE = Failed(Cause.CHANNEL_NOT_AVAILABLE, "glare: the exchange rings on the line")
_NO_TIP = Failed(Cause.TEMPORARY_FAILURE, "the exchange did not ground the tip")


def line_seizes(line: fxo.Line) -> list[Effect]:
    """-> GROUNDED"""
    line.calling, line.poles_answered = True, False
    return line.go(fxo.State.GROUNDED, Send(RING_GROUND), StartTimer("tip"))


def line_gives_way(line: fxo.Line) -> list[Effect]:
    """-> RINGING"""
    line.calling = False
    told = (Report(_GLARE), Report(Released()), Report(Seized()))
    return line.go(fxo.State.RINGING, StopTimer("tip"), Send(OPEN), *told)


def line_is_rung(line: fxo.Line) -> list[Effect]:
    """-> RINGING"""
    line.calling = False
    return line.go(fxo.State.RINGING, Report(Seized()))


_L = fxo.State
_gone = fxo.to(_L.IDLE, Report(ClearedForward()), Report(Released()))


class GroundLine(fxo.Line):
    """One port of ours towards an exchange."""

    table: ClassVar[Mapping[tuple[fxo.State, str], Action]] = {
        **{cell: action for cell, action in fxo.Line.table.items() if cell[0] is not _L.FALTERING},
        (_L.DEAD, "no_feed"): fxo.to(_L.IDLE, Report(Unblocked())),
        (_L.DEAD, "feed"): fxo.to(_L.TIP, Report(Unblocked())),
        (_L.IDLE, "no_feed"): fxo.to(_L.IDLE),
        (_L.IDLE, "feed"): fxo.to(_L.TIP),
        (_L.IDLE, "exchanged"): fxo.to(_L.TIP),
        (_L.IDLE, "ringing"): line_is_rung,
        (_L.IDLE, "seize"): line_seizes,
        (_L.TIP, "no_feed"): fxo.to(_L.IDLE),
        (_L.TIP, "ringing"): line_is_rung,
        (_L.TIP, "absent"): fxo.to(_L.DEAD, Report(Blocked())),
        (_L.GROUNDED, "feed"): fxo.to(
            _L.SEIZED, StopTimer("tip"), Send(CLOSED), Report(SeizureAcknowledged())
        ),
        (_L.GROUNDED, "ringing"): line_gives_way,
        (_L.GROUNDED, "tip"): fxo.to(_L.GUARD, Send(OPEN), Report(_NO_TIP), StartTimer("guard")),
        (_L.GROUNDED, "clear"): fxo.to(_L.GUARD, StopTimer("tip"), Send(OPEN), StartTimer("guard")),
        (_L.GROUNDED, "absent"): fxo.to(_L.DEAD, StopTimer("tip"), Send(OPEN), *fxo.LOST),
        (_L.RINGING, "no_feed"): _gone,
        (_L.PAUSE, "no_feed"): fxo.to(
            _L.IDLE, StopTimer("ring_gap"), Report(ClearedForward()), Report(Released())
        ),
    }

    def query(self) -> fxo.Status:
        """How the port stands now; it is free while the tip is not grounded."""
        on_hook = self.state in (_L.IDLE, _L.TIP)
        free = self.state is _L.IDLE and self.hearing == "no_feed" and self.steady
        return fxo.Status(self.state, free, not on_hook and self.calling)


# ------------------------------------------------------------------ the exchange's end


def station_tip(station: fxs.Station) -> list[Effect]:
    """-> GROUNDED"""
    return station.go(fxs.State.GROUNDED, Send(TIP))


def station_gone(station: fxs.Station) -> list[Effect]:
    """-> OFF_HOOK"""
    stopped = (StopTimer("metered"), StopTimer("digit_pause"))
    return station.go(fxs.State.OFF_HOOK, *stopped, Send(NO_TIP))


_X = fxs.State


def _stop(*stopped: Effect) -> Action:
    return fxs.to(_X.IDLE, *stopped, Send(NO_TIP), Report(Released()))


class GroundStation(fxs.Station):
    """One port of an exchange; who calls is `Seized` once he has closed the loop."""

    rest = NO_TIP
    table: ClassVar[Mapping[tuple[fxs.State, str], Action]] = {
        **fxs.Station.table,
        (_X.ABSENT, "off_hook"): fxs.to(_X.OFF_HOOK, Report(Unblocked())),
        (_X.ABSENT, "ring_ground"): fxs.to(_X.GROUNDED, Send(TIP), Report(Unblocked())),
        (_X.IDLE, "ring_ground"): station_tip,
        (_X.IDLE, "off_hook"): fxs.to(_X.OFF_HOOK, Send(TIP), Report(Seized())),
        (_X.GROUNDED, "on_hook"): fxs.to(_X.IDLE, Send(NO_TIP)),
        (_X.GROUNDED, "off_hook"): fxs.to(_X.OFF_HOOK, Report(Seized())),
        (_X.GROUNDED, "absent"): fxs.to(_X.ABSENT, Send(NO_TIP), Report(Blocked())),
        (_X.RINGING, "stop"): _stop(StopTimer("ring_on")),
        (_X.PAUSE, "stop"): _stop(StopTimer("ring_off")),
        (_X.SECOND, "stop"): _stop(StopTimer("second_on")),
        (_X.SECOND_PAUSE, "stop"): _stop(StopTimer("second_off")),
        (_X.RINGING, "off_hook"): fxs.to(
            _X.TALKING, StopTimer("ring_on"), Send(TIP), Report(Answered())
        ),
        (_X.TALKING, "gone"): station_gone,
        (_X.METERING, "gone"): station_gone,
        (_X.DIALLING, "gone"): station_gone,
        (_X.OFF_HOOK, "accept"): fxs.let_dial,
        (_X.OFF_HOOK, "on_hook"): fxs.to(_X.IDLE, Send(NO_TIP), Report(Released())),
    }

    def condition(self, abcd: int) -> str:
        """ring_ground, or as under loop start."""
        return "ring_ground" if abcd == RING_GROUND else super().condition(abcd)

    def feed_as_usual(self) -> list[Effect]:
        """When a call is over the tip is not grounded."""
        return [Send(NO_TIP)]
