"""One configuration file; every fault in it is told, each with its place."""

import contextlib
from datetime import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telcard.bank import FaxRules, Limits
from telcard.countries import CadencedTone, country
from telcard.countries.reading import HOME
from telcard.daemon.config import load
from telcard.engine import EchoCancelling
from telcard.errors import ConfigError
from telcard.signalling import Hunt
from telcard.trunks import LinesPlan, SpanPlan
from tests.support.fuzz import costly


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "hotline.toml"
    path.write_text(text)
    return path


def test_an_empty_file_is_the_default_house(tmp_path: Path) -> None:
    config = load(written(tmp_path, ""))
    assert config.chassis.cards == ("emulator:d300sc_e1", "emulator:d300sc_e1")
    assert config.span == ()  # ISDN on both
    assert config.recordings.enabled


def test_relative_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    config = load(
        written(tmp_path, '[bank]\ndatabase = "var/bank.sqlite"\n[prompts]\nfolder = "own"')
    )
    assert config.bank.database == tmp_path / "var/bank.sqlite"
    assert config.prompts.folder == tmp_path / "own"
    assert config.service.control.parent == tmp_path


def test_an_absolute_path_stays(tmp_path: Path) -> None:
    assert load(written(tmp_path, '[bank]\ndatabase = "/srv/b.db"')).bank.database == Path(
        "/srv/b.db"
    )


def test_every_fault_is_told_with_its_place(tmp_path: Path) -> None:
    text = '[chassis]\nnane = "x"\n[service]\ndrain_s = -1\n[recordings]\nenabled = "perhaps"'
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, text))
    lines = str(caught.value).splitlines()
    assert len(lines) == 3
    for place in ("chassis.nane", "service.drain_s", "recordings.enabled"):
        assert any(place in line and "hotline.toml" in line for line in lines)


def test_limits_are_those_of_the_bank_unless_the_file_says_otherwise(tmp_path: Path) -> None:
    assert load(written(tmp_path, "")).limits.limits() == Limits()
    text = '[limits]\ndead_air_s = 90\nrefusal = "cause"\n[limits.caller]\ncalls = 5'
    limits = load(written(tmp_path, text)).limits.limits()
    assert (limits.dead_air_s, limits.refusal, limits.caller.calls) == (90, "cause", 5)
    assert (limits.caller.at_once, limits.withheld) == (Limits().caller.at_once, Limits().withheld)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[limits]\nlongest_call_s = 60", "limits.longest_call_s"),
        ("[limits]\ndead_air_s = nan", "limits.dead_air_s"),
        ("[limits]\nwindow_s = 0", "limits.window_s"),
        ('[limits]\nrefusal = "shout"', "limits.refusal"),
        ("[limits]\nlargest_transfer = 0", "limits.largest_transfer"),
        ("[limits.withheld]\nat_once = 0", "limits.withheld.at_once"),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused_with_its_place(tmp_path, text, place) -> None:
    with pytest.raises(ConfigError, match=place):
        load(written(tmp_path, text))


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.toml: cannot be read: No such file"):
        load(tmp_path / "gone.toml")


def test_the_example_is_in_order() -> None:
    load(Path(__file__).parents[2] / "examples" / "hotline.toml")


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 5_000,
        ".".join("a" * 5_000) + " = 1",
        "a = " + "9" * 5_000,
        "[service]\ndrain_s = " + "9" * 4_000,
        '[bank]\ndatabase = "\\u0000"',
    ],
)
def test_a_hostile_file_is_one_short_sentence(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, text))
    assert len(str(caught.value)) < len(str(tmp_path)) + 250


@pytest.mark.fuzz
@costly(10)
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_octets_raise_anything_else(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzzed.toml"
    path.write_bytes(data)
    with contextlib.suppress(ConfigError):
        load(path)


def test_a_chassis_without_a_card_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"chassis\.cards: .* at least 1 item"):
        load(written(tmp_path, "[chassis]\ncards = []"))


AGENT = """
[[desk.agents]]
name = "{name}"
station = "{station}"
"""


