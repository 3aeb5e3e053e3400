"""Several interfaces under one D-channel, or two, against libpri: identification, restarts, backup.

All in virtual time; what we sent is kept, and read by tshark in the end.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from telcard import clock
from telcard.runner import Runner
from telcard.signalling.events import Disconnected, LineEvent, Offered, Released, Restarted
from telcard.signalling.isdn import EURO, NI2, CallEvent, Message, decode
from telcard.signalling.isdn.backup import Serving
from telcard.signalling.isdn.channels import Whole, address
from telcard.signalling.isdn.interface import BackedInterface, Interface, Numbered
from telcard.signalling.isdn.lapd import Frame, Kind
from tests.support import pri_peer
from tests.support.isdn_scenes import FACTS
from tests.support.peers import PeerMissing, program
from tests.support.pri_peer import PriEvent, PriPeer, on_span
from tests.support.tshark import MALFORMED, read

pytestmark = pytest.mark.interop

SIDE = pytest.mark.parametrize("side", ["user", "network"], ids="we are the {}".format)
SWITCH = pytest.mark.parametrize("switch", ["NI2", "EUROISDN_E1"])
CHANNELS = tuple(
    address(interface, timeslot)
    for interface, last in ((0, 23), (1, 23), (2, 24))
    for timeslot in range(1, last + 1)
)
SENT: list[bytes] = []


@pytest.fixture(scope="module", autouse=True)
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Skip without libpri; when all is done, let tshark read what we have sent."""
    try:
        pri_peer.libpri()
        program("tshark", "tshark")
    except PeerMissing as missing:
        pytest.skip(str(missing))
    SENT.clear()
    yield
    path = tmp_path_factory.mktemp("tshark") / "sent.pcap"
    assert read(path, SENT, "frame.number", only=MALFORMED) == []
    named = read(path, SENT, "q931.channel.number", "q931.channel.interface_id", only="q931")
    assert {("24", "2"), ("3", "1"), ("1", "0")} <= {tuple(row) for row in named}


class Ours:
    """Our end, on one D-channel of libpri's or on two."""

    def __init__(self, interface: Interface, peers: list[PriPeer]) -> None:
        self.interface = interface
        self.layer = interface.layer3
        self.peers = peers
        self.said: list[CallEvent] = []
        self.serving: list[int] = []
        self.messages: list[str] = []
        self.runner = Runner(
            interface, timers=interface.timers, send=self._send, report=self._reported
        )
        for number, peer in enumerate(peers):
            which = (number,) if len(peers) > 1 else ()
            peer.on_frame(lambda frame, which=which: self._frame(frame, which))

    def ask(self, name: str, *args: Any) -> None:
        self.runner.fire(name, *args)

    def call(self, channel: int) -> int:
        handle = self.interface.new_call()
        self.ask("setup", handle, FACTS, channel, True)
        return handle

    def events(self, handle: int) -> list[LineEvent]:
        return [event.event for event in self.said if event.handle == handle]

    def offered(self) -> int:
        return next(e.handle for e in reversed(self.said) if isinstance(e.event, Offered))

    def state(self, handle: int) -> str:
        return self.layer.query().get(handle, ("", None))[0]

    def _frame(self, frame: bytes, which: tuple[int, ...]) -> None:
        self._note("<", frame)
        self.ask("frame", frame, *which)

    def _send(self, pdu: Any) -> None:
        number, frame = (pdu.link, pdu.octets) if isinstance(pdu, Numbered) else (0, pdu)
        SENT.append(frame)
        self._note(f">{number}", frame)
        self.peers[number].send_frame(frame)

    def _note(self, way: str, frame: bytes) -> None:
        read = Frame.decode(frame)
        if read.kind is Kind.I:
            message = decode(read.info)
            assert isinstance(message, Message)
            assert not message.faults
            self.messages.append(f"{way} {message.describe()}")

    def _reported(self, event: Any) -> None:
        match event:
            case CallEvent():
                self.said.append(event)
            case Serving(number):
                self.serving.append(number)


Scene = Callable[[Ours, list[PriPeer]], Awaitable[None]]


def play(scene: Scene, side: str, switch: str, d_channels: int = 1) -> None:
    async def main() -> None:
        cut: set[int] = set()

        def lost(number: int) -> Callable[[bytes], bool]:
            return lambda frame: number in cut

        def tell(event: PriEvent) -> None:
            peer = next(peer for n, peer in enumerate(peers) if n not in cut)
            if event.code == pri_peer.RING:
                for word in ("proceeding", "acknowledge", "answer"):
                    peer.call(word, event.call, on_span(event.span, event.channel), 0)
            elif event.code in (pri_peer.HANGUP, pri_peer.HANGUP_REQ):
                peer.call("hangup", event.call, event.cause)

        peers = [
            PriPeer(side == "user", switch, on_event=tell, lose_sent=lost(n), lose_received=lost(n))
            for n in range(d_channels)
        ]
        for peer in peers[1:]:
            peers[0].enslave(peer)
        for number, peer in enumerate(peers):
            peer.cut = lambda number=number: cut.add(number)
            peer.mend = lambda number=number: cut.discard(number)
        profile = NI2 if switch == "NI2" else EURO
        if d_channels == 2:
            interface: Interface = BackedInterface(side, profile, CHANNELS, (0, 1))
        else:
            interface = Interface(side, profile, CHANNELS, home=0)
        ours = Ours(interface, peers)
        ours.ask("start")
        await asyncio.sleep(1)
        assert interface.up
        await scene(ours, peers)
        ours.runner.close()
        for peer in peers:
            peer.close()

    clock.run(main(), clock.VirtualClock())


