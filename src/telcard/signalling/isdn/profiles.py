"""What the exchanges of the world do differently on a primary rate interface, as data.

Lengths of timers are those of Q.931 tables 9-1 (network) and 9-2 (user) unless a variant says
otherwise; where the standard gives a range the value lies in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from telcard.signalling.isdn.elements import Layer1
from telcard.signalling.isdn.messages import NATIONAL

_BOTH = {
    "T301": 180.0,  # "minimum 3 min": ringing; optional on the user side
    "T302": 15.0,  # 10-15 s: between digits, overlap receiving (for the network: sending)
    "T303": 4.0,  # answer to SETUP
    "T305": 30.0,  # answer to DISCONNECT
    "T306": 30.0,  # the same while the network plays a tone or announcement
    "T308": 4.0,  # answer to RELEASE
    "T309": 90.0,  # the data link is away; calls that are active are held so long
    "T313": 4.0,  # answer to CONNECT; user side only
    "T316": 120.0,  # answer to RESTART
    "T322": 4.0,  # answer to STATUS ENQUIRY
    "relink": 5.0,  # ours: asks again for the data link
    "service": 10.0,  # ours: answer to what was asked of the network, see `transfers`
    "T1": 30.0,  # path replacement, whose lengths are ours: the other end calls
    "T2": 15.0,  # it clears the old connection
    "T3": 15.0,  # it answers our call
}
USER_TIMERS: Mapping[str, float] = MappingProxyType(_BOTH | {"T304": 30.0, "T310": 60.0})
"""Table 9-2; T310 is 30-120 s there."""

NETWORK_TIMERS: Mapping[str, float] = MappingProxyType(_BOTH | {"T304": 20.0, "T310": 10.0})
"""Table 9-1."""


class Timers(Mapping[str, float]):
    """Lengths of timers by name, whatever handle stands behind it."""

    def __init__(self, lengths: Mapping[str, float]) -> None:
        self._lengths = lengths

    def __getitem__(self, name: str) -> float:
        return self._lengths[name.partition(" ")[0]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._lengths)

    def __len__(self) -> int:
        return len(self._lengths)


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of exchange."""

    name: str
    user_timers: Mapping[str, float] = field(default_factory=lambda: USER_TIMERS)
    network_timers: Mapping[str, float] = field(default_factory=lambda: NETWORK_TIMERS)
    symmetrical: bool = False
    """Both ends follow the user's tables (QSIG, ECMA-143): nobody is the network."""
    law: int = Layer1.ALAW
    reports_unknown: bool = True
    """Whether a STATUS with cause 99 or 100 answers elements that were skipped (5.8.7: "may")."""
    transit_counter: bool = False
    """Whether a SETUP counts the exchanges it has crossed (ECMA-143)."""
    interface: int | None = None
    """Interface identifier in every channel identification; None: implied."""
    maintenance: int | None = None
    """Protocol discriminator of SERVICE messages, which block a channel; None: there are none."""
    deflection: bool = False
    """Whether a user may ask for an unanswered call to be sent to another number."""
    transfer: Literal["", "ect", "tbct", "join"] = ""
    """How two calls are connected: asked of the network by EN 300 369-1 or two-B-channel transfer;
    or joined here, the ends being told (QSIG, ECMA-178), who may replace the path (ECMA-176)."""
    n303: int = 1
    """How often SETUP is sent again (5.1.1, 5.2.1)."""
    n308: int = 1
    """How often RELEASE is sent again (5.3.3, 5.3.4)."""
    n316: int = 1
    """How often RESTART is sent again before it is an alarm (5.5.1)."""
    n322: int = 1
    """How often STATUS ENQUIRY is sent again (5.8.10 leaves it open)."""

    def coded(self, law: Literal["a-law", "u-law"]) -> Profile:
        """The same exchange on a line whose sound is coded by this law."""
        return replace(self, law=Layer1.ULAW if law == "u-law" else Layer1.ALAW)

    def timers(self, side: str) -> Mapping[str, float]:
        """Length of every timer in seconds, for one side of the interface."""
        network = side == "network" and not self.symmetrical
        return self.network_timers if network else self.user_timers


EURO = Profile("EuroISDN", deflection=True, transfer="ect")
"""ETS 300 102-1, later EN 300 403-1: Q.931 with few options, on E1."""

NI2 = Profile(
    "National ISDN-2",
    law=Layer1.ULAW,
    reports_unknown=False,
    maintenance=NATIONAL,
    transfer="tbct",
)
"""North America, on T1: u-law, SERVICE messages; code-set elements of carriers are skipped."""

QSIG = Profile(
    "QSIG",
    user_timers=MappingProxyType({**USER_TIMERS, "T304": 20.0, "T310": 110.0}),
    symmetrical=True,
    transit_counter=True,
    transfer="join",
)
"""Between private exchanges (ECMA-143, ISO 11572); T310 is 110-120 s there.

The sides are A and B instead of network and user, with the same rule when both take one channel.
"""

PROFILES: Mapping[str, Profile] = MappingProxyType({"euro": EURO, "ni2": NI2, "qsig": QSIG})
"""By the name that a configuration file uses."""

USUAL: Mapping[str, Profile] = MappingProxyType({"e1": EURO, "t1": NI2})
"""By the kind of line: what its exchange is where nothing else was said."""


def profile_on(name: str, line: str) -> Profile:
    """The profile of this name, or with "" the usual one of a kind of line, "e1" or "t1"."""
    return PROFILES[name] if name else USUAL[line]
