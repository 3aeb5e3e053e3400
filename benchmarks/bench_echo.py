"""The echo canceller: channels that one core keeps up with, speexdsp and spandsp in the same run.

16 channels are one group, whose state stays in the nearest caches; the state of 1,920 does not, as
in a big engine, which a tick of 10 ms walks through once.  Ours does all it can (suppressor,
comfort noise, disabler), speexdsp and spandsp cancel only.  They know one channel, and get as many
samples of one, in frames of 20 ms and sample by sample.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from telcard._native import dsp, echo
from telcard.bench import Work
from telcard.bench.kernels import channels_of_sound
from telcard.dsp.echo import EchoCanceller

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.support import echo_peers, g168
from tests.support.peers import PeerMissing

LOADS = {16: 800, 480: 80, 1920: 80}
"""Channels, and frames a call: a group alone, an E1 board or sixteen, 64 E1 in a tick."""

GOALS = {64: 5000, 128: 4000}


def call(channels: int) -> tuple[g168.Pcm, g168.Pcm]:
    """A second of what goes out and comes back: voices, their echo, room noise."""
    rin = channels_of_sound("voice", channels)
    hiss = np.resize(g168.hoth(8000, -55), (8000, 1))
    return rin, g168.line(rin, g168.path("D5", 10, 80), hiss)


def by_peers(tail_ms: int, samples: int) -> dict[str, Callable[[], object]]:
    """The same number of samples, of one channel, through those that are installed."""
    peers: dict[str, Callable[[], object]] = {}
    rin, sin = (np.resize(sound[:, 0], samples) for sound in call(1))
    for name in ("speex", "spandsp"):
        canceller = echo_peers.named(name)
        try:
            canceller(rin[:160], sin[:160], tail_ms=tail_ms, nlp=False)
        except PeerMissing:
            continue
        peers[name] = lambda canceller=canceller: canceller(rin, sin, tail_ms=tail_ms, nlp=False)
    return peers


@pytest.fixture(params=dsp.simd_levels())
def simd(request: pytest.FixtureRequest) -> Iterator[str]:
    """Runs a benchmark once for each SIMD level of this processor."""
    for extension in (dsp, echo):
        extension.force_simd(request.param)
    yield request.param
    for extension in (dsp, echo):
        extension.force_simd(None)


@pytest.mark.parametrize("channels", LOADS)
@pytest.mark.parametrize("tail_ms", [32, 64, 128])
def test_echo(tail_ms: int, channels: int, simd: str, tell, capsys) -> None:
    frames = LOADS[channels]
    rin, sin = call(channels)
    blocks = [
        (np.ascontiguousarray(rin[at : at + frames]), np.ascontiguousarray(sin[at : at + frames]))
        for at in range(0, 8000, frames)
    ]
    canceller = EchoCanceller(channels, tail_ms=tail_ms)
    for block in blocks:  # converged, as it is most of the time
        canceller.process(*block)
    at = 0

    def work() -> None:
        nonlocal at
        canceller.process(*blocks[at])
        at = (at + 1) % len(blocks)

    samples = channels * frames
    name = f"{tail_ms} ms, {channels} channels"
    peers = by_peers(tail_ms, samples) if simd == dsp.simd_levels()[-1] else {}
    tell(Work("echo", name, samples, work, {}, GOALS.get(tail_ms)), peers)
    with capsys.disabled():
        print(f"; {canceller._native.octets() / channels / 1024:.1f} KiB a channel", end="")
