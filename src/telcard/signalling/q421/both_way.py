"""Either end of a Q.421 circuit that both ends may seize: what both tables say, and glare."""

from __future__ import annotations

from telcard.machine import Effect, Report, StartTimer, StopTimer
from telcard.signalling.causes import Cause
from telcard.signalling.circuit import (
    Table,
    alarm,
    blocked,
    calm,
    during_calls,
    row,
    send,
    settle,
    to,
    unblocked,
)
from telcard.signalling.events import Failed, Released, Seized
from telcard.signalling.q421.circuit import (
    ACKNOWLEDGED,
    CLEAR_FORWARD,
    Circuit,
    State,
    block_now,
    idle_again,
    nonsense,
    states,
)
from telcard.signalling.q421.incoming import INCOMING, taken
from telcard.signalling.q421.outgoing import OUTGOING, seize


def clear_after_double_seizure(circuit: Circuit) -> list[Effect]:
    """-> IDLE when the far end has cleared as well, else wait for it in OUT_CLEAR_FORWARD."""
    if circuit.hearing == "10":
        return idle_again(circuit)
    return circuit.go(State.OUT_CLEAR_FORWARD, StartTimer("alarm"))


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


S = State

_GLARE = Failed(Cause.CHANNEL_NOT_AVAILABLE, "double seizure: both ends took the circuit")

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
    **during_calls(states("OUT_", "DOUBLE")),
    **row(
        S.IDLE,
        {
            "seize": seize,
            "00": taken,
            "11": to(S.BLOCKED, blocked),
            "01": nonsense,
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
            "01": nonsense,
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


class BothWay(Circuit):
    """Either end of a circuit that both ends may seize."""

    table = BOTH_WAY
