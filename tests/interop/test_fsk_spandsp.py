"""FSK to and from spandsp and minimodem (Debian: libspandsp-dev libtiff-dev minimodem)."""

import numpy as np
import pytest

from telcard.dsp.fsk import FskKind, detect_fsk, fsk
from tests.support import fsk_peers
from tests.support.peers import PeerMissing, program

pytestmark = pytest.mark.interop

TEXT = bytes(range(0x20, 0x7F)) + b"\x00\xff\x55\xaa"


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    try:
        fsk_peers.spandsp()
        program("minimodem", "minimodem")
    except PeerMissing as missing:
        pytest.skip(str(missing))


@pytest.mark.parametrize("standard", fsk_peers.SPANDSP)
def test_what_spandsp_sends_we_receive(standard: str) -> None:
    sent = fsk_peers.spandsp_sends(standard, fsk_peers.characters(TEXT))
    events = detect_fsk(sent, standard=standard)
    assert bytes(e.octet for e in events if e.kind is FskKind.OCTET) == TEXT
    assert {e.kind for e in events} == {FskKind.CARRIER, FskKind.OCTET, FskKind.LOST}


@pytest.mark.parametrize("standard", fsk_peers.SPANDSP)
def test_what_we_send_spandsp_receives(standard: str) -> None:
    sent = fsk(TEXT, standard, mark_ms=800, after_ms=200)
    bits = "".join(map(str, fsk_peers.spandsp_bits(standard, sent)))
    assert "".join(map(str, fsk_peers.characters(TEXT, idle=2))) in bits


@pytest.mark.parametrize("standard", [s for s in fsk_peers.MINIMODEM if s != "v23_75"])
def test_minimodem_and_we_understand_each_other(standard: str) -> None:
    text = b"The quick brown fox jumps over the lazy dog. 0123456789"
    # Its lead is two bits of mark, shorter than a carrier takes to be believed.
    events = detect_fsk(fsk_peers.minimodem_sends(standard, b"\xff" * 8 + text), standard=standard)
    assert text in bytes(e.octet for e in events if e.kind is FskKind.OCTET)
    sent = fsk(text, standard, mark_ms=500, after_ms=100)
    assert text in fsk_peers.minimodem_hears(standard, np.concatenate([sent, np.zeros(800, "i2")]))
