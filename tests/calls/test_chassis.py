"""Several cards in one chassis: they come up, serve and go down together."""

import asyncio

import pytest

import telcard
from telcard.calls import Call
from telcard.cards import ClockState, StageFault, emulator
from telcard.countries import country
from telcard.dsp.dtmf_profiles import DtmfProfile
from telcard.engine import ToneSegment
from telcard.errors import CardError, ConfigError, LineError
from telcard.exchange import Town
from telcard.speech import ClipLibrary
from tests.support.exchange import far_exchange

E1 = "emulator:d300sc_e1"


def virtual(main):
    return telcard.run(main, telcard.VirtualClock())


def test_two_cards_of_a_model_are_told_apart() -> None:
    chassis = telcard.open_chassis(E1, "emulator:cp6_sc", E1)
    names = [card.name for card in chassis.cards]
    assert names == [E1, "emulator:cp6_sc", E1 + "#2"]
    assert "down" in repr(chassis)


def test_a_chassis_wants_a_card() -> None:
    with pytest.raises(ValueError, match="want the name of a card, got none"):
        telcard.open_chassis()


def test_a_chassis_that_is_not_up_says_so() -> None:
    chassis = telcard.open_chassis(E1, E1, signalling="cas")
    for what in ("engine", "clock"):
        with pytest.raises(CardError, match="chassis of 2 cards: it "):
            getattr(chassis, what)


def test_a_card_among_others_is_brought_up_with_them_alone() -> None:
    async def main() -> None:
        with pytest.raises(CardError, match="it is one of 2 cards; bring its chassis up"):
            async with telcard.open_chassis(E1, E1).cards[1]:
                pass

    virtual(main())


def test_a_card_alone_is_a_chassis_of_one() -> None:
    async def main() -> None:
        async with telcard.open(E1, signalling="cas") as card:
            assert card.chassis.cards == (card,)
            assert card.engine is card.chassis.engine
            with pytest.raises(CardError, match="up already"):
                await card.chassis.__aenter__()

    virtual(main())


def test_calls_of_two_cards_are_bridged_at_no_cost() -> None:
    """What one caller sends is on the other's line two ticks later: one each way, none between."""
    sound = bytes(range(80))

    async def main() -> None:
        async with (
            telcard.open_chassis(E1, E1, signalling="cas") as chassis,
            far_exchange(chassis.cards[0].far_ends[0], 1) as (ours,),
            far_exchange(chassis.cards[1].far_ends[0], 1) as (theirs,),
        ):
            offered: list[Call] = []
            together = asyncio.Event()

            async def flow(call: Call) -> None:
                await call.answer()
                offered.append(call)
                if len(offered) == 2:
                    together.set()
                    await offered[0].bridge(offered[1])
                else:
                    await together.wait()
                    await asyncio.sleep(60)

            serving = asyncio.create_task(chassis.serve(flow))
            await asyncio.gather(ours.dial(), theirs.dial())
            await together.wait()
            await asyncio.sleep(0.1)
            heard: list[tuple[bytes, int]] = []
            theirs.lane.tap(lambda octets, at: heard.append((octets, at)), look_back=False)
            played = ours.lane.play([sound])
            await asyncio.sleep(0.2)
            assert played.outcome is not None
            (at,) = [at for octets, at in heard if octets == sound]
            assert at - played.outcome.start == 2 * 80
            assert len({call.id for call in chassis.calls}) == 2
            assert len(chassis.circuits()) == 60
            await chassis.drain()
            for circuit in (ours, theirs):
                circuit.clear()
            await serving
            assert chassis.calls == []

    virtual(main())


