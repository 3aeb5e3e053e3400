"""Which instructions the kernels use: `base`, `v3` (x86-64-v3: AVX2) or `v4` (x86-64-v4: AVX-512).

The best that the processor has is chosen once, when the kernels load; the environment variable
`TELCARD_SIMD` lowers it.  Every level gives the same bits.
"""

from __future__ import annotations

from typing import Literal

from telcard._native import dsp

Level = Literal["base", "v3", "v4"]
"""The levels by name, as x86-64 has them; other processors have `base` alone."""


def level() -> Level:
    """The level in use."""
    return dsp.simd_level()


def levels() -> tuple[Level, ...]:
    """The levels that this processor has, from the lowest up."""
    return dsp.simd_levels()
