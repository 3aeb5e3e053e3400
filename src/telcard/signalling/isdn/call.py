"""The call machine of Q.931 clause 5: one call, seen from one side of the interface, without I/O.

The two sides mirror each other: what the user calls U1, call initiated, the network calls N1, and
there one sends what the other receives.  So a call has two halves, written once each: `calling`
(SETUP goes out) and `called` (SETUP comes in).  They differ only in the states they pass:

    calling         user  network     called          user  network
    initiated       U1    N6          present         U6    N1
    overlap         U2    N25         overlap         U25   N2
    proceeding      U3    N9          proceeding      U9    N3
    delivered       U4    N7          received        U7    N4
                                      connecting      U8    -  (T313: only the user waits)
    active          U10   N10         active          U10   N10

Clearing: who has sent DISCONNECT is in U11 or N12, who has received it in U12 or N11, who has sent
RELEASE in U19 or N19.  Private exchanges (QSIG) follow the user's tables at both ends.

Inputs are the names of `MessageType` with a message, names of timers, and requests:

    "setup", elements              calling: send SETUP with these
    "information", digits, complete    calling, overlap: more digits
    "setup_ack", "proceeding"      called: more digits are wanted; the number is whole
    "alerting", in_band   "progress", in_band, cause   "connect"       called
    "clear", cause, in_band        in every state the right way to end the call
    "notify", description   "facility", components   "enquire"
    "restarted", "link_down", "link_reset"    from `telcard.signalling.isdn.layer3`

Effects are `Send(Message)`, timers, and `Report` of `telcard.signalling.events`: each call that was
`Offered` or set up ends with one `Released`, and unless we cleared it ourselves one `Disconnected`
or `Failed` tells before that why.  Requests that cross with the end of the call do nothing; one
that makes no sense in a living state raises `LocalProtocolError`.  Nothing received can raise.

N8, connect request, takes no time here: the network awards the call to the one user there is.
U15, U17 and N15, N17 are never entered: SUSPEND and RESUME, which primary rate interfaces do not
have, are rejected.  N22, call abort, belongs to interfaces with several users.
"""

from __future__ import annotations

from typing import ClassVar

from telcard.signalling.causes import Location
from telcard.signalling.isdn.basic import CLEARING, LIVING, UNANSWERED, Call, S, State, Table
from telcard.signalling.isdn.ending import clearing, exceptions
from telcard.signalling.isdn.establishing import called, calling, turn_away

__all__ = ["CLEARING", "LIVING", "UNANSWERED", "Call", "NetworkCall", "State", "UserCall"]


class UserCall(Call):
    """A call on the user's side, U0 to U25; at both ends of a link between private exchanges."""

    asked = S.DISCONNECT_REQUEST
    told = S.DISCONNECT_INDICATION
    location = Location.USER
    table: ClassVar[Table] = {
        **exceptions((S.OVERLAP_SENDING, S.OVERLAP_RECEIVING)),
        **clearing(asked, told),
        **calling(
            S.CALL_INITIATED,
            S.OVERLAP_SENDING,
            S.OUTGOING_CALL_PROCEEDING,
            S.CALL_DELIVERED,
        ),
        **called(
            S.CALL_PRESENT,
            S.OVERLAP_RECEIVING,
            S.INCOMING_CALL_PROCEEDING,
            S.CALL_RECEIVED,
            S.CONNECT_REQUEST,
        ),
        (S.CALL_PRESENT, "clear"): turn_away,
    }


class NetworkCall(Call):
    """A call on the network's side, N0 to N25."""

    asked = S.DISCONNECT_INDICATION
    told = S.DISCONNECT_REQUEST
    location = Location.PUBLIC_LOCAL
    table: ClassVar[Table] = {
        **exceptions((S.OVERLAP_SENDING, S.OVERLAP_RECEIVING)),
        **clearing(asked, told),
        **calling(
            S.CALL_PRESENT,
            S.OVERLAP_RECEIVING,
            S.INCOMING_CALL_PROCEEDING,
            S.CALL_RECEIVED,
        ),
        **called(
            S.CALL_INITIATED,
            S.OVERLAP_SENDING,
            S.OUTGOING_CALL_PROCEEDING,
            S.CALL_DELIVERED,
            None,
        ),
        (S.CALL_INITIATED, "clear"): turn_away,
    }
