"""A primary rate line of the town: the network's side of Q.921 and Q.931, and its circuits.

Calls go both ways.  One that the bank makes is told by `rung`; what becomes of it is the doing of
the subscriber whom it is for.  As on the other lines no frame is believed while an alarm stands,
and an alarm that lasts loses the calls; where several spans share a D-channel, those of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial

from telcard.engine import Lane, Span, SpanDChannel
from telcard.exchange.circuit import Circuit
from telcard.runner import Runner
from telcard.signalling import (
    Blocked,
    CallFacts,
    Cause,
    Disconnected,
    Failed,
    LineEvent,
    Membership,
    Offered,
    Released,
    Route,
    Unblocked,
)
from telcard.signalling.events import DiversionAsked, PathReplaced, TransferAsked, Transferred
from telcard.signalling.isdn import CHANNELS, D_CHANNEL, USUAL, CallEvent, Profile
from telcard.signalling.isdn.channels import address
from telcard.signalling.isdn.interface import BackedInterface, Interface, Numbered
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

    def __init__(self, line: PriLine, facility: Facility, timeslot: int) -> None:
        self.span = facility.span
        self.timeslot = timeslot
        self.channel = address(facility.place.interface, timeslot)
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
        self._facility = facility
        self._last = 0
        self._number = ""  # of who is at our end of the call

    @property
    def free(self) -> bool:
        """Whether a call may take it now."""
        serves = self._line.up and self._facility.serves
        return serves and self.released.is_set() and not self.blocked

    @property
    def transcript(self) -> tuple[str, ...]:
        """The messages of its call, or of the last one."""
        return tuple(self._line.transcript(self.handle or self._last))

    def seize(self, hear: Callable[[LineEvent], None], facts: CallFacts) -> None:
        """Take it for a call to the bank."""
        self.hear = hear
        self.take(self._line.new_call(self), facts, facts.caller)
        self._line.fire("setup", self.handle, facts, self.channel, True)

    def take(self, handle: int, facts: CallFacts, number: str) -> None:
        """A call of either side has it; `number` is that of who has it at our end."""
        self.handle, self.facts, self._number = handle, facts, number
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
        match event:
            case DiversionAsked():
                self._line.fire("grant", self.handle)
            case TransferAsked(other=other):
                self._line.connect_inside(self.handle, other)
            case Transferred(primary=True) if self._number:
                self._line.fire("propose", self.handle, self._number)
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


class Facility:
    """One span of a line, and its place among those that share the D-channel.

    `line` is told when the span has failed, and when it is in order again.
    """

    def __init__(
        self,
        line: PriLine,
        span: Span,
        place: Membership,
        timeslots: tuple[int, ...],
        patience: Patience | None,
    ) -> None:
        self.span = span
        self.place = place
        kind = span.line.kind
        bearers = timeslots or CHANNELS[kind]
        if place.number is None and kind == "t1":
            bearers += (D_CHANNEL[kind],)
        self.circuits = tuple(PriCircuit(line, self, timeslot) for timeslot in bearers)
        self.dchannel: SpanDChannel | None = None
        self._line = line
        self._supervision = Supervision()
        self._supervisor = Runner(
            self._supervision,
            timers=(patience or Patience()).timers,
            send=lambda pdu: None,  # it has nothing to send
            report=self._supervised,
        )
        span.on_alarm(lambda alarms: self._supervisor.fire("alarm" if alarms else "clear"))

    @property
    def failed(self) -> bool:
        """Whether an alarm has lasted, and the line has not been in order for long enough since."""
        return self._supervision.failed

    @property
    def serves(self) -> bool:
        """Whether calls may be put on it."""
        return not self.failed and not self.span.alarms

    @property
    def believes(self) -> bool:
        """Whether what it receives means anything now."""
        return self._supervision.state in (Health.UP, Health.WAITING)

    def open(self, frame: Callable[[bytes], None]) -> None:
        """Open its D-channel, if it has one; `frame` is called with what it receives."""
        if self.place.number is not None and self.dchannel is None:
            self.dchannel = self.span.open_dchannel(D_CHANNEL[self.span.line.kind])
            self.dchannel.on_frame(lambda octets: frame(octets) if self.believes else None)

    def close(self) -> None:
        """Close it."""
        if self.dchannel is not None:
            self.dchannel.close()
            self.dchannel = None

    def stop(self) -> None:
        """Out of service."""
        self._supervisor.close()
        self.close()

    def _supervised(self, event: SupervisionEvent) -> None:
        match event:
            case LineFailed():
                self._line.failed(self, f"{self.span.name} has {self.span.alarms.name}")
            case LineRestored():
                self._line.start()


class PriLine:
    """E1s or T1s under one D-channel as the network has them, one alone or several (NFAS).

    `rung` is called with each call that comes from the bank.  Channels (of a span alone those of
    `timeslots`, unless it has all), D-channel and the usual `profile` are those of their kind.
    """

    def __init__(
        self,
        span: Span | Mapping[Span, Membership],
        rung: Callable[[PriCircuit], None],
        profile: Profile | None = None,
        timeslots: tuple[int, ...] = (),
        patience: Patience | None = None,
    ) -> None:
        places = {span: Membership()} if isinstance(span, Span) else span
        self._shared = not isinstance(span, Span)
        self._facilities = [
            Facility(self, each, place, timeslots, patience) for each, place in places.items()
        ]
        every = [circuit for facility in self._facilities for circuit in facility.circuits]
        self.circuits: Mapping[int, PriCircuit] = {circuit.channel: circuit for circuit in every}
        """By what layer 3 calls their channels: on a span alone the timeslots."""
        self._rung = rung
        self._profile = profile or USUAL[self._facilities[0].span.line.kind]
        self._calls: dict[int, PriCircuit] = {}
        self._started = False
        self._make_machine()

    def _make_machine(self) -> None:
        channels = tuple(self.circuits)
        profile = self._profile.coded(self._facilities[0].span.law)
        there = {each.place.number: each.place.interface for each in self._facilities}
        if 1 in there:
            pair = (there[0], there[1])
            self._interface: Interface = BackedInterface("network", profile, channels, pair)
        else:
            home = there[0] if self._shared else None
            self._interface = Interface("network", profile, channels, home=home)
        self._numbered = 1 in there
        self._runner = Runner(
            self._interface, timers=self._interface.timers, send=self._send, report=self._hear
        )

    @property
    def up(self) -> bool:
        """Whether its D-channel carries messages now."""
        return self._interface.up

    def start(self) -> None:
        """Open the D-channels of spans that are in order, and set the link up."""
        for each in self._facilities:
            if not each.failed:
                each.open(partial(self._frame, each.place.number or 0))
        if not self._started:
            self._started = True
            self._runner.fire("start")

    def stop(self) -> None:
        """Out of service."""
        self._runner.close()
        for each in self._facilities:
            each.stop()

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

    def _send(self, pdu: bytes | Numbered) -> None:
        number, octets = (pdu.link, pdu.octets) if isinstance(pdu, Numbered) else (0, pdu)
        for each in self._facilities:
            if each.place.number == number and each.dchannel is not None:
                each.dchannel.send_frame(octets)

    def _frame(self, number: int, octets: bytes) -> None:
        self._runner.fire("frame", octets, *self._which(number))

    def _which(self, number: int) -> tuple[int, ...]:
        return (number,) if self._numbered else ()

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

    def connect_inside(self, handle: int, other: int) -> None:
        """The bank wants the parties of two calls connected: here they are behind one exchange."""
        self.fire("grant", handle)
        for one, its in ((handle, other), (other, handle)):
            if one in self._calls:
                self._calls[one].told(PathReplaced(its))

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
        circuit.take(handle, facts, facts.called)
        self.fire("proceeding", handle)
        self._rung(circuit)

    def failed(self, facility: Facility, why: str) -> None:
        """An alarm of this span has lasted: its calls are lost, and with the last span all."""
        facility.close()
        lost = {handle: c for handle, c in self._calls.items() if c.span is facility.span}
        if all(each.failed for each in self._facilities):
            self._runner.close()
            lost, self._calls, self._started = self._calls, {}, False
        elif (number := facility.place.number) is not None:
            self._runner.fire("deactivate", *self._which(number))
        for handle, circuit in lost.items():
            if circuit.hear is not None:
                circuit.hear(Failed(Cause.NETWORK_OUT_OF_ORDER, why))
            if self._started:
                self.fire("clear", handle, int(Cause.NETWORK_OUT_OF_ORDER))
            else:
                circuit.let_go()
        if not self._started:
            self._make_machine()
