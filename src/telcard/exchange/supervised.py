"""A line of the town under supervision: what its exchange does when the line has an alarm.

As on our side (`telcard.signalling.supervision`): no signal is believed while an alarm stands, no
circuit is seized, and an alarm that lasts loses the calls, whose callers hear of it as people do:
the line is dead.  The circuits serve again when the line has been in order for a while.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Protocol

from telcard.engine import Alarm, Span
from telcard.runner import Runner
from telcard.signalling import Cause
from telcard.signalling.supervision import (
    Health,
    LineFailed,
    LineRestored,
    Patience,
    Resumed,
    Supervision,
    SupervisionEvent,
)


class LineCircuit(Protocol):
    """What a line's supervision asks of each circuit."""

    def start(self) -> None:
        """Put it in service, and tell it what the far end sends."""

    def stop(self) -> None:
        """Out of service."""

    def bits(self, abcd: int) -> None:
        """The far end's signal has changed."""

    def fail(self, cause: int, why: str) -> None:
        """The line has failed: the call is lost, the circuit out of service until `start`."""


class SupervisedLine:
    """One E1 of the town with its circuits, by timeslot."""

    def __init__(
        self, span: Span, circuits: Mapping[int, LineCircuit], patience: Patience | None = None
    ) -> None:
        self._span = span
        self._circuits = circuits
        self._supervision = Supervision()
        self._supervisor = Runner(
            self._supervision,
            timers=(patience or Patience()).timers,
            send=lambda pdu: None,  # it has nothing to send
            report=self._supervised,
        )
        span.on_bits(self._bits)
        span.on_alarm(self._alarmed)

    def start(self) -> None:
        """Put every circuit in service."""
        for circuit in self._circuits.values():
            circuit.start()

    def stop(self) -> None:
        """Take every circuit out of service."""
        self._supervisor.close()
        for circuit in self._circuits.values():
            circuit.stop()

    def _bits(self, timeslot: int, abcd: int, sample: int) -> None:
        believed = self._supervision.state in (Health.UP, Health.WAITING)
        if believed and timeslot in self._circuits:
            self._circuits[timeslot].bits(abcd)

    def _alarmed(self, alarms: Alarm) -> None:
        self._supervisor.fire("alarm" if alarms else "clear")

    def _supervised(self, event: SupervisionEvent) -> None:
        match event:
            case Resumed():
                asyncio.get_running_loop().call_soon(self._hear_again)
            case LineFailed():
                why = f"{self._span.name} has {self._span.alarms.name}"
                for circuit in self._circuits.values():
                    circuit.fail(Cause.NETWORK_OUT_OF_ORDER, why)
            case LineRestored():
                self.start()

    def _hear_again(self) -> None:
        """Tell every circuit what its far end sends now, after the bits of this tick."""
        for timeslot, circuit in self._circuits.items():
            circuit.bits(self._span.bits(timeslot))
