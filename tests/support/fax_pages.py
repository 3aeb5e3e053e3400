"""Pages to try a fax coder on: what scanners give, and what no scanner gives."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Page = NDArray[np.bool_]

WIDTHS = (1, 2, 7, 8, 9, 63, 64, 65, 1728, 2432, 2560, 2623, 2624, 2625, 14592)
"""Widths about words, make-up codes and the longest one of them, and those of T.4."""


def letter(rows: int, width: int = 1728, seed: int = 1) -> Page:
    """Lines of text, as far as a coder can tell: runs that go on for some rows, white between."""
    random = np.random.default_rng(seed)
    page = np.zeros((rows, width), bool)
    left, right = width // 10, width - width // 10
    for top in range(4, rows - 14, 20):
        strokes = np.cumsum(random.random(right - left) < 0.08) % 2 == 1
        for row in range(top, top + 14):
            strokes ^= np.roll(strokes, 1) & (random.random(right - left) < 0.05)
            page[row, left:right] = strokes
    return page


def stairs(rows: int, width: int) -> Page:
    """Edges that move by 0 to 8 pixels a row, to either side: every vertical mode and beyond."""
    page = np.zeros((rows, width), bool)
    for row in range(rows):
        page[row, row * (row % 9) % width :: max(2, width // 5)] = True
        page[row, abs(width // 2 - row * 3) : width // 2 + row * 2] = True
    return page


def pages(width: int, seed: int = 1) -> Iterator[tuple[str, Page]]:
    """Every kind of page of a width, with its name."""
    random = np.random.default_rng([seed, width])
    for share in (0.0, 0.01, 0.5, 0.9, 1.0):
        yield f"noise {share}", random.random((12, width)) < share
    alternating = np.arange(width) % 2 == 0
    yield "one-pixel runs", np.array([alternating, alternating, ~alternating, ~alternating])
    yield "one-pixel runs in turn", np.resize([alternating, ~alternating], (6, width))
    waves = np.cumsum(random.random((24, width)) < 0.05, axis=1) % 2 == 1
    for row in range(1, 24):
        waves[row] = np.roll(waves[row - 1], int(random.integers(-4, 5)))
    yield "rows that shift", waves
    yield "stairs", stairs(30, width)
    yield "nothing", np.zeros((0, width), bool)
