"""The detectors: each finds its sort of thing, wherever the stream is cut."""

from itertools import pairwise

import numpy as np
import pytest

from telcard.analysis import Level, Silence
from telcard.analysis.detectors import DETECTORS, Levels
from tests.support.recordings import cadence, everything

CALL = everything()


def found_by(detector, pcm):
    return detector.process(pcm) + detector.flush()


def test_levels_tell_each_side_and_its_silence() -> None:
    left = cadence((1.5,), (1.0, 1000, 0, -10), (0.5,), (1.0, 1000, 0, -10), (2.0,))
    pcm = np.stack([left, np.zeros_like(left)], axis=1)
    found = found_by(Levels(2), pcm)
    one, two = (item for item in found if isinstance(item, Level))
    assert one.active_dbm0 == pytest.approx(-10, abs=0.1)
    assert one.dbm0 == pytest.approx(-10 + 10 * np.log10(2 / 6), abs=0.1)
    assert one.silent == pytest.approx(4 / 6, abs=0.02)
    assert (one.clipped, one.length_s) == (0, 6.0)
    assert (two.dbm0, two.active_dbm0, two.peak, two.silent) == (-np.inf, -np.inf, 0.0, 1.0)
    silences = [item for item in found if isinstance(item, Silence)]
    told = [(item.channel, item.start_s, item.length_s) for item in silences]
    assert sorted(told) == [
        (0, pytest.approx(0, abs=0.02), pytest.approx(1.5, abs=0.02)),
        (0, pytest.approx(4, abs=0.02), pytest.approx(2, abs=0.02)),
        (1, 0.0, 6.0),
    ]


def test_clipping_is_counted() -> None:
    pcm = np.clip(60_000 * np.sin(np.arange(8000) * 0.1), -32768, 32767).astype(np.int16)[:, None]
    (level,) = found_by(Levels(1), pcm)
    assert level.clipped > 3000
    assert level.peak == 1.0


@pytest.mark.parametrize("detector", DETECTORS)
def test_the_cutting_changes_nothing_and_flush_makes_new(detector) -> None:
    pcm = CALL
    listener = detector(2)
    whole = found_by(listener, pcm)
    chance = np.random.default_rng(1)
    cuts = [0, 0, *sorted(chance.integers(0, len(pcm), 40)), len(pcm)]
    parts = [item for a, b in pairwise(cuts) for item in listener.process(pcm[a:b])]
    assert sorted(map(repr, parts + listener.flush())) == sorted(map(repr, whole))
    assert sorted(map(repr, found_by(listener, pcm))) == sorted(map(repr, whole))


@pytest.mark.parametrize("detector", DETECTORS)
@pytest.mark.parametrize("frames", [0, 1, 79, 700])
def test_a_recording_may_be_short(detector, frames: int) -> None:
    found = found_by(detector(1), np.ones((frames, 1), np.int16))
    assert [item.kind for item in found] in ([], ["level"])
