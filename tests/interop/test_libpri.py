"""libpri against itself: the harness carries frames, loses those it is told to, and keeps time."""

import asyncio

import pytest

from telcard import clock
from tests.support import pri_peer
from tests.support.peers import PeerMissing
from tests.support.pri_peer import PriEvent, PriPeer

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    try:
        pri_peer.libpri()
    except PeerMissing as missing:
        pytest.skip(str(missing))


@pytest.mark.parametrize("switch", ["EUROISDN_E1", "QSIG", "NI2"])
def test_two_of_them_make_a_call_though_the_first_setup_is_lost(switch: str) -> None:
    lost: list[bytes] = []

    def lose(frame: bytes) -> bool:
        if len(frame) > 10 and not lost:
            lost.append(frame)
            return True
        return False

    async def main() -> None:
        def answer(event: PriEvent) -> None:
            if event.code == pri_peer.RING:
                for word in ("proceeding", "acknowledge", "answer"):
                    network.call(word, event.call, event.channel, 0)
            elif event.code == pri_peer.HANGUP_REQ:
                network.call("hangup", event.call, event.cause)

        network = PriPeer(True, switch, on_event=answer)
        user = PriPeer(False, switch, lose_sent=lose)
        network.on_frame(user.send_frame)
        user.on_frame(network.send_frame)
        await asyncio.sleep(1)
        assert network.codes() == user.codes() == [pri_peer.DCHAN_UP]
        call = user.setup("13800138000", "95588", 5)
        await asyncio.sleep(2)
        user.call("hangup", call, 16)
        await asyncio.sleep(1)
        ring = network.last(pri_peer.RING)
        assert (ring.callingnum, ring.callednum, ring.channel) == ("13800138000", "95588", 5)
        assert user.codes()[1:4] == [pri_peer.PROCEEDING, pri_peer.RINGING, pri_peer.ANSWER]
        setups = [at for at, _, frame in user.trace if frame[4:] == lost[0][4:]]
        assert len(setups) == 2
        assert setups[1] - setups[0] == pytest.approx(1.0, abs=0.05)  # T200
        network.close()
        user.close()

    clock.run(main(), clock.VirtualClock())
