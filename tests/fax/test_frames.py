"""Frames of T.30 against octets as the Recommendation prints them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telcard.fax.fields import Bit
from telcard.fax.frames import (
    Damaged,
    Fcf,
    Frame,
    PageEnd,
    decode,
    read_text,
    requested,
    spans,
    write_requests,
    write_text,
)
from telcard.fax.makers import REVERSED


def printed(text: str) -> bytes:
    """Octets as test catalogues print them, most significant bit first on the line."""
    return bytes.fromhex(text).translate(REVERSED)


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        (Frame(Fcf.DIS, bytes.fromhex("004a00")), "FF C8 01 00 52 00"),
        (Frame(Fcf.DCS, bytes.fromhex("000a00")), "FF C8 41 00 50 00"),
        (Frame(Fcf.DCS, bytes.fromhex("000a00"), x=True), "FF C8 C1 00 50 00"),
        (Frame(Fcf.CFR), "FF C8 21"),
        (Frame(Fcf.FTT), "FF C8 22"),
        (Frame(Fcf.CTR), "FF C8 23"),
        (Frame(Fcf.MCF), "FF C8 31"),
        (Frame(Fcf.RTN), "FF C8 32"),
        (Frame(Fcf.RNR), "FF C8 37"),
        (Frame(Fcf.ERR), "FF C8 38"),
        (Frame(Fcf.MPS, x=True), "FF C8 F2"),
        (Frame(Fcf.EOM), "FF C8 71"),
        (Frame(Fcf.EOP), "FF C8 74"),
        (Frame(Fcf.RR), "FF C8 76"),
        (Frame(Fcf.CRP), "FF C8 58"),
        (Frame(Fcf.DCN), "FF C8 5F"),
        (Frame(Fcf.DCN, x=True), "FF C8 DF"),
        (Frame(Fcf.CTC, bytes.fromhex("0008")), "FF C8 48 00 10"),
        (Frame(Fcf.EOR, PageEnd(None).octets(counters=False)), "FF C8 73 00"),
        (Frame(Fcf.PPS, PageEnd(Fcf.EOP, 0, 0, 9).octets()), "FF C8 7D 74 00 00 10"),
        (Frame(Fcf.PPS, PageEnd(Fcf.MPS, 1, 0, 215).octets()), "FF C8 7D 72 80 00 6B"),
        (Frame(Fcf.DTC, bytes.fromhex("004a00")), "FF C8 81 00 52 00"),
        (
            Frame(Fcf.CSI, write_text("+0123456789"), final=False),
            "FF C0 02 9C 1C EC 6C AC 2C CC 4C 8C 0C D4 04 04 04 04 04 04 04 04 04",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_frames_are_the_octets_of_the_standard(frame: Frame, text: str) -> None:
    assert frame.encode() == printed(text)
    assert decode(printed(text)) == frame


@pytest.mark.parametrize("fcf", list(Fcf))
def test_every_control_field_is_read_again_and_has_words(fcf: Fcf) -> None:
    """The X bit is kept where there is one; all that stands in a frame has a text."""
    frame = Frame(fcf, bytes(36), x=fcf.has_x)
    again = decode(frame.encode())
    assert again == frame
    assert frame.text().startswith(str(fcf))


def test_no_two_control_fields_are_one() -> None:
    octets = [Frame(fcf, x=x).encode()[2] for fcf in Fcf for x in {False, fcf.has_x}]
    assert len(octets) == len(set(octets))


@pytest.mark.parametrize(
    ("octets", "fault"),
    [
        ("", "frame: want at least 3 octets, got 0"),
        ("ff13", "frame: want at least 3 octets, got 2"),
        ("fe1384", "frame: want address FF, got FE"),
        ("ff0784", "frame: want control 03 or 13, got 07"),
        ("ff1300", "frame: control field 00 is not one of T.30"),
        ("ff13800002", "DIS: want at least 3 octets of fields, got 2"),
        ("ff1382001000", "DCS: rate 0100 (bits 14 to 11) is not one of T.30"),
        ("ff131200", "CTC: want 2 octets of fields, got 1"),
        ("ff13120010", "CTC: rate 0100 (bits 14 to 11) is not one of T.30"),
        ("ff13bc00", "PPR: want 32 octets of requests, got 1"),
        ("ff0306", "FCD: want a frame number, got none"),
        ("ff13be2f00", "PPS: want 4 octets, got 2"),
        ("ff13ce", "EOR: want 1 octets, got 0"),
        ("ff13be8c000000", "PPS: second control field 8C does not end a page"),
    ],
)
def test_what_is_damaged_is_named_in_one_sentence(octets: str, fault: str) -> None:
    damaged = decode(bytes.fromhex(octets))
    assert isinstance(damaged, Damaged)
    assert damaged.fault == damaged.text() == fault


@settings(max_examples=20)
@given(st.binary(max_size=40) | st.binary(max_size=40).map(lambda tail: b"\xff\x13" + tail))
def test_nothing_that_comes_raises(octets: bytes) -> None:
    frame = decode(octets)
    assert frame.text()
    if isinstance(frame, Frame):
        assert frame.encode() == octets


def test_an_identification_stands_backwards_and_is_padded_with_spaces() -> None:
    fif = write_text("+86 10 1234")
    assert len(fif) == 20
    assert fif[:4] == b"4321"
    assert read_text(fif) == "+86 10 1234"


@pytest.mark.parametrize("text", ["x" * 21, "Zürich", "a\nb"])
def test_an_identification_that_does_not_fit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="want at most 20 printable ASCII characters"):
        write_text(text)


def test_identifications_of_careless_stations_are_read() -> None:
    assert read_text(b"") == ""
    assert read_text(b"21\0\0\0") == "12"
    assert read_text(b"2\xe41") == "1?2"


@settings(max_examples=20)
@given(st.frozensets(st.integers(0, 255)))
def test_requests_are_read_again(numbers: frozenset[int]) -> None:
    assert requested(write_requests(numbers)) == numbers


def test_the_first_bit_of_a_request_is_frame_0() -> None:
    assert write_requests({0, 9}).hex() == "0102" + 30 * "00"


@pytest.mark.parametrize(
    ("numbers", "text"),
    [((), "none"), ((3,), "3"), ((0, 1), "0-1"), ((0, 1, 2, 5, 7, 8), "0-2, 5, 7-8")],
)
def test_numbers_are_said_in_short(numbers: tuple[int, ...], text: str) -> None:
    assert spans(numbers) == text


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        (Frame(Fcf.MCF), "MCF, message confirmation"),
        (Frame(Fcf.PRI_EOP), "PRI-EOP, procedure interrupt, end of procedure"),
        (Frame(Fcf.TSI, write_text("555")), "TSI: '555'"),
        (Frame(Fcf.NSF, bytes.fromhex("000025ab")), "NSF: Ricoh, 4 octets"),
        (
            Frame(Fcf.PPS, PageEnd(None, 2, 1, 256).octets()),
            "PPS: NULL, page 2, block 1, 256 frames",
        ),
        (Frame(Fcf.PPR, write_requests({1, 2})), "PPR: frames 1-2"),
        (Frame(Fcf.FCD, bytes(65)), "FCD: frame 0, 64 octets"),
        (Frame(Fcf.FNV, b"\x05"), "FNV: password, sub-address"),
        (Frame(Fcf.CTC, bytes.fromhex("0008")), "CTC: V.27ter at 4800 bit/s"),
        (
            Frame(Fcf.DCS, bytes.fromhex("0062f844")),
            "DCS: V.17 at 14400 bit/s, A4, any length, receives, fine, error correction, MMR, "
            "rows of 0 ms",
        ),
    ],
)
def test_frames_explain_themselves(frame: Frame, text: str) -> None:
    assert frame.text() == str(frame) == text


def test_fields_of_a_frame_are_at_hand() -> None:
    assert Bit.ECM in Frame(Fcf.DCS, bytes.fromhex("0062f844")).fields
    assert Frame(Fcf.SUB, write_text("42")).characters == "42"
    assert Frame(Fcf.EOR, PageEnd(Fcf.MPS).octets(counters=False)).page_end == PageEnd(Fcf.MPS)
