"""Text, user data, services and time, by hand."""

import pytest

from telcard.signalling.isdn import payloads as p
from telcard.signalling.isdn.elements import BadContents, Element


@pytest.mark.parametrize(
    ("element", "contents", "words"),
    [
        (p.Display("Anna"), "41 6e 6e 61", "display 'Anna'"),
        (p.Display("Anna", 0x31), "b1 41 6e 6e 61", None),
        (p.Display(""), "", None),
        (p.Keypad("*21#"), "2a 32 31 23", "keypad *21#"),
        (p.Keypad("2\n"), "32 0a", r"keypad '2\n'"),
        (p.UserUser(b"hi"), "04 68 69", "user-user b'hi'"),
        (p.DateTime(26, 11, 23, 2, 5), "1a 0b 17 02 05", "time 26-11-23 02:05"),
        (p.DateTime(26, 11, 23, 2, 5, 9), "1a 0b 17 02 05 09", "time 26-11-23 02:05:09"),
        (p.Facility(b"\xa1\x00"), "91 a1 00", "facility a1 00"),
        (p.NetworkSpecificFacilities(b"\xe3"), "00 e3", "network-specific facilities e3"),
        (p.NetworkSpecificFacilities(b"\xe3", b"\xa1288"), "04 a1 32 38 38 e3", None),
        (p.HighLayerCompatibility(b"\x91\x81"), "91 81", "high layer compatibility 91 81"),
    ],
)
def test_contents_by_hand(element: Element, contents: str, words: str | None) -> None:
    octets = bytes.fromhex(contents)
    assert element.contents() == octets
    assert type(element).parse(octets) == element
    if words is not None:
        assert element.describe() == words


@pytest.mark.parametrize(
    ("kind", "contents"),
    [
        (p.Keypad, "b1"),
        (p.UserUser, ""),
        (p.DateTime, "1a 0b"),
        (p.Facility, ""),
        (p.NetworkSpecificFacilities, "05 a1"),
    ],
)
def test_contents_that_break_the_rules(kind: type[Element], contents: str) -> None:
    with pytest.raises((BadContents, IndexError)):
        kind.parse(bytes.fromhex(contents))


def test_opaque_elements_of_two_kinds_are_not_equal() -> None:
    assert p.LowLayerCompatibility(b"\x01") != p.HighLayerCompatibility(b"\x01")
