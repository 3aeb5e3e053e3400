"""Text as pixels, with letters of our own, at any resolution.

    letters = Lettering(Resolution.FINE, Width.A4)          # 12 letters and 6 lines an inch
    letters.line("Page 1 of 3")                             # 2-D bool, True = black
    letters.missing("账户")                                  # "账户"

Every letter is as wide as every other, so that tables keep their columns.  The strokes of
`telcard.fax.letters` are drawn with a round pen on the fax's own pixels, be they square or not, so
that text is sharp at 98 rows an inch as well as at 600.
"""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from telcard.fax.geometry import MM_PER_INCH, Resolution, Width
from telcard.fax.letters import ABOVE, BELOW, LETTERS, SAME

Points = NDArray[np.float64]

COLUMN = 6  # units of the grid that letters are drawn on
LINE = 12
BASE = 3.0  # units between the base line and the line's lower edge
PEN = 0.9  # units
DOT = 1.3  # times the pen

PITCH_MM = MM_PER_INCH / 12
"""Width of a column unless something else is wanted: 12 letters an inch."""


class Lettering:
    """Letters of one size for one kind of page; `pitch_mm` is how wide a column is.

    A line is twice as high as a column is wide.  `bold`: with a pen of half again the width.
    """

    def __init__(
        self,
        resolution: Resolution,
        width: Width,
        pitch_mm: float = PITCH_MM,
        *,
        bold: bool = False,
    ) -> None:
        self.pitch_mm = pitch_mm
        self.column = pitch_mm * resolution.pixels_a_mm(width)
        """Pixels of a column; not a whole number."""
        self.height = max(1, round(pitch_mm * LINE / COLUMN * resolution.rows_a_mm))
        """Rows of a line."""
        self._bold = bold

    def missing(self, text: str) -> str:
        """The letters of a text that we do not have, each once."""
        return "".join(dict.fromkeys(letter for letter in text if not _known(letter)))

    def columns(self, text: str) -> int:
        """Columns that a text takes."""
        return len(text)

    def line(self, text: str) -> NDArray[np.bool_]:
        """A line of text, shape (height, pixels); letters that we do not have are boxes."""
        across = int(np.ceil(self.column * len(text))) if text else 0
        out = np.zeros((self.height, across + 1), np.bool_)
        for number, letter in enumerate(text):
            if letter.isspace():
                continue
            drawn = _drawn(letter, self.column, self.height, self._bold)
            left = int(self.column * number)
            part = out[:, left : left + drawn.shape[1]]
            part |= drawn[:, : part.shape[1]]
        return out[:, :across]


def _plain(letter: str) -> str:
    return SAME.get(letter, letter)


def _known(letter: str) -> bool:
    parts = unicodedata.normalize("NFD", _plain(letter))
    return letter.isspace() or (
        _plain(parts[0]) in LETTERS and all(part in ABOVE or part in BELOW for part in parts[1:])
    )


@lru_cache(4096)
def _drawn(letter: str, column: float, height: int, bold: bool) -> NDArray[np.bool_]:
    """A letter in its column: the pixels whose middle the pen comes over."""
    across, down = COLUMN / column, LINE / height  # units a pixel
    x = (np.arange(int(np.ceil(column)) + 1) + 0.5) * across - 1
    y = LINE - BASE - (np.arange(height) + 0.5) * down
    # A pen that is thinner than a pixel would lose strokes between two rows.
    pen = max(PEN * (1.5 if bold else 1), 1.05 * across, 1.05 * down) / 2
    black = np.zeros((height, len(x)), np.bool_)
    for points, dot in _strokes(letter):
        reach = pen * DOT if dot else pen
        begins, ends = points[:-1, None, None], points[1:, None, None]
        along = ends - begins
        away = np.stack(np.broadcast_arrays(x, y[:, None]), -1) - begins
        length = np.maximum((along**2).sum(-1), 1e-9)
        part = np.clip((away * along).sum(-1) / length, 0, 1)[..., None]
        near = ((away - part * along) ** 2).sum(-1) <= reach**2
        black |= near.any(0)
    black.flags.writeable = False
    return black


@cache
def _strokes(letter: str) -> tuple[tuple[Points, bool], ...]:
    """A letter's strokes as rows of points, and whether each is a dot."""
    if not _known(letter):
        box = np.array([[0, 0], [0, 7], [4, 7], [4, 0], [0, 0]], float)
        return ((box, False),)
    parts = unicodedata.normalize("NFD", _plain(letter))
    first, marks = parts[0], parts[1:]
    above = [mark for mark in marks if mark in ABOVE]
    if above:
        first = {"i": "ı", "j": "ȷ"}.get(first, first)
    strokes = _parsed(LETTERS[_plain(first)])
    top = max(points[:, 1].max() for points, _ in strokes)
    for mark in above:
        lift = np.array([0, top + 0.2])
        strokes += [(points + lift, dot) for points, dot in _parsed(ABOVE[mark])]
    for mark in marks:
        strokes += _parsed(BELOW.get(mark, ""))
    return tuple(strokes)


def _parsed(text: str) -> list[tuple[Points, bool]]:
    strokes = []
    for stroke in text.split(";"):
        if not stroke.strip():
            continue
        kind, *words = stroke.split()
        numbers = np.array([float(word) for word in words])
        if kind == "a":
            x, y, across, up, begin, end = numbers
            angles = np.radians(np.linspace(begin, end, 2 + int(abs(end - begin) / 15)))
            points = np.stack([x + across * np.cos(angles), y + up * np.sin(angles)], 1)
        else:
            points = numbers.reshape(-1, 2)
            if kind == "s":
                points = _smooth(points)
            elif kind == "d":
                points = np.repeat(points, 2, 0)
        strokes.append((points, kind == "d"))
    return strokes


def _smooth(points: Points) -> Points:
    """A Catmull-Rom spline through points, as a row of short lines."""
    padded = np.concatenate([points[:1], points, points[-1:]])
    t = np.linspace(0, 1, 6)[:, None]
    parts = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        parts.append(
            b + t * (c - a) / 2 + t**2 * (a - 2.5 * b + 2 * c - d / 2)
            + t**3 * (1.5 * (b - c) + (d - a) / 2)
        )  # fmt: skip
    return np.concatenate(parts)
