import asyncio
import gc
import tracemalloc
import weakref
from dataclasses import replace

import pytest

from telcard.clock import SystemClock, VirtualClock, current, run
from telcard.engine import Driver, E1Line, Engine
from telcard.errors import LineError
from telcard.exchange import Hunt, Office, Town, TrunkGroup
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


OFFICES = (
    Office("city", ("0215",), TrunkGroup((1,), circuits=1)),
    Office("port", ("0216",), TrunkGroup((2,), Hunt.HIGHEST, circuits=1), overflow=("city",)),
)


def test_calls_overflow_to_another_office_and_then_meet_congestion(repertoire):
    clock = VirtualClock()

    async def main():
        lines = [E1Line(), E1Line()]
        banks = [Bank(line, clock, greet, timeslots=(1, 31)) for line in lines]
        for bank in banks:
            bank.start()
        sockets = [Socket(line, 1) for line in lines]
        offices = [OFFICES[0], replace(OFFICES[1], group=TrunkGroup((2,), Hunt.HIGHEST))]
        async with Town(sockets, repertoire, clock, offices=offices) as town:
            callers = [town.subscriber(f"0216{n}") for n in range(4)]
            for caller in callers[:3]:
                await caller.dial("95588")
            with pytest.raises(LineError, match="port: none of 31 circuits is free") as caught:
                await callers[3].dial("95588")
            assert caught.value.cause == 34
            assert [call.address for call in banks[1].calls] == ["*02160*95588#", "*02161*95588#"]
            assert [call.address for call in banks[0].calls] == ["*02162*95588#"]
            port, city = (town.routes[name].stats() for name in ("port", "city"))
            assert (port.seized, port.overflowed, port.busy) == (2, 2, 2)
            assert (city.seized, city.overflowed, city.busy) == (1, 1, 1)
            assert port.occupied_s > 2
        for bank in banks:
            await bank.close()

    run(main(), clock)


def test_offices_must_fit_the_far_ends(repertoire):
    async def main(clock, offices, sentence):
        with pytest.raises(ValueError, match=sentence):
            Town([Socket(E1Line(), 1)], repertoire, clock, offices=offices)

    for offices, sentence in (
        (OFFICES, "office 'port': want spans 1 to 1, got 2"),
        (
            [Office("b", ("",), TrunkGroup((1,), circuits=40))],
            "want 40 circuits, its spans have 30",
        ),
    ):
        clock = VirtualClock()
        run(main(clock, offices, sentence), clock)


def test_thousands_of_subscribers_cost_little_and_nothing_is_kept_after_a_call(repertoire):
    clock = VirtualClock()

    async def main():
        line = E1Line()
        bank = Bank(line, clock, greet)
        bank.start()
        async with Town([Socket(line, 1)], repertoire, clock) as town:
            tracemalloc.start()
            people = [town.subscriber(f"0215{n:07d}", line="mobile") for n in range(2000)]
            each = tracemalloc.get_traced_memory()[0] / len(people)
            tracemalloc.stop()
            assert each < 8000  # octets
            caller = people[-1]
            await caller.dial("95588")
            await caller.stay_silent(1)
            handset = weakref.ref(caller._handset)
            await caller.hang_up()
            listened = caller.position
            await asyncio.sleep(1)
            gc.collect()
            assert handset() is None
            assert listened > 8000
        await bank.close()

    run(main(), clock)


def test_a_line_may_have_a_name_and_figures_beside_it(repertoire):
    async def main(clock):
        line = E1Line()
        async with Town([Socket(line, 1)], repertoire, clock) as town:
            town.subscriber("1", line="satellite", loss_db=3.0, noise_dbm0=-40)
            with pytest.raises(ValueError, match="line 'x': want a Copper or one of good_local"):
                town.subscriber("1", line="x")
            with pytest.raises(ValueError, match="loss_db: want -20 to 80, got 200"):
                town.subscriber("1", loss_db=200)

    clock = VirtualClock()
    run(main(clock), clock)


def test_in_real_time_a_town_joins_the_driver_of_its_far_ends(repertoire):
    async def main() -> None:
        ours, line = Engine(1, name="ours"), E1Line()
        ours.plug(line, 0)
        with Driver([ours], current()) as driver:
            async with Town([Socket(line, 1)], repertoire) as town:
                assert town.engine.driver is driver
            assert town.engine.driver is None
        ours.close()

    run(main(), SystemClock())
