"""Sound files block by block, however long they are; bare octets without a header as well."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from telcard.audio.raw import RAW_SUFFIXES, Raw
from telcard.audio.source import FAILURES, Pcm, Source, missing_octets, name, open_source, reason
from telcard.errors import MediaError


class Reader:
    """A sound file that is read in blocks: memory is bounded, whatever the file says.

        with audio.Reader("day.wav") as sound:
            for block in sound.blocks():            # int16, (frames, channels)
                ...
        if sound.damage:
            print(sound.damage)                     # what could not be read, in one sentence

    `raw` says what a file without a header holds; some are known by their ending (`.al`, `.alaw`,
    `.ul`, `.ulaw`, `.vox6`, `.vox8`, `.gsm`).  MediaError is raised where nothing can be read, and
    for samples that are no numbers; a file that is cut short or spoilt further on gives what is
    whole, and tells.
    """

    def __init__(self, path: Source, raw: Raw | None = None) -> None:
        if raw is None and isinstance(path, (str, os.PathLike)):
            raw = RAW_SUFFIXES.get(Path(path).suffix.lower())
        self._path = path
        self.damage: str | None = None
        """What lacks, in one sentence; known for certain when all blocks have been read."""
        try:
            self._sound = open_source(path, raw)
            missing = None if raw else missing_octets(path)
        except FAILURES as error:
            raise self._unreadable(error) from error
        if missing:
            self.damage = f"{name(path)}: cut short, {missing[0]} of {missing[1]} octets are there"
        self.samplerate = self._sound.samplerate
        self.channels = self._sound.channels
        self.subtype = self._sound.subtype
        """The coding as soundfile calls it, e.g. `ALAW`; None for ADPCM and G.726."""
        self.frames = self._sound.frames
        """Frames as the header claims them: good for a progress bar, not to be relied on."""

    def __repr__(self) -> str:
        return f"<Reader {name(self._path)}: {self.channels} channels at {self.samplerate} Hz>"

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
        read = 0
        while True:
            try:
                block = self._sound.read(frames)
            except MediaError:
                raise
            except FAILURES as error:
                if not read:
                    raise self._unreadable(error) from error
                self.damage = (
                    f"{name(self._path)}: spoilt after {read / self.samplerate:.3f} s: "
                    f"{reason(error)}"
                )
                return
            if not len(block):
                if read < self.frames and not self.damage:
                    self.damage = (
                        f"{name(self._path)}: cut short, {read} of {self.frames} frames can be read"
                    )
                return
            read += len(block)
            yield block

    def _unreadable(self, error: Exception) -> MediaError:
        return MediaError(f"{name(self._path)}: cannot be read as sound: {reason(error)}")