@SIDE
@SWITCH
def test_calls_go_both_ways_on_every_interface(side: str, switch: str) -> None:
    async def scene(ours: Ours, peers: list[PriPeer]) -> None:
        (peer,) = peers
        for interface, timeslot in ((0, 1), (0, 23), (1, 7), (2, 24)):
            handle = ours.call(address(interface, timeslot))
            await asyncio.sleep(0.5)
            assert ours.state(handle) == "ACTIVE"
            ring = peer.last(pri_peer.RING)
            assert (ring.span, ring.channel) == (interface, timeslot)
            ours.ask("clear", handle, 16)
            await asyncio.sleep(0.5)
            assert ours.events(handle)[-1] == Released(16)
            theirs = peer.setup("1380", "95588", on_span(interface, timeslot))
            await asyncio.sleep(0.5)
            incoming = ours.offered()
            assert ours.layer.query()[incoming][1] == address(interface, timeslot)
            ours.ask("connect", incoming)
            await asyncio.sleep(0.5)
            assert peer.last(pri_peer.ANSWER).span == interface
            peer.call("hangup", theirs, 16)
            await asyncio.sleep(0.5)
            assert isinstance(ours.events(incoming)[-1], Disconnected)
            ours.ask("clear", incoming)
            await asyncio.sleep(0.5)
        assert not ours.layer.query()

    play(scene, side, switch)


@SIDE
@SWITCH
def test_a_channel_and_an_interface_are_restarted(side: str, switch: str) -> None:
    async def scene(ours: Ours, peers: list[PriPeer]) -> None:
        (peer,) = peers
        handle = ours.call(address(2, 24))
        other = ours.call(address(1, 24 - 1))
        await asyncio.sleep(0.5)
        ours.ask("restart", address(2, 24))
        await asyncio.sleep(1)
        said = peer.last(pri_peer.RESTART)
        assert (said.span, said.channel) == (2, 24)
        assert CallEvent(0, address(2, 24), Restarted((address(2, 24),))) in ours.said
        assert ours.state(handle) == ""
        assert ours.state(other) == "ACTIVE"
        peer.call("reset", on_span(1, 23))
        await asyncio.sleep(1)
        assert ours.state(other) == ""
        assert pri_peer.RESTART_ACK in peer.codes()
        ours.ask("restart", Whole(2))
        ours.ask("restart", None)
        await asyncio.sleep(2)
        assert ours.layer.free() == len(CHANNELS)
        assert not [event for event in ours.said if type(event.event).__name__ == "Alarmed"]

    play(scene, side, switch)


@SIDE
def test_a_channel_that_libpri_takes_out_of_service_is_blocked_there(side: str) -> None:
    async def scene(ours: Ours, peers: list[PriPeer]) -> None:
        (peer,) = peers
        for status, left in ((2, len(CHANNELS) - 1), (0, len(CHANNELS))):
            peer.call("maintenance_service", 2, 5, status)
            await asyncio.sleep(1)
            assert ours.layer.free() == left
        ours.ask("block", address(1, 3))
        await asyncio.sleep(1)
        assert "SERVICE ACKNOWLEDGE" in ours.messages[-1]

    play(scene, side, "NI2")


@SIDE
@SWITCH
@pytest.mark.parametrize("who", ["we", "it"])
def test_the_other_d_channel_takes_over(side: str, switch: str, who: str) -> None:
    """An answered call stays; either clears it on the other D-channel, and new ones come."""

    async def scene(ours: Ours, peers: list[PriPeer]) -> None:
        first, second = peers
        assert ours.interface.backup.ready == {0, 1}
        handle = ours.call(address(2, 24))
        await asyncio.sleep(0.5)
        assert ours.state(handle) == "ACTIVE"
        ring = first.last(pri_peer.RING)
        first.cut()
        await asyncio.sleep(40)
        assert ours.serving == [0, 1]
        assert ours.state(handle) == "ACTIVE"
        if who == "we":
            ours.ask("clear", handle, 16)
        else:
            second.call("hangup", ring.call, 16)
            await asyncio.sleep(1)
            assert isinstance(ours.events(handle)[-1], Disconnected)
            ours.ask("clear", handle)
        await asyncio.sleep(1)
        assert ours.state(handle) == ""
        new = ours.call(address(1, 3))
        await asyncio.sleep(1)
        assert ours.state(new) == "ACTIVE"
        second.setup("1380", "95588", on_span(0, 5))
        await asyncio.sleep(1)
        assert ours.layer.query()[ours.offered()][1] == address(0, 5)
        first.mend()
        await asyncio.sleep(40)
        assert ours.interface.backup.ready == {0, 1}
        assert ours.serving == [0, 1]

    play(scene, side, switch, d_channels=2)
