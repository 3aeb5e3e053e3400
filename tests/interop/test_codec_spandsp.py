"""ADPCM and G.726 beside spandsp and SoX (Debian: libspandsp-dev libtiff-dev sox)."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from telcard.dsp import adpcm, g726
from tests.support import codec_peers
from tests.support.peers import PeerMissing, program

pytestmark = pytest.mark.interop

CHANCE = np.random.default_rng(726)
# Speech-like: noise that falls towards high frequencies, swelling from silence to clipping.
SOUND = (
    np.convolve(CHANCE.normal(0, 1, 40_000), np.ones(6), "same")
    * (6000 * np.abs(np.sin(np.arange(40_000) / 2500)))
).clip(-32768, 32767).astype(np.int16)  # fmt: skip
OCTETS = CHANCE.bytes(20_000)


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    try:
        codec_peers.spandsp()
        program("sox", "sox")
    except PeerMissing as missing:
        pytest.skip(str(missing))


def test_dialogics_rounding_is_spandsps_both_ways() -> None:
    assert adpcm.encode_adpcm(SOUND) == codec_peers.oki_encode(SOUND)
    np.testing.assert_array_equal(adpcm.decode_adpcm(OCTETS), codec_peers.oki_decode(OCTETS))


def test_the_other_rounding_is_soxs_both_ways(tmp_path: Path) -> None:
    (tmp_path / "a.vox").write_bytes(OCTETS)
    SOUND.tofile(tmp_path / "b.s16")
    sox = [program("sox", "sox"), "-V1", "-D", "-r", "8000", "-c", "1"]
    subprocess.run([*sox, "a.vox", "-t", "s16", "a.s16"], cwd=tmp_path, check=True)
    subprocess.run([*sox, "-t", "s16", "b.s16", "b.vox"], cwd=tmp_path, check=True)
    np.testing.assert_array_equal(
        adpcm.decode_adpcm(OCTETS, "oki"), np.fromfile(tmp_path / "a.s16", np.int16)
    )
    assert adpcm.encode_adpcm(SOUND, "oki") == (tmp_path / "b.vox").read_bytes()


@pytest.mark.parametrize("rate", g726.RATES)
@pytest.mark.parametrize("order", ["little", "big"])
def test_g726_of_ours_and_of_spandsp_are_the_same_octets(rate: int, order) -> None:
    packing = codec_peers.RIGHT if order == "little" else codec_peers.LEFT
    octets = g726.encode_g726(SOUND, rate, order=order)
    assert octets == codec_peers.g726_encode(SOUND, rate, packing)
    theirs = codec_peers.g726_decode(octets, rate, packing)
    ours = g726.decode_g726(octets, rate, order=order)
    # Where the predictor leaves 14 bits we clip; spandsp lets the number wrap around.
    assert set(ours[ours != theirs].tolist()) <= {-32768, 32764}
    assert (ours != theirs).mean() < 0.02
