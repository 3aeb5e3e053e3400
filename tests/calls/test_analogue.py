"""Calls over a card's analogue lines, with a town at their other end."""

from __future__ import annotations

import asyncio

import pytest

import telcard
from telcard.calls import Call, CallSummary
from telcard.errors import CardError, HungUp, LineError
from telcard.exchange import Town
from telcard.signalling import Cause, Hunt
from telcard.speech import ClipLibrary
from telcard.trunks import LinesPlan

CLIPS = ClipLibrary("en")
STATION = "msiB5C24"


@pytest.mark.parametrize("code", ["US", "GB", "DE", "CN"])
def test_a_caller_is_known_heard_and_gone(code: str) -> None:
    """Who calls by FSK or DTMF; that he has gone by the feed, or by busy tone where it stays."""
    ended: list[CallSummary] = []
    keyed: list[str] = []

    async def note(summary: CallSummary) -> None:
        ended.append(summary)

    async def flow(call: Call) -> None:
        await call.answer()
        await call.say("welcome")
        keyed.append((await call.collect(max_digits=4, first_digit_s=20.0)).digits)
        await call.collect(first_digit_s=60.0)

    async def main() -> None:
        async with (
            asyncio.timeout(600),
            telcard.open("emulator:d41esc", ended=note, country=code, prompts=CLIPS) as card,
            Town(card.far_ends, CLIPS, country=code) as town,
        ):
            serving = asyncio.create_task(card.serve(flow))
            await asyncio.sleep(0.5)
            async with town.subscriber("02154321") as caller:
                await caller.dial("95588")
                await caller.hear("welcome")
                await caller.press("2580")
                await asyncio.sleep(2.0)
            await asyncio.sleep(15.0)
            assert not card.calls
            await card.drain()
            await serving

    telcard.run(main(), telcard.VirtualClock())
    (summary,) = ended
    assert (summary.caller, summary.cause) == ("02154321", Cause.NORMAL_CLEARING)
    assert keyed == ["2580"]


@pytest.mark.parametrize("pulse", [False, True])
def test_a_station_dials_and_is_served_like_any_caller(pulse: bool) -> None:
    ended: list[CallSummary] = []

    async def note(summary: CallSummary) -> None:
        ended.append(summary)

    async def flow(call: Call) -> None:
        await call.answer()
        await call.say("welcome")
        await call.collect(first_digit_s=60.0)

    async def main() -> None:
        async with (
            asyncio.timeout(600),
            telcard.open("emulator:isx1000", ended=note, prompts=CLIPS, country="US") as card,
            Town([card.far_ends[-1]], CLIPS, country="US") as town,
        ):
            serving = asyncio.create_task(card.serve(flow))
            phone = town.telephone(STATION)
            await phone.dial("407", pulse=pulse)
            await phone.hear("welcome")
            phone.put_down()
            await asyncio.sleep(3.0)
            assert not card.calls
            await card.drain()
            await serving

    telcard.run(main(), telcard.VirtualClock())
    (summary,) = ended
    assert (summary.caller, summary.called) == (STATION, "407")


def test_a_telephone_shows_who_calls_before_it_is_lifted() -> None:
    async def main() -> None:
        async with (
            asyncio.timeout(600),
            telcard.open("emulator:msi_240sc", prompts=CLIPS, country="US") as card,
            Town(card.far_ends, CLIPS, country="US") as town,
        ):
            await asyncio.sleep(0.2)
            phone = town.telephone("msiB1C1")
            ringing = asyncio.create_task(card.ring("msiB1C1", caller="6095551212"))
            await phone.rings()
            await asyncio.sleep(5.0)
            assert phone.display is not None
            assert phone.display.number == "6095551212"
            phone.lift()
            call = await ringing
            await call.hang_up()
            phone.put_down()

    telcard.run(main(), telcard.VirtualClock())


@pytest.mark.parametrize("code", ["US", "DE"])
def test_a_call_of_the_bank_s_is_answered_heard_and_ended_there(code: str) -> None:
    ended: list[CallSummary] = []

    async def note(summary: CallSummary) -> None:
        ended.append(summary)

    async def main() -> None:
        async with (
            asyncio.timeout(600),
            telcard.open("emulator:d41esc", ended=note, country=code, prompts=CLIPS) as card,
            Town(card.far_ends, CLIPS, country=code) as town,
        ):
            await asyncio.sleep(0.5)
            async with town.subscriber("02154321") as called:
                dialling = asyncio.create_task(card.dial("02154321"))
                await called.rings()
                await asyncio.sleep(6.0)
                assert not dialling.done()
                called.lift()
                call = await dialling
                await asyncio.sleep(0.5)
                speaking = asyncio.create_task(call.say("welcome"))
                await called.hear("welcome")
                await speaking
                with pytest.raises(LineError) as refused:
                    await card.dial("02154321")
                assert refused.value.cause == Cause.USER_BUSY
                await called.hang_up()
                with pytest.raises(HungUp):
                    await call.collect(first_digit_s=60.0)
                await call.hang_up()
            await asyncio.sleep(8.0)
            assert all(not circuit.call for circuit in card.circuits())

    telcard.run(main(), telcard.VirtualClock())
    answered, refused = sorted(ended, key=lambda summary: summary.answered is None)
    assert (answered.called, answered.signalling, answered.outgoing) == ("02154321", "fxo", True)
    assert refused.cause == Cause.USER_BUSY


@pytest.mark.parametrize("each", [True, [True, False, False, False]])
def test_a_call_goes_out_as_its_line_was_ordered(each: bool | list[bool]) -> None:
    """On the lowest line, by pulses, and answered when the poles change places."""
    ordered = LinesPlan(poles_answer=each, pulse=each, hunt=Hunt.LOWEST)

    async def main() -> None:
        async with (
            asyncio.timeout(600),
            telcard.open("emulator:d41esc", country="DE", prompts=CLIPS, lines=ordered) as card,
            Town(card.far_ends, CLIPS, country="DE") as town,
        ):
            await asyncio.sleep(0.5)
            async with town.subscriber("0215") as called:
                dialling = asyncio.create_task(card.dial("0215"))
                states = set()
                for _ in range(150):
                    await asyncio.sleep(0.02)
                    states.add(card.circuits()[0].state)
                assert "a pulse opens the loop" in states
                await called.rings()
                assert [bool(circuit.call) for circuit in card.circuits()] == [True, *[False] * 3]
                await asyncio.sleep(6.0)
                assert not dialling.done()
                called.lift()
                await asyncio.sleep(0.2)  # nobody says a word, by which it would be known else
                assert dialling.done()
                await dialling.result().hang_up()
                await dialling.result().hang_up()

    telcard.run(main(), telcard.VirtualClock())


def test_without_sound_a_call_comes_in_without_its_number_and_none_goes_out() -> None:
    callers: list[str] = []

    async def flow(call: Call) -> None:
        callers.append(call.caller)
        await call.answer()
        await call.say("welcome")

    async def main() -> None:
        async with (
            asyncio.timeout(600),
            telcard.open("emulator:d41esc", prompts=CLIPS, country="US", fidelity="events") as card,
            Town(card.far_ends, CLIPS, country="US") as town,
        ):
            with pytest.raises(CardError, match="how it goes is told by tones alone"):
                await card.dial("02154321")
            serving = asyncio.create_task(card.serve(flow))
            await asyncio.sleep(0.5)
            async with town.subscriber("02154321") as caller:
                await caller.dial("95588")
                await caller.hear("welcome")
            await asyncio.sleep(8.0)
            await card.drain()
            await serving

    telcard.run(main(), telcard.VirtualClock())
    assert callers == [""]
