"""Voice activity, gain control, noise and loss as speexdsp and spandsp deal with them (cffi)."""

from __future__ import annotations

from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from tests.support.peers import shim, spandsp_shim

_SPEEX = """
int preprocess(const int16_t *in, int16_t *out, int32_t *probability, size_t hops, int denoise,
               int suppress, int agc, int level, int vad);
"""
_SPEEX_SOURCE = """
#include <stdint.h>
#include <string.h>
#include <speex/speex_preprocess.h>
int preprocess(const int16_t *in, int16_t *out, int32_t *probability, size_t hops, int denoise,
               int suppress, int agc, int level, int vad)
{
    SpeexPreprocessState *s = speex_preprocess_state_init(80, 8000);
    float wanted = level;
    speex_preprocess_ctl(s, SPEEX_PREPROCESS_SET_DENOISE, &denoise);
    speex_preprocess_ctl(s, SPEEX_PREPROCESS_SET_NOISE_SUPPRESS, &suppress);
    speex_preprocess_ctl(s, SPEEX_PREPROCESS_SET_AGC, &agc);
    if (agc)
        speex_preprocess_ctl(s, SPEEX_PREPROCESS_SET_AGC_LEVEL, &wanted);
    if (vad)
        speex_preprocess_ctl(s, SPEEX_PREPROCESS_SET_VAD, &vad);
    for (size_t i = 0; i < hops; i++) {
        memcpy(out + 80 * i, in + 80 * i, 160);
        speex_preprocess_run(s, out + 80 * i);
        spx_int32_t prob = 0;
        speex_preprocess_ctl(s, SPEEX_PREPROCESS_GET_PROB, &prob);
        probability[i] = prob;
    }
    speex_preprocess_state_destroy(s);
    return 0;
}
"""

_SPANDSP = (
    "void conceal(const int16_t *in, int16_t *out, const uint8_t *lost, size_t frames, int n);"
)
_SPANDSP_SOURCE = """
void conceal(const int16_t *in, int16_t *out, const uint8_t *lost, size_t frames, int n)
{
    plc_state_t *s = plc_init(NULL);
    for (size_t i = 0; i < frames; i++) {
        int16_t *at = out + i * n;
        if (lost[i]) {
            plc_fillin(s, at, n);
        } else {
            memcpy(at, in + i * n, 2 * n);
            plc_rx(s, at, n);
        }
    }
    plc_release(s);
}
"""


def speexdsp() -> ModuleType:
    """The shim; PeerMissing without libspeexdsp-dev."""
    return shim(
        "voice_speexdsp",
        _SPEEX,
        _SPEEX_SOURCE,
        ["speexdsp"],
        needs=("speex/speex_preprocess.h",),
        packages="libspeexdsp-dev",
    )


def speex(
    pcm: NDArray[np.int16],
    *,
    denoise_db: int = 0,
    agc_level: int = 0,
    vad: bool = False,
) -> tuple[NDArray[np.int16], NDArray[np.int32]]:
    """What its preprocessor makes of whole hops of 10 ms, and its probabilities (percent)."""
    native = speexdsp()
    pcm = np.ascontiguousarray(pcm, np.int16)
    out = np.empty_like(pcm)
    hops = len(pcm) // 80
    chances = np.empty(hops, np.int32)
    native.lib.preprocess(
        native.ffi.from_buffer("int16_t[]", pcm),
        native.ffi.from_buffer("int16_t[]", out),
        native.ffi.from_buffer("int32_t[]", chances),
        hops,
        int(denoise_db > 0),
        -denoise_db,
        int(agc_level > 0),
        agc_level,
        int(vad),
    )
    return out, chances


def spandsp_conceals(
    pcm: NDArray[np.int16], lost: NDArray[np.bool_], frames: int
) -> NDArray[np.int16]:
    """What its concealment makes of packets of `frames`, those that are `lost` unseen."""
    native = spandsp_shim("plc", _SPANDSP, _SPANDSP_SOURCE)
    pcm = np.ascontiguousarray(pcm, np.int16)
    out = np.zeros_like(pcm)
    native.lib.conceal(
        native.ffi.from_buffer("int16_t[]", pcm),
        native.ffi.from_buffer("int16_t[]", out),
        native.ffi.from_buffer("uint8_t[]", np.ascontiguousarray(lost, np.uint8)),
        len(pcm) // frames,
        frames,
    )
    return out
