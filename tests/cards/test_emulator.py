"""The emulated card: boots, runs out, gives back, and goes down, in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from telcard.cards import (
    Alarm,
    BoardState,
    CardSpec,
    Carries,
    EmulatedCard,
    EmulatorDriver,
    StageFault,
    load,
)
from telcard.clock import VirtualClock, current, run
from telcard.engine import BLOCKED_BITS, Engine, Outcome, Reason, Span, Until, dtmf_segments
from telcard.errors import CardError, NoResource, StaleHandle, UnknownCard
from telcard.runner import Runner
from telcard.signalling import (
    Agreed,
    Answered,
    Blocked,
    ClearedForward,
    LineEvent,
    Released,
    Seized,
    SeizureAcknowledged,
    Unblocked,
    q421,
)

SPEC = load("d300sc_e1")
BOOT_S = sum(stage.time_s for stage in SPEC.firmware.stages)
TICK_S = 0.01


def with_card(
    test: Callable[[EmulatedCard], Awaitable[None]], lanes: int = SPEC.lanes, up: bool = True
) -> float:
    """Run `test` with a card; returns the virtual seconds that it took."""
    clock = VirtualClock()

    async def main() -> None:
        engine = Engine(lanes, clock=clock)
        try:
            card = EmulatedCard(SPEC, engine)
            if up:
                await card.bring_up()
            await test(card)
        finally:
            engine.close()

    run(main(), clock)
    return clock.now() / 1e9


@contextmanager
def far_side(card: EmulatedCard) -> Iterator[Span]:
    """Another engine with its cable in the card's socket."""
    engine = Engine(1, clock=current(), name="far")
    far = card.far_ends[0]
    yield engine.plug(far.line, far.end)
    engine.close()


def test_a_card_boots_in_the_time_of_its_stages() -> None:
    async def test(card: EmulatedCard) -> None:
        assert card.status.state is BoardState.READY

    assert with_card(test) == pytest.approx(BOOT_S)


def test_a_card_has_one_line_a_span_with_a_socket_for_the_far_end() -> None:
    async def test(card: EmulatedCard) -> None:
        (line,), (far,) = card.lines, card.far_ends
        assert line.name == far.name == "dtiB1"
        assert far.line is line.span.line
        assert {line.span.end, far.end} == {0, 1}
        assert line.port is SPEC.ports[0]
        assert line.carries == Carries.OCTETS | Carries.BITS | Carries.FRAMES
        assert line.transmit_to_receive_samples == SPEC.delay.transmit_to_receive_samples

    with_card(test)


def test_bearers_of_a_span_are_told_with_their_names() -> None:
    async def test(card: EmulatedCard) -> None:
        names = dict(card.timeslots(card.spans[0]))
        assert names[1] == "dtiB1T1"
        assert names[17] == "dtiB1T16"
        assert list(names) == list(SPEC.ports[0].bearers)

    with_card(test)


def test_nothing_is_opened_before_the_card_is_ready() -> None:
    async def test(card: EmulatedCard) -> None:
        with pytest.raises(
            CardError,
            match="d300sc_e1: cannot open dtiB1 timeslot 1, the board is absent",
        ):
            card.open_bearer(card.spans[0], 1)
        up = asyncio.create_task(card.bring_up())
        await asyncio.sleep(1)
        with pytest.raises(CardError, match=r"the board is downloading stage load \(2 of 6\)"):
            card.open_bearer(card.spans[0], 1)
        with pytest.raises(CardError, match="cannot set bits of dtiB1"):
            card.lines[0].set_bits(1, 0b1001)
        await up
        card.open_bearer(card.spans[0], 1).close()

    with_card(test, up=False)


@pytest.mark.parametrize("fault", StageFault)
def test_a_stage_that_fails_leaves_the_card_at_fault_with_its_code(fault: StageFault) -> None:
    async def test(card: EmulatedCard) -> None:
        card.hardware.faults["verify"] = fault
        with pytest.raises(CardError, match=r"fault stage verify \(3 of 6\): .* \(code 0x03\)"):
            await card.bring_up()
        assert card.status.state is BoardState.FAULT
        card.hardware.faults.clear()
        await card.bring_up()

    with_card(test, up=False)


