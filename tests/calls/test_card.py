"""A card as its user holds it: opened, served, drained, and never hurt by one call."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest

import telcard
from telcard.calls import Call, CallSummary, Card, Disposition, EndedBy
from telcard.calls.card import WAITING_CALLS
from telcard.errors import CardError, HungUp, LineError, UnknownCard
from telcard.events import EventLog
from telcard.exchange import Telephone, Town
from telcard.signalling import Cause
from tests.support.exchange import Circuit, far_exchange

Circuits = list[Circuit]


@pytest.mark.parametrize("name", ["", "emulator", "emulator:", "dahdi:1", "nothing"])
def test_a_strange_name_says_what_a_name_looks_like(name: str) -> None:
    with pytest.raises(UnknownCard, match=r"want a name like 'emulator:d300sc_e1'"):
        telcard.open(name)


def test_an_unknown_model_names_the_nearest() -> None:
    with pytest.raises(UnknownCard, match="did you mean d300sc_e1"):
        telcard.open("emulator:d300sc")


@pytest.mark.parametrize("name", ["dm_v1200_4e1", "dahdi_4e1", "ice1usb", "keygoe_8e1"])
def test_two_spans_of_a_card_have_a_call_each(name: str) -> None:
    ended: list[CallSummary] = []

    async def flow(call: Call) -> None:
        await call.answer()
        await call.say("welcome")

    async def note(summary: CallSummary) -> None:
        ended.append(summary)

    async def main() -> None:
        async with (
            asyncio.timeout(600),
            telcard.open(f"emulator:{name}", ended=note, signalling="cas") as card,
            far_exchange(card.far_ends[0], 1) as first,
            far_exchange(card.far_ends[-1], 31) as last,
        ):
            assert len(card.circuits()) == card.spec.lanes
            serving = asyncio.create_task(card.serve(flow))
            await asyncio.gather(first[0].dial(called="95588"), last[0].dial(called="95533"))
            for circuit in (*first, *last):
                await circuit.until("ClearedBack")
                assert "Answered" in circuit.heard
                circuit.clear()
            await card.drain()
            await serving
            assert card.board.bearers == ()

    telcard.run(main(), telcard.VirtualClock())
    assert {summary.called for summary in ended} == {"95588", "95533"}
    assert {summary.ended_by for summary in ended} == {EndedBy.SYSTEM}


def test_a_card_that_is_not_up_says_so() -> None:
    card = telcard.open("emulator:d300sc_e1")
    with pytest.raises(CardError, match="it is not up"):
        _ = card.far_ends
    assert "down" in repr(card)


def test_a_card_comes_up_once_at_a_time(on_card) -> None:
    async def scene(card: Card, circuits: Circuits) -> None:
        with pytest.raises(CardError, match="it is up already"):
            await card.__aenter__()
        assert len(card.circuits()) == 30
        assert {circuit.state for circuit in card.circuits()} <= {
            "idle/released",
            "blocked by the far end",
        }

    on_card(scene)


def test_a_second_cable_into_a_socket_is_refused(on_card) -> None:
    async def scene(card: Card, circuits: Circuits) -> None:
        with pytest.raises(CardError, match="is plugged into"):
            async with far_exchange(card.far_ends[0], 2):
                pass

    on_card(scene)


def test_a_call_crashes_alone(on_card, caplog: pytest.LogCaptureFixture) -> None:
    ended: list[CallSummary] = []

    async def flow(call: Call) -> None:
        await call.answer()
        call.note("somewhere")
        if call.channel.name == "dxxxB1C1":
            raise ZeroDivisionError("a slip of the flow")
        await call.say("enter_account")

    async def note(summary: CallSummary) -> None:
        ended.append(summary)

    async def scene(card: Card, circuits: Circuits) -> None:
        serving = asyncio.create_task(card.serve(flow))
        await asyncio.gather(*(circuit.dial() for circuit in circuits))
        for circuit in circuits:
            await circuit.until("ClearedBack")
            circuit.clear()
        await card.drain()
        await serving
        assert "what happened:\n    0.00 s  offered " in caplog.text
        assert card.metrics.value("flows_crashed") == 1
        assert card.calls == []

    with caplog.at_level(logging.ERROR):
        on_card(scene, note)
    by = {summary.channel: summary for summary in ended}
    assert by["dxxxB1C1"].disposition is Disposition.FAILED
    assert by["dxxxB1C1"].ended_by is EndedBy.FAILURE
    assert by["dxxxB1C1"].cause == 41
    assert by["dxxxB1C1"].step == "somewhere"
    assert by["dxxxB1C2"].disposition is Disposition.ANSWERED
    assert "a slip of the flow" in caplog.text


def test_draining_blocks_the_circuits_and_lets_a_call_finish(on_card) -> None:
    async def flow(call: Call) -> None:
        await call.answer()
        await call.say("enter_account", "enter_account")

    async def scene(card: Card, circuits: Circuits) -> None:
        serving = asyncio.create_task(card.serve(flow))
        await circuits[0].dial()
        await circuits[0].until("Answered")
        await card.drain()
        await circuits[1].until("Blocked")
        assert not serving.done()
        await circuits[0].until("ClearedBack")
        circuits[0].clear()
        await serving

    on_card(scene)


class Book:
    """A book of calls: what a card tells of their ends."""

    def __init__(self) -> None:
        self.ends: list[CallSummary] = []

    async def note(self, summary: CallSummary) -> None:
        await asyncio.sleep(0.2)
        self.ends.append(summary)


def test_what_nobody_takes_is_refused_counted_and_told(on_card) -> None:
    book = Book()

    async def scene(card: Card, circuits: Circuits) -> None:
        for _ in range(WAITING_CALLS):
            card._offers.put_nowait(None)
        await circuits[0].dial()
        await asyncio.sleep(1)
        assert card.metrics.value("calls_refused") == 1
        assert card.calls == []
        (end,) = book.ends
        assert (end.disposition, end.cause, end.reason) == (Disposition.NO_ANSWER, 42, "refused")
        circuits[0].clear()
        await circuits[0].until("Released")

    on_card(scene, book.note)


def test_who_still_dials_when_the_card_drains_is_refused(on_card) -> None:
    book = Book()

    async def flow(call: Call) -> None:
        raise AssertionError("no call is to be taken")

    async def scene(card: Card, circuits: Circuits) -> None:
        serving = asyncio.create_task(card.serve(flow))
        await circuits[0].seize()
        await card.drain()
        await card.drain()
        await serving
        await circuits[0].key("*1*2#")
        await asyncio.sleep(1)
        assert [end.reason for end in book.ends] == ["refused"]
        async for _ in card.incoming():
            raise AssertionError("a drained card offers no call")

    on_card(scene, book.note)


def test_the_end_of_every_call_is_told_once_when_the_card_goes_down(on_card) -> None:
    book = Book()

    async def flow(call: Call) -> None:
        await call.answer()
        await call.say("enter_account")

    async def scene(card: Card, circuits: Circuits) -> None:
        serving = asyncio.create_task(card.serve(flow))
        await circuits[0].dial()
        await circuits[0].until("Answered")
        serving.cancel()
        await asyncio.wait([serving])
        await circuits[1].dial()  # nobody takes it
        await asyncio.sleep(0.5)

    on_card(scene, book.note)
    assert sorted(end.disposition.value for end in book.ends) == ["ANSWERED", "NO ANSWER"]


def test_a_card_may_come_up_again(on_card) -> None:
    async def main() -> None:
        card = telcard.open("emulator:d300sc_e1", signalling="cas")
        for _ in range(2):
            async with card, far_exchange(card.far_ends[0], 1) as (circuit,):
                await circuit.dial()
                async for call in card.incoming():
                    await call.hang_up()
                    break
                await card.drain()

    telcard.run(main(), telcard.VirtualClock())


def test_what_breaks_while_told_of_an_end_hurts_no_call(
    on_card, caplog: pytest.LogCaptureFixture
) -> None:
    async def tell(summary: CallSummary) -> None:
        raise ZeroDivisionError("a slip of the pen")

    async def flow(call: Call) -> None:
        await call.answer()

    async def scene(card: Card, circuits: Circuits) -> None:
        serving = asyncio.create_task(card.serve(flow))
        for circuit in circuits:
            await circuit.dial()
            await circuit.until("ClearedBack")
        assert card.calls == []
        await card.drain()
        await serving

    with caplog.at_level(logging.ERROR):
        on_card(scene, tell)
    assert caplog.text.count("ZeroDivisionError: a slip of the pen") == 2


def test_a_flow_that_does_several_things_at_once_may_meet_the_hang_up_in_each(
    on_card, caplog: pytest.LogCaptureFixture
) -> None:
    async def flow(call: Call) -> None:
        await call.answer()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(call.say("enter_account"))

    async def scene(card: Card, circuits: Circuits) -> None:
        serving = asyncio.create_task(card.serve(flow))
        await circuits[0].dial()
        await circuits[0].until("Answered")
        circuits[0].clear()
        await circuits[0].until("Released")
        await card.drain()
        await serving
        assert card.metrics.value("flows_crashed") == 0

    on_card(scene)


def test_the_log_tells_who_called_and_how_it_ended(
    on_card, caplog: pytest.LogCaptureFixture
) -> None:
    async def flow(call: Call) -> None:
        await call.answer()
        call.note("greeting")
        await call.say("welcome")
        call.reason = "all said"

    async def scene(card: Card, circuits: Circuits) -> None:
        serving = asyncio.create_task(card.serve(flow))
        await circuits[0].dial()
        await circuits[0].until("ClearedBack")
        await card.drain()
        await serving

    with caplog.at_level(logging.INFO):
        on_card(scene)
    offered, ended = caplog.messages
    assert offered.endswith("-000001: 0215432 calls 95588 on dtiB1T1")
    assert "ANSWERED, ended by system after 1." in ended
    assert ended.endswith("at step 'greeting', cause 16: all said")


def test_taking_the_card_down_ends_its_calls() -> None:
    events = EventLog()

    async def main() -> None:
        async with (
            telcard.open("emulator:d300sc_e1", events=events, signalling="cas") as card,
            far_exchange(card.far_ends[0], 1) as (circuit,),
        ):
            await circuit.dial()
            async for call in card.incoming():
                await call.answer()
                break

    telcard.run(main(), telcard.VirtualClock())
    assert [event.name for event in events if event.call][-1] == "ended"


def with_telephones(scene: Callable[[Card, Telephone], Awaitable[None]]) -> list[CallSummary]:
    """Run a scene with the telephone on `msiB1C1`; returns how the calls of the card ended."""
    ended: list[CallSummary] = []

    async def note(summary: CallSummary) -> None:
        ended.append(summary)

    async def main() -> None:
        async with (
            telcard.open("emulator:msi_240sc", ended=note) as card,
            Town(card.far_ends, card.prompts) as town,
        ):
            await asyncio.sleep(0.1)
            async with town.telephone("msiB1C1") as phone:
                await scene(card, phone)
            assert card.calls == []
            assert card.board.bearers == ()

    telcard.run(main(), telcard.VirtualClock())
    return ended


def test_a_telephone_is_rung_and_answers() -> None:
    async def scene(card: Card, phone: Telephone) -> None:
        ringing = asyncio.create_task(card.ring("msiB1C1", caller="0215432", data={"why": "test"}))
        await phone.rings()
        await asyncio.sleep(3)
        phone.lift()
        async with await ringing as call:
            assert repr(call).endswith("0215432 -> msiB1C1 answered>")
            assert call.data == {"why": "test"}
            await asyncio.sleep(5)
            phone.put_down()
            await asyncio.sleep(2)
            assert call.hung_up

    (summary,) = with_telephones(scene)
    assert summary.outgoing
    assert summary.ended_by is EndedBy.CALLED
    assert summary.disposition is Disposition.ANSWERED
    assert summary.answered is not None
    assert (summary.answered - summary.offered).total_seconds() == pytest.approx(3, abs=0.2)
    assert (summary.ended - summary.answered).total_seconds() == pytest.approx(7, abs=0.2)


def test_nobody_answers_or_the_telephone_is_busy() -> None:
    async def scene(card: Card, phone: Telephone) -> None:
        with pytest.raises(LineError, match="msiB1C1: nobody answered in 12 s") as quiet:
            await card.ring("msiB1C1", answer_s=12)
        assert quiet.value.cause == Cause.NO_ANSWER
        phone.lift()
        await asyncio.sleep(0.1)
        with pytest.raises(LineError) as busy:
            await card.ring("msiB1C1")
        assert busy.value.cause == Cause.USER_BUSY
        with pytest.raises(UnknownCard, match="it has msiB1C1 to msiB1C24"):
            await card.ring("msiB7C7")

    (summary,) = with_telephones(scene)
    assert summary.disposition is Disposition.NO_ANSWER
    assert summary.cause == Cause.NO_ANSWER
    assert summary.ended_by is EndedBy.SYSTEM


def test_ringing_that_is_cancelled_stops_the_bell() -> None:
    async def scene(card: Card, phone: Telephone) -> None:
        ringing = asyncio.create_task(card.ring("msiB1C1"))
        await phone.rings()
        ringing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await ringing
        await asyncio.sleep(0.1)
        assert not phone.ringing

    (summary,) = with_telephones(scene)
    assert summary.disposition is Disposition.NO_ANSWER


def test_a_board_that_goes_down_loses_the_telephone_that_rings() -> None:
    async def scene(card: Card, phone: Telephone) -> None:
        ringing = asyncio.create_task(card.ring("msiB1C1"))
        await phone.rings()
        card.board.board.crash("it burns")
        with pytest.raises(LineError, match="it was lost while it rang") as lost:
            await ringing
        assert lost.value.cause == Cause.NETWORK_OUT_OF_ORDER

    (summary,) = with_telephones(scene)
    assert summary.disposition is Disposition.FAILED


def test_a_flash_is_waited_for() -> None:
    async def scene(card: Card, phone: Telephone) -> None:
        ringing = asyncio.create_task(card.ring("msiB1C1"))
        await phone.rings()
        phone.lift()
        async with await ringing as call:
            flashed = asyncio.create_task(call.flashed())
            await phone.flash()
            await flashed
            flashed = asyncio.create_task(call.flashed())
            await asyncio.sleep(1)
            phone.put_down()
            with pytest.raises(HungUp):
                await flashed

    with_telephones(scene)


def test_a_card_without_telephones_rings_none(on_card) -> None:
    async def scene(card: Card, circuits: list[Circuit]) -> None:
        assert card.stations() == []
        with pytest.raises(UnknownCard, match="no station is called 'msiB1C1'; it has none"):
            await card.ring("msiB1C1")

    on_card(scene)
