"""Party numbers by hand (Q.931 4.5.8 to 4.5.11, Q.952)."""

import pytest

from telcard.signalling.isdn import numbers as n
from telcard.signalling.isdn.elements import BadContents, Element


@pytest.mark.parametrize(
    ("element", "contents", "words"),
    [
        (n.CalledNumber("95588"), "81 39 35 35 38 38", "called number 95588 (ISDN)"),
        (n.CalledNumber("1", n.NumberType.INTERNATIONAL), "91 31", None),
        (n.CallingNumber("10", 2, 1, 0, 3), "21 83 31 30", None),
        (n.CallingNumber("10", presentation=None), "81 31 30", "calling number 10 (ISDN)"),
        (
            n.CallingNumber("", presentation=n.Presentation.RESTRICTED),
            "01 a0",
            "calling number - (ISDN, withheld, not screened)",
        ),
        (n.ConnectedNumber("7", 0, 9, 2, 0), "09 c0 37", None),
        (
            n.RedirectingNumber("12", 0, 1, 0, 0, n.RedirectionReason.NO_REPLY),
            "01 00 82 31 32",
            "redirecting number 12 (ISDN, no reply)",
        ),
        (n.RedirectingNumber("12"), "01 80 31 32", "redirecting number 12 (ISDN)"),
        (n.RedirectingNumber("12", presentation=None), "81 31 32", None),
        (n.OriginalCalledNumber("9", reason=15), "01 00 8f 39", None),
        (n.TransitNetworkSelection("288"), "a1 32 38 38", None),
        (n.CalledSubaddress(b"\x50"), "80 50", "called subaddress 50"),
        (n.CallingSubaddress(b"\x50", 2, True), "a8 50", None),
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
        (n.CalledNumber, ""),
        (n.CalledNumber, "01 31"),
        (n.CalledNumber, "81 05"),
        (n.CalledNumber, "81 b1"),
        (n.CallingNumber, "01"),
        (n.CallingNumber, "01 03 31"),
        (n.RedirectingNumber, "01 00 02 31"),
    ],
)
def test_contents_that_break_the_rules(kind: type[Element], contents: str) -> None:
    with pytest.raises((BadContents, IndexError)):
        kind.parse(bytes.fromhex(contents))


def test_a_withheld_number_is_not_shown() -> None:
    assert not n.CallingNumber("1", presentation=n.Presentation.RESTRICTED).shown
    assert n.CallingNumber("1", presentation=None).shown
