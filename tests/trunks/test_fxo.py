"""Calls over analogue lines: rung with the caller's number, dialled, and ended in every way."""

from __future__ import annotations

import asyncio

import pytest

from telcard.dsp.tones import dtmf_segments
from telcard.errors import CardError, LineError
from telcard.signalling import (
    Answered,
    CallFacts,
    Cause,
    ClearedBack,
    LineEvent,
)
from telcard.trunks import TrunkCall
from tests.support.loop_side import LoopSide, with_lines


async def dialled(side: LoopSide) -> None:
    async with asyncio.timeout(20.0):
        while not side.dialled:
            await asyncio.sleep(0.1)


CALLER = CallFacts(called="95581", caller="6095551212", display="ANNA BERG")


@pytest.mark.parametrize("code", ["US", "CN", "DE", "GB", "DK"])
def test_who_calls_is_known_when_the_call_is_offered(code: str) -> None:
    """By FSK after the first ring or before it, or by DTMF before it: as the country does it."""

    async def test(side: LoopSide) -> None:
        heard: list[LineEvent] = []
        side.lines[0].seize(heard.append, CALLER)
        call = await asyncio.wait_for(side.offers.get(), 12.0)
        assert (call.circuit, call.caller) == ("dxxxB1C1/fxo", "6095551212")
        assert call.called == "95581"
        call.answer()
        await asyncio.sleep(0.2)
        assert Answered() in heard
        await call.clear()
        await asyncio.sleep(3.0)
        assert ClearedBack() in heard
        side.lines[0].clear()
        assert side.lines[0].free
        assert not any(circuit.call for circuit in side.trunk.query())

    with_lines(test, code=code)


@pytest.mark.parametrize("pulse", [False, True])
@pytest.mark.parametrize("poles", [False, True])
def test_a_call_is_dialled_rung_answered_and_ended_by_the_far_end(poles: bool, pulse: bool) -> None:
    """The poles tell the answer where they do, else the ringing that stops; the feed the end."""

    async def test(side: LoopSide) -> None:
        call = side.trunk.dial(CallFacts(called="02154"))
        assert call.circuit == "dxxxB1C4/fxo"
        line = side.lines[3]
        await dialled(side)
        assert [(line, line.facts.called) for line in side.dialled] == [(side.lines[3], "02154")]
        heard: list[LineEvent] = []
        line.hear = heard.append
        line.alert()
        await asyncio.wait_for(asyncio.shield(call.alerting), 8.0)
        assert not call.answered.done()
        await asyncio.sleep(9.0)
        assert not call.answered.done()
        line.connect()
        line.answer()
        await asyncio.wait_for(asyncio.shield(call.answered), 0.2 if poles else 12.0)
        line.clear()
        assert await asyncio.wait_for(asyncio.shield(call.cleared), 5.0) == Cause.NORMAL_CLEARING
        await call.clear()
        await asyncio.sleep(3.0)
        assert line.free
        assert side.trunk.stats().answered == 1
        assert side.trunk.stats().busy == 0

    with_lines(test, poles=poles, pulse=pulse)


@pytest.mark.parametrize(
    ("code", "cause"),
    [("US", 17), ("US", 34), ("CN", 17), ("GB", 17)],
)
def test_a_tone_that_refuses_ends_the_call_with_its_cause(code: str, cause: int) -> None:
    async def test(side: LoopSide) -> None:
        call = side.trunk.dial(CallFacts(called="407"))
        await dialled(side)
        side.lines[3].hear = lambda event: None
        side.lines[3].clear(cause)
        assert await asyncio.wait_for(asyncio.shield(call.cleared), 8.0) == cause
        await call.clear()
        await asyncio.sleep(4.0)
        assert side.lines[3].free or code == "CN"

    with_lines(test, code=code)


def test_where_no_dial_tone_comes_nothing_is_dialled() -> None:
    async def test(side: LoopSide) -> None:
        side.lines[3].stop()
        call = side.trunk.dial(CallFacts(called="407"))
        assert await call.cleared == Cause.NETWORK_OUT_OF_ORDER
        await call.clear()

    with_lines(test)


def test_a_caller_who_gives_up_is_told_and_the_line_is_free_again() -> None:
    async def test(side: LoopSide) -> None:
        side.lines[1].seize(lambda event: None, CALLER)
        call = await side.offers.get()
        side.lines[1].clear()
        assert await asyncio.wait_for(asyncio.shield(call.cleared), 8.0) == Cause.NORMAL_CLEARING
        call.answer()  # at this very moment: nothing to answer any more
        assert not call.answered.done()
        await call.clear()
        await asyncio.sleep(0.1)
        assert not any(circuit.call for circuit in side.trunk.query())

    with_lines(test)


def test_who_is_refused_hears_it_ring_until_he_gives_up() -> None:
    async def test(side: LoopSide) -> None:
        heard: list[LineEvent] = []
        side.lines[1].seize(heard.append, CALLER)
        call = await side.offers.get()
        await call.clear(Cause.CALL_REJECTED)
        await asyncio.sleep(20.0)
        assert not heard
        side.lines[1].clear()
        await asyncio.sleep(8.0)
        assert not any(circuit.call for circuit in side.trunk.query())
        assert side.offers.empty()

    with_lines(test)


