"""What is said of a call before anybody speaks: numbers, names, who may know them.

    facts = CallFacts(called="95588", caller="02154321", display="Anna Berg")

One record for every kind of signalling.  What a kind cannot carry is left out on the line, and is
its default at the other end; nothing here is needed to make a call but the called number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

NumberType = Literal["unknown", "international", "national", "network", "subscriber", "abbreviated"]
"""How a number is to be read (ITU-T Q.931, table 4-9)."""

NumberPlan = Literal["unknown", "isdn", "data", "telex", "national", "private"]
"""To which plan a number belongs; "isdn" is E.164, as telephones have."""

Screening = Literal["not screened", "passed", "failed", "network"]
"""Whether the network has checked the caller's number, or has given it itself (Q.931, 4.5.10)."""

Bearer = Literal["speech", "3.1kHz", "64k"]
"""What the call carries: speech, sound for modems as well, or any octets (Q.931, 4.5.5)."""

Redirection = Literal["unknown", "busy", "no answer", "deflection", "out of order", "always"]
"""Why the call was sent on by whom it was for first (Q.931, 4.6.7)."""

Category = Literal[
    "subscriber", "priority", "maintenance", "operator", "data", "coin", "international"
]
"""What kind of caller it is (ITU-T Q.441, group II)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFacts:
    """One call, as its set-up tells it."""

    called: str = ""
    """The dialled number; "" while it still comes, or where a hotline has none."""
    called_type: NumberType = "unknown"
    called_plan: NumberPlan = "isdn"
    caller: str = ""
    """The caller's number; "" when it was not given, or is withheld."""
    caller_type: NumberType = "unknown"
    caller_plan: NumberPlan = "isdn"
    caller_presented: bool = True
    """False when the caller withholds his number (CLIR): it is not for the called party."""
    caller_screened: Screening = "not screened"
    redirecting: str = ""
    """Of a call that was sent on: for whom it was before."""
    redirecting_reason: Redirection = "unknown"
    display: str = ""
    """A name to show."""
    user_user: bytes = b""
    """What the users tell each other, unread by the network; at most 128 octets."""
    category: Category = "subscriber"
    bearer: Bearer = "speech"
    complete: bool = False
    """Whether no digit of `called` can follow (sending complete)."""
