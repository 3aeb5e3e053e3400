"""For people who build menus: what a caller hears and keys is data, and a test walks it.

Change a line of MENU, run this again, and read what the caller heard.
"""

from collections.abc import Awaitable, Callable

import telcard
from telcard.exchange import Subscriber
from telcard.rehearsal import try_flow
from telcard.speech import Digits, Money, Number, Sayable


async def balance(call: telcard.Call) -> None:
    """Say an amount: the language makes clips of it."""
    await call.say("your_balance_is", Money(123_456, "CNY"))


async def place_in_queue(call: telcard.Call) -> None:
    """Say a number."""
    await call.say("you_are_number", Number(3), "in_the_queue")


MENU: dict[str, tuple[str, Callable[[telcard.Call], Awaitable[None]]]] = {
    "1": ("for_your_balance", balance),
    "2": ("to_speak_to_a_person", place_in_queue),
}


async def flow(call: telcard.Call) -> None:
    """Read the menu until the caller has had enough."""
    await call.answer()
    await call.say("welcome")
    prompt: list[Sayable] = []
    for key, (offer, _) in MENU.items():
        prompt += [offer, "press", Digits(key)]
    while not (got := await call.collect(*prompt, max_digits=1, terminator="")).timed_out:
        if got.digits in MENU:
            await MENU[got.digits][1](call)
        else:
            await call.say("invalid_choice")
    await call.say("goodbye")


WISHES = (("1", "your_balance_is"), ("7", "invalid_choice"), ("2", "in_the_queue"))


async def caller(subscriber: Subscriber) -> None:
    """Ask for both, and for something that is not on offer."""
    await subscriber.dial("95588")
    try:
        for key, answer in WISHES:
            await subscriber.hear("for_your_balance", eventually=True)
            await subscriber.press(key)
            await subscriber.hear(answer, eventually=True)
        await subscriber.hear("goodbye", timeout_s=60, eventually=True)
    finally:
        print("the caller heard:", " ".join(heard.clip for heard in subscriber.heard))


if __name__ == "__main__":  # a test of yours may import the flow
    telcard.run(try_flow(flow, caller), telcard.VirtualClock())
