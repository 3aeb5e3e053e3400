"""One clip laid beside the received sound, followed in pieces of 10 ms.

With the received sound x, the clip p and the line's gain g, a piece in which the clip sounds leaves
less over when g p is taken away: its evidence 2 g<x,p> - g^2<p,p> is positive.  Where the clip does
not sound it is negative.  So the stretch that was heard is the one with the largest sum, which
gives both ends of an interrupted or beheaded clip; a sum that has fallen by 50 ms of the clip's
mean energy will not come back, and the track ends.  When the newest pieces fit better a few samples
off, the line has slipped, and the track goes on from there.

A track is certain when its correlation r is beyond chance: atanh(r) sqrt(n) >= 7 for a fragment
and >= 5 for a clip heard whole, with n of 2 degrees of freedom for each 10 ms in which the clip has
its energy.  (Strangers of the same voice reach 5.8 in a quarter of a word.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from telcard.exchange.repertoire import WINDOW, Floats, Repertoire, Sound, emphasised, pcm

Doubles = npt.NDArray[np.float64]

PIECE = 80
"""Samples in a piece (10 ms), the resolution of a track's ends."""

STRIDE = 4 * PIECE
"""Tracks move by 40 ms."""

SLIP = 8
"""The largest slip of the line, in samples, that a track follows at once."""

_SURENESS = 7.0
_WHOLE = 2.0  # less sureness is asked of a clip that was heard whole
_FREEDOM = 2.0
_PERIOD = 120  # the longest pitch period, in samples: 67 Hz
_RECENT = 16  # the newest pieces: 160 ms
_EXPLAINED = 0.65  # correlation over them that leaves nothing to look up
_FALL = 5.0  # the fall of evidence that ends a track, in mean pieces of its clip
_EDGE = 2.0  # evidence too little to say that the edge of a clip was missing, likewise
_PATIENCE = 4  # pieces after the best one before a track is given up
_MEMORY = 6  # pieces over which a slip is judged


@dataclass(frozen=True, slots=True)
class Heard:
    """A clip that sounded.

    `start` and `end` are positions in the listener's stream (8 kHz) of the part that was heard;
    `skipped` and `share` are the parts of the clip that were missing at its head and that were
    heard, 0 to 1; `score` is the normalised correlation over the heard part, 0 to 1.
    """

    clip: str
    start: int
    end: int
    score: float
    share: float = 1.0
    skipped: float = 0.0

    @property
    def complete(self) -> bool:
        """Whether nothing audible was missing."""
        return self.share >= 1

    def __str__(self) -> str:
        return self.clip if self.complete else f"{self.clip} ({self.share:.0%} of it)"


class Stream:
    """The newest of the received sound, pre-emphasised, by its position in the stream.

    What nobody looks at is not computed.
    """

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._sound = np.zeros(2 * keep + STRIDE, np.float32)
        self._base = -keep  # position of the first stored sample: zeros before the stream
        self._stored = 0  # position after the last stored sample
        self._previous = 0
        self._waiting: list[Sound] = []
        self.position = 0

    def take(self, samples: Sound) -> None:
        """Append; int16 or A-law, never across a multiple of `STRIDE`."""
        self._waiting.append(samples)
        self.position += len(samples)
        if self.position - self._stored > 2 * self._keep and self.position % STRIDE == 0:
            self._forget()

    @property
    def oldest(self) -> int:
        """Position of the first sample that is still known."""
        return self.position - self._keep

    def between(self, start: int, end: int) -> Floats:
        """Pre-emphasised sound; zeros before the stream began."""
        if self._waiting:
            self._store()
        return self._sound[start - self._base : end - self._base]

    def _forget(self) -> None:
        """Drop waiting sound that is too old to be asked for."""
        dropped = 0
        while self.oldest - self._stored >= STRIDE or self._stored % STRIDE:
            self._stored += len(self._waiting[dropped])
            dropped += 1
        self._previous = int(pcm(self._waiting[dropped - 1])[-1])
        del self._waiting[:dropped]
        self._base = self._stored - self._keep

    def _store(self) -> None:
        samples = np.concatenate([pcm(piece) for piece in self._waiting])
        self._waiting.clear()
        sound = emphasised(samples, self._previous)
        self._previous = int(samples[-1])
        done = 0
        while done < len(sound):
            at = self._stored - self._base
            # Moved at fixed positions only: sums then have the same bits however the stream is cut.
            if self._stored % STRIDE == 0 and at + STRIDE > len(self._sound):
                self._sound[: self._keep] = self._sound[at - self._keep : at]
                self._base, at = self._stored - self._keep, self._keep
            piece = sound[done : done + STRIDE - self._stored % STRIDE]
            self._sound[at : at + len(piece)] = piece
            self._stored += len(piece)
            done += len(piece)


