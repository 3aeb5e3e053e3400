import sys

import numpy as np
import pytest
from PIL import Image, ImageDraw

from telcard.errors import MediaError, MissingExtra
from telcard.fax import tiff
from telcard.fax.documents import Typeface, document_pages, fitted
from telcard.fax.geometry import Paper, Resolution, Width
from telcard.fax.layout import text_pages
from telcard.fax.prints import pdf
from tests.support.fax_pages import letter

STANDARD, FINE = Resolution.STANDARD, Resolution.FINE


def pages(path, *arguments, **options) -> list[np.ndarray]:
    return list(document_pages(path, *arguments, **options))


def box(page: np.ndarray) -> tuple[int, int, int, int]:
    """Top, bottom, left and right of what is black."""
    rows, columns = np.flatnonzero(page.any(axis=1)), np.flatnonzero(page.any(axis=0))
    return int(rows[0]), int(rows[-1]), int(columns[0]), int(columns[-1])


def test_text_is_laid_out(tmp_path) -> None:
    path = tmp_path / "letter"
    path.write_text("\ufeffDear Sir,\fpage two", "utf-8")
    for page, wanted in zip(pages(path), text_pages("Dear Sir,\fpage two"), strict=True):
        np.testing.assert_array_equal(page, wanted)


def test_a_fax_of_the_same_geometry_stays_as_it_is(tmp_path) -> None:
    path = tmp_path / "fax.tif"
    tiff.write(path, [letter(30), letter(90)], FINE)
    first, second = pages(path)
    np.testing.assert_array_equal(first, letter(30))
    np.testing.assert_array_equal(second, letter(90))


def test_a_fax_of_another_geometry_keeps_its_size_on_paper(tmp_path) -> None:
    path = tmp_path / "fax.tif"
    page = np.zeros((2287, 1728), bool)
    page[770:1540, 432:864] = True  # 100 to 200 mm down, 53.75 to 107.5 mm across
    tiff.write(path, [page], FINE)
    for resolution in (STANDARD, Resolution.DPI_300):
        [found] = pages(path, resolution)
        assert found.shape == (resolution.rows(Paper.A4), resolution.pixels(Width.A4))
        a_mm = resolution.pixels_a_mm(Width.A4)
        wanted = np.array([100 * resolution.rows_a_mm, 200 * resolution.rows_a_mm])
        free = (resolution.scanned_mm(Width.A4) - 215) / 2  # on either side
        wanted = (*wanted, (free + 53.75) * a_mm, (free + 107.5) * a_mm)
        # Two-level TIFFs say whole dots an inch: 204 for 204.1, 196 for 195.6.
        assert box(found) == pytest.approx(wanted, rel=0.006, abs=3)


def test_a_pdf_keeps_its_size_and_lying_pages_are_turned(tmp_path) -> None:
    path = tmp_path / "page.pdf"
    page = np.zeros((1143, 1728), bool)
    page[385:770, 432:864] = True
    path.write_bytes(pdf([page, page[:500]], STANDARD))  # the second one lies: 130 mm high
    upright, turned = pages(path, FINE)
    assert upright.shape == turned.shape == (2287, 1728)
    assert box(upright) == pytest.approx((770, 1540, 432, 864), abs=4)
    top, bottom, left, right = box(turned)
    assert (bottom - top) / 7.7 == pytest.approx(53.75, abs=0.6)
    assert (right - left) / 8.04 == pytest.approx((500 - 385) / 3.85, abs=0.6)


def test_pictures_are_fitted_between_the_margins(tmp_path) -> None:
    for name in ("wide.png", "tall.png"):
        image = Image.new("RGB", (400, 200) if name == "wide.png" else (200, 800), "black")
        image.save(tmp_path / name)
        [page] = pages(tmp_path / name, STANDARD, margin_mm=20)
        top, bottom, left, right = box(page)
        assert top == 77
        width_mm, height_mm = (right + 1 - left) / 8.037, (bottom + 1 - top) / 3.85
        if name == "wide.png":
            assert (width_mm, height_mm) == pytest.approx((170, 85), abs=0.3)
        else:
            assert (width_mm, height_mm) == pytest.approx((257 / 4, 257), abs=0.3)
        assert abs(left + right + 1 - 1728) <= 1


