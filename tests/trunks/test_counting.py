"""What a trunk counts: calls each way, how they went, traffic."""

import asyncio

from telcard.clock import VirtualClock, run
from telcard.signalling import Cause
from telcard.trunks import Counting, TrunkStats


def test_calls_and_traffic_are_counted() -> None:
    async def story() -> TrunkStats:
        counting = Counting()
        counting.took(outgoing=False)
        await asyncio.sleep(10)
        counting.took(outgoing=True)
        counting.answered()
        await asyncio.sleep(5)
        counting.gave(Cause.NORMAL_CLEARING)
        counting.gave(Cause.TEMPORARY_FAILURE)
        await asyncio.sleep(100)
        counting.blocked()
        counting.took(outgoing=True)
        await asyncio.sleep(1)
        return counting.stats()

    assert run(story(), VirtualClock()) == TrunkStats(
        offered=1, dialled=2, answered=1, blocked=1, failed=1, busy=1, occupied_s=10 + 2 * 5 + 1
    )
