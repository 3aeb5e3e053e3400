"""The town's side of an alarm: callers lose a dead line, not one that crackles for a second."""

import asyncio

import pytest

from telcard.clock import VirtualClock, run
from telcard.engine import Alarm, E1Line
from telcard.errors import HungUp, LineError
from telcard.exchange import Town
from tests.support.bank_side import Bank, Socket


async def talk(call):
    call.answer()
    await call.gone.wait()


def with_caller(repertoire, scene):
    """Run a scene with a subscriber who has been answered, and look that no lane is left."""
    clock = VirtualClock()

    async def main():
        line = E1Line()
        bank = Bank(line, clock, talk)
        bank.start()
        async with Town([Socket(line, 1)], repertoire, clock) as town:
            async with town.subscriber("101") as caller:
                await caller.dial("95588")
                await scene(town, caller, bank.span)
            await town.hang_up()
            assert town.engine.stats().lanes_open == 0
        await bank.close()

    run(main(), clock)


def test_a_caller_waits_out_a_short_alarm(repertoire):
    async def scene(town, caller, span):
        span.set_signal(sent=Alarm.AIS)  # bits 1111, which would be clear-back
        await asyncio.sleep(2)
        assert caller.on_line
        span.set_signal()
        await caller.stay_silent(15)
        assert caller.on_line

    with_caller(repertoire, scene)


@pytest.mark.parametrize("alarm", [Alarm.LOS, Alarm.AIS, Alarm.LFA, Alarm.RAI])
def test_a_dead_line_ends_the_call_with_cause_38_and_serves_again_later(repertoire, alarm):
    async def scene(town, caller, span):
        if alarm is Alarm.RAI:
            span.set_signal(received=Alarm.LOS)
        else:
            span.set_signal(sent=alarm)
        with pytest.raises(HungUp) as gone:
            await caller.stay_silent(10)
        assert gone.value.cause == 38
        await caller.hang_up()
        with pytest.raises(LineError) as refused:
            await caller.dial("95588")
        assert refused.value.cause == 34
        assert not any(circuit.free for circuit in town.circuits)
        span.set_signal()
        await asyncio.sleep(11)
        span.set_bits(1, 0b1001)  # the bare bank of this test has not noticed anything
        await asyncio.sleep(1)
        assert town.circuits[0].free

    with_caller(repertoire, scene)


def test_no_circuit_of_a_line_with_an_alarm_is_seized(repertoire):
    async def scene(town, caller, span):
        await caller.hang_up()
        await asyncio.sleep(1)
        assert town.circuits[0].free
        span.set_signal(sent=Alarm.LOS)
        await asyncio.sleep(0.1)
        assert not town.circuits[0].free

    with_caller(repertoire, scene)
