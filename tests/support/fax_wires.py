"""A telephone connection that carries a call block by block: two ways of a `ModemLine`, and echoes.

    wires = Wires(ModemLine(snr_db=21, slip_every_s=5, law="A"), seed=3, delay_ms=250)
    run(one, other, wires.there, wires.back)

`ModemLine.carry` takes a whole signal; terminals talk to each other, so a line here is a state.
What cannot be known beforehand is set: `snr_db` is against a signal of SENT_DBM0 less the line's
loss, and so is the noise there when nobody speaks.  A talker's echo is of the other way's sound,
`echo_ms` later, a listener's of the same.  Shapes are not carried, jitter neither.

What only a connection has: `delay_ms` each way, `silent_s` in which it is not through yet, and
blocks that are lost, `lost_per_s` of them by chance, with silence in their place.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from telcard.dsp import g711
from telcard.units import SAMPLE_RATE, dbm0_to_rms
from tests.support.modem_line import ModemLine

Signal = NDArray[np.int16]
Sound = NDArray[np.float64]

SENT_DBM0 = -13.0
"""At which terminals send, ours and spandsp's alike."""

_HALF = 64
"""Taps on either side of the filter that turns phases by a quarter."""


def _quarter() -> Sound:
    at = np.arange(-_HALF, _HALF + 1)
    odd = at % 2 == 1
    taps = np.zeros(len(at))
    taps[odd] = 2 / (np.pi * at[odd])
    return taps * np.hamming(len(at))


_QUARTER = _quarter()


@dataclass(slots=True)
class _Past:
    """Sound as it was `late` samples ago."""

    late: int
    kept: Sound = field(init=False)

    def __post_init__(self) -> None:
        self.kept = np.zeros(self.late)

    def __call__(self, x: Sound) -> Sound:
        both = np.concatenate([self.kept, x])
        self.kept = both[len(x) :]
        return both[: len(x)]


class Wire:
    """One way of a connection; `spoken` is what its listener has said up to now."""

    def __init__(
        self,
        line: ModemLine,
        seed: int,
        *,
        delay_ms: float = 0,
        silent_s: float = 0,
        lost_per_s: float = 0,
    ) -> None:
        if line.shape or line.jitter_degrees:
            raise ValueError("wires: want a line without shape and jitter")
        self._delayed = _Past(round(delay_ms * SAMPLE_RATE / 1000))
        self._silent, self._lost = silent_s * SAMPLE_RATE, lost_per_s / SAMPLE_RATE
        self._line, self._rng = line, np.random.default_rng(seed)
        late = round(line.echo_ms * SAMPLE_RATE / 1000)
        self._heard_again, self._spoken = _Past(late), _Past(late)
        self._kept = np.zeros(2 * _HALF)
        self._at = self._slips = 0
        self._waits = np.zeros(0)
        self._noise = 0.0
        if line.snr_db is not None:
            self._noise = float(dbm0_to_rms(SENT_DBM0 + line.gain_db - line.snr_db))
        if line.noise_dbm0 is not None:
            self._noise = float(np.hypot(self._noise, dbm0_to_rms(line.noise_dbm0)))

    def __call__(self, pcm: Signal, spoken: Signal) -> Signal:
        """What arrives of a block; a slip is made good in blocks to come."""
        line, n = self._line, len(pcm)
        x = pcm * 10 ** (line.gain_db / 20)
        if line.echo_db is not None:
            x = x + self._heard_again(x) * 10 ** (-line.echo_db / 20)
        if line.talker_db is not None:
            x = x + self._spoken(spoken.astype(float)) * 10 ** (-line.talker_db / 20)
        if line.offset_hz:
            x = self._turned(x)
        if self._noise:
            x = x + self._rng.normal(0, self._noise, n)
        if line.impulses_per_s:
            struck = self._rng.random(n) < line.impulses_per_s / SAMPLE_RATE
            x = x + struck * self._rng.choice([-line.impulse, line.impulse], n)
        if line.slip_every_s:
            x = self._slipped(x)
        if self._at < self._silent or (self._lost and self._rng.random() < self._lost * n):
            x = np.zeros(n)
        x = self._delayed(x)
        self._at += n
        heard = np.clip(np.rint(x), -32768, 32767).astype(np.int16)
        if line.law == "A":
            heard = g711.decode_alaw(g711.encode_alaw(heard))
        elif line.law == "u":
            heard = g711.decode_ulaw(g711.encode_ulaw(heard))
        return heard

    def _turned(self, x: Sound) -> Sound:
        both = np.concatenate([self._kept, x])
        self._kept = both[len(x) :]
        phase = 2 * np.pi * self._line.offset_hz * (self._at + np.arange(len(x))) / SAMPLE_RATE
        quarter = np.convolve(both, _QUARTER, "valid")
        turned: Sound = both[_HALF:-_HALF] * np.cos(phase) - quarter * np.sin(phase)
        return turned

    def _slipped(self, x: Sound) -> Sound:
        """Always a block; a lost sample in the first one leaves a gap at its end."""
        every, block = round(self._line.slip_every_s * SAMPLE_RATE), len(x)
        if (self._at + every // 2) // every != (self._at + block + every // 2) // every:
            kind = self._line.slip or (-1 if self._slips % 2 else 1)
            self._slips += 1
            middle = block // 2
            x = np.delete(x, middle) if kind < 0 else np.insert(x, middle, x[middle])
        waits = np.concatenate([self._waits, x])
        waits = np.pad(waits, (0, max(0, block - len(waits))))
        self._waits = waits[block:]
        return waits[:block]


class Wires:
    """Both ways of a connection; `manner` is a `Wire`'s."""

    def __init__(self, line: ModemLine, seed: int, **manner: float) -> None:
        self._there, self._back = Wire(line, 2 * seed, **manner), Wire(line, 2 * seed + 1, **manner)
        self._said = self._answered = np.zeros(0, np.int16)

    def there(self, pcm: Signal) -> Signal:
        """What the called end hears."""
        self._said = pcm
        return self._there(pcm, _like(self._answered, pcm))

    def back(self, pcm: Signal) -> Signal:
        """What the calling end hears."""
        self._answered = pcm
        return self._back(pcm, self._said)


def _like(spoken: Signal, pcm: Signal) -> Signal:
    return spoken if len(spoken) else np.zeros(len(pcm), np.int16)
