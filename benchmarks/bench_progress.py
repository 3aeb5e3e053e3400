"""Call progress tones: channels that one core keeps up with, spandsp's super tones in the same run.

Seven patterns with cadence (the United States' and China's), each channel sounding one of them
from another moment on.  One call brings 20 ms of 480 or 1,920 channels; spandsp hears eight of
them, each by itself, as many times as it takes to make the same amount of sound.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from telcard.bench import Work
from telcard.countries import country
from telcard.dsp import tones
from telcard.dsp.templates import TemplateDetector, ToneTemplate

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.support import progress_peers
from tests.support.peers import PeerMissing

GOAL = 60_000
PATTERNS = [
    country(code).tones[name]
    for code, name in (
        *(("US", name) for name in ("ringback", "busy", "congestion")),
        *(("CN", name) for name in ("ringback", "busy", "congestion", "unobtainable")),
    )
]


def sound(kind: str, channels: int) -> NDArray[np.int16]:
    """Two seconds of so many channels."""
    if kind == "noise":
        return np.random.default_rng(1).normal(0, 1000, (16000, channels)).astype(np.int16)
    rows = [tones.sounded(tone, 9) for tone in PATTERNS]
    return np.stack([np.roll(rows[i % 7], -997 * i)[:16000] for i in range(channels)], axis=1)


def by_spandsp(pcm: NDArray[np.int16]) -> dict[str, Callable[[], object]]:
    """The same seconds of sound through spandsp; nothing when it is not installed."""
    try:
        detectors = [progress_peers.SpandspTones(PATTERNS) for _ in range(8)]
    except PeerMissing:
        return {}
    some = [np.tile(np.ascontiguousarray(pcm[:, i]), pcm.shape[1] // 8) for i in range(8)]
    return {
        "spandsp": lambda: [d.hear(one) for d, one in zip(detectors, some, strict=True)],
    }


@pytest.mark.parametrize("channels", [480, 1920])
@pytest.mark.parametrize("kind", ["patterns", "noise"])
def test_seven_patterns(kind: str, channels: int, tell) -> None:
    pcm = sound(kind, channels)
    blocks = [np.ascontiguousarray(pcm[at : at + 160]) for at in range(0, len(pcm), 160)]
    templates = [ToneTemplate.of(str(i), tone) for i, tone in enumerate(PATTERNS)]
    detector = TemplateDetector(templates, channels)

    def detect() -> None:
        for block in blocks:
            detector.process(block)

    work = Work("progress", f"{kind}, {channels} channels", pcm.size, detect, goal=GOAL)
    tell(work, by_spandsp(pcm))
