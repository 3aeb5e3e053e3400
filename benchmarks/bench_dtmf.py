"""DTMF detectors: channels that one core keeps up with, the peers beside us in the same run.

One call brings 10 ms of 1 to 3,840 channels; from 1,920 on the state does not fit the second-level
cache, as in a big engine.  Up to 16 channels cost the same, since 16 are worked on abreast.

spandsp hears the channels one by one, in blocks of 10 ms too; multimon-ng, a process that starts
anew, hears a few of them in whole seconds (its time is its children's, start included, resampling
not); NumPy correlates each 12.75 ms with the eight tones, all channels in one product of matrices,
and compares: the plainest detector there is, without timing.
"""

import math
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from telcard.bench.kernels import channels_of_sound, dtmf_work
from telcard.dsp.tones import DTMF_HIGH_HZ, DTMF_LOW_HZ

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.support import dtmf_peers
from tests.support.peers import PeerMissing, program

KINDS = ("tone", "dialling", "voice", "silence")
BLOCK = 102


def by_spandsp(kind: str, channels: int) -> dict[str, Callable[[], object]]:
    """The same seconds of sound through spandsp; nothing when it is not installed."""
    try:
        dtmf_peers.spandsp()
    except PeerMissing:
        return {}
    some = math.gcd(channels, 8)
    pcm = channels_of_sound(kind, some)
    rows = [np.tile(np.ascontiguousarray(pcm[:, i]), channels // some) for i in range(some)]
    return {"spandsp": lambda: [dtmf_peers.spandsp_hears(one, block=80) for one in rows]}


def by_numpy(kind: str, channels: int) -> dict[str, Callable[[], object]]:
    """Eight tones' powers of every block of every channel, and the loudest of each group."""
    pcm = channels_of_sound(kind, channels)
    turns = np.outer((*DTMF_LOW_HZ, *DTMF_HIGH_HZ), np.arange(BLOCK)) / 8000
    waves = np.concatenate([np.cos(2 * np.pi * turns), np.sin(2 * np.pi * turns)]).astype(
        np.float32
    )

    def detect() -> NDArray[np.bool_]:
        heard = []
        for at in range(0, len(pcm) - BLOCK, BLOCK):
            block = pcm[at : at + BLOCK].astype(np.float32)
            both = (waves @ block) ** 2
            power = both[:8] + both[8:]
            low, high = power[:4].max(axis=0), power[4:].max(axis=0)
            energy = (block * block).sum(axis=0) * (BLOCK / 2)
            twist = (low < 8 * high) & (high < 4 * low)
            heard.append(twist & (low + high > 0.8 * energy) & (energy > 1e6))
        return np.array(heard)

    return {"numpy, no timing": detect}


@pytest.mark.parametrize("channels", [1, 16, 30, 480, 1920, 3840])
def test_any_number_of_channels_of_speech(channels: int, tell) -> None:
    tell(
        dtmf_work("speech", channels),
        {**by_spandsp("speech", channels), **by_numpy("speech", channels)},
    )


@pytest.mark.parametrize("kind", KINDS)
def test_other_sounds(kind: str, tell) -> None:
    tell(dtmf_work(kind, 480), by_spandsp(kind, 480))


def test_multimon(capsys) -> None:
    """multimon-ng's share of a core, beside ours on as many channels; a row of its own."""
    try:
        multimon = program("multimon-ng", "multimon-ng")
    except PeerMissing as missing:
        pytest.skip(str(missing))
    seconds = 60
    sound = dtmf_peers.at_22050(np.tile(channels_of_sound("speech", 1)[:, 0], seconds))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [multimon, "-q", "-t", "raw", "-a", "DTMF", "-"],
        input=sound.tobytes(), capture_output=True, check=True,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    work = dtmf_work("speech", 480)
    work.call()
    start = time.process_time()
    work.call()
    ours = work.samples / 8000 / (time.process_time() - start)
    with capsys.disabled():
        print(
            f"\nmultimon-ng: {seconds / used:,.0f} ch/core, ours {ours * used / seconds:.1f} times"
        )
