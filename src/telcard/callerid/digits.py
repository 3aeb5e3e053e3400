"""Caller ID as a row of DTMF digits before the first ring.

    parse_digits("A13501234567C")       # CallerId(number='13501234567')
    encode_digits(CallerId(absence=Absence.PRIVATE), DENMARK)       # 'D1#'

There is no checksum, no time and no name, only letters that say what follows:

| form | row |
| --- | --- |
| `ETSI_DIGITS` | A number, D number of who redirected, B 00 or 10 (not available, withheld), then C |
| `DENMARK` | A number #, or D 1 # (withheld), D 2 # (from abroad), D 3 # (technical reasons) |
| `TAIWAN` | D number C (Kuwait as well) |
| `CHINA_DIGITS` | a letter, number, a letter: which of A, B, C and D is the exchange's choice |
| `BARE` | number # |

Sources: ETSI EN 300 659-1, annex B (Sweden, the Netherlands, Belgium, Brazil, India ...) as spandsp's
adsi.h and Teltone's TLE manual repeat it; the Danish form as Danish users published it; China:
service manuals of Panasonic's KX-TG2480 and others, after YD/T 1277.1.
"""  # noqa: E501 - a table's row is one line

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from telcard.callerid.messages import Absence, CallerId, Kind
from telcard.errors import RemoteProtocolError

KEYS = frozenset("0123456789ABCD*#")
"""What DTMF can say."""

MOST_DIGITS = 20
"""The longest number (E.164 has 15; numbers with prefixes are longer)."""


@dataclass(frozen=True)
class DigitForm:
    """How a country writes caller ID in DTMF.

    `starts`: the letter before each field, in the order of sending; `stop`: the last key of all.
    The field "absence" is written by `codes`.  `also` lists the letters that may stand in place of
    start and stop when it is read.
    """

    name: str
    starts: Mapping[str, str]
    stop: str
    codes: Mapping[str, Absence] = field(default_factory=dict)
    also: str = ""

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Matches a whole row."""
        if self.also:
            ((name, _),) = self.starts.items()
            return re.compile(rf"[{self.also}](?P<{name}>[0-9]{{1,{MOST_DIGITS}}})[{self.also}]\Z")
        parts = [self._part(name, letter) for name, letter in self.starts.items()]
        return re.compile("".join(parts) + re.escape(self.stop) + r"\Z")

    def _part(self, name: str, letter: str) -> str:
        values = "|".join(self.codes) if name == "absence" else f"[0-9]{{1,{MOST_DIGITS}}}"
        return f"(?:{letter}(?P<{name}>{values}))" + ("?" if letter else "")


ETSI_DIGITS = DigitForm(
    "etsi_dtmf",
    {"number": "A", "redirecting": "D", "absence": "B"},
    "C",
    {"00": Absence.UNAVAILABLE, "10": Absence.PRIVATE},
)
"""A number, D number of who redirected, B reason of absence, then C."""

DENMARK = DigitForm(
    "denmark_dtmf",
    {"number": "A", "absence": "D"},
    "#",
    {"1": Absence.PRIVATE, "2": Absence.INTERNATIONAL, "3": Absence.UNAVAILABLE},
)
"""A number #, or D reason of absence #."""

TAIWAN = DigitForm("taiwan_dtmf", {"number": "D"}, "C")
"""D number C; Kuwait as well."""

CHINA_DIGITS = DigitForm("china_dtmf", {"number": "A"}, "C", also="ABCD")
"""A number C is sent; any of A, B, C and D is read at either end."""

BARE = DigitForm("bare_dtmf", {"number": ""}, "#")
"""A number and #, once used in the Netherlands."""

DIGIT_FORMS = (TAIWAN, ETSI_DIGITS, DENMARK, CHINA_DIGITS, BARE)
"""All forms, in the order in which a row of unknown origin is tried.

D number C could be a redirecting number without a caller, in Europe; it is read as the caller's.
"""


def parse_digits(digits: str, forms: Sequence[DigitForm] = DIGIT_FORMS) -> CallerId:
    """What a row of digits says in the first of the forms that fits.

    RemoteProtocolError when none does.
    """
    for form in forms:
        found = form.pattern.match(digits)
        told = {name: value for name, value in found.groupdict().items() if value} if found else {}
        if told:
            code = told.pop("absence", None)
            return CallerId(**told, absence=form.codes[code] if code else None)  # type: ignore[arg-type]
    names = ", ".join(form.name for form in forms)
    raise RemoteProtocolError(f"caller ID in DTMF: want the form of {names}, got {digits!r}")


def encode_digits(message: CallerId, form: DigitForm = ETSI_DIGITS) -> str:
    """The row of digits that says this message.

    ValueError, in one sentence, for what the form cannot say: names and times, for instance.
    """
    for name in CallerId.__dataclass_fields__:
        value = getattr(message, name)
        if name not in form.starts and value not in (None, (), Kind.CALL):
            raise ValueError(f"{name}: {form.name} cannot say it, got {value!r}")
    row = ""
    for name, letter in form.starts.items():
        value = getattr(message, name)
        if value is None:
            continue
        if name == "absence":
            codes = {absence: code for code, absence in form.codes.items()}
            if value not in codes:
                known = ", ".join(absence.name for absence in codes)
                raise ValueError(f"absence: {form.name} knows {known}, got {value.name}")
            row += letter + codes[value]
        elif not (0 < len(value) <= MOST_DIGITS and value.isascii() and value.isdigit()):
            raise ValueError(f"{name}: want 1 to {MOST_DIGITS} digits 0-9, got {value!r}")
        else:
            row += letter + value
    if not row:
        raise ValueError(f"{form.name}: want one of {', '.join(form.starts)}, got none")
    return row + form.stop