def test_an_empty_slot_is_told() -> None:
    async def test(card: EmulatedCard) -> None:
        card.hardware.there = False
        with pytest.raises(CardError, match="no card answers"):
            await card.bring_up()

    with_card(test, up=False)


def test_a_bearer_takes_a_lane_and_a_voice_and_gives_both_back() -> None:
    async def test(card: EmulatedCard) -> None:
        with card.open_bearer(card.spans[0], 17, "call 1") as bearer:
            assert bearer.name == "dxxxB1C1"
            assert bearer.owner == "call 1"
            assert bearer.lane.timeslot == 17
            assert card.pools["voice"].free == 29
            assert card.bearers == (bearer,)
        bearer.close()  # harmless
        assert card.pools["voice"].free == 30
        assert card.bearers == ()
        with pytest.raises(StaleHandle):
            bearer.lane.clear_digits()

    with_card(test)


@pytest.mark.parametrize("timeslot", [0, 16, 32])
def test_a_timeslot_that_bears_no_call_is_refused_and_nothing_stays_taken(timeslot: int) -> None:
    async def test(card: EmulatedCard) -> None:
        with pytest.raises(CardError, match=f"dtiB1: timeslot {timeslot} bears no call"):
            card.open_bearer(card.spans[0], timeslot)
        assert card.pools["voice"].free == 30

    with_card(test)


def test_a_timeslot_in_use_is_refused_and_nothing_stays_taken() -> None:
    async def test(card: EmulatedCard) -> None:
        with card.open_bearer(card.spans[0], 1):
            with pytest.raises(CardError, match="timeslot 1: busy"):
                card.open_bearer(card.spans[0], 1)
            assert card.pools["voice"].free == 29

    with_card(test)


def test_an_engine_without_a_lane_refuses_and_nothing_stays_taken() -> None:
    async def test(card: EmulatedCard) -> None:
        with card.open_bearer(card.spans[0], 1):
            with pytest.raises(NoResource, match="all 1 lanes are taken"):
                card.open_bearer(card.spans[0], 2)
            assert card.pools["voice"].free == 29

    with_card(test, lanes=1)


def test_a_voice_pool_that_is_empty_names_its_holders() -> None:
    async def test(card: EmulatedCard) -> None:
        taken = [card.pools["voice"].take("music") for _ in range(29)]
        with (
            card.open_bearer(card.spans[0], 1),
            pytest.raises(
                NoResource, match=r"pool voice: all 30 are taken, by music \(29\), dtiB1T1"
            ),
        ):
            card.open_bearer(card.spans[0], 2)
        for entry in taken:
            entry.give()

    with_card(test)


def test_all_thirty_bearers_open_at_once_and_leave_nothing_behind() -> None:
    async def test(card: EmulatedCard) -> None:
        bearers = [card.open_bearer(card.spans[0], slot) for slot in SPEC.ports[0].bearers]
        assert [bearer.name for bearer in bearers][-1] == "dxxxB8C2"
        await asyncio.sleep(1)
        for bearer in bearers:
            bearer.close()
        await asyncio.sleep(2 * TICK_S)
        assert card.engine.open_lanes == ()
        assert card.pools["voice"].taken == ()
        for slot in SPEC.ports[0].bearers:  # and the lanes serve again
            card.open_bearer(card.spans[0], slot).close()

    with_card(test)


def test_a_lane_has_the_digit_buffer_of_the_spec() -> None:
    """Thirty-one digits wait, the rest is lost."""

    async def test(card: EmulatedCard) -> None:
        with far_side(card) as far, card.open_bearer(card.spans[0], 1) as bearer:
            far.open_lane(1).tones(dtmf_segments("1" * 33))
            await asyncio.sleep(33 * 0.16 + 0.2)
            assert bearer.lane.query().digits_waiting == SPEC.limits.digit_buffer
            assert bearer.lane.query().digits_lost == 2

    with_card(test)


