"""Writes copper_tables.h: a Hilbert transform, and the shape of an impulse (run it, commit it).

The Hilbert transform has 129 taps; its ideal response 2 / (pi k) at odd k is laid under a Kaiser
window (beta 4.5: 50 dB, from 190 Hz to 3810 Hz).  Even taps are 0 and the filter is antisymmetric,
so the 32 odd ones of one side are all there is.

The impulse is a decaying 1 kHz cosine over 4 ms: a click as a telephone channel lets it through.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

HALF, BETA = 64, 4.5
IMPULSE, IMPULSE_HZ, DECAY = 32, 1000.0, 8.0


HEAD = """/* Written by copper_tables.py, which explains it; do not edit. */
/* clang-format off */
#ifndef TC_COPPER_TABLES_H
#define TC_COPPER_TABLES_H

"""


def table(name: str, values: list[float]) -> str:
    """C text of an array."""
    rows = [", ".join(f"{v:.9e}f" for v in values[i : i + 4]) for i in range(0, len(values), 4)]
    body = ",\n".join(f"    {row}" for row in rows)
    return f"static const float {name}[{len(values)}] = {{\n{body},\n}};\n"


def main() -> None:
    """Write the header."""
    window = np.kaiser(2 * HALF + 1, BETA)[HALF:]
    hilbert = [float(2 / (np.pi * k) * window[k]) for k in range(1, HALF, 2)]
    at = np.arange(IMPULSE)
    click = np.cos(2 * np.pi * IMPULSE_HZ * at / 8000) * np.exp(-at / DECAY)
    text = HEAD
    text += table("HILBERT", hilbert) + "\n" + table("IMPULSE", list(map(float, click)))
    Path(__file__).with_name("copper_tables.h").write_text(text + "\n#endif\n")


if __name__ == "__main__":
    main()
