"""The same house and the same scripts, with sound and without: the same day."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import telcard
from telcard.bank import Cost
from telcard.bank.ledger import faults
from telcard.clock import VirtualClock, run
from telcard.engine import FIDELITIES
from telcard.events import Event
from telcard.rehearsal import AGENT, SCENES, WITH_AN_AGENT, Stage, scenes, set_stage


def play_all(folder: Path, fidelity: str) -> tuple[list[Event], list[Any], list[Any], list[Any]]:
    """Every scene, two of them at once: events, records, what callers heard, balances."""
    folder.mkdir()
    heard: list[Any] = []

    async def enter(stage: Stage, scene: scenes.Scene) -> None:
        await asyncio.sleep(scene.at_s)
        async with stage.town.subscriber(scene.caller) as caller:
            await scene.play(caller)
            heard.append((scene.caller, [(clip.clip, clip.start) for clip in caller.heard]))

    async def main() -> tuple[list[Event], list[Any], list[Any], list[Any]]:
        cost = Cost(time=1, memory_kib=8, lanes=1)
        async with set_stage(
            folder, pin_cost=cost, fidelity=fidelity, recorded=False, agents=[AGENT]
        ) as stage:
            assert WITH_AN_AGENT.agent is not None
            async with asyncio.TaskGroup() as people:
                for scene in (*SCENES, WITH_AN_AGENT):
                    people.create_task(enter(stage, scene))
                telephone = stage.town.telephone(AGENT.station)
                people.create_task(WITH_AN_AGENT.agent(telephone))
            await stage.finish()
            bank = stage.house.bank
            assert bank.database.transact(faults) == []
            ledger = [str(await bank.ledger.last_entries(number, 9)) for number in ACCOUNTS]
            return list(stage.house.card.events), await bank.records.newest(), heard, ledger

    return run(main(), VirtualClock())


ACCOUNTS = (scenes.ADA, scenes.BENNO)

TICKS = timedelta(milliseconds=50)
"""A key that sounds may be heard a tick sooner or later than one that is told, and who waits for
its answer speaks at the next step of his own."""


def call_by_call(events: list[Event]) -> list[Event]:
    return sorted(events, key=lambda event: event.call or "")


def settled(event: Event) -> dict[str, Any]:
    """What an event says, but for when."""
    return {name: fact for name, fact in event.facts.items() if name != "start"}


def test_all_scenes_have_the_same_outcomes_with_sound_and_without(tmp_path: Path) -> None:
    played = {fidelity: play_all(tmp_path / fidelity, fidelity) for fidelity in FIDELITIES}
    (events, records, heard, ledger), (told, notes, clips, books) = played.values()
    for record, note in zip(records, notes, strict=True):
        assert abs(note.ended_at - record.ended_at) <= TICKS
        assert (
            replace(
                note,
                ended_at=record.ended_at,
                duration_ms=record.duration_ms,
                billed_s=record.billed_s,
            )
            == record
        )
    assert books == ledger
    for one, other in zip(call_by_call(events), call_by_call(told), strict=True):
        assert (one.name, one.call, settled(one)) == (other.name, other.call, settled(other))
        assert abs(one.sample - other.sample) <= 400, one
    assert [who for who, _ in clips] == [who for who, _ in heard]
    for (_, sound), (_, quiet) in zip(heard, clips, strict=True):
        assert [name for name, _ in quiet] == [name for name, _ in sound]
        for (_, one_start), (_, other_start) in zip(sound, quiet, strict=True):
            assert other_start == pytest.approx(one_start, abs=400)


def test_a_house_without_sound_records_nothing_and_says_so_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        cost = Cost(time=1, memory_kib=8, lanes=1)
        async with set_stage(tmp_path, pin_cost=cost, fidelity="events") as stage:
            for scene in SCENES[2:3] * 2:
                async with stage.town.subscriber(scene.caller) as caller:
                    await scene.play(caller)
            await stage.finish()
            assert [record.recording for record in await stage.house.bank.records.newest()] == [
                "",
                "",
            ]

    run(main(), VirtualClock())
    assert [text for text in caplog.messages if "recorded" in text] == [
        "no call is recorded: this house carries events and no sound"
    ]
    assert not list(tmp_path.rglob("*.wav"))


def test_an_unknown_fidelity_is_one_sentence() -> None:
    with pytest.raises(ValueError, match=r"^fidelity: want one of sound, events, got 'silence'$"):
        telcard.open("emulator:d300sc_e1", fidelity="silence")
