"""Coding of fax pages, beside libtiff (through Pillow) on the same pages in the same run.

A full page of text, A4, fine, and the worst page that there is, noise.  Both sides begin and end
with pixels of one octet.  Channels are lines at 14,400 bit/s, which one core could feed or empty.
"""

import io

import numpy as np
import pytest
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from telcard.bench import Work
from telcard.fax.layout import text_pages
from telcard.fax.t4 import CODINGS, Coding, decode, encode

BIT_S = 14_400
PAGES = {
    "letter": next(text_pages("The quick brown fox jumps over the lazy dog. " * 99)),
    "noise": np.random.default_rng(4).random((2287, 1728)) < 0.5,
}


def file(image: Image.Image, coding: Coding) -> io.BytesIO:
    tags = ImageFileDirectory_v2()
    tags[278], tags[282], tags[283], tags[296] = image.height, 204, 196, 2
    if coding != "mmr":
        tags[292] = int(coding == "mr")
    out = io.BytesIO()
    how = "group4" if coding == "mmr" else "group3"
    image.save(out, "TIFF", compression=how, tiffinfo=tags)
    return out


def samples(octets: bytes) -> int:
    """How long a page is on a line, in samples."""
    return len(octets) * 8 * 8000 // BIT_S


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("name", PAGES)
def test_encoding(name: str, coding: Coding, tell) -> None:
    page = PAGES[name]
    image = Image.fromarray(page)
    work = Work("t4", f"encode {name}, {coding}", samples(encode(page, coding)),
                lambda: encode(page, coding))  # fmt: skip
    tell(work, {"libtiff": lambda: file(image, coding)})


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("name", PAGES)
def test_decoding(name: str, coding: Coding, tell) -> None:
    page = PAGES[name]
    octets, theirs = encode(page, coding), file(Image.fromarray(page), coding)
    work = Work("t4", f"decode {name}, {coding}", samples(octets),
                lambda: decode(octets, 1728, coding))  # fmt: skip
    tell(work, {"libtiff": lambda: Image.open(theirs).load()})
