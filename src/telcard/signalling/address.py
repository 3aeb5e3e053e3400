"""Whom a call on a trunk is for, and who calls, as the digits that say it; without I/O.

Three forms, by their names in a plan:

    dtmf    *CALLER*CALLED#                  keys; PBX trunks know *ANI*DNIS*, here closed by #
    mf      KP CALLED ST                     R1 signals of feature group B: nobody says who calls
    fgd     KP II CALLER ST KP CALLED ST     R1 signals of feature group D, with its second wink

`II` are two digits about the caller's line: 00 an ordinary one, 02 that his number is not known (or
is not for the called party), 27 a coin telephone.

    signals("fgd", facts)              # ["KP", "0", "0", "1", ..., "ST"]
    reader = AddressReader("fgd")
    for name in heard: reader.take(name)
    reader.complete, reader.facts
"""

from __future__ import annotations

import re
from typing import Literal, get_args

from telcard.signalling.facts import CallFacts, Category

AddressForm = Literal["dtmf", "mf", "fgd"]
"""How an address is sent."""

FORMS: tuple[AddressForm, ...] = get_args(AddressForm)
"""All of them."""

ADDRESS = re.compile(r"\*(?P<caller>\d{0,15})\*(?P<called>\d{1,15})#", re.ASCII)
"""In DTMF; E.164 numbers have at most 15 digits."""

MOST_SIGNALS = 40
"""Longer rows are no address."""

_LINES: dict[str, Category] = {"00": "subscriber", "27": "coin"}
_UNKNOWN = "02"
_ONE = r"KP(\d{1,15})ST"
_MF = re.compile(_ONE, re.ASCII)
_FGD = re.compile(r"KP(\d\d)(\d{0,15})ST" + _ONE, re.ASCII)
_NUMBER = re.compile(r"\d{1,15}", re.ASCII)


def check_form(form: str) -> AddressForm:
    """`form` if there is such a one; raises ValueError."""
    for known in FORMS:
        if form == known:
            return known
    raise ValueError(f"address: want one of {', '.join(FORMS)}, got {form!r}")


def signals(form: AddressForm, facts: CallFacts) -> list[str]:
    """What is sent of a call, in its order.

    A caller who withholds his number is not told.  ValueError for a number that is not 1 to 15
    digits.
    """
    caller = facts.caller if facts.caller_presented else ""
    for name, number in (("called", facts.called), ("caller", caller or "0")):
        if not _NUMBER.fullmatch(number):
            raise ValueError(f"{name}: want 1 to 15 digits, got {number!r}")
    match form:
        case "dtmf":
            return list(f"*{caller}*{facts.called}#")
        case "mf":
            return ["KP", *facts.called, "ST"]
    line = "27" if facts.category == "coin" else "00"
    return ["KP", *(line if caller else _UNKNOWN), *caller, "ST", "KP", *facts.called, "ST"]


class AddressReader:
    """Takes signals one by one, and knows when they are a whole address."""

    def __init__(self, form: AddressForm) -> None:
        self.form: AddressForm = form
        self.heard = ""
        """All signals so far, in a row."""
        self.complete = False
        """Whether nothing follows: the address is there, or it has ended without sense."""
        self.facts: CallFacts | None = None
        """What it says; None while it is not complete, and where it makes no sense."""
        self._taken = 0

    def take(self, name: str) -> None:
        """The next signal: a key, or the name of a signal of R1."""
        if self.complete:
            return
        self.heard += name
        self._taken += 1
        ends = {"dtmf": "#", "mf": "ST", "fgd": "ST"}[self.form]
        last = name == ends and self.heard.count(ends) == (2 if self.form == "fgd" else 1)
        self.complete = last or self._taken == MOST_SIGNALS
        if last:
            self.facts = self._read()

    def _read(self) -> CallFacts | None:
        caller, category = "", "00"
        match self.form:
            case "dtmf" if whole := ADDRESS.fullmatch(self.heard):
                caller, called = whole["caller"], whole["called"]
            case "mf" if whole := _MF.fullmatch(self.heard):
                called = whole[1]
            case "fgd" if whole := _FGD.fullmatch(self.heard):
                category, caller, called = whole.groups()
            case _:
                return None
        return CallFacts(
            called=called,
            caller=caller,
            caller_presented=bool(caller),
            category=_LINES.get(category, "subscriber"),
            bearer="3.1kHz",
            complete=True,
        )
