"""Layer 3 of one D-channel (Q.931 clause 5): all its calls, its channels, its restarts.

    layer = Layer3("user", EURO)
    layer.fire("start")                                # [Send(ESTABLISH), StartTimer("relink")]
    layer.fire("link_up")
    handle = layer.new_call()
    layer.fire("setup", handle, CallFacts(called="95588", complete=True))
    layer.fire("data", octets)                       # [Report(CallEvent(handle, 5, Proceeding()))]

Pure, and run by one `telcard.runner.Runner` with `layer.timers`.  Inputs:

    "start", "link_up", "link_down", "link_reset"      the data link (Q.921)
    "data", octets                                     a message from the far end
    "setup", handle, facts, channel, exclusive         a call from here, on any channel if None
    "restart", channel     "block", channel   "unblock", channel      or a `Whole` interface, or all
    any request of `telcard.signalling.isdn.call` or `.facilities`, with the call's handle in front

Effects: `Send` of octets, or of `ESTABLISH` where the data link is wanted; timers, a call's with
its handle behind the name ("T303 17"); and `Report(CallEvent)`, with handle 0 for what concerns
channels or the interface.  A handle is good until its `Released`.

**Two ends, one channel** (5.7): when both seize the same, the call of the network goes on; the
network's end gives the other call another channel, or refuses it with cause 44 where the user had
insisted; the user's end lets its own call wait for what the network will give it.

**After the data link was away** (5.8.8 to 5.8.10) nothing stays blocked: calls that were not
active are gone at once, active ones wait for T309 and are compared by STATUS ENQUIRY; the channel
of every call that ended here while the far end could not be told is restarted, before it serves
again.  So is the channel of a RELEASE that nobody answered (T308).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, ClassVar, Literal

from telcard.errors import ConfigError, LocalProtocolError
from telcard.machine import Action, Effect, Machine, Report, Send, StartTimer, StopTimer
from telcard.signalling.causes import Cause
from telcard.signalling.events import (
    AlarmCeased,
    Alarmed,
    Failed,
    Released,
    Restarted,
)
from telcard.signalling.facts import CallFacts
from telcard.signalling.isdn import maintenance, qsig, restarts, strangers
from telcard.signalling.isdn.call import CLEARING, Call, NetworkCall, State, UserCall
from telcard.signalling.isdn.channels import E1, CallEvent, Channels, ChannelStatus, Scope
from telcard.signalling.isdn.deeds import Accept, Deed, End, PassOn, Say, SetUp, Tell, TurnAway
from telcard.signalling.isdn.elements import (
    CallState,
    ChannelIdentification,
    Element,
)
from telcard.signalling.isdn.facilities import LARGEST_REFERENCE, SERVICES, Facilities
from telcard.signalling.isdn.messages import (
    CALL_CONTROL,
    Message,
    MessageType,
    Unreadable,
    decode,
)
from telcard.signalling.isdn.offers import setup_elements
from telcard.signalling.isdn.profiles import EURO, Profile, Timers
from telcard.signalling.isdn.services import Component

T = MessageType

FIRST_ANSWERS = frozenset({T.SETUP_ACKNOWLEDGE, T.CALL_PROCEEDING, T.ALERTING, T.CONNECT})
"""Answers to a SETUP that settle the channel."""

_LAST_MESSAGES = frozenset({T.DISCONNECT, T.RELEASE, T.RELEASE_COMPLETE})
_SERVICE_TIMERS = frozenset({"service", "T1", "T2", "T3"})


class Link(Enum):
    """Whether there is a data link."""

    DOWN = "no data link"
    UP = "data link established"


class Establish(Enum):
    """What is sent instead of octets when the data link is wanted."""

    ESTABLISH = "DL-ESTABLISH request"


ESTABLISH = Establish.ESTABLISH
"""What is sent instead of octets when the data link is wanted."""


class Layer3(Machine[Link]):
    """One D-channel, seen from its "user" or "network" side (QSIG: side B, side A).

    `channels` are timeslots of one interface or, with `home`, addresses of several, of which `home`
    has the D-channel (`telcard.signalling.isdn.channels`).
    """

    def __init__(
        self,
        side: Literal["user", "network"],
        profile: Profile = EURO,
        *,
        channels: Iterable[int] = E1,
        home: int | None = None,
    ) -> None:
        if side not in ("user", "network"):
            raise ConfigError(f"side: want 'user' or 'network', got {side!r}")
        super().__init__(Link.DOWN)
        self.side = side
        self.profile = profile
        self.timers = Timers(profile.timers(side))
        self.ignored = 0
        """Octets that were no message."""
        self._master = side == "network"
        self._mirrored = profile.symmetrical or side == "user"
        self._kind: type[Call] = UserCall if self._mirrored else NetworkCall
        # Between private exchanges neither end is the network: expect what both have to send.
        self._sender = None if profile.symmetrical else "user" if self._master else "network"
        self._channels = Channels(
            channels, lowest_first=self._master, home=home, implied=profile.interface
        )
        self._calls: dict[int, Call] = {}
        self._handles: dict[tuple[bool, int], int] = {}  # (ours, reference): handle
        self._unsettled: dict[int, bool] = {}  # our calls without answer: whether we insist
        self._history: dict[int, list[tuple[str, Message]]] = {}
        self._ended: deque[int] = deque()
        self._last_handle = 0
        self._last_reference = 0
        self._restarts = restarts.Restarts(self._channels, profile)
        self._facilities = Facilities(profile, self._calls, self._handles)
        self._link_alarmed = False
        self._holding = False

    # -- for the room above -----------------------------------------------------------------------

    def new_call(self) -> int:
        """A handle for a call from here."""
        self._last_handle += 1
        return self._last_handle

    def query(self) -> dict[int, tuple[str, int | None]]:
        """State and channel of every call."""
        return {
            handle: (call.state.name, self._channels.of(handle))
            for handle, call in self._calls.items()
        }

    def channels(self) -> tuple[ChannelStatus, ...]:
        """What every channel is doing."""
        return self._channels.status()

    def free(self) -> int:
        """How many channels a call from here may have now."""
        return sum(map(self._channels.free, self._channels.numbers))

    def transcript(self, handle: int) -> list[str]:
        """The messages of a call in words, also for the last 64 calls that have ended."""
        return [f"{way} {message.describe()}" for way, message in self._history.get(handle, [])]

    # -- inputs -----------------------------------------------------------------------------------

    def fire(self, name: str, *args: Any) -> list[Effect]:
        """Give one of the inputs that the module's docstring lists."""
        if name == "data":
            return self._data(*args)
        if (self.state, name) in self.table:
            return super().fire(name, *args)
        if name == "setup":
            return self._setup(*args)
        return self._request(name, *args)

    def expire(self, timer: str) -> list[Effect]:
        """Meet the expiry of a timer of the interface or, by its handle, of a call."""
        name, _, handle = timer.partition(" ")
        if not handle:
            return super().expire(timer)
        call = self._calls.get(int(handle))
        if call is None:
            return []
        if name in _SERVICE_TIMERS:
            return self._carry_services(self._facilities.expire(name, int(handle)))
        return self._carry(int(handle), call, call.expire(name))

    # -- calls ------------------------------------------------------------------------------------

    def _setup(
        self,
        handle: int,
        facts: CallFacts,
        channel: int | None = None,
        exclusive: bool = False,
        *more: Element,
    ) -> list[Effect]:
        self._check_new(handle)
        elements = setup_elements(facts, self.profile, user=self.side == "user")
        if self.state is Link.DOWN:
            return self._no_call(handle, Cause.NETWORK_OUT_OF_ORDER, "there is no data link")
        number = self._channels.pick(channel, exclusive=exclusive)
        if number is None:
            if exclusive:
                cause, why = Cause.CHANNEL_NOT_AVAILABLE, f"channel {channel} cannot be had"
            else:
                cause, why = Cause.NO_CIRCUIT, "no channel is free"
            return self._no_call(handle, cause, why)
        call = self._kind(self._new_reference(), outgoing=True, profile=self.profile)
        self._enrol(handle, call)
        self._channels.take(number, handle)
        self._unsettled[handle] = exclusive
        elements += [self._channels.element(number, exclusive), *more]
        return self._carry(handle, call, call.fire("setup", elements))

    def _check_new(self, handle: int) -> None:
        if handle in self._calls or not 0 < handle <= self._last_handle:
            raise LocalProtocolError(f"call {handle}: want a new handle, see new_call()")

    def _no_call(self, handle: int, cause: Cause, why: str) -> list[Effect]:
        return [
            Report(CallEvent(handle, None, Failed(cause, why))),
            Report(CallEvent(handle, None, Released(cause))),
        ]

    def _request(self, name: str, handle: int, *args: Any) -> list[Effect]:
        call = self._calls.get(handle)
        if call is None:
            if name not in REQUESTS:
                raise LocalProtocolError(f"{name}: no such request; want one of {sorted(REQUESTS)}")
            return []  # the call has ended while the request was on its way
        if self.state is Link.DOWN:
            if name != "clear":
                return []
            cause = args[0] if args else Cause.NORMAL_CLEARING
            return self._carry(handle, call, call.fire("give_up", cause, ""))
        if name == "replace":
            self._check_new(*args[:1])
        if name in SERVICES:
            return self._carry_services(self._facilities.request(name, handle, *args))
        return self._carry(handle, call, call.fire(name, *args))

    # -- supplementary services -------------------------------------------------------------------

    def _carry_services(self, deeds: list[Deed]) -> list[Effect]:
        """Do what services want done, in order; what concerns a call that is ending falls away."""
        effects: list[Effect] = []
        for deed in deeds:
            match deed:
                case StartTimer() | StopTimer():
                    effects.append(deed)
                    continue
                case SetUp(handle, number, channel, exclusive, component):
                    effects += self._set_up_service(handle, number, channel, exclusive, component)
                    continue
            handle, call = deed.handle, self._calls.get(deed.handle)
            if call is None or call.state in CLEARING:
                continue
            match deed:
                case Tell(_, component):
                    facility = self._facilities.wrap(component)
                    told = call.fire("facility", facility.components, facility.profile)
                    effects += self._carry(handle, call, told)
                case PassOn(_, octets):
                    told = call.fire("facility", octets, qsig.NETWORKING)
                    effects += self._carry(handle, call, told)
                case Accept(_, component):
                    call.attach(self._facilities.wrap(component))
                    effects += self._carry(handle, call, call.fire("connect"))
                case TurnAway(_, cause, component):
                    call.attach(self._facilities.wrap(component))
                    effects += self._carry(handle, call, call.fire("clear", cause))
                case End(_, cause):
                    effects += self._carry(handle, call, call.fire("clear", cause))
                case Say(_, event):
                    effects.append(Report(CallEvent(handle, self._channels.of(handle), event)))
        return effects

    def _set_up_service(
        self, handle: int, number: str, channel: int | None, exclusive: bool, component: Component
    ) -> list[Effect]:
        facts = CallFacts(called=number, complete=True)
        facility = self._facilities.wrap(component)
        effects = self._setup(handle, facts, channel, exclusive, facility)
        if handle not in self._calls:  # there is no channel for it
            effects += self._carry_services(self._facilities.forget(handle))
        return effects

    def _enrol(self, handle: int, call: Call) -> None:
        self._calls[handle] = call
        self._handles[call.outgoing, call.reference] = handle
        self._history[handle] = []

    def _new_reference(self) -> int:
        while True:
            self._last_reference = self._last_reference % LARGEST_REFERENCE + 1
            if (True, self._last_reference) not in self._handles:
                return self._last_reference

    def _carry(self, handle: int, call: Call, effects: list[Effect]) -> list[Effect]:
        """A call's effects as the interface's: encoded, and with the handle."""
        out: list[Effect] = []
        for effect in effects:
            match effect:
                case Send(message):
                    self._history[handle].append((">", message))
                    out.append(Send(message.encode()))
                case StartTimer(name):
                    out.append(StartTimer(f"{name} {handle}"))
                case StopTimer(name):
                    out.append(StopTimer(f"{name} {handle}"))
                case Report(event):
                    out.append(Report(CallEvent(handle, self._channels.of(handle), event)))
        if call.state in CLEARING:
            out += self._carry_services(self._facilities.ending(handle))
        if call.state is State.NULL and handle in self._calls:
            out += self._forget(handle, call)
        return out

    def _forget(self, handle: int, call: Call) -> list[Effect]:
        """A call has ended: its reference and channel are free, or the channel is restarted."""
        del self._calls[handle]
        del self._handles[call.outgoing, call.reference]
        self._unsettled.pop(handle, None)
        self._ended.append(handle)
        if len(self._ended) > 64:
            del self._history[self._ended.popleft()]
        number = self._channels.drop(handle)
        effects = self._carry_services(self._facilities.forget(handle))
        if number is None or not call.in_doubt:
            return effects
        return effects + self._restarts.ask(number)

    # -- messages ---------------------------------------------------------------------------------

    def _data(self, octets: bytes) -> list[Effect]:
        message = decode(octets, self._sender)
        if isinstance(message, Unreadable):
            self.ignored += 1
            return []
        if message.discriminator != CALL_CONTROL:
            if self.profile.maintenance is None:
                self.ignored += 1
                return []
            return maintenance.hear(message, self._channels)
        if message.reference is None:  # the dummy reference speaks of no call
            return []
        if message.reference == 0:
            return self._of_interface(message)
        handle = self._handles.get((message.to_origin, message.reference))
        if handle is None:
            return self._stranger(message)
        call = self._calls[handle]
        self._history[handle].append(("<", message))
        if handle in self._unsettled and message.kind in FIRST_ANSWERS:
            cause = self._settle(handle, message)
            if cause is not None:
                return self._carry(handle, call, call.fire("unacceptable", cause))
        if message.kind in _LAST_MESSAGES:  # afterwards there is no call to speak of
            heard = self._carry_services(self._facilities.hear(handle, message))
            return heard + self._carry(handle, call, call.receive(message))
        effects = self._carry(handle, call, call.receive(message))
        return effects + self._carry_services(self._facilities.hear(handle, message))

    def _settle(self, handle: int, message: Message) -> Cause | None:
        """Let the first answer to our SETUP settle the channel (5.1.2, 5.2.3.1), or say why not."""
        exclusive = self._unsettled.pop(handle)
        element = message.get(ChannelIdentification)
        number = self._channels.of(handle)
        if element is None or not element.channels:
            return Cause.CHANNEL_NOT_AVAILABLE if number is None else None
        (wanted, *_) = self._channels.named(element)
        if wanted == number:
            return None
        if wanted not in self._channels:
            return Cause.CHANNEL_DOES_NOT_EXIST
        if exclusive or not self._channels.free(wanted):
            return Cause.CHANNEL_UNACCEPTABLE
        self._channels.take(wanted, handle)
        return None

    def _stranger(self, message: Message) -> list[Effect]:
        """A call reference that no call has."""
        if message.kind != T.SETUP:
            return strangers.meet(message, self._kind.location)
        return [] if message.to_origin else self._offered(message)

    def _answer(
        self, message: Message, kind: MessageType, cause: Cause, *elements: Element
    ) -> list[Effect]:
        return [strangers.answer(message, kind, cause, self._kind.location, *elements)]

    def _offered(self, message: Message) -> list[Effect]:
        """SETUP: a call comes in, if it can be read and there is a channel (5.1.5.2, 5.2.3.1)."""
        for fault in message.faults:
            if fault.mandatory:
                return self._answer(message, T.RELEASE_COMPLETE, fault.cause)
        number = self._choose(message.get(ChannelIdentification))
        if isinstance(number, Cause):
            return self._answer(message, T.RELEASE_COMPLETE, number)
        handle = self.new_call()
        assert message.reference is not None
        call = self._kind(message.reference, outgoing=False, profile=self.profile)
        call.channel = self._channels.element(number)
        self._enrol(handle, call)
        self._history[handle].append(("<", message))
        self._channels.take(number, handle)
        effects = self._carry(handle, call, call.receive(message))
        deeds = self._facilities.offered(handle, message)
        if deeds is None:
            return effects
        # A call in place of another has its owner: it is offered to nobody.
        effects = [effect for effect in effects if not isinstance(effect, Report)]
        return effects + self._carry_services(deeds)

    def _choose(self, element: ChannelIdentification | None) -> int | Cause:
        """The channel of a call that comes in, or why it gets none."""
        if element is None or not element.channels:
            if element is not None and not element.any_channel:
                return Cause.NO_CIRCUIT  # "no channel": call waiting, which telephones have
            return self._channels.pick() or Cause.NO_CIRCUIT
        (wanted, *_) = self._channels.named(element)
        if wanted not in self._channels:
            return Cause.CHANNEL_DOES_NOT_EXIST
        owner = self._channels.owner(wanted)
        if owner is not None and owner in self._unsettled and not self._master:
            return wanted  # 5.7: both ends have seized it, and the network's call goes on
        self._restarts.overtaken(wanted)
        number = self._channels.pick(wanted, exclusive=element.exclusive)
        if number is None:
            return Cause.CHANNEL_NOT_AVAILABLE if element.exclusive else Cause.NO_CIRCUIT
        return number

    # -- the data link ----------------------------------------------------------------------------

    def _start(self) -> list[Effect]:
        return [Send(ESTABLISH), StartTimer("relink")]

    def _link_up(self) -> list[Effect]:
        effects = self.go(Link.UP, StopTimer("relink"))
        if self._holding:
            self._holding = False
            effects.append(StopTimer("T309"))
        if self._link_alarmed:
            self._link_alarmed = False
            effects.append(Report(CallEvent(0, None, AlarmCeased())))
        return effects + self._every_call("enquire") + self._restarts.link_up()

    def _link_down(self) -> list[Effect]:
        effects = self.go(Link.DOWN)
        self._link_alarmed = True
        effects.append(Report(CallEvent(0, None, Alarmed("the data link is down"))))
        effects += self._restarts.link_down()
        effects += self._every_call("link_down")
        if self._calls:
            self._holding = True
            effects.append(StartTimer("T309"))
        return effects + self._start()

    def _link_reset(self) -> list[Effect]:
        """5.8.8: calls go on; what may have been lost is found by asking."""
        effects = self._every_call("link_reset")
        for handle, call in list(self._calls.items()):
            if call.state not in CLEARING and handle not in self._unsettled:
                effects += self._carry(handle, call, call.fire("enquire"))
        return effects + self._restarts.again()

    def _too_long(self) -> list[Effect]:
        """T309 (5.8.9): the data link has not come back."""
        self._holding = False
        why = "the data link does not come back (T309)"
        return self._every_call("give_up", Cause.DESTINATION_OUT_OF_ORDER, why)

    def _every_call(self, name: str, *args: Any) -> list[Effect]:
        effects: list[Effect] = []
        for handle, call in list(self._calls.items()):
            effects += self._carry(handle, call, call.fire(name, *args))
        return effects

    # -- restarts ---------------------------------------------------------------------------------

    def _restart(self, channel: Scope = None) -> list[Effect]:
        """Bring a channel, or all of them, back to idle at both ends (5.5.1)."""
        effects: list[Effect] = []
        for number in self._channels.these(channel):
            effects += self._end_call_on(number)
        return effects + self._restarts.ask(channel)

    def _end_call_on(self, number: int) -> list[Effect]:
        handle = self._channels.owner(number)
        if handle is None:
            return []
        call = self._calls[handle]
        return self._carry(handle, call, call.fire("restarted"))

    def _restart_unanswered(self) -> list[Effect]:
        return self._restarts.unanswered()

    def _of_interface(self, message: Message) -> list[Effect]:
        """Messages of the global call reference (5.5, 5.8.3.2)."""
        match message.kind:
            case T.RESTART if not message.to_origin:
                return self._restarted_by_far_end(message)
            case T.RESTART_ACKNOWLEDGE if message.to_origin:
                return self._restarts.acknowledged()
            case T.STATUS | T.RELEASE_COMPLETE:
                return []
        answered = message.kind == T.STATUS_ENQUIRY
        cause = Cause.RESPONSE_TO_STATUS_ENQUIRY if answered else Cause.INVALID_CALL_REFERENCE
        return self._answer(message, T.STATUS, cause, self._interface_state())

    def _interface_state(self) -> CallState:
        return CallState(self._restarts.state)

    def _restarted_by_far_end(self, message: Message) -> list[Effect]:
        """RESTART (5.5.2): the channels are idle at once, so that T317 has nothing to watch."""
        numbers = restarts.meant(message, self._channels)
        if isinstance(numbers, Cause):
            return self._answer(message, T.STATUS, numbers, self._interface_state())
        effects: list[Effect] = []
        for number in numbers or self._channels.numbers:
            effects += self._end_call_on(number)
            self._channels.far_blocked.discard(number)
        effects.append(Send(restarts.acknowledgement(message).encode()))
        channel = numbers[0] if len(numbers) == 1 else None
        effects.append(Report(CallEvent(0, channel, Restarted(numbers))))
        return effects

    # -- channels in and out of service -----------------------------------------------------------

    def _block(self, channel: Scope = None) -> list[Effect]:
        """Take no new calls on a channel; one that is on goes on."""
        self._channels.blocked.update(self._channels.these(channel))
        return self._tell_service(channel, 2)

    def _unblock(self, channel: Scope = None) -> list[Effect]:
        self._channels.blocked.difference_update(self._channels.these(channel))
        return self._tell_service(channel, 0)

    def _tell_service(self, channel: Scope, status: int) -> list[Effect]:
        if self.state is Link.DOWN:
            return []
        numbers = self._channels.these(channel)
        return maintenance.tell(self.profile, self._channels, numbers, status)

    table: ClassVar[Mapping[tuple[Link, str], Action]] = {
        (Link.DOWN, "start"): _start,
        (Link.DOWN, "relink"): _start,
        (Link.DOWN, "link_up"): _link_up,
        (Link.DOWN, "link_down"): lambda layer: [],
        (Link.DOWN, "link_reset"): _link_up,
        (Link.DOWN, "T309"): _too_long,
        (Link.UP, "start"): lambda layer: [],
        (Link.UP, "link_up"): _link_reset,
        (Link.UP, "link_reset"): _link_reset,
        (Link.UP, "link_down"): _link_down,
        (Link.UP, "T316"): _restart_unanswered,
        (Link.DOWN, "restart"): _restart,
        (Link.DOWN, "block"): _block,
        (Link.DOWN, "unblock"): _unblock,
        (Link.UP, "restart"): _restart,
        (Link.UP, "block"): _block,
        (Link.UP, "unblock"): _unblock,
    }


REQUESTS = frozenset(
    {name for _, name in UserCall.table if name.islower()}
    | SERVICES - {"link_down", "link_reset", "restarted", "give_up", "unacceptable"}
)
"""What may be asked of a call; `telcard.signalling.isdn.call` says what each does."""