def test_a_desk_has_its_agents_and_its_times(tmp_path: Path) -> None:
    text = "[desk]\nring_s = 20" + AGENT.format(name="Anna Berg", station="msiB1C1")
    desk = load(written(tmp_path, text + "ready = true\nsees_accounts = true")).desk
    assert (desk.rules().ring_s, desk.rules().longest_wait_s) == (20, 180)
    (anna,) = desk.agents
    assert (anna.name, anna.station, anna.ready, anna.sees_accounts) == (
        "Anna Berg",
        "msiB1C1",
        True,
        True,
    )


def test_every_fault_of_a_desk_is_told(tmp_path: Path) -> None:
    text = "[desk]\nring_s = 1\nwrap_up_s = -1\npatience = 3" + AGENT.format(name=" ", station="x")
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, text))
    for path in ("desk.ring_s", "desk.wrap_up_s", "desk.patience", "desk.agents.0.name"):
        assert path in str(caught.value)


@pytest.mark.parametrize(
    ("agents", "told"),
    [
        ((("Anna", "a"), ("Anna", "b")), "want each name once, Anna is there twice"),
        ((("Anna", "a"), ("Bert", "a")), "want each station once, a is there twice"),
    ],
)
def test_two_agents_are_two(tmp_path: Path, agents, told: str) -> None:
    text = "".join(AGENT.format(name=name, station=station) for name, station in agents)
    with pytest.raises(ConfigError, match=told):
        load(written(tmp_path, text))


def test_a_country_is_named_by_its_code_or_varied_in_a_table(tmp_path: Path) -> None:
    assert load(written(tmp_path, "")).country is None
    assert load(written(tmp_path, 'country = "CN"')).country is country("CN")
    text = """
        [country]
        code = "cn"
        law = "u-law"
        flash_ms = [90, 300]
        busy_detection = { tones = ["busy", "congestion"] }
        tones.busy = { hz = "450", cadence_s = [0.4, 0.4] }
    """
    own = load(written(tmp_path, text)).country
    assert own is not None
    assert (own.code, own.law, own.flash_ms, own.dtmf) == ("CN", "u-law", (90, 300), "q24")
    assert own.tones["busy"] == CadencedTone.of("450", (0.4, 0.4))
    assert own.tones["dial"] is country("CN").tones["dial"]
    assert own.busy_detection.tones == ("busy", "congestion")


def test_a_country_of_ones_own_is_a_file_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "xy.toml").write_bytes((HOME / "de.toml").read_bytes())
    own = load(written(tmp_path, 'country = "xy.toml"')).country
    assert own is not None
    assert (own.code, own.tones) == ("XY", country("DE").tones)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('country = "XX"', "country: Value error, no country has the code 'XX'; "),
        ("country = 3", "country: Value error, want a table; got 3"),
        ("[country]", "country: Value error, code: is missing"),
        ('country = "xy.toml"', "country: Value error, xy.toml: cannot be read: No such file"),
        (
            '[country]\ncode = "CN"\nlaw = "c-law"\nflash = 3',
            "country: Value error, flash: unknown key; did you mean flash_ms?; law: want one of",
        ),
        (
            '[country]\ncode = "CN"\nflash_ms = [300, 90]',
            "country: Value error, country CN: flash_ms: want least < most <= 2000 ms",
        ),
        (
            '[country]\ncode = "CN"\ntones.busy = { hz = "450x" }',
            "country: Value error, tones.busy.hz: want a text like ",
        ),
    ],
)
def test_a_wrong_country_is_told_in_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, text))
    assert sentence in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_echo_is_cancelled_where_the_file_says_so(tmp_path: Path) -> None:
    assert load(written(tmp_path, "")).echo_canceller is None
    text = "echo_canceller = { tail_ms = 32, nlp = false }"
    section = load(written(tmp_path, text)).echo_canceller
    assert section is not None
    assert section.cancelling() == EchoCancelling(tail_ms=32, nlp=False)
    with pytest.raises(ConfigError, match=r"echo_canceller\.tail_ms"):
        load(written(tmp_path, "[echo_canceller]\ntail_ms = 20"))


