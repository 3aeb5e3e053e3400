"""Who gives the clock to the boards of a chassis, and who does when he cannot.

    clocking = Clocking(cards, report)
    clocking.query()                 # master d300sc_e1, reference dtiB1, ...

All boards on a bus take one clock, and the engine's samples are counted by it.  The best source is
an operator's E1: a network board recovers the clock of a span and gives it to the bus.  When that
span is in alarm the next one takes over, of the same board first, and when no span is left a
board's own oscillator does.  A better source that comes back is used again when it has been good
for the time to restore (ITU-T G.781), so that a line that comes and goes does not drag the clock
with it; from the oscillator, where every span slips, the clock goes to a span at once.

Operators' networks are traceable to one clock, so their spans run at one rate until told otherwise
(`set_far_clock`); the oscillator of a board is off by up to 32 millionths.  A span whose rate is
not the master's gets an elastic store, and slips (`Span.set_drift`): while the chassis runs on its
own clock every living span slips every 4 seconds, and `clock_master` is the event that warns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar, Protocol

from telcard.cards.board import Board, BoardState, BoardStatus
from telcard.cards.faces import LineFace
from telcard.cards.spec import NONE, CardSpec
from telcard.engine import Alarm, Span
from telcard.machine import Action, Effect, Machine, Report, StartTimer, StopTimer
from telcard.runner import Runner

INTERNAL_PPM = 32.0
"""How far the oscillator of a board is off, at worst (Stratum 4 of ANSI T1.101)."""

RESTORE_S = 10.0
"""The time to restore.  G.781 leaves 0 to 12 minutes to the operator, and 5 where he says nothing:
that is for networks; an elastic store bridges the change of a single chassis."""


class ClockState(Enum):
    """Whose clock the bus has."""

    INTERNAL = "internal"
    """A board's own oscillator: no reference is good."""
    FALLBACK = "fallback"
    """That of a reference which is not the first choice."""
    PREFERRED = "preferred"
    """That of the first choice."""


@dataclass(frozen=True, slots=True)
class MasterChanged:
    """Another source gives the clock."""

    state: ClockState
    source: str
    """The reference; "" for a board's own oscillator."""


class ClockMachine(Machine[ClockState]):
    """Inputs: "good" and "bad" with the name of a reference; a timer is the time to restore of the
    reference of that name.  `Report` brings a `MasterChanged`.

    `references` are in order of preference.  One that is good for the first time serves at once.
    """

    def __init__(self, references: Sequence[str]) -> None:
        super().__init__(ClockState.INTERNAL)
        self.references = tuple(references)
        self._usable: set[str] = set()
        self._failed: set[str] = set()
        self._restoring: set[str] = set()

    @property
    def source(self) -> str:
        """The reference that gives the clock; "" for a board's own oscillator."""
        return next((name for name in self.references if name in self._usable), "")

    def expire(self, timer: str) -> list[Effect]:
        """A reference has been good for the time to restore."""
        return self.fire("restored", timer)

    def _good(self, name: str) -> list[Effect]:
        """A reference has no alarm: it waits for its turn if it failed and another serves."""
        if name in self._usable or name in self._restoring:
            return []
        if name in self._failed and self._usable:
            self._restoring.add(name)
            return [StartTimer(name)]
        return self._serve({name})

    def _bad(self, name: str) -> list[Effect]:
        """A reference is in alarm, or its board has gone."""
        stopped: list[Effect] = [StopTimer(name)] if name in self._restoring else []
        self._restoring.discard(name)
        if name not in self._usable:
            return stopped  # one that was never good has not failed
        before = self.source
        self._usable.discard(name)
        self._failed.add(name)
        if self._usable or not self._restoring:
            return self._tell(before)
        waiting = [other for other in self.references if other in self._restoring]
        self._usable = set(waiting)
        self._failed -= self._usable
        self._restoring.clear()
        return [*(StopTimer(other) for other in waiting), *self._tell(before)]

    def _restored(self, name: str) -> list[Effect]:
        """The time to restore has passed."""
        if name not in self._restoring:
            return []
        self._restoring.discard(name)
        return self._serve({name})

    def _serve(self, names: set[str]) -> list[Effect]:
        before = self.source
        self._usable |= names
        self._failed -= names
        return self._tell(before)

    def _tell(self, before: str) -> list[Effect]:
        source = self.source
        if source == before:
            return []
        if not source:
            state = ClockState.INTERNAL
        elif source == self.references[0]:
            state = ClockState.PREFERRED
        else:
            state = ClockState.FALLBACK
        return self.go(state, Report(MasterChanged(state, source)))

    table: ClassVar[Mapping[tuple[ClockState, str], Action]] = {
        (ClockState.INTERNAL, "good"): _good,
        (ClockState.INTERNAL, "bad"): _bad,
        (ClockState.INTERNAL, "restored"): _restored,
        (ClockState.FALLBACK, "good"): _good,
        (ClockState.FALLBACK, "bad"): _bad,
        (ClockState.FALLBACK, "restored"): _restored,
        (ClockState.PREFERRED, "good"): _good,
        (ClockState.PREFERRED, "bad"): _bad,
        (ClockState.PREFERRED, "restored"): _restored,
    }


class ClockedLine(LineFace, Protocol):
    """A line whose span can be told how far it drifts."""

    @property
    def span(self) -> Span:
        """The engine's end of it."""


