"""Writes bulk_delay_tables.h: windows of the search for bulk delays (run it, commit it).

RISE is the first half of Hann's window over 320 samples; the second half is the first from behind.
A response at lag n beyond one hop is seen by that hop's spectra with the share r(n) that the window
has in common with itself n samples later, and by the next hop's with r(160 - n).  OVERLAP[n] is the
weight of the one, OVERLAP[160 - n] that of the other, so that both together see all of it with the
least noise: r(n) / (r(n)^2 + r(160 - n)^2).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

HOP = 160


def table(name: str, values: np.ndarray) -> str:
    """A table of floats as C has it, eight a line."""
    texts = [f"{value:.9g}" for value in values]
    texts = [f"{text}f" if "." in text or "e" in text else f"{text}.0f" for text in texts]
    lines = ",\n    ".join(", ".join(texts[at : at + 8]) for at in range(0, len(texts), 8))
    return f"static const float {name}[{len(values)}] = {{\n    {lines},\n}};\n"


def main() -> None:
    """Write the header beside this file."""
    window = np.sin(np.pi * (np.arange(2 * HOP) + 0.5) / (2 * HOP)) ** 2
    common = np.correlate(window, window, "full")[2 * HOP - 1 :][: HOP + 1]
    common /= common[0]
    text = (
        "/* Written by bulk_delay_tables.py, which explains it; do not edit. */\n"
        "/* clang-format off */\n"
        "#ifndef TC_BULK_DELAY_TABLES_H\n#define TC_BULK_DELAY_TABLES_H\n\n"
        + table("RISE", window[:HOP])
        + table("OVERLAP", common / (common**2 + common[::-1] ** 2))
        + "\n#endif\n"
    )
    Path(__file__).with_suffix(".h").write_text(text)


if __name__ == "__main__":
    main()
