"""Countries from TOML: those that come with telcard, one's own, and files full of faults."""

import json
import runpy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telcard.countries import CadencedTone, Country, countries, country, country_from_toml
from telcard.countries.picture import cadence_picture
from telcard.countries.reading import HOME, parse, schema
from telcard.errors import ConfigError
from tests.support.mutate import mutant

GOOD = """
name = "Nowhere"
digital = "e1"
law = "a-law"
language = "en"
dtmf = "q24"
ringing_s = [1.0, 4.0]
flash_ms = [100, 500]
busy_detection = { tones = ["busy"] }
sources = { tones = "invented" }
[defaults]
level_dbm0 = -12.0
[tones]
dial = { hz = "350+440", level_dbm0 = -9.0 }
busy = { hz = "425x25", cadence_s = [0.5, 0.5] }
"""


def test_every_country_can_be_read() -> None:
    for code in countries():
        assert country(code).code == code
        assert country(code.lower()) is country(code)
    assert {"CN", "US", "GB", "DE", "FR", "ITU"} <= set(countries())


def test_a_country_of_ones_own_is_read(tmp_path: Path) -> None:
    file = tmp_path / "xy.toml"
    file.write_text(GOOD)
    own = country_from_toml(file)
    assert own.code == "XY"
    assert own.tones["dial"] == CadencedTone.of("350+440", level_dbm0=-9.0)
    assert own.tones["busy"] == CadencedTone.of("425x25", (0.5, 0.5), level_dbm0=-12.0)
    assert country(own, law="u-law").law == "u-law"


def test_an_unknown_code_is_told_with_what_there_is() -> None:
    with pytest.raises(ConfigError, match=r"no country has the code 'XX'; there are .*CN"):
        country("XX")
    with pytest.raises(ConfigError, match=r"no country has the code 'CNN'; did you mean CN\?"):
        country("CNN")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"xy\.toml: cannot be read: No such file"):
        country_from_toml(tmp_path / "xy.toml")
    with pytest.raises(ConfigError, match="cannot be read: embedded null byte"):
        country_from_toml("x\0y.toml")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('law = "a-law"', "", "xy.toml: law: is missing"),
        ('"a-law"', '"A-law"', "xy.toml: law: want one of a-law, u-law; got 'A-law'"),
        ("[100, 500]", "[500, 100]", "xy.toml: country XY: flash_ms: want least < most <= 2000 ms"),
        ("[100, 500]", "[100]", "xy.toml: flash_ms: want an array of 2 or more numbers; got an"),
        ("[100, 500]", '[1, "x"]', "xy.toml: flash_ms[1]: want a number from 1 to 2000; got 'x'"),
        ("425x25", "425*25", "xy.toml: tones.busy.hz: want a text like "),
        ("425x25", "4250", "xy.toml: tones.busy.hz: want more than 0 and less than 4000 Hz, got 4"),
        ("[0.5, 0.5]", "[0.5]", "xy.toml: tones.busy.cadence_s: want tone and pause in turn, got"),
        ("busy = {", "bussy = {", "xy.toml: tones.bussy: want a key like "),
        (
            "cadence_s",
            "cadence",
            "xy.toml: tones.busy.cadence: unknown key; did you mean cadence_s",
        ),
        ("tones =", "line =", "xy.toml: sources.tones: is missing"),
        ("name =", 'assumed = ["tones.hold"]\nname =', "xy.toml: assumed[0]: want a key like law"),
        ("[tones]", "[tones", "xy.toml: not a TOML file: "),
    ],
)
def test_faults_are_told_with_their_path(old: str, new: str, sentence: str) -> None:
    assert old in GOOD
    text = GOOD.replace("sources = { tones", "sources = { line") if old == "tones =" else None
    with pytest.raises(ConfigError) as error:
        parse((text or GOOD.replace(old, new, 1)).encode(), "xy.toml")
    assert str(error.value).startswith(sentence)


def test_all_faults_are_told_at_once() -> None:
    bad = GOOD.replace('"a-law"', '"b"').replace('"q24"', '"q23"')
    with pytest.raises(ConfigError) as error:
        parse(bad.encode(), "xy.toml")
    assert [line.split(":")[1] for line in str(error.value).splitlines()] == [" law", " dtmf"]


def test_a_country_is_returned_as_it_is() -> None:
    assert isinstance(country("DE"), Country)
    assert country(country("DE")) is country("DE")


def test_the_rules_for_editors_are_those_of_the_reader() -> None:
    assert json.loads((HOME / "schema.json").read_text()) == schema()


def test_every_country_says_where_its_values_are_from() -> None:
    fields = ("ringing_s", "flash_ms", "caller_id", "r2_variant", "dtmf")
    group = {"ringing_s": "ringing", "flash_ms": "flash", "r2_variant": "r2"}
    for code in countries():
        land = country(code)
        silent = [
            name
            for name in fields
            if getattr(land, name) not in ((), "", "q24")
            and not {name, group.get(name, name)} & {*land.assumed, *land.sources}
        ]
        assert silent == [], code
        for name, tone in land.tones.items():
            assumed = {"tones", f"tones.{name}"} & {*land.assumed}
            assert bool(assumed) != bool(tone.source), f"{code} {name}"


def test_the_tones_of_more_than_sixty_countries_are_there() -> None:
    assert len(countries()) > 60
    for code in countries():
        assert {"dial", "ringback", "busy", "congestion"} <= set(country(code).tones), code
    assert country("IN").tones["ringback"].modulation_hz == 25
    assert country("GB").tones["ringback"].bursts == 2
    assert country("DE").tones["sit"].hz == "900/1400/1800"
    assert country("CN").tones["record"].hz == "950"


def test_the_page_of_countries_is_as_the_data_have_it() -> None:
    docs = Path(__file__).parents[2] / "docs"
    assert runpy.run_path(str(docs / "write_countries.py"))["page"]() == (
        docs / "countries.md"
    ).read_text("utf-8"), "make api writes it"


@given(st.integers(0, 2**32), st.sampled_from(["cn", "us", "gb", "itu"]))
def test_a_spoilt_file_is_a_country_or_a_sentence_for_each_fault(number: int, name: str) -> None:
    good = (HOME / f"{name}.toml").read_bytes()
    try:
        read = parse(mutant([good], number, seed=8), "xy.toml")
    except ConfigError as error:
        assert all(line.startswith("xy.toml: ") for line in str(error).splitlines())
        assert max(map(len, str(error).splitlines())) < 1000
    else:
        for tone in read.tones.values():
            assert cadence_picture(tone)
