"""HDLC to and from spandsp (Debian: libspandsp-dev libtiff-dev), in the octets of a timeslot."""

from random import Random

import pytest

from telcard.signalling.framing.hdlc import HdlcReceiver, HdlcSender
from tests.support import hdlc_peers
from tests.support.peers import PeerMissing

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    try:
        hdlc_peers.spandsp()
    except PeerMissing as missing:
        pytest.skip(str(missing))


def frames(seed: int, count: int) -> list[bytes]:
    rng = Random(seed)
    kinds = (0xFF, 0x7E, 0x1F, rng.randrange(256))
    return [
        bytes(rng.choice((*kinds, rng.randrange(256))) for _ in range(rng.randint(3, 264)))
        for _ in range(count)
    ]


def test_what_we_send_spandsp_receives() -> None:
    sent, sender = frames(1, 200), HdlcSender()
    for frame in sent:
        sender.send(frame)
    octets = sender.make(sum(map(len, sent)) * 5 // 4 + 2000)
    assert sender.waiting() == 0
    assert hdlc_peers.spandsp_hears(octets.tobytes()) == (sent, 0)


def test_what_spandsp_sends_we_receive() -> None:
    sent = frames(2, 200)
    octets = hdlc_peers.spandsp_sends(sent, sum(map(len, sent)) * 5 // 4 + 2000)
    receiver = HdlcReceiver()
    assert [frame.octets for frame in receiver.receive(octets)] == sent
    assert receiver.counters().received == 200
    assert receiver.counters().fcs_errors == receiver.counters().misaligned == 0


def test_both_find_the_same_frames_on_a_line_with_errors() -> None:
    sent, sender, rng = frames(3, 300), HdlcSender(), Random(3)
    for frame in sent:
        sender.send(frame)
    octets = bytearray(sender.make(sum(map(len, sent)) * 5 // 4 + 2000).tobytes())
    for _ in range(80):
        octets[rng.randrange(len(octets))] ^= 1 << rng.randrange(8)
    good, _ = hdlc_peers.spandsp_hears(bytes(octets))
    ours = [frame.octets for frame in HdlcReceiver(least=1).receive(bytes(octets))]
    assert [frame for frame in ours if len(frame) > 2] == [f for f in good if len(f) > 2]
    assert 100 < len(ours) < 300
