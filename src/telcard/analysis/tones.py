"""Steady tones: one or two sines that stand still, whatever they mean.

    finder = SteadyTones(channels=2)
    for block in blocks:                    # int16 at 8 kHz, (frames, 2), of any length
        findings += finder.process(block)   # [Tone(channel=0, start_s=1.0, hz=(425.0,), ...)]
    findings += finder.flush()

How it hears.  The sound is looked at through windows of 64 ms every 8 ms.  A window whose energy
lies in one or two peaks is fitted by one or two sines (least squares, two Gauss-Newton steps on the
frequencies), and what the sines leave over decides.  64 ms, because North America's ringing tone,
440 + 480 Hz, is two tones only to him who listens for longer than 40 ms.  Windows that follow each
other with the same frequencies and levels are a tone; speech has such windows too, but its pitch
does not stand still.  Where the tone begins and ends is the likeliest point of change: there the
fitted sines begin, and cease, to explain what sounds.

Limits: tones from -45 dBm0 and 60 ms, 200 to 3,800 Hz; two tones 25 Hz or more apart and within
15 dB of each other.  A hole of up to 40 ms does not end a tone.  What is found does not depend on
how the stream is cut: sums are always taken over the same batches.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from telcard.analysis.findings import Finding, Tone
from telcard.units import DBM0_RMS, SAMPLE_RATE

FLOOR_DBM0 = -45.0
LEAST_S = 0.06
MOST_HZ = 3800.0
LEAST_HZ = 200.0

_WINDOW = 512
_HOP = 64
_BATCH = 128  # windows worked on at once
_FFT = 2 * _WINDOW
_BIN_HZ = SAMPLE_RATE / _FFT
_LOBE = 4  # half the width of a Hann window's main lobe, in bins
_SHARE = 0.8  # of a window's energy, in its two greatest peaks: worth a fit
_SECOND = 10**-1.6  # a second peak below this share of the first is no tone of its own
_RESIDUE = 0.2  # most that a fit may leave over: 7 dB of signal to noise
_RESIDUE_SHORT = 0.04  # the same for a tone of up to 200 ms; it rises until 500 ms
_GAP = 6  # windows in a row without the tone that end it
_CHANGE = 512  # samples on each side of an edge among which it is looked for
_HOLE = 320  # samples
_BEHIND = 4096  # samples kept before a batch
_FAINT_DB = 10.0
_PITCH_HZ = 350.0  # no tone of an exchange is lower and alone
_INWARD = 3  # windows
_WHOLE = 2048  # samples
_ANCHOR = 24  # windows after which the beginning of a tone is decided

_HANN = np.hanning(_WINDOW + 1)[:-1]
_N = np.arange(_WINDOW) - _WINDOW / 2

Floats = npt.NDArray[np.float64]


def fit(windows: Floats, omega: Floats, steps: int) -> tuple[Floats, Floats, Floats]:
    """Fit sines to windows by least squares, and mend their frequencies in so many steps.

    `windows` (count, frames); `omega` (count, sines), radians a sample.  Returns the mended omega,
    amplitudes (count, sines, 2) of cosine and sine about the window's middle, and the share of each
    window's energy that is left over.
    """
    for _ in range(steps):
        omega, _ = mend(windows, omega)
    count, frames = windows.shape
    wave = _waves(omega, frames)
    found, residue = _solve(np.concatenate([wave.real, wave.imag], 1), windows)
    return omega, found.reshape(count, 2, -1).transpose(0, 2, 1), residue


def mend(windows: Floats, omega: Floats) -> tuple[Floats, Floats]:
    """One Gauss-Newton step: the mended omega, and the least that could be left over."""
    count, frames = windows.shape
    n = (np.arange(frames) - frames / 2) * (4 / frames)
    wave = _waves(omega, frames)
    # A sine whose frequency is a little off is, to first order, itself and n times itself.
    basis = np.concatenate([wave.real, wave.imag, wave.real * n, wave.imag * n], 1)
    found, residue = _solve(basis, windows)
    a, b, p, q = found.reshape(count, 4, -1).transpose(1, 0, 2)
    step = (p * b - q * a) / np.maximum(a * a + b * b, 1e-9) * (4 / frames)
    return omega + np.clip(step, -_MOST_STEP, _MOST_STEP), residue


def _solve(basis: Floats, windows: Floats) -> tuple[Floats, Floats]:
    """Weights of the basis (count, rows, frames) for each window, and the share left over."""
    moments = basis @ windows[:, :, None]
    ridge = np.eye(basis.shape[1]) * (1e-9 * windows.shape[1])
    found = np.linalg.solve(basis @ basis.transpose(0, 2, 1) + ridge, moments)
    energy = np.einsum("ij,ij->i", windows, windows)
    explained = np.einsum("ijk,ijk->i", found, moments)
    return found[:, :, 0], np.clip(1 - explained / np.maximum(energy, 1e-9), 0, 1)


_MOST_STEP = 2 * math.pi * 15 / SAMPLE_RATE  # a step that leads further has lost its way


def _waves(omega: Floats, frames: int) -> npt.NDArray[np.complex128]:
    """e^(i omega n) about the middle, (count, sines, frames); few sines, many products."""
    coarse = np.exp(1j * omega[:, :, None] * (np.arange(0, frames, 32) - frames / 2))
    fine = np.exp(1j * omega[:, :, None] * np.arange(32))
    whole = coarse[:, :, :, None] * fine[:, :, None, :]
    return np.asarray(whole.reshape(*omega.shape, -1)[:, :, :frames])


def _levels(amplitudes: Floats) -> Floats:
    rms = np.sqrt((amplitudes**2).sum(2) / 2) / DBM0_RMS
    return np.asarray(20 * np.log10(np.maximum(rms, 1e-9)))


@dataclass(slots=True)
class _Track:
    """A tone that is being followed: sums over its windows, the purest of which weigh most."""

    first: int
    """Number of the first window, and of the last."""
    last: int
    hz: Floats
    windows: int = 0
    weight: float = 0.0
    sums: Floats = field(default_factory=lambda: np.zeros((4, 1)))
    residue: float = 0.0
    start: int | None = None

    def add(self, number: int, hz: Floats, dbm0: Floats, residue: float) -> None:
        weight = (residue + 0.003) ** -2
        if not self.windows:
            self.sums = np.zeros((4, len(hz)))
        self.sums += weight * np.array([hz, hz * hz, dbm0, dbm0 * dbm0])
        self.residue += weight * residue
        self.weight += weight
        self.windows += 1
        self.last, self.hz = number, hz

    def means(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Mean and spread of frequencies and of levels."""
        hz, hz2, dbm0, dbm02 = self.sums / self.weight
        return (
            hz, np.sqrt(np.maximum(hz2 - hz * hz, 0)),
            dbm0, np.sqrt(np.maximum(dbm02 - dbm0 * dbm0, 0)),
        )  # fmt: skip


