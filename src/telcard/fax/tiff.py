"""Fax pages in TIFF files: TIFF-F, as RFC 2301 has it (profiles S and F), and what others write.

    with TiffWriter("letter.tif", "mmr") as file:
        file.add(page, Resolution.FINE)             # a 2-D array of bool, True = black
    [page] = read("letter.tif")
    page.pixels, page.resolution, page.bad_rows

Each page is one strip, the directory before it, so that a file can be read while it comes; a
writer's file is whole after every page.  "mh" at 1728 pixels and 204 by 98 or 196 makes what RFC
2301 calls minimal (profile S), which every fax program reads.

Read are MH with and without EOLs, MR, MMR, PackBits and plain bits; any number of strips; both
orders of bits and of octets, white as 0 or as 1, turned pages.  Other pictures than two-level ones
are left to `telcard.fax.documents`.  A file that cannot be read is a MediaError of one sentence.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from numpy.typing import NDArray

from telcard.errors import MediaError
from telcard.fax.geometry import MM_PER_INCH, Resolution
from telcard.fax.t4 import CODINGS, WIDEST, Coding, PageDecoder, encode

if TYPE_CHECKING:
    from typing import Self

    from typing_extensions import Buffer

MOST_PIXELS = 1 << 27
"""Of a page that is read; A3 at 600 dots an inch has 72 million."""

MOST_PIXELS_IN_ALL = 1 << 31
"""Of all pages of a file: 540 A4 pages of fine resolution, as many octets in memory."""
MOST_PAGES = 10_000

_NEW_SUBFILE_TYPE, _WIDTH, _LENGTH, _BITS_PER_SAMPLE, _COMPRESSION = 254, 256, 257, 258, 259
_PHOTOMETRIC, _FILL_ORDER, _DESCRIPTION, _STRIP_OFFSETS, _ORIENTATION = 262, 266, 270, 273, 274
_SAMPLES_PER_PIXEL, _ROWS_PER_STRIP, _STRIP_BYTE_COUNTS = 277, 278, 279
_X_RESOLUTION, _Y_RESOLUTION, _T4_OPTIONS, _T6_OPTIONS, _RESOLUTION_UNIT = 282, 283, 292, 293, 296
_PAGE_NUMBER, _SOFTWARE, _TILE_WIDTH = 297, 305, 322
_BAD_FAX_LINES, _CLEAN_FAX_DATA, _CONSECUTIVE_BAD_FAX_LINES = 326, 327, 328

_BYTE, _ASCII, _SHORT, _LONG, _RATIONAL = 1, 2, 3, 4, 5
_FORMATS = {_BYTE: "B", _ASCII: "s", _SHORT: "H", _LONG: "I", _RATIONAL: "II"}

_NONE, _MH_ROWS, _GROUP_3, _GROUP_4, _PACKBITS = 1, 2, 3, 4, 32773
_OTHERS = {5: "LZW", 6: "JPEG", 7: "JPEG", 8: "Deflate", 34661: "JBIG", 32946: "Deflate"}

# What an orientation (1 to 8) wants done so that row 0 is at the top and pixel 0 on the left.
_TURNS = (
    lambda page: page,
    lambda page: page[:, ::-1],
    lambda page: page[::-1, ::-1],
    lambda page: page[::-1],
    lambda page: page.T,
    lambda page: page.T[:, ::-1],
    lambda page: page.T[::-1, ::-1],
    lambda page: page.T[::-1],
)


@dataclass(frozen=True, slots=True, eq=False)
class TiffPage:
    """A page of a file."""

    pixels: NDArray[np.bool_]
    """Shape (rows, width), True = black."""
    across: float
    """Pixels an inch beside each other; 0: the file does not say."""
    down: float
    coding: str
    """"mh", "mr", "mmr", "packbits" or "none"."""
    bad_rows: int
    """Rows that could not be read, and those that the file itself calls bad."""
    description: str
    """What the writer said of it; often the sender's number."""

    @property
    def resolution(self) -> Resolution:
        """The fax resolution that is nearest to the file's."""
        return Resolution.nearest(self.across or 204, self.down or 196)


