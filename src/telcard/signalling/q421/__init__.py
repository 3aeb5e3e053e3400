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
    "answer_twice"   incoming: the same, taken back for a moment in between (Brazil: an exchange
                     that has a collect call gives it up); `Answered` tells that both have been sent
    "clear_back"     incoming: the called party has hung up
    "meter"          incoming, answered: a metering pulse (national)
    "release"        incoming, after `ClearedForward`: nothing hangs on the circuit any more
    "block", "unblock"   incoming and both-way: take no calls; when a call is on, after it

and answer with effects: `Send(abcd)`, timers of the `Profile`, and `Report` of an event of
`telcard.signalling.events`.  A request that the state forbids raises `LocalProtocolError`.  Every
received condition has its place in every state: nothing the far end sends can raise.
"""

from telcard.signalling.circuit import Status, Table
from telcard.signalling.q421.both_way import BOTH_WAY, BothWay
from telcard.signalling.q421.circuit import (
    CONDITIONS,
    ITU,
    ITU_SATELLITE,
    Circuit,
    Profile,
    State,
)
from telcard.signalling.q421.incoming import INCOMING, Incoming
from telcard.signalling.q421.outgoing import OUTGOING, Outgoing

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
