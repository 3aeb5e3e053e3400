"""Faxes on channels: pages, reasons, a loop that sleeps, and channels that cannot."""

import asyncio
from collections.abc import Awaitable, Callable

import numpy as np
import pytest

from telcard.cards import Capabilities
from telcard.clock import VirtualClock, current, run
from telcard.engine import E1Line, EchoCancelling, Engine
from telcard.errors import CardError
from telcard.fax import FaxResult
from telcard.fax.dialogue import Dialogue
from telcard.fax.t30 import Reason
from telcard.media import Channel
from telcard.units import TICK_NS
from tests.support.fax_peers import letter

PAGE = letter(3, rows=150)

Scene = Callable[[Channel, Channel, list[Engine]], Awaitable[None]]


def play(scene: Scene) -> None:
    async def main() -> None:
        line = E1Line()
        engines = [Engine(2, clock=current(), name=name) for name in ("ours", "theirs")]
        spans = [engine.plug(line, end) for end, engine in enumerate(engines)]
        near, far = (
            Channel(span.open_lane(1), name) for span, name in zip(spans, "ab", strict=True)
        )
        try:
            async with asyncio.timeout(600):
                await scene(near, far, engines)
        finally:
            for engine in engines:
                engine.close()

    run(main(), VirtualClock())


async def faxed(channel: Channel, dialogue: Dialogue) -> FaxResult:
    async with channel.fax(dialogue) as fax:
        return await fax.ended()


def stall(seconds: float, engines: list[Engine]) -> None:
    """The loop does nothing for so long; the engines' threads do not care."""
    clock = current()
    assert isinstance(clock, VirtualClock)
    first = clock.now() // TICK_NS + 1
    for tick in range(first, first + round(seconds * 100)):
        for engine in engines:
            engine.core.tick(tick)
    clock.advance((first + round(seconds * 100) - 1) * TICK_NS)
    for engine in engines:
        engine.poll()


def test_a_page_goes_from_one_channel_to_another() -> None:
    async def scene(near: Channel, far: Channel, _: list[Engine]) -> None:
        receiving = asyncio.create_task(faxed(far, Dialogue(calling=False, ident="2")))
        near.cancel_echo(EchoCancelling(tail_ms=16))
        async with near.fax(Dialogue(pages=[PAGE], ident="1")) as fax:
            await asyncio.sleep(3)
            assert near.query().doing == "fax"
            assert near.lane.echo is None
            assert "still going on" in repr(fax)
            sent = await fax.ended()
        got = await receiving
        assert near.lane.echo_canceller == (EchoCancelling(tail_ms=16), None)
        assert sent.good
        assert got.good
        assert np.array_equal(got.pages[0], PAGE)
        assert 15 < sent.seconds < 25
        assert any("MCF" in traced.frame.text() for traced in sent.transcript)
        assert any("Program" in line for line in fax.transcript)
        assert near.lane.operation is None

    play(scene)


@pytest.mark.parametrize("at_s", [5.0, 9.3, 12.1, 14.2])
def test_a_loop_that_sleeps_for_two_seconds_costs_a_repeat_at_most(at_s: float) -> None:
    async def scene(near: Channel, far: Channel, engines: list[Engine]) -> None:
        asyncio.get_running_loop().call_later(at_s, stall, 2.0, engines)
        sender = Dialogue(pages=[PAGE, PAGE], modems="v29")
        sent, got = await asyncio.gather(faxed(near, sender), faxed(far, Dialogue(calling=False)))
        assert sent.good, sent
        assert got.good, got
        assert [np.array_equal(page, PAGE) for page in got.pages] == [True, True]
        assert sum(not traced.sent for traced in sent.transcript) < 12

    play(scene)


def test_what_stops_a_fax_is_its_reason() -> None:
    async def scene(near: Channel, far: Channel, _: list[Engine]) -> None:
        lonely = Dialogue(pages=[PAGE])
        alone = await faxed(near, lonely)
        assert alone.reason is Reason.NO_FAX
        receiving = asyncio.create_task(faxed(far, Dialogue(calling=False)))
        async with near.fax(Dialogue(pages=[PAGE])) as fax:
            await asyncio.sleep(6)
            fax.stop()
            assert (await fax.ended()).reason is Reason.STOPPED
            fax.stop()
        assert near.lane.operation is None  # free for whatever comes next
        assert (await receiving).reason is Reason.DISCONNECTED_BEFORE
        async with near.fax(Dialogue(pages=[PAGE])) as fax:
            await asyncio.sleep(1)
            near.lane.close()
            assert (await fax.ended()).reason is Reason.HUNG_UP

    play(scene)


def test_a_channel_that_cannot_fax_says_so() -> None:
    async def scene(near: Channel, far: Channel, _: list[Engine]) -> None:
        mute = Channel(far.lane, "b", Capabilities(play=True))
        with pytest.raises(CardError, match="b: cannot fax; it can play"):
            await faxed(mute, Dialogue(calling=False))
        near.lane.arm_secret()
        with pytest.raises(CardError, match="cannot run a fax, a secret step is armed"):
            await faxed(near, Dialogue(calling=False))

    play(scene)
