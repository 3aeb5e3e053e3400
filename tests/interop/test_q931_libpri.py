"""Q.931 against libpri, as user and as network: calls, clearing, channels, losses, broken links.

All in virtual time; what we sent is kept, and read by tshark in the end.
"""

import asyncio
from collections.abc import Iterator

import pytest

from telcard.signalling.events import (
    Alerting,
    Answered,
    Disconnected,
    Failed,
    MoreDigits,
    Notified,
    Offered,
    PathReplaced,
    Proceeding,
    Progressed,
    Released,
    Restarted,
    SeizureAcknowledged,
    ServiceAnswered,
    TransferAsked,
    Transferred,
)
from telcard.signalling.facts import CallFacts
from telcard.signalling.isdn import T1
from tests.support import pri_peer
from tests.support.isdn_scenes import FACTS, SENT, SWITCHES, Ours, play
from tests.support.peers import PeerMissing, program
from tests.support.pri_peer import PriPeer
from tests.support.tshark import MALFORMED, read

pytestmark = pytest.mark.interop

SWITCH = pytest.mark.parametrize("switch", SWITCHES)
SIDE = pytest.mark.parametrize("side", ["user", "network"], ids="we are the {}".format)


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


# -- set-up and clearing by each side -------------------------------------------------------------


@SWITCH
@SIDE
def test_we_call_and_clear(side: str, switch: str) -> None:
    async def scene(ours: Ours, peer: PriPeer) -> None:
        handle = ours.call()
        await asyncio.sleep(1)
        ring = peer.last(pri_peer.RING)
        assert (ring.callednum, ring.callingnum, ring.complete) == ("95588", "13800138000", 1)
        assert ring.channel == ours.layer.query()[handle][1]
        ours.ask("clear", handle, 16)
        await asyncio.sleep(1)
        assert ours.events(handle) == [Proceeding(), Alerting(), Answered(), Released(16)]
        assert ours.idle()

    ours = play(scene, side, switch)
    assert ours.messages[-8:] == [
        "> SETUP",
        "< CALL PROCEEDING",
        "< ALERTING",
        "< CONNECT",
        "> CONNECT ACKNOWLEDGE",
        "> DISCONNECT",
        "< RELEASE",
        "> RELEASE COMPLETE",
    ]


@SWITCH
@SIDE
def test_we_are_called_and_the_caller_clears(side: str, switch: str) -> None:
    async def scene(ours: Ours, peer: PriPeer) -> None:
        call = peer.setup("1380", "95588", 5, presentation=0x20, redirecting="4321", reason=1)
        await asyncio.sleep(0.5)
        handle = ours.offered()
        facts = ours.events(handle)[0].facts
        assert (facts.called, facts.caller, facts.caller_presented) == ("95588", "1380", False)
        assert (facts.called_type, facts.bearer) == ("national", "speech")
        if switch == "EUROISDN_E1":
            assert facts.complete
            assert (facts.redirecting, facts.redirecting_reason) == ("4321", "busy")
        assert ours.layer.query()[handle][1] == 5
        for name in ("proceeding", "alerting", "connect"):
            ours.ask(name, handle)
        await asyncio.sleep(0.5)
        assert peer.codes()[1:4] == [pri_peer.PROCEEDING, pri_peer.RINGING, pri_peer.ANSWER]
        peer.call("hangup", call, 16)
        await asyncio.sleep(0.5)
        assert [type(event) for event in ours.events(handle)] == [Offered, Answered, Disconnected]
        ours.ask("clear", handle)
        await asyncio.sleep(0.5)
        assert ours.events(handle)[-1] == Released(16)
        assert ours.idle()

    play(scene, side, switch)


CAUSES = (1, 16, 17, 34, 19, 18, 88, 27, 28, 44, 38, 41, 1, 21, 42)


@SWITCH
@SIDE
def test_causes_cross_in_both_directions(side: str, switch: str) -> None:
    """Refused at once, after it rang, and after the answer.

    At once libpri refuses with 1, 34, 44 and 88 only; for any other cause it keeps silent.
    """

    async def scene(ours: Ours, peer: PriPeer) -> None:
        for number, cause in enumerate(CAUSES):
            call = peer.setup("1", "95588", 5)
            await asyncio.sleep(0.2)
            handle = ours.offered()
            for name in ("alerting", "connect")[: number % 3]:
                ours.ask(name, handle)
            await asyncio.sleep(0.2)
            ours.ask("clear", handle, cause)
            await asyncio.sleep(0.2)
            told = [e for e in peer.events if e.code in (pri_peer.HANGUP, pri_peer.HANGUP_REQ)]
            assert told[-1].cause == cause
            assert ours.events(handle)[-1] == Released(cause)

            handle = ours.call()
            await asyncio.sleep(0.2)
            call = peer.last(pri_peer.RING).call
            for word in ("acknowledge", "answer")[: number % 3]:
                peer.call(word, call, 1, 0)
            peer.call("hangup", call, cause)
            await asyncio.sleep(0.2)
            said = [e for e in ours.events(handle) if isinstance(e, Disconnected)]
            assert [event.cause for event in said] == [cause]
            ours.ask("clear", handle)
            await asyncio.sleep(0.2)
            assert ours.idle()

    play(scene, side, switch, answers=False)


