"""Hearing a rotary dial from afar: digits from the clicks of loop-disconnect pulses.

    detect_pulses(pcm)              # [PulseEvent(channel=0, digit='5', pulses=5, ...), ...]
    dial_pulses("305")              # the clicks themselves, as a trunk carries them

The exchange of the caller counts the interruptions of his loop; who is behind a trunk hears what
remains of them: a click when the loop opens, another when it closes, band-limited, often the one
much weaker than the other.  At 10 pulses a second they are 60 to 67 ms and 33 to 40 ms apart by
turns, at 20 half of that; ten pulses mean 0.

How.  The energy of the sound's slope in bins of 1 ms shows clicks: a bin that towers above what is
before and behind it.  Speech has them too, but not in trains.  A train is clicks in even steps, of
one level and one shape, in one phase or in two; how even, how alike and how clean makes the
`confidence`.  One or two pulses prove little; who has dialled a longer digit before has shown what
his clicks are like, and is believed more readily from then on (as Dialogic's pulse detection was
said to learn by the first digit; the idea is that of US patent 5,218,636, expired).

Limits.  Clicks of -45 dBm0 and more in silence; white noise 15 dB below them, or speech.  Somebody
who talks while the dial runs back is not understood.  In 2.8 hours of prompts and music nothing
comes nearer to a digit than two pairs of clicks, and nothing is told.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from telcard import units
from telcard.dsp.pcm import frames_of, recording_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from telcard.dsp.pcm import Pcm

DIALS = {
    "usual": "1234567890",
    "sweden": "0123456789",
    "new zealand": "9876543210",
}
"""What one to ten pulses mean, by sort of dial (the foreign ones are from memory)."""


@dataclass(frozen=True, slots=True)
class PulseProfile:
    """What counts as a dialled digit.

    `least_confidence`: what is less sure is not told.  `floor_dbm0`: a click's energy in 3 ms must
    reach that of a 1000 Hz sine of this level.  `speeds`: pulses a second, each +-20 % (20 a second
    +-8 %: beyond, two clicks are too near each other).  `dial`: a key of `DIALS`.
    """

    least_confidence: float = 0.55
    floor_dbm0: float = -45.0
    speeds: tuple[float, ...] = (10.0, 20.0)
    dial: str = "usual"

    def __post_init__(self) -> None:
        if not 0 <= self.least_confidence <= 1:
            raise ValueError(f"least_confidence: want 0 to 1, got {self.least_confidence}")
        if not -60 <= self.floor_dbm0 <= 0:
            raise ValueError(f"floor_dbm0: want -60 to 0, got {self.floor_dbm0}")
        if not self.speeds or not all(8 <= speed <= 20 for speed in self.speeds):
            raise ValueError(f"speeds: want pulses a second, 8 to 20, got {self.speeds}")
        if self.dial not in DIALS:
            raise ValueError(f"dial: want one of {', '.join(DIALS)}, got {self.dial!r}")


@dataclass(frozen=True, slots=True)
class PulseEvent:
    """A digit: where it lies in the stream, and what its pulses were like.

    `start` is the sample of the first click, `frames` reaches to the last.  `break_ratio` is the
    part of a pulse for which the loop was open, None when only one click a pulse was heard.
    `level_dbm0` is that of the louder clicks.
    """

    digit: str
    channel: int
    start: int
    frames: int
    pulses: int
    pulses_per_s: float
    break_ratio: float | None
    level_dbm0: float
    confidence: float


class PulseDetector:
    """Hears dialled pulses on `channels` lines; the stream may be cut anywhere.

    A digit is told when no click has followed for 0.18 s.
    """

    def __init__(self, channels: int = 1, *, profile: PulseProfile | None = None) -> None:
        if channels < 1:
            raise ValueError(f"channels: want 1 or more, got {channels}")
        self.channels = channels
        self.profile = profile or PulseProfile()
        self._bins = 0  # of all that are worked off
        self._rest: NDArray[np.int16] = np.zeros((0, channels), np.int16)
        self._before: NDArray[np.int32] = np.zeros(channels, np.int32)
        self._energy: NDArray[np.int64] = np.zeros((_BEHIND, channels), np.int64)
        self._slopes: NDArray[np.int32] = np.zeros((_BEHIND * _BIN, channels), np.int32)
        self._trains: list[list[_Click]] = [[] for _ in range(channels)]
        self._learnt: list[_Manner | None] = [None] * channels
        self._origin = [0] * channels

    def __repr__(self) -> str:
        return f"<PulseDetector {self.channels} channels, {self._bins * _BIN} frames heard>"

    def process(self, block: Pcm) -> list[PulseEvent]:
        """Hear the next frames, PCM of shape (frames, channels), or (frames,) for one channel."""
        pcm = frames_of(block, self.channels)
        self._rest = np.concatenate([self._rest, pcm])
        bins = len(self._rest) // _BIN
        if not bins:
            return []
        taken, self._rest = self._rest[: bins * _BIN].astype(np.int32), self._rest[bins * _BIN :]
        slopes = np.diff(taken, axis=0, prepend=self._before[np.newaxis])
        self._before = taken[-1]
        squares = slopes.astype(np.int64) ** 2  # whole numbers: no sum depends on the cutting
        energy = squares.reshape(bins, _BIN, self.channels).sum(1)
        self._energy = np.concatenate([self._energy, energy])
        self._slopes = np.concatenate([self._slopes, slopes])
        events = self._clicks(bins)
        self._bins += bins
        self._energy, self._slopes = self._energy[-_BEHIND:], self._slopes[-_BEHIND * _BIN :]
        return events

    def flush(self) -> list[PulseEvent]:
        """End the stream: give the digit that was under way, and forget everything."""
        events = self.process(np.zeros((_FLUSH, self.channels), np.int16))
        self.__init__(self.channels, profile=self.profile)  # type: ignore[misc]
        return events

    def reset(self, channel: int) -> None:
        """Forget what one channel has heard and count it from 0."""
        if not 0 <= channel < self.channels:
            raise ValueError(f"channel: want 0 to {self.channels - 1}, got {channel}")
        self._trains[channel], self._learnt[channel] = [], None
        self._rest[:, channel] = self._energy[:, channel] = self._slopes[:, channel] = 0
        self._before[channel] = 0
        self._origin[channel] = self._bins * _BIN + len(self._rest)

    def _clicks(self, bins: int) -> list[PulseEvent]:
        """Find the clicks in the bins that have their future now, and the trains that end."""
        sums = self._energy[:-2] + self._energy[1:-1] + self._energy[2:]  # [0]: middle is bin 1
        around = np.lib.stride_tricks.sliding_window_view(sums, 2 * _NEAR + 1, axis=0)
        middle = _LEAD - _NEAR - 1
        top_before = around[middle : middle + bins, :, :_NEAR].max(-1)
        top_behind = around[middle : middle + bins, :, _NEAR + 1 :].max(-1)
        here = sums[_LEAD - 1 : _LEAD - 1 + bins]
        gone = np.concatenate([np.zeros((1, self.channels), np.int64), self._energy.cumsum(0)])

        def span(first: int, last: int) -> NDArray[np.int64]:
            """Energy of the bins from `first` to `last` of each, counted from it."""
            low, high = _LEAD + first, _LEAD + last + 1
            part: NDArray[np.int64] = gone[high : high + bins] - gone[low : low + bins]
            return part

        before, behind = span(*_QUIET_BEFORE), span(*_QUIET_BEHIND)
        widths = [last - first + 1 for first, last in (_QUIET_BEFORE, _QUIET_BEHIND)]
        found = (
            (here >= _energy_of(self.profile.floor_dbm0))
            & (here > top_before)
            & (here >= top_behind)
            & (here * widths[0] >= _TOWERS * 3 * before)
            & (here * widths[1] >= _TOWERS * 3 * behind)
        )
        events = []
        for row, channel in zip(*np.nonzero(found), strict=True):
            bin_ = self._bins + int(row) - (_BEHIND - _LEAD)
            events += self._quiet(int(channel), bin_)
            self._add(int(channel), bin_, int(row))
        for channel in range(self.channels):
            events += self._quiet(channel, self._bins + bins - (_BEHIND - _LEAD))
        return sorted(events, key=lambda event: (event.start, event.channel))

    def _add(self, channel: int, bin_: int, row: int) -> None:
        first = (row + _LEAD - 2) * _BIN
        shape = self._slopes[first : first + 5 * _BIN, channel].astype(np.float64)
        peak = int(np.abs(shape).argmax())
        energy = float(self._energy[row + _LEAD - 1 : row + _LEAD + 2, channel].sum())
        where = max(0, min(peak - _BIN, len(shape) - 3 * _BIN))
        at = (bin_ - 2) * _BIN + peak
        self._trains[channel].append(_Click(at, energy, shape[where : where + 3 * _BIN]))

    def _quiet(self, channel: int, bin_: int) -> list[PulseEvent]:
        """Nothing was heard since the last click until this bin: the train may be over."""
        train = self._trains[channel]
        if not train or bin_ * _BIN - train[-1].at < _TRAIN_ENDS:
            return []
        self._trains[channel] = []
        learnt = self._learnt[channel]
        found = _judge(train, self.profile, learnt)
        if found is None or found.confidence < self.profile.least_confidence:
            return []
        if found.pulses >= _TEACHES:
            self._learnt[channel] = found
        return [
            PulseEvent(
                digit=DIALS[self.profile.dial][found.pulses - 1],
                channel=channel,
                start=found.first - self._origin[channel],
                frames=found.last - found.first + 1,
                pulses=found.pulses,
                pulses_per_s=units.SAMPLE_RATE / found.period,
                break_ratio=found.ratio,
                level_dbm0=units.rms_to_dbm0(math.sqrt(found.energy / _SINE)),
                confidence=found.confidence,
            )
        ]


def detect_pulses(
    pcm: Pcm, samplerate: int = units.SAMPLE_RATE, *, profile: PulseProfile | None = None
) -> list[PulseEvent]:
    """Give all dialled digits of a recording; ValueError when `samplerate` is not 8000."""
    sound = recording_of(pcm, samplerate, "clicks are heard")
    detector = PulseDetector(sound.shape[1], profile=profile)
    return detector.process(sound) + detector.flush()


@dataclass(slots=True)
class _Click:
    at: int
    energy: float
    shape: NDArray[np.float64]


@dataclass(slots=True)
class _Manner:
    """A train as it was understood; of a long one, what the dial's clicks are like."""

    first: int
    last: int
    pulses: int
    period: float
    ratio: float | None
    energy: float
    shape: NDArray[np.float64]
    """One of its louder clicks."""
    confidence: float


