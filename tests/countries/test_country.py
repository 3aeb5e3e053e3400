"""A country in the hand: what can be asked of it, varied in it, and what cannot be."""

from typing import Any

import pytest

from telcard.callerid.standards import standards_of
from telcard.countries import CALLER_IDS, BusyDetection, CadencedTone, country, meaning
from telcard.countries.country import DTMF_PROFILES
from telcard.dsp.dtmf_profiles import DtmfProfile
from telcard.errors import ConfigError


def test_every_kind_of_a_tone_can_be_had() -> None:
    germany = country("DE")
    assert germany.kinds("busy") == (germany.tones["busy"], germany.tones["busy_2"])
    assert germany.kinds("record") == ()
    assert meaning("busy_2") == meaning("busy") == "busy"


def test_the_first_tone_that_a_country_has_is_taken() -> None:
    britain = country("GB")
    assert britain.tone("unobtainable", "sit") is britain.tones["unobtainable"]
    with pytest.raises(ConfigError, match="country GB: want a tone hold or record; it has dial, "):
        britain.tone("hold", "record")


def test_a_country_is_varied_and_stays_as_it_was() -> None:
    china = country("CN")
    own = CadencedTone.of("450", (0.3, 0.3))
    varied = country(china, tones={"busy": own}, law="u-law")
    assert (varied.tones["busy"], varied.law) == (own, "u-law")
    assert varied.tones["dial"] is china.tones["dial"]
    assert china.law == "a-law"
    assert china.tones["busy"] != own
    with pytest.raises(TypeError):
        china.tones["busy"] = own  # type: ignore[index]
    assert hash(china) != hash(varied)
    assert repr(varied) == "<Country CN, China: 8 tones, u-law>"


def test_an_e1_is_a_law_and_a_t1_is_u_law_unless_the_country_says_otherwise() -> None:
    lines = ("e1", "t1", "analogue")
    assert [country("CN").law_on(line) for line in lines] == ["a-law", "u-law", "a-law"]
    assert [country("US").law_on(line) for line in lines] == ["a-law", "u-law", "u-law"]
    assert country("CN", law="u-law").law_on("e1") == "u-law"


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"colour": "red"}, "country CN: want one of code, name, digital, "),
        ({"code": "china"}, "country china: code: want two capital letters; got 'china'"),
        ({"law": "b-law"}, "country CN: law: want one of a-law, u-law; got 'b-law'"),
        ({"digital": "e2"}, "country CN: digital: want one of e1, t1; got 'e2'"),
        ({"language": "zho"}, "country CN: language: want two small letters; got 'zho'"),
        ({"r2_variant": "zz"}, "country CN: r2_variant: want one of '', itu, "),
        ({"caller_id": ("fsk",)}, "country CN: caller_id: want one of bellcore, "),
        ({"dtmf": "q23"}, "country CN: dtmf: want one of q24, "),
        ({"flash_ms": (300, 90)}, "country CN: flash_ms: want least < most <= 2000 ms; got 300 an"),
        ({"ringing_s": (1,)}, "country CN: ringing_s: want ringing and pause in turn; got (1,)"),
        ({"tones": {"bussy": CadencedTone.of("1")}}, "country CN: tones: want names like one of"),
        ({"tones": {"busy": "425"}}, "country CN: tones.busy: want a CadencedTone; got '425'"),
        (
            {"busy_detection": BusyDetection(("busy_2",))},
            "country CN: busy_detection.tones: want tones of the country; got 'busy_2'",
        ),
        (
            {"busy_detection": BusyDetection(cycles=0)},
            "country CN: busy_detection.cycles: want 1 to 30; got 0",
        ),
        (
            {"busy_detection": BusyDetection(open_loop_ms=(9, 1))},
            "country CN: busy_detection.open_loop_ms: want least, most; got (9, 1)",
        ),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        country("CN", **values)
    assert str(error.value).startswith(sentence)


def test_caller_id_is_named_as_its_room_names_it() -> None:
    for name in CALLER_IDS.keys() - {"jclip"}:  # a set that answers: nothing sends or hears it yet
        assert standards_of(name)


def test_receivers_of_digits_are_named_as_their_room_names_them() -> None:
    for name in DTMF_PROFILES:
        assert DtmfProfile.named(name)
