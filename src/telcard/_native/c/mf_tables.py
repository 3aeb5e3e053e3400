"""Writes mf_tables.h: tones and filters of the multi-frequency detectors (run it, commit it).

The sound is cut into blocks of 20 samples.  Each tone of a system is turned to 0 Hz and summed over
a block (which stops what is 400, 800 ... Hz away); seven blocks, weighted, are the tone's filter.
The weights are symmetric, so the filter's delay is that of its middle, and are fitted by weighted
least squares, reweighted until the error is even (Lawson), to

    system       tones (Hz)                                     passes +-Hz   stops from
    r1           700, 900 ... 1700       (Q.320, Q.322)           36            164
    r2_forward   1380, 1500 ... 1980     (Q.441, table 6)         14             96
    r2_backward  1140, 1020 ... 540      (Q.441, table 6)         14             96
    signalling   2280, 2400, 2600        (see mf.h)               20            100

that is, to the tones' tolerance and to what is left between two neighbours that are both off.
The gain makes a tone's magnitude its RMS value.  The energy of all sound is weighted likewise, so
that a tone that fills part of a window has the same part of the energy that it shows of its size.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]

BLOCK, BLOCKS, TONES = 20, 7, 6
SYSTEMS: dict[str, tuple[tuple[int, ...], float, float]] = {
    "R1": ((700, 900, 1100, 1300, 1500, 1700), 36, 164),
    "R2_FORWARD": ((1380, 1500, 1620, 1740, 1860, 1980), 14, 96),
    "R2_BACKWARD": ((1140, 1020, 900, 780, 660, 540), 14, 96),
    "SIGNALLING": ((2280, 2400, 2600), 20, 100),
}
"""Tones, passes, stops from."""


def basis(hz: Array) -> Array:
    """Columns: response at `hz` from the middle of each pair of blocks, the middle block first."""
    block = np.sinc(hz * BLOCK / 8000) / np.sinc(hz / 8000)
    turn = 2 * np.pi * hz[:, None] * BLOCK / 8000 * np.arange(BLOCKS // 2 + 1)
    return np.asarray(block[:, None] * np.cos(turn) * np.where(turn.any(axis=0), 2, 1))


def weights(passes: float, stops: float) -> Array:
    """Of the middle block and the three to either side."""
    hz = np.concatenate([np.linspace(0, passes, 40), np.linspace(stops, 1200, 400)])
    inside = hz <= passes
    columns, wanted = basis(hz), inside * 1.0
    weight = np.where(inside, 0.7, 1.0)
    emphasis = np.ones_like(hz)
    for _ in range(60):
        root = np.sqrt(emphasis) * weight
        half = np.linalg.lstsq(columns * root[:, None], wanted * root, rcond=None)[0]
        error = np.abs(columns @ half - wanted) * weight
        emphasis *= error / error.max() + 1e-3
        emphasis /= emphasis.mean()
    return np.asarray(half)


def literal(value: float) -> str:
    """A C float."""
    text = f"{value:.9g}"
    return text + ("f" if set(text) & set(".e") else ".0f")


def table(name: str, rows: list[Array]) -> str:
    """A table with one row a system, each tones by values."""
    text = f"static const float {name}[{len(rows)}][TONES][{rows[0].shape[1]}] = {{\n"
    for row in rows:
        text += "    {\n"
        text += "".join(f"        {{{', '.join(literal(v) for v in tone)}}},\n" for tone in row)
        text += "    },\n"
    return text + "};\n"


def flat(name: str, rows: list[Array]) -> str:
    """A table with one row a system."""
    text = f"static const float {name}[{len(rows)}][{len(rows[0])}] = {{\n"
    return text + "".join(f"    {{{', '.join(literal(v) for v in r)}}},\n" for r in rows) + "};\n"


def worst(even: list[Array]) -> str:
    """The greatest of the factors that `EVEN` gives within the tolerance."""
    widths = [passes for _, passes, _ in SYSTEMS.values()]
    most = [a + b * passes**2 for (a, b), passes in zip(even, widths, strict=True)]
    return f"static const float WORST[{len(most)}] = {{{', '.join(map(literal, most))}}};\n"


def evenness(weight: Array, passes: float) -> Array:
    """Factors of a tone's power, a + b * offset^2, that undo the slope of what passes."""
    hz = np.linspace(0, passes, 40)
    wanted = 1 / (basis(hz) @ weight) ** 2
    columns = np.stack([np.ones_like(hz), hz**2], axis=1)
    return np.asarray(np.linalg.lstsq(columns, wanted, rcond=None)[0])


def tables() -> str:
    """Text of mf_tables.h."""
    text = "/* Written by mf_tables.py, which explains it; do not edit. */\n"
    text += "/* clang-format off */\n#ifndef TC_MF_TABLES_H\n#define TC_MF_TABLES_H\n\n"
    text += f"#define TONES {TONES}\n#define BLOCKS {BLOCKS}\n\n"
    arrays: dict[str, list[Array]] = {}
    energy: list[Array] = []
    even: list[Array] = []
    for tones, passes, stops in SYSTEMS.values():
        hz = np.zeros(TONES)
        hz[: len(tones)] = tones
        there = hz[:, None] > 0
        angle = 2 * np.pi * hz[:, None] / 8000
        gain = there * np.sqrt(2) / BLOCK
        position = np.arange(BLOCK // 2) + 0.5
        arrays.setdefault("TONE_HZ", []).append(hz[:, None])
        arrays.setdefault("BLOCK_RE", []).append(gain * np.cos(angle * position))
        arrays.setdefault("BLOCK_IM", []).append(-gain * np.sin(angle * position))
        weight, turn = weights(passes, stops), angle * BLOCK * np.arange(BLOCKS // 2 + 1)
        share = np.abs(weight) / (np.abs(weight) @ [1, 2, 2, 2]) / BLOCK
        energy.append(share)
        even.append(evenness(weight, passes))
        arrays.setdefault("WINDOW_RE", []).append(weight * np.cos(turn))
        arrays.setdefault("WINDOW_IM", []).append(weight * np.sin(turn))
        step = angle * BLOCK * 2  # from a window to that of two blocks later
        arrays.setdefault("STEP", []).append(np.hstack([np.cos(step), np.sin(step)]))
    text += "".join(table(name, rows) for name, rows in arrays.items())
    text += flat("WINDOW_ENERGY", energy) + flat("EVEN", even) + worst(even)
    return text + "\n#endif\n"


if __name__ == "__main__":
    Path(__file__).with_suffix(".h").write_text(tables())
