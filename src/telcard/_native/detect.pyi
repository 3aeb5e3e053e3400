"""Faces of the detectors that lanes may run beside DTMF; people use telcard.dsp."""

from typing import Literal, final

import numpy as np
from numpy.typing import NDArray

def force_simd(level: Literal["base", "v3", "v4"] | None) -> None: ...

SYSTEMS: dict[str, int]

def mf_profile(system: str) -> dict[str, float]: ...

@final
class Mf:
    """Multi-frequency detector of any number of channels; events are tuples, see
    `telcard.dsp.mf`.
    """

    def __init__(self, channels: int, profile: dict[str, float]) -> None: ...
    def feed(
        self, samples: NDArray[np.int16], early: bool
    ) -> list[tuple[int, int, bool, int, int, int, float, float, float, float]]: ...
    def reset(self, channel: int) -> None: ...
