"""Greys to black and white, as a fax wants them: print by a threshold, pictures by dots.

    black_and_white(grey, Resolution.FINE)      # uint8, 0 = black -> bool, True = black

The dots are a screen's, as newspapers have them: they grow with the darkness.  Error diffusion
shows more, but strews single pixels, which run lengths cannot code: a photograph over a whole page
takes four times as long on the line.  Where black and white meet within a few pixels there is
print, or an edge: a threshold in the middle keeps it clean, whatever the shade of its ground.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from telcard.fax.geometry import Resolution

DARK, LIGHT = 48, 224
"""What becomes black and white; between them the contrast is stretched, so that paper is white."""

EDGE = 140
"""So great a difference within `REACH` pixels on either side is print, and no grey."""
REACH = 2

DOTS_AN_INCH = 51
"""Dots of the screen along a row; as many stand between them, half a step lower."""


def black_and_white(
    grey: NDArray[np.uint8], resolution: Resolution = Resolution.FINE
) -> NDArray[np.bool_]:
    """A grey picture's print, of the same shape (rows, width): True = black."""
    rows, width = grey.shape
    screen = _screen(resolution)
    across, down = -(-width // screen.shape[1]), -(-rows // screen.shape[0])
    thresholds = np.tile(screen, (down, across))[:rows, :width]
    levels = np.arange(256)
    stretched = np.clip((levels - DARK) * 255 // (LIGHT - DARK), 0, 255).astype(np.uint8)
    black = stretched[grey] < thresholds
    highest, lowest = _around(grey, np.maximum), _around(grey, np.minimum)
    edge = highest - lowest > EDGE
    middle = lowest + (highest - lowest) // 2
    return np.where(edge, grey <= middle, black)


@cache
def _screen(resolution: Resolution) -> NDArray[np.uint8]:
    """Thresholds of a tile of two dots, at 45 degrees on paper whatever the pixels' shape."""
    shape = [
        2 * max(1, round(dots / DOTS_AN_INCH)) for dots in (resolution.down, resolution.across)
    ]
    y, x = ((np.arange(length) + 0.5) / length for length in shape)
    hills = np.cos(2 * np.pi * y)[:, None] * np.cos(2 * np.pi * x)
    order = np.argsort(-hills, axis=None, kind="stable")
    ranks = np.empty(hills.size)
    ranks[order] = np.arange(hills.size)
    # 1 to 255: black is always below, white never.
    return np.ceil((ranks + 0.5) * 255 / hills.size).astype(np.uint8).reshape(shape)


def _around(grey: NDArray[np.uint8], extreme: np.ufunc) -> NDArray[np.uint8]:
    """The extreme within `REACH` of each pixel, in rows and in columns."""
    out = grey.copy()
    for step in range(1, REACH + 1):
        extreme(out[:, step:], grey[:, :-step], out=out[:, step:])
        extreme(out[:, :-step], grey[:, step:], out=out[:, :-step])
    along = out.copy()
    for step in range(1, REACH + 1):
        extreme(out[step:], along[:-step], out=out[step:])
        extreme(out[:-step], along[step:], out=out[:-step])
    return out
