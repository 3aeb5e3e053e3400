"""Text to pages: wrapped, with margins, new pages where it says so or where one is full.

    list(text_pages("Dear Sir,\\n..."))                      # A4, fine, 12 letters an inch
    list(text_pages(report, Resolution.STANDARD, Paper.LETTER, margin_mm=20))

A tab goes to the next column of eight, a form feed begins a page, and a line that is too long goes
on in the next one, at a space where there is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from telcard.errors import MediaError
from telcard.fax.geometry import Paper, Resolution
from telcard.fax.lettering import Lettering

MARGIN_MM = 15.0
"""Left free on all sides; machines cannot print up to the edge."""

TAB = 8


class Letters(Protocol):
    """What draws text: `telcard.fax.lettering.Lettering`, or a font from `documents`."""

    column: float
    """Pixels of a column."""
    height: int
    """Rows of a line."""

    def missing(self, text: str) -> str:
        """The letters of a text that it does not have."""
        ...

    def columns(self, text: str) -> int:
        """Columns that a text takes."""
        ...

    def line(self, text: str) -> NDArray[np.bool_]:
        """A line of text, shape (height, pixels), True = black."""
        ...


class Sheet:
    """A page that is being filled: where its margins are, and where the next line goes."""

    def __init__(
        self,
        resolution: Resolution = Resolution.FINE,
        paper: Paper = Paper.A4,
        margin_mm: float = MARGIN_MM,
    ) -> None:
        self.resolution, self.paper = resolution, paper
        scanned = paper.scanned
        pixels = resolution.pixels(scanned)
        self.page: NDArray[np.bool_] = np.zeros((resolution.rows(paper), pixels), np.bool_)
        """Shape (rows, width), True = black."""
        free_mm = margin_mm + (resolution.scanned_mm(scanned) - paper.width_mm) / 2
        self.left = max(0, round(free_mm * resolution.pixels_a_mm(scanned)))
        self.right = pixels - self.left
        self.row = round(margin_mm * resolution.rows_a_mm)
        """Where the next line goes."""
        self.bottom = len(self.page) - self.row
        if self.left >= self.right or self.row >= self.bottom:
            raise ValueError(f"margin_mm: {margin_mm:g} leaves nothing of {paper.name}")

    def columns(self, letters: Letters) -> int:
        """Columns between the margins."""
        return max(1, int((self.right - self.left) / letters.column))

    def fits(self, letters: Letters) -> bool:
        """Whether another line does."""
        return self.row + letters.height <= self.bottom

    def put(self, text: str, letters: Letters, column: float = 0) -> None:
        """Draw a line where the next one goes, without going on."""
        drawn = letters.line(text)
        left = self.left + int(column * letters.column)
        part = self.page[self.row : self.row + letters.height, left:]
        part[:, : drawn.shape[1]] |= drawn[: len(part), : part.shape[1]]

    def rule(self, mm: float = 0.4) -> None:
        """Draw a line from margin to margin, so thick, and go on behind it."""
        thick = max(1, round(mm * self.resolution.rows_a_mm))
        self.page[self.row : self.row + thick, self.left : self.right] = True
        self.row += thick

    def skip(self, mm: float) -> None:
        """Leave so much free."""
        self.row += round(mm * self.resolution.rows_a_mm)


def text_pages(
    text: str,
    resolution: Resolution = Resolution.FINE,
    paper: Paper = Paper.A4,
    *,
    letters: Letters | None = None,
    margin_mm: float = MARGIN_MM,
) -> Iterator[NDArray[np.bool_]]:
    """The pages of a text, each a 2-D array of bool; one at least.

    `letters`: a font, unless ours will do.  Raises MediaError for a text with other letters.
    """
    letters = letters or Lettering(resolution, paper.scanned)
    require(letters, text)
    sheet = Sheet(resolution, paper, margin_mm)
    for number, part in enumerate(text.split("\f")):
        if number:
            yield sheet.page
            sheet = Sheet(resolution, paper, margin_mm)
        for line in wrapped(part.removesuffix("\n"), letters, sheet.columns(letters)):
            if not sheet.fits(letters):
                yield sheet.page
                sheet = Sheet(resolution, paper, margin_mm)
            sheet.put(line, letters)
            sheet.row += letters.height
    yield sheet.page


def require(letters: Letters, text: str) -> None:
    """Raise MediaError unless a text can be drawn."""
    missing = letters.missing(_printable(text))
    if missing:
        others = {1: "", 2: " and one other"}.get(len(missing), f" and {len(missing) - 1} others")
        raise MediaError(f"text: no letter for {missing[0]!r}{others}; give a font that has them")


def wrapped(text: str, letters: Letters, columns: int) -> Iterator[str]:
    """The lines of a text, none with more columns than that."""
    for line in _printable(text).split("\n"):
        rest = line.expandtabs(TAB).rstrip()
        while letters.columns(rest) > columns:
            cut = len(rest)
            while cut > 1 and letters.columns(rest[:cut]) > columns:
                cut -= max(1, (letters.columns(rest[:cut]) - columns) // 2)
            space = rest.rfind(" ", 0, cut + 1)
            if space > 0 and rest[:space].strip():
                yield rest[:space].rstrip()
                rest = rest[space:].lstrip()
            else:
                yield rest[:cut]
                rest = rest[cut:]
        yield rest


def _printable(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(letter for letter in text if letter in "\n\t" or letter.isprintable())
