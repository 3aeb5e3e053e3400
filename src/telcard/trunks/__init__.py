"""Trunks: lines joined to their signalling.

Every kind of trunk has one face (`Trunk`): it offers calls (`TrunkCall`), which are answered and
cleared the same way whether ABCD bits, R2 or ISDN messages do it.  `Stations` are the telephones on
a card's own sockets: they are rung.
"""

from telcard.trunks.cas import CasTrunk
from telcard.trunks.counting import Counting, TrunkStats
from telcard.trunks.em import EmTrunk
from telcard.trunks.face import Circuit, Leg, Trunk, TrunkCall
from telcard.trunks.fxo import FxoCall, FxoTrunk
from telcard.trunks.making import make_lines, make_trunk, make_trunks
from telcard.trunks.plan import LinesPlan, Planned, PlannedLines, SpanPlan, plan_lines, plan_spans
from telcard.trunks.pri import PriTrunk
from telcard.trunks.r2 import R2Trunk
from telcard.trunks.stations import Hook, Station, StationCall, Stations

__all__ = [
    "CasTrunk",
    "Circuit",
    "Counting",
    "EmTrunk",
    "FxoCall",
    "FxoTrunk",
    "Hook",
    "Leg",
    "LinesPlan",
    "Planned",
    "PlannedLines",
    "PriTrunk",
    "R2Trunk",
    "SpanPlan",
    "Station",
    "StationCall",
    "Stations",
    "Trunk",
    "TrunkCall",
    "TrunkStats",
    "make_lines",
    "make_trunk",
    "make_trunks",
    "plan_lines",
    "plan_spans",
]
