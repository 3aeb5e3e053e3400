"""How much of what is sent towards a line comes back from it, after which delay, by which path.

    finder = EchoFinder()
    for receive, send in blocks:        # int16, (frames,): towards the line, and from the line
        finder.process(receive, send)
    found = finder.result()
    if found.echo:
        print(found.echo.delay_ms, found.echo.erl_db)

    found = find_echo(receive, send)    # the same for two arrays

The way.  Wherever something is sent towards the line, 320 ms of it are correlated with what comes
back from 64 ms before (a recorder may shift its sides) until 640 ms after.  The cross-spectra are
added up, each weighted by one over the spectrum of what came back then: so a stretch in which the
near end talks as well counts little, and so does a band that its voice fills.  Divided by the
spectrum that was sent they give the response of the line; an echo is told from chance by how far 4
ms of that response stand out from its middle.  The path itself is the least-squares solution over
128 ms around that place (Wiener and Hopf), as far as it stands out.  The same is done for each 4 s
of talk by themselves, and shows whether the delay stays.

Limits.  An echo weaker than what comes back besides by 20 dB or so wants a minute of talk to be
found.  A steady tone has no delay: none is told.  Memory does not grow but for a delay kept for
each 4 s of talk.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from telcard.dsp.pcm import to_int16
from telcard.units import DBM0_RMS, SAMPLE_RATE, TICK_SAMPLES, dbm0_to_rms, rms_to_dbm0

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from telcard.dsp.pcm import Pcm

    Samples = NDArray[np.int16]

LONGEST_DELAY_MS = 500.0
"""Echoes later than this are not looked for."""

LONGEST_TAIL_MS = 128.0
"""What is measured of a path, from its first echo on."""

FRAME_MS = 20.0
"""Levels are told for pieces of this length."""

_BLOCK = 32 * TICK_SAMPLES  # what is correlated at a time: 320 ms
_WINDOW = 8192  # points of a transform: room for a block and every lag that is looked at
_EARLY = 512  # samples: lags below 0, for recorders that shift their sides
_LAGS = _EARLY + round(8 * (LONGEST_DELAY_MS + LONGEST_TAIL_MS))
_TAPS = round(8 * LONGEST_TAIL_MS)
_GUARD = 32  # samples measured before what stands out: the beginning of a path is weak
_SPEAKING_DBM0 = -50.0  # a block that is softer tells nothing
_STANDS_OUT_DB = 9.0  # 4 ms of a response over its middle; chance and speech reach 6.5
_PART_BLOCKS = 12  # of talk, whose delay is told by itself: 4 s
_FINER = 8  # parts of a sample in which delays are compared
_PIECE = 512  # samples of what came back whose spectra are averaged: 64 ms
_BAND = (np.abs(np.fft.rfftfreq(_WINDOW, 1 / SAMPLE_RATE) - 1875) < 1725).astype(np.float64)
"""150 to 3,600 Hz: offsets and hum may be in both sides, and are no echo of each other."""


def _taper() -> NDArray[np.float64]:
    """Edges of 40 ms for a block: hard ones would spread loud low bands over weak high ones."""
    edge = np.sin(np.pi * (np.arange(_BLOCK // 8) + 0.5) / (_BLOCK // 4)) ** 2
    return np.concatenate([edge, np.ones(_BLOCK - 2 * len(edge)), edge[::-1]])


_TAPER = _taper()
_FULL = float(_TAPER.sum() / (_TAPER**2).sum())  # what it takes twice from one, once from other


@dataclass(frozen=True, slots=True, eq=False)
class EchoPath:
    """The way by which sound comes back.

    `delay_ms` is the pure delay until the first of it; below 0 the sides of the recording are
    shifted.  `dispersion_ms` is how long the response lasts from there on, `taps` the response
    itself, at 8 kHz from `delay_ms` on, on the scale where 1 is no loss.  `erl_db`: how much weaker
    than what was sent its echo came back (echo return loss, ITU-T G.168 3.10).  `stands_out_db`:
    how far the echo stands out from chance; 9 dB is the least that counts.

    `delays` has (second, delay_ms) of every 4 s of talk that tell it by themselves; `drift_ppm` is
    the slope of a line through them, None where there are too few of them to say; `jumps` has the
    seconds at which the delay has changed by more than a sample.
    """

    delay_ms: float
    dispersion_ms: float
    erl_db: float
    stands_out_db: float
    taps: NDArray[np.float64]
    delays: tuple[tuple[float, float], ...]
    drift_ppm: float | None
    jumps: tuple[float, ...]

    @property
    def tail_ms(self) -> int:
        """The least tail of a canceller that covers the response, a multiple of 8 ms up to 128."""
        moved = [delay for _, delay in self.delays]
        spread = max(moved) - min(moved) if moved else 0.0
        wanted = self.dispersion_ms + spread + 8.0
        return int(min(128, max(8, 8 * math.ceil(wanted / 8))))


@dataclass(frozen=True, slots=True)
class EchoFound:
    """What was measured of two sides of a line.

    `length_s` in all, `sent_s` of it with something sent towards the line; `receive_dbm0` is the
    level of that, `noise_dbm0` how loud it is from the line when nothing is to be heard.  `echo` is
    None where none stands out.  A level without sound is -100.
    """

    length_s: float
    sent_s: float
    receive_dbm0: float
    noise_dbm0: float
    echo: EchoPath | None


def find_echo(receive: Pcm, send: Pcm) -> EchoFound:
    """Measure two sides of a line, int16 `(frames,)` of one length (ValueError otherwise)."""
    finder = EchoFinder()
    finder.process(receive, send)
    return finder.result()


class EchoFinder:
    """Measures two sides of a line as a stream; the result does not depend on the cutting."""

    def __init__(self) -> None:
        self._frames = 0
        self._towards = np.zeros(_EARLY, np.int16)
        self._back = np.zeros(_EARLY, np.int16)
        self._at = 0  # samples of the stream before what is kept
        self._whole = _Spectra()
        self._part = _Spectra()
        self._aligned = _Spectra()
        self._reference: NDArray[np.complex128] | None = None
        self._places: list[tuple[float, float]] = []
        self._noise = _Quietest()

    def process(self, receive: Pcm, send: Pcm) -> None:
        """Take the next frames: what went towards the line, and what came from it."""
        towards, back = two_sides(receive, send)
        self._frames += len(towards)
        self._noise.process(back)
        self._towards = np.concatenate([self._towards, towards])
        self._back = np.concatenate([self._back, back])
        self._advance()

    def result(self) -> EchoFound:
        """What was measured; the stream ends with this.

        The last 0.6 s of what was sent are left out, since their echo may be missing, unless the
        recording has no more than that.
        """
        if not self._at:
            missing = np.zeros(_WINDOW + _BLOCK, np.int16)
            self._towards = np.concatenate([self._towards, missing])
            self._back = np.concatenate([self._back, missing])
            self._advance(until=self._frames)
        self._end_part()
        whole = self._whole
        sent_s = whole.blocks * _BLOCK / SAMPLE_RATE
        level = rms_to_dbm0(math.sqrt(whole.energy / max(1, whole.blocks * _BLOCK)))
        return EchoFound(
            self._frames / SAMPLE_RATE, min(sent_s, self._frames / SAMPLE_RATE),
            max(-100.0, level), self._noise.level_dbm0, self._path(),
        )  # fmt: skip

    def _advance(self, until: int | None = None) -> None:
        at = 0
        while len(self._back) - at >= _WINDOW and (until is None or self._at + at < until):
            self._correlate(self._towards[at + _EARLY :][:_BLOCK], self._back[at:][:_WINDOW], at)
            at += _BLOCK
        self._towards, self._back = self._towards[at:], self._back[at:]
        self._at += at

    def _correlate(self, towards: Samples, back: Samples, at: int) -> None:
        sound = towards.astype(np.float64)
        energy = float(sound @ sound)
        if energy < _BLOCK * dbm0_to_rms(_SPEAKING_DBM0) ** 2 or _muted(back):
            return
        sent = np.fft.rfft(sound * _TAPER, _WINDOW)
        came = np.fft.rfft(back.astype(np.float64))
        weight = _BAND / (_loudness(back) + dbm0_to_rms(-65.0) ** 2)
        self._part.add(sent, came, weight, energy)
        if self._part.blocks == 1:
            self._part_from = self._at + at
        if self._part.blocks == _PART_BLOCKS:
            self._part_until = self._at + at + _BLOCK
            self._end_part()

    def _end_part(self) -> None:
        """The delay of a part by itself, against that of the first part that showed one."""
        part, self._part = self._part, _Spectra()
        self._whole.merge(part, 0.0)
        if part.blocks < _PART_BLOCKS:
            return
        place, clear_db = part.clearest()
        if clear_db < _STANDS_OUT_DB:
            return
        if self._reference is None:
            response = part.response()
            response[: max(0, place - 256)] = 0
            response[place + _TAPS :] = 0
            self._reference = np.conj(np.fft.rfft(response, _WINDOW))
        moved = part.moved(self._reference)
        self._aligned.merge(part, moved)
        middle = (self._part_from + self._part_until) / 2 / SAMPLE_RATE
        self._places.append((middle, moved))

    def _path(self) -> EchoPath | None:
        times, moved = np.array(self._places, np.float64).reshape(-1, 2).T
        drifts = len(moved) > 0 and float(np.ptp(moved)) > 1.0
        spectra = self._aligned if drifts else self._whole
        place, clear_db = spectra.clearest()
        if clear_db < _STANDS_OUT_DB:
            return None
        first = max(0, place - 256)
        taps, first_tap, last_tap = _outstanding(spectra.solve(first))
        delay = first + first_tap - _EARLY
        shifts = moved / 8
        drift = _slope(times, shifts) if len(moved) >= 4 else None
        return EchoPath(
            delay_ms=delay / 8,
            dispersion_ms=(last_tap - first_tap) / 8,
            erl_db=spectra.loss_db(taps),
            stands_out_db=clear_db,
            taps=taps,
            delays=tuple(
                (float(second), delay / 8 + float(shift))
                for second, shift in zip(times, shifts, strict=True)
            ),
            drift_ppm=None if drift is None else drift * 1000,
            jumps=_jumps(times, shifts, drift or 0.0),
        )


class _Spectra:
    """Sums over blocks: what came back against what was sent, and what was sent, weighted; and
    what was sent as it is."""

    def __init__(self) -> None:
        bins = _WINDOW // 2 + 1
        self.blocks = 0
        self.energy = 0.0
        self._crossed = np.zeros(bins, np.complex128)
        self._sent = np.zeros(bins)
        self._plain = np.zeros(bins)

    def add(
        self,
        sent: NDArray[np.complex128],
        came: NDArray[np.complex128],
        weight: NDArray[np.float64],
        energy: float,
    ) -> None:
        power = np.abs(sent) ** 2
        self._crossed += weight * np.conj(sent) * came
        self._sent += weight * power * _FULL
        self._plain += _BAND * power
        self.energy += energy
        self.blocks += 1

    def merge(self, other: _Spectra, moved: float) -> None:
        """Add others, whose echo comes `moved` samples later."""
        turn = np.exp(2j * np.pi * np.arange(len(self._sent)) * moved / _WINDOW)
        self._crossed += other._crossed * turn
        self._sent += other._sent
        self._plain += other._plain
        self.energy += other.energy
        self.blocks += other.blocks

    def response(self) -> NDArray[np.float64]:
        """The line's response, from lag -`_EARLY` on."""
        if not self.blocks:
            return np.zeros(_LAGS)
        sent = _averaged(self._sent, 31)
        spectrum = self._crossed / (sent + 1e-3 * sent.mean())
        return np.asarray(np.fft.irfft(spectrum)[:_LAGS])

    def clearest(self) -> tuple[int, float]:
        """Where 4 ms of the response stand out most, and how far from its middle, in dB."""
        energy = np.convolve(self.response() ** 2, np.ones(32), "valid")
        middle = float(np.median(energy))
        if middle <= 0:
            return 0, 0.0
        energy = energy[: _LAGS - _TAPS]  # a path may last beyond the longest delay, not begin
        place = int(energy.argmax())
        return place, 10 * math.log10(float(energy[place]) / middle)

    def moved(self, reference: NDArray[np.complex128]) -> float:
        """By how many samples the response lies later than the one of `reference`."""
        sent = _averaged(self._sent, 31)
        spectrum = self._crossed / (sent + 1e-3 * sent.mean()) * reference
        likeness = np.fft.irfft(spectrum, _FINER * _WINDOW)
        place = int(likeness.argmax())
        before, peak, after = (float(likeness[(place + n) % len(likeness)]) for n in (-1, 0, 1))
        top = place + 0.5 * (before - after) / min(before - 2 * peak + after, -1e-30)
        return (top if place < len(likeness) // 2 else top - len(likeness)) / _FINER

    def solve(self, first: int) -> NDArray[np.float64]:
        """The best `_TAPS` taps from lag `first` on: of all filters of that length the one that
        leaves least of what came back, in the sense of the weights."""
        own = np.fft.irfft(self._sent)[:_TAPS]
        row = np.arange(_TAPS)
        matrix = own[np.abs(row[:, None] - row)]
        matrix[row, row] += 3e-3 * own[0]
        return np.asarray(
            np.linalg.solve(matrix, np.fft.irfft(self._crossed)[first : first + _TAPS])
        )

    def loss_db(self, taps: NDArray[np.float64]) -> float:
        """How much weaker comes back what was sent."""
        passed = float(self._plain @ np.abs(np.fft.rfft(taps, _WINDOW)) ** 2)
        return 10 * math.log10(float(self._plain.sum()) / max(passed, 1e-30))


class _Quietest:
    """The level that a tenth of the frames stay below: the noise, whoever talks over it."""

    def __init__(self) -> None:
        self._counts = np.zeros(104, np.int64)  # of whole dB from -100 dBm0 on
        self._kept = np.empty(0, np.int16)

    def process(self, sound: Samples) -> None:
        sound = np.concatenate([self._kept, sound])
        self._kept = sound[len(sound) // _FRAME * _FRAME :]
        levels = frame_levels(sound)
        self._counts += np.bincount((levels + 100).astype(int), minlength=104)[:104]

    @property
    def level_dbm0(self) -> float:
        total = int(self._counts.sum())
        if not total:
            return -100.0
        return float(np.searchsorted(np.cumsum(self._counts), total / 10)) - 100


class _Outstanding(NamedTuple):
    taps: NDArray[np.float64]
    first: int
    last: int


_FRAME = round(8 * FRAME_MS)


def frame_levels(sound: Samples) -> NDArray[np.float64]:
    """dBm0 of each whole frame of 20 ms, from -100 to 3."""
    frames = sound[: len(sound) // _FRAME * _FRAME].reshape(-1, _FRAME).astype(np.float64)
    power = (frames**2).mean(axis=1) / DBM0_RMS**2
    return np.asarray(np.clip(10 * np.log10(power + 1e-11), -100, 3))


def two_sides(receive: Pcm, send: Pcm) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """Both sides as int16; ValueError unless they are `(frames,)` and of one length."""
    towards, back = to_int16(receive), to_int16(send)
    if towards.ndim != 1 or towards.shape != back.shape:
        raise ValueError(
            f"echo: want two sounds of shape (frames,) and one length, "
            f"got {towards.shape} and {back.shape}"
        )
    return towards, back


def _loudness(sound: Samples) -> NDArray[np.float64]:
    """The power of a window of sound by frequency, coarsely and without regard to phase: were it
    that of the window as a whole, an echo that adds to what was before would count for less than
    one that takes from it, and all echoes would be found too weak."""
    pieces = np.lib.stride_tricks.sliding_window_view(sound, _PIECE)[:: _PIECE // 2]
    power = (np.abs(np.fft.rfft(pieces * _HANN)) ** 2).mean(axis=0) / (_HANN @ _HANN)
    bins = np.arange(_WINDOW // 2 + 1)
    return np.asarray(np.interp(bins, np.arange(len(power)) * (_WINDOW / _PIECE), power))


def _muted(sound: Samples) -> bool:
    """Whether more than half of it is digital silence, as where a recorder masks a secret."""
    frames = sound[: len(sound) // _FRAME * _FRAME].reshape(-1, _FRAME)
    return bool((frames == frames[:, :1]).all(axis=1).mean() > 0.5)


_HANN = np.hanning(_PIECE + 1)[:-1]


def _averaged(row: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """The mean of `width` neighbours, an odd number, mirrored at the ends."""
    sums = np.cumsum(np.concatenate([[0.0], np.pad(row, width // 2, mode="reflect")]))
    return np.asarray(np.maximum(sums[width:] - sums[:-width], 0) / width)


def _outstanding(taps: NDArray[np.float64]) -> _Outstanding:
    """The part of a solution that is a path: within 30 dB of its peak and above its noise."""
    energy = np.convolve(taps**2, np.ones(16) / 16, "same")
    least = max(float(energy.max()) / 1000, 10 * float(np.median(energy)))
    inside = np.flatnonzero(energy >= min(least, float(energy.max())))
    # The average sees a tap 8 samples early: what is first is looked for in the taps themselves.
    rough_first, last = max(0, int(inside[0]) - 8), min(len(taps), int(inside[-1]) + 1)
    peak = float(np.abs(taps).max())
    loud = np.flatnonzero(np.abs(taps[rough_first:last]) >= peak / 5)
    first = rough_first + (int(loud[0]) if len(loud) else 0)
    return _Outstanding(taps[first:last].copy(), first, last)


def _slope(times: NDArray[np.float64], values: NDArray[np.float64]) -> float:
    """The median of the slopes between points an eighth of the time apart: a jump is in few."""
    apart = max(1, len(times) // 8)
    return float(np.median((values[apart:] - values[:-apart]) / (times[apart:] - times[:-apart])))


def _jumps(
    times: NDArray[np.float64], values: NDArray[np.float64], drift: float
) -> tuple[float, ...]:
    """The seconds at which a delay changed by more than a sample beyond its drift, for good."""
    level = values - drift * times
    found = []
    for n in np.flatnonzero(np.abs(np.diff(level)) > 1 / 8) + 1:
        if abs(np.median(level[max(0, n - 3) : n]) - np.median(level[n : n + 3])) > 1 / 8:
            found.append(float(times[n]))
    return tuple(found)
