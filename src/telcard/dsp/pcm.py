"""Linear sound in the two forms that everything here accepts, and the way between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from telcard import units
from telcard._native import dsp

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from typing_extensions import Buffer

Pcm: TypeAlias = "Buffer | NDArray[np.int16] | NDArray[np.float32]"
"""int16, or float32 in -1..1, in anything that has a buffer."""

Octets: TypeAlias = "Buffer | NDArray[np.uint8]"
"""uint8 arrays, bytes and the like."""


def to_int16(pcm: Pcm) -> NDArray[np.int16]:
    """C-contiguous int16 of the same shape; the very same memory where it is that already.

    float32 is multiplied by 32768, rounded (ties to even) and clipped; what is not a number becomes
    0.  TypeError when it is neither.
    """
    return dsp.pcm16(pcm)


def frames_of(block: Pcm, channels: int) -> NDArray[np.int16]:
    """A block of a stream of so many channels, as int16 `(frames, channels)`.

    `(frames,)` will do for one channel.  TypeError as for `to_int16`; ValueError when the number of
    channels is another.
    """
    samples = to_int16(block)
    shape = samples.shape
    if samples.ndim == 1 and channels == 1:
        samples = samples.reshape(-1, 1)
    if samples.ndim != 2 or samples.shape[1] != channels:
        raise ValueError(f"block: want (frames, {channels}), got shape {shape}")
    return samples


def at_8_khz(samplerate: int, what: str) -> None:
    """Complain (ValueError) unless the samplerate is that of the kernels; `what` is done there."""
    if samplerate != units.SAMPLE_RATE:
        raise ValueError(
            f"samplerate: {what} at {units.SAMPLE_RATE} Hz, got {samplerate}; resample first"
        )


def recording_of(pcm: Pcm, samplerate: int, what: str) -> NDArray[np.int16]:
    """A whole recording as int16 `(frames, channels)`; `what` is done to it at 8 kHz alone.

    TypeError as for `to_int16`; ValueError for another samplerate or more than two dimensions.
    """
    at_8_khz(samplerate, what)
    samples = to_int16(pcm)
    if samples.ndim not in (1, 2):
        raise ValueError(f"pcm: want (frames,) or (frames, channels), got shape {samples.shape}")
    return samples.reshape(-1, 1) if samples.ndim == 1 else samples
