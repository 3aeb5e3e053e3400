"""DTMF detectors: channels that one core keeps up with, spandsp beside us in the same run.

One call brings 10 ms of 480 or 1,920 channels; the state of 1,920 channels does not fit the
first-level cache, as in the engine.  "tone": a steady digit on every channel, the dearest sound;
"dialling": five digits a second on each, where making Python's events costs most; "speech": shaped
noise that comes and goes.  Times are CPU times of this thread.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pytest_benchmark.fixture import BenchmarkFixture

from telcard._native import dsp
from telcard.dsp import tones
from telcard.dsp.dtmf import DtmfDetector

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.support import dtmf_peers

GOAL = 200_000  # 70,000 with AVX2
TICKS = 100  # one second of sound


def sounds(kind: str, channels: int) -> NDArray[np.int16]:
    """One second, (8000, channels)."""
    random = np.random.default_rng(1)
    if kind == "silence":
        return np.zeros((8000, channels), np.int16)
    if kind == "speech":
        noise = random.normal(0, 1, (8000, channels))
        for _ in range(3):  # falls by 6 dB an octave and more, as speech does
            noise[1:] = noise[1:] + 0.7 * noise[:-1]
        swell = np.maximum(0, np.sin(np.arange(8000) / 300))[:, np.newaxis]
        return (600 * noise * swell).clip(-32768, 32767).astype(np.int16)
    if kind == "tone":
        row = tones.dtmf("5", on_ms=1500, off_ms=0)
    else:
        row = np.tile(tones.dtmf("159D", on_ms=100, off_ms=100), 2)
    return np.stack([row[137 * i % 3000 :][:8000] for i in range(channels)], axis=1)


def fastest(call: Callable[[], object], repeats: int = 5) -> float:
    """CPU seconds of the fastest of some calls."""
    times = []
    for _ in range(repeats):
        begun = time.thread_time()
        call()
        times.append(time.thread_time() - begun)
    return min(times)


def spandsp_channels(pcm: NDArray[np.int16]) -> float | None:
    """Channels a core; None when spandsp is not installed."""
    try:
        dtmf_peers.spandsp()
    except dtmf_peers.PeerMissing:
        return None
    some = [np.tile(np.ascontiguousarray(pcm[:, i]), 5) for i in range(8)]
    seconds = fastest(lambda: [dtmf_peers.spandsp_hears(one, block=80) for one in some])
    return len(some) * 5 / seconds


@pytest.mark.parametrize("channels", [480, 1920])
@pytest.mark.parametrize("kind", ["tone", "dialling", "speech", "silence"])
def test_dtmf(kind: str, channels: int, benchmark: BenchmarkFixture, capsys) -> None:
    """Prints channels a core, the goal, and how many times spandsp's it is."""
    pcm = sounds(kind, channels)
    blocks = [np.ascontiguousarray(pcm[at : at + 80]) for at in range(0, 8000, 80)]
    detector = DtmfDetector(channels)

    def a_second() -> None:
        for block in blocks:
            detector.process(block)

    benchmark.pedantic(a_second, rounds=10, warmup_rounds=1)

    ours = channels / fastest(a_second)
    theirs = spandsp_channels(pcm)
    told = f"{ours:,.0f} ch/core (goal {GOAL:,})"
    if theirs is not None:
        told += f", spandsp {theirs:,.0f}: {ours / theirs:.1f} times as many"
        benchmark.extra_info["ratio to spandsp"] = round(ours / theirs, 1)
    benchmark.extra_info["ch/core"] = round(ours)
    with capsys.disabled():
        print(f"\n{kind} {channels} at level {dsp.simd_level()}: {told}", end="")
