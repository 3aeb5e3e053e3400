"""Writes spectrum_tables.h: window, turns and order of the spectra of 10 ms (run it, commit it).

A spectrum is taken every 80 samples over the newest 240, by a transform of 256 real values, worked
as 128 complex ones.  The window is Hann's: its square, repeated every 80 samples, adds up to a
constant (9 / 8), so that sound windowed before and after the transform comes back as it was.
"""

from __future__ import annotations

import numpy as np
from tables import phasors, table, write

WINDOW, COMPLEX = 240, 128


def reversed_bits(index: int) -> int:
    """An index of the transform with its bits in reverse."""
    return int(f"{index:07b}"[::-1], 2)


def main() -> None:
    """Write the header beside this file."""
    n = np.arange(WINDOW) + 0.5
    turn = np.exp(-2j * np.pi * np.arange(COMPLEX // 2) / COMPLEX)
    split = np.exp(-2j * np.pi * np.arange(COMPLEX // 2 + 1) / (2 * COMPLEX))
    order = [str(reversed_bits(k)) for k in range(COMPLEX)]
    lines = ",\n    ".join(", ".join(order[at : at + 16]) for at in range(0, COMPLEX, 16))
    write(
        __file__,
        table("HANN", 0.5 - 0.5 * np.cos(2 * np.pi * n / WINDOW)),
        *(phasors("TURN", turn), phasors("SPLIT", split)),
        f"static const uint8_t ORDER[{COMPLEX}] = {{\n    {lines},\n}};\n",
        includes="#include <stdint.h>",
    )


if __name__ == "__main__":
    main()
