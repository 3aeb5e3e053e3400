"""Caller ID of NTT (JCLIP): octets with parity between control characters, and a longer check.

    parse_japan(encode_japan(CallerId(number="0312345678")))

The telephone is rung shortly, lifts by itself, is told who calls by V.23, hangs up and is rung in
earnest.  What it is told looks like this, every octet of 7 bits with even parity above:

    DLE SOH 07h DLE STX 40h length parameters DLE ETX CRC CRC

A DLE (10h) among lengths and parameters is sent twice; whether the length counts it once or twice
is understood either way, and once when we send.  The CRC is that of ITU-T V.41 (x^16 + x^12 +
x^5 + 1, from 0, lowest bit first, low octet first) over everything behind SOH, parity bits and
doubled DLEs included.

Sources: the parameters from Dialogic's Natural Access CAS manual (caller ID format for NTT) and
spandsp's adsi.h; the frame, its CRC and the 72 marks before it as spandsp 0.0.6 sends and takes
them, with which the tests agree in both directions.  NTT's own text was not at hand.
"""

from __future__ import annotations

from telcard.callerid.dialects import ABSENCE, NUMBER, TEXT, Dialect, Rule
from telcard.callerid.messages import CallerId, Kind
from telcard.callerid.octets import LONGEST, parameters, understood, written
from telcard.errors import RemoteProtocolError

JAPAN = Dialect(
    "japan",
    (
        Rule(0x02, "number", NUMBER, 1, 30),
        Rule(0x04, "absence", ABSENCE, 1, 1),
        Rule(0x07, "name", TEXT, 1, 30),
        Rule(0x08, "name_absence", ABSENCE, 1, 1),
        Rule(0x09, "called", NUMBER, 1, 30),
    ),
    ("ascii",),
)
"""NTT's parameters; 21h and 22h, which say what sort of numbers these are, stay `others`."""

SOH, STX, ETX, DLE = 0x01, 0x02, 0x03, 0x10

_HEADER, _CALL = 0x07, 0x40


def encode_japan(message: CallerId) -> bytes:
    """A whole frame, from its first DLE to the CRC.

    ValueError, in one sentence, for what NTT's parameters cannot say, or 7 bits cannot.
    """
    if message.kind is not Kind.CALL:
        raise ValueError(f"japan: want a message about a call, got one about {message.kind.value}")
    contents = b"".join(
        bytes([parameter.type, len(parameter.value)]) + parameter.value
        for parameter in written(message, JAPAN)
    )
    if len(contents) > _LONGEST or any(octet > 0x7F for octet in contents):
        raise ValueError(f"japan: want at most {_LONGEST} octets of 7 bits, got {contents!r}")
    doubled = bytes([len(contents), *contents]).replace(bytes([DLE]), bytes([DLE, DLE]))
    counted = bytes([_HEADER, DLE, STX, _CALL]) + doubled + bytes([DLE, ETX])
    checked = bytes(map(_even, counted))
    return bytes(map(_even, (DLE, SOH))) + checked + crc(checked).to_bytes(2, "little")


def parse_japan(octets: bytes) -> CallerId:
    """A whole frame; RemoteProtocolError, in one sentence, when it is broken."""
    if not whole(octets):
        raise _broken(f"it has no end within {len(octets)} octets")
    checked, told = octets[2:-2], int.from_bytes(octets[-2:], "little")
    if octets[:2] != bytes(map(_even, (DLE, SOH))):
        raise _broken(f"want DLE SOH before it, got {octets[:2].hex(' ')}")
    if crc(checked) != told:
        raise _broken(f"want CRC {crc(checked):04X}h, got {told:04X}h")
    plain = bytes(octet & 0x7F for octet in checked)
    if plain[:4] != bytes([_HEADER, DLE, STX, _CALL]):
        raise _broken(f"want 07 10 02 40 behind SOH, got {plain[:4].hex(' ')}")
    inner = plain[4:-2].replace(bytes([DLE, DLE]), bytes([DLE]))
    if not inner or inner[0] not in (len(inner) - 1, len(plain) - 7):
        raise _broken(f"its length says {inner[0] if inner else 0} octets, got {len(inner) - 1}")
    return understood(Kind.CALL, parameters(inner[1:]), JAPAN)


def begins(octets: bytes) -> bool:
    """Whether a frame may begin with these octets."""
    start = bytes(map(_even, (DLE, SOH, _HEADER)))
    return octets.startswith(start) or start.startswith(octets)


def whole(octets: bytes) -> bool:
    """Whether the last of these octets is the last of a frame that begins with the first."""
    at, end = 2, len(octets) - 2
    while at < end:
        if octets[at] & 0x7F == DLE:
            if at + 1 < end and octets[at + 1] & 0x7F == ETX:
                return at + 2 == end
            at += 1
        at += 1
    return False


def crc(octets: bytes) -> int:
    """The check of ITU-T V.41, lowest bit first, from 0."""
    value = 0
    for octet in octets:
        value ^= octet
        for _ in range(8):
            value = value >> 1 ^ (0x8408 if value & 1 else 0)
    return value


def _even(octet: int) -> int:
    """The octet's 7 bits with the bit above that makes the number of ones even."""
    return octet | (octet.bit_count() & 1) << 7


def _broken(what: str) -> RemoteProtocolError:
    return RemoteProtocolError(f"caller ID frame: {what}", "JCLIP")


_LONGEST = min(LONGEST, 0x7F)
