"""A fax on a channel: the machine of T.30, carried out over a lane of the engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from telcard.engine import Lane, Operation, Outcome
from telcard.fax.dialogue import Dialogue, FaxResult
from telcard.fax.lane import LEVEL_DBM0, FaxLane
from telcard.fax.t30 import Event
from telcard.runner import Runner

Fault = Callable[[], str]
"""What has failed of line and card, in words; "" while nothing has."""


def no_fault() -> str:
    """Nothing is known to have failed."""
    return ""


class FaxLine:
    """A fax call that runs on a channel; made by `Channel.fax`.

    The engine carries out what the machine wants and tells what came of it; timers are those of the
    running loop.  A loop that is late finds the evidence first and the timers after it, so that it
    loses no frame and repeats one at most.
    """

    def __init__(
        self,
        name: str,
        dialogue: Dialogue,
        *,
        level_dbm0: float = LEVEL_DBM0,
        echo_tone: bool = False,
        told: Callable[[Event], None] | None = None,
        fault: Fault = no_fault,
    ) -> None:
        self.dialogue = dialogue
        self._fault = fault
        self._name = name
        self._told = told
        self._fax = FaxLane(level_dbm0=level_dbm0, echo_tone=echo_tone)
        machine = dialogue.machine
        self._runner = Runner(
            machine, timers=machine.timers, send=self._fax.run, report=self._reported
        )
        self._over, self._free = asyncio.Event(), asyncio.Event()
        self._operation: Operation | None = None
        self._lane: Lane | None = None

    def __repr__(self) -> str:
        return f"<FaxLine {self._name}: {self.result}>"

    @property
    def result(self) -> FaxResult:
        """What it has come to so far."""
        return self.dialogue.result(self._fax.heard / 8000)

    @property
    def transcript(self) -> tuple[str, ...]:
        """What the machine has taken and wanted, the newest of it, a line each."""
        return self._runner.transcript

    async def ended(self) -> FaxResult:
        """Wait until it is over, whichever way; DCN has been said then."""
        await self._over.wait()
        return self.result

    def stop(self) -> None:
        """Say DCN and end; nothing when it is over."""
        self._runner.fire("stop")

    def hang_up(self) -> None:
        """The far end has gone, or line or card have failed: it is over; nothing when it is
        already."""
        fault = self._fault()
        self._runner.fire(*(("fail", fault) if fault else ("hang_up",)))

    def begin(self, lane: Lane, *, answered: bool) -> None:
        """Start on this lane; for `Channel.fax`."""
        self._lane = lane
        self._operation = lane.fax(self._fax, done=self._let_go, news=self._news)
        self._runner.fire("start", answered)

    async def close(self) -> None:
        """Take it off the lane, and wait until that is free; for `Channel.fax`."""
        self._runner.close()
        if self._operation is not None and self._lane is not None and self._lane.is_open:
            self._operation.stop()
            await self._free.wait()

    def _news(self) -> None:
        for evidence in self._fax.evidence():
            self._runner.fire("hear", evidence)

    def _let_go(self, _outcome: Outcome) -> None:
        """The engine runs it no more: the lane was closed, unless we have stopped it."""
        self._news()
        self.hang_up()
        self._free.set()

    def _reported(self, event: Event) -> None:
        self.dialogue.told(event)
        if self._told is not None:
            self._told(event)
        if not self.dialogue.active:
            self._over.set()
