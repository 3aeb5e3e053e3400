"""Calls over a card's analogue lines, with a town at their other end."""

from __future__ import annotations

import asyncio

import pytest

import telcard
from telcard.calls import Call, CallSummary
from telcard.exchange import Town
from telcard.signalling import Cause
from telcard.speech import ClipLibrary

CLIPS = ClipLibrary("en")


@pytest.mark.parametrize("code", ["US", "GB", "DE", "CN"])
def test_a_caller_is_known_heard_and_gone(code: str) -> None:
    """Who calls by FSK or DTMF; that he has gone by the feed, or by busy tone where it stays."""
    ended: list[CallSummary] = []
    keyed: list[str] = []

    async def note(summary: CallSummary) -> None:
        ended.append(summary)

    async def flow(call: Call) -> None:
        await call.answer()
        await call.say("welcome")
        keyed.append((await call.collect(max_digits=4, first_digit_s=20.0)).digits)
        await call.collect(first_digit_s=60.0)

    async def main() -> None:
        async with (
            asyncio.timeout(600),
            telcard.open("emulator:d41esc", ended=note, country=code, prompts=CLIPS) as card,
            Town(card.far_ends, CLIPS, country=code) as town,
        ):
            serving = asyncio.create_task(card.serve(flow))
            await asyncio.sleep(0.5)
            async with town.subscriber("02154321") as caller:
                await caller.dial("95588")
                await caller.hear("welcome")
                await caller.press("2580")
                await asyncio.sleep(2.0)
            await asyncio.sleep(15.0)
            assert not card.calls
            await card.drain()
            await serving

    telcard.run(main(), telcard.VirtualClock())
    (summary,) = ended
    assert (summary.caller, summary.cause) == ("02154321", Cause.NORMAL_CLEARING)
    assert keyed == ["2580"]
