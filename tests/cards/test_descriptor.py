"""Frames over descriptors: a socketpair stands for the card."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable

import pytest

from telcard.cards import FrameDescriptor
from telcard.cards.descriptor import ELAST, Trailer
from telcard.errors import CardError, LineError
from telcard.signalling.framing.hdlc import FrameCounts
from telcard.signalling.isdn import LinkUp
from tests.support.links import RunningLink

Script = Callable[[FrameDescriptor, socket.socket, list[str]], Awaitable[None]]


def run(script: Script, fcs: Trailer = "none") -> None:
    async def main() -> None:
        near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        far.setblocking(False)
        lost: list[str] = []
        dchannel = FrameDescriptor(near.detach(), "card 1", fcs=fcs, on_lost=lost.append)
        try:
            async with asyncio.timeout(20):
                await script(dchannel, far, lost)
        finally:
            dchannel.close()
            far.close()

    asyncio.run(main())


async def until(what: Callable[[], object]) -> None:
    while not what():
        await asyncio.sleep(0)


def test_a_frame_is_a_packet_each_way() -> None:
    async def script(dchannel: FrameDescriptor, far: socket.socket, _lost: list[str]) -> None:
        came: list[bytes] = []
        dchannel.on_frame(came.append)
        dchannel.send_frame(b"\x00\x01\x7f")
        assert far.recv(100) == b"\x00\x01\x7f"
        far.send(b"\x00\x01\x73")
        far.send(b"\x02\x01\x73")
        await until(lambda: len(came) == 2)
        assert came == [b"\x00\x01\x73", b"\x02\x01\x73"]
        assert dchannel.counters() == FrameCounts(sent=1, received=2)

    run(script)


def test_dahdi_has_two_octets_behind_every_frame() -> None:
    async def script(dchannel: FrameDescriptor, far: socket.socket, _lost: list[str]) -> None:
        came: list[bytes] = []
        dchannel.on_frame(came.append)
        dchannel.send_frame(b"\x00\x01\x7f")
        assert far.recv(100) == b"\x00\x01\x7f\0\0"
        far.send(b"\x00\x01\x73\xab\xcd")
        await until(lambda: came)
        assert came == [b"\x00\x01\x73"]

    run(script, "dahdi")


def test_what_is_too_short_or_too_long_is_counted() -> None:
    async def script(dchannel: FrameDescriptor, far: socket.socket, _lost: list[str]) -> None:
        far.send(b"\x00")
        far.send(b"\x00\x01\xab\xcd")
        far.send(bytes(600))
        await until(lambda: dchannel.counters().too_long)
        assert dchannel.counters() == FrameCounts(too_short=2, too_long=1)

    run(script, "dahdi")


def test_a_descriptor_that_takes_nothing_lets_frames_wait_and_then_refuses_them() -> None:
    async def script(dchannel: FrameDescriptor, far: socket.socket, _lost: list[str]) -> None:
        sent = 0

        def fill() -> None:
            nonlocal sent
            while True:
                dchannel.send_frame(sent.to_bytes(4, "big") * 100)
                sent += 1

        with pytest.raises(LineError, match="card 1: 64 frames wait, no room for another"):
            fill()
        assert dchannel.counters().refused == 1
        got = 0
        while got < sent:
            try:
                assert far.recv(1000)[:4] == got.to_bytes(4, "big")
                got += 1
            except BlockingIOError:
                await asyncio.sleep(0)
        assert dchannel.counters().sent == sent

    run(script)


def test_the_other_side_that_goes_is_told_once_and_closes_it() -> None:
    async def script(dchannel: FrameDescriptor, far: socket.socket, lost: list[str]) -> None:
        far.close()
        await until(lambda: lost)
        assert lost == ["card 1: the other side has closed it"]
        with pytest.raises(CardError, match="card 1: cannot send a frame, the D-channel was"):
            dchannel.send_frame(b"abc")
        dchannel.close()

    run(script)


def test_a_write_that_fails_loses_it() -> None:
    async def script(dchannel: FrameDescriptor, far: socket.socket, lost: list[str]) -> None:
        far.close()
        dchannel.send_frame(b"abc")
        assert lost == ["card 1: cannot write a frame: Broken pipe"]

    run(script)


def test_an_event_of_dahdi_is_fetched_before_the_next_frame(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A read, and a write, gives errno 500 while an event waits."""
    waits, events = [True, True], []
    real_read, real_write = os.read, os.write

    def read(fd: int, room: int) -> bytes:
        if waits[0]:
            raise OSError(ELAST, "event")
        return real_read(fd, room)

    def write(fd: int, octets: bytes) -> int:
        if waits[1]:
            raise OSError(ELAST, "event")
        return real_write(fd, octets)

    async def main() -> None:
        near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        came: list[bytes] = []

        def fetch() -> None:
            events.append(list(waits))
            waits[:] = [False, len(events) < 2]

        dchannel = FrameDescriptor(near.detach(), "card 1", on_event=fetch)
        monkeypatch.setattr(os, "read", read)
        monkeypatch.setattr(os, "write", write)
        dchannel.on_frame(came.append)
        dchannel.send_frame(b"abc")
        far.send(b"xyz")
        async with asyncio.timeout(20):
            await until(lambda: came and dchannel.counters().sent)
        monkeypatch.undo()
        assert (came, far.recv(10), len(events)) == ([b"xyz"], b"abc", 2)
        dchannel.close()
        far.close()

    asyncio.run(main())


def test_two_data_links_come_up_over_a_socketpair() -> None:
    async def main() -> None:
        ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        channels = [FrameDescriptor(end.detach(), "card", fcs="dahdi") for end in ends]
        user, network = RunningLink(channels[0], "user"), RunningLink(channels[1], "network")
        user.fire("establish")
        async with asyncio.timeout(20):
            await until(lambda: user.events and network.events)
            user.fire("data", b"hello")
            await until(network.received)
        assert user.events == [LinkUp()]
        assert network.received() == [b"hello"]
        for part in (user, network, *channels):
            part.close()

    asyncio.run(main())


def test_what_stands_behind_a_frame_is_one_of_two() -> None:
    with pytest.raises(ValueError, match="fcs: want none or dahdi, got 'x'"):
        FrameDescriptor(0, "card", fcs="x")  # type: ignore[arg-type]
