"""One or two D-channels with all their calls: Q.921 and Q.931 as one machine, without I/O.

    primary = Interface("user", EURO, channels)
    runner = Runner(primary, timers=primary.timers, send=dchannel.send_frame, report=hear)
    dchannel.on_frame(lambda frame: runner.fire("frame", frame))
    runner.fire("start")
    runner.fire("setup", primary.new_call(), facts, 3, True)

Inputs are those of both layers: "start", "frame", "stop" and "deactivate" for the link, all others
for the calls (`layer3.Layer3`).  It sends frames, and reports the `CallEvent`s of layer 3 and the
link's `LinkUp` and `LinkDown`.  What one layer wants of the other is done before the effects are
returned, in order.

A `BackedInterface` has two D-channels, 0 and 1 (`telcard.signalling.isdn.backup`): its inputs
"frame" and "deactivate" have the number behind, the frames it sends are `Numbered`, and it reports
a `Serving` when another D-channel carries the calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from telcard.machine import Effect, Report, Send, StartTimer, StopTimer
from telcard.signalling.isdn import maintenance
from telcard.signalling.isdn.backup import Announce, Backup, LetGo, Want
from telcard.signalling.isdn.backup import Message as OnLink
from telcard.signalling.isdn.lapd import Side
from telcard.signalling.isdn.layer3 import ESTABLISH, Layer3
from telcard.signalling.isdn.messages import MAINTENANCE, Message, MessageType, decode
from telcard.signalling.isdn.profiles import Profile
from telcard.signalling.isdn.q921 import PRI, Data, DataLink, LinkDown, LinkReset, LinkUp
from telcard.signalling.isdn.q921 import Profile as LinkProfile


@dataclass(frozen=True, slots=True)
class Numbered:
    """A frame for one of two D-channels."""

    link: int
    octets: bytes


class Interface:
    """Both layers of one side of a primary rate interface.

    `channels` are the timeslots that carry calls or, where the D-channel has several interfaces,
    addresses of channels, and `home` its own (`layer3.Layer3`).  A `telcard.runner.Runner` runs it.
    """

    def __init__(
        self,
        side: Side,
        profile: Profile,
        channels: Sequence[int],
        link_profile: LinkProfile = PRI,
        *,
        home: int | None = None,
    ) -> None:
        self.link = DataLink(side, link_profile)
        """Layer 2."""
        self.layer3 = Layer3(side, profile, channels=channels, home=home)
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
        if name in _OF_LINK:
            return list(self._from_link(self.link.fire(_OF_LINK[name], *args)))
        return list(self._from_calls(self.layer3.fire(name, *args)))

    def expire(self, timer: str) -> list[Effect]:
        """Give it the expiry of a timer of either layer."""
        if timer in self._link_timers:
            return list(self._from_link(self.link.expire(timer)))
        return list(self._from_calls(self.layer3.expire(timer)))

    def _from_link(self, effects: Iterable[Effect]) -> Iterator[Effect]:
        """What a data link wants done; its reports are inputs of layer 3."""
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

    def _from_calls(self, effects: Iterable[Effect]) -> Iterator[Effect]:
        """What layer 3 wants done; what it sends is an input of the link."""
        for effect in effects:
            if not isinstance(effect, Send):
                yield effect
            elif effect.pdu is ESTABLISH:
                yield from self._to_link("establish")
            else:
                yield from self._to_link("data", effect.pdu)

    def _to_link(self, name: str, *args: Any) -> Iterator[Effect]:
        return self._from_link(self.link.fire(name, *args))


_MAINTENANCE = frozenset(bytes((discriminator,)) for discriminator in MAINTENANCE)

_OF_LINK: Mapping[str, str] = {"frame": "frame", "stop": "release", "deactivate": "deactivate"}
"""Inputs for layer 2, by its own names."""


class BackedInterface(Interface):
    """Both layers of one side of several interfaces with two D-channels, one as the other's backup.

    `interfaces` are the identifiers of those that have the D-channels, the primary first; the other
    parameters are those of `Interface`.
    """

    def __init__(
        self,
        side: Side,
        profile: Profile,
        channels: Sequence[int],
        interfaces: tuple[int, int],
        link_profile: LinkProfile = PRI,
    ) -> None:
        super().__init__(side, profile, channels, link_profile, home=interfaces[0])
        self.interfaces = interfaces
        self.links = (self.link, DataLink(side, link_profile))
        """Layer 2 of both D-channels."""
        self.backup = Backup(announces=profile.maintenance is not None)
        """Which of them serves."""
        self._discriminator = profile.maintenance
        lengths = {_of(link, name): s for link in (0, 1) for name, s in link_profile.timers.items()}
        self.timers = _Timers({**lengths, **self.backup.timers}, self.layer3.timers)
        self._link_timers = frozenset(lengths)

    def fire(self, name: str, *args: Any) -> list[Effect]:
        """Give it one input; returns what is to be done, in order."""
        match name:
            case "frame":
                octets, link = args
                return list(self._on(link, "frame", octets))
            case "deactivate":
                return list(self._on(args[0], name))
            case "stop":
                return [effect for link in (0, 1) for effect in self._on(link, "release")]
        return super().fire(name, *args)

    def expire(self, timer: str) -> list[Effect]:
        """Give it the expiry of a timer of any layer."""
        if timer in self._link_timers:
            name, _, link = timer.partition(" D")
            return list(self._from_either(int(link), self.links[int(link)].expire(name)))
        if timer in self.backup.timers:
            return list(self._from_pair(self.backup.expire(timer)))
        return super().expire(timer)

    def _on(self, link: int, name: str, *args: Any) -> Iterator[Effect]:
        """An input of one of the data links."""
        return self._from_either(link, self.links[link].fire(name, *args))

    def _from_either(self, link: int, effects: Iterable[Effect]) -> Iterator[Effect]:
        """What one of the data links wants done; its reports are inputs of the pair."""
        for effect in effects:
            match effect:
                case Send(octets):
                    yield Send(Numbered(link, octets))
                case StartTimer(name):
                    yield StartTimer(_of(link, name))
                case StopTimer(name):
                    yield StopTimer(_of(link, name))
                case Report(Data(octets)):
                    yield from self._heard(link, octets)
                case Report(LinkUp()):
                    yield from self._to_pair("link_up", link)
                case Report(LinkDown()):
                    yield from self._to_pair("link_down", link)
                case Report(LinkReset()):
                    yield from self._to_pair("link_reset", link)
                case _:
                    yield effect

    def _heard(self, link: int, octets: bytes) -> Iterator[Effect]:
        """A message: for layer 3, unless it speaks of the D-channels themselves."""
        message = decode(octets) if octets[:1] in _MAINTENANCE else None
        named = maintenance.d_channel(message) if isinstance(message, Message) else None
        if self._discriminator is None or named is None or named[0] not in self.interfaces:
            yield from self._to_pair("heard", link, octets)
            return
        assert isinstance(message, Message)
        yield from self._on(link, "data", maintenance.acknowledgement(message).encode())
        interface, in_service = named
        yield from self._to_pair("announced", link, self.interfaces.index(interface), in_service)

    def _to_pair(self, name: str, *args: Any) -> Iterator[Effect]:
        return self._from_pair(self.backup.fire(name, *args))

    def _from_pair(self, effects: Iterable[Effect]) -> Iterator[Effect]:
        """What the pair wants done; its reports are those of one data link to layer 3."""
        for effect in effects:
            match effect:
                case Send(Want(link)):
                    yield from self._on(link, "establish")
                case Send(LetGo(link)):
                    yield from self._on(link, "release")
                case Send(OnLink(link, octets)):
                    yield from self._on(link, "data", octets)
                case Send(Announce(link)):
                    yield from self._on(link, "data", self._announcement(link).encode())
                case _:
                    yield from self._from_link([effect])

    def _announcement(self, link: int) -> Message:
        """What tells that this D-channel serves: where nothing is made for it, any message that
        wants an answer (F.2.2), here what the restart of the interface has come to."""
        if self._discriminator is None:
            return Message(MessageType.STATUS_ENQUIRY, 0)
        return maintenance.announce(self._discriminator, self.interfaces[link])

    def _to_link(self, name: str, *args: Any) -> Iterator[Effect]:
        return self._to_pair(name, *args)


def _of(link: int, timer: str) -> str:
    """The name of a data link's timer, where there are two of it."""
    return f"{timer} D{link}"


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
