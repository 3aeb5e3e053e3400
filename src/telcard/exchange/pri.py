"""A primary rate line of the town: the network's side of Q.921 and Q.931, and its circuits.

Calls go both ways.  One that the bank makes is told by `rung`; what becomes of it is the doing of
the subscriber whom it is for.  As on the other lines no frame is believed while an alarm stands,
and an alarm that lasts loses the calls.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from telcard.engine import Alarm, Lane, Span, SpanDChannel
from telcard.exchange.circuit import Circuit
from telcard.runner import Runner
from telcard.signalling import (
    Blocked,
    CallFacts,
    Cause,
    Disconnected,
    Failed,
    LineEvent,
    Offered,
    Released,
    Route,
    Unblocked,
)
from telcard.signalling.events import DiversionAsked
from telcard.signalling.isdn import CHANNELS, D_CHANNEL, USUAL, CallEvent, Profile
from telcard.signalling.isdn.interface import Interface
from telcard.signalling.supervision import (
    Health,
    LineFailed,
    LineRestored,
    Patience,
    Supervision,
    SupervisionEvent,
)


class PriCircuit:
    """One bearer: a `Circuit` for calls to the bank, a `Ringing` call from it."""

    keyed = False

    def __init__(self, line: PriLine, timeslot: int) -> None:
        self.span = line.span
        self.timeslot = timeslot
        self.lane: Lane | None = None
        self.released = asyncio.Event()
        self.released.set()
        self.route: Route[Circuit] | None = None
        self.facts = CallFacts()
        self.handle = 0
        """The call's, in layer 3; 0 without one."""
        self.blocked = False
        """Whether the bank takes no calls on it."""
        self.hear: Callable[[LineEvent], None] | None = None
        """Is told what happens, until the call was cleared here."""
        self._line = line
        self._last = 0

    @property
    def free(self) -> bool:
        """Whether a call may take it now."""
        return self._line.up and self.released.is_set() and not self.blocked

    @property
    def transcript(self) -> tuple[str, ...]:
        """The messages of its call, or of the last one."""
        return tuple(self._line.transcript(self.handle or self._last))

    def seize(self, hear: Callable[[LineEvent], None], facts: CallFacts) -> None:
        """Take it for a call to the bank."""
        self.hear = hear
        self.take(self._line.new_call(self), facts)
        self._line.fire("setup", self.handle, facts, self.timeslot, True)

    def take(self, handle: int, facts: CallFacts) -> None:
        """A call of either side has it."""
        self.handle, self.facts = handle, facts
        self.released.clear()
        if self.route is not None:
            self.route.taken(self)

    def alert(self) -> None:
        """The telephone rings."""
        self._line.fire("alerting", self.handle)

    def answer(self) -> None:
        """The handset was lifted."""
        self._line.fire("connect", self.handle)

    def connect(self) -> Lane:
        """Open the sound."""
        self.lane = self.span.open_lane(self.timeslot, detect=False)
        return self.lane

    def clear(self, cause: int = Cause.NORMAL_CLEARING) -> None:
        """The call is over here: no more sound, and the bank is told why."""
        self.hear = None
        self._close()
        if self.handle:
            self._line.fire("clear", self.handle, int(cause))

    def told(self, event: LineEvent) -> None:
        """Layer 3 says so of its call."""
        if isinstance(event, Disconnected) and self.hear is None:
            self.clear()
        if isinstance(event, DiversionAsked):
            self._line.fire("grant", self.handle)
        if self.hear is not None:
            self.hear(event)
        if isinstance(event, Released):
            self.let_go()

    def let_go(self) -> None:
        """Nothing of the call is left."""
        self._last = self.handle or self._last
        self.handle, self.hear = 0, None
        self._close()
        if not self.released.is_set():
            self.released.set()
            if self.route is not None:
                self.route.released(self)

    def _close(self) -> None:
        if self.lane is not None:
            self.lane.close()
            self.lane = None

    def __repr__(self) -> str:
        state = "idle" if self.released.is_set() else "busy"
        return f"<Circuit {self.span.name} timeslot {self.timeslot}: {state}>"


