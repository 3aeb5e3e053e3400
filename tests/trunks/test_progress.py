"""What the tones of a country tell of a call on an analogue line."""

from __future__ import annotations

from telcard.countries import Country, countries, country, meaning
from telcard.dsp.templates import MOST_TEMPLATES
from telcard.trunks.progress import templates

EVERYWHERE = [country(code) for code in countries()]


def kinds(there: Country) -> set[str]:
    return {meaning(template.name) for template in templates(there)}


def test_dial_tone_and_busy_tone_of_every_country_can_be_heard() -> None:
    for there in EVERYWHERE:
        assert {"dial", "busy"} <= kinds(there), there
        assert len(templates(there)) <= MOST_TEMPLATES


def test_ringing_can_be_heard_in_all_but_the_one_whose_list_gives_25_hz() -> None:
    deaf = [there.code for there in EVERYWHERE if "ringback" not in kinds(there)]
    assert deaf == ["AO"]
