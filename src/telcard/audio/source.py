"""Where sound comes from: libsndfile, or bare octets through telcard's own decoders."""

from __future__ import annotations

import io
import os
import struct
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
import soundfile

from telcard.audio.raw import BARE, SUBTYPES, Decoding, Raw
from telcard.errors import MediaError

Source: TypeAlias = str | os.PathLike[str] | BinaryIO
Pcm: TypeAlias = npt.NDArray[np.int16]

# libsndfile scales these to +-1 and does not scale them back when int16 is asked for.
_FLOAT_SUBTYPES = frozenset({"FLOAT", "DOUBLE"})

FAILURES = (soundfile.SoundFileError, OSError, TypeError, ValueError)
"""What a file that cannot be read may raise below."""


class Opened(Protocol):
    """A file of sound that is open: its numbers, and its frames one block after the other."""

    samplerate: int
    channels: int
    frames: int
    """As the header claims."""
    subtype: str | None
    """The coding as soundfile calls it; None for what it does not know."""

    def read(self, frames: int) -> Pcm:
        """So many frames, `(frames, channels)`; fewer at the end, then none."""

    def close(self) -> None:
        """Give the file back."""


def open_source(path: Source, raw: Raw | None) -> Opened:
    """Open a file; one of `FAILURES`, or MediaError, when that cannot be done."""
    if raw is None and isinstance(path, (str, os.PathLike)):
        wanted = BARE.get(Path(path).suffix.lower())
        if wanted and Path(path).is_file():
            raise MediaError(f"{name(path)}: has no header, so want to be told {wanted}")
    if raw is not None and raw.bits is not None:
        return _Octets(path, raw, raw.bits)
    return _Libsndfile(path, raw)


class _Libsndfile:
    def __init__(self, path: Source, raw: Raw | None) -> None:
        options: dict[str, Any] = {}
        if raw is not None:
            options = {
                "format": "RAW",
                "subtype": SUBTYPES[raw.coding],
                "samplerate": raw.samplerate,
                "channels": raw.channels,
                "endian": "LITTLE" if raw.coding == "pcm" else "FILE",
            }
        self._path = path
        self._sound = soundfile.SoundFile(_opened(path), **options)
        self._floating = self._sound.subtype in _FLOAT_SUBTYPES
        self.samplerate = int(self._sound.samplerate)
        self.channels = int(self._sound.channels)
        self.frames = max(0, int(self._sound.frames))
        self.subtype: str | None = str(self._sound.subtype)

    def read(self, frames: int) -> Pcm:
        kind = "float32" if self._floating else "int16"
        return as_int16(self._sound.read(frames, dtype=kind, always_2d=True), self._path)

    def close(self) -> None:
        self._sound.close()


class _Octets:
    """Octets of ADPCM or G.726."""

    def __init__(self, path: Source, raw: Raw, bits: int) -> None:
        self._bits = bits
        self._decoding = Decoding(raw)
        self._made = np.empty(0, np.int16)
        self._over = False
        self.samplerate, self.channels, self.frames = raw.samplerate, 1, 0
        self.subtype: str | None = None
        if isinstance(path, (str, os.PathLike)):
            self._file: BinaryIO = Path(path).open("rb")  # noqa: SIM115 - close() does
            self._own = True
            self.frames = os.fstat(self._file.fileno()).st_size * 8 // bits
        else:
            self._file, self._own = path, False

    def read(self, frames: int) -> Pcm:
        while len(self._made) < frames and not self._over:
            missing = frames - len(self._made)
            octets = self._file.read(-(-missing * self._bits // 8))
            self._over = not octets
            more = self._decoding.flush() if self._over else self._decoding.process(octets)
            self._made = np.concatenate([self._made, more])
        given, self._made = self._made[:frames], self._made[frames:]
        return given[:, np.newaxis]

    def close(self) -> None:
        if self._own:
            self._file.close()


def missing_octets(path: Source) -> tuple[int, int] | None:
    """Of a WAV file that was cut short: octets of sound that are there, and that its header says.

    None when all are there, when the header leaves the number open, or for other files.
    """
    if not isinstance(path, (str, os.PathLike)) or not Path(path).is_file():
        return None
    with Path(path).open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        head = file.read(12)
        if head[:4] != b"RIFF" or head[8:] != b"WAVE":
            return None
        at = 12
        while len(header := file.read(8)) == 8:
            kind, length = struct.unpack("<4sI", header)
            at += 8
            if kind == b"data":
                told = length not in (0, 0x7FFFFFFF, 0xFFFFFFFF) and length < 0xFFFFFF00
                return (size - at, length) if told and at + length > size else None
            at += length + length % 2
            file.seek(at)
    return None


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


def as_int16(samples: npt.NDArray[Any], path: Source) -> Pcm:
    """int16 of int16 or float samples; MediaError for others and for what is not a number."""
    if samples.dtype == np.int16:
        return samples.view(np.int16)
    if not np.issubdtype(samples.dtype, np.floating):
        raise MediaError(f"{name(path)}: want int16 or float samples, got {samples.dtype}")
    if not np.isfinite(samples).all():
        raise MediaError(f"{name(path)}: holds samples that are not finite numbers")
    # Clipped before as well: a float32 near its greatest value would overflow on the way.
    scaled: npt.NDArray[np.float64] = np.clip(samples, -1, 1).astype(np.float64) * 32768
    return np.minimum(np.rint(scaled), 32767).astype(np.int16)


def name(path: Source) -> str:
    """What a file is called in a message."""
    if isinstance(path, (str, os.PathLike)):
        return str(path)
    return str(getattr(path, "name", "") or "sound in memory")


def reason(error: Exception) -> str:
    """A failure's own words, without the full stop."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    text = getattr(error, "error_string", "") or str(error)
    return str(text).strip().rstrip(".") or type(error).__name__
