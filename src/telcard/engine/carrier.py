"""Real frames on an emulated line: E1 or T1 bits between two ends, as on copper.

    line = E1Line(framing=Framing("crc4"))       # or T1Line()
    span = engine.plug(line, 0)
    span.set_bit_errors(1e-3)                    # of everything: sound, signalling, framing
    span.carrier.lose_bits(3)
    span.carrier.status().losses

    span.carrier.send_message(BitMessage.LINE_LOOP_UP)      # a T1 asks its far end for a loop

Alarms are then what the receiver makes of the bits, and consequent actions what it does about them
(`telcard.signalling.framing`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from telcard._native import engine as native
from telcard.signalling.framing.reports import REPORT_OCTETS
from telcard.signalling.framing.t1 import BitMessage, message_of

if TYPE_CHECKING:
    from telcard.engine.span import Span

FrameFormat = Literal["crc4", "no-crc4", "esf", "d4"]
"""Of an E1 with CRC-4 or without it (ITU-T G.704), of a T1 with ESF or D4 (ANSI T1.403)."""

Loop = Literal["none", "local", "line", "payload"]
"""Local: we hear ourselves, and the line gets all ones.  Line: what comes goes back bit for bit.
Payload: its timeslots go back, in frames of our own."""

LoopCode = Literal["none", "up", "down"]
"""What is sent in all channels of a T1 to loop its far end, or to end that."""

_LOOPS: dict[int, Loop] = {native.LOOPS[name]: name for name in get_args(Loop)}
_CODES: dict[int, LoopCode] = {native.LOOP_CODES[name]: name for name in get_args(LoopCode)}

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
        """How it is looped, as of the last tick."""
        return _LOOPS[self._memory.told()[0]]

    def set_loop(self, loop: Loop) -> None:
        """Loop this end from the next tick on, or end that."""
        if loop not in native.LOOPS:
            wanted = ", ".join(native.LOOPS)
            raise ValueError(f"{self.span.name}: want one of the loops {wanted}; got {loop!r}")
        self.span.engine.give(self.span.engine.core.loop(self.span.index, native.LOOPS[loop]))

    # What the ends of a T1 tell each other

    def obey(self, obeys: bool = True) -> None:
        """Loop this end whenever the far end asks for it, by a message or by its loop code, until
        it asks for the end of that; or do so no more.

        One end alone may: who asks for a loop hears itself ask.
        """
        self._say(native.SAY_OBEYS, obeys)

    def send_message(self, message: BitMessage | None) -> None:
        """Say this on the data link of ESF over and over; None: nothing.

        ValueError on a line without one.
        """
        self._wants_link()
        self._say(native.SAY_MESSAGE, native.NO_MESSAGE if message is None else message.sent)

    @property
    def message(self) -> BitMessage | None:
        """What the far end says so, as of the last tick; None too for what is not known."""
        return message_of(self._memory.told()[2])

    def send_code(self, code: LoopCode) -> None:
        """Send a loop code in place of all channels: 00001 over and over asks for a line loop
        ("up"), 001 for its end ("down"), when it has lasted five seconds; "none" ends it.
        """
        if code not in native.LOOP_CODES:
            wanted = ", ".join(native.LOOP_CODES)
            raise ValueError(f"{self.span.name}: want one of the codes {wanted}; got {code!r}")
        if not self.framing.t1:
            raise ValueError(f"{self.span.name}: want a T1 to send a loop code on, got an E1")
        self._say(native.SAY_CODE, native.LOOP_CODES[code])

    @property
    def code(self) -> LoopCode:
        """The loop code that the far end sends, once it has for five seconds."""
        return _CODES[self._memory.told()[1]]

    def send_report(self, report: bytes) -> None:
        """Send a performance report on the data link of ESF (`telcard.signalling.framing.reports`).

        ValueError on a line without one, and for other than eight octets.
        """
        self._wants_link()
        if len(report) != REPORT_OCTETS:
            raise ValueError(
                f"{self.span.name}: want a report of {REPORT_OCTETS} octets, got {len(report)}"
            )
        self._say(native.SAY_REPORT, int.from_bytes(report, "big"))

    def report(self) -> tuple[int, bytes]:
        """How many performance reports the far end has sent, and the newest one."""
        count, newest = self._memory.report()
        return count, newest.to_bytes(REPORT_OCTETS, "big")

    def _wants_link(self) -> None:
        if self.framing.format != "esf":
            raise ValueError(
                f"{self.span.name}: want framing esf for a data link, got {self.framing.format}"
            )

    def _say(self, what: int, value: int) -> None:
        self.span.engine.give(self.span.engine.core.say(self.span.index, what, value))

    def __repr__(self) -> str:
        return f"<CarrierEnd {self.span.name}: {self.framing.format}>"
