"""Whole sound files in one call, over soundfile (libsndfile)."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import numpy as np
import numpy.typing as npt
import soundfile

from telcard._native import dsp
from telcard.errors import MediaError
from telcard.units import SAMPLE_RATE

Source: TypeAlias = str | os.PathLike[str] | BinaryIO
Pcm: TypeAlias = npt.NDArray[np.int16]

MAX_SECONDS = 4 * 3600.0
"""Reading stops with an error after this much sound: a few octets of FLAC can hold days."""

_BLOCK_SAMPLES = 65536
_HIGHEST_RATE = 192_000  # what a broken header may claim beyond that buys no memory
# libsndfile scales these to +-1 and does not scale them back when int16 is asked for.
_FLOAT_SUBTYPES = frozenset({"FLOAT", "DOUBLE"})


def read(path: Source, *, max_seconds: float = MAX_SECONDS) -> tuple[Pcm, int]:
    """Read a sound file; returns int16 PCM, (frames,) or (frames, channels), and its samplerate.

    `path` is a path or a binary file object.  Raises MediaError for what cannot be read as sound.
    """
    try:
        with soundfile.SoundFile(_opened(path)) as sound:
            return _frames(sound, path, max_seconds), int(sound.samplerate)
    except (soundfile.SoundFileError, OSError, TypeError, ValueError) as error:
        raise MediaError(f"{_name(path)}: cannot be read as sound: {_reason(error)}") from error


def read_alaw(path: Source, *, max_seconds: float = MAX_SECONDS) -> bytes:
    """Read a mono file of 8 kHz as A-law octets, ready to be played.

    A file that is A-law already gives its very octets.  Raises MediaError for what cannot be read,
    for more than one channel and for any other samplerate.
    """
    pcm, samplerate = read(path, max_seconds=max_seconds)
    channels = 1 if pcm.ndim == 1 else pcm.shape[1]
    if channels != 1 or samplerate != SAMPLE_RATE:
        raise MediaError(
            f"{_name(path)}: want 1 channel at {SAMPLE_RATE} Hz, "
            f"got {channels} channel{'s' * (channels != 1)} at {samplerate} Hz"
        )
    return dsp.alaw_encode(pcm).tobytes()


def write(
    path: Source, pcm: npt.ArrayLike, samplerate: int = SAMPLE_RATE, subtype: str = "ALAW"
) -> None:
    """Write PCM, int16 or float in -1..1, shape (frames,) or (frames, channels).

    The suffix of `path` chooses the container, a file object gets WAV; `subtype` is one of
    soundfile's.  ALAW and ULAW hold exactly the octets of ITU-T G.711.  Raises MediaError where
    the file cannot be written or the container cannot hold the subtype.
    """
    samples = _as_int16(np.asarray(pcm), path)
    # libsndfile rounds at the borders of the quantiser otherwise than G.711 does; values that a
    # decoder yields lie in the middle of their interval and survive any encoder.
    if subtype == "ALAW":
        samples = dsp.alaw_decode(dsp.alaw_encode(samples))
    elif subtype == "ULAW":
        samples = dsp.ulaw_decode(dsp.ulaw_encode(samples))
    container = None if isinstance(path, (str, os.PathLike)) else "WAV"
    try:
        soundfile.write(path, samples, samplerate, subtype=subtype, format=container)
    except (soundfile.SoundFileError, OSError, TypeError, ValueError) as error:
        raise MediaError(f"{_name(path)}: cannot be written: {_reason(error)}") from error


def _frames(sound: soundfile.SoundFile, path: Source, max_seconds: float) -> Pcm:
    floating = sound.subtype in _FLOAT_SUBTYPES
    most = max_seconds * min(sound.samplerate, _HIGHEST_RATE)
    block_frames = max(1, _BLOCK_SAMPLES // sound.channels)
    blocks: list[npt.NDArray[Any]] = []
    frames = 0
    # In blocks, because the header's count of frames may be a lie, or unknown (GSM).
    while True:
        block = sound.read(block_frames, dtype="float32" if floating else "int16")
        if not len(block):
            break
        blocks.append(_as_int16(block, path))
        frames += len(block)
        if frames > most:
            raise MediaError(f"{_name(path)}: want at most {max_seconds:g} s of sound, got more")
    if blocks:
        return np.concatenate(blocks)
    return np.empty((0,) if sound.channels == 1 else (0, sound.channels), np.int16)


def _as_int16(samples: npt.NDArray[Any], path: Source) -> Pcm:
    if samples.dtype == np.int16:
        return samples.view(np.int16)
    if not np.issubdtype(samples.dtype, np.floating):
        raise MediaError(f"{_name(path)}: want int16 or float samples, got {samples.dtype}")
    if not np.isfinite(samples).all():
        raise MediaError(f"{_name(path)}: holds samples that are not finite numbers")
    # Clipped before as well: a float32 near its greatest value would overflow on the way.
    scaled: npt.NDArray[np.float64] = np.clip(samples, -1, 1).astype(np.float64) * 32768
    return np.minimum(np.rint(scaled), 32767).astype(np.int16)


class _Memory(io.BytesIO):
    """A broken header may send libsndfile anywhere; an exception in its callback would be lost."""

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        try:
            return super().seek(offset, whence)
        except (ValueError, OverflowError):
            return self.tell()


def _opened(path: Source) -> Source:
    if not isinstance(path, (str, os.PathLike)):
        return _Memory(path.read())  # a pipe, too, can be sought in then
    if not Path(path).exists():
        raise FileNotFoundError("no such file")  # libsndfile's own word is "System error"
    return path


def _name(path: Source) -> str:
    if isinstance(path, (str, os.PathLike)):
        return str(path)
    return str(getattr(path, "name", "") or "sound in memory")


def _reason(error: Exception) -> str:
    text = getattr(error, "error_string", "") or str(error)
    return str(text).strip().rstrip(".") or type(error).__name__
