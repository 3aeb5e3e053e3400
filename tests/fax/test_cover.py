from datetime import UTC, datetime

import numpy as np
import pytest

from telcard.errors import MediaError
from telcard.fax.cover import cover_page
from telcard.fax.geometry import Paper, Resolution, Width
from telcard.fax.layout import Sheet
from telcard.fax.lettering import Lettering

WHEN = datetime(2026, 11, 23, 5, 45, tzinfo=UTC)


def found(page: np.ndarray, text: str, letters: Lettering, sheet: Sheet) -> bool:
    """Whether a line of text stands on a page, at its margin or behind the labels."""
    drawn = letters.line(text)
    return any(
        (
            np.lib.stride_tricks.sliding_window_view(
                page[:, left : left + drawn.shape[1]], drawn.shape
            )
            == drawn
        ).all((1, 2, 3)).any()
        for left in (sheet.left, sheet.left + int(11 * letters.column))
    )  # fmt: skip


@pytest.mark.parametrize("resolution", [Resolution.STANDARD, Resolution.FINE])
def test_a_cover_says_to_whom_from_whom_and_how_many(resolution) -> None:
    page = cover_page(
        "Mr Li", "Bank of Xuhui", WHEN, subject="Statement", pages=3, text="Dear Mr Li,",
        resolution=resolution,
    )  # fmt: skip
    assert page.shape == (resolution.rows(Paper.A4), 1728)
    letters, sheet = Lettering(resolution, Width.A4), Sheet(resolution)
    for text in ("Mr Li", "Bank of Xuhui", "2026-11-23 05:45", "Statement", "Dear Mr Li,"):
        assert found(page, text, letters, sheet), text
    assert not found(page, "Mr Wang", letters, sheet)


def test_fields_without_a_value_are_left_away_and_long_ones_go_on() -> None:
    def ink(**fields: object) -> int:
        page = cover_page("A", "B", WHEN, **fields)
        return int(np.flatnonzero(page.any(axis=1))[-1])

    line = Lettering(Resolution.FINE, Width.A4).height
    assert ink(pages=2) == ink() + line
    assert ink(subject="word " * 40) == ink(subject="word") + 2 * line


def test_text_that_does_not_fit_is_cut_and_other_letters_are_refused() -> None:
    page = cover_page("A", "B", WHEN, text="line\n" * 500)
    assert not page[-round(14 * 7.7) :].any()
    with pytest.raises(MediaError, match=r"^text: no letter for '李'; give a font"):
        cover_page("李", "B", WHEN)
