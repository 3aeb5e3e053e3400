"""Anything to pages: text, TIFF, PDF and pictures.

    list(document_pages("statement.pdf"))                   # arrays of bool, fine, A4
    list(document_pages("letter.txt", Resolution.STANDARD, font="/usr/share/fonts/song.ttf"))

Text and fax TIFFs need nothing more than telcard; PDF and pictures need the extra `documents`
(Pillow, pypdfium2).  A page is fitted into the sheet, turned when it lies on its side, and made of
black and white alone (`telcard.fax.halftone`).
"""

from __future__ import annotations

import unicodedata
import warnings
from collections.abc import Iterator
from contextlib import closing
from functools import lru_cache
from io import BytesIO
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from telcard.errors import MediaError, MissingExtra
from telcard.fax import tiff
from telcard.fax.geometry import MM_PER_INCH, Paper, Resolution, Width
from telcard.fax.halftone import black_and_white
from telcard.fax.layout import MARGIN_MM, Letters, text_pages
from telcard.fax.lettering import COLUMN, LINE, PITCH_MM

if TYPE_CHECKING:
    from PIL.Image import Image

TEXT = (".txt", ".text", ".log", ".md", ".csv")
POINTS = 72  # of an inch
_ORIENTATION = 0x0112  # of EXIF
MOST_PIXELS = 89_000_000
"""Of a picture, A3 at 600 dots an inch has 70 million; from here on Pillow warns of traps."""
MOST_PDF_PIXELS = 30_000_000
"""Of a page that is rendered: an A3 one at 400 dots an inch."""
LONGEST_PIXELS = 30_000
"""Of a side of it."""
MOST_PAGES = 500
"""Of a document; at half a minute each nobody waits for more, and each takes 4 MB here."""
INK = 160
"""A font's pixels that are darker are black."""

ENCODINGS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
"""Of texts, by the mark they may begin with; without one it is UTF-8."""


def document_pages(
    source: str | Path,
    resolution: Resolution = Resolution.FINE,
    paper: Paper = Paper.A4,
    *,
    font: str | Path | None = None,
    margin_mm: float = MARGIN_MM,
) -> Iterator[NDArray[np.bool_]]:
    """The pages of a file, each a 2-D array of bool, as wide as the resolution's rows are.

    What a file is its first octets say; else it is text, in UTF-8, or UTF-16 with its mark.
    `font`: a TrueType font for letters that we do not have, Chinese ones for instance.
    `margin_mm`: round text and pictures; pages of a PDF or TIFF have their own, keep their size if
    it fits, and are turned upright.  Raises MediaError for a file that cannot be read, is empty, or
    has more than `MOST_PAGES` pages; MissingExtra.
    """
    path = Path(source)
    number = 0
    for number, page in enumerate(_pages(path, resolution, paper, font, margin_mm), 1):
        if number > MOST_PAGES:
            raise MediaError(f"{path}: want at most {MOST_PAGES} pages, got more")
        yield page
    if not number:
        raise MediaError(f"{path}: has no pages")


def _pages(
    path: Path, resolution: Resolution, paper: Paper, font: str | Path | None, margin_mm: float
) -> Iterator[NDArray[np.bool_]]:
    try:
        octets = path.read_bytes()
    except OSError as error:
        raise MediaError(f"{path}: cannot be read: {error.strerror}") from error
    if octets[:4] in (b"II*\0", b"MM\0*"):
        yield from _tiff_pages(path, octets, resolution, paper)
    elif octets[:1024].lstrip().startswith(b"%PDF"):
        for image, size in _pdf_images(path, octets, resolution):
            yield fitted(image, resolution, paper, margin_mm=0, size_mm=size)
    elif _is_text(path, octets):
        text = _text(path, octets)
        letters = Typeface(font, resolution, paper.scanned) if font else None
        try:
            yield from text_pages(text, resolution, paper, letters=letters, margin_mm=margin_mm)
        except MediaError as error:
            raise MediaError(f"{path}: {error}") from None
    else:
        for image in _images(path, octets):
            yield fitted(image, resolution, paper, margin_mm=margin_mm)


def _is_text(path: Path, octets: bytes) -> bool:
    if path.suffix.lower() in TEXT or octets[:3].startswith(tuple(ENCODINGS)):
        return True
    return b"\0" not in octets[:4096] and _decodes(octets[:4096])


def _text(path: Path, octets: bytes) -> str:
    encoding = next((name for mark, name in ENCODINGS.items() if octets.startswith(mark)), "utf-8")
    try:
        text = octets.decode(encoding)
    except UnicodeDecodeError as error:
        wrong = octets[error.start : error.start + 1].hex()
        raise MediaError(
            f"{path}: want text in {encoding.upper()[:6].rstrip('-')}, got octet {wrong} at "
            f"{error.start}; convert it, as by `iconv -f GB18030 -t UTF-8`"
        ) from error
    if not text.strip():
        raise MediaError(f"{path}: is empty, there is nothing to send")
    return text


