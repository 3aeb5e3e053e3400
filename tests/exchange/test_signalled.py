"""What every circuit of the town does that is signalled by bits, whichever machine it has."""

from __future__ import annotations

import asyncio

import pytest

from telcard.clock import VirtualClock, run
from telcard.engine import BLOCKED_BITS, E1Line, Engine, Span
from telcard.exchange.cas import CasCircuit
from telcard.exchange.loop import LoopCircuit
from telcard.exchange.r2 import R2Circuit
from telcard.signalling import CallFacts, Cause, Failed, LineEvent, loop, q421
from telcard.signalling.r2 import VARIANTS, Wishes


def cas(span: Span) -> CasCircuit:
    return CasCircuit(span, 1, q421.ITU)


def r2(span: Span) -> R2Circuit:
    return R2Circuit(span, 1, VARIANTS["itu"], lambda call: None, Wishes())


def analogue(span: Span) -> LoopCircuit:
    return LoopCircuit(span, 1, lambda call: None)


RELEASED = 0b1001
"""Of a far end that is idle, under Q.421."""


@pytest.mark.parametrize("make", [cas, r2, analogue])
def test_a_line_that_fails_loses_its_call_and_serves_again_after_a_start(make) -> None:
    clock = VirtualClock()

    async def main() -> None:
        bank, town = Engine(1, clock=clock, name="bank"), Engine(1, clock=clock, name="town")
        line = E1Line("a-law")
        there, span = bank.plug(line, 0, "there"), town.plug(line, 1, "here")
        there.set_bits(1, loop.ON_HOOK if make is analogue else RELEASED)
        await asyncio.sleep(0.1)
        circuit = make(span)
        span.on_bits(lambda timeslot, abcd, _: circuit.bits(abcd))
        circuit.start()
        await asyncio.sleep(0.2)
        assert circuit.free
        told: list[LineEvent] = []
        circuit.seize(told.append, CallFacts(called="95588", caller="0215"))
        await asyncio.sleep(0.1)
        assert not circuit.free
        circuit.fail(Cause.NETWORK_OUT_OF_ORDER, "the line has LOS")
        assert told[-1] == Failed(Cause.NETWORK_OUT_OF_ORDER, "the line has LOS")
        assert circuit.released.is_set()
        assert span.sent_bits(1) == BLOCKED_BITS
        assert town.open_lanes == ()
        there.set_bits(1, loop.ON_HOOK if make is analogue else RELEASED)
        circuit.start()
        await asyncio.sleep(0.2)
        assert circuit.free
        assert repr(circuit).startswith("<Circuit here timeslot 1: ")
        circuit.stop()
        bank.close()
        town.close()

    run(main(), clock)
