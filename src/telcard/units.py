"""The few constants and conversions that everybody shares: samples, ticks, time, levels.

Media time is an integer count of samples at 8 kHz, control time an integer count of
nanoseconds; a tick is 10 ms in both.

0 dBm0 is written down once, here: ITU-T G.711 table 5 puts the load capacity of A-law at
+3.14 dBm0 and of u-law at +3.17 dBm0 for a sine whose peaks just reach the codec's virtual
decision value.  With A-law's 4096 steps laid on the int16 scale of 32768, a sine of 0 dBm0 has the
RMS value 32768 / sqrt(2) / 10**(3.14 / 20) = 16141.2 (peak 22827.1).
"""

from __future__ import annotations

import math

SAMPLE_RATE = 8000
"""Samples a second on every line."""

TICK_SAMPLES = 80
"""Samples in one tick of the engine (10 ms)."""

NS = 1_000_000_000
"""Nanoseconds in a second."""

SAMPLE_NS = NS // SAMPLE_RATE
"""Nanoseconds in a sample (125 us)."""

TICK_NS = TICK_SAMPLES * SAMPLE_NS
"""Nanoseconds in a tick."""

DBM0_RMS = 32768 / math.sqrt(2) / 10 ** (3.14 / 20)
"""RMS value, on the int16 scale, of a signal of 0 dBm0 (G.711 table 5, A-law)."""


def seconds_to_ns(seconds: float) -> int:
    """Nearest whole nanosecond."""
    return round(seconds * NS)


def seconds_to_samples(seconds: float) -> int:
    """Nearest whole sample at 8 kHz."""
    return round(seconds * SAMPLE_RATE)


def samples_to_seconds(samples: int) -> float:
    """Seconds that `samples` at 8 kHz last."""
    return samples / SAMPLE_RATE


def ns_to_samples(nanoseconds: int) -> int:
    """Whole samples that have passed after `nanoseconds`."""
    return nanoseconds // SAMPLE_NS


def rms_to_dbm0(rms: float) -> float:
    """Level in dBm0 of a signal with this RMS value on the int16 scale; -inf for silence."""
    return 20 * math.log10(rms / DBM0_RMS) if rms > 0 else -math.inf


def dbm0_to_rms(level_dbm0: float) -> float:
    """RMS value, on the int16 scale, of a signal of this level."""
    return float(DBM0_RMS * 10 ** (level_dbm0 / 20))


def dbm0_to_peak(level_dbm0: float) -> float:
    """Peak amplitude, on the int16 scale, of a sine of this level."""
    return dbm0_to_rms(level_dbm0) * math.sqrt(2)
