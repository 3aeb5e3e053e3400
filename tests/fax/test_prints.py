import io
import re
import zlib

import numpy as np
import pytest
from PIL import Image

from telcard.errors import MediaError
from telcard.fax.geometry import Resolution
from telcard.fax.prints import pdf, png, save
from telcard.fax.t4 import encode
from telcard.fax.tiff import read
from tests.support.fax_pages import letter

PAGES = [letter(150), letter(110, seed=2)]


def test_pages_are_saved_as_what_the_name_says(tmp_path) -> None:
    assert save(tmp_path / "fax.tif", PAGES) == [tmp_path / "fax.tif"]
    for page, wanted in zip(read(tmp_path / "fax.tif"), PAGES, strict=True):
        np.testing.assert_array_equal(page.pixels, wanted)
    assert save(tmp_path / "fax.PDF", PAGES) == [tmp_path / "fax.PDF"]
    assert (tmp_path / "fax.PDF").read_bytes() == pdf(PAGES)
    assert save(tmp_path / "one.png", PAGES[:1]) == [tmp_path / "one.png"]
    several = save(tmp_path / "fax.png", PAGES)
    assert several == [tmp_path / "fax-1.png", tmp_path / "fax-2.png"]
    assert several[1].read_bytes() == png(PAGES[1])


def test_a_pdf_holds_the_bits_of_t6_and_the_size_of_the_paper() -> None:
    octets = pdf(PAGES, Resolution.STANDARD)
    assert encode(PAGES[0], "mmr", lsb_first=False) in octets
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", octets)
    assert [float(x) for x, _ in boxes] == pytest.approx([215 / 25.4 * 72] * 2, abs=0.01)
    assert float(boxes[0][1]) == pytest.approx(150 / 3.85 / 25.4 * 72, abs=0.01)
    begin = int(re.search(rb"startxref\n(\d+)\n%%EOF\n$", octets).group(1))
    places = re.findall(rb"(\d{10}) 00000 n \n", octets[begin:])
    assert len(places) == 8
    for number, place in enumerate(places, 1):
        assert octets[int(place) :].startswith(b"%d 0 obj\n" % number)


def test_a_pdf_is_drawn_by_pdfium_as_the_fax_was(tmp_path) -> None:
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf([letter(200)], Resolution.DPI_200))
    drawn = document[0].render(scale=199.99 / 72, grayscale=True).to_numpy()
    document.close()
    black = np.asarray(drawn).reshape(drawn.shape[:2]) < 128
    assert np.mean(black[:200, :1728] == letter(200)) > 0.999


def test_a_png_has_the_pixels_and_how_large_they_are() -> None:
    octets = png(PAGES[0], Resolution.STANDARD)
    with Image.open(io.BytesIO(octets)) as image:
        np.testing.assert_array_equal(~np.asarray(image), PAGES[0])
        assert image.info["dpi"] == pytest.approx((204, 98), abs=0.1)
    assert zlib.crc32(octets[-8:-4]) == int.from_bytes(octets[-4:])


def test_what_cannot_be_saved_is_refused(tmp_path) -> None:
    with pytest.raises(MediaError, match=r"x.gif: want .tif, .tiff, .pdf, .png, got .gif$"):
        save(tmp_path / "x.gif", PAGES)
    with pytest.raises(MediaError, match=r"/x: want .*, got no kind$"):
        save(tmp_path / "x", PAGES)
    with pytest.raises(ValueError, match=r"^pages: want one at least, got none$"):
        save(tmp_path / "x.pdf", [])
    with pytest.raises(MediaError, match=r"x.pdf: cannot be written: No such file or directory$"):
        save(tmp_path / "none" / "x.pdf", PAGES)
