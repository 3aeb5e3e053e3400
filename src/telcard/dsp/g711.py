"""ITU-T G.711: A-law and u-law, both ways, and directly from one to the other.

    octets = encode_alaw(pcm)
    decode_alaw(octets, out=pcm)        # no memory is allocated

PCM is int16, left-justified as in ITU-T G.191 (its rule decides all 65,536 inputs), or float32 in
-1..1, which is multiplied by 32768, rounded and clipped.  Octets are uint8 arrays or bytes, as they
travel on the line: A-law with even bits inverted (silence 0xD5), u-law inverted (silence 0xFF).

Any shape will do, and the result has the same.  C-contiguous memory goes to the kernel as it is,
other layouts are copied once.  `out`, if given, is returned: it must have the right type and shape
(ValueError) and, but for the transcoders, memory of its own.  One call for many channels is much
faster than many calls: a call by itself costs as much as coding some 4,000 samples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from telcard._native import dsp

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from telcard.dsp.pcm import Octets, Pcm

ALAW_SILENCE = 0xD5
"""A-law's +0: the idle octet of an E1 bearer."""

ULAW_SILENCE = 0xFF
"""u-law's +0."""


def encode_alaw(pcm: Pcm, out: NDArray[np.uint8] | None = None) -> NDArray[np.uint8]:
    """A-law octets of linear sound (G.711 table 1)."""
    return dsp.alaw_encode(pcm, out)


def decode_alaw(octets: Octets, out: NDArray[np.int16] | None = None) -> NDArray[np.int16]:
    """Linear sound of A-law octets: the middle of each step (G.711 table 1)."""
    return dsp.alaw_decode(octets, out)


def encode_ulaw(pcm: Pcm, out: NDArray[np.uint8] | None = None) -> NDArray[np.uint8]:
    """u-law octets of linear sound (G.711 table 2)."""
    return dsp.ulaw_encode(pcm, out)


def decode_ulaw(octets: Octets, out: NDArray[np.int16] | None = None) -> NDArray[np.int16]:
    """Linear sound of u-law octets: the middle of each step (G.711 table 2)."""
    return dsp.ulaw_decode(octets, out)


def alaw_to_ulaw(octets: Octets, out: NDArray[np.uint8] | None = None) -> NDArray[np.uint8]:
    """u-law octets for A-law octets (G.711 table 4); `out` may be the input itself."""
    return dsp.alaw_to_ulaw(octets, out)


def ulaw_to_alaw(octets: Octets, out: NDArray[np.uint8] | None = None) -> NDArray[np.uint8]:
    """A-law octets for u-law octets (G.711 table 3); `out` may be the input itself."""
    return dsp.ulaw_to_alaw(octets, out)
