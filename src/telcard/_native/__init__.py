"""Native half: C kernels (`c/`) and their Cython faces.

Import the modules as `from telcard._native import dsp`; people use `telcard.dsp` and the rooms
above instead.
"""

import os

_WANTED = os.environ.get("TELCARD_SIMD", "base")
if _WANTED not in ("base", "v3", "v4"):
    raise ValueError(f"TELCARD_SIMD: want base, v3 or v4, got {_WANTED!r}")
