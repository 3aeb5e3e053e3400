from datetime import UTC, datetime

import numpy as np
import pytest

from telcard.errors import MediaError
from telcard.fax.geometry import Resolution, Width
from telcard.fax.header import HeaderLine, stamped
from telcard.fax.lettering import Lettering
from tests.support.fax_pages import letter

WHEN = datetime(2026, 11, 23, 5, 45, tzinfo=UTC)
LINE = HeaderLine("Bank  +86 21 62345678", WHEN)


def test_a_line_has_date_station_and_page() -> None:
    assert LINE.text(2, 3) == "2026-11-23 05:45   From: Bank  +86 21 62345678   Page 2 of 3"
    other = HeaderLine("Bank", WHEN, "+86 21 55551234")
    assert other.text(1) == "2026-11-23 05:45   From: Bank   To: +86 21 55551234   Page 1"


@pytest.mark.parametrize("resolution", [Resolution.STANDARD, Resolution.FINE, Resolution.DPI_300])
def test_a_header_stands_above_a_page_or_over_it(resolution) -> None:
    page = letter(200, resolution.pixels(Width.B4))
    page[:60] |= np.arange(page.shape[1]) % 7 == 0  # something stands at its top
    letters = Lettering(resolution, Width.B4)
    top = round(2.5 * resolution.rows_a_mm)
    band = top + letters.height
    above = stamped(page, "Page 1", resolution)
    over = stamped(page, "Page 1", resolution, place="over")
    np.testing.assert_array_equal(above[band:], page)
    np.testing.assert_array_equal(above[:band], over[:band])
    np.testing.assert_array_equal(over[band:], page[band:])
    drawn = letters.line("Page 1")
    left = round(8 * resolution.pixels_a_mm(Width.B4))
    assert not above[:top].any()
    np.testing.assert_array_equal(above[top:band, left:][:, : drawn.shape[1]], drawn)


def test_a_page_with_a_free_top_does_not_become_longer() -> None:
    page = letter(200)
    page[:70] = False
    assert stamped(page, "Page 1", Resolution.FINE).shape == page.shape
    assert len(stamped(page, "Page 1", Resolution.FINE, place="above")) > len(page)


def test_a_long_line_is_drawn_narrower_and_then_cut() -> None:
    page = letter(100)
    for length in (80, 110, 300):
        line = stamped(page, "M" * length, Resolution.FINE)[:-100]
        ink = np.flatnonzero(line.any(axis=0))
        assert 1500 < ink[-1] < 1728 - 60 or length == 80
        assert ink[0] > 60


def test_what_cannot_be_stamped_is_refused() -> None:
    with pytest.raises(MediaError, match=r"^text: no letter for '银' and one other; give a font"):
        stamped(letter(100), "银行", Resolution.FINE)
    with pytest.raises(ValueError, match=r"^place: want free, above or over, got 'below'$"):
        stamped(letter(100), "x", Resolution.FINE, place="below")
