"""What the generators of this folder's tables share: numbers as C has them, in a header.

    write(__file__, table("RISE", rise), table("OVERLAP", overlap))

A generator `x_tables.py` writes `x_tables.h` beside itself; the header is committed as well.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np


def table(name: str, values: np.ndarray) -> str:
    """A table of floats, eight a line."""
    texts = [f"{value:.9g}" for value in values]
    texts = [f"{text}f" if "." in text or "e" in text else f"{text}.0f" for text in texts]
    lines = ",\n    ".join(", ".join(texts[at : at + 8]) for at in range(0, len(texts), 8))
    return f"static const float {name}[{len(values)}] = {{\n    {lines},\n}};\n"


def phasors(name: str, values: np.ndarray) -> str:
    """Two tables, of real and imaginary parts."""
    values = values.round(12) + 0.0
    return table(f"{name}_RE", values.real) + table(f"{name}_IM", values.imag)


def write(generator: str, *parts: str, includes: str = "") -> None:
    """The header of a generator."""
    path = Path(generator)
    guard = f"TC_{path.stem.upper()}_H"
    text = (
        f"/* Written by {path.name}, which explains it; do not edit. */\n"
        "/* clang-format off */\n"
        f"#ifndef {guard}\n#define {guard}\n\n"
        + (f"{includes}\n\n" if includes else "")
        + "".join(parts)
        + "\n#endif\n"
    )
    path.with_suffix(".h").write_text(text)
