"""Linear sound in the two forms that everything here accepts, and the way between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from telcard._native import dsp

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from typing_extensions import Buffer

Pcm: TypeAlias = "Buffer | NDArray[np.int16] | NDArray[np.float32]"
"""int16, or float32 in -1..1, in anything that has a buffer."""

Octets: TypeAlias = "Buffer | NDArray[np.uint8]"
"""uint8 arrays, bytes and the like."""


def to_int16(pcm: Pcm) -> NDArray[np.int16]:
    """C-contiguous int16 of the same shape; the very same memory where it is that already.

    float32 is multiplied by 32768, rounded (ties to even) and clipped; what is not a number becomes
    0.  TypeError when it is neither.
    """
    return dsp.pcm16(pcm)