def _decodes(octets: bytes) -> bool:
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(octets) - 4  # a letter that was cut
    return True


# --- TIFF ------------------------------------------------------------------------------------


def _tiff_pages(
    path: Path, octets: bytes, resolution: Resolution, paper: Paper
) -> Iterator[NDArray[np.bool_]]:
    """Fax pages as they are where their geometry is the one wanted; else fitted."""
    try:
        pages = tiff.read(octets)
    except MediaError as error:
        try:
            for image in _images(path, octets):  # greys, colours, tiles
                yield fitted(image, resolution, paper, margin_mm=0)
        except MissingExtra:
            raise MediaError(f"{path}: {error}; other TIFFs need the extra documents") from error
        return
    width = resolution.pixels(paper.scanned)
    for page in pages:
        if page.pixels.shape[1] == width and page.resolution.down == resolution.down:
            yield page.pixels
            continue
        image = _pillow().fromarray(~page.pixels).convert("L")
        across = image.width / (page.across or 204)
        down = image.height / (page.down or 196)
        size = (across * MM_PER_INCH, down * MM_PER_INCH)
        yield fitted(image, resolution, paper, margin_mm=0, size_mm=size)


# --- PDF and pictures ------------------------------------------------------------------------


def _pillow() -> Any:
    try:
        from PIL import Image
    except ImportError as error:
        raise MissingExtra("pages from pictures", "documents") from error
    return Image


def _pdf_images(
    path: Path, octets: bytes, resolution: Resolution
) -> Iterator[tuple[Image, tuple[float, float]]]:
    """Pages in grey, with square pixels, and their sizes in millimetres."""
    try:
        import pypdfium2
    except ImportError as error:
        raise MissingExtra("pages from a PDF", "documents") from error
    where = f"{path}"
    try:
        with closing(pypdfium2.PdfDocument(octets)) as document:
            dots = max(resolution.across, resolution.down, 200)
            for number in range(len(document)):
                where = f"{path}, page {number + 1}"
                page = document[number]
                inches = [size / POINTS for size in page.get_size()]
                if not all(1 <= inch * dots < inf for inch in inches):
                    size = " x ".join(f"{inch * MM_PER_INCH:g}" for inch in inches)
                    raise MediaError(f"{where}: want a page, got one of {size} mm")
                # A plan for a wall comes onto our sheet all the same: it needs no more dots.
                most = (MOST_PDF_PIXELS / (inches[0] * inches[1])) ** 0.5
                fine = min(dots, most, LONGEST_PIXELS / max(inches))
                image = page.render(scale=fine / POINTS, grayscale=True).to_pil().convert("L")
                page.close()
                yield image, (inches[0] * MM_PER_INCH, inches[1] * MM_PER_INCH)
    except pypdfium2.PdfiumError as error:
        raise MediaError(f"{where}: cannot be read as PDF: {error}") from error


def _images(path: Path, octets: bytes) -> Iterator[Image]:
    """Pictures of a file in grey, upright, on white paper."""
    pillow = _pillow()
    from PIL import ImageOps, ImageSequence

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pillow.DecompressionBombWarning)
            opened = pillow.open(BytesIO(octets))
        with opened as file:
            frames = ImageSequence.Iterator(file) if file.format == "TIFF" else [file]
            for frame in frames:
                if frame.width * frame.height > MOST_PIXELS:
                    raise _too_large(path)
                grey = _grey(ImageOps.exif_transpose(frame))
                lies = frame.getexif().get(_ORIENTATION, 1) in (5, 6, 7, 8)
                yield _squared(grey, *frame.info.get("dpi", (1, 1))[:: -1 if lies else 1])
    except MediaError:
        raise
    except pillow.UnidentifiedImageError:
        raise MediaError(f"{path}: want text, TIFF, PDF or a picture, got none of them") from None
    except (pillow.DecompressionBombError, pillow.DecompressionBombWarning):
        raise _too_large(path) from None
    except Exception as error:  # Pillow raises whatever its many readers do
        raise MediaError(f"{path}: cannot be read as a picture: {error}") from error


def _too_large(path: Path) -> MediaError:
    return MediaError(f"{path}: want at most {MOST_PIXELS} pixels, got more")


def _grey(image: Image) -> Image:
    """A picture of any mode in greys, what is transparent on white paper."""
    pillow = _pillow()
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        paper: Image = pillow.new("L", image.size, 255)
        paper.paste(image.convert("L"), mask=image.getchannel("A"))
        return paper
    if image.mode[0] in "IF":  # deeper than 8 bits, which Pillow would cut off
        levels = np.asarray(image, np.float32)
        most = 65535 if image.mode != "F" else 1 if levels.max() <= 1 else 255
        if image.mode == "I" and levels.max() <= 255:
            most = 255
        image = pillow.fromarray(np.clip(levels * (255 / most), 0, 255).astype(np.uint8))
    return image.convert("L")


