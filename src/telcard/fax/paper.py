"""Pages between arrays and the machine of T.30: a pile of sheets to send, a tray for what comes.

A sheet is a 2-D array of bool, True = black, and the resolution that it was made for.  A far end
that cannot print it as it is gets it coarser or narrower: rows or columns are merged so that thin
lines stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from telcard.fax.geometry import Resolution, Width
from telcard.fax.negotiation import Agreement, Capabilities, Shape
from telcard.fax.pages import Judgement
from telcard.fax.t4 import Coding, PageDecoder, PageEncoder, unpacked

SIMPLER = {
    Resolution.SUPERFINE: Resolution.FINE,
    Resolution.FINE: Resolution.STANDARD,
    Resolution.R16: Resolution.SUPERFINE,
    Resolution.DPI_200: Resolution.DPI_200_BY_100,
    Resolution.DPI_200_BY_100: Resolution.STANDARD,
    Resolution.DPI_300: Resolution.DPI_200,
    Resolution.DPI_400: Resolution.DPI_200,
    Resolution.DPI_600: Resolution.DPI_300,
    Resolution.DPI_1200: Resolution.DPI_600,
}
"""What a sheet is turned into when the far end does not take its resolution."""

WIDTHS = (Width.A4, Width.B4, Width.A3)


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A page to send, with what T.30 must know of it."""

    packed: NDArray[np.uint8]
    """A row a row, eight pixels an octet, 1 = black: what waits to be sent should be small."""
    shape: Shape

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return len(self.packed)

    @property
    def pixels(self) -> NDArray[np.bool_]:
        """A copy of it, shape (rows, width), True = black."""
        return unpacked(self.packed, self.shape.pixels)

    def coded(self, coding: Coding, least_bits: int) -> bytes:
        """All of it, RTC or EOFB included; each row at least so many bits long."""
        encoder = PageEncoder(
            self.shape.pixels,
            coding,
            k=self.shape.resolution.k,
            least_bits=0 if coding == "mmr" else least_bits,
        )
        return encoder.process_packed(self.packed) + encoder.flush()


def merged(pixels: NDArray[np.bool_], rows: int, width: int) -> NDArray[np.bool_]:
    """Fewer rows or columns: each of the new is black where any of those it stands for is."""
    if rows < len(pixels):
        pixels = np.logical_or.reduceat(pixels, np.arange(rows) * len(pixels) // rows, axis=0)
    if width < pixels.shape[1]:
        starts = np.arange(width) * pixels.shape[1] // width
        pixels = np.logical_or.reduceat(pixels, starts, axis=1)
    return pixels


def sheet(pixels: NDArray[np.bool_], resolution: Resolution) -> Sheet:
    """A sheet of these pixels, which are copied; ValueError where no fax page has their shape."""
    pixels = np.asarray(pixels)
    if pixels.ndim != 2 or pixels.dtype != np.bool_:
        got = f"{pixels.dtype}, shape {pixels.shape}"
        raise ValueError(f"fax page: want a 2-D array of bool, got {got}")
    if not len(pixels):
        raise ValueError("fax page: want at least one row, got none")
    for width in WIDTHS:
        if resolution.pixels(width) == pixels.shape[1]:
            return Sheet(np.packbits(pixels, axis=1), Shape(resolution, width))
    wanted = ", ".join(str(resolution.pixels(width)) for width in WIDTHS)
    raise ValueError(
        f"fax page at {resolution.name}: want {wanted} pixels a row, got {pixels.shape[1]}"
    )


def fitted(page: Sheet, theirs: Capabilities) -> Sheet:
    """The page as the far end can take it; STANDARD and A4 are what every machine takes."""
    resolution, width = page.shape.resolution, page.shape.width
    while resolution not in theirs.resolutions and resolution in SIMPLER:
        resolution = SIMPLER[resolution]
    width = min(width, theirs.width, key=WIDTHS.index)
    if (resolution, width) == (page.shape.resolution, page.shape.width):
        return page
    lower = resolution.rows_a_mm / page.shape.resolution.rows_a_mm
    narrower = width.value / page.shape.width.value  # and shorter: letters keep their form
    rows = max(1, round(page.rows * lower * narrower))
    pixels = merged(page.pixels, rows, resolution.pixels(width))
    return Sheet(np.packbits(pixels, axis=1), Shape(resolution, width))


class Sheets:
    """A pile of sheets to send: a `telcard.fax.pages.PageSource`."""

    def __init__(self, sheets: Sequence[Sheet]) -> None:
        self._sheets = tuple(sheets)

    def page(self, number: int, theirs: Capabilities) -> Sheet | None:
        """Page `number`, from 0, as the far end takes it."""
        return fitted(self._sheets[number], theirs) if number < len(self._sheets) else None


class Tray:
    """Takes received pages: a `telcard.fax.pages.PageSink`.

    `pages` are those that were kept, `agreements` how each of them came.
    """

    def __init__(self) -> None:
        self.pages: list[NDArray[np.bool_]] = []
        self.agreements: list[Agreement] = []
        self._agreement: Agreement | None = None
        self._decoder: PageDecoder | None = None
        self._rows: list[NDArray[np.uint8]] = []  # packed: an eighth as much to be moved about

    @property
    def ready(self) -> bool:
        """Memory is never full here."""
        return True

    def begin(self, agreement: Agreement) -> None:
        """A page begins."""
        self._agreement = agreement
        width = agreement.resolution.pixels(agreement.width)
        self._decoder = PageDecoder(width, agreement.coding)
        self._rows = []

    def octets(self, octets: bytes) -> int:
        """The next octets of it; returns how many bits have come since its last row ended."""
        assert self._decoder is not None
        self._rows.append(self._decoder.process_packed(octets))
        return self._decoder.line_bits

    def end(self) -> Judgement:
        """The page is over."""
        assert self._decoder is not None
        self._rows.append(self._decoder.flush_packed())
        report = self._decoder.report
        return Judgement(
            report.rows,
            report.bad_rows,
            report.longest_bad,
            report.lost_rows,
            report.ended.whole,
        )

    def settle(self, kept: bool) -> None:
        """Put the page that has ended to the others, or throw it away."""
        if kept and self._agreement is not None and self._decoder is not None:
            self.pages.append(unpacked(np.concatenate(self._rows), self._decoder.width))
            self.agreements.append(self._agreement)
        self._rows = []