# -- overlap, progress, notification --------------------------------------------------------------


@pytest.mark.parametrize("switch", ["EUROISDN_E1", "QSIG"])
@SIDE
def test_digits_one_by_one_in_both_directions(side: str, switch: str) -> None:
    async def scene(ours: Ours, peer: PriPeer) -> None:
        peer.call("set_overlapdial", 1)
        call = peer.setup("1", "9", 3, complete=False)
        await asyncio.sleep(0.2)
        handle = ours.offered()
        assert not ours.events(handle)[0].facts.complete
        ours.ask("setup_ack", handle)
        await asyncio.sleep(0.2)
        for digit in b"5588":
            peer.call("information", call, bytes((digit,)))
            await asyncio.sleep(0.2)
        assert ours.events(handle)[1:] == [MoreDigits(digit) for digit in "5588"]
        ours.ask("proceeding", handle)
        ours.ask("clear", handle, 1)
        await asyncio.sleep(0.2)

        handle = ours.call(CallFacts(called="9", caller="1"))
        await asyncio.sleep(0.2)
        ring = peer.last(pri_peer.RING)
        peer.call("setup_ack", ring.call, ring.channel, 0, 1)
        await asyncio.sleep(0.2)
        assert ours.events(handle) == [SeizureAcknowledged(), Progressed(True)]
        for digit in "5588":
            ours.ask("information", handle, digit)
            await asyncio.sleep(0.2)
        heard = [e.callednum for e in peer.events if e.code == pri_peer.INFO_RECEIVED]
        assert heard == list("5588")
        peer.call("proceeding", ring.call, ring.channel, 0)
        await asyncio.sleep(0.2)
        assert ours.events(handle)[-1] == Proceeding()
        ours.ask("clear", handle)
        await asyncio.sleep(0.2)
        assert ours.idle()

    play(scene, side, switch, answers=False)


@SWITCH
@SIDE
def test_tones_and_announcements_are_told(side: str, switch: str) -> None:
    async def scene(ours: Ours, peer: PriPeer) -> None:
        handle = ours.call()
        await asyncio.sleep(0.2)
        ring = peer.last(pri_peer.RING)
        peer.call("proceeding", ring.call, ring.channel, 0)
        peer.call("progress", ring.call, ring.channel, 1)
        await asyncio.sleep(0.2)
        assert ours.events(handle) == [Proceeding(), Progressed(True)]
        peer.call("acknowledge", ring.call, ring.channel, 1)
        await asyncio.sleep(0.2)
        assert isinstance(ours.events(handle)[-1], Alerting)
        ours.ask("clear", handle)
        await asyncio.sleep(0.2)

        peer.setup("1", "95588", 3)
        await asyncio.sleep(0.2)
        handle = ours.offered()
        ours.ask("proceeding", handle)
        ours.ask("progress", handle, True, 17)
        await asyncio.sleep(0.2)
        told = peer.last(pri_peer.PROGRESS)
        assert (told.progressmask & 8, told.cause) == (8, 17)
        ours.ask("clear", handle, 17, True)
        await asyncio.sleep(0.2)
        assert ours.idle()

    play(scene, side, switch, answers=False)


@SIDE
def test_people_are_told_that_they_are_held(side: str) -> None:
    async def scene(ours: Ours, peer: PriPeer) -> None:
        handle = ours.call()
        await asyncio.sleep(0.2)
        ours.ask("notify", handle, 0)
        ring = peer.last(pri_peer.RING)
        peer.call("notify", ring.call, ring.channel, 1)
        await asyncio.sleep(0.2)
        assert peer.last(pri_peer.NOTIFY).info == 0
        assert ours.events(handle)[-1] == Notified("user resumed")

    play(scene, side)


# -- channels -------------------------------------------------------------------------------------


