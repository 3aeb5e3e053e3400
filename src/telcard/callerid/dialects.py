"""Which parameters a country's messages have, and how each is written: data.

A dialect is a table of `Rule`s: parameter 02h is the caller's number, 1 to 20 characters, and so
on.  Sources: the lists of parameters in Telcordia GR-30, GR-31 and GR-1188 and in ETSI EN 300 659-3
as makers of exchanges' interfaces repeat them (Dialogic's Natural Access CAS manual for France;
Teltone's TLE manual; the header of spandsp's adsi); the longest values of 07h (50) and of the
numbers (20) are from memory of EN 300 659-3 table 1, not checked.

Who wants another table makes one: `dataclasses.replace(ETSI, codecs=("latin-1",))`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from telcard.callerid.messages import (
    Absence,
    CallingUser,
    CallType,
    Forwarding,
    Kind,
    Moment,
)

NUMBER_CHARACTERS = frozenset("0123456789ABCD*#+")
"""What a telephone number may consist of."""

Codecs = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coding:
    """How a value is read from octets and written; both raise ValueError in one sentence."""

    read: Callable[[bytes, Codecs], Any]
    write: Callable[[Any, Codecs], bytes]


@dataclass(frozen=True, slots=True)
class Rule:
    """A parameter: the field of `CallerId` that holds it, its coding, its length in octets."""

    type: int
    field: str
    coding: Coding
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Dialect:
    """The parameters of a country in the order in which they are sent.

    `codecs`: how text is coded; written by the first, read by the first that can.
    """

    name: str
    rules: tuple[Rule, ...]
    codecs: Codecs


def read_moment(value: bytes, _: Codecs = ()) -> Moment:
    """MMDDHHMM."""
    if len(value) != 8 or not value.isdigit():
        raise ValueError(f"time: want 8 digits MMDDHHMM, got {value!r}")
    return Moment(int(value[:2]), int(value[2:4]), int(value[4:6]), int(value[6:]))


def write_moment(time: Moment, _: Codecs = ()) -> bytes:
    """MMDDHHMM."""
    return f"{time.month:02}{time.day:02}{time.hour:02}{time.minute:02}".encode()


def read_number(value: bytes, _: Codecs = ()) -> str:
    """A number, character by character."""
    number = value.decode("latin-1").strip()
    if not number or set(number) - NUMBER_CHARACTERS:
        raise ValueError(f"number: want digits, got {value!r}")
    return number


def write_number(number: str, _: Codecs = ()) -> bytes:
    """A number, character by character."""
    if strange := set(number) - NUMBER_CHARACTERS:
        raise ValueError(f"number: want digits, got {sorted(strange)[0]!r} in {number!r}")
    return number.encode()


def read_text(value: bytes, codecs: Codecs) -> str:
    """Text in the first of the codecs that can read it, without the blanks around it."""
    for codec in codecs:
        try:
            text = value.decode(codec).strip(" \0")
        except UnicodeDecodeError:
            continue
        if text:
            return text
    raise ValueError(f"text: want {' or '.join(codecs)}, got {value!r}")


def write_text(text: str, codecs: Codecs) -> bytes:
    """Text in the first of the codecs."""
    try:
        return text.encode(codecs[0])
    except UnicodeEncodeError as error:
        strange = text[error.start]
        raise ValueError(f"text: {codecs[0]} has no {strange!r}, got {text!r}") from None


def _read_absence(value: bytes, _: Codecs) -> Absence:
    return Absence(value.decode("latin-1"))


def _write_absence(absence: Absence, _: Codecs) -> bytes:
    return absence.value.encode()


def _read_long_distance(value: bytes, _: Codecs) -> bool:
    if value != b"L":
        raise ValueError(f"call qualifier: want L, got {value!r}")
    return True


def _write_long_distance(long: bool, _: Codecs) -> bytes:
    if not long:
        raise ValueError("long_distance: a message can say True, or nothing; got False")
    return b"L"


def _read_lamp(value: bytes, _: Codecs) -> bool:
    if value not in (b"\x00", b"\xff"):
        raise ValueError(f"visual indicator: want 00h or FFh, got {value!r}")
    return value == b"\xff"


def _write_lamp(waiting: bool, _: Codecs) -> bytes:
    return b"\xff" if waiting else b"\x00"


# GR-31 writes the reasons as characters; some exchanges send them as numbers.
_REDIRECTIONS = {
    0: Forwarding.UNCONDITIONAL,
    1: Forwarding.BUSY,
    2: Forwarding.NO_REPLY,
}


def _read_redirection(value: bytes, _: Codecs) -> Forwarding:
    code = int.from_bytes(value, "big")
    code -= ord("0") if code >= ord("0") else 0
    if code not in _REDIRECTIONS:
        raise ValueError(f"reason for redirection: want 0, 1 or 2, got {value!r}")
    return _REDIRECTIONS[code]


def _write_redirection(forwarding: Forwarding, _: Codecs) -> bytes:
    for code, known in _REDIRECTIONS.items():
        if known is forwarding:
            return str(code).encode()
    names = ", ".join(known.name for known in _REDIRECTIONS.values())
    raise ValueError(f"forwarding: GR-31 knows {names}, got {forwarding.name}")


def _octet(kind: Callable[[int], int]) -> Coding:
    def read(value: bytes, _: Codecs) -> int:
        return kind(value[0])

    def write(code: int, _: Codecs) -> bytes:
        if not 0 <= code <= 255:
            raise ValueError(f"code: want 0 to 255, got {code}")
        return bytes([code])

    return Coding(read, write)


MOMENT = Coding(read_moment, write_moment)
NUMBER = Coding(read_number, write_number)
TEXT = Coding(read_text, write_text)
ABSENCE = Coding(_read_absence, _write_absence)
LAMP = Coding(_read_lamp, _write_lamp)
LONG_DISTANCE = Coding(_read_long_distance, _write_long_distance)
REDIRECTION = Coding(_read_redirection, _write_redirection)

KINDS = {
    0x80: Kind.CALL,
    0x82: Kind.WAITING,
    0x86: Kind.CHARGE,
    0x89: Kind.SHORT_MESSAGE,
}
"""Types of messages with parameters (MDMF, EN 300 659-3 table 1; GR-30 has the first two)."""

TEST = 0x81
"""GR-30's test of the delivery of numbers: read as a call."""