def _judge(train: list[_Click], profile: PulseProfile, learnt: _Manner | None) -> _Manner | None:
    """The most credible reading of a train of clicks."""
    if len(train) > _MOST_CLICKS:
        return None
    readings = []
    for speed in profile.speeds:
        least, most = units.SAMPLE_RATE / speed / 1.2, units.SAMPLE_RATE / speed * 1.25
        for chain, period in _chains(train, least, most):
            readings += _read(train, chain, period, least, most, learnt)
    return max(readings, key=lambda reading: reading.confidence, default=None)


def _chains(train: list[_Click], least: float, most: float) -> list[tuple[list[_Click], float]]:
    """Rows of clicks on an even grid, with its period; and each click by itself, with none.

    A grid is laid through two clicks that are one to nine steps apart; each of its places in
    between must have a click near it, and it goes on as long as there are any.
    """
    rows: dict[tuple[int, ...], None] = {}  # in the order in which they are found
    for start, click in enumerate(train):
        for end in range(start + 1, len(train)):
            span = train[end].at - click.at
            for steps in range(max(1, math.ceil(span / most)), min(9, int(span / least)) + 1):
                period = span / steps
                row, at = [start], start
                for step in range(1, 10):
                    place = click.at + step * period
                    while at + 1 < len(train) and train[at + 1].at <= place:
                        at += 1
                    nearest = min(
                        range(at, min(at + 2, len(train))),
                        key=lambda i: abs(train[i].at - place),
                    )
                    if abs(train[nearest].at - place) > min(_JITTER, 0.14 * period):
                        break
                    row.append(nearest)
                if len(row) > steps:
                    rows[tuple(row)] = None
    longest = sorted(rows, key=len, reverse=True)[:_MOST_CHAINS]
    chains = [[train[i] for i in row] for row in longest]
    grids = [(row, (row[-1].at - row[0].at) / (len(row) - 1)) for row in chains]
    return grids + ([([click], 0.0) for click in train] if len(train) <= _FEW else [])


