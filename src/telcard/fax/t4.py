"""Pages as bits: MH, MR and MMR (T.4, T.6), both ways, whole or row by row.

    octets = encode(page, "mmr")                    # a 2-D array of bool, True = black
    decode(octets, page.shape[1], "mmr").page

    decoder = PageDecoder(1728, "mr")               # what a line brings, in any pieces
    for octets in line:
        paper.append(decoder.process(octets))
    paper.append(decoder.flush())
    decoder.report                                  # rows, bad rows, how it ended

`coding` is "mh" (run lengths), "mr" (most rows by what differs from the one above) or "mmr" (all of
them, which only an error-free path may carry).  A page's end is coded with it: RTC or EOFB.  Octets
have their first bit lowest, as T.30 sends them; files often have it highest: `lsb_first=False`.
MH alone can do without EOLs, each row beginning with an octet (`eols=False`; TIFF's compression 2).

An error in MH or MR spoils its row, and in MR those up to the next one coded by run lengths; in
their place stands the last good row, or white.  MMR ends at its first error.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from telcard._native import t4 as native

if TYPE_CHECKING:
    from typing_extensions import Buffer

WIDEST: int = native.WIDEST
"""Most pixels of a row."""

Coding = Literal["mh", "mr", "mmr"]
"""How rows are coded."""

Repair = Literal["above", "white"]
"""What stands in the place of a bad row: the last good one, or nothing."""

CODINGS: tuple[Coding, ...] = ("mh", "mr", "mmr")

SCAN_LINE_MS = (0, 5, 10, 20, 40)
"""What a receiver may ask for as the least time of a row (T.30, Table 2, bits 21 to 23)."""

_BLOCK = 256  # rows that a decoder makes at a time


class Ended(Enum):
    """Why a page ended; the values are words for people."""

    RUNNING = "not yet ended"
    RTC = "RTC"
    EOFB = "EOFB"
    FULL = "as many rows as were wanted"
    NO_DATA = "the data ended before the page"
    NO_CODE = "no code begins like this"
    TOO_LONG = "a run passes the end of its row"
    BACKWARDS = "a change before the last one"
    EXTENSION = "an extension (uncompressed mode)"

    @property
    def whole(self) -> bool:
        """Whether the sender has said that the page is over."""
        return self in (Ended.RTC, Ended.EOFB)


_ENDED = tuple(Ended)  # by the numbers of the native half


@dataclass(frozen=True, slots=True)
class PageReport:
    """What became of a page on its way."""

    rows: int
    """Rows given out, bad ones included."""
    bad_rows: int
    longest_bad: int
    """Most bad rows one behind the other."""
    ended: Ended
    lost_rows: int = 0
    """Rows that were swallowed with their EOLs: as many as good ones would have come in the time of
    the bad ones, less these."""


@dataclass(frozen=True, slots=True, eq=False)
class DecodedPage:
    """A page, and what became of it: `good[n]` tells whether row n came as it is."""

    page: NDArray[np.bool_]
    good: NDArray[np.bool_]
    report: PageReport


def least_bits(scan_line_ms: int, bit_s: int) -> int:
    """Bits that a row must have, fill and EOL included, to last so long (T.4, clause 2.2)."""
    return -(-scan_line_ms * bit_s // 1000)


class PageEncoder:
    """Rows in, octets out; `flush` ends a page, and the next one may follow.

    `k`: of MR every k-th row is coded by run lengths (`Resolution.k`).  `least_bits`: rows that are
    shorter are filled up.  `aligned`: EOLs end with an octet.  `rtc=False`: pages of MH and MR end
    with their last row, as in files.  Raises ValueError for a width outside 1..32000, and
    for options that the coding does not have.
    """

    def __init__(
        self,
        width: int,
        coding: Coding = "mmr",
        *,
        k: int = 4,
        least_bits: int = 0,
        lsb_first: bool = True,
        aligned: bool = False,
        eols: bool = True,
        rtc: bool = True,
    ) -> None:
        _check(width, coding, eols)
        if k < 1:
            raise ValueError(f"k: want 1 or more, got {k}")
        if least_bits < 0:
            raise ValueError(f"least_bits: want 0 or more, got {least_bits}")
        if (least_bits or aligned) and (coding == "mmr" or not eols):
            raise ValueError("least_bits, aligned: rows without EOLs cannot be filled up")
        self.width = width
        self._native = native.Encoder(
            CODINGS.index(coding),
            width,
            lsb_first=lsb_first,
            no_eol=not eols,
            aligned=aligned,
            k=k,
            least_bits=least_bits,
            no_rtc=not rtc,
        )

    def process(self, rows: NDArray[np.bool_]) -> bytes:
        """The octets of some rows, shape (n, width); bits that make no whole octet wait."""
        rows = np.asarray(rows)
        if rows.dtype != bool or rows.ndim != 2 or rows.shape[1] != self.width:
            raise ValueError(f"rows: want bool, shape (n, {self.width}), got {_shown(rows)}")
        return self.process_packed(np.packbits(rows, axis=1))

    def process_packed(self, rows: NDArray[np.uint8]) -> bytes:
        """As `process`, of rows of eight pixels an octet, shape (n, (width + 7) // 8)."""
        octets = (self.width + 7) // 8
        if rows.dtype != np.uint8 or rows.ndim != 2 or rows.shape[1] != octets:
            raise ValueError(f"rows: want uint8, shape (n, {octets}), got {_shown(rows)}")
        return self._native.encode(np.ascontiguousarray(rows))

    def flush(self) -> bytes:
        """The page's end: RTC, EOFB or nothing, up to a whole octet."""
        return self._native.end()


class PageDecoder:
    """Octets in, in any pieces, rows out; what follows the page's end is ignored.

    `headless`: the page may begin without an EOL, as in some files; else what comes before the
    first one is noise.  `most_rows`: the page is over after so many (0: any number).  Raises
    ValueError as `PageEncoder` does.
    """

    def __init__(
        self,
        width: int,
        coding: Coding = "mmr",
        *,
        lsb_first: bool = True,
        eols: bool = True,
        repair: Repair = "above",
        headless: bool = False,
        most_rows: int = 0,
    ) -> None:
        _check(width, coding, eols)
        if repair not in ("above", "white"):
            raise ValueError(f"repair: want above or white, got {repair!r}")
        self.width = width
        self.bad: list[int] = []
        """Numbers of the bad rows so far, the page's first row being 0."""
        self._rows = 0
        self._packed = np.empty((_BLOCK, (width + 7) // 8), np.uint8)
        self._good = np.empty(_BLOCK, np.uint8)
        self._native = native.Decoder(
            CODINGS.index(coding),
            width,
            lsb_first=lsb_first,
            no_eol=not eols,
            headless=headless,
            white=repair == "white",
            most_rows=most_rows,
        )

    def process(self, octets: Buffer) -> NDArray[np.bool_]:
        """The rows that some octets complete, shape (n, width)."""
        return unpacked(self.process_packed(octets), self.width)

    def flush(self) -> NDArray[np.bool_]:
        """No more octets will come: the rows that this completes."""
        return unpacked(self.flush_packed(), self.width)

    def process_packed(self, octets: Buffer) -> NDArray[np.uint8]:
        """As `process`, eight pixels an octet as `numpy.packbits` has them: an eighth as much."""
        left = memoryview(octets).cast("B")
        blocks = []
        made = _BLOCK
        while made == _BLOCK:
            taken, made = self._native.decode(left, self._packed, self._good)
            left = left[taken:]
            if not made:
                break
            if not self._good[:made].all():
                self.bad += (np.flatnonzero(self._good[:made] == 0) + self._rows).tolist()
            self._rows += made
            blocks.append(self._packed[:made].copy())
        return blocks[0] if len(blocks) == 1 else np.concatenate([self._packed[:0], *blocks])

    def flush_packed(self) -> NDArray[np.uint8]:
        """As `flush`, eight pixels an octet."""
        self._native.flush()
        return self.process_packed(b"")

    @property
    def ended(self) -> bool:
        """Whether the page is over, be it by its end or by an error."""
        return self._native.ended != 0

    @property
    def line_bits(self) -> int:
        """Bits since the last EOL; a row of more than 5 s is given up (T.4, clause 2.2)."""
        return self._native.line_bits

    @property
    def report(self) -> PageReport:
        """What has become of the page so far."""
        rows, bad, longest = self._native.counts()
        good_bits, bad_bits = self._native.bits()
        went_by = round(bad_bits * (rows - bad) / good_bits) if good_bits else 0
        lost = max(0, went_by - bad)
        return PageReport(rows, bad, longest, _ENDED[self._native.ended], lost)


def unpacked(rows: NDArray[np.uint8], width: int) -> NDArray[np.bool_]:
    """Rows of eight pixels an octet, shape (n, (width + 7) // 8), as bool, shape (n, width)."""
    return np.unpackbits(rows, axis=1, count=width).view(np.bool_)


def encode(
    page: NDArray[np.bool_],
    coding: Coding = "mmr",
    *,
    k: int = 4,
    least_bits: int = 0,
    lsb_first: bool = True,
    aligned: bool = False,
    eols: bool = True,
    rtc: bool = True,
) -> bytes:
    """A whole page with its end; `page`: bool, shape (rows, width), True = black.

    The options are those of `PageEncoder`.
    """
    page = np.asarray(page)
    if page.ndim != 2:
        raise ValueError(f"page: want bool, shape (rows, width), got {_shown(page)}")
    encoder = PageEncoder(
        page.shape[1],
        coding,
        k=k,
        least_bits=least_bits,
        lsb_first=lsb_first,
        aligned=aligned,
        eols=eols,
        rtc=rtc,
    )
    return encoder.process(page) + encoder.flush()


def decode(
    octets: Buffer,
    width: int,
    coding: Coding = "mmr",
    *,
    lsb_first: bool = True,
    eols: bool = True,
    repair: Repair = "above",
    headless: bool = False,
    most_rows: int = 0,
) -> DecodedPage:
    """A whole page; the options are those of `PageDecoder`.

    A page that ends with an error has the rows before it, and `report.ended` says which error.
    """
    decoder = PageDecoder(
        width,
        coding,
        lsb_first=lsb_first,
        eols=eols,
        repair=repair,
        headless=headless,
        most_rows=most_rows,
    )
    page = unpacked(np.concatenate([decoder.process_packed(octets), decoder.flush_packed()]), width)
    good = np.ones(len(page), bool)
    good[decoder.bad] = False
    return DecodedPage(page, good, decoder.report)


def _check(width: int, coding: str, eols: bool) -> None:
    if not 1 <= width <= WIDEST:
        raise ValueError(f"width: want 1 to {WIDEST} pixels, got {width}")
    if coding not in CODINGS:
        raise ValueError(f"coding: want {', '.join(CODINGS)}, got {coding!r}")
    if not eols and coding != "mh":
        raise ValueError(f"eols: rows without EOLs are coded in mh, not in {coding}")


def _shown(rows: NDArray[np.generic]) -> str:
    return f"{rows.dtype}, shape {rows.shape}"
