"""For teams that test: a flow of your own against a caller's script, in virtual time.

In a test, pytest's fixture `telcard_trial(flow, *scripts)` does the same.
"""

import telcard
from telcard.exchange import NotHeard, Subscriber
from telcard.rehearsal import try_flow


async def flow(call: telcard.Call) -> None:
    """Greet, and ask for the wrong thing."""
    await call.answer()
    await call.say("welcome")
    await call.collect("enter_pin", secret=True)


async def caller(subscriber: Subscriber) -> None:
    """Expect to be asked for the account."""
    await subscriber.dial("95588")
    await subscriber.hear_all(["welcome", "enter_account"])


try:
    telcard.run(try_flow(flow, caller), telcard.VirtualClock())
except NotHeard as error:
    print(f"the test fails: {error}")