def test_a_card_that_fails_is_named_and_the_others_go_down(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    boards: list[emulator.EmulatedCard] = []

    class Failing(emulator.EmulatedCard):
        def __init__(self, *args, **kwargs) -> None:
            super().__init__(*args, **kwargs)
            boards.append(self)
            if len(boards) == 2:
                self.hardware.faults["verify"] = StageFault.REFUSED

    monkeypatch.setattr("telcard.calls.chassis.EmulatedCard", Failing)

    async def main() -> None:
        chassis = telcard.open_chassis(E1, E1, signalling="cas")
        with pytest.raises(
            CardError, match=r"^emulator:d300sc_e1#2: it does not come up: .* stage verify"
        ):
            async with chassis:
                pass
        assert [str(board.status) for board in boards] == ["detected", "detected"]
        assert "down" in repr(chassis)

    virtual(main())


def test_a_fax_board_serves_a_call_on_the_line_of_another_board() -> None:
    """The town calls over the D/300SC-E1; a fax channel of the CP6/SC hears and answers."""
    page = bytes(range(128)) * 20

    async def main() -> None:
        async with (
            telcard.open_chassis(E1, "emulator:cp6_sc", signalling="cas") as chassis,
            far_exchange(chassis.cards[0].far_ends[0], 3) as (circuit,),
        ):
            faxes = chassis.cards[1].board
            done = asyncio.Event()
            received = bytearray()

            async def flow(call: Call) -> None:
                await call.answer()
                with (
                    faxes.open_resource("fax", call.id) as fax,
                    chassis.bus.joined(call.circuit, fax.name),
                ):
                    fax.lane.tap(lambda octets, at: received.extend(octets), look_back=False)
                    tones = fax.lane.tones([ToneSegment(3.0, 2100.0, level1_dbm0=-12.0)])
                    await done.wait()
                    assert tones.outcome is not None

            serving = asyncio.create_task(chassis.serve(flow))
            await circuit.dial()
            await circuit.until("Answered")
            await asyncio.sleep(0.1)
            assert faxes.pools["fax"].taken[0].owner == chassis.calls[0].id
            circuit.lane.play([page])
            await asyncio.sleep(1)
            assert circuit.lane.query().level_dbm0 == pytest.approx(-12.0, abs=0.5)
            assert page in received
            done.set()
            await circuit.until("ClearedBack")
            circuit.clear()
            await chassis.drain()
            await serving
            assert chassis.bus.routes() == ()
            assert chassis.bus.query().taken == 66

    virtual(main())


def test_cards_that_cannot_share_a_bus_are_refused_at_once() -> None:
    with pytest.raises(CardError, match=r"dm_v1200_4e1: its bus, h100 of 8\.192 MHz, does not fit"):
        telcard.open_chassis(E1, "emulator:dm_v1200_4e1")


def test_cards_without_spans_come_up_alone() -> None:
    async def main() -> None:
        for name in ("emulator:cp6_sc", "emulator:dcb_320sc"):
            async with telcard.open(name) as card:
                assert card.circuits() == []
                assert card.chassis.bus.query().taken == card.spec.pools[0].size

    virtual(main())


def test_devices_of_a_second_card_are_numbered_on() -> None:
    async def main() -> None:
        async with telcard.open_chassis(E1, E1, signalling="cas") as chassis:
            names = [circuit.name for circuit in chassis.circuits()]
            assert (names[0], names[30]) == ("dtiB1T1", "dtiB2T1")
            assert chassis.bus.query().taken == 120

    virtual(main())


def test_a_chassis_tells_who_gives_the_clock() -> None:
    async def main() -> None:
        chassis = telcard.open_chassis(E1, E1, signalling="cas")
        with pytest.raises(CardError, match="it is not up"):
            _ = chassis.clocking
        async with chassis:
            assert chassis.clocking.query().state is ClockState.INTERNAL
            async with far_exchange(chassis.cards[1].far_ends[0], 1):
                await asyncio.sleep(0.1)
                assert chassis.clocking.query().reference == "dtiB2"
        facts = [event.facts for event in chassis.events if event.name == "clock_master"]
        assert facts[0] == {"master": "d300sc_e1#2", "reference": "dtiB2", "state": "fallback"}

    virtual(main())


@pytest.mark.parametrize("fidelity", ["sound", "events"])
@pytest.mark.parametrize("code", ["GB", "US", "IN", None])
def test_who_is_refused_hears_the_congestion_of_the_country(
    code: str | None, fidelity: str
) -> None:
    clips = ClipLibrary()

    async def refuse(call: Call) -> None:
        await call.hang_up(42)

    async def main() -> None:
        async with (
            telcard.open(
                E1, prompts=clips, country=code, fidelity=fidelity, signalling="cas"
            ) as card,
            Town(card.far_ends, {"hum": b"\x55" * 8000}, country=code) as town,
        ):
            serving = asyncio.create_task(card.serve(refuse))
            with pytest.raises(LineError, match="congestion tone") as refused:
                await town.subscriber("02154321").dial("95588")
            assert refused.value.cause == 34
            await card.drain()
            await serving

    virtual(main())


def test_a_country_sets_the_law_of_the_lines_and_the_hooks_of_the_telephones() -> None:
    async def laws(code: str | None) -> tuple[str, str]:
        prompts = ClipLibrary()
        async with telcard.open_chassis(
            E1, "emulator:msi_240sc", country=code, prompts=prompts
        ) as chassis:
            lines, telephones = chassis.cards
            far_ends = [*lines.far_ends, *telephones.far_ends]
            async with Town(far_ends, {"hum": b"\x55" * 8000}, country=code) as town:
                await asyncio.sleep(0.1)  # until the telephones are plugged in
                ringing = asyncio.create_task(telephones.ring("msiB1C1"))
                async with town.telephone("msiB1C1") as phone:
                    await phone.rings()
                    phone.lift()
                    call = await ringing
                    flashed = asyncio.create_task(call.flashed())
                    await phone.flash()  # as long as people there do
                    await flashed
                    await call.hang_up()
            assert chassis.engine.dtmf == DtmfProfile.named(country(code or "ITU").dtmf)
            return lines.far_ends[0].line.law, telephones.far_ends[0].line.law

    assert [virtual(laws(code)) for code in ("DE", "US", None)] == [
        ("a-law", "a-law"),
        ("a-law", "u-law"),
        ("a-law", "u-law"),
    ]


def test_a_country_whose_language_telcard_does_not_speak_wants_prompts() -> None:
    sentence = (
        "country CN: its callers speak 'zh', telcard has clips in en alone; give it prompts, such "
        "as ClipLibrary('en'), or in a configuration the language under [prompts]"
    )
    with pytest.raises(ConfigError) as error:
        telcard.open(E1, country="CN")
    assert str(error.value) == sentence
    assert telcard.open(E1, country="CN", prompts=ClipLibrary()).chassis.country is country("CN")
    assert telcard.open(E1, country=country("CN", language="en")).prompts.language == "en"
    assert telcard.open(E1, country="GB").prompts.language == "en"
    assert telcard.open(E1).chassis.country is None
    with pytest.raises(ConfigError, match="no country has the code 'XX'"):
        telcard.open(E1, country="XX")
