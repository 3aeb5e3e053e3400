"""What a data link is made by."""

import pytest

from telcard.signalling.isdn.link import ERRORS, PRI, Profile


def test_the_parameters_are_those_of_a_primary_rate() -> None:
    assert (PRI.T200_s, PRI.T203_s, PRI.N200, PRI.N201, PRI.k) == (1.0, 10.0, 3, 260, 7)
    assert PRI.timers == {"T200": 1.0, "T203": 10.0}


def test_every_letter_of_the_standard_means_something() -> None:
    assert "".join(ERRORS) == "ABCDEFGHIJKLMNO"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"k": 0}, "k: want 1 to 127, got 0"),
        ({"k": 128}, "k: want 1 to 127, got 128"),
        ({"N200": 0}, "want 1 or more, got 0 and 260"),
        ({"N201": 0}, "want 1 or more, got 3 and 0"),
    ],
)
def test_parameters_that_cannot_be_are_refused(wrong: dict[str, int], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Profile(**wrong)  # type: ignore[arg-type]
