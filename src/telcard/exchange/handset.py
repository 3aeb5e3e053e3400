"""A subscriber's ear and mouth: the one place where his telephone meets sound.

A `Handset` turns what a lane receives into clips heard and progress tones, and keys and words into
operations of the lane.  `SoundHandset` does it with real sound; what a subscriber does with it is
the same for every handset, so scripts know nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
import numpy.typing as npt

from telcard.dsp import g711, tones
from telcard.engine import Lane, Operation, Outcome
from telcard.exchange.progress import Progress
from telcard.exchange.recognise import Listener
from telcard.exchange.repertoire import Repertoire
from telcard.exchange.track import Heard
from telcard.exchange.verbatim import QUIET
from telcard.units import dbm0_to_rms

Samples = npt.NDArray[np.int16]
Done = Callable[[Outcome], None]


class Handset(Protocol):
    """Ear and mouth of one call; `heard` and `told` are called as things are heard."""

    @property
    def position(self) -> int:
        """Samples (8 kHz) listened to so far; `Heard.start` counts so."""

    @property
    def audible(self) -> int:
        """How many of them were sound, known or not."""

    @property
    def sounding(self) -> Heard | None:
        """The clip that sounds now, as far as it was heard."""

    def connect(self, lane: Lane) -> None:
        """Listen to, and speak on, this lane from now on."""

    def key_address(self, digits: str, done: Done) -> Operation:
        """Send digits as the exchange's register does: not over the subscriber's own line."""

    def key(self, keys: str, on_ms: float, off_ms: float, done: Done) -> Operation:
        """Press keys one after the other."""

    def speak(self, pcm: Samples, done: Done) -> Operation:
        """Say something, int16 at 8 kHz."""

    def flush(self) -> list[Heard]:
        """The call is over: what still sounded, as far as it was heard."""


class SoundHandset:
    """Hears and speaks sound: clips are recognised, tones measured, keys are tones on the line.

    `loss_db` and `noise_dbm0` are what the subscriber's own line does to both directions; `heard`
    is called with clips that have ended, `told` with the name of a progress tone.
    """

    def __init__(
        self,
        repertoire: Repertoire,
        heard: Callable[[list[Heard]], None],
        told: Callable[[str], None],
        *,
        loss_db: float = 0.0,
        noise_dbm0: float | None = None,
        chance: np.random.Generator | None = None,
    ) -> None:
        self.audible = 0
        self._heard = heard
        self._told = told
        self._gain = 10 ** (-loss_db / 20)
        self._noise_rms = None if noise_dbm0 is None else dbm0_to_rms(noise_dbm0)
        self._chance = chance or np.random.default_rng(0)
        self._listener = Listener(repertoire)
        self._progress = Progress()
        self._lane: Lane | None = None

    @property
    def position(self) -> int:
        """Samples (8 kHz) listened to so far."""
        return self._listener.position

    @property
    def sounding(self) -> Heard | None:
        """The clip that sounds now, once it is certain."""
        return self._listener.sounding

    def connect(self, lane: Lane) -> None:
        """Listen to, and speak on, this lane from now on."""
        self._lane = lane
        lane.tap(self._receive, look_back=False)

    def key_address(self, digits: str, done: Done) -> Operation:
        """Send digits as the exchange's register does."""
        return self._play(tones.dtmf(digits), done)

    def key(self, keys: str, on_ms: float, off_ms: float, done: Done) -> Operation:
        """Press keys one after the other."""
        return self._play(self._worsened(tones.dtmf(keys, on_ms=on_ms, off_ms=off_ms)), done)

    def speak(self, pcm: Samples, done: Done) -> Operation:
        """Say something, int16 at 8 kHz."""
        return self._play(self._worsened(pcm), done)

    def flush(self) -> list[Heard]:
        """The call is over: what still sounded, as far as it was heard."""
        return self._listener.flush()

    def _play(self, pcm: Samples, done: Done) -> Operation:
        assert self._lane is not None, "a handset speaks once it is connected"
        return self._lane.play([g711.encode_alaw(pcm).tobytes()], done=done)

    def _receive(self, octets: bytes, sample: int) -> None:
        if tone := self._progress.process(g711.decode_alaw(octets)):
            self._told(tone)
        if octets.strip(QUIET):
            self.audible += len(octets)
        clean = self._gain == 1 and self._noise_rms is None
        sound = octets if clean else self._worsened(g711.decode_alaw(octets))
        if heard := self._listener.process(sound):
            self._heard(heard)

    def _worsened(self, pcm: Samples) -> Samples:
        """What the subscriber's own line makes of a sound, either way."""
        if self._gain == 1 and self._noise_rms is None:
            return pcm
        x = pcm.astype(np.float64) * self._gain
        if self._noise_rms is not None:
            x += self._chance.normal(0, self._noise_rms, len(pcm))
        rounded: Samples = np.clip(np.rint(x), -32768, 32767).astype(np.int16)
        return rounded