class PriLine:
    """One E1 or T1 as the network has it; `rung` is called with each call that comes from the bank.

    Its channels, its D-channel and its usual `profile` are those of its kind.
    """

    def __init__(
        self,
        span: Span,
        rung: Callable[[PriCircuit], None],
        profile: Profile | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.span = span
        self.circuits: Mapping[int, PriCircuit] = {
            timeslot: PriCircuit(self, timeslot) for timeslot in CHANNELS[span.line.kind]
        }
        self._rung = rung
        self._profile = profile or USUAL[span.line.kind]
        self._calls: dict[int, PriCircuit] = {}
        self._dchannel: SpanDChannel | None = None
        self._supervision = Supervision()
        self._supervisor = Runner(
            self._supervision,
            timers=(patience or Patience()).timers,
            send=lambda pdu: None,  # it has nothing to send
            report=self._supervised,
        )
        self._make_machine()
        span.on_alarm(self._alarmed)

    def _make_machine(self) -> None:
        self._interface = Interface(
            "network", self._profile.coded(self.span.law), tuple(self.circuits)
        )
        self._runner = Runner(
            self._interface, timers=self._interface.timers, send=self._send, report=self._hear
        )

    @property
    def up(self) -> bool:
        """Whether its D-channel carries messages now."""
        return self._interface.up and not self.span.alarms

    def start(self) -> None:
        """Open the D-channel and set the link up."""
        if self._dchannel is None:
            self._dchannel = self.span.open_dchannel(D_CHANNEL[self.span.line.kind])
            self._dchannel.on_frame(self._frame)
            self._runner.fire("start")

    def stop(self) -> None:
        """Out of service."""
        self._supervisor.close()
        self._close()

    def new_call(self, circuit: PriCircuit) -> int:
        """A handle for a call of this circuit."""
        handle = self._interface.new_call()
        self._calls[handle] = circuit
        return handle

    def fire(self, name: str, *args: object) -> None:
        """Give layer 3 an input."""
        self._runner.fire(name, *args)

    def transcript(self, handle: int) -> list[str]:
        """The messages of a call, decoded."""
        return self._interface.layer3.transcript(handle)

    def _close(self) -> None:
        self._runner.close()
        if self._dchannel is not None:
            self._dchannel.close()
            self._dchannel = None

    def _send(self, frame: bytes) -> None:
        if self._dchannel is not None:
            self._dchannel.send_frame(frame)

    def _frame(self, frame: bytes) -> None:
        if self._supervision.state in (Health.UP, Health.WAITING):
            self._runner.fire("frame", frame)

    def _hear(self, event: object) -> None:
        match event:
            case CallEvent(handle=0, channel=channel, event=told):
                self._circuits_told(channel, told)
            case CallEvent(handle=handle, channel=channel, event=Offered(facts=facts)):
                self._offered(handle, channel, facts)
            case CallEvent(handle=handle, event=told) if handle in self._calls:
                circuit = self._calls[handle]
                if isinstance(told, Released):
                    del self._calls[handle]
                circuit.told(told)

    def _circuits_told(self, channel: int | None, event: LineEvent) -> None:
        if isinstance(event, Blocked | Unblocked):
            told = self.circuits.values() if channel is None else [self.circuits[channel]]
            for circuit in told:
                circuit.blocked = isinstance(event, Blocked)

    def _offered(self, handle: int, channel: int | None, facts: CallFacts) -> None:
        circuit = None if channel is None else self.circuits.get(channel)
        if circuit is None or not circuit.released.is_set():
            self.fire("clear", handle, int(Cause.CHANNEL_NOT_AVAILABLE))
            return
        self._calls[handle] = circuit
        circuit.take(handle, facts)
        self.fire("proceeding", handle)
        self._rung(circuit)

    def _alarmed(self, alarms: Alarm) -> None:
        self._supervisor.fire("alarm" if alarms else "clear")

    def _supervised(self, event: SupervisionEvent) -> None:
        match event:
            case LineFailed():
                self._fail(f"{self.span.name} has {self.span.alarms.name}")
            case LineRestored():
                self.start()

    def _fail(self, why: str) -> None:
        self._close()
        calls, self._calls = self._calls, {}
        for circuit in calls.values():
            if circuit.hear is not None:
                circuit.hear(Failed(Cause.NETWORK_OUT_OF_ORDER, why))
            circuit.let_go()
        self._make_machine()
