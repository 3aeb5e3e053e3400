"""Q.921 with libpri at the far end (Debian: libpri-dev): the frames of both, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from random import Random

import pytest

from telcard import clock
from telcard.signalling.isdn.lapd import Frame, Kind, Side
from telcard.signalling.isdn.q921 import ERRORS, LinkDown, LinkError, LinkReset, LinkUp, State
from tests.support import pri_peer
from tests.support.links import RunningLink
from tests.support.peers import PeerMissing
from tests.support.pri_peer import DCHAN_DOWN, DCHAN_UP, Drop, PriPeer

pytestmark = pytest.mark.interop

SIDES: tuple[Side, ...] = ("user", "network")

RESTART = bytes.fromhex("08020000461803a98385790180")
"""RESTART of channel 5: libpri answers it with RESTART ACKNOWLEDGE, so that both ends send."""


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


async def exchange(ours: RunningLink, peer: PriPeer, count: int) -> None:
    """Both ends send messages, and each gets as many as the other sent."""
    for _ in range(count):
        ours.fire("data", RESTART)
        await asyncio.sleep(0.005)
    await asyncio.sleep(15)
    assert peer.codes().count(pri_peer.RESTART) == count
    assert len(ours.received()) == count


@pytest.mark.parametrize("side", SIDES)
def test_messages_pass_both_ways_beyond_the_window(side: Side) -> None:
    async def script(ours: RunningLink, peer: PriPeer) -> None:
        await asyncio.sleep(0.5)
        await exchange(ours, peer, 30)
        assert ours.events[0] == LinkUp()
        assert not [event for event in ours.events if isinstance(event, LinkError | LinkReset)]

    run(side, script)


@pytest.mark.parametrize("direction", ["ours", "its"])
@pytest.mark.parametrize("kind", [Kind.I, Kind.RR, Kind.REJ])
@pytest.mark.parametrize("at", [0, 1, 3])
def test_one_frame_lost_anywhere_costs_no_message(kind: Kind, at: int, direction: str) -> None:
    """The first, the second, the fourth of a kind; of REJ, where one is sent at all."""
    count = [0]

    def lose(frame: bytes) -> bool:
        if Frame.decode(frame).kind is not kind:
            return False
        count[0] += 1
        return count[0] == at + 1

    async def script(ours: RunningLink, peer: PriPeer) -> None:
        await asyncio.sleep(0.5)
        await exchange(ours, peer, 12)
        assert not [event for event in ours.events if isinstance(event, LinkReset)]

    if direction == "ours":
        run("network", script, from_us=lose)
    else:
        run("network", script, from_it=lose)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("kind", [Kind.SABME, Kind.UA])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_link_comes_up_though_frames_of_the_establishment_are_lost(
    kind: Kind, count: int, side: Side
) -> None:
    async def script(ours: RunningLink, peer: PriPeer) -> None:
        ours.fire("establish")
        await asyncio.sleep(10)
        assert LinkUp() in ours.events
        assert ours.link.state in (State.ESTABLISHED, State.TIMER_RECOVERY)
        assert peer.codes()[-1] == DCHAN_UP
        await exchange(ours, peer, 2)

    run(side, script, from_us=first(kind, count), from_it=first(kind, count))


@pytest.mark.parametrize("seed", range(3))
def test_frames_lost_at_random_cost_no_message_unless_the_link_is_reset(seed: int) -> None:
    rng = Random(seed)
    lossy = [False]

    def lose(_frame: bytes) -> bool:
        return lossy[0] and rng.random() < 0.15

    async def script(ours: RunningLink, peer: PriPeer) -> None:
        await asyncio.sleep(0.5)
        lossy[0] = True
        for _ in range(40):
            ours.fire("data", RESTART)
            await asyncio.sleep(0.3)
        lossy[0] = False
        await asyncio.sleep(20)
        assert ours.link.state in (State.ESTABLISHED, State.TIMER_RECOVERY)
        if not [event for event in ours.events if isinstance(event, LinkReset)]:
            assert peer.codes().count(pri_peer.RESTART) == len(ours.received()) == 40

    run("user", script, from_us=lose, from_it=lose)


@pytest.mark.parametrize("side", SIDES)
def test_a_dead_line_takes_both_ends_down_and_a_mended_one_up_again(side: Side) -> None:
    dead = [False]

    async def script(ours: RunningLink, peer: PriPeer) -> None:
        await asyncio.sleep(0.5)
        dead[0] = True
        ours.fire("data", RESTART)
        await asyncio.sleep(60)
        assert ours.events[-2:] == [LinkError("G", ERRORS["G"]), LinkDown()]
        assert DCHAN_DOWN in peer.codes()
        dead[0] = False
        ours.fire("establish")
        await asyncio.sleep(3)
        assert ours.link.state is State.ESTABLISHED
        assert peer.codes()[-1] == DCHAN_UP
        await exchange(ours, peer, 2)

    run(side, script, from_us=lambda _: dead[0], from_it=lambda _: dead[0])


@pytest.mark.parametrize("side", SIDES)
def test_an_idle_link_is_polled_by_t203_and_stays(side: Side) -> None:
    async def script(ours: RunningLink, peer: PriPeer) -> None:
        await asyncio.sleep(61)
        polls = [
            frame
            for frame in (Frame.decode(octets) for _, _, octets in peer.trace)
            if frame.kind is Kind.RR and frame.pf
        ]
        assert len(polls) >= 10  # each is asked and answered
        assert ours.events == [LinkUp()]
        assert peer.codes() == [DCHAN_UP]

    run(side, script)


@pytest.mark.parametrize("side", SIDES)
def test_a_link_is_released_by_us_and_libpri_agrees(side: Side) -> None:
    async def script(ours: RunningLink, peer: PriPeer) -> None:
        await asyncio.sleep(0.5)
        ours.fire("release")
        await asyncio.sleep(0.1)
        assert ours.events == [LinkUp(), LinkDown()]
        assert peer.codes()[-1] == DCHAN_DOWN
        await asyncio.sleep(5)  # libpri wants its link, and gets it
        assert ours.link.state is State.ESTABLISHED

    run(side, script)


def test_while_we_are_busy_libpri_waits() -> None:
    async def script(ours: RunningLink, peer: PriPeer) -> None:
        await asyncio.sleep(0.5)
        ours.fire("own_busy", True)
        for _ in range(3):
            ours.fire("data", RESTART)
        await asyncio.sleep(8)
        assert peer.codes().count(pri_peer.RESTART) == 3
        assert ours.received() == []
        ours.fire("own_busy", False)
        await asyncio.sleep(5)
        assert len(ours.received()) == 3

    run("network", script)