def test_each_span_has_its_plan(tmp_path: Path) -> None:
    text = '[[span]]\nsignalling = "pri"\nhunt = "rotary"\ndigits = 4\n[[span]]\nsignalling = "cas"'
    first, second = (span.plan() for span in load(written(tmp_path, text)).span)
    assert first == SpanPlan("pri", hunt=Hunt.ROTARY, digits=4)
    assert second.signalling == "cas"
    with pytest.raises(ConfigError, match=r"span.0: .*variant: want one of .*, got '4ess'"):
        load(written(tmp_path, '[[span]]\nsignalling = "pri"\nvariant = "4ess"'))
    shared = '[[span]]\nsignalling = "pri"\ngroup = "north"\nd_channel = "backup"\ninterface = 3'
    (span,) = load(written(tmp_path, shared)).span
    assert span.plan() == SpanPlan("pri", group="north", interface=3, d_channel="backup")
    with pytest.raises(ConfigError, match=r"span\.0: .*interface, d_channel: want a group of"):
        load(written(tmp_path, '[[span]]\nsignalling = "pri"\ninterface = 3'))


def test_a_span_has_its_own_r2(tmp_path: Path) -> None:
    text = '[[span]]\nsignalling = "r2"\nvariant = "br"\noverrides = {a = {9 = "%s"}, cd = 3}'
    (span,) = load(written(tmp_path, text % "none")).span
    assert span.plan() == SpanPlan("r2", "br", overrides={"a": {"9": "none"}, "cd": 3})
    with pytest.raises(ConfigError, match=r"span\.0: .*R2 variant br: a\.9: want one of .* 'all'"):
        load(written(tmp_path, text % "all"))


def test_each_bank_of_lines_has_its_plan(tmp_path: Path) -> None:
    text = '[[lines]]\nnumbers = "%s"\npoles_answer = true\npulse = true\nhunt = "lowest"\n'
    text += '[[lines]]\nnumbers = ["95588", "", "", "95589"]\npulse = [true, false, false, true]'
    first, second = (bank.plan() for bank in load(written(tmp_path, text % 95588)).lines)
    assert first == LinesPlan("95588", poles_answer=True, pulse=True, hunt=Hunt.LOWEST)
    assert second == LinesPlan(("95588", "", "", "95589"), pulse=(True, False, False, True))
    with pytest.raises(ConfigError, match=r"lines\.0: .*numbers: want digits, .*, got '9a'"):
        load(written(tmp_path, text % "9a"))


def test_faxes_are_sent_where_the_file_says_so(tmp_path: Path) -> None:
    assert load(written(tmp_path, "")).fax is None
    fax = load(written(tmp_path, "[fax]")).fax
    assert fax is not None
    assert fax.rules() == FaxRules()
    text = '[fax]\nident = "+86 10 95588"\nhours = "07:30-22:00"\nzone = "Asia/Shanghai"'
    text += '\nretry_min = [2, 2, 30]\nrefused = ["00", "17951"]\nfont = "own/song.ttf"'
    fax = load(written(tmp_path, text)).fax
    assert fax is not None
    rules, sender = fax.rules(), fax.sender()
    assert rules.hours == (time(7, 30), time(22))
    assert str(rules.zone) == "Asia/Shanghai"
    assert (rules.retry_min, rules.refused) == ((2, 2, 30), ("00", "17951"))
    assert (sender.ident, sender.font) == ("+86 10 95588", tmp_path / "own/song.ttf")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("retry_min = [5, 1]", "fax.retry_min: .*want minutes that do not become fewer"),
        ("retry_min = [0]", "fax.retry_min.0"),
        ('hours = "22:00-06:00"', 'fax.hours: .*want hours of one day, such as "08:00-21:00"'),
        ('hours = "8-21"', "fax.hours: .*want hours of one day"),
        ('hours = "08:00-25:00"', "fax.hours: .*want hours of one day"),
        ('zone = "Xuhui"', "fax.zone: .*want the name of a time zone, such as Asia/Shanghai"),
        ('zone = "../etc"', "fax.zone: .*want the name of a time zone"),
        ("shortest = 8\nlongest = 7", "fax: .*want longest to be 8 or more"),
        ('ident = "the bank"', "fax.ident"),
        ('refused = ["+86"]', "fax.refused.0"),
        ("at_once = 0", "fax.at_once"),
    ],
)
def test_faxes_that_make_no_sense_are_refused_with_their_place(tmp_path, text, told) -> None:
    with pytest.raises(ConfigError, match=told):
        load(written(tmp_path, f"[fax]\n{text}"))
