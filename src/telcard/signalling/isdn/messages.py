"""Messages of Q.931: octets in, `Message` out, and back.

    octet 1      protocol discriminator: 08 call control, 43 and 03 maintenance (North America)
    octet 2      length of the call reference, 0 to 2 here
    octets 3 ..  flag (1: sent to the side that chose the reference) and call reference
    then         message type, then information elements

`decode` never raises.  Octets that are no message at all are `Unreadable`, which Q.931 5.8.1 to
5.8.3.1 want ignored; everything else is a `Message`, whose `faults` are what 5.8.5 to 5.8.7 speak
of: elements that are missing, spoilt, or that nobody knows.  What to do about them is the business
of the call (`telcard.signalling.isdn.call`).  Elements are read in whatever order they come
(5.8.5.1 allows it), and written in the standard's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import TypeVar

from telcard.signalling.causes import Cause
from telcard.signalling.isdn import elements, numbers, payloads
from telcard.signalling.isdn.elements import (
    BadContents,
    Element,
    SingleOctet,
    Unknown,
    VariableLength,
)

E = TypeVar("E", bound=Element)

CALL_CONTROL = 0x08
ATT, NATIONAL = 0x03, 0x43
MAINTENANCE = frozenset({ATT, NATIONAL})
"""Protocol discriminators of SERVICE messages: AT&T's switches, and National ISDN."""


class MessageType(IntEnum):
    """Q.931 table 4-2; the names are the inputs of the call machine."""

    ALERTING = 0x01
    CALL_PROCEEDING = 0x02
    PROGRESS = 0x03
    SETUP = 0x05
    CONNECT = 0x07
    SETUP_ACKNOWLEDGE = 0x0D
    CONNECT_ACKNOWLEDGE = 0x0F
    USER_INFORMATION = 0x20
    SUSPEND_REJECT = 0x21
    RESUME_REJECT = 0x22
    HOLD = 0x24
    SUSPEND = 0x25
    RESUME = 0x26
    HOLD_ACKNOWLEDGE = 0x28
    SUSPEND_ACKNOWLEDGE = 0x2D
    RESUME_ACKNOWLEDGE = 0x2E
    HOLD_REJECT = 0x30
    RETRIEVE = 0x31
    RETRIEVE_ACKNOWLEDGE = 0x33
    RETRIEVE_REJECT = 0x37
    DISCONNECT = 0x45
    RESTART = 0x46
    RELEASE = 0x4D
    RESTART_ACKNOWLEDGE = 0x4E
    RELEASE_COMPLETE = 0x5A
    SEGMENT = 0x60
    FACILITY = 0x62
    REGISTER = 0x64
    NOTIFY = 0x6E
    STATUS_ENQUIRY = 0x75
    CONGESTION_CONTROL = 0x79
    INFORMATION = 0x7B
    STATUS = 0x7D

    @property
    def words(self) -> str:
        """The name as the standard writes it."""
        return self.name.replace("_", " ")


class Service(IntEnum):
    """Messages of the maintenance protocol (AT&T TR 41449); National ISDN has the two codes the
    other way round, as libpri knows both."""

    ACKNOWLEDGE = 0x07
    SERVICE = 0x0F


class Fault(Enum):
    """What may be wrong with an information element; values are the causes of Q.850."""

    MISSING = Cause.MANDATORY_ELEMENT_MISSING
    UNRECOGNIZED = Cause.ELEMENT_NON_EXISTENT
    INVALID = Cause.INVALID_ELEMENT_CONTENTS


