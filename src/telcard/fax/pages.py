"""How the T.30 machine gets pages, and where it puts them.

The machine knows neither pixels nor codes: it asks a `PageSource` for a page's shape and for its
octets in the coding that was agreed on, and gives a `PageSink` the octets that came.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from telcard.fax.negotiation import Agreement, Capabilities, Shape

if TYPE_CHECKING:
    from telcard.fax.t4 import Coding


class Page(Protocol):
    """A page to be sent."""

    @property
    def shape(self) -> Shape:
        """Its resolution and width."""

    @property
    def rows(self) -> int:
        """How many rows it has."""

    def coded(self, coding: Coding, least_bits: int) -> bytes:
        """All of it, with what ends a page (RTC, EOFB); each row at least so many bits long."""


class PageSource(Protocol):
    """Where pages to be sent come from."""

    def page(self, number: int, theirs: Capabilities) -> Page | None:
        """Page `number`, from 0, in a shape that the far end takes; None when there are no more.

        It may be asked for again, when it has to be sent again.
        """


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a received page is like."""

    rows: int = 0
    bad_rows: int = 0
    longest_bad: int = 0
    """The longest run of bad rows."""
    lost_rows: int = 0
    """Rows that are not there at all, by the time that bad ones took instead of them."""
    whole: bool = True
    """Whether its end has come (RTC, EOFB)."""

    @property
    def bad_share(self) -> float:
        """Bad and lost rows of all rows; 1 where there are none at all."""
        if not self.rows:
            return 1.0
        return (self.bad_rows + self.lost_rows) / (self.rows + self.lost_rows)


class PageSink(Protocol):
    """Where received pages go."""

    @property
    def ready(self) -> bool:
        """Whether more can be taken now; with error correction the far end waits until then."""

    def begin(self, agreement: Agreement) -> None:
        """A page begins, coded like this."""

    def octets(self, octets: bytes) -> int:
        """The next octets of it; returns how many bits have come since its last row ended."""

    def end(self) -> Judgement:
        """The page is over: what it is like."""

    def settle(self, kept: bool) -> None:
        """The page that has ended is kept, or thrown away because it will be sent again."""
