"""What a lane sends, described instead of computed: pieces of octets, or a cadence of tones.

A track has a length in samples and begins at a tick's first sample; where it began travels beside
it as its *base*.  Nothing is ever rendered, unless somebody asks how loud it is.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from typing_extensions import Buffer

from telcard.dsp import g711
from telcard.dsp.tones import DTMF_HIGH_HZ, DTMF_KEYS, DTMF_LOW_HZ, ToneGenerator, ToneSegment
from telcard.units import TICK_SAMPLES

NativeTone = tuple[tuple[float, ...], tuple[float, ...], int]
"""As `ToneSegment.as_native` has it: four frequencies, four levels, samples."""

IDLE_SQUARE = 8**2
IDLE_ENERGY = TICK_SAMPLES * IDLE_SQUARE
"""Of a tick of idle octets (0xD5), which decode to 8."""

# What the native detector accepts (`tc_dtmf_profile_default`).
_TOLERANCE = 0.019
_FLOOR_DBM0 = -46.0
_FORWARD_TWIST_DB, _REVERSE_TWIST_DB = 9.0, 6.5  # the low, or the high tone may be so much louder


class Piece(NamedTuple):
    """Something audible that a lane receives: octets as they were given to `play`, or a tone.

    `start` and `end` are samples of the receiving engine; `skipped` is how much of it had passed
    at `start`, `frames` its whole length.  It is told twice: when it begins, `end` being where it
    will end if nothing cuts it, and when it is `over`.  A tuple, for a day of calls has millions.
    """

    what: Buffer | ToneSegment
    start: int
    end: int
    skipped: int
    frames: int
    over: bool


@dataclass(frozen=True, slots=True)
class Key:
    """A DTMF tone of a track: samples from the track's beginning, and levels in dBm0."""

    start: int
    end: int
    digit: str
    low_dbm0: float
    high_dbm0: float


class Track:
    """Pieces one after the other, `repeats` times (0: for ever)."""

    __slots__ = ("_generator", "_squares", "frames", "keys", "once", "pieces", "repeats")

    def __init__(
        self,
        pieces: list[tuple[int, int, Buffer | ToneSegment]],
        keys: list[Key],
        repeats: int,
    ) -> None:
        self.pieces = pieces
        """(start, end, what), in samples of the first round; those of no length are left out."""
        self.keys = keys
        self.once = pieces[-1][1] if pieces else 0
        self.repeats = repeats if self.once else 1
        self.frames = self.once * self.repeats if self.repeats else None
        """Samples in all; None for ever."""
        self._squares = np.zeros(0, np.int64)
        self._generator: ToneGenerator | None = None

    def lasts(self, position: int) -> bool:
        """Whether it goes on at `position` samples from its beginning."""
        return self.frames is None or position < self.frames

    def piece_at(self, position: int) -> tuple[int, int, Buffer | ToneSegment] | None:
        """The piece that sounds there, with its own start and end; None when it is over."""
        if not self.lasts(position):
            return None
        round_ = position // self.once * self.once
        within = position - round_
        low, high = 0, len(self.pieces)
        while high - low > 1:
            middle = (low + high) // 2
            if self.pieces[middle][0] <= within:
                low = middle
            else:
                high = middle
        start, end, what = self.pieces[low]
        return start + round_, end + round_, what

    def keys_from(self, position: int) -> Iterator[Key]:
        """Its DTMF tones that end after `position`."""
        round_ = 0
        if self.keys and self.once:
            round_ = max(0, position) // self.once * self.once
        while self.keys and self.lasts(round_):
            for key in self.keys:
                if key.end + round_ > position:
                    yield Key(
                        key.start + round_,
                        key.end + round_,
                        key.digit,
                        key.low_dbm0,
                        key.high_dbm0,
                    )
            round_ += self.once

    def energies(self, position: int, ticks: int) -> list[int]:
        """Energy of each of so many ticks from `position` on, as the meter counts it."""
        end = position + ticks * TICK_SAMPLES
        self._render(end)
        if self.frames is None and not isinstance(self.pieces[0][2], ToneSegment):
            known = np.take(self._squares, np.arange(position, end), mode="wrap")
        else:
            known = self._squares[max(0, position) : max(0, end)]
            missing = end - position - len(known)
            before = min(max(0, -position), missing)
            known = np.pad(known, (before, missing - before), constant_values=IDLE_SQUARE)
        sums: list[int] = known.reshape(-1, TICK_SAMPLES).sum(axis=1).tolist()
        return sums

    def _render(self, frames: int) -> None:
        """Make the sound at last, as far as somebody wants to know how loud it is."""
        if not self.pieces:
            return
        if isinstance(self.pieces[0][2], ToneSegment):
            if frames <= len(self._squares):
                return
            if self._generator is None:
                tones = [piece for _, _, piece in self.pieces if isinstance(piece, ToneSegment)]
                self._generator = ToneGenerator(tones, self.repeats)
            octets = g711.encode_alaw(self._generator.process(frames - len(self._squares)))
        elif len(self._squares):
            return
        else:
            known = [piece for _, _, piece in self.pieces if not isinstance(piece, ToneSegment)]
            octets = np.concatenate([np.frombuffer(memoryview(what), np.uint8) for what in known])
        squares = g711.decode_alaw(octets).astype(np.int64) ** 2
        self._squares = np.concatenate([self._squares, squares])