class ClockedBoard(Protocol):
    """A board as the clocking sees it."""

    @property
    def name(self) -> str:
        """What tells it apart from the others."""

    @property
    def spec(self) -> CardSpec:
        """What model it is."""

    @property
    def board(self) -> Board:
        """Its state."""

    @property
    def lines(self) -> Sequence[ClockedLine]:
        """Its E1 spans, the best reference first."""


@dataclass(frozen=True, slots=True)
class ClockStatus:
    """Who gives the clock now, and what each board takes."""

    state: ClockState
    master: str
    """The board that gives it; "" when none is ready."""
    reference: str
    """The span that it recovers the clock from; "" for its own oscillator."""
    roles: Mapping[str, str]
    """By board: `network` or `internal` for the master, `slave` for who takes the bus' clock; a
    board that stands apart has a clock of its own, `network` or `internal`."""


class Clocking:
    """Keeps the clock of a chassis.

    Boards with a bus share one clock; where there is none, the first board gives it.  All others
    have a clock of their own, and so has one that cannot be a `slave`.  `report` is called with
    "clock_master" and the facts whenever another source gives the clock.
    """

    def __init__(
        self,
        boards: Sequence[ClockedBoard],
        report: Callable[..., object],
        restore_s: float = RESTORE_S,
    ) -> None:
        on_bus = [board for board in boards if board.spec.bus.kind != NONE]
        self._boards = tuple(boards)
        self._sharing = tuple(on_bus or boards[:1])
        self._report = report
        self._watching = False
        self._far_ppm: dict[Span, float] = {}
        self._references: dict[str, tuple[ClockedBoard, ClockedLine]] = {}
        # Boards whose first choice is the network come first.
        for board in sorted(self._sharing, key=lambda one: one.spec.bus.clock_role != "network"):
            if "network" in board.spec.bus.clock_roles:
                self._references |= {line.name: (board, line) for line in board.lines}
        self.machine = ClockMachine(tuple(self._references))
        self._runner = Runner(
            self.machine,
            timers=dict.fromkeys(self._references, restore_s),
            send=lambda pdu: None,
            report=self._changed,
        )

    def start(self) -> None:
        """Begin to watch boards and spans, all of which are there."""
        for board in self._boards:
            board.board.subscribe(self._look)
            for line in board.lines:
                line.on_alarm(self._look)
        self._watching = True
        self._look()

    def close(self) -> None:
        """Watch no longer; harmless twice, and before the start."""
        if not self._watching:
            return
        self._watching = False
        self._runner.close()
        for board in self._boards:
            board.board.unsubscribe(self._look)

    def query(self) -> ClockStatus:
        """Who gives the clock now."""
        source = self.machine.source
        master = self._references[source][0] if source else self._oscillator()
        roles = {board.name: self._role(board, master) for board in self._boards}
        return ClockStatus(self.machine.state, master.name if master else "", source, roles)

    def set_far_clock(self, span: Span, ppm: float) -> None:
        """Say that the network at the far end of a span is faster than others, by so many
        millionths; below 0 it is slower.  ValueError beyond what an elastic store can take.
        """
        self._far_ppm[span] = ppm
        self._discipline()

    def _look(self, _: BoardStatus | Alarm | None = None) -> None:
        """See which references are good now."""
        if not self._watching:
            return
        for name, (board, line) in self._references.items():
            good = _ready(board) and _carries_clock(line)
            self._runner.fire("good" if good else "bad", name)
        self._discipline()

    def _changed(self, change: MasterChanged) -> None:
        status = self.query()
        self._report(
            "clock_master",
            master=status.master,
            reference=status.reference,
            state=change.state.value,
        )
        self._discipline()

    def _discipline(self) -> None:
        """Give every span that hears its far end the drift between that one's clock and ours."""
        master = self._ppm(self.machine.source)
        for board in self._boards:
            for line in board.lines:
                drift = self._far_ppm.get(line.span, 0.0) - master
                if _carries_clock(line) and drift != line.span.drift_ppm:
                    line.span.set_drift(drift)

    def _ppm(self, source: str) -> float:
        """How fast the clock is that everything here runs by."""
        if not source:
            return INTERNAL_PPM
        return self._far_ppm.get(self._references[source][1].span, 0.0)

    def _oscillator(self) -> ClockedBoard | None:
        """The first ready board that may give its own clock."""
        able = (board for board in self._sharing if "internal" in board.spec.bus.clock_roles)
        return next((board for board in able if _ready(board)), None)

    def _role(self, board: ClockedBoard, master: ClockedBoard | None) -> str:
        roles = board.spec.bus.clock_roles
        if board is master:
            return "network" if self.machine.source else "internal"
        if board in self._sharing and "slave" in roles:
            return "slave"
        own = "network" in roles and any(_carries_clock(line) for line in board.lines)
        return "network" if own else "internal"

    def __repr__(self) -> str:
        status = self.query()
        return f"<Clocking: {status.state.value}, {status.master} {status.reference}>"


def _ready(board: ClockedBoard) -> bool:
    return board.board.state is BoardState.READY


def _carries_clock(line: LineFace) -> bool:
    """Whether its signal is the far end's; RAI says nothing of that."""
    return not line.alarms() & (Alarm.LOS | Alarm.LFA | Alarm.AIS)
