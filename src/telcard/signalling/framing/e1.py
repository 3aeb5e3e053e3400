"""E1 frames made and found, many spans a call (ITU-T G.704, G.706; `_native/c/e1.h` teaches)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Buffer

from telcard._native import framing as native
from telcard.signalling.framing.alarms import Alarm

Octets = NDArray[np.uint8]
"""Octets of a line, bit 1 of G.704 the highest of each."""

TIMESLOTS = 32
"""Octets of a frame."""

BIT_RATE = 2_048_000
"""Bits a second."""


def crc4(frames: Buffer | Octets, before: int = 0) -> int:
    """CRC-4 of whole frames of 32 octets, after others whose CRC-4 is `before` (G.704 2.3.3.5).

    Of a submultiframe it is taken with C1 to C4 set to 0.
    """
    return int(native.e1_crc4(_frames(frames), before))


def octets_of(given: Buffer | Octets) -> Octets:
    """Octets as an array; ValueError for anything else."""
    array = given if isinstance(given, np.ndarray) else np.frombuffer(memoryview(given), np.uint8)
    if array.dtype != np.uint8:
        raise ValueError(f"framing: want octets (uint8), got {array.dtype}")
    return array


def _frames(given: Buffer | Octets) -> Octets:
    array = octets_of(given)
    if array.ndim == 1 and array.size % TIMESLOTS == 0:
        array = array.reshape(-1, TIMESLOTS)
    if array.ndim != 2 or array.shape[1] != TIMESLOTS:
        raise ValueError(f"framing: want frames of {TIMESLOTS} octets, got shape {array.shape}")
    return np.ascontiguousarray(array)


@dataclass(frozen=True, slots=True)
class E1Counts:
    """What a receiver has counted since it began."""

    frames: int
    """That were received in alignment."""
    fas_errors: int
    """Errored frame alignment signals."""
    crc_blocks: int
    """Submultiframes that were checked."""
    crc_errors: int
    """Those of them that were errored."""
    e_errors: int
    """Submultiframes that the far end found errored, by its E bits."""
    losses: int
    """How often frame alignment was lost."""
    crc_losses: int
    """How often because of 915 errored of 1000 blocks."""
    cas_losses: int
    """How often the multiframe of timeslot 16 was lost."""


@dataclass(frozen=True, slots=True)
class E1State:
    """What a receiver finds now."""

    alarms: Alarm
    aligned: bool
    """It has frame alignment."""
    multiframe: bool
    """It has CRC-4 multiframe alignment."""
    interworking: bool
    """The far end has shown no CRC-4 for 400 ms, and is taken for one without (G.706 annex B)."""
    cas_multiframe: bool
    """It has multiframe alignment in timeslot 16."""
    sa: int
    """Bits Sa4 (16) to Sa8 (1), as last received."""


class E1Framer:
    """The sending side of `spans` lines.

        framer = E1Framer()
        framer.set_bits(5, 0b1001)
        octets = framer.process(frames)           # (n, 32): timeslots 0 and 16 are its own

    `crc4` and `cas` say whether there is a CRC-4 multiframe, and one of ABCD bits in timeslot 16.
    """

    def __init__(self, spans: int = 1, *, crc4: bool = True, cas: bool = True) -> None:
        if spans < 1:
            raise ValueError(f"spans: want 1 or more, got {spans}")
        self.spans = spans
        self._tx = native.E1Tx(spans, crc4, cas)
        self._bits = np.full((spans, TIMESLOTS), 0b1101, np.uint8)

    def set_bits(self, timeslot: int, abcd: int, span: int = 0) -> None:
        """ABCD bits of timeslot 1 to 15 or 17 to 31, from the next frame on that carries them."""
        if not 1 <= timeslot < TIMESLOTS or timeslot == 16:
            raise ValueError(f"timeslot: want 1 to 15 or 17 to 31, got {timeslot}")
        if not 0 <= abcd <= 15:
            raise ValueError(f"timeslot {timeslot}: want ABCD bits 0 to 15, got {abcd}")
        self._bits[self._span(span), timeslot] = abcd
        self._tx.set_bits(span, self._bits[span])

    def set_remote(self, rai: bool, cas_rai: bool = False, span: int = 0) -> None:
        """Bit A, and bit y of timeslot 16; `consequences` says when."""
        self._tx.set_remote(self._span(span), rai, cas_rai)

    def set_spare(self, sa: int, span: int = 0) -> None:
        """Bits Sa4 (16) to Sa8 (1)."""
        if not 0 <= sa <= 31:
            raise ValueError(f"sa: want five bits, 0 to 31, got {sa}")
        self._tx.set_spare(self._span(span), sa)

    def set_blocks(self, heard: bool, errored: int = 0, span: int = 0) -> None:
        """For the E bits: whether our receiver has the multiframe (without it both are 0), and how
        many more blocks it found errored (`E1Deframer.take_errored`)."""
        self._tx.set_blocks(self._span(span), heard, errored)

    def process(self, frames: Buffer | Octets) -> Octets:
        """The line's octets, for frames whose timeslots 0 (and 16 with `cas`) are written over.

        (n, 32) or (n * 32,) for one span, (spans, n, 32) for several; returns (n * 32,), or
        (spans, n * 32).
        """
        array = octets_of(frames)
        if self.spans == 1 and array.ndim < 3:
            array = _frames(array)[None]
        if array.ndim != 3 or array.shape[0] != self.spans or array.shape[2] != TIMESLOTS:
            want = f"({self.spans}, n, {TIMESLOTS})"
            raise ValueError(f"framing: want frames of shape {want}, got {array.shape}")
        made = array.copy(order="C")
        self._tx.feed(made)
        flat = made.reshape(self.spans, -1)
        return flat[0] if self.spans == 1 else flat

    def _span(self, span: int) -> int:
        return check_span(span, self.spans)


class E1Deframer:
    """The receiving side of `spans` lines: octets as they come, at whatever bit a frame begins.

        frames = deframer.process(octets)          # (n, 32), n one more or less than a 32nd
        deframer.state().alarms

    While a line is not aligned its frames are ones, one for each 256 bits.
    """

    def __init__(self, spans: int = 1, *, crc4: bool = True, cas: bool = True) -> None:
        if spans < 1:
            raise ValueError(f"spans: want 1 or more, got {spans}")
        self.spans = spans
        self._rx = native.E1Rx(spans, crc4, cas)

    def process(self, octets: Buffer | Octets) -> Octets:
        """The frames that these octets of one line complete, (n, 32)."""
        if self.spans != 1:
            raise ValueError(f"process: want process_all for {self.spans} spans")
        return self.process_all(octets_of(octets).reshape(1, -1))[0]

    def process_all(self, octets: Octets) -> list[Octets]:
        """The same of all spans, from (spans, count) octets."""
        array = np.ascontiguousarray(octets_of(octets))
        if array.ndim != 2 or array.shape[0] != self.spans:
            want = f"({self.spans}, count)"
            raise ValueError(f"framing: want octets of shape {want}, got {array.shape}")
        frames: list[Octets] = self._rx.feed(array)
        return frames

    def state(self, span: int = 0) -> E1State:
        """What is found now."""
        alarms, *rest = self._rx.state(check_span(span, self.spans))
        return E1State(Alarm(alarms), *rest)

    def counts(self, span: int = 0) -> E1Counts:
        """What has been counted."""
        return E1Counts(**self._rx.counts(check_span(span, self.spans)))

    def bits(self, timeslot: int, span: int = 0) -> int:
        """ABCD bits of the last whole multiframe; `WITHOUT_BITS` says when not to believe them."""
        if not 1 <= timeslot < TIMESLOTS or timeslot == 16:
            raise ValueError(f"timeslot: want 1 to 15 or 17 to 31, got {timeslot}")
        return self._rx.bits(check_span(span, self.spans))[timeslot]

    def take_errored(self, span: int = 0) -> int:
        """Blocks found errored since this was called last, for `E1Framer.set_blocks`."""
        return self._rx.take_errored(check_span(span, self.spans))


def check_span(span: int, spans: int) -> int:
    """`span` if there is such a one; raises ValueError."""
    if not 0 <= span < spans:
        raise ValueError(f"span: want 0 to {spans - 1}, got {span}")
    return span
