"""HDLC as texts of bits, slowly and in the words of Q.921 clause 2: what the kernel is held to."""

from __future__ import annotations

from telcard.signalling.framing.hdlc import fcs16

FLAG = "01111110"
ABORT = "11111111"


def bits_of(octets: bytes) -> str:
    """Bits in the order of sending, the least significant of an octet first."""
    return "".join(f"{octet:08b}"[::-1] for octet in octets)


def stuffed(bits: str) -> str:
    """With a 0 behind every five 1s."""
    made, run = "", 0
    for bit in bits:
        made += bit
        run = run + 1 if bit == "1" else 0
        if run == 5:
            made, run = made + "0", 0
    return made


def inside(frame: bytes) -> str:
    """What stands between two flags: frame and FCS, stuffed."""
    check = fcs16(frame)
    return stuffed(bits_of(frame + bytes((check & 0xFF, check >> 8))))


def line_bits(*frames: bytes) -> str:
    """Frames with one flag between them."""
    return FLAG + "".join(inside(frame) + FLAG for frame in frames)


def octets_of_bits(bits: str) -> bytes:
    """Octets of a timeslot, whose bit 1 (the most significant) goes first; ones fill the last."""
    filled = bits + "1" * (-len(bits) % 8)
    return bytes(int(filled[at : at + 8], 2) for at in range(0, len(filled), 8))
