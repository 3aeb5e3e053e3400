"""Time is a guest: everything asks one clock, and the clock may be virtual.

Control time is an integer count of nanoseconds from `Clock.now()`; wall time (`Clock.utc()`) is
for people only.  Coroutines keep using asyncio: `run(main, clock)` gives them a loop whose time is
the clock's.  Under a `VirtualClock` the loop never sleeps: where it would, it moves the clock to
the next tick or timer.  At one instant it runs tick n, then the tick's events, then the timers due
by then; instants at which nothing is due are skipped.  Jobs given to an executor take no virtual
time and complete in the order they were given, so a run is repeatable.  When nothing can ever
happen any more, it raises `Deadlock` and names the tasks that wait.
"""

from __future__ import annotations

import asyncio
import selectors
import time
import weakref
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar

from telcard.errors import Deadlock
from telcard.units import NS, TICK_NS

T = TypeVar("T")


class Stepper(Protocol):
    """Something that moves tick by tick with virtual time: an engine."""

    def next_tick(self, first: int) -> int | None:
        """The first tick, not before `first`, that has work; None when nothing waits for one.

        Ticks in which no stepper has work are skipped.
        """

    def step(self, tick: int) -> None:
        """Run tick number `tick` (at `tick * TICK_NS`) and deliver its events."""


class Clock(Protocol):
    """Where everybody gets the time from."""

    def now(self) -> int:
        """Nanoseconds since the clock started; never goes back."""

    def utc(self) -> datetime:
        """Wall time, for people."""


class SystemClock:
    """The machine's monotonic clock, counted from the clock's creation."""

    def __init__(self) -> None:
        self._origin = time.monotonic_ns()

    @property
    def origin_ns(self) -> int:
        """CLOCK_MONOTONIC, in nanoseconds, at this clock's zero."""
        return self._origin

    def now(self) -> int:
        """Nanoseconds since the clock started."""
        return time.monotonic_ns() - self._origin

    def utc(self) -> datetime:
        """Wall time, for people."""
        return datetime.now(UTC)