@dataclass(slots=True)
class _Stretch:
    """A tone that has ended, or a piece of one."""

    start: int
    end: int
    hz: Floats
    dbm0: Floats
    residue: float

    def continued_by(self, other: _Stretch) -> bool:
        return (
            other.start - self.end <= _HOLE
            and len(other.hz) == len(self.hz)
            and float(np.abs(other.hz - self.hz).max()) < 3
            and float(np.abs(other.dbm0 - self.dbm0).max()) < 3
        )

    def join(self, other: _Stretch) -> None:
        a, b = self.end - self.start, other.end - other.start
        self.hz = (a * self.hz + b * other.hz) / (a + b)
        self.dbm0 = (a * self.dbm0 + b * other.dbm0) / (a + b)
        self.residue = (a * self.residue + b * other.residue) / (a + b)
        self.end = max(self.end, other.end)

    @property
    def like_a_voice(self) -> bool:
        """Whether this could be the pitch of somebody who hums, with or without its octave."""
        low, high = self.hz[0], self.hz[-1]
        return bool(low < _PITCH_HZ and (low == high or abs(high / low - 2) < 0.05))

    @property
    def certain(self) -> bool:
        """Whether it is a tone; a short one has to be purer: a vowel may be steady so long."""
        length_s = (self.end - self.start) / SAMPLE_RATE
        grown = min(1.0, max(0.0, (length_s - 0.2) / 0.3))
        most = _RESIDUE_SHORT + grown * (_RESIDUE - _RESIDUE_SHORT)
        if length_s < 0.5 and self.like_a_voice:
            most /= 4
        return length_s >= LEAST_S - 0.004 and self.residue <= most


