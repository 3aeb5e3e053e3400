import pytest

from telcard._native import engine as native
from telcard.engine import EVERY_DIGIT, Reason, Until


def test_reasons_have_the_values_of_the_r4_termination_mask() -> None:
    r4 = {
        "MAX_DIGITS": 0x1,  # TM_MAXDTMF
        "SILENCE": 0x2,  # TM_MAXSIL
        "SOUND": 0x4,  # TM_MAXNOSIL
        "HANG_UP": 0x8,  # TM_LCOFF
        "INTER_DIGIT": 0x10,  # TM_IDDTIME
        "MAX_TIME": 0x20,  # TM_MAXTIME
        "DIGIT": 0x40,  # TM_DIGIT
        "STOPPED": 0x100,  # TM_USRSTOP
        "END_OF_DATA": 0x200,  # TM_EOD
        "ERROR": 0x80000,  # TM_ERROR
    }
    assert {name: Reason[name].value for name in r4} == r4


def test_the_digit_mask_is_that_of_r4() -> None:
    masks = {"D": 0x1, "1": 0x2, "9": 0x200, "0": 0x400, "*": 0x800, "#": 0x1000}
    masks |= {"A": 0x2000, "B": 0x4000, "C": 0x8000}
    assert {digit: native.digit_mask(digit) for digit in masks} == masks
    assert native.digit_mask(EVERY_DIGIT) == 0xFFFF
    assert native.digit_mask("") == 0


@pytest.mark.parametrize("digits", ["x", "12a", "é", "\0"])
def test_what_is_no_digit_cannot_end_anything(digits: str) -> None:
    with pytest.raises(ValueError, match="digits: want some of"):
        Until(digits=digits)


def test_limits_are_checked_where_they_are_set() -> None:
    with pytest.raises(ValueError, match="max_digits: want 0 to 64, got 65"):
        Until(max_digits=65)
    with pytest.raises(ValueError, match="max_s: want 0 to 10 million seconds, got -1"):
        Until(max_s=-1)
    with pytest.raises(ValueError, match="threshold_dbm0: want -70 to 3, got nan"):
        Until(threshold_dbm0=float("nan"))
    with pytest.raises(ValueError, match=r"edge: want some of max_digits, .*, got inter_digit"):
        Until(edge=frozenset({"inter_digit"}))  # type: ignore[arg-type]


def test_equal_conditions_are_equal() -> None:
    assert Until(max_s=3) == Until(max_s=3)
    assert Until(max_s=3) != Until(max_s=4)
