"""Performance reports: what the ends of a T1 tell each other of every second (ANSI T1.403, ESF).

    octets = encode([now, before, ...])         # newest first, four seconds at most
    decode(octets)                              # [Second(...)] * 4

A report is sent once a second and tells of the last four, so that one that is lost costs nothing.
Errored blocks are told by their order of magnitude alone.  The bits of a second are two octets,
each written from its bit 8 on (EXFO's manual of its FTB-800, FDL performance reports, names them):

    G3 LV G4 U1 U2 G5 SL G6     FE SE LB G1 R G2 Nm NI
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

REPORT_OCTETS = 8
"""Octets of a report, without what HDLC puts round it."""

SECONDS = 4
"""That it tells of."""

_LEAST = {320: 0x0100, 101: 0x0400, 11: 0x2000, 6: 0x8000, 2: 0x0004, 1: 0x0010}
"""By the least number of errored blocks in a class, G6 to G1, its bit."""

_LV, _SL, _FE, _SE, _LB = 0x4000, 0x0200, 0x0080, 0x0040, 0x0020


@dataclass(frozen=True, slots=True)
class Second:
    """One second of a line, as one of its ends has received it."""

    errors: int = 0
    """Errored blocks (CRC-6); of a report that was read, the fewest that it may mean: 1, 2, 6, 11,
    101 or 320."""
    framing_errors: bool = False
    """A framing bit was errored."""
    severe_framing: bool = False
    """Two of four or more were: alignment was lost, or nearly."""
    violations: bool = False
    """Of the line code; a line that carries octets has none."""
    slip: bool = False
    """A frame was deleted or repeated."""
    looped: bool = False
    """The end that tells has a payload loop."""
    number: int = 0
    """Modulo four."""


def encode(seconds: Sequence[Second]) -> bytes:
    """A report of these seconds, the newest first; those that are not there had no errors.

    ValueError for more than four, and for errors below 0.
    """
    if len(seconds) > SECONDS:
        raise ValueError(f"report: want at most {SECONDS} seconds, got {len(seconds)}")
    words = [_word(second) for second in seconds] + [0] * (SECONDS - len(seconds))
    return b"".join(word.to_bytes(2, "big") for word in words)


def decode(octets: bytes) -> list[Second]:
    """What a report tells, the newest second first.  ValueError for other than eight octets."""
    if len(octets) != REPORT_OCTETS:
        raise ValueError(f"report: want {REPORT_OCTETS} octets, got {len(octets)}")
    words = [int.from_bytes(octets[at : at + 2], "big") for at in range(0, REPORT_OCTETS, 2)]
    return [
        Second(
            errors=next((least for least, bit in _LEAST.items() if word & bit), 0),
            framing_errors=bool(word & _FE),
            severe_framing=bool(word & _SE),
            violations=bool(word & _LV),
            slip=bool(word & _SL),
            looped=bool(word & _LB),
            number=word & 3,
        )
        for word in words
    ]


def _word(second: Second) -> int:
    if second.errors < 0:
        raise ValueError(f"report: want no errors below 0, got {second.errors}")
    word = next((bit for least, bit in _LEAST.items() if second.errors >= least), 0)
    word |= _FE * second.framing_errors | _SE * second.severe_framing
    word |= _LV * second.violations | _SL * second.slip | _LB * second.looped
    return word | second.number % 4
