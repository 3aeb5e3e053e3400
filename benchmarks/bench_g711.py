"""G.711 through Python, beside a NumPy table and audioop on the same samples in the same run.

One call codes 160 samples of each of 30 or 480 channels into memory that is already there; audioop
(in the standard library up to Python 3.12) gets the same samples as one run of bytes.
"""

import warnings
from collections.abc import Callable

import numpy as np
import pytest

from telcard.bench import Work
from telcard.bench.kernels import BLOCK, G711, g711_work
from telcard.dsp import g711

try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import audioop
except ImportError:
    audioop = None


def by_audioop(name: str, channels: int) -> dict[str, Callable[[], object]]:
    """The same work by the standard library, where it still has it."""
    if audioop is None:
        return {}
    octets = np.random.default_rng(711).integers(0, 256, (channels, BLOCK), np.uint8).tobytes()
    pcm = g711.decode_alaw(octets).tobytes()
    return {
        "audioop": {
            "encode_alaw": lambda: audioop.lin2alaw(pcm, 2),
            "encode_ulaw": lambda: audioop.lin2ulaw(pcm, 2),
            "decode_alaw": lambda: audioop.alaw2lin(octets, 2),
            "decode_ulaw": lambda: audioop.ulaw2lin(octets, 2),
        }[name]
    }


@pytest.mark.parametrize("channels", [30, 480])
@pytest.mark.parametrize("name", G711)
def test_coding(name: str, channels: int, tell) -> None:
    tell(g711_work(name, channels), by_audioop(name, channels))


def test_transcoding(tell) -> None:
    octets = np.random.default_rng(711).integers(0, 256, (480, BLOCK), np.uint8)
    out = np.empty_like(octets)
    table = g711.alaw_to_ulaw(np.arange(256, dtype=np.uint8)).tobytes()
    raw = octets.tobytes()
    work = Work(
        "g711", "A-law to u-law, 480 x 160", octets.size, lambda: g711.alaw_to_ulaw(octets, out)
    )
    tell(work, {"bytes.translate": lambda: raw.translate(table)})
