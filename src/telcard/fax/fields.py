"""The fields of DIS, DTC and DCS: bits with names (T.30 Table 2).

Bit 1 is the first on the line: the least significant of the first octet.  Bit 24 and every eighth
after it say that another octet follows; they are set and read here, and nobody else sees them.

    Fields.read(octets)               Fields({Bit.ECM, Bit.MMR}).octets()

Fields that are numbers rather than single bits have their place here too: `get` and `with_number`.
Numbers and names of the bits are those of the Recommendation of 2005; tests compare them with
what a foreign decoder reads.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

LEAST_OCTETS = 3
"""The first 24 bits are there since 1980."""

FIRST_EXTENSION = 24


class Bit(IntEnum):
    """Bits that stand alone; where DIS and DCS mean different things, both are said."""

    INTERNET_SIMPLE = 1
    INTERNET_REAL_TIME = 3
    MOBILE = 4
    V8 = 6
    FRAMES_OF_64_PREFERRED = 7
    POLLING = 9
    """DIS: a document waits to be polled."""
    RECEIVER = 10
    FINE = 15
    MR = 16
    UNCOMPRESSED = 26
    ECM = 27
    FRAMES_OF_64 = 28
    """DCS: frames of 64 octets."""
    MMR = 31
    FIELD_NOT_VALID = 33
    """FNV is understood (until 1993: other widths than A4, B4, A3)."""
    MULTIPLE_SELECTIVE_POLLING = 34
    POLLED_SUBADDRESS = 35
    T43 = 36
    PLANE_INTERLEAVE = 37
    VOICE = 38
    SUPERFINE = 41
    DPI_300 = 42
    DPI_400 = 43
    INCHES = 44
    """DIS: inches preferred; DCS: measured in inches, else in millimetres."""
    METRIC = 45
    """DIS: millimetres preferred."""
    FASTER_SUPERFINE = 46
    """DIS: rows at 15.4 lines/mm take half the time of those at 7.7."""
    SELECTIVE_POLLING = 47
    SUBADDRESS = 49
    PASSWORD = 50
    """DIS: password; DCS: sender's identification."""
    DATA_FILE_WAITS = 51
    BINARY_FILE = 53
    DOCUMENT_TRANSFER = 54
    EDIFACT = 55
    BASIC_TRANSFER = 57
    MIXED_DOCUMENT_WAITS = 59
    CHARACTERS = 60
    MIXED = 62
    PROCESSABLE = 65
    DIGITAL_NETWORK = 66
    DUPLEX = 67
    JPEG = 68
    FULL_COLOUR = 69
    PREFERRED_HUFFMAN = 70
    TWELVE_BITS = 71
    NO_SUBSAMPLING = 73
    CUSTOM_ILLUMINANT = 74
    CUSTOM_GAMUT = 75
    LETTER = 76
    LEGAL = 77
    JBIG = 78
    JBIG_STRIPES = 79
    HKM = 81
    RSA = 82
    OVERRIDE = 83
    HFX40 = 84
    CIPHER_2 = 85
    CIPHER_3 = 86
    HFX40I = 87
    HASHING_2 = 89
    HASHING_3 = 90
    T44_1 = 92
    T44_2 = 93
    T44_3 = 94
    T44_WHOLE_PAGE = 95
    COLOUR_300 = 97
    COLOUR_100 = 98
    SIMPLE_BFT = 99
    EXTENDED_BFT = 100
    INTERNET_SELECTIVE_POLLING = 101
    INTERNET_ROUTING = 102
    DPI_600 = 105
    DPI_1200 = 106
    DPI_300_600 = 107
    DPI_400_800 = 108
    DPI_600_1200 = 109
    COLOUR_600 = 110
    COLOUR_1200 = 111
    DUPLEX_ALTERNATE = 113
    DUPLEX_CONTINUOUS = 114
    BLACK_WHITE_MRC = 115
    T45 = 116
    T38_FLOW_CONTROL = 121
    LARGE_K = 122
    T38_MODE = 123
    T89_1 = 124
    T89_2 = 125
    T89_3 = 126
    SYCC_JPEG = 127


