"""Who made a machine."""

import pytest

from telcard.fax.makers import REVERSED, maker


@pytest.mark.parametrize(
    ("octets", "country", "name"),
    [
        ("000045", "Japan", "Muratec"),  # the field manual of the Muratec F-315: NSF 20 00 00 45
        ("00000e00000096", "Japan", "Panasonic"),
        ("ad0036", "United States", "Hewlett-Packard"),
        ("b5006c", "United States", "Hewlett-Packard"),  # the same, bits turned round
        ("2041", "Germany", "Siemens"),
        ("860010", "Korea", "Samsung"),
        ("00007f", "Japan", None),
        ("ff0000", None, None),
        ("", None, None),
    ],
)
def test_makers_are_known_in_both_orders_of_bits(
    octets: str, country: str | None, name: str | None
) -> None:
    found = maker(bytes.fromhex(octets))
    assert (found.country, found.name) == (country, name)


def test_a_maker_says_what_is_known() -> None:
    assert str(maker(bytes.fromhex("000011"))) == "Canon"
    assert str(maker(bytes.fromhex("00007f"))) == "a maker in Japan"
    assert str(maker(b"")) == "an unknown maker"


def test_octets_are_turned_round() -> None:
    assert REVERSED[0x01] == 0x80
    assert bytes(range(256)).translate(REVERSED).translate(REVERSED) == bytes(range(256))
