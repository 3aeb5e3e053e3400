"""Sound brought from one samplerate to another, by a polyphase filter with linear phase.

    resampler = Resampler(44100, channels=2)        # to 8 kHz, unless `to` says otherwise
    for block in blocks:                # int16, (frames, 2), of any length
        at_8_khz = resampler.process(block)
    rest = resampler.flush()

The filter passes 90 % of the lower of the two bands (3,600 Hz) within 0.01 dB and stops from its
end (4,000 Hz) on by 80 dB: a Kaiser window with beta 8, over 100 ms of nothing being lost at the
ends.  Sample n of the result is the sound at n / `to` seconds, whatever the samplerate was.  The
result does not depend on the cutting: sums are always taken over the same stretches.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from telcard import units
from telcard.dsp.pcm import frames_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from telcard.dsp.pcm import Pcm

LOWEST_RATE, HIGHEST_RATE = 4000, 192_000

_BETA = 8.0  # of the Kaiser window: side lobes 80 dB down
_CROSSINGS = 5.2  # half the filter's length by the width of its transition, for that beta
_BATCH = 4096  # frames of the result made at once, about


class Resampler:
    """Brings a stream from `samplerate` to another one, 8 kHz by default, all channels at once.

    `samplerate` and `to` are whole numbers from 4000 to 192000 (ValueError).
    """

    def __init__(self, samplerate: int, channels: int = 1, to: int = units.SAMPLE_RATE) -> None:
        for name, rate in (("samplerate", samplerate), ("to", to)):
            if not LOWEST_RATE <= rate <= HIGHEST_RATE:
                raise ValueError(f"{name}: want {LOWEST_RATE} to {HIGHEST_RATE} Hz, got {rate}")
        if channels < 1:
            raise ValueError(f"channels: want 1 or more, got {channels}")
        self.samplerate = samplerate
        self.channels = channels
        self.to = to
        common = math.gcd(samplerate, to)
        self._up = to // common
        self._down = samplerate // common
        self._filters = _polyphase(samplerate, to, self._up)
        self._before = self._filters.shape[1] // 2
        self._rounds = max(1, _BATCH // self._up)  # of `up` samples each, made at once
        self._begin()

    def __repr__(self) -> str:
        return f"<Resampler {self.samplerate} to {self.to} Hz, {self._taken} frames>"

    def process(self, block: Pcm) -> NDArray[np.int16]:
        """Take the next frames; give those of the result that are certain, `(frames, channels)`.

        `block`: `(frames,)` for one channel, `(frames, channels)` otherwise (ValueError).
        """
        samples = frames_of(block, self.channels)
        self._taken += len(samples)
        return self._advance(samples)

    def flush(self) -> NDArray[np.int16]:
        """End the stream: give what is left of it, and be as new."""
        wanted = -(-self._taken * self._up // self._down) - self._made
        step = self._rounds * self._down
        silence = np.zeros((2 * step + self._filters.shape[1], self.channels), np.int16)
        rest = self._advance(silence)[:wanted]
        self._begin()
        return rest

    def _begin(self) -> None:
        self._taken = self._made = 0
        self._kept = np.zeros((self._before, self.channels), np.int16)

    def _advance(self, samples: NDArray[np.int16]) -> NDArray[np.int16]:
        self._kept = np.concatenate([self._kept, samples])
        step = self._rounds * self._down
        wanted = step + self._filters.shape[1]
        made = [np.empty((0, self.channels), np.int16)]
        at = 0
        while len(self._kept) - at >= wanted:
            made.append(self._batch(self._kept[at : at + wanted]))
            at += step
        self._kept = self._kept[at:]
        result = np.concatenate(made)
        self._made += len(result)
        return result

    def _batch(self, samples: NDArray[np.int16]) -> NDArray[np.int16]:
        """`rounds` times `up` samples: each phase of the filter over its own places."""
        sound = np.ascontiguousarray(samples.T, np.float64)
        windows = np.lib.stride_tricks.sliding_window_view(sound, self._filters.shape[1], axis=1)
        made = np.empty((self._rounds, self._up, self.channels))
        for phase, taps in enumerate(self._filters):
            first = phase * self._down // self._up
            last = first + self._rounds * self._down
            made[:, phase, :] = (windows[:, first : last : self._down] @ taps).T
        rounded = np.clip(np.rint(made), -32768, 32767)
        return rounded.reshape(-1, self.channels).astype(np.int16)


def _polyphase(samplerate: int, to: int, up: int) -> NDArray[np.float64]:
    """The filters that make the samples between samples, (phases, taps).

    Sample `phase` of a round lies `phase * down % up / up` after a sample of the source, which the
    middle tap meets.  Each phase has a gain of exactly 1 for a constant.
    """
    band_hz = min(samplerate, to) / 2
    cutoff = 0.95 * band_hz / samplerate  # cycles a sample of the source
    half = math.ceil(_CROSSINGS / (0.1 * band_hz / samplerate) / 2)
    down = samplerate * up // to
    shift = (np.arange(up) * down % up / up)[:, None]
    n = np.arange(-half, half + 1)[None, :] - shift
    window = np.i0(_BETA * np.sqrt(np.maximum(0, 1 - (n / (half + 1)) ** 2)))
    taps = np.sinc(2 * cutoff * n) * window
    return np.asarray(taps / taps.sum(1, keepdims=True))
