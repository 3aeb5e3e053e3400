"""What a subscriber's own line does to sound: loss, noise, delay, echo, offset, impulses, slips.

    rural = Copper(loss_db=10, noise_dbm0=-50, impulses_per_min=6)
    line = CopperLine(rural, seed=7)
    heard, arrived = line.process(from_the_exchange, from_his_mouth)

The order of the effects, and how each is made, stands in the head of `copper.h`.  A `Copper` is
plain data: `telcard.engine.Lane.copper` puts it on a lane, `telcard.exchange.Town.subscriber` on
somebody's line.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from telcard._native import dsp
from telcard.dsp.pcm import to_int16
from telcard.units import SAMPLE_RATE, dbm0_to_peak, dbm0_to_rms, seconds_to_samples

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from telcard.dsp.pcm import Pcm

T = TypeVar("T")

Figure = float | tuple[float, float]
"""One number for both ways, or two: to the subscriber, and from him."""

MOST_DELAY_MS = 1000.0
"""The longest delay of a line, one way."""

MOST_SLIPS = 10_000
"""How many slips a line may have been given by their places."""

OFFSET_DELAY_MS = 8.0
"""What moving the frequencies takes."""

_LIMITS = {
    "loss_db": (-20.0, 80.0),
    "delay_ms": (0.0, MOST_DELAY_MS),
    "offset_hz": (-100.0, 100.0),
    "impulses_per_min": (0.0, 60_000.0),
    "impulse_dbm0": (-70.0, 3.0),
    "slips_per_min": (0.0, 60_000.0),
}
_LIMIT_NOISE = (-100.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Copper:
    """A line's figures; without any it changes no sample.

    A `Figure` may be a pair, (to the subscriber, from him).  `loss_db` weakens, `noise_dbm0` is the
    level of white noise, heard in pauses too (None: silence), `delay_ms` is rounded to samples of
    125 us.  `offset_hz` moves all frequencies and takes 8 ms on top of the delay.
    `impulses_per_min` clicks come at random, their peak that of a sine of `impulse_dbm0`.

    Slips come at random, `slips_per_min`, or at the samples `slips_at` of either way, counted from
    the line's beginning: one sample is sent twice, the next time one is lost, and so on.

    `echo` is the hybrid's response, up to 512 taps at 8 kHz: what the subscriber hears comes back
    through it into what he sends.  With `erl_db` it is scaled so that white noise comes back so
    much weaker (echo return loss, ITU-T G.122); else it is used as it is.

    ValueError says which figure is out of range.
    """

    loss_db: Figure = 0.0
    noise_dbm0: float | tuple[float | None, float | None] | None = None
    delay_ms: Figure = 0.0
    offset_hz: Figure = 0.0
    impulses_per_min: Figure = 0.0
    impulse_dbm0: float = -10.0
    slips_per_min: Figure = 0.0
    slips_at: tuple[int, ...] = ()
    echo: tuple[float, ...] = ()
    erl_db: float | None = None

    def __post_init__(self) -> None:
        for name, limits in _LIMITS.items():
            for value in both_ways(getattr(self, name)):
                _check(name, value, limits)
        for noise in both_ways(self.noise_dbm0):
            if noise is not None:
                _check("noise_dbm0", noise, _LIMIT_NOISE)
        if len(self.echo) > dsp.COPPER_TAPS:
            raise ValueError(f"echo: want at most {dsp.COPPER_TAPS} taps, got {len(self.echo)}")
        if not all(map(math.isfinite, self.echo)):
            raise ValueError("echo: want finite taps")
        if self.erl_db is not None:
            _check("erl_db", self.erl_db, (-6.0, 80.0))
            if not any(self.echo):
                raise ValueError("erl_db: want the taps of an echo to scale, got none")
        if len(self.slips_at) > MOST_SLIPS:
            raise ValueError(f"slips_at: want at most {MOST_SLIPS}, got {len(self.slips_at)}")
        if any(sample < 0 for sample in self.slips_at):
            raise ValueError(f"slips_at: want samples from 0 on, got {min(self.slips_at)}")

    @property
    def changes_nothing(self) -> bool:
        """Whether a line without any figures would do as well."""
        return self == Copper(impulse_dbm0=self.impulse_dbm0)

    def delay_s(self, way: int = 0) -> float:
        """Seconds that sound takes to the subscriber (way 0), or from him (1)."""
        shifter = OFFSET_DELAY_MS if both_ways(self.offset_hz)[way] else 0.0
        return (both_ways(self.delay_ms)[way] + shifter) / 1000

    def taps(self) -> tuple[float, ...]:
        """The taps of the echo, scaled by `erl_db`."""
        if self.erl_db is None:
            return self.echo
        scale = 10 ** (-self.erl_db / 20) / math.sqrt(math.fsum(tap * tap for tap in self.echo))
        return tuple(scale * tap for tap in self.echo)

    def as_native(self, seed: int) -> dsp.Copper:
        """A line that begins now, for the kernel."""
        slips = tuple(sorted(set(self.slips_at)))
        return dsp.Copper(self._figures(0), self._figures(1), self.taps(), slips, seed % 2**64)

    def _figures(self, way: int) -> tuple[float | int, ...]:
        """One way in the kernel's units, in the order of `tc_copper_figures`."""
        noise = both_ways(self.noise_dbm0)[way]
        return (
            10 ** (-both_ways(self.loss_db)[way] / 20),
            0.0 if noise is None else dbm0_to_rms(noise),
            dbm0_to_peak(self.impulse_dbm0),
            _odds(both_ways(self.impulses_per_min)[way]),
            _odds(both_ways(self.slips_per_min)[way]),
            seconds_to_samples(both_ways(self.delay_ms)[way] / 1000),
            round(both_ways(self.offset_hz)[way] / SAMPLE_RATE * 2**32) % 2**32,
        )


class CopperLine:
    """A stream over a line, both ways at once; all chance in it comes from `seed`."""

    def __init__(self, copper: Copper, seed: int = 1) -> None:
        self.copper = copper
        self._line = copper.as_native(seed)

    def process(
        self, received: Pcm, sent: Pcm | None = None
    ) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
        """What the subscriber hears of `received`, and what arrives of `sent`, which he says.

        Both are PCM of shape `(frames,)`, of one length; without `sent` he is silent.  ValueError
        for other shapes.
        """
        given = to_int16(received)
        said = np.zeros_like(given) if sent is None else to_int16(sent)
        if given.ndim != 1 or given.shape != said.shape:
            raise ValueError(
                f"copper: want two sounds of shape (frames,) and one length, "
                f"got {given.shape} and {said.shape}"
            )
        return self._line.process(given, said)


def both_ways(figure: T | tuple[T, T]) -> tuple[T, T]:
    """A figure as a pair: to the subscriber, from him."""
    return figure if isinstance(figure, tuple) else (figure, figure)


def _odds(per_min: float) -> int:
    """Of 2^32, at each sample."""
    return round(per_min / 60 / SAMPLE_RATE * 2**32)


def _check(name: str, value: float, limits: tuple[float, float]) -> None:
    low, high = limits
    if not low <= value <= high:
        raise ValueError(f"{name}: want {low:g} to {high:g}, got {value:g}")
