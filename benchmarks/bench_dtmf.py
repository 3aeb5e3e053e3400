"""DTMF detectors: channels that one core keeps up with, spandsp beside us in the same run.

One call brings 10 ms of 480 or 1,920 channels; the state of 1,920 channels does not fit the
first-level cache, as in the engine.  spandsp hears eight of the channels, each by itself, in blocks
of 10 ms too, as many times as it takes to make the same amount of sound.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from telcard.bench.kernels import channels_of_sound, dtmf_work

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.support import dtmf_peers
from tests.support.peers import PeerMissing

KINDS = ("tone", "dialling", "speech", "silence")


def by_spandsp(kind: str, channels: int) -> dict[str, Callable[[], object]]:
    """The same seconds of sound through spandsp; nothing when it is not installed."""
    try:
        dtmf_peers.spandsp()
    except PeerMissing:
        return {}
    pcm = channels_of_sound(kind, 8)
    some = [np.tile(np.ascontiguousarray(pcm[:, i]), channels // 8) for i in range(8)]
    return {"spandsp": lambda: [dtmf_peers.spandsp_hears(one, block=80) for one in some]}


@pytest.mark.parametrize("channels", [480, 1920])
@pytest.mark.parametrize("kind", KINDS)
def test_detector(kind: str, channels: int, tell) -> None:
    tell(dtmf_work(kind, channels), by_spandsp(kind, channels))
