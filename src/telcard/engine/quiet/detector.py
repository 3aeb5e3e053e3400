"""Which digits a detector would have heard, and when it would have said so.

The times are those of the native detector (`dtmf.h`) on a clean line: a digit is accepted 45 ms
after its tone began and has ended 30 ms after the tone did, a tone of less than 34 ms is none, and
a hole of less than 25 ms does not end a digit.  Each is told in the tick that holds the moment; the
native detector may be one tick off, for it decides in blocks and some tones turn faster than
others.
"""

from __future__ import annotations

from collections.abc import Iterator

from telcard.engine.quiet.track import Key, Track
from telcard.units import TICK_SAMPLES

ACCEPT = 360  # samples
RELEASE = 240
SHORTEST = 272
HOLE = 200
SUSPECT = 120  # a secret step's mask holds on to a tone from here ...
RELAX = 400  # ... until so long after its end


def tick_of(end: int) -> int:
    """The tick in which the stretch before sample `end` is complete."""
    return (end - 1) // TICK_SAMPLES


class Tone:
    """A DTMF tone as it arrives; it may end sooner than its track wanted."""

    __slots__ = ("digit", "end", "high_dbm0", "low_dbm0", "start")

    def __init__(self, key: Key, base: int, opened: int) -> None:
        self.start = max(key.start + base, opened)
        self.end = key.end + base
        self.digit = key.digit
        self.low_dbm0 = key.low_dbm0
        self.high_dbm0 = key.high_dbm0


class Detector:
    """Listens to one lane; `sounding` while an accepted digit lasts."""

    __slots__ = ("_base", "_coming", "_current", "_last", "_next", "_opened")

    accept = ACCEPT
    release = RELEASE
    shortest = SHORTEST
    hole = HOLE

    def __init__(self, opened: int) -> None:
        self._opened = opened
        self._base = 0
        self._coming: Iterator[Key] = iter(())
        self._current: Tone | None = None
        self._next: Tone | None = None
        self._last: Tone | None = None

    @property
    def sounding(self) -> bool:
        """Whether a digit was accepted and lasts."""
        return self._current is not None

    def receive(self, track: Track | None, base: int, sample: int) -> None:
        """From `sample` on this track is received, which began at `base`, and no other."""
        for tone in (self._current, self._next):
            if tone is not None and tone.end > sample:
                tone.end = sample
        if self._next is not None and self._next.end <= self._next.start:
            self._next = None
        self._base = base
        self._coming = iter(()) if track is None else self.tones_of(track, sample - base)
        if self._next is None:
            self._fetch(sample)

    def tones_of(self, track: Track, position: int) -> Iterator[Key]:
        """What it listens for in a track, as far as it ends after `position`."""
        return track.keys_from(position)

    def due(self) -> int:
        """The tick in which it next has something to say; 0 for never."""
        current = self._current
        if current is not None:
            while (
                (tone := self._next) is not None
                and tone.digit == current.digit
                and tone.start - current.end < self.hole
            ):
                current.end = tone.end
                self._fetch()
            return tick_of(current.end + self.release)
        while (tone := self._next) is not None and tone.end - tone.start < self.shortest:
            self._last = tone
            self._fetch()
        return 0 if tone is None else tick_of(tone.start + self.accept)

    def say(self) -> tuple[bool, Tone]:
        """What it says in the tick that is due: (begins, tone)."""
        if self._current is not None:
            tone, self._current = self._current, None
            self._last = tone
            return False, tone
        assert self._next is not None, "asked when due() said so"
        tone = self._current = self._next
        self._fetch()
        return True, tone

    def busy_until(self, tick: int) -> int:
        """The last tick up to this one at whose end a tone sounded or was suspected; 0: none."""
        latest = 0
        for tone in (self._last, self._current, self._next):
            if tone is not None:
                begins = tick_of(tone.start + SUSPECT)
                ends = min(tick, tick_of(tone.end + RELAX) - 1)
                if begins <= ends:
                    latest = max(latest, ends)
        return latest

    def _fetch(self, from_sample: int = 0) -> None:
        key = next(self._coming, None)
        opened = max(self._opened, from_sample)
        self._next = None if key is None else Tone(key, self._base, opened)
