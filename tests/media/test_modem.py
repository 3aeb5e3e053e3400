"""A terminal at a point of sale calls a host: requests and replies in coroutines."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from telcard.cards import Capabilities
from telcard.clock import VirtualClock, current, run
from telcard.dsp.datalink import DataLink, LinkEnd, LinkTimes
from telcard.engine import E1Line, Engine
from telcard.errors import CardError, MediaError
from telcard.media import Channel, ModemLine

QUICK = LinkTimes(quiet_s=0.05, tone_s=0.2, carrier_s=1)


def play(scene: Callable[[Channel, Channel], Awaitable[None]]) -> None:
    async def main() -> None:
        line = E1Line()
        engines = [Engine(2, clock=current(), name=name) for name in ("ours", "theirs")]
        spans = [engine.plug(line, end) for end, engine in enumerate(engines)]
        near, far = (
            Channel(span.open_lane(1), name) for span, name in zip(spans, "ab", strict=True)
        )
        try:
            async with asyncio.timeout(600):
                await scene(near, far)
        finally:
            for engine in engines:
                engine.close()

    run(main(), VirtualClock())


async def message(line: ModemLine) -> bytes:
    """What comes until ETX."""
    octets = b""
    while not octets.endswith(b"\x03"):
        octets += await line.read(timeout_s=5)
        assert not line.over
    return octets


@pytest.mark.parametrize("mode", ["v23_half", "v21"])
def test_a_payment_is_asked_for_and_answered(mode: str) -> None:
    async def terminal(channel: Channel) -> bytes:
        async with channel.modem(DataLink(mode, "call", framing="7E1", times=QUICK)) as line:
            await line.connected(5)
            await line.write(b"\x02PAY 12.50\x03")
            return await message(line)

    async def scene(near: Channel, far: Channel) -> None:
        customer = asyncio.create_task(terminal(far))
        async with near.modem(DataLink(mode, framing="7E1", times=QUICK)) as line:
            await line.connected(5)
            assert await line.read(timeout_s=0.0) == b""
            assert await message(line) == b"\x02PAY 12.50\x03"
            await line.write(b"\x02APPROVED\x03")
            assert await customer == b"\x02APPROVED\x03"
        assert line.over
        assert line.why in (LinkEnd.CLOSED, LinkEnd.LOST)
        assert await line.read() == b""
        assert near.lane.operation is None

    play(scene)


def test_a_line_without_a_terminal_is_told_and_a_cancelled_host_lets_go() -> None:
    async def scene(near: Channel, far: Channel) -> None:
        async with near.modem(DataLink("v21", times=QUICK)) as line:
            with pytest.raises(MediaError, match=r"cannot connect, .* is over \(NO_CARRIER\)"):
                await line.connected()
            with pytest.raises(MediaError, match="cannot write the last 2 octets"):
                await line.write(b"hi")
        with pytest.raises(TimeoutError):
            async with near.modem(DataLink("v21", times=QUICK)) as line:
                await line.connected(0.2)
        await asyncio.sleep(0.05)
        assert near.lane.operation is None

    play(scene)


def test_a_bounded_buffer_makes_the_writer_wait() -> None:
    async def scene(near: Channel, far: Channel) -> None:
        link = DataLink("v23_half", times=LinkTimes(quiet_s=0, tone_s=0, pause_s=0), capacity=16)
        async with near.modem(link) as line:
            with pytest.raises(TimeoutError):
                await line.write(bytes(100), timeout_s=0.3)
            await line.write(bytes(20), timeout_s=2)

    play(scene)


def test_a_channel_without_a_modem_says_so() -> None:
    async def scene(near: Channel, far: Channel) -> None:
        mute = Channel(far.lane, "b", Capabilities(play=True))
        with pytest.raises(CardError, match="b"):
            async with mute.modem(DataLink()):
                pass

    play(scene)
