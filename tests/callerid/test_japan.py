"""NTT's frames against octets worked out by hand, and nonsense."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telcard.callerid import Absence, CallerId, Kind, Parameter
from telcard.callerid.japan import begins, crc, encode_japan, parse_japan, whole
from telcard.errors import RemoteProtocolError
from tests.support.fuzz import costly

# DLE 10h has one bit set: 90h with parity; SOH 81h, 07h 87h, STX 82h, 40h C0h, ETX 03h.  The number
# 03 is 30h 33h, both with an even number of ones; length 4; the CRC by long division.
FRAME = bytes.fromhex("90 81 87 90 82 C0 84 82 82 30 33 90 03")


def test_a_frame_is_made_of_the_octets_that_it_should_have() -> None:
    message = CallerId(number="03")
    made = encode_japan(message)
    assert made[:-2] == FRAME
    assert crc(made[2:]) == 0  # as every message with its own check behind it
    assert parse_japan(made) == message


def test_the_check_is_that_of_v41() -> None:
    assert crc(b"123456789") == 0x2189  # the catalogues' check value of CRC-16/KERMIT, this one


def test_a_dle_among_lengths_and_values_is_sent_twice() -> None:
    message = CallerId(number="01234567890123")  # 16 octets with type and length
    made = encode_japan(message)
    assert made[6:8] == b"\x90\x90"
    assert parse_japan(made) == message
    assert [whole(made[:end]) for end in range(len(made) + 1)] == [False] * len(made) + [True]


def test_nothing_but_a_whole_and_right_frame_is_believed() -> None:
    made = encode_japan(CallerId(absence=Absence.PAYPHONE, called="12"))
    for at in range(len(made)):
        with pytest.raises(RemoteProtocolError):
            parse_japan(made[:at] + bytes([made[at] ^ 1]) + made[at + 1 :])
        with pytest.raises(RemoteProtocolError, match="it has no end"):
            parse_japan(made[:at])
    assert begins(made[:1])
    assert begins(made)
    assert not begins(made[1:])


def test_what_it_cannot_say_is_refused_in_one_sentence() -> None:
    for message, why in (
        (CallerId(kind=Kind.WAITING), "want a message about a call"),
        (CallerId(redirecting="1"), "redirecting: the dialect japan has no parameter"),
        (CallerId(others=(Parameter(0x90, b""),)), "octets of 7 bits"),
        (CallerId(others=(Parameter(1, bytes(126)),)), "at most 127 octets"),
    ):
        with pytest.raises(ValueError, match=why):
            encode_japan(message)


@pytest.mark.fuzz
@costly(8)  # what costs is to draw them
@given(st.binary(max_size=100), st.booleans())
def test_nonsense_is_a_message_or_one_sentence(octets: bytes, checked: bool) -> None:
    if checked:  # a frame in all but its contents
        inner = bytes.fromhex("87 90 82 C0") + octets + b"\x90\x03"
        octets = b"\x90\x81" + inner + crc(inner).to_bytes(2, "little")
    try:
        assert str(parse_japan(octets))
    except RemoteProtocolError as refusal:
        assert "\n" not in str(refusal)


@given(
    st.builds(
        CallerId,
        number=st.text("0123456789", min_size=1, max_size=20),
        absence=st.none() | st.sampled_from(Absence),
        called=st.none() | st.text("0123456789", min_size=1, max_size=20),
        others=st.lists(
            st.builds(
                Parameter,
                st.integers(0x10, 0x40),
                st.lists(st.integers(0, 127), max_size=9).map(bytes),
            ),
            max_size=3,
        ).map(tuple),
    )
)
def test_what_an_exchange_of_ntt_says_is_understood(message: CallerId) -> None:
    assert parse_japan(encode_japan(message)) == message
