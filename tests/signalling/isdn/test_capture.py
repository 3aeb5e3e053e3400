"""Captures: bounded, told in words, and the octets of their files."""

import struct

import pytest

from telcard.signalling.isdn.capture import (
    Capture,
    NotACapture,
    TracedFrame,
    clock_text,
    pcap,
    pcap_record,
    read_pcap,
)

SABME, UA = bytes.fromhex("00017f"), bytes.fromhex("000173")
# SETUP of call 1 with its bearer capability alone, in an I frame of the user
SETUP = bytes.fromhex("00010000080200010504038090a3")


def test_a_capture_keeps_the_newest_frames_and_says_how_many_passed() -> None:
    capture = Capture("user", limit=3)
    for number in range(5):
        capture.note(number, sent=bool(number % 2), octets=bytes([number]))
    assert [frame.octets for frame in capture.frames] == [b"\x02", b"\x03", b"\x04"]
    assert [frame.number for frame in capture.since(4)] == [5]
    assert capture.count == 5
    assert repr(capture) == "<Capture of the user: 3 of 5 frames>"


def test_frames_are_told_in_words() -> None:
    def told(octets: bytes, *, sent: bool) -> str:
        return TracedFrame(1, 0, sent, octets).describe("user")

    assert told(SABME, sent=True) == "-> SABME command p=1"
    assert told(UA, sent=False) == "<- UA response f=1"
    assert told(SETUP, sent=True).startswith("-> I command ns=0 nr=0: SETUP call 1")
    assert told(b"\xff", sent=False) == "<- ff: frame: want 3 octets or more, got 1 (2.9)"
    assert told(bytes.fromhex("fcff030f00010180"), sent=True).endswith(": 0f 00 01 01 80")
    assert "unreadable" in told(bytes.fromhex("0001000008"), sent=True)


def test_a_file_has_the_octets_of_link_type_177() -> None:
    """By hand: the header of pcap, that of a record, and 16 octets of a cooked LAPD frame."""
    octets = pcap([TracedFrame(1, 5_000_000_007, True, SABME)], "network")
    assert octets[:24] == struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 177)
    assert octets[24:40] == struct.pack("<IIII", 5, 7, 19, 19)
    # sent (4), ARPHRD_LAPD, an address of one octet: the network's; protocol 0x0030
    assert octets[40:56].hex(" ", 2) == "0004 20fd 0001 0100 0000 0000 0000 0030"
    assert octets[56:] == SABME


def test_a_file_is_read_as_it_was_written() -> None:
    frames = [
        TracedFrame(1, 10**18 + 3, True, SABME),
        TracedFrame(2, 10**18 + 9, False, UA),
        TracedFrame(3, 10**18 + 11, True, SETUP),
    ]
    assert read_pcap(pcap(frames, "user")) == ("user", frames)
    assert read_pcap(pcap(frames, "network"))[0] == "network"
    assert pcap_record(frames[0], "user", utc_ns=10**9)[:4] == b"\x01\0\0\0"


@pytest.mark.parametrize(
    ("octets", "sentence"),
    [
        (b"", "pcap: want 24 octets or more, got 0"),
        (bytes(24), "pcap: want a file that begins with 0xa1b23c4d, got 0x0"),
        (struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 1, 1), "want link type 177"),
        (pcap([TracedFrame(1, 0, True, SABME)], "user")[:-1], "pcap: frame 1 is cut off"),
        (pcap([TracedFrame(1, 0, True, SABME)], "user")[:30], "pcap: frame 1 is cut off"),
        (
            pcap([TracedFrame(1, 0, True, SABME)], "user").replace(b"\x00\x30", b"\x08\x00"),
            "want protocol 0x30 of LAPD, got 0x800",
        ),
    ],
)
def test_what_is_no_capture_is_refused(octets: bytes, sentence: str) -> None:
    with pytest.raises(NotACapture, match=sentence):
        read_pcap(octets)


@pytest.mark.parametrize(
    ("side", "limit", "sentence"),
    [("x", 1, "side: want user or network"), ("user", 0, "limit: want 1 frame or more, got 0")],
)
def test_a_capture_has_a_side_and_room(side: str, limit: int, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Capture(side, limit)  # type: ignore[arg-type]


def test_a_time_of_day_has_milliseconds() -> None:
    assert clock_text(10**18 + 7_000_000) == "01:46:40.007"
