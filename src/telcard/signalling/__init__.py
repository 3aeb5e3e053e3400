"""Pure protocols between exchanges: machines that take inputs and return effects, without I/O.

`q421` is the line signalling of R2 on the bits of timeslot 16, `r2` its registers; `em` that of
trunks in robbed bits of a T1, `address` whom their calls are for; `fxs` is that of a telephone's
socket, `fxo` of a line towards an exchange, `loop` has the bits of both, `ground` both as they are
under ground start; `isdn` holds the messages of a D-channel and the machines that exchange them;
`causes` are those of Q.850; `events` is the vocabulary in which every protocol here tells the room
above what has become of its circuits and calls, `facts` what is said of a call before anybody
speaks, `hunting` which circuit the next call takes, `agreed` what both ends of a span know before
there is any.

    circuit = q421.Outgoing()
    circuit.fire("start")                  # [Send(pdu=0b1001)]
    circuit.fire("seize")                  # [Send(pdu=0b0001), StartTimer(name='seizure_ack')]
"""

from telcard.signalling import em, framing, fxo, fxs, ground, isdn, loop, q421, r2
from telcard.signalling.agreed import Agreed, DChannelRole, Membership
from telcard.signalling.causes import Cause
from telcard.signalling.events import (
    AlarmCeased,
    Alarmed,
    Alerting,
    Answered,
    Blocked,
    ClearedBack,
    ClearedForward,
    DigitsSent,
    Disconnected,
    Failed,
    Flashed,
    LineEvent,
    Metered,
    MoreDigits,
    Notified,
    Offered,
    Proceeding,
    Progressed,
    Rang,
    Released,
    Restarted,
    Seized,
    SeizureAcknowledged,
    Unblocked,
)
from telcard.signalling.facts import CallFacts
from telcard.signalling.hunting import Hunt, Route, RouteStats

__all__ = [
    "Agreed",
    "AlarmCeased",
    "Alarmed",
    "Alerting",
    "Answered",
    "Blocked",
    "CallFacts",
    "Cause",
    "ClearedBack",
    "ClearedForward",
    "DChannelRole",
    "DigitsSent",
    "Disconnected",
    "Failed",
    "Flashed",
    "Hunt",
    "LineEvent",
    "Membership",
    "Metered",
    "MoreDigits",
    "Notified",
    "Offered",
    "Proceeding",
    "Progressed",
    "Rang",
    "Released",
    "Restarted",
    "Route",
    "RouteStats",
    "Seized",
    "SeizureAcknowledged",
    "Unblocked",
    "em",
    "framing",
    "fxo",
    "fxs",
    "ground",
    "isdn",
    "loop",
    "q421",
    "r2",
    "supervision",
]
