"""A D-channel of a card that does HDLC itself: frames over a file descriptor.

    dchannel = FrameDescriptor(fd, "span 1 channel 16", fcs="dahdi")
    dchannel.on_frame(link_input)
    dchannel.send_frame(frame)

One read is one frame, one write too: DAHDI's channels of type HDLCFCS and HARDHDLC, and the
SEQPACKET sockets of an E1 daemon.  With `fcs="dahdi"` two octets stand behind every frame, as DAHDI
has it: what is read ends with the frame's check sequence, which the driver has verified, and what
is written ends with two octets in whose place the driver puts one.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Callable
from typing import Literal, get_args

from telcard.errors import CardError, LineError
from telcard.signalling.framing.hdlc import LEAST_OCTETS, MOST_OCTETS, FrameCounts, check_frame

Trailer = Literal["none", "dahdi"]
"""What stands behind a frame: nothing, or two octets for the check sequence."""

FCS_OCTETS = 2
ROOM = 4096
"""Octets that a read takes: more than any frame has, so that one too long is seen as such."""

MOST_WAITING = 64
"""Frames that wait for a descriptor that takes none."""

ELAST = 500
"""errno of DAHDI for an event that waits: neither an error nor a frame."""


class FrameDescriptor:
    """A `DChannel` over a descriptor, which it sets non-blocking, watches and closes.

    It belongs to the running loop.  Where the descriptor is closed by the other side, or fails,
    `on_lost` is called with the reason, once.  `on_event` is called when DAHDI has an event, which
    has to be fetched (GETEVENT) before another frame comes; without it such a descriptor is lost.
    """

    def __init__(
        self,
        fd: int,
        name: str,
        *,
        fcs: Trailer = "none",
        on_lost: Callable[[str], None] | None = None,
        on_event: Callable[[], None] | None = None,
    ) -> None:
        if fcs not in get_args(Trailer):
            raise ValueError(f"fcs: want {' or '.join(get_args(Trailer))}, got {fcs!r}")
        self.name = name
        self._fd = fd
        self._trailer = FCS_OCTETS if fcs == "dahdi" else 0
        self._on_lost = on_lost
        self._on_event = on_event
        self._on_frame: Callable[[bytes], None] | None = None
        self._waiting: deque[bytes] = deque()
        self._sent = self._refused = self._good = self._long = self._short = 0
        self._open = True
        os.set_blocking(fd, False)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(fd, self._readable)

    def send_frame(self, frame: bytes) -> None:
        """Send a frame, after those that wait.

        Raises `LineError` when there is no room for another one, ValueError for a frame that is
        empty or too long, `CardError` when the D-channel was closed, or its descriptor lost.
        """
        if not self._open:
            raise CardError(f"{self.name}: cannot send a frame, the D-channel was closed")
        octets = check_frame(frame) + bytes(self._trailer)
        if len(self._waiting) == MOST_WAITING:
            self._refused += 1
            raise LineError(f"{self.name}: {MOST_WAITING} frames wait, no room for another")
        self._waiting.append(octets)
        if len(self._waiting) == 1:
            self._writable()

    def on_frame(self, callback: Callable[[bytes], None] | None) -> None:
        """Call `callback(frame)` with every good frame from now on; None: nobody."""
        self._on_frame = callback

    def counters(self) -> FrameCounts:
        """What was sent and received; what the card itself has thrown away it alone knows."""
        return FrameCounts(
            sent=self._sent,
            refused=self._refused,
            received=self._good,
            too_long=self._long,
            too_short=self._short,
        )

    def close(self) -> None:
        """No more frames; what waits is not sent.  Harmless twice."""
        if self._open:
            self._open = False
            self._on_frame = None
            self._waiting.clear()
            self._loop.remove_reader(self._fd)
            self._loop.remove_writer(self._fd)
            os.close(self._fd)

    def _lose(self, why: str) -> None:
        tell = self._on_lost
        self.close()
        if tell is not None:
            tell(f"{self.name}: {why}")

    def _writable(self) -> None:
        while self._waiting:
            try:
                os.write(self._fd, self._waiting[0])
            except BlockingIOError:
                self._loop.add_writer(self._fd, self._writable)
                return
            except OSError as error:
                if error.errno != ELAST:
                    self._lose(f"cannot write a frame: {error.strerror}")
                    return
                self._event()
                if self._open:
                    self._loop.add_writer(self._fd, self._writable)
                return
            self._waiting.popleft()
            self._sent += 1
        self._loop.remove_writer(self._fd)

    def _readable(self) -> None:
        try:
            octets = os.read(self._fd, ROOM)
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno == ELAST:
                self._event()
            else:
                self._lose(f"cannot read a frame: {error.strerror}")
            return
        if not octets:
            self._lose("the other side has closed it")
            return
        self._take(octets)

    def _event(self) -> None:
        if self._on_event is None:
            self._lose("an event waits that nobody fetches")
        else:
            self._on_event()

    def _take(self, octets: bytes) -> None:
        frame = octets[: max(0, len(octets) - self._trailer)]
        if len(frame) < LEAST_OCTETS:
            self._short += 1
        elif len(frame) > MOST_OCTETS:
            self._long += 1
        else:
            self._good += 1
            if self._on_frame is not None:
                self._on_frame(frame)
