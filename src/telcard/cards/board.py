"""How a board comes to life: absent, detected, downloading stage by stage, ready, or at fault.

A board has no firmware before the download: the download is the boot.  The driver begins a stage
and the hardware says when it is done; a stage that says it failed, or says nothing within its
limit, puts the board at fault with the stage's code.  `BoardMachine` is that and no more, pure;
`Board` runs it over some `Hardware`, and keeps the pools.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar, Protocol

from telcard.cards.pools import Pool
from telcard.cards.spec import CardSpec, Stage
from telcard.errors import CardError, LocalProtocolError
from telcard.machine import Action, Effect, Machine, Report, Send, StartTimer, StopTimer
from telcard.runner import Runner


class BoardState(Enum):
    """Where a board stands."""

    ABSENT = "absent"
    """Nothing answers in its slot."""
    DETECTED = "detected"
    """It answers, and has no firmware."""
    DOWNLOADING = "downloading"
    """The stages of its firmware run, one after the other."""
    READY = "ready"
    """Lines and resources can be opened."""
    FAULT = "fault"
    """A stage failed, or the firmware no longer runs."""


@dataclass(frozen=True, slots=True)
class BoardStatus:
    """What a board says of itself, whenever it is asked and at every change."""

    state: BoardState
    stage: str = ""
    """The stage that runs, or that failed."""
    number: int = 0
    """Its number, from 1."""
    of: int = 0
    """How many stages there are."""
    code: int = 0
    """The board's code for what went wrong; 0 when nothing did."""
    why: str = ""

    def __str__(self) -> str:
        stage = f" stage {self.stage} ({self.number} of {self.of})" if self.stage else ""
        fault = f": {self.why} (code {self.code:#04x})" if self.code else ""
        return f"{self.state.value}{stage}{fault}"


CRASH = 0xFF
"""Code of a board that fails after it was ready."""


class BoardMachine(Machine[BoardState]):
    """Inputs: "detect", "download", "done" and "failed" of a stage, "crash", "reset", "remove".

    `Send(stage)` asks the hardware to begin a stage; the timer of that name is its limit; `Report`
    brings a `BoardStatus`.
    """

    def __init__(self, stages: Sequence[Stage]) -> None:
        super().__init__(BoardState.ABSENT)
        self.stages = tuple(stages)
        self._at = 0
        self._code = 0
        self._why = ""

    def expire(self, timer: str) -> list[Effect]:
        """The limit of the running stage has passed, or a late one of an earlier stage."""
        return self.fire("limit") if self._runs(timer) else []

    def query(self) -> BoardStatus:
        """How the board stands now."""
        if self.state is BoardState.DOWNLOADING or self._at:
            stage = self.stages[max(0, self._at - 1)]
            place = (stage.name, self._at, len(self.stages))
            return BoardStatus(self.state, *place, self._code, self._why)
        return BoardStatus(self.state, code=self._code, why=self._why)

    def unexpected(self, name: str, *args: Any) -> list[Effect]:
        """Refuse what the state forbids."""
        raise LocalProtocolError(f"board: cannot {name} while {self.state.value}")

    def _detect(self) -> list[Effect]:
        """-> DETECTED."""
        return self._enter(BoardState.DETECTED)

    def _download(self) -> list[Effect]:
        """-> DOWNLOADING."""
        self._at = 0
        return self._next()

    def _next(self) -> list[Effect]:
        stage = self.stages[self._at]
        self._at += 1
        self.state = BoardState.DOWNLOADING
        return [Report(self.query()), StartTimer(stage.name), Send(stage)]

    def _done(self, stage: str) -> list[Effect]:
        """A stage is through: the next one, -> READY after the last."""
        if not self._runs(stage):
            return []  # the late word of a stage that was reset
        if self._at < len(self.stages):
            return [StopTimer(stage), *self._next()]
        self._at = 0
        return [StopTimer(stage), *self._enter(BoardState.READY)]

    def _failed(self, stage: str, why: str) -> list[Effect]:
        """-> FAULT."""
        if not self._runs(stage):
            return []
        return [StopTimer(stage), *self._fault(self.stages[self._at - 1].code, why)]

    def _limit(self) -> list[Effect]:
        """-> FAULT."""
        stage = self.stages[self._at - 1]
        return self._fault(stage.code, f"no answer within {stage.limit_s:g} s")

    def _crash(self, why: str) -> list[Effect]:
        """-> FAULT."""
        return self._fault(CRASH, why)

    def _reset(self) -> list[Effect]:
        """-> DETECTED."""
        return [*self._stop(), *self._enter(BoardState.DETECTED)]

    def _remove(self) -> list[Effect]:
        """-> ABSENT."""
        return [*self._stop(), *self._enter(BoardState.ABSENT)]

    def _late(self, *_: str) -> list[Effect]:
        return []

    def _runs(self, stage: str) -> bool:
        return self.state is BoardState.DOWNLOADING and self.stages[self._at - 1].name == stage

    def _stop(self) -> list[Effect]:
        running = self.state is BoardState.DOWNLOADING
        effects: list[Effect] = [StopTimer(self.stages[self._at - 1].name)] if running else []
        self._at, self._code, self._why = 0, 0, ""
        return effects

    def _fault(self, code: int, why: str) -> list[Effect]:
        self._code, self._why = code, why
        return self._enter(BoardState.FAULT)

    def _enter(self, state: BoardState) -> list[Effect]:
        self.state = state
        return [Report(self.query())]

    table: ClassVar[Mapping[tuple[BoardState, str], Action]] = {
        (BoardState.ABSENT, "detect"): _detect,
        (BoardState.ABSENT, "done"): _late,
        (BoardState.ABSENT, "failed"): _late,
        (BoardState.DETECTED, "download"): _download,
        (BoardState.DETECTED, "done"): _late,
        (BoardState.DETECTED, "failed"): _late,
        (BoardState.DETECTED, "remove"): _remove,
        (BoardState.DOWNLOADING, "done"): _done,
        (BoardState.DOWNLOADING, "failed"): _failed,
        (BoardState.DOWNLOADING, "limit"): _limit,
        (BoardState.DOWNLOADING, "reset"): _reset,
        (BoardState.DOWNLOADING, "remove"): _remove,
        (BoardState.READY, "crash"): _crash,
        (BoardState.READY, "reset"): _reset,
        (BoardState.READY, "remove"): _remove,
        (BoardState.FAULT, "done"): _late,
        (BoardState.FAULT, "failed"): _late,
        (BoardState.FAULT, "reset"): _reset,
        (BoardState.FAULT, "remove"): _remove,
    }


