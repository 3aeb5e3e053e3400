"""An engine without sound: the same lanes, operations and outcomes, told instead of heard.

    engine = Engine(lanes=30, clock=VirtualClock(), fidelity="events")

What a lane plays reaches the other end as *pieces*: the very octets object, with its start and
length.  Tones arrive as digits with the detector's latency.  A tick runs only when something
happens in it, so a day of calls takes a minute.  Conditions that end operations are decided by the
same code as in a sounding lane (`collector.c`).
"""

from telcard.engine.quiet.core import NO_SOUND, QuietCore
from telcard.engine.quiet.line import Wires
from telcard.engine.quiet.pacer import Pacer
from telcard.engine.quiet.track import Piece

__all__ = ["NO_SOUND", "Pacer", "Piece", "QuietCore", "Wires"]
