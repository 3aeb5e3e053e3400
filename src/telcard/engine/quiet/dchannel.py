"""A D-channel without sound: frames cross whole, when their last bit would have come.

The bits of a frame are counted as HDLC would send them, and frames stand one behind the other as
they would on the line, so that both fidelities deliver a frame with the same tick.  What a line
harms is lost without being counted: there are no octets to find it in.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from telcard._native import hdlc
from telcard.units import TICK_SAMPLES

FLAG_BITS = 8

Crossing = tuple[int, int, bytes]
"""(tick in which its first bit is sent, tick in which its closing flag has been sent, frame)."""


class QuietDChannel:
    """One end: frames that wait for the line, and frames that have come.

    `give` takes a frame to the next tick.
    """

    def __init__(
        self,
        width: int,
        marks: bool,
        least: int,
        most: int,
        give: Callable[[bytes], object],
    ) -> None:
        self.opened = 0
        """The first tick in which it runs."""
        self._tick_bits = TICK_SAMPLES * width
        self._marks = marks
        self._least, self._most = least, most
        self._give = give
        self._given = 0
        self._end = 0  # of the last frame, or of the first flag, in bits
        self._flagged = not marks
        self._crossing: deque[Crossing] = deque()
        self._came: list[bytes] = []
        self._sent = self._refused = self._good = self._long = self._short = self._lost = 0

    def send(self, frame: bytes) -> bool:
        """Queue a frame for the next tick; False: no room."""
        if self.waiting() == hdlc.RING_FRAMES:
            self._refused += 1
            return False
        self._given += 1
        self._give(frame)
        return True

    def waiting(self) -> int:
        """Frames that have not ended yet."""
        return self._given + len(self._crossing)

    def read(self) -> list[bytes]:
        """The frames that have come."""
        came, self._came = self._came, []
        return came

    def counts(self) -> tuple[int, int, int, int, int, int, int, int, int]:
        """As the fields of `FrameCounts`."""
        good, long, short = self._good, self._long, self._short
        return self._sent, self._refused, good, 0, 0, long, short, 0, self._lost

    # In the tick

    def open(self, tick: int) -> None:
        """It runs from this tick on: where flags are sent, the first of them goes out now."""
        self.opened = tick
        self._end = tick * self._tick_bits + (0 if self._marks else FLAG_BITS)

    def begin(self, frame: bytes, tick: int) -> int:
        """Put a frame behind those that cross; the tick in which it will have been sent.

        An idle line says flag behind flag, and the frame begins where one of them ends.
        """
        self._given -= 1
        first = tick * self._tick_bits
        start = self._end
        if start < first:
            start = first + (start - first) % FLAG_BITS
        if self._marks and not (self._flagged and start == self._end):
            start += FLAG_BITS
        self._flagged = True
        self._end = start + hdlc.bits(frame) + FLAG_BITS
        done = (self._end - 1) // self._tick_bits
        self._crossing.append((start // self._tick_bits, done, frame))
        return done

    def ended(self, tick: int) -> list[tuple[int, bytes]]:
        """Frames whose last bit is sent by this tick, each with the tick of its first."""
        done = []
        while self._crossing and self._crossing[0][1] <= tick:
            first, _, frame = self._crossing.popleft()
            done.append((first, frame))
        self._sent += len(done)
        return done

    def take(self, frame: bytes) -> bool:
        """A frame has come; whether there is something to read."""
        if len(frame) < self._least:
            self._short += 1
        elif len(frame) > self._most:
            self._long += 1
        else:
            self._good += 1
            if len(self._came) < hdlc.RING_FRAMES:
                self._came.append(frame)
                return True
            self._lost += 1
        return False
