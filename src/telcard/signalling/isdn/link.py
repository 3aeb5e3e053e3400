"""What a data link of Q.921 is made by, and what it tells: parameters, states, reports.

`telcard.signalling.isdn.q921` is the machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from telcard.signalling.isdn.lapd import MODULUS

__all__ = [
    "ERRORS",
    "PRI",
    "Data",
    "LinkDown",
    "LinkError",
    "LinkReset",
    "LinkStatus",
    "LinkUp",
    "Profile",
    "State",
    "UnitData",
]


@dataclass(frozen=True, slots=True)
class Profile:
    """The system parameters of clause 5.9."""

    name: str = "PRI"
    T200_s: float = 1.0
    """5.9.1: after this long without an answer we ask again."""
    T203_s: float = 10.0
    """5.9.8: a link that is silent for so long is asked whether it is there."""
    N200: int = 3
    """5.9.2: how often a frame is repeated."""
    N201: int = 260
    """5.9.3: octets of an information field."""
    k: int = 7
    """5.9.5: I frames under way; 7 at 64 kbit/s."""
    sapi: int = 0
    tei: int = 0
    """Fixed at a primary rate (ETS 300 125; Q.921 annex A)."""
    queued: int = 1000
    """Messages that wait for the link, more are refused; the standard knows no limit."""

    def __post_init__(self) -> None:
        if not 1 <= self.k < MODULUS:
            raise ValueError(f"k: want 1 to {MODULUS - 1}, got {self.k}")
        if self.N200 < 1 or self.N201 < 1:
            raise ValueError(f"N200, N201: want 1 or more, got {self.N200} and {self.N201}")

    @property
    def timers(self) -> dict[str, float]:
        """Length of every timer that the machine starts, for the runner."""
        return {"T200": self.T200_s, "T203": self.T203_s}


PRI = Profile()
"""A primary rate, 64 kbit/s."""


class State(Enum):
    """Where a link stands; values are the standard's names (annex B)."""

    TEI_ASSIGNED = "4 TEI assigned"
    AWAITING_ESTABLISHMENT = "5 awaiting establishment"
    AWAITING_RELEASE = "6 awaiting release"
    ESTABLISHED = "7 multiple frame established"
    TIMER_RECOVERY = "8 timer recovery"


@dataclass(frozen=True, slots=True)
class LinkUp:
    """The link has come up; DL-ESTABLISH confirm or indication."""


@dataclass(frozen=True, slots=True)
class LinkDown:
    """The link is down, and so are all messages that waited; DL-RELEASE confirm or indication."""


@dataclass(frozen=True, slots=True)
class LinkReset:
    """The link was set up anew while it was up.

    `lost`: messages of ours may have been lost.
    """

    lost: bool


@dataclass(frozen=True, slots=True)
class Data:
    """A message of the peer's layer 3."""

    octets: bytes


@dataclass(frozen=True, slots=True)
class UnitData:
    """One that came without acknowledgement."""

    octets: bytes


@dataclass(frozen=True, slots=True)
class LinkError:
    """What management is told: a letter of table II.1, and what it means."""

    code: str
    why: str


ERRORS: dict[str, str] = {
    "A": "a supervisory response with F=1 that nobody asked for",
    "B": "a DM response with F=1 that nobody asked for",
    "C": "a UA response with F=1 that nobody asked for",
    "D": "a UA response with F=0 that nobody asked for",
    "E": "a DM response with F=0: the peer has no link",
    "F": "the peer has established the link anew",
    "G": "no answer to SABME",
    "H": "no answer to DISC",
    "I": "no answer to an enquiry",
    "J": "an N(R) that acknowledges what was not sent",
    "K": "the peer rejects a frame (FRMR)",
    "L": "a frame that is not defined",
    "M": "information where none is permitted",
    "N": "a frame of a wrong size",
    "O": "more information than N201 permits",
}
"""Table II.1: what the letters of `LinkError` stand for."""


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """How a link stands."""

    state: State
    vs: int
    va: int
    vr: int
    waiting: int
    """Messages that were not sent yet."""
    unacknowledged: int
    peer_busy: bool
    own_busy: bool