@SWITCH
@SIDE
def test_two_calls_cross_on_one_channel(side: str, switch: str) -> None:
    """Whoever is the network keeps it; nobody is left with half a call."""

    async def scene(ours: Ours, peer: PriPeer) -> None:
        theirs = peer.setup("1", "95588", 7, exclusive=False)
        mine = ours.call(FACTS, 7)
        await asyncio.sleep(0.5)
        handles = [event.handle for event in ours.said if isinstance(event.event, Offered)]
        for handle in handles:
            ours.ask("alerting", handle)
            ours.ask("connect", handle)
        await asyncio.sleep(1)
        query = ours.layer.query()
        channels = [channel for _, channel in query.values()]
        assert len(set(channels)) == len(channels) >= 1
        if side == "network":
            assert query.get(mine, (None, 7))[1] == 7
        else:
            assert [query[handle][1] for handle in handles] == [7]
        for handle in list(query):
            ours.ask("clear", handle)
        await asyncio.sleep(60)
        assert ours.idle()
        del theirs

    play(scene, side, switch)


@SWITCH
@SIDE
def test_restarts_end_calls_at_both_ends(side: str, switch: str) -> None:
    async def scene(ours: Ours, peer: PriPeer) -> None:
        handle = ours.call(FACTS, 5)
        await asyncio.sleep(0.5)
        ours.ask("restart", 5)
        await asyncio.sleep(0.5)
        assert peer.last(pri_peer.RESTART).channel == 5
        assert ours.events(handle)[-1] == Released(41)
        assert ours.events(0) == [Restarted((5,))]
        handle = ours.call(FACTS, 6)
        await asyncio.sleep(0.5)
        peer.call("reset", 6)
        await asyncio.sleep(0.5)
        assert ours.events(handle)[-1] == Released(41)
        assert ours.events(0)[-1] == Restarted((6,))
        assert peer.last(pri_peer.RESTART_ACK).channel == 6
        await asyncio.sleep(5)
        assert ours.idle()

    play(scene, side, switch)


# -- calls sent away ------------------------------------------------------------------------------


@pytest.mark.parametrize("switch", ["EUROISDN_E1", "NI2"])
def test_libpri_asks_us_to_connect_two_of_its_calls(switch: str) -> None:
    async def scene(ours: Ours, peer: PriPeer) -> None:
        calls = [peer.setup("1", "95588", 5), peer.setup("2", "95589", 6)]
        await asyncio.sleep(0.2)
        first, second = ours.layer.query()
        for handle in (first, second):
            ours.ask("proceeding", handle)
            ours.ask("connect", handle)
        await asyncio.sleep(0.2)
        peer.bridge(*calls)
        await asyncio.sleep(0.5)
        asked = [e for e in ours.said if isinstance(e.event, TransferAsked)]
        assert [{e.handle, e.event.other} for e in asked] == [{first, second}]
        ours.ask("grant", asked[0].handle)
        await asyncio.sleep(1)
        assert ours.idle()

    play(scene, "network", switch)


def test_libpri_passes_our_proposal_on_and_we_are_at_both_ends() -> None:
    """It joins two calls of ours and tells both ends; the way through it is not needed."""

    async def scene(ours: Ours, peer: PriPeer) -> None:
        handles = [ours.call(FACTS, 5), ours.call(FACTS, 6)]
        await asyncio.sleep(0.5)
        rings = [event.call for event in peer.events if event.code == pri_peer.RING]
        peer.bridge(*rings)
        await asyncio.sleep(0.5)
        told = [[e for e in ours.events(h) if isinstance(e, Transferred)] for h in handles]
        assert [event.primary for events in told for event in events] == [True, False]
        ours.ask("propose", handles[0], "13800138000")
        await asyncio.sleep(0.5)
        for handle, other in (handles, handles[::-1]):
            assert PathReplaced(other) in ours.events(handle)
        await asyncio.sleep(1)
        assert ours.idle()

    play(scene, "network", "QSIG")
    play(scene, "user", "QSIG")


@pytest.mark.parametrize("allowed", [False, True])
def test_libpri_understands_our_deflection(allowed: bool) -> None:
    """Refused where the network does not offer it; else its application is asked, and is silent."""

    async def scene(ours: Ours, peer: PriPeer) -> None:
        peer.call("reroute_enable", allowed)
        peer.setup("1", "95588", 5)
        await asyncio.sleep(0.2)
        handle = ours.offered()
        ours.ask("alerting", handle)
        ours.ask("deflect", handle, "4711")
        await asyncio.sleep(11)
        why = "no answer: nothing has changed" if allowed else "refused, error 0"
        assert ours.events(handle)[-1] == ServiceAnswered(False, why)

    play(scene, "user", answers=False)


