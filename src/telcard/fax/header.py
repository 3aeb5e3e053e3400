"""The line over every page of a fax: when, from whom, to whom, which page.

    line = HeaderLine("Bank of Xuhui  +86 21 6234 5678", when)
    for number, page in enumerate(pages, 1):
        send(stamped(page, line.text(number, len(pages)), Resolution.FINE))

Many countries ask for it by law (in the USA 47 CFR 68.318(d): date, time, sender and number).  It
is drawn with our own letters and needs no font.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from telcard.fax.geometry import Resolution
from telcard.fax.layout import Letters, require
from telcard.fax.lettering import Lettering

Place = Literal["free", "above", "over"]
"""In the page where nothing stands there, else above it, which makes it longer; always above it; or
over whatever stood there."""

LEFT_MM = 8.0
"""Free before the line."""
ABOVE_MM = 2.5
"""Free above the line: printers do not reach the edge."""


@dataclass(frozen=True, slots=True)
class HeaderLine:
    """What stands over the pages of a fax."""

    station: str
    """Name and number of who sends."""
    when: datetime
    """Of the machine that sends, as its clock shows it."""
    to: str = ""

    def text(self, page: int, pages: int = 0) -> str:
        """The line over a page, the first being 1; `pages` 0: nobody knows how many."""
        to = f"   To: {self.to}" if self.to else ""
        of = f" of {pages}" if pages else ""
        return f"{self.when:%Y-%m-%d %H:%M}   From: {self.station}{to}   Page {page}{of}"


def stamped(
    page: NDArray[np.bool_],
    text: str,
    resolution: Resolution,
    *,
    place: Place = "free",
    letters: Letters | None = None,
) -> NDArray[np.bool_]:
    """A page with a header line: a new array of bool, shape (rows, width).

    A text that is too long is drawn narrower, and then cut.  Raises MediaError for letters that
    ours do not have, unless `letters` are given.
    """
    if place not in ("free", "above", "over"):
        raise ValueError(f"place: want free, above or over, got {place!r}")
    width = resolution.width_of(page.shape[1])
    left = round(LEFT_MM * resolution.pixels_a_mm(width))
    room = page.shape[1] - 2 * left
    if letters is None:
        letters = Lettering(resolution, width)
        wanted = letters.columns(text) * letters.column
        if wanted > room:
            letters = Lettering(resolution, width, letters.pitch_mm * max(0.7, room / wanted))
    require(letters, text)
    line = letters.line(text)[:, : max(0, room)]
    top = round(ABOVE_MM * resolution.rows_a_mm)
    band = np.zeros((top + letters.height, page.shape[1]), np.bool_)
    band[top:, left : left + line.shape[1]] = line
    above = place == "above" or (place == "free" and page[: len(band)].any())
    return np.concatenate([band, page if above else page[len(band) :]])
