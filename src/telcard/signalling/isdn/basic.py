"""One call: its state, its timers, what it sends, and the steps that its tables are made of.

`telcard.signalling.isdn.call` tells the whole; this is what both sides and both halves share.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from telcard.errors import LocalProtocolError
from telcard.machine import Action, Effect, Machine, Report, Send, StartTimer, StopTimer
from telcard.signalling.causes import Cause, Location
from telcard.signalling.events import Failed, Progressed, Released
from telcard.signalling.isdn.elements import (
    CallState,
    CauseElement,
    ChannelIdentification,
    Element,
    Progress,
    ProgressIndicator,
)
from telcard.signalling.isdn.messages import Message, MessageType
from telcard.signalling.isdn.profiles import EURO, Profile


class State(Enum):
    """Call states with the standard's values (2.1.1, 2.1.2): U1 or N1 is CALL_INITIATED."""

    NULL = 0
    CALL_INITIATED = 1
    OVERLAP_SENDING = 2
    OUTGOING_CALL_PROCEEDING = 3
    CALL_DELIVERED = 4
    CALL_PRESENT = 6
    CALL_RECEIVED = 7
    CONNECT_REQUEST = 8
    INCOMING_CALL_PROCEEDING = 9
    ACTIVE = 10
    DISCONNECT_REQUEST = 11
    DISCONNECT_INDICATION = 12
    RELEASE_REQUEST = 19
    OVERLAP_RECEIVING = 25


S, T = State, MessageType

CLEARING = (S.DISCONNECT_REQUEST, S.DISCONNECT_INDICATION, S.RELEASE_REQUEST)
LIVING = tuple(state for state in State if state is not S.NULL and state not in CLEARING)
UNANSWERED = tuple(state for state in LIVING if state is not S.ACTIVE)

Step = Callable[..., list[Effect]]
Table = Mapping[tuple[State, str], Action]


class Call(Machine[State]):
    """One call; use `UserCall`, or `NetworkCall` on the network's side."""

    asked: State
    """The state after our own DISCONNECT."""
    told: State
    """The state after the far end's."""
    location: Location

    def __init__(self, reference: int, *, outgoing: bool, profile: Profile = EURO) -> None:
        super().__init__(State.NULL)
        self.reference = reference
        self.outgoing = outgoing
        self.profile = profile
        self.channel: ChannelIdentification | None = None
        """The B-channel, once both sides know it; put into the first answer to a SETUP."""
        self.in_doubt = False
        """The call is gone here, but the far end may not know: its channel needs a restart."""
        self.running: set[str] = set()
        """Names of the timers that run."""
        self.party = ""
        """The number of who is at the far end, as far as it may be told."""
        self._attached: tuple[Element, ...] = ()
        self._channel_told = outgoing
        self._cause = int(Cause.NORMAL_CLEARING)
        self._spoilt: Cause | None = None  # what was wrong with the far end's DISCONNECT
        self._in_vain = 0  # how often the message of T303 or T308 was sent again
        self._unasked = 0  # the same for T322
        self._kept: Message | None = None  # the message that T303 or T308 sends again

    # -- inputs ---------------------------------------------------------------------------------

    def receive(self, message: Message) -> list[Effect]:
        """Meet a message of this call, whatever is wrong with it (5.8.4 to 5.8.7)."""
        name = message.name
        if not message.faults:
            return self.fire(name, message)
        for fault in message.faults:
            if fault.mandatory:
                return self._cannot_read(message, fault.cause, fault.identifier)
        effects = self.fire(name, message)
        if self.state in CLEARING or self.state is S.NULL or message.kind == T.STATUS:
            return effects
        if self.profile.reports_unknown:
            first = message.faults[0]
            skipped = (f.identifier for f in message.faults if f.kind is first.kind)
            effects += self.status(first.cause, bytes(skipped))
        return effects

    def expire(self, timer: str) -> list[Effect]:
        """Meet the expiry of a timer; one that was stopped meanwhile is late and means nothing."""
        if timer not in self.running:
            return []
        self.running.discard(timer)
        return super().expire(timer)

    def unexpected(self, name: str, *args: Any) -> list[Effect]:
        """Answer a message out of place by STATUS (5.8.4); drop a request that has crossed."""
        if args and isinstance(args[0], Message):
            if self.state is S.NULL:
                return []
            cause = Cause.MESSAGE_NOT_COMPATIBLE_WITH_STATE
            if not name:
                cause = Cause.MESSAGE_TYPE_NON_EXISTENT
            return self.status(cause, bytes((args[0].kind,)))
        if self.state in CLEARING or self.state is S.NULL:
            return []
        wanted = sorted(key for state, key in self.table if state is self.state and key.islower())
        raise LocalProtocolError(
            f"call {self.reference}: cannot {name} in state {self.state.name.lower()}; "
            f"possible now: {', '.join(wanted)}",
            "Q.931 5",
        )

    def _cannot_read(self, message: Message, cause: Cause, identifier: int) -> list[Effect]:
        """5.8.6: an element without which the message means nothing is missing or spoilt."""
        diagnostics = bytes((identifier,))
        match message.kind:
            case T.SETUP if self.state is S.NULL:
                return self.send(T.RELEASE_COMPLETE, self.why(cause, diagnostics))
            case T.DISCONNECT:
                self._spoilt = cause
                spoken = CauseElement(Cause.NORMAL_UNSPECIFIED)
                return self.fire("DISCONNECT", Message(T.DISCONNECT, elements=(spoken,)))
            case T.STATUS | T.SETUP:
                return []
        return self.status(cause, diagnostics)

    # -- what the tables are made of ------------------------------------------------------------

    def enter(self, state: State) -> list[Effect]:
        """Enter a state; timers of the one that is left stop (T322 only when the call ends)."""
        self.state = state
        if not self.running:
            return []
        ending = self.running if state is S.NULL else self.running - {"T322"}
        stops: list[Effect] = [StopTimer(name) for name in sorted(ending)]
        self.running -= ending
        return stops

    def start(self, timer: str) -> list[Effect]:
        """Start a timer, or start it again."""
        self.running.add(timer)
        return [StartTimer(timer)]

    def send(self, kind: MessageType, *elements: Element) -> list[Effect]:
        """Send a message of this call."""
        elements, self._attached = (*elements, *self._attached), ()
        return [Send(Message(kind, self.reference, elements, not self.outgoing))]

    def attach(self, *elements: Element) -> None:
        """Let the next message have these elements too."""
        self._attached = elements

    def why(self, cause: int, diagnostics: bytes = b"") -> CauseElement:
        """A cause that was generated here."""
        return CauseElement(cause, self.location, diagnostics)

    def status(self, cause: int, diagnostics: bytes = b"") -> list[Effect]:
        """Tell the far end our state."""
        return self.send(T.STATUS, self.why(cause, diagnostics), CallState(self.state.value))

    def in_band(self) -> ProgressIndicator:
        """Listen: there is sound before the answer."""
        return ProgressIndicator(Progress.IN_BAND, self.location)

    def disconnect(self, cause: int, in_band: bool = False) -> list[Effect]:
        """Ask for the end of the call (5.3.3, 5.3.4): T306 while a tone or announcement lasts."""
        self._cause = cause
        timer = "T306" if in_band else "T305"
        also = (self.in_band(),) if in_band else ()
        effects = self.enter(self.asked)
        effects += self.send(T.DISCONNECT, self.why(cause), *also)
        return effects + self.start(timer)

    def release(self, cause: int | None = None) -> list[Effect]:
        """Give the channel back: RELEASE, of which T308 sees that it is answered."""
        self._in_vain = 0
        effects = self.enter(S.RELEASE_REQUEST)
        sent = self.send(T.RELEASE, *([] if cause is None else [self.why(cause)]))
        self._kept = sent[0].pdu  # type: ignore[union-attr]  # a Send
        return effects + sent + self.start("T308")

    def null(self, cause: int) -> list[Effect]:
        """The call is over: the reference and the channel are free."""
        effects = self.enter(S.NULL)
        effects.append(Report(Released(cause)))
        return effects


