"""A cover page: to whom, from whom, how many pages, and a few lines.

cover_page("Mr Li", "Bank of Xuhui", when, subject="Statement of account", pages=3)
"""

from __future__ import annotations

from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from telcard.fax.geometry import Paper, Resolution
from telcard.fax.layout import Letters, Sheet, require, wrapped
from telcard.fax.lettering import PITCH_MM, Lettering

_LABELS = 11  # columns


def cover_page(
    to: str,
    sender: str,
    when: datetime,
    *,
    subject: str = "",
    pages: int = 0,
    text: str = "",
    resolution: Resolution = Resolution.FINE,
    paper: Paper = Paper.A4,
    letters: Letters | None = None,
) -> NDArray[np.bool_]:
    """One page, a 2-D array of bool; `pages` counts this one too, 0 leaves the line away.

    What does not fit below the lines is cut.  Raises MediaError for letters that ours do not have,
    unless `letters` are given.
    """
    ours = Lettering(resolution, paper.scanned)
    letters = letters or ours
    title = Lettering(resolution, paper.scanned, PITCH_MM * 3, bold=True)
    bold = Lettering(resolution, paper.scanned, bold=True)
    sheet = Sheet(resolution, paper)
    sheet.put("Fax", title)
    sheet.row += title.height
    sheet.rule(0.8)
    sheet.skip(6)
    fields = {
        "To": to,
        "From": sender,
        "Date": f"{when:%Y-%m-%d %H:%M}",
        "Pages": str(pages) if pages else "",
        "Subject": subject,
    }
    columns = sheet.columns(letters)
    for label, value in fields.items():
        require(letters, value)
        for number, line in enumerate(wrapped(value, letters, columns - _LABELS)):
            if not value:
                break
            if not number:
                sheet.put(label + ":", bold)
            sheet.put(line, letters, _LABELS)
            sheet.row += letters.height
    sheet.skip(3)
    sheet.rule()
    sheet.skip(6)
    require(letters, text)
    for line in wrapped(text, letters, columns):
        if not sheet.fits(letters):
            break
        sheet.put(line, letters)
        sheet.row += letters.height
    return sheet.page
