"""Addresses on lanes, in both fidelities."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

import telcard
from telcard.clock import current
from telcard.engine import Engine, Fidelity, Lane, T1Line
from telcard.media.address import AddressEar, address_tones
from telcard.signalling import CallFacts
from telcard.signalling.address import AddressForm

FORMS: tuple[AddressForm, ...] = ("dtmf", "mf", "fgd")
CALL = CallFacts(called="5551212", caller="2125550100")


def play(scene: Callable[[Lane, Lane], Awaitable[None]], fidelity: Fidelity = "sound") -> None:
    async def main() -> None:
        line = T1Line(framing=None)
        engines = [Engine(1, clock=current(), name=name, fidelity=fidelity) for name in "ab"]
        lanes = [engine.plug(line, end).open_lane(1) for end, engine in enumerate(engines)]
        await scene(lanes[0], lanes[1])
        for engine in engines:
            engine.close()

    telcard.run(main(), telcard.VirtualClock())


@pytest.mark.parametrize("fidelity", ["sound", "events"])
@pytest.mark.parametrize("form", FORMS)
def test_what_one_end_sends_the_other_hears(form: AddressForm, fidelity: Fidelity) -> None:
    async def scene(ours: Lane, far: Lane) -> None:
        told: list[CallFacts | None] = []
        ear = AddressEar(ours, form, told.append)
        await asyncio.sleep(0.1)
        far.tones(address_tones(form, CALL))
        await asyncio.sleep(4.5)
        (facts,) = told
        assert facts is not None, ear.heard
        assert facts.called == "5551212"
        assert facts.caller == ("" if form == "mf" else "2125550100")
        far.tones(address_tones(form, CALL))
        await asyncio.sleep(4.5)
        assert len(told) == 1, "it hears no more"

    play(scene, fidelity)


@pytest.mark.parametrize("form", FORMS)
def test_who_says_nothing_or_stops_in_the_middle_is_waited_for_and_given_up(
    form: AddressForm,
) -> None:
    async def scene(ours: Lane, far: Lane) -> None:
        told: list[CallFacts | None] = []
        ear = AddressEar(ours, form, told.append)
        await asyncio.sleep(4.9)
        assert told == []
        far.tones(address_tones(form, CALL)[:6])
        await asyncio.sleep(1.9)
        assert told == []
        await asyncio.sleep(1.0)
        assert told == [None]
        assert ear.heard
        ear.close()

    play(scene, "events")


def test_an_ear_that_is_closed_tells_nothing() -> None:
    async def scene(ours: Lane, far: Lane) -> None:
        told: list[CallFacts | None] = []
        ear = AddressEar(ours, "dtmf", told.append)
        far.tones(address_tones("dtmf", CALL))
        await asyncio.sleep(0.5)
        ear.close()
        ear.close()
        await asyncio.sleep(9)
        assert told == []
        ear = AddressEar(ours, "mf", told.append)
        ours.close()
        ear.close()

    play(scene, "events")
