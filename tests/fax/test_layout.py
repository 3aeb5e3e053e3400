import numpy as np
import pytest

from telcard.errors import MediaError
from telcard.fax.geometry import Paper, Resolution, Width
from telcard.fax.layout import Sheet, text_pages, wrapped
from telcard.fax.lettering import Lettering

FINE = Lettering(Resolution.FINE, Width.A4)


def lines(text: str, columns: int) -> list[str]:
    return list(wrapped(text, FINE, columns))


def test_lines_are_wrapped_at_spaces_or_where_they_must_be() -> None:
    assert lines("the quick brown fox", 10) == ["the quick", "brown fox"]
    assert lines("0123456789abc def", 10) == ["0123456789", "abc def"]
    assert lines("a\n\nb\r\nc\rd", 10) == ["a", "", "b", "c", "d"]
    assert lines("1\t2\t3", 40) == ["1       2       3"]
    assert lines("bell\a and \x1b escape ", 40) == ["bell and  escape"]
    assert all(len(line) <= 9 for line in lines("word " * 500 + "x" * 500, 9))


def test_text_stands_between_the_margins() -> None:
    [page] = text_pages("Hello\n" * 3 + "W" * 200)
    assert page.shape == (2287, 1728)
    left, top = round(17.5 * 1728 / 215), round(15 * 7.7)
    rows, columns = np.flatnonzero(page.any(axis=1)), np.flatnonzero(page.any(axis=0))
    assert left <= columns[0] < left + 17
    assert columns[-1] < 1728 - left
    assert top <= rows[0] < top + FINE.height
    assert np.array_equal(page[top : top + FINE.height, left : left + 86], FINE.line("Hello"))


def test_full_pages_and_form_feeds_begin_new_ones() -> None:
    assert len(list(text_pages(""))) == 1
    assert len(list(text_pages("one\ftwo\fthree"))) == 3
    a_page = int((2287 - 2 * round(15 * 7.7)) / FINE.height)
    assert len(list(text_pages("x\n" * a_page))) == 1
    assert len(list(text_pages("x\n" * (a_page + 1)))) == 2
    standard = list(text_pages("x\n" * 300, Resolution.STANDARD, Paper.LETTER))
    assert {page.shape for page in standard} == {(1076, 1728)}
    assert sum(int(page.any()) for page in standard) == len(standard)


def test_letters_that_are_missing_are_told_before_anything_is_drawn() -> None:
    with pytest.raises(
        MediaError, match=r"^text: no letter for '账' and one other; give a font that has them$"
    ):
        list(text_pages("Account 账户"))
    with pytest.raises(MediaError, match=r"no letter for '账'; give a font"):
        list(text_pages("账"))


def test_a_sheet_needs_room_between_its_margins() -> None:
    with pytest.raises(ValueError, match=r"^margin_mm: 150 leaves nothing of A4$"):
        Sheet(margin_mm=150)
