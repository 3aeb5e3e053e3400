"""Face of the echo canceller's kernel; people use telcard.dsp.echo."""

from collections.abc import Sequence
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

STEP: int
LONGEST: int
FARTHEST: int
HIGH_PASS: int
NLP: int
COMFORT: int
TONE_DISABLER: int
FIND_DELAY: int
KINDS: dict[int, str]

def force_simd(level: str | None) -> None: ...

@final
class Echo:
    """Cancellers of any number of channels; those of one tail share groups of 16."""

    @property
    def taps(self) -> tuple[int, ...]: ...
    def __init__(self, taps: Sequence[int], delays: Sequence[int], flags: int) -> None: ...
    def feed(
        self, receive: NDArray[np.int16], send: NDArray[np.int16]
    ) -> tuple[NDArray[np.int16], list[tuple[str, int, int]]]: ...
    def reset(self, channel: int) -> None: ...
    def freeze(self, channel: int, on: bool) -> None: ...
    def save(self, channel: int) -> NDArray[np.float32]: ...
    def load(self, channel: int, response: NDArray[np.float32]) -> None: ...
    def look(self, channel: int) -> dict[str, Any]: ...
    def octets(self) -> int: ...