@dataclass(frozen=True, slots=True)
class ElementFault:
    """One element that is not as it should be."""

    kind: Fault
    identifier: int
    mandatory: bool = False
    """Whether the message cannot be understood without it (5.8.6), or only in part (5.8.7)."""
    why: str = ""

    @property
    def cause(self) -> Cause:
        """96, 99 or 100."""
        return Cause(self.kind.value)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Octets that Q.931 wants ignored (5.8.1, 5.8.2, 5.8.3.1)."""

    octets: bytes
    why: str

    def describe(self) -> str:
        """In words, for logs and traces."""
        return f"unreadable ({self.why}): {self.octets[:16].hex(' ')}"


@dataclass(frozen=True, slots=True)
class Message:
    """One message; elements stand in the order in which they are sent."""

    kind: int
    """A `MessageType`, or a type that nobody knows."""
    reference: int | None = 0
    """Call reference value; 0 the global one; None the dummy one, of no octets."""
    elements: tuple[Element, ...] = ()
    to_origin: bool = False
    """The flag: sent to the side that chose the reference."""
    faults: tuple[ElementFault, ...] = ()
    discriminator: int = CALL_CONTROL
    reference_octets: int = 2

    def get(self, wanted: type[E]) -> E | None:
        """The first element of this class, None where there is none."""
        for element in self.elements:
            if element.__class__ is wanted:
                return element
        return None

    def all(self, wanted: type[E]) -> list[E]:
        """Every element of this class."""
        return [element for element in self.elements if element.__class__ is wanted]

    @property
    def name(self) -> str:
        """Name of the type as an input of the call machine; "" when nobody knows it."""
        return NAMES.get(self.kind, "") if self.discriminator == CALL_CONTROL else ""

    def encode(self) -> bytes:
        """The octets; elements sorted as the standard wants them (4.5.1), code-sets by shifts."""
        octets = bytearray((self.discriminator,))
        if self.reference is None:
            octets.append(0)
        else:
            size = self.reference_octets
            flag = self.to_origin << 8 * size - 1
            octets.append(size)
            octets += (flag | self.reference).to_bytes(size, "big")
        octets.append(_swapped(self.kind, self.discriminator))
        codeset = 0
        for element in sorted(self.elements, key=_order):
            wanted = place(element)[1]
            if wanted != codeset:  # a locking shift: sets only ever rise (4.5.3)
                octets.append(0x90 | wanted)
                codeset = wanted
            octets += element.encode()
        return bytes(octets)

    def describe(self) -> str:
        """In words: type, call and elements, for logs and traces."""
        if self.discriminator in MAINTENANCE:
            title = {0x0F: "SERVICE", 0x07: "SERVICE ACKNOWLEDGE"}.get(self.kind, "")
        else:
            title = self.name.replace("_", " ")
        call = "no call" if self.reference is None else f"call {self.reference}"
        if self.reference == 0:
            call = "interface"
        way = "to" if self.to_origin else "from"
        head = f"{title or f'message {self.kind:#04x}'} {call} ({way} its origin)"
        parts = [element.describe() for element in self.elements]
        parts += [f"[{fault.why}]" for fault in self.faults]
        return "; ".join([head, *parts])


_OTHER_WAY = {int(Service.ACKNOWLEDGE): int(Service.SERVICE)}
_OTHER_WAY |= {there: here for here, there in _OTHER_WAY.items()}


def _swapped(kind: int, discriminator: int) -> int:
    """A `Service` as its code under this discriminator, or such a code as a `Service`."""
    return _OTHER_WAY.get(kind, kind) if discriminator == NATIONAL else kind


def place(element: Element) -> tuple[int, int]:
    """Identifier and code-set of an element, with the value that a single octet carries."""
    match element:
        case Unknown(codeset, identifier):
            return identifier, codeset
        case SingleOctet():
            return element.octet, element.codeset
    return element.identifier, element.codeset


def _order(element: Element) -> tuple[int, bool, int]:
    identifier, codeset = place(element)
    # Elements of one octet may stand anywhere (4.5.1): in front, save that a repeat indicator
    # belongs right before the elements it speaks of, of which the bearer capability is the first.
    single = identifier & 0x80
    return (codeset, not single, 0 if single else identifier)


# --- which elements stand where ---------------------------------------------------------------

N, U = "network", "user"

Row = dict[type[Element], str]
"""What one message may hold: for each element a mark for the network, and one for the user."""


def _table() -> dict[int, Row]:
    e, n, p, t = elements, numbers, payloads, MessageType
    bearer, channel, cause, progress = (
        e.BearerCapability,
        e.ChannelIdentification,
        e.CauseElement,
        e.ProgressIndicator,
    )
    often: Row = {p.Facility: "OO", p.Display: "O-"}
    answer: Row = {
        bearer: "OO",
        channel: "OO",
        progress: "OO",
        **often,
        e.Signal: "O-",
    }
    high, low = p.HighLayerCompatibility, p.LowLayerCompatibility
    subaddresses: Row
    subaddresses = {n.CalledSubaddress: "OO", n.CallingSubaddress: "OO"}
    diverted: Row
    diverted = {n.RedirectingNumber: "OO", n.OriginalCalledNumber: "OO"}
    nothing: Row = {}
    clearing: Row = {progress: "OO", **often, e.Signal: "O-", p.UserUser: "OO"}
    refusal: Row = {cause: "MM", p.Display: "O-"}
    restart: Row = {e.RestartIndicator: "MM", channel: "OO", p.Display: "O-"}
    # fmt: off
    return {
        t.SETUP: {
            e.SendingComplete: "OO", e.RepeatIndicator: "OO", bearer: "MM", channel: "MO",
            progress: "OO", p.NetworkSpecificFacilities: "OO", **often, p.Keypad: "OO",
            e.Signal: "O-", n.CallingNumber: "OO", n.CalledNumber: "OO", **subaddresses,
            n.TransitNetworkSelection: "OO", low: "OO", high: "OO", p.UserUser: "OO",
            **diverted, e.NotificationIndicator: "OO", e.TransitCounter: "OO", p.DateTime: "O-",
        },
        t.SETUP_ACKNOWLEDGE: answer,
        t.CALL_PROCEEDING: {**answer, high: "OO", n.RedirectionNumber: "OO"},
        t.ALERTING: {
            **answer, high: "OO", p.UserUser: "OO", n.RedirectionNumber: "OO",
            e.NotificationIndicator: "OO", n.ConnectedNumber: "OO",
        },
        t.PROGRESS: {
            bearer: "OO", cause: "OO", progress: "MM", **often, high: "OO",
            p.UserUser: "OO", e.NotificationIndicator: "OO", e.Signal: "O-", channel: "OO",
        },
        t.CONNECT: {
            **answer, p.DateTime: "O-", low: "OO", high: "OO", p.UserUser: "OO",
            n.ConnectedNumber: "OO", n.ConnectedSubaddress: "OO", n.RedirectionNumber: "OO",
            e.NotificationIndicator: "OO",
        },
        t.CONNECT_ACKNOWLEDGE: {p.Display: "O-", e.Signal: "O-", channel: "OO"},
        t.INFORMATION: {
            e.SendingComplete: "OO", p.Display: "O-", p.Keypad: "OO",
            e.Signal: "O-", n.CalledNumber: "OO", cause: "OO", p.Facility: "OO",
        },
        t.NOTIFY: {
            bearer: "OO", e.NotificationIndicator: "MM", p.Display: "O-",
            n.RedirectionNumber: "OO", n.ConnectedNumber: "OO", p.Facility: "OO",
        },
        t.FACILITY: {p.Facility: "MM", p.Display: "O-"},
        t.REGISTER: {p.Facility: "OO", p.Display: "O-"},
        t.DISCONNECT: {cause: "MM", **clearing},
        t.RELEASE: {cause: "OO", **clearing},
        t.RELEASE_COMPLETE: {cause: "OO", **clearing},
        t.STATUS: {cause: "MM", e.CallState: "MM", p.Display: "O-"},
        t.STATUS_ENQUIRY: {p.Display: "O-"},
        t.RESTART: restart,
        t.RESTART_ACKNOWLEDGE: restart,
        t.SUSPEND: {p.CallIdentity: "OO"},
        t.SUSPEND_ACKNOWLEDGE: {p.Display: "O-"},
        t.SUSPEND_REJECT: refusal,
        t.RESUME: {p.CallIdentity: "OO"},
        t.RESUME_ACKNOWLEDGE: {channel: "MM", p.Display: "O-"},
        t.RESUME_REJECT: refusal,
        t.HOLD: nothing,
        t.HOLD_ACKNOWLEDGE: nothing,
        t.HOLD_REJECT: refusal,
        t.RETRIEVE: {channel: "OO"},
        t.RETRIEVE_ACKNOWLEDGE: {channel: "OO"},
        t.RETRIEVE_REJECT: refusal,
        t.USER_INFORMATION: {e.MoreData: "OO", p.UserUser: "MM"},
        t.CONGESTION_CONTROL: {e.CongestionLevel: "MM", cause: "MM", p.Display: "O-"},
        t.SEGMENT: {p.SegmentedMessage: "MM"},
    }
    # fmt: on


ELEMENTS: Mapping[int, Mapping[type[Element], str]] = _table()
"""The tables of 3.1: what stands in a message that the network sends, and that the user sends.

