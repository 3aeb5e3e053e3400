"""What the callers of a load have in mind: scripts, and in which shares they come."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

from telcard.errors import ConfigError
from telcard.exchange import Subscriber
from telcard.rehearsal.scenes import (
    ADA,
    forget_the_pin,
    hang_up_in_the_menu,
    hear_balance_and_entries,
)
from telcard.rehearsal.stage import HOTLINE, SAMPLE_PINS
from telcard.rehearsal.steps import identify, move_money, say_goodbye

CHEN = "20071115"
"""The customer who moves money: he has three accounts."""

Script = Callable[[Subscriber], Awaitable[None]]


async def hear_balance(caller: Subscriber) -> None:
    """Know the PIN, hear the balance, and say goodbye."""
    await caller.dial(HOTLINE)
    await identify(caller, ADA, SAMPLE_PINS[ADA])
    await caller.hear("to_end_the_call", eventually=True)
    await caller.press("1")
    await caller.hear("your_balance_is")
    await caller.press("*")
    await caller.hear("goodbye", eventually=True)
    await caller.hung_up_by_far_end()


async def transfer(caller: Subscriber) -> None:
    """Move a cent from one account to another, and hear the receipt.

    He may first be told receipts of others who do the same in the same name at this moment.
    """
    await caller.dial(HOTLINE)
    await identify(caller, CHEN, SAMPLE_PINS[CHEN])
    await move_money(caller, "0*01#", source="1", target="2")
    await say_goodbye(caller)


async def say_nothing(caller: Subscriber) -> None:
    """Listen, and key nothing, until the bank gives up."""
    await caller.dial(HOTLINE)
    await caller.hung_up_by_far_end(timeout_s=180)


SCRIPTS: Mapping[str, Script] = MappingProxyType(
    {
        "balance": hear_balance,
        "entries": hear_balance_and_entries,
        "transfer": transfer,
        "pin": forget_the_pin,
        "menu": hang_up_in_the_menu,
        "silent": say_nothing,
    }
)
"""By name: hears the balance; the last entries too; moves money; has forgotten the PIN; hangs up in
the menu; says nothing."""

USUAL = "balance=45,entries=20,transfer=10,menu=15,pin=5,silent=5"
"""Shares of an ordinary day; assumed."""


def read_mix(text: str) -> dict[str, float]:
    """Shares from `name=share,...`; they need not sum up to anything.

    ConfigError for an unknown script, one that comes twice, and a share that is no number above 0.
    """
    mix: dict[str, float] = {}
    for part in text.split(","):
        name, _, share = (piece.strip() for piece in part.partition("="))
        if name not in SCRIPTS:
            raise ConfigError(f"mix: want some of {', '.join(SCRIPTS)}, got {name!r}")
        try:
            value = float(share)
        except ValueError:
            value = 0.0
        if not 0 < value < float("inf") or name in mix:
            raise ConfigError(f"mix: want each script once as name=share above 0, got {part!r}")
        mix[name] = value
    return mix
