"""What a telephone line does to a modem's signal, in the order in which a connection does it.

    line = ModemLine(snr_db=21, slip_every_s=5, law="A")
    heard = line.carry(pcm, seed=3)

Shape, echoes, frequency offset, phase jitter, noise, impulses, slips, and the law at last.  All of
it is deterministic; noise and impulses come from the seed.  numpy floats throughout: the simulator
judges kernels, it is none.

The shapes `SHAPES` lie at the limits of a mask, which no real line does everywhere:

c2    Bell's C2 conditioning, the same as ITU-T M.1020 (which V.29 and the leased lines of its day
      were made for): loss against 1 kHz at most 3 dB from 500 to 2800 Hz and 6 dB from 300 to 3000;
      delay against the least at most 3 ms at 500 and 2800 Hz, 1.5 ms at 600, 0.5 ms from 1000 to
      2600 Hz.
c1    C1 conditioning: 3 dB from 1000 to 2400 Hz, 6 dB from 300 to 2700; 1.75 ms at 800 and 2600 Hz,
      1 ms from 1000 to 2400.
3002  Bell's unconditioned channel, close to a dialled line: 8 dB from 500 to 2500 Hz, 12 dB from
      300 to 3000; 1.75 ms at 800 and 2600 Hz.
loop  6 km of unloaded 0.5 mm cable as a low-pass: 0 dB at 300 Hz down to 9 dB more at 3400 Hz, by
      the square root of frequency; no delay of note.

Source: M.1020 figures 1 and 2, Bell PUB 41004 (3002, C1, C2) from memory, the limits' edges joined
by straight lines.  V.56 bis draws its lines from such masks as well.  Impulses as ITU-T O.71 counts
them: spikes of one sample.  A jump of a listener's echo is V.56 bis's third path.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from telcard.dsp import g711
from telcard.units import SAMPLE_RATE, dbm0_to_rms

Signal = NDArray[np.int16]

_TAPS = 512

_C2_LOSS = ((0, 30), (200, 12), (300, 6), (500, 3), (900, 0), (1800, 0), (2800, 3), (3000, 6))
_C1_LOSS = ((0, 30), (200, 12), (300, 6), (1000, 3), (1300, 0), (1800, 0), (2400, 3), (2700, 6))
_3002_LOSS = ((0, 30), (200, 18), (300, 12), (500, 8), (900, 0), (1500, 0), (2500, 8), (3000, 12))

SHAPES: dict[str, tuple[tuple[tuple[float, float], ...], tuple[tuple[float, float], ...]]] = {
    "c2": (
        (*_C2_LOSS, (3400, 15), (4000, 40)),
        ((400, 3), (500, 3), (600, 1.5), (1000, 0.5), (1800, 0), (2600, 0.5), (2800, 3), (3200, 3)),
    ),
    "c1": (
        (*_C1_LOSS, (3000, 9), (3400, 15), (4000, 40)),
        ((600, 2.5), (800, 1.75), (1000, 1), (1700, 0), (2400, 1), (2600, 1.75), (3000, 3)),
    ),
    "3002": (
        (*_3002_LOSS, (3400, 18), (4000, 40)),
        ((500, 2.8), (800, 1.75), (1700, 0), (2600, 1.75), (3000, 2.6)),
    ),
    "loop": (((0, 0), (300, 0), (800, 1.9), (1500, 4), (2500, 6.6), (3400, 9), (4000, 12)), ()),
}
"""(Hz, dB) of loss and (Hz, ms) of delay; beyond their ends they stay as they are there."""


@cache
def response(shape: str) -> NDArray[np.float64]:
    """A shape's impulse response, 64 ms long, its least delay in the middle."""
    loss, delay = SHAPES[shape]
    hz = np.fft.rfftfreq(2 * _TAPS, 1 / SAMPLE_RATE)
    size = 10 ** (-np.interp(hz, *zip(*loss, strict=True)) / 20)
    ms = np.interp(hz, *zip(*delay, strict=True)) if delay else np.zeros(len(hz))
    phase = -2 * np.pi * np.cumsum(ms / 1000) * (hz[1] - hz[0])
    late = np.exp(-2j * np.pi * hz / SAMPLE_RATE * (_TAPS // 2))
    taps: NDArray[np.float64] = np.fft.irfft(size * np.exp(1j * phase) * late)[:_TAPS]
    return taps * np.hanning(_TAPS + 2)[1:-1] ** 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class ModemLine:
    """A line's figures; without any it changes no sample.

    `snr_db`: white noise from 0 to 4 kHz so far below the signal's mean power while it sounds.
    `noise_dbm0`: the same at a level of its own, whatever the signal.  `slip_every_s`: samples are
    lost (`slip` -1) or sent twice (+1) at this distance, or in turns (0).  `impulses_per_s` spikes
    of `impulse` come by chance.  `echo_db` and `echo_ms`: listener echo, the signal once more, so
    much weaker and later; `talker_db`: the same of what `carry` is given as `spoken`.
    `jitter_degrees` peak to peak at `jitter_hz`.  `shape`: one of SHAPES.  `law`: A or u.
    """

    gain_db: float = 0
    shape: str = ""
    echo_db: float | None = None
    echo_ms: float = 20
    talker_db: float | None = None
    offset_hz: float = 0
    jitter_degrees: float = 0
    jitter_hz: float = 60
    snr_db: float | None = None
    noise_dbm0: float | None = None
    impulses_per_s: float = 0
    impulse: float = 9000
    slip_every_s: float = 0
    slip: int = 0
    law: str = ""

    def carry(self, pcm: Signal, *, seed: int = 1, spoken: Signal | None = None) -> Signal:
        """What arrives of a signal, as long as it is but for slips; `spoken` is the other way's."""
        rng = np.random.default_rng(seed)
        x = pcm * 10 ** (self.gain_db / 20)
        if self.shape:
            x = np.convolve(x, response(self.shape))[_TAPS // 2 :][: len(pcm)]
        if self.echo_db is not None:
            x = x + self._echo(x, self.echo_db)
        if self.talker_db is not None and spoken is not None:
            other = np.zeros(len(x))
            other[: len(spoken)] = spoken[: len(x)]
            x = x + self._echo(other, self.talker_db)
        if self.offset_hz or self.jitter_degrees:
            x = self._turned(x)
        x = self._noisy(x, rng)
        x = self._slipped(x)
        line = np.clip(np.rint(x), -32768, 32767).astype(np.int16)
        if self.law == "A":
            line = g711.decode_alaw(g711.encode_alaw(line))
        elif self.law == "u":
            line = g711.decode_ulaw(g711.encode_ulaw(line))
        return line

    def _echo(self, x: NDArray[np.float64], loss_db: float) -> NDArray[np.float64]:
        late = round(self.echo_ms * SAMPLE_RATE / 1000)
        return np.concatenate([np.zeros(late), x])[: len(x)] * 10 ** (-loss_db / 20)

    def _turned(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        at = np.arange(len(x)) / SAMPLE_RATE
        phase = 2 * np.pi * self.offset_hz * at
        peak = np.radians(self.jitter_degrees) / 2
        phase += peak * np.sin(2 * np.pi * self.jitter_hz * at)
        spectrum = np.fft.fft(x, 1 << (len(x) - 1).bit_length())
        half = len(spectrum) // 2
        spectrum[1:half] *= 2
        spectrum[half + 1 :] = 0
        analytic = np.fft.ifft(spectrum)[: len(x)]
        turned: NDArray[np.float64] = (analytic * np.exp(1j * phase)).real
        return turned

    def _noisy(self, x: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
        if self.snr_db is not None:
            sounding = x[np.abs(x) > 0.5]
            rms = np.sqrt(np.mean(sounding**2)) if len(sounding) else 0.0
            x = x + rng.normal(0, rms * 10 ** (-self.snr_db / 20), len(x))
        if self.noise_dbm0 is not None:
            x = x + rng.normal(0, dbm0_to_rms(self.noise_dbm0), len(x))
        if self.impulses_per_s:
            struck = rng.random(len(x)) < self.impulses_per_s / SAMPLE_RATE
            x = x + struck * rng.choice([-self.impulse, self.impulse], len(x))
        return x

    def _slipped(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        if not self.slip_every_s:
            return x
        every = round(self.slip_every_s * SAMPLE_RATE)
        times = np.ones(len(x), np.int64)
        for count, at in enumerate(range(every // 2, len(x), every)):
            kind = self.slip or (-1 if count % 2 else 1)
            times[at] += kind
        return np.repeat(x, times)
