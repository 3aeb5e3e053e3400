"""Gain control: talkers of every loudness brought to one level.

    agc = Agc(channels=30)
    for block in blocks:                # (frames, 30)
        even = agc.process(block)
    rest = agc.flush()

    level_talk(pcm)                     # the whole of a recording

Background keeps the gain that it finds, nothing is clipped; how, and the limits, are told in
`_native/c/agc.h`.  Frame n of what comes out is frame n of what went in.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from telcard import units
from telcard._native import voice
from telcard.dsp.hops import Hops
from telcard.dsp.pcm import at_8_khz, to_int16

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from telcard.dsp.pcm import Pcm


@dataclass(frozen=True, slots=True)
class AgcProfile:
    """What gain control aims at: talk at `target_dbm0`, by gains of `least_db` to `most_db`; what
    is below `gate_dbm0` is never talk.
    """

    target_dbm0: float = -18.0
    most_db: float = 24.0
    least_db: float = -15.0
    gate_dbm0: float = -50.0

    def __post_init__(self) -> None:
        if not -40 <= self.target_dbm0 <= -6:
            raise ValueError(f"target_dbm0: want -40 to -6, got {self.target_dbm0}")
        if not 0 <= self.most_db <= 40:
            raise ValueError(f"most_db: want 0 to 40, got {self.most_db}")
        if not -40 <= self.least_db <= 0:
            raise ValueError(f"least_db: want -40 to 0, got {self.least_db}")
        if not -70 <= self.gate_dbm0 <= -20:
            raise ValueError(f"gate_dbm0: want -70 to -20, got {self.gate_dbm0}")


class Agc:
    """Controls the gain of `channels` at once, each by itself; the stream may be cut anywhere.

    It works in hops of 10 ms: `process` gives those that are complete.
    """

    def __init__(self, channels: int = 1, *, profile: AgcProfile | None = None) -> None:
        self._hops = Hops(channels)
        self.channels = channels
        self.profile = profile or AgcProfile()
        self._native = voice.Agc(channels, asdict(self.profile))

    def __repr__(self) -> str:
        return f"<Agc {self.channels} channels, {self._hops.taken} frames>"

    @property
    def gains_db(self) -> NDArray[np.float64]:
        """The gain of each channel now, in dB."""
        return np.asarray(20 * np.log10(self._native.gains()))

    def process(self, block: Pcm) -> NDArray[np.int16]:
        """Take the next frames; give those that are complete hops, `(frames, channels)`.

        `block`: `(frames,)` for one channel, `(frames, channels)` otherwise (ValueError).
        """
        return self._native.feed(self._hops.take(block))

    def flush(self) -> NDArray[np.int16]:
        """End the stream: give what is left of it, and be as new."""
        left = self._hops.waiting
        made = self._native.feed(self._hops.rest())[:left]
        self._native = voice.Agc(self.channels, asdict(self.profile))
        return made


def level_talk(
    pcm: Pcm, samplerate: int = units.SAMPLE_RATE, *, profile: AgcProfile | None = None
) -> NDArray[np.int16]:
    """A whole recording with its talkers at one level, in the shape of `pcm`.

    ValueError when `samplerate` is not 8000.
    """
    at_8_khz(samplerate, "talk is levelled")
    sound = to_int16(pcm)
    agc = Agc(sound.shape[1] if sound.ndim == 2 else 1, profile=profile)
    made = np.concatenate([agc.process(sound), agc.flush()])
    return made[:, 0] if sound.ndim == 1 else made