def test_a_line_without_a_cable_has_lost_its_signal() -> None:
    async def test(card: EmulatedCard) -> None:
        assert card.lines[0].alarms() == Alarm.LOS
        told: list[Alarm] = []
        card.lines[0].on_alarm(told.append)
        with far_side(card):
            await asyncio.sleep(0.03)
            assert card.lines[0].alarms() == Alarm.NONE
        await asyncio.sleep(0.03)
        assert card.lines[0].alarms() == Alarm.LOS
        assert told == [Alarm.NONE, Alarm.LOS]

    with_card(test)


def test_bits_cross_to_the_far_end_and_back() -> None:
    async def test(card: EmulatedCard) -> None:
        with far_side(card) as far:
            (line,) = card.lines
            heard: list[tuple[int, int]] = []
            line.on_bits(lambda timeslot, abcd, sample: heard.append((timeslot, abcd)))
            assert far.bits(5) == line.bits(5) == BLOCKED_BITS
            line.set_bits(5, 0b1001)
            far.set_bits(5, 0b0001)
            await asyncio.sleep(3 * TICK_S)
            assert far.bits(5) == 0b1001
            assert line.bits(5) == 0b0001
            assert heard == [(5, 0b0001)]

    with_card(test)


def test_line_signals_cross_the_card_well_within_their_times() -> None:
    """Q.421 at both ends, over ticks of 10 ms, with 20 ms of recognition each way."""

    def put_in_service(circuit: q421.Circuit, span: Span, heard: list[LineEvent]) -> Runner:
        runner = Runner(
            circuit,
            timers=q421.ITU.timers,
            send=lambda abcd: span.set_bits(1, abcd),
            report=heard.append,
        )
        span.on_bits(lambda timeslot, abcd, _: runner.fire("bits", abcd))
        runner.fire("bits", span.bits(1))
        runner.fire("start")
        return runner

    async def test(card: EmulatedCard) -> None:
        with far_side(card) as far:
            said: list[list[LineEvent]] = [[], []]
            caller = put_in_service(circuit := q421.Outgoing(), far, said[0])
            called = put_in_service(q421.Incoming(), card.spans[0], said[1])
            await asyncio.sleep(0.1)
            assert circuit.query().free
            caller.fire("seize")
            await asyncio.sleep(0.1)
            assert SeizureAcknowledged() in said[0]
            called.fire("answer")
            await asyncio.sleep(0.1)
            caller.fire("clear_forward")
            await asyncio.sleep(0.1)
            called.fire("release")
            await asyncio.sleep(0.2)
            ours = [Blocked(), Unblocked(), SeizureAcknowledged(), Answered(), Released()]
            assert [event for event in said[0] if event in ours] == said[0]
            assert said[0][-3:] == [SeizureAcknowledged(), Answered(), Released()]
            assert said[1][-3:] == [Seized(), ClearedForward(), Released()]
            assert circuit.query().free
            caller.close()
            called.close()

    with_card(test)


def test_a_looped_octet_comes_back_after_the_stated_delay() -> None:
    """The far end listens to its own lane, so what it receives it sends: a loop at the socket."""

    async def test(card: EmulatedCard) -> None:
        with far_side(card) as far:
            loop = far.open_lane(1)
            loop.listen(loop)
            with card.open_bearer(card.spans[0], 1) as bearer:
                received: list[tuple[bytes, int]] = []
                bearer.lane.tap(lambda octets, at: received.append((octets, at)), look_back=False)
                ended: list[Outcome] = []
                bearer.lane.play([bytes([0x55]) * 80], done=ended.append)
                await asyncio.sleep(0.2)
                came = next(at for octets, at in received if octets == bytes([0x55]) * 80)
                assert came - ended[0].start == card.lines[0].transmit_to_receive_samples

    with_card(test)


