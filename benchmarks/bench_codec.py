"""ADPCM and G.726: channels that one core keeps up with, spandsp and audioop in the same run.

One call codes 20 ms of 1, 30 or 480 channels of speech-like sound, a code an octet, as the kernels
do it beneath `telcard.dsp.adpcm` and `telcard.dsp.g726`.  Up to 16 channels cost the same, since 16
are worked on abreast.  spandsp and audioop (in the standard library up to Python 3.12, IMA alone)
code whole seconds of as many channels one by one; with VOX and IMA they pack two codes an octet.
"""

import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from telcard._native import codec
from telcard.bench import Work
from telcard.bench.kernels import BLOCK, channels_of_sound
from telcard.dsp.adpcm import encode_adpcm
from telcard.dsp.g726 import RATES

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.support import codec_peers
from tests.support.peers import PeerMissing

try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import audioop
except ImportError:
    audioop = None

CHANNELS = (1, 30, 480)
Peers = dict[str, Callable[[], object]]


def by_spandsp(kind: str, way: str, pcm: NDArray[np.int16], channels: int) -> Peers:
    """The first channel's second as often; nothing for IMA and OKI's rounding, unknown to it."""
    if kind in ("ima", "oki"):
        return {}
    try:
        native = codec_peers.spandsp()
    except PeerMissing:
        return {}
    lib, view = native.lib, native.ffi.from_buffer
    sound, made = pcm.copy(), np.empty(len(pcm), np.uint8)
    x, out = view("int16_t[]", sound), view("uint8_t[]", made)
    if kind == "dialogic":
        made[: len(pcm) // 2] = np.frombuffer(encode_adpcm(pcm), np.uint8)
        calls: Peers = {
            "encode": lambda: lib.oki_coding_many(x, len(sound), out, channels),
            "decode": lambda: lib.oki_decoding_many(out, len(made) // 2, x, channels),
        }
    else:
        rate = 1000 * int(kind)
        lib.g726_coding_many(rate, x, len(sound), out, 1)
        calls = {
            "encode": lambda: lib.g726_coding_many(rate, x, len(sound), out, channels),
            "decode": lambda: lib.g726_decoding_many(rate, out, len(made), x, channels),
        }
    return {"spandsp": calls[way]}


def by_audioop(way: str, pcm: NDArray[np.int16], channels: int) -> Peers:
    """IMA ADPCM by the standard library, where it still has it."""
    if audioop is None:
        return {}
    sound = pcm.tobytes()
    octets, _ = audioop.lin2adpcm(sound, 2, None)
    calls: Peers = {
        "encode": lambda: [audioop.lin2adpcm(sound, 2, None) for _ in range(channels)],
        "decode": lambda: [audioop.adpcm2lin(octets, 2, None) for _ in range(channels)],
    }
    return {"audioop": calls[way]}


def coding(name: str, coder: codec.Adpcm | codec.G726, way: str, pcm: NDArray[np.int16]) -> Work:
    """A second of all channels, 20 ms a call."""
    source = pcm if way == "encode" else coder.encode(pcm)
    blocks = [np.ascontiguousarray(source[at : at + BLOCK]) for at in range(0, len(pcm), BLOCK)]
    for channel in range(coder.channels):
        coder.reset(channel)
    code = getattr(coder, way)

    def work() -> None:
        for block in blocks:
            code(block)

    return Work("codec", f"{name} {way}, {coder.channels} x {BLOCK}", pcm.size, work)


@pytest.mark.parametrize("channels", CHANNELS)
@pytest.mark.parametrize("way", ["encode", "decode"])
@pytest.mark.parametrize("kind", list(codec.ADPCM))
def test_adpcm(kind: str, way: str, channels: int, tell) -> None:
    pcm = channels_of_sound("speech", channels)
    peers = by_spandsp(kind, way, pcm[:, 0], channels)
    if kind == "ima":
        peers |= by_audioop(way, pcm[:, 0], channels)
    tell(coding(kind, codec.Adpcm(kind, channels), way, pcm), peers)


@pytest.mark.parametrize("channels", CHANNELS)
@pytest.mark.parametrize("way", ["encode", "decode"])
@pytest.mark.parametrize("rate", list(RATES))
def test_g726(rate: int, way: str, channels: int, tell) -> None:
    pcm = channels_of_sound("speech", channels)
    work = coding(f"G.726 {rate} kbit/s", codec.G726(RATES[rate], channels), way, pcm)
    tell(work, by_spandsp(str(rate), way, pcm[:, 0], channels))
