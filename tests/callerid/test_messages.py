import pytest

from telcard.callerid import Absence, CallerId, Kind, Moment, Parameter


def test_a_message_reads_as_a_display_shows_it() -> None:
    message = CallerId(number="02162345678", name="张三", time=Moment(9, 30, 12, 24))
    assert str(message) == "02162345678, 张三, 09-30 12:24"
    withheld = CallerId(absence=Absence.PRIVATE, name_absence=Absence.UNAVAILABLE)
    assert str(withheld) == "number withheld, name not available"
    assert str(CallerId(kind=Kind.WAITING, waiting=True)) == "messages wait"
    assert str(CallerId(number="1", redirecting="2")) == "1, by way of 2"
    assert str(CallerId(text="see us")) == "see us"
    assert str(CallerId()) == "a call, no more is told"
    assert str(Parameter(0x30, b"\x01\x02")) == "30h: 01 02"


@pytest.mark.parametrize("moment", [(0, 1, 0, 0), (13, 1, 0, 0), (2, 30, 0, 0), (1, 1, 24, 0)])
def test_a_moment_lies_in_some_year(moment: tuple[int, int, int, int]) -> None:
    assert str(Moment(2, 29, 23, 59)) == "02-29 23:59"
    with pytest.raises(ValueError, match="no year has"):
        Moment(*moment)
