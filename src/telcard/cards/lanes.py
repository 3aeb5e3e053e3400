"""Lanes of a card in somebody's hands: a bearer of a line, or a resource without one."""

from __future__ import annotations

from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Self

from telcard.cards.faces import Capabilities
from telcard.cards.pools import Entry
from telcard.engine import Lane, Span
from telcard.errors import CardError

if TYPE_CHECKING:
    from telcard.cards.emulator import EmulatedCard


class Held:
    """A lane of a card, given back by `close` or at the end of a `with`."""

    def __init__(
        self, card: EmulatedCard, lane: Lane, device: str, entry: Entry | None, owner: str
    ) -> None:
        self.lane = lane
        self.owner = owner
        """For whom it was opened."""
        self.device = device
        """What it is called where it meets the bus."""
        self._card = card
        self._entry = entry
        self._open = True

    @property
    def routed(self) -> bool:
        """Whether it listens on the bus, or is listened to."""
        return self._card.bus.routed(self.device)

    @property
    def slot(self) -> int:
        """Its slot of the bus; raises `UnknownCard` on a card without a bus."""
        return self._card.bus.slot(self.device)

    def close(self) -> None:
        """Give everything back; what still runs ends as after a hang-up. Harmless twice."""
        if self._open:
            self._open = False
            self._card.forget(self)
            try:
                self._card.bus.detach(self.device)
                self.lane.close()
            finally:
                if self._entry is not None:
                    self._entry.give()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def _state(self) -> str:
        return "open" if self._open else "closed"


class Bearer(Held):
    """A bearer with a voice resource: both are given back by `close`, or at the end of a `with`.

    Where the host makes the sound there is no voice resource, and the bearer is called `network`.
    """

    def __init__(
        self,
        card: EmulatedCard,
        lane: Lane,
        network: str,
        voice: str,
        entry: Entry | None,
        owner: str,
    ) -> None:
        super().__init__(card, lane, network, entry, owner)
        self.voice = voice
        """The voice resource on it, "" without one."""
        self.name = voice or network
        """The voice device's name, e.g. `dxxxB1C1`; it may be one of another board."""
        if card.spec.identity.sound == "host":
            able = Capabilities.of_lane(lane)
        elif voice:
            able = replace(Capabilities.of_lane(lane), fax=False)
        else:
            able = Capabilities(listen=True, monitor=True, gains=True)
        self.capabilities = able
        """What can be done with it: without a voice it is only heard, and hears.  A voice resource
        is no fax resource."""

    def move(self, span: Span, timeslot: int) -> None:
        """Serve another timeslot of the card with the same voice; see `Engine.move_lane`.

        It gets the slot of the other network device; routes of the old one stay with the old one.
        Raises `CardError` when the timeslot bears no call or is in use.
        """
        device = self._card.line(span).devices.get(timeslot)
        if device is None:
            raise CardError(f"{span.name}: timeslot {timeslot} bears no call")
        self.lane.engine.move_lane(self.lane, span, timeslot)
        self._card.rename(self, device)

    def __repr__(self) -> str:
        return f"<Bearer {self.name} on {self.lane.name}, {self._state}>"


class Resource(Held):
    """A device without a line, such as a fax channel: made by `EmulatedCard.open_resource`."""

    def __init__(self, card: EmulatedCard, lane: Lane, name: str, entry: Entry, owner: str) -> None:
        super().__init__(card, lane, name, entry, owner)
        self.name = name
        """What programs call it, e.g. `GFAX1.1`."""
        self.entry = entry
        """Its entry in the pool."""
        able = Capabilities.of_lane(lane)
        if entry.pool.name == "fax":
            self.capabilities = Capabilities(fax=able.fax, listen=True)
        else:
            self.capabilities = replace(able, fax=False)
        """What can be done with it."""

    def __repr__(self) -> str:
        return f"<Resource {self.name}, {self._state}>"
