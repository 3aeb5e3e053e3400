"""Real time: the native threads that tick engines."""

from __future__ import annotations

import os
from collections.abc import Sequence
from types import TracebackType

from telcard._native import engine as native
from telcard.clock import SystemClock
from telcard.engine.engine import Engine, native_core
from telcard.engine.quiet import Pacer, QuietCore
from telcard.engine.stats import DriverStats
from telcard.errors import CardError, NoResource


class Driver:
    """Ticks engines in real time on one native thread; a second one writes recordings.  Neither
    ever takes the GIL.  Engines without sound tick on the running loop, when they have work.

    Engines come and go while it runs (`add`, `remove`).  The two ends of a line belong to one
    driver.  `priority` 1..99 asks for SCHED_FIFO; `stats().fifo` tells whether the system allowed
    it.
    Use it as a context manager, or call `start()` and `stop()`.
    """

    def __init__(self, engines: Sequence[Engine], clock: SystemClock, priority: int = 0) -> None:
        if not 0 <= priority <= 99:
            raise ValueError(f"driver: want a priority of 0 to 99, got {priority}")
        self._engines: list[Engine] = []
        self._clock = clock
        self._priority = priority
        self._pacer = Pacer(clock)
        self._running = False
        self._ticker = native.Ticker(clock.origin_ns, priority)
        for engine in engines:
            self.add(engine)

    def add(self, engine: Engine) -> None:
        """Tick this engine as well, from the next tick on if the driver runs.

        Raises `CardError` when another clock or driver ticks it, `NoResource` when the driver has
        no place left.
        """
        if engine.driver is not None or engine.is_virtual or engine in self._engines:
            raise CardError(f"{engine.name}: another clock or driver ticks it already")
        if isinstance(engine.core, QuietCore):
            self._pacer.add(engine.core, engine.poll)
        elif not self._ticker.add(native_core(engine)):
            raise NoResource(f"{engine.name}: all places of the driver are taken")
        self._engines.append(engine)
        if self._running:
            engine.driver = self

    def remove(self, engine: Engine) -> None:
        """Tick this engine no longer; waits for the tick that runs, 20 ms or so.

        Raises `CardError` for an engine that is not this driver's.
        """
        if engine not in self._engines:
            raise CardError(f"{engine.name}: it is not ticked by this driver")
        if isinstance(engine.core, QuietCore):
            self._pacer.remove(engine.core)
        else:
            self._ticker.remove(native_core(engine))
        self._engines.remove(engine)
        engine.driver = None

    def start(self) -> None:
        """From now on the engines tick.  Raises `CardError` when no thread can be had."""
        if self._running:
            return
        self._ticker = native.Ticker(self._clock.origin_ns, self._priority)
        for engine in self._engines:
            if engine.fidelity == "sound":
                self._ticker.add(native_core(engine))
        error = self._ticker.start()
        if error:
            raise CardError(f"driver: cannot start its threads: {os.strerror(error)}")
        self._pacer.start()
        self._running = True
        for engine in self._engines:
            engine.driver = self

    def request_stop(self) -> None:
        """Ask the threads to end soon; sets a flag, so a signal handler may do it."""
        self._ticker.request_stop()

    def stop(self) -> None:
        """End the threads and wait for them, 20 ms or so; recordings are written then."""
        self._ticker.request_stop()
        self._ticker.join()
        self._pacer.stop()
        self._running = False
        for engine in self._engines:
            engine.driver = None

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