class Stretched(Track):
    """A play of octets at another speed, in `percent`, from `place` of its track on.

    It counts samples as they are sent: what lies before `place` as though it had been sent at this
    speed too, in `passed` of them.
    """

    __slots__ = ("_percent", "_place", "_track", "passed")

    def __init__(self, track: Track, place: int, percent: int) -> None:
        self._track, self._place, self._percent = track, place, percent
        self.passed = 100 * place // percent
        ends = [(self._sent(end), what) for _, end, what in track.pieces]
        pieces: list[tuple[int, int, Buffer | ToneSegment]] = []
        at = 0
        for end, what in ends:
            if end > at:
                pieces.append((at, end, what))
                at = end
        super().__init__(pieces, [], 1)

    def _sent(self, place: int) -> int:
        """When a place of the track is reached: with the first sample not before it."""
        return max(0, self.passed + -(-100 * (place - self._place) // self._percent))

    def _render(self, frames: int) -> None:
        if len(self._squares) or not self.frames:
            return
        self._track._render(self._track.frames or 0)
        places = self._place + (np.arange(self.frames) - self.passed) * self._percent // 100
        self._squares = self._track._squares[np.clip(places, 0, len(self._track._squares) - 1)]


def of_octets(segments: list[Buffer], repeats: int = 1) -> Track:
    """What a play of these segments sends, so often; 0 is for ever."""
    pieces: list[tuple[int, int, Buffer | ToneSegment]] = []
    at = 0
    for segment in segments:
        frames = len(segment) if isinstance(segment, bytes) else memoryview(segment).nbytes
        if frames:
            pieces.append((at, at + frames, segment))
            at += frames
    return Track(pieces, [], repeats)


def of_tones(segments: list[NativeTone], repeats: int) -> Track:
    """What such a cadence sends."""
    pieces: list[tuple[int, int, Buffer | ToneSegment]] = []
    keys: list[Key] = []
    at = 0
    for native in segments:
        (f1_hz, f2_hz, *others), (level1_dbm0, level2_dbm0, *_), frames = native
        if not frames:
            continue
        pieces.append((at, at + frames, _segment(native)))
        digit = "" if any(others) else key_of(f1_hz, f2_hz)
        if digit and _acceptable(level1_dbm0, level2_dbm0):
            if f1_hz > f2_hz:
                level1_dbm0, level2_dbm0 = level2_dbm0, level1_dbm0
            keys.append(Key(at, at + frames, digit, level1_dbm0, level2_dbm0))
        at += frames
    return Track(pieces, keys, repeats)


@functools.lru_cache(maxsize=256)
def _segment(native: NativeTone) -> ToneSegment:
    (f1, f2, f3, f4), (level1, level2, level3, level4), frames = native
    return ToneSegment(frames / 8000, f1, f2, level1, level2, f3, f4, level3, level4)


@functools.lru_cache(maxsize=256)
def key_of(f1_hz: float, f2_hz: float) -> str:
    """The DTMF digit that these two tones make; "" when they make none."""
    low_hz, high_hz = sorted((f1_hz, f2_hz))
    for row, low in enumerate(DTMF_LOW_HZ):
        for column, high in enumerate(DTMF_HIGH_HZ):
            if abs(low_hz - low) <= _TOLERANCE * low and abs(high_hz - high) <= _TOLERANCE * high:
                return DTMF_KEYS[row][column]
    return ""


def _acceptable(low_dbm0: float, high_dbm0: float) -> bool:
    twist_db = low_dbm0 - high_dbm0
    loud = min(low_dbm0, high_dbm0) >= _FLOOR_DBM0
    return loud and -_REVERSE_TWIST_DB <= twist_db <= _FORWARD_TWIST_DB


SILENCE = Track([], [], 1)
"""Nothing at all."""
