"""The stage itself: built from nothing, used again, and struck whatever happens."""

import asyncio
from pathlib import Path

import pytest

from telcard.bank import Cost
from telcard.clock import VirtualClock, run
from telcard.countries import country
from telcard.rehearsal import SAMPLE_PINS, set_stage

CHEAP = Cost(time=1, memory_kib=8, lanes=1)


def test_a_stage_serves_the_sample_bank(on_stage) -> None:
    async def play(stage) -> None:
        for account in SAMPLE_PINS:
            assert (await stage.house.bank.ledger.balance(account)).currency == "USD"
        await asyncio.sleep(2)
        assert stage.house.status()["circuits"] == {"idle": 30}

    on_stage(play)


def test_a_stage_may_be_set_again_over_the_same_books(tmp_path: Path) -> None:
    async def main() -> str:
        async with set_stage(tmp_path, recordings=tmp_path / "r", pin_cost=CHEAP) as stage:
            await stage.finish()
            return str(await stage.house.bank.ledger.balance("10020030"))

    assert run(main(), VirtualClock()) == run(main(), VirtualClock())
    assert (tmp_path / "r").is_dir()


def test_a_play_that_fails_strikes_the_stage_too(tmp_path: Path) -> None:
    async def main() -> None:
        async with (
            set_stage(tmp_path, pin_cost=CHEAP) as stage,
            stage.town.subscriber("1") as caller,
        ):
            await caller.dial("95588")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(main(), VirtualClock())


def test_house_and_town_stand_in_one_country(tmp_path: Path) -> None:
    async def main() -> None:
        stage = set_stage(tmp_path, pin_cost=CHEAP, fidelity="events", country=country("BR"))
        async with stage as set_:
            assert set_.house.chassis.country is set_.town.country is country("BR")
            assert set_.house.card.prompts.language == "en"

    run(main(), VirtualClock())
