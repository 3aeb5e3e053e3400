"""Greys to black and white: shares of black, clean print, and what it costs on the line."""

import numpy as np
import pytest
from PIL import Image

from telcard.fax.geometry import Resolution
from telcard.fax.halftone import black_and_white
from telcard.fax.t4 import encode
from tests.support.fax_pages import letter


@pytest.mark.parametrize("resolution", list(Resolution))
def test_dots_are_as_black_as_the_greys(resolution: Resolution) -> None:
    shades = np.repeat(np.arange(0, 256, 32, np.uint8), 200)
    dots = black_and_white(np.tile(shades, (200, 1)), resolution)
    shares = [float(dots[:, at + 10 : at + 190].mean()) for at in range(0, 1600, 200)]
    wanted = [1 - min(max((grey - 48) / 176, 0), 1) for grey in range(0, 256, 32)]
    assert shares == pytest.approx(wanted, abs=0.06)
    assert dots[:, :200].all()
    assert not dots[:, 1410:].any()


@pytest.mark.parametrize(("ink", "paper"), [(20, 250), (40, 235), (0, 160)])
def test_print_is_clean_on_any_paper(ink: int, paper: int) -> None:
    """Where print is, and two pixels round it; the paper itself may get dots."""
    page = letter(200)
    grey = np.where(page, ink, paper).astype(np.uint8)
    dots = black_and_white(grey)
    assert np.array_equal(dots, page) or (paper < 224 and not (page & ~dots).any())
    beside = np.zeros_like(page)
    beside[:, 1:] = page[:, :-1] & ~page[:, 1:]
    assert not dots[beside].any()


def test_a_picture_is_shorter_on_the_line_than_by_error_diffusion() -> None:
    y, x = np.mgrid[0:600, 0:1728]
    grey = (128 + 60 * np.sin(x / 90) * np.cos(y / 70)).astype(np.uint8)
    strewn = ~np.asarray(Image.fromarray(grey).convert("1"))
    for resolution, coding in ((Resolution.FINE, "mmr"), (Resolution.STANDARD, "mh")):
        dots = encode(black_and_white(grey, resolution), coding)
        assert len(dots) < len(encode(strewn, coding)) / 2


def test_the_smallest_pictures_will_do() -> None:
    for shape in ((1, 1), (1, 50), (50, 1), (3, 3)):
        assert black_and_white(np.zeros(shape, np.uint8)).all()
