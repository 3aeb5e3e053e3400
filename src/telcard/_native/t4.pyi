"""Faces of page coding (T.4, T.6); people use telcard.fax.t4."""

from typing import final

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Buffer

WIDEST: int

@final
class Encoder:
    """Packed rows to octets."""

    def __init__(
        self,
        coding: int,
        width: int,
        *,
        lsb_first: bool,
        no_eol: bool,
        aligned: bool,
        k: int,
        least_bits: int,
        no_rtc: bool,
    ) -> None: ...
    def encode(self, rows: NDArray[np.uint8]) -> bytes: ...
    def end(self) -> bytes: ...

@final
class Decoder:
    """Octets to packed rows."""

    def __init__(
        self,
        coding: int,
        width: int,
        *,
        lsb_first: bool,
        no_eol: bool,
        headless: bool,
        white: bool,
        most_rows: int,
    ) -> None: ...
    def decode(
        self, octets: Buffer, rows: NDArray[np.uint8], good: NDArray[np.uint8]
    ) -> tuple[int, int]: ...
    def flush(self) -> None: ...
    @property
    def ended(self) -> int: ...
    @property
    def line_bits(self) -> int: ...
    def counts(self) -> tuple[int, int, int]: ...
    def bits(self) -> tuple[int, int]: ...
