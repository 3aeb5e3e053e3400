"""Information elements of Q.931 4.5: what stands in a message, each a frozen dataclass.

An element writes itself (`encode`).  It is of a `SingleOctet`, or of `VariableLength`: then it
reads its contents (`parse`) and writes them (`contents`), behind identifier and length.  Contents
that the standard forbids are `BadContents`, which never leaves the codec: it becomes a fault of the
message.
Party numbers stand in `telcard.signalling.isdn.numbers`.

What an element carries beyond the fields here is kept in `rest` and goes out again as it came.
"""

# ruff: noqa: D102 -- what encode, parse, contents and describe do is told once, by the bases
from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Self

from telcard.signalling.causes import Location, cause_text

EXTENSION = 0x80
"""Bit 8 of an octet in a group: 1 says that the group ends here (Q.931 4.5.1)."""


class BadContents(ValueError):
    """An element's contents break its coding rules; the codec makes a fault of it."""


class Element(ABC):
    """Base of all elements."""

    __slots__ = ()
    identifier: ClassVar[int]
    codeset: ClassVar[int] = 0
    title: ClassVar[str]

    @abstractmethod
    def encode(self) -> bytes:
        """The element's octets in a message."""

    def describe(self) -> str:
        """In words, for logs and traces."""
        return self.title


class SingleOctet(Element):
    """An element of one octet, bit 8 set, that names and tells all there is (4.5.1)."""

    __slots__ = ()

    @property
    def octet(self) -> int:
        """The identifier, with the value in its last four bits where the element has one."""
        return self.identifier

    def encode(self) -> bytes:
        return bytes((self.octet,))


class VariableLength(Element):
    """An element of an identifier, a length, and contents."""

    __slots__ = ()

    @abstractmethod
    def contents(self) -> bytes:
        """The octets behind identifier and length."""

    @classmethod
    @abstractmethod
    def parse(cls, contents: bytes) -> Self:
        """Read contents; raises BadContents, or IndexError where they end too soon."""

    def encode(self) -> bytes:
        contents = self.contents()
        return bytes((self.identifier, len(contents))) + contents


def printed(digits: str) -> str:
    """What came as digits, on one line whatever it holds; "-" where nothing came."""
    if not digits:
        return "-"
    return digits if digits.isprintable() else repr(digits)


def group(contents: bytes, at: int) -> int:
    """Where the group of octets that starts at `at` ends: behind its first octet with bit 8 set."""
    while not contents[at] & EXTENSION:
        at += 1
    return at + 1


# --- what the call is for --------------------------------------------------------------------


class Capability(IntEnum):
    """Information transfer capability (table 4-6)."""

    SPEECH = 0x00
    UNRESTRICTED = 0x08
    RESTRICTED = 0x09
    AUDIO_3K1 = 0x10
    UNRESTRICTED_WITH_TONES = 0x11
    VIDEO = 0x18


class Layer1(IntEnum):
    """User information layer 1 protocol (table 4-6)."""

    V110 = 0x01
    ULAW = 0x02
    ALAW = 0x03
    G721 = 0x04
    H221 = 0x05
    V120 = 0x08


RATE_64K = 0x10
MULTIRATE = 0x18


@dataclass(frozen=True, slots=True)
class BearerCapability(VariableLength):
    """What the B-channel has to carry (4.5.5)."""

    identifier: ClassVar[int] = 0x04
    title: ClassVar[str] = "bearer capability"

    capability: int = Capability.SPEECH
    layer1: int | None = Layer1.ALAW
    rate: int = RATE_64K
    mode: int = 0
    """Transfer mode: 0 circuit, 2 packet."""
    multiplier: int = 0
    """Of 64 kbit/s, where the rate is `MULTIRATE`."""
    coding: int = 0
    rest: bytes = b""
    """Octets 5, 5a ... 7 as received, where they say more than `layer1`."""

    def contents(self) -> bytes:
        octets = [0x80 | self.coding << 5 | self.capability, 0x80 | self.mode << 5 | self.rate]
        if self.rate == MULTIRATE:
            octets.append(0x80 | self.multiplier)
        if self.layer1 is not None and not self.rest:
            octets.append(0xA0 | self.layer1)
        return bytes(octets) + self.rest

    @classmethod
    def parse(cls, contents: bytes) -> Self:
        first, second = contents[0], contents[1]
        if not first & second & EXTENSION:
            raise BadContents("octets 3 and 4 stand alone")
        rate, at, multiplier = second & 0x1F, 2, 0
        if rate == MULTIRATE:
            multiplier, at = contents[2] & 0x7F, 3
        rest, layer1 = contents[at:], None
        if rest and rest[0] & 0x60 == 0x20:
            layer1 = rest[0] & 0x1F
            if len(rest) == 1 and rest[0] & EXTENSION:
                rest = b""
        return cls(
            first & 0x1F, layer1, rate, second >> 5 & 3, multiplier, first >> 5 & 3, bytes(rest)
        )

    def describe(self) -> str:
        names: Mapping[int, str] = {0x08: "64 kbit/s data", 0x10: "3.1 kHz audio", 0: "speech"}
        what = names.get(self.capability, f"capability {self.capability:#04x}")
        law = {0x03: ", A-law", 0x02: ", u-law"}.get(self.layer1 or 0, "")
        return f"bearer {what}{law}"