class Hardware(Protocol):
    """What a board is downloaded to."""

    def present(self) -> bool:
        """Whether a card answers at all."""

    def begin(self, stage: Stage, done: Callable[[], None], failed: Callable[[str], None]) -> None:
        """Begin a stage; call one of the two later, or neither when the card hangs."""


class Board:
    """One board: its state, its pools, and how it is brought up and down."""

    def __init__(self, spec: CardSpec, hardware: Hardware) -> None:
        self.spec = spec
        self.pools = {pool.name: Pool(pool.name, pool.size) for pool in spec.pools}
        self._hardware = hardware
        self._machine = BoardMachine(spec.firmware.stages)
        self._runner = Runner(
            self._machine,
            timers={stage.name: stage.limit_s for stage in spec.firmware.stages},
            send=self._begin,
            report=self._changed,
        )
        self._subscribers: list[Callable[[BoardStatus], None]] = []
        self._waiting: list[asyncio.Future[None]] = []
        self._begun: object = None

    @property
    def status(self) -> BoardStatus:
        """How the board stands now."""
        return self._machine.query()

    @property
    def state(self) -> BoardState:
        """The state alone."""
        return self._machine.state

    def subscribe(self, subscriber: Callable[[BoardStatus], None]) -> None:
        """Call `subscriber` at every change of the status."""
        self._subscribers.append(subscriber)

    def unsubscribe(self, subscriber: Callable[[BoardStatus], None]) -> None:
        """Call `subscriber` no more."""
        self._subscribers.remove(subscriber)

    async def bring_up(self) -> None:
        """Find the board, download its firmware and wait until it is ready.

        A board at fault is reset and tried again.  Raises `CardError` with the stage and its code
        when the download fails.  When it is cancelled, and nobody else waits, the board is reset.
        """
        if self.state is BoardState.READY:
            return
        if self.state is BoardState.ABSENT:
            if not self._hardware.present():
                raise CardError(f"{self.spec.identity.model}: no card answers")
            self._runner.fire("detect")
        if self.state is BoardState.FAULT:
            self._runner.fire("reset")
        over = asyncio.get_running_loop().create_future()
        self._waiting.append(over)
        if self.state is BoardState.DETECTED:
            self._runner.fire("download")
        try:
            await over
        except asyncio.CancelledError:
            self._waiting.remove(over)
            if not self._waiting and self.state is BoardState.DOWNLOADING:
                self._runner.fire("reset")
            raise

    def bring_down(self) -> None:
        """Stop the board: it stays detected, without its firmware."""
        if self.state in (BoardState.DOWNLOADING, BoardState.READY, BoardState.FAULT):
            self._runner.fire("reset")

    def crash(self, why: str) -> None:
        """The hardware has told, or shown, that its firmware no longer runs."""
        self._runner.fire("crash", why)

    def remove(self) -> None:
        """The card is gone from its slot."""
        if self.state is not BoardState.ABSENT:
            self._runner.fire("remove")

    def _begin(self, stage: Stage) -> None:
        begun = self._begun = object()

        def still(name: str, *facts: str) -> None:
            if self._begun is begun:  # else it is the late word of a download that was reset
                self._runner.fire(name, stage.name, *facts)

        self._hardware.begin(stage, lambda: still("done"), lambda why: still("failed", why))

    def _changed(self, status: BoardStatus) -> None:
        for subscriber in tuple(self._subscribers):
            subscriber(status)
        if status.state is BoardState.DOWNLOADING:
            return
        over, self._waiting = self._waiting, []
        for future in over:
            if future.done():
                continue
            if status.state is BoardState.READY:
                future.set_result(None)
            else:
                future.set_exception(CardError(f"{self.spec.identity.model}: {status}"))
