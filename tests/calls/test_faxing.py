"""Faxes on calls: on the call's own channel, on a fax board, interrupted, instead of voice."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from functools import cache

import numpy as np
import pytest

import telcard
from telcard.calls import Call, Chassis
from telcard.cards import Fault, FaultScript, inject
from telcard.engine import EchoCancelling
from telcard.errors import CardError, NoResource
from telcard.exchange import FaxMachine, Town
from telcard.exchange.repertoire import Repertoire
from telcard.fax.t30 import PageReport, Reason, Traced
from telcard.speech import ClipLibrary
from tests.support.fax_peers import letter

E1, FAXES, BARE = "emulator:d300sc_e1", "emulator:cp6_sc", "emulator:dahdi_4e1"
PAGES = [letter(1, rows=130), letter(2, rows=150)]


@cache
def known() -> Repertoire:
    """What people in these scenes know by heart."""
    library = ClipLibrary()
    return Repertoire({"goodbye": library["goodbye"]})


Scene = Callable[[Chassis, Town], Awaitable[None]]


def play(scene: Scene, *names: str, **options: object) -> None:
    """A chassis, a town at its first card, and virtual time; nothing may stay taken."""

    async def main() -> None:
        async with (
            telcard.open_chassis(*names, **options) as chassis,
            Town(chassis.cards[0].far_ends, known()) as town,
            asyncio.timeout(3600),
        ):
            await scene(chassis, town)
            await chassis.stop()
            for board in chassis.boards:
                assert not any(pool.taken for pool in board.pools.values())
                assert not board.resources
            assert not [route for route in chassis.bus.routes() if "GFAX" in str(route)]

    telcard.run(main(), telcard.VirtualClock())


def same(got: Sequence[np.ndarray], wanted: Sequence[np.ndarray]) -> bool:
    return len(got) == len(wanted) and all(map(np.array_equal, got, wanted))


async def first(chassis: Chassis) -> Call:
    call = await anext(chassis.cards[0].incoming())
    await call.answer()
    return call


@pytest.mark.parametrize("names", [(BARE,), (E1, FAXES)], ids=["host", "board"])
def test_a_fax_is_received_from_a_machine_and_sent_to_another(names: tuple[str, ...]) -> None:
    async def scene(chassis: Chassis, town: Town) -> None:
        told: list[object] = []
        names: list[str] = []
        chassis.events.subscribe(lambda event: names.append(event.name))
        async with town.fax("0215432101", ident="+86 21 5432101") as machine:
            sending = asyncio.create_task(machine.send("95588", PAGES))
            async with await first(chassis) as call:
                heard = asyncio.create_task(call.fax_receive(ident="95588", told=told.append))
                await asyncio.sleep(8)
                assert call.quiet_s == 0
                got = await heard
            assert (await sending).good
        assert got.good
        assert same(got.pages, PAGES)
        assert got.far is not None
        assert got.far.ident == "+86 21 5432101"
        assert len([event for event in told if isinstance(event, PageReport)]) == 2
        assert any(isinstance(event, Traced) for event in told)
        async with town.fax("0215432102", ident="2") as machine:
            call = await chassis.cards[0].dial("0215432102")
            async with call:
                sent = await call.fax_send(PAGES[:1], ident="95588")
            assert sent.good
            await asyncio.sleep(1)
        assert same(machine.received[0].pages, PAGES[:1])
        assert {"faxes", "fax_page", "faxed"} <= set(names)

    play(scene, *names)


def test_a_document_is_sent_on_the_call_of_whoever_asks_for_it() -> None:
    """Fax on demand: the caller listens on the machine's handset, and presses start."""

    async def scene(chassis: Chassis, town: Town) -> None:
        async def at_the_machine(machine: FaxMachine) -> None:
            await machine.dial("95588")
            await machine.hear("goodbye")
            await asyncio.sleep(20)
            assert (await machine.receive()).good

        async with town.fax("0215432101") as machine:
            caller = asyncio.create_task(at_the_machine(machine))
            async with await first(chassis) as call:
                await call.say("goodbye")
                assert (await call.fax_send(PAGES[:1])).good
                await caller
                assert call.hung_up

    play(scene, E1, FAXES)


def test_a_voice_call_becomes_a_fax_when_the_caller_says_cng() -> None:
    async def scene(chassis: Chassis, town: Town) -> None:
        async with town.fax("0215432101") as machine, town.subscriber("0215432102") as person:
            sending = asyncio.create_task(machine.send("95588", PAGES[:1]))
            async with await first(chassis) as call:
                async with call.unless_fax() as fax:
                    while True:
                        await call.collect("enter_account", max_digits=8)
                assert fax.heard
                assert same((await call.fax_receive()).pages, PAGES[:1])
            await sending
            asking = asyncio.create_task(person.dial("95588"))
            async with await first(chassis) as call:
                await asking
                async with call.unless_fax() as fax:
                    keying = asyncio.create_task(person.press("12#"))
                    assert (await call.collect(max_digits=8)).digits == "12"
                    await keying
                assert not fax.heard
                with pytest.raises(TimeoutError):
                    async with call.unless_fax(), asyncio.timeout(1):
                        await call.collect(max_digits=8)

    play(scene, E1, FAXES)


