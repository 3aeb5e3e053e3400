import io
import struct

import numpy as np
import pytest

from telcard.errors import MediaError
from telcard.fax.geometry import Resolution
from telcard.fax.t4 import CODINGS, encode
from telcard.fax.tiff import TiffWriter, read, write
from tests.support.fax_pages import letter, stairs
from tests.support.tiff_files import packbits, tiff_file

PAGE = letter(90, 500)
FAX = {256: 500, 257: 90, 282: (204, 1), 283: (98, 1), 262: 0}


@pytest.mark.parametrize("coding", CODINGS)
def test_pages_are_written_and_read(tmp_path, coding) -> None:
    pages = [PAGE, stairs(50, 500), ~letter(30, 2432)]
    path = tmp_path / "letter.tif"
    write(path, pages, Resolution.SUPERFINE, coding)
    back = read(path)
    for page, wanted in zip(back, pages, strict=True):
        np.testing.assert_array_equal(page.pixels, wanted)
        assert page.resolution is Resolution.SUPERFINE
        assert (page.coding, page.bad_rows) == (coding, 0)


def test_a_file_is_whole_after_every_page() -> None:
    file = io.BytesIO()
    with TiffWriter(file, "mr") as writer:
        for number in range(3):
            writer.add(
                PAGE,
                Resolution.STANDARD,
                bad_rows=number,
                longest_bad=number,
                description="+86 21 62345678",
            )
            back = read(file.getvalue())
            assert [page.bad_rows for page in back] == list(range(number + 1))
        assert writer.pages == 3
    assert {page.description for page in back} == {"+86 21 62345678"}
    assert {page.resolution for page in back} == {Resolution.STANDARD}


def test_a_page_stands_behind_its_directory_with_the_tags_of_rfc_2301(tmp_path) -> None:
    path = tmp_path / "letter.tif"
    write(path, [PAGE], Resolution.STANDARD, "mh")
    octets = path.read_bytes()
    assert octets[:8] == b"II*\0" + struct.pack("<I", 8)
    (count,) = struct.unpack_from("<H", octets, 8)
    entries = [struct.unpack_from("<HHII", octets, 10 + 12 * number) for number in range(count)]
    tags = {tag: value for tag, _, _, value in entries}
    assert sorted(tags) == [tag for tag, *_ in entries]
    assert {tag: tags[tag] for tag in (254, 256, 257, 258, 259, 262, 266, 274, 277, 278, 292)} == {
        254: 2, 256: 500, 257: 90, 258: 1, 259: 3, 262: 0, 266: 2, 274: 1, 277: 1, 278: 90, 292: 0,
    }  # fmt: skip
    assert tags[296] == 2
    assert tags[297] == 0 | 1 << 16  # page 0 of 1
    assert struct.unpack_from("<II", octets, tags[282]) == (204, 1)
    assert struct.unpack_from("<II", octets, tags[283]) == (98, 1)
    assert {tags[tag] for tag in (326, 327, 328)} == {0}
    assert octets[tags[273] :] == encode(PAGE, "mh", rtc=False)
    assert tags[279] == len(octets) - tags[273]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("compression", [1, 2, 3, 4, 32773])
def test_what_others_write_is_read(order, compression) -> None:
    """Strips of 40 rows, either order of bits, white as 0 or 1, in one file."""
    pages = []
    for fill_order in (1, 2):
        for white_is in (0, 1):
            pixels = PAGE ^ (white_is == 1)
            strips = []
            for top in range(0, 90, 40):
                rows = pixels[top : top + 40]
                if compression in (1, 32773):
                    packed = np.packbits(rows, axis=1).tobytes()
                    if fill_order == 2:
                        packed = bytes(int(f"{octet:08b}"[::-1], 2) for octet in packed)
                    strips.append(packed if compression == 1 else packbits(packed))
                else:
                    coding = {2: "mh", 3: "mr", 4: "mmr"}[compression]
                    lsb_first, eols = fill_order == 2, compression != 2
                    strips.append(encode(rows, coding, lsb_first=lsb_first, eols=eols))
            options = {292: 1} if compression == 3 else {}
            pages.append(
                FAX | {259: compression, 262: white_is, 266: fill_order, 278: 40, 273: strips}
                | options
            )  # fmt: skip
    preview = FAX | {254: 1, 273: [b""]}
    for page in read(tiff_file([*pages, preview], order)):
        np.testing.assert_array_equal(page.pixels, PAGE)
        assert page.resolution is Resolution.STANDARD


