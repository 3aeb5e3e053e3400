"""What a line's signalling tells the room above: one vocabulary for CAS, R2, ISDN, telephones.

A call's life reads as a sentence of these, whatever carries them.

    called     `Offered` (before it `Seized` where the circuit is taken first, after it `MoreDigits`
               while the number is not complete), then the far end's clearing, then `Released`
    calling    `Proceeding`, `Progressed`, `Alerting`, each of them perhaps; `Answered`; the far
               end's clearing; `Released`

The far end clears with `Disconnected` where messages tell why (ISDN), with `ClearedForward` (it
called) or `ClearedBack` (we called; it may come back, and has `Answered` again) where a line signal
is all there is.  `Failed` may stand wherever a call breaks off.  The circuit is free for the next
call only at `Released`.  A telephone may have `Flashed`.

`Blocked`, `Unblocked` and `Restarted` speak of the far end and of circuits.  Causes are those of
ITU-T Q.850.
"""

from __future__ import annotations

from dataclasses import dataclass

from telcard.signalling.causes import Cause
from telcard.signalling.facts import CallFacts


@dataclass(frozen=True, slots=True)
class Seized:
    """The far end has seized the circuit: a call comes in."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A call comes in, and this is what is known of it."""

    facts: CallFacts


@dataclass(frozen=True, slots=True)
class MoreDigits:
    """Further digits of the called number (overlap); with `complete` they are the last."""

    digits: str
    complete: bool = False


@dataclass(frozen=True, slots=True)
class SeizureAcknowledged:
    """The far end is ready for the address of our call."""


@dataclass(frozen=True, slots=True)
class Proceeding:
    """The number is complete, and the far end is setting our call up."""


@dataclass(frozen=True, slots=True)
class Alerting:
    """The called party is being rung; `in_band` says that ringing tone can be heard."""

    in_band: bool = False


@dataclass(frozen=True, slots=True)
class Progressed:
    """Something has become of our call on its way.

    `in_band` says that tones or words about it can be heard now, `cause` why the call will fail, or
    what kind of network it has met; None when nothing was said.
    """

    in_band: bool = False
    cause: int | None = None


@dataclass(frozen=True, slots=True)
class DiversionAsked:
    """The called party, who has not answered, wants our call to go to another number."""

    number: str


@dataclass(frozen=True, slots=True)
class TransferAsked:
    """The far end of this call wants its other party connected with that of another call.

    `other` is the handle of that call.
    """

    other: int


@dataclass(frozen=True, slots=True)
class ServiceAnswered:
    """The network has done with this call what we asked for, or says why not."""

    done: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Transferred:
    """The call now leads to somebody else: an exchange on its way has joined it to another.

    `number` is his, "" where it is withheld; of the two ends `primary` is that of the call which
    had been held.  `alerting` says that he has not answered yet.
    """

    number: str
    primary: bool
    alerting: bool = False


@dataclass(frozen=True, slots=True)
class PathProposed:
    """The far end proposes a shorter way for this call: a new one to this number."""

    number: str


@dataclass(frozen=True, slots=True)
class PathReplaced:
    """The call goes on as that of the handle `other`, and its old connection is being cleared.

    Where `other` is no new call, its party and this one's are behind the same exchange, ours.
    """

    other: int


@dataclass(frozen=True, slots=True)
class PathKept:
    """The call stays on its way: no shorter one came about, and this is why."""

    why: str


@dataclass(frozen=True, slots=True)
class Notified:
    """The far end tells something of the call that changes nothing, such as that it is held."""

    what: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The called party has answered, or has come back after `ClearedBack`."""


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The far end clears the call, and waits for our `release`.

    `cause` is of ITU-T Q.850, `location` where in the network it arose, in its words (2.2.3:
    "user", "public network serving the remote user" ...), "" where it was not said.  `in_band` says
    that a tone or announcement can still be heard.
    """

    cause: int
    location: str = ""
    in_band: bool = False


@dataclass(frozen=True, slots=True)
class ClearedBack:
    """The called party has hung up; the circuit stays ours until we clear forward."""


@dataclass(frozen=True, slots=True)
class Flashed:
    """The answered party has pressed the hook for a moment, which asks for something."""


@dataclass(frozen=True, slots=True)
class Rang:
    """A ring of an analogue line is over: now, or soon, it may tell who calls."""


@dataclass(frozen=True, slots=True)
class DigitsSent:
    """All pulses of a number have been sent."""


@dataclass(frozen=True, slots=True)
class Metered:
    """The exchange has counted a unit of our call."""


@dataclass(frozen=True, slots=True)
class ClearedForward:
    """The calling party has hung up; the circuit waits for our `release`."""


@dataclass(frozen=True, slots=True)
class Released:
    """The circuit is idle again and may carry the next call; the last word of a call.

    `cause` says why where messages tell it.
    """

    cause: int = Cause.NORMAL_CLEARING


@dataclass(frozen=True, slots=True)
class Blocked:
    """The far end takes no calls on this circuit, or sends a condition that makes no sense."""


@dataclass(frozen=True, slots=True)
class Unblocked:
    """The far end takes calls on this circuit again."""


@dataclass(frozen=True, slots=True)
class Restarted:
    """The far end has brought these circuits back to idle, or all when it names none.

    Whatever calls they carried are lost.
    """

    circuits: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """The call cannot go on: clear what lies beyond the circuit."""

    cause: int
    why: str


@dataclass(frozen=True, slots=True)
class Alarmed:
    """A faulty condition has lasted so long that maintenance should know."""

    why: str


@dataclass(frozen=True, slots=True)
class AlarmCeased:
    """The condition behind the last `Alarmed` is over."""


LineEvent = (
    Seized
    | Offered
    | MoreDigits
    | SeizureAcknowledged
    | Proceeding
    | Alerting
    | Progressed
    | DiversionAsked
    | TransferAsked
    | ServiceAnswered
    | Transferred
    | PathProposed
    | PathReplaced
    | PathKept
    | Notified
    | Answered
    | Disconnected
    | ClearedBack
    | Flashed
    | Rang
    | DigitsSent
    | Metered
    | ClearedForward
    | Released
    | Blocked
    | Unblocked
    | Restarted
    | Failed
    | Alarmed
    | AlarmCeased
)
"""All that a circuit can tell."""
