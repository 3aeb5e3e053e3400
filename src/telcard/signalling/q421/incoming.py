"""The called end of a Q.421 circuit: Q.422 table 4."""

from __future__ import annotations

from telcard.machine import Effect, Report, StartTimer, StopTimer
from telcard.signalling.causes import Cause
from telcard.signalling.circuit import (
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
    ClearedForward,
    Failed,
    Released,
    Seized,
)
from telcard.signalling.q421.circuit import (
    ACKNOWLEDGED,
    ANSWERED,
    BLOCKED,
    CLEAR_BACK,
    IDLE,
    Circuit,
    State,
    block_now,
    idle_again,
    states,
)


def release(circuit: Circuit) -> list[Effect]:
    """Send idle, at last; blocking has waited for this moment and waits for the guard."""
    return [*circuit.sends(IDLE), StartTimer("guard")]


def unblock(circuit: Circuit) -> list[Effect]:
    """-> IDLE, or stay until a caller who was too late has gone."""
    circuit.blocking = False
    if circuit.hearing in ("00", "01"):
        return []
    return [*circuit.go(State.IDLE), *circuit.sends(IDLE), *settle(circuit)]


def late_caller_gone(circuit: Circuit) -> list[Effect]:
    """-> BLOCKING, or IDLE when blocking was lifted meanwhile."""
    effects = unblocked(circuit)
    if circuit.blocking:
        return effects
    return [*effects, *circuit.go(State.IDLE), *circuit.sends(IDLE)]


def answer_again(circuit: Circuit) -> list[Effect]:
    """-> IN_ANSWERED, and what the far end sends by now counts again."""
    told = circuit.go(State.IN_ANSWERED, *circuit.sends(ANSWERED), Report(Answered()))
    return [*told, *settle(circuit)]


def answer_at_last(circuit: Circuit) -> list[Effect]:
    """-> IN_ANSWERED, or IN_FIRST_ANSWER when the answer that was held back is a double one."""
    twice, circuit.twice = circuit.twice, False
    return (_first_answer if twice else _answer)(circuit)


def hold_both(circuit: Circuit) -> list[Effect]:
    """-> IN_ANSWER_HELD."""
    circuit.twice = True
    return circuit.go(State.IN_ANSWER_HELD, StopTimer("forward_fault"))


def forget_both(circuit: Circuit) -> list[Effect]:
    """No answer is held back any more."""
    circuit.twice = False
    return []


S = State

_FORWARD_FAULT = Failed(Cause.TEMPORARY_FAILURE, "the forward direction is faulty (b_f = 1)")

taken = to(S.IN_ACKNOWLEDGED, send(ACKNOWLEDGED), Report(Seized()))
_forward_fault = to(S.IDLE_FAULT, send(BLOCKED), blocked, StartTimer("alarm"))  # note 1: b_b = 1
_cleared = to(S.IN_CLEAR_FORWARD, Report(ClearedForward()))
_given_up = to(S.IN_FAULTY, Report(_FORWARD_FAULT))
_answer = to(S.IN_ANSWERED, send(ANSWERED))
_first_answer = to(S.IN_FIRST_ANSWER, send(ANSWERED), StartTimer("first_answer"))


# The far end's conditions are forward signals: a_f, b_f.  Q.422 table 4.
INCOMING: Table = {
    **during_calls(states("IN_", "GUARD")),
    **row(S.DOWN, {"start": to(S.IDLE, send(IDLE), settle)}, stay="00 01 10 11"),
    **row(
        S.IDLE,
        {"00": taken, "01": _forward_fault, "11": _forward_fault, "block": block_now},
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
            "answer": _answer,
            "answer_twice": _first_answer,
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
            "answer_twice": hold_both,
        },
        stay="01 11",
    ),
    **row(
        S.IN_ANSWER_HELD,
        {
            "00": answer_at_last,
            "10": to(S.IN_CLEAR_FORWARD, forget_both, Report(ClearedForward())),
            "clear_back": to(S.IN_FAULTY, forget_both, Report(_FORWARD_FAULT)),
        },
        stay="01 11",
    ),
    # Brazil: whatever else the far end sends meanwhile counts after the second answer
    **row(
        S.IN_FIRST_ANSWER,
        {
            "10": to(S.IN_CLEAR_FORWARD, StopTimer("first_answer"), Report(ClearedForward())),
            "first_answer": to(S.IN_BETWEEN_ANSWERS, send(CLEAR_BACK), StartTimer("double_answer")),
            "clear_back": to(S.IN_CLEAR_BACK, StopTimer("first_answer"), send(CLEAR_BACK)),
        },
        stay="00 01 11",
    ),
    **row(
        S.IN_BETWEEN_ANSWERS,
        {
            "10": to(S.IN_CLEAR_FORWARD, StopTimer("double_answer"), Report(ClearedForward())),
            "double_answer": answer_again,
            "clear_back": to(S.IN_CLEAR_BACK, StopTimer("double_answer")),
        },
        stay="00 01 11",
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


class Incoming(Circuit):
    """The end that is seized on a one-way circuit."""

    table = INCOMING