`M` mandatory, `O` optional, `-` never.  As on primary rate interfaces between exchanges of all
sorts, where either side may send a channel, a RELEASE need not repeat its cause (3.1.9), and
Q.932, Q.951 and Q.952 have added theirs.
"""

NAMES: Mapping[int, str] = {int(kind): kind.name for kind in MessageType}

_MANDATORY: Mapping[str, Mapping[int, tuple[type[Element], ...]]] = {
    sender: {
        kind: tuple(element for element, marks in row.items() if marks[index] == "M")
        for kind, row in ELEMENTS.items()
    }
    for index, sender in enumerate((N, U))
}
_MANDATORY_IN_BOTH = {
    kind: tuple(element for element in row if element in _MANDATORY[U][kind])
    for kind, row in _MANDATORY[N].items()
}


def _known() -> dict[tuple[int, int], type[VariableLength]]:
    return {
        (kind.codeset, kind.identifier): kind
        for module in (elements, numbers, payloads)
        for kind in vars(module).values()
        if isinstance(kind, type)
        and issubclass(kind, VariableLength)
        and hasattr(kind, "identifier")
    }


KNOWN: Mapping[tuple[int, int], type[VariableLength]] = _known()
"""Every element with contents that the codec knows, by code-set and identifier."""

_REPEATABLE = frozenset(
    {
        elements.BearerCapability,
        elements.ProgressIndicator,
        elements.NotificationIndicator,
        elements.CauseElement,
        payloads.Facility,
        payloads.Display,
        payloads.HighLayerCompatibility,
        payloads.LowLayerCompatibility,
        payloads.NetworkSpecificFacilities,
        numbers.TransitNetworkSelection,
    }
)
_SINGLE: Mapping[int, SingleOctet] = {
    element.octet: element
    for element in (
        elements.MoreData(),
        elements.SendingComplete(),
        *map(elements.CongestionLevel, range(16)),
        *map(elements.RepeatIndicator, range(16)),
    )
}


def decode(octets: bytes, sender: str | None = None) -> Message | Unreadable:
    """Read one message; `sender` ("user" or "network") decides what it must contain.

    Without a sender, elements are missed that both would have to send.  Never raises.
    """
    if len(octets) < 3:
        return Unreadable(octets, "too short for a message (5.8.2)")
    discriminator, size = octets[0], octets[1]
    if discriminator != CALL_CONTROL and discriminator not in MAINTENANCE:
        return Unreadable(octets, f"protocol discriminator {discriminator:#04x} (5.8.1)")
    if size > 2:
        return Unreadable(octets, f"a call reference of {size} octets, want 0 to 2 (5.8.3.1)")
    if len(octets) < 3 + size:
        return Unreadable(octets, "too short for a message (5.8.2)")
    reference, to_origin = None, False
    if size:
        value = int.from_bytes(octets[2 : 2 + size], "big")
        sign = 1 << 8 * size - 1
        reference, to_origin = value & sign - 1, bool(value & sign)
    kind = _swapped(octets[2 + size], discriminator)
    found, faults = _elements(octets, 3 + size)
    if discriminator == CALL_CONTROL and kind in ELEMENTS:
        mandatory = _MANDATORY[sender][kind] if sender else _MANDATORY_IN_BOTH[kind]
        if mandatory or faults:
            faults = _judge(found, faults, mandatory)
    return Message(
        kind, reference, tuple(found), to_origin, tuple(faults), discriminator, size or 2
    )


def _elements(octets: bytes, at: int) -> tuple[list[Element], list[ElementFault]]:
    found: list[Element] = []
    faults: list[ElementFault] = []
    seen: set[type[Element]] = set()
    end, codeset, shift = len(octets), 0, None
    while at < end:
        identifier = octets[at]
        at += 1
        here = codeset if shift is None else shift
        if identifier & 0x80:
            if identifier & 0xF0 == 0x90:  # 4.5.2: bit 4 set: for the next element only
                if identifier & 8:
                    shift = identifier & 7
                else:
                    codeset = max(codeset, identifier & 7)  # 4.5.3: never down again
                continue
            single = _SINGLE.get(identifier) if here == 0 else None
            if single is None:
                found.append(Unknown(here, identifier))
                faults.append(_unknown(here, identifier))
            elif single.__class__ not in seen or isinstance(single, elements.RepeatIndicator):
                seen.add(single.__class__)
                found.append(single)
            shift = None
            continue
        shift = None
        length = octets[at] if at < end else 0
        at += 1
        contents = octets[at : at + length]
        kind = KNOWN.get((here, identifier))
        if at + length > end:
            why = f"{_title(kind, identifier)} is cut short"
            faults.append(ElementFault(Fault.INVALID, identifier, False, why))
            break
        at += length
        if kind is None:
            found.append(Unknown(here, identifier, bytes(contents)))
            faults.append(_unknown(here, identifier))
            continue
        if kind in seen and kind not in _REPEATABLE:  # 5.8.5.2: the first one counts
            continue
        try:
            found.append(kind.parse(contents))
            seen.add(kind)
        except (BadContents, IndexError, ValueError) as error:
            what = str(error) if isinstance(error, BadContents) else "too short, or no such value"
            why = f"{kind.title}: {what} ({contents.hex(' ') or 'empty'})"
            faults.append(ElementFault(Fault.INVALID, identifier, False, why))
    return found, faults


def _title(kind: type[Element] | None, identifier: int) -> str:
    return f"element {identifier:#04x}" if kind is None else kind.title


def _unknown(codeset: int, identifier: int) -> ElementFault:
    """An element that nobody knows; identifiers 0x in code-set 0 must be comprehended (5.8.7.1)."""
    required = codeset == 0 and identifier < 0x10
    kind = Fault.MISSING if required else Fault.UNRECOGNIZED
    return ElementFault(kind, identifier, required, f"element {identifier:#04x} is not known")


def _judge(
    found: list[Element], faults: list[ElementFault], mandatory: tuple[type[Element], ...]
) -> list[ElementFault]:
    """Faults with what is missing, and with the weight that the message gives to each."""
    needed = {kind.identifier for kind in mandatory}
    here = {element.__class__ for element in found}
    judged = [
        ElementFault(fault.kind, fault.identifier, True, fault.why)
        if fault.kind is Fault.INVALID and fault.identifier in needed
        else fault
        for fault in faults
    ]
    spoilt = {fault.identifier for fault in judged}
    for kind in mandatory:
        if kind not in here and kind.identifier not in spoilt:
            why = f"{kind.title} is missing"
            judged.append(ElementFault(Fault.MISSING, kind.identifier, True, why))
    return judged
