"""A whole trunk on a T1 with real frames (23B+D, ESF, u-law) against libpri behind the line.

The D-channel is HDLC in timeslot 24 of the line; the sound of a call is in the timeslot that the
messages name.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import closing

import pytest

import telcard
from telcard.cards import EmulatedCard, load
from telcard.clock import current
from telcard.dsp.tones import dtmf_segments
from telcard.engine import Engine, Span, Until
from telcard.signalling import Agreed, CallFacts
from telcard.signalling.isdn import NI2, PROFILES
from telcard.trunks import PriTrunk, TrunkCall
from tests.support import pri_peer
from tests.support.peers import PeerMissing
from tests.support.pri_peer import PriEvent, PriPeer

pytestmark = pytest.mark.interop

try:
    pri_peer.libpri()
except PeerMissing as missing:
    pytest.skip(str(missing), allow_module_level=True)

ULAW = 0x22
"""Layer 1 of a bearer capability (Q.931, table 4-6)."""

Scene = Callable[[PriTrunk, PriPeer, Span, list[TrunkCall]], Awaitable[None]]


def play(scene: Scene, side: str, switch: str) -> None:
    """Run a scene between a trunk of ours and libpri, which answers whatever it is offered."""

    async def main() -> None:
        spec = load("d240sc_t1")
        engine = Engine(spec.lanes, clock=current(), name="card")
        card = EmulatedCard(spec, engine, frames=True, agreed=[Agreed("pri")])
        await card.bring_up()
        (cable,) = card.far_ends
        with closing(Engine(24, clock=current(), name="exchange")) as exchange:
            far = exchange.plug(cable.line, cable.end)
            assert far.carrier is not None
            assert (far.carrier.framing.format, far.law) == ("esf", "u-law")
            channel = far.open_dchannel(24)

            def tell(event: PriEvent) -> None:
                if event.code == pri_peer.RING:
                    for word in ("proceeding", "acknowledge", "answer"):
                        peer.call(word, event.call, event.channel, 0)
                elif event.code in (pri_peer.HANGUP, pri_peer.HANGUP_REQ):
                    peer.call("hangup", event.call, event.cause)

            peer = PriPeer(side == "user", switch, delay_s=0.0, on_event=tell)
            peer.on_frame(channel.send_frame)
            channel.on_frame(peer.send_frame)
            profile = NI2 if switch == "NI2" else PROFILES["qsig"]
            trunk = PriTrunk(card, card.spans[0], side=side, profile=profile)
            offered: list[TrunkCall] = []
            trunk.start(offered.append)
            async with asyncio.timeout(60):
                while not trunk.up:
                    await asyncio.sleep(0.1)
                await scene(trunk, peer, far, offered)
                while any(circuit.call for circuit in trunk.query()):
                    await asyncio.sleep(0.1)
            await trunk.stop()
            peer.close()
        assert not card.pools["voice"].taken
        await card.bring_down()
        engine.close()

    telcard.run(main(), telcard.VirtualClock())


@pytest.mark.parametrize("switch", ["NI2", "QSIG"])
@pytest.mark.parametrize("side", ["user", "network"], ids="we are the {}".format)
def test_calls_both_ways_with_sound_in_their_timeslots(side: str, switch: str) -> None:
    async def scene(trunk: PriTrunk, peer: PriPeer, far: Span, offered: list[TrunkCall]) -> None:
        assert len(trunk.query()) == 23
        call = trunk.dial(CallFacts(called="2125550100", caller="95588", complete=True))
        await call.answered
        ring = peer.last(pri_peer.RING)
        assert (ring.callednum, ring.layer1, ring.channel) == ("2125550100", ULAW, 23)
        assert call.circuit == "dtiB1T23"
        with closing(far.open_lane(23)) as lane:
            keyed: list[str] = []
            lane.on_digit(lambda event: keyed.append(event.digit))
            await call.send_digits("159")
            await asyncio.sleep(0.1)
            assert keyed == ["1", "5", "9"]
        await call.clear(16)
        await call.cleared

        theirs = peer.setup("2125550199", "95588", 5, layer1=ULAW)
        while not offered:
            await asyncio.sleep(0.02)
        (incoming,) = offered
        assert (incoming.called, incoming.caller) == ("95588", "2125550199")
        assert incoming.circuit == "dtiB1T5"
        incoming.ring()
        incoming.answer()
        await incoming.answered
        with closing(far.open_lane(5)) as lane:
            lane.tones(dtmf_segments("357"))
            assert (await incoming.channel.collect(Until(max_digits=3))).digits == "357"
        peer.call("hangup", theirs, 16)
        assert await incoming.cleared == 16
        await incoming.clear()

    play(scene, side, switch)