def test_pictures_are_upright_on_white_paper(tmp_path) -> None:
    image = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    ImageDraw.Draw(image).rectangle((0, 0, 30, 99), fill="black")
    image.save(tmp_path / "clear.png")
    [page] = pages(tmp_path / "clear.png")
    assert 0.25 < page.mean() / (180 * 180 / (215 * 297)) < 0.35
    turned = Image.new("L", (100, 50), 255)
    ImageDraw.Draw(turned).rectangle((0, 0, 99, 9), fill=0)
    exif = turned.getexif()
    exif[0x0112] = 6  # to be turned with the clock
    turned.save(tmp_path / "turned.jpg", exif=exif, quality=95)
    top, bottom, left, right = box(pages(tmp_path / "turned.jpg")[0])
    assert (bottom - top) / 7.7 == pytest.approx(267, abs=2)
    assert right > 1728 / 2 + 267 / 4 * 8.04 - 20
    assert (right - left) / 8.04 == pytest.approx(267 / 10, abs=2)


@pytest.mark.parametrize("name", ["deep.png", "deep.tif", "deep_float.tif"])
def test_deep_greys_are_not_cut_off(tmp_path, name) -> None:
    greys = np.repeat(np.linspace(0, 1, 300)[None], 300, axis=0)
    deep = greys.astype(np.float32) if "float" in name else (greys * 65535).astype(np.uint16)
    Image.fromarray(deep).save(tmp_path / name)
    [page] = pages(tmp_path / name, margin_mm=0)
    shares = [float(part.mean()) for part in np.array_split(page[20:1500, 30:1700], 5, axis=1)]
    assert shares[0] > 0.95
    assert 0.3 < shares[2] < 0.7
    assert shares[4] < 0.05


def test_pixels_that_are_not_square_are_made_so(tmp_path) -> None:
    """A circle in 204 by 98 dots an inch, from another program's tiles, and turned in a camera."""
    image = Image.new("L", (816, 392), 255)  # 4 by 4 inches
    ImageDraw.Draw(image).ellipse((204, 98, 611, 293), fill=0)
    image.save(tmp_path / "grey.tif", dpi=(204, 98))
    exif = image.getexif()
    exif[0x0112] = 6
    image.save(tmp_path / "turned.jpg", dpi=(204, 98), exif=exif, quality=95)
    for name in ("grey.tif", "turned.jpg"):
        top, bottom, left, right = box(pages(tmp_path / name)[0])
        assert (bottom - top) / 7.7 == pytest.approx((right - left) / 8.04, rel=0.02)


def test_greys_in_a_tiff_are_left_to_pillow(tmp_path) -> None:
    path = tmp_path / "grey.tif"
    greys = [Image.new("L", (400, 500), level) for level in (128, 0)]
    greys[0].save(path, save_all=True, append_images=greys[1:], compression="tiff_lzw")
    first, second = pages(path, STANDARD)
    inside = (slice(10, 1000), slice(100, 1600))
    assert 0.4 < first[inside].mean() < 0.7
    assert second[inside].all()


def font() -> str:
    import matplotlib

    return f"{matplotlib.get_data_path()}/fonts/ttf/DejaVuSansMono.ttf"


def test_a_font_draws_what_our_letters_lack(tmp_path) -> None:
    path = tmp_path / "greek.txt"
    path.write_text("Γειά σου, κόσμε\n" + "ж" * 90, "utf-8")
    with pytest.raises(MediaError, match=r"no letter for 'Γ' and \d+ others; give a font"):
        pages(path)
    [page] = pages(path, font=font())
    top, bottom, left, right = box(page)
    assert left < 175
    assert right > 1500
    assert 2 * 33 < bottom - top < 3 * 33 + 1
    letters = Typeface(font(), FINE, Width.A4)
    assert letters.missing("ж 账户") == "账户"
    assert letters.columns("ж账e\u0301") == 4
    assert letters.line("жж").shape == (33, 35)
    path.write_text("账户", "utf-8")
    with pytest.raises(MediaError, match=r"no letter for '账' and one other"):
        pages(path, font=font())


