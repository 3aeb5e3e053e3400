"""What can be said besides recorded sentences: values, which a language turns into clips.

A value checks itself when it is made, so a flow that would say nonsense fails where the nonsense
came from and not in the middle of a call.
"""

from __future__ import annotations

import datetime
import itertools
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

NUMBER_LIMIT = 10**12
"""Numbers are spoken exactly below this magnitude."""

MONEY_LIMIT = 10**14
"""Amounts in minor units are spoken exactly below this magnitude (10**12 major units)."""

FRACTION_DIGITS = 12
"""A decimal fraction longer than this is refused: nobody could follow it."""


@dataclass(frozen=True, slots=True)
class Digits:
    """A string of keys, read one by one in groups of at most four: `Digits("1002003004")`.

    Raises ValueError for an empty string and for anything but 0-9, * and #.
    """

    keys: str

    def __post_init__(self) -> None:
        keys: object = self.keys  # what a caller really gave
        if not isinstance(keys, str) or not keys or set(keys) - set("0123456789*#"):
            raise ValueError(f"digits to say: want a string of 0-9, * and #, got {self.keys!r}")

    def groups(self) -> tuple[str, ...]:
        """As few groups as possible of at most four keys, evenly long, the shorter ones first.

        So 12345 is read 12 345, a telephone number of eleven digits 3-4-4, a card number 4-4-4-4.
        """
        count = -(-len(self.keys) // 4)
        length, longer = divmod(len(self.keys), count)
        lengths = [length] * (count - longer) + [length + 1] * longer
        cuts = itertools.accumulate(lengths, initial=0)
        return tuple(self.keys[a:b] for a, b in itertools.pairwise(cuts))


@dataclass(frozen=True, slots=True)
class Number:
    """A cardinal number: `Number(1234)`; a Decimal is read as written, `Number(Decimal("1.50"))`.

    Raises ValueError from 10**12 on, and for a float, whose digits nobody has written down.
    """

    value: int | Decimal

    def __post_init__(self) -> None:
        value = self.value
        if isinstance(value, Decimal):
            if not value.is_finite():
                raise ValueError(f"number to say: want a finite one, got {value}")
            exponent = value.as_tuple().exponent
            if isinstance(exponent, int) and exponent < -FRACTION_DIGITS:
                raise ValueError(
                    f"number to say: want at most {FRACTION_DIGITS} decimals, got {value}"
                )
        elif not _is_int(value):
            raise ValueError(f"number to say: want an int or a Decimal, got {value!r}")
        if not -NUMBER_LIMIT < value < NUMBER_LIMIT:
            raise ValueError(f"number to say: want less than 10**12, got {value}")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (cents, fen) of a currency (ISO 4217 code): `Money(1050, "USD")`.

    Raises ValueError for anything but an int below 10**14.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if not _is_int(self.minor):
            raise ValueError(f"money to say: want an int of minor units, got {self.minor!r}")
        if abs(self.minor) >= MONEY_LIMIT:
            raise ValueError(f"money to say: want less than 10**14 minor units, got {self.minor}")


@dataclass(frozen=True, slots=True)
class Date:
    """A day of the year, spoken without the year: `Date(entry.day)`."""

    day: datetime.date

    def __post_init__(self) -> None:
        day: object = self.day  # what a caller really gave
        if not isinstance(day, datetime.date):
            raise ValueError(f"date to say: want a datetime.date, got {self.day!r}")


Sayable: TypeAlias = str | Digits | Number | Money | Date
"""A clip's name, a full stop (".") between two sentences, or a value."""


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
