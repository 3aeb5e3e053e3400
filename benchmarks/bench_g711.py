"""G.711 through Python, beside audioop on the same samples in the same run.

One call codes 160 samples of each of 30 or 480 channels into memory that is already there; audioop
(in the standard library up to Python 3.12) gets the same samples as one run of bytes.
"""

import sys
import time
import warnings
from collections.abc import Callable

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from telcard._native import dsp
from telcard.dsp import g711

try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import audioop
except ImportError:
    audioop = None

FRAMES = 160
GOAL = {30: 2500, 480: 5000}  # Msamples/s
PEERS: dict[str, Callable[[bytes], bytes]] = (
    {}
    if audioop is None
    else {
        "encode_alaw": lambda pcm: audioop.lin2alaw(pcm, 2),
        "encode_ulaw": lambda pcm: audioop.lin2ulaw(pcm, 2),
        "decode_alaw": lambda octets: audioop.alaw2lin(octets, 2),
        "decode_ulaw": lambda octets: audioop.ulaw2lin(octets, 2),
    }
)


def fastest(call: Callable[[], object], repeats: int = 40) -> float:
    """Seconds of the fastest of some calls."""
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        call()
        times.append(time.perf_counter() - begun)
    return min(times)


@pytest.mark.parametrize("channels", GOAL)
@pytest.mark.parametrize(
    "name", ["encode_alaw", "encode_ulaw", "decode_alaw", "decode_ulaw", "alaw_to_ulaw"]
)
def test_g711(name: str, channels: int, benchmark: BenchmarkFixture, capsys) -> None:
    """Prints the throughput of the fastest round, the goal, and how many times audioop's it is."""
    code = getattr(g711, name)
    octets = np.random.default_rng(711).integers(0, 256, (channels, FRAMES), np.uint8)
    pcm = g711.decode_alaw(octets)
    source = pcm if name.startswith("encode") else octets
    out = np.empty_like(pcm if name.startswith("decode") else octets)

    benchmark.pedantic(code, (source, out), rounds=300, iterations=10, warmup_rounds=20)

    ours = source.size / benchmark.stats.stats.min / 1e6
    told = f"{ours:,.0f} Msamples/s"
    if name != "alaw_to_ulaw":
        told += f" (goal {GOAL[channels]:,})"
    benchmark.extra_info["Msamples/s"] = round(ours)
    if name in PEERS:
        raw = source.tobytes()
        theirs = source.size / fastest(lambda: PEERS[name](raw)) / 1e6
        benchmark.extra_info["ratio to audioop"] = round(ours / theirs, 1)
        told += f", audioop {theirs:,.0f}: {ours / theirs:.1f} times as fast"
    elif name != "alaw_to_ulaw":
        told += f", audioop is not in Python {sys.version_info.major}.{sys.version_info.minor}"
    with capsys.disabled():
        print(f"\n{name} {channels} x {FRAMES} at level {dsp.simd_level()}: {told}", end="")
