"""The B-channels of a D-channel: who holds which, which one a new call gets, how it is named.

Q.931 5.1.2 and 5.2.3.1.

**Several interfaces, one D-channel** (non-facility-associated signalling, NFAS).  A channel is
known by an address, interface identifier and timeslot in one number (`address`, `apart`); where
there is one interface alone, it is 0 and the address is the timeslot.  On the wire they are two
(4.5.13): the interface identifier of octet 3.1, and the channel number of octet 3.3, which is the
timeslot on that interface.  Identifiers are agreed with the exchange, and need neither begin at 0
nor be without gaps; by custom the primary D-channel is on interface 0 and the backup on 1.  An
interface without a D-channel has a bearer in its place: 24 of them on a T1.  A message that names
no interface means the one whose D-channel has carried it; what is sent here always names it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from telcard.errors import ConfigError, LocalProtocolError
from telcard.signalling.events import LineEvent
from telcard.signalling.isdn.elements import ChannelIdentification

E1 = (*range(1, 16), *range(17, 32))
"""Channels of a 2,048 kbit/s interface, numbered by timeslot; 16 carries the D-channel."""

T1 = tuple(range(1, 24))
"""Channels of a 1,544 kbit/s interface; 24 carries the D-channel."""

CHANNELS: Mapping[str, tuple[int, ...]] = {"e1": E1, "t1": T1}
"""By the kind of line."""

D_CHANNEL: Mapping[str, int] = {"e1": 16, "t1": 24}
"""The timeslot that carries the messages, by the kind of line (ITU-T I.431)."""


INTERFACE = 128
"""Addresses of two neighbouring interfaces differ by it: channel numbers have 7 bits (4.5.13)."""


def address(interface: int, timeslot: int) -> int:
    """The channel in this timeslot of an interface."""
    return INTERFACE * interface + timeslot


def apart(channel: int) -> tuple[int, int]:
    """Interface and timeslot of an address."""
    return divmod(channel, INTERFACE)


@dataclass(frozen=True, slots=True)
class Whole:
    """All channels of one interface."""

    interface: int


Scope = int | Whole | None
"""One channel, all of an interface, or None: all there are."""


@dataclass(frozen=True, slots=True)
class CallEvent:
    """What has become of a call; with handle 0, of a channel or (channel None) the interface."""

    handle: int
    channel: int | None
    event: LineEvent


@dataclass(frozen=True, slots=True)
class ChannelStatus:
    """What one channel is doing."""

    number: int
    state: str
    """"idle", "call", "restarting", "blocked here", "blocked there"."""
    handle: int | None
    """The call that holds it."""


class Channels:
    """Books of the channels.

    The network's side takes the lowest free channel and the user's the highest, so that they meet
    only when the interface is full.  `home` is the interface of the D-channel where it has several;
    where it has one alone, that is called `implied` or, with None, nothing.
    """

    def __init__(
        self,
        numbers: Iterable[int],
        *,
        lowest_first: bool,
        home: int | None = None,
        implied: int | None = None,
    ) -> None:
        self.numbers = tuple(sorted(set(numbers), reverse=not lowest_first))
        slots = [apart(number) for number in self.numbers]
        last = 0 if home is None else INTERFACE - 1
        if not slots or not all(0 <= i <= last and 1 <= slot <= 31 for i, slot in slots):
            raise ConfigError(f"channels: want some of 1 to 31, got {sorted(self.numbers)}")
        self.home = home
        self._implied = implied
        self._owner: dict[int, int] = {}
        self._held: dict[int, int] = {}
        self.blocked: set[int] = set()
        """Taken out of service here: no new calls."""
        self.far_blocked: set[int] = set()
        self.restarting: set[int] = set()
        """A RESTART is on its way, or waits for its turn."""

    def __contains__(self, number: object) -> bool:
        return number in self.numbers

    def element(self, number: int, exclusive: bool = True) -> ChannelIdentification:
        """How a message names a channel."""
        interface, timeslot = apart(number)
        named = self._implied if self.home is None else interface
        return ChannelIdentification((timeslot,), exclusive, named)

    def named(self, element: ChannelIdentification) -> tuple[int, ...]:
        """The channels that a message names; some of them may not be there."""
        interface = self.interface(element)
        if element.whole and not element.d_channel:
            return tuple(n for n in self.numbers if apart(n)[0] == interface)
        return tuple(address(interface, timeslot) for timeslot in element.channels)

    def interface(self, element: ChannelIdentification) -> int:
        """The interface that a message names, or does not have to."""
        if self.home is None:
            return 0
        return self.home if element.interface is None else element.interface

    def these(self, channel: Scope) -> tuple[int, ...]:
        """The channels of a scope; raises LocalProtocolError for one that is not there."""
        if channel is None:
            return self.numbers
        if isinstance(channel, Whole):
            return tuple(n for n in self.numbers if apart(n)[0] == channel.interface)
        if channel not in self.numbers:
            raise LocalProtocolError(
                f"channel {channel}: want one of {sorted(self.numbers)}", "Q.931 5"
            )
        return (channel,)

    def owner(self, number: int) -> int | None:
        """The call that holds a channel."""
        return self._owner.get(number)

    def of(self, handle: int) -> int | None:
        """The channel that a call holds."""
        return self._held.get(handle)

    def free(self, number: int) -> bool:
        """Whether a call may be put on this channel from here."""
        return (
            number in self.numbers
            and number not in self._owner
            and number not in self.blocked
            and number not in self.far_blocked
            and number not in self.restarting
        )

    def pick(self, wanted: int | None = None, *, exclusive: bool = False) -> int | None:
        """A free channel, the wanted one if it can be had; None when there is none."""
        if wanted is not None and self.free(wanted):
            return wanted
        if wanted is not None and exclusive:
            return None
        return next((number for number in self.numbers if self.free(number)), None)

    def take(self, number: int, handle: int) -> None:
        """Give a channel to a call; whoever held it has none any more, nor what the call held."""
        self.drop(handle)
        before = self._owner.get(number)
        if before is not None:
            del self._held[before]
        self._owner[number] = handle
        self._held[handle] = number

    def drop(self, handle: int) -> int | None:
        """Take back what a call holds; returns the channel."""
        number = self._held.pop(handle, None)
        if number is not None:
            del self._owner[number]
        return number

    def status(self) -> tuple[ChannelStatus, ...]:
        """Every channel, by number."""
        return tuple(
            ChannelStatus(number, self._word(number), self._owner.get(number))
            for number in sorted(self.numbers)
        )

    def _word(self, number: int) -> str:
        if number in self._owner:
            return "call"
        if number in self.restarting:
            return "restarting"
        if number in self.blocked:
            return "blocked here"
        return "blocked there" if number in self.far_blocked else "idle"
