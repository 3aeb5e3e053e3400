"""Line signalling of R2, digital version (ITU-T Q.421, Q.422, Q.424), without I/O.

Each direction of a circuit has two signalling bits in timeslot 16.  Forward: a_f is the calling
line (0 off hook), b_f tells of a fault.  Backward: a_b is the called line, b_b whether the incoming
end is taken.  Bits c and d stay 0 and 1.

    state of the circuit      forward a b   backward a b      (Q.421, table 1)
    idle, released                1 0           1 0
    seized                        0 0           1 0
    seizure acknowledged          0 0           1 1
    answered                      0 0           0 1
    clear-back                    0 0           1 1
    clear-forward                 1 0           0 1 or 1 1
    blocked                       1 0           1 1

`Outgoing`, `Incoming` and `BothWay` are one circuit each, seen from one end.  They meet these
inputs:

    "bits", abcd     the nibble received, at the start and whenever it has changed; it counts once
                     it has stood still for the recognition time.  When the span fails, give
                     0b1111: Q.424 has the multiplex do that, and the tables below know it as a
                     fault or as blocked
    "start"          put the circuit in service (it sends idle)
    "seize"          outgoing: take the circuit for a call
    "clear_forward"  outgoing: the calling party has gone
    "answer"         incoming: the called party has answered
    "clear_back"     incoming: the called party has hung up
    "meter"          incoming, answered: a metering pulse (national)
    "release"        incoming, after `ClearedForward`: nothing hangs on the circuit any more
    "block", "unblock"   incoming and both-way: take no calls; when a call is on, after it

and answer with effects: `Send(abcd)`, timers of the `Profile`, and `Report` of an event of
`telcard.signalling.events`.  A request that the state forbids raises `LocalProtocolError`.  Every
received condition has its place in every state: nothing the far end sends can raise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar

from telcard.errors import LocalProtocolError
from telcard.machine import Action, Effect, Report, Send, StartTimer, StopTimer
from telcard.signalling.causes import Cause
from telcard.signalling.events import (
    AlarmCeased,
    Alarmed,
    Answered,
    Blocked,
    ClearedBack,
    ClearedForward,
    Failed,
    Metered,
    Released,
    Seized,
    SeizureAcknowledged,
    Unblocked,
)
from telcard.signalling.recognition import LineMachine

__all__ = [
    "BOTH_WAY",
    "CONDITIONS",
    "INCOMING",
    "ITU",
    "ITU_SATELLITE",
    "OUTGOING",
    "BothWay",
    "Circuit",
    "Incoming",
    "Outgoing",
    "Profile",
    "State",
    "Status",
    "Table",
]

# Conditions (a, b) as the standard's table has them.
IDLE = CLEAR_FORWARD = 0b10
SEIZED = 0b00
ACKNOWLEDGED = CLEAR_BACK = BLOCKED = 0b11
ANSWERED = 0b01

CONDITIONS = ("00", "01", "10", "11")
"""Names of the received conditions as inputs of the tables, a before b."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Lengths in seconds of what the standard times, and the bits that it leaves alone."""

    name: str = "ITU-T"
    recognition_s: float = 0.02
    """A transition counts after 20 ms (Q.422 3.2.1; the analogue version says the same)."""
    seizure_ack_s: float = 0.2
    """Q.422 table 3: acknowledged 100-200 ms after seizing; 1-2 s over a satellite."""
    backward_fault_s: float = 1.5
    """Q.422 table 3: b_b = 0 after the acknowledgement may last 1-2 s."""
    forward_fault_s: float = 120.0
    """Q.422 table 4 borrows this from Q.118 4.3.3: 2-3 minutes."""
    double_seizure_s: float = 0.1
    """Q.422: both ends hold the seizure, and then the clear-forward, for at least 100 ms."""
    guard_s: float = 0.1
    """Q.422: the end that was incoming holds idle for 100 ms before it sends anything else."""
    alarm_s: float = 30.0
    """Q.422 wants the alarm of a lasting fault delayed and leaves the time to the operator."""
    metering_s: float = 0.0
    """Clear-back that is over so soon was a metering pulse (national); 0: there are none."""
    meter_pulse_s: float = 0.15
    """How long a metering pulse of ours lasts (from memory of national systems, not checked)."""
    cd: int = 0b01
    """Bits c and d that we send.  Q.421: 0 1 (0 0 0 0 would imitate frame alignment)."""

    @property
    def timers(self) -> dict[str, float]:
        """Length of every timer that the machines start, for the runner."""
        return {
            "recognition": self.recognition_s,
            "seizure_ack": self.seizure_ack_s,
            "backward_fault": self.backward_fault_s,
            "forward_fault": self.forward_fault_s,
            "double_seizure": self.double_seizure_s,
            "guard": self.guard_s,
            "alarm": self.alarm_s,
            "metering": self.metering_s,
            "meter_pulse": self.meter_pulse_s,
        }


