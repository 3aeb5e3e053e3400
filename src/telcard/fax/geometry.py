"""How many pixels a fax page has: resolutions, widths and papers (T.4, clauses 2 and 4, Table 1).

    Resolution.FINE.pixels(Width.A4)        # 1728
    Resolution.FINE.rows(Paper.A4)          # 2287
    Resolution.STANDARD.across, Resolution.STANDARD.down      # 204, 98 dots an inch

Pixels of the classic resolutions are not square: 8.04 stand beside each other on a millimetre,
3.85, 7.7 or 15.4 below each other.  A machine's paper lies in the middle of the scanned
width, which is a little wider: 215 mm for A4, and 219.5 where dots are counted by the inch.
"""

from __future__ import annotations

from enum import Enum

MM_PER_INCH = 25.4


class Width(Enum):
    """What a scanner reads from left to right; the value is in millimetres (T.4, clause 2.1)."""

    A4 = 215
    B4 = 255
    A3 = 303


class Resolution(Enum):
    """Pixels of an inch across and down, and all that follows from them."""

    STANDARD = (204, 98, 3.85, 2)
    FINE = (204, 196, 7.7, 4)
    SUPERFINE = (204, 391, 15.4, 8)
    R16 = (408, 391, 15.4, 8)
    DPI_200_BY_100 = (200, 100, 100 / MM_PER_INCH, 2)
    DPI_200 = (200, 200, 200 / MM_PER_INCH, 4)
    DPI_300 = (300, 300, 300 / MM_PER_INCH, 6)
    DPI_400 = (400, 400, 400 / MM_PER_INCH, 8)
    DPI_600 = (600, 600, 600 / MM_PER_INCH, 12)
    DPI_1200 = (1200, 1200, 1200 / MM_PER_INCH, 24)

    def __init__(self, across: int, down: int, rows_a_mm: float, k: int) -> None:
        self.across = across
        """Pixels an inch beside each other, as files call them (204 for 8.04 a millimetre)."""
        self.down = down
        """Rows an inch, as files call them."""
        self.rows_a_mm = rows_a_mm
        """Rows a millimetre."""
        self.k = k
        """Of MR every k-th row at least is coded by run lengths (T.4, clause 4.2.2)."""

    def pixels(self, width: Width) -> int:
        """Pixels of a row (T.4, Table 1): 1728, 2048 or 2432 at 200, in proportion above."""
        base = {Width.A4: 1728, Width.B4: 2048, Width.A3: 2432}[width]
        return base * round(2 * self.across / 200) // 2

    def pixels_a_mm(self, width: Width) -> float:
        """Pixels a millimetre beside each other."""
        if self.across in (204, 408):
            return self.pixels(width) / width.value
        return self.across / MM_PER_INCH

    def scanned_mm(self, width: Width) -> float:
        """What a row is long: 215 mm for A4, or, in dots an inch, 219.5 (T.4, Table 1)."""
        return self.pixels(width) / self.pixels_a_mm(width)

    def width_of(self, pixels: int) -> Width:
        """The width whose rows have so many pixels, or nearest to that."""
        return min(Width, key=lambda width: abs(self.pixels(width) - pixels))

    def rows(self, paper: Paper) -> int:
        """Rows of a whole sheet."""
        return round(paper.length_mm * self.rows_a_mm)

    @classmethod
    def nearest(cls, across: float, down: float) -> Resolution:
        """The one that has so many dots an inch, or is nearest to that."""
        return min(cls, key=lambda one: abs(one.across - across) + abs(one.down - down))


class Paper(Enum):
    """A sheet: width and length in millimetres, and the width that is scanned for it."""

    A4 = (210.0, 297.0, Width.A4)
    LETTER = (215.9, 279.4, Width.A4)
    LEGAL = (215.9, 355.6, Width.A4)
    B4 = (257.0, 364.0, Width.B4)
    A3 = (297.0, 420.0, Width.A3)

    def __init__(self, width_mm: float, length_mm: float, scanned: Width) -> None:
        self.width_mm = width_mm
        self.length_mm = length_mm
        self.scanned = scanned
