"""Signals, digits and causes."""

import pytest

from telcard.signalling import Cause
from telcard.signalling.r2.signals import (
    FREE,
    Line,
    Request,
    Signal,
    cause_of,
    check_digits,
    digit_of,
    number_of,
    refusals_of,
)


def test_digits_are_signals_1_to_10() -> None:
    assert [digit_of(number) for number in range(1, 12)] == [*"1234567890", ""]
    assert [number_of(digit) for digit in "1234567890"] == list(range(1, 11))
    with pytest.raises(ValueError, match=r"digit: want one of 0 to 9, got '\*'"):
        number_of("*")


def test_signals_are_written_as_people_do() -> None:
    assert str(Signal("KA", 3)) == "KA-3"


@pytest.mark.parametrize("line", [line for line in Line if line not in FREE])
def test_what_a_line_says_comes_back_as_it_was(line: Line) -> None:
    assert line in refusals_of(cause_of(line)) or cause_of(line) in (
        Cause.USER_BUSY,  # a long-distance call, too, makes it busy
        Cause.CALL_REJECTED,
    )


def test_a_cause_that_no_signal_has_is_congestion() -> None:
    assert refusals_of(Cause.INTERWORKING) == (Line.CONGESTION,)
    assert cause_of(Request.VACANT) is Cause.UNALLOCATED_NUMBER


def test_digits_are_checked_in_one_sentence() -> None:
    check_digits("called", "")
    with pytest.raises(ValueError, match="called: want digits 0 to 9, got '1a'"):
        check_digits("called", "1a")
