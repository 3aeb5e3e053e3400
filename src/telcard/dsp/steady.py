"""Hearing steady tones, whatever they mean: dial tones, ringing, busy, beeps, faxes.

    detect_steady(pcm)                       # [SteadyTone(start=0, frames=4000, hz=(425.0,), ...)]

    detector = SteadyDetector(channels=30)   # a stream: 30 lines at once
    for block in blocks:                     # (frames, 30), of any length
        for tone in detector.process(block):
            print(tone.channel, tone.hz, tone.dbm0)

A steady tone is one sine, two of them 28 Hz or more apart and within 13 dB of each other, or one
that is modulated (India's 400 Hz, modulated by 25 Hz), from 210 to 3,750 Hz, which is 70 % of all
energy that sounds: 5 dB of signal to noise.  Frequencies are measured, to 0.3 Hz and better over
some 200 ms, not compared with a list; start and length are those of the tone, to about 4 ms.
What a tone means is said by its cadence: `telcard.dsp.templates`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from telcard import units
from telcard._native import detect
from telcard.dsp.pcm import frames_of, recording_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from telcard.dsp.pcm import Pcm


@dataclass(frozen=True, slots=True)
class SteadyProfile:
    """What a detector takes for a steady tone.

    `floor_dbm0`: what is weaker is not heard.  `purity`: least part of all energy between 200 and
    3,800 Hz that is the tone's.  `hole_ms`: a shorter absence does not end it.
    """

    floor_dbm0: float = -46.0
    purity: float = 0.7
    hole_ms: float = 25.0

    def __post_init__(self) -> None:
        ranges = {"floor_dbm0": (-70, 0), "purity": (0.5, 0.99), "hole_ms": (0, 35)}
        for name, (least, most) in ranges.items():
            if not least <= getattr(self, name) <= most:
                raise ValueError(f"{name}: want {least} to {most}, got {getattr(self, name)}")


@dataclass(frozen=True, slots=True)
class SteadyTone:
    """A stretch of a steady tone, where it lies in the stream, and what it was like.

    `start` is its first sample, `frames` its length (so far, if not `ended`), both at 8 kHz.  `hz`
    and `dbm0` are of each sine, the lower first; of a `modulated` tone, centre and whole level.
    """

    channel: int
    start: int
    frames: int
    hz: tuple[float, ...]
    dbm0: tuple[float, ...]
    purity: float
    modulated: bool = False
    ended: bool = True

    @property
    def end(self) -> int:
        """The sample after its last."""
        return self.start + self.frames

    @property
    def length_s(self) -> float:
        """Its length in seconds."""
        return self.frames / units.SAMPLE_RATE

    @property
    def level_dbm0(self) -> float:
        """Level of all of it."""
        return float(10 * np.log10(sum(10 ** (level / 10) for level in self.dbm0)))

    @property
    def twist_db(self) -> float:
        """By how much the higher sine is louder; 0 for one."""
        return self.dbm0[-1] - self.dbm0[0]


class SteadyDetector:
    """Hears the steady tones of `channels` lines at once; the stream may be cut anywhere.

    `process` reports a tone once, when it has ended (some 60 ms after its last sample).  With
    `early=True` it reports each tone twice: as soon as it is certain, about 80 ms after its start,
    with `ended` False, and again when it has ended.  Channels are worked on 16 abreast: one by
    itself costs as much as 16.
    """

    def __init__(
        self, channels: int = 1, *, early: bool = False, profile: SteadyProfile | None = None
    ) -> None:
        if channels < 1:
            raise ValueError(f"channels: want 1 or more, got {channels}")
        self.channels = channels
        self.early = early
        self.profile = profile or SteadyProfile()
        self._native = detect.Steady(channels, asdict(self.profile))
        self._heard = 0

    def __repr__(self) -> str:
        return f"<SteadyDetector {self.channels} channels, {self._heard} frames heard>"

    def process(self, block: Pcm) -> list[SteadyTone]:
        """Hear the next frames, PCM of shape (frames, channels), or (frames,) for one channel.

        Gives the tones in the order in which they were decided.  int16, or float32 in -1..1
        (TypeError); ValueError when the number of channels is another.
        """
        pcm = frames_of(block, self.channels)
        self._heard += len(pcm)
        return self._tones(pcm)

    def reset(self, channel: int) -> None:
        """Forget what one channel has heard and count it from 0; a tone in progress is dropped.

        ValueError when there is no such channel.
        """
        self._native.reset(channel)

    def flush(self) -> list[SteadyTone]:
        """End the stream: give the tones that have not ended yet, and forget everything.

        The next `process` starts a new stream, counted from 0.
        """
        tones = self._tones(np.zeros((FLUSH_FRAMES, self.channels), np.int16))
        self._native = detect.Steady(self.channels, asdict(self.profile))
        self._heard = 0
        return tones

    def _tones(self, pcm: NDArray[np.int16]) -> list[SteadyTone]:
        return [
            SteadyTone(channel, start, frames, hz, dbm0, purity, modulated, ended)
            for (
                _, channel, ended, start, frames, hz, dbm0, purity, modulated,
            ) in self._native.feed(pcm, self.early)
        ]  # fmt: skip


def detect_steady(
    pcm: Pcm, samplerate: int = units.SAMPLE_RATE, *, profile: SteadyProfile | None = None
) -> list[SteadyTone]:
    """Give all steady tones of a recording, ordered by start; `pcm` as for `SteadyDetector`.

    The number of channels is that of `pcm`.  ValueError when `samplerate` is not 8000.
    """
    block = recording_of(pcm, samplerate, "tones are heard")
    detector = SteadyDetector(block.shape[1], profile=profile)
    found = detector.process(block) + detector.flush()
    return sorted(found, key=lambda tone: (tone.start, tone.channel))


FLUSH_FRAMES = 1280
"""Silence that ends every tone: a window, and the two blocks that must lack it."""
