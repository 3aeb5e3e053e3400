import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telcard import clock
from telcard.clock import SystemClock, VirtualClock
from telcard.errors import Deadlock
from telcard.units import NS, TICK_NS


class Ticks:
    """A stepper that has work at the ticks it was given."""

    def __init__(self, virtual: VirtualClock, busy: Callable[[], bool]) -> None:
        self.clock = virtual
        self.busy = busy
        self.seen: list[int] = []
        self.on_tick: Callable[[int], object] = lambda tick: None

    def next_tick(self, first: int) -> int | None:
        return first if self.busy() else None

    def step(self, tick: int) -> None:
        assert self.clock.now() == tick * TICK_NS
        self.seen.append(tick)
        self.on_tick(tick)


def test_sleeping_takes_exactly_the_time_asked_for_and_none_of_ours() -> None:
    virtual = VirtualClock()

    async def main() -> None:
        await asyncio.sleep(86_400.5)

    clock.run(main(), virtual)
    assert virtual.now() == 86_400_500_000_000


@given(st.lists(st.integers(1, 3_600 * NS), min_size=1, max_size=20))
def test_timers_fire_in_order_and_at_their_nanosecond(delays: list[int]) -> None:
    virtual = VirtualClock()
    fired: list[int] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        for delay in delays:
            loop.call_later(delay / NS, lambda: fired.append(virtual.now()))
        await asyncio.sleep(3_601)

    clock.run(main(), virtual)
    assert fired == sorted(fired)
    for at, delay in zip(fired, sorted(delays), strict=True):
        assert abs(at - delay) <= 1


def test_wall_time_follows_the_clock() -> None:
    virtual = VirtualClock(datetime(2026, 5, 1, 23, 59, 59, tzinfo=UTC))

    async def main() -> None:
        await asyncio.sleep(1.5)

    clock.run(main(), virtual)
    assert virtual.utc() == datetime(2026, 5, 2, 0, 0, 0, 500_000, tzinfo=UTC)


def test_virtual_time_cannot_go_back() -> None:
    virtual = VirtualClock()
    virtual.advance(5)
    with pytest.raises(ValueError, match="cannot go back from 5 ns to 4 ns"):
        virtual.advance(4)


def test_ticks_come_every_10_ms_while_a_stepper_has_work() -> None:
    virtual = VirtualClock()
    ticks = Ticks(virtual, lambda: True)
    virtual.attach(ticks)

    async def main() -> None:
        await asyncio.sleep(0.05)

    clock.run(main(), virtual)
    assert ticks.seen == [1, 2, 3, 4, 5]


def test_idle_ticks_are_skipped_and_keep_their_numbers() -> None:
    virtual = VirtualClock()
    busy = False
    ticks = Ticks(virtual, lambda: busy)
    virtual.attach(ticks)

    async def main() -> None:
        nonlocal busy
        await asyncio.sleep(1.004)
        busy = True
        await asyncio.sleep(0.02)
        busy = False
        await asyncio.sleep(3600)

    clock.run(main(), virtual)
    assert ticks.seen == [101, 102]


def test_an_idle_stepper_runs_at_the_ticks_of_a_busy_one() -> None:
    virtual = VirtualClock()
    idle, busy = Ticks(virtual, lambda: False), Ticks(virtual, lambda: True)
    virtual.attach(idle)
    virtual.attach(busy)

    async def main() -> None:
        await asyncio.sleep(0.03)

    clock.run(main(), virtual)
    assert idle.seen == busy.seen == [1, 2, 3]


def test_at_one_instant_the_tick_comes_first_then_its_events_then_the_timers() -> None:
    virtual = VirtualClock()
    ticks = Ticks(virtual, lambda: True)
    virtual.attach(ticks)
    order: list[str] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        digit: asyncio.Future[str] = loop.create_future()
        relayed: asyncio.Queue[str] = asyncio.Queue()

        async def relay() -> None:
            await relayed.put(await digit)

        async def hear() -> None:
            order.append(f"event {await relayed.get()}")

        def on_tick(tick: int) -> None:
            order.append(f"tick {tick}")
            if tick == 3:
                digit.set_result("5")

        ticks.on_tick = on_tick
        loop.call_later(0.03, order.append, "timer")
        async with asyncio.TaskGroup() as group:
            group.create_task(relay())  # the event needs several rounds of the loop to arrive
            group.create_task(hear())
            await asyncio.sleep(0.03)

    clock.run(main(), virtual)
    assert order == ["tick 1", "tick 2", "tick 3", "event 5", "timer"]


def test_what_arrives_with_the_deadlines_own_tick_is_in_time() -> None:
    virtual = VirtualClock()
    ticks = Ticks(virtual, lambda: True)
    virtual.attach(ticks)

    async def main() -> str:
        arrived: asyncio.Queue[str] = asyncio.Queue()
        ticks.on_tick = lambda tick: arrived.put_nowait("#") if tick == 50 else None
        async with asyncio.timeout(0.5):
            return await asyncio.create_task(arrived.get())

    assert clock.run(main(), virtual) == "#"


def test_a_timer_between_two_ticks_comes_between_them() -> None:
    virtual = VirtualClock()
    ticks = Ticks(virtual, lambda: True)
    virtual.attach(ticks)
    order: list[str] = []

    async def main() -> None:
        ticks.on_tick = lambda tick: order.append(f"tick {tick}")
        asyncio.get_running_loop().call_later(0.015, order.append, "timer")
        await asyncio.sleep(0.02)

    clock.run(main(), virtual)
    assert order == ["tick 1", "timer", "tick 2"]


