"""The dual tone that wakes a telephone for data: CAS of Bellcore, DT-AS of ETSI.

    detect_alerts(pcm)                      # [AlertEvent(channel=0, start=800, frames=640, ...)]
    alert(80)                               # the tone itself, 80 ms

2130 and 2750 Hz together, for 75 to 85 ms while people talk (they are muted for it), for 88 to 110
ms before the telephone rings.  Between these frequencies and around them speech has as much energy
as on them, and that is how the detector tells the two apart: frames of 10 ms, every 5 ms, are
weighed on both tones and on six places beside them; a run of frames in which the tones dominate,
long enough and not too long, whose phases turn evenly, is the signal.  Speech below 1800 Hz does
not count, because the near end goes on talking while the signal comes.

Limits (SR-TSV-002476, ETS 300 778-2, SIN 227 and SIN 242, as table 3 of Zarlink's MT88E45 data
sheet has them): each tone -14 to -32 dBm (ETSI -9.8 to -32.8, BT down to -37.8), +-0.5 % (BT +-1.1
% on hook), twist up to 6 dB (BT 7), nothing at -45 dBm; at most 70 ms is no signal when off hook.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from telcard import units
from telcard.dsp.pcm import frames_of, recording_of
from telcard.dsp.tones import ToneGenerator, ToneSegment

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from telcard.dsp.pcm import Pcm

LOW_HZ, HIGH_HZ = 2130.0, 2750.0
"""The two tones (GR-30; EN 300 659-1)."""


@dataclass(frozen=True, slots=True)
class AlertProfile:
    """What is heard as the signal; the defaults are for a line on which people talk.

    `least_ms`, `most_ms`: its length.  `tolerance`: greatest offset of a tone, relative.
    `twist_db`: by how much either may be the louder.  `floor_dbm0`: a tone below is not heard.
    `beside_db`: by how much both tones together exceed what lies beside them.
    """

    least_ms: float = 71.0
    most_ms: float = 120.0
    tolerance: float = 0.013
    twist_db: float = 8.0
    floor_dbm0: float = -41.0
    beside_db: float = 5.0

    def __post_init__(self) -> None:
        ranges = {
            "least_ms": (20, 200),
            "most_ms": (self.least_ms, 500),
            "tolerance": (0.001, 0.02),
            "twist_db": (0, 12),
            "floor_dbm0": (-60, 0),
            "beside_db": (0, 30),
        }
        for name, (least, most) in ranges.items():
            if not least <= getattr(self, name) <= most:
                raise ValueError(f"{name}: want {least} to {most}, got {getattr(self, name)}")


ON_HOOK = AlertProfile(least_ms=60.0, most_ms=140.0, tolerance=0.016, twist_db=9.0)
"""Before the telephone rings nobody talks: be generous."""


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """The signal: where it lies in the stream, and what its tones were like.

    `start` and `frames` count samples at 8 kHz, to some 2 ms; offsets are relative to the nominal
    frequency.
    """

    channel: int
    start: int
    frames: int
    low_dbm0: float
    high_dbm0: float
    low_offset: float
    high_offset: float


class AlertDetector:
    """Hears the signal on `channels` lines; the stream may be cut anywhere.

    An event comes some 15 ms after the end of the signal, in time for an answer within 100 ms.
    """

    def __init__(self, channels: int = 1, *, profile: AlertProfile | None = None) -> None:
        if channels < 1:
            raise ValueError(f"channels: want 1 or more, got {channels}")
        self.channels = channels
        self.profile = profile or AlertProfile()
        # Half a frame of silence before the stream: a signal may begin with its first sample.
        self._at = -_HOP
        self._rest: NDArray[np.int16] = np.zeros((_HOP, channels), np.int16)
        self._last: NDArray[np.float64] = np.zeros((4, channels))
        self._runs = [_Run() for _ in range(channels)]

    def __repr__(self) -> str:
        return (
            f"<AlertDetector {self.channels} channels, {self._at + len(self._rest)} frames heard>"
        )

    def process(self, block: Pcm) -> list[AlertEvent]:
        """Hear the next frames, PCM of shape (frames, channels), or (frames,) for one channel."""
        pcm = frames_of(block, self.channels)
        self._rest = np.concatenate([self._rest, pcm])
        hops = (len(self._rest) - _FRAME) // _HOP + 1
        if hops < 1:
            return []
        heard = self._weigh(hops)
        self._rest = self._rest[hops * _HOP :]
        self._at += hops * _HOP
        return heard

    def flush(self) -> list[AlertEvent]:
        """End the stream: give the signal that has just ended, and forget everything."""
        heard = self.process(np.zeros((_FRAME * 4, self.channels), np.int16))
        self.__init__(self.channels, profile=self.profile)  # type: ignore[misc]
        return heard

    def reset(self, channel: int) -> None:
        """Forget what one channel has heard; a signal in progress is dropped."""
        if not 0 <= channel < self.channels:
            raise ValueError(f"channel: want 0 to {self.channels - 1}, got {channel}")
        self._runs[channel] = _Run()
        self._rest[:, channel] = 0
        self._last[:, channel] = 0

    def _weigh(self, hops: int) -> list[AlertEvent]:
        # Whole numbers below 2^53: the sums are exact, in whatever order the library adds.
        halves = self._rest[: (hops + 1) * _HOP].reshape(hops + 1, _HOP, self.channels)
        rows = np.ascontiguousarray(halves.transpose(0, 2, 1), np.float64).reshape(-1, _HOP)
        parts = (_WEIGHTS @ rows.T).reshape(2, -1, hops + 1, self.channels)
        sums = parts[0, :, :-1] + parts[1, :, 1:]  # (column, hop, channel)
        energy = sums * sums
        tone = energy[0:4:2] + energy[1:4:2]
        beside = energy[4:].sum(0)
        profile = self.profile
        floor = _energy(profile.floor_dbm0)
        twist, dominance = 10 ** (profile.twist_db / 10), 10 ** (profile.beside_db / 10)
        good = (
            (tone.min(0) >= floor)
            & (tone[0] <= tone[1] * twist * _SLACK)
            & (tone[1] <= tone[0] * twist * _SLACK)
            & (tone.sum(0) >= beside * dominance)
        )
        before = np.concatenate([self._last[:, np.newaxis], sums[:4, :-1]], 1)
        self._last = sums[:4, -1]
        # How each tone's phase has turned since the frame before, times both amplitudes.
        real = sums[0:4:2] * before[0:4:2] + sums[1:4:2] * before[1:4:2]
        imaginary = sums[1:4:2] * before[0:4:2] - sums[0:4:2] * before[1:4:2]
        events = []
        for channel in np.flatnonzero(good.any(0) | np.array([run.hops > 0 for run in self._runs])):
            run = self._runs[channel]
            for hop in range(hops):
                where = (slice(None), hop, channel)
                if good[hop, channel]:
                    if not run.hops:
                        run.begin(self._at + hop * _HOP, before[where])
                    run.take(tone[where], real[where], imaginary[where])
                elif run.hops and run.miss(tone[where]):
                    events += self._judge(int(channel), run)
                    self._runs[channel] = run = _Run()
        return sorted(events, key=lambda event: (event.start, event.channel))

    def _judge(self, channel: int, run: _Run) -> list[AlertEvent]:
        first, frames = run.extent()
        profile = self.profile
        if not profile.least_ms * 8 <= frames <= profile.most_ms * 8 or run.lost > run.hops // 5:
            return []
        offsets, levels = [], []
        for index, nominal in enumerate((LOW_HZ, HIGH_HZ)):
            real, imaginary = run.real[index], run.imaginary[index]
            if math.hypot(real, imaginary) < _EVEN * run.turned[index]:
                return []
            turn = (math.atan2(imaginary, real) - _TURN[index] + math.pi) % math.tau - math.pi
            offset = turn / math.tau / (_HOP / units.SAMPLE_RATE) / nominal
            if abs(offset) > profile.tolerance:
                return []
            offsets.append(offset)
            levels.append(10 * math.log10(run.power[index] / run.hops / _energy(0.0)))
        if abs(levels[0] - levels[1]) > profile.twist_db:
            return []
        return [AlertEvent(channel, first, frames, *levels, *offsets)]


class _Run:
    """Good frames that follow each other, with a few that were spoilt among them."""

    __slots__ = ("hops", "imaginary", "lost", "missing", "power", "real", "seen", "start", "turned")

    def __init__(self) -> None:
        self.start = self.hops = self.missing = self.lost = 0
        self.seen: list[float] = []
        self.power, self.turned = [0.0, 0.0], [0.0, 0.0]
        self.real, self.imaginary = [0.0, 0.0], [0.0, 0.0]

    def begin(self, at: int, before: NDArray[np.float64]) -> None:
        """The frame at this sample is the first good one; `before` are the sums of the last."""
        self.start = at
        low, low_, high, high_ = before.tolist()
        self.seen = [_amplitude(low * low + low_ * low_, high * high + high_ * high_)]

    def take(
        self,
        power: NDArray[np.float64],
        real: NDArray[np.float64],
        imaginary: NDArray[np.float64],
    ) -> None:
        """One more good frame."""
        if self.hops and not self.missing:  # the phase across a spoilt frame is spoilt as well
            for index in range(2):
                self.real[index] += float(real[index])
                self.imaginary[index] += float(imaginary[index])
                self.turned[index] += math.hypot(float(real[index]), float(imaginary[index]))
        self.lost += self.missing
        self.missing = 0
        self.hops += 1
        for index in range(2):
            self.power[index] += float(power[index])
        self.seen.append(_amplitude(*power.tolist()))

    def miss(self, power: NDArray[np.float64]) -> bool:
        """One more frame is not good; whether the run is over."""
        self.missing += 1
        self.seen.append(_amplitude(*power.tolist()))
        return self.missing > _PATIENCE

    def extent(self) -> tuple[int, int]:
        """First sample and length of the tone, finer than the grid of frames.

        The windows of all frames add up to a constant, and so does a tone's amplitude in them:
        their sum, over the amplitude in the middle, is the length.
        """
        inner = sorted(self.seen[2 : -_PATIENCE - 2]) or [max(self.seen)]
        middle = inner[len(inner) // 2]
        inside = self.seen[: len(self.seen) - _PATIENCE]
        frames = sum(min(1.0, amplitude / middle) for amplitude in inside) * _HOP
        head = sum(min(1.0, amplitude / middle) for amplitude in inside[:2]) * _HOP
        return round(self.start + _FRAME // 2 + _HOP // 2 - head), round(frames)


def _amplitude(low: float, high: float) -> float:
    return math.sqrt(low) + math.sqrt(high)


def detect_alerts(
    pcm: Pcm, samplerate: int = units.SAMPLE_RATE, *, profile: AlertProfile | None = None
) -> list[AlertEvent]:
    """Give all alerting signals of a recording; ValueError when `samplerate` is not 8000."""
    sound = recording_of(pcm, samplerate, "the alert is heard")
    detector = AlertDetector(sound.shape[1], profile=profile)
    return detector.process(sound) + detector.flush()


def alert(
    length_ms: float = 80.0, *, level_dbm0: float = -15.0, twist_db: float = 0.0
) -> NDArray[np.int16]:
    """The signal itself, `(frames,)`; `twist_db` is by how much the higher tone is the louder."""
    segment = alert_segment(length_ms, level_dbm0=level_dbm0, twist_db=twist_db)
    return ToneGenerator([segment]).process(segment.samples)


def alert_segment(
    length_ms: float = 80.0, *, level_dbm0: float = -15.0, twist_db: float = 0.0
) -> ToneSegment:
    """The signal as a piece of a cadence; ValueError for figures out of range."""
    low, high = level_dbm0 - twist_db / 2, level_dbm0 + twist_db / 2
    return ToneSegment(length_ms / 1000, LOW_HZ, HIGH_HZ, low, high)


_FRAME, _HOP = 80, 40
_BESIDE_HZ = (1880.0, 2010.0, 2370.0, 2510.0, 2990.0, 3130.0)
"""A Hann frame of 10 ms hears 200 Hz to either side; two of these places are a little nearer."""

_PATIENCE = 2
"""Frames that may be spoilt one after the other."""

_EVEN = 0.9
"""A tone's phase turns evenly: the turns add up to so much of the sum of their lengths."""

_SLACK = 1.6
"""One frame's twist may be 2 dB beyond that of the whole."""


def _weights() -> NDArray[np.float64]:
    """Cosine and sine of every frequency under a Hann window, in 1/4096.

    Rows: all columns of the frame's first half, then all of its second.
    """
    at = np.arange(_FRAME)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * (at + 0.5) / _FRAME)
    columns = []
    for hz in (LOW_HZ, HIGH_HZ, *_BESIDE_HZ):
        angle = 2 * np.pi * hz * at / units.SAMPLE_RATE
        columns += [window * np.cos(angle), -window * np.sin(angle)]
    whole = np.round(4096 * np.stack(columns))
    return np.concatenate([whole[:, :_HOP], whole[:, _HOP:]])


_WEIGHTS = _weights()
_TURN = [math.tau * hz * _HOP / units.SAMPLE_RATE for hz in (LOW_HZ, HIGH_HZ)]


def _energy(level_dbm0: float) -> float:
    """What a tone of this level gives in a frame: half its peak times the window's sum, squared."""
    return (units.dbm0_to_peak(level_dbm0) / 2 * 4096 * _FRAME / 2) ** 2
