"""The house: what stands in its way is told, and a full disk does not close the hotline."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from telcard.bank import Cost
from telcard.clock import VirtualClock, run
from telcard.daemon import Config, House, open_house, prepare
from telcard.daemon.config import BankSection, RecordingsSection, load
from telcard.errors import ConfigError
from tests.support.exchange import Circuit, far_exchange

Scene = Callable[[House, Circuit], Awaitable[None]]
CHEAP = Cost(time=1, memory_kib=8, lanes=1)


def config_below(folder: Path, **sections) -> Config:
    empty = folder / "hotline.toml"
    empty.write_text("")
    return load(empty).model_copy(update=sections)


def play(config: Config, scene: Scene) -> None:
    async def main() -> None:
        async with (
            open_house(config, pin_cost=CHEAP) as house,
            far_exchange(house.card.far_ends[0], 1) as (circuit,),
        ):
            serving = asyncio.create_task(house.run())
            await scene(house, circuit)
            await house.drain()
            await serving

    prepare(config)
    run(main(), VirtualClock())


async def ring_and_go(circuit: Circuit, after_s: float = 1.0) -> None:
    await circuit.dial()
    await circuit.until("Answered")
    await asyncio.sleep(after_s)
    circuit.clear()
    await circuit.until("Released")


def test_a_call_is_recorded_and_on_record(tmp_path: Path) -> None:
    config = config_below(tmp_path)

    async def scene(house: House, circuit: Circuit) -> None:
        await circuit.dial()
        await circuit.until("Answered")
        await asyncio.sleep(0.5)
        (call,) = house.status()["calls"]
        assert call["step"] in ("welcome", "account")
        circuit.clear()
        await circuit.until("Released")
        (record,) = await house.bank.records.newest()
        assert record.reason == "caller hung up"
        assert (config.recordings.folder / record.recording).stat().st_size > 1000

    play(config, scene)


def test_recording_may_be_switched_off(tmp_path: Path) -> None:
    recordings = RecordingsSection(enabled=False, folder=tmp_path / "recordings")
    config = config_below(tmp_path, recordings=recordings)

    async def scene(house: House, circuit: Circuit) -> None:
        await ring_and_go(circuit)
        (record,) = await house.bank.records.newest()
        assert record.recording == ""

    play(config, scene)
    assert list(recordings.folder.iterdir()) == []


def test_a_call_that_cannot_be_recorded_is_served_all_the_same(tmp_path: Path, caplog) -> None:
    config = config_below(tmp_path)

    async def scene(house: House, circuit: Circuit) -> None:
        config.recordings.folder.rmdir()
        await ring_and_go(circuit)
        assert house.card.metrics.value("recordings_failed") == 1
        assert len(await house.bank.records.newest()) == 1

    with caplog.at_level(logging.ERROR):
        play(config, scene)
    assert "is not recorded" in caplog.text


def test_a_call_refused_by_the_card_is_on_record_too(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("telcard.calls.card.WAITING_CALLS", 0)

    async def scene(house: House, circuit: Circuit) -> None:
        await circuit.dial()
        await asyncio.sleep(1)
        circuit.clear()
        await circuit.until("Released")
        (record,) = await house.bank.records.newest()
        assert (record.disposition, record.cause, record.reason) == ("NO ANSWER", 42, "refused")

    play(config_below(tmp_path), scene)


def test_a_caller_who_is_gone_before_his_flow_begins_is_on_record_too(tmp_path: Path) -> None:
    config = config_below(tmp_path)

    async def main() -> None:
        async with (
            open_house(config, pin_cost=CHEAP) as house,
            far_exchange(house.card.far_ends[0], 1) as (circuit,),
        ):
            await circuit.dial()
            await asyncio.sleep(1)
            circuit.clear()
            await asyncio.sleep(1)
            await house.drain()
            await house.run()
            (record,) = await house.bank.records.newest()
            assert (record.disposition, record.reason) == ("NO ANSWER", "caller hung up")

    prepare(config)
    run(main(), VirtualClock())


def test_a_board_that_goes_down_is_no_caller_who_hung_up(tmp_path: Path) -> None:
    async def scene(house: House, circuit: Circuit) -> None:
        await circuit.dial()
        await circuit.until("Answered")
        await asyncio.sleep(0.5)
        house.card.board.board.crash("the watchdog barked")
        await asyncio.sleep(1)
        (record,) = await house.bank.records.newest()
        assert (record.disposition, record.ended_by) == ("FAILED", "failure")
        assert (record.cause, record.reason) == (38, "line lost")

    play(config_below(tmp_path), scene)


def test_a_house_without_its_key_says_what_makes_one(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_house(config_below(tmp_path)):
            pass

    with pytest.raises(ConfigError, match=r"no PIN key; 'telcard setup' makes one"):
        run(main(), VirtualClock())


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    bank = BankSection(database=tmp_path / "file" / "b.sqlite", pin_key=tmp_path / "pin.key")
    with pytest.raises(ConfigError, match="cannot be made: "):
        prepare(config_below(tmp_path, bank=bank))
