"""E&M trunks and loops on a T1: calls through tones and robbed bits, against the town."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

import telcard
from telcard.cards import EmulatedCard, load
from telcard.clock import current
from telcard.countries import country
from telcard.engine import Alarm, Engine, Fidelity
from telcard.errors import CardError, LineError
from telcard.exchange import Repertoire, Town
from telcard.signalling import Agreed, CallFacts, Cause
from telcard.speech import ClipLibrary
from telcard.trunks import EmTrunk, SpanPlan, TrunkCall, make_trunk
from telcard.trunks.watch import tell_nobody

Scene = Callable[[telcard.Card, Town], Awaitable[None]]
WORDS = Repertoire({"welcome": ClipLibrary()["welcome"]})


def play(scene: Scene, plan: SpanPlan, fidelity: Fidelity = "events") -> None:
    """Run a scene between a card and its town, and look that nothing stays taken."""

    async def main() -> None:
        card = telcard.open("emulator:d240sc_t1", signalling=plan, fidelity=fidelity, country="US")
        async with card, Town(card.far_ends, WORDS, country="US") as town:
            await asyncio.sleep(1)
            assert len(town.circuits) == 24
            assert all(circuit.free for circuit in town.circuits)
            await scene(card, town)
            await asyncio.sleep(2)
            assert all(circuit.free for circuit in town.circuits)
            assert {c.call for trunk in card.trunks for c in trunk.query()} == {False}
            assert not card.board.pools["voice"].taken

    telcard.run(main(), telcard.VirtualClock())


PLANS = [
    SpanPlan("em_wink"),
    SpanPlan("em_wink", address="mf"),
    SpanPlan("em_immediate"),
    SpanPlan("em_delay", address="mf"),
    SpanPlan("em_fgd"),
]
kinds = pytest.mark.parametrize("plan", PLANS, ids=lambda plan: f"{plan.signalling}-{plan.address}")


async def answer_and_stay(call: telcard.Call) -> None:
    await call.answer()
    await call.collect(max_digits=1, first_digit_s=60)


async def answered_both_ways(card: telcard.Card, town: Town, plan: SpanPlan) -> None:
    """A call that comes in and is hung up here, and one that goes out and is hung up there."""
    told: list[tuple[str, str, str]] = []

    async def flow(call: telcard.Call) -> None:
        told.append((call.called, call.caller, call.facts.bearer))
        await call.answer()
        await asyncio.sleep(1)

    serving = asyncio.create_task(card.serve(flow))
    async with town.subscriber("2125550100") as person:
        await person.dial("95588")
        assert await person.hung_up_by_far_end() == Cause.NORMAL_CLEARING
        await person.hang_up()
        caller = "" if plan.address == "mf" else "2125550100"
        assert told == [("95588", caller, "3.1kHz")]
        await asyncio.sleep(2)
        calling = asyncio.create_task(card.dial("2125550100", caller="95588"))
        await person.rings()
        assert person.facts.called == "2125550100"
        await asyncio.sleep(3)
        assert not calling.done()
        person.lift()
        call = await calling
        await asyncio.sleep(1)
        await person.hang_up()
        with pytest.raises(telcard.HungUp):
            await call.collect(max_digits=1)
        await call.hang_up()
    await asyncio.sleep(2)
    serving.cancel()


@kinds
def test_calls_go_both_ways(plan: SpanPlan) -> None:
    async def scene(card: telcard.Card, town: Town) -> None:
        await answered_both_ways(card, town, plan)

    play(scene, plan)


@pytest.mark.parametrize("plan", [PLANS[0], PLANS[4]], ids=["em_wink", "em_fgd"])
def test_calls_go_both_ways_through_sound(plan: SpanPlan) -> None:
    async def scene(card: telcard.Card, town: Town) -> None:
        await answered_both_ways(card, town, plan)

    play(scene, plan, "sound")


def test_tones_tell_why_nobody_answers() -> None:
    async def scene(card: telcard.Card, town: Town) -> None:
        with pytest.raises(LineError) as nobody:
            await card.dial("2125550199")
        assert nobody.value.cause == Cause.NO_CIRCUIT
        async with town.subscriber("2125550100") as person:
            first = asyncio.create_task(card.dial("2125550100"))
            await person.rings()
            with pytest.raises(LineError) as busy:
                await card.dial("2125550100")
            assert busy.value.cause == Cause.USER_BUSY
            person.lift()
            await (await first).hang_up()

    play(scene, PLANS[0], "sound")


def test_who_is_refused_hears_a_tone_and_frees_the_circuit() -> None:
    async def scene(card: telcard.Card, town: Town) -> None:
        serving = asyncio.create_task(card.serve(lambda call: call.reject(21)))
        async with town.subscriber("2125550100") as person:
            with pytest.raises(LineError) as refused:
                await person.dial("95588")
            assert refused.value.cause == Cause.NO_CIRCUIT
        await asyncio.sleep(2)
        serving.cancel()

    play(scene, PLANS[0])


def test_of_two_who_take_a_circuit_at_once_ours_gives_way_and_tries_another() -> None:
    async def scene(card: telcard.Card, town: Town) -> None:
        (trunk,) = card.trunks
        names = [circuit.name for circuit in trunk.query()]
        serving = asyncio.create_task(card.serve(answer_and_stay))
        async with town.subscriber("2125550100") as person, town.subscriber("3") as other:
            dialling = asyncio.create_task(person.dial("95588"))
            await asyncio.sleep(0)
            ours = trunk.dial(CallFacts(called="3"), circuit=names[0])
            assert await ours.cleared == Cause.CHANNEL_NOT_AVAILABLE
            await ours.clear()
            await dialling
            assert trunk.query()[0].direction == "in"
            await person.hang_up()
            assert not other.ringing
        await asyncio.sleep(2)
        serving.cancel()

    play(scene, PLANS[0])


def test_where_the_exchange_gives_way_its_caller_gets_another_circuit() -> None:
    async def scene(card: telcard.Card, town: Town) -> None:
        (trunk,) = card.trunks
        serving = asyncio.create_task(card.serve(answer_and_stay))
        async with town.subscriber("2125550100") as person, town.subscriber("3") as other:
            dialling = asyncio.create_task(person.dial("95588"))
            await asyncio.sleep(0)
            ours = trunk.dial(CallFacts(called="3"), circuit=trunk.query()[0].name)
            await other.rings()
            other.lift()
            await ours.answered
            await dialling
            assert [circuit.direction for circuit in trunk.query()[:2]] == ["out", "in"]
            await person.hang_up()
            await other.hang_up()
            await ours.cleared
            await ours.clear()
        await asyncio.sleep(2)
        serving.cancel()

    play(scene, SpanPlan("em_wink", side="network"))


def test_blocked_circuits_are_blocked_there_as_well() -> None:
    async def scene(card: telcard.Card, town: Town) -> None:
        (trunk,) = card.trunks
        trunk.block("dtiB1T3")
        await asyncio.sleep(7)
        assert [circuit.free for circuit in town.circuits[:4]] == [True, True, False, True]
        assert trunk.query()[2].blocked == "here"
        trunk.unblock("dtiB1T3")
        await asyncio.sleep(2)
        assert town.circuits[2].free

    play(scene, PLANS[0])


def test_an_alarm_that_lasts_ends_calls_and_a_short_one_does_not() -> None:
    async def scene(card: telcard.Card, town: Town) -> None:
        ended: list[int] = []

        async def flow(call: telcard.Call) -> None:
            await call.answer()
            try:
                await call.collect(max_digits=1, first_digit_s=60)
            except telcard.HungUp as error:
                ended.append(error.cause)

        serving = asyncio.create_task(card.serve(flow))
        span = card.board.spans[0]
        async with town.subscriber("2125550100") as person:
            await person.dial("95588")
            span.set_signal(received=Alarm.LOS)
            await asyncio.sleep(1)
            span.set_signal()
            await asyncio.sleep(2)
            assert ended == []
            span.set_signal(received=Alarm.AIS, sent=Alarm.AIS)
            await asyncio.sleep(4)
            assert ended == [Cause.NETWORK_OUT_OF_ORDER]
            span.set_signal()
            await asyncio.sleep(12)
        serving.cancel()

    play(scene, PLANS[0])


def loops(signalling: str) -> SpanPlan:
    return SpanPlan(signalling, number="95588")  # type: ignore[arg-type]


@pytest.mark.parametrize("signalling", ["loop_start", "ground_start"])
def test_a_t1_carries_loops_of_an_exchange_both_ways(signalling: str) -> None:
    async def scene(card: telcard.Card, town: Town) -> None:
        told: list[tuple[str, str]] = []

        async def flow(call: telcard.Call) -> None:
            told.append((call.called, call.caller))
            await call.answer()
            await asyncio.sleep(1)

        serving = asyncio.create_task(card.serve(flow))
        async with town.subscriber("2125550100") as person:
            await person.dial("95588")
            await person.hung_up_by_far_end()
            await person.hang_up()
            assert told == [("95588", "2125550100")]
            await asyncio.sleep(3)
            calling = asyncio.create_task(card.dial("2125550100", answer_s=30))
            await person.rings()
            await asyncio.sleep(5)
            person.lift()
            call = await calling
            await person.hang_up()
            with pytest.raises(telcard.HungUp):
                await call.collect(max_digits=1, first_digit_s=10)
            await call.hang_up()
            assert call.summary is not None
            assert call.summary.signalling == signalling
        await asyncio.sleep(3)
        serving.cancel()

    play(scene, loops(signalling), "sound")


@pytest.mark.parametrize("framing", ["esf", "d4"])
@pytest.mark.parametrize("signalling", ["em_wink", "ground_start"])
def test_bits_are_robbed_from_real_frames(framing: str, signalling: str) -> None:
    """A, B, C, D in 24 frames, or A and B alone in 12, which is all that either kind needs."""

    async def main() -> None:
        spec = load("d240sc_t1")
        spec = replace(spec, ports=(replace(spec.ports[0], framing=framing),))
        agreed = Agreed(signalling)
        engine = Engine(spec.lanes, clock=current(), name="card")
        card = EmulatedCard(spec, engine, agreed=[agreed], frames=True, country=country("US"))
        await card.bring_up()
        plan = SpanPlan(signalling)  # type: ignore[arg-type]
        trunk = make_trunk(card, card.spans[0], plan, report=tell_nobody, country=country("US"))
        offered: list[TrunkCall] = []
        trunk.start(offered.append)
        async with Town(card.far_ends, WORDS, country="US") as town:
            await asyncio.sleep(1)
            assert len(trunk.query()) == 24
            async with town.subscriber("2125550100") as person:
                dialling = asyncio.create_task(person.dial("95588"))
                while not offered:
                    await asyncio.sleep(0.05)
                offered[0].answer()
                await dialling
                assert offered[0].caller == "2125550100"
                await person.hang_up()
            await offered[0].cleared
            await offered[0].clear()
            await asyncio.sleep(2)
            assert all(circuit.free for circuit in town.circuits)
            assert town.engine.spans[0].bits(1) == (0b0000 if signalling == "em_wink" else 0b0101)
        await trunk.stop()
        await card.bring_down()
        engine.close()

    telcard.run(main(), telcard.VirtualClock())


def test_what_cannot_be_dialled_is_refused_in_one_sentence() -> None:
    async def scene(card: telcard.Card, town: Town) -> None:
        (trunk,) = card.trunks
        with pytest.raises(ValueError, match=r"called: want 1 to 15 digits, got '\*1'"):
            trunk.dial(CallFacts(called="*1"))
        serving = asyncio.create_task(card.serve(answer_and_stay))
        async with town.subscriber("2125550100") as person:
            await person.dial("95588")
            with pytest.raises(CardError, match="cannot ring, em_wink has no signal for it"):
                await card.calls[0].ring()
        await asyncio.sleep(1)
        serving.cancel()

    play(scene, PLANS[0])
    board = EmulatedCard(load("d240sc_t1"), Engine(24, clock=telcard.VirtualClock()))
    with pytest.raises(ValueError, match=r"E&M: want one of em_wink, .*, got 'em_loop'"):
        EmTrunk(board, board.spans[0], "em_loop")
