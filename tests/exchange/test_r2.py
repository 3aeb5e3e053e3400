"""The town's circuits under R2, towards a card: calls both ways, in both fidelities."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

import telcard
from telcard.engine import Fidelity
from telcard.errors import LineError
from telcard.exchange import Town
from telcard.signalling import Cause
from telcard.trunks import SpanPlan

Scene = Callable[[telcard.Card, Town], Awaitable[None]]

both = pytest.mark.parametrize("fidelity", ["sound", "events"])


def play(scene: Scene, repertoire, fidelity: Fidelity = "events", plan: SpanPlan | None = None):
    async def main() -> None:
        card = telcard.open(
            "emulator:d300sc_e1",
            signalling=plan or SpanPlan("r2", "br", digits=5),
            fidelity=fidelity,
        )
        async with card, Town(card.far_ends, repertoire) as town:
            await asyncio.sleep(1)
            await scene(card, town)

    telcard.run(main(), telcard.VirtualClock())


@both
def test_a_subscriber_calls_is_answered_and_hangs_up(repertoire, fidelity: Fidelity) -> None:
    async def scene(card: telcard.Card, town: Town) -> None:
        keyed: list[str] = []

        async def flow(call: telcard.Call) -> None:
            assert (call.called, call.caller) == ("95588", "02154321")
            await call.answer()
            keyed.append((await call.collect(max_digits=3)).digits)
            await asyncio.sleep(1)

        serving = asyncio.create_task(card.serve(flow))
        async with town.subscriber("02154321") as caller:
            await caller.dial("95588")
            await caller.press("147")
            assert await caller.hung_up_by_far_end() == Cause.NORMAL_CLEARING
        await asyncio.sleep(1)
        assert all(circuit.free for circuit in town.circuits)
        assert keyed == ["147"]
        serving.cancel()

    play(scene, repertoire, fidelity)


@both
def test_the_bank_calls_a_subscriber_who_lifts_at_once(repertoire, fidelity: Fidelity) -> None:
    async def scene(card: telcard.Card, town: Town) -> None:
        async with town.subscriber("02154321") as somebody:
            calling = asyncio.create_task(card.dial("02154321"))
            await somebody.rings()
            somebody.lift()
            call = await calling
            await asyncio.sleep(1)
            await somebody.press("7")
            assert (await call.collect(max_digits=1)).digits == "7"
            await call.hang_up()
            await somebody.hung_up_by_far_end()
        await asyncio.sleep(1)
        assert all(circuit.free for circuit in town.circuits)

    play(scene, repertoire, fidelity)


def test_refusals_are_told_in_group_b(repertoire) -> None:
    async def scene(card: telcard.Card, town: Town) -> None:
        with pytest.raises(LineError) as unknown:
            await card.dial("0215")
        assert unknown.value.cause == Cause.UNALLOCATED_NUMBER
        async with town.subscriber("0215") as somebody:
            first = asyncio.create_task(card.dial("0215"))
            await somebody.rings()
            with pytest.raises(LineError) as busy:
                await card.dial("0215")
            assert busy.value.cause == Cause.USER_BUSY
            somebody.lift()
            await (await first).hang_up()

    play(scene, repertoire)


def test_both_ends_know_what_an_exchange_has_of_its_own(repertoire) -> None:
    """The next digit is asked for by A-9 here, and by nothing else."""
    own = {"a": {"1": "none", "9": "next"}}

    async def scene(card: telcard.Card, town: Town) -> None:
        serving = asyncio.create_task(card.serve(lambda call: call.answer()))
        async with town.subscriber("02154321") as caller:
            await caller.dial("95588")
            (call,) = card.calls
            assert call.called == "95588"
            await caller.hang_up()
        await card.drain()
        await serving

    play(scene, repertoire, plan=SpanPlan("r2", "br", digits=5, overrides=own))
