"""Bench: what this machine can do, measured the same way for `telcard bench` and `make bench`.

    for work in works("dtmf"):
        print(measure(work, seconds=0.5))   # Figure: channels a core, ratios to the peers
    tick_cost(lanes=480)                    # TickCost: mean, p99.9 and worst tick, cold
    set_ups(calls=60)                       # SetUps: calls a second through the whole house
    offer(100, seconds=5)                   # Offered: how soon calls are answered, and by whom late

Figures are of one core, in processor time, so that a busy machine spoils them little; peers do the
same work in the same run, turn about, so that ratios hold where absolute figures do not.
"""

from telcard.bench.host import Host, host
from telcard.bench.kernels import SUBJECTS, works
from telcard.bench.offers import Offered, offer
from telcard.bench.picture import draw_costs
from telcard.bench.setups import SetUps, set_ups
from telcard.bench.stopwatch import Figure, Work, measure
from telcard.bench.ticks import TickCost, tick_cost

__all__ = [
    "SUBJECTS",
    "Figure",
    "Host",
    "Offered",
    "SetUps",
    "TickCost",
    "Work",
    "draw_costs",
    "host",
    "measure",
    "offer",
    "set_ups",
    "tick_cost",
    "works",
]
