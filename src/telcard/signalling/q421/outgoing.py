"""The calling end of a Q.421 circuit: Q.422 table 3."""

from __future__ import annotations

from telcard.machine import Effect, Report, StartTimer, StopTimer
from telcard.signalling.causes import Cause
from telcard.signalling.circuit import (
    Table,
    alarm,
    blocked,
    calm,
    row,
    send,
    settle,
    to,
    unblocked,
)
from telcard.signalling.events import (
    Answered,
    ClearedBack,
    Failed,
    Metered,
    SeizureAcknowledged,
)
from telcard.signalling.q421.circuit import (
    CLEAR_FORWARD,
    IDLE,
    SEIZED,
    Circuit,
    State,
    idle_again,
    nonsense,
)


def hung_up(circuit: Circuit) -> list[Effect]:
    """-> OUT_CLEAR_BACK, told at once unless it may yet be a metering pulse, or a double answer."""
    if circuit.profile.metering_s > 0:
        circuit.doubt = "metering"
        return circuit.go(State.OUT_CLEAR_BACK, StartTimer("metering"))
    return too_long_for_a_pulse(circuit)


def too_long_for_a_pulse(circuit: Circuit) -> list[Effect]:
    """-> OUT_CLEAR_BACK, told unless the called end may yet answer for the second time."""
    circuit.doubt = "reanswer" if circuit.profile.reanswer_s > 0 else ""
    told: Effect = StartTimer("reanswer") if circuit.doubt else Report(ClearedBack())
    return circuit.go(State.OUT_CLEAR_BACK, told)


def back_again(circuit: Circuit) -> list[Effect]:
    """-> OUT_ANSWERED, after a pulse, a double answer, or by a called party who has come back."""
    doubt, circuit.doubt = circuit.doubt, ""
    match doubt:
        case "metering":
            told: list[Effect] = [StopTimer("metering"), Report(Metered())]
        case "reanswer":
            told = [StopTimer("reanswer")]  # the call has been answered all the time
        case _:
            told = [Report(Answered())]
    return circuit.go(State.OUT_ANSWERED, *told)


def in_earnest(circuit: Circuit) -> list[Effect]:
    """What has lasted so long, or ends otherwise, was clear-back."""
    doubt, circuit.doubt = circuit.doubt, ""
    return [StopTimer(doubt), Report(ClearedBack())] if doubt else []


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
        *circuit.sends(CLEAR_FORWARD),
        *circuit.fire("10"),
    ]


S = State

_NO_ACK = Failed(Cause.TEMPORARY_FAILURE, "the far end did not acknowledge the seizure")
_ODD_ANSWER = Failed(
    Cause.TEMPORARY_FAILURE, "the far end answered without acknowledging the seizure"
)
_LOST = Failed(Cause.TEMPORARY_FAILURE, "the far end left the call before answering (b_b = 0)")

_clear = to(S.OUT_CLEAR_FORWARD, send(CLEAR_FORWARD), StartTimer("alarm"))
_hold = to(S.OUT_HOLDING, StopTimer("backward_fault"), StartTimer("alarm"))
seize = to(S.OUT_SEIZED, send(SEIZED), StartTimer("seizure_ack"))
"""An action: take the circuit for a call."""

# The far end's conditions are backward signals: a_b, b_b.  Q.422 table 3.
OUTGOING: Table = {
    **row(S.DOWN, {"start": to(S.IDLE, send(IDLE), settle)}, stay="00 01 10 11"),
    **row(
        S.IDLE,
        {
            "seize": seize,
            "11": to(S.BLOCKED, blocked),
            "00": nonsense,  # note 1: no new seizure; a delayed alarm
            "01": nonsense,
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
        {"10": to(S.IDLE, unblocked), "00": nonsense, "01": nonsense},
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
            "00": to(S.OUT_CLEAR_BACK_FAULT, in_earnest, StartTimer("alarm")),
            "10": to(S.OUT_CLEAR_BACK_FAULT, in_earnest, StartTimer("alarm")),
            "metering": too_long_for_a_pulse,
            "reanswer": to(S.OUT_CLEAR_BACK, in_earnest),
            "clear_forward": to(
                S.OUT_CLEAR_FORWARD, in_earnest, send(CLEAR_FORWARD), StartTimer("alarm")
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


class Outgoing(Circuit):
    """The end that seizes a one-way circuit."""

    table = OUTGOING