def test_going_down_closes_bearers_as_a_hang_up_and_blocks_every_circuit() -> None:
    async def test(card: EmulatedCard) -> None:
        with far_side(card) as far:
            bearer = card.open_bearer(card.spans[0], 1)
            card.lines[0].set_bits(1, 0b0101)
            ended: list[Outcome] = []
            bearer.lane.collect(Until(max_digits=4), done=ended.append)
            await asyncio.sleep(1)
            assert far.bits(1) == 0b0101
            await card.bring_down()
            assert ended[0].reasons == Reason.HANG_UP
            assert far.bits(1) == BLOCKED_BITS
            assert card.pools["voice"].taken == card.bearers == ()
            assert card.engine.open_lanes == ()
            assert card.status.state is BoardState.DETECTED
            await card.bring_up()

    with_card(test)


def test_a_crash_of_the_board_ends_its_calls() -> None:
    async def test(card: EmulatedCard) -> None:
        card.open_bearer(card.spans[0], 1)
        card.board.crash("watchdog")
        assert card.bearers == ()
        with pytest.raises(CardError, match=r"the board is fault: watchdog \(code 0xff\)"):
            card.open_bearer(card.spans[0], 1)

    with_card(test)


def test_an_emulated_card_declares_neither_fax_nor_conference() -> None:
    async def test(card: EmulatedCard) -> None:
        card.capabilities.require(card.name, "play", "stereo_record", "mask", "listen")
        with pytest.raises(CardError, match="d300sc_e1: cannot fax, conference; it can play"):
            card.capabilities.require(card.name, "fax", "conference")

    with_card(test)


def test_two_cards_of_a_model_live_on_one_engine() -> None:
    clock = VirtualClock()

    async def main() -> None:
        engine = Engine(60, clock=clock)
        cards = [EmulatedCard(SPEC, engine, name) for name in ("left", "right")]
        await asyncio.gather(*(card.bring_up() for card in cards))
        bearers = [card.open_bearer(card.spans[0], 1) for card in cards]
        assert bearers[0].lane.index != bearers[1].lane.index
        with pytest.raises(CardError, match=r"left: <Span dtiB1: .*> is not one of its spans"):
            cards[0].open_bearer(cards[1].spans[0], 2)
        await asyncio.gather(*(card.bring_down() for card in cards))
        engine.close()

    run(main(), clock)


def test_the_driver_opens_what_it_has_a_spec_for() -> None:
    driver = EmulatorDriver()
    with pytest.raises(UnknownCard, match="did you mean d300sc_e1"):
        driver.open("d300sc", Engine(1))
    assert driver.open("d300sc_e1", Engine(30)).status.state is BoardState.ABSENT


def test_the_driver_offers_the_models_that_it_can_run() -> None:
    lines = {"d300sc_e1", "d240sc_t1", "dm_v1200_4e1", "dahdi_4e1", "dahdi_4t1", "ice1usb"}
    others = {"msi_240sc", "isx1000", "cp6_sc", "dcb_320sc", "d41esc", "keygoe_8e1"}
    assert lines | others == set(EmulatorDriver().probe())


def with_model(model: CardSpec, test: Callable[[EmulatedCard], None]) -> None:
    """Run `test` with a card of this model, which is up."""
    clock = VirtualClock()

    async def main() -> None:
        engine = Engine(model.lanes, clock=clock)
        try:
            card = EmulatedCard(model, engine)
            await card.bring_up()
            test(card)
            await card.bring_down()
            assert engine.open_lanes == ()
        finally:
            engine.close()

    run(main(), clock)


def test_a_card_has_a_line_and_a_socket_for_every_span() -> None:
    def test(card: EmulatedCard) -> None:
        assert [line.name for line in card.lines] == ["dtiB1", "dtiB2", "dtiB3", "dtiB4"]
        assert [end.name for end in card.far_ends] == ["dtiB1", "dtiB2", "dtiB3", "dtiB4"]
        assert dict(card.timeslots(card.spans[3]))[31] == "dtiB4T30"
        bearers = [card.open_bearer(span, 1) for span in card.spans]
        assert [bearer.owner for bearer in bearers] == [f"dtiB{span}T1" for span in range(1, 5)]
        assert card.pools["voice"].free == 116

    with_model(load("dm_v1200_4e1"), test)


