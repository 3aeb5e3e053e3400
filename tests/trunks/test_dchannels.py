"""The D-channels of a trunk: which frames go where, and what becomes of those that cannot."""

import asyncio
from collections.abc import Callable

import pytest

import telcard
from telcard.errors import LineError
from telcard.signalling.framing.hdlc import FrameCounts
from telcard.signalling.isdn import EURO
from telcard.signalling.isdn.channels import address
from telcard.signalling.isdn.interface import BackedInterface, Interface
from telcard.trunks.dchannels import DChannels

SABME = bytes.fromhex("00017f")
UA = bytes.fromhex("000173")


class Wire:
    """A D-channel that keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.closed = self.full = False

    def send_frame(self, frame: bytes) -> None:
        if self.full:
            raise LineError("the ring is full")
        self.sent.append(frame)

    def on_frame(self, callback: Callable[[bytes], None] | None) -> None:
        pass

    def counters(self) -> FrameCounts:
        raise NotImplementedError

    def close(self) -> None:
        self.closed = True


def between(
    interface: Interface, scene: Callable[[DChannels, list[Wire], list[str]], None]
) -> None:
    async def main() -> None:
        told: list[str] = []
        link = DChannels(interface, lambda event: told.append(type(event).__name__))
        wires = [Wire(), Wire()]
        scene(link, wires, told)
        await asyncio.sleep(0)
        link.close()
        assert all(wire.closed for wire in wires if wire.sent)

    telcard.run(main(), telcard.VirtualClock())


def test_one_d_channel_is_opened_used_and_lost() -> None:
    def scene(link: DChannels, wires: list[Wire], told: list[str]) -> None:
        link.fire("start")  # nothing is open: the frame is lost
        link.open(0, wires[0])
        link.fire("start")
        assert not link.up
        link.frame(0, UA)
        assert link.up
        assert "LinkUp" in told
        link.lose(0)
        assert wires[0].closed
        assert not link.up

    between(Interface("user", EURO, (1, 2)), scene)


def test_a_frame_goes_to_the_d_channel_that_it_is_for() -> None:
    def scene(link: DChannels, wires: list[Wire], told: list[str]) -> None:
        for number, wire in enumerate(wires):
            link.open(number, wire)
        link.fire("start")
        assert [wire.sent for wire in wires] == [[SABME], [SABME]]
        link.frame(0, UA)
        link.frame(1, UA)
        assert told[:2] == ["Serving", "LinkUp"]
        link.lose(0)
        assert link.up  # the other takes over

    channels = (1, address(1, 1))
    between(BackedInterface("user", EURO, channels, (0, 1)), scene)


def test_a_frame_that_is_refused_is_as_good_as_lost(caplog: pytest.LogCaptureFixture) -> None:
    def scene(link: DChannels, wires: list[Wire], told: list[str]) -> None:
        wires[0].full = True
        link.open(0, wires[0])
        link.fire("start")
        assert "a frame was not sent: the ring is full" in caplog.text

    between(Interface("user", EURO, (1, 2)), scene)
