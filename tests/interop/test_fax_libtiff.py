"""libtiff judges our pages, and we its: through Pillow, tiffinfo and fax2tiff.

Debian: apt install libtiff-tools.
"""

from __future__ import annotations

import io
import subprocess

import numpy as np
import pytest
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from telcard.fax.geometry import Resolution
from telcard.fax.t4 import CODINGS, Coding, encode
from telcard.fax.tiff import TiffWriter, read, write
from tests.support.fax_pages import WIDTHS, letter, pages, stairs
from tests.support.peers import PeerMissing, program

pytestmark = pytest.mark.interop

OPTIONS = {"mh": 0, "mr": 1, "mmr": 0}


def tool(name: str) -> str:
    try:
        return program(name, "libtiff-tools")
    except PeerMissing as missing:
        pytest.skip(str(missing))


def by_libtiff(
    page: np.ndarray, coding: Coding, *, down: int = 196, aligned: bool = False, strip: int = 0
) -> bytes:
    """A TIFF file that libtiff has written; black is told as black, by way of 262 = 1."""
    tags = ImageFileDirectory_v2()
    tags[278] = strip or len(page)
    tags[282], tags[283], tags[296] = 204, down, 2
    if coding != "mmr":
        tags[292] = OPTIONS[coding] | (4 if aligned else 0)
    out = io.BytesIO()
    how = "group4" if coding == "mmr" else "group3"
    Image.fromarray(page).save(out, "TIFF", compression=how, tiffinfo=tags)
    return out.getvalue()


def strips(file: bytes) -> list[bytes]:
    with Image.open(io.BytesIO(file)) as image:
        tags = image.tag_v2
        return [
            file[begin : begin + size] for begin, size in zip(tags[273], tags[279], strict=True)
        ]


@pytest.mark.parametrize("coding", CODINGS)
def test_strips_are_those_of_libtiff_bit_for_bit(coding) -> None:
    for width in WIDTHS:
        for name, page in [*pages(width), ("letter", letter(60, width))]:
            if not len(page):
                continue
            for down, k in ((196, 4), (98, 2)):
                [theirs] = strips(by_libtiff(page, coding, down=down))
                ours = encode(page, coding, k=k, lsb_first=False, rtc=False)
                assert ours == theirs, (width, name)
                if coding != "mr":
                    break  # k is MR's alone


@pytest.mark.parametrize("coding", ["mh", "mr"])
def test_aligned_eols_are_those_of_libtiff(coding) -> None:
    for page in (letter(100), stairs(60, 1728), letter(40, 2623)):
        [theirs] = strips(by_libtiff(page, coding, aligned=True))
        assert encode(page, coding, lsb_first=False, rtc=False, aligned=True) == theirs


@pytest.mark.parametrize("coding", CODINGS)
def test_files_of_libtiff_are_read(coding) -> None:
    for page in (letter(200), stairs(90, 2432), letter(50, 9)):
        for strip in (0, 32):
            for aligned in (False, True):
                [found] = read(by_libtiff(page, coding, strip=strip, aligned=aligned))
                # Without 262 Pillow lets white runs stand for False, and calls that black.
                np.testing.assert_array_equal(found.pixels, ~page)
                assert found.bad_rows == 0
                assert found.resolution is Resolution.FINE


@pytest.mark.parametrize("coding", CODINGS)
def test_our_files_are_read_by_libtiff(tmp_path, coding) -> None:
    wanted = [page for width in (1, 65, 1728, 14592) for _, page in pages(width) if len(page)]
    path = tmp_path / "fax.tif"
    with TiffWriter(path, coding) as writer:
        for page in wanted:
            writer.add(page, Resolution.FINE, bad_rows=3, longest_bad=2, description="95588")
    with Image.open(path) as image:
        for number, page in enumerate(wanted):
            image.seek(number)
            np.testing.assert_array_equal(~np.asarray(image.convert("1")), page)


@pytest.mark.parametrize("coding", CODINGS)
def test_tiffinfo_finds_nothing_wrong(tmp_path, coding) -> None:
    path = tmp_path / "fax.tif"
    write(path, [letter(300), letter(200, seed=2)], Resolution.STANDARD, coding)
    done = subprocess.run(
        [tool("tiffinfo"), "-D", str(path)], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    assert done.stdout.count("Subfile Type: multi-page document") == 2
    assert "Resolution: 204, 98 pixels/inch" in done.stdout
    assert "Photometric Interpretation: min-is-white" in done.stdout
    assert "Page Number: 1-2" in done.stdout


@pytest.mark.parametrize(
    ("coding", "options"),
    [("mh", ["-3", "-1"]), ("mr", ["-3", "-2"]), ("mmr", ["-4"])],
)
def test_fax2tiff_makes_pages_of_what_we_send_over_a_line(tmp_path, coding, options) -> None:
    """Octets as they leave a modem: first bit lowest, fill, RTC."""
    page = letter(400)
    line, file = tmp_path / "page.g3", tmp_path / "page.tif"
    least = 0 if coding == "mmr" else 144
    line.write_bytes(encode(page, coding, least_bits=least))
    command = [tool("fax2tiff"), *options, "-L", "-X", "1728", "-o", str(file), str(line)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    [found] = read(file)
    np.testing.assert_array_equal(found.pixels[:400], page, done.stderr)
    assert not found.pixels[400:].any()
    assert found.bad_rows == 0
