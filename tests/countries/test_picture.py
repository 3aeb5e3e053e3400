"""Cadences drawn as text."""

import pytest

from telcard.countries import OVER, STEADY, CadencedTone, countries, country
from telcard.countries.picture import cadence_picture


@pytest.mark.parametrize(
    ("cadence", "ending", "drawn"),
    [
        ((), "again", "█" * 12),
        ((0.4, 0.2, 0.4, 2.0), "again", "████··████··"),
        ((0.35, 0.35), "again", "███▌···███▌·"),
        ((0.25, 0.25), "again", "██▌··██▌··██"),
        ((0.1, 0.1) * 2, STEADY, "█·█·████████"),
        ((0.3, 0.1), OVER, "███·········"),
        ((0.33, 0.0, 0.33, 0.0, 0.34, 0.2), "again", "██████████··"),
    ],
)
def test_a_cadence_is_drawn_a_tenth_of_a_second_a_character(
    cadence: tuple[float, ...], ending: str, drawn: str
) -> None:
    tone = CadencedTone.of("425", cadence, ending=ending)
    assert cadence_picture(tone, 12) == drawn


def test_every_tone_can_be_drawn() -> None:
    for code in countries():
        for tone in country(code).tones.values():
            assert len(cadence_picture(tone)) == 50
