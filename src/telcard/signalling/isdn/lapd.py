"""Frames of the D-channel's data link (ITU-T Q.921 2 and 3): octets to frames, and back.

    frame = Frame.decode(bytes.fromhex("00017f"))
    frame.kind, frame.pf                         # (Kind.SABME, True)
    frame.encode().hex()                         # "00017f"

Flags and check sequence are HDLC's matter (`telcard.signalling.framing.hdlc`).  `cr` is the bit as
it stands on the line; which of its values is a command depends on who sends (table 1): the network
says 1, the user 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from telcard.errors import RemoteProtocolError

SIDES = ("user", "network")

Side = Literal["user", "network"]
"""Which end of the D-channel: the subscriber's (TE, CPE), or the exchange's (NT, ET)."""

CALL_CONTROL = 0
"""SAPI of Q.931 (table 2)."""
MANAGEMENT = 63
"""SAPI of TEI management."""
GROUP_TEI = 127
"""TEI of everybody (3.3.4.1)."""

MODULUS = 128


class Kind(Enum):
    """Kinds of frames (table 5), by what their control field has beside numbers and P/F."""

    I = 0x00  # noqa: E741  the standard's name
    RR = 0x01
    RNR = 0x05
    REJ = 0x09
    SABME = 0x6F
    DM = 0x0F
    UI = 0x03
    DISC = 0x43
    UA = 0x63
    FRMR = 0x87
    XID = 0xAF

    @property
    def numbered(self) -> bool:
        """Whether it has a control field of two octets, with N(R)."""
        return self in (Kind.I, Kind.RR, Kind.RNR, Kind.REJ)


COMMANDS = frozenset(
    {Kind.I, Kind.RR, Kind.RNR, Kind.REJ, Kind.SABME, Kind.UI, Kind.DISC, Kind.XID}
)
RESPONSES = frozenset({Kind.RR, Kind.RNR, Kind.REJ, Kind.DM, Kind.UA, Kind.FRMR, Kind.XID})

_UNNUMBERED = {kind.value: kind for kind in Kind if not kind.numbered}
_SUPERVISORY = {kind.value: kind for kind in (Kind.RR, Kind.RNR, Kind.REJ)}
_MAY_INFORM = frozenset({Kind.I, Kind.UI, Kind.FRMR, Kind.XID})


class FrameError(RemoteProtocolError):
    """Octets that are no frame of Q.921.

    `code` is the letter by which table II.1 tells it to management: L a control field that is
    undefined, M information where none is permitted, N a wrong size; "" for a frame that is invalid
    (2.9) and is to be ignored.
    """

    def __init__(self, code: str, message: str, clause: str) -> None:
        super().__init__(message, clause)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One frame; `ns` and `nr` are 0..127 where the kind has them, `info` its information."""

    kind: Kind
    cr: bool
    sapi: int = CALL_CONTROL
    tei: int = 0
    pf: bool = False
    ns: int = 0
    nr: int = 0
    info: bytes = b""

    def encode(self) -> bytes:
        """Its octets, from the address on."""
        address = bytes((self.sapi << 2 | self.cr << 1, self.tei << 1 | 1))
        kind = self.kind
        if kind is Kind.I:
            control = bytes((self.ns << 1, self.nr << 1 | self.pf))
        elif kind.numbered:
            control = bytes((kind.value, self.nr << 1 | self.pf))
        else:
            control = bytes((kind.value | self.pf << 4,))
        return address + control + self.info

    @classmethod
    def decode(cls, octets: bytes) -> Frame:
        """The frame that the octets are; raises `FrameError`."""
        if len(octets) < 3:
            raise FrameError("", f"frame: want 3 octets or more, got {len(octets)}", "2.9")
        first, second, control = octets[:3]
        if first & 1 or not second & 1:
            address = octets[:2].hex()
            raise FrameError("", f"frame: want an address of two octets, got {address}", "3.2")
        numbered = control & 3 != 3
        kind: Kind | None
        if not control & 1:
            kind = Kind.I
        elif numbered:
            kind = _SUPERVISORY.get(control)
        else:
            kind = _UNNUMBERED.get(control & ~0x10)
        if kind is None:
            raise FrameError("L", f"frame: control field {control:#04x} is not defined", "3.6.11")
        if numbered and len(octets) < 4:
            raise FrameError("N", f"frame: want 4 octets of {kind.name}, got 3", "3.6.11")
        more = octets[3] if numbered else 0
        info = octets[4:] if numbered else octets[3:]
        if info and kind not in _MAY_INFORM:
            raise FrameError(
                "M",
                f"frame: want no information in {kind.name}, got {len(info)} octets",
                "3.6.11",
            )
        return cls(
            kind=kind,
            cr=bool(first & 2),
            sapi=first >> 2,
            tei=second >> 1,
            pf=bool(more & 1 if numbered else control & 0x10),
            ns=control >> 1 if kind is Kind.I else 0,
            nr=more >> 1,
            info=bytes(info),
        )

    def describe(self, sender: Side | None = None) -> str:
        """One line for people: `SABME p=1`, `I ns=0 nr=2`; of a known sender C or R as well."""
        parts, poll = [self.kind.name], "p/f"
        if sender is not None:
            command = self.cr == (sender == "network")
            parts[0] += " command" if command else " response"
            poll = "p" if command else "f"
        if self.kind is Kind.I:
            parts.append(f"ns={self.ns}")
        if self.kind.numbered:
            parts.append(f"nr={self.nr}")
        if self.pf:
            parts.append(f"{poll}=1")
        if (self.sapi, self.tei) != (CALL_CONTROL, 0):
            parts.append(f"sapi={self.sapi} tei={self.tei}")
        return " ".join(parts)
