"""Which signals of R1 or R2 a register's receiver would have heard, and when it would have said so.

The times are those of the native detector (`mf.h`) on a clean line: a signal is told 15 ms after
its tones began and has ended 11 ms after they did, and a hole of less than 7 ms does not end it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from telcard.dsp.mf import MF_HZ, MfSystem
from telcard.dsp.tones import ToneSegment
from telcard.engine.quiet.detector import Detector
from telcard.engine.quiet.track import Key, Track

_NAMES: Mapping[MfSystem, Mapping[tuple[float, ...], str]] = {
    system: {tuple(map(float, hz)): name for name, hz in MF_HZ[system].items()}
    for system in ("r1", "r2_forward", "r2_backward")
}

_FLOOR_DBM0 = -39.0
"""What the native detector still hears (`mf_profile`)."""


FOR_EVER = 2**62
"""Samples: the end of a tone that nobody has ended yet."""


class Ear(Detector):
    """Listens to one lane for the signals of one direction; `Key.digit` is a signal's name."""

    __slots__ = ("system",)

    accept = 120
    release = 88
    shortest = 120
    hole = 56

    def __init__(self, system: MfSystem, opened: int) -> None:
        super().__init__(opened)
        self.system: MfSystem = system

    def tones_of(self, track: Track, position: int) -> Iterator[Key]:
        """The signals in a track, as far as they end after `position`."""
        names = _NAMES[self.system]
        signals = [
            Key(start, end, name, what.level1_dbm0, what.level2_dbm0)
            for start, end, what in track.pieces
            if isinstance(what, ToneSegment)
            and (name := names.get(tuple(sorted(hz for hz in what.hz if hz))))
            and min(what.level1_dbm0, what.level2_dbm0) >= _FLOOR_DBM0
        ]
        if len(signals) == 1 and signals[0].end - signals[0].start == track.once:
            (key,) = signals  # without a seam, however often it is repeated
            end = track.frames or FOR_EVER
            yield Key(0, end, key.digit, key.low_dbm0, key.high_dbm0)
            return
        round_ = max(0, position) // track.once * track.once if signals else 0
        while signals and track.lasts(round_):
            for key in signals:
                if key.end + round_ > position:
                    start, end = key.start + round_, key.end + round_
                    yield Key(start, end, key.digit, key.low_dbm0, key.high_dbm0)
            round_ += track.once
