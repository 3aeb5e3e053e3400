"""Sound files written block by block: whatever libsndfile writes, and bare octets."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import soundfile

from telcard._native import dsp
from telcard.audio.raw import BARE, RAW_SUFFIXES, SUBTYPES, Encoding, Raw
from telcard.audio.source import FAILURES, Source, as_int16, name, reason
from telcard.errors import MediaError
from telcard.units import SAMPLE_RATE

DEFAULT_SUBTYPES = {".flac": "PCM_16", ".ogg": "VORBIS", ".opus": "OPUS", ".mp3": "MPEG_LAYER_III"}
"""What containers hold that know no A-law, when nothing else is asked for."""


class Writer:
    """A sound file that is written in blocks.

        with audio.Writer("prompt.vox", raw=audio.Raw("vox", 6000)) as file:
            file.write(pcm)

    The ending of `path` chooses the container, a file object gets WAV; `subtype` is one of
    soundfile's, A-law by default (FLAC: PCM_16, Ogg: Vorbis, Opus and MP3 their own).  With `raw`,
    or one of the endings that say it all, octets without a header are written.  ALAW and ULAW hold
    exactly the octets of ITU-T G.711.  Raises MediaError where the file cannot be written or the
    container cannot hold the subtype.
    """

    def __init__(
        self,
        path: Source,
        samplerate: int = SAMPLE_RATE,
        channels: int = 1,
        subtype: str | None = None,
        raw: Raw | None = None,
    ) -> None:
        self._path = path
        self.raw = _form(path, samplerate, channels, raw)
        self.samplerate = self.raw.samplerate if self.raw else samplerate
        self.channels = self.raw.channels if self.raw else channels
        self.frames = 0
        """Frames written so far."""
        self._own: BinaryIO | None = None
        self._encoding: Encoding | None = None
        try:
            if self.raw and self.raw.bits:
                self._encoding = Encoding(self.raw)
                self._octets, self._own = _sink(path)
            else:
                self._open(subtype)
        except FAILURES as error:
            raise self._unwritable(error) from error

    def _open(self, subtype: str | None) -> None:
        path, container = self._path, None
        if self.raw:
            subtype, container = SUBTYPES[self.raw.coding], "RAW"
        elif isinstance(path, (str, os.PathLike)):
            subtype = subtype or DEFAULT_SUBTYPES.get(Path(path).suffix.lower(), "ALAW")
        else:
            subtype, container = subtype or "ALAW", "WAV"
        self._subtype = subtype
        self._sound = soundfile.SoundFile(
            path, "w", self.samplerate, self.channels, subtype, format=container
        )

    def __repr__(self) -> str:
        return f"<Writer {name(self._path)}: {self.channels} channels at {self.samplerate} Hz>"

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def write(self, pcm: npt.ArrayLike) -> None:
        """Write the next frames, int16 or float in -1..1, `(frames,)` or `(frames, channels)`."""
        samples = as_int16(np.asarray(pcm), self._path)
        given = 1 if samples.ndim == 1 else samples.shape[1]
        if samples.ndim > 2 or given != self.channels:
            raise MediaError(
                f"{name(self._path)}: want (frames, {self.channels}), got shape {samples.shape}"
            )
        self.frames += len(samples)
        try:
            if self._encoding:
                self._octets.write(self._encoding.process(samples.reshape(-1)))
            else:
                self._sound.write(_as_g711(samples, self._subtype))
        except FAILURES as error:
            raise self._unwritable(error) from error

    def close(self) -> None:
        """Write what is left, and close the file."""
        try:
            if not self._encoding:
                self._sound.close()
                return
            self._octets.write(self._encoding.flush())
            if self._own:
                self._own.close()
        except FAILURES as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: Exception) -> MediaError:
        return MediaError(f"{name(self._path)}: cannot be written: {reason(error)}")


def _as_g711(samples: npt.NDArray[np.int16], subtype: str) -> npt.NDArray[np.int16]:
    # libsndfile rounds at the borders of the quantiser otherwise than G.711 does; values that a
    # decoder yields lie in the middle of their interval and survive any encoder.
    if subtype == "ALAW":
        return dsp.alaw_decode(dsp.alaw_encode(samples))
    if subtype == "ULAW":
        return dsp.ulaw_decode(dsp.ulaw_encode(samples))
    return samples


def _form(path: Source, samplerate: int, channels: int, raw: Raw | None) -> Raw | None:
    if raw or not isinstance(path, (str, os.PathLike)):
        return raw
    suffix = Path(path).suffix.lower()
    if suffix in BARE:
        raise MediaError(f"{path}: has no header, so want to be told {BARE[suffix]}")
    form = RAW_SUFFIXES.get(suffix)
    if form and (form.samplerate, form.channels) != (samplerate, channels):
        raise MediaError(
            f"{path}: want {form.channels} channel at {form.samplerate} Hz by its ending, "
            f"got {channels} at {samplerate} Hz"
        )
    return form


def _sink(path: Source) -> tuple[BinaryIO, BinaryIO | None]:
    if isinstance(path, (str, os.PathLike)):
        file = Path(path).open("wb")  # noqa: SIM115 - close() does
        return file, file
    return path, None