def test_turned_pages_are_turned_back() -> None:
    for orientation, seen in enumerate(
        [
            PAGE, PAGE[:, ::-1], PAGE[::-1, ::-1], PAGE[::-1],
            PAGE.T, PAGE[:, ::-1].T, PAGE[::-1, ::-1].T, PAGE[::-1].T,
        ],
        1,
    ):  # fmt: skip
        tags = {256: seen.shape[1], 257: seen.shape[0], 259: 4, 274: orientation, 262: 0}
        tags |= {282: (100, 1), 283: (200, 1)}
        [page] = read(tiff_file([tags | {273: [encode(seen, lsb_first=False)]}]))
        np.testing.assert_array_equal(page.pixels, PAGE, str(orientation))
        assert (page.across, page.down) == ((200, 100) if orientation > 4 else (100, 200))


def test_dots_a_centimetre_and_nothing_said() -> None:
    strip = {259: 4, 273: [encode(PAGE, lsb_first=False)]}
    metric = FAX | strip | {282: (7717, 96), 283: (77, 1), 296: 3}
    silent = {256: 500, 257: 90, **strip}
    first, second = read(tiff_file([metric, silent]))
    assert first.across == pytest.approx(204.2, abs=0.1)
    assert first.resolution is second.resolution is Resolution.FINE
    assert (second.across, second.down) == (0, 0)


def test_bad_and_missing_rows_are_counted() -> None:
    coded = encode(PAGE, "mh", lsb_first=False)
    spoilt = coded[:700] + b"\xff" + coded[701:]
    broken = encode(PAGE, "mmr", lsb_first=False)[:300]
    file = tiff_file([FAX | {259: 3, 273: [spoilt]}, FAX | {259: 4, 273: [broken]}])
    first, second = read(file)
    assert 0 < first.bad_rows < 4
    assert 10 < second.bad_rows < 85
    whole = 90 - second.bad_rows
    np.testing.assert_array_equal(second.pixels[:whole], PAGE[:whole])
    assert not second.pixels[whole:].any()


GOOD = FAX | {259: 4, 273: [encode(PAGE, lsb_first=False)]}


ENDLESS = bytearray(tiff_file([{254: 1, 273: [b""]}]))
ENDLESS[-4:] = struct.pack("<I", 8)


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (b"", "want a TIFF file, got one that begins with nothing"),
        (b"%PDF-1.4", "want a TIFF file, got one that begins with 25 50 44 46"),
        (b"II+\0" + bytes(9), "want a TIFF file, got one that begins with BigTIFF"),
        (b"II*\0\0\0\0\0", "has no pages"),
        (b"II*\0\x99\0\0\0", "points to octet 153, has 8"),
        (ENDLESS, "its pages never end, the one at 8 comes again"),
        (GOOD | {258: 8}, "page 1: want two levels, got colours or greys"),
        (GOOD | {277: 3}, "page 1: want two levels, got colours or greys"),
        (GOOD | {322: 64}, "page 1: want strips, got tiles"),
        (GOOD | {256: 40_000}, "page 1: want 1 to 32000 pixels a row and .*, got 40000 x 90"),
        (GOOD | {257: 1 << 30}, "page 1: want 1 to 32000 pixels a row .*, got 500 x 1073741824"),
        (GOOD | {262: 3}, "page 1: want white or black as 0, got interpretation 3"),
        (GOOD | {259: 5}, "page 1: want a coding of faxes, got LZW"),
        (GOOD | {259: 999}, "page 1: want a coding of faxes, got 999"),
        (GOOD | {279: [4, 4]}, "page 1: want a size for each strip, got 1 strips and 2 sizes"),
        (GOOD | {278: 40}, "page 1: want 3 strips of 40 rows, got 1"),
        (GOOD | {279: 1 << 20}, "page 1: strip 1 ends at octet 1048584, the file before"),
        (GOOD | {273: [b"\0" * 40]}, "page 1: none of its 90 rows can be read"),
    ],
)  # fmt: skip
def test_bad_files_are_refused_in_one_sentence(file, sentence) -> None:
    octets = file if isinstance(file, bytes | bytearray) else tiff_file([file])
    with pytest.raises(MediaError, match=rf"^TIFF file(, |: ){sentence}$"):
        read(octets)


def test_files_that_cannot_be_opened_are_named(tmp_path) -> None:
    with pytest.raises(MediaError, match=r"none.tif: cannot be read: No such file or directory$"):
        read(tmp_path / "none.tif")
    with pytest.raises(MediaError, match=r"cannot be written: No such file or directory$"):
        TiffWriter(tmp_path / "none" / "x.tif")
    with pytest.raises(ValueError, match=r"^coding: want mh, mr, mmr, got 'lzw'$"):
        TiffWriter(tmp_path / "x.tif", "lzw")
    with pytest.raises(ValueError, match=r"^page: want bool, shape \(rows, width\), got shape"):
        write(tmp_path / "x.tif", [np.zeros((0, 8), bool)])