def test_a_line_towards_an_exchange_is_opened_with_the_voice_that_is_one_device_with_it() -> None:
    def test(card: EmulatedCard) -> None:
        (loops,) = card.loops
        assert [end.loops for end in card.far_ends] == [tuple(loops.devices.values())]
        with card.open_bearer(loops.span, 3) as bearer:
            assert (bearer.name, bearer.device) == ("dxxxB1C3", "dxxxB1C3/fxo")
            assert bearer.capabilities.collect
            assert card.open_bearer(loops.span, 1).name == "dxxxB1C1"
            assert card.open_bearer(loops.span, 4).name == "dxxxB1C4"

    with_model(load("d41esc"), test)


def test_a_bearer_whose_sound_the_host_makes_takes_no_voice() -> None:
    def test(card: EmulatedCard) -> None:
        assert card.pools == {}
        with card.open_bearer(card.spans[1], 17, "call 1") as bearer:
            assert bearer.name == "intf0/line1/ts17"
            assert bearer.owner == "call 1"
        assert card.bearers == ()
        with card.open_bearer(card.spans[1], 17), pytest.raises(CardError, match="busy"):
            card.open_bearer(card.spans[1], 17)
        card.open_bearer(card.spans[0], 1)

    with_model(load("ice1usb"), test)


def test_a_board_that_should_make_the_sound_but_has_no_voice_says_so() -> None:
    def test(card: EmulatedCard) -> None:
        with pytest.raises(CardError, match="it wants a voice resource and the board has none"):
            card.open_bearer(card.spans[0], 1)
        assert card.engine.open_lanes == ()

    with_model(replace(SPEC, pools=()), test)


def test_a_switch_of_64_spans_runs_until_its_voice_runs_out() -> None:
    """The great one without its analogue seats: 1,920 bearers, 768 voices."""

    def test(card: EmulatedCard) -> None:
        slots = [(span, slot) for span in card.spans for slot, _ in card.timeslots(span)]
        assert len(slots) == 1920
        for span, slot in slots[:768]:
            card.open_bearer(span, slot, "load")
        with pytest.raises(NoResource, match=r"pool voice: all 768 are taken, by load \(768\)"):
            card.open_bearer(*slots[768])

    switch = load("isx1000")
    with_model(replace(switch, ports=switch.spans[:1]), test)


def test_a_card_says_in_one_line_how_it_is() -> None:
    async def test(card: EmulatedCard) -> None:
        with card.open_bearer(card.spans[0], 1) as bearer:
            assert repr(card) == "<EmulatedCard d300sc_e1: ready, 1 bearers open>"
            assert repr(bearer) == "<Bearer dxxxB1C1 on dtiB1 timeslot 1, open>"

    with_card(test)


def test_a_d_channel_is_opened_on_a_card_that_is_ready_and_closed_when_it_goes_down() -> None:
    async def test(card: EmulatedCard) -> None:
        (line,) = card.lines
        dchannel = line.open_dchannel()
        dchannel.send_frame(b"abc")
        await card.bring_down()
        assert not dchannel.is_open
        with pytest.raises(CardError, match="the D-channel was closed"):
            dchannel.send_frame(b"abc")
        with pytest.raises(CardError, match="cannot open a D-channel on dtiB1 timeslot 16, the b"):
            line.open_dchannel()

    with_card(test)


