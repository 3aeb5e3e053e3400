"""The procedure of T.30 without sound and without pixels: one pure machine for every terminal.

`terminal` is the machine, made of `identifying` (phases A and B), `sending` and `receiving` (B to
D) over `core`; `profile` has its times and limits, `events` what it tells.  What it wants said and
heard stands in `telcard.fax.phases`.
"""

from telcard.fax.t30.core import State, Station
from telcard.fax.t30.events import (
    Ended,
    Event,
    Identified,
    OperatorWanted,
    PageReport,
    Reason,
    Traced,
    Trained,
)
from telcard.fax.t30.profile import T30, Profile
from telcard.fax.t30.terminal import Terminal

__all__ = [
    "T30",
    "Ended",
    "Event",
    "Identified",
    "OperatorWanted",
    "PageReport",
    "Profile",
    "Reason",
    "State",
    "Station",
    "Terminal",
    "Traced",
    "Trained",
]
