"""Bringing channels back to idle at both ends: RESTART (Q.931 5.5), from here one at a time.

What is restarted is one channel, one interface or, where a D-channel has several of them, all.  A
RESTART of an interface names it in its channel identification then (4.5.25).

A channel that is to be restarted carries no new call until the far end has acknowledged.  When it
does not, RESTART is sent again (T316), then the alarm is raised once, and the others have their
turn; but it is tried for as long as it takes, so that no channel stays out of service because the
far end was away for an hour.
"""

from __future__ import annotations

from telcard.machine import Effect, Report, Send, StartTimer, StopTimer
from telcard.signalling.causes import Cause
from telcard.signalling.events import AlarmCeased, Alarmed, Restarted
from telcard.signalling.isdn.channels import CallEvent, Channels, Scope, Whole
from telcard.signalling.isdn.elements import (
    ChannelIdentification,
    Element,
    RestartClass,
    RestartIndicator,
)
from telcard.signalling.isdn.messages import Message, MessageType
from telcard.signalling.isdn.profiles import Profile

NULL, REQUEST = 0, 61
"""States of the interface's own call reference: REST 0, REST 1 (table 4-8)."""


def meant(message: Message, channels: Channels) -> tuple[int, ...] | Cause:
    """The channels that a RESTART of the far end means, () for all, or what is wrong with it."""
    for fault in message.faults:
        if fault.mandatory:
            return fault.cause
    indicator = message.get(RestartIndicator)
    element = message.get(ChannelIdentification)
    what = RestartClass.CHANNELS if indicator is None else indicator.what
    if what == RestartClass.CHANNELS and (element is None or not element.channels):
        return Cause.MANDATORY_ELEMENT_MISSING
    if what == RestartClass.ALL_INTERFACES:
        return ()
    if what == RestartClass.INTERFACE and channels.home is None:
        return ()
    if what == RestartClass.INTERFACE:
        named = channels.interface(element or ChannelIdentification())
        numbers = channels.these(Whole(named))
    else:
        assert element is not None
        numbers = tuple(n for n in channels.named(element) if n in channels)
    return numbers or Cause.CHANNEL_DOES_NOT_EXIST


def acknowledgement(message: Message) -> Message:
    """RESTART ACKNOWLEDGE: what was restarted, as it was named."""
    kinds = (ChannelIdentification, RestartIndicator)
    back = tuple(element for element in message.elements if isinstance(element, kinds))
    return Message(MessageType.RESTART_ACKNOWLEDGE, 0, back, True)


class Restarts:
    """The restarts of one D-channel: one that is on its way, and those that wait."""

    def __init__(self, channels: Channels, profile: Profile) -> None:
        self._channels = channels
        self._profile = profile
        self._up = False
        self._waiting: dict[Scope, None] = {}  # in order
        self._sent: Message | None = None
        self._scope: Scope = None
        self._in_vain = 0
        self._alarmed: set[Scope] = set()

    @property
    def state(self) -> int:
        """The state that a STATUS with the global call reference tells."""
        return NULL if self._sent is None else REQUEST

    def ask(self, scope: Scope) -> list[Effect]:
        """Restart a channel, or several, when their turn comes."""
        self._channels.restarting.update(self._channels.these(scope))
        self._waiting[scope] = None
        return self._next()

    def link_up(self) -> list[Effect]:
        """The data link is there: begin, or begin again."""
        self._up = True
        return self._next()

    def link_down(self) -> list[Effect]:
        """Nothing can be sent: the one on its way begins anew when the data link is back."""
        self._up = False
        if self._sent is None:
            return []
        self._sent = None
        self._waiting = {self._scope: None, **self._waiting}
        return [StopTimer("T316")]

    def again(self) -> list[Effect]:
        """The data link was reset: the RESTART may be lost."""
        return [] if self._sent is None else [Send(self._sent.encode()), StartTimer("T316")]

    def unanswered(self) -> list[Effect]:
        """T316: send it again, then raise the alarm and go on with the next."""
        if self._sent is None:
            return []
        self._in_vain += 1
        if self._in_vain <= self._profile.n316:
            return self.again()
        self._sent, scope = None, self._scope
        effects: list[Effect] = []
        if scope not in self._alarmed:
            self._alarmed.add(scope)
            why = Alarmed("RESTART is not answered (T316)")
            effects.append(Report(CallEvent(0, _one(scope), why)))
        self._waiting[scope] = None
        return effects + self._next()

    def acknowledged(self) -> list[Effect]:
        """RESTART ACKNOWLEDGE: the channels serve again, unless another restart names them."""
        if self._sent is None:
            return []
        self._sent, scope = None, self._scope
        effects: list[Effect] = [StopTimer("T316")]
        waiting = {number for asked in self._waiting for number in self._channels.these(asked)}
        self._channels.restarting.intersection_update(waiting)
        if scope in self._alarmed:
            self._alarmed.discard(scope)
            effects.append(Report(CallEvent(0, _one(scope), AlarmCeased())))
        numbers = () if scope is None else self._channels.these(scope)
        effects.append(Report(CallEvent(0, _one(scope), Restarted(numbers))))
        return effects + self._next()

    def overtaken(self, number: int) -> None:
        """The far end seizes a channel whose restart waits: it is idle there, and needs none.

        A RESTART that is on its way already would end that call, so then the channel stays closed.
        """
        if number not in self._waiting:
            return
        others = [scope for scope in self._waiting if scope != number]
        if any(number in self._channels.these(scope) for scope in others):
            return
        del self._waiting[number]
        self._alarmed.discard(number)
        if self._sent is None or number not in self._channels.these(self._scope):
            self._channels.restarting.discard(number)

    def _next(self) -> list[Effect]:
        if not self._up or self._sent is not None or not self._waiting:
            return []
        self._scope = scope = next(iter(self._waiting))
        del self._waiting[scope]
        self._in_vain = 0
        self._sent = Message(MessageType.RESTART, 0, self._named(scope))
        return self.again()

    def _named(self, scope: Scope) -> tuple[Element, ...]:
        match scope:
            case None if self._channels.home is None:
                return (RestartIndicator(RestartClass.INTERFACE),)
            case None:
                return (RestartIndicator(RestartClass.ALL_INTERFACES),)
            case Whole(interface):
                named = ChannelIdentification(interface=interface, whole=True)
                return (named, RestartIndicator(RestartClass.INTERFACE))
            case number:
                return (self._channels.element(number), RestartIndicator(RestartClass.CHANNELS))


def _one(scope: Scope) -> int | None:
    """The channel of an event; None where there are several."""
    return scope if isinstance(scope, int) else None
