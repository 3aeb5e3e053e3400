"""Recordings without their silences, and the way back to real time.

    with CondensedWriter("night.wav", began_ns=clock.wall_ns) as file:
        file.write(pcm)                             # hours, most of them silent
    with CondensedReader("night.wav") as sound:
        sound.index.stored(8000 * 3600)             # where the second hour lies in the file
        for block in sound.blocks():                # in real time again, silences as zeros
            ...

A silence longer than twice `keep_s` is cut to `keep_s` at either end.  The file is an ordinary WAV
file, which any player plays without the silences, and a chunk "tcix" behind the sound that says
where each stretch of it belongs: little endian, all unsigned but `began`,

| field | bits | |
| --- | --- | --- |
| version | 32 | 1 |
| samplerate | 32 | frames a second of what follows |
| began | 64, signed | UTC in nanoseconds since 1970 of frame 0; 0 when it is not known |
| frames | 64 | of the whole recording in real time |
| count | 32 | of stretches; for each of them: |
| real | 64 | its first frame in real time |
| frames | 64 | its length; stretches lie in the file one after the other |

Positions are counted in frames, so going there and back is exact.
"""

from __future__ import annotations

import os
import struct
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt

from telcard.audio.reader import Reader
from telcard.audio.source import Pcm, as_int16, missing_octets
from telcard.audio.writer import Writer
from telcard.errors import MediaError
from telcard.units import DBM0_RMS, SAMPLE_RATE

WINDOW_S = 0.02
"""Sound and silence are told apart in windows of this length."""

_HEAD = struct.Struct("<IIqQI")
_STRETCH = struct.Struct("<QQ")
_CHUNK = b"tcix"


@dataclass(frozen=True, slots=True)
class Index:
    """Where the stretches of a condensed recording belong; all numbers are frames.

    `stretches` are (first frame in real time, length), in order and apart; ValueError otherwise.
    """

    samplerate: int
    frames: int
    stretches: tuple[tuple[int, int], ...]
    began_ns: int = 0

    def __post_init__(self) -> None:
        end = 0
        for real, length in self.stretches:
            if real < end or length < 1:
                raise ValueError(f"index: want stretches in order, got one at frame {real}")
            end = real + length
        if end > self.frames or self.samplerate < 1:
            raise ValueError(f"index: want {end} frames or more, got {self.frames}")

    @property
    def kept(self) -> int:
        """Frames that are in the file."""
        return sum(length for _, length in self.stretches)

    def stored(self, real: int) -> int:
        """Frame of the file that sounds at a frame of real time; in a silence, the next one."""
        row = bisect_right(self.stretches, (real, self.frames + 1)) - 1
        before = sum(length for _, length in self.stretches[: max(0, row)])
        if row < 0:
            return 0
        start, length = self.stretches[row]
        return before + min(length, real - start)

    def real(self, stored: int) -> int:
        """Frame of real time at which a frame of the file sounds (ValueError beyond its end)."""
        ends = list(accumulate(length for _, length in self.stretches))
        row = bisect_right(ends, stored)
        if not stored >= 0 or row == len(ends):
            raise ValueError(f"want a frame from 0 to {self.kept - 1}, got {stored}")
        start, length = self.stretches[row]
        return start + stored - (ends[row] - length)

    def wall_ns(self, real: int) -> int:
        """UTC in nanoseconds of a frame of real time."""
        return self.began_ns + real * 1_000_000_000 // self.samplerate

    def to_octets(self) -> bytes:
        """The contents of the chunk."""
        head = _HEAD.pack(1, self.samplerate, self.began_ns, self.frames, len(self.stretches))
        return head + b"".join(_STRETCH.pack(*stretch) for stretch in self.stretches)

    @classmethod
    def from_octets(cls, octets: bytes) -> Index:
        """The index that a chunk holds; ValueError for octets that hold none."""
        if len(octets) < _HEAD.size:
            raise ValueError(f"index: want {_HEAD.size} octets or more, got {len(octets)}")
        version, samplerate, began_ns, frames, count = _HEAD.unpack_from(octets)
        if version != 1:
            raise ValueError(f"index: want version 1, got {version}")
        if len(octets) < _HEAD.size + count * _STRETCH.size:
            raise ValueError(f"index: want {count} stretches, got {len(octets)} octets")
        rows = octets[_HEAD.size : _HEAD.size + count * _STRETCH.size]
        return cls(samplerate, frames, tuple(_STRETCH.iter_unpack(rows)), began_ns)


def read_index(path: str | os.PathLike[str]) -> Index | None:
    """The index of a condensed WAV file; None where there is none, MediaError for a broken one."""
    with Path(path).open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        head = file.read(12)
        if head[:4] != b"RIFF" or head[8:] != b"WAVE":
            return None
        at = 12
        while len(header := file.read(8)) == 8:
            kind, length = struct.unpack("<4sI", header)
            at += 8
            if kind == _CHUNK:
                try:
                    return Index.from_octets(file.read(min(length, size - at)))
                except ValueError as error:
                    raise MediaError(f"{path}: {error}") from error
            at += length + length % 2
            file.seek(at)
    return None


