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

# --- receiving

@final
class FaxReceive:
    """Receivers of any number of lanes, all of one mode."""

    def __init__(self, mode: int, channels: int, seen_room: int) -> None: ...
    def arm(self, lane: int, mode: int, short_train: bool) -> None: ...
    def feed(
        self, samples: NDArray[np.int16], octets: list[bytearray]
    ) -> list[tuple[int, int, int, int, int]]:
        """Adds to each lane's bytearray; events as (lane, state, sample, bits, value)."""

    def state(self, lane: int) -> tuple[int, int, int, int, float, int]:
        """(state, bits, level in 1/256 dBm0, signal to noise in 1/256 dB, offset in Hz, slips)."""

    def points(self, lane: int) -> NDArray[np.complex64]:
        """Symbols seen since the last call, as far as there was room."""
