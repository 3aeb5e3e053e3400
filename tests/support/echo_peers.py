"""Echo cancellers that are not ours, each behind one function, and ours behind the same.

    sout = speex(rin, sin, tail_ms=64, nlp=True, comfort_noise=False)

A `Canceller` takes whole recordings, (frames,) or (frames, channels) of int16, and gives what is
left of `sin`.  `freeze`: from which sample on a channel's filter may not learn (one for each
channel, `frames` and more: never); speexdsp and WebRTC have no such switch and ignore it.  The
foreign ones know one channel, and get the channels one after another.  Each is made anew for every
call.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tests.support.peers import shim, spandsp_shim

Pcm = NDArray[np.int16]


class Canceller(Protocol):
    def __call__(
        self,
        rin: Pcm,
        sin: Pcm,
        *,
        tail_ms: int = 64,
        nlp: bool = True,
        comfort_noise: bool = True,
        freeze: Sequence[int] | None = None,
    ) -> Pcm: ...


_RUN = """
int run(const int16_t *rin, const int16_t *sin, int16_t *out, size_t frames, int taps, int nlp,
        int comfort_noise, size_t freeze);
"""

_SPEEX = """
#include <stdint.h>
#include <string.h>
#include <speex/speex_echo.h>
#include <speex/speex_preprocess.h>
enum { BLOCK = 160 };
int run(const int16_t *rin, const int16_t *sin, int16_t *out, size_t frames, int taps, int nlp,
        int comfort_noise, size_t freeze)
{
    int rate = 8000, off = 0;
    SpeexEchoState *echo = speex_echo_state_init(BLOCK, taps);
    SpeexPreprocessState *after = speex_preprocess_state_init(BLOCK, rate);
    speex_echo_ctl(echo, SPEEX_ECHO_SET_SAMPLING_RATE, &rate);
    speex_preprocess_ctl(after, SPEEX_PREPROCESS_SET_ECHO_STATE, echo);
    speex_preprocess_ctl(after, SPEEX_PREPROCESS_SET_DENOISE, &off);
    for (size_t at = 0; at + BLOCK <= frames; at += BLOCK) {
        speex_echo_cancellation(echo, sin + at, rin + at, out + at);
        if (nlp)
            speex_preprocess_run(after, out + at);
    }
    speex_preprocess_state_destroy(after);
    speex_echo_state_destroy(echo);
    return 0;
}
"""

# This release prints while it works; what it prints goes nowhere.
_SPANDSP = """
#include <stdio.h>
int run(const int16_t *rin, const int16_t *sin, int16_t *out, size_t frames, int taps, int nlp,
        int comfort_noise, size_t freeze)
{
    int mode = (nlp ? ECHO_CAN_USE_NLP : 0) | (nlp && comfort_noise ? ECHO_CAN_USE_CNG : 0);
    FILE *told = stdout, *nowhere = fopen("/dev/null", "w");
    if (!nowhere)
        return -1;
    stdout = nowhere;
    echo_can_state_t *echo = echo_can_init(taps, mode | ECHO_CAN_USE_ADAPTION);
    for (size_t at = 0; at < frames; at++) {
        if (at == freeze)
            echo_can_adaption_mode(echo, mode);
        out[at] = echo_can_update(echo, rin[at], sin[at]);
    }
    echo_can_free(echo);
    stdout = told;
    fclose(nowhere);
    return 0;
}
"""

_WEBRTC = """
#include <math.h>
#include <stdint.h>
#include <webrtc/modules/audio_processing/include/audio_processing.h>
enum { BLOCK = 80 };
int run(const int16_t *rin, const int16_t *sin, int16_t *out, size_t frames, int mobile, int nlp,
        int comfort_noise, size_t freeze)
{
    webrtc::AudioProcessing *apm = webrtc::AudioProcessing::Create();
    if (mobile) {
        apm->echo_control_mobile()->enable_comfort_noise(comfort_noise);
        apm->echo_control_mobile()->Enable(true);
    } else {
        apm->echo_cancellation()->enable_drift_compensation(false);
        apm->echo_cancellation()->set_suppression_level(
            nlp ? webrtc::EchoCancellation::kModerateSuppression
                : webrtc::EchoCancellation::kLowSuppression);
        apm->echo_cancellation()->Enable(true);
    }
    const auto mono = webrtc::AudioProcessing::kMono;
    float block[BLOCK], *rows[] = {block};
    int wrong = 0;
    for (size_t at = 0; at + BLOCK <= frames; at += BLOCK) {
        for (int i = 0; i < BLOCK; i++)
            block[i] = rin[at + i] / 32768.0f;
        wrong |= apm->AnalyzeReverseStream(rows, BLOCK, 8000, mono);
        for (int i = 0; i < BLOCK; i++)
            block[i] = sin[at + i] / 32768.0f;
        apm->set_stream_delay_ms(0);
        wrong |= apm->ProcessStream(rows, BLOCK, 8000, mono, 8000, mono, rows);
        for (int i = 0; i < BLOCK; i++)
            out[at + i] = lrintf(block[i] * 32767.0f);
    }
    delete apm;
    return wrong;
}
"""


def _speexdsp() -> ModuleType:
    header = ("speex/speex_echo.h",)
    return shim(
        "echo_speexdsp", _RUN, _SPEEX, ["speexdsp"], needs=header, packages="libspeexdsp-dev"
    )


def _webrtc() -> ModuleType:
    return shim(
        "echo_webrtc",
        _RUN,
        _WEBRTC,
        ["webrtc_audio_processing"],
        needs=("webrtc_audio_processing",),
        packages="libwebrtc-audio-processing-dev",
        plus_plus=("-std=gnu++11", "-DWEBRTC_POSIX", "-I/usr/include/webrtc_audio_processing"),
    )


def _one_by_one(
    native: ModuleType,
    rin: Pcm,
    sin: Pcm,
    number: int,
    nlp: bool,
    comfort_noise: bool,
    freeze: Sequence[int] | None,
) -> Pcm:
    heard = np.ascontiguousarray(np.atleast_2d(rin.T))
    back = np.ascontiguousarray(np.atleast_2d(sin.T))
    out = np.zeros_like(back)
    frames = heard.shape[1]
    for channel in range(len(heard)):
        wrong = native.lib.run(
            native.ffi.from_buffer("int16_t[]", heard[channel]),
            native.ffi.from_buffer("int16_t[]", back[channel]),
            native.ffi.from_buffer("int16_t[]", out[channel]),
            frames,
            number,
            nlp,
            comfort_noise,
            frames if freeze is None else freeze[channel],
        )
        if wrong:
            raise RuntimeError(f"the peer says {wrong}")
    return out.T.reshape(sin.shape)


def _peer(build: Callable[[], ModuleType], number: Callable[[int], int], told: str) -> Canceller:
    """A foreign one: what builds it, and the number that it wants, of a tail in ms."""

    def cancel(
        rin: Pcm,
        sin: Pcm,
        *,
        tail_ms: int = 64,
        nlp: bool = True,
        comfort_noise: bool = True,
        freeze: Sequence[int] | None = None,
    ) -> Pcm:
        return _one_by_one(build(), rin, sin, number(tail_ms), nlp, comfort_noise, freeze)

    cancel.__doc__ = told
    return cancel


speex = _peer(
    _speexdsp,
    lambda tail_ms: 8 * tail_ms,
    "speexdsp in frames of 20 ms; `nlp`: its preprocessor's residual suppressor, nothing else.",
)
spandsp = _peer(
    lambda: spandsp_shim("echo", _RUN, _SPANDSP),
    lambda tail_ms: 8 * tail_ms,
    "spandsp's line echo canceller: adaption, with NLP and comfort noise where asked for.",
)
webrtc = _peer(
    _webrtc,
    lambda _: 0,
    "WebRTC 0.3's AEC; its tail is its own, its suppressor always on (low without `nlp`).",
)
webrtc_mobile = _peer(
    _webrtc, lambda _: 1, "WebRTC 0.3's AECm; its tail is its own, its suppressor always on."
)


def telcard(
    rin: Pcm,
    sin: Pcm,
    *,
    tail_ms: int = 64,
    nlp: bool = True,
    comfort_noise: bool = True,
    freeze: Sequence[int] | None = None,
) -> Pcm:
    """Ours: all channels in one call, cut where a filter is frozen."""
    from telcard.dsp.echo import EchoCanceller

    channels = 1 if sin.ndim == 1 else sin.shape[1]
    canceller = EchoCanceller(channels, tail_ms=tail_ms, nlp=nlp, comfort_noise=comfort_noise)
    frames = len(sin)
    stops = np.minimum(frames, np.full(channels, frames) if freeze is None else freeze)
    parts, begin = [], 0
    for end in sorted({*stops.tolist(), frames}):
        for channel in np.flatnonzero(stops == begin) if begin else ():
            canceller.freeze(channel=int(channel))
        parts.append(canceller.process(rin[begin:end], sin[begin:end]))
        begin = end
    return np.concatenate(parts)


CANCELLERS: dict[str, Canceller] = {
    "telcard": telcard,
    "speex": speex,
    "spandsp": spandsp,
    "webrtc": webrtc,
    "webrtc-m": webrtc_mobile,
}


def named(name: str) -> Canceller:
    """One of the above, or any other as `module:callable`."""
    if name in CANCELLERS:
        return CANCELLERS[name]
    module, _, attribute = name.partition(":")
    if not attribute:
        known = ", ".join(CANCELLERS)
        raise ValueError(f"canceller: want {known} or module:callable, got {name!r}")
    found: Callable[..., Pcm] = getattr(importlib.import_module(module), attribute)
    return found