def test_a_call_goes_from_voice_to_fax_and_back_to_voice() -> None:
    """A person at a machine: listens, presses start late, and keeps the handset meanwhile."""

    async def scene(chassis: Chassis, town: Town) -> None:
        async def at_the_machine(machine: FaxMachine) -> None:
            await machine.dial("95588")
            await machine.hear("goodbye")
            await asyncio.sleep(25)
            assert (await machine.start(PAGES[:1], stays=True)).good
            await machine.press("42#")
            await machine.hear("goodbye", timeout_s=60)
            assert (await machine.receive(stays=True)).good
            assert same(machine.received, [])
            await machine.hear("goodbye", timeout_s=60)
            await machine.hang_up()

        async with town.fax("0215432101") as machine:
            caller = asyncio.create_task(at_the_machine(machine))
            async with await first(chassis) as call:
                async with call.unless_fax() as fax:
                    await call.say("goodbye")
                    await asyncio.sleep(300)
                assert fax.heard
                assert same((await call.fax_receive()).pages, PAGES[:1])
                assert not call.hung_up
                async with call.unless_fax() as fax:
                    assert (await call.collect(max_digits=4)).digits == "42"
                    await call.say("goodbye")
                assert not fax.heard
                assert (await call.fax_send(PAGES[1:])).good
                await call.say("goodbye")
                await caller
                with pytest.raises(telcard.HungUp):
                    await call.say("goodbye")

    play(scene, E1, FAXES)


def test_who_hangs_up_in_mid_fax_ends_it_with_a_reason_and_the_pages_so_far() -> None:
    async def scene(chassis: Chassis, town: Town) -> None:
        async with town.fax("0215432101", modems="v27ter") as machine:
            sending = asyncio.create_task(machine.send("95588", PAGES * 10))
            async with await first(chassis) as call:
                receiving = asyncio.create_task(call.fax_receive())
                await asyncio.sleep(40)
                await machine.hang_up()
                got = await receiving
                assert got.reason is Reason.HUNG_UP
                assert 1 <= len(got.pages) < 20
                assert (await sending).reason is Reason.HUNG_UP
                with pytest.raises(telcard.HungUp):
                    await call.fax_receive()

    play(scene, E1, FAXES)


def test_a_fax_that_is_cancelled_gives_everything_back() -> None:
    async def scene(chassis: Chassis, town: Town) -> None:
        async with town.fax("0215432101") as machine:
            sending = asyncio.create_task(machine.send("95588", PAGES * 10))
            async with await first(chassis) as call:
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(15):
                        await call.fax_receive()
                assert not chassis.boards[1].resources
                await call.say("goodbye")  # the line is the voice's again
            assert (await sending).reason is Reason.HUNG_UP

    play(scene, E1, FAXES)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(14, "alarm", "dtiB1", for_s=30), "dtiB1T1: cause 38, network out of order"),
        (Fault(14, "card_gone", "cp6_sc", for_s=30), "emulator:cp6_sc is absent"),
        (Fault(14, "dsp_crash", "cp6_sc"), "emulator:cp6_sc is fault: .* \\(code 0xff\\)"),
    ],
    ids=["line", "board", "firmware"],
)
def test_a_fault_in_mid_fax_ends_it_and_is_named(fault: Fault, words: str) -> None:
    async def scene(chassis: Chassis, town: Town) -> None:
        async with town.fax("0215432101") as machine:
            sending = asyncio.create_task(machine.send("95588", PAGES))
            async with await first(chassis) as call:
                injecting = asyncio.create_task(inject(chassis, FaultScript.of(fault)))
                got = await call.fax_receive()
                assert got.reason is Reason.FAULT
                assert got.ended is not None
                assert re.match(words, got.ended.detail)
                assert call.hung_up == (fault.kind == "alarm")
            assert not (await sending).good
            await injecting

    play(scene, E1, FAXES)


def test_no_fax_where_there_is_no_resource_or_no_sound() -> None:
    async def scene(chassis: Chassis, town: Town) -> None:
        async with town.subscriber("0215432101") as person:
            asking = asyncio.create_task(person.dial("95588"))
            async with await first(chassis) as call:
                await asking
                words = "dtiB1T1: no card of .* has a fax resource to lend"
                with pytest.raises(NoResource, match=words):
                    await call.fax_receive()
                with pytest.raises(ValueError, match="want 1728, 2048, 2432 pixels a row"):
                    await call.fax_send([np.zeros((9, 9), bool)])

    play(scene, E1)

    async def quiet(chassis: Chassis, town: Town) -> None:
        async with town.subscriber("0215432101") as person:
            asking = asyncio.create_task(person.dial("95588"))
            async with await first(chassis) as call:
                await asking
                with pytest.raises(CardError, match=r"GFAX1\.1: cannot fax; it can listen"):
                    await call.fax_receive()

    play(quiet, E1, FAXES, fidelity="events")


def test_echo_is_not_cancelled_while_a_fax_goes_on() -> None:
    async def scene(chassis: Chassis, town: Town) -> None:
        async with town.fax("0215432101") as machine:
            sending = asyncio.create_task(machine.send("95588", PAGES[:1]))
            async with await first(chassis) as call:
                lane = call.channel.lane
                assert lane.echo is not None
                receiving = asyncio.create_task(call.fax_receive())
                await asyncio.sleep(2)
                assert lane.echo is None
                assert (await receiving).good
                assert lane.echo_canceller[0] == EchoCancelling(tail_ms=32)
                assert (await sending).good

    play(scene, E1, FAXES, echo_canceller=EchoCancelling(tail_ms=32))
