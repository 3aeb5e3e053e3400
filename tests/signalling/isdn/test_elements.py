"""Information elements by hand: contents, words, and what breaks the coding rules."""

import pytest

from telcard.signalling.isdn import elements as e
from tests.support.isdn_elements import BY_CLASS

CONTENTS = [
    (e.BearerCapability(), "80 90 a3", "bearer speech, A-law"),
    (e.BearerCapability(0x10, e.Layer1.ULAW), "90 90 a2", "bearer 3.1 kHz audio, u-law"),
    (e.BearerCapability(8, None), "88 90", "bearer 64 kbit/s data"),
    (e.BearerCapability(8, None, 0x18, multiplier=6), "88 98 86", "bearer 64 kbit/s data"),
    (e.BearerCapability(8, 1, rest=b"\x21\x8f"), "88 90 21 8f", "bearer 64 kbit/s data"),
    (e.CauseElement(17, 3), "83 91", "cause 17 (user busy) from transit network"),
    (e.CauseElement(16, 10, b"\x01"), "8a 90 01", None),
    (e.CauseElement(100, 0, b"\x6c", 0, 3), "00 83 e4 6c", None),
    (e.CallState(25), "19", "call state 25"),
    (e.ChannelIdentification((16,)), "a9 83 90", "channel 16 (exclusive)"),
    (e.ChannelIdentification((1, 2), False), "a1 83 01 82", "channel 1, 2 (preferred)"),
    (
        e.ChannelIdentification((23,), True, 1),
        "e9 81 83 97",
        "channel 23 of interface 1 (exclusive)",
    ),
    # slot maps: timeslots 1 and 31 of 2,048 kbit/s, 1 and 24 of 1,544 kbit/s
    (e.ChannelIdentification((1, 31), mapped=32), "a9 93 80 00 00 02", None),
    (e.ChannelIdentification((1, 24), mapped=24), "a9 93 80 00 01", None),
    (e.ChannelIdentification(any_channel=True, exclusive=False), "a3", "any channel (preferred)"),
    (e.ChannelIdentification(), "a8", "no channel (exclusive)"),
    (e.ChannelIdentification(d_channel=True), "ac", "the D-channel (exclusive)"),
    (
        e.ChannelIdentification(interface=3, whole=True),
        "e9 83",
        "all channels of interface 3 (exclusive)",
    ),
    (
        e.ChannelIdentification(interface=1, d_channel=True),
        "ec 81",
        "the D-channel of interface 1 (exclusive)",
    ),
    (e.RestartIndicator(6), "86", "restart of interface"),
    (e.ChangeStatus(2), "c2", "out of service"),
    (e.ChangeStatus(5), "c5", "status 5"),
    (e.ProgressIndicator(8, 2), "82 88", None),
    (e.ProgressIndicator(99), "80 e3", "progress: 99 (user)"),
    (e.NotificationIndicator(1), "81", "notification: user resumed"),
    (e.NotificationIndicator(0x71), "f1", "notification: notification 113"),
    (e.NotificationIndicator(3, b"\x80"), "03 80", None),
    (e.Signal(1), "01", "signal: ring back"),
    (e.TransitCounter(3), "83", "transit counter 3"),
]


@pytest.mark.parametrize(("element", "contents", "words"), CONTENTS)
def test_contents_by_hand(element: e.Element, contents: str, words: str | None) -> None:
    octets = bytes.fromhex(contents)
    assert element.contents() == octets
    assert type(element).parse(octets) == element
    if words is not None:
        assert element.describe() == words


@pytest.mark.parametrize(
    ("kind", "contents"),
    [
        (e.BearerCapability, "00 90"),
        (e.BearerCapability, "80"),
        (e.CauseElement, ""),
        (e.CauseElement, "00 80"),
        (e.CallState, ""),
        (e.ChannelIdentification, "29"),
        (e.ChannelIdentification, "81"),  # a basic rate interface
        (e.ChannelIdentification, "e9 01 81 83 81"),
        (e.ChannelIdentification, "a9 c3 81"),
        (e.ChannelIdentification, "a9 83 01"),
        (e.ChannelIdentification, "a9 83 81 82"),
        (e.ChannelIdentification, "a9 93 00 00"),
        (e.ChannelIdentification, "a9 93 00 00 00"),
        (e.RestartIndicator, "81"),
        (e.NotificationIndicator, "01"),
        (e.NotificationIndicator, "81 00"),
        (e.ProgressIndicator, "80"),
    ],
)
def test_contents_that_break_the_rules(kind: type[e.Element], contents: str) -> None:
    with pytest.raises((e.BadContents, IndexError, ValueError)):
        kind.parse(bytes.fromhex(contents))


def test_a_d_channel_may_be_named_without_a_number() -> None:
    assert e.ChannelIdentification.parse(b"\xad").describe() == "the D-channel (exclusive)"


def test_every_class_has_a_title_and_examples() -> None:
    assert all(kind.title for kind in BY_CLASS)


def test_single_octets_and_unknown_elements_have_words() -> None:
    found = [e.SendingComplete(), e.MoreData(), e.CongestionLevel(15), e.RepeatIndicator()]
    words = ["sending complete", "more data", "congestion level 15", "repeat indicator 2"]
    assert [element.describe() for element in found] == words
    assert e.Unknown(0, 0x4F).describe() == "unknown element 0x4f: empty"
    assert e.place_name(9) == "location 9"


def test_single_octets_carry_their_value_in_their_last_four_bits() -> None:
    assert e.SendingComplete().encode() == b"\xa1"
    assert e.MoreData().encode() == b"\xa0"
    assert e.CongestionLevel(15).encode() == b"\xbf"
    assert e.RepeatIndicator(2).encode() == b"\xd2"
    assert e.Unknown(0, 0xC1).encode() == b"\xc1"
    assert e.Unknown(0, 0x4F, b"\x05").encode() == b"\x4f\x01\x05"
    assert e.CallState(4).encode() == b"\x14\x01\x04"


def test_what_came_as_digits_stays_on_one_line() -> None:
    assert [e.printed(text) for text in ("95588", "", "9\n5")] == ["95588", "-", r"'9\n5'"]
