"""Information elements that carry something of others: text, user data, services, time."""

# ruff: noqa: D102 -- what parse, contents and describe do is told once, by the bases
from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from telcard.signalling.isdn.elements import EXTENSION, BadContents, VariableLength, printed


@dataclass(frozen=True, slots=True)
class Display(VariableLength):
    """Text for people (4.5.16); `charset` is the octet in front of it that some switches send."""

    identifier: ClassVar[int] = 0x28
    title: ClassVar[str] = "display"

    text: str
    charset: int | None = None

    def contents(self) -> bytes:
        head = b"" if self.charset is None else bytes((0x80 | self.charset,))
        return head + self.text.encode("latin-1")

    @classmethod
    def parse(cls, contents: bytes) -> Self:
        if contents and contents[0] & EXTENSION:
            return cls(contents[1:].decode("latin-1"), contents[0] & 0x7F)
        return cls(contents.decode("latin-1"))

    def describe(self) -> str:
        return f"display {self.text!r}"


@dataclass(frozen=True, slots=True)
class Keypad(VariableLength):
    """Keys that the user pressed (4.5.18)."""

    identifier: ClassVar[int] = 0x2C
    title: ClassVar[str] = "keypad"

    digits: str

    def contents(self) -> bytes:
        return self.digits.encode("ascii")

    @classmethod
    def parse(cls, contents: bytes) -> Self:
        if not contents.isascii():
            raise BadContents("want IA5 characters")
        return cls(contents.decode("ascii"))

    def describe(self) -> str:
        return f"keypad {printed(self.digits)}"


@dataclass(frozen=True, slots=True)
class UserUser(VariableLength):
    """What one user tells the other (4.5.30): a protocol discriminator and octets."""

    identifier: ClassVar[int] = 0x7E
    title: ClassVar[str] = "user-user"

    data: bytes
    protocol: int = 0x04
    """0 user-specific, 4 IA5 characters."""

    def contents(self) -> bytes:
        return bytes((self.protocol,)) + self.data

    @classmethod
    def parse(cls, contents: bytes) -> Self:
        return cls(bytes(contents[1:]), contents[0])

    def describe(self) -> str:
        return f"user-user {self.data!r}"


@dataclass(frozen=True, slots=True)
class DateTime(VariableLength):
    """The network's time of day (4.5.15); `second` None where it is not told."""

    identifier: ClassVar[int] = 0x29
    title: ClassVar[str] = "date and time"

    year: int
    month: int
    day: int
    hour: int = 0
    minute: int = 0
    second: int | None = None

    def contents(self) -> bytes:
        octets = [self.year, self.month, self.day, self.hour, self.minute]
        return bytes(octets if self.second is None else [*octets, self.second])

    @classmethod
    def parse(cls, contents: bytes) -> Self:
        if len(contents) not in (5, 6):
            raise BadContents("want 5 or 6 octets")
        return cls(*contents)

    def describe(self) -> str:
        second = "" if self.second is None else f":{self.second:02}"
        day = f"{self.year:02}-{self.month:02}-{self.day:02}"
        return f"time {day} {self.hour:02}:{self.minute:02}{second}"


@dataclass(frozen=True, slots=True)
class Facility(VariableLength):
    """Supplementary services' components (Q.932 8.2.3), as octets behind the protocol profile.

    `telcard.signalling.isdn.services` reads and writes those that telcard takes part in.
    """

    identifier: ClassVar[int] = 0x1C
    title: ClassVar[str] = "facility"

    components: bytes
    profile: int = 0x11
    """0x11 remote operations; 0x1F networking extensions (QSIG)."""

    def contents(self) -> bytes:
        return bytes((0x80 | self.profile,)) + self.components

    @classmethod
    def parse(cls, contents: bytes) -> Self:
        return cls(bytes(contents[1:]), contents[0] & 0x1F)

    def describe(self) -> str:
        return f"facility {self.components.hex(' ')}"


@dataclass(frozen=True, slots=True)
class NetworkSpecificFacilities(VariableLength):
    """A service of one network (4.5.21), such as those of the North American carriers."""

    identifier: ClassVar[int] = 0x20
    title: ClassVar[str] = "network-specific facilities"

    coding: bytes
    network: bytes = b""
    """Type and plan octet with the network's name; empty: the network served by."""

    def contents(self) -> bytes:
        return bytes((len(self.network),)) + self.network + self.coding

    @classmethod
    def parse(cls, contents: bytes) -> Self:
        length = contents[0]
        if length >= len(contents):
            raise BadContents("the network's name is longer than the element")
        return cls(bytes(contents[1 + length :]), bytes(contents[1 : 1 + length]))

    def describe(self) -> str:
        return f"{self.title} {self.coding.hex(' ')}"


@dataclass(frozen=True, slots=True)
class Opaque(VariableLength):
    """Elements that telcard passes on without looking inside."""

    octets: bytes

    def contents(self) -> bytes:
        return self.octets

    @classmethod
    def parse(cls, contents: bytes) -> Self:
        return cls(bytes(contents))

    def describe(self) -> str:
        return f"{self.title} {self.octets.hex(' ')}"


class SegmentedMessage(Opaque):
    """A part of a message that was too long (4.5.26)."""

    __slots__ = ()
    identifier: ClassVar[int] = 0x00
    title: ClassVar[str] = "segmented message"


class CallIdentity(Opaque):
    """The name under which a call is suspended and resumed (4.5.6)."""

    __slots__ = ()
    identifier: ClassVar[int] = 0x10
    title: ClassVar[str] = "call identity"


class LowLayerCompatibility(Opaque):
    """What the ends' lower layers must agree on (4.5.19)."""

    __slots__ = ()
    identifier: ClassVar[int] = 0x7C
    title: ClassVar[str] = "low layer compatibility"


class HighLayerCompatibility(Opaque):
    """What the ends' terminals must agree on (4.5.17); 91 81 is a telephone."""

    __slots__ = ()
    identifier: ClassVar[int] = 0x7D
    title: ClassVar[str] = "high layer compatibility"
