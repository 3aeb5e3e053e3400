"""Writes echo_tables.h: turns and order of the echo canceller's transforms (run it, commit it).

A transform of 160 real values is worked as one of 80 complex ones.  16 and 5 have no common factor,
so that those 80 fall into 5 transforms of 16 and 16 of 5 without any turns between them (I. Good,
1958): value 5 a + 16 b goes into place a of transform b, and place c of the first and d of the
second stage is bin 65 c + 16 d, modulo 80.  SPLIT, with a half in it, parts the spectra of even and
odd samples; JOIN, with the inverse's factor, puts them together.
"""

from __future__ import annotations

import numpy as np
from tables import phasors, write

COMPLEX = 80


def places(name: str, first: int) -> str:
    """Where the values of the first stage come from, or those of the second one go to."""
    rows = [
        "{" + ", ".join(str((first * a + 16 * b) % COMPLEX) for a in range(16)) + "}"
        for b in range(5)
    ]
    text = ",\n    ".join(rows)
    return f"static const uint8_t {name}[5][16] = {{\n    {text},\n}};\n"


def main() -> None:
    """Write the header beside this file."""
    sixteenth = np.exp(-2j * np.pi * np.arange(10) / 16)
    split = np.exp(-2j * np.pi * np.arange(COMPLEX // 2 + 1) / (2 * COMPLEX))
    write(
        __file__,
        *(places("FROM", 5), places("TO", 65)),
        *(phasors("TURN", sixteenth), phasors("SPLIT", split / 2)),
        phasors("JOIN", split / (2 * COMPLEX)),
        includes="#include <stdint.h>",
    )


if __name__ == "__main__":
    main()
