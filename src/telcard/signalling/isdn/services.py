"""Supplementary services' components (Q.932, X.229): what stands in a Facility element.

A component is an `Invoke` of an operation, its `Result`, a `Refusal`, or a `Rejection` where the
question itself made no sense; coded by the basic encoding rules (X.690), of which lengths of one
or two octets are enough here.

    parse(components(Invoke(1, CALL_DEFLECTION, address("4711"))))       # [Invoke(1, 13, b"0...")]
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

Operation = int | bytes
"""A local value, or the octets of an object identifier."""

CALL_DEFLECTION = 13
"""Diversion services, EN 300 207-1."""
EXPLICIT_TRANSFER = bytes.fromhex("040082710101")
"""Explicit call transfer, EN 300 369-1: 0.4.0.369.1.1 (libpri sends .4 for the next)."""
LINK_ID_REQUEST = bytes.fromhex("040082710104")
"""0.4.0.369.1.4."""
TWO_CHANNEL_TRANSFER = bytes.fromhex("2a8648ce150008")
"""Two-B-channel transfer, GR-2865: iso member-body usa ansi-t1 0 8, as libpri sends it to NI2."""

_INVOKE, _RESULT, _ERROR, _REJECT = 0xA1, 0xA2, 0xA3, 0xA4
_INTEGER, _NULL, _OBJECT, _SEQUENCE = 0x02, 0x05, 0x06, 0x30
_UNKNOWN_NUMBER, _PUBLIC_NUMBER, _PRIVATE_NUMBER = 0x80, 0xA1, 0xA5


@dataclass(frozen=True, slots=True)
class Invoke:
    """Somebody wants something done."""

    id: int
    operation: Operation
    argument: bytes = b""


@dataclass(frozen=True, slots=True)
class Result:
    """It was done; only what brings an argument back names the operation again."""

    id: int
    operation: Operation | None = None
    argument: bytes = b""


@dataclass(frozen=True, slots=True)
class Refusal:
    """It was not, and this is why (a service's own error value)."""

    id: int
    error: int = 0


@dataclass(frozen=True, slots=True)
class Rejection:
    """The component was not understood (X.229 table 4): `problem` is its kind and value."""

    id: int
    problem: bytes = b"\x81\x01\x00"


Component = Invoke | Result | Refusal | Rejection


class NotUnderstood(ValueError):
    """Octets that are no encoding; `parse` stops there."""


def components(*wanted: Component) -> bytes:
    """The octets behind the protocol profile of a Facility element."""
    return b"".join(map(_written, wanted))


def parse(octets: bytes) -> list[Component]:
    """The components that can be read; network extensions of QSIG are skipped.  Never raises."""
    found: list[Component] = []
    try:
        for tag, contents in values(octets):
            component = _read(tag, contents)
            if component is not None:
                found.append(component)
    except (NotUnderstood, IndexError):
        pass  # a component that is cut short ends the element
    return found


# --- arguments -----------------------------------------------------------------------------------


def address(number: str) -> bytes:
    """A number to divert a call to: SEQUENCE of an Address with an unknown type of number."""
    return value(_SEQUENCE, value(_SEQUENCE, value(_UNKNOWN_NUMBER, number.encode("ascii"))))


def number_of(argument: bytes) -> str:
    """The number in such an argument; "" where there is none."""
    try:
        ((_, whole),) = values(argument)
        (_, deflection_address), *_ = values(whole)
        (tag, party), *_ = values(deflection_address)
    except (NotUnderstood, ValueError, IndexError):
        return ""
    return digits_of(tag, party)


def digits_of(tag: int, party: bytes) -> str:
    """The digits of a PartyNumber, whatever its plan; "" where they cannot be read."""
    try:
        if tag in (_PUBLIC_NUMBER, _PRIVATE_NUMBER):  # SEQUENCE of type and digits
            _, (_, party), *_ = values(party)
        digits = party.decode("ascii")
    except (NotUnderstood, ValueError, IndexError):
        return ""
    return digits if digits.isprintable() else ""


def integer(number: int) -> bytes:
    """A link identity."""
    return value(_INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def integer_of(argument: bytes) -> int | None:
    """The first integer in an argument, be it alone or in a sequence."""
    try:
        for tag, contents in values(argument):
            if tag == _INTEGER:
                return int.from_bytes(contents, "big", signed=True)
            if tag == _SEQUENCE:
                return integer_of(contents)
    except (NotUnderstood, IndexError):
        pass
    return None


def sequence(*parts: bytes) -> bytes:
    """Several values as one."""
    return value(_SEQUENCE, *parts)


# --- encoding ------------------------------------------------------------------------------------


def value(tag: int, *parts: bytes) -> bytes:
    """One value: tag, length, contents."""
    contents = b"".join(parts)
    length = len(contents)
    head = bytes((tag, length)) if length < 0x80 else bytes((tag, 0x81, length))
    return head + contents


def values(octets: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and contents of the values that stand one after the other; raises NotUnderstood."""
    at = 0
    while at < len(octets):
        tag, length = octets[at], octets[at + 1]
        at += 2
        if length == 0x81:
            length, at = octets[at], at + 1
        elif length >= 0x80:
            raise NotUnderstood(f"a length of the form {length:#04x}")
        if at + length > len(octets):
            raise NotUnderstood("a value that is cut short")
        yield tag, bytes(octets[at : at + length])
        at += length


def _written(component: Component) -> bytes:
    head = integer(component.id)
    match component:
        case Invoke(_, operation, argument):
            return value(_INVOKE, head, _operation(operation), argument)
        case Result(_, operation, argument):
            if operation is None:
                return value(_RESULT, head)
            return value(_RESULT, head, sequence(_operation(operation), argument))
        case Refusal(_, error):
            return value(_ERROR, head, integer(error))
        case Rejection(_, problem):
            return value(_REJECT, head, problem)


def _operation(operation: Operation) -> bytes:
    if isinstance(operation, int):
        return integer(operation)
    return value(_OBJECT, operation)


def _read(tag: int, contents: bytes) -> Component | None:
    if tag not in (_INVOKE, _RESULT, _ERROR, _REJECT):
        return None
    parts = list(values(contents))
    if tag == _REJECT and parts and parts[0][0] == _NULL:  # of what had no identity
        return None
    if not parts or parts[0][0] != _INTEGER:
        raise NotUnderstood("a component without identity")
    identity = int.from_bytes(parts[0][1], "big", signed=True)
    rest = [part for part in parts[1:] if part[0] != 0x80]  # but for a linked identity
    match tag:
        case 0xA1:
            return Invoke(identity, *_named(rest))
        case 0xA2:
            return Result(identity, *_named(list(values(rest[0][1])))) if rest else Result(identity)
        case 0xA3:
            return Refusal(identity, int.from_bytes(rest[0][1], "big", signed=True))
    return Rejection(identity, value(*rest[0]) if rest else b"")


def _named(parts: list[tuple[int, bytes]]) -> tuple[Operation, bytes]:
    """An operation and its argument."""
    if not parts:
        raise NotUnderstood("a component without operation")
    (kind, operation), *rest = parts
    argument = b"".join(value(tag, contents) for tag, contents in rest)
    if kind != _INTEGER:
        return operation, argument
    return int.from_bytes(operation, "big", signed=True), argument