# --- causes and states -----------------------------------------------------------------------


def place_name(location: int) -> str:
    """Where something was generated, in words (Q.850 2.2.3)."""
    try:
        return Location(location).text
    except ValueError:
        return f"location {location}"


@dataclass(frozen=True, slots=True)
class CauseElement(VariableLength):
    """Why (4.5.12; Q.850): a value, where it was generated, diagnostics."""

    identifier: ClassVar[int] = 0x08
    title: ClassVar[str] = "cause"

    value: int
    location: int = Location.USER
    diagnostics: bytes = b""
    coding: int = 0
    recommendation: int | None = None

    def contents(self) -> bytes:
        first = self.coding << 5 | self.location
        if self.recommendation is None:
            head = bytes((0x80 | first, 0x80 | self.value))
        else:
            head = bytes((first, 0x80 | self.recommendation, 0x80 | self.value))
        return head + self.diagnostics

    @classmethod
    def parse(cls, contents: bytes) -> Self:
        first, at, recommendation = contents[0], 1, None
        if not first & EXTENSION:
            recommendation, at = contents[1] & 0x7F, 2
        return cls(
            contents[at] & 0x7F,
            first & 0x0F,
            bytes(contents[at + 1 :]),
            first >> 5 & 3,
            recommendation,
        )

    @property
    def place(self) -> str:
        """Where the cause was generated, in words."""
        return place_name(self.location)

    def describe(self) -> str:
        more = f", diagnostics {self.diagnostics.hex(' ')}" if self.diagnostics else ""
        return f"cause {self.value} ({cause_text(self.value)}) from {self.place}{more}"


@dataclass(frozen=True, slots=True)
class CallState(VariableLength):
    """The state in which the sender of a STATUS is (4.5.7)."""

    identifier: ClassVar[int] = 0x14
    title: ClassVar[str] = "call state"

    value: int
    coding: int = 0

    def contents(self) -> bytes:
        return bytes((self.coding << 6 | self.value,))

    @classmethod
    def parse(cls, contents: bytes) -> Self:
        return cls(contents[0] & 0x3F, contents[0] >> 6)

    def describe(self) -> str:
        return f"call state {self.value}"


