"""Whole sound files in one call."""

from __future__ import annotations

import logging

import numpy as np
import numpy.typing as npt

from telcard._native import dsp
from telcard.audio.raw import Raw
from telcard.audio.reader import Reader
from telcard.audio.source import Pcm, Source, as_int16, name
from telcard.audio.writer import Writer
from telcard.errors import MediaError
from telcard.units import SAMPLE_RATE

MAX_SECONDS = 4 * 3600.0
"""Reading stops with an error after this much sound: a few octets of FLAC can hold days."""

_BLOCK_SAMPLES = 65536
_HIGHEST_RATE = 192_000  # what a broken header may claim beyond that buys no memory

_log = logging.getLogger(__name__)


def read(
    path: Source, raw: Raw | None = None, *, max_seconds: float = MAX_SECONDS
) -> tuple[Pcm, int]:
    """Read a sound file; returns int16 PCM, (frames,) or (frames, channels), and its samplerate.

    `path` is a path or a binary file object; `raw` says what a file without a header holds.
    Raises MediaError for what cannot be read as sound.  What is only damaged is read as far as it
    is whole, and told as a warning in the log (`Reader.damage` has the sentence).
    """
    with Reader(path, raw) as sound:
        most = max_seconds * min(sound.samplerate, _HIGHEST_RATE)
        blocks, frames = [np.empty((0, sound.channels), np.int16)], 0
        # In blocks, because the header's count of frames may be a lie, or unknown (GSM).
        for block in sound.blocks(max(1, _BLOCK_SAMPLES // sound.channels)):
            blocks.append(block)
            frames += len(block)
            if frames > most:
                raise MediaError(f"{name(path)}: want at most {max_seconds:g} s of sound, got more")
        if sound.damage:
            _log.warning("%s", sound.damage)
        pcm = np.concatenate(blocks)
        return (pcm[:, 0] if sound.channels == 1 else pcm), sound.samplerate


def read_alaw(path: Source, *, max_seconds: float = MAX_SECONDS) -> bytes:
    """Read a mono file of 8 kHz as A-law octets, ready to be played.

    A file that is A-law already gives its very octets.  Raises MediaError for what cannot be read,
    for more than one channel and for any other samplerate.
    """
    pcm, samplerate = read(path, max_seconds=max_seconds)
    channels = 1 if pcm.ndim == 1 else pcm.shape[1]
    if channels != 1 or samplerate != SAMPLE_RATE:
        raise MediaError(
            f"{name(path)}: want 1 channel at {SAMPLE_RATE} Hz, "
            f"got {channels} channel{'s' * (channels != 1)} at {samplerate} Hz"
        )
    return dsp.alaw_encode(pcm).tobytes()


def write(
    path: Source,
    pcm: npt.ArrayLike,
    samplerate: int = SAMPLE_RATE,
    subtype: str | None = None,
    raw: Raw | None = None,
) -> None:
    """Write PCM, int16 or float in -1..1, shape (frames,) or (frames, channels).

    Path, subtype, raw and errors are as `Writer` has them; with `raw` the samplerate is raw's.
    """
    samples = as_int16(np.asarray(pcm), path)
    if samples.ndim > 2:
        raise MediaError(f"{name(path)}: want (frames, channels), got shape {samples.shape}")
    channels = 1 if samples.ndim == 1 else samples.shape[1]
    with Writer(path, samplerate, channels, subtype, raw) as file:
        file.write(samples)
