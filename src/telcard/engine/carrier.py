"""Real frames on an emulated line: E1 or T1 bits between two ends, as on copper.

    line = E1Line(framing=Framing("crc4"))       # or T1Line()
    span = engine.plug(line, 0)
    span.set_bit_errors(1e-3)                    # of everything: sound, signalling, framing
    span.carrier.lose_bits(3)
    span.carrier.status().losses

Alarms are then what the receiver makes of the bits, and consequent actions what it does about them
(`telcard.signalling.framing`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from telcard._native import engine as native

if TYPE_CHECKING:
    from telcard.engine.span import Span

FrameFormat = Literal["crc4", "no-crc4", "esf", "d4"]
"""Of an E1 with CRC-4 or without it (ITU-T G.704), of a T1 with ESF or D4 (ANSI T1.403)."""

Loop = Literal["none", "local", "line", "payload"]
"""Local: we hear ourselves, and the line gets all ones.  Line: what comes goes back bit for bit.
Payload: its timeslots go back, in frames of our own."""

MOST_LOST_BITS = 2048
"""Bits that may be lost, or gained, at once: eight frames of an E1."""


@dataclass(frozen=True, slots=True)
class Framing:
    """How an end of a line frames."""

    format: FrameFormat = "crc4"
    cas: bool = True
    """Whether ABCD bits travel: in timeslot 16 of an E1, as long as nobody has opened that, and in
    robbed bits of a T1."""

    def __post_init__(self) -> None:
        if self.format not in get_args(FrameFormat):
            wanted = ", ".join(get_args(FrameFormat))
            raise ValueError(f"framing: want one of {wanted}; got {self.format!r}")

    @property
    def t1(self) -> bool:
        """Whether it is that of a T1."""
        return self.format in ("esf", "d4")

    @property
    def timeslots(self) -> int:
        """The last timeslot."""
        return 24 if self.t1 else native.TIMESLOTS - 1

    def as_native(self) -> native.Carrier:
        """Memory for an end that frames so."""
        return native.Carrier(self.t1, self.format in ("crc4", "esf"), self.cas)


def check_framing(
    framing: Framing | tuple[Framing, Framing] | None,
) -> tuple[Framing, Framing] | None:
    """How both ends frame.  Raises ValueError where one is an E1 and the other a T1."""
    ends = (framing, framing) if isinstance(framing, Framing) else framing
    if ends is not None and ends[0].t1 is not ends[1].t1:
        one, other = (end.format for end in ends)
        raise ValueError(f"framing: want two ends of an E1, or of a T1; got {one} and {other}")
    return ends


@dataclass(frozen=True, slots=True)
class CarrierStatus:
    """What an end has found and counted, as of the last tick."""

    aligned: bool
    """It has frame alignment."""
    multiframe: bool
    """It has the far end's CRC-4 multiframe."""
    interworking: bool
    """The far end is taken for one without CRC-4."""
    cas_multiframe: bool
    """It has the multiframe of timeslot 16."""
    frames: int
    """Received in alignment."""
    framing_errors: int
    """Errored frame alignment signals of an E1, framing bits of a T1."""
    crc_blocks: int
    """Blocks that were checked: CRC-4 or CRC-6."""
    crc_errors: int
    """Those of them that were errored."""
    e_errors: int
    """Blocks that the far end found errored."""
    losses: int
    """How often frame alignment was lost."""
    crc_losses: int
    """How often by errored blocks alone."""
    cas_losses: int
    """How often the multiframe of timeslot 16 was lost."""
    repeated: int
    """Frames that were repeated because a new alignment made one less of a tick."""


class CarrierEnd:
    """One end of a line with real frames; `Span.carrier`."""

    def __init__(self, span: Span, framing: Framing, memory: native.Carrier) -> None:
        self.span = span
        self.framing = framing
        self._memory = memory
        self._loop: Loop = "none"

    def status(self) -> CarrierStatus:
        """What it has found and counted."""
        return CarrierStatus(*self._memory.status(), *self._memory.counts())

    def lose_bits(self, bits: int) -> None:
        """Let the line lose so many bits on their way to us at the next tick; below 0, gain them.

        512 bits of an E1 are two frames, slipped by something on the way that leaves framing as it
        is: then frame alignment stays and multiframes are lost.  (One frame puts words without
        alignment signal where those with it were.)
        """
        if not -MOST_LOST_BITS <= bits <= MOST_LOST_BITS:
            limit = f"-{MOST_LOST_BITS} to {MOST_LOST_BITS}"
            raise ValueError(f"{self.span.name}: want {limit} bits to be lost, got {bits}")
        self.span.engine.give(self.span.engine.core.lose(self.span.index, bits))

    @property
    def loop(self) -> Loop:
        """How it is looped."""
        return self._loop

    def set_loop(self, loop: Loop) -> None:
        """Loop this end from the next tick on, or end that."""
        if loop not in native.LOOPS:
            wanted = ", ".join(native.LOOPS)
            raise ValueError(f"{self.span.name}: want one of the loops {wanted}; got {loop!r}")
        self.span.engine.give(self.span.engine.core.loop(self.span.index, native.LOOPS[loop]))
        self._loop = loop

    def __repr__(self) -> str:
        return f"<CarrierEnd {self.span.name}: {self.framing.format}>"
