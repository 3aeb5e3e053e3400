"""What a call's verbs give, and what remains of it for the records."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from pathlib import Path

from telcard.engine import Reason, SecretBuffer
from telcard.signalling import CallFacts


@dataclass(frozen=True, slots=True)
class Collected:
    """What `collect` got.

    `digits` lacks the terminator; of a secret it is "" and `secret` holds the digits.  `reasons`
    says why collecting ended: a time-out is a result.
    """

    digits: str
    reasons: Reason
    secret: SecretBuffer | None = None

    @property
    def timed_out(self) -> bool:
        """Whether collecting ended because no digit came in time."""
        return bool(self.reasons & (Reason.FIRST_DIGIT | Reason.INTER_DIGIT | Reason.MAX_TIME))


class Disposition(Enum):
    """How a call ended, in a call record's words."""

    ANSWERED = "ANSWERED"
    NO_ANSWER = "NO ANSWER"
    FAILED = "FAILED"


class EndedBy(Enum):
    """Who ended a call."""

    CALLER = "caller"
    CALLED = "called"
    """Whom we rang."""
    SYSTEM = "system"
    """Our flow, or whoever stopped the card."""
    FAILURE = "failure"
    """Line, board or flow broke."""


@dataclass(frozen=True, slots=True)
class CallSummary:
    """All that a call detail record wants to know of a call that is over.

    `cause` is of ITU-T Q.850, `step` the last that was noted, `channel` the board's name for where
    it was.  Of a call that we made, `offered` is when the telephone began to ring, and
    `on_behalf_of` the id of the call for which it was made.
    """

    call_id: str
    caller: str
    called: str
    channel: str
    offered: datetime
    answered: datetime | None
    ended: datetime
    disposition: Disposition
    ended_by: EndedBy
    cause: int
    step: str
    reason: str
    account: str
    recording: Path | None
    outgoing: bool = False
    on_behalf_of: str = ""
    done: tuple[str, ...] = ()
    signalling: str = ""
    """What carried it: "cas", "r2", "pri", "fxs" ..."""
    circuit: str = ""
    """The line's name for where it was."""
    location: str = ""
    """Where in the network the cause arose (Q.850, 2.2.3), if that was said."""
    facts: CallFacts = field(default_factory=CallFacts)
    """All that its set-up told."""
