"""Faces of the codecs with a memory; people use telcard.dsp."""

from typing import Literal, final

import numpy as np
from numpy.typing import NDArray
from typing_extensions import disjoint_base

def force_simd(level: Literal["base", "v3", "v4"] | None) -> None: ...

ADPCM: dict[str, int]

@disjoint_base
class _Codec:
    channels: int

    def encode(self, pcm: NDArray[np.int16]) -> NDArray[np.uint8]: ...
    def decode(self, codes: NDArray[np.uint8]) -> NDArray[np.int16]: ...

@final
class Adpcm(_Codec):
    """ADPCM of a kind; one object either encodes or decodes, one code an octet."""

    def __init__(self, kind: str, channels: int) -> None: ...
    def reset(self, channel: int) -> None: ...

@final
class G726(_Codec):
    """G.726 with codes of 2 to 5 bits; one object either encodes or decodes."""

    def __init__(self, bits: int, channels: int) -> None: ...
    def decode_law(self, codes: NDArray[np.uint8], ulaw: bool) -> NDArray[np.uint8]: ...
    def reset(self, channel: int) -> None: ...

def pack(codes: NDArray[np.uint8], bits: int, big: bool) -> NDArray[np.uint8]: ...
def unpack(octets: NDArray[np.uint8], bits: int, big: bool) -> NDArray[np.uint8]: ...