def test_lines_with_real_frames_have_the_framing_of_the_spec() -> None:
    """Half of the timeslots in use, the rest idle; a line's signal is lost and comes again."""

    async def scene() -> None:
        engine = Engine(SPEC.lanes, clock=current())
        port = replace(SPEC.spans[0], framing="no-crc4", bearers=tuple(range(1, 11)))
        voice = replace(SPEC.pools[0], size=10)
        limits = replace(SPEC.limits, concurrent_plays=10)
        spec = replace(SPEC, ports=(port,), pools=(voice,), limits=limits)
        assert not list(spec.faults())
        card = EmulatedCard(spec, engine, frames=True, agreed=[Agreed("r2")])
        await card.bring_up()
        with far_side(card) as far:
            assert far.carrier is not None
            assert (far.carrier.framing.format, far.carrier.framing.cas) == ("no-crc4", True)
            await asyncio.sleep(5 * TICK_S)
            assert card.lines[0].alarms() is far.alarms is Alarm.NONE
            with pytest.raises(CardError, match="timeslot 11 bears no call"):
                card.open_bearer(card.spans[0], 11)
            heard: list[bytes] = []
            lane = far.open_lane(11)
            lane.tap(lambda octets, _: heard.append(bytes(octets)), look_back=False)
            with card.open_bearer(card.spans[0], 10):
                await asyncio.sleep(5 * TICK_S)
            assert set(b"".join(heard)) == {0xD5}
            card.lines[0].set_signal(sent=Alarm.LOS)
            await asyncio.sleep(5 * TICK_S)
            assert far.alarms is Alarm.LOS
            assert card.lines[0].alarms() is Alarm.RAI
            card.lines[0].set_signal()
            await asyncio.sleep(5 * TICK_S)
            assert card.lines[0].alarms() is far.alarms is Alarm.NONE
        engine.close()

    run(scene(), VirtualClock())


T1 = load("d240sc_t1")


@pytest.mark.parametrize("framing", ["", "esf", "d4"])
def test_a_t1_carries_24_bearers_of_u_law_with_real_frames_and_without(framing: str) -> None:
    """Bits cross as they are where no frames are made; those of D4 have two letters."""

    async def scene() -> None:
        engine = Engine(T1.lanes, clock=current())
        port = replace(T1.spans[0], framing=framing or "esf")
        card = EmulatedCard(replace(T1, ports=(port,)), engine, frames=bool(framing))
        await card.bring_up()
        (line,) = card.lines
        assert (card.far_ends[0].line.kind, line.span.law) == ("t1", "u-law")
        with far_side(card) as far:
            assert (far.timeslots, far.carrier is not None) == (24, bool(framing))
            await asyncio.sleep(10 * TICK_S)
            assert line.alarms() is far.alarms is Alarm.NONE
            line.set_bits(24, 0b0101)
            heard: list[bytes] = []
            lane = far.open_lane(24)
            lane.tap(lambda octets, _: heard.append(bytes(octets)), look_back=False)
            with card.open_bearer(card.spans[0], 24, "call") as bearer:
                assert (bearer.device, bearer.name) == ("dtiB1T24", "dxxxB1C1")
                bearer.lane.play([b"\x95" * 400])
                await asyncio.sleep(10 * TICK_S)
            assert far.bits(24) == 0b0101
            # Robbed bits are the last of every sixth octet: a step of the quietest is 2 of 8,159.
            assert b"".join(heard).count(0x95) >= (400 if not framing else 320)
            with pytest.raises(ValueError, match="timeslot: want 1 to 24, got 25"):
                far.open_lane(25)
        engine.close()

    run(scene(), VirtualClock())


@pytest.mark.parametrize("frames", [False, True])
def test_messages_of_a_t1_go_in_timeslot_24_and_rob_no_bits(frames: bool) -> None:
    async def scene() -> None:
        engine = Engine(T1.lanes, clock=current())
        card = EmulatedCard(T1, engine, frames=frames, agreed=[Agreed("pri")])
        await card.bring_up()
        (line,) = card.lines
        with far_side(card) as far:
            await asyncio.sleep(10 * TICK_S)
            came: list[bytes] = []
            far.open_dchannel(24).on_frame(came.append)
            dchannel = line.open_dchannel()
            assert dchannel.timeslot == line.signalling_timeslot == 24
            dchannel.send_frame(b"abcd")
            heard: list[bytes] = []
            far.open_lane(5).tap(lambda octets, _: heard.append(bytes(octets)), look_back=False)
            with card.open_bearer(card.spans[0], 5, "call") as bearer:
                bearer.lane.play([b"\x95" * 400])
                await asyncio.sleep(10 * TICK_S)
            assert came == [b"abcd"]
            assert b"".join(heard).count(0x95) == 400
            with pytest.raises(CardError, match="dtiB1 timeslot 24: busy, it has a D-channel"):
                card.open_bearer(card.spans[0], 24)
        engine.close()

    run(scene(), VirtualClock())
