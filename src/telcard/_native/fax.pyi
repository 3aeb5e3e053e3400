from typing import final

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Buffer

def force_simd(level: str | None) -> None:
    """For tests: `base`, `v3`, `v4`, or None for the environment's choice."""

# --- sending

MODES: int
SEND_DATA: int
SEND_DONE: int

@final
class FaxSend:
    """Sender of one lane."""

    def __init__(
        self, mode: int, short_train: bool, echo_tone: bool, level_dbm0: float
    ) -> None: ...
    def feed(self, octets: Buffer, ended: bool, out: NDArray[np.int16]) -> tuple[int, int]:
        """Makes samples; (how many, octets taken)."""

    @property
    def stage(self) -> int: ...
