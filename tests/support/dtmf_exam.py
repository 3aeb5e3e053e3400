"""Signals for DTMF detectors to hear, and ours as one of the detectors."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from telcard import units
from telcard.dsp import g711
from telcard.dsp.dtmf import DtmfDetector
from telcard.dsp.dtmf_profiles import DtmfProfile
from telcard.dsp.tones import DTMF_HZ
from tests.support.dtmf_peers import Heard, Hears

Sound = NDArray[np.float64]
KEYS = "123A456B789C*0#D"
RATE = units.SAMPLE_RATE


def ms(milliseconds: float) -> int:
    return round(milliseconds * RATE / 1000)


def sine(hz: float, level_dbm0: float, frames: int, phase: float) -> Sound:
    t = np.arange(frames) / RATE
    return units.dbm0_to_peak(level_dbm0) * np.sin(2 * np.pi * hz * t + phase)


@dataclass
class Maker:
    """Makes signals; everything random comes from here."""

    random: np.random.Generator

    def pair(
        self,
        key: str,
        on_ms: float = 50,
        low_dbm0: float = -10,
        high_dbm0: float = -10,
        low: float = 0,
        high: float = 0,
        low_hz: float = 0,
        high_hz: float = 0,
    ) -> Sound:
        """One digit; `low`, `high` are relative offsets, `low_hz`, `high_hz` come on top."""
        f1, f2 = DTMF_HZ[key]
        n = ms(on_ms)
        a, b = self.random.uniform(0, 2 * np.pi, 2)
        return sine(f1 * (1 + low) + low_hz, low_dbm0, n, a) + sine(
            f2 * (1 + high) + high_hz, high_dbm0, n, b
        )

    def silence(self, milliseconds: float) -> Sound:
        return np.zeros(ms(milliseconds))

    def row(self, keys: str, on_ms: float, off_ms: float, level_dbm0: float = -10) -> Sound:
        return np.concatenate(
            [
                part
                for key in keys
                for part in (
                    self.pair(key, on_ms, level_dbm0, level_dbm0),
                    self.silence(off_ms),
                )
            ]
        )

    def keys(self, count: int) -> str:
        return "".join(self.random.choice(list(KEYS), count))

    def noise(self, frames: int, level_dbm0: float) -> Sound:
        return self.random.normal(0, units.dbm0_to_rms(level_dbm0), frames)

    def padded(self, sound: Sound) -> Sound:
        """Between silences, so that the grid of blocks falls anywhere."""
        before = int(self.random.integers(800, 1600))
        return np.concatenate([np.zeros(before), sound, np.zeros(1200)])


def line(sound: Sound) -> NDArray[np.int16]:
    """What comes out of a 64 kbit/s bearer."""
    return g711.decode_alaw(
        g711.encode_alaw(np.clip(np.rint(sound), -32768, 32767).astype(np.int16))
    )


# ---------------------------------------------------------------- the detectors


def ours_with(profile: DtmfProfile | str | None = None) -> Hears:
    """telcard by a profile, all signals of about one length at once."""

    def hears(signals: Sequence[NDArray[np.int16]]) -> list[list[Heard]]:
        heard: list[list[Heard]] = [[] for _ in signals]
        order = sorted(range(len(signals)), key=lambda i: len(signals[i]))
        for at in range(0, len(order), 256):
            some = order[at : at + 256]
            block = np.zeros((max(len(signals[i]) for i in some), len(some)), np.int16)
            for column, i in enumerate(some):
                block[: len(signals[i]), column] = signals[i]
            detector = DtmfDetector(len(some), profile=profile)
            for event in detector.process(block) + detector.flush():
                heard[some[event.channel]].append(Heard(event.digit, event.start, event.frames))
        return heard

    return hears


ours = ours_with()