ITU = Profile()
"""Terrestrial circuits."""

ITU_SATELLITE = Profile("ITU-T by satellite", seizure_ack_s=2.0)
"""Circuits over a satellite."""


class State(Enum):
    """Where a circuit stands; values are the standard's names."""

    DOWN = "out of service"
    IDLE = "idle/released"
    IDLE_FAULT = "idle, but the far end sends nonsense"
    BLOCKED = "blocked by the far end"
    BLOCKING = "blocked by us"
    GUARD = "released, guarded"
    # outgoing end
    OUT_SEIZED = "seized"
    OUT_UNACKNOWLEDGED = "seized, to be cleared once acknowledged"
    OUT_ACKNOWLEDGED = "seizure acknowledged"
    OUT_ACKNOWLEDGED_FAULT = "seizure acknowledged, b_b = 0"
    OUT_ANSWERED = "answered"
    OUT_ANSWERED_FAULT = "answered, b_b = 0"
    OUT_CLEAR_BACK = "clear-back"
    OUT_CLEAR_BACK_FAULT = "clear-back, b_b = 0"
    OUT_HOLDING = "clear-forward held back until b_b = 1"
    OUT_CLEAR_FORWARD = "clear-forward"
    DOUBLE_SEIZURE = "double seizure, seizure held"
    DOUBLE_SEIZURE_CLEARED = "double seizure, clear-forward held"
    # incoming end
    IN_ACKNOWLEDGED = "seizure acknowledged (incoming)"
    IN_ACKNOWLEDGED_FAULT = "seizure acknowledged (incoming), b_f = 1"
    IN_ANSWER_HELD = "answer held back until b_f = 0"
    IN_ANSWERED = "answered (incoming)"
    IN_ANSWERED_FAULT = "answered (incoming), b_f = 1"
    IN_METERING = "answered (incoming), a metering pulse is sent"
    IN_CLEAR_BACK = "clear-back (incoming)"
    IN_FAULTY = "given up, waiting for clear-forward"
    IN_CLEAR_FORWARD = "clear-forward (incoming)"


@dataclass(frozen=True, slots=True)
class Status:
    """What `query()` says about a circuit."""

    state: State
    sending: int | None
    """The nibble we send; None before the start."""
    hearing: str | None
    """The condition that was last recognised; None when there was none yet."""
    free: bool
    """Whether the circuit may be seized from here now."""
    far_blocked: bool
    alarmed: bool


Step = Callable[[Any], list[Effect]]


def to(state: State, *steps: Effect | Step) -> Action:
    """Make an action: enter `state`, then take the steps in order."""

    def action(circuit: Circuit, *_: Any) -> list[Effect]:
        effects = circuit.go(state)
        for step in steps:
            effects += step(circuit) if callable(step) else [step]
        return effects

    action.__doc__ = f"-> {state.name}"
    return action


def send(ab: int) -> Step:
    """Send this condition, with the profile's bits c and d."""
    return lambda circuit: circuit._send(ab)


def settle(circuit: Circuit) -> list[Effect]:
    """Having become idle, act on what the far end sends by now."""
    return [] if circuit.hearing is None else circuit.fire(circuit.hearing)


def blocked(circuit: Circuit) -> list[Effect]:
    """The far end takes no calls: say so once."""
    said, circuit.far_blocked = circuit.far_blocked, True
    return [] if said else [Report(Blocked())]


def unblocked(circuit: Circuit) -> list[Effect]:
    """The far end takes calls again: say so if it had been blocked."""
    said, circuit.far_blocked = circuit.far_blocked, False
    return [Report(Unblocked())] if said else []


def alarm(why: str) -> Step:
    """The delayed alarm is due."""

    def step(circuit: Circuit) -> list[Effect]:
        circuit.alarmed = True
        return [Report(Alarmed(why))]

    return step