# -- losses ---------------------------------------------------------------------------------------


@SWITCH
@SIDE
@pytest.mark.parametrize("who", ["lose_sent", "lose_received"])
def test_any_one_frame_may_be_lost(side: str, switch: str, who: str) -> None:
    """Q.921 repeats it; the call and its end come through, whichever frame it was."""
    frames = 0

    def scene_losing(number: int) -> Ours:
        count = [0]

        def lose(frame: bytes) -> bool:
            count[0] += 1
            return count[0] == number

        async def scene(ours: Ours, peer: PriPeer) -> None:
            await asyncio.sleep(5)
            handle = ours.call()
            await asyncio.sleep(5)
            assert Answered() in ours.events(handle), number
            ours.ask("clear", handle)
            await asyncio.sleep(5)
            assert ours.events(handle)[-1] == Released(16), number
            assert ours.idle(), number
            nonlocal frames
            frames = count[0]

        return play(scene, side, switch, **{who: lose})

    scene_losing(0)
    for number in range(1, frames):
        scene_losing(number)
    assert frames > 6


STATES = ("setup", "proceeding", "alerting", "connect", "cleared there", "cleared here")
WORDS = ("proceeding", "acknowledge", "answer")
"""libpri's for the states that an answer leads to."""


@SIDE
@pytest.mark.parametrize("seconds", [1.5, 30, 200])
def test_the_link_may_break_in_every_state_of_a_call(side: str, seconds: float) -> None:
    """A hiccup, a loss within T309, and one beyond: afterwards every channel carries a call."""
    broken = False

    async def scene(ours: Ours, peer: PriPeer) -> None:
        nonlocal broken
        for last, ours_calls in ((last, way) for last in STATES for way in (True, False)):
            if ours_calls:
                handle = ours.call(FACTS, 5)
                await asyncio.sleep(0.1)
                call = peer.last(pri_peer.RING).call
            else:
                call = peer.setup("1", "95588", 5)
                await asyncio.sleep(0.1)
                handle = ours.offered()
            for name, word in zip(STATES[1:4], WORDS, strict=True):
                if STATES.index(last) >= STATES.index(name):
                    if ours_calls:
                        peer.call(word, call, 5, 0)
                    else:
                        ours.ask(name, handle)
            await asyncio.sleep(0.015)
            if last == "cleared there":
                peer.call("hangup", call, 16)
            elif last == "cleared here":
                ours.ask("clear", handle)
            broken = True
            await asyncio.sleep(seconds)
            broken = False
            await asyncio.sleep(10)
            for handle in list(ours.layer.query()):
                ours.ask("clear", handle)
            await asyncio.sleep(300)
            assert ours.idle(), (last, ours_calls, ours.layer.query(), ours.layer.channels())
        for channel in T1:
            handle = ours.call(FACTS, channel, True)
            await asyncio.sleep(0.1)
            assert peer.events[-1].code == pri_peer.RING, channel
            ours.ask("clear", handle)
            await asyncio.sleep(0.3)

    def lose(_: bytes) -> bool:
        return broken

    play(scene, side, answers=False, lose_sent=lose, lose_received=lose)


@SIDE
def test_a_call_that_talks_survives_a_short_break_of_the_link(side: str) -> None:
    broken = False

    async def scene(ours: Ours, peer: PriPeer) -> None:
        nonlocal broken
        handle = ours.call()
        await asyncio.sleep(1)
        ours.messages.clear()
        broken = True
        await asyncio.sleep(2)
        broken = False
        await asyncio.sleep(10)
        assert ours.layer.query()[handle][0] == "ACTIVE"
        ours.ask("clear", handle)
        await asyncio.sleep(1)
        assert ours.idle()

    def lose(_: bytes) -> bool:
        return broken

    play(scene, side, lose_sent=lose, lose_received=lose)


@SWITCH
@SIDE
def test_a_status_enquiry_is_answered_by_both(side: str, switch: str) -> None:
    async def scene(ours: Ours, peer: PriPeer) -> None:
        handle = ours.call()
        await asyncio.sleep(1)
        ours.messages.clear()
        ours.ask("enquire", handle)
        await asyncio.sleep(1)
        assert ours.messages == ["> STATUS ENQUIRY", "< STATUS"]
        assert ours.layer.query()[handle][0] == "ACTIVE"
        assert not [e for e in ours.events(handle) if isinstance(e, Failed)]

    play(scene, side, switch)
