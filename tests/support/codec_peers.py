"""spandsp's ADPCM and G.726 as peers (Debian: libspandsp-dev libtiff-dev)."""

from __future__ import annotations

from functools import cache
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from tests.support.peers import spandsp_shim

_DECLARATIONS = """
    int oki_encode(const int16_t *pcm, int n, uint8_t *octets);
    int oki_decode(const uint8_t *octets, int n, int16_t *pcm);
    int g726_coding(int rate, int packing, const int16_t *pcm, int n, uint8_t *octets);
    int g726_decoding(int rate, int packing, const uint8_t *octets, int n, int16_t *pcm);
    int g726_decoding_many(int rate, const uint8_t *octets, int n, int16_t *pcm, int times);
    int g726_coding_many(int rate, const int16_t *pcm, int n, uint8_t *octets, int times);
    int oki_coding_many(const int16_t *pcm, int n, uint8_t *octets, int times);
    int oki_decoding_many(const uint8_t *octets, int n, int16_t *pcm, int times);
"""

_SOURCE = """
    static int oki_encode(const int16_t *pcm, int n, uint8_t *octets)
    {
        oki_adpcm_state_t *s = oki_adpcm_init(NULL, 32000);
        int made = oki_adpcm_encode(s, octets, pcm, n);
        oki_adpcm_free(s);
        return made;
    }
    static int oki_decode(const uint8_t *octets, int n, int16_t *pcm)
    {
        oki_adpcm_state_t *s = oki_adpcm_init(NULL, 32000);
        int made = oki_adpcm_decode(s, pcm, octets, n);
        oki_adpcm_free(s);
        return made;
    }
    static int g726_coding(int rate, int packing, const int16_t *pcm, int n, uint8_t *octets)
    {
        g726_state_t *s = g726_init(NULL, rate, G726_ENCODING_LINEAR, packing);
        int made = g726_encode(s, octets, pcm, n);
        g726_free(s);
        return made;
    }
    static int g726_decoding(int rate, int packing, const uint8_t *octets, int n, int16_t *pcm)
    {
        g726_state_t *s = g726_init(NULL, rate, G726_ENCODING_LINEAR, packing);
        int made = g726_decode(s, pcm, octets, n);
        g726_free(s);
        return made;
    }
    static int g726_coding_many(int rate, const int16_t *pcm, int n, uint8_t *octets, int times)
    {
        while (times-- > 0)
            g726_coding(rate, G726_PACKING_NONE, pcm, n, octets);
        return 0;
    }
    static int g726_decoding_many(int rate, const uint8_t *octets, int n, int16_t *pcm, int times)
    {
        while (times-- > 0)
            g726_decoding(rate, G726_PACKING_NONE, octets, n, pcm);
        return 0;
    }
    static int oki_coding_many(const int16_t *pcm, int n, uint8_t *octets, int times)
    {
        while (times-- > 0)
            oki_encode(pcm, n, octets);
        return 0;
    }
    static int oki_decoding_many(const uint8_t *octets, int n, int16_t *pcm, int times)
    {
        while (times-- > 0)
            oki_decode(octets, n, pcm);
        return 0;
    }
"""

NONE, LEFT, RIGHT = 0, 1, 2
"""spandsp's packings: a code an octet; first code in the most, in the least significant bits."""


@cache
def spandsp() -> ModuleType:
    """The shim; PeerMissing when it cannot be built."""
    return spandsp_shim("codec", _DECLARATIONS, _SOURCE)


def oki_encode(pcm: NDArray[np.int16]) -> bytes:
    """VOX octets of spandsp."""
    native = spandsp()
    octets = np.empty(len(pcm) // 2 + 1, np.uint8)
    n = native.lib.oki_encode(
        native.ffi.from_buffer("int16_t[]", pcm),
        len(pcm),
        native.ffi.from_buffer("uint8_t[]", octets),
    )
    return octets[:n].tobytes()


def oki_decode(octets: bytes) -> NDArray[np.int16]:
    """The sound spandsp makes of VOX octets."""
    native = spandsp()
    pcm = np.empty(2 * len(octets), np.int16)
    n = native.lib.oki_decode(
        native.ffi.from_buffer("uint8_t[]", octets),
        len(octets),
        native.ffi.from_buffer("int16_t[]", pcm),
    )
    return pcm[:n]


def g726_encode(pcm: NDArray[np.int16], rate: int, packing: int) -> bytes:
    """G.726 octets of spandsp; `rate` in kbit/s."""
    native = spandsp()
    octets = np.empty(len(pcm), np.uint8)
    n = native.lib.g726_coding(
        1000 * rate, packing, native.ffi.from_buffer("int16_t[]", pcm), len(pcm),
        native.ffi.from_buffer("uint8_t[]", octets),
    )  # fmt: skip
    return octets[:n].tobytes()


def g726_decode(octets: bytes, rate: int, packing: int) -> NDArray[np.int16]:
    """The sound spandsp makes of G.726 octets; `rate` in kbit/s."""
    native = spandsp()
    pcm = np.empty(4 * len(octets), np.int16)
    n = native.lib.g726_decoding(
        1000 * rate, packing, native.ffi.from_buffer("uint8_t[]", octets), len(octets),
        native.ffi.from_buffer("int16_t[]", pcm),
    )  # fmt: skip
    return pcm[:n]