def _read(
    train: list[_Click],
    opens: list[_Click],
    period: float,
    least: float,
    most: float,
    learnt: _Manner | None,
) -> list[_Manner]:
    """Readings of a chain as the clicks of the loop's opening, with and without its closing."""
    readings = []
    alone = period or (learnt.period if learnt and learnt.ratio is None else 0.0)
    if alone:
        readings.append(_manner(train, opens, [], alone, learnt))
    for first in train:
        offset = first.at - opens[0].at
        step = period or (learnt.period if learnt else offset / 0.63)
        if step <= 0 or not (_RATIOS[0] <= offset / step <= _RATIOS[1] and least <= step <= most):
            continue
        closes = _closes(train, opens, step, offset)
        if len(closes) == len(opens):
            readings.append(_manner(train, opens, closes, step, learnt))
    return readings


def _closes(train: list[_Click], opens: list[_Click], step: float, offset: float) -> list[_Click]:
    """The clicks that come `offset` after each of `opens`, which is made better from the first."""
    origin = sum(click.at - i * step for i, click in enumerate(opens)) / len(opens)
    near = min(_JITTER, 0.14 * step)
    offset += opens[0].at - origin
    closes: list[_Click] = []
    for slack in (1.5, 1.0):
        places = [(click, origin + i * step + offset) for i in range(len(opens)) for click in train]
        closes = [click for click, place in places if abs(click.at - place) <= slack * near]
        if not closes:
            break
        offset += sum(
            min((click.at - place for c, place in places if c is click), key=abs)
            for click in closes
        ) / len(closes)
    return closes


