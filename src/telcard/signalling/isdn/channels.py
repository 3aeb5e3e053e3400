"""The B-channels of one interface: who holds which, and which one a new call gets.

Q.931 5.1.2 and 5.2.3.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from telcard.errors import ConfigError, LocalProtocolError
from telcard.signalling.events import LineEvent

E1 = (*range(1, 16), *range(17, 32))
"""Channels of a 2,048 kbit/s interface, numbered by timeslot; 16 carries the D-channel."""

T1 = tuple(range(1, 24))
"""Channels of a 1,544 kbit/s interface; 24 carries the D-channel."""

CHANNELS: Mapping[str, tuple[int, ...]] = {"e1": E1, "t1": T1}
"""By the kind of line."""

D_CHANNEL: Mapping[str, int] = {"e1": 16, "t1": 24}
"""The timeslot that carries the messages, by the kind of line (ITU-T I.431)."""


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
    only when the interface is full.
    """

    def __init__(self, numbers: Iterable[int], *, lowest_first: bool) -> None:
        self.numbers = tuple(sorted(set(numbers), reverse=not lowest_first))
        if not self.numbers or not all(1 <= number <= 31 for number in self.numbers):
            raise ConfigError(f"channels: want some of 1 to 31, got {sorted(self.numbers)}")
        self._owner: dict[int, int] = {}
        self._held: dict[int, int] = {}
        self.blocked: set[int] = set()
        """Taken out of service here: no new calls."""
        self.far_blocked: set[int] = set()
        self.restarting: set[int] = set()
        """A RESTART is on its way, or waits for its turn."""

    def __contains__(self, number: object) -> bool:
        return number in self.numbers

    def these(self, channel: int | None) -> tuple[int, ...]:
        """One channel, or with None all; raises LocalProtocolError for one that is not there."""
        if channel is None:
            return self.numbers
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