def calm(circuit: Circuit) -> list[Effect]:
    """The fault is over: no alarm, or an end to it."""
    said, circuit.alarmed = circuit.alarmed, False
    return [StopTimer("alarm"), *([Report(AlarmCeased())] if said else [])]


def release(circuit: Circuit) -> list[Effect]:
    """Send idle, at last; blocking has waited for this moment and waits for the guard."""
    return [*circuit._send(IDLE), StartTimer("guard")]


def idle_again(circuit: Circuit) -> list[Effect]:
    """-> IDLE, or BLOCKING when that was asked for during the call."""
    released = circuit.go(State.IDLE, Report(Released()))
    return [*released, *(block_now(circuit) if circuit.blocking else settle(circuit))]


def block_later(circuit: Circuit) -> list[Effect]:
    """A call is on: block after it."""
    circuit.blocking = True
    return []


def block_now(circuit: Circuit) -> list[Effect]:
    """-> BLOCKING."""
    circuit.blocking = True
    quiet = calm(circuit) if circuit.state is State.IDLE_FAULT else []
    return [*quiet, *circuit.go(State.BLOCKING), *circuit._send(BLOCKED)]


def unblock_later(circuit: Circuit) -> list[Effect]:
    """A call is on: do not block after it."""
    circuit.blocking = False
    return []


def unblock(circuit: Circuit) -> list[Effect]:
    """-> IDLE, or stay until a caller who was too late has gone."""
    circuit.blocking = False
    if circuit.hearing in ("00", "01"):
        return []
    return [*circuit.go(State.IDLE), *circuit._send(IDLE), *settle(circuit)]


def late_caller_gone(circuit: Circuit) -> list[Effect]:
    """-> BLOCKING, or IDLE when blocking was lifted meanwhile."""
    effects = unblocked(circuit)
    if circuit.blocking:
        return effects
    return [*effects, *circuit.go(State.IDLE), *circuit._send(IDLE)]


def clear_after_double_seizure(circuit: Circuit) -> list[Effect]:
    """-> IDLE when the far end has cleared as well, else wait for it in OUT_CLEAR_FORWARD."""
    if circuit.hearing == "10":
        return idle_again(circuit)
    return circuit.go(State.OUT_CLEAR_FORWARD, StartTimer("alarm"))


def hung_up(circuit: Circuit) -> list[Effect]:
    """-> OUT_CLEAR_BACK, told at once unless it may yet be a metering pulse."""
    circuit.metering = circuit.profile.metering_s > 0
    told: Effect = StartTimer("metering") if circuit.metering else Report(ClearedBack())
    return circuit.go(State.OUT_CLEAR_BACK, told)


def back_again(circuit: Circuit) -> list[Effect]:
    """-> OUT_ANSWERED, after a metering pulse or by a called party who has come back."""
    metered, circuit.metering = circuit.metering, False
    told: list[Effect] = [StopTimer("metering"), Report(Metered())] if metered else []
    return circuit.go(State.OUT_ANSWERED, *(told or [Report(Answered())]))


def no_pulse(circuit: Circuit) -> list[Effect]:
    """What has lasted so long, or ends otherwise, was clear-back."""
    said, circuit.metering = circuit.metering, False
    return [StopTimer("metering"), Report(ClearedBack())] if said else []


def hold_no_longer(circuit: Circuit) -> list[Effect]:
    """-> OUT_HOLDING, but OUT_CLEAR_FORWARD when the far end has been idle all the time.

    The standard would wait for b_b = 1 for ever.  A far end that has become idle in the middle of a
    call (openr2 does, when its registers fail) never sends that: clearing forward ends it.
    """
    alarmed = alarm("b_b = 0 keeps the circuit from being cleared")(circuit)
    if circuit.hearing != "10":
        return alarmed
    return [
        *alarmed,
        *circuit.go(State.OUT_CLEAR_FORWARD),
        *circuit._send(CLEAR_FORWARD),
        *circuit.fire("10"),
    ]


def overdue(circuit: Circuit) -> list[Effect]:
    """-> OUT_CLEAR_FORWARD, or IN_ACKNOWLEDGED when the far end holds a seizure of its own.

    After a double seizure that a fault has hidden from one end, that end waits for b_b = 1 while
    we wait for its clear-forward: taking its seizure lets both go on.
    """
    if circuit.hearing == "00":
        return [*calm(circuit), Report(Released()), *circuit.go(State.IDLE), *settle(circuit)]
    said = circuit.alarmed
    alarmed = alarm("the far end does not release the circuit")(circuit)
    return [*([] if said else alarmed), StartTimer("alarm")]  # look again later


