"""Writes fax_tones_tables.h: the filters of the fax tone detector (run it, commit the result).

Each turns its frequency to 0 Hz about the middle of 20 samples and sums them: a boxcar, whose gain
falls as sinc(20 / 8000 * offset) and is 0 at offsets of 400, 800 ... Hz.  1100 Hz is for CNG, 2150
Hz lies between the two answer tones (2100 and 2225 Hz), 1750 Hz between mark and space of V.21's
channel 2 (1650 and 1850 Hz).  A tone's magnitude is its RMS value.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]

CENTRES = (1100, 1750, 2150)
VALUE = 20
"""Samples of a value."""
LAG = 6
"""Values between the two that tell a reversal."""


def literal(value: float) -> str:
    """A C float."""
    text = f"{value:.9g}"
    return text + ("f" if set(text) & set(".e") else ".0f")


def tables() -> str:
    """Text of fax_tones_tables.h."""
    text = "/* Written by fax_tones_tables.py, which explains it; do not edit. */\n"
    text += "/* clang-format off */\n#ifndef TC_FAX_TONES_TABLES_H\n#define TC_FAX_TONES_TABLES_H\n"
    text += f"\n#define LAG {LAG}\n\n"
    angle = 2 * np.pi * np.array(CENTRES)[:, None] / 8000
    half = np.arange(VALUE // 2) + 0.5
    steps = np.array([[1, LAG]]) * angle * VALUE
    turn = 2 * np.pi * 15 * VALUE / 8000
    arrays: dict[str, Array] = {
        "CENTRE_HZ": np.array(CENTRES, float)[:, None],
        "VALUE_RE": np.cos(angle * half) * np.sqrt(2) / VALUE,
        "VALUE_IM": -np.sin(angle * half) * np.sqrt(2) / VALUE,
        "STEP": np.hstack([np.cos(steps[:, :1]), np.sin(steps[:, :1])]),
        "STEP_LAG": np.hstack([np.cos(steps[:, 1:]), np.sin(steps[:, 1:])]),
        "TURN_15_HZ": np.array([[np.cos(turn), np.sin(turn)]]),
    }
    for name, rows in arrays.items():
        text += f"static const float {name}[{len(rows)}][{rows.shape[1]}] = {{\n"
        text += "".join(f"    {{{', '.join(literal(v) for v in row)}}},\n" for row in rows)
        text += "};\n"
    return text + "\n#endif\n"


if __name__ == "__main__":
    Path(__file__).with_suffix(".h").write_text(tables())