class TiffWriter:
    """A file to which pages are added; whole after each of them.

    `file`: a path, or a binary file that can seek.  `total`: how many pages there will be, 0 where
    nobody knows.  Raises MediaError when a path cannot be opened.
    """

    def __init__(
        self, file: str | Path | BinaryIO, coding: Coding = "mmr", *, total: int = 0
    ) -> None:
        if coding not in CODINGS:
            raise ValueError(f"coding: want {', '.join(CODINGS)}, got {coding!r}")
        if isinstance(file, str | Path):
            try:
                self._file: BinaryIO = Path(file).open("wb")  # noqa: SIM115  (closed by __exit__)
            except OSError as error:
                raise MediaError(f"{file}: cannot be written: {error.strerror}") from error
            self._ours = True
        else:
            self._file, self._ours = file, False
        self.coding = coding
        self.pages = 0
        """Added so far."""
        self._total = total
        self._last = 4  # where the offset of the next directory stands
        self._file.write(struct.pack("<2sHI", b"II", 42, 0))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Nothing more will be added."""
        if self._ours:
            self._file.close()

    def add(
        self,
        page: NDArray[np.bool_],
        resolution: Resolution,
        *,
        bad_rows: int = 0,
        longest_bad: int = 0,
        description: str = "",
    ) -> None:
        """Add a page: bool, shape (rows, width), True = black.

        `bad_rows` and `longest_bad` tell what `PageReport` knows of a received one.
        """
        if page.ndim != 2 or not len(page):
            raise ValueError(f"page: want bool, shape (rows, width), got shape {page.shape}")
        strip = encode(page, self.coding, k=resolution.k, rtc=False)
        group_4 = self.coding == "mmr"
        tags: dict[int, tuple[int, int | tuple[int, ...] | bytes]] = {
            _NEW_SUBFILE_TYPE: (_LONG, 2),  # a page of several
            _WIDTH: (_LONG, page.shape[1]),
            _LENGTH: (_LONG, page.shape[0]),
            _BITS_PER_SAMPLE: (_SHORT, 1),
            _COMPRESSION: (_SHORT, _GROUP_4 if group_4 else _GROUP_3),
            _PHOTOMETRIC: (_SHORT, 0),  # white is 0
            _FILL_ORDER: (_SHORT, 2),  # the first bit lowest, as it was on the line
            _STRIP_OFFSETS: (_LONG, 0),  # known below
            _ORIENTATION: (_SHORT, 1),
            _SAMPLES_PER_PIXEL: (_SHORT, 1),
            _ROWS_PER_STRIP: (_LONG, page.shape[0]),
            _STRIP_BYTE_COUNTS: (_LONG, len(strip)),
            _X_RESOLUTION: (_RATIONAL, (resolution.across, 1)),
            _Y_RESOLUTION: (_RATIONAL, (resolution.down, 1)),
            _RESOLUTION_UNIT: (_SHORT, 2),  # an inch
            _PAGE_NUMBER: (_SHORT, (self.pages, self._total)),
            _SOFTWARE: (_ASCII, b"telcard\0"),
        }
        if group_4:
            tags[_T6_OPTIONS] = (_LONG, 0)
        else:
            tags[_T4_OPTIONS] = (_LONG, int(self.coding == "mr"))
            tags[_BAD_FAX_LINES] = (_LONG, bad_rows)
            tags[_CLEAN_FAX_DATA] = (_SHORT, int(bad_rows > 0))  # 1: bad rows were made good
            tags[_CONSECUTIVE_BAD_FAX_LINES] = (_LONG, longest_bad)
        if description:
            text = description.encode("ascii", "replace")
            tags[_DESCRIPTION] = (_ASCII, text + b"\0")
        self._write(dict(sorted(tags.items())), strip)
        self.pages += 1

    def _write(
        self, tags: dict[int, tuple[int, int | tuple[int, ...] | bytes]], strip: bytes
    ) -> None:
        begin = self._file.seek(0, 2)
        begin += self._file.write(bytes(begin % 2))
        size = 2 + 12 * len(tags) + 4
        packed = {tag: (kind, *_packed(kind, value)) for tag, (kind, value) in tags.items()}
        long = sum(len(octets) + len(octets) % 2 for *_, octets in packed.values() if octets[4:])
        strip_at = _packed(_LONG, begin + size + long)
        packed[_STRIP_OFFSETS] = (_LONG, *strip_at)
        entries, values = struct.pack("<H", len(tags)), b""
        for tag, (kind, count, octets) in packed.items():
            entries += struct.pack("<HHI", tag, kind, count)
            if octets[4:]:  # they stand behind the directory
                entries += struct.pack("<I", begin + size + len(values))
                values += octets + bytes(len(octets) % 2)
            else:
                entries += octets.ljust(4, b"\0")
        self._file.write(entries + bytes(4) + values + strip)
        self._file.seek(self._last)
        self._file.write(struct.pack("<I", begin))
        self._file.flush()
        self._last = begin + size - 4


def write(
    file: str | Path | BinaryIO,
    pages: Iterable[NDArray[np.bool_]],
    resolution: Resolution = Resolution.FINE,
    coding: Coding = "mmr",
) -> None:
    """A file of pages of one resolution."""
    pages = list(pages)
    with TiffWriter(file, coding, total=len(pages)) as writer:
        for page in pages:
            writer.add(page, resolution)


def read(source: str | Path | Buffer) -> list[TiffPage]:
    """All pages of a file, given by its path or its octets; previews are left out.

    Raises MediaError for a file that cannot be read, and for pages with more than two levels.
    """
    name, octets = "TIFF file", source
    if isinstance(source, str | Path):
        name = str(source)
        try:
            octets = Path(source).read_bytes()
        except OSError as error:
            raise MediaError(f"{name}: cannot be read: {error.strerror}") from error
    file = _File(name, bytes(octets))  # type: ignore[arg-type]
    return [page for page in file.pages() if page is not None]


def _packed(kind: int, value: int | tuple[int, ...] | bytes) -> tuple[int, bytes]:
    """How many values, and their octets."""
    if isinstance(value, bytes):
        return len(value), value
    values = value if isinstance(value, tuple) else (value,)
    form = _FORMATS[kind]
    return len(values) // len(form), struct.pack("<" + form[0] * len(values), *values)


class _File:
    """A file's octets, and the directories among them."""

    def __init__(self, name: str, octets: bytes) -> None:
        self.name, self.octets = name, octets
        if octets[:4] not in (b"II*\0", b"MM\0*"):
            kind = "BigTIFF" if octets[:4] in (b"II+\0", b"MM\0+") else octets[:4].hex(" ")
            raise MediaError(
                f"{name}: want a TIFF file, got one that begins with {kind or 'nothing'}"
            )
        self.order = "<" if octets[:2] == b"II" else ">"

    def unpack(self, form: str, at: int) -> tuple[int, ...]:
        try:
            return struct.unpack_from(self.order + form, self.octets, at)
        except struct.error:
            raise MediaError(f"{self.name}: points to octet {at}, has {len(self.octets)}") from None

    def pages(self) -> Iterator[TiffPage | None]:
        (at,) = self.unpack("I", 4)
        seen: set[int] = set()
        pixels = 0
        while at:
            if at in seen or len(seen) == MOST_PAGES:
                raise MediaError(f"{self.name}: its pages never end, the one at {at} comes again")
            seen.add(at)
            tags, at = self.directory(at)
            page = _Directory(f"{self.name}, page {len(seen)}", self, tags).page()
            pixels += 0 if page is None else page.pixels.size
            if pixels > MOST_PIXELS_IN_ALL:
                raise MediaError(f"{self.name}: want at most {MOST_PIXELS_IN_ALL} pixels, got more")
            yield page
        if not seen:
            raise MediaError(f"{self.name}: has no pages")

    def directory(self, at: int) -> tuple[dict[int, tuple[int, ...] | bytes], int]:
        """Values by tag, of the types that faxes have; where the next directory is."""
        (count,) = self.unpack("H", at)
        tags: dict[int, tuple[int, ...] | bytes] = {}
        for number in range(count):
            entry = at + 2 + 12 * number
            tag, kind = self.unpack("HH", entry)
            (length,) = self.unpack("I", entry + 4)
            form = _FORMATS.get(kind)
            if form is None or not length:
                continue
            size = struct.calcsize("<" + form) * length
            if size > len(self.octets):
                raise MediaError(f"{self.name}: tag {tag} has {size} octets, the whole file less")
            place = entry + 8 if size <= 4 else self.unpack("I", entry + 8)[0]
            if kind == _ASCII:
                tags[tag] = self.octets[place : place + length]
            else:
                tags[tag] = self.unpack(f"{length * len(form)}{form[0]}", place)
        (following,) = self.unpack("I", at + 2 + 12 * count)
        return tags, following


