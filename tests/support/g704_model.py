"""E1 framing bit by bit, straight from G.704 and G.706: slow, and in another style than the kernel.

A line is a Python list of bits.  A frame's octets are looked up in the text of the tables; CRC-4 is
a long division; the receiver walks from one position to the next and keeps a list of what it did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

FAS = [0, 0, 1, 1, 0, 1, 1]
# First bit of timeslot 0 of frames 0 to 15 with CRC-4 (G.704, table 5B); letters are looked up.
FIRST = ["C1", 0, "C2", 0, "C3", 1, "C4", 0, "C1", 1, "C2", 1, "C3", "E", "C4", "E"]


def divided(bits: Sequence[int], generator: str = "10011") -> list[int]:
    """The remainder of the bits, with zeros appended; the generator is its coefficients."""
    order = len(generator) - 1
    rest = [*bits, *[0] * order]
    for at in range(len(bits)):
        if rest[at]:
            for step, coefficient in enumerate(generator):
                rest[at + step] ^= int(coefficient)
    return rest[-order:]


def octet(value: int) -> list[int]:
    return [value >> place & 1 for place in range(7, -1, -1)]


def multiframe(
    slots: Sequence[Sequence[int]], abcd: Sequence[int], before: list[int], a: int = 0
) -> tuple[list[int], list[int]]:
    """Bits of 16 frames of 32 octets, and the CRC-4 that the next multiframe begins with."""
    made: list[int] = []
    word = before
    for half in (0, 8):
        bits: list[int] = []
        places = {}
        for number in range(half, half + 8):
            first = FIRST[number]
            if isinstance(first, str) and first.startswith("C"):
                places[len(bits)] = int(first[1]) - 1
                first = 0
            elif first == "E":
                first = 1
            zero = [first, *FAS] if number % 2 == 0 else [first, 1, a, 1, 1, 1, 1, 1]
            sixteen = (abcd[number] << 4 | abcd[number + 16]) if number else 0x0B
            bits += zero
            for timeslot in range(1, 32):
                bits += octet(sixteen if timeslot == 16 else slots[number][timeslot])
        following = divided(bits)
        for place, letter in places.items():
            bits[place] = word[letter]
        word = following
        made += bits
    return made, word


@dataclass
class Walk:
    """What a receiver without CRC-4 did with a line."""

    frames: list[tuple[int, list[int]]] = field(default_factory=list)
    """(first bit, octets) of the frames that were received in alignment."""
    found: list[int] = field(default_factory=list)
    """First bit of the frame with which alignment was found."""
    lost: list[int] = field(default_factory=list)
    """First bit after the frame with which it was lost."""
    fas_errors: int = 0


def walk(line: Sequence[int]) -> Walk:
    """Receive a line from its first bit on (G.706, clauses 4.1.1 and 4.1.2)."""
    done = Walk()
    at = 0  # where the seven bits of a FAS are looked for
    while True:
        while list(line[at : at + 7]) != FAS:
            at += 1
            if at + 7 > len(line):
                return done
        beside, again = at + 256, at + 512
        if again + 7 > len(line):
            return done
        if line[beside] != 1:
            at = beside + 1
            continue
        if list(line[again : again + 7]) != FAS:
            at = again + 1
            continue
        start = again - 1
        done.found.append(start)
        bad = {0: 0, 1: 0}
        parity = 0
        while max(bad.values()) < 3:
            frame = line[start : start + 256]
            if len(frame) < 256:
                return done
            good = list(frame[1:8]) == FAS if parity == 0 else frame[1] == 1
            bad[parity] = 0 if good else bad[parity] + 1
            done.fas_errors += parity == 0 and not good
            octets = [int("".join(map(str, frame[i : i + 8])), 2) for i in range(0, 256, 8)]
            done.frames.append((start, octets))
            parity ^= 1
            start += 256
        done.lost.append(start)
        at = start
