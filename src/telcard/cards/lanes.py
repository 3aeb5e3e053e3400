"""Lanes of a card in somebody's hands: a bearer of a line, or a resource without one."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Self

from telcard.cards.faces import Capabilities
from telcard.cards.pools import Entry
from telcard.engine import Lane

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
        self.name = voice or network
        """The voice device's name, e.g. `dxxxB1C1`; it may be one of another board."""
        self.capabilities = (
            Capabilities.of_lane(lane)
            if voice or card.spec.identity.sound == "host"
            else Capabilities(listen=True, monitor=True, gains=True)
        )
        """What can be done with it: without a voice it is only heard, and hears."""

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

    def __repr__(self) -> str:
        return f"<Resource {self.name}, {self._state}>"
