"""What an exchange tells of a call before anybody has answered it, as plain values.

    CallerId(number="02162345678", name="张三", time=Moment(9, 30, 12, 24))
    CallerId(absence=Absence.PRIVATE)       # the caller does not want his number shown
    CallerId(kind=Kind.WAITING, waiting=True)       # a message waits in the voice mail

How such a value travels is the business of `octets` (FSK), `japan` (FSK of NTT) and `digits`
(DTMF); which of its fields a country knows is written in `dialects`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum


class Kind(Enum):
    """What a message is about."""

    CALL = "a call"
    WAITING = "messages that wait"
    CHARGE = "the price of a call"
    SHORT_MESSAGE = "a short message"


class Absence(Enum):
    """Why a number or a name is not told; the value is the letter that travels.

    GR-31 and EN 300 659-3 know O and P; C, S and I are said in Japan and Taiwan.
    """

    UNAVAILABLE = "O"
    PRIVATE = "P"
    PAYPHONE = "C"
    SERVICE = "S"
    INTERNATIONAL = "I"


class CallType(IntEnum):
    """Why the line is rung (EN 300 659-3, parameter 11h)."""

    VOICE = 0x01
    RING_BACK_WHEN_FREE = 0x02
    NAME_DELIVERY = 0x03
    CALL_RETURN = 0x04
    ALARM = 0x05
    DOWNLOAD = 0x06
    REVERSE_CHARGE = 0x07
    EXTERNAL = 0x10
    INTERNAL = 0x11
    MONITORING = 0x50
    MESSAGE_WAITING = 0x81


class Forwarding(IntEnum):
    """Why the call was sent on to this line (EN 300 659-3, parameter 15h)."""

    UNKNOWN = 0x00
    BUSY = 0x01
    NO_REPLY = 0x02
    UNCONDITIONAL = 0x03
    DEFLECTED_ALERTING = 0x04
    DEFLECTED = 0x05
    MOBILE_OUT_OF_REACH = 0x06


class CallingUser(IntEnum):
    """What sort of station calls (EN 300 659-3, parameter 16h)."""

    UNKNOWN = 0x00
    VOICE = 0x01
    TEXT = 0x02
    VIRTUAL_NETWORK = 0x03
    MOBILE = 0x04
    MOBILE_VIRTUAL_NETWORK = 0x05
    FAX = 0x06
    VIDEO = 0x07
    EMAIL = 0x08
    OPERATOR = 0x09
    ORDINARY = 0x0A
    PRIORITY = 0x0B
    DATA = 0x0C
    TEST = 0x0D
    TELEMETRY = 0x0E
    PAYPHONE = 0x0F


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """When the call came, by the exchange's clock: month, day, hour and minute, without a year.

    ValueError for a moment that no year has.
    """

    month: int
    day: int
    hour: int
    minute: int

    def __post_init__(self) -> None:
        days = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
        if not (
            1 <= self.month <= 12
            and 1 <= self.day <= days[self.month - 1]
            and 0 <= self.hour <= 23
            and 0 <= self.minute <= 59
        ):
            raise ValueError(f"moment: no year has {self}")

    def __str__(self) -> str:
        return f"{self.month:02}-{self.day:02} {self.hour:02}:{self.minute:02}"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter as it travels: its type and its octets."""

    type: int
    value: bytes

    def __str__(self) -> str:
        return f"{self.type:02X}h: {self.value.hex(' ')}"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CallerId:
    """A message; what was not told is None.

    `number` is who calls, and `absence` why that is not told; `name` and `name_absence` likewise.
    `dialable` is the number that calls him back (GR-31), `called` the one he dialled (EN 300
    659-3), `first_called` the one he dialled before the call was forwarded, `redirecting` the line
    that forwarded it last.  `long_distance` is North America's call qualifier.  `waiting` lights or
    clears the telephone's lamp, `messages` says how many wait.  `text` is shown as it is; `others`
    keeps every parameter that no field holds, or whose value no field can hold, in its order.
    """

    kind: Kind = Kind.CALL
    number: str | None = None
    absence: Absence | None = None
    name: str | None = None
    name_absence: Absence | None = None
    time: Moment | None = None
    call_type: CallType | None = None
    dialable: str | None = None
    called: str | None = None
    first_called: str | None = None
    redirecting: str | None = None
    forwarding: Forwarding | None = None
    complementary: str | None = None
    user: CallingUser | None = None
    long_distance: bool | None = None
    waiting: bool | None = None
    messages: int | None = None
    text: str | None = None
    others: tuple[Parameter, ...] = ()

    def __repr__(self) -> str:
        told = [
            f"{name}={getattr(self, name)!r}"
            for name, known in self.__dataclass_fields__.items()
            if getattr(self, name) != known.default
        ]
        return f"CallerId({', '.join(told)})"

    def __str__(self) -> str:
        """What a display shows, in one line."""
        who = [self.number or (f"number {_why(self.absence)}" if self.absence else "")]
        who += [self.name or (f"name {_why(self.name_absence)}" if self.name_absence else "")]
        if self.redirecting:
            who.append(f"by way of {self.redirecting}")
        if self.waiting is not None:
            who.append("messages wait" if self.waiting else "no messages wait")
        if self.text:
            who.append(self.text)
        if self.time:
            who.append(str(self.time))
        return ", ".join(filter(None, who)) or f"{self.kind.value}, no more is told"


def _why(absence: Absence) -> str:
    """An absence in words, to follow "number" or "name"."""
    return {
        Absence.UNAVAILABLE: "not available",
        Absence.PRIVATE: "withheld",
        Absence.PAYPHONE: "of a public telephone",
        Absence.SERVICE: "not shown by these services together",
        Absence.INTERNATIONAL: "of another country",
    }[absence]
