"""Two PRI trunks at the ends of one line: overlap digits and tones, which no town makes."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from functools import partial

import pytest

import telcard
from telcard.cards import EmulatedCard, load
from telcard.clock import current
from telcard.countries import no_country
from telcard.engine import Engine, Fidelity, ToneSegment
from telcard.errors import CardError, LineError
from telcard.exchange import Subscriber
from telcard.signalling import CallFacts, Cause
from telcard.signalling.isdn import QSIG, Profile
from telcard.trunks import PriTrunk, SpanPlan, TrunkCall
from telcard.trunks.pri_call import PriCall
from tests.support import pri_stage
from tests.support.pri_stage import Stage


class End:
    """A trunk at one end of a line, and the calls that it was offered."""

    def __init__(self, card: EmulatedCard, trunk: PriTrunk) -> None:
        self.card = card
        self.trunk = trunk
        self.offered: list[TrunkCall] = []
        trunk.start(self.offered.append)

    async def offer(self) -> TrunkCall:
        """The next call that is offered."""
        async with asyncio.timeout(5):
            while not self.offered:
                await asyncio.sleep(0.01)
        return self.offered.pop(0)


def between(
    scene: Callable[[End, End], Awaitable[None]],
    fidelity: Fidelity = "events",
    digits: int = 0,
    profile: Profile | None = None,
) -> None:
    """Run a scene between the user's and the network's trunk; numbers have so many digits."""

    async def main() -> None:
        spec = load("d300sc_e1")
        engines = [Engine(spec.lanes, clock=current(), fidelity=fidelity) for _ in range(2)]
        ours, theirs = cards = [EmulatedCard(spec, engine) for engine in engines]
        for card in cards:
            await card.bring_up()
        cable = ours.far_ends[0]
        theirs.lines[0].span = engines[1].plug(cable.line, cable.end, "crossed")
        trunk = partial(PriTrunk, digits=digits, profile=profile)
        user = End(ours, trunk(ours, ours.spans[0]))
        network = End(theirs, trunk(theirs, theirs.spans[0], side="network"))
        await asyncio.sleep(1)
        await scene(user, network)
        for end in (user, network):
            await end.trunk.stop()
            assert not end.card.pools["voice"].taken
            await end.card.bring_down()
            end.card.engine.close()

    telcard.run(main(), telcard.VirtualClock())


@pytest.mark.parametrize("outwards", [True, False])
def test_digits_that_come_one_by_one_make_a_number(outwards: bool) -> None:
    async def scene(user: End, network: End) -> None:
        caller, called = (user, network) if outwards else (network, user)
        call = caller.trunk.dial(CallFacts(called="9", caller="0215"))
        await asyncio.sleep(0.2)
        for digits in ("5", "58"):
            await call.send_digits(digits)
            await asyncio.sleep(1)
            assert not called.offered
            assert not call.proceeding.done()
        await call.send_digits("8")
        other = await called.offer()
        assert (other.called, other.caller, call.called) == ("95588", "0215", "95588")
        assert other.circuit == call.circuit.replace("crossed", "dtiB1")
        other.answer()
        await call.answered
        await call.clear()
        assert await other.cleared == Cause.NORMAL_CLEARING
        await other.clear()

    between(scene, digits=5)


def test_a_number_that_is_complete_is_not_waited_for() -> None:
    async def scene(user: End, network: End) -> None:
        call = user.trunk.dial(CallFacts(called="110", complete=True))
        other = await network.offer()
        assert other.called == "110"
        await call.clear()
        await other.clear()

    between(scene, digits=5)


def test_after_t302_a_number_is_what_has_come_of_it() -> None:
    async def scene(user: End, network: End) -> None:
        call = user.trunk.dial(CallFacts(called="95"))
        await asyncio.sleep(5)
        assert not network.offered
        await asyncio.sleep(15)
        other = await network.offer()
        assert other.called == "95"
        await call.clear()
        await other.clear()

    between(scene, digits=5)


@pytest.mark.parametrize(
    ("tone", "cause"), [("busy", Cause.USER_BUSY), ("congestion", Cause.NO_CIRCUIT)]
)
def test_a_tone_in_band_refuses_where_messages_say_nothing(tone: str, cause: Cause) -> None:
    async def scene(user: End, network: End) -> None:
        call = user.trunk.dial(CallFacts(called="95588", complete=True))
        other = await network.offer()
        other.progress()
        await asyncio.sleep(0.1)
        assert call.in_band
        sounding = asyncio.create_task(other.channel.tones(sound(tone), 0))
        assert await asyncio.wait_for(asyncio.shield(call.cleared), 10) == cause
        await call.clear()
        assert await other.cleared == Cause.NORMAL_CLEARING  # of the circuit, as messages have it
        await other.clear()
        await sounding

    between(scene, "sound")


def test_ringing_tone_refuses_nothing_and_no_tone_does_after_the_answer() -> None:
    async def scene(user: End, network: End) -> None:
        call = user.trunk.dial(CallFacts(called="95588", complete=True))
        other = await network.offer()
        other.progress()
        await other.channel.tones(sound("ringback"), 2)
        assert not call.cleared.done()
        other.answer()
        await call.answered
        await other.channel.tones(sound("busy"), 10)
        assert not call.cleared.done()
        await call.clear()
        await other.cleared
        await other.clear()

    between(scene, "sound")


def sound(name: str) -> list[ToneSegment]:
    """A cadence of the tone of this name, where no country is told."""
    tone = no_country().tone(name)
    sounds = itertools.cycle((tone.during(0), ()))
    return [ToneSegment(s, *hz) for s, hz in zip(tone.cadence_s, sounds, strict=False)]


# -- two calls of one exchange, connected by it ----------------------------------------------------


@pytest.mark.parametrize(
    ("exchange", "model"), [("euro", "d300sc_e1"), ("ni2", "d240sc_t1"), ("qsig", "d300sc_e1")]
)
def test_the_exchange_connects_two_of_our_calls(exchange: str, model: str) -> None:
    """By ECT, by two-B-channel transfer, and by a path that private exchanges replace."""

    async def scene(stage: Stage) -> None:
        async def hand_over(call: telcard.Call) -> None:
            await call.answer()
            async with await stage.card.dial("02157777", caller="95588") as other:
                assert sum(circuit.call for circuit in stage.trunk.query()) == 2
                await call.transfer(other)

        async with (
            stage.town.subscriber("02157777") as second,
            stage.town.subscriber("02154321") as first,
            asyncio.TaskGroup() as people,
            stage.serving(hand_over),
        ):
            people.create_task(stage.answering(second))
            await first.dial("95588")
            assert await first.hung_up_by_far_end() == 16
            await asyncio.sleep(1)
            assert first.connected_inside
            assert second.connected_inside
            assert not any(circuit.call for circuit in stage.trunk.query())

    outgoing, incoming = pri_stage.play(scene, plan=SpanPlan("pri", exchange), model=model)
    assert (outgoing.reason, incoming.reason) == ("transferred", "transferred")
    assert (outgoing.cause, incoming.cause) == (16, 16)


def test_calls_that_cannot_be_connected_stay_as_they_are() -> None:
    async def scene(stage: Stage) -> None:
        async with stage.town.subscriber("02154321") as phone, asyncio.TaskGroup() as people:
            people.create_task(stage.answering(phone))
            async with await stage.card.dial("02154321") as call:
                with pytest.raises(CardError, match="T30, want another call of dtiB1"):
                    await call.transfer(call)
                network = stage.town.circuits[0]._line
                network.connect_inside = lambda handle, other: network.fire("deny", handle)
                people.create_task(stage.answering(await other_phone(stage)))
                async with await stage.card.dial("02157777") as other:
                    with pytest.raises(LineError, match=r"not connected with \w+, refused"):
                        await call.transfer(other)
                    assert not call.hung_up

    async def other_phone(stage: Stage) -> Subscriber:
        return await stage.town.subscriber("02157777").__aenter__()

    pri_stage.play(scene)


def test_a_call_is_transferred_only_once_both_are_answered_and_while_both_last() -> None:
    async def scene(stage: Stage) -> None:
        async with stage.town.subscriber("02157777") as second, stage.town.subscriber("02154321"):
            call = stage.trunk.dial(CallFacts(called="02157777"))
            other = stage.trunk.dial(CallFacts(called="02154321"))
            await call.alerting
            with pytest.raises(LineError, match="T30: cannot be transferred, it is not answered"):
                await call.transfer(other)
            second.lift()
            await call.answered
            with pytest.raises(LineError, match="T29: cannot be transferred, it is not answered"):
                await call.transfer(other)
            for leg in (call, other):
                await leg.clear()
            await asyncio.sleep(1)

    pri_stage.play(scene)


async def joined(user: End, network: End) -> tuple[TrunkCall, TrunkCall]:
    """A call that the user has made, answered."""
    call = user.trunk.dial(CallFacts(called="95588", caller="0215"))
    other = await network.offer()
    other.answer()
    await call.answered
    await asyncio.sleep(0.1)
    return call, other


def circuits(end: End) -> list[str]:
    """The numbers of its circuits that are taken."""
    return [each.name.rpartition("T")[2] for each in end.trunk.query() if each.call]


@pytest.mark.parametrize("proposed_here", [False, True])
def test_a_call_goes_on_on_the_path_that_was_proposed_for_it(proposed_here: bool) -> None:
    """Both ends' sound changes its timeslot; what is on its way on the old one is all that is lost:
    as long as the CONNECT takes, of what comes from the end that has proposed."""

    async def scene(user: End, network: End) -> None:
        call, other = await joined(user, network)
        assert isinstance(call, PriCall)
        assert isinstance(other, PriCall)
        one, two = (call, other) if proposed_here else (other, call)
        heard: dict[PriCall, list[int]] = {one: [], two: []}
        for each in (one, two):
            each.channel.lane.tap(
                lambda octets, _, told=heard[each]: told.append(octets[40]), look_back=False
            )
            ticks = bytes(octet ^ 0x55 for octet in range(1, 128) for _ in range(80))
            each.channel.lane.play([ticks])
        before = circuits(user), circuits(network)
        assert before[0] == before[1]
        await asyncio.sleep(0.2)
        end = user if proposed_here else network
        end.trunk.fire("propose", one.handle, "95588")
        await asyncio.sleep(1.2)
        after = circuits(user), circuits(network)
        assert after[0] == after[1] != before[0]
        assert len(after[0]) == 1
        assert not user.offered
        assert not network.offered
        for each in (one, two):
            assert each.circuit.rpartition("T")[2] == after[0][0]
            assert not each.cleared.done()
            came = [octet ^ 0x55 for octet in heard[each] if octet != 0xD5]
            lost = [octet for octet in range(1, 128) if octet not in came]
            assert came == sorted(came)
            assert len(lost) <= (8 if each is two else 4), (each, lost)
        await call.clear()
        assert await other.cleared == Cause.NORMAL_CLEARING
        await asyncio.sleep(0.5)
        assert not circuits(user)
        assert not circuits(network)

    between(scene, "sound", profile=QSIG)


def test_a_proposed_path_without_a_circuit_is_denied_and_the_call_stays() -> None:
    async def scene(user: End, network: End) -> None:
        call, other = await joined(user, network)
        assert isinstance(other, PriCall)
        for each in user.trunk.query():
            if not each.call:
                user.trunk.block(each.name)
        before = circuits(user)
        network.trunk.fire("propose", other.handle, "95588")
        await asyncio.sleep(1)
        assert circuits(user) == circuits(network) == before
        assert not call.cleared.done()
        await call.clear()
        await asyncio.sleep(0.5)

    between(scene, profile=QSIG)


@pytest.mark.parametrize("after_s", [0.0, 0.01, 0.02, 0.03, 0.05])
def test_a_call_that_ends_while_its_path_is_replaced_leaves_nothing(after_s: float) -> None:
    async def scene(user: End, network: End) -> None:
        call, other = await joined(user, network)
        assert isinstance(other, PriCall)
        network.trunk.fire("propose", other.handle, "95588")
        await asyncio.sleep(after_s)
        await call.clear()
        await asyncio.sleep(20)
        assert not circuits(user)
        assert not circuits(network)

    between(scene, profile=QSIG)
