"""T1 frames made and found, many spans a call (ANSI T1.403; `_native/c/t1.h` teaches)."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from typing_extensions import Buffer

from telcard._native import framing as native
from telcard.signalling.framing.alarms import Alarm
from telcard.signalling.framing.e1 import Octets, check_span, octets_of

T1Format = Literal["esf", "d4"]
"""Superframes of 24 frames with CRC-6 and a data link, or of 12 without."""

CHANNELS = 24
"""Octets of a frame, beside its framing bit."""

FRAME_BITS = 193
"""Bits of a frame."""


class BitMessage(enum.Enum):
    """Bit-oriented messages of the facility data link: the octet 0xxxxxx0 that follows eight ones,
    as ANSI T1.403 writes it, with the last bit sent first."""

    YELLOW = 0b00000000
    LINE_LOOP_UP = 0b00001110
    LINE_LOOP_DOWN = 0b00111000
    PAYLOAD_LOOP_UP = 0b00010100
    PAYLOAD_LOOP_DOWN = 0b00110010
    LOOPS_DOWN = 0b00100100
    """All of them."""

    @property
    def sent(self) -> int:
        """The octet in the order of sending."""
        return int(f"{self.value:08b}"[::-1], 2)


_MESSAGES = {message.sent: message for message in BitMessage}


def message_of(sent: int) -> BitMessage | None:
    """The message of this octet, in the order of sending; None for one that is not known."""
    return _MESSAGES.get(sent)


def crc6(frames: Buffer | Octets, before: int = 0) -> int:
    """CRC-6 of whole frames of 24 octets, after others whose CRC-6 is `before`.

    The framing bits, which are not among them, count as 1 (G.704 2.1.3.1.2).
    """
    return int(native.t1_crc6(_frames(frames), before))


def _frames(given: Buffer | Octets) -> Octets:
    array = octets_of(given)
    if array.ndim == 1 and array.size % CHANNELS == 0:
        array = array.reshape(-1, CHANNELS)
    if array.ndim != 2 or array.shape[1] != CHANNELS:
        raise ValueError(f"framing: want frames of {CHANNELS} octets, got shape {array.shape}")
    return np.ascontiguousarray(array)


@dataclass(frozen=True, slots=True)
class T1Counts:
    """What a receiver has counted since it began."""

    frames: int
    """That were received in alignment."""
    framing_errors: int
    """Errored framing bits: Ft and Fs of D4, FPS of ESF."""
    crc_blocks: int
    """Superframes that were checked."""
    crc_errors: int
    """Those of them that were errored."""
    losses: int
    """How often frame alignment was lost."""
    crc_losses: int
    """How often because of 320 errored of 333 superframes, where alignment was doubtful."""


@dataclass(frozen=True, slots=True)
class T1State:
    """What a receiver finds now."""

    alarms: Alarm
    aligned: bool
    """It has frame alignment, and that of the superframe."""
    message: BitMessage | None
    """What the data link says over and over; None too for a message that is not known."""


class T1Framer:
    """The sending side of `spans` lines.

        framer = T1Framer(format="esf")
        framer.set_bits(5, 0b1111)
        octets = framer.process(frames)           # (n, 24)

    `robs`: whether signalling takes the last bit of every channel in every sixth frame.
    """

    def __init__(self, spans: int = 1, *, format: T1Format = "esf", robs: bool = True) -> None:
        if spans < 1:
            raise ValueError(f"spans: want 1 or more, got {spans}")
        self.spans = spans
        self.format = check_format(format)
        self._tx = native.T1Tx(spans, format == "esf", robs)

    def set_bits(self, channel: int, abcd: int, span: int = 0) -> None:
        """ABCD bits of a channel, 1 to 24; D4 has A and B alone."""
        if not 0 <= abcd <= 15:
            raise ValueError(f"channel {channel}: want ABCD bits 0 to 15, got {abcd}")
        self._tx.set_bits(check_span(span, self.spans), check_channel(channel), abcd)

    def set_remote(self, rai: bool, span: int = 0) -> None:
        """Send the yellow alarm, or end it."""
        self._tx.set_remote(check_span(span, self.spans), rai)

    def set_message(self, message: BitMessage | None, span: int = 0) -> None:
        """Say this on the data link over and over; None: idle flags.  ValueError with D4."""
        if message is not None and self.format == "d4":
            raise ValueError("message: want format esf, D4 has no data link")
        code = native.NO_MESSAGE if message is None else message.sent
        self._tx.set_message(check_span(span, self.spans), code)

    def process(self, frames: Buffer | Octets) -> Octets:
        """The line's octets; bits that fill none yet come with the next frames.

        (n, 24) or (n * 24,) for one span, (spans, n, 24) for several; returns (count,), or
        (spans, count).
        """
        array = octets_of(frames)
        if self.spans == 1 and array.ndim < 3:
            array = _frames(array)[None]
        if array.ndim != 3 or array.shape[0] != self.spans or array.shape[2] != CHANNELS:
            want = f"({self.spans}, n, {CHANNELS})"
            raise ValueError(f"framing: want frames of shape {want}, got {array.shape}")
        made: Octets = self._tx.feed(array.copy(order="C"))
        return made[0] if self.spans == 1 else made


class T1Deframer:
    """The receiving side of `spans` lines; a frame may begin at any bit.

    `lost_by`: alignment is lost when so many of so many framing bits are errored, of at most 8.
    While a line is not aligned its frames are ones, one for each 193 bits.
    """

    def __init__(
        self,
        spans: int = 1,
        *,
        format: T1Format = "esf",
        robs: bool = True,
        lost_by: tuple[int, int] = (2, 4),
    ) -> None:
        if spans < 1:
            raise ValueError(f"spans: want 1 or more, got {spans}")
        errors, of = lost_by
        if not 1 <= errors <= of <= 8:
            raise ValueError(f"lost_by: want 1 to 8 errored of as many at least, got {lost_by}")
        self.spans = spans
        self.format = check_format(format)
        self._rx = native.T1Rx(spans, format == "esf", robs, errors, of)

    def process(self, octets: Buffer | Octets) -> Octets:
        """The frames that these octets of one line complete, (n, 24)."""
        if self.spans != 1:
            raise ValueError(f"process: want process_all for {self.spans} spans")
        return self.process_all(octets_of(octets).reshape(1, -1))[0]

    def process_all(self, octets: Octets) -> list[Octets]:
        """The same of all spans, from (spans, count) octets."""
        array = np.ascontiguousarray(octets_of(octets))
        if array.ndim != 2 or array.shape[0] != self.spans:
            want = f"({self.spans}, count)"
            raise ValueError(f"framing: want octets of shape {want}, got {array.shape}")
        return self._rx.feed(array)

    def state(self, span: int = 0) -> T1State:
        """What is found now."""
        alarms, aligned, message = self._rx.state(check_span(span, self.spans))
        return T1State(Alarm(alarms), aligned, message_of(message))

    def counts(self, span: int = 0) -> T1Counts:
        """What has been counted."""
        return T1Counts(**self._rx.counts(check_span(span, self.spans)))

    def bits(self, channel: int, span: int = 0) -> int:
        """ABCD bits of the last whole superframe; of D4 A, B and once more A, B."""
        return self._rx.bits(check_span(span, self.spans))[check_channel(channel)]


def check_channel(channel: int) -> int:
    """`channel` if a T1 has it; raises ValueError."""
    if not 1 <= channel <= CHANNELS:
        raise ValueError(f"channel: want 1 to {CHANNELS}, got {channel}")
    return channel


def check_format(format: T1Format) -> T1Format:
    """`format` if there is such a one; raises ValueError."""
    if format not in get_args(T1Format):
        raise ValueError(f"format: want esf or d4, got {format!r}")
    return format
