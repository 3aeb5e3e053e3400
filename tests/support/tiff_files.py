"""TIFF files as others write them: any tags, any strips, either order of octets."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

SHORT, LONG, RATIONAL = 3, 4, 5


def tiff_file(pages: Sequence[Mapping[int, object]], order: str = "<") -> bytes:
    """Directories behind one another; a page's tags by number, 273 being a list of strips.

    Values are numbers, lists of them, octets (ASCII) or pairs (a rational).
    """
    out = bytearray((b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 0))
    link = 4
    for page in pages:
        tags = dict(page)
        strips = tags.pop(273)
        places = []
        for strip in strips:
            places.append(len(out))
            out += strip + bytes(len(strip) % 2)
        tags = {273: places, 279: [len(strip) for strip in strips]} | tags
        struct.pack_into(order + "I", out, link, len(out))
        at = len(out)
        out += bytes(2 + 12 * len(tags) + 4)
        struct.pack_into(order + "H", out, at, len(tags))
        for number, (tag, value) in enumerate(sorted(tags.items())):
            kind, count, octets = _value(value, order)
            entry = at + 2 + 12 * number
            struct.pack_into(order + "HHI", out, entry, tag, kind, count)
            if len(octets) > 4:
                struct.pack_into(order + "I", out, entry + 8, len(out))
                out += octets + bytes(len(octets) % 2)
            else:
                out[entry + 8 : entry + 8 + len(octets)] = octets
        link = at + 2 + 12 * len(tags)
    return bytes(out)


def _value(value: object, order: str) -> tuple[int, int, bytes]:
    if isinstance(value, bytes):
        return 2, len(value), value
    if isinstance(value, tuple):
        return RATIONAL, 1, struct.pack(order + "II", *value)
    numbers = value if isinstance(value, list) else [value]
    kind = LONG if any(number > 0xFFFF for number in numbers) else SHORT
    form = "I" if kind == LONG else "H"
    return kind, len(numbers), struct.pack(order + form * len(numbers), *numbers)


def packbits(octets: bytes) -> bytes:
    """Runs and literals, with a count that means nothing among them."""
    out, at = bytearray(b"\x80"), 0
    while at < len(octets):
        run = 1
        while run < 128 and octets[at + run : at + run + 1] == octets[at : at + 1]:
            run += 1
        if run > 2:
            out += bytes([257 - run, octets[at]])
            at += run
        else:
            literal = octets[at : at + 3]
            out += bytes([len(literal) - 1]) + literal
            at += len(literal)
    return bytes(out)
