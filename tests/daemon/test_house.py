"""The house: what stands in its way is told, and a full disk does not close the hotline."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from telcard.bank import CallRecord, Cost, sample
from telcard.clock import VirtualClock, current, run
from telcard.countries import Country, country
from telcard.daemon import Config, House, open_house, prepare
from telcard.daemon.config import (
    AgentSection,
    BankSection,
    ChassisSection,
    DeskSection,
    FaxSection,
    PromptsSection,
    RecordingsSection,
    SpanSection,
    load,
)
from telcard.daemon.control import control_socket
from telcard.engine import Alarm
from telcard.errors import ConfigError, LineError
from telcard.exchange import Town
from telcard.rehearsal.scenes import ADA, identify
from telcard.rehearsal.stage import HOTLINE, SAMPLE_PINS
from telcard.signalling import Cause
from tests.support.exchange import Circuit, far_exchange

Scene = Callable[[House, Circuit], Awaitable[None]]
CHEAP = Cost(time=1, memory_kib=8, lanes=1)


def config_below(folder: Path, **sections) -> Config:
    """One E1 as the far exchange of these tests speaks, unless `sections` have others."""
    bits = SpanSection(signalling="cas")
    cards = sections.setdefault("chassis", ChassisSection(cards=("emulator:d300sc_e1",))).cards
    sections["span"] = (bits,) * sum(card.endswith("_e1") for card in cards)
    return load_with(folder, "").model_copy(update=sections)


def load_with(folder: Path, text: str) -> Config:
    """The configuration of a file with this text."""
    file = folder / "hotline.toml"
    file.write_text(text)
    return load(file)


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
        status = house.status()
        (call,) = status["calls"]
        assert status["bus"]["taken"] == 60
        assert len(status["bus"]["routes"]) == 2
        assert status["clock"] == {
            "master": "d300sc_e1",
            "reference": "dtiB1",
            "state": "preferred",
            "roles": {"d300sc_e1": "network"},
        }
        assert house.counters()["calls_offered"] == 1
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


def with_desk(folder: Path, *agents: AgentSection, cards: tuple[str, ...] = ()) -> Config:
    return config_below(
        folder,
        chassis=ChassisSection(cards=("emulator:d300sc_e1", *cards)),
        desk=DeskSection(agents=agents),
    )


ANNA = AgentSection(name="Anna", station="msiB1C1", ready=True)
BERT = AgentSection(name="Bert", station="msiB1C2")


def test_a_house_with_agents_has_a_desk(tmp_path: Path) -> None:
    async def scene(house: House, circuit: Circuit) -> None:
        agents = house.desk_status()["agents"]
        assert [(agent["name"], agent["status"]) for agent in agents] == [
            ("Anna", "ready"),
            ("Bert", "logged out"),
        ]
        for word, status in (("ready", "ready"), ("logged-out", "logged out")):
            (bert,) = house.set_agent("Bert", word)["agents"]
            assert bert["status"] == status
        (anna,) = house.set_agent("Anna", "not-ready", "lunch")["agents"]
        assert (anna["status"], anna["reason"]) == ("not ready", "lunch")
        for words, told in (
            (("Anna", "asleep"), "agent Anna: want ready, not-ready or logged-out, got 'asleep'"),
            (("Anna", "ready", "lunch"), "agent Anna: want a reason for not-ready alone"),
            (("Anna", "not-ready"), "agent Anna: want a reason"),
            (("Zoe", "ready"), "want an agent of Anna, Bert, got 'Zoe'"),
        ):
            with pytest.raises(ConfigError, match=told):
                house.set_agent(*words)

    play(with_desk(tmp_path, ANNA, BERT, cards=("emulator:msi_240sc",)), scene)


def test_a_house_without_agents_has_none_to_show(tmp_path: Path) -> None:
    async def scene(house: House, circuit: Circuit) -> None:
        assert house.desk is None
        with pytest.raises(ConfigError, match="agents: this house has no agents"):
            house.desk_status()

    play(config_below(tmp_path), scene)


def test_agents_want_stations_that_there_are(tmp_path: Path) -> None:
    async def scene(house: House, circuit: Circuit) -> None:
        raise AssertionError("it must not come so far")

    with pytest.raises(ConfigError, match="agents: agent Anna: want a card with telephones"):
        play(with_desk(tmp_path, ANNA), scene)
    wrong = AgentSection(name="Cleo", station="msiB1C25")
    with pytest.raises(ConfigError, match="want one of msiB1C1 to msiB1C24, got station"):
        play(with_desk(tmp_path, wrong, cards=("emulator:msi_240sc",)), scene)


def test_the_status_tells_the_health_of_every_line(tmp_path: Path) -> None:
    async def scene(house: House, circuit: Circuit) -> None:
        (name,) = house.status()["lines"]
        assert name == "emulator:d300sc_e1 dtiB1"
        span = house.card.board.spans[0]
        span.set_signal(received=Alarm.AIS)
        span.slip(2)
        await asyncio.sleep(0.1)
        assert house.status()["lines"][name] == {"alarms": "AIS", "slips": 2, "bit_errors": 0}
        span.set_signal()
        await asyncio.sleep(0.1)
        assert house.status()["lines"][name]["alarms"] == "NONE"

    play(config_below(tmp_path), scene)


def test_a_chassis_without_a_span_answers_no_call(tmp_path: Path) -> None:
    config = config_below(tmp_path, chassis=ChassisSection(cards=("emulator:cp6_sc",)))
    prepare(config)

    async def main() -> None:
        async with open_house(config, pin_cost=CHEAP):
            pass

    with pytest.raises(ConfigError, match="want a card that has a span or lines for calls, got"):
        run(main(), VirtualClock())


ONE_CARD = """
[chassis]
cards = ["emulator:d300sc_e1"]
"""

E1_AND_R2 = """
country = "BR"
[chassis]
cards = ["emulator:d300sc_e1"]
[[span]]
signalling = "r2"
overrides = { digits_s = 2.0 }
"""

FOUR_LINES = """
country = "US"
[chassis]
cards = ["emulator:d41esc"]
[[lines]]
numbers = "95588"
"""


@pytest.mark.parametrize(
    ("text", "fidelity", "signalling"),
    [(E1_AND_R2, "events", "r2"), (FOUR_LINES, "sound", "fxo")],
    ids=["r2", "fxo"],
)
def test_a_caller_hears_his_balance_over_what_the_file_says(
    tmp_path: Path, text: str, fidelity: str, signalling: str
) -> None:
    config = load_with(tmp_path, text + '[prompts]\nlanguage = "en"')

    async def main() -> list[CallRecord]:
        async with open_house(config, pin_cost=CHEAP, fidelity=fidelity) as house:
            sample.build(house.bank, SAMPLE_PINS, current().utc().date())
            prompts, land = house.card.prompts, config.country
            async with Town(house.card.far_ends, prompts, country=land) as town:
                await asyncio.sleep(0.5)
                serving = asyncio.create_task(house.run())
                async with town.subscriber("02154321") as caller:
                    await caller.dial(HOTLINE)
                    await identify(caller, ADA, SAMPLE_PINS[ADA])
                    await caller.hear("for_your_balance", eventually=True)
                    await caller.press("1")
                    await caller.hear("your_balance_is", eventually=True)
                    await caller.hang_up()
                if signalling == "r2":
                    told = house.traced()
                    said = [text for *_, text in told["signals"]]
                    assert 'dtiB1T1 -> A-1 "send next digit"' in said
                    assert told["count"] == len(said)
                    assert "dtiB1T1 -> 0101 (answered (incoming))" in said
                    assert house.traced("dtiB1", str(told["count"] - 1))["signals"] == [
                        told["signals"][-1]
                    ]
                await house.drain()
                await serving
                return await house.bank.records.newest()

    prepare(config)
    (record,) = run(main(), VirtualClock())
    assert (record.caller, record.called) == ("02154321", HOTLINE)
    assert (record.disposition, record.reason) == ("ANSWERED", "caller hung up")
    assert (record.signalling, record.done) == (signalling, "balance")


def test_two_cards_serve_callers_side_by_side(tmp_path: Path) -> None:
    cards = ("emulator:d300sc_e1", "emulator:d300sc_e1")
    config = config_below(tmp_path, chassis=ChassisSection(cards=cards))

    async def scene(house: House, circuit: Circuit) -> None:
        async with far_exchange(house.chassis.cards[1].far_ends[0], 1) as (other,):
            await asyncio.gather(ring_and_go(circuit), ring_and_go(other))
        assert len(await house.bank.records.newest()) == 2
        assert list(house.status()["boards"]) == [cards[0], cards[0] + "#2"]

    play(config, scene)


def test_the_prompts_are_in_the_countrys_language_unless_one_is_given(tmp_path: Path) -> None:
    opened: list[tuple[str, Country | None]] = []

    async def look(house: House, circuit: Circuit) -> None:
        opened.append((house.card.prompts.language, house.chassis.country))

    china = config_below(tmp_path, country=country("CN"))
    with pytest.raises(ConfigError, match="country CN: its callers speak 'zh', telcard has clips"):
        play(china, look)
    play(china.model_copy(update={"prompts": PromptsSection(language="en")}), look)
    play(config_below(tmp_path, country=country("GB")), look)
    assert opened == [("en", country("CN")), ("en", country("GB"))]


def test_frames_of_a_d_channel_are_given_by_their_numbers(tmp_path: Path) -> None:
    config = load_with(tmp_path, ONE_CARD)

    async def main() -> None:
        async with open_house(config, pin_cost=CHEAP) as house:
            serving = asyncio.create_task(house.run())
            await asyncio.sleep(2)
            answer = house.traced()
            assert (answer["trunk"], answer["side"]) == ("dtiB1", "user")
            assert answer["count"] == len(answer["frames"]) > 0
            (number, at_ns, sent, octets), *rest = answer["frames"]
            assert (number, sent, octets) == (1, True, "00017f")
            assert abs(at_ns / 1e9 - current().utc().timestamp()) < 5
            assert house.traced("dtiB1", "1")["frames"] == rest
            with pytest.raises(
                ConfigError, match=r"want a trunk with a D-channel or line bits \(dtiB1\), got 'x'"
            ):
                house.traced("x")
            with pytest.raises(ConfigError, match="want the number of a frame, got 'x'"):
                house.traced("dtiB1", "x")
            await house.drain()
            await serving

    prepare(config)
    run(main(), VirtualClock())


def test_trunks_are_blocked_restarted_and_shown_with_their_lines(tmp_path: Path) -> None:
    config = load_with(tmp_path, ONE_CARD)

    def circuits(answer: dict[str, Any]) -> list[dict[str, Any]]:
        (trunk,) = answer["trunks"]
        return list(trunk["circuits"])

    async def main() -> None:
        async with (
            open_house(config, pin_cost=CHEAP, fidelity="events") as house,
            Town(house.card.far_ends, {"welcome": house.card.prompts["welcome"]}) as town,
            town.subscriber("02154321") as caller,
        ):
            serving = asyncio.create_task(house.run())
            await asyncio.sleep(20)
            one = circuits(house.set_trunk("dtiB1T7", "block"))
            assert [known["name"] for known in one if known["blocked"] == "here"] == ["dtiB1T7"]
            every = circuits(house.set_trunk("dtiB1", "block"))
            assert {known["blocked"] for known in every} == {"here"}
            with pytest.raises(LineError) as refused:
                await caller.dial("95588")
            assert refused.value.cause == Cause.CHANNEL_NOT_AVAILABLE
            none = circuits(house.set_trunk("dtiB1", "unblock"))
            assert {known["blocked"] for known in none} == {""}
            await caller.dial("95588")
            (busy,) = (one for one in circuits(house.trunks_status()) if one["call"])
            assert (busy["direction"], busy["caller"], busy["called"]) == (
                "in", "02154321", "95588",
            )  # fmt: skip
            house.set_trunk(busy["name"], "restart")
            await caller.hung_up_by_far_end(1)
            await caller.hang_up()
            await asyncio.sleep(1)
            answer = json.loads(json.dumps(house.trunks_status()))  # as the control socket sends it
            (trunk,) = answer["trunks"]
            assert (trunk["signalling"], trunk["offered"], trunk["failed"]) == ("pri", 1, 1)
            line = trunk["lines"]["dtiB1"]
            assert (line["alarms"], line["failures"], line["framing"]) == ("NONE", [], "")
            assert line["day"]["seconds"] >= 20
            assert line["day"]["es"] == 1  # before the town was there
            await house.drain()
            await serving

    prepare(config)
    run(main(), VirtualClock())


def test_what_cannot_be_done_with_a_trunk_is_told_in_a_sentence(tmp_path: Path) -> None:
    control = tmp_path / "telcard.sock"

    async def scene(house: House, circuit: Circuit) -> None:
        answers = {"trunk": lambda name, wish: house.set_trunk(name, wish)}
        async with control_socket(control, answers):
            for question, said in (
                ("trunk dtiB9 block", "want a trunk (dtiB1) or one of its circuits, got 'dtiB9'"),
                ("trunk dtiB1T99 block", "or one of its circuits, got 'dtiB1T99'"),
                ("trunk dtiB1 explode", "dtiB1: want block, unblock or restart, got 'explode'"),
                ("trunk dtiB1", "want trunk name wish"),
            ):
                reader, writer = await asyncio.open_unix_connection(control)
                writer.write(question.encode() + b"\n")
                assert said in json.loads(await reader.readline())["error"]
                writer.close()
        assert not any(known["blocked"] for known in house.trunks_status()["trunks"][0]["circuits"])

    play(config_below(tmp_path), scene)


def test_a_house_that_shall_fax_wants_a_card_that_can(tmp_path: Path) -> None:
    config = config_below(tmp_path, fax=FaxSection())
    prepare(config)
    told = r"^fax: want a card that can fax, such as emulator:cp6_sc, got emulator:d300sc_e1$"
    with pytest.raises(ConfigError, match=told):
        run(opened(config), VirtualClock())
    cards = ChassisSection(cards=("emulator:d300sc_e1", "emulator:cp6_sc"))
    config = config_below(tmp_path, chassis=cards, fax=FaxSection(keep_free=30))
    told = r"^fax\.keep_free: want fewer than the 30 circuits that there are, got 30$"
    with pytest.raises(ConfigError, match=told):
        run(opened(config), VirtualClock())
    font = tmp_path / "font.ttf"
    font.write_bytes(b"no font")
    config = config_below(tmp_path, chassis=cards, fax=FaxSection(font=font))
    with pytest.raises(ConfigError, match=r"^fax\.font: .*cannot be read as a font"):
        run(opened(config), VirtualClock())


def test_a_house_without_sound_sends_no_fax_and_says_so(tmp_path: Path, caplog) -> None:
    cards = ChassisSection(cards=("emulator:d300sc_e1", "emulator:cp6_sc"))
    config = config_below(tmp_path, chassis=cards, fax=FaxSection())
    prepare(config)
    run(opened(config, fidelity="events"), VirtualClock())
    assert "no fax is sent: this house carries events and no sound" in caplog.text


async def opened(config: Config, **options: Any) -> None:
    async with open_house(config, pin_cost=CHEAP, **options) as house:
        assert house.status()["faxes"] is None
