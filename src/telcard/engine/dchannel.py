"""A D-channel: a timeslot of a span that carries HDLC frames instead of sound."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from telcard.errors import CardError, LineError, NoResource
from telcard.signalling.framing.hdlc import (
    LEAST_OCTETS,
    MOST_OCTETS,
    FrameCounts,
    Idle,
    Kilobits,
    check_frame,
    check_lengths,
    check_line,
)

if TYPE_CHECKING:
    from telcard.engine.span import Span


class Frames(Protocol):
    """The half of a D-channel that runs: `_native.hdlc.Channel`, or that of a quiet engine."""

    def send(self, frame: bytes) -> bool:
        """Queue a frame; False: no room."""

    def waiting(self) -> int:
        """Frames that have not ended yet."""
        ...

    def read(self) -> list[bytes]:
        """The frames that have come."""

    def counts(self) -> tuple[int, int, int, int, int, int, int, int, int]:
        """As the fields of `FrameCounts`."""


class SpanDChannel:
    """The frames of one timeslot; `Span.open_dchannel` opens it.

    The engine runs HDLC over the timeslot's octets: flags, stuffing, FCS-16.  Frames are address,
    control and information.  They are sent one behind the other, at 64 kbit/s.
    """

    def __init__(self, span: Span, timeslot: int, frames: Frames) -> None:
        self.span = span
        self.timeslot = timeslot
        self._frames = frames
        self._on_frame: Callable[[bytes], None] | None = None
        self._open = True

    @property
    def is_open(self) -> bool:
        """Whether it has not been closed."""
        return self._open

    def send_frame(self, frame: bytes) -> None:
        """Send a frame, after those that wait.

        Raises `LineError` when there is no room for another one, ValueError for a frame that is
        empty or longer than `MOST_OCTETS`, `CardError` when the D-channel was closed.
        """
        if not self._open:
            raise CardError(f"{self}: cannot send a frame, the D-channel was closed")
        octets = check_frame(frame)
        if not self._frames.send(octets):
            raise LineError(f"{self}: {self._frames.waiting()} frames wait, no room for another")

    @property
    def waiting(self) -> int:
        """Frames that have not been sent to their end."""
        return self._frames.waiting()

    def on_frame(self, callback: Callable[[bytes], None] | None) -> None:
        """Call `callback(frame)` with every good frame from now on; None: nobody."""
        self._on_frame = callback

    def counters(self) -> FrameCounts:
        """What was sent and received, and what was received in vain."""
        return FrameCounts(*self._frames.counts())

    def close(self) -> None:
        """No more frames; what waits is not sent."""
        if self._open:
            self._open = False
            self._on_frame = None
            self.span.close_dchannel(self.timeslot)

    def told(self) -> None:
        """The engine says that frames have come."""
        for frame in self._frames.read():
            if self._on_frame is not None:
                self._on_frame(frame)

    def __str__(self) -> str:
        return f"{self.span.name} timeslot {self.timeslot}"

    def __repr__(self) -> str:
        return f"<SpanDChannel {self}>"


def open_dchannel(
    span: Span,
    timeslot: int,
    *,
    least: int = LEAST_OCTETS,
    most: int = MOST_OCTETS,
    kilobits: Kilobits = 64,
    idle: Idle = "flags",
) -> SpanDChannel:
    """See `Span.open_dchannel`."""
    how = (*check_line(kilobits, idle), *check_lengths(least, most))
    frames = span.engine.core.open_dchannel(span.index, timeslot, *how)
    if frames is None:
        raise NoResource(f"{span.name}: the command ring of {span.engine.name} is full")
    return SpanDChannel(span, timeslot, frames)
