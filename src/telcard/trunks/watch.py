"""Whether a line can serve: its board is ready, and no alarm has lasted.

What a trunk does about it is its own; here it is only told when to serve, and when to give up.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from telcard.cards import BoardState, BoardStatus, EmulatedCard
from telcard.engine import Alarm, Span
from telcard.events import Value
from telcard.runner import Runner
from telcard.signalling.supervision import (
    Health,
    Interrupted,
    LineFailed,
    LineRestored,
    Patience,
    Resumed,
    Supervision,
    SupervisionEvent,
)

log = logging.getLogger(__name__)

Report = Callable[..., None]
"""Called as `report(name, **facts)` with what happens to a trunk as a whole."""


def tell_nobody(name: str, **facts: Value) -> None:
    """A `Report` that is not wanted."""


class Served(Protocol):
    """A trunk, as the watch over its line has it."""

    def serve(self) -> None:
        """Board and line are in order: put the circuits into service."""

    def lose(self) -> int:
        """Nothing can be sent any more: calls are lost, circuits out of service.

        Returns how many calls there were.
        """

    def resumed(self) -> None:
        """An alarm did not last: what was received meanwhile meant nothing."""


class LineWatch:
    """Watches one span and its board for a trunk, from `start` to `stop`.

    `report` is called with `line_alarm`, `line_failed` and `line_restored`.
    """

    def __init__(
        self,
        card: EmulatedCard,
        span: Span,
        trunk: Served,
        report: Report,
        patience: Patience | None = None,
    ) -> None:
        self._card = card
        self._span = span
        self._trunk = trunk
        self._report = report
        self._watching = self._serving = False
        self._heard = False
        self._supervision = Supervision()
        self._supervisor = Runner(
            self._supervision,
            timers=(patience or Patience()).timers,
            send=lambda pdu: None,  # it has nothing to send
            report=self._supervised,
        )

    @property
    def believes(self) -> bool:
        """Whether what is received means anything now."""
        return self._supervision.state is not Health.INTERRUPTED

    @property
    def serving(self) -> bool:
        """Whether the trunk was told to serve, and not to give up since."""
        return self._serving

    def start(self) -> None:
        """Watch from now on; the trunk serves at once, unless its line has failed."""
        self._watching = True
        if not self._heard:
            self._heard = True
            self._span.on_alarm(self._alarmed)
            self._card.board.subscribe(self._board_changed)
        self._supervisor.fire("alarm" if self._span.alarms else "clear")
        self._serve()

    def stop(self) -> None:
        """Watch no more."""
        self._watching = self._serving = False
        self._supervisor.close()

    def _serve(self) -> None:
        if self._watching and not self._serving and self._card.board.state is BoardState.READY:
            self._serving = True
            self._trunk.serve()

    def _lose(self, why: str) -> int:
        if not self._serving:
            return 0
        log.error("%s: out of service, %s", self._span.name, why)
        self._serving = False
        return self._trunk.lose()

    def _board_changed(self, status: BoardStatus) -> None:
        if not self._watching:
            return
        if status.state is not BoardState.READY:
            self._lose(f"the board is {status}")
        elif not self._supervision.failed:
            log.warning("%s: in service again", self._span.name)
            self._serve()

    def _alarmed(self, alarms: Alarm) -> None:
        if self._watching:
            self._report("line_alarm", line=self._span.name, alarms=alarms.name or "NONE")
            self._supervisor.fire("alarm" if alarms else "clear")

    def _supervised(self, event: SupervisionEvent) -> None:
        match event:
            case Interrupted():
                log.warning("%s: %s", self._span.name, self._span.alarms.name)
            case Resumed():
                # After what this tick has brought: that is the newest.
                asyncio.get_running_loop().call_soon(self._trunk.resumed)
            case LineFailed():
                alarms = self._span.alarms.name or "NONE"
                calls = self._lose(f"the line has {alarms}")
                self._report("line_failed", line=self._span.name, alarms=alarms, calls=calls)
            case LineRestored():
                self._report("line_restored", line=self._span.name)
                log.warning("%s: in service again", self._span.name)
                self._serve()
