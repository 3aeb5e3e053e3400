"""What private exchanges (PINXs) tell each other of calls: arguments of QSIG's operations.

    addressed(Invoke(1, PATH_REPLACE_PROPOSE, propose("17", "4711")))    # contents of a Facility
    Proposal.read(invoke.argument)                                       # Proposal("17", "4711")

Call transfer (ECMA-178, ISO/IEC 13869): whoever joins two calls tells both ends.  Path replacement
(ECMA-176, ISO/IEC 13874): the ends agree on a new connection in place of one that goes a long way
round; see `replacement`.  Components between them are preceded by a network facility extension,
which says whether they are for the exchange at the end or for the next one (ECMA-165 11.3.3), and
by what is to be done with an operation that nobody knows there.

The values of operations and errors and the shape of their arguments were checked against tshark,
those of callTransferComplete against libpri as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from telcard.signalling.isdn.services import (
    Component,
    Invoke,
    NotUnderstood,
    components,
    digits_of,
    sequence,
    value,
    values,
)

NETWORKING = 0x1F
"""Protocol profile of a Facility element: networking extensions."""

PATH_REPLACE_PROPOSE, PATH_REPLACE_SETUP, PATH_REPLACE_RETAIN = 4, 5, 6
CALL_TRANSFER_COMPLETE = 12

NUMBER_LENGTH = 20
"""Digits of a PartyNumber (ECMA-165)."""

_INTEGER, _NULL, _ENUMERATED, _NUMERIC = 0x02, 0x05, 0x0A, 0x12
_EXTENSION, _INTERPRETATION = 0xAA, 0x8B
_SOURCE, _DESTINATION = 0x80, 0x82
_UNKNOWN_NUMBER = 0x80
_ALLOWED, _RESTRICTED = 0xA0, 0x81


class Problem(IntEnum):
    """Errors that an operation may come back with."""

    NOT_AVAILABLE = 3
    TEMPORARILY_UNAVAILABLE = 1000
    COLLISION = 1001
    CRITERIA_PERMANENTLY_UNACHIEVABLE = 1002
    CRITERIA_TEMPORARILY_UNACHIEVABLE = 1003
    INVALID_REROUTEING_NUMBER = 1004
    UNRECOGNIZED_CALL_IDENTITY = 1005
    ESTABLISHMENT_FAILURE = 1006

    @property
    def words(self) -> str:
        """The name as a sentence has it."""
        return self.name.lower().replace("_", " ")


def problem_words(error: int) -> str:
    """An error in words."""
    try:
        return Problem(error).words
    except ValueError:
        return f"error {error}"


class Unknown(IntEnum):
    """What is to become of an operation that the other end does not know (interpretation APDU)."""

    DISCARD = 0
    CLEAR_CALL = 1
    REJECT = 2


def addressed(component: Component) -> bytes:
    """A component for the exchange at the end of the connection.

    Contents of a Facility element whose profile is `NETWORKING`.  An operation that is not known
    there shall be rejected, but for the news of a transfer, which may be lost on who cannot use it.
    """
    end = b"\0"
    head = value(_EXTENSION, value(_SOURCE, end), value(_DESTINATION, end))
    if isinstance(component, Invoke):
        news = component.operation == CALL_TRANSFER_COMPLETE
        head += value(_INTERPRETATION, bytes((Unknown.DISCARD if news else Unknown.REJECT,)))
    return head + components(component)


def for_end(octets: bytes) -> bool:
    """Whether a Facility element's contents are for the exchange at the connection's end.

    One that joins two calls passes them on.  Without an extension they are for whom they reach.
    """
    try:
        for tag, contents in values(octets):
            if tag == _EXTENSION:
                return dict(values(contents)).get(_DESTINATION) == b"\0"
    except (NotUnderstood, IndexError):
        pass
    return False


# --- arguments -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Proposal:
    """Argument of pathReplacePropose: where a new connection should lead, and how it is known."""

    identity: str
    """One to four digits, which the one who proposes has chosen."""
    number: str
    """What the other end has to dial."""

    def encode(self) -> bytes:
        """The argument's octets."""
        number = value(_UNKNOWN_NUMBER, self.number.encode("ascii"))
        return sequence(_identity(self.identity), number)

    @classmethod
    def read(cls, argument: bytes) -> Self | None:
        """None where the octets are no such argument."""
        try:
            ((_, whole),) = values(argument)
            (kind, identity), (tag, number), *_ = values(whole)
        except (NotUnderstood, ValueError, IndexError):
            return None
        read, digits = _identity_of(kind, identity), digits_of(tag, number)
        return cls(read, digits) if read and 0 < len(digits) <= NUMBER_LENGTH else None


def identified(identity: str) -> bytes:
    """Argument of pathReplaceSetup and of pathReplaceRetain: the identity of the proposal."""
    return sequence(_identity(identity))


def identity_of(argument: bytes) -> str:
    """The identity in such an argument; "" where there is none."""
    try:
        ((_, whole),) = values(argument)
        (kind, identity), *_ = values(whole)
    except (NotUnderstood, ValueError, IndexError):
        return ""
    return _identity_of(kind, identity)


@dataclass(frozen=True, slots=True)
class Transferred:
    """Argument of callTransferComplete: the call now ends elsewhere."""

    primary: bool
    """Whether this is the primary end: that of the call which was held."""
    number: str = ""
    """Of the party at the other end; "" where it is withheld."""
    alerting: bool = False
    """Whether the other end still rings."""

    def encode(self) -> bytes:
        """The argument's octets."""
        if self.number:
            party = value(_UNKNOWN_NUMBER, self.number.encode("ascii"))
            told = value(_ALLOWED, party, value(_ENUMERATED, b"\0"))  # user provided, not screened
        else:
            told = value(_RESTRICTED)
        end = value(_ENUMERATED, bytes((not self.primary,)))
        status = value(_ENUMERATED, b"\1") if self.alerting else b""
        return sequence(end, told, status)

    @classmethod
    def read(cls, argument: bytes) -> Self | None:
        """None where the octets are no such argument."""
        try:
            ((_, whole),) = values(argument)
            (kind, end), (tag, told), *rest = values(whole)
            if kind != _ENUMERATED or end not in (b"\0", b"\1"):
                return None
            number = ""
            if tag == _ALLOWED:
                (party, digits), *_ = values(told)
                number = digits_of(party, digits)
        except (NotUnderstood, ValueError, IndexError):
            return None
        return cls(end == b"\0", number, (_ENUMERATED, b"\1") in rest)


def _identity(identity: str) -> bytes:
    return value(_NUMERIC, identity.encode("ascii"))


def _identity_of(kind: int, octets: bytes) -> str:
    right = kind == _NUMERIC and 1 <= len(octets) <= 4 and octets.isdigit()
    return octets.decode("ascii") if right else ""
