"""Caller ID to and from spandsp and minimodem (Debian: libspandsp-dev libtiff-dev minimodem)."""

import numpy as np
import pytest
from numpy.typing import NDArray

from telcard.callerid import (
    Absence,
    CallerId,
    Forwarding,
    Moment,
    caller_id,
    detect_alerts,
    detect_caller_id,
    encode,
)
from telcard.callerid.alert import ON_HOOK
from telcard.callerid.dialects import BELLCORE, ETSI
from telcard.callerid.japan import encode_japan
from telcard.dsp import g711
from telcard.units import dbm0_to_rms
from tests.support import callerid_peers as peers
from tests.support.peers import PeerMissing

pytestmark = pytest.mark.interop

FULL = CallerId(number="6095551212", name="JOHN DOE", time=Moment(9, 30, 12, 24))
FIELDS = [(0x01, b"09301224"), (0x02, b"6095551212"), (0x07, b"JOHN DOE")]
STANDARDS = {
    "class": (peers.CLASS, "bellcore"),
    "clip": (peers.CLIP, "etsi"),
    "aclip": (peers.ACLIP, "etsi"),  # Singapore: Bellcore's parameters over V.23
}


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    try:
        peers.spandsp()
        peers.minimodem_hears(np.zeros(800, np.int16))
    except PeerMissing as missing:
        pytest.skip(str(missing))


def line(pcm: NDArray, noise_dbm0: float | None = None, loss_db: float = 0) -> NDArray[np.int16]:
    """Between silences, weaker, in noise, through A-law."""
    sound = np.concatenate([np.zeros(1500), pcm * 10 ** (-loss_db / 20), np.zeros(3000)])
    if noise_dbm0 is not None:
        sound += np.random.default_rng(3).normal(0, dbm0_to_rms(noise_dbm0), len(sound))
    return g711.decode_alaw(g711.encode_alaw(np.round(sound).astype(np.int16)))


@pytest.mark.parametrize("peer", STANDARDS)
@pytest.mark.parametrize("type2", [False, True])
def test_what_we_send_by_fsk_spandsp_hears(peer: str, type2: bool) -> None:
    number, standard = STANDARDS[peer]
    octets = encode(FULL, ETSI if standard == "etsi" else BELLCORE)
    sent = line(caller_id(FULL, standard, type2=type2), noise_dbm0=-45)
    assert peers.spandsp_hears(sent, number) == [octets[:-1]]


def test_what_we_send_in_the_short_form_spandsp_and_minimodem_hear() -> None:
    withheld = CallerId(absence=Absence.PRIVATE, time=Moment(9, 30, 12, 24))
    sent = line(caller_id(withheld, sdmf=True))
    assert peers.spandsp_hears(sent, peers.CLASS) == [b"\x04\x0909301224P"]
    assert "Time:  09/30 12:24" in peers.minimodem_hears(sent)


def test_minimodem_prints_the_number_and_the_name_that_we_send() -> None:
    printed = peers.minimodem_hears(line(caller_id(FULL, "bellcore"), noise_dbm0=-40))
    for each in ("Time:  09/30 12:24", "Phone: 609-555-1212", "Name:  JOHN DOE"):
        assert each in printed


@pytest.mark.parametrize("peer", STANDARDS)
def test_what_spandsp_sends_by_fsk_we_hear_down_to_minus_38(peer: str) -> None:
    number, standard = STANDARDS[peer]
    sent = peers.spandsp_sends(number, 0x80, FIELDS)
    for loss, noise in ((0, None), (0, -28), (16, -43), (24, None)):
        heard = line(sent, noise, loss)
        for wanted in (standard, "any"):
            (event,) = detect_caller_id(heard, wanted)
            assert event.message == FULL
            assert event.standard == standard


