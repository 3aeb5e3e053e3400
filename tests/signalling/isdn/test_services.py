"""Components of supplementary services, octet by octet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telcard.signalling.isdn import services as s

VECTORS = [
    # callDeflection (13) to 4711: SEQUENCE { Address SEQUENCE { [0] digits } }
    (
        s.Invoke(1, s.CALL_DEFLECTION, s.address("4711")),
        "a1 10 02 01 01 02 01 0d 30 08 30 06 80 04 34 37 31 31",
    ),
    # as libpri 1.6.0 sends them: EctLinkIdRequest, and two-B-channel transfer with link 2
    (s.Invoke(1, s.LINK_ID_REQUEST), "a1 0b 02 01 01 06 06 04 00 82 71 01 04"),
    (
        s.Invoke(1, s.TWO_CHANNEL_TRANSFER, s.sequence(s.integer(2))),
        "a1 11 02 01 01 06 07 2a 86 48 ce 15 00 08 30 03 02 01 02",
    ),
    (s.Result(5), "a2 03 02 01 05"),
    (s.Result(5, 0, s.integer(300)), "a2 0c 02 01 05 30 07 02 01 00 02 02 01 2c"),
    (s.Refusal(5, 3), "a3 06 02 01 05 02 01 03"),
    (s.Rejection(5), "a4 06 02 01 05 81 01 00"),
]


@pytest.mark.parametrize(("component", "octets"), VECTORS)
def test_components_by_hand(component: s.Component, octets: str) -> None:
    assert s.components(component).hex(" ") == octets
    assert s.parse(bytes.fromhex(octets)) == [component]


def test_network_extensions_of_private_exchanges_are_skipped() -> None:
    octets = "aa 06 80 01 00 82 01 00 8b 01 02 a1 06 02 01 01 02 01 0c"
    assert s.parse(bytes.fromhex(octets)) == [s.Invoke(1, 12)]


@pytest.mark.parametrize(
    "octets",
    [
        "",
        "a1",
        "a1 05 02",
        "a1 80 00 00",
        "a1 00",
        "a1 03 05 00 01",
        "a1 03 02 01 01",
        "a3 03 02 01 01",
    ],
)
def test_what_is_cut_short_or_makes_no_sense_is_left_out(octets: str) -> None:
    assert s.parse(bytes.fromhex(octets)) == []


def test_a_rejection_of_nothing_in_particular_is_left_out() -> None:
    assert s.parse(bytes.fromhex("a4 05 05 00 80 01 00")) == []


def test_numbers_come_with_and_without_a_type() -> None:
    assert s.number_of(s.address("4711")) == "4711"
    typed = "30 0d 30 0b a1 09 0a 01 02 12 04 34 37 31 31"
    assert s.number_of(bytes.fromhex(typed)) == "4711"
    for wrong in ("", "30 00", "30 02 30 00", "30 04 30 02 80 7f", "30 05 30 03 80 01 ff"):
        assert s.number_of(bytes.fromhex(wrong)) == ""


def test_an_integer_is_found_alone_and_in_a_sequence() -> None:
    assert s.integer_of(s.integer(-7)) == -7
    assert s.integer_of(s.sequence(s.integer(40000))) == 40000
    assert s.integer_of(b"") is s.integer_of(b"\x30\x05") is s.integer_of(b"\x05\x00") is None


def test_a_length_over_127_needs_an_octet_more() -> None:
    long = s.Invoke(1, 5, s.value(0x04, bytes(200)))
    octets = s.components(long)
    assert octets[:3] == bytes((0xA1, 0x81, len(octets) - 3))
    assert s.parse(octets) == [long]


@given(st.binary(max_size=60))
def test_no_octets_are_too_much(octets: bytes) -> None:
    for component in s.parse(octets):
        if isinstance(component, s.Invoke):
            s.number_of(component.argument)
            s.integer_of(component.argument)
