"""Frames of the data link, against octets worked out from tables 1 to 5 of Q.921."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telcard.signalling.isdn.lapd import COMMANDS, RESPONSES, Frame, FrameError, Kind

# Octet 1: SAPI (6 bits), C/R, 0; octet 2: TEI (7 bits), 1; then the control field of table 5.
VECTORS = [
    # SAPI 0, TEI 0, a command of the user; 011 P 1111 with P = 1
    ("00017f", Frame(kind=Kind.SABME, cr=False, pf=True), "user", "SABME command p=1"),
    # a response of the user has C/R = 1; 011 F 0011
    ("020173", Frame(kind=Kind.UA, cr=True, pf=True), "user", "UA response f=1"),
    ("020153", Frame(kind=Kind.DISC, cr=True, pf=True), "network", "DISC command p=1"),
    ("00010f", Frame(kind=Kind.DM, cr=False), "network", "DM response"),
    # N(S) = 3: 0000011 0; N(R) = 5 and P: 0000101 1
    (
        "0001060b0802",
        Frame(kind=Kind.I, cr=False, pf=True, ns=3, nr=5, info=b"\x08\x02"),
        "user",
        "I command ns=3 nr=5 p=1",
    ),
    ("02010104", Frame(kind=Kind.RR, cr=True, nr=2), "network", "RR command nr=2"),
    ("020105ff", Frame(kind=Kind.RNR, cr=True, pf=True, nr=127), "user", "RNR response nr=127 f=1"),
    ("02010904", Frame(kind=Kind.REJ, cr=True, nr=2), None, "REJ nr=2"),
    # SAPI 63 is 111111, TEI 127 is 1111111; UI is 000 P 0011
    (
        "fcff030f00010180",
        Frame(kind=Kind.UI, cr=False, sapi=63, tei=127, info=b"\x0f\x00\x01\x01\x80"),
        "user",
        "UI command sapi=63 tei=127",
    ),
    ("0001bf", Frame(kind=Kind.XID, cr=False, pf=True), None, "XID p/f=1"),
    (
        "0201970102030405",
        Frame(kind=Kind.FRMR, cr=True, pf=True, info=bytes(range(1, 6))),
        None,
        "",
    ),
]


@pytest.mark.parametrize(("octets", "frame", "sender", "text"), VECTORS)
def test_frames_are_the_octets_of_the_standard(
    octets: str, frame: Frame, sender: object, text: str
) -> None:
    assert frame.encode().hex() == octets
    assert Frame.decode(bytes.fromhex(octets)) == frame
    if text:
        assert frame.describe(sender) == text  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("octets", "code", "sentence"),
    [
        ("", "", "want 3 octets or more, got 0"),
        ("0001", "", "want 3 octets or more, got 2"),
        ("01017f", "", "want an address of two octets, got 0101"),
        ("00007f", "", "want an address of two octets, got 0000"),
        ("000101", "N", "want 4 octets of RR, got 3"),
        ("000100", "N", "want 4 octets of I, got 3"),
        ("00010100ff", "M", "want no information in RR, got 1 octets"),
        ("00017f00", "M", "want no information in SABME, got 1 octets"),
        ("0001ff", "L", "control field 0xff is not defined"),
        ("00010d00", "L", "control field 0x0d is not defined"),
        ("00011100", "L", "control field 0x11 is not defined"),
    ],
)
def test_what_is_no_frame_is_refused_with_its_letter(octets: str, code: str, sentence: str) -> None:
    with pytest.raises(FrameError, match=sentence) as refusal:
        Frame.decode(bytes.fromhex(octets))
    assert refusal.value.code == code


def test_every_kind_is_a_command_or_a_response() -> None:
    assert set(Kind) == COMMANDS | RESPONSES


@given(st.binary(max_size=300))
def test_octets_are_a_frame_that_gives_them_back_or_are_refused(octets: bytes) -> None:
    try:
        frame = Frame.decode(octets)
    except FrameError:
        return
    assert frame.encode() == octets
    assert frame.describe("user")
