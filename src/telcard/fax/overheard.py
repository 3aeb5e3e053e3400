"""Pages of a fax that somebody listens to: put together from what one end says, without a word.

Who listens cannot ask for anything again.  What the far end asked for and we had heard is taken
once; what we alone have missed stays away: a hole in a page, which is told.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from telcard.fax.ecm import Incoming
from telcard.fax.frames import UNINTERRUPTED, Fcf, Frame, PageEnd
from telcard.fax.geometry import Resolution
from telcard.fax.negotiation import Agreement
from telcard.fax.phases import Quality
from telcard.fax.t4 import PageDecoder

SETTLED = frozenset({Fcf.MCF, Fcf.RTP, Fcf.PIP})
"""Answers that say: the page has come."""
REFUSED = frozenset({Fcf.RTN, Fcf.PIN})
"""Answers that say that it has not."""


def times(count: int) -> str:
    """In words: "once", "twice", "3 times"."""
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


@dataclass(frozen=True, slots=True, eq=False)
class HeardPage:
    """A page as it was overheard."""

    number: int
    """From 1, in the order in which they were heard; a page that was sent again counts again."""
    pixels: NDArray[np.bool_]
    """Shape (rows, width), True = black."""
    agreement: Agreement
    """What the DCS before it said."""
    began: int
    """Sample at which its signal was understood."""
    ended: int
    """Sample at which it was known to be over."""
    bad_rows: int = 0
    longest_bad: int = 0
    lost_frames: int = 0
    """With error correction: frames that we have never heard, whoever else did."""
    requests: int = 0
    """How many times frames of it were asked for again (PPR)."""
    quality: Quality = field(default_factory=Quality)
    whole: bool = True
    """Whether the command behind it was heard, which says that it had ended."""

    @property
    def resolution(self) -> Resolution:
        """How fine it is."""
        return self.agreement.resolution

    def text(self) -> str:
        """In words."""
        agreement = self.agreement
        words = [
            f"page {self.number}: {len(self.pixels)} rows of {self.pixels.shape[1]}, "
            f"{agreement.text()}"
        ]
        if self.quality.snr_db is not None:
            words.append(f"SNR {self.quality.snr_db:.0f} dB")
        if self.bad_rows:
            words.append(f"{self.bad_rows} bad rows, {self.longest_bad} in a row at most")
        if self.requests:
            words.append(f"mended {times(self.requests)}")
        if self.lost_frames:
            words.append(f"{self.lost_frames} frames never heard")
        if not self.whole:
            words.append("its end was not heard")
        return ", ".join(words)


class _Open:
    """A page that comes in."""

    def __init__(self, agreement: Agreement, began: int) -> None:
        self.agreement = agreement
        self.began = began
        self.requests = self.lost = 0
        self.quality = Quality()
        self.cut = False
        width = agreement.resolution.pixels(agreement.width)
        self._decoder = PageDecoder(width, agreement.coding)
        self._rows: list[NDArray[np.bool_]] = []

    def octets(self, octets: bytes) -> None:
        if not self.cut:
            self._rows.append(self._decoder.process(octets))

    def page(self, number: int, sample: int, whole: bool) -> HeardPage | None:
        """The whole of it; None where there is not a row."""
        self._rows.append(self._decoder.flush())
        pixels = np.concatenate(self._rows)
        if not len(pixels):
            return None
        report = self._decoder.report
        return HeardPage(
            number,
            pixels,
            self.agreement,
            self.began,
            sample,
            report.bad_rows,
            report.longest_bad,
            self.lost,
            self.requests,
            self.quality,
            whole,
        )


class Overheard:
    """Puts pages together.

    Tell it of every DCS (`agreed`), of carriers, of what they bring (`octets`, `piece`), and of
    every command and answer at 300 bit/s (`said`); each call returns the pages that are over by it.
    """

    def __init__(self) -> None:
        self.pages: list[HeardPage] = []
        self.agreement: Agreement | None = None
        self._open: _Open | None = None
        self._began = 0
        self._signal = False  # a page's carrier was there since the last command
        self._command: Fcf | None = None  # the last one, until it is answered
        self._fresh = Incoming()  # frames since the last PPS
        self._block = Incoming()  # of the partial page that is not whole yet
        self._end: PageEnd | None = None  # its PPS
        self._frames = 0  # that it has, as far as is known
        self._done: tuple[int, int] | None = None  # the last partial page that was

    def agreed(self, agreement: Agreement, sample: int) -> list[HeardPage]:
        """A DCS: another document, the same one trained anew, or a DCS said again."""
        over = self.finish(sample)
        self.agreement = agreement
        self._done = None
        self._command = None
        return over

    def drop(self) -> None:
        """What has come since the last command was no page."""
        self._open, self._fresh, self._signal = None, Incoming(), False

    def carrier(self, sample: int) -> None:
        """A page's carrier is there."""
        if self._open is None and not len(self._block) and not self._signal:
            self._began = sample
        self._signal = True

    def heard_with(self, quality: Quality) -> None:
        """A page's carrier has gone: what it was like."""
        if self._open is None and self.agreement is not None and len(self._fresh):
            self._open = _Open(self.agreement, self._began)
        if self._open is not None:
            self._open.quality = quality

    def octets(self, octets: bytes) -> None:
        """The next octets of a page without error correction."""
        page = self._opened()
        if page is not None:
            page.octets(octets)

    def piece(self, frame: Frame) -> None:
        """A frame of a partial page (FCD)."""
        self._fresh.add(frame)

    def said(self, frame: Frame, sample: int) -> tuple[list[HeardPage], str]:
        """A command or an answer: the pages that are over by it, and what is to be noted."""
        fcf = UNINTERRUPTED.get(frame.fcf, frame.fcf)
        if fcf is Fcf.PPS:
            return self._partial(frame.page_end, sample)
        if fcf is Fcf.EOR:
            over = self._settle(sample, frame.page_end)
            return over, ""
        if fcf in (Fcf.MPS, Fcf.EOM, Fcf.EOP):
            return self._page_ends(fcf, sample)
        if fcf is Fcf.PPR and self._open is not None:
            self._open.requests += 1
        if fcf in SETTLED | REFUSED | {Fcf.ERR}:
            self._command = None
            return self._settle(sample), ""
        if fcf is Fcf.DCN:
            return self.finish(sample), ""
        return [], ""

    def finish(self, sample: int) -> list[HeardPage]:
        """Nothing more comes of what is open."""
        over = self._settle(sample)
        if len(self._fresh) and self.agreement is not None:
            self._block, self._fresh = self._fresh, Incoming()
            self._frames = max(self._block.pieces) + 1
            self._deliver()
        self._fresh = Incoming()
        self._signal = False
        return over + self._close(sample, whole=False)

    # --- without error correction -----------------------------------------------------------------

    def _opened(self) -> _Open | None:
        if self._open is None and self.agreement is not None:
            self._open = _Open(self.agreement, self._began)
        return self._open

    def _close(self, sample: int, whole: bool = True) -> list[HeardPage]:
        if self._open is None:
            return []
        page = self._open.page(len(self.pages) + 1, sample, whole)
        self._open = None
        if page is None:
            return []
        self.pages.append(page)
        return [page]

    def _page_ends(self, command: Fcf, sample: int) -> tuple[list[HeardPage], str]:
        again = not self._signal and self._command is command
        self._command = command
        self._signal = False
        if again:
            return [], "said again"
        over = self._close(sample)
        return over, "" if over else self._lacking()

    def _lacking(self) -> str:
        if self.agreement is None:
            return "its page cannot be read: the DCS before it was not heard"
        return "its page was not heard, or not understood"

    # --- with error correction --------------------------------------------------------------------

    def _partial(self, end: PageEnd, sample: int) -> tuple[list[HeardPage], str]:
        """PPS: a partial page, new or mended; or one that was whole before."""
        place = (end.page, end.block)
        fresh, self._fresh = self._fresh, Incoming()
        self._signal = False
        if place == self._done:
            return [], "said again"
        over: list[HeardPage] = []
        if self._end is not None and place != (self._end.page, self._end.block):
            over = self._settle(sample)
        if not len(fresh) and self._end is None and self._open is None:
            return over, self._lacking()
        self._end = end
        for number, octets in fresh.pieces.items():
            self._block.pieces.setdefault(number, octets)
        top = max(self._block.pieces, default=-1) + 1
        self._frames = max(self._frames, end.frames, top)
        lacking = self._frames - len(self._block)
        if lacking:
            return over, f"{lacking} of {self._frames} frames not heard yet"
        return over + self._settle(sample), ""

    def _settle(self, sample: int, end: PageEnd | None = None) -> list[HeardPage]:
        """The partial page gets no better; `end`: its EOR."""
        end = end or self._end
        if self._end is None and not len(self._block):
            return []
        assert end is not None
        self._done = (self._end.page, self._end.block) if self._end is not None else None
        self._deliver()
        self._end = None
        return self._close(sample) if end.command is not None else []

    def _deliver(self) -> None:
        """What there is of a partial page goes into the page."""
        block, self._block = self._block, Incoming()
        frames, self._frames = self._frames, 0
        page = self._opened()
        if page is None:
            return
        lost = [number for number in range(frames) if number not in block.pieces]
        page.lost += len(lost)
        for number in sorted(block.pieces):
            if lost and number > lost[0] and page.agreement.coding == "mmr":
                page.cut = True  # each row of T.6 stands on the row before
            page.octets(block.pieces[number])
        if lost and page.agreement.coding == "mmr":
            page.cut = True