def test_a_stepper_may_leave_during_its_own_tick_and_the_next_one_still_runs() -> None:
    virtual = VirtualClock()
    first, second = Ticks(virtual, lambda: True), Ticks(virtual, lambda: True)
    first.on_tick = lambda tick: virtual.detach(first)
    virtual.attach(first)
    virtual.attach(second)

    async def main() -> None:
        await asyncio.sleep(0.02)

    clock.run(main(), virtual)
    assert first.seen == [1]
    assert second.seen == [1, 2]


def test_a_steppers_exception_ends_the_run() -> None:
    virtual = VirtualClock()
    ticks = Ticks(virtual, lambda: True)

    def fail(tick: int) -> None:
        raise RuntimeError("ring full")

    ticks.on_tick = fail
    virtual.attach(ticks)

    async def main() -> None:
        await asyncio.sleep(1)

    with pytest.raises(RuntimeError, match="ring full"):
        clock.run(main(), virtual)


def test_executor_jobs_take_no_virtual_time() -> None:
    virtual = VirtualClock()
    virtual.attach(Ticks(virtual, lambda: True))

    async def main() -> int:
        loop = asyncio.get_running_loop()
        total = 0
        for number in range(50):
            total += await loop.run_in_executor(None, lambda n=number: n * n)
        return total

    assert clock.run(main(), virtual) == sum(n * n for n in range(50))
    assert virtual.now() == 0


def test_executor_jobs_end_in_the_order_given_whichever_is_ready_first() -> None:
    virtual = VirtualClock()
    order: list[str] = []

    async def main() -> None:
        late_is_ready = threading.Event()
        loop = asyncio.get_running_loop()

        async def job(name: str, work: Callable[[], object]) -> None:
            await loop.run_in_executor(pool, work)
            order.append(name)

        with ThreadPoolExecutor(2) as pool:
            async with asyncio.TaskGroup() as group:
                group.create_task(job("early", late_is_ready.wait))
                group.create_task(job("late", late_is_ready.set))

    clock.run(main(), virtual)
    assert order == ["early", "late"]


def test_jobs_of_the_loops_own_executor_begin_in_the_order_given() -> None:
    begun: list[int] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(loop.run_in_executor(None, begun.append, n) for n in range(100)))

    clock.run(main(), VirtualClock())
    assert begun == list(range(100))


def test_time_stands_still_until_a_job_has_ended() -> None:
    virtual = VirtualClock()
    virtual.attach(Ticks(virtual, lambda: True))
    seen: list[int] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(0.001, lambda: seen.append(virtual.now()))
        async with asyncio.timeout(0.001):
            await asyncio.to_thread(sum, range(100_000))
        seen.append(virtual.now())
        await asyncio.sleep(0.002)

    clock.run(main(), virtual)
    assert seen == [0, 1_000_000]


def test_a_jobs_exception_reaches_the_coroutine() -> None:
    async def main() -> None:
        with pytest.raises(ZeroDivisionError):
            await asyncio.to_thread(divmod, 1, 0)

    clock.run(main(), VirtualClock())


def test_a_job_whose_coroutine_was_cancelled_ends_unheard() -> None:
    async def main() -> None:
        task = asyncio.create_task(asyncio.to_thread(sum, [1, 2]))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(sum, [3, 4]) == 7

    clock.run(main(), VirtualClock())


def test_a_deadlock_names_who_waits_and_where() -> None:
    async def main() -> None:
        queue: asyncio.Queue[str] = asyncio.Queue()

        async def wait_for_digit() -> str:
            return await queue.get()

        async with asyncio.TaskGroup() as group:
            group.create_task(wait_for_digit(), name="caller 1")
            group.create_task(asyncio.Event().wait(), name="agent 7")

    with pytest.raises(Deadlock) as caught:
        clock.run(main(), VirtualClock())
    message = str(caught.value)
    assert message.startswith("nothing can ever happen: ")
    assert "caller 1 in " in message
    assert "wait_for_digit:" in message
    assert "> Queue.get:" in message
    assert "agent 7 in Event.wait:" in message


def test_a_steppers_work_is_no_deadlock_but_its_rest_is() -> None:
    virtual = VirtualClock()
    ticks = Ticks(virtual, lambda: len(ticks.seen) < 10)
    virtual.attach(ticks)

    async def main() -> None:
        await asyncio.Event().wait()

    with pytest.raises(Deadlock):
        clock.run(main(), virtual)
    assert ticks.seen == list(range(1, 11))


def test_tasks_are_cancelled_when_the_run_ends_in_deadlock() -> None:
    released: list[str] = []

    async def main() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            released.append("lane")

    with pytest.raises(Deadlock):
        clock.run(main(), VirtualClock())
    assert released == ["lane"]


def test_the_running_loops_clock_can_be_asked_for() -> None:
    async def main() -> clock.Clock:
        return clock.current()

    for wanted in (VirtualClock(), SystemClock()):
        assert clock.run(main(), wanted) is wanted


def test_a_loop_of_somebody_else_gets_one_system_clock() -> None:
    async def main() -> tuple[clock.Clock, clock.Clock]:
        return clock.current(), clock.current()

    first, second = asyncio.run(main())
    assert first is second
    assert isinstance(first, SystemClock)


def test_the_system_clock_starts_at_zero_and_never_goes_back() -> None:
    system = SystemClock()
    readings = [system.now() for _ in range(1000)]
    assert readings[0] >= 0
    assert readings == sorted(readings)
    assert readings[-1] < 60 * NS
    assert system.origin_ns > 0


def test_the_system_clocks_wall_time_is_utc() -> None:
    assert SystemClock().utc().utcoffset() == timedelta(0)
