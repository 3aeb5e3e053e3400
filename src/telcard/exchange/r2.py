"""A circuit of the town under R2: Q.421 line signals both ways, registers by compelled signals.

A subscriber's call is told to the bank by the exchange's outgoing register, and he is connected
through when the called line's state is known; one that the bank makes is asked for by the incoming
register, and decided by whoever it is for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from telcard.engine import Lane, Span
from telcard.exchange.circuit import Ringing
from telcard.exchange.signalled import Hear, SignalledCircuit
from telcard.media.register import LaneRegister
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
    Seized,
    SeizureAcknowledged,
    q421,
)
from telcard.signalling.r2 import BackwardRegister, Decided, ForwardRegister, Variant, Wishes

ANSWER_GUARD_S = 0.2
"""From the end of the last register signal to the answer: the exchanges between connect through."""

ANSWER_HOLD_S = 0.1
"""An answer stands so long before clear-back, or the bank would not have recognised it."""


class R2Circuit(SignalledCircuit[q421.BothWay]):
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
        self.lane: Lane | None = None
        self._variant = variant
        self._rung = rung
        self._wishes = wishes
        self._register: LaneRegister | None = None
        self._said: list[str] = []  # of the last register
        self._answering = False
        self._answer: asyncio.TimerHandle | None = None
        self._answered_at: float | None = None
        super().__init__(span, timeslot, variant.line)

    def _make_machine(self) -> q421.BothWay:
        return q421.BothWay(self._variant.line)

    @property
    def transcript(self) -> tuple[str, ...]:
        """Line signals and timers, then what the registers have said, in words."""
        said = self._said if self._register is None else self._register.machine.transcript
        return (*super().transcript, *said)

    # A subscriber's call

    def seize(self, hear: Hear, facts: CallFacts) -> None:
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
        if self.machine.accepts("clear_forward"):
            self._close()
            self._runner.fire("clear_forward")
        elif self.machine.accepts("release"):
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
            self._answer_soon()

    def _answer_soon(self) -> None:
        """Where that is the custom, people here take no collect calls either."""
        twice = self._variant.line.double_answer_s > 0
        self._later(ANSWER_GUARD_S, "answer_twice" if twice else "answer")

    def _later(self, seconds: float, signal: str) -> None:
        loop = asyncio.get_running_loop()
        self._answer = loop.call_later(seconds, self._say, signal)

    def _say(self, signal: str) -> None:
        """An answer, or what takes it back, unless the bank has cleared meanwhile."""
        self._answer = None
        if self.machine.accepts(signal):
            if signal != "clear_back":
                self._answered_at = asyncio.get_running_loop().time()
            self._runner.fire(signal)

    # What is told

    def _report(self, event: LineEvent) -> None:
        match event:
            case SeizureAcknowledged():
                self._begin(ForwardRegister(self._variant, self.facts))
                return  # the subscriber's telephone keys nothing here
            case Seized():
                self._take(CallFacts())
                self._begin(BackwardRegister(self._variant, self._wishes))
            case ClearedForward():
                self._end_register()
            case Answered() if self.machine.state is q421.State.IN_ANSWERED:
                return  # ours, which was a double one
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
                    self._answer_soon()
            case Alerting() | Disconnected() | Failed():
                self._end_register()
                if self.hear is not None:
                    self.hear(event)

    def _take(self, facts: CallFacts) -> None:
        self._answering, self._answered_at = False, None
        super()._take(facts)

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
        hear, self.hear = self.hear, None
        super()._let_go()
        if hear is not None:
            hear(Released())
