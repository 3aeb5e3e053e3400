"""A board that has failed comes back by itself: reset, download, with growing distance.

    async with Recovery(board, report):
        ...                                # crashes, vanishes, returns: nobody has to look

A board at fault is reset and downloaded again, one that is gone is looked for, the first time after
a second, then after 2, 4, 8 ... 60; never given up, and never in silence.  A board that then runs
for a minute is a board in order again: its next failure begins with a second once more.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from telcard.cards.board import Board, BoardState, BoardStatus
from telcard.errors import CardError

log = logging.getLogger(__name__)

Report = Callable[..., None]
"""Called as `report(name, **facts)`."""


@dataclass(frozen=True, slots=True)
class Distance:
    """How long to wait before each attempt."""

    first_s: float = 1.0
    most_s: float = 60.0
    lasted_s: float = 60.0
    """A run this long makes the next failure the first."""

    def after(self, wait_s: float) -> float:
        """The wait that follows one of `wait_s`."""
        return min(2 * wait_s, self.most_s)


class Recovery:
    """Watches a board that was brought up, and brings it up again whenever it has failed.

    `report(name, **facts)` is called with `board_down` (why), `board_retry` (after which wait),
    `board_still_down` (why) and `board_up` (attempts).  A board that somebody stops on purpose
    (`bring_down`) stays stopped.  Leaving the `async with` ends the watch, and an attempt in hand.
    """

    def __init__(self, board: Board, report: Report, distance: Distance | None = None) -> None:
        self._board = board
        self._report = report
        self._distance = distance or Distance()
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._board.subscribe(self._look)
        name = f"recovery of {self._board.spec.name}"
        self._task = asyncio.create_task(self._watch(), name=name)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._board.unsubscribe(self._look)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @property
    def down(self) -> bool:
        """Whether the board has failed, and not been stopped on purpose."""
        return self._board.state in (BoardState.FAULT, BoardState.ABSENT)

    def _look(self, status: BoardStatus) -> None:
        self._changed.set()

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        wait_s = 0.0
        while True:
            since_s = loop.time()
            await self._failure()
            lasted = loop.time() - since_s >= self._distance.lasted_s
            if lasted or not wait_s:
                wait_s = self._distance.first_s
            self._report("board_down", why=str(self._board.status))
            wait_s = await self._bring_up(wait_s)

    async def _failure(self) -> None:
        while not self.down:
            self._changed.clear()
            await self._changed.wait()

    async def _bring_up(self, wait_s: float) -> float:
        """Try until it runs, or somebody else has seen to it; returns the next wait."""
        attempts = 0
        while self.down:
            self._report("board_retry", wait_s=wait_s)
            await asyncio.sleep(wait_s)
            wait_s = self._distance.after(wait_s)
            if self._board.state is BoardState.DETECTED:
                break  # somebody has stopped it on purpose meanwhile
            attempts += 1
            try:
                await self._board.bring_up()
            except CardError as error:
                log.error("%s", error)
                self._report("board_still_down", why=str(error))
        if self._board.state is BoardState.READY:
            self._report("board_up", attempts=attempts)
        return wait_s
