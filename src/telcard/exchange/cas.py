"""A circuit of the town under Q.421: the calling side."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from telcard.engine import BLOCKED_BITS, Lane, Span
from telcard.exchange.circuit import Circuit
from telcard.runner import Runner
from telcard.signalling import CallFacts, Failed, LineEvent, Released, Route, q421

NO_FACTS = CallFacts()


class CasCircuit:
    """One timeslot, as the calling exchange has it: signals, and the sound of the call on it.

    It carries calls to us alone, and their address as the caller's register keys it.
    """

    keyed = True

    def __init__(self, span: Span, timeslot: int, profile: q421.Profile) -> None:
        self.span = span
        self.timeslot = timeslot
        self.lane: Lane | None = None
        self.released = asyncio.Event()
        self.released.set()
        self.route: Route[Circuit] | None = None
        self._profile = profile
        self._hear: Callable[[LineEvent], None] | None = None
        self._make_machine()

    def _make_machine(self) -> None:
        self.machine = q421.Outgoing(self._profile)
        self._runner = Runner(
            self.machine,
            timers=self._profile.timers,
            send=lambda abcd: self.span.set_bits(self.timeslot, abcd),
            report=self._report,
        )

    @property
    def free(self) -> bool:
        """Whether a call may take it now."""
        return self.released.is_set() and self.machine.query().free and not self.span.alarms

    @property
    def transcript(self) -> tuple[str, ...]:
        """The newest line signals and timers, for the report of a call that failed."""
        return tuple(self._runner.transcript)

    def start(self) -> None:
        """Put it in service."""
        self._runner.fire("start")
        self._runner.fire("bits", self.span.bits(self.timeslot))

    def bits(self, abcd: int) -> None:
        """The far end's signal has changed."""
        self._runner.fire("bits", abcd)

    def seize(self, hear: Callable[[LineEvent], None], facts: CallFacts = NO_FACTS) -> None:
        """Take it for a call, which is told what happens until it clears."""
        self._hear = hear
        self.released.clear()
        if self.route is not None:
            self.route.taken(self)
        self._runner.fire("seize")

    def connect(self) -> Lane:
        """Open the sound; the caller listens and speaks on the lane."""
        self.lane = self.span.open_lane(self.timeslot, detect=False)
        return self.lane

    def clear(self) -> None:
        """The caller has hung up: no more sound, clear forward."""
        self._hear = None
        if self.lane is not None:
            self.lane.close()
            self.lane = None
        if not self.released.is_set():
            self._runner.fire("clear_forward")

    def stop(self) -> None:
        """Out of service."""
        self._runner.close()

    def fail(self, cause: int, why: str) -> None:
        """The line has failed: the call is lost, the circuit out of service until `start`."""
        self.stop()
        self._make_machine()
        self.span.set_bits(self.timeslot, BLOCKED_BITS)
        hear, self._hear = self._hear, None
        if hear is not None:
            hear(Failed(cause, why))
        if self.lane is not None:
            self.lane.close()
            self.lane = None
        self._let_go()

    def _let_go(self) -> None:
        if not self.released.is_set():
            self.released.set()
            if self.route is not None:
                self.route.released(self)

    def _report(self, event: LineEvent) -> None:
        if isinstance(event, Released):
            self._let_go()
        if self._hear is not None:
            self._hear(event)

    def __repr__(self) -> str:
        return f"<Circuit {self.span.name} timeslot {self.timeslot}: {self.machine.state.value}>"
