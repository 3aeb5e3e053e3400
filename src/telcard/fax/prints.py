"""Received pages as files that anybody can open: TIFF, PDF, PNG.

    save("fax.pdf", pages, Resolution.FINE)         # or .tif, or .png: a file for each page

A PDF holds the very bits of T.6, a few kB a page; nothing but this is needed to write it.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from telcard.errors import MediaError
from telcard.fax import tiff
from telcard.fax.geometry import MM_PER_INCH, Resolution
from telcard.fax.t4 import encode

POINTS = 72  # of an inch
KINDS = (".tif", ".tiff", ".pdf", ".png")


def save(
    path: str | Path, pages: Iterable[NDArray[np.bool_]], resolution: Resolution = Resolution.FINE
) -> list[Path]:
    """Write pages to a file of the kind that its name says; which files were written.

    Several pages in PNG are `name-1.png`, `name-2.png` ...  Raises MediaError for a kind that we do
    not know and for a file that cannot be written, ValueError for no pages.
    """
    path, pages = Path(path), list(pages)
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise MediaError(f"{path}: want {', '.join(KINDS)}, got {kind or 'no kind'}")
    if not pages:
        raise ValueError("pages: want one at least, got none")
    if kind in (".tif", ".tiff"):
        tiff.write(path, pages, resolution)
        return [path]
    if kind == ".pdf":
        return [_written(path, pdf(pages, resolution))]
    names = [path]
    if len(pages) > 1:
        names = [path.with_stem(f"{path.stem}-{number}") for number in range(1, len(pages) + 1)]
    return [_written(name, png(page, resolution)) for name, page in zip(names, pages, strict=True)]


def _written(path: Path, octets: bytes) -> Path:
    try:
        path.write_bytes(octets)
    except OSError as error:
        raise MediaError(f"{path}: cannot be written: {error.strerror}") from error
    return path


def pdf(pages: Sequence[NDArray[np.bool_]], resolution: Resolution = Resolution.FINE) -> bytes:
    """A PDF, each page an image in T.6 (ISO 32000-1, 7.4.6), as large as it was on paper."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    kids = []
    for page in pages:
        rows, width = page.shape
        wide_mm = width / resolution.pixels_a_mm(resolution.width_of(width))
        high_mm = rows / resolution.rows_a_mm
        size = (wide_mm / MM_PER_INCH * POINTS, high_mm / MM_PER_INCH * POINTS)
        strip = encode(page, "mmr", lsb_first=False)
        drawing = f"{size[0]:.2f} 0 0 {size[1]:.2f} 0 0 cm /Page Do".encode()
        number = len(objects) + 1
        kids.append(f"{number} 0 R")
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {size[0]:.2f} {size[1]:.2f}] /Contents "
            f"{number + 1} 0 R /Resources << /XObject << /Page {number + 2} 0 R >> >> >>".encode(),
            b"<< /Length %d >>\nstream\n%b\nendstream" % (len(drawing), drawing),
            f"<< /Type /XObject /Subtype /Image /Width {width} /Height {rows} /BitsPerComponent 1 "
            f"/ColorSpace /DeviceGray /Filter /CCITTFaxDecode /DecodeParms << /K -1 /Columns "
            f"{width} /Rows {rows} >> /Length {len(strip)} >>\nstream\n".encode()
            + strip
            + b"\nendstream",
        ]
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(kids)}] >>".encode()
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    table = [b"0000000000 65535 f \n"]
    for number, content in enumerate(objects, 1):
        table.append(b"%010d 00000 n \n" % len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    begin = len(out)
    out += b"xref\n0 %d\n%b" % (len(table), b"".join(table))
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(table), begin)
    return bytes(out)


def png(page: NDArray[np.bool_], resolution: Resolution = Resolution.FINE) -> bytes:
    """A PNG of one bit a pixel, with the pixels of the fax and how large they are."""
    rows, width = page.shape
    packed = np.packbits(~page, axis=1)  # 1 is white
    lines = np.concatenate([np.zeros((rows, 1), np.uint8), packed], axis=1)  # filter 0: as it is
    a_metre = [round(dots / MM_PER_INCH * 1000) for dots in (resolution.across, resolution.down)]
    chunks = {
        b"IHDR": struct.pack(">IIBBBBB", width, rows, 1, 0, 0, 0, 0),
        b"pHYs": struct.pack(">IIB", *a_metre, 1),
        b"IDAT": zlib.compress(lines.tobytes(), 9),
        b"IEND": b"",
    }
    out = b"\x89PNG\r\n\x1a\n"
    for name, content in chunks.items():
        out += struct.pack(">I", len(content)) + name + content
        out += struct.pack(">I", zlib.crc32(name + content))
    return out
