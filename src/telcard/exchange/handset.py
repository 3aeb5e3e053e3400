"""A subscriber's ear and mouth: the one place where his telephone meets sound.

A `Handset` turns what a lane receives into clips heard and progress tones, and keys and words into
operations of the lane.  `SoundHandset` does it with real sound, `telcard.exchange.quiet` over a
line that carries events only; what a subscriber does with either is the same, so scripts know
nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
import numpy.typing as npt

from telcard.countries import Country
from telcard.dsp import g711, tones
from telcard.dsp.copper import Copper, CopperLine, both_ways
from telcard.engine import Lane, Operation, Outcome
from telcard.exchange.progress import Progress
from telcard.exchange.recognise import Listener
from telcard.exchange.repertoire import Repertoire, Sound
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

    `line` is what the subscriber's own line does to both directions, with chance from `seed`;
    `heard` is called with clips that have ended, `told` with the name of a progress tone of the
    `country`.
    """

    def __init__(
        self,
        repertoire: Repertoire,
        heard: Callable[[list[Heard]], None],
        told: Callable[[str], None],
        *,
        line: Copper | None = None,
        seed: int = 1,
        country: Country | None = None,
    ) -> None:
        self.audible = 0
        self._heard = heard
        self._told = told
        self._line = None if line is None or line.changes_nothing else line
        self._seed = seed
        # Nobody notices a few hertz, but who compares waves does: his ear turns them back.
        offset_hz = both_ways(self._line.offset_hz)[0] if self._line is not None else 0.0
        self._back = CopperLine(Copper(offset_hz=-offset_hz)) if offset_hz else None
        self._quiet = QUIET if self._line is None else _quiet_on(self._line)
        self._listener = Listener(repertoire)
        self._progress = Progress(country)
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
        if self._line is not None:
            lane.copper(self._line, seed=self._seed)
        lane.tap(self._receive, look_back=False)

    def key_address(self, digits: str, done: Done) -> Operation:
        """Send digits as the exchange's register does; the subscriber is cut through after it."""
        if self._line is not None and self._lane is not None:
            self._lane.copper(self._line, seed=self._seed, cut_through=False)

        def cut_through(outcome: Outcome) -> None:
            if self._line is not None and self._lane is not None and self._lane.is_open:
                self._lane.cut_through()
            done(outcome)

        return self._play(tones.dtmf(digits), cut_through)

    def key(self, keys: str, on_ms: float, off_ms: float, done: Done) -> Operation:
        """Press keys one after the other."""
        return self._play(tones.dtmf(keys, on_ms=on_ms, off_ms=off_ms), done)

    def speak(self, pcm: Samples, done: Done) -> Operation:
        """Say something, int16 at 8 kHz."""
        return self._play(pcm, done)

    def flush(self) -> list[Heard]:
        """The call is over: what still sounded, as far as it was heard."""
        return self._listener.flush()

    def _play(self, pcm: Samples, done: Done) -> Operation:
        assert self._lane is not None, "a handset speaks once it is connected"
        return self._lane.play([g711.encode_alaw(pcm).tobytes()], done=done)

    def _receive(self, octets: bytes, sample: int) -> None:
        if tone := self._progress.process(g711.decode_alaw(octets)):
            self._told(tone)
        if octets.strip(self._quiet):
            self.audible += len(octets)
        if heard := self._listener.process(self._understood(octets)):
            self._heard(heard)

    def _understood(self, octets: bytes) -> Sound:
        return octets if self._back is None else self._back.process(g711.decode_alaw(octets))[0]


def _quiet_on(line: Copper) -> bytes:
    """A-law octets that count as silence where the line makes noise of its own: up to 5 sigma."""
    noise_dbm0 = both_ways(line.noise_dbm0)[0]
    if noise_dbm0 is None:
        return QUIET
    octets = np.arange(256, dtype=np.uint8)
    loudest = 5 * dbm0_to_rms(noise_dbm0)
    return QUIET + octets[np.abs(g711.decode_alaw(octets)) <= loudest].tobytes()
