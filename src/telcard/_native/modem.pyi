"""Faces of the modems; people use telcard.dsp."""

from typing import Literal, TypeVar, final

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Buffer, disjoint_base

_Event = TypeVar("_Event")

def force_simd(level: Literal["base", "v3", "v4"] | None) -> None: ...

# --- frequency-shift keying

@final
class Fsk:
    """FSK receiver of any number of channels; see `telcard.dsp.fsk`."""

    def __init__(
        self, channels: int, standard: dict[str, float], data: int, parity: int
    ) -> None: ...
    def feed(
        self, samples: NDArray[np.int16], event: type[_Event], kinds: tuple[object, ...]
    ) -> list[_Event]: ...
    def octets(self, samples: NDArray[np.int16]) -> list[bytes]: ...
    def reset(self, channel: int, data: int, parity: int) -> None: ...

@final
class FskSend:
    """FSK sender of one channel."""

    def __init__(
        self,
        mark_hz: float,
        space_hz: float,
        baud: float,
        level_dbm0: float,
        data: int,
        parity: int,
        stop: int,
    ) -> None: ...
    def feed(self, octets: Buffer, idles: bool, out: NDArray[np.int16]) -> tuple[int, int]: ...
    def send_bits(self, bits: int, count: int) -> bool: ...
    @property
    def sounds(self) -> bool: ...

# --- data link

LINK_STRETCH: int

@disjoint_base
class Link:
    """One end of a data link; see `telcard.dsp.datalink`."""

    data: int
    parity: int
    def __init__(
        self,
        plan: dict[str, float | int],
        sends: dict[str, float],
        data: int,
        parity: int,
        stop: int,
        capacity: int,
    ) -> None: ...
    def write(self, octets: Buffer) -> int: ...
    def room(self) -> int: ...
    def read(self, limit: int) -> bytes: ...
    def close(self) -> None: ...
    def state(self) -> tuple[int, int, bool, int, int, int, int, int]: ...

@final
class LinkModem:
    """A data link with a receiver of its own: sound in, sound out."""

    def __init__(self, link: Link, hears: dict[str, float]) -> None: ...
    def process(self, heard: NDArray[np.int16], out: NDArray[np.int16]) -> bool: ...