def test_busy_tone_ends_an_answered_call_where_the_feed_tells_nothing() -> None:
    async def test(side: LoopSide) -> None:
        side.lines[0].seize(lambda event: None, CALLER)
        call = await side.offers.get()
        call.answer()
        await asyncio.sleep(2.0)
        side.lines[0].clear()
        assert await asyncio.wait_for(asyncio.shield(call.cleared), 6.0) == Cause.NORMAL_CLEARING
        await call.clear()

    with_lines(test, code="DE")


def test_a_line_that_is_not_free_and_one_that_is_not_there_are_refused() -> None:
    async def test(side: LoopSide) -> None:
        call = side.trunk.dial(CallFacts(called="407"), circuit="dxxxB1C2/fxo")
        with pytest.raises(LineError, match=r"dxxxB1C2/fxo: it is not free, it is off hook") as no:
            side.trunk.dial(CallFacts(called="407"), circuit="dxxxB1C2/fxo")
        assert no.value.cause == Cause.CHANNEL_NOT_AVAILABLE
        with pytest.raises(CardError, match="no port is called 'x'; it has dxxxB1C1/fxo to "):
            side.trunk.dial(CallFacts(called="407"), circuit="x")
        with pytest.raises(LineError, match="want a number to dial, got none"):
            side.trunk.dial(CallFacts())
        side.trunk.block()
        with pytest.raises(LineError, match="none of 4 lines is free"):
            side.trunk.dial(CallFacts(called="407"))
        side.trunk.unblock()
        await call.clear()

    with_lines(test)


def test_a_board_that_goes_down_loses_its_calls_and_its_lines_come_back_with_it() -> None:
    async def test(side: LoopSide) -> None:
        side.lines[0].seize(lambda event: None, CALLER)
        call = await side.offers.get()
        call.answer()
        await side.card.bring_down()
        assert call.cleared.result() == Cause.NETWORK_OUT_OF_ORDER
        await call.clear()
        with pytest.raises(LineError, match="its board is down"):
            side.trunk.dial(CallFacts(called="407"))
        await side.card.bring_up()
        await asyncio.sleep(3.0)
        assert all(circuit.state == "on hook" for circuit in side.trunk.query())

    with_lines(test)


@pytest.mark.parametrize(
    ("code", "poles", "answer_s", "gone_s"),
    [
        ("US", False, 12.0, 1.0),  # ringing stops; the feed does
        ("US", True, 0.2, 1.0),  # the poles change places; the feed stops
        ("CN", False, 12.0, 5.0),  # ringing stops; busy tone
        ("CN", True, 0.2, 0.2),  # the poles change places, and back
    ],
)
@pytest.mark.parametrize("outgoing", [True, False])
def test_answer_and_end_are_known_by_poles_feed_or_tones(
    code: str, poles: bool, answer_s: float, gone_s: float, outgoing: bool
) -> None:
    async def test(side: LoopSide) -> None:
        if outgoing:
            call: TrunkCall = side.trunk.dial(CallFacts(called="02154"))
            await dialled(side)
            (line,) = side.dialled
            line.hear = lambda event: None
            line.alert()
            await asyncio.sleep(8.0)
            assert not call.answered.done()
            line.connect()
            line.answer()
            await asyncio.wait_for(asyncio.shield(call.answered), answer_s)
        else:
            line = side.lines[0]
            line.seize(lambda event: None, CALLER)
            call = await asyncio.wait_for(side.offers.get(), 12.0)
            call.answer()
            await asyncio.wait_for(asyncio.shield(call.answered), 1.0)
            line.connect()
        await asyncio.sleep(1.0)
        assert not call.cleared.done()
        line.clear()
        within_s = gone_s if outgoing else max(gone_s, 5.0)  # poles tell a caller nothing
        cause = await asyncio.wait_for(asyncio.shield(call.cleared), within_s)
        assert cause == Cause.NORMAL_CLEARING
        await call.clear()
        await asyncio.sleep(3.0)

    with_lines(test, code=code, poles=poles)


def test_silence_ends_a_call_where_it_was_ordered_so_but_not_while_something_is_played() -> None:
    """The exchange tells nothing: the feed stays, the poles do, and nobody sends a tone."""

    async def test(side: LoopSide) -> None:
        line = side.lines[0]
        line.seize(lambda event: None, CALLER)
        call = await asyncio.wait_for(side.offers.get(), 12.0)
        call.answer()
        await asyncio.wait_for(asyncio.shield(call.answered), 1.0)
        lane = line.connect()
        loop = asyncio.get_running_loop()
        # 12 s of somebody keying
        lane.tones(dtmf_segments("1", on_ms=100, off_ms=3900), 3)
        await asyncio.sleep(12.0)
        assert not call.cleared.done()
        await call.channel.play([bytes([0x55]) * 8000 * 20])
        played = loop.time()
        assert not call.cleared.done()
        cause = await asyncio.wait_for(asyncio.shield(call.cleared), 10.0)
        assert cause == Cause.NORMAL_CLEARING
        assert 4.0 <= loop.time() - played <= 6.5  # it is looked once a second
        await call.clear()
        line.clear()
        await asyncio.sleep(3.0)

    with_lines(test, code="GB", silence_s=5.0)
