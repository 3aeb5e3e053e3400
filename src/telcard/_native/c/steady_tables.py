"""Writes steady_tables.h: the window and the turns of the steady tones' transform (run it, commit).

The window is Hann's over 512 samples.  The transform of 512 real samples is one of 256 complex
numbers, taken as 16 times 16: between its two passes every value is turned by W256, afterwards the
real spectrum is separated from the complex one by W512.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

WINDOW = 512


def literal(value: float) -> str:
    """A C float."""
    text = f"{value:.9g}"
    return text + ("f" if set(text) & set(".e") else ".0f")


def array(name: str, values: Iterable[float]) -> str:
    """A C array of floats, six in a line."""
    texts = [literal(float(value)) for value in values]
    lines = [", ".join(texts[at : at + 6]) for at in range(0, len(texts), 6)]
    return f"static const float {name}[{len(texts)}] = {{\n    " + ",\n    ".join(lines) + "};\n"


def turns(name: str, count: int, circle: int) -> str:
    """exp(-2 pi i k / circle) for k below count."""
    turn = np.exp(-2j * np.pi * np.arange(count) / circle)
    clean = np.round(turn, 12) + 0.0  # no -0 and no 6e-17
    return array(f"{name}_RE", clean.real) + array(f"{name}_IM", clean.imag)


def tables() -> str:
    """Text of steady_tables.h."""
    text = "/* Written by steady_tables.py, which explains it; do not edit. */\n"
    text += "/* clang-format off */\n#ifndef TC_STEADY_TABLES_H\n#define TC_STEADY_TABLES_H\n\n"
    text += array("HANN", 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW))
    text += turns("TURN_256", 226, 256)  # the greatest is 15 * 15
    text += turns("TURN_512", 129, WINDOW)
    return text + "\n#endif\n"


if __name__ == "__main__":
    Path(__file__).with_suffix(".h").write_text(tables())