class VirtualClock:
    """A clock that stands still until its event loop moves it.

    `start` is the wall time at zero.
    """

    def __init__(self, start: datetime = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)) -> None:
        self._now = 0
        self._start = start
        self.steppers: list[Stepper] = []

    def now(self) -> int:
        """Nanoseconds since the clock started."""
        return self._now

    def utc(self) -> datetime:
        """Wall time, for people."""
        return self._start + timedelta(microseconds=self._now // 1000)

    def attach(self, stepper: Stepper) -> None:
        """From now on `stepper` runs at every tick at which it, or any other, has work."""
        self.steppers.append(stepper)

    def detach(self, stepper: Stepper) -> None:
        """Forget `stepper`."""
        self.steppers.remove(stepper)

    def advance(self, to: int) -> None:
        """Move to the instant `to`, in nanoseconds; only the event loop does this."""
        if to < self._now:
            raise ValueError(f"clock: cannot go back from {self._now} ns to {to} ns")
        self._now = to


class _VirtualSelector(selectors.DefaultSelector):
    """Where asyncio would sleep, moves the clock instead."""

    def __init__(self, loop: VirtualLoop, clock: VirtualClock) -> None:
        super().__init__()
        self._loop = loop
        self._clock = clock
        self._last_tick = 0
        self.jobs: deque[tuple[Future[Any], asyncio.Future[Any]]] = deque()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Move to the next instant at which anything happens, if nothing is left to do at this one.

        asyncio asks before each round of callbacks, with a timeout of 0 while any is due.
        """
        ready = super().select(0)
        self._loop.let_timers_run(not self._loop.has_callbacks())
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if self.jobs:
            self._finish_job()
            return []
        timer = None if timeout is None else self._clock.now() + max(1, round(timeout * NS))
        first = max(self._last_tick, self._clock.now() // TICK_NS) + 1
        tick = None
        for stepper in self._clock.steppers:
            wanted = stepper.next_tick(first)
            if wanted is not None and (tick is None or wanted < tick):
                tick = wanted
        if tick is not None and (timer is None or tick * TICK_NS <= timer):
            self._clock.advance(tick * TICK_NS)
            self._last_tick = tick
            self._loop.let_timers_run(False)  # until all that the tick caused has run
            for stepper in tuple(self._clock.steppers):
                stepper.step(tick)
        elif timer is not None:
            self._clock.advance(timer)
        else:
            raise Deadlock(f"nothing can ever happen: {_who_waits(self._loop)}")
        return []

    def _finish_job(self) -> None:
        """Wait for the oldest executor job and hand its outcome to the coroutine."""
        done, waiter = self.jobs.popleft()
        error = done.exception()
        if waiter.cancelled():
            return
        if error is None:
            waiter.set_result(done.result())
        else:
            waiter.set_exception(error)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop that lives in the time of a `VirtualClock`."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._virtual_selector = _VirtualSelector(self, clock)
        super().__init__(self._virtual_selector)
        self.let_timers_run(True)
        _clocks[self] = clock
        self._workers: ThreadPoolExecutor | None = None

    def time(self) -> float:
        """Seconds since the clock started."""
        return self._clock.now() / NS

    def has_callbacks(self) -> bool:
        """Whether a callback waits for its turn at this very instant."""
        return bool(self._ready)  # type: ignore[attr-defined]

    def let_timers_run(self, yes: bool) -> None:
        """Whether timers of the present instant may run: asyncio takes those before `time() +
        _clock_resolution`, so a resolution below zero keeps them back.
        """
        self._clock_resolution = (1 if yes else -1) / NS

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        """Run `func` in a thread; it takes no virtual time, and jobs end in the order given.

        The loop's own executor has one thread, so that jobs also *begin* in that order.
        """
        if executor is None:
            if self._workers is None:
                self._workers = ThreadPoolExecutor(1, thread_name_prefix="telcard-worker")
            executor = self._workers
        waiter: asyncio.Future[T] = self.create_future()
        self._virtual_selector.jobs.append((executor.submit(func, *args), waiter))
        return waiter

    def close(self) -> None:
        """Close the loop and its threads."""
        if self._workers is not None:
            self._workers.shutdown()
        super().close()


_clocks: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Clock] = weakref.WeakKeyDictionary()


def current() -> Clock:
    """The running event loop's clock; a loop that `run` did not start gets a `SystemClock`."""
    return _clocks.setdefault(asyncio.get_running_loop(), SystemClock())


def _who_waits(loop: asyncio.AbstractEventLoop) -> str:
    """Names and places of the tasks that are not done, for `Deadlock`."""
    tasks = sorted(asyncio.all_tasks(loop), key=lambda task: task.get_name())
    return "; ".join(f"{task.get_name()} in {_where(task)}" for task in tasks) or "no task is left"


def _where(task: asyncio.Task[Any]) -> str:
    """The coroutines that await one another, from the task's own to the one that is stuck."""
    chain: list[str] = []
    coroutine: Any = task.get_coro()
    while (frame := getattr(coroutine, "cr_frame", None)) is not None:
        chain.append(f"{frame.f_code.co_qualname}:{frame.f_lineno}")
        coroutine = coroutine.cr_await
    return " > ".join(chain) or "?"


def runner(clock: Clock) -> asyncio.Runner:
    """An `asyncio.Runner` whose event loop lives in the time of `clock`."""

    def loop() -> asyncio.AbstractEventLoop:
        if isinstance(clock, VirtualClock):
            return VirtualLoop(clock)
        made = asyncio.new_event_loop()
        _clocks[made] = clock
        return made

    return asyncio.Runner(loop_factory=loop)


def run(main: Coroutine[Any, Any, T], clock: Clock) -> T:
    """Run a coroutine to its end in the time of `clock`, as `asyncio.run` does.

    Raises `Deadlock` under a virtual clock when every task waits for nothing.
    """
    with runner(clock) as running:
        return running.run(main)