def to(state: State | None, *steps: Step) -> Action:
    """Make an action: enter `state` (None: stay), then take the steps in order."""

    def action(call: Call, *args: Any) -> list[Effect]:
        effects = [] if state is None else call.enter(state)
        for step in steps:
            effects += step(call, *args)
        return effects

    if state is not None:
        action.__doc__ = f"-> {state.name}"
    return action


def start(timer: str) -> Step:
    """Start a timer of the state that is entered."""

    def step(call: Call, *_: Any) -> list[Effect]:
        call._in_vain = 0
        return call.start(timer)

    return step


def stop(timer: str) -> Step:
    """Stop a timer of the present state, if it runs."""

    def step(call: Call, *_: Any) -> list[Effect]:
        if timer not in call.running:
            return []
        call.running.discard(timer)
        return [StopTimer(timer)]

    return step


def tell(event: Any) -> Step:
    """Report an event."""
    return lambda call, *_: [Report(event)]


def reply(kind: MessageType) -> Step:
    """Send a message without elements."""
    return lambda call, *_: call.send(kind)


def refuse(kind: MessageType) -> Step:
    """Reject a service that there is none of here."""
    return lambda call, *_: call.send(kind, call.why(Cause.FACILITY_NOT_IMPLEMENTED))


def too_slow(timer: str, cause: Cause, why: str) -> Step:
    """The far end has kept us waiting: clear (tables 9-1 and 9-2)."""

    def step(call: Call, *_: Any) -> list[Effect]:
        return [Report(Failed(cause, f"{why} ({timer})")), *call.disconnect(cause)]

    return step


def sounds(message: Message) -> bool:
    """Whether the far end says that there is something to hear (descriptions 1 and 8, 5.1.6)."""
    return any(
        indicator.description in (Progress.NOT_END_TO_END_ISDN, Progress.IN_BAND)
        for indicator in message.all(ProgressIndicator)
    )


def reason(message: Message) -> CauseElement:
    """Its cause; 31 where there is none (5.8.6.1)."""
    return message.get(CauseElement) or CauseElement(Cause.NORMAL_UNSPECIFIED)


def progressed(call: Call, message: Message) -> list[Effect]:
    """PROGRESS: the call has left the ISDN, or there is something to hear (5.1.6)."""
    cause = message.get(CauseElement)
    return [Report(Progressed(sounds(message), None if cause is None else cause.value))]