class CondensedWriter:
    """Writes a recording without its silences; see the module for the format.

    A window of 20 ms is silent when no channel reaches `silent_dbm0`.  What is written does not
    depend on how the sound is cut into blocks.  MediaError where the file cannot be written.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        samplerate: int = SAMPLE_RATE,
        channels: int = 1,
        subtype: str = "ALAW",
        *,
        silent_dbm0: float = -48.0,
        keep_s: float = 0.2,
        began_ns: int = 0,
    ) -> None:
        self._path = Path(path)
        self._file = Writer(self._path, samplerate, channels, subtype)
        self._window = max(1, round(WINDOW_S * samplerate))
        self._floor = 10 ** (silent_dbm0 / 10) * DBM0_RMS**2 * self._window
        keep = max(1, round(keep_s / WINDOW_S))
        self._keep = keep
        self._waiting: deque[Pcm] = deque(maxlen=keep)  # silent windows that may precede sound
        self._silent = 0  # windows in a row
        self._rest = np.empty((0, channels), np.int16)
        self._stretches: list[list[int]] = []
        self._began_ns = began_ns
        self.frames = 0
        """Frames taken so far, in real time."""

    def __enter__(self) -> CondensedWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def write(self, pcm: npt.ArrayLike) -> None:
        """Take the next frames, int16 or float in -1..1."""
        block = as_int16(np.asarray(pcm), self._path)
        block = block.reshape(-1, 1) if block.ndim == 1 else block
        sound = np.concatenate([self._rest, block])
        whole = len(sound) // self._window
        windows = sound[: whole * self._window].reshape(whole, self._window, -1)
        loud = (windows.astype(np.float64) ** 2).sum(1).max(1, initial=0) >= self._floor
        self._rest = sound[whole * self._window :]
        for window, sounds in zip(windows, loud, strict=True):
            self._take(window, bool(sounds))

    def close(self) -> None:
        """Write the index behind the sound, and close the file."""
        if len(self._rest):
            self._take(self._rest, True)
            self._rest = self._rest[:0]
        self._file.close()
        stretches = tuple((real, length) for real, length in self._stretches)
        chunk = Index(self._file.samplerate, self.frames, stretches, self._began_ns).to_octets()
        try:
            with self._path.open("r+b") as file:
                end = file.seek(0, os.SEEK_END)
                file.write(b"\0" * (end % 2) + _CHUNK + struct.pack("<I", len(chunk)) + chunk)
                size = file.tell()
                file.seek(4)
                file.write(struct.pack("<I", min(size - 8, 0xFFFFFFFF)))
        except OSError as error:
            raise MediaError(f"{self._path}: cannot be written: {error.strerror}") from error

    def _take(self, window: Pcm, sounds: bool) -> None:
        if sounds:
            first = self.frames - self._window * len(self._waiting)
            for number, waiting in enumerate(self._waiting):
                self._keep_window(waiting, first + number * self._window)
            self._waiting.clear()
            self._keep_window(window, self.frames)
            self._silent = 0
        elif self._silent < self._keep and self._stretches:
            self._keep_window(window, self.frames)
            self._silent += 1
        else:
            self._waiting.append(window)
        self.frames += len(window)

    def _keep_window(self, window: Pcm, real: int) -> None:
        last = self._stretches[-1] if self._stretches else None
        if last and last[0] + last[1] == real:
            last[1] += len(window)
        else:
            self._stretches.append([real, len(window)])
        self._file.write(window)


class CondensedReader:
    """Reads a condensed recording in real time, its silences as zeros.

    MediaError when the file cannot be read, has no index or a broken one.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._reader = Reader(path)
        index = read_index(path)
        if index is None:
            self._reader.close()
            cut = " (the file is cut short)" if missing_octets(path) else ""
            raise MediaError(f"{path}: want an index of its silences, got none{cut}")
        self.index = index
        self.samplerate, self.channels = self._reader.samplerate, self._reader.channels
        self.frames = index.frames
        """Frames in real time."""

    def __enter__(self) -> CondensedReader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def damage(self) -> str | None:
        """What lacks in the file, in one sentence (`Reader.damage`)."""
        return self._reader.damage

    def close(self) -> None:
        """Close the file."""
        self._reader.close()

    def blocks(self, frames: int = 65536) -> Iterator[Pcm]:
        """Give the recording in real time, int16, `(frames, channels)`; the last is shorter.

        Where the file is cut short, so is this.
        """
        at = 0  # frame in real time
        taken = self._pieces(frames)
        rest = np.empty((0, self.channels), np.int16)
        for real, length in self.index.stretches:
            while at < real:
                n = min(frames, real - at)
                yield np.zeros((n, self.channels), np.int16)
                at += n
            while at < real + length:
                if not len(rest):
                    rest = next(taken, rest)
                    if not len(rest):
                        return
                n = min(len(rest), real + length - at)
                yield rest[:n]
                rest = rest[n:]
                at += n
        while at < self.frames:
            n = min(frames, self.frames - at)
            yield np.zeros((n, self.channels), np.int16)
            at += n

    def _pieces(self, frames: int) -> Iterator[Pcm]:
        yield from self._reader.blocks(frames)
