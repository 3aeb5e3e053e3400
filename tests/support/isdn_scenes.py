"""Scenes of our layers 2 and 3 with libpri at the other end of the D-channel, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from telcard import clock
from telcard.runner import Runner
from telcard.signalling.events import LineEvent, Offered
from telcard.signalling.facts import CallFacts
from telcard.signalling.isdn import (
    ESTABLISH,
    EURO,
    NI2,
    QSIG,
    T1,
    CallEvent,
    Layer3,
    Message,
    Profile,
    decode,
    q921,
)
from tests.support import pri_peer
from tests.support.pri_peer import PriEvent, PriPeer

SWITCHES = {"EUROISDN_E1": EURO, "NI2": NI2, "QSIG": QSIG}
FACTS = CallFacts(called="95588", caller="13800138000", caller_type="national", complete=True)

SENT: list[bytes] = []
"""Every frame that we sent, in all scenes."""


class Ours:
    """Our layers 2 and 3 on libpri's D-channel."""

    def __init__(self, side: str, peer: PriPeer, profile: Profile, channels: tuple) -> None:
        self.peer = peer
        self.layer = Layer3(side, profile, channels=channels)
        self.link = Runner(
            q921.DataLink(side), timers=q921.PRI.timers, send=self._send_frame, report=self._linked
        )
        self.runner = Runner(
            self.layer, timers=self.layer.timers, send=self._send, report=self._reported
        )
        self.said: list[CallEvent] = []
        self.messages: list[str] = []
        self.obey: Callable[[CallEvent], None] = lambda event: None
        peer.on_frame(lambda frame: self.link.fire("frame", frame))

    def ask(self, name: str, *args: Any) -> None:
        self.runner.fire(name, *args)

    def call(self, facts: CallFacts = FACTS, *args: Any) -> int:
        handle = self.layer.new_call()
        self.ask("setup", handle, facts, *args)
        return handle

    def events(self, handle: int) -> list[LineEvent]:
        return [event.event for event in self.said if event.handle == handle]

    def offered(self) -> int:
        return next(e.handle for e in reversed(self.said) if isinstance(e.event, Offered))

    def idle(self) -> bool:
        return not self.layer.query() and self.layer.free() == len(self.layer.channels())

    def close(self) -> None:
        self.link.close()
        self.runner.close()
        self.peer.close()

    def _send(self, pdu: Any) -> None:
        if pdu is ESTABLISH:
            self.link.fire("establish")
        else:
            self._note(">", pdu)
            self.link.fire("data", pdu)

    def _send_frame(self, frame: bytes) -> None:
        SENT.append(frame)
        self.peer.send_frame(frame)

    def _linked(self, event: Any) -> None:
        match event:
            case q921.LinkUp():
                self.ask("link_up")
            case q921.LinkDown():
                self.ask("link_down")
            case q921.LinkReset():
                self.ask("link_reset")
            case q921.Data(octets):
                self._note("<", octets)
                self.ask("data", octets)

    def _note(self, way: str, octets: bytes) -> None:
        message = decode(octets)
        assert isinstance(message, Message)
        self.messages.append(f"{way} {message.name.replace('_', ' ')}")

    def _reported(self, event: CallEvent) -> None:
        self.said.append(event)
        self.obey(event)


Scene = Callable[[Ours, PriPeer], Awaitable[None]]


def play(
    scene: Scene,
    side: str = "user",
    switch: str = "EUROISDN_E1",
    *,
    answers: bool = True,
    channels: tuple[int, ...] = T1,
    **losses: Any,
) -> Ours:
    """Run a scene; libpri answers calls and clearing as an ordinary exchange does, if it may."""
    found: list[Ours] = []

    async def main() -> None:
        def tell(event: PriEvent) -> None:
            if event.code == pri_peer.RING and answers:
                for word in ("proceeding", "acknowledge", "answer"):
                    peer.call(word, event.call, event.channel, 0)
            elif event.code in (pri_peer.HANGUP, pri_peer.HANGUP_REQ):
                peer.call("hangup", event.call, event.cause)

        peer = PriPeer(side == "user", switch, on_event=tell, **losses)
        ours = Ours(side, peer, SWITCHES[switch], channels)
        found.append(ours)
        ours.ask("start")
        await asyncio.sleep(1)
        await scene(ours, peer)
        ours.close()

    clock.run(main(), clock.VirtualClock())
    return found[0]
