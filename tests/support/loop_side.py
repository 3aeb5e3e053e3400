"""The exchange's end of a card's analogue lines, without a town around it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from telcard.cards import EmulatedCard, load
from telcard.clock import VirtualClock, run
from telcard.countries import country
from telcard.engine import Engine
from telcard.exchange.loop import LoopCircuit, profile_of
from telcard.signalling import fxo
from telcard.trunks import FxoTrunk, TrunkCall


@dataclass
class LoopSide:
    """A D/41ESC's trunk, and the exchange at the other end of its lines."""

    trunk: FxoTrunk
    card: EmulatedCard
    lines: list[LoopCircuit]
    offers: asyncio.Queue[TrunkCall]
    dialled: list[LoopCircuit] = field(default_factory=list)


def with_lines(
    test: Callable[[LoopSide], Awaitable[None]],
    *,
    code: str = "US",
    poles: bool = False,
    profile: fxo.Profile | None = None,
    pulse: bool = False,
    silence_s: float = 0.0,
    fidelity: str = "sound",
) -> None:
    """Run `test` with four lines of a card, and an exchange of this country."""
    clock = VirtualClock()
    there = country(code)

    async def main() -> None:
        spec = load("d41esc")
        engine = Engine(spec.lanes, clock=clock, fidelity=fidelity)
        far = Engine(4, clock=clock, name="exchange", fidelity=fidelity)
        card = EmulatedCard(spec, engine, country=there)
        (end,) = card.far_ends
        span = far.plug(end.line, end.end, "lines")
        dialled: list[LoopCircuit] = []
        lines = [
            LoopCircuit(span, slot, dialled.append, profile_of(there, poles_answer=poles), there)
            for slot in range(1, 5)
        ]
        span.on_bits(lambda slot, abcd, _: lines[slot - 1].bits(abcd))
        for line in lines:
            line.start()
        await card.bring_up()
        offers: asyncio.Queue[TrunkCall] = asyncio.Queue()
        expected = profile or fxo.profile_of(there, poles_answer=poles)
        numbers = {f"dxxxB1C{n}/fxo": f"9558{n}" for n in range(1, 5)}
        trunk = FxoTrunk(
            card,
            card.loops[0],
            expected,
            country=there,
            numbers=numbers,
            pulse=pulse,
            silence_s=silence_s,
        )
        trunk.start(offers.put_nowait)
        await asyncio.sleep(0.2)
        await test(LoopSide(trunk, card, lines, offers, dialled))
        await trunk.stop()
        for line in lines:
            line.stop()
        await card.bring_down()
        assert engine.open_lanes == ()
        engine.close()
        far.close()

    run(main(), clock)