WORDS = {
    Bit.V8: "V.8",
    Bit.FRAMES_OF_64_PREFERRED: "frames of 64 octets preferred",
    Bit.POLLING: "has a document to be polled",
    Bit.RECEIVER: "receives",
    Bit.FINE: "fine",
    Bit.MR: "MR",
    Bit.UNCOMPRESSED: "uncompressed mode",
    Bit.ECM: "error correction",
    Bit.FRAMES_OF_64: "frames of 64 octets",
    Bit.MMR: "MMR",
    Bit.SUPERFINE: "superfine",
    Bit.DPI_300: "300 dpi",
    Bit.DPI_400: "400 dpi",
    Bit.INCHES: "inches",
    Bit.METRIC: "millimetres",
    Bit.SELECTIVE_POLLING: "selective polling",
    Bit.POLLED_SUBADDRESS: "polled sub-address",
    Bit.SUBADDRESS: "sub-address",
    Bit.PASSWORD: "password",
    Bit.LETTER: "letter",
    Bit.LEGAL: "legal",
    Bit.JBIG: "JBIG",
    Bit.JPEG: "JPEG",
    Bit.FULL_COLOUR: "colour",
    Bit.DPI_600: "600 dpi",
    Bit.DPI_1200: "1200 dpi",
    Bit.T38_MODE: "T.38",
}
"""Bits whose words are other than their names."""


@dataclass(frozen=True, slots=True)
class Number:
    """A field of several bits; `first` is the least significant one of the value used here."""

    first: int
    width: int


RATE = Number(11, 4)
"""DIS: which modems; DCS: modem and rate (`telcard.fax.phases.Rate.code`)."""
WIDTH = Number(17, 2)
LENGTH = Number(19, 2)
SCAN_TIME = Number(21, 3)

NUMBERED = frozenset(
    bit
    for field in (RATE, WIDTH, LENGTH, SCAN_TIME)
    for bit in range(field.first, field.first + field.width)
)


def is_extension(bit: int) -> bool:
    """Whether a bit says that another octet follows."""
    return bit >= FIRST_EXTENSION and bit % 8 == 0


class Fields(frozenset[int]):
    """The set of bits that are 1, extension bits left out."""

    __slots__ = ()

    @classmethod
    def read(cls, octets: bytes) -> Fields:
        """Read an information field; what stands behind the last octet announced is no part."""
        bits: set[int] = set()
        for index, octet in enumerate(octets):
            bits.update(8 * index + place + 1 for place in range(8) if octet >> place & 1)
            last = 8 * index + 8
            if last >= FIRST_EXTENSION and last not in bits:
                break
        return cls(bit for bit in bits if not is_extension(bit))

    def octets(self) -> bytes:
        """The information field, as short as its bits allow."""
        count = max(LEAST_OCTETS, -(-max(self, default=0) // 8))
        octets = bytearray(count)
        for bit in self:
            octets[(bit - 1) // 8] |= 1 << (bit - 1) % 8
        for index in range(LEAST_OCTETS - 1, count - 1):
            octets[index] |= 0x80
        return bytes(octets)

    def get(self, number: Number) -> int:
        """The value of a field of several bits."""
        return sum(1 << place for place in range(number.width) if number.first + place in self)

    def with_number(self, number: Number, value: int) -> Fields:
        """The same with another value in a field of several bits."""
        places = range(number.width)
        rest = self - {number.first + place for place in places}
        return Fields(rest | {number.first + place for place in places if value >> place & 1})

    def with_bits(self, bits: Iterable[int]) -> Fields:
        """The same with these bits set."""
        return Fields(self | frozenset(bits))

    def words(self) -> list[str]:
        """What the single bits say, in their order; reserved ones by their number."""
        names = {int(bit): WORDS.get(bit, bit.name.lower().replace("_", " ")) for bit in Bit}
        return [names.get(bit, f"bit {bit}") for bit in sorted(self - NUMBERED)]
