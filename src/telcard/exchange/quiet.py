"""A handset for lines that carry events: nothing is recognised, for what sounds is told."""

from __future__ import annotations

import functools
from collections.abc import Callable

from telcard.countries import Country
from telcard.dsp import g711
from telcard.engine import Lane, Operation, Piece, ToneSegment, dtmf_segments
from telcard.exchange.handset import Done, Samples
from telcard.exchange.progress import Progress
from telcard.exchange.repertoire import SHORTEST, Repertoire
from telcard.exchange.track import STRIDE, Heard
from telcard.exchange.verbatim import QUIET
from telcard.units import SAMPLE_RATE, TICK_SAMPLES


class QuietHandset:
    """Is told what sounds: looks clips up by their octets, and keys without making a tone.

    Its line is perfect: loss and noise are sound, and there is none.  As with sound, a clip of
    which less than 200 ms were heard goes unnoticed.
    """

    def __init__(
        self,
        repertoire: Repertoire,
        heard: Callable[[list[Heard]], None],
        told: Callable[[str], None],
        country: Country | None = None,
    ) -> None:
        self._names = repertoire.by_octets
        self._heard = heard
        self._told = told
        self._progress = Progress(country)
        self._lane: Lane | None = None
        self._origin = 0  # the engine's sample at which this call's counting begins
        self._over = 0
        self._now: Piece | None = None
        self._audible = 0
        self._tone_on = False
        self._turned = 0

    @property
    def position(self) -> int:
        """Samples (8 kHz) listened to so far."""
        if self._lane is None:
            return 0
        return max(0, (self._over or self._lane.engine.sample) - self._origin)

    @property
    def audible(self) -> int:
        """How many of them were sound, known or not."""
        now = self._now
        return self._audible + (self._sound_of(self._cut(now)) if now is not None else 0)

    @property
    def sounding(self) -> Heard | None:
        """The clip that sounds now, as far as it was heard, once 200 ms of it were."""
        return None if self._now is None else self._clip(self._cut(self._now))

    def connect(self, lane: Lane) -> None:
        """Listen to, and speak on, this lane from now on."""
        self._lane = lane
        self._origin = self._turned = lane.engine.sample
        lane.tap_pieces(self._receive, every=STRIDE // TICK_SAMPLES)

    def key_address(self, digits: str, done: Done) -> Operation:
        """Send digits as the exchange's register does."""
        return self._speaking.tones(dtmf_segments(digits), done=done)

    def key(self, keys: str, on_ms: float, off_ms: float, done: Done) -> Operation:
        """Press keys one after the other."""
        return self._speaking.tones(dtmf_segments(keys, on_ms=on_ms, off_ms=off_ms), done=done)

    def speak(self, pcm: Samples, done: Done) -> Operation:
        """Say something, int16 at 8 kHz; digits in it reach nobody."""
        return self._speaking.play([g711.encode_alaw(pcm).tobytes()], done=done)

    def flush(self) -> list[Heard]:
        """The call is over: what still sounded, as far as it was heard."""
        now, self._now = self._now, None
        if now is not None:
            cut = self._cut(now)
            self._audible += self._sound_of(cut)
            heard = self._clip(cut)
        if self._lane is not None:
            self._over = self._lane.engine.sample
        return [] if now is None or heard is None else [heard]

    @property
    def _speaking(self) -> Lane:
        assert self._lane is not None, "a handset speaks once it is connected"
        return self._lane

    def _receive(self, piece: Piece) -> None:
        if isinstance(piece.what, ToneSegment):
            self._tone(piece, piece.what)
        if not piece.over:
            self._now = piece
            return
        self._now = None
        self._audible += self._sound_of(piece)
        if (heard := self._clip(piece)) is not None:
            self._heard([heard])

    def _cut(self, piece: Piece) -> Piece:
        """As much of a piece as has sounded until now."""
        assert self._lane is not None
        end = min(piece.end, max(piece.start, self._lane.engine.sample))
        return piece._replace(end=end)

    def _clip(self, piece: Piece) -> Heard | None:
        name = self._names.get(piece.what) if isinstance(piece.what, bytes) else None
        frames = piece.end - piece.start
        if name is None or frames < SHORTEST:
            return None
        begun = piece.start - self._origin
        share, skipped = frames / piece.frames, piece.skipped / piece.frames
        return Heard(name, begun, begun + frames, 1.0, share, skipped)

    @staticmethod
    def _sound_of(piece: Piece) -> int:
        what = piece.what
        silent = not any(what.hz) if isinstance(what, ToneSegment) else _is_silent(bytes(what))
        return 0 if silent else piece.end - piece.start

    def _tone(self, piece: Piece, tone: ToneSegment) -> None:
        """Follow the cadence of tones of the country's frequencies."""
        on = not piece.over and self._progress.hears(tone.hz)
        at = piece.end if piece.over else piece.start
        if on != self._tone_on:
            seconds = (at - self._turned) / SAMPLE_RATE
            self._tone_on, self._turned = on, at
            if name := self._progress.turn(on, seconds):
                self._told(name)


@functools.lru_cache(maxsize=1024)
def _is_silent(octets: bytes) -> bool:
    return not octets.strip(QUIET)
