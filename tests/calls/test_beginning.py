"""Calls begin over every signalling, and leave the same records but for what carried them."""

import asyncio
from dataclasses import fields, replace
from functools import cache
from pathlib import Path

import pytest

import telcard
from telcard.bank import CallRecord, CallRecords
from telcard.calls import CallSummary
from telcard.errors import CardError, LineError, MediaError
from telcard.exchange import Repertoire, Town
from telcard.signalling import CallFacts
from telcard.speech import ClipLibrary
from telcard.storage import Database
from telcard.trunks import LinesPlan

SIGNALLINGS = ("cas", "r2", "pri", "em_wink", "em_fgd")

LINES = {
    "cas": "d300sc_e1",
    "r2": "d300sc_e1",
    "pri": "d300sc_e1",
    "em_wink": "d240sc_t1",
    "em_fgd": "d240sc_t1",
    "fxo": "d41esc",
}
"""A card for each signalling."""

OWN = ("call_id", "offered", "answered", "ended", "signalling", "circuit", "location", "facts")
"""What may differ: when, and what carried it."""

WHEN = ("offered_at", "answered_at", "ended_at", "duration_ms", "billed_s")
"""The same in a record of the database."""

NOT_ON_A_LOOP = ("called",)
"""What an analogue line cannot know: a loop rings, and no message says which number was dialled."""


@cache
def clips() -> ClipLibrary:
    return ClipLibrary()


def play(
    signalling: str,
    flow,
    scene,
    *,
    country: str | None = None,
    fidelity: str = "events",
    lines: LinesPlan | None = None,
) -> list[CallSummary]:
    ended: list[CallSummary] = []

    async def keep(summary: CallSummary) -> None:
        ended.append(summary)

    async def main() -> None:
        card = telcard.open(
            f"emulator:{LINES[signalling]}",
            signalling=None if signalling == "fxo" else signalling,
            fidelity=fidelity,
            country=country,
            lines=lines,
            prompts=clips(),
            ended=keep,
        )
        repertoire = Repertoire({"welcome": clips()["welcome"]})
        async with card, Town(card.far_ends, repertoire, country=country) as town:
            await asyncio.sleep(1)
            serving = asyncio.create_task(card.serve(flow))
            async with town.subscriber("02154321") as caller:
                await scene(caller)
            await asyncio.sleep(1)
            await card.drain()
            await serving

    telcard.run(main(), telcard.VirtualClock())
    return ended


def plain(kept: CallSummary | CallRecord, *without: str) -> dict[str, object]:
    told = {field.name: getattr(kept, field.name) for field in fields(kept)}
    return {name: told[name] for name in told if name not in (*OWN, *WHEN, *without)}


def stored(summaries: list[CallSummary], path: Path) -> dict[str, CallRecord]:
    """What the book of calls says of them, by their signalling."""

    async def main() -> list[CallRecord]:
        with Database(path) as database:
            book = CallRecords(database)
            for summary in summaries:
                await book.add(summary)
            return await book.newest()

    return {record.signalling: record for record in telcard.run(main(), telcard.VirtualClock())}


def test_the_same_call_leaves_the_same_record_over_every_signalling() -> None:
    async def flow(call: telcard.Call) -> None:
        await call.answer()
        await call.say("welcome")
        call.note("asked")
        await call.collect(max_digits=1)

    async def scene(caller) -> None:
        await caller.dial("95588")
        await caller.hear("welcome")
        await caller.hang_up()

    records = {kind: play(kind, flow, scene) for kind in SIGNALLINGS}
    (first,) = records["cas"]
    for kind, (summary,) in records.items():
        assert plain(summary) == plain(first)
        assert (summary.signalling, summary.circuit) == (kind, "dtiB1T1")
        assert (summary.answered is None) is (first.answered is None) is False
        assert replace(summary.facts, caller=first.facts.caller).called == "95588"


def test_over_an_analogue_line_too_but_for_what_no_loop_tells(tmp_path: Path) -> None:
    """In a country whose lines tell who calls, and that he has gone; by sound, as they do it."""

    async def flow(call: telcard.Call) -> None:
        await call.answer()
        await call.say("welcome")
        call.note("asked")
        await call.collect(max_digits=1, first_digit_s=60)

    async def scene(caller) -> None:
        await caller.dial("95588")
        await caller.hear("welcome")
        await caller.hang_up()

    ended = [summary for kind in SIGNALLINGS for summary in play(kind, flow, scene, country="US")]
    ended += play("fxo", flow, scene, country="US", fidelity="sound")
    ordered = LinesPlan("95588")
    (planned,) = play("fxo", flow, scene, country="US", fidelity="sound", lines=ordered)
    book = stored(ended, tmp_path / "book.sqlite")
    assert sorted(book) == sorted((*SIGNALLINGS, "fxo"))
    *digital, loop = ended
    for summary in digital:
        assert plain(summary, *NOT_ON_A_LOOP) == plain(loop, *NOT_ON_A_LOOP)
        assert plain(book[summary.signalling], *NOT_ON_A_LOOP) == plain(book["fxo"], *NOT_ON_A_LOOP)
        assert plain(book[summary.signalling]) == plain(book["cas"])
        assert plain(summary) == plain(planned)  # who has ordered the line knows its number
    assert (loop.signalling, loop.caller, loop.called) == ("fxo", "02154321", "")
    assert (book["fxo"].circuit, book["fxo"].location) == (loop.circuit, loop.location)
    assert book["pri"].circuit == book["cas"].circuit == "dtiB1T1"


def test_what_a_signalling_has_no_signal_for_is_refused_in_a_sentence() -> None:
    told: list[str] = []

    async def flow(call: telcard.Call) -> None:
        for verb in (call.ring(), call.redirect("110")):
            try:
                await verb
            except CardError as refusal:
                told.append(str(refusal))
        await call.answer()
        with pytest.raises(MediaError, match="cannot be rejected, it was answered"):
            await call.reject()
        with pytest.raises(MediaError, match="cannot be redirected, it was answered"):
            await call.redirect("110")

    async def scene(caller) -> None:
        await caller.dial("95588")

    play("cas", flow, scene)
    assert told == [
        "dtiB1T1: cannot ring, cas has no signal for it",
        "dtiB1T1: cannot send the call on to 110, cas has no signal for it",
    ]


@pytest.mark.parametrize("signalling", SIGNALLINGS)
def test_a_call_is_rejected_before_its_answer(signalling: str) -> None:
    async def flow(call: telcard.Call) -> None:
        assert call.facts.caller == "02154321"
        await call.reject(17)

    async def scene(caller) -> None:
        with pytest.raises(LineError) as refused:
            await caller.dial("95588")
        assert refused.value.cause in (17, 34)  # without messages: busy or congestion tone

    (summary,) = play(signalling, flow, scene)
    assert (summary.cause, summary.answered) == (17, None)
    assert isinstance(summary.facts, CallFacts)
