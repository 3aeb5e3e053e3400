"""E&M trunks in robbed bits of a T1 (TIA/EIA-464, ANSI T1.403.02), without I/O.

Each direction of a circuit says whether its end is on hook or off hook, in bit A; bit B repeats it,
in the extended superframe C and D do too.

    on hook    0 0 (0 0)          off hook    1 1 (1 1)

Either end may seize by going off hook.  How the other one says that it is ready for the address is
agreed on beforehand:

    immediate start   not at all: the address follows 150 ms after the seizure
    wink start        it goes off hook for some 200 ms
    delay dial        it goes off hook at once, and on hook when it is ready
    feature group D   wink start, and a second wink when it has the whole address

Off hook after that is the answer; on hook for `disconnect_s` ends the call from either end.  When
both ends have seized, both wait for the other to come on hook: the one that `yields` does, which
the other takes for its start signal, and so gets its call.  A circuit that takes no calls is held
off hook, as if it called and never said whom.

`EAndM` is one circuit, seen from one end.  It meets these inputs:

    "bits", abcd     the nibble received, at the start and whenever it has changed
    "start"          put the circuit in service (it sends on hook)
    "seize"          take the circuit for a call
    "clear_forward"  calling: our party has gone
    "acknowledge"    called: the address is here (feature group D)
    "answer"         called: our party has answered
    "clear_back"     called: our party has hung up
    "give_up"        called: no address has come; nobody serves the circuit until it is on hook
    "release"        called, after `ClearedForward`: nothing hangs on the circuit any more
    "block", "unblock"   take no calls; when a call is on, after it

and answers with effects: `Send(abcd)`, timers of the `Profile`, and `Report` of an event of
`telcard.signalling.events`: calling `SeizureAcknowledged` when the address may be sent,
`Proceeding` where it is acknowledged.  A request that the state forbids raises
`LocalProtocolError`; every received condition has its place in every state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from types import MappingProxyType
from typing import ClassVar

from telcard.machine import Effect, Report, StartTimer, StopTimer
from telcard.signalling.causes import Cause
from telcard.signalling.circuit import (
    Circuit,
    Table,
    alarm,
    block_later,
    blocked,
    calm,
    during_calls,
    row,
    send,
    settle,
    to,
    unblocked,
)
from telcard.signalling.events import (
    Answered,
    ClearedBack,
    ClearedForward,
    Failed,
    Proceeding,
    Released,
    Seized,
    SeizureAcknowledged,
)

ON_HOOK, OFF_HOOK = 0b0000, 0b1111
"""What either end sends."""

CONDITIONS = ("on_hook", "off_hook")
"""Names of the received conditions as inputs of the table."""


@dataclass(frozen=True, slots=True)
class Profile:
    """How a circuit is started, and lengths in seconds of what is timed.

    The standard was not at hand: times are those of makers' manuals where one is named, the others
    are usual values from memory, not checked.
    """

    name: str = "wink start"
    starts: bool = True
    """Whether the called end says when it is ready for the address."""
    acknowledges: bool = False
    """Whether it says, by another wink, that it has the whole address (feature group D)."""
    yields: bool = True
    """Whether our call is given up when the other end has seized too: one of the two must."""
    recognition_s: float = 0.03
    """A change counts after so long: half of the shortest wink is still one."""
    disconnect_s: float = 0.3
    """On hook for so long ends a call (Vertical Wave, T-1 trunk timers: far-end disconnect)."""
    before_wink_s: float = 0.15
    """From the recognised seizure to the wink (Nortel NT8D15: 128 to 256 ms)."""
    wink_s: float = 0.2
    """How long a wink of ours lasts (140 to 290 ms; Nortel sends 250, Vertical 190)."""
    longest_wink_s: float = 0.4
    """Off hook for longer, after the address, is no second wink but the answer."""
    sender_s: float = 0.07
    """From the start signal to the address at least (Nortel NT8D15); without one, from seizure."""
    start_s: float = 5.0
    """A start signal that has not ended by then never comes."""
    glare_s: float = 0.6
    """Off hook for longer in place of a start signal is a seizure."""
    guard_s: float = 0.75
    """Both ends are on hook for so long before it is seized again: longer than `disconnect_s`."""
    alarm_s: float = 30.0
    """A fault that lasts so long is told to maintenance."""

    @property
    def timers(self) -> dict[str, float]:
        """Length of every timer that the machine starts, for the runner."""
        return {
            "recognition": self.recognition_s,
            "disconnect": self.disconnect_s,
            "before_wink": self.before_wink_s,
            "wink": self.wink_s,
            "longest_wink": self.longest_wink_s,
            "sender": self.sender_s,
            "start": self.start_s,
            "glare": self.glare_s,
            "guard": self.guard_s,
            "alarm": self.alarm_s,
        }


WINK = Profile()
"""Wink start."""

IMMEDIATE = Profile("immediate start", starts=False, sender_s=0.15, glare_s=0.0)
"""Immediate start: the seizure lasts 150 ms before the address (Nortel NT8D15)."""

DELAY = Profile("delay dial", before_wink_s=0.0, wink_s=0.3, glare_s=4.0)
"""Delay dial: off hook at once, for 256 to 384 ms (Nortel NT8D15), by others for up to seconds."""

FEATURE_GROUP_D = replace(WINK, name="feature group D", acknowledges=True)
"""Wink start with an acknowledgement of the address."""

PROFILES: Mapping[str, Profile] = MappingProxyType(
    {"em_wink": WINK, "em_immediate": IMMEDIATE, "em_delay": DELAY, "em_fgd": FEATURE_GROUP_D}
)
"""By the names that plans of spans have for them."""


def profile_of(kind: str, *, yields: bool = True) -> Profile:
    """The profile of this name, for the end that gives way at glare or for the other one.

    ValueError for one that is not known.
    """
    if kind not in PROFILES:
        raise ValueError(f"E&M: want one of {', '.join(PROFILES)}, got {kind!r}")
    return replace(PROFILES[kind], yields=yields)


class State(Enum):
    """Where a circuit stands."""

    DOWN = "out of service"
    UNHEARD = "in service, the far end was not heard yet"
    IDLE = "on hook"
    BLOCKED = "blocked by the far end"
    BLOCKING = "blocked by us"
    GUARD = "on hook, guarded"
    # calling
    OUT_SEIZED = "seized"
    OUT_STARTING = "seized, the far end is off hook"
    OUT_STARTED = "the far end is ready"
    OUT_READY = "the address may be sent"
    OUT_DOUBT = "acknowledged or answered"
    OUT_ANSWERED = "answered"
    OUT_CLEAR_BACK = "the called party has gone"
    OUT_CLEAR_FORWARD = "cleared, the far end is still off hook"
    # called
    IN_SEIZED = "seized (incoming)"
    IN_WINKING = "a wink is sent"
    IN_READY = "waiting for the address, or for the answer"
    IN_ACKNOWLEDGING = "a wink acknowledges the address"
    IN_ANSWERED = "answered (incoming)"
    IN_CLEAR_BACK = "our party has gone (incoming)"
    IN_GIVEN_UP = "off hook without an address"
    IN_CLEAR_FORWARD = "cleared (incoming)"


S = State

_NO_START = Failed(Cause.TEMPORARY_FAILURE, "the far end gave no start signal")
_GLARE = Failed(Cause.CHANNEL_NOT_AVAILABLE, "glare: both ends took the circuit")


def seize(circuit: EAndM) -> list[Effect]:
    """-> OUT_SEIZED"""
    waits = StartTimer("start" if circuit.profile.starts else "sender")
    return [*circuit.go(S.OUT_SEIZED), *circuit.sends(OFF_HOOK), waits]


def starting(circuit: EAndM) -> list[Effect]:
    """A start signal begins, or it is glare. -> OUT_STARTING"""
    waits: list[Effect] = [StartTimer("glare")] if circuit.profile.yields else []
    if not circuit.profile.starts:
        waits = [StopTimer("sender"), StartTimer("start"), *waits]
    return circuit.go(S.OUT_STARTING, *waits)


def lifted(circuit: EAndM) -> list[Effect]:
    """-> OUT_ANSWERED, or -> OUT_DOUBT while it may be a wink"""
    if circuit.profile.acknowledges:
        return circuit.go(S.OUT_DOUBT, StartTimer("longest_wink"))
    return circuit.go(S.OUT_ANSWERED, Report(Answered()))


def on_hook(circuit: EAndM) -> list[Effect]:
    """-> OUT_CLEAR_FORWARD, or -> GUARD when the far end is on hook already"""
    sent = circuit.sends(ON_HOOK)
    if circuit.hearing == "on_hook" and circuit.steady:
        return [*circuit.go(S.GUARD), *sent, StartTimer("guard")]
    return [*circuit.go(S.OUT_CLEAR_FORWARD), *sent, StartTimer("alarm")]


def taken(circuit: EAndM) -> list[Effect]:
    """-> IN_SEIZED, or -> IN_READY where no start signal is given"""
    if circuit.profile.starts:
        return circuit.go(S.IN_SEIZED, Report(Seized()), StartTimer("before_wink"))
    return circuit.go(S.IN_READY, Report(Seized()))


def block_now(circuit: EAndM) -> list[Effect]:
    """-> BLOCKING"""
    circuit.blocking = True
    return [*circuit.go(S.BLOCKING), *circuit.sends(OFF_HOOK)]


def unblock(circuit: EAndM) -> list[Effect]:
    """-> IDLE, or -> BLOCKED by who is off hook now: what he does is no call of this moment"""
    circuit.blocking = False
    return [*circuit.go(S.UNHEARD), *circuit.sends(ON_HOOK), *settle(circuit)]


def idle_again(circuit: EAndM) -> list[Effect]:
    """-> IDLE, or -> BLOCKING when that was asked for during the call"""
    released = circuit.go(S.IDLE, Report(Released()))
    return [*released, *(block_now(circuit) if circuit.blocking else settle(circuit))]


_CALLED = [state for state in State if state.name.startswith("IN_")]
_BUSY = [state for state in State if state.name.startswith(("IN_", "OUT_", "GUARD"))]

_cleared = to(S.IN_CLEAR_FORWARD, Report(ClearedForward()))
_no_start = to(S.OUT_CLEAR_FORWARD, StopTimer("glare"), Report(_NO_START), on_hook)
_hung_up = to(S.OUT_CLEAR_FORWARD, on_hook)
_yielded = to(S.IN_READY, StopTimer("start"), Report(_GLARE), send(ON_HOOK), Report(Seized()))

E_AND_M: Table = {
    **during_calls(_BUSY),
    **row(S.DOWN, {"start": to(S.UNHEARD, send(ON_HOOK), settle)}, stay="on_hook off_hook"),
    **row(
        S.UNHEARD,
        # who is off hook from the start has not seized for a call of this moment
        {"on_hook": to(S.IDLE, unblocked), "off_hook": to(S.BLOCKED, blocked), "block": block_now},
    ),
    **row(S.IDLE, {"seize": seize, "off_hook": taken, "block": block_now}, stay="on_hook"),
    **row(S.BLOCKED, {"on_hook": to(S.IDLE, unblocked), "block": block_now}, stay="off_hook"),
    **row(
        S.BLOCKING,
        {"unblock": unblock, "block": to(S.BLOCKING, block_later)},
        stay="on_hook off_hook",
    ),
    **row(S.GUARD, {"guard": idle_again}, stay="on_hook off_hook"),
    **row(
        S.OUT_SEIZED,
        {
            "off_hook": starting,
            "sender": to(S.OUT_READY, Report(SeizureAcknowledged())),
            "start": _no_start,
            "clear_forward": to(
                S.OUT_CLEAR_FORWARD, StopTimer("start"), StopTimer("sender"), on_hook
            ),
        },
        stay="on_hook",
    ),
    **row(
        S.OUT_STARTING,
        {
            "on_hook": to(
                S.OUT_STARTED, StopTimer("start"), StopTimer("glare"), StartTimer("sender")
            ),
            "glare": _yielded,
            "start": _no_start,
            "clear_forward": to(
                S.OUT_CLEAR_FORWARD, StopTimer("start"), StopTimer("glare"), on_hook
            ),
        },
        stay="off_hook",
    ),
    **row(
        S.OUT_STARTED,
        {
            "sender": to(S.OUT_READY, Report(SeizureAcknowledged())),
            "clear_forward": to(S.OUT_CLEAR_FORWARD, StopTimer("sender"), on_hook),
        },
        stay="on_hook off_hook",
    ),
    **row(S.OUT_READY, {"off_hook": lifted, "clear_forward": _hung_up}, stay="on_hook"),
    **row(
        S.OUT_DOUBT,
        {
            "on_hook": to(S.OUT_READY, StopTimer("longest_wink"), Report(Proceeding())),
            "longest_wink": to(S.OUT_ANSWERED, Report(Answered())),
            "clear_forward": to(S.OUT_CLEAR_FORWARD, StopTimer("longest_wink"), on_hook),
        },
        stay="off_hook",
    ),
    **row(
        S.OUT_ANSWERED,
        {"on_hook": to(S.OUT_CLEAR_BACK, Report(ClearedBack())), "clear_forward": _hung_up},
        stay="off_hook",
    ),
    **row(
        S.OUT_CLEAR_BACK,
        {"off_hook": to(S.OUT_ANSWERED, Report(Answered())), "clear_forward": _hung_up},
        stay="on_hook",
    ),
    **row(
        S.OUT_CLEAR_FORWARD,
        {
            "on_hook": to(S.GUARD, calm, unblocked, StartTimer("guard")),
            "clear_forward": to(S.OUT_CLEAR_FORWARD),
            "alarm": to(
                S.OUT_CLEAR_FORWARD, blocked, alarm("the far end does not release the circuit")
            ),
        },
        stay="off_hook",
    ),
    **row(
        S.IN_SEIZED,
        {
            "before_wink": to(S.IN_WINKING, send(OFF_HOOK), StartTimer("wink")),
            "on_hook": to(S.IN_CLEAR_FORWARD, StopTimer("before_wink"), Report(ClearedForward())),
        },
        stay="off_hook",
    ),
    **row(
        S.IN_WINKING,
        {
            "wink": to(S.IN_READY, send(ON_HOOK)),
            "on_hook": to(
                S.IN_CLEAR_FORWARD, StopTimer("wink"), send(ON_HOOK), Report(ClearedForward())
            ),
        },
        stay="off_hook",
    ),
    **row(
        S.IN_READY,
        {
            "on_hook": _cleared,
            "acknowledge": to(S.IN_ACKNOWLEDGING, send(OFF_HOOK), StartTimer("wink")),
            "answer": to(S.IN_ANSWERED, send(OFF_HOOK)),
            "give_up": to(S.IN_GIVEN_UP, blocked, StartTimer("alarm")),
        },
        stay="off_hook",
    ),
    **row(
        S.IN_ACKNOWLEDGING,
        {
            "wink": to(S.IN_READY, send(ON_HOOK)),
            "answer": to(S.IN_ANSWERED, StopTimer("wink")),  # whose wink it is becomes the answer
            "on_hook": to(
                S.IN_CLEAR_FORWARD, StopTimer("wink"), send(ON_HOOK), Report(ClearedForward())
            ),
        },
        stay="off_hook",
    ),
    **row(
        S.IN_ANSWERED,
        {"on_hook": _cleared, "clear_back": to(S.IN_CLEAR_BACK, send(ON_HOOK))},
        stay="off_hook",
    ),
    **row(
        S.IN_CLEAR_BACK,
        {"on_hook": _cleared, "answer": to(S.IN_ANSWERED, send(OFF_HOOK))},
        stay="off_hook",
    ),
    **row(
        S.IN_GIVEN_UP,
        {
            "on_hook": to(S.GUARD, calm, unblocked, StartTimer("guard")),
            "alarm": to(S.IN_GIVEN_UP, alarm("the far end is off hook and says nothing")),
        },
        stay="off_hook",
    ),
    **row(
        S.IN_CLEAR_FORWARD,
        {"release": to(S.GUARD, send(ON_HOOK), StartTimer("guard"))},
        stay="on_hook off_hook",
    ),
}
"""What an end of a circuit does."""


class EAndM(Circuit[State]):
    """One circuit, seen from one end."""

    table = E_AND_M
    requests: ClassVar[frozenset[str]] = Circuit.requests | {"acknowledge", "give_up"}
    clause: ClassVar[str] = "TIA/EIA-464"
    profile: Profile

    def __init__(self, profile: Profile = WINK) -> None:
        super().__init__(State.DOWN, profile)

    @property
    def idle(self) -> bool:
        """Whether both ends are on hook, and no change is being recognised."""
        return self.state is State.IDLE and self.hearing == "on_hook" and self.steady

    def condition(self, abcd: int) -> str:
        """By bit A alone."""
        return CONDITIONS[abcd >> 3]

    def recognised_by(self, condition: str | None) -> str:
        """On hook ends a call only after a while."""
        talking = self.state is State.OUT_ANSWERED or self.state in _CALLED
        return "disconnect" if talking and condition == "on_hook" else "recognition"

    def nibble(self, signal: int) -> int:
        """The same in all four bits."""
        return signal
