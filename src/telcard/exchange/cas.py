"""A circuit of the town under Q.421: the calling side."""

from __future__ import annotations

from telcard.engine import Lane, Span
from telcard.exchange.signalled import Hear, SignalledCircuit
from telcard.signalling import CallFacts, LineEvent, Released, q421

NO_FACTS = CallFacts()


class CasCircuit(SignalledCircuit[q421.Outgoing]):
    """One timeslot, as the calling exchange has it: signals, and the sound of the call on it.

    It carries calls to us alone, and their address as the caller's register keys it.
    """

    keyed = True

    def __init__(self, span: Span, timeslot: int, profile: q421.Profile) -> None:
        self.lane: Lane | None = None
        self._line = profile
        super().__init__(span, timeslot, profile)

    def _make_machine(self) -> q421.Outgoing:
        return q421.Outgoing(self._line)

    def seize(self, hear: Hear, facts: CallFacts = NO_FACTS) -> None:
        """Take it for a call, which is told what happens until it clears."""
        self.hear = hear
        self._take(facts)
        self._runner.fire("seize")

    def connect(self) -> Lane:
        """Open the sound; the caller listens and speaks on the lane."""
        self.lane = self.span.open_lane(self.timeslot, detect=False)
        return self.lane

    def clear(self) -> None:
        """The caller has hung up: no more sound, clear forward."""
        self.hear = None
        self._close()
        if not self.released.is_set():
            self._runner.fire("clear_forward")

    def _report(self, event: LineEvent) -> None:
        if isinstance(event, Released):
            self._let_go()
        if self.hear is not None:
            self.hear(event)

    def _close(self) -> None:
        if self.lane is not None:
            self.lane.close()
            self.lane = None
