"""A D-channel whose frames are kept as they pass."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from telcard.cards import DChannel
from telcard.signalling.framing.hdlc import FrameCounts
from telcard.signalling.isdn.capture import Capture
from telcard.units import NS


def loop_ns() -> int:
    """The time of the running loop, virtual or not."""
    return round(asyncio.get_running_loop().time() * NS)


class TracedDChannel:
    """A `DChannel` over another one; what passes is noted in `capture` at the time that `now` says.

    A frame that is refused is not noted: it has not passed.
    """

    def __init__(
        self, dchannel: DChannel, capture: Capture, now: Callable[[], int] = loop_ns
    ) -> None:
        self.capture = capture
        self._dchannel = dchannel
        self._now = now

    def send_frame(self, frame: bytes) -> None:
        """As `DChannel.send_frame`."""
        self._dchannel.send_frame(frame)
        self.capture.note(self._now(), sent=True, octets=frame)

    def on_frame(self, callback: Callable[[bytes], None] | None) -> None:
        """As `DChannel.on_frame`."""
        if callback is None:
            self._dchannel.on_frame(None)
            return

        def came(frame: bytes) -> None:
            self.capture.note(self._now(), sent=False, octets=frame)
            callback(frame)

        self._dchannel.on_frame(came)

    def counters(self) -> FrameCounts:
        """As `DChannel.counters`."""
        return self._dchannel.counters()

    def close(self) -> None:
        """As `DChannel.close`; the capture stays."""
        self._dchannel.close()
