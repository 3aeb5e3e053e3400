"""Writes echo_tables.h: turns and order of the echo canceller's transforms (run it, commit it).

A transform of 160 real values is worked as one of 80 complex ones.  16 and 5 have no common factor,
so that those 80 fall into 5 transforms of 16 and 16 of 5 without any turns between them (I. Good,
1958): value 5 a + 16 b goes into place a of transform b, and place c of the first and d of the
second stage is bin 65 c + 16 d, modulo 80.  SPLIT, with a half in it, parts the spectra of even and
odd samples; JOIN, with the inverse's factor, puts them together.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

COMPLEX = 80


def table(name: str, values: np.ndarray) -> str:
    """A table of floats as C has it, eight a line."""
    texts = [f"{value:.9g}" for value in values]
    texts = [f"{text}f" if "." in text or "e" in text else f"{text}.0f" for text in texts]
    lines = ",\n    ".join(", ".join(texts[at : at + 8]) for at in range(0, len(texts), 8))
    return f"static const float {name}[{len(values)}] = {{\n    {lines},\n}};\n"


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
    text = (
        "/* Written by echo_tables.py, which explains it; do not edit. */\n"
        "/* clang-format off */\n"
        "#ifndef TC_ECHO_TABLES_H\n#define TC_ECHO_TABLES_H\n\n"
        "#include <stdint.h>\n\n"
        + places("FROM", 5)
        + places("TO", 65)
        + table("TURN_RE", sixteenth.real.round(12) + 0.0)
        + table("TURN_IM", sixteenth.imag.round(12) + 0.0)
        + table("SPLIT_RE", (split.real / 2).round(12) + 0.0)
        + table("SPLIT_IM", (split.imag / 2).round(12) + 0.0)
        + table("JOIN_RE", (split.real / (2 * COMPLEX)).round(12) + 0.0)
        + table("JOIN_IM", (split.imag / (2 * COMPLEX)).round(12) + 0.0)
        + "\n#endif\n"
    )
    Path(__file__).with_suffix(".h").write_text(text)


if __name__ == "__main__":
    main()
