"""What trunks over analogue ports have in common, on lines towards an exchange."""

from __future__ import annotations

import asyncio

import pytest

from telcard.errors import UnknownCard
from telcard.signalling import CallFacts, Cause
from tests.support.loop_side import LoopSide, with_lines

CALLER = CallFacts(called="95581", caller="6095551212")


def test_a_port_that_is_restarted_loses_its_call_and_serves_again() -> None:
    async def test(side: LoopSide) -> None:
        side.lines[0].seize(lambda event: None, CALLER)
        call = await asyncio.wait_for(side.offers.get(), 12.0)
        call.answer()
        side.trunk.restart(call.circuit)
        assert call.cleared.result() == Cause.TEMPORARY_FAILURE
        await call.clear()
        side.lines[0].clear()
        await asyncio.sleep(4.0)
        side.lines[0].seize(lambda event: None, CALLER)
        again = await asyncio.wait_for(side.offers.get(), 12.0)
        assert again.circuit == call.circuit
        await again.clear()
        side.lines[0].clear()

    with_lines(test)


def test_what_rings_on_a_blocked_port_is_not_offered() -> None:
    async def test(side: LoopSide) -> None:
        side.trunk.block("dxxxB1C1/fxo")
        blocked = {circuit.name: circuit.blocked for circuit in side.trunk.query()}
        assert blocked["dxxxB1C1/fxo"] == "here"
        assert blocked["dxxxB1C2/fxo"] == ""
        side.lines[0].seize(lambda event: None, CALLER)
        await asyncio.sleep(10.0)
        assert side.offers.empty()
        side.lines[0].clear()
        side.trunk.unblock()
        assert not any(circuit.blocked for circuit in side.trunk.query())
        with pytest.raises(UnknownCard, match="no port is called 'dtiB1T1'; it has dxxxB1C1/fxo"):
            side.trunk.block("dtiB1T1")

    with_lines(test)


def test_a_drained_bank_waits_for_its_last_call() -> None:
    async def test(side: LoopSide) -> None:
        side.lines[0].seize(lambda event: None, CALLER)
        call = await asyncio.wait_for(side.offers.get(), 12.0)
        call.answer()
        draining = asyncio.create_task(side.trunk.drain())
        await asyncio.sleep(2.0)
        assert not draining.done()
        await call.clear()
        side.lines[0].clear()
        await asyncio.wait_for(draining, 10.0)
        assert side.trunk.stats().busy == 0

    with_lines(test)
