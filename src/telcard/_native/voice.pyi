"""Faces of the kernels for voices; people use telcard.dsp.  All take whole hops of 10 ms."""

from typing import final

import numpy as np
from numpy.typing import NDArray

HOP: int

def force_simd(level: int) -> bool: ...

@final
class Vad:
    """Voice activity of any number of channels; events are tuples, see `telcard.dsp.vad`."""

    def __init__(self, channels: int, profile: dict[str, float]) -> None: ...
    def feed(
        self, samples: NDArray[np.int16], scores: NDArray[np.float32]
    ) -> list[tuple[int, bool, int, int, int, float, float]]: ...
    def reset(self, channel: int) -> None: ...
    def talking(self) -> NDArray[np.bool_]: ...

TEMPO_REACH: int
TEMPO_LEAST: int
TEMPO_MOST: int

@final
class Tempo:
    @property
    def place(self) -> int: ...
    def __init__(self, channels: int) -> None: ...
    def needs(self) -> int: ...
    def round_down(self) -> None: ...
    def feed(
        self, sound: NDArray[np.int16], first: int, end: int, percent: int
    ) -> NDArray[np.int16]: ...
