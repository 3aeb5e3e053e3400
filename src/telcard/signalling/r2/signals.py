"""Signals of R2 registers and what they mean: groups I, II, A, B, C (ITU-T Q.441).

A signal is two of six tones and has a number, 1 to 15.  What it says depends on its direction and
on how far the dialogue has come: forward it is of group I (digits) or II (who calls), backward of
group A (what is wanted next), B (what has become of the called line) or, in Mexico, C.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from telcard.signalling.causes import Cause

Group = Literal["I", "II", "KA", "A", "B", "C"]
"""Of signals: I and II forward, A to C backward; in China a category in answer to A-6 is of a group
of its own, KA."""

END = 15
"""I-15: end of pulsing, or of the caller's identification."""
REFUSED = 12
"""I-12: a request is not accepted; here also what says that the caller withholds his number."""


class Request(Enum):
    """What a backward signal of group A (or C) asks for; values are the standard's words."""

    NEXT = "send next digit"
    LAST_BUT_ONE = "send last but one digit"
    LAST_BUT_TWO = "send last but two digit"
    LAST_BUT_THREE = "send last but three digit"
    LAST = "send last digit again"
    FROM_FIRST = "send all digits again, from the first"
    CATEGORY = "send calling party's category"
    CALLER = "send category, then the calling party's number"
    CALLER_DIGIT = "send next digit of the calling party's number"
    GROUP_B = "address complete, changeover to group B"
    CONGESTION = "congestion in the national network"
    SPEECH = "address complete, charge, set up speech conditions"
    VACANT = "vacant number"
    COUNTRY = "send country code indicator"
    LANGUAGE = "send language or discriminating digit"
    CIRCUIT = "send nature of circuit"
    ECHO = "is an incoming half-echo suppressor required"
    INTERNATIONAL_CONGESTION = "congestion in an international exchange or at its output"


class Line(Enum):
    """What a signal of group B says of the called line; values are the standard's words."""

    FREE = "subscriber's line free, charge"
    FREE_NO_CHARGE = "subscriber's line free, no charge"
    FREE_HELD = "subscriber's line free, the called party clears"
    SPECIAL = "send special information tone"
    BUSY = "subscriber's line busy"
    TOLL_BUSY = "subscriber's line busy with a long-distance call"
    CONGESTION = "congestion"
    UNALLOCATED = "unallocated number"
    OUT_OF_ORDER = "subscriber's line out of order"
    CHANGED = "changed number"
    NO_COLLECT = "no collect calls"


FREE = frozenset({Line.FREE, Line.FREE_NO_CHARGE, Line.FREE_HELD})
"""The called party is being rung."""

PULSED = frozenset(
    {
        Request.GROUP_B,
        Request.CONGESTION,
        Request.SPEECH,
        Request.INTERNATIONAL_CONGESTION,
    }
)
"""What may be sent as a pulse while no forward signal is heard (Q.442)."""

_CAUSES: Mapping[Request | Line, Cause] = {
    Request.CONGESTION: Cause.NO_CIRCUIT,
    Request.INTERNATIONAL_CONGESTION: Cause.NO_CIRCUIT,
    Request.VACANT: Cause.UNALLOCATED_NUMBER,
    Line.SPECIAL: Cause.SEND_SPECIAL_INFORMATION_TONE,
    Line.BUSY: Cause.USER_BUSY,
    Line.TOLL_BUSY: Cause.USER_BUSY,
    Line.CONGESTION: Cause.SWITCHING_EQUIPMENT_CONGESTION,
    Line.UNALLOCATED: Cause.UNALLOCATED_NUMBER,
    Line.OUT_OF_ORDER: Cause.DESTINATION_OUT_OF_ORDER,
    Line.CHANGED: Cause.NUMBER_CHANGED,
    Line.NO_COLLECT: Cause.CALL_REJECTED,
}

_REFUSALS: Mapping[int, tuple[Line, ...]] = {
    Cause.UNALLOCATED_NUMBER: (Line.UNALLOCATED, Line.SPECIAL, Line.BUSY),
    Cause.SEND_SPECIAL_INFORMATION_TONE: (Line.SPECIAL, Line.BUSY),
    Cause.USER_BUSY: (Line.BUSY,),
    Cause.NO_ANSWER: (Line.BUSY,),
    Cause.CALL_REJECTED: (Line.BUSY,),
    Cause.NUMBER_CHANGED: (Line.CHANGED, Line.UNALLOCATED, Line.SPECIAL, Line.BUSY),
    Cause.DESTINATION_OUT_OF_ORDER: (Line.OUT_OF_ORDER, Line.SPECIAL, Line.BUSY),
    Cause.INVALID_NUMBER_FORMAT: (Line.UNALLOCATED, Line.SPECIAL, Line.BUSY),
    Cause.NORMAL_UNSPECIFIED: (Line.SPECIAL, Line.BUSY),
}


def cause_of(meaning: Request | Line) -> Cause:
    """The cause (ITU-T Q.850) that a backward signal stands for when it ends a call."""
    return _CAUSES[meaning]


def refusals_of(cause: int) -> tuple[Line, ...]:
    """What tells a cause in group B, the best first; congestion, which every country has, last."""
    return (*_REFUSALS.get(cause, ()), Line.CONGESTION)


@dataclass(frozen=True, slots=True)
class Signal:
    """A register signal of a group, as it is written: `I-5`, `A-1`."""

    group: Group
    number: int

    def __str__(self) -> str:
        return f"{self.group}-{self.number}"


def digit_of(number: int) -> str:
    """The digit that a signal of group I is; "" when it is none."""
    return str(number % 10) if 1 <= number <= 10 else ""


def number_of(digit: str) -> int:
    """The signal of group I for a digit; ValueError for what is none."""
    if len(digit) != 1 or digit not in "1234567890":
        raise ValueError(f"digit: want one of 0 to 9, got {digit!r}")
    return int(digit) or 10


def check_digits(what: str, digits: str) -> None:
    """ValueError in one sentence when `digits` has what no signal of group I is for."""
    if not digits.isascii() or not (digits.isdigit() or not digits):
        raise ValueError(f"{what}: want digits 0 to 9, got {digits!r}")
