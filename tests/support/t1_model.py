"""T1 framing bit by bit, straight from the tables of T1.403 and G.704: slow, and in another style.

A superframe is a list of bits, made of its frames' octets; CRC-6 is a long division.
"""

from __future__ import annotations

from collections.abc import Sequence

from tests.support.g704_model import divided, octet

# F of frames 1 to 12 of D4, and 1 to 24 of ESF; letters are looked up.
D4 = [1, 0, 0, 0, 1, 1, 0, 1, 1, 1, 0, 0]
ESF = [
    *("m", "C1", "m", "0", "m", "C2", "m", "0", "m", "C3", "m", "1"),
    *("m", "C4", "m", "0", "m", "C5", "m", "1", "m", "C6", "m", "1"),
]


def robbed(frame: Sequence[int], number: int, abcd: Sequence[int]) -> list[int]:
    """The octets of frame `number`, from 1, with the bits of channels 1 to 24 robbed."""
    if number % 6:
        return list(frame)
    place = 4 - number // 6
    return [value & ~1 | bits >> place & 1 for value, bits in zip(frame, abcd, strict=True)]


def bits_of(frame: Sequence[int]) -> list[int]:
    return [bit for value in frame for bit in octet(value)]


def d4(slots: Sequence[Sequence[int]], abcd: Sequence[int]) -> list[int]:
    """Bits of 12 frames."""
    return [
        bit
        for number, first in enumerate(D4, 1)
        for bit in [first, *bits_of(robbed(slots[number - 1], number, abcd))]
    ]


def esf(
    slots: Sequence[Sequence[int]], abcd: Sequence[int], link: Sequence[int], before: Sequence[int]
) -> tuple[list[int], list[int]]:
    """Bits of 24 frames with 12 bits of the data link, and the CRC-6 for the superframe after."""
    made, checked = [], []
    links = iter(link)
    for number, letter in enumerate(ESF, 1):
        if letter == "m":
            first = next(links)
        elif letter.startswith("C"):
            first = before[int(letter[1]) - 1]
        else:
            first = int(letter)
        payload = bits_of(robbed(slots[number - 1], number, abcd))
        made += [first, *payload]
        checked += [1, *payload]
    return made, divided(checked, "1000011")
