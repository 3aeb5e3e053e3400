"""Packet loss concealment: what was lost is made up from what came before it.

    concealer = Concealer(channels=30)
    concealer.process(packet)                       # (frames, 30)
    concealer.process(packet, lost=lost)            # `lost`: (30,) of bool: whose packet is missing
    concealer.flush()

Losses of up to 60 ms are bridged, longer ones fall silent; how is told in `_native/c/plc.h`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from telcard._native import voice
from telcard.dsp.hops import HOP, Aligned, Hops

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from telcard.dsp.pcm import Pcm

CONCEALER_DELAY: int = voice.PLC_DELAY
"""Frames that what comes out is behind, for a seam at the beginning of a loss: 3.75 ms."""


class Concealer:
    """Conceals lost packets of `channels` streams, whole hops of 10 ms each.

    Frame n of what comes out is frame n of what went in.
    """

    def __init__(self, channels: int = 1) -> None:
        self._hops = Hops(channels)
        self._aligned = Aligned(CONCEALER_DELAY)
        self.channels = channels
        self._native = voice.Plc(channels)

    def __repr__(self) -> str:
        return f"<Concealer {self.channels} channels, {self._hops.taken} frames>"

    def process(self, packet: Pcm, *, lost: bool | NDArray[np.bool_] = False) -> NDArray[np.int16]:
        """Take a packet of 10, 20, 30 ... ms; give those frames that are certain.

        `packet`: `(frames,)` for one channel, `(frames, channels)` otherwise.  `lost`: on which
        channels it is missing, `(channels,)`, or True for all; what lies there does not matter.
        ValueError for a packet that is not whole hops, or another shape.
        """
        samples = self._hops.take(packet)
        if self._hops.waiting:
            waiting = self._hops.waiting
            self._hops.rest()
            raise ValueError(f"packet: want whole hops of {HOP} frames, got {waiting} more")
        missing = np.asarray(lost, np.uint8)
        if missing.shape not in {(), (self.channels,)}:
            raise ValueError(f"lost: want shape ({self.channels},), got {missing.shape}")
        rows = np.ascontiguousarray(
            np.broadcast_to(missing, (len(samples) // HOP, self.channels)), np.uint8
        )
        return self._aligned.cut(self._native.feed(samples, rows))

    def flush(self) -> NDArray[np.int16]:
        """End the stream: give the frames that the delay held back, and be as new."""
        held = min(CONCEALER_DELAY, self._hops.taken)
        rows = np.zeros((1, self.channels), np.uint8)
        silence = np.zeros((HOP, self.channels), np.int16)
        made = self._aligned.cut(self._native.feed(silence, rows))[:held]
        self._hops.rest()
        self._aligned.reset()
        self._native = voice.Plc(self.channels)
        return made
