"""Information elements with party numbers and subaddresses (Q.931 4.5.8-4.5.11, Q.951, Q.952)."""

# ruff: noqa: D102 -- what parse, contents and describe do is told once, by the bases
from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Self

from telcard.signalling.isdn.elements import EXTENSION, BadContents, VariableLength, printed


class NumberType(IntEnum):
    """Type of number (table 4-9)."""

    UNKNOWN = 0
    INTERNATIONAL = 1
    NATIONAL = 2
    NETWORK_SPECIFIC = 3
    SUBSCRIBER = 4
    ABBREVIATED = 6


class NumberPlan(IntEnum):
    """Numbering plan (table 4-9)."""

    UNKNOWN = 0
    ISDN = 1
    DATA = 3
    TELEX = 4
    NATIONAL = 8
    PRIVATE = 9


class Presentation(IntEnum):
    """Whether a number may be shown (table 4-11); RESTRICTED is CLIR."""

    ALLOWED = 0
    RESTRICTED = 1
    NOT_AVAILABLE = 2


class Screening(IntEnum):
    """Who vouches for a number (table 4-11)."""

    USER_UNSCREENED = 0
    USER_PASSED = 1
    USER_FAILED = 2
    NETWORK = 3


def _text(octets: bytes) -> str:
    """Digits as IA5 characters, of which bit 8 is no part."""
    if any(octet < 0x20 or octet > 0x7E for octet in octets):
        raise BadContents("want IA5 characters")
    return octets.decode("ascii")


def _kind(number_type: int, plan: int) -> str:
    names = {1: "international", 2: "national", 3: "network-specific", 4: "subscriber", 6: "short"}
    plans = {0: "", 1: "ISDN", 3: "data", 4: "telex", 8: "national plan", 9: "private"}
    words = (names.get(number_type, ""), plans.get(plan, f"plan {plan}"))
    return " ".join(word for word in words if word) or "unknown"


@dataclass(frozen=True, slots=True)
class CalledNumber(VariableLength):
    """The number that was dialled, or more of its digits (4.5.8)."""

    identifier: ClassVar[int] = 0x70
    title: ClassVar[str] = "called number"

    digits: str
    type: int = NumberType.UNKNOWN
    plan: int = NumberPlan.ISDN

    def contents(self) -> bytes:
        return bytes((0x80 | self.type << 4 | self.plan,)) + self.digits.encode("ascii")

    @classmethod
    def parse(cls, contents: bytes) -> Self:
        first = contents[0]
        if not first & EXTENSION:
            raise BadContents("octet 3 stands alone")
        return cls(_text(contents[1:]), first >> 4 & 7, first & 0x0F)

    def describe(self) -> str:
        return f"{self.title} {printed(self.digits)} ({_kind(self.type, self.plan)})"


@dataclass(frozen=True, slots=True)
class TransitNetworkSelection(CalledNumber):
    """The carrier that the caller wants (4.5.29); type and plan are those of a network."""

    identifier: ClassVar[int] = 0x78
    title: ClassVar[str] = "transit network"

    type: int = NumberType.NATIONAL
    plan: int = 1


@dataclass(frozen=True, slots=True)
class CallingNumber(VariableLength):
    """Who calls, whether that may be shown, and who vouches for it (4.5.10).

    `presentation` None: the element has no octet 3a, which means allowed and not screened.
    """

    identifier: ClassVar[int] = 0x6C
    title: ClassVar[str] = "calling number"

    digits: str = ""
    type: int = NumberType.UNKNOWN
    plan: int = NumberPlan.ISDN
    presentation: int | None = Presentation.ALLOWED
    screening: int = Screening.USER_UNSCREENED

    @property
    def shown(self) -> bool:
        """Whether the number may be presented."""
        return not self.presentation

    def contents(self) -> bytes:
        first = self.type << 4 | self.plan
        if self.presentation is None:
            head = bytes((0x80 | first,))
        else:
            head = bytes((first, 0x80 | self.presentation << 5 | self.screening))
        return head + self.digits.encode("ascii")

    @classmethod
    def parse(cls, contents: bytes) -> Self:
        first, at, presentation, screening = contents[0], 1, None, 0
        if not first & EXTENSION:
            second = contents[1]
            if not second & EXTENSION:
                raise BadContents("octets behind 3a")
            presentation, screening, at = second >> 5 & 3, second & 3, 2
        return cls(_text(contents[at:]), first >> 4 & 7, first & 0x0F, presentation, screening)

    def describe(self) -> str:
        words = [_kind(self.type, self.plan)]
        if self.presentation is not None:
            names = {0: "shown", 1: "withheld", 2: "not available"}
            words.append(names.get(self.presentation, "reserved"))
            screens = {0: "not screened", 1: "verified", 2: "failed", 3: "by the network"}
            words.append(screens[self.screening])
        return f"{self.title} {printed(self.digits)} ({', '.join(words)})"