class _Side:
    """Follows the tones of one channel."""

    def __init__(self, channel: int) -> None:
        self.channel = channel
        self._pcm = np.zeros(_BEHIND)  # the newest sound; silence before the first sample
        self._origin = -_BEHIND  # sample at which it begins
        self._number = 0  # of the next window
        self._track: _Track | None = None
        self._held: _Stretch | None = None

    def take(self, block: Floats) -> list[Tone]:
        """Take `_BATCH` hops of sound (the last window's overlap is still to come)."""
        self._pcm = np.concatenate([self._pcm, block])
        found = []
        while len(self._pcm) - _BEHIND >= _BATCH * _HOP + _WINDOW - _HOP:
            found += self._batch()
            self._pcm = self._pcm[_BATCH * _HOP :]
            self._origin += _BATCH * _HOP
        return found

    def end(self, frames: int) -> list[Tone]:
        """The stream is over after so many samples, and silence has been taken after it."""
        found = self._close() + self._release()
        cut = []
        for tone in found:
            length_s = min(tone.length_s, frames / SAMPLE_RATE - tone.start_s)
            cut.append(Tone(tone.channel, tone.start_s, length_s, tone.hz, tone.dbm0, tone.purity))
        return cut

    def _batch(self) -> list[Tone]:
        windows = np.lib.stride_tricks.sliding_window_view(self._pcm[_BEHIND:], _WINDOW)[::_HOP]
        windows = windows[:_BATCH]
        found: list[Tone] = []
        heard = _look(windows)
        for index in range(_BATCH):
            if index in heard:
                found += self._follow(self._number + index, *heard[index])
            elif self._track and self._number + index - self._track.last > _GAP:
                found += self._close()
        self._number += _BATCH
        now = self._number * _HOP
        if not self._track and self._held and now - self._held.end > 2 * (_HOLE + _WINDOW):
            found += self._release()
        return found

    def _follow(self, number: int, hz: Floats, dbm0: Floats, residue: float) -> list[Tone]:
        found: list[Tone] = []
        track = self._track
        if track and len(track.hz) == 1 and len(hz) == 2:
            # Noise has a peak now and then; a second tone that is worth a name is louder.
            loud = int(dbm0.argmax())
            if dbm0[loud] - dbm0[1 - loud] > _FAINT_DB:
                hz, dbm0 = hz[[loud]], dbm0[[loud]]
        if track and not (len(track.hz) == len(hz) and np.abs(track.hz - hz).max() < 6):
            if residue > 2 * _RESIDUE_SHORT and number - track.last <= _GAP:
                return []  # a window of mud inside a tone ends nothing
            found = self._close()
            track = None
        if track is None:
            track = self._track = _Track(number, number, hz)
        track.add(number, hz, dbm0, residue)
        if track.windows == _ANCHOR:
            track.start = self._edge(track, first=True)
        return found

    def _close(self) -> list[Tone]:
        """End the track: it is a piece of a tone if it stood still."""
        track, self._track = self._track, None
        if track is None or track.windows < 2:
            return []
        hz, hz_spread, dbm0, dbm0_spread = track.means()
        close = len(hz) == 2 and hz[1] - hz[0] < 45  # beats make every window a little wrong
        if hz_spread.max() > (3.0 if close else 1.2) or dbm0_spread.max() > (2.5 if close else 1.2):
            return []
        start = self._edge(track, first=True) if track.start is None else track.start
        end = self._edge(track, first=False)
        if end <= start:
            return []
        residue = track.residue / track.weight
        if end - start <= _WHOLE:  # short enough to be judged as a whole, which no vowel survives
            omega = hz[None] * (2 * math.pi / SAMPLE_RATE)
            omega, amplitudes, left_over = fit(self._between(start, end)[None], omega, 1)
            hz, dbm0 = omega[0] * (SAMPLE_RATE / (2 * math.pi)), _levels(amplitudes)[0]
            residue = float(left_over[0])
        piece = _Stretch(start, end, hz, dbm0, residue)
        if self._held and self._held.continued_by(piece):
            self._held.join(piece)
            return []
        found = self._release()
        self._held = piece
        return found

    def _release(self) -> list[Tone]:
        held, self._held = self._held, None
        if held is None or not held.certain:
            return []
        return [
            Tone(
                channel=self.channel,
                start_s=held.start / SAMPLE_RATE,
                length_s=(held.end - held.start) / SAMPLE_RATE,
                hz=tuple(round(float(hz), 2) for hz in held.hz),
                dbm0=tuple(round(float(level), 2) for level in held.dbm0),
                purity=round(1 - held.residue, 4),
            )
        ]

    def _edge(self, track: _Track, *, first: bool) -> int:
        """The sample from which on, or up to which, the track's sines explain the sound."""
        omega = track.means()[0] * (2 * math.pi / SAMPLE_RATE)
        # The outermost windows may reach beyond the tone; the sines are taken from further inside.
        # The outermost windows may reach beyond the tone: its sines are taken from further inside.
        if first:
            inner = min(track.first + _INWARD, track.last) * _HOP
            edge = track.first * _HOP
            n = np.arange(edge - _CHANGE, edge + _CHANGE // 2)
        else:
            inner = max(track.last - _INWARD, track.first) * _HOP
            edge = track.last * _HOP + _WINDOW
            n = np.arange(edge - _CHANGE // 2, edge + _CHANGE)
        _, amplitudes, _ = fit(self._between(inner, inner + _WINDOW)[None], omega[None], 0)
        turn = np.outer(omega, n - (inner + _WINDOW / 2))
        sines = amplitudes[0, :, 0] @ np.cos(turn) + amplitudes[0, :, 1] @ np.sin(turn)
        sound = self._between(int(n[0]), int(n[-1]) + 1)
        # How much less is left over if the sines are there at n than if they are not.
        gain = np.cumsum(2 * sound * sines - sines * sines)
        at = int(n[0]) + 1 + int(np.argmin(gain) if first else np.argmax(gain))
        return max(0, at)

    def _between(self, start: int, end: int) -> Floats:
        """The sound from one sample to another; silence where nothing is known."""
        first, last = start - self._origin, end - self._origin
        if first < 0 or last > len(self._pcm):
            padded = np.zeros(end - start)
            low, high = max(0, first), min(len(self._pcm), last)
            if high > low:
                padded[low - first : high - first] = self._pcm[low:high]
            return padded
        return self._pcm[first:last]


def _look(windows: Floats) -> dict[int, tuple[Floats, Floats, float]]:
    """Frequencies, levels and residue of those windows that one or two sines explain."""
    floor = DBM0_RMS**2 * 10 ** ((FLOOR_DBM0 - 1.5) / 10) * _WINDOW
    centred = windows - (windows @ _HANN / _HANN.sum())[:, None]
    loud = np.flatnonzero(np.einsum("ij,ij->i", centred, centred) > floor)
    if not len(loud):
        return {}
    centred = centred[loud]
    spectrum = np.fft.rfft(centred * _HANN, _FFT)
    power = spectrum.real**2 + spectrum.imag**2
    sums = np.cumsum(power, 1)
    low, high = round(LEAST_HZ / _BIN_HZ), round(MOST_HZ / _BIN_HZ)
    inner = power[:, low:high]
    peaks = (inner > power[:, low - 1 : high - 1]) & (inner >= power[:, low + 1 : high + 1])
    peaked = np.where(peaks, inner, 0.0)
    rows = np.arange(len(loud))
    first = peaked.argmax(1)
    strongest = peaked[rows, first].copy()
    peaked[rows, first] = 0
    second = peaked.argmax(1)
    two = peaked[rows, second] > _SECOND * strongest
    first, second = first + low, second + low
    total = sums[:, -1] - sums[:, low // 2]
    in_first = sums[rows, first + _LOBE] - sums[rows, first - _LOBE - 1]
    in_second = sums[rows, second + _LOBE] - sums[rows, second - _LOBE - 1]
    total = np.maximum(total, 1e-9)
    worth = (strongest > 0) & ((in_first + two * in_second) > _SHARE * total)
    heard: dict[int, tuple[Floats, Floats, float]] = {}

    def keep(chosen: npt.NDArray[np.intp], omega: Floats, steps: int) -> npt.NDArray[np.intp]:
        """Fit the chosen windows, keep what is well explained, give back what is not."""
        if not len(chosen):
            return chosen
        # What no choice of frequencies nearby explains is gone after the first step.
        omega, least = mend(centred[chosen], omega)
        hopeful = least < _RESIDUE
        left, chosen, omega = chosen[~hopeful], chosen[hopeful], omega[hopeful]
        if not len(chosen):
            return left
        omega, amplitudes, residue = fit(centred[chosen], omega, steps - 1)
        hz = omega * (SAMPLE_RATE / (2 * math.pi))
        dbm0 = _levels(amplitudes)
        good = (residue < _RESIDUE) & (hz.min(axis=1) > LEAST_HZ - 5) & (hz.max(1) < MOST_HZ + 5)
        good &= dbm0.max(1) > FLOOR_DBM0 - 1
        if hz.shape[1] == 2:
            good &= (np.abs(dbm0[:, 0] - dbm0[:, 1]) < 15.5) & (np.abs(hz[:, 0] - hz[:, 1]) > 18)
        order = np.argsort(hz, 1)
        hz, dbm0 = np.take_along_axis(hz, order, 1), np.take_along_axis(dbm0, order, 1)
        for row in np.flatnonzero(good):
            heard[int(loud[chosen[row]])] = hz[row], dbm0[row], float(residue[row])
        return np.sort(np.concatenate([left, chosen[~good]]))

    at_first, at_second = _between_bins(power, rows, first), _between_bins(power, rows, second)
    single, pair = np.flatnonzero(worth & ~two), np.flatnonzero(worth & two)
    keep(pair, np.stack([at_first[pair], at_second[pair]], 1), 3)
    left = keep(single, at_first[single, None], 2)
    # One broad peak that one sine does not explain may be two that beat.
    left = left[in_first[left] > 0.9 * total[left]]
    apart = 2 * math.pi * 13 / SAMPLE_RATE
    keep(left, np.stack([at_first[left] - apart, at_first[left] + apart], 1), 4)
    return heard


def _between_bins(power: Floats, rows: npt.NDArray[Any], at: npt.NDArray[Any]) -> Floats:
    """The peak's place by a parabola through the logarithms of three bins; radians a sample."""
    below, peak, above = (np.log(power[rows, at + step] + 1e-9) for step in (-1, 0, 1))
    bend = 2 * peak - below - above
    shift = np.where(bend > 1e-9, (above - below) / (2 * np.maximum(bend, 1e-9)), 0.0)
    return np.asarray((at + np.clip(shift, -0.5, 0.5)) * (2 * math.pi / _FFT))


class SteadyTones:
    """Finds the steady tones of `channels` lines; the stream may be cut anywhere."""

    def __init__(self, channels: int = 1) -> None:
        if channels < 1:
            raise ValueError(f"channels: want 1 or more, got {channels}")
        self.channels = channels
        self._sides = [_Side(channel) for channel in range(channels)]
        self._frames = 0

    def __repr__(self) -> str:
        return f"<SteadyTones {self.channels} channels, {self._frames} frames>"

    def process(self, block: npt.NDArray[np.int16]) -> list[Finding]:
        """Take the next frames at 8 kHz, int16, `(frames, channels)`, or `(frames,)` for one.

        Gives the tones that have ended, each about 1.5 s after its end.  ValueError when the number
        of channels is another.
        """
        if block.ndim == 1:
            block = block[:, None]
        if block.ndim != 2 or block.shape[1] != self.channels:
            raise ValueError(f"block: want (frames, {self.channels}), got shape {block.shape}")
        self._frames += len(block)
        found: list[Finding] = []
        for side, column in zip(self._sides, block.T, strict=True):
            found += side.take(column.astype(np.float64))
        return found

    def flush(self) -> list[Finding]:
        """End the stream: give what has not ended yet, and forget everything."""
        frames = self._frames
        silence = np.zeros(2 * _BATCH * _HOP)
        found: list[Finding] = []
        for side in self._sides:
            tones = side.take(silence)
            found += [*tones, *side.end(frames)]
        self.__init__(self.channels)  # type: ignore[misc]
        return found