def test_etsi_parameters_of_spandsp_are_understood() -> None:
    fields = [(0x11, b"\x01"), (0x04, b"P"), (0x15, b"\x03"), (0x1A, b"123"), (0x33, b"new")]
    (event,) = detect_caller_id(line(peers.spandsp_sends(peers.CLIP, 0x80, fields)), "etsi")
    message = event.message
    assert message is not None
    assert message.absence is Absence.PRIVATE
    assert message.forwarding is Forwarding.UNCONDITIONAL
    assert message.redirecting == "123"
    assert [str(other) for other in message.others] == ["33h: 6e 65 77"]


def test_the_alerting_signal_of_spandsp_is_heard() -> None:
    sent = peers.spandsp_sends(peers.CLASS, 0x80, FIELDS, alert=True)
    (event,) = detect_alerts(line(sent, -45), profile=ON_HOOK)
    assert abs(event.start - 1500) <= 16
    assert abs(event.frames - 880) <= 24  # it sounds for 110 ms


@pytest.mark.parametrize(
    ("standard", "message", "row"),
    [
        ("etsi_dtmf", CallerId(number="123", redirecting="456"), b"A123D456C"),
        ("etsi_dtmf", CallerId(absence=Absence.PRIVATE), b"B10C"),
        ("denmark_dtmf", CallerId(number="33445566"), b"A33445566#"),
        ("denmark_dtmf", CallerId(absence=Absence.UNAVAILABLE), b"D3#"),
        ("taiwan_dtmf", CallerId(number="0223456789"), b"D0223456789C"),
        ("china_dtmf", CallerId(number="02162345678"), b"A02162345678C"),
        ("bare_dtmf", CallerId(number="5551212"), b"5551212#"),
    ],
)
def test_what_we_send_by_dtmf_spandsp_hears(standard, message, row) -> None:
    sent = line(caller_id(message, standard), noise_dbm0=-40)
    assert peers.spandsp_hears(sent, peers.CLIP_DTMF) == [row]


@pytest.mark.parametrize(
    ("stop", "fields", "message"),
    [
        ("C", [("A", b"12345"), ("D", b"678")], CallerId(number="12345", redirecting="678")),
        ("C", [("B", b"00")], CallerId(absence=Absence.UNAVAILABLE)),
        ("#", [("A", b"12345")], CallerId(number="12345")),
        ("#", [("D", b"1")], CallerId(absence=Absence.PRIVATE)),
    ],
)
def test_what_spandsp_sends_by_dtmf_we_hear(stop, fields, message) -> None:
    flat = [(ord(letter), value) for letter, value in fields]
    sent = peers.spandsp_sends(peers.CLIP_DTMF, ord(stop), flat)
    for loss in (0, 20):
        (event,) = detect_caller_id(line(sent, -50, loss), "dtmf")
        assert event.message == message


def test_frames_of_ntt_are_understood_in_both_directions() -> None:
    for number in ("0312345678", "09012345678"):
        message = CallerId(number=number, called="123")
        fields = [(0x02, number.encode()), (0x09, b"123")]
        sent = peers.spandsp_sends(peers.JCLIP, 0x40, fields)
        (event,) = detect_caller_id(line(sent, -40), "jclip")
        assert event.message == message
        (heard,) = peers.spandsp_hears(line(caller_id(message, "jclip"), -45), peers.JCLIP)
        assert heard == bytes(octet & 0x7F for octet in encode_japan(message)[:-2])
    # With a length that is a DLE itself spandsp does not understand its own frames, but we do.
    sent = peers.spandsp_sends(peers.JCLIP, 0x40, [(0x02, b"01234567890123")])
    assert detect_caller_id(line(sent), "jclip")[0].message == CallerId(number="01234567890123")
    # A parameter's length that is one is counted twice in the message's.
    sent = peers.spandsp_sends(peers.JCLIP, 0x40, [(0x02, b"0123456789012345")])
    (event,) = detect_caller_id(line(sent), "jclip")
    assert event.message == CallerId(number="0123456789012345")
