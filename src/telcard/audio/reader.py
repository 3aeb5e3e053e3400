"""Sound files block by block, however long they are; bare octets without a header as well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import soundfile

from telcard.audio.files import _FLOAT_SUBTYPES, Pcm, Source, _as_int16, _name, _opened, _reason
from telcard.errors import MediaError
from telcard.units import SAMPLE_RATE

Coding = Literal["alaw", "ulaw", "pcm"]

_CODINGS = {"alaw": "ALAW", "ulaw": "ULAW", "pcm": "PCM_16"}


@dataclass(frozen=True, slots=True)
class Raw:
    """How octets without a header are to be understood; `pcm` is int16, little endian."""

    coding: Coding
    samplerate: int = SAMPLE_RATE
    channels: int = 1

    def __post_init__(self) -> None:
        if self.coding not in _CODINGS:
            raise ValueError(f"coding: want one of {', '.join(_CODINGS)}, got {self.coding!r}")
        if self.samplerate < 1 or not 1 <= self.channels <= 64:
            raise ValueError(
                f"want a samplerate above 0 and 1 to 64 channels, "
                f"got {self.samplerate} Hz and {self.channels}"
            )


RAW_SUFFIXES = {
    ".al": Raw("alaw"),
    ".alaw": Raw("alaw"),
    ".ul": Raw("ulaw"),
    ".ulaw": Raw("ulaw"),
}
"""Endings that say what bare octets are: 8 kHz, one channel."""


class Reader:
    """A sound file that is read in blocks: memory is bounded, whatever the file says.

        with audio.Reader("day.wav") as sound:
            for block in sound.blocks():            # int16, (frames, channels)
                ...

    `raw` says what a file without a header holds; `.al`, `.alaw`, `.ul` and `.ulaw` are known by
    their ending.  MediaError is raised where the file cannot be read, at once or on the way.
    """

    def __init__(self, path: Source, raw: Raw | None = None) -> None:
        if raw is None and not hasattr(path, "read"):
            raw = RAW_SUFFIXES.get(Path(path).suffix.lower())
        self._path = path
        options: dict[str, Any] = {}
        if raw is not None:
            options = {
                "format": "RAW",
                "subtype": _CODINGS[raw.coding],
                "samplerate": raw.samplerate,
                "channels": raw.channels,
                "endian": "LITTLE" if raw.coding == "pcm" else "FILE",
            }
        try:
            self._sound = soundfile.SoundFile(_opened(path), **options)
        except (soundfile.SoundFileError, OSError, TypeError, ValueError) as error:
            raise self._unreadable(error) from error
        self.samplerate = int(self._sound.samplerate)
        self.channels = int(self._sound.channels)
        self.frames = max(0, int(self._sound.frames))
        """Frames as the header claims them: good for a progress bar, not to be relied on."""

    def __repr__(self) -> str:
        return f"<Reader {_name(self._path)}: {self.channels} channels at {self.samplerate} Hz>"

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._sound.close()

    def blocks(self, frames: int = 65536) -> Iterator[Pcm]:
        """Give the rest of the sound, int16, `(frames, channels)`; the last block is shorter."""
        floating = self._sound.subtype in _FLOAT_SUBTYPES
        while True:
            try:
                block = self._sound.read(
                    frames, dtype="float32" if floating else "int16", always_2d=True
                )
            except (soundfile.SoundFileError, OSError, TypeError, ValueError) as error:
                raise self._unreadable(error) from error
            if not len(block):
                return
            yield _as_int16(block, self._path)

    def _unreadable(self, error: Exception) -> MediaError:
        return MediaError(f"{_name(self._path)}: cannot be read as sound: {_reason(error)}")
