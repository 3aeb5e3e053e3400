"""What passes on a trunk, kept: frames of a D-channel, or signals of circuits in bits and tones."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from telcard.cards import DChannel
from telcard.signalling.framing.hdlc import FrameCounts
from telcard.signalling.isdn.capture import Capture
from telcard.units import NS


def loop_ns() -> int:
    """The time of the running loop, virtual or not."""
    return round(asyncio.get_running_loop().time() * NS)


SIGNALS = 5000
"""How many signals are kept: some 100 calls by R2."""


@dataclass(frozen=True, slots=True)
class TracedSignal:
    """A line signal or a register's, as it passed; `at_ns` is in the time of the loop."""

    number: int
    """From 1; signals that were dropped leave a gap."""
    at_ns: int
    sent: bool
    circuit: str
    text: str
    """The bits with where the circuit stands, or the register's signal, in words."""

    def describe(self) -> str:
        """Circuit, direction and signal on a line."""
        return f"{self.circuit} {'->' if self.sent else '<-'} {self.text}"


class SignalLog:
    """The newest `limit` signals of a trunk's circuits."""

    def __init__(self, now: Callable[[], int] = loop_ns, limit: int = SIGNALS) -> None:
        self.count = 0
        """How many have passed."""
        self._now = now
        self._signals: deque[TracedSignal] = deque(maxlen=limit)

    def note(self, circuit: str, sent: bool, text: str) -> None:
        """One passes now."""
        self.count += 1
        self._signals.append(TracedSignal(self.count, self._now(), sent, circuit, text))

    def since(self, number: int) -> list[TracedSignal]:
        """Those behind the one of this number that are still kept."""
        return [signal for signal in self._signals if signal.number > number]


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