class Walk:
    """One direction of a track: pieces of the clip, from the anchor outward, beside the sound."""

    def __init__(self, track: Track, anchor: int, lag: int, way: Literal[-1, 1]) -> None:
        self.track, self.anchor, self.lag, self.way = track, anchor, lag, way
        self.room = len(track.own) - anchor if way > 0 else anchor
        """Pieces of the clip in this direction."""
        self.count = 0
        self.peak = 0
        """Pieces measured, and those up to the largest sum of evidence: the heard ones."""
        self.own = track.own[anchor:] if way > 0 else track.own[:anchor][::-1]
        self.products = np.zeros((self.room, 2 * SLIP + 1))
        self.received = np.zeros(self.room)
        self.lags = np.full(self.room, lag)
        self.fallen = False
        self._steady = 0  # count up to which the line is taken not to slip again

    @property
    def over(self) -> bool:
        """Whether nothing more can be found in this direction."""
        return self.fallen or self.count == self.room

    @property
    def heard(self) -> slice:
        """The measured pieces in which the clip sounded."""
        return slice(0, self.peak)

    @property
    def reach(self) -> int:
        """Pieces heard, and the rest of the clip if that is too quiet to be missed."""
        missed = self.over and float(self.own[self.peak :].sum()) > _EDGE * self.track.mean
        return self.peak if missed or not self.over else self.room

    def sums(self) -> Doubles:
        """Running sum of the evidence, 0 first."""
        gain, n = self.track.gain, self.count
        evidence = 2 * gain * self.products[:n, SLIP] - gain**2 * self.own[:n]
        return np.concatenate([[0.0], np.cumsum(evidence)])

    def go(self) -> None:
        """On to the newest sound (or the oldest kept), the end of the clip, or its silence."""
        while not self.over and (ready := self._ready()):
            first = self.anchor + self.count if self.way > 0 else self.anchor - self.count - ready
            products, received = self.track.measure(first, ready, self.lag)
            now = slice(self.count, self.count + ready)
            self.products[now] = products[:: self.way]
            self.received[now] = received[:: self.way]
            self.lags[now] = self.lag
            self.count += ready
            self.judge()

    def judge(self) -> None:
        """See how far the clip was heard, whether the line slipped, whether all is over."""
        sums = self.sums()
        mean = self.track.gain**2 * self.track.mean
        # The first of equals: a pause of the clip and a silent line look alike.
        self.peak = int(np.argmax(sums >= sums.max() - 0.002 * mean))
        if self._slip(mean):
            return
        if self.count == self.room and sums[-1] >= sums[self.peak] - _EDGE * mean:
            self.peak = self.count
        # One loud piece may weigh as much as many: look at a few before giving up.
        lost = sums[self.peak] - sums[-1] >= _FALL * mean
        self.fallen = bool(lost and self.count - self.peak >= _PATIENCE)

    def _ready(self) -> int:
        """Pieces that can be measured now, a few at a time lest much is measured in vain."""
        rest = min(STRIDE // PIECE if self.way > 0 else 3 * STRIDE // PIECE, self.room - self.count)
        stream = self.track.stream
        if self.way > 0:
            begin = self.lag + (self.anchor + self.count) * PIECE
            return max(0, min(rest, (stream.position - SLIP - begin) // PIECE))
        end = self.lag + (self.anchor - self.count) * PIECE
        return max(0, min(rest, (end - SLIP - stream.oldest) // PIECE))

    def _slip(self, mean: float) -> bool:
        """Whether the newest sound fits clearly better some samples off; if so, follow it."""
        if self.count < self._steady + _MEMORY:
            return False
        # What follows a peak is all off; without one the fault is too small to have shown.
        begin = self.count - _MEMORY
        newest = slice(max(begin, self.peak) if self.peak < self.count - 1 else begin, self.count)
        gain, own = self.track.gain, float(self.own[newest].sum())
        likeness = self.products[newest].sum(axis=0)
        best = int(np.argmax(likeness))
        if (
            gain**2 * own < 2 * mean
            or gain * likeness[best] < 0.6 * gain**2 * own
            or gain * (likeness[best] - likeness[SLIP]) < 0.15 * gain**2 * own
        ):
            return False
        self.lag += best - SLIP
        self._steady = self.count
        self.count = self.peak = min(self.peak, newest.start)
        return True


class Track:
    """One clip laid beside the stream: two walks from the piece that fits best."""

    def __init__(self, repertoire: Repertoire, clip: int, stream: Stream) -> None:
        self.clip = repertoire.names[clip]
        self.stream = stream
        self.sound = repertoire.clips[clip]
        whole = self.sound[: len(self.sound) // PIECE * PIECE].reshape(-1, PIECE)
        self.own: Doubles = np.einsum("ij,ij->i", whole, whole, dtype=np.float64)
        """Energy of each piece of the clip."""
        self.mean = float(self.own.mean())
        self.gain = 0.0
        self.silenced = False

    def lock(self, lag: int, start: int) -> float:
        """Lay the clip, at about `lag`, beside the moment at `start`; returns the correlation."""
        lag = self._exact(lag, start)
        first = max(0, -(-(start + SLIP - lag) // PIECE))
        count = min(len(self.own), (start + WINDOW - SLIP - lag) // PIECE) - first
        if count < WINDOW // PIECE // 3:
            return 0.0
        products, received = self.measure(first, count, lag)
        both = products[:, SLIP]
        own = float(self.own[first : first + count].sum())
        if own <= 0 or both.sum() <= 0:
            return 0.0
        self.gain = float(both.sum()) / own
        # Start where clip and sound agree most: the moment may reach beyond the clip.
        anchor = first + int(np.argmax(both))
        self.back, self.forth = Walk(self, anchor, lag, -1), Walk(self, anchor, lag, 1)
        return float(both.sum() / math.sqrt(own * received.sum()))

    def begin(self) -> None:
        """Having locked, go back to where the clip began, and on to the newest sound."""
        self.back.go()
        self.follow()
        self.back.judge()  # once more, with the gain of the whole
        self.back.go()

    def _exact(self, lag: int, start: int) -> int:
        """The best lag within a pitch period: a rough look-up mistakes one period for another."""
        moment = self.stream.between(start, start + WINDOW)
        clip = np.zeros(WINDOW + 2 * _PERIOD, np.float32)
        begin = start - lag - _PERIOD
        part = self.sound[max(0, begin) : max(0, begin + len(clip))]
        clip[max(0, -begin) :][: len(part)] = part
        squares = np.cumsum(np.concatenate([[0.0], clip.astype(np.float64) ** 2]))
        energy = squares[WINDOW:] - squares[:-WINDOW]
        likeness = np.correlate(clip, moment, "valid") / np.sqrt(energy + 0.05 * energy.max())
        return lag + _PERIOD - int(np.argmax(likeness))

    def follow(self) -> None:
        """Go on to the newest sound."""
        self.forth.go()
        parts = [(walk.products[walk.heard, SLIP], walk.own[walk.heard]) for walk in self.walks]
        if (own := float(sum(part[1].sum() for part in parts))) > 0:
            self.gain = max(self.gain / 2, float(sum(part[0].sum() for part in parts)) / own)

    def measure(self, first: int, count: int, lag: int) -> tuple[Doubles, Doubles]:
        """For `count` pieces: products with the sound (a slip a column), energy of the sound."""
        start = lag + first * PIECE
        sound = self.stream.between(start - SLIP, start + count * PIECE + SLIP)
        clip = self.sound[first * PIECE : (first + count) * PIECE].reshape(count, PIECE)
        shifted = np.lib.stride_tricks.as_strided(
            sound,
            (count, 2 * SLIP + 1, PIECE),
            (PIECE * sound.itemsize, sound.itemsize, sound.itemsize),
            writeable=False,
        )
        products = np.matmul(shifted, clip[:, :, None])[:, :, 0]
        received = np.einsum("ij,ij->i", shifted[:, SLIP], shifted[:, SLIP], dtype=np.float64)
        return products.astype(np.float64), received

    def same(self, other: Track | Heard) -> bool:
        """Whether the two are one clip in one place."""
        return self.clip == other.clip and overlap(self, other)

    @property
    def walks(self) -> tuple[Walk, Walk]:
        """Both directions."""
        return self.back, self.forth

    @property
    def ended(self) -> bool:
        """Whether the clip is over or has fallen silent."""
        return self.forth.over

    @property
    def evidence(self) -> float:
        """The energy that the clip explains, over the heard part."""
        return float(sum(walk.sums()[walk.peak] for walk in self.walks))

    @property
    def start(self) -> int:
        """Position in the stream of the first piece that was heard."""
        return self.back.lag + (self.back.anchor - self.back.reach) * PIECE

    @property
    def end(self) -> int:
        """Position in the stream after the last piece that was heard."""
        return self.forth.lag + (self.forth.anchor + self.forth.reach) * PIECE

    @property
    def explains_now(self) -> bool:
        """Whether the newest 160 ms are this clip."""
        newest = slice(max(0, self.forth.count - _RECENT), self.forth.count)
        both = float(self.forth.products[newest, SLIP].sum())
        energy = float(self.forth.own[newest].sum() * self.forth.received[newest].sum())
        return energy > 0 and both >= _EXPLAINED * math.sqrt(energy)

    @property
    def certain(self) -> bool:
        """Whether chance cannot explain the likeness."""
        return not self.silenced and self._sure(
            self._heard_of("products")[:, SLIP].sum(), self._heard_of("received").sum()
        )

    def _heard_of(self, quantity: str) -> Doubles:
        return np.concatenate([getattr(walk, quantity)[walk.heard] for walk in self.walks])

    def _score(self, both: float, received: float) -> float:
        energy = float(self._heard_of("own").sum()) * received
        return min(max(both, 0.0) / math.sqrt(energy), 1 - 1e-9) if energy > 0 else 0.0

    def _sure(self, both: float, received: float) -> bool:
        own = self._heard_of("own")
        if not own.any():
            return False
        freedom = _FREEDOM * own.sum() ** 2 / (own**2).sum()
        sureness = math.atanh(self._score(both, received)) * math.sqrt(freedom)
        return sureness >= _SURENESS - _WHOLE * len(own) / len(self.own)

    def heard(self) -> Heard:
        """What this track has to say."""
        first, last = self.back.anchor - self.back.reach, self.forth.anchor + self.forth.reach
        score = self._score(
            float(self._heard_of("products")[:, SLIP].sum()),
            float(self._heard_of("received").sum()),
        )
        total = len(self.own)
        return Heard(
            self.clip, self.start, self.end, round(score, 4), (last - first) / total, first / total
        )

    def without(self, other: Track) -> None:
        """Fall silent unless the clip is still there when `other` is taken away."""
        both = received = 0.0
        for walk in self.walks:
            for k in range(walk.peak):
                piece = walk.anchor + k if walk.way > 0 else walk.anchor - 1 - k
                start = int(walk.lags[k]) + piece * PIECE
                rest = self.stream.between(start, start + PIECE) - other.contribution(start)
                both += float(rest @ self.sound[piece * PIECE : (piece + 1) * PIECE])
                received += float(rest @ rest)
        self.silenced = not self._sure(both, received)

    def contribution(self, start: int) -> Floats:
        """What this track explains of the piece of the stream at `start`."""
        middle = self.back.lag + self.back.anchor * PIECE
        at = start - (self.back.lag if start < middle else self.forth.lag)
        part = np.zeros(PIECE, np.float32)
        if self.start <= start + PIECE and start <= self.end:
            inside = self.sound[max(0, at) : max(0, at + PIECE)]
            begin = max(0, -at)
            part[begin : begin + len(inside)] = np.float32(self.gain) * inside
        return part


def overlap(one: Track | Heard, other: Track | Heard) -> bool:
    """Whether they claim the same stretch: half of the shorter one."""
    common = min(one.end, other.end) - max(one.start, other.start)
    return 2 * common >= min(one.end - one.start, other.end - other.start)
