"""One D-channel with all its calls: Q.921 and Q.931 as one machine, without I/O.

    primary = Interface("user", EURO, channels)
    runner = Runner(primary, timers=primary.timers, send=dchannel.send_frame, report=hear)
    dchannel.on_frame(lambda frame: runner.fire("frame", frame))
    runner.fire("start")
    runner.fire("setup", primary.new_call(), facts, 3, True)

Inputs are those of both layers: "start", "frame" and "stop" for the link, all others for the calls
(`layer3.Layer3`).  It sends frames, and reports the `CallEvent`s of layer 3 and the link's `LinkUp`
and `LinkDown`.  What one layer wants of the other is done before the effects are returned, in
order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any

from telcard.machine import Effect, Report, Send
from telcard.signalling.isdn.lapd import Side
from telcard.signalling.isdn.layer3 import ESTABLISH, Layer3
from telcard.signalling.isdn.profiles import Profile
from telcard.signalling.isdn.q921 import PRI, Data, DataLink, LinkDown, LinkReset, LinkUp
from telcard.signalling.isdn.q921 import Profile as LinkProfile


class Interface:
    """Both layers of one side of a primary rate interface.

    `channels` are the timeslots that carry calls.  A `telcard.runner.Runner` runs it.
    """

    def __init__(
        self,
        side: Side,
        profile: Profile,
        channels: Sequence[int],
        link_profile: LinkProfile = PRI,
    ) -> None:
        self.link = DataLink(side, link_profile)
        """Layer 2."""
        self.layer3 = Layer3(side, profile, channels=channels)
        """Layer 3."""
        self.timers: Mapping[str, float] = _Timers(link_profile.timers, self.layer3.timers)
        """Length of every timer of both layers, for the runner."""
        self._link_timers = frozenset(link_profile.timers)
        self.up = False
        """Whether the link carries messages now."""

    @property
    def state(self) -> Enum:
        """That of the link, for transcripts."""
        return self.link.state

    def new_call(self) -> int:
        """A handle for a call that is to be made."""
        return self.layer3.new_call()

    def fire(self, name: str, *args: Any) -> list[Effect]:
        """Give it one input; returns what is to be done, in order."""
        if name == "frame":
            return list(self._from_link(self.link.fire("frame", *args)))
        if name == "stop":
            return list(self._from_link(self.link.fire("release")))
        return list(self._from_calls(self.layer3.fire(name, *args)))

    def expire(self, timer: str) -> list[Effect]:
        """Give it the expiry of a timer of either layer."""
        if timer in self._link_timers:
            return list(self._from_link(self.link.expire(timer)))
        return list(self._from_calls(self.layer3.expire(timer)))

    def _from_link(self, effects: Sequence[Effect]) -> Iterator[Effect]:
        for effect in effects:
            if not isinstance(effect, Report):
                yield effect
                continue
            match effect.event:
                case Data(octets):
                    yield from self._from_calls(self.layer3.fire("data", octets))
                case LinkUp():
                    self.up = True
                    yield effect
                    yield from self._from_calls(self.layer3.fire("link_up"))
                case LinkDown():
                    self.up = False
                    yield effect
                    yield from self._from_calls(self.layer3.fire("link_down"))
                case LinkReset():
                    yield effect
                    yield from self._from_calls(self.layer3.fire("link_reset"))
                case _:
                    yield effect

    def _from_calls(self, effects: Sequence[Effect]) -> Iterator[Effect]:
        for effect in effects:
            if not isinstance(effect, Send):
                yield effect
            elif effect.pdu is ESTABLISH:
                yield from self._from_link(self.link.fire("establish"))
            else:
                yield from self._from_link(self.link.fire("data", effect.pdu))


class _Timers(Mapping[str, float]):
    """Two mappings as one; that of layer 3 knows more names than it lists."""

    def __init__(self, link: Mapping[str, float], calls: Mapping[str, float]) -> None:
        self._link = link
        self._calls = calls

    def __getitem__(self, name: str) -> float:
        return self._link[name] if name in self._link else self._calls[name]

    def __iter__(self) -> Iterator[str]:
        yield from self._link
        yield from self._calls

    def __len__(self) -> int:
        return len(self._link) + len(self._calls)
