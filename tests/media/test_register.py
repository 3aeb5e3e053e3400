"""R2 registers on lanes: tones out, signals in, in both fidelities."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

import telcard
from telcard.clock import current
from telcard.engine import E1Line, Engine, Fidelity
from telcard.media.register import LaneRegister
from telcard.signalling import Alerting, CallFacts, Failed, Offered, Proceeding
from telcard.signalling.r2 import (
    BackwardRegister,
    Decided,
    ForwardRegister,
    Signal,
    Wishes,
    variant,
)
from telcard.units import NS


class End:
    """A register on a lane of its own engine, and what it has told."""

    def __init__(self, line: E1Line, end: int, machine: Any, fidelity: Fidelity) -> None:
        self.engine = Engine(1, clock=current(), name=f"end {end}", fidelity=fidelity)
        self.lane = self.engine.plug(line, end).open_lane(1, detect=False)
        self.told: list[Any] = []
        self.register = LaneRegister(self.lane, machine, self.told.append)

    async def until(self, kind: type, seconds: float = 60.0) -> Any:
        """Wait for a report of this kind."""
        async with asyncio.timeout(seconds):
            while not any(isinstance(event, kind) for event in self.told):
                await asyncio.sleep(0.01)
        return next(event for event in self.told if isinstance(event, kind))


def play(
    scene: Callable[[End, End], Awaitable[None]],
    fidelity: Fidelity = "sound",
    called: str = "95588",
    wishes: Wishes | None = None,
) -> None:
    """Run a scene between a calling register and a called one."""

    async def main() -> None:
        line, known = E1Line(), variant("itu")
        facts = CallFacts(called=called, caller="02154321", complete=True)
        calling = End(line, 0, ForwardRegister(known, facts), fidelity)
        machine = BackwardRegister(known, wishes or Wishes(called_digits=5))
        await scene(calling, End(line, 1, machine, fidelity))

    telcard.run(main(), telcard.VirtualClock())


@pytest.mark.parametrize("fidelity", ["sound", "events"])
def test_registers_understand_each_other_and_fall_silent(fidelity: Fidelity) -> None:
    async def scene(calling: End, called: End) -> None:
        begun = current().now()
        called.register.fire("start")
        calling.register.fire("start")
        offered = await called.until(Offered)
        cycles = len(called.register.machine.dialogue) / 2
        assert 0.1 < (current().now() - begun) / NS / cycles < 0.17
        assert (offered.facts.called, offered.facts.caller) == ("95588", "02154321")
        called.register.fire("free")
        await called.until(Decided)
        await calling.until(Alerting)
        assert calling.told == [Proceeding(), Alerting(in_band=True)]
        for end in (calling, called):
            await end.register.quiet()
            assert end.lane.operation is None
            assert end.register.transcript()
            end.register.close()
            end.register.close()
            end.lane.close()

    play(scene, fidelity)


@pytest.mark.parametrize("fidelity", ["sound", "events"])
def test_an_address_of_unknown_length_is_ended_by_a_pulse(fidelity: Fidelity) -> None:
    async def scene(calling: End, called: End) -> None:
        calling.register.machine.variant = called.register.machine.variant = variant("br")
        called.register.fire("start")
        calling.register.fire("start")
        assert (await called.until(Offered)).facts.called == "95588"
        assert called.register.machine.dialogue[-2] == (">", Signal("A", 3))

    play(scene, fidelity, wishes=Wishes(caller=False))


def test_a_loop_that_hangs_makes_a_call_late_and_breaks_none() -> None:
    """Three seconds in which nobody tells the called register anything, in its every state."""

    async def scene(calling: End, called: End) -> None:
        called.register.fire("start")
        calling.register.fire("start")
        hangs = 0
        heard = called.register._heard
        late: list[Any] = []

        def held(event: Any) -> None:
            late.append(event)
            asyncio.get_running_loop().call_later(3.0, lambda: heard(late.pop(0)))

        called.lane.detect("r2_forward", held)
        assert (await called.until(Offered, 120)).facts.called == "12"
        assert not hangs
        assert not [event for event in called.told + calling.told if isinstance(event, Failed)]

    play(scene, called="12", wishes=Wishes(called_digits=2, caller=False))


def test_closing_ends_what_sounds() -> None:
    async def scene(calling: End, called: End) -> None:
        calling.register.fire("start")
        await asyncio.sleep(0.5)
        assert calling.lane.operation is not None
        calling.register.close()
        await calling.register.quiet()
        assert calling.lane.operation is None

    play(scene)


def test_a_lane_may_be_closed_first() -> None:
    async def scene(calling: End, called: End) -> None:
        calling.register.fire("start")
        await asyncio.sleep(0.5)
        calling.lane.close()
        await asyncio.sleep(0.1)
        calling.register.close()
        await calling.register.quiet()

    play(scene)