def _bellcore(name_most: int) -> tuple[Rule, ...]:
    return (
        Rule(0x01, "time", MOMENT, 8, 8),
        Rule(0x02, "number", NUMBER, 1, 20),
        Rule(0x03, "dialable", NUMBER, 1, 20),
        Rule(0x04, "absence", ABSENCE, 1, 1),
        Rule(0x05, "forwarding", REDIRECTION, 1, 1),
        Rule(0x06, "long_distance", LONG_DISTANCE, 1, 1),
        Rule(0x07, "name", TEXT, 1, name_most),
        Rule(0x08, "name_absence", ABSENCE, 1, 1),
        Rule(0x0B, "waiting", LAMP, 1, 1),
    )


# GR-1188: a display has room for 15.
BELLCORE = Dialect("bellcore", _bellcore(15), ("ascii", "latin-1"))
"""Telcordia GR-30, GR-31 and GR-1188: North America, and who took its messages over."""

ETSI = Dialect(
    "etsi",
    (
        Rule(0x11, "call_type", _octet(CallType), 1, 1),  # first, says EN 300 659-3
        Rule(0x01, "time", MOMENT, 8, 8),
        Rule(0x02, "number", NUMBER, 1, 20),
        Rule(0x03, "called", NUMBER, 1, 20),
        Rule(0x04, "absence", ABSENCE, 1, 1),
        Rule(0x07, "name", TEXT, 1, 50),
        Rule(0x08, "name_absence", ABSENCE, 1, 1),
        Rule(0x0B, "waiting", LAMP, 1, 1),
        Rule(0x10, "complementary", NUMBER, 1, 20),
        Rule(0x12, "first_called", NUMBER, 1, 20),
        Rule(0x13, "messages", _octet(int), 1, 1),
        Rule(0x15, "forwarding", _octet(Forwarding), 1, 1),
        Rule(0x16, "user", _octet(CallingUser), 1, 1),
        Rule(0x1A, "redirecting", NUMBER, 1, 20),
        Rule(0x50, "text", TEXT, 1, 253),
    ),
    ("ascii", "latin-1"),
)
"""ETSI EN 300 659-3: Europe, and others whose lines follow it."""

CHINA = Dialect("china", _bellcore(50), ("gb2312", "gbk"))
"""YD/T 1277.1: Bellcore's messages, with names in GB 2312.

GBK, which has all of GB 2312 and some rare names more, is understood too.
"""

NAMES = {
    0x01: "date and time",
    0x02: "calling line identity",
    0x03: "called line identity, or dialable number",
    0x04: "reason for absence of the number",
    0x05: "reason for redirection",
    0x06: "call qualifier",
    0x07: "calling party name",
    0x08: "reason for absence of the name",
    0x0B: "visual indicator",
    0x0D: "message identification",
    0x0E: "last message's calling line",
    0x0F: "complementary date and time",
    0x10: "complementary calling line identity",
    0x11: "call type",
    0x12: "first called line identity",
    0x13: "number of messages",
    0x15: "type of forwarded call",
    0x16: "type of calling user",
    0x1A: "redirecting number",
    0x20: "charge",
    0x21: "additional charge",
    0x23: "duration of the call",
    0x30: "network provider",
    0x31: "carrier",
    0x40: "selection of terminal function",
    0x50: "display information",
    0x55: "service information",
    0xE0: "network operator's own",
}
"""What the types of parameters are called, those included that no field of a message holds."""
