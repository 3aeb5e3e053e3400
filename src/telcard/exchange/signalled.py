"""What circuits of the town have in common that are signalled by bits: one machine a timeslot."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar

from telcard.engine import BLOCKED_BITS, Lane, Span
from telcard.exchange.circuit import Circuit
from telcard.runner import Runner
from telcard.signalling import CallFacts, Failed, LineEvent, Route, em, fxs, q421

M = TypeVar("M", q421.Outgoing, q421.BothWay, em.EAndM, fxs.Station)

Hear = Callable[[LineEvent], None]
"""Is told what happens on a circuit."""


class Timed(Protocol):
    """A machine's profile."""

    @property
    def timers(self) -> Mapping[str, float]:
        """Length of every timer."""


class SignalledCircuit(ABC, Generic[M]):
    """One timeslot: its machine in its runner, and whether a call has it now."""

    keyed: bool
    machine: M

    def __init__(self, span: Span, timeslot: int, profile: Timed) -> None:
        self.span = span
        self.timeslot = timeslot
        self.released = asyncio.Event()
        self.released.set()
        self.route: Route[Circuit] | None = None
        self.facts = CallFacts()
        """What is said of the call that is on, or of the last one."""
        self.hear: Hear | None = None
        """Is told what happens, until the call was cleared here."""
        self._profile = profile
        self._begin_anew()

    def _begin_anew(self) -> None:
        self.machine = self._make_machine()
        self._runner = Runner(
            self.machine,
            timers=self._profile.timers,
            send=lambda abcd: self.span.set_bits(self.timeslot, abcd),
            report=self._report,
        )

    @abstractmethod
    def _make_machine(self) -> M:
        """A machine that is out of service."""

    @abstractmethod
    def _report(self, event: Any) -> None:
        """The machine says so."""

    @abstractmethod
    def _close(self) -> None:
        """No sound any more, and nothing to be done later."""

    @abstractmethod
    def seize(self, hear: Hear, facts: CallFacts) -> None:
        """Take it for a call, which is told what happens until it clears."""

    @abstractmethod
    def connect(self) -> Lane:
        """Open the sound."""

    @abstractmethod
    def clear(self) -> None:
        """The call is over here, and the far end is told."""

    @property
    def free(self) -> bool:
        """Whether a call may take it now."""
        return self.released.is_set() and self.machine.query().free and not self.span.alarms

    @property
    def transcript(self) -> tuple[str, ...]:
        """The newest signals and timers, for the report of a call that failed."""
        return tuple(self._runner.transcript)

    def start(self) -> None:
        """Put it in service."""
        self._runner.fire("start")
        self._runner.fire("bits", self.span.bits(self.timeslot))

    def bits(self, abcd: int) -> None:
        """The far end's signal has changed."""
        self._runner.fire("bits", abcd)

    def stop(self) -> None:
        """Out of service."""
        self._close()
        self._runner.close()

    def fail(self, cause: int, why: str) -> None:
        """The line has failed: the call is lost, the circuit out of service until `start`."""
        self.stop()
        self._begin_anew()
        self.span.set_bits(self.timeslot, BLOCKED_BITS)
        hear, self.hear = self.hear, None
        if hear is not None:
            hear(Failed(cause, why))
        self._let_go()

    def _take(self, facts: CallFacts) -> None:
        """A call has it from now on."""
        self.facts = facts
        self.released.clear()
        if self.route is not None:
            self.route.taken(self)

    def _let_go(self) -> None:
        """Nothing of its call is left."""
        self._close()
        if not self.released.is_set():
            self.released.set()
            if self.route is not None:
                self.route.released(self)

    def __repr__(self) -> str:
        return f"<Circuit {self.span.name} timeslot {self.timeslot}: {self.machine.state.value}>"
