"""What a sender and a receiver remember of the page that is under way."""

from __future__ import annotations

from dataclasses import dataclass, field

from telcard.fax.ecm import Block, Incoming
from telcard.fax.frames import FRAMES_A_BLOCK, Fcf, PageEnd
from telcard.fax.pages import Page
from telcard.fax.phases import Quality, Rate


@dataclass(slots=True)
class Outgoing:
    """The sender's side."""

    number: int = 0
    """Of the page, from 0."""
    page: Page | None = None
    """None before the first and after the last."""
    following: Page | None = None
    """The page behind it."""
    rate: Rate | None = None
    steps: tuple[Rate, ...] = ()
    """Rates that both know."""
    command: Fcf = Fcf.EOP
    """What is said behind the page, interrupts left out."""
    blocks: tuple[Block, ...] = ()
    """Partial pages, with error correction."""
    block: int = 0
    wanted: frozenset[int] = frozenset()
    """Frames of the partial page to be sent again after CTC."""
    left: int = FRAMES_A_BLOCK + 1
    """How many lacked when the rate was last fallen back from."""
    asked: int = 0
    """PPR for this partial page at this rate."""
    requests: int = 0
    """PPR for this page."""
    repeats: int = 0
    """RTN for this page, or DIS where it was missed."""
    octets: int = 0
    began: int = 0
    """Sample at which the page began."""
    polled: bool = False
    """Whether the far end's document was fetched, or asked for."""

    @property
    def current(self) -> Page:
        """The page, while there is one."""
        assert self.page is not None
        return self.page

    @property
    def pace(self) -> Rate:
        """The rate, once training has begun."""
        assert self.rate is not None
        return self.rate


@dataclass(slots=True)
class Inbound:
    """The receiver's side."""

    incoming: Incoming = field(default_factory=Incoming)
    """Frames of a partial page."""
    delivered: tuple[int, int] | None = None
    """Page and block of the partial page that was confirmed last, by their numbers in PPS."""
    owed: PageEnd | None = None
    """The command whose confirmation waits until more can be taken."""
    open: bool = False
    """Whether the sink has a page that has not ended."""
    heard: bool = False
    """Whether a fast carrier came since our last answer."""
    command: Fcf | None = None
    """What was answered last behind a page, since the last training."""
    damaged: bool = False
    """Whether something lacks in the page for ever (EOR, too long a row)."""
    turning: bool = False
    """EOM confirmed: if nothing comes by T2, our DIS is due."""
    finished: bool = False
    """EOP confirmed: only DCN is left to come."""
    alone: bool = False
    """Whether our operator was called in vain, and nothing has come since."""
    silent: int = 0
    """Sample at which the fast carrier went."""
    requests: int = 0
    octets: int = 0
    began: int = 0
    quality: Quality = field(default_factory=Quality)