class _Directory:
    """A page's tags, and what they make of its strips."""

    def __init__(self, name: str, file: _File, tags: dict[int, tuple[int, ...] | bytes]) -> None:
        self.name, self.file, self.tags = name, file, tags

    def number(self, tag: int, default: int = 0) -> int:
        value = self.tags.get(tag, (default,))
        return default if isinstance(value, bytes) else value[0]

    def numbers(self, tag: int) -> tuple[int, ...]:
        value = self.tags.get(tag, ())
        return () if isinstance(value, bytes) else value

    def wrong(self, what: str) -> MediaError:
        return MediaError(f"{self.name}: {what}")

    def page(self) -> TiffPage | None:
        """The page; None for a smaller copy of another one."""
        if self.number(_NEW_SUBFILE_TYPE) & 1:
            return None
        width, length = self.number(_WIDTH), self.number(_LENGTH)
        if self.number(_BITS_PER_SAMPLE, 1) != 1 or self.number(_SAMPLES_PER_PIXEL, 1) != 1:
            raise self.wrong("want two levels, got colours or greys")
        if self.number(_TILE_WIDTH):
            raise self.wrong("want strips, got tiles")
        if not 1 <= width <= WIDEST or not 1 <= length <= MOST_PIXELS // width:
            raise self.wrong(
                f"want 1 to {WIDEST} pixels a row and {MOST_PIXELS} in all, got {width} x {length}"
            )
        photometric = self.number(_PHOTOMETRIC)
        if photometric > 1:
            raise self.wrong(f"want white or black as 0, got interpretation {photometric}")
        pixels, coding, bad_rows = self.strips(width, length)
        if photometric == 1:
            np.logical_not(pixels, out=pixels)
        orientation = self.number(_ORIENTATION, 1)
        turned = _TURNS[orientation - 1 if 1 <= orientation <= 8 else 0](pixels)
        across, down = self.dots(_X_RESOLUTION), self.dots(_Y_RESOLUTION)
        text = self.tags.get(_DESCRIPTION, b"")
        return TiffPage(
            np.ascontiguousarray(turned),
            *((down, across) if 5 <= orientation <= 8 else (across, down)),
            coding,
            min(length, bad_rows + self.number(_BAD_FAX_LINES)),
            text.split(b"\0")[0].decode("latin-1") if isinstance(text, bytes) else "",
        )

    def dots(self, tag: int) -> float:
        """Dots an inch, 0 where nothing sensible is said."""
        values = self.numbers(tag)
        unit = self.number(_RESOLUTION_UNIT, 2)
        if len(values) < 2 or not values[1] or unit not in (2, 3):
            return 0.0
        return values[0] / values[1] * (MM_PER_INCH / 10 if unit == 3 else 1)

    def strips(self, width: int, length: int) -> tuple[NDArray[np.bool_], str, int]:
        """Pixels as the bits have them, their coding, and how many rows are bad or missing."""
        offsets = self.numbers(_STRIP_OFFSETS)
        sizes = self.numbers(_STRIP_BYTE_COUNTS)
        if len(offsets) == 1 and not sizes:
            sizes = (len(self.file.octets) - offsets[0],)
        a_strip = min(self.number(_ROWS_PER_STRIP, length), length)
        if not offsets or len(offsets) != len(sizes) or not a_strip:
            raise self.wrong(
                f"want a size for each strip, got {len(offsets)} strips and {len(sizes)} sizes"
            )
        if len(offsets) < -(-length // a_strip):
            raise self.wrong(
                f"want {-(-length // a_strip)} strips of {a_strip} rows, got {len(offsets)}"
            )
        most = 64 * sum(sizes[: -(-length // a_strip)])  # PackBits of 8 pixels; T.6 makes 8 of each
        if length > most:
            raise self.wrong(f"says that it has {length} rows, its strips can hold {most} at most")
        pixels = np.zeros((length, width), np.bool_)
        bad, found = 0, 0
        for number, top in enumerate(range(0, length, a_strip)):
            begin, size = offsets[number], sizes[number]
            if begin + size > len(self.file.octets):
                raise self.wrong(
                    f"strip {number + 1} ends at octet {begin + size}, the file before"
                )
            wanted = min(a_strip, length - top)
            rows, spoilt = self.rows(self.file.octets[begin : begin + size], width, wanted)
            pixels[top : top + len(rows)] = rows
            found += len(rows) - spoilt
            bad += spoilt + wanted - len(rows)
        if not found:
            raise self.wrong(f"none of its {length} rows can be read")
        return pixels, self.coding, bad

    @property
    def coding(self) -> str:
        match self.number(_COMPRESSION, 1):
            case 1:
                return "none"
            case 2:
                return "mh"
            case 3:
                return "mr" if self.number(_T4_OPTIONS) & 1 else "mh"
            case 4:
                return "mmr"
            case 32773:
                return "packbits"
            case other:
                raise self.wrong(f"want a coding of faxes, got {_OTHERS.get(other, other)}")

    def rows(self, strip: bytes, width: int, wanted: int) -> tuple[NDArray[np.bool_], int]:
        """The rows of a strip, at most so many, and how many of them are bad."""
        lsb_first = self.number(_FILL_ORDER, 1) == 2
        coding = self.coding
        if coding in ("none", "packbits"):
            octets = (width + 7) // 8
            bits = strip if coding == "none" else _unpacked(strip, octets * wanted)
            whole = min(wanted, len(bits) // octets)
            packed = np.frombuffer(bits, np.uint8, whole * octets).reshape(whole, octets)
            if lsb_first:
                packed = np.packbits(np.unpackbits(packed, axis=1, bitorder="little"), axis=1)
            return np.unpackbits(packed, axis=1, count=width).view(np.bool_), 0
        decoder = PageDecoder(
            width,
            coding,  # type: ignore[arg-type]
            lsb_first=lsb_first,
            eols=self.number(_COMPRESSION) != _MH_ROWS,
            headless=True,
            most_rows=wanted,
        )
        rows = np.concatenate([decoder.process(strip), decoder.flush()])
        return rows, decoder.report.bad_rows


def _unpacked(strip: bytes, size: int) -> bytes:
    """PackBits: a count and so many octets, or a count below 0 and one to be repeated."""
    out = bytearray()
    at = 0
    while at < len(strip) and len(out) < size:
        count = strip[at]
        if count < 128:
            out += strip[at + 1 : at + 2 + count]
            at += 2 + count
        else:
            out += strip[at + 1 : at + 2] * (257 - count if count > 128 else 0)
            at += 2 if count > 128 else 1
    return bytes(out)
