import pytest
from hypothesis import given
from hypothesis import strategies as st

from telcard.callerid import (
    BARE,
    CHINA_DIGITS,
    DENMARK,
    ETSI_DIGITS,
    TAIWAN,
    Absence,
    CallerId,
    DigitForm,
    encode_digits,
    parse_digits,
)
from telcard.callerid.digits import DIGIT_FORMS, KEYS
from telcard.errors import RemoteProtocolError
from tests.support.fuzz import costly

P, O, I = Absence.PRIVATE, Absence.UNAVAILABLE, Absence.INTERNATIONAL  # noqa: E741 - the letters


@pytest.mark.parametrize(
    ("row", "form", "message"),
    [
        ("A13501234567C", ETSI_DIGITS, CallerId(number="13501234567")),
        ("A123D456C", ETSI_DIGITS, CallerId(number="123", redirecting="456")),
        ("D456B10C", ETSI_DIGITS, CallerId(redirecting="456", absence=P)),
        ("B00C", ETSI_DIGITS, CallerId(absence=O)),
        ("A33445566#", DENMARK, CallerId(number="33445566")),
        ("D1#", DENMARK, CallerId(absence=P)),
        ("D2#", DENMARK, CallerId(absence=I)),
        ("D3#", DENMARK, CallerId(absence=O)),
        ("D0223456789C", TAIWAN, CallerId(number="0223456789")),
        ("A02162345678C", CHINA_DIGITS, CallerId(number="02162345678")),
        ("5551212#", BARE, CallerId(number="5551212")),
    ],
)
def test_each_country_writes_its_row(row: str, form: DigitForm, message: CallerId) -> None:
    assert encode_digits(message, form) == row
    assert parse_digits(row, [form]) == message


def test_a_chinese_exchange_may_begin_and_end_with_any_letter() -> None:
    for start in "ABCD":
        for stop in "ABCD":
            row = f"{start}02162345678{stop}"
            assert parse_digits(row, [CHINA_DIGITS]) == CallerId(number="02162345678")
            assert parse_digits(row).number == "02162345678"


def test_a_row_of_unknown_origin_is_read_in_the_form_that_fits() -> None:
    assert parse_digits("D12345C") == CallerId(number="12345")
    assert parse_digits("D1#") == CallerId(absence=P)
    assert parse_digits("B10C") == CallerId(absence=P)
    assert parse_digits("C777A") == CallerId(number="777")


@pytest.mark.parametrize(
    "row", ["", "C", "A", "AC", "A123", "B7C7C", "12C3#", "A1B10#", "D4#", "#"]
)
def test_a_row_without_sense_is_refused_in_one_sentence(row: str) -> None:
    with pytest.raises(RemoteProtocolError, match=f"got '{row}'"):
        parse_digits(row)


@pytest.mark.parametrize(
    ("message", "form", "why"),
    [
        (CallerId(name="A", number="1"), TAIWAN, "name: taiwan_dtmf cannot say it, got 'A'"),
        (CallerId(absence=P), TAIWAN, "absence: taiwan_dtmf cannot say it"),
        (CallerId(absence=I), ETSI_DIGITS, "knows UNAVAILABLE, PRIVATE, got INTERNATIONAL"),
        (CallerId(number="12*"), ETSI_DIGITS, "number: want 1 to 20 digits 0-9, got '12\\*'"),
        (CallerId(number="1" * 21), ETSI_DIGITS, "want 1 to 20 digits"),
        (CallerId(), DENMARK, "denmark_dtmf: want one of number, absence, got none"),
    ],
)
def test_what_digits_cannot_say_is_refused(message: CallerId, form: DigitForm, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        encode_digits(message, form)


@pytest.mark.fuzz
@costly(8)  # what costs is to draw them
@given(st.text(sorted(KEYS), max_size=40) | st.text(max_size=10))
def test_any_row_is_a_message_or_one_sentence(row: str) -> None:
    for form in DIGIT_FORMS:
        try:
            message = parse_digits(row, [form])
        except RemoteProtocolError:
            continue
        assert message.number or message.redirecting or message.absence
        if form is not CHINA_DIGITS:
            assert encode_digits(message, form) == row
