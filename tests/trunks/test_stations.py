"""Telephones on a bank: rung, lifted, flashed, put down, unplugged, lost with their board."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import numpy as np
import pytest

import telcard
from telcard.cards import EmulatedCard, load
from telcard.clock import current
from telcard.engine import Engine
from telcard.errors import CardError, LineError, UnknownCard
from telcard.exchange import Repertoire, Telephone, Town
from telcard.exchange.quiet import QuietHandset
from telcard.signalling import Cause, fxs
from telcard.trunks import Hook, Stations, TrunkCall
from telcard.trunks.stations import StationCall

SOCKET = "msiB1C1"
CLIPS = {"hum": np.full(8000, 1000, np.int16)}  # a town must know something by heart
Scene = Callable[[Stations, Telephone, EmulatedCard], Awaitable[None]]


def play(scene: Scene) -> None:
    """Run a scene on a bank of telephones, and look that nothing stays taken."""

    async def main() -> None:
        spec = load("msi_240sc")
        engine = Engine(spec.lanes, clock=current(), name="card")
        card = EmulatedCard(spec, engine)
        await card.bring_up()
        (bank,) = card.banks
        stations = Stations(card, bank)
        stations.start(lambda call: None)
        async with Town(card.far_ends, CLIPS) as town:
            await asyncio.sleep(0.1)
            async with asyncio.timeout(600), town.telephone(SOCKET) as phone:
                await scene(stations, phone, card)
        await stations.stop()
        assert card.bearers == ()
        await card.bring_down()
        assert engine.open_lanes == ()
        engine.close()

    telcard.run(main(), telcard.VirtualClock())


def hook(stations: Stations) -> Hook:
    return next(station.hook for station in stations.stations() if station.name == SOCKET)


def test_a_bank_has_a_station_for_every_port() -> None:
    async def scene(stations: Stations, phone: Telephone, card: EmulatedCard) -> None:
        assert len(stations.names) == 24
        assert (stations.names[0], stations.names[-1]) == ("msiB1C1", "msiB1C24")
        assert {circuit.state for circuit in stations.query()} == {"on hook"}

    play(scene)


def test_a_call_rings_is_lifted_and_is_put_down() -> None:
    async def scene(stations: Stations, phone: Telephone, card: EmulatedCard) -> None:
        call = stations.ring(SOCKET, caller="0215432", called="95588")
        assert (call.circuit, call.caller, call.called) == (SOCKET, "0215432", "95588")
        await phone.rings()
        assert hook(stations) is Hook.BUSY
        assert not call.answered.done()
        phone.lift()
        await call.answered
        await asyncio.sleep(0.05)
        assert not phone.ringing
        phone.put_down()
        assert await call.cleared == Cause.NORMAL_CLEARING
        assert hook(stations) is Hook.ON_HOOK
        await call.clear()

    play(scene)


def test_a_channel_that_sticks_is_given_up_and_the_station_rings_again() -> None:
    async def scene(stations: Stations, phone: Telephone, card: EmulatedCard) -> None:
        call = stations.ring(SOCKET)
        await phone.rings()
        phone.lift()
        await call.answered
        call.channel.lane.stick()
        call.channel.lane.play([bytes(80_000)])
        assert await call.cleared == Cause.TEMPORARY_FAILURE
        await call.clear()
        phone.put_down()
        await asyncio.sleep(1)
        again = stations.ring(SOCKET)
        await phone.rings()
        await again.clear()

    play(scene)


def test_the_bell_keeps_its_cadence_until_the_caller_goes() -> None:
    async def scene(stations: Stations, phone: Telephone, card: EmulatedCard) -> None:
        call = stations.ring(SOCKET)
        await asyncio.sleep(13)
        assert phone.rung == 3
        assert phone.ringing
        await call.clear()
        await asyncio.sleep(0.1)
        assert not phone.ringing
        assert not call.answered.done()

    play(scene)


@pytest.mark.parametrize("poles_answer", [False, True])
@pytest.mark.parametrize("by_poles", [False, True])
def test_the_meter_of_a_telephone_counts_what_its_call_costs(
    by_poles: bool, poles_answer: bool
) -> None:
    """By a tone out of the voice band, or by poles that change places for a moment."""
    profile = replace(fxs.NORTH_AMERICA, meter_by_poles=by_poles, poles_answer=poles_answer)

    async def main() -> None:
        spec = load("isx1000")
        engine = Engine(spec.lanes, clock=current(), name="card", fidelity="events")
        card = EmulatedCard(spec, engine)
        await card.bring_up()
        bank = card.banks[0]
        stations = Stations(card, bank, profile)
        offers: asyncio.Queue[TrunkCall] = asyncio.Queue()
        stations.start(offers.put_nowait)
        town = Engine(spec.lanes, clock=current(), name="town", fidelity="events")
        (cable,) = [end for end in card.far_ends if end.line is bank.span.line]
        span = town.plug(cable.line, cable.end, "cord")
        known = Repertoire(CLIPS)
        socket = stations.names[0]
        phone = Telephone(span, 1, socket, lambda *told: QuietHandset(known, *told))
        span.on_bits(lambda timeslot, abcd, _: phone.bits(abcd) if timeslot == 1 else None)
        phone.plug_in()
        await asyncio.sleep(0.1)
        await phone.dial("407", pulse=True)
        call = await asyncio.wait_for(offers.get(), 20)
        assert isinstance(call, StationCall)
        sentence = f"{socket}: cannot send a metering pulse, want an answered call of its own"
        with pytest.raises(CardError, match=sentence):
            call.meter()
        call.answer()
        for _ in range(3):
            await asyncio.sleep(1.0)
            call.meter()
        with pytest.raises(CardError, match=sentence):
            call.meter()  # the last one is still being told
        await asyncio.sleep(1.0)
        assert phone.units == 3
        phone.put_down()
        assert await call.cleared == Cause.NORMAL_CLEARING
        await call.clear()
        await asyncio.sleep(2.0)
        assert phone.units == 3
        with pytest.raises(CardError, match=sentence):
            call.meter()
        await stations.stop()
        await card.bring_down()
        engine.close()
        town.close()

    telcard.run(main(), telcard.VirtualClock())


def test_a_flash_is_told_and_keeps_the_call() -> None:
    async def scene(stations: Stations, phone: Telephone, card: EmulatedCard) -> None:
        call = stations.ring(SOCKET)
        flashes: list[float] = []
        call.on_flash(lambda: flashes.append(asyncio.get_running_loop().time()))
        await phone.rings()
        phone.lift()
        await call.answered
        for on_hook_s in (0.1, 0.5, 1.0):  # the first is too short
            await phone.flash(on_hook_s)
            await asyncio.sleep(1)
        assert len(flashes) == 2
        assert not call.cleared.done()
        await phone.flash(1.2)
        assert call.cleared.done()  # too long a moment
        await call.clear()

    play(scene)


def test_we_let_go_first_and_the_telephone_stays_busy_until_it_is_put_down() -> None:
    async def scene(stations: Stations, phone: Telephone, card: EmulatedCard) -> None:
        call = stations.ring(SOCKET)
        await phone.rings()
        phone.lift()
        await call.answered
        await call.clear()
        with pytest.raises(LineError, match="off hook without a call") as busy:
            stations.ring(SOCKET)
        assert busy.value.cause == Cause.USER_BUSY
        phone.put_down()
        await asyncio.sleep(0.1)
        await stations.ring(SOCKET).clear()

    play(scene)


def test_a_telephone_that_rings_cannot_be_rung_by_another() -> None:
    async def scene(stations: Stations, phone: Telephone, card: EmulatedCard) -> None:
        call = stations.ring(SOCKET)
        with pytest.raises(LineError, match="it is ringing") as busy:
            stations.ring(SOCKET)
        assert busy.value.cause == Cause.USER_BUSY
        await call.clear()

    play(scene)


def test_an_empty_socket_and_an_unknown_name_are_refused() -> None:
    async def scene(stations: Stations, phone: Telephone, card: EmulatedCard) -> None:
        phone.unplug()
        await asyncio.sleep(0.1)
        assert hook(stations) is Hook.AWAY
        with pytest.raises(LineError, match="no telephone") as away:
            stations.ring(SOCKET)
        assert away.value.cause == Cause.DESTINATION_OUT_OF_ORDER
        with pytest.raises(UnknownCard, match="it has msiB1C1 to msiB1C24"):
            stations.ring("msiB9C9")
        phone.plug_in()

    play(scene)


def test_a_telephone_that_is_unplugged_clears_its_call() -> None:
    async def scene(stations: Stations, phone: Telephone, card: EmulatedCard) -> None:
        call = stations.ring(SOCKET)
        await phone.rings()
        phone.unplug()
        assert await call.cleared == Cause.DESTINATION_OUT_OF_ORDER
        await call.clear()
        phone.plug_in()

    play(scene)


def test_a_board_that_crashes_loses_its_calls_and_comes_back() -> None:
    async def scene(stations: Stations, phone: Telephone, card: EmulatedCard) -> None:
        seen: list[Hook] = []
        stations.watch(
            lambda station: seen.append(station.hook) if station.name == SOCKET else None
        )
        call = stations.ring(SOCKET)
        await phone.rings()
        card.board.crash("it burns")
        assert await call.cleared == Cause.NETWORK_OUT_OF_ORDER
        await call.clear()
        with pytest.raises(LineError, match="its board is down") as down:
            stations.ring(SOCKET)
        assert down.value.cause == Cause.NETWORK_OUT_OF_ORDER
        await asyncio.sleep(0.1)
        assert not phone.ringing
        await card.bring_up()
        await asyncio.sleep(0.1)
        assert seen == [Hook.ON_HOOK, Hook.BUSY, Hook.AWAY, Hook.ON_HOOK]
        await stations.ring(SOCKET).clear()

    play(scene)


def test_stopping_silences_the_bell() -> None:
    async def scene(stations: Stations, phone: Telephone, card: EmulatedCard) -> None:
        stations.block()  # telephones can still be rung
        stations.ring(SOCKET)
        await phone.rings()
        await stations.stop()
        await asyncio.sleep(0.1)
        assert not phone.ringing
        stations.unblock()

    play(scene)
