"""G.711 beside spandsp (Debian: libspandsp2): its own reading of tables 3 and 4."""

import ctypes
import ctypes.util

import numpy as np
import pytest

from telcard.dsp import g711

pytestmark = pytest.mark.interop


def test_transcoding_agrees_with_spandsp_at_every_octet() -> None:
    name = ctypes.util.find_library("spandsp")
    if name is None:
        pytest.skip("spandsp is not installed (Debian: libspandsp2)")
    spandsp = ctypes.CDLL(name)
    octets = np.arange(256, dtype=np.uint8)
    assert g711.alaw_to_ulaw(octets).tolist() == [spandsp.alaw_to_ulaw(o) & 255 for o in range(256)]
    assert g711.ulaw_to_alaw(octets).tolist() == [spandsp.ulaw_to_alaw(o) & 255 for o in range(256)]