def _manner(
    train: list[_Click],
    opens: list[_Click],
    closes: list[_Click],
    period: float,
    learnt: _Manner | None,
) -> _Manner:
    used = opens + closes
    apart = [close.at - one.at for one, close in zip(opens, closes, strict=False)]
    loud = max((row for row in (opens, closes) if row), key=_mean_energy)
    found = _Manner(
        first=min(click.at for click in used),
        last=max(click.at for click in used),
        pulses=len(opens),
        period=period,
        ratio=sum(apart) / len(apart) / period if apart else None,
        energy=_mean_energy(loud),
        shape=loud[0].shape,
        confidence=0.0,
    )
    found.confidence = _confidence(found, len(train), opens, closes, learnt)
    return found


def _mean_energy(row: list[_Click]) -> float:
    return sum(click.energy for click in row) / len(row)


def _confidence(
    found: _Manner, heard: int, opens: list[_Click], closes: list[_Click], learnt: _Manner | None
) -> float:
    """0 to 1: as many clicks as possible, evenly, alike, and no others between them."""
    rows = [row for row in (opens, closes) if row]
    clicks = len(opens) + len(closes)
    proof = 1 - 0.55 ** (clicks - 1)  # 2 clicks 0.45, 3 0.70, 4 0.83, 6 0.95
    if not closes:  # even steps alone come easily
        proof *= 1 - 0.6 ** (clicks - 1)
    if learnt is not None:
        proof = 1 - (1 - proof) * (0.45 if _like(found, learnt) else 1.5)
    strange = 0.75 ** (heard - clicks)
    even = alike = 1.0
    for row in rows:
        if len(row) > 2:
            # from the grid's places: the first click has no more right than the others
            off = np.array([c.at - row[0].at - i * found.period for i, c in enumerate(row)])
            even = min(even, 1 - float(off.std() / min(_JITTER, 0.14 * found.period)) ** 2)
        if len(row) > 1:
            levels = 10 * np.log10([click.energy for click in row])
            alike *= max(0.0, 1 - (float(levels.std()) / 7) ** 2)
            likeness = np.mean([_likeness(click.shape, row[0].shape) for click in row[1:]])
            alike *= min(1.0, 0.3 + 0.9 * max(0.0, float(likeness)))
    return max(0.0, min(1.0, proof * strange * max(0.0, even) * alike))


def _like(found: _Manner, learnt: _Manner) -> bool:
    """Whether a train may come from the dial that was heard before."""
    if (found.ratio is None) != (learnt.ratio is None):
        return False
    return (
        abs(10 * math.log10(found.energy / learnt.energy)) < 6
        and abs(found.period / learnt.period - 1) < 0.1
        and abs((found.ratio or 0) - (learnt.ratio or 0)) < 0.06
        and _likeness(found.shape, learnt.shape) > 0.7
    )


