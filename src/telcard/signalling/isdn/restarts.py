"""Bringing channels back to idle at both ends: RESTART from here (Q.931 5.5.1), one at a time.

A channel that is to be restarted carries no new call until the far end has acknowledged.  When it
does not, RESTART is sent again (T316), then the alarm is raised once, and the others have their
turn; but it is tried for as long as it takes, so that no channel stays out of service because the
far end was away for an hour.
"""

from __future__ import annotations

from telcard.machine import Effect, Report, Send, StartTimer, StopTimer
from telcard.signalling.events import AlarmCeased, Alarmed, Restarted
from telcard.signalling.isdn.channels import CallEvent, Channels
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


class Restarts:
    """The restarts of one interface: one that is on its way, and those that wait."""

    def __init__(self, channels: Channels, profile: Profile) -> None:
        self._channels = channels
        self._profile = profile
        self._up = False
        self._waiting: dict[int | None, None] = {}  # in order; None: the whole interface
        self._sent: Message | None = None
        self._channel: int | None = None
        self._in_vain = 0
        self._alarmed: set[int | None] = set()

    @property
    def state(self) -> int:
        """The state that a STATUS with the global call reference tells."""
        return NULL if self._sent is None else REQUEST

    def ask(self, channel: int | None) -> list[Effect]:
        """Restart a channel, or with None all, when its turn comes."""
        self._channels.restarting.update(self._channels.these(channel))
        self._waiting[channel] = None
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
        self._waiting = {self._channel: None, **self._waiting}
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
        self._sent, channel = None, self._channel
        effects: list[Effect] = []
        if channel not in self._alarmed:
            self._alarmed.add(channel)
            effects.append(Report(CallEvent(0, channel, Alarmed("RESTART is not answered (T316)"))))
        self._waiting[channel] = None
        return effects + self._next()

    def acknowledged(self) -> list[Effect]:
        """RESTART ACKNOWLEDGE: the channels serve again, unless another restart names them."""
        if self._sent is None:
            return []
        self._sent, channel = None, self._channel
        effects: list[Effect] = [StopTimer("T316")]
        waiting = {number for asked in self._waiting for number in self._channels.these(asked)}
        self._channels.restarting.intersection_update(waiting)
        if channel in self._alarmed:
            self._alarmed.discard(channel)
            effects.append(Report(CallEvent(0, channel, AlarmCeased())))
        numbers = () if channel is None else (channel,)
        effects.append(Report(CallEvent(0, channel, Restarted(numbers))))
        return effects + self._next()

    def overtaken(self, number: int) -> None:
        """The far end seizes a channel whose restart waits: it is idle there, and needs none.

        A RESTART that is on its way already would end that call, so then the channel stays closed.
        """
        if number not in self._waiting or None in self._waiting:
            return
        del self._waiting[number]
        self._alarmed.discard(number)
        if self._sent is None or self._channel not in (None, number):
            self._channels.restarting.discard(number)

    def _next(self) -> list[Effect]:
        if not self._up or self._sent is not None or not self._waiting:
            return []
        self._channel = channel = next(iter(self._waiting))
        del self._waiting[channel]
        self._in_vain = 0
        elements: tuple[Element, ...] = (RestartIndicator(RestartClass.INTERFACE),)
        if channel is not None:
            named = ChannelIdentification((channel,), True, self._profile.interface)
            elements = (named, RestartIndicator(RestartClass.CHANNELS))
        self._sent = Message(MessageType.RESTART, 0, elements)
        return self.again()