def _squared(image: Image, across: float, down: float) -> Image:
    """With as many rows an inch as columns; pixels of faxes and of some scanners are not square."""
    ratio = float(across) / float(down) if down and across else 1.0
    if not 0.02 < ratio < 50 or 0.98 < ratio < 1.02:
        return image
    rows = max(1, round(image.height * ratio))
    if rows * image.width > MOST_PIXELS:
        return image
    return image.resize((image.width, rows), _pillow().Resampling.BICUBIC)


def fitted(
    image: Image,
    resolution: Resolution = Resolution.FINE,
    paper: Paper = Paper.A4,
    *,
    margin_mm: float = MARGIN_MM,
    size_mm: tuple[float, float] | None = None,
) -> NDArray[np.bool_]:
    """A page with a picture at its top, in the middle across: bool, shape (rows, width).

    `image`: a Pillow image in grey.  It is drawn as large as fits between the margins, or, where
    its width and height are given, in that size if it fits, turned if it lies on its side.
    """
    pillow = _pillow()
    scanned = paper.scanned
    across, down = resolution.pixels_a_mm(scanned), resolution.rows_a_mm
    scanned_mm = resolution.scanned_mm(scanned)
    room_wide = min(paper.width_mm, scanned_mm) - 2 * margin_mm
    room_high = paper.length_mm - 2 * margin_mm
    if size_mm is None:
        wide, high = float(image.width), float(image.height)
        scale = min(room_wide / wide, room_high / high)
    else:
        wide, high = size_mm
        if wide > high and paper.length_mm > paper.width_mm:
            image, wide, high = image.transpose(pillow.Transpose.ROTATE_90), high, wide
        scale = min(1, scanned_mm / wide, paper.length_mm / high)
    width = max(1, min(round(wide * scale * across), resolution.pixels(scanned)))
    height = max(1, round(high * scale * down))
    smaller = width < image.width or height < image.height
    how = pillow.Resampling.BOX if smaller else pillow.Resampling.BICUBIC
    print_ = black_and_white(np.asarray(image.resize((width, height), how)), resolution)
    top = round(margin_mm * down)
    page = np.zeros((max(resolution.rows(paper), top + height), resolution.pixels(scanned)), bool)
    left = (page.shape[1] - width) // 2
    page[top : top + height, left : left + width] = print_
    return page


# --- fonts -----------------------------------------------------------------------------------


class Typeface(Letters):
    """A TrueType font's letters in our columns; wide ones, as Chinese, take two.

    Raises MediaError for a font that cannot be read, MissingExtra.
    """

    def __init__(
        self,
        font: str | Path,
        resolution: Resolution,
        width: Width,
        pitch_mm: float = PITCH_MM,
    ) -> None:
        self._image = _pillow()
        from PIL import ImageDraw, ImageFont

        self.column = pitch_mm * resolution.pixels_a_mm(width)
        self.height = max(1, round(pitch_mm * LINE / COLUMN * resolution.rows_a_mm))
        # Drawn with square pixels, then brought to the fax's.
        self._tall = round(self.column * LINE / COLUMN)
        try:
            self._font = ImageFont.truetype(str(font), round(self._tall * 0.78))
        except OSError as error:
            raise MediaError(f"{font}: cannot be read as a font: {error}") from error
        self._draw = ImageDraw
        self._none = self._mask("\U0010ffff")
        self._drawn = lru_cache(4096)(self._letter)

    def missing(self, text: str) -> str:
        """The letters of a text that the font does not have, each once."""
        letters = dict.fromkeys(letter for letter in text if not letter.isspace())
        return "".join(letter for letter in letters if self._mask(letter) == self._none)

    def columns(self, text: str) -> int:
        """Columns that a text takes."""
        return sum(self._wide(letter) for letter in text)

    def line(self, text: str) -> NDArray[np.bool_]:
        """A line of text, shape (height, pixels), True = black."""
        out = np.zeros((self.height, int(np.ceil(self.column * self.columns(text)))), np.bool_)
        column = 0
        for letter in text:
            if not letter.isspace():
                drawn = self._drawn(letter)
                part = out[:, int(column * self.column) :][:, : drawn.shape[1]]
                part |= drawn[:, : part.shape[1]]
            column += self._wide(letter)
        return out

    def _wide(self, letter: str) -> int:
        if unicodedata.combining(letter):
            return 0
        return 2 if unicodedata.east_asian_width(letter) in "WF" else 1

    def _mask(self, letter: str) -> bytes:
        return bytes(self._font.getmask(letter))

    def _letter(self, letter: str) -> NDArray[np.bool_]:
        wide = max(1, int(np.ceil(self.column * self._wide(letter))))
        image = self._image.new("L", (wide, self._tall), 255)
        middle = (wide / 2, self._tall * 0.76)
        self._draw.Draw(image).text(middle, letter, fill=0, font=self._font, anchor="ms")
        resized = image.resize((wide, self.height), self._image.Resampling.BOX)
        return np.asarray(resized) < INK
