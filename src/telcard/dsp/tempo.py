"""Sound faster or slower, at its own pitch.

    tempo = Tempo(1.3, channels=2)      # 30 % faster
    for block in blocks:                # (frames, 2)
        faster = tempo.process(block)
    rest = tempo.flush()

    change_tempo(pcm, 0.8)              # the whole of a recording, 20 % slower

What comes out lasts as long as it should, to the sample; at a speed of 1 it is what went in, bit
for bit.  How it is done is told in `_native/c/tempo.h`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from telcard import units
from telcard._native import voice
from telcard.dsp.pcm import at_8_khz, frames_of, to_int16

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from telcard.dsp.pcm import Pcm

SPEED_MIN, SPEED_MAX = voice.TEMPO_LEAST / 100, voice.TEMPO_MOST / 100
"""The least and the greatest speed: half as fast, and half as fast again."""


class Tempo:
    """Brings `channels` of a stream to another speed, 0.5 to 1.5 in hundredths (ValueError).

    The stream may be cut anywhere.  Channels are treated one by one, as those of separate lines.
    """

    def __init__(self, speed: float = 1.0, channels: int = 1) -> None:
        if channels < 1:
            raise ValueError(f"channels: want 1 or more, got {channels}")
        self.channels = channels
        self._percent = _percent(speed)
        self._kept: NDArray[np.int16]
        self._first: int
        self._begin()

    def __repr__(self) -> str:
        return f"<Tempo {self.speed:g}, {self.channels} channels, at frame {self.position}>"

    @property
    def speed(self) -> float:
        """How many times as fast; a new one counts from the next hop of 10 ms on."""
        return self._percent / 100

    @speed.setter
    def speed(self, speed: float) -> None:
        self._percent = _percent(speed)
        self._native.round_down()

    @property
    def position(self) -> int:
        """Frames of what was put in that what came out has passed."""
        return self._native.place

    def process(self, block: Pcm) -> NDArray[np.int16]:
        """Take the next frames; give those that are certain, `(frames, channels)`.

        `block`: `(frames,)` for one channel, `(frames, channels)` otherwise (ValueError).
        """
        samples = frames_of(block, self.channels)
        self._kept = np.ascontiguousarray(np.concatenate([self._kept, samples.T], axis=1))
        made = self._native.feed(self._kept, self._first, -1, self._percent)
        gone = max(0, self._native.needs() - self._first)
        self._kept = self._kept[:, gone:]
        self._first += gone
        return made

    def flush(self) -> NDArray[np.int16]:
        """End the stream: give what is left of it, and be as new."""
        end = self._first + self._kept.shape[1]
        kept = np.ascontiguousarray(self._kept)
        made = self._native.feed(kept, self._first, end, self._percent)
        self._begin()
        return made

    def _begin(self) -> None:
        self._native = voice.Tempo(self.channels)
        self._kept = np.empty((self.channels, 0), np.int16)
        self._first = 0


def change_tempo(pcm: Pcm, speed: float, samplerate: int = units.SAMPLE_RATE) -> NDArray[np.int16]:
    """A whole recording at another speed, in the shape of `pcm`; ceil(frames / speed) frames.

    ValueError for a speed beyond 0.5 to 1.5, or a samplerate other than 8000.
    """
    at_8_khz(samplerate, "tempo is changed")
    sound = to_int16(pcm)
    tempo = Tempo(speed, sound.shape[1] if sound.ndim == 2 else 1)
    made = np.concatenate([tempo.process(sound), tempo.flush()])
    return made[:, 0] if sound.ndim == 1 else made


def _percent(speed: float) -> int:
    if not SPEED_MIN <= speed <= SPEED_MAX:
        raise ValueError(f"speed: want {SPEED_MIN:g} to {SPEED_MAX:g}, got {speed}")
    return round(speed * 100)