Table = Mapping[tuple[State, str], Action]
"""What a circuit does: `(state, input) -> action`."""


def row(state: State, actions: Mapping[str, Action], *, stay: str = "") -> Table:
    """One state's part of a table; `stay` lists the received conditions that change nothing."""
    return {(state, name): action for name, action in actions.items()} | {
        (state, name): to(state) for name in stay.split()
    }


S = State

_NO_ACK = Failed(Cause.TEMPORARY_FAILURE, "the far end did not acknowledge the seizure")
_ODD_ANSWER = Failed(
    Cause.TEMPORARY_FAILURE, "the far end answered without acknowledging the seizure"
)
_LOST = Failed(Cause.TEMPORARY_FAILURE, "the far end left the call before answering (b_b = 0)")
_FORWARD_FAULT = Failed(Cause.TEMPORARY_FAILURE, "the forward direction is faulty (b_f = 1)")
_GLARE = Failed(Cause.CHANNEL_NOT_AVAILABLE, "double seizure: both ends took the circuit")

_clear = to(S.OUT_CLEAR_FORWARD, send(CLEAR_FORWARD), StartTimer("alarm"))
_hold = to(S.OUT_HOLDING, StopTimer("backward_fault"), StartTimer("alarm"))
_nonsense = to(S.IDLE_FAULT, blocked, StartTimer("alarm"))
_seize = to(S.OUT_SEIZED, send(SEIZED), StartTimer("seizure_ack"))