# --- channels --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChannelIdentification(VariableLength):
    """Which B-channel of a primary rate interface (4.5.13); a number is that of its timeslot.

    Without `channels` it says "any channel" (`any_channel`), "no channel", or names the interface
    itself (`whole`).  `mapped` is the size of a slot map, 24 or 32 bits, 0 where the channels are
    numbered.
    """

    identifier: ClassVar[int] = 0x18
    title: ClassVar[str] = "channel identification"

    channels: tuple[int, ...] = ()
    exclusive: bool = True
    interface: int | None = None
    mapped: int = 0
    any_channel: bool = False
    d_channel: bool = False
    whole: bool = False

    def contents(self) -> bytes:
        selection = 1 if self.channels or self.whole else 3 if self.any_channel else 0
        flags = self.exclusive << 3 | self.d_channel << 2 | selection
        if self.interface is None:
            head = bytes((0xA0 | flags,))
        else:
            head = bytes((0xE0 | flags, 0x80 | self.interface))
        if not self.channels:
            return head
        if self.mapped:
            lowest = 1 if self.mapped == 24 else 0
            bits = sum(1 << channel - lowest for channel in self.channels)
            return head + b"\x93" + bits.to_bytes(self.mapped // 8, "big")
        *others, last = self.channels
        return head + bytes((0x83, *others, 0x80 | last))

    @classmethod
    def parse(cls, contents: bytes) -> Self:
        first = contents[0]
        if not first & EXTENSION:
            raise BadContents("octet 3 stands alone")
        if not first & 0x20:
            return cls._basic_rate(contents)
        at, interface = 1, None
        if first & 0x40:
            end = group(contents, 1)
            if end != 2:
                raise BadContents("want an interface identifier of one octet")
            interface, at = contents[1] & 0x7F, 2
        exclusive, d_channel = bool(first & 8), bool(first & 4)
        if first & 3 != 1:
            return cls((), exclusive, interface, 0, first & 3 == 3, d_channel)
        if at == len(contents):
            return cls((), exclusive, interface, 0, False, d_channel, True)
        if contents[at] & 0x60:
            raise BadContents("want the standard's coding")
        if contents[at] & 0x10:
            slots = contents[at + 1 :]
            if len(slots) not in (3, 4):
                raise BadContents("want a slot map of 3 or 4 octets")
            lowest = 1 if len(slots) == 3 else 0
            bits = int.from_bytes(slots, "big")
            numbers = tuple(n + lowest for n in range(8 * len(slots)) if bits >> n & 1)
            if not numbers:
                raise BadContents("the slot map is empty")
            return cls(numbers, exclusive, interface, 8 * len(slots), False, d_channel)
        end = group(contents, at + 1)
        if end != len(contents):
            raise BadContents("octets behind the last channel number")
        numbers = tuple(octet & 0x7F for octet in contents[at + 1 : end])
        return cls(numbers, exclusive, interface, 0, False, d_channel)

    @classmethod
    def _basic_rate(cls, contents: bytes) -> Self:
        raise BadContents("a basic rate interface's channel, want a primary rate's")

    def describe(self) -> str:
        if self.channels:
            what = "channel " + ", ".join(map(str, self.channels))
        else:
            words = {"any channel": self.any_channel, "all channels": self.whole}
            what = next((word for word, meant in words.items() if meant), "no channel")
        if self.d_channel:
            what = "the D-channel"
        where = "" if self.interface is None else f" of interface {self.interface}"
        return f"{what}{where} ({'exclusive' if self.exclusive else 'preferred'})"


class RestartClass(IntEnum):
    """What a RESTART restarts (4.5.25)."""

    CHANNELS = 0
    INTERFACE = 6
    ALL_INTERFACES = 7


@dataclass(frozen=True, slots=True)
class RestartIndicator(VariableLength):
    """Whether a RESTART means the channels beside it or an interface (4.5.25)."""

    identifier: ClassVar[int] = 0x79
    title: ClassVar[str] = "restart indicator"

    what: int = RestartClass.CHANNELS

    def contents(self) -> bytes:
        return bytes((0x80 | self.what,))

    @classmethod
    def parse(cls, contents: bytes) -> Self:
        return cls(RestartClass(contents[0] & 7))

    def describe(self) -> str:
        return f"restart of {RestartClass(self.what).name.lower().replace('_', ' ')}"


@dataclass(frozen=True, slots=True)
class ChangeStatus(VariableLength):
    """In or out of service: the element of SERVICE messages (AT&T TR 41449, National ISDN)."""

    identifier: ClassVar[int] = 0x01
    title: ClassVar[str] = "change status"

    status: int = 0
    """0 in service, 1 maintenance, 2 out of service."""

    def contents(self) -> bytes:
        return bytes((0xC0 | self.status,))

    @classmethod
    def parse(cls, contents: bytes) -> Self:
        return cls(contents[0] & 0x07)

    def describe(self) -> str:
        return {0: "in service", 1: "maintenance", 2: "out of service"}.get(
            self.status, f"status {self.status}"
        )


# --- progress and notification ---------------------------------------------------------------


class Progress(IntEnum):
    """Progress descriptions (table 4-20)."""

    NOT_END_TO_END_ISDN = 1
    DESTINATION_NOT_ISDN = 2
    ORIGINATION_NOT_ISDN = 3
    RETURNED_TO_ISDN = 4
    INTERWORKING = 5
    IN_BAND = 8


@dataclass(frozen=True, slots=True)
class ProgressIndicator(VariableLength):
    """What has happened to the call on its way (4.5.23); 8: listen, there is sound."""

    identifier: ClassVar[int] = 0x1E
    title: ClassVar[str] = "progress indicator"

    description: int = Progress.IN_BAND
    location: int = Location.USER
    coding: int = 0

    def contents(self) -> bytes:
        return bytes((0x80 | self.coding << 5 | self.location, 0x80 | self.description))

    @classmethod
    def parse(cls, contents: bytes) -> Self:
        return cls(contents[1] & 0x7F, contents[0] & 0x0F, contents[0] >> 5 & 3)

    def describe(self) -> str:
        texts = {
            1: "not end-to-end ISDN, listen",
            2: "destination is not ISDN",
            3: "origination is not ISDN",
            4: "back in the ISDN",
            5: "interworking changed the service",
            8: "in-band information, listen",
        }
        text = texts.get(self.description, str(self.description))
        return f"progress: {text} ({place_name(self.location)})"


@dataclass(frozen=True, slots=True)
class NotificationIndicator(VariableLength):
    """Something about the call that both ends may like to know (4.5.22)."""

    identifier: ClassVar[int] = 0x27
    title: ClassVar[str] = "notification"

    description: int
    rest: bytes = b""

    def contents(self) -> bytes:
        return bytes((self.description if self.rest else 0x80 | self.description,)) + self.rest

    @classmethod
    def parse(cls, contents: bytes) -> Self:
        if bool(contents[0] & EXTENSION) == (len(contents) > 1):
            raise BadContents("the extension bit contradicts the length")
        return cls(contents[0] & 0x7F, bytes(contents[1:]))

    @property
    def meaning(self) -> str:
        """The description in words."""
        return _NOTIFICATIONS.get(self.description, f"notification {self.description}")

    def describe(self) -> str:
        return f"notification: {self.meaning}"


_NOTIFICATIONS: Mapping[int, str] = {  # table 4-19, Q.952, Q.953
    0x00: "user suspended",
    0x01: "user resumed",
    0x02: "bearer service change",
    0x60: "user has put the call on hold",
    0x61: "user has retrieved the call",
    0x69: "call transferred, alerting",
    0x6A: "call transferred, active",
    0x7B: "call is being diverted",
}


@dataclass(frozen=True, slots=True)
class Signal(VariableLength):
    """A tone or a ringing pattern for a terminal (4.5.28)."""

    identifier: ClassVar[int] = 0x34
    title: ClassVar[str] = "signal"

    value: int

    def contents(self) -> bytes:
        return bytes((self.value,))

    @classmethod
    def parse(cls, contents: bytes) -> Self:
        return cls(contents[0])

    def describe(self) -> str:
        texts = {0: "dial tone", 1: "ring back", 2: "intercept", 3: "congestion", 4: "busy"}
        texts |= {0x3F: "tones off", 0x4F: "alerting off"}
        return f"signal: {texts.get(self.value, str(self.value))}"


# --- single octets ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SendingComplete(SingleOctet):
    """The called number is whole (4.5.27)."""

    identifier: ClassVar[int] = 0xA1
    title: ClassVar[str] = "sending complete"


@dataclass(frozen=True, slots=True)
class MoreData(SingleOctet):
    """Another USER INFORMATION follows (4.5.20)."""

    identifier: ClassVar[int] = 0xA0
    title: ClassVar[str] = "more data"


@dataclass(frozen=True, slots=True)
class CongestionLevel(SingleOctet):
    """Flow control of user information (4.5.14): 0 receiver ready, 15 not ready."""

    identifier: ClassVar[int] = 0xB0
    title: ClassVar[str] = "congestion level"

    level: int = 0

    @property
    def octet(self) -> int:
        return self.identifier | self.level

    def describe(self) -> str:
        return f"congestion level {self.level}"


@dataclass(frozen=True, slots=True)
class RepeatIndicator(SingleOctet):
    """How the elements that follow, one kind repeated, are meant (4.5.24); 2: in this order."""

    identifier: ClassVar[int] = 0xD0
    title: ClassVar[str] = "repeat indicator"

    meaning: int = 2

    @property
    def octet(self) -> int:
        return self.identifier | self.meaning

    def describe(self) -> str:
        return f"repeat indicator {self.meaning}"


# --- elements of other code-sets, and those nobody knows -------------------------------------


@dataclass(frozen=True, slots=True)
class TransitCounter(VariableLength):
    """How many private exchanges a QSIG call has crossed (ECMA-143 11.2.4; code-set 4)."""

    identifier: ClassVar[int] = 0x31
    codeset: ClassVar[int] = 4
    title: ClassVar[str] = "transit counter"

    count: int = 0

    def contents(self) -> bytes:
        return bytes((0x80 | self.count,))

    @classmethod
    def parse(cls, contents: bytes) -> Self:
        return cls(contents[0] & 0x1F)

    def describe(self) -> str:
        return f"transit counter {self.count}"


@dataclass(frozen=True, slots=True)
class Unknown(Element):
    """An element that telcard does not know: kept, and written again as it came."""

    title: ClassVar[str] = "unknown element"

    of_codeset: int
    of_identifier: int
    octets: bytes = b""

    def encode(self) -> bytes:
        if self.of_identifier & 0x80:
            return bytes((self.of_identifier,))
        return bytes((self.of_identifier, len(self.octets))) + self.octets

    def describe(self) -> str:
        where = f" of code-set {self.of_codeset}" if self.of_codeset else ""
        return (
            f"unknown element {self.of_identifier:#04x}{where}: {self.octets.hex(' ') or 'empty'}"
        )
