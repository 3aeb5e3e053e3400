"""Special information tones: eight classes, and the plain one of E.180."""

import numpy as np
import pytest
from numpy.typing import NDArray

from telcard.dsp import g711, tones
from telcard.dsp.sit import CLASSES, REASONS, SpecialInformation, classify
from telcard.dsp.steady import SteadyTone, detect_steady

HZ = {"l": (913.8, 1370.6), "h": (985.2, 1428.5)}
LENGTH_S = {"S": 0.274, "L": 0.380}


def sound(
    segments: list[tuple[float, float]], gap_s: float, level_dbm0: float
) -> NDArray[np.int16]:
    parts = [tones.ToneSegment(0.3)]
    for hz, length_s in segments:
        parts += [
            tones.ToneSegment(length_s, hz, level1_dbm0=level_dbm0),
            tones.ToneSegment(gap_s),
        ]
    pcm = tones.ToneGenerator([*parts, tones.ToneSegment(0.5)]).process(20000)
    noise = np.random.default_rng(31).normal(0, 25, len(pcm))
    return g711.decode_alaw(g711.encode_alaw((pcm + noise).astype(np.int16)))


def heard(pcm: NDArray[np.int16]) -> SpecialInformation | None:
    return classify(detect_steady(pcm))


@pytest.mark.parametrize("gap_s", [0.0, 0.004, 0.03])
@pytest.mark.parametrize("level_dbm0", [-14, -24, -36])
@pytest.mark.parametrize("key", CLASSES)
def test_each_class_is_told_by_height_and_length(key: str, level_dbm0: float, gap_s: float) -> None:
    first, second = key.split()
    segments = [
        (HZ[first[0]][0], LENGTH_S[first[1]]),
        (HZ[second[0]][1], LENGTH_S[second[1]]),
        (1776.7, 0.380),
    ]
    found = heard(sound(segments, gap_s, level_dbm0))
    assert found is not None
    assert found.kind == CLASSES[key]
    assert found.reason == REASONS[found.kind]
    assert found.confidence > 0.6


def test_the_tone_of_e_180_tells_no_reason() -> None:
    found = heard(sound([(950, 0.33), (1400, 0.33), (1800, 0.33)], 0.02, -20))
    assert found is not None
    assert (found.kind, found.reason) == ("SIT", "an announcement follows")


@pytest.mark.parametrize(
    "segments",
    [
        [(1400, 0.33), (950, 0.33), (1800, 0.33)],
        [(950, 0.33), (1400, 0.33), (1600, 0.33)],
        [(950, 0.33), (1400, 0.6), (1800, 0.33)],
        [(950, 0.33), (1400, 0.33)],
    ],
)
def test_other_tones_in_a_row_are_none(segments: list[tuple[float, float]]) -> None:
    assert heard(sound(segments, 0.01, -20)) is None


def test_tones_that_do_not_follow_each_other_are_none() -> None:
    row = [
        SteadyTone(0, i * 4000, 2640, (hz,), (-20.0,), 1.0)
        for i, hz in enumerate((950, 1400, 1800))
    ]
    assert classify(row) is None
    assert classify(row[:2]) is None
