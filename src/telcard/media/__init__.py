"""Media: play, record, collect and connect, over any line.

A `Channel` is one bearer as a call holds it: coroutines over a lane of the engine.

    outcome = await channel.play([prompt], until=Until(max_digits=1))
    outcome = await channel.collect(Until(max_digits=8, digits="#", inter_digit_s=3))

A time-out is a result, not an error: `outcome.reasons` says why an operation ended.  `LoopSound` is
what an exchange sends and hears on a subscriber's loop.
"""

from telcard.media.channel import Channel, Recorder
from telcard.media.fax import FaxLine
from telcard.media.loop import LoopSound
from telcard.media.modem import ModemLine

__all__ = ["Channel", "FaxLine", "LoopSound", "ModemLine", "Recorder"]
