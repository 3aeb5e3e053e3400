"""Trunks as they were ordered: how their lines frame and code, and which timeslots bear calls."""

import asyncio

import pytest

import telcard
from telcard.dsp import g711
from telcard.engine import Alarm
from telcard.errors import LineError
from telcard.exchange import Office, Repertoire, Town, TrunkGroup
from telcard.speech import ClipLibrary
from telcard.trunks import SpanPlan

CLIPS = ClipLibrary()
KNOWN = Repertoire({name: CLIPS[name] for name in ("welcome", "goodbye")})


def test_lines_carry_the_frames_and_bear_the_calls_that_were_ordered() -> None:
    plans = [
        SpanPlan("pri", framing="no-crc4", timeslots="1-3, 20"),
        SpanPlan("cas", frames=True, timeslots="5"),
        SpanPlan("r2", digits=5, framing="crc4", law="u-law"),
        SpanPlan(),
    ]
    offices = [Office(str(one), (str(one),), TrunkGroup((one,))) for one in (1, 2, 3, 4)]

    async def main() -> None:
        card = telcard.open("emulator:dahdi_4e1", signalling=plans, prompts=CLIPS)
        async with card, Town(card.far_ends, KNOWN, offices=offices) as town:
            spans = card.board.spans
            card.measure()
            await asyncio.sleep(3)
            formats = [span.carrier and span.carrier.framing.format for span in spans]
            assert formats == ["no-crc4", "crc4", "crc4", None]
            assert [span.law for span in spans] == ["a-law", "a-law", "u-law", "a-law"]
            used = [[int(each.name.split("/")[-1]) for each in t.query()] for t in card.trunks]
            assert used[:2] == [[1, 2, 3, 20], [5]], used
            assert [len(slots) for slots in used[2:]] == [30, 30]
            assert len(town.circuits) == 4 + 1 + 30 + 30
            assert {circuit.free for circuit in town.circuits} == {True}

            serving = asyncio.create_task(card.serve(greet))
            async with asyncio.TaskGroup() as callers:
                for number in ("10", "11", "12", "13", "20", "30", "40"):
                    callers.create_task(call(town, number))
            async with asyncio.TaskGroup() as callers:
                callers.create_task(call(town, "20"))
                await asyncio.sleep(0.1)
                with pytest.raises(LineError, match="none of 1 circuits is free"):
                    await town.subscriber("21").dial("95588")
            spans[1].set_signal(received=Alarm.AIS)
            await asyncio.sleep(4)
            status = [card.line_status(span.name) for span in spans]
            assert [line and line.framing for line in status] == ["no-crc4", "crc4", "crc4", ""]
            assert [line and line.failures for line in status] == [(), ("AIS",), (), ()]
            await card.drain()
            await serving

    telcard.run(main(), telcard.VirtualClock())


async def greet(call: telcard.Call) -> None:
    await call.answer()
    await call.say("welcome")
    await call.collect(max_digits=1)


async def call(town: Town, number: str) -> None:
    async with town.subscriber(number) as caller:
        await caller.dial("95588")
        await caller.hear("welcome")
        await caller.hang_up()


@pytest.mark.parametrize("kinds", ["cas r2", "r2 pri"])
def test_spans_of_both_laws_are_bridged_as_one(kinds: str) -> None:
    """What is said on a u-law line is known on an A-law one, and back."""
    ours, theirs = kinds.split()
    plans = [
        SpanPlan(ours, digits=5 * (ours == "r2"), law="u-law", frames=True),
        SpanPlan(theirs, law="a-law"),
    ]
    offices = [Office(str(one), (str(one),), TrunkGroup((one,))) for one in (1, 2)]

    async def main() -> None:
        chassis = telcard.open_chassis(*["emulator:d300sc_e1"] * 2, signalling=plans, prompts=CLIPS)
        async with (
            chassis,
            asyncio.timeout(300),
            Town([end for card in chassis.cards for end in card.far_ends], KNOWN, offices=offices)
            as town,
            town.subscriber("10") as one,
            town.subscriber("20") as other,
            asyncio.TaskGroup() as people,
        ):  # fmt: skip
            assert [span.law for span in town.engine.spans] == ["u-law", "a-law"]
            await asyncio.sleep(3)

            async def connect(call: telcard.Call) -> None:
                await call.answer()
                async with await chassis.cards[1].dial("20") as leg:
                    await call.bridge(leg)

            async def answer() -> None:
                await other.rings()
                other.lift()
                assert (await other.hear("welcome")).score > 0.99
                await other.speak(g711.decode_alaw(CLIPS["goodbye"]))
                await other.hung_up_by_far_end()

            serving = asyncio.create_task(chassis.serve(connect))
            answering = people.create_task(answer())
            await one.dial("95588")
            await asyncio.sleep(6)  # R2 sends digit by digit
            await one.speak(g711.decode_alaw(CLIPS["welcome"]))
            heard = await one.hear("goodbye")
            assert (heard.share > 0.99, heard.score > 0.99) == (True, True)
            await one.hang_up()
            await answering
            await chassis.drain()
            await serving

    telcard.run(main(), telcard.VirtualClock())