# The far end's conditions are backward signals: a_b, b_b.  Q.422 table 3.
OUTGOING: Table = {
    **row(S.DOWN, {"start": to(S.IDLE, send(IDLE), settle)}, stay="00 01 10 11"),
    **row(
        S.IDLE,
        {
            "seize": _seize,
            "11": to(S.BLOCKED, blocked),
            "00": _nonsense,  # note 1: no new seizure; a delayed alarm
            "01": _nonsense,
        },
        stay="10",
    ),
    **row(
        S.IDLE_FAULT,
        {
            "10": to(S.IDLE, calm, unblocked),
            "11": to(S.BLOCKED, calm),
            "alarm": to(S.IDLE_FAULT, alarm("the far end sends no valid condition while idle")),
        },
        stay="00 01",
    ),
    **row(
        S.BLOCKED,
        {"10": to(S.IDLE, unblocked), "00": _nonsense, "01": _nonsense},
        stay="11",
    ),
    **row(
        S.OUT_SEIZED,
        {
            "11": to(S.OUT_ACKNOWLEDGED, StopTimer("seizure_ack"), Report(SeizureAcknowledged())),
            "01": to(
                S.OUT_CLEAR_FORWARD,
                StopTimer("seizure_ack"),
                Report(_ODD_ANSWER),
                send(CLEAR_FORWARD),
                StartTimer("alarm"),
            ),
            # note 2: no new seizure, and clear-forward when the acknowledgement comes at last
            "seizure_ack": to(S.OUT_UNACKNOWLEDGED, Report(_NO_ACK), StartTimer("alarm")),
            "clear_forward": to(
                S.OUT_UNACKNOWLEDGED, StopTimer("seizure_ack"), StartTimer("alarm")
            ),
        },
        stay="00 10",
    ),
    **row(
        S.OUT_UNACKNOWLEDGED,
        {
            "11": to(S.OUT_CLEAR_FORWARD, calm, send(CLEAR_FORWARD), StartTimer("alarm")),
            "01": to(S.OUT_CLEAR_FORWARD, calm, send(CLEAR_FORWARD), StartTimer("alarm")),
            "clear_forward": to(S.OUT_UNACKNOWLEDGED),
            "alarm": to(S.OUT_UNACKNOWLEDGED, alarm("the far end acknowledges no seizure")),
        },
        stay="00 10",
    ),
    **row(
        S.OUT_ACKNOWLEDGED,
        {
            "01": to(S.OUT_ANSWERED, Report(Answered())),
            # note 3: b_b = 0 may last 1-2 s
            "00": to(S.OUT_ACKNOWLEDGED_FAULT, StartTimer("backward_fault")),
            "10": to(S.OUT_ACKNOWLEDGED_FAULT, StartTimer("backward_fault")),
            "clear_forward": _clear,
        },
        stay="11",
    ),
    **row(
        S.OUT_ACKNOWLEDGED_FAULT,
        {
            "11": to(S.OUT_ACKNOWLEDGED, StopTimer("backward_fault")),
            "01": to(S.OUT_ANSWERED, StopTimer("backward_fault"), Report(Answered())),
            "backward_fault": to(S.OUT_HOLDING, Report(_LOST), StartTimer("alarm")),
            "clear_forward": _hold,
        },
        stay="00 10",
    ),
    **row(
        S.OUT_ANSWERED,
        {
            "11": hung_up,
            # note 4: no action at once; clear-forward waits until b_b = 1; a delayed alarm
            "00": to(S.OUT_ANSWERED_FAULT, StartTimer("alarm")),
            "10": to(S.OUT_ANSWERED_FAULT, StartTimer("alarm")),
            "clear_forward": _clear,
        },
        stay="01",
    ),
    **row(
        S.OUT_ANSWERED_FAULT,
        {
            "01": to(S.OUT_ANSWERED, calm),
            "11": to(S.OUT_CLEAR_BACK, calm, Report(ClearedBack())),
            "clear_forward": to(S.OUT_HOLDING),
            "alarm": to(S.OUT_ANSWERED_FAULT, alarm("b_b = 0 during the conversation")),
        },
        stay="00 10",
    ),
    **row(
        S.OUT_CLEAR_BACK,
        {
            "01": back_again,
            "00": to(S.OUT_CLEAR_BACK_FAULT, no_pulse, StartTimer("alarm")),
            "10": to(S.OUT_CLEAR_BACK_FAULT, no_pulse, StartTimer("alarm")),
            "metering": to(S.OUT_CLEAR_BACK, no_pulse),
            "clear_forward": to(
                S.OUT_CLEAR_FORWARD, no_pulse, send(CLEAR_FORWARD), StartTimer("alarm")
            ),
        },
        stay="11",
    ),
    **row(
        S.OUT_CLEAR_BACK_FAULT,
        {
            "11": to(S.OUT_CLEAR_BACK, calm),
            "01": to(S.OUT_ANSWERED, calm, Report(Answered())),
            "clear_forward": to(S.OUT_HOLDING),
            "alarm": to(S.OUT_CLEAR_BACK_FAULT, alarm("b_b = 0 after clear-back")),
        },
        stay="00 10",
    ),
    **row(
        S.OUT_HOLDING,
        {
            "01": to(S.OUT_CLEAR_FORWARD, calm, send(CLEAR_FORWARD), StartTimer("alarm")),
            "11": to(S.OUT_CLEAR_FORWARD, calm, send(CLEAR_FORWARD), StartTimer("alarm")),
            "clear_forward": to(S.OUT_HOLDING),
            "alarm": hold_no_longer,
        },
        stay="00 10",
    ),
    **row(
        S.OUT_CLEAR_FORWARD,
        {
            "10": to(S.IDLE, calm, idle_again),
            "clear_forward": to(S.OUT_CLEAR_FORWARD),
            "alarm": to(S.OUT_CLEAR_FORWARD, alarm("the far end does not release the circuit")),
        },
        stay="00 01 11",
    ),
}
"""The calling end of a one-way circuit (Q.422 table 3)."""

_taken = to(S.IN_ACKNOWLEDGED, send(ACKNOWLEDGED), Report(Seized()))
_forward_fault = to(S.IDLE_FAULT, send(BLOCKED), blocked, StartTimer("alarm"))  # note 1: b_b = 1
_cleared = to(S.IN_CLEAR_FORWARD, Report(ClearedForward()))
_given_up = to(S.IN_FAULTY, Report(_FORWARD_FAULT))


def _during_calls(*prefixes: str) -> Table:
    """Blocking and unblocking while a call is on take effect after it."""
    busy = [state for state in State if state.name.startswith(prefixes)]
    return {(state, "block"): to(state, block_later) for state in busy} | {
        (state, "unblock"): to(state, unblock_later) for state in busy
    }


