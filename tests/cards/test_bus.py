"""The bus: every device has its slot, and who listens to whom holds whatever lanes do."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from telcard.cards import BoardState, Bus, CardSpec, EmulatedCard, Entry, load
from telcard.cards.devices import count
from telcard.clock import VirtualClock, current, run
from telcard.engine import Engine, Lane
from telcard.errors import CardError, NoResource, UnknownCard
from tests.support.line import Ear, noise

E1, FAX, DCB = load("d300sc_e1"), load("cp6_sc"), load("dcb_320sc")
Test = Callable[[Bus, list[EmulatedCard]], Awaitable[None]]
TICK_S = 0.01


def boards(engine: Engine, *specs: CardSpec) -> tuple[Bus, list[EmulatedCard]]:
    bus = Bus()
    cards = [
        EmulatedCard(spec, engine, f"board {number}", bus, count(specs[:number]))
        for number, spec in enumerate(specs)
    ]
    return bus, cards


def on_bus(test: Test, *specs: CardSpec, up: bool = True) -> None:
    """Run `test` with boards on one bus."""

    async def main() -> None:
        engine = Engine(sum(spec.all_lanes for spec in specs) or 1, clock=current())
        bus, cards = boards(engine, *specs)
        try:
            if up:
                for card in cards:
                    await card.bring_up()
            await test(bus, cards)
            for card in cards:
                await card.bring_down()
            assert bus.query().taken == 0
            assert bus.routes() == ()
            assert engine.open_lanes == ()
            assert not any(pool.taken for card in cards for pool in card.pools.values())
        finally:
            engine.close()

    run(main(), VirtualClock())


def far_lane(card: EmulatedCard, timeslot: int, town: Engine) -> Lane:
    far = card.far_ends[0]
    span = next((span for span in town.spans if span.line is far.line), None)
    return (span or town.plug(far.line, far.end)).open_lane(timeslot, detect=False)


def test_every_device_owns_a_slot_from_the_last_stage_on_until_the_board_goes_down() -> None:
    async def test(bus: Bus, cards: list[EmulatedCard]) -> None:
        lines, fax = cards
        stages = E1.firmware.stages
        coming = asyncio.create_task(lines.bring_up())
        await asyncio.sleep(sum(stage.time_s for stage in stages) - 0.01)
        assert lines.status.stage == "announce"
        assert bus.query().taken == 0
        await coming
        await fax.bring_up()
        status = bus.query()
        assert (status.kind, status.slots, status.taken) == ("scbus", 1024, 66)
        assert status.boards == ("board 0", "board 1")
        assert bus.slot("dtiB1T1") == 0
        assert bus.slot("dxxxB1C1") == 30
        assert bus.slot("GFAX1.1") == 60
        assert bus.device(60).kind == "fax"
        await lines.bring_down()
        assert bus.query().taken == 6
        await lines.bring_up()
        assert bus.slot("dtiB1T1") == 0
        lines.board.crash("the watchdog barked")
        assert bus.query().boards == ("board 1",)
        assert lines.status.state is BoardState.FAULT

    on_bus(test, E1, FAX, up=False)


def test_a_download_that_was_reset_in_its_last_stage_announces_nothing() -> None:
    async def test(bus: Bus, cards: list[EmulatedCard]) -> None:
        coming = asyncio.create_task(cards[0].bring_up())
        await asyncio.sleep(sum(stage.time_s for stage in E1.firmware.stages) - 0.01)
        coming.cancel()
        await asyncio.sleep(1)
        assert cards[0].status.state is BoardState.DETECTED
        assert bus.query().taken == 0

    on_bus(test, E1, up=False)


def test_a_board_that_finds_too_few_slots_fails_at_that_stage() -> None:
    async def test(bus: Bus, cards: list[EmulatedCard]) -> None:
        bus.slots = 64
        await cards[1].bring_up()
        with pytest.raises(CardError, match=r"announce \(6 of 6\): board 0: want 60 slots of the "):
            await cards[0].bring_up()
        assert bus.query().taken == 6
        with pytest.raises(NoResource, match="want 60 slots of the scbus, 58 of 64 are free"):
            bus.announce(cards[0])

    on_bus(test, E1, FAX, up=False)


@pytest.mark.parametrize("other", ["dm_v1200_4e1", "keygoe_8e1"])
def test_a_board_whose_bus_does_not_fit_is_refused(other: str) -> None:
    engine = Engine(300)
    with pytest.raises(CardError, match=r"board 1: its bus, h1.0 of 8.192 MHz, does not fit the"):
        boards(engine, E1, load(other))
    engine.close()


def test_boards_without_a_bus_stand_beside_it() -> None:
    async def test(bus: Bus, cards: list[EmulatedCard]) -> None:
        assert bus.query().boards == ("board 1",)
        with (
            cards[0].open_bearer(cards[0].spans[0], 1) as bearer,
            pytest.raises(UnknownCard, match="bus scbus: no device is called 'intf0/line0/"),
        ):
            bus.slot(bearer.device)

    on_bus(test, load("ice1usb"), E1)


def test_a_foreign_device_or_slot_is_refused_in_one_sentence() -> None:
    async def test(bus: Bus, cards: list[EmulatedCard]) -> None:
        with pytest.raises(UnknownCard, match="'dtiB1T31'; did you mean dtiB1T3"):
            bus.listen("dtiB1T31", 0)
        with pytest.raises(UnknownCard, match="no device is called 'xyz'; on it: board 0"):
            bus.unlisten("xyz")
        with pytest.raises(CardError, match="slot 60 belongs to no device; 60 of 1024 have one"):
            bus.listen("dtiB1T1", 60)

    on_bus(test, E1)


def test_one_source_a_listener_and_many_listeners_a_slot() -> None:
    async def test(bus: Bus, cards: list[EmulatedCard]) -> None:
        music = bus.slot("GFAX1.1")
        for line in ("dtiB1T1", "dtiB1T2", "dtiB1T3"):
            bus.listen(line, music)
        bus.listen("dtiB1T2", bus.slot("GFAX1.2"))
        assert [str(route) for route in bus.routes()] == [
            "dtiB1T1 <- GFAX1.1 (slot 60)",
            "dtiB1T2 <- GFAX1.2 (slot 61)",
            "dtiB1T3 <- GFAX1.1 (slot 60)",
        ]
        assert not any(route.live for route in bus.routes())
        bus.unlisten("dtiB1T1")
        bus.unlisten("dtiB1T1")
        assert bus.query().routes == 2

    on_bus(test, E1, FAX)


def test_a_bearer_and_its_voice_are_joined_unless_the_line_listens_elsewhere() -> None:
    async def test(bus: Bus, cards: list[EmulatedCard]) -> None:
        with cards[0].open_bearer(cards[0].spans[0], 1):
            joined = ["dtiB1T1 <- dxxxB1C1 (slot 30)", "dxxxB1C1 <- dtiB1T1 (slot 0)"]
            assert [str(route) for route in bus.routes()] == joined
            assert all(route.live for route in bus.routes())
            bus.listen("dtiB1T1", bus.slot("GFAX1.1"))
            assert str(bus.routes()[0]) == "dtiB1T1 <- GFAX1.1 (slot 60)"
            bus.listen("dxxxB1C1", bus.slot("dtiB1T1"))  # it does so already
            with pytest.raises(CardError, match="dxxxB1C1: it works on the lane of dtiB1T1"):
                bus.listen("dxxxB1C1", bus.slot("dtiB1T2"))
            bus.unlisten("dtiB1T1")
            assert [str(route) for route in bus.routes()] == joined
        assert bus.routes() == ()

    on_bus(test, E1, FAX)


def test_a_fax_channel_hears_a_line_of_another_board_and_is_heard_by_it() -> None:
    """Both ways at no tick: what is played at tick n is at the far end one tick later."""

    async def test(bus: Bus, cards: list[EmulatedCard]) -> None:
        lines, faxes = cards
        town = Engine(1, clock=current(), name="town")
        far = far_lane(lines, 1, town)
        with (
            lines.open_bearer(lines.spans[0], 1) as line,
            faxes.open_resource("fax", "call 1") as fax,
        ):
            assert (fax.name, fax.entry.number, fax.slot, fax.owner) == ("GFAX1.1", 1, 60, "call 1")
            assert faxes.resources == (fax,)
            bus.listen(fax.name, line.slot)
            bus.listen("dtiB1T1", fax.slot)
            ears = Ear(fax.lane), Ear(far)
            sent, answered = far.play([noise(800)]), fax.lane.play([noise(400, 2)])
            await asyncio.sleep(0.2)
            assert (ears[0].speech, ears[1].speech) == (noise(800), noise(400, 2))
            assert sent.outcome is not None
            assert answered.outcome is not None
            assert ears[0].begin() - sent.outcome.start == 80
            assert ears[1].begin() - answered.outcome.start == 80
        town.close()

    on_bus(test, E1, FAX)


def test_devices_are_joined_for_as_long_as_a_block_lasts() -> None:
    async def test(bus: Bus, cards: list[EmulatedCard]) -> None:
        with bus.joined("dtiB1T1", "GFAX1.1"), bus.joined("dtiB1T2", "GFAX1.2"):
            assert len(bus.routes()) == 4
            bus.listen("dtiB1T1", bus.slot("GFAX1.3"))
        assert [str(route) for route in bus.routes()] == ["dtiB1T1 <- GFAX1.3 (slot 62)"]
        bus.unlisten("dtiB1T1")
        with pytest.raises(UnknownCard), bus.joined("dtiB1T1", "GFAX1.9"):
            pass
        with bus.joined("GFAX1.1", "dtiB1T2"):
            await cards[1].bring_down()
        assert bus.routes() == ()

    on_bus(test, E1, FAX)


def test_routes_survive_lanes_that_close_and_open_again() -> None:
    async def test(bus: Bus, cards: list[EmulatedCard]) -> None:
        lines, faxes = cards
        town = Engine(1, clock=current(), name="town")
        far = far_lane(lines, 1, town)
        bus.listen("dtiB1T1", bus.slot("GFAX1.1"))
        for seed in (1, 2):
            fax = faxes.open_resource("fax", "call")
            bearer = lines.open_bearer(lines.spans[0], 1)
            heard = Ear(far)
            fax.lane.play([noise(800, seed)])
            await asyncio.sleep(0.2)
            assert heard.speech == noise(800, seed)
            if seed == 1:  # now the one, then the other is the first to come back
                fax.close()
                with faxes.open_resource("fax", "call") as again:
                    heard = Ear(far)
                    again.lane.play([noise(160, 3)])
                    await asyncio.sleep(0.1)
                    assert heard.speech == noise(160, 3)
            bearer.close()
            fax.close()
            await asyncio.sleep(2 * TICK_S)
        assert len(bus.routes()) == 1
        town.close()

    on_bus(test, E1, FAX)


def test_a_voice_by_itself_is_music_for_many_lines() -> None:
    async def test(bus: Bus, cards: list[EmulatedCard]) -> None:
        (card,) = cards
        town = Engine(3, clock=current(), name="town")
        with card.open_resource("voice", "music", number=30) as music:
            assert music.name == "dxxxB8C2"
            bearers = [card.open_bearer(card.spans[0], timeslot) for timeslot in (1, 2, 3)]
            ears = [Ear(far_lane(card, timeslot, town)) for timeslot in (1, 2, 3)]
            for bearer in bearers:
                bus.listen(bearer.device, music.slot)
            music.lane.play([noise(800)])
            await asyncio.sleep(0.2)
            assert [ear.speech for ear in ears] == [noise(800)] * 3
            for bearer in bearers:
                bearer.close()
        town.close()

    on_bus(test, E1)


def test_one_line_may_hear_the_voice_that_plays_to_another() -> None:
    async def test(bus: Bus, cards: list[EmulatedCard]) -> None:
        (card,) = cards
        town = Engine(2, clock=current(), name="town")
        with (
            card.open_bearer(card.spans[0], 1) as first,
            card.open_bearer(card.spans[0], 2) as second,
        ):
            bus.listen(second.device, bus.slot(first.name))
            ears = [Ear(far_lane(card, timeslot, town)) for timeslot in (1, 2)]
            first.lane.play([noise(800)])
            await asyncio.sleep(0.2)
            assert [ear.speech for ear in ears] == [noise(800)] * 2
        town.close()

    on_bus(test, E1)


def test_a_board_that_goes_down_takes_its_routes_and_resources_with_it() -> None:
    async def test(bus: Bus, cards: list[EmulatedCard]) -> None:
        lines, faxes = cards
        with lines.open_bearer(lines.spans[0], 1) as line:
            fax = faxes.open_resource("fax", "call 1")
            bus.listen("dtiB1T1", fax.slot)
            bus.listen(fax.name, line.slot)
            await faxes.bring_down()
            assert faxes.resources == ()
            assert not fax.lane.is_open
            assert line.lane.is_open
            assert line.lane.source is None
            assert [route.source for route in bus.routes()] == ["dxxxB1C1", "dtiB1T1"]
            with pytest.raises(CardError, match="cannot open a resource 'fax', the board is det"):
                faxes.open_resource("fax", "call 2")

    on_bus(test, E1, FAX)


def test_what_cannot_be_opened_as_a_resource_says_so() -> None:
    async def test(bus: Bus, cards: list[EmulatedCard]) -> None:
        conferences, faxes = cards
        with pytest.raises(CardError, match="board 1: no pool is called 'voice'; it has fax"):
            faxes.open_resource("voice", "me")
        with pytest.raises(CardError, match="cannot open a party, nothing mixes conferences yet"):
            conferences.open_resource("conference", "me")
        taken = [faxes.open_resource("fax", "load") for _ in range(6)]
        with pytest.raises(NoResource, match=r"pool fax: all 6 are taken, by load \(6\)"):
            faxes.open_resource("fax", "one more")
        for resource in taken:
            resource.close()
            resource.close()  # harmless
        assert repr(taken[0]) == "<Resource GFAX1.1, closed>"

    on_bus(test, DCB, FAX)


def test_an_engine_without_a_lane_leaves_no_resource_taken() -> None:
    async def test(bus: Bus, cards: list[EmulatedCard]) -> None:
        engine = cards[0].engine
        lanes = [engine.open_resource(f"other {n}") for n in range(engine.free_lanes)]
        with pytest.raises(NoResource, match="lanes are taken"):
            cards[0].open_resource("fax", "me")
        assert cards[0].pools["fax"].free == 6
        for lane in lanes:
            lane.close()

    on_bus(test, FAX)


def test_a_board_without_voice_of_its_own_borrows_one() -> None:
    """The pool of the lender counts it; when that board goes, so does the bearer."""

    async def test(bus: Bus, cards: list[EmulatedCard]) -> None:
        mute, lender = cards
        bearer = mute.open_bearer(mute.spans[0], 1, "call 1")
        assert (bearer.name, bearer.device) == ("dxxxB1C1", "dtiB1T1")
        assert lender.pools["voice"].taken[0].owner == "call 1"
        bearer.close()
        assert lender.pools["voice"].free == 30
        bearer = mute.open_bearer(mute.spans[0], 1, "call 2")
        lender.board.crash("the watchdog barked")
        assert not bearer.lane.is_open
        assert mute.bearers == ()
        with pytest.raises(CardError, match="has none, nor has another on its bus"):
            mute.open_bearer(mute.spans[0], 1)

    on_bus(test, replace(E1, pools=()), E1)


def test_a_board_whose_voice_has_run_out_borrows_one() -> None:
    small = replace(E1, pools=(replace(E1.pools[0], size=1),))

    async def test(bus: Bus, cards: list[EmulatedCard]) -> None:
        few, many = cards
        bearers = [few.open_bearer(few.spans[0], timeslot) for timeslot in (1, 2, 3)]
        assert [bearer.name for bearer in bearers] == ["dxxxB1C1", "dxxxB2C1", "dxxxB2C2"]
        assert (few.pools["voice"].free, many.pools["voice"].free) == (0, 28)
        others = [many.pools["voice"].take("load") for _ in range(28)]
        with pytest.raises(NoResource, match="pool voice: all 1 are taken, by dtiB1T1"):
            few.open_bearer(few.spans[0], 4)
        for held in (*bearers, *others):
            (held.give if isinstance(held, Entry) else held.close)()

    on_bus(test, small, E1)
