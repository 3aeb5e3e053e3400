"""What a subscriber knows by heart: the clips, laid out so that any moment finds its place.

The question "where in all these clips does this quarter of a second belong?" is one
cross-correlation with the whole repertoire.  All clips lie in one long signal with gaps between
them; its spectrum is kept in overlapping blocks, so a look-up costs one product and one inverse
transform a block (overlap-save).  The look-up keeps only what lies below 700 Hz, where speech has
most of its energy and white noise little, and may be a pitch period wrong;
`telcard.exchange.recognise` then measures exactly, at full rate.

Speech leans on its low harmonics: two vowels of one voice at one pitch correlate at 0.85 over a
quarter of a second.  After pre-emphasis (`1 - 0.8 / z`) strangers stay below 0.65 and the true
clip at 15 dB over white noise still reaches 0.9, so everything here is pre-emphasised.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telcard.dsp import g711
from telcard.exchange.verbatim import Index
from telcard.units import SAMPLE_RATE

Floats = npt.NDArray[np.float32]
Sound = npt.NDArray[np.int16] | bytes | bytearray | memoryview
"""PCM as int16, or A-law octets."""

WINDOW = 2048
"""Samples (256 ms) of a look-up: short enough for a word, long enough to tell words apart."""

GAP = WINDOW // 2
"""A moment is found when at least half of it lies inside the clip."""

SHORTEST = 1600
"""Samples (200 ms) that a clip must have to be told from others with any certainty."""

EMPHASIS = 0.8

_BLOCK = 8192
_STEP = _BLOCK - WINDOW
_RATE = 4
"""The look-up's own sampling is every fourth sample."""

_BAND_HZ = (150, 700)


def pcm(sound: Sound) -> npt.NDArray[np.int16]:
    """The sound as int16, whichever of the two forms it came in."""
    if isinstance(sound, np.ndarray) and sound.dtype == np.int16:
        return sound
    return g711.decode_alaw(np.frombuffer(sound, np.uint8))


def _octets(sound: Sound) -> bytes:
    """The sound as A-law octets."""
    if isinstance(sound, np.ndarray) and sound.dtype == np.int16:
        return g711.encode_alaw(sound).tobytes()
    return bytes(sound)


def emphasised(samples: npt.NDArray[np.int16], previous: int = 0) -> Floats:
    """Pre-emphasised copy; `previous` is the sample before the first, for streams."""
    x = samples.astype(np.float32)
    y = x.copy()
    y[1:] -= np.float32(EMPHASIS) * x[:-1]
    y[:1] -= np.float32(EMPHASIS * previous)
    return y


@dataclass(frozen=True, slots=True)
class Place:
    """Where a moment may belong: `offset` samples after the clip's first (negative: before it)."""

    clip: int
    offset: int
    score: float


class Repertoire:
    """The known clips, prepared once and shared by any number of listeners.

    `clips` maps a name to its sound at 8 kHz, as int16 or as A-law octets.  Raises ValueError for
    an empty repertoire and for a clip that is silent or shorter than 200 ms.
    """

    def __init__(self, clips: Mapping[str, Sound]) -> None:
        self.names = tuple(clips)
        self.clips: tuple[Floats, ...] = tuple(emphasised(pcm(clips[name])) for name in self.names)
        if not self.names:
            raise ValueError("repertoire: want at least one clip, got none")
        for name, clip in zip(self.names, self.clips, strict=True):
            if not clip.any():
                raise ValueError(f"clip {name!r}: want sound, got {len(clip)} samples of silence")
            if len(clip) < SHORTEST:
                raise ValueError(f"clip {name!r}: want {SHORTEST} samples or more, got {len(clip)}")
        self.longest = max(map(len, self.clips))
        octets = [_octets(clips[name]) for name in self.names]
        self.octets = Index(octets)
        self.by_octets = dict(zip(octets, self.names, strict=True))
        """The clips' names by their A-law octets."""
        self._starts = np.cumsum([GAP, *(len(clip) + GAP for clip in self.clips[:-1])])
        self._lay_out()

    def _lay_out(self) -> None:
        """Spectra of the long signal, its energy under every window, and each clip's stretch."""
        blocks = -(-(int(self._starts[-1]) + len(self.clips[-1])) // _STEP)
        long = np.zeros(blocks * _STEP + WINDOW, np.float32)
        for start, clip in zip(self._starts, self.clips, strict=True):
            long[start : start + len(clip)] = clip
        cut = np.lib.stride_tricks.sliding_window_view(long, _BLOCK)[::_STEP]
        spectra = np.fft.rfft(cut, axis=1)[:, : _BLOCK // (2 * _RATE) + 1]
        hz = np.arange(spectra.shape[1]) * SAMPLE_RATE / _BLOCK
        self._band = (hz >= _BAND_HZ[0]) & (hz <= _BAND_HZ[1])
        self._spectra = np.ascontiguousarray((spectra * self._band).astype(np.complex64))

        # The energy that each window start would meet, from the same band of the same signal.
        narrow = np.fft.irfft(self._spectra, axis=1)
        squares = np.cumsum(np.pad(narrow.astype(np.float64) ** 2, ((0, 0), (1, 0))), axis=1)
        width = WINDOW // _RATE
        energy = (squares[:, width:] - squares[:, :-width])[:, : _STEP // _RATE].ravel()
        # Attribute each window start to the clip that at least half of the window lies in.
        self._edges = (self._starts - GAP) // _RATE
        ends = np.append(self._edges[1:], energy.size)
        floor = np.empty_like(energy)
        for edge, end in zip(self._edges, ends, strict=True):
            # Next to silence any chance likeness would look perfect: the floor prevents that.
            floor[edge:end] = 0.05 * energy[edge:end].max()
        self._weight = (1 / np.sqrt(energy + floor)).astype(np.float32)

    def places(self, moment: Floats, most: int = 6) -> list[Place]:
        """The likeliest place in each clip, likeliest clips first, for `WINDOW` samples of sound.

        `moment` is pre-emphasised.  Scores are rough (0..1); at most `most` places are given.
        """
        spectrum = np.fft.rfft(moment, _BLOCK)[: len(self._band)] * self._band
        energy = float(np.sum(np.abs(spectrum) ** 2)) * 2 / (_BLOCK // _RATE)
        if energy <= 0:
            return []
        likeness = np.fft.irfft(self._spectra * np.conj(spectrum).astype(np.complex64), axis=1)
        scores = likeness[:, : _STEP // _RATE].ravel()
        scores *= self._weight
        best = np.maximum.reduceat(scores, self._edges)
        found = []
        for clip in np.argsort(-best, kind="stable")[:most]:
            edge = self._edges[clip]
            end = self._edges[clip + 1] if clip + 1 < len(self._edges) else len(scores)
            at = int(edge + np.argmax(scores[edge:end]))
            offset = at * _RATE - int(self._starts[clip])
            found.append(Place(int(clip), offset, float(best[clip] / np.sqrt(energy))))
        return found