# The far end's conditions are forward signals: a_f, b_f.  Q.422 table 4.
INCOMING: Table = {
    **_during_calls("IN_", "GUARD"),
    **row(S.DOWN, {"start": to(S.IDLE, send(IDLE), settle)}, stay="00 01 10 11"),
    **row(
        S.IDLE,
        {"00": _taken, "01": _forward_fault, "11": _forward_fault, "block": block_now},
        stay="10",
    ),
    **row(
        S.IDLE_FAULT,
        {
            "10": to(S.IDLE, send(IDLE), calm, unblocked),
            "alarm": to(S.IDLE_FAULT, alarm("the forward direction is faulty (b_f = 1)")),
            "block": block_now,
        },
        stay="00 01 11",
    ),
    **row(
        S.BLOCKING,
        # notes 5 and 6: one who seizes now takes our blocking for his acknowledgement; nobody
        # listens to him, and he clears forward in time
        {"10": late_caller_gone, "unblock": unblock, "block": to(S.BLOCKING, block_later)},
        stay="00 01 11",
    ),
    **row(
        S.GUARD,
        {
            "guard": idle_again,
            "00": to(
                S.IN_ACKNOWLEDGED,
                StopTimer("guard"),
                Report(Released()),
                send(ACKNOWLEDGED),
                Report(Seized()),
            ),
        },
        stay="01 10 11",
    ),
    **row(
        S.IN_ACKNOWLEDGED,
        {
            "10": _cleared,
            # note 2: a time-out clears what lies beyond; an answer waits until a_f b_f = 0 0
            "01": to(S.IN_ACKNOWLEDGED_FAULT, StartTimer("forward_fault")),
            "11": to(S.IN_ACKNOWLEDGED_FAULT, StartTimer("forward_fault")),
            "answer": to(S.IN_ANSWERED, send(ANSWERED)),
        },
        stay="00",
    ),
    **row(
        S.IN_ACKNOWLEDGED_FAULT,
        {
            "00": to(S.IN_ACKNOWLEDGED, StopTimer("forward_fault")),
            "10": to(S.IN_CLEAR_FORWARD, StopTimer("forward_fault"), Report(ClearedForward())),
            "forward_fault": _given_up,
            "answer": to(S.IN_ANSWER_HELD, StopTimer("forward_fault")),
        },
        stay="01 11",
    ),
    **row(
        S.IN_ANSWER_HELD,
        {
            "00": to(S.IN_ANSWERED, send(ANSWERED)),
            "10": _cleared,
            "clear_back": _given_up,
        },
        stay="01 11",
    ),
    **row(
        S.IN_ANSWERED,
        {
            "10": _cleared,
            # note 3: no action until clear-back
            "01": to(S.IN_ANSWERED_FAULT, StartTimer("alarm")),
            "11": to(S.IN_ANSWERED_FAULT, StartTimer("alarm")),
            "clear_back": to(S.IN_CLEAR_BACK, send(CLEAR_BACK)),
            "meter": to(S.IN_METERING, send(CLEAR_BACK), StartTimer("meter_pulse")),
        },
        stay="00",
    ),
    **row(
        S.IN_METERING,
        {
            "10": to(S.IN_CLEAR_FORWARD, StopTimer("meter_pulse"), Report(ClearedForward())),
            "meter_pulse": to(S.IN_ANSWERED, send(ANSWERED), settle),
            "clear_back": to(S.IN_CLEAR_BACK, StopTimer("meter_pulse")),
        },
        stay="00 01 11",
    ),
    **row(
        S.IN_ANSWERED_FAULT,
        {
            "00": to(S.IN_ANSWERED, calm),
            "10": to(S.IN_CLEAR_FORWARD, calm, Report(ClearedForward())),
            "clear_back": to(S.IN_FAULTY, calm, send(CLEAR_BACK), Report(_FORWARD_FAULT)),
            "alarm": to(S.IN_ANSWERED_FAULT, alarm("b_f = 1 during the conversation")),
        },
        stay="01 11",
    ),
    **row(
        S.IN_CLEAR_BACK,
        {
            "10": _cleared,
            "01": _given_up,  # note 4: what lies beyond is released at once
            "11": _given_up,
            "answer": to(S.IN_ANSWERED, send(ANSWERED)),
        },
        stay="00",
    ),
    **row(S.IN_FAULTY, {"10": _cleared}, stay="00 01 11"),
    # note 7: until idle is sent, all transitions in the forward direction are ignored
    **row(S.IN_CLEAR_FORWARD, {"release": to(S.GUARD, release)}, stay="00 01 10 11"),
}
"""The called end of a one-way circuit (Q.422 table 4)."""

_glare = to(
    S.DOUBLE_SEIZURE,
    StopTimer("seizure_ack"),
    Report(_GLARE),
    StartTimer("double_seizure"),
)

