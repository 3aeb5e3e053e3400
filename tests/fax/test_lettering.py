import numpy as np
import pytest

from telcard.fax.geometry import Resolution, Width
from telcard.fax.lettering import Lettering

FINE = Lettering(Resolution.FINE, Width.A4)


def test_a_letter_is_what_its_strokes_are() -> None:
    """An H, read as a picture: two stems and a bar, in rows of 17 by 33 pixels."""
    drawn = FINE.line("H")
    assert drawn.shape == (33, 18)
    stems = drawn.all(axis=0, where=drawn.any(axis=1)[:, None])
    assert 3 <= stems.sum() <= 6
    bars = drawn[:, 4:14].all(axis=1)
    assert 1 <= bars.sum() <= 3
    assert not drawn[:4].any()
    assert not drawn[26:].any()


def test_letters_stand_in_columns_whatever_they_are() -> None:
    line = FINE.line("iW.iW.iW.")
    assert line.shape[1] == np.ceil(9 * FINE.column)
    for number, letter in enumerate("iW.iW.iW."):
        left = int(number * FINE.column)
        alone = FINE.line(letter)
        assert np.array_equal(line[:, left + 1 : left + 16], alone[:, 1:16]), number
    assert FINE.line("").shape == (FINE.height, 0)
    assert not FINE.line(" \u00a0 ").any()


@pytest.mark.parametrize("resolution", list(Resolution))
def test_no_stroke_is_lost_at_any_resolution(resolution) -> None:
    letters = Lettering(resolution, Width.A4)
    line = letters.line("E")
    ink = line.any(axis=1)
    assert ink[np.argmax(ink) :].sum() >= 7 / 12 * letters.height * 0.8
    # three bars, each whole
    across = line[:, int(letters.column * 0.35) : int(letters.column * 0.6)].all(axis=1)
    assert np.count_nonzero(np.diff(across.astype(int)) == 1) == 3


def test_bold_letters_have_more_ink() -> None:
    bold = Lettering(Resolution.FINE, Width.A4, bold=True)
    plain, heavy = FINE.line("Statement"), bold.line("Statement")
    assert plain.shape == heavy.shape
    assert heavy[plain].all()
    assert heavy.sum() > 1.25 * plain.sum()


def test_accents_are_put_on_letters_from_their_parts() -> None:
    base, accent = FINE.line("e"), FINE.line("é")
    top = np.argmax(base.any(axis=1))
    assert np.array_equal(base[top:], accent[top:])
    assert accent[:top].any()
    assert np.array_equal(FINE.line("é"), FINE.line("é"))  # a letter and an accent alone
    dotless, umlaut = FINE.line("ı"), FINE.line("ï")
    top = np.argmax(dotless.any(axis=1))
    assert np.array_equal(dotless[top:], umlaut[top:])
    below = FINE.line("ç") & ~FINE.line("c")
    assert np.argmax(below.any(axis=1)) > top


def test_what_cannot_be_drawn_is_named_and_drawn_as_a_box() -> None:
    assert FINE.missing("Größe, Señor, Łódź, 1 250 €, Ål") == ""
    assert FINE.missing("账户 balance 账") == "账户"
    box = FINE.line("账")
    assert np.array_equal(box, FINE.line("户"))
    assert box.any()
