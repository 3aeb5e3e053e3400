"""Q.921 with libpri at the far end (Debian: libpri-dev): the frames of both, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from telcard import clock
from telcard.signalling.isdn.lapd import Frame, Kind, Side
from telcard.signalling.isdn.q921 import ERRORS, LinkError, LinkReset, LinkUp, State
from tests.support import pri_peer
from tests.support.links import RunningLink
from tests.support.peers import PeerMissing
from tests.support.pri_peer import DCHAN_UP, Drop, PriPeer

pytestmark = pytest.mark.interop

SIDES: tuple[Side, ...] = ("user", "network")

STATUS_ENQUIRY = bytes.fromhex("0802000575")
"""For a call that does not exist: libpri answers it with a message of layer 3."""


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    try:
        pri_peer.libpri()
    except PeerMissing as missing:
        pytest.skip(str(missing))


def nothing(_frame: bytes) -> bool:
    return False


def run(
    side: Side,
    script: Callable[[RunningLink, PriPeer], Awaitable[None]],
    *,
    from_us: Drop = nothing,
    from_it: Drop = nothing,
) -> None:
    """Our link on that side, libpri on the other."""

    async def main() -> None:
        peer = PriPeer(side == "user", lose_sent=from_it, lose_received=from_us)
        ours = RunningLink(peer, side)
        try:
            await script(ours, peer)
        finally:
            ours.close()
            peer.close()

    clock.run(main(), clock.VirtualClock())


def kinds(peer: PriPeer, arrow: str) -> list[Kind]:
    return [Frame.decode(frame).kind for _, way, frame in peer.trace if way.startswith(arrow)]


def first(kind: Kind, count: int = 1) -> Drop:
    """Loses the first frames of a kind."""
    left = [count]

    def lose(frame: bytes) -> bool:
        if Frame.decode(frame).kind is kind and left[0]:
            left[0] -= 1
            return True
        return False

    return lose


@pytest.mark.parametrize("side", SIDES)
def test_libpri_establishes_the_link_and_we_accept(side: Side) -> None:
    async def script(ours: RunningLink, peer: PriPeer) -> None:
        await asyncio.sleep(0.5)
        assert ours.events == [LinkUp()]
        assert peer.codes() == [DCHAN_UP]
        assert kinds(peer, "<")[:1] == [Kind.SABME]
        assert kinds(peer, ">")[:1] == [Kind.UA]

    run(side, script)


@pytest.mark.parametrize("side", SIDES)
def test_we_establish_the_link_and_libpri_accepts(side: Side) -> None:
    async def script(ours: RunningLink, peer: PriPeer) -> None:
        ours.fire("establish")
        await asyncio.sleep(0.5)
        assert ours.events == [LinkUp()]
        await asyncio.sleep(1)  # it wants a link of its own making, as its SABME was lost
        assert ours.events[1:] == [LinkError("F", ERRORS["F"]), LinkReset(lost=False)]
        assert peer.codes() == [DCHAN_UP]
        assert Kind.SABME in kinds(peer, ">")
        assert ours.link.state is State.ESTABLISHED

    run(side, script, from_it=first(Kind.SABME))
