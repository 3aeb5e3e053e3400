"""Messages as octets, as FSK carries them between the rings: type, length, contents, checksum.

    parse(bytes.fromhex("041230393330313232343630393535353132313251"))
    # CallerId(number='6095551212', time=Moment(month=9, day=30, hour=12, minute=24))
    encode(CallerId(number="6095551212", time=Moment(9, 30, 12, 24)), form="sdmf")

Two forms (Telcordia GR-30): SDMF holds one thing, the time and the number or why there is none;
MDMF holds parameters, each with a type and a length, so that new ones may be added.  ETSI's EN 300
659-3 has the second alone.  The checksum makes the sum of all octets zero, modulo 256.

What is received is judged twice.  A message whose frame is broken (length, checksum, a parameter
that reaches beyond the end) is refused with `RemoteProtocolError`: nothing in it can be believed.
A parameter that nobody here knows, or that breaks its rule, is kept in `others` as it came: a
strange name must not cost the number.
"""

from __future__ import annotations

from typing import Any

from telcard.callerid.dialects import (
    BELLCORE,
    KINDS,
    TEST,
    Dialect,
    Rule,
    read_moment,
    read_number,
    write_moment,
    write_number,
)
from telcard.callerid.messages import Absence, CallerId, Kind, Parameter
from telcard.errors import RemoteProtocolError

SDMF_CALL, SDMF_WAITING = 0x04, 0x06
"""Types of the messages without parameters (GR-30; GR-1401 for the second)."""

TYPES = (SDMF_CALL, SDMF_WAITING, TEST, *KINDS)
"""All types of messages that `parse` knows."""

LONGEST = 255
"""Octets between length and checksum, at most."""

_LAMP_ON, _LAMP_OFF = b"\x42\x42\x42", b"\x6f\x6f\x6f"  # said three times over, in SDMF


def checksum(octets: bytes) -> int:
    """The octet that makes the sum of `octets` and itself zero, modulo 256."""
    return -sum(octets) & 0xFF


def framed(kind: int, contents: bytes) -> bytes:
    """A whole message: type, length, contents, checksum; ValueError beyond 255 octets."""
    if len(contents) > LONGEST:
        raise ValueError(f"message: want at most {LONGEST} octets, got {len(contents)}")
    message = bytes([kind, len(contents)]) + contents
    return message + bytes([checksum(message)])


def unframed(octets: bytes) -> tuple[int, bytes]:
    """Type and contents of a whole message; RemoteProtocolError says what is broken."""
    if len(octets) < 3:
        raise _broken(f"want at least 3 octets, got {len(octets)}")
    if len(octets) != octets[1] + 3:
        raise _broken(f"its length says {octets[1] + 3} octets, got {len(octets)}")
    if wanted := checksum(octets[:-1]) ^ octets[-1]:
        wanted ^= octets[-1]
        raise _broken(f"want checksum {wanted:02X}h, got {octets[-1]:02X}h")
    return octets[0], octets[2:-1]


def parameters(contents: bytes) -> list[Parameter]:
    """The parameters of an MDMF message's contents; RemoteProtocolError when one is cut short."""
    found, at = [], 0
    while at < len(contents):
        end = at + 2 + contents[at + 1] if at + 1 < len(contents) else at + 2
        if end > len(contents):
            raise _broken(f"parameter {contents[at]:02X}h reaches beyond the message's end")
        found.append(Parameter(contents[at], contents[at + 2 : end]))
        at = end
    return found


def parse(octets: bytes, dialect: Dialect = BELLCORE) -> CallerId:
    """A whole message, from its type to its checksum.

    RemoteProtocolError, in one sentence, when the frame is broken or the type unknown.
    """
    kind, contents = unframed(octets)
    if kind == SDMF_CALL:
        return _sdmf(contents)
    if kind == SDMF_WAITING:
        if contents not in (_LAMP_ON, _LAMP_OFF):
            raise _broken(f"want 42h or 6Fh three times, got {contents.hex(' ') or 'nothing'}")
        return CallerId(kind=Kind.WAITING, waiting=contents == _LAMP_ON)
    if kind not in KINDS and kind != TEST:
        raise _broken(f"type {kind:02X}h is not known")
    return understood(KINDS.get(kind, Kind.CALL), parameters(contents), dialect)