# Both ends may seize; idle and blocked look the same from both sides.
BOTH_WAY: Table = {
    **OUTGOING,
    **INCOMING,
    **_during_calls("OUT_", "DOUBLE"),
    **row(
        S.IDLE,
        {
            "seize": _seize,
            "00": _taken,
            "11": to(S.BLOCKED, blocked),
            "01": _nonsense,
            "block": block_now,
        },
        stay="10",
    ),
    **row(
        S.IDLE_FAULT,
        {
            "00": to(S.IN_ACKNOWLEDGED, calm, unblocked, send(ACKNOWLEDGED), Report(Seized())),
            "10": to(S.IDLE, calm, unblocked),
            "11": to(S.BLOCKED, calm),
            "alarm": to(S.IDLE_FAULT, alarm("the far end sends no valid condition while idle")),
            "block": block_now,
        },
        stay="01",
    ),
    **row(
        S.BLOCKED,
        {
            "00": to(S.IN_ACKNOWLEDGED, unblocked, send(ACKNOWLEDGED), Report(Seized())),
            "01": _nonsense,
            "10": to(S.IDLE, unblocked),
            "block": block_now,
        },
        stay="11",
    ),
    (S.BLOCKING, "11"): to(S.BLOCKING, blocked),
    (S.OUT_CLEAR_FORWARD, "alarm"): overdue,
    (S.OUT_SEIZED, "00"): _glare,
    (S.OUT_UNACKNOWLEDGED, "00"): to(S.DOUBLE_SEIZURE, calm, StartTimer("double_seizure")),
    **row(
        S.DOUBLE_SEIZURE,
        {
            "double_seizure": to(
                S.DOUBLE_SEIZURE_CLEARED, send(CLEAR_FORWARD), StartTimer("double_seizure")
            ),
            "clear_forward": to(S.DOUBLE_SEIZURE),
        },
        stay="00 01 10 11",
    ),
    **row(
        S.DOUBLE_SEIZURE_CLEARED,
        {
            "double_seizure": clear_after_double_seizure,
            "clear_forward": to(S.DOUBLE_SEIZURE_CLEARED),
        },
        stay="00 01 10 11",
    ),
}
"""An end of a circuit that either side may seize."""


class Circuit(LineMachine[State]):
    """One circuit, seen from one end; use `Outgoing`, `Incoming` or `BothWay`."""

    requests: ClassVar[frozenset[str]] = frozenset(
        {
            "start",
            "seize",
            "clear_forward",
            "answer",
            "clear_back",
            "meter",
            "release",
            "block",
            "unblock",
        }
    )

    def __init__(self, profile: Profile = ITU) -> None:
        super().__init__(State.DOWN)
        self.profile = profile
        self.sending: int | None = None
        self.far_blocked = False
        self.blocking = False
        self.alarmed = False
        self.metering = False

    def query(self) -> Status:
        """How the circuit stands now."""
        idle = self.state is State.IDLE and self.hearing == "10"
        free = idle and (State.IDLE, "seize") in self.table
        return Status(self.state, self.sending, self.hearing, free, self.far_blocked, self.alarmed)

    @property
    def seized(self) -> bool:
        """Whether we have seized the circuit, and may clear it forward."""
        return (self.state, "clear_forward") in self.table

    def unexpected(self, name: str, *args: Any) -> list[Effect]:
        """Refuse a request that this state, or this end of the circuit, does not know."""
        wanted = sorted(known for state, known in self.table if state is self.state)
        here = ", ".join(known for known in wanted if known in self.requests) or "none"
        raise LocalProtocolError(
            f"{type(self).__name__}: cannot {name} while {self.state.value}; possible now: {here}",
            "Q.421",
        )

    def condition(self, abcd: int) -> str | None:
        """The bits a and b; G.704 keeps 0000 for multiframe alignment, so nothing has changed."""
        return f"{abcd >> 2:02b}" if abcd else self.hearing

    def _send(self, ab: int) -> list[Effect]:
        self.sending = ab << 2 | self.profile.cd
        return [Send(self.sending)]


class Outgoing(Circuit):
    """The end that seizes a one-way circuit."""

    table = OUTGOING


class Incoming(Circuit):
    """The end that is seized on a one-way circuit."""

    table = INCOMING


class BothWay(Circuit):
    """Either end of a circuit that both ends may seize."""

    table = BOTH_WAY
