"""Writes spectrum_tables.h: window, turns and order of the spectra of 10 ms (run it, commit it).

A spectrum is taken every 80 samples over the newest 240, by a transform of 256 real values, worked
as 128 complex ones.  The window is Hann's: its square, repeated every 80 samples, adds up to a
constant (9 / 8), so that sound windowed before and after the transform comes back as it was.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

WINDOW, COMPLEX = 240, 128


def rows(values: np.ndarray) -> str:
    """The numbers of a table, eight a line."""
    texts = [f"{value:.9g}" for value in values]
    texts = [f"{text}f" if "." in text or "e" in text else f"{text}.0f" for text in texts]
    return ",\n    ".join(", ".join(texts[at : at + 8]) for at in range(0, len(texts), 8))


def table(name: str, values: np.ndarray) -> str:
    """A table as C has it."""
    return f"static const float {name}[{len(values)}] = {{\n    {rows(values)},\n}};\n"


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
    text = (
        "/* Written by spectrum_tables.py, which explains it; do not edit. */\n"
        "/* clang-format off */\n"
        "#ifndef TC_SPECTRUM_TABLES_H\n#define TC_SPECTRUM_TABLES_H\n\n"
        "#include <stdint.h>\n\n"
        + table("HANN", 0.5 - 0.5 * np.cos(2 * np.pi * n / WINDOW))
        + table("TURN_RE", turn.real.round(12) + 0.0)
        + table("TURN_IM", turn.imag.round(12) + 0.0)
        + table("SPLIT_RE", split.real.round(12) + 0.0)
        + table("SPLIT_IM", split.imag.round(12) + 0.0)
        + f"static const uint8_t ORDER[{COMPLEX}] = {{\n    {lines},\n}};\n\n#endif\n"
    )
    Path(__file__).with_suffix(".h").write_text(text)


if __name__ == "__main__":
    main()