@dataclass(frozen=True, slots=True)
class ConnectedNumber(CallingNumber):
    """Who has answered (Q.951.5)."""

    identifier: ClassVar[int] = 0x4C
    title: ClassVar[str] = "connected number"


@dataclass(frozen=True, slots=True)
class RedirectionNumber(CallingNumber):
    """To whom a call has been diverted (Q.952)."""

    identifier: ClassVar[int] = 0x76
    title: ClassVar[str] = "redirection number"


class RedirectionReason(IntEnum):
    """Why a call was diverted (Q.952, EN 300 207-1)."""

    UNKNOWN = 0
    BUSY = 1
    NO_REPLY = 2
    DEFLECTION = 4
    OUT_OF_ORDER = 9
    BY_CALLED_EQUIPMENT = 10
    UNCONDITIONAL = 15


@dataclass(frozen=True, slots=True)
class RedirectingNumber(VariableLength):
    """From whom a call has been diverted, and why (Q.952)."""

    identifier: ClassVar[int] = 0x74
    title: ClassVar[str] = "redirecting number"

    digits: str = ""
    type: int = NumberType.UNKNOWN
    plan: int = NumberPlan.ISDN
    presentation: int | None = Presentation.ALLOWED
    screening: int = Screening.USER_UNSCREENED
    reason: int | None = None

    def contents(self) -> bytes:
        octets = [self.type << 4 | self.plan]
        if self.presentation is not None or self.reason is not None:
            octets.append((self.presentation or 0) << 5 | self.screening)
        if self.reason is not None:
            octets.append(self.reason)
        octets[-1] |= EXTENSION
        return bytes(octets) + self.digits.encode("ascii")

    @classmethod
    def parse(cls, contents: bytes) -> Self:
        first, at = contents[0], 1
        presentation, screening, reason = None, 0, None
        if not first & EXTENSION:
            presentation, screening, at = contents[1] >> 5 & 3, contents[1] & 3, 2
            if not contents[1] & EXTENSION:
                reason, at = contents[2] & 0x0F, 3
                if not contents[2] & EXTENSION:
                    raise BadContents("octets behind 3b")
        return cls(
            _text(contents[at:]), first >> 4 & 7, first & 0x0F, presentation, screening, reason
        )

    def describe(self) -> str:
        texts = {1: "busy", 2: "no reply", 4: "deflected", 15: "unconditional"}
        why = "" if self.reason is None else f", {texts.get(self.reason, f'reason {self.reason}')}"
        return f"{self.title} {printed(self.digits)} ({_kind(self.type, self.plan)}{why})"


@dataclass(frozen=True, slots=True)
class OriginalCalledNumber(RedirectingNumber):
    """From whom a call was diverted first (Q.952; National ISDN)."""

    identifier: ClassVar[int] = 0x73
    title: ClassVar[str] = "original called number"


@dataclass(frozen=True, slots=True)
class CalledSubaddress(VariableLength):
    """What stands behind the called number in the user's own house (4.5.9)."""

    identifier: ClassVar[int] = 0x71
    title: ClassVar[str] = "called subaddress"

    octets: bytes
    type: int = 0
    """0 NSAP, 2 user specified."""
    odd: bool = False

    def contents(self) -> bytes:
        return bytes((0x80 | self.type << 4 | self.odd << 3,)) + self.octets

    @classmethod
    def parse(cls, contents: bytes) -> Self:
        return cls(bytes(contents[1:]), contents[0] >> 4 & 7, bool(contents[0] & 8))

    def describe(self) -> str:
        return f"{self.title} {self.octets.hex(' ')}"


@dataclass(frozen=True, slots=True)
class CallingSubaddress(CalledSubaddress):
    """What stands behind the calling number (4.5.11)."""

    identifier: ClassVar[int] = 0x6D
    title: ClassVar[str] = "calling subaddress"


@dataclass(frozen=True, slots=True)
class ConnectedSubaddress(CalledSubaddress):
    """What stands behind the connected number (Q.951.5)."""

    identifier: ClassVar[int] = 0x4D
    title: ClassVar[str] = "connected subaddress"
