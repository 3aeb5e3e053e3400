"""Who made a fax machine, by its non-standard facilities (NSF, T.30 5.3.6.2.7).

The information field begins with a country (T.35) and its maker there; what follows is the maker's
own affair.  Countries and makers were written in either order of bits, most of them as all other
octets of T.30, the rest turned round; both are looked up.

Sources: country codes from T.35 Annex A; makers from tables that HylaFAX and spandsp gathered in
the field, in the order of bits in which these octets come here; Muratec's from its field manual
of the F-315.  Tens of makers are registered: these are the ones that one meets.
"""

from __future__ import annotations

from dataclasses import dataclass

COUNTRIES = {
    0x00: "Japan",
    0x04: "Germany",
    0x20: "Canada",
    0x26: "China",
    0x3D: "France",
    0x61: "Korea",
    0xB4: "United Kingdom",
    0xB5: "United States",
}
"""T.35 Annex A, the countries in which fax machines are made."""

MAKERS = {
    bytes((0x00, 0x00, 0x09)): "Xerox",
    bytes((0x00, 0x00, 0x0E)): "Panasonic",
    bytes((0x00, 0x00, 0x11)): "Canon",
    bytes((0x00, 0x00, 0x19)): "Xerox",
    bytes((0x00, 0x00, 0x21)): "Oki",
    bytes((0x00, 0x00, 0x25)): "Ricoh",
    bytes((0x00, 0x00, 0x26)): "Konica",
    bytes((0x00, 0x00, 0x2D)): "Sony",
    bytes((0x00, 0x00, 0x31)): "Sharp",
    bytes((0x00, 0x00, 0x39)): "Panasonic",
    bytes((0x00, 0x00, 0x45)): "Muratec",
    bytes((0x00, 0x00, 0x48)): "Muratec",
    bytes((0x00, 0x00, 0x51)): "Sanyo",
    bytes((0x00, 0x00, 0x56)): "Brother",
    bytes((0x00, 0x00, 0x59)): "Fujitsu",
    bytes((0x00, 0x00, 0x61)): "Casio",
    bytes((0x00, 0x00, 0x79)): "Panasonic",
    bytes((0x00, 0x70, 0x00)): "Kyocera",
    bytes((0x00, 0xB0, 0x00)): "Minolta",
    bytes((0x20, 0x41)): "Siemens",
    bytes((0x20, 0x81, 0x80)): "AVM",
    bytes((0x20, 0x81, 0xC0)): "Eicon",
    bytes((0x86, 0x00, 0x10)): "Samsung",
    bytes((0x86, 0x00, 0x16)): "Samsung",
    bytes((0x86, 0x00, 0x5A)): "Samsung",
    bytes((0xAD, 0x00, 0x00)): "Pitney Bowes",
    bytes((0xAD, 0x00, 0x0C)): "Dialogic",
    bytes((0xAD, 0x00, 0x15)): "Lexmark",
    bytes((0xAD, 0x00, 0x36)): "Hewlett-Packard",
    bytes((0xAD, 0x00, 0x46)): "Brooktrout",
    bytes((0xAD, 0x00, 0x55)): "HylaFAX",
}
"""Country and maker as their octets come, their least significant bit first on the line."""

REVERSED = bytes(int(f"{octet:08b}"[::-1], 2) for octet in range(256))


@dataclass(frozen=True, slots=True)
class Maker:
    """What the first octets of non-standard facilities say; None is what no table knows."""

    country: str | None
    name: str | None

    def __str__(self) -> str:
        return self.name or (f"a maker in {self.country}" if self.country else "an unknown maker")


def maker(octets: bytes) -> Maker:
    """Who made the machine that sent this information field."""
    turned = octets[:3].translate(REVERSED)
    for first in (octets[:3], turned):
        name = MAKERS.get(first) or MAKERS.get(first[:2])
        if name is not None:
            return Maker(_country(first), name)
    return Maker(_country(octets), None)


def _country(octets: bytes) -> str | None:
    """By either order of bits: Japan's 00 is the same in both."""
    if not octets:
        return None
    return COUNTRIES.get(REVERSED[octets[0]]) or COUNTRIES.get(octets[0])
