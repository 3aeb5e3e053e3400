import asyncio

import pytest

from telcard.clock import VirtualClock, run
from telcard.engine import E1Line
from telcard.errors import LineError
from telcard.exchange import Town
from telcard.signalling import q421
from tests.support.bank_side import Bank, Socket


async def greet(call):
    call.answer()
    await call.gone.wait()


def test_many_subscribers_call_at_once_each_on_a_circuit_of_his_own(repertoire, library):
    clock = VirtualClock()

    async def welcome(call):
        call.answer()
        await call.play(library["welcome"])
        await call.gone.wait()

    async def person(town, number):
        async with town.subscriber(number) as caller:
            await caller.dial("95588")
            await caller.hear("welcome")

    async def main():
        line = E1Line()
        bank = Bank(line, clock, welcome, timeslots=(1, 2, 3, 17))
        bank.start()
        async with Town([Socket(line, 1)], repertoire, clock) as town, asyncio.TaskGroup() as all_:
            for number in ("101", "102", "103", "104"):
                all_.create_task(person(town, number), name=number)
        await bank.close()
        return {call.address for call in bank.calls}

    assert run(main(), clock) == {f"*{number}*95588#" for number in (101, 102, 103, 104)}


def test_one_circuit_too_few_is_refused_with_cause_34(repertoire):
    clock = VirtualClock()

    async def main():
        line = E1Line()
        bank = Bank(line, clock, greet)
        bank.start()
        async with (
            Town([Socket(line, 1)], repertoire, clock) as town,
            town.subscriber("101") as first,
            town.subscriber("102") as second,
        ):
            await first.dial("95588")
            with pytest.raises(LineError) as caught:
                await second.dial("95588")
            assert caught.value.cause == 34
            await first.hang_up()
            await second.dial("95588")
        await bank.close()

    run(main(), clock)


def test_a_seizure_that_nobody_acknowledges_fails_with_cause_41(repertoire):
    """The far end sends idle and reacts to nothing."""
    clock = VirtualClock()

    async def main():
        line = E1Line()
        bank = Bank(line, clock, greet, timeslots=())
        bank.span.set_bits(1, 0b1001)
        async with Town([Socket(line, 1)], repertoire, clock) as town:
            async with town.subscriber("101") as caller:
                with pytest.raises(LineError, match="did not acknowledge the seizure") as caught:
                    await caller.dial("95588")
            assert caught.value.cause == 41
            assert town.circuits[0].machine.state is q421.State.OUT_UNACKNOWLEDGED
        await bank.close()

    run(main(), clock)


def test_closing_the_town_ends_its_calls(repertoire):
    clock = VirtualClock()

    async def main():
        line = E1Line()
        bank = Bank(line, clock, greet)
        bank.start()
        town = Town([Socket(line, 1)], repertoire, clock)
        async with town:
            caller = town.subscriber("101")
            await caller.dial("95588")
        assert not caller.on_line
        assert bank.calls[0].gone.is_set()
        await bank.close()
        assert line.ends == [None, None]

    run(main(), clock)


def test_takes_a_library_as_it_is(library):
    async def main(clock):
        line = E1Line()
        async with Town([Socket(line, 1)], library, clock) as town:
            await asyncio.sleep(0.1)
            assert set(town.repertoire.names) == set(library.clips())
            assert (
                repr(town.circuits[15]) == "<Circuit town E1 1 timeslot 17: blocked by the far end>"
            )

    clock = VirtualClock()
    run(main(clock), clock)
