"""What callers of every script do: know who they are, move money, say goodbye."""

from __future__ import annotations

from telcard.exchange import Subscriber

PATIENCE_S = 120.0
"""How long a caller waits for the menu: untold receipts come before it."""


async def identify(caller: Subscriber, account: str, pin: str) -> None:
    """Key account and PIN when asked for them."""
    await caller.hear("enter_account", eventually=True)
    await caller.press(f"{account}#")
    await caller.hear("enter_pin")
    await caller.press(f"{pin}#")


async def move_money(caller: Subscriber, amount: str, source: str = "1", target: str = "") -> None:
    """From the menu on: key a transfer (`100#`, `0*01#`) and hear that it is accepted.

    `source` and `target` are the accounts' short numbers; who has two is not asked for the target.
    """
    await caller.hear("for_your_balance", timeout_s=PATIENCE_S, eventually=True)
    await caller.press("3")
    await caller.hear("choose_source", eventually=True)
    await caller.press(source)
    if target:
        await caller.hear("choose_target", eventually=True)
        await caller.press(target)
    for question in ("enter_amount", "enter_amount_again"):
        await caller.hear(question, eventually=True)
        await caller.press(amount)
    await caller.hear("to_confirm", timeout_s=60, eventually=True)
    await caller.press("1")
    await caller.hear("transfer_accepted", eventually=True)


async def say_goodbye(caller: Subscriber) -> None:
    """Wait for the menu, end the call there, and hear the bank hang up."""
    await caller.hear("for_your_balance", timeout_s=PATIENCE_S, eventually=True)
    await caller.press("*")
    await caller.hear("goodbye")
    await caller.hung_up_by_far_end()
