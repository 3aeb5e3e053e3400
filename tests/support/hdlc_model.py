"""HDLC as texts of bits, slowly and in the words of Q.921 clause 2: what the kernel is held to."""

from __future__ import annotations

from telcard.signalling.framing.hdlc import FrameCounts, fcs16

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


def frames_of(bits: str, least: int, most: int) -> tuple[list[bytes], FrameCounts]:
    """What a receiver finds in bits that begin with a 0: the frames, and the counts."""
    frames: list[bytes] = []
    counts = dict.fromkeys(
        ("received", "fcs_errors", "aborts", "too_long", "too_short", "misaligned"), 0
    )
    flags = [at for at in range(len(bits) - 7) if bits.startswith(FLAG, at)]
    for begin, end in zip(flags, [*flags[1:], len(bits)], strict=True):
        content, broken, _ = bits[begin + 8 : end].partition("1111111")
        # Six bits of the flag look like data; its first is gone where five 1s stand before it.
        found = destuffed(content + "11111") if broken else destuffed(content + FLAG[:6])[:-6]
        closed = end < len(bits) and not broken
        octets = len(found) // 8
        if len(found) + 6 * closed >= 8 * (most + 3):
            counts["too_long"] += 1
        elif broken:
            counts["aborts"] += len(found) > 6
        elif closed and found:
            frame = bytes(int(found[at : at + 8][::-1], 2) for at in range(0, 8 * octets, 8))
            if octets < least + 2:
                counts["too_short"] += 1
            elif len(found) % 8:
                counts["misaligned"] += 1
            elif fcs16(frame) != 0x0F47:  # the complement of what a good frame leaves
                counts["fcs_errors"] += 1
            else:
                counts["received"] += 1
                frames.append(frame[:-2])
    return frames, FrameCounts(**counts)


def destuffed(bits: str) -> str:
    """Without the 0 behind every five 1s."""
    made, run = "", 0
    for bit in bits:
        if run == 5 and bit == "0":
            run = 0
            continue
        made += bit
        run = run + 1 if bit == "1" else 0
    return made