def understood(kind: Kind, told: list[Parameter], dialect: Dialect) -> CallerId:
    """The message that these parameters make; those without a rule, or against it, stay `others`.

    A parameter that comes twice is believed the first time.
    """
    rules = {rule.type: rule for rule in dialect.rules}
    fields: dict[str, Any] = {}
    others = []
    for parameter in told:
        rule = rules.get(parameter.type)
        if rule is None or rule.field in fields or not parameter.value:
            others.append(parameter)
            continue
        try:
            fields[rule.field] = rule.coding.read(parameter.value, dialect.codecs)
        except ValueError:
            others.append(parameter)
    return CallerId(kind=kind, others=tuple(others), **fields)


def encode(message: CallerId, dialect: Dialect = BELLCORE, form: str = "mdmf") -> bytes:
    """The message as octets, from its type to its checksum; `form` is "mdmf" or "sdmf".

    ValueError, in one sentence, for a value that the form or the dialect cannot say, and for one
    that is too long.
    """
    if form == "sdmf":
        return _encode_sdmf(message)
    if form != "mdmf":
        raise ValueError(f"form: want mdmf or sdmf, got {form!r}")
    contents = b"".join(
        bytes([parameter.type, len(parameter.value)]) + parameter.value
        for parameter in written(message, dialect)
    )
    return framed({kind: code for code, kind in KINDS.items()}[message.kind], contents)


def written(message: CallerId, dialect: Dialect) -> list[Parameter]:
    """The message's parameters in the dialect's order; ValueError as for `encode`."""
    told = [
        Parameter(rule.type, _value(rule, getattr(message, rule.field), dialect))
        for rule in dialect.rules
        if getattr(message, rule.field) is not None
    ]
    known = {rule.field for rule in dialect.rules} | {"kind", "others"}
    for field in CallerId.__dataclass_fields__:
        if field not in known and getattr(message, field) is not None:
            raise ValueError(f"{field}: the dialect {dialect.name} has no parameter for it")
    for other in message.others:
        if not (0 <= other.type <= 255 and len(other.value) <= LONGEST):
            raise ValueError(f"others: want a type to FFh and at most 255 octets, got {other}")
    return told + list(message.others)


def _value(rule: Rule, value: Any, dialect: Dialect) -> bytes:
    octets = rule.coding.write(value, dialect.codecs)
    if not rule.least <= len(octets) <= rule.most:
        wanted = str(rule.most) if rule.least == rule.most else f"{rule.least} to {rule.most}"
        raise ValueError(f"{rule.field}: want {wanted} octets, got {len(octets)} for {value!r}")
    return octets


def _sdmf(contents: bytes) -> CallerId:
    try:
        time = read_moment(contents[:8])
        rest = contents[8:]
        if rest.decode("latin-1") in {absence.value for absence in Absence}:
            return CallerId(time=time, absence=Absence(rest.decode()))
        return CallerId(time=time, number=read_number(rest))
    except ValueError as error:
        raise _broken(str(error)) from None


def _encode_sdmf(message: CallerId) -> bytes:
    if message.kind is Kind.WAITING and message.waiting is not None:
        _only(message, {"kind", "waiting", "others"})
        return framed(SDMF_WAITING, _LAMP_ON if message.waiting else _LAMP_OFF)
    _only(message, {"kind", "time", "number", "absence", "others"})
    if message.kind is not Kind.CALL or message.time is None:
        raise ValueError("sdmf: want a call with its time, or messages that wait")
    if (message.number is None) == (message.absence is None):
        raise ValueError("sdmf: want either a number or why there is none")
    if message.absence is not None:
        return framed(SDMF_CALL, write_moment(message.time) + message.absence.value.encode())
    number = write_number(message.number or "")
    if not 1 <= len(number) <= 20:
        raise ValueError(f"number: want 1 to 20 octets, got {len(number)}")
    return framed(SDMF_CALL, write_moment(message.time) + number)


def _only(message: CallerId, sayable: set[str]) -> None:
    """ValueError when the message has a field that SDMF has no place for."""
    for field in CallerId.__dataclass_fields__:
        unsaid = getattr(message, field)
        if field not in sayable and unsaid is not None:
            raise ValueError(f"{field}: sdmf has no place for it, send mdmf")
    if message.others:
        raise ValueError("others: sdmf has no parameters, send mdmf")


def _broken(what: str) -> RemoteProtocolError:
    return RemoteProtocolError(f"caller ID message: {what}", "GR-30")