def _likeness(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """How alike two clicks look: their correlation, where it is best, -1 to 1."""
    full = np.correlate(one, other, "full")
    middle = len(full) // 2
    scale = math.sqrt(float(one @ one) * float(other @ other))
    return float(full[middle - 3 : middle + 4].max()) / scale if scale else 0.0


def dial_pulses(
    digits: str,
    *,
    pulses_per_s: float = 10.0,
    break_ratio: float = 0.63,
    between_ms: float = 700.0,
    level_dbm0: float = -15.0,
    close_db: float = -5.0,
    jitter_ms: float = 0.0,
    dial: str = "usual",
    seed: int = 1,
) -> NDArray[np.int16]:
    """The clicks that a trunk carries when somebody dials, `(frames,)`.

    The loop opens with a spark, which rings, and closes with a thud, `close_db` louder; the trunk
    lets 300 to 3400 Hz pass.  `level_dbm0` is the level of the sine whose peak the opening's click
    has.  `jitter_ms` moves every click by chance, from `seed`, and varies its strength by as many
    dB.  `between_ms` are before, between and after the digits.  ValueError for a key that the dial
    does not have, and for figures out of range.
    """
    limits: Sequence[tuple[str, float, float, float]] = (
        ("pulses_per_s", pulses_per_s, 7, 25),
        ("break_ratio", break_ratio, 0.4, 0.8),
        ("between_ms", between_ms, 0, 10_000),
        ("level_dbm0", level_dbm0, -70, 3),
        ("close_db", close_db, -60, 20),
        ("jitter_ms", jitter_ms, 0, 10),
    )
    for name, value, least, most in limits:
        if not least <= value <= most:
            raise ValueError(f"{name}: want {least} to {most}, got {value}")
    if dial not in DIALS:
        raise ValueError(f"dial: want one of {', '.join(DIALS)}, got {dial!r}")
    chance = np.random.default_rng(seed)
    period = units.SAMPLE_RATE / pulses_per_s
    pause = units.SAMPLE_RATE * between_ms / 1000
    clicks: list[tuple[float, float, NDArray[np.float64]]] = []  # where, how strong, what
    at = pause
    for digit in digits:
        if digit not in DIALS[dial]:
            raise ValueError(f"digits: want 0-9, got {digit!r} in {digits!r}")
        for _ in range(DIALS[dial].index(digit) + 1):
            clicks.append((at, 0.0, _OPEN))
            clicks.append((at + period * break_ratio, close_db, _CLOSE))
            at += period
        at += pause - period * (1 - break_ratio)
    sound = np.zeros(round(at) + len(_OPEN))
    for where, louder, shape in clicks:
        start = max(0, round(where + chance.normal(0, jitter_ms * 8)))
        strength = 10 ** ((louder + chance.normal(0, jitter_ms)) / 20)
        piece = shape[: len(sound) - start]
        sound[start : start + len(piece)] += strength * piece
    heard = np.convolve(sound, _TRUNK)[len(_TRUNK) // 2 :][: len(sound)]
    peak = units.dbm0_to_peak(level_dbm0) / _OPEN_PEAK
    return np.clip(np.round(heard * peak), -32768, 32767).astype(np.int16)


def _band_pass() -> NDArray[np.float64]:
    """300 to 3400 Hz: two sincs under a Hann window of 129 taps."""
    at = np.arange(-64, 65)
    low, high = 2 * 300 / units.SAMPLE_RATE, 2 * 3400 / units.SAMPLE_RATE
    window = 0.5 + 0.5 * np.cos(np.pi * at / 65)
    return np.asarray((high * np.sinc(high * at) - low * np.sinc(low * at)) * window)


_MS = np.arange(80) / 8
_OPEN = np.exp(-_MS / 0.6) * np.cos(2 * np.pi * 1.1 * _MS)
_CLOSE = -np.exp(-_MS / 1.1) * np.cos(2 * np.pi * 0.5 * _MS)
_TRUNK = _band_pass()
_OPEN_PEAK = float(np.abs(np.convolve(_OPEN, _TRUNK)).max())

_BIN = 8
_NEAR = 5
"""A click is the loudest within 5 ms to either side."""

_QUIET_BEFORE, _QUIET_BEHIND = (-12, -4), (8, 13)
"""Bins that must be quiet: this click rings for a while, the next is 13 ms away at least."""

_LEAD, _BEHIND = 14, 14 + 14
"""Bins kept before one that is looked at, and those kept in all."""

_TOWERS = 8
"""9 dB."""

_TRAIN_ENDS = 1440
"""0.18 s: longer than any step within a digit, shorter than any pause between two."""

_MOST_CLICKS = 26
"""Ten pulses have twenty; a dial's own contacts add some."""

_JITTER = 48.0
"""6 ms: how far a click may be from where it is expected."""

_RATIOS = (0.53, 0.75)
"""Part of a pulse for which loops are open: 0.6 and 0.67 on paper, and what dials make of it."""

_MOST_CHAINS, _FEW = 12, 4
"""Rows of clicks that are weighed, the longest ones; and clicks among which one may stand alone."""

_TEACHES = 3
_FLUSH = 2400

_SINE = float(24 * (2 * math.sin(math.pi * 1000 / units.SAMPLE_RATE)) ** 2)
"""Energy of the slope, in 3 ms, of a 1000 Hz sine with the RMS value 1."""


def _energy_of(level_dbm0: float) -> float:
    return float(units.dbm0_to_rms(level_dbm0) ** 2 * _SINE)
