"""Performance reports of a T1: vectors from the names of their bits, and there and back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telcard.signalling.framing.reports import Second, decode, encode


@pytest.mark.parametrize(
    ("second", "octets"),
    [
        (Second(), "0000"),
        (Second(errors=1), "0010"),
        (Second(errors=5), "0004"),
        (Second(errors=10), "8000"),
        (Second(errors=100), "2000"),
        (Second(errors=319), "0400"),
        (Second(errors=333), "0100"),
        (Second(violations=True, slip=True), "4200"),
        (Second(framing_errors=True, severe_framing=True, looped=True, number=3), "00e3"),
    ],
)
def test_each_bit_has_its_place(second: Second, octets: str) -> None:
    """G3 LV G4 U1 U2 G5 SL G6, then FE SE LB G1 R G2 Nm NI, bit 8 first."""
    assert encode([second]).hex() == octets + "000000000000"


def test_the_newest_second_stands_first() -> None:
    seconds = [Second(number=3), Second(errors=1, number=2), Second(number=1), Second()]
    assert encode(seconds).hex() == "0003" + "0012" + "0001" + "0000"
    assert decode(encode(seconds)) == seconds


@settings(max_examples=25)
@given(st.lists(st.integers(0, 333), min_size=4, max_size=4))
def test_errors_come_back_as_the_fewest_of_their_class(errors: list[int]) -> None:
    told = decode(encode([Second(errors=count) for count in errors]))
    for count, second in zip(errors, told, strict=True):
        assert second.errors == max(least for least in (0, 1, 2, 6, 11, 101, 320) if least <= count)


@settings(max_examples=25)
@given(st.binary(min_size=8, max_size=8))
def test_whatever_comes_can_be_read(octets: bytes) -> None:
    assert len(decode(octets)) == 4


def test_what_is_wrongly_asked_is_refused_in_one_sentence() -> None:
    with pytest.raises(ValueError, match="report: want at most 4 seconds, got 5"):
        encode([Second()] * 5)
    with pytest.raises(ValueError, match="report: want no errors below 0, got -1"):
        encode([Second(errors=-1)])
    with pytest.raises(ValueError, match="report: want 8 octets, got 7"):
        decode(bytes(7))
