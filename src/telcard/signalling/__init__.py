"""Pure protocols between exchanges: machines that take inputs and return effects, without I/O.

`q421` is the line signalling of R2 on the bits of timeslot 16, `fxs` that of a telephone's socket;
`events` is the vocabulary in which every protocol here tells the room above what has become of its
circuits.

    circuit = q421.Outgoing()
    circuit.fire("start")                  # [Send(pdu=0b1001)]
    circuit.fire("seize")                  # [Send(pdu=0b0001), StartTimer(name='seizure_ack')]
"""

from telcard.signalling import fxs, q421
from telcard.signalling.causes import Cause
from telcard.signalling.events import (
    AlarmCeased,
    Alarmed,
    Answered,
    Blocked,
    ClearedBack,
    ClearedForward,
    Failed,
    Flashed,
    LineEvent,
    Released,
    Seized,
    SeizureAcknowledged,
    Unblocked,
)

__all__ = [
    "AlarmCeased",
    "Alarmed",
    "Answered",
    "Blocked",
    "Cause",
    "ClearedBack",
    "ClearedForward",
    "Failed",
    "Flashed",
    "LineEvent",
    "Released",
    "Seized",
    "SeizureAcknowledged",
    "Unblocked",
    "fxs",
    "q421",
    "supervision",
]
