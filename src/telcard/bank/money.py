"""Money: a whole number of minor units and a currency, never a float.

>>> Amount.parse("1250.75", "EUR")
Amount(minor=125075, currency='EUR')
>>> print(-Amount(125075, "EUR"))
-1,250.75 EUR
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from telcard.errors import ConfigError

DECIMALS = {"CNY": 2, "EUR": 2, "GBP": 2, "HKD": 2, "JPY": 0, "KWD": 3, "USD": 2}
"""Digits after the point, by ISO 4217 code."""

LIMIT = 10**14
"""An amount is below this many minor units, so that sums stay far inside SQLite's 64 bits."""


@dataclass(frozen=True, slots=True)
class Amount:
    """So many `minor` units (cents, fen) of `currency`; negative is a debit.

    Raises ValueError for a float, an unknown currency and from 10**14 on, and when amounts of two
    currencies are added.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:  # a bool is an int, and never money
            raise ValueError(f"amount: want an int of minor units, got {self.minor!r}")
        if self.currency not in DECIMALS:
            raise ValueError(
                f"amount: want a currency of {', '.join(DECIMALS)}, got {self.currency!r}"
            )
        if abs(self.minor) >= LIMIT:
            raise ValueError(f"amount: want less than {LIMIT} minor units, got {self.minor}")

    @classmethod
    def parse(cls, text: str, currency: str) -> Amount:
        """Read "1250.75", "-3" or "1,250.75"; raises `ConfigError` for anything else."""
        decimals = DECIMALS.get(currency, 0)
        fraction = rf"(?:\.(\d{{{decimals}}}))?" if decimals else "()"
        match = re.fullmatch(rf"(-?)(\d+|\d{{1,3}}(?:,\d{{3}})+){fraction}", text, re.ASCII)
        if match is None:
            raise ConfigError(
                f"amount: want digits with {decimals or 'no'} decimals for {currency}, got {text!r}"
            )
        sign, whole, part = match.groups()
        minor = int(whole.replace(",", "")) * 10**decimals + int(part or 0)
        return cls(-minor if sign else minor, currency)

    def __add__(self, other: Amount) -> Amount:
        if self.currency != other.currency:
            raise ValueError(f"amount: cannot add {other.currency} to {self.currency}")
        return Amount(self.minor + other.minor, self.currency)

    def __neg__(self) -> Amount:
        return Amount(-self.minor, self.currency)

    def __str__(self) -> str:
        decimals = DECIMALS[self.currency]
        whole, part = divmod(abs(self.minor), 10**decimals)
        fraction = f".{part:0{decimals}}" if decimals else ""
        return f"{'-' if self.minor < 0 else ''}{whole:,}{fraction} {self.currency}"
