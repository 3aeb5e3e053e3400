"""What went over a D-channel, kept, told in words, and written as tshark and Wireshark read it.

    capture = Capture("user")
    capture.note(now_ns, sent=True, octets=frame)
    for traced in capture.frames:
        print(traced.describe(capture.side))
    Path("d.pcap").write_bytes(pcap(capture.frames, capture.side))

The file is a pcap of link type 177 (LINUX_LAPD), which says of every frame whether it was sent or
received and which side we are; the plain type of LAPD, 203, knows no direction, so that a command
could not be told from a response there.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from telcard.errors import RemoteProtocolError
from telcard.signalling.isdn.lapd import CALL_CONTROL, SIDES, Frame, FrameError, Kind, Side
from telcard.signalling.isdn.messages import decode

FRAMES = 2000
"""How many frames a capture keeps: some 400 calls."""

LINUX_LAPD = 177
"""Link type; its frames stand behind 16 octets, which are those of a `cooked` Linux capture."""

_MAGIC = 0xA1B23C4D  # times in nanoseconds, in the order of octets in which it was written
_FILE = struct.Struct("<IHHiIII")
_RECORD = struct.Struct("<IIII")
_COOKED = struct.Struct(">HHHB7xH")
_OUTGOING, _INCOMING = 4, 0
_ARPHRD_LAPD = 8445
_ETH_P_LAPD = 0x0030
_SNAP = 65_535
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NotACapture(RemoteProtocolError):
    """A file that is no capture of a D-channel; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class TracedFrame:
    """A frame as it passed; `at_ns` is counted from wherever the capture's clock begins."""

    number: int
    """From 1; frames that were dropped leave a gap."""
    at_ns: int
    sent: bool
    octets: bytes

    def describe(self, side: Side) -> str:
        """Direction, frame and message in words; never raises, whatever came.

        `side` is ours.
        """
        sender: Side = side if self.sent else ("network" if side == "user" else "user")
        arrow = "->" if self.sent else "<-"
        try:
            frame = Frame.decode(self.octets)
        except FrameError as error:
            return f"{arrow} {self.octets.hex(' ')}: {error}"
        text = f"{arrow} {frame.describe(sender)}"
        if frame.info and frame.sapi == CALL_CONTROL and frame.kind in (Kind.I, Kind.UI):
            return f"{text}: {decode(frame.info).describe()}"
        return f"{text}: {frame.info.hex(' ')}" if frame.info else text


class Capture:
    """The newest `limit` frames of a D-channel of which ours is the end `side`."""

    def __init__(self, side: Side, limit: int = FRAMES) -> None:
        if side not in SIDES:
            raise ValueError(f"side: want {' or '.join(SIDES)}, got {side!r}")
        if limit < 1:
            raise ValueError(f"limit: want 1 frame or more, got {limit}")
        self.side: Side = side
        self.count = 0
        """Frames that have passed, those that were dropped since among them."""
        self._frames: deque[TracedFrame] = deque(maxlen=limit)

    def note(self, at_ns: int, *, sent: bool, octets: bytes) -> None:
        """A frame passes."""
        self.count += 1
        self._frames.append(TracedFrame(self.count, at_ns, sent, bytes(octets)))

    @property
    def frames(self) -> tuple[TracedFrame, ...]:
        """Those that are kept, in order."""
        return tuple(self._frames)

    def since(self, number: int) -> tuple[TracedFrame, ...]:
        """Those that are kept and came after the one of this number."""
        return tuple(frame for frame in self._frames if frame.number > number)

    def __repr__(self) -> str:
        return f"<Capture of the {self.side}: {len(self._frames)} of {self.count} frames>"


def pcap_header() -> bytes:
    """What a pcap file begins with."""
    return _FILE.pack(_MAGIC, 2, 4, 0, 0, _SNAP, LINUX_LAPD)


def pcap_record(frame: TracedFrame, side: Side, utc_ns: int | None = None) -> bytes:
    """A frame in a pcap file, at `utc_ns` since 1970, or else at its own time."""
    seconds, rest = divmod(frame.at_ns if utc_ns is None else utc_ns, 10**9)
    cooked = _COOKED.pack(
        _OUTGOING if frame.sent else _INCOMING, _ARPHRD_LAPD, 1, side == "network", _ETH_P_LAPD
    )
    octets = cooked + frame.octets
    return _RECORD.pack(seconds, rest, len(octets), len(octets)) + octets


def pcap(frames: Iterable[TracedFrame], side: Side) -> bytes:
    """A whole pcap file."""
    return pcap_header() + b"".join(pcap_record(frame, side) for frame in frames)


def read_pcap(octets: bytes) -> tuple[Side, list[TracedFrame]]:
    """Our side, and the frames, of a pcap file as `pcap` writes it.

    Raises `NotACapture` for anything else.
    """
    if len(octets) < _FILE.size:
        raise NotACapture(f"pcap: want {_FILE.size} octets or more, got {len(octets)}")
    magic, *_, link = _FILE.unpack_from(octets)
    if magic != _MAGIC:
        raise NotACapture(f"pcap: want a file that begins with {_MAGIC:#x}, got {magic:#x}")
    if link != LINUX_LAPD:
        raise NotACapture(f"pcap: want link type {LINUX_LAPD} (LINUX_LAPD), got {link}")
    frames: list[TracedFrame] = []
    side: Side = "user"
    at = _FILE.size
    while at < len(octets):
        head = octets[at : at + _RECORD.size]
        if len(head) < _RECORD.size:
            raise NotACapture(f"pcap: frame {len(frames) + 1} is cut off")
        seconds, rest, length, _ = _RECORD.unpack(head)
        at += _RECORD.size
        packet = octets[at : at + length]
        if len(packet) < length or length < _COOKED.size:
            raise NotACapture(f"pcap: frame {len(frames) + 1} is cut off")
        way, _, _, network, protocol = _COOKED.unpack_from(packet)
        if protocol != _ETH_P_LAPD:
            raise NotACapture(f"pcap: want protocol {_ETH_P_LAPD:#x} of LAPD, got {protocol:#x}")
        side = "network" if network else "user"
        time_ns = seconds * 10**9 + rest
        frames.append(
            TracedFrame(len(frames) + 1, time_ns, way == _OUTGOING, packet[_COOKED.size :])
        )
        at += length
    return side, frames


def clock_text(at_ns: int) -> str:
    """Nanoseconds since 1970 as a time of day, to the millisecond."""
    at = _EPOCH + timedelta(microseconds=at_ns // 1000)
    return f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}"
