"""A circuit of the town under R2: Q.421 line signals both ways, registers by compelled signals.

A subscriber's call is told to the bank by the exchange's outgoing register, and he is connected
through when the called line's state is known; one that the bank makes is asked for by the incoming
register, and decided by whoever it is for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from telcard.engine import BLOCKED_BITS, Lane, Span
from telcard.exchange.circuit import Circuit, Ringing
from telcard.media.register import LaneRegister
from telcard.runner import Runner
from telcard.signalling import (
    Alerting,
    Answered,
    CallFacts,
    Cause,
    ClearedForward,
    Disconnected,
    Failed,
    LineEvent,
    Offered,
    Released,
    Route,
    Seized,
    SeizureAcknowledged,
    q421,
)
from telcard.signalling.r2 import BackwardRegister, Decided, ForwardRegister, Variant, Wishes

ANSWER_GUARD_S = 0.2
"""From the end of the last register signal to the answer: the exchanges between connect through."""

ANSWER_HOLD_S = 0.1
"""An answer stands so long before clear-back, or the bank would not have recognised it."""


class R2Circuit:
    """One timeslot as the exchange has it: a `Circuit` for calls to the bank, a `Ringing` from it.

    `rung` is called with the circuit when the bank's call is there.
    """

    keyed = False

    def __init__(
        self,
        span: Span,
        timeslot: int,
        variant: Variant,
        rung: Callable[[Ringing], None],
        wishes: Wishes,
    ) -> None:
        self.span = span
        self.timeslot = timeslot
        self.lane: Lane | None = None
        self.released = asyncio.Event()
        self.released.set()
        self.route: Route[Circuit] | None = None
        self.facts = CallFacts()
        self.hear: Callable[[LineEvent], None] | None = None
        """Is told what happens, until the call was cleared here."""
        self._variant = variant
        self._rung = rung
        self._wishes = wishes
        self._register: LaneRegister | None = None
        self._said: list[str] = []  # of the last register
        self._answering = False
        self._answer: asyncio.TimerHandle | None = None
        self._answered_at: float | None = None
        self._make_machine()

    def _make_machine(self) -> None:
        self.machine = q421.BothWay(self._variant.line)
        self._runner = Runner(
            self.machine,
            timers=self._variant.line.timers,
            send=lambda abcd: self.span.set_bits(self.timeslot, abcd),
            report=self._line,
        )

    @property
    def free(self) -> bool:
        """Whether a call may take it now."""
        return self.released.is_set() and self.machine.query().free and not self.span.alarms

    @property
    def transcript(self) -> tuple[str, ...]:
        """Line signals and timers, then what the registers have said, in words."""
        said = self._said if self._register is None else self._register.machine.transcript
        return (*self._runner.transcript, *said)

    def start(self) -> None:
        """Put it in service."""
        self._runner.fire("start")
        self._runner.fire("bits", self.span.bits(self.timeslot))

    def stop(self) -> None:
        """Out of service."""
        self._close()
        self._runner.close()

    def bits(self, abcd: int) -> None:
        """The far end's signal has changed."""
        self._runner.fire("bits", abcd)

    # A subscriber's call

    def seize(self, hear: Callable[[LineEvent], None], facts: CallFacts) -> None:
        """Take it for a call to the bank."""
        self.hear = hear
        self._take(facts)
        self._runner.fire("seize")

    def connect(self) -> Lane:
        """Connect the sound through; it is open already."""
        assert self.lane is not None, "registers have used it before"
        return self.lane

    def clear(self, cause: int = Cause.NORMAL_CLEARING) -> None:
        """The call is over here: the bank is told, in group B when that is still possible."""
        self.hear = None
        if self.machine.seized:
            self._close()
            self._runner.fire("clear_forward")
        elif self.machine.state is q421.State.IN_CLEAR_FORWARD:
            self._close()
            self._runner.fire("release")
        elif self._answered_at is not None:
            self._close()
            held_s = asyncio.get_running_loop().time() - self._answered_at
            self._later(max(0.0, ANSWER_HOLD_S - held_s), "clear_back")
        elif self._register is not None:
            self._register.fire("refuse", cause)

    # A call from the bank

    def alert(self) -> None:
        """The telephone rings."""
        if self._register is not None:
            self._register.fire("free")

    def answer(self) -> None:
        """The handset was lifted: the answer follows when the registers have done their work."""
        self._answering = True
        if self._register is None:
            self._later(ANSWER_GUARD_S, "answer")

    def _later(self, seconds: float, signal: str) -> None:
        loop = asyncio.get_running_loop()
        self._answer = loop.call_later(seconds, self._say, signal)

    def _say(self, signal: str) -> None:
        """An answer, or what takes it back, unless the bank has cleared meanwhile."""
        self._answer = None
        if (self.machine.state, signal) in self.machine.table:
            if signal == "answer":
                self._answered_at = asyncio.get_running_loop().time()
            self._runner.fire(signal)

    # What is told

    def _line(self, event: LineEvent) -> None:
        match event:
            case SeizureAcknowledged():
                self._begin(ForwardRegister(self._variant, self.facts))
                return  # the subscriber's telephone keys nothing here
            case Seized():
                self._take(CallFacts())
                self._begin(BackwardRegister(self._variant, self._wishes))
            case ClearedForward():
                self._end_register()
            case Answered():
                self._end_register()
            case Released():
                self._let_go()
                return
        if self.hear is not None:
            self.hear(event)
        elif isinstance(event, ClearedForward):
            self.clear()

    def _begin(self, machine: ForwardRegister | BackwardRegister) -> None:
        self.lane = self.span.open_lane(self.timeslot, detect=False)
        self._register = LaneRegister(self.lane, machine, self._told)
        self._register.fire("start")

    def _told(self, event: Any) -> None:
        match event:
            case Offered(facts=facts):
                self.facts = facts
                self._rung(self)
            case Decided(free=free):
                self._end_register()
                if free and self._answering:
                    self._later(ANSWER_GUARD_S, "answer")
            case Alerting() | Disconnected() | Failed():
                self._end_register()
                if self.hear is not None:
                    self.hear(event)

    def _take(self, facts: CallFacts) -> None:
        self.facts = facts
        self._answering, self._answered_at = False, None
        self.released.clear()
        if self.route is not None:
            self.route.taken(self)

    def _end_register(self) -> None:
        register, self._register = self._register, None
        if register is not None:
            self._said = register.machine.transcript
            register.close()

    def _close(self) -> None:
        """No register, no sound, nothing to be told later."""
        self._end_register()
        if self._answer is not None:
            self._answer.cancel()
            self._answer = None
        if self.lane is not None:
            self.lane.close()
            self.lane = None

    def _let_go(self) -> None:
        """Nothing of the call is left."""
        hear, self.hear = self.hear, None
        self._close()
        if not self.released.is_set():
            self.released.set()
            if self.route is not None:
                self.route.released(self)
        if hear is not None:
            hear(Released())

    def fail(self, cause: int, why: str) -> None:
        """The line has failed: the call is lost, the circuit out of service until `start`."""
        self.stop()
        self._make_machine()
        self.span.set_bits(self.timeslot, BLOCKED_BITS)
        hear, self.hear = self.hear, None
        if hear is not None:
            hear(Failed(cause, why))
        self._let_go()

    def __repr__(self) -> str:
        return f"<Circuit {self.span.name} timeslot {self.timeslot}: {self.machine.state.value}>"
