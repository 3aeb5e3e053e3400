"""Real time: the native threads that tick engines."""

from __future__ import annotations

import os
from collections.abc import Sequence
from types import TracebackType

from telcard._native import engine as native
from telcard.clock import SystemClock
from telcard.engine.engine import Engine
from telcard.engine.stats import DriverStats
from telcard.errors import CardError


class Driver:
    """Ticks engines in real time, in the order given, on one native thread; a second one writes
    recordings.  Neither ever takes the GIL.

    `priority` 1..99 asks for SCHED_FIFO; `stats().fifo` tells whether the system allowed it.
    Use it as a context manager, or call `start()` and `stop()`.
    """

    def __init__(self, engines: Sequence[Engine], clock: SystemClock, priority: int = 0) -> None:
        if not 0 <= priority <= 99:
            raise ValueError(f"driver: want a priority of 0 to 99, got {priority}")
        for engine in engines:
            if engine.driven or engine.is_virtual:
                raise CardError(f"{engine.name}: another clock or driver ticks it already")
        self._engines = list(engines)
        self._clock = clock
        self._priority = priority
        self._ticker = self._make_ticker()
        self._running = False

    def _make_ticker(self) -> native.Ticker:
        cores = [engine.core for engine in self._engines]
        return native.Ticker(cores, self._clock.origin_ns, self._priority)

    def start(self) -> None:
        """From now on the engines tick.  Raises `CardError` when no thread can be had."""
        if self._running:
            return
        self._ticker = self._make_ticker()
        error = self._ticker.start()
        if error:
            raise CardError(f"driver: cannot start its threads: {os.strerror(error)}")
        self._running = True
        for engine in self._engines:
            engine.driven = True

    def request_stop(self) -> None:
        """Ask the threads to end soon; sets a flag, so a signal handler may do it."""
        self._ticker.request_stop()

    def stop(self) -> None:
        """End the threads and wait for them, 20 ms or so; recordings are written then."""
        self._ticker.request_stop()
        self._ticker.join()
        self._running = False
        for engine in self._engines:
            engine.driven = False

    def stats(self) -> DriverStats:
        """How punctual it has been."""
        ticks, late, p999_ns, max_ns, fifo = self._ticker.stats()
        return DriverStats(ticks, late, p999_ns / 1000, max_ns / 1000, fifo)

    def __enter__(self) -> Driver:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
