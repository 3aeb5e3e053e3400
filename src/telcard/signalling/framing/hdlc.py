"""HDLC on timeslots: frames in, octets out, and back; many channels at once (ITU-T Q.921 2).

    sender, receiver = HdlcSender(), HdlcReceiver()
    sender.send(b"\\x00\\x01\\x7f")
    [frame] = receiver.receive(sender.make(80))
    frame.octets                                 # b"\\x00\\x01\\x7f"

A frame here is what stands between the opening flag and the check sequence: address, control and
information.  Octets are those of the timeslot, whose bit 1 (the most significant) is sent first;
HDLC sends the least significant bit of an octet first, so a frame's octets appear mirrored.  A
D-channel of a card's span needs none of this: `Span.open_dchannel` runs it in the engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from telcard._native import hdlc as native

if TYPE_CHECKING:
    from typing_extensions import Buffer

MOST_OCTETS: int = native.MOST
"""The longest frame, FCS apart."""

LEAST_OCTETS = 3
"""The shortest frame of Q.921 (2.9): two octets of address and one of control."""

Kilobits = Literal[64, 56]
"""Rate of a channel: all of its timeslot, or 7 bits of each octet (T1 where bit 8 is taken)."""

Idle = Literal["flags", "ones"]
"""What is sent between frames."""


@dataclass(frozen=True, slots=True)
class ReceivedFrame:
    """A good frame, without its FCS, and the channel by which it came."""

    channel: int
    octets: bytes


@dataclass(frozen=True, slots=True)
class FrameCounts:
    """What a channel has sent and received, and what it has received in vain."""

    sent: int = 0
    """Frames that have ended."""
    refused: int = 0
    """Frames that found the way out full."""
    received: int = 0
    """Good frames."""
    fcs_errors: int = 0
    aborts: int = 0
    """Frames broken off by seven ones in a row."""
    too_long: int = 0
    too_short: int = 0
    misaligned: int = 0
    """Frames that were not a whole number of octets."""
    lost: int = 0
    """Good frames that nobody had room for."""


def fcs16(octets: Buffer) -> int:
    """The check sequence of a frame; its lower octet is sent first (X.25; Q.921 2.7)."""
    return native.fcs(octets)


class HdlcSender:
    """Turns frames into the octets of timeslots, flags between them.

    `channels` timeslots at once; `kilobits` and `idle` are the same for all.
    """

    def __init__(self, channels: int = 1, *, kilobits: Kilobits = 64, idle: Idle = "flags") -> None:
        self.channels = check_channels(channels)
        self._native = native.Sender(channels, *check_line(kilobits, idle))

    def send(self, frame: Buffer, channel: int = 0) -> None:
        """Queue a frame of 1 to `MOST_OCTETS` octets; ValueError for any other."""
        self._native.give(self._check(channel), check_frame(frame))

    def abort(self, channel: int = 0) -> bool:
        """Break off the frame that is being sent; whether there was one."""
        return self._native.abort(self._check(channel))

    def waiting(self, channel: int = 0) -> int:
        """How many frames have not ended yet."""
        return self._native.waiting(self._check(channel))

    def make(self, count: int) -> NDArray[np.uint8]:
        """The next `count` octets of every channel, of shape (channels, count)."""
        if count < 0:
            raise ValueError(f"count: want 0 or more octets, got {count}")
        made = np.empty((self.channels, count), np.uint8)
        self._native.make(made)
        return made

    def _check(self, channel: int) -> int:
        return check_channel(channel, self.channels)


class HdlcReceiver:
    """Finds frames in the octets of timeslots, and counts what was none.

    Frames have `least` to `most` octets, FCS apart.
    """

    def __init__(
        self,
        channels: int = 1,
        *,
        least: int = LEAST_OCTETS,
        most: int = MOST_OCTETS,
        kilobits: Kilobits = 64,
    ) -> None:
        self.channels = check_channels(channels)
        width, _ = check_line(kilobits, "flags")
        self._native = native.Receiver(channels, width, *check_lengths(least, most))

    def receive(self, octets: NDArray[np.uint8] | Buffer) -> list[ReceivedFrame]:
        """Take octets in, of shape (channels, count), or (count,) for a single channel.

        Returns the frames that were completed, by channel and in order.
        """
        taken = np.ascontiguousarray(
            octets if isinstance(octets, np.ndarray) else np.frombuffer(bytes(octets), np.uint8)
        )
        if taken.dtype != np.uint8:
            raise ValueError(f"octets: want uint8, got {taken.dtype}")
        if taken.ndim == 1:
            taken = taken[np.newaxis]
        if taken.ndim != 2 or taken.shape[0] != self.channels:
            raise ValueError(f"octets: want {self.channels} rows, got shape {taken.shape}")
        return [ReceivedFrame(*found) for found in self._native.hear(taken)]

    def counters(self, channel: int = 0) -> FrameCounts:
        """What has come on a channel."""
        good, fcs, aborts, long, short, odd = self._native.counts(
            check_channel(channel, self.channels)
        )
        return FrameCounts(
            received=good,
            fcs_errors=fcs,
            aborts=aborts,
            too_long=long,
            too_short=short,
            misaligned=odd,
        )


def check_frame(frame: Buffer) -> bytes:
    """`frame` as octets if it can be sent; ValueError otherwise."""
    octets = bytes(frame)
    if not 1 <= len(octets) <= MOST_OCTETS:
        raise ValueError(f"frame: want 1 to {MOST_OCTETS} octets, got {len(octets)}")
    return octets


def check_line(kilobits: Kilobits, idle: Idle) -> tuple[int, bool]:
    """Bits of an octet that carry frames, and whether ones are sent between them. ValueError."""
    if kilobits not in (64, 56):
        raise ValueError(f"kilobits: want 64 or 56, got {kilobits}")
    if idle not in ("flags", "ones"):
        raise ValueError(f"idle: want flags or ones, got {idle!r}")
    return kilobits // 8, idle == "ones"


def check_lengths(least: int, most: int) -> tuple[int, int]:
    """The two if frames can be as long. ValueError."""
    if not 1 <= least <= most <= MOST_OCTETS:
        raise ValueError(
            f"frames: want 1 <= least <= most <= {MOST_OCTETS} octets, got {least} and {most}"
        )
    return least, most


def check_channels(channels: int) -> int:
    """`channels` if there is one at least. ValueError."""
    if channels < 1:
        raise ValueError(f"channels: want 1 or more, got {channels}")
    return channels


def check_channel(channel: int, channels: int) -> int:
    """`channel` if it is one of so many. ValueError."""
    if not 0 <= channel < channels:
        raise ValueError(f"channel: want 0 to {channels - 1}, got {channel}")
    return channel
