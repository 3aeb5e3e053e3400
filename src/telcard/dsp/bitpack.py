"""Codes of a few bits packed into octets, as a stream: the same octets however it is cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from telcard._native import codec

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from telcard.dsp.pcm import Octets

Order = Literal["little", "big"]
"""Where in an octet the first code lies: in its least or in its most significant bits."""


class BitPacker:
    """Packs codes of 2 to 5 bits; eight of them fill whole octets, the rest waits."""

    def __init__(self, bits: int, order: Order) -> None:
        self._bits, self._big = _checked(bits, order)
        self._waiting = np.empty(0, np.uint8)

    def process(self, codes: NDArray[np.uint8]) -> bytes:
        """Take codes, one in each octet; give those octets that are full."""
        codes = np.concatenate([self._waiting, codes])
        whole = len(codes) // 8 * 8
        self._waiting = codes[whole:]
        return codec.pack(codes[:whole], self._bits, self._big).tobytes()

    def flush(self) -> bytes:
        """Give the rest, filled up with zeros, and be as new."""
        rest, self._waiting = self._waiting, np.empty(0, np.uint8)
        return codec.pack(rest, self._bits, self._big).tobytes()


class BitUnpacker:
    """The reverse of `BitPacker`."""

    def __init__(self, bits: int, order: Order) -> None:
        self._bits, self._big = _checked(bits, order)
        self._waiting = np.empty(0, np.uint8)
        self._unit = 1 if 8 % bits == 0 else bits  # octets that hold a whole number of codes

    def process(self, octets: Octets) -> NDArray[np.uint8]:
        """Take octets; give the codes that are whole, one in each octet."""
        if not isinstance(octets, np.ndarray):
            octets = np.frombuffer(memoryview(octets), np.uint8)
        given = octets
        if len(self._waiting):
            given = np.concatenate([self._waiting, given])
        whole = len(given) // self._unit * self._unit
        self._waiting = given[whole:].copy()
        return codec.unpack(given[:whole], self._bits, self._big)

    def flush(self) -> NDArray[np.uint8]:
        """Give what codes are left in the last octets, and be as new."""
        rest, self._waiting = self._waiting, np.empty(0, np.uint8)
        return codec.unpack(rest, self._bits, self._big)


def _checked(bits: int, order: Order) -> tuple[int, bool]:
    if not 2 <= bits <= 5:
        raise ValueError(f"bits: want 2 to 5, got {bits}")
    if order not in get_args(Order):
        raise ValueError(f"order: want little or big, got {order!r}")
    return bits, order == "big"
