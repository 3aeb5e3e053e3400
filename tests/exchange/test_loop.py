"""The exchange's end of an analogue line, as the bank's end meets it."""

from __future__ import annotations

import asyncio

from telcard.countries import countries, country
from telcard.exchange.loop import profile_of
from telcard.media.loop import standard_of
from telcard.signalling import CallFacts, ClearedForward, LineEvent
from tests.support.loop_side import LoopSide, with_lines


def test_a_country_s_exchanges_ring_and_tell_the_end_in_its_way() -> None:
    assert profile_of(country("US")).open_loop_s == 0.925  # between 350 and 1500 ms
    assert profile_of(country("GB")).second_on_s == 0.4
    known = [code for code in countries() if standard_of(country(code)) is not None]
    assert {"US", "CN", "GB", "DE", "DK"} <= set(known)


def test_a_number_is_complete_after_a_pause_or_a_hash() -> None:
    async def test(side: LoopSide) -> None:
        first = side.trunk.dial(CallFacts(called="407#"))
        second = side.trunk.dial(CallFacts(called="12"))
        async with asyncio.timeout(20.0):
            while len(side.dialled) < 2:
                await asyncio.sleep(0.1)
        told = [(line, line.facts.called) for line in side.dialled]
        assert told == [(side.lines[3], "407"), (side.lines[2], "12")]
        await first.clear()
        await second.clear()

    with_lines(test)


def test_who_hangs_up_before_the_answer_has_cleared_forward() -> None:
    async def test(side: LoopSide) -> None:
        heard: list[LineEvent] = []
        call = side.trunk.dial(CallFacts(called="407"))
        async with asyncio.timeout(20.0):
            while not side.dialled:
                await asyncio.sleep(0.1)
        side.lines[3].hear = heard.append
        side.lines[3].alert()
        await asyncio.sleep(3.0)
        await call.clear()
        await asyncio.sleep(2.0)
        assert ClearedForward() in heard
        assert not side.lines[3].free  # who was called has still to put his handset down
        side.lines[3].clear()
        assert side.lines[3].free

    with_lines(test)


def test_who_lifts_and_dials_nothing_is_told_by_a_tone() -> None:
    async def test(side: LoopSide) -> None:
        side.trunk.query()
        call = side.trunk.dial(CallFacts(called="#"))
        await asyncio.sleep(8.0)
        assert not side.dialled
        assert call.cleared.result() == 34  # what he hears is congestion tone
        await call.clear()

    with_lines(test)
