"""Making tones: a pair of sines without end, and DTMF, beside NumPy and spandsp in the same run."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from telcard.bench import Work
from telcard.bench.kernels import tones_work
from telcard.dsp import tones

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.support import dtmf_peers
from tests.support.peers import PeerMissing

DIGITS = "159D0*#A" * 8


def by_spandsp() -> dict[str, Callable[[], object]]:
    """The same digits made by spandsp; nothing when it is not installed."""
    try:
        dtmf_peers.spandsp()
    except PeerMissing:
        return {}
    return {"spandsp": lambda: dtmf_peers.spandsp_sends(DIGITS, on_ms=50, off_ms=50)}


@pytest.mark.parametrize("frames", [80, 8000])
def test_a_pair_of_sines(frames: int, tell) -> None:
    tell(tones_work(frames))


def test_digits_50_ms_on_and_off(tell) -> None:
    samples = len(tones.dtmf(DIGITS, on_ms=50, off_ms=50))
    work = Work(
        "tones", "DTMF digits, 6.4 s a call", samples,
        lambda: tones.dtmf(DIGITS, on_ms=50, off_ms=50),
    )  # fmt: skip
    tell(work, by_spandsp())