def test_an_endless_picture_cannot_fill_the_memory() -> None:
    page = fitted(Image.new("L", (1, 4000), 0), STANDARD)
    assert page.shape == (1143, 1728)


@pytest.mark.parametrize(
    ("name", "octets", "sentence"),
    [
        ("x.pdf", b"%PDF-1.4 nothing", r"cannot be read as PDF: .*"),
        ("x.txt", b"caf\xe9", r"want text in UTF-8, got octet e9 at 3; convert it, .*"),
        ("x.txt", b"\xff\xfeA", r"want text in UTF-16, got octet 41 at 2; convert it, .*"),
        ("x.txt", b" \n\f", r"is empty, there is nothing to send"),
        ("x.txt", b"\f" * 500 + b"x", r"want at most 500 pages, got more"),
        ("x.bin", b"\0\1\2\3" * 9, r"want text, TIFF, PDF or a picture, got none of them"),
        ("x.png", b"\x89PNG\r\n\x1a\n" + bytes(40), r"(cannot be read|want text).*"),
        ("x.tif", b"II*\0\x99\0\0\0", r"(cannot be read|want text).*"),
    ],
)  # fmt: skip
def test_bad_files_are_named_in_one_sentence(tmp_path, name, octets, sentence) -> None:
    path = tmp_path / name
    path.write_bytes(octets)
    with pytest.raises(MediaError, match=rf"{name}: {sentence}$"):
        pages(path)


def test_text_with_a_mark_is_read_by_it(tmp_path) -> None:
    path = tmp_path / "letter"
    for encoding in ("utf-16", "utf-8-sig"):
        path.write_bytes("Dear Sir".encode(encoding))
        [page] = pages(path)
        [wanted] = text_pages("Dear Sir")
        np.testing.assert_array_equal(page, wanted)


def test_pictures_of_giants_are_refused_and_plans_for_walls_are_not(tmp_path, monkeypatch) -> None:
    path = tmp_path / "huge.png"
    Image.new("1", (9_500, 9_500)).save(path)
    for most in (None, 60_000_000, 10_000_000):  # ours, Pillow's warning, Pillow's error
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", most)
        with pytest.raises(MediaError, match=r"huge.png: want at most 89000000 pixels, got more$"):
            pages(path)
    wall = pdf([letter(100)]).replace(b"MediaBox [0 0", b"MediaBox [-9000 -9000")
    (tmp_path / "wall.pdf").write_bytes(wall)
    [page] = pages(tmp_path / "wall.pdf", STANDARD)
    assert page.shape == (1143, 1728)
    (tmp_path / "wall.pdf").write_bytes(pdf([letter(100)]).replace(b"[0 0 ", b"[0 0 " + b"9" * 99))
    with pytest.raises(MediaError, match=r"wall.pdf, page 1: want a page, got one of inf x"):
        pages(tmp_path / "wall.pdf", STANDARD)


def test_what_is_missing_is_named(tmp_path, monkeypatch) -> None:
    with pytest.raises(MediaError, match=r"none.txt: cannot be read: No such file or directory$"):
        pages(tmp_path / "none.txt")
    with pytest.raises(MediaError, match=r"none.ttf: cannot be read as a font: .*"):
        Typeface("none.ttf", FINE, Width.A4)
    path = tmp_path / "x.pdf"
    path.write_bytes(pdf([letter(20)]))
    for module in ("PIL", "pypdfium2"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtra, match=r"telcard\[documents\]"):
        pages(path)
    image = tmp_path / "x.png"
    image.write_bytes(b"\x89PNG" + bytes(9))
    with pytest.raises(MissingExtra, match=r"telcard\[documents\]"):
        pages(image)
