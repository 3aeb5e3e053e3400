"""Real time for engines without sound: a timer of the event loop instead of a native thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from telcard.clock import SystemClock
from telcard.engine.quiet.core import QuietCore
from telcard.units import NS, TICK_NS


class Pacer:
    """Ticks quiet cores in the order in which they were added, whenever one of them has work.

    A late loop makes no tick lost: those that were due run one after the other.
    """

    def __init__(self, clock: SystemClock) -> None:
        self._cores: list[tuple[QuietCore, Callable[[], None]]] = []
        self._clock = clock
        self._timer: asyncio.TimerHandle | None = None
        self._runs = self._ticking = False

    def add(self, core: QuietCore, deliver: Callable[[], None]) -> None:
        """Tick this core as well; `deliver` is called when events of it wait."""
        self._cores.append((core, deliver))
        if self._runs:
            core.on_plan = self._arm
            self._arm()

    def remove(self, core: QuietCore) -> None:
        """Tick it no longer."""
        core.on_plan = None
        self._cores = [pair for pair in self._cores if pair[0] is not core]

    def start(self) -> None:
        """From now on they tick, on the running loop."""
        self._runs = True
        for core, _ in self._cores:
            core.on_plan = self._arm
        self._arm()

    def stop(self) -> None:
        """No more ticks."""
        self._runs = False
        for core, _ in self._cores:
            core.on_plan = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _next(self) -> int | None:
        """The first tick that has work; commands wait for the next one that begins."""
        ticks = [tick for core, _ in self._cores if (tick := core.planned()) is not None]
        if any(core.commands_wait for core, _ in self._cores):
            ticks.append(self._clock.now() // TICK_NS + 1)
        return min(ticks, default=None)

    def _arm(self) -> None:
        if self._ticking:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        tick = self._next()
        if tick is not None:
            wait_s = max(0.0, (tick * TICK_NS - self._clock.now()) / NS)
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._tick, tick)

    def _tick(self, tick: int) -> None:
        self._timer = None
        self._ticking = True
        try:
            for core, deliver in tuple(self._cores):
                if core.tick(tick):
                    deliver()
        finally:
            self._ticking = False
            self._arm()
