"""Firmware specs: those that we ship, and everything that a stranger may write instead."""

import copy
import json
import re
import tomllib
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telcard.cards import spec
from telcard.errors import ConfigError, SpecError, UnknownCard
from telcard.strict import Reader
from tests.support.fuzz import by_chance, costly
from tests.support.mutate import mutant

HOME = Path(__file__).parents[2] / "firmware_specs"
SOURCES = {path.stem: path.read_text() for path in sorted(HOME.glob("*.toml"))}
SOURCE = SOURCES["d300sc_e1"]
BEARERS = (*range(1, 16), *range(17, 32))


def faults(text: str) -> list[str]:
    """What is wrong with a spec, without the file's name; there has to be something."""
    with pytest.raises(SpecError) as error:
        spec.parse(text.encode(), "card.toml")
    lines = str(error.value).splitlines()
    assert all(line.startswith("card.toml: ") for line in lines)
    return [line.removeprefix("card.toml: ") for line in lines]


def changed(source: str = SOURCE, /, **values: str) -> str:
    """A spec of ours with the first value of each key replaced."""
    text = source
    for key, value in values.items():
        text, count = re.subn(rf"(?m)^{key} *= *[^#\n]*", f"{key} = {value} ", text, count=1)
        assert count == 1, key
    return text


def comments_by_path(source: str) -> dict[str, str]:
    """The comment of the line on which each value stands, or the table begins, by its path."""
    found: dict[str, str] = {}
    counts: dict[str, int] = {}
    table = ""
    for line in source.splitlines():
        code, _, comment = line.partition("#")
        if many := re.fullmatch(r"\[\[([a-z_.]+)\]\] *", code):
            name = many[1]
            index = counts[name] = counts.get(name, -1) + 1
            table = f"{name}[{index}]"
            found.setdefault(name, comment)  # the first of an array stands for all
        elif one := re.fullmatch(r"\[([a-z_.]+)\] *", code):
            table = one[1]
            found[table] = comment
        elif value := re.match(r"([a-z_]+) *= ", code):
            found[f"{table}.{value[1]}".lstrip(".")] = comment
    return found


# -- those that we ship ----------------------------------------------------------------------------


def test_the_d300sc_e1_has_30_voice_channels_on_one_e1() -> None:
    card = spec.load("d300sc_e1")
    assert card.name == "d300sc_e1"
    assert card.identity.model == "D/300SC-E1"
    (port,) = card.spans
    assert card.ports == card.spans
    assert (port.kind, port.count, port.coding, port.law) == ("e1", 1, "hdb3", "a-law")
    assert port.framings == ("crc4", "no-crc4")
    assert port.bearers == BEARERS
    assert card.lanes == card.pool("voice") == 30
    assert card.pool("fax") == card.pool("conference") == 0
    assert card.limits.digit_buffer == 31
    assert card.bus.slots == 1024


def test_the_d240sc_t1_has_24_voice_channels_on_one_t1() -> None:
    card = spec.load("d240sc_t1")
    (port,) = card.spans
    assert (port.kind, port.count, port.coding, port.law) == ("t1", 1, "b8zs", "u-law")
    assert (port.framing, port.framings) == ("esf", ("esf", "d4"))
    assert (port.bearers, port.signalling_timeslot) == (tuple(range(1, 25)), 24)
    assert card.lanes == card.pool("voice") == card.limits.concurrent_plays == 24


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"framings": '["d4"]'}, "framing: want one of the port's framings (d4); got 'esf'"),
        ({"framing": '"crc4"'}, "framing: want one of esf, d4; got 'crc4'"),
        ({"coding": '"hdb3"'}, "coding: want one of b8zs, ami; got 'hdb3'"),
        ({"bearers": '"1-25"'}, "bearers: "),
        (
            {"signalling": '["isdn"]'},
            "bearers: timeslot 24 carries messages alone and can bear no call",
        ),
    ],
)
def test_what_a_t1_cannot_be_is_told(values: dict[str, str], fault: str) -> None:
    (told,) = faults(changed(SOURCES["d240sc_t1"], **values))
    assert told.startswith(f"ports[0].{fault}")


def test_a_t1_may_be_for_messages_alone() -> None:
    text = changed(SOURCES["d240sc_t1"], signalling='["isdn"]', bearers='"1-23"')
    assert spec.parse(text.encode(), "card.toml").lanes == 23


def test_a_download_has_its_stages_in_order_each_with_a_code_of_its_own() -> None:
    stages = spec.load("d300sc_e1").firmware.stages
    names = ["reset", "load", "verify", "start", "parameters", "announce"]
    assert [stage.name for stage in stages] == names
    assert len({stage.code for stage in stages}) == len(stages)


@pytest.mark.parametrize("name", SOURCES)
def test_every_value_without_a_source_is_marked_and_every_marked_one_is_listed(name: str) -> None:
    comments = comments_by_path(SOURCES[name])
    marked = {path for path, comment in comments.items() if "assumed" in comment}
    assert marked == set(spec.load(name).assumed)


@pytest.mark.parametrize("name", SOURCES)
def test_what_a_card_has_is_sourced_and_every_source_is_named(name: str) -> None:
    head = SOURCES[name][: SOURCES[name].index("assumed = [")]
    named = set(re.findall(r"(?m)\[[\w. -]+\]", head))
    for path, comment in comments_by_path(SOURCES[name]).items():
        marks = set(re.findall(r"\[[A-Za-z][\w. -]*\]", comment))
        assert marks <= named, path
        if re.fullmatch(r"(ports|pools)\[\d\]\.(count|size|signalling)", path):
            assert marks or re.search("assumed|trade|name", comment), path


def test_analogue_cards_have_ports_and_no_span() -> None:
    lines, stations = spec.load("d41esc"), spec.load("msi_240sc")
    (line,), (station,) = lines.analogue, stations.analogue
    assert (line.kind, line.count, line.signalling) == ("fxo", 4, ("loop-start",))
    assert (station.kind, station.count) == ("fxs", 24)
    assert lines.spans == stations.spans == ()
    assert lines.lanes == lines.pool("voice") == 4
    assert stations.lanes == 24


def test_resource_boards_have_neither_port_nor_lane() -> None:
    fax, conference = spec.load("cp6_sc"), spec.load("dcb_320sc")
    assert fax.ports == conference.ports == ()
    assert fax.lanes == conference.lanes == 0
    assert fax.pool("fax") == 6
    assert conference.pool("conference") == conference.limits.conference_parties == 32
    assert conference.limits.conferences == 16


def test_cards_of_several_spans_count_each() -> None:
    spans = {name: len(spec.load(name).spans) for name in SOURCES}
    assert spans["dm_v1200_4e1"] == spans["dahdi_4e1"] == 4
    assert spans["ice1usb"] == 2
    assert spec.load("dm_v1200_4e1").lanes == spec.load("dm_v1200_4e1").pool("voice") == 120


def test_the_switch_has_what_it_is_required_to_have() -> None:
    """Rows C4 and C5 of the requirements."""
    switch = spec.load("isx1000")
    assert len(switch.spans) == 64
    assert sum(port.count for port in switch.analogue) == 120
    pools = {"voice": 768, "conference": 768, "fsk": 240, "fax": 72}
    assert {pool.name: pool.size for pool in switch.pools} == pools


@pytest.mark.parametrize("name", ["dahdi_4e1", "ice1usb"])
def test_a_card_without_dsps_leaves_the_sound_to_the_host(name: str) -> None:
    card = spec.load(name)
    assert (card.identity.sound, card.bus.kind, card.pools) == ("host", "none", ())


def test_a_value_is_found_by_its_path() -> None:
    card = spec.load("isx1000")
    assert card.at("ports[1].count") == 120
    assert card.at("firmware.stages[0].name") == "reset"
    assert card.at("bus") is card.bus
    for path in ("ports[2]", "bus.nothing", "identity[0]"):
        with pytest.raises(KeyError):
            card.at(path)


def test_specs_are_listed_by_name_and_loaded_by_name_or_path() -> None:
    assert "d300sc_e1" in spec.specs()
    assert spec.load(HOME / "d300sc_e1.toml") == spec.load("d300sc_e1")
    assert spec.load(str(HOME / "d300sc_e1.toml")) == spec.load("d300sc_e1")


def test_every_spec_that_we_ship_loads() -> None:
    for name in spec.specs():
        assert spec.load(name).name == name


def test_a_spec_cannot_be_changed() -> None:
    card = spec.load("d300sc_e1")
    with pytest.raises(AttributeError):
        card.limits.digit_buffer = 1  # type: ignore[misc]
    with pytest.raises(TypeError):
        card.quirks["x"] = "y"  # type: ignore[index]


def test_the_committed_schema_is_the_loaders() -> None:
    assert json.loads((HOME / "schema.json").read_text()) == spec.schema()


def test_the_package_reaches_the_specs_through_a_relative_link() -> None:
    link = Path(spec.__file__).parent / "firmware_specs"
    if link.is_symlink():  # in an installed package it is a folder
        assert str(link.readlink()) == "../../../firmware_specs"
    assert (link / "d300sc_e1.toml").read_bytes() == (HOME / "d300sc_e1.toml").read_bytes()


# -- cards that are not there ----------------------------------------------------------------------


def test_an_unknown_card_is_told_its_nearest_neighbour() -> None:
    with pytest.raises(UnknownCard, match=r"no card is called 'D300SC'; did you mean d300sc_e1\?"):
        spec.load("D300SC")


def test_an_unknown_card_without_a_neighbour_is_told_what_there_is() -> None:
    with pytest.raises(UnknownCard, match=r"no card is called 'zzz'; there are .*d300sc_e1"):
        spec.load("zzz")


@pytest.mark.parametrize("name", ["", "..", "d300sc_e1\0", "\ud800", "a/b.toml", "\0.toml"])
def test_an_odd_name_is_an_unknown_card(name: str) -> None:
    with pytest.raises(UnknownCard):
        spec.load(name)


def test_a_path_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="cannot read the spec: Is a directory"):
        spec.load(tmp_path)
    with pytest.raises(UnknownCard, match=r"no spec at .*missing\.toml'; by name there are"):
        spec.load(tmp_path / "missing.toml")


# -- what is wrong, one at a time ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"framing": "'CRC-4'"}, "ports[0].framing: want one of crc4, no-crc4; got 'CRC-4'"),
        (
            {"framings": "['no-crc4']"},
            "ports[0].framing: want one of the port's framings (no-crc4); got 'crc4'",
        ),
        (
            {"bearers": "'1-31'"},
            "ports[0].bearers: timeslot 16 carries the signalling and can bear no call",
        ),
        (
            {"bearers": "'0-15'"},
            "ports[0].bearers: timeslot 0 carries the framing of an E1 and can bear no call",
        ),
        (
            {"bearers": "'1-15, 9'"},
            "ports[0].bearers: want ranges in rising order, none twice; got '1-15, 9'",
        ),
        (
            {"bearers": "'17-32'"},
            "ports[0].bearers: want ranges from 0 to 31 like '1-15, 17-31'; got '17-32'",
        ),
        (
            {"bearers": "[1, 2]"},
            "ports[0].bearers: want ranges from 0 to 31 like '1-15, 17-31'; got an array of 2",
        ),
        ({"size": "0"}, "pools[0].size: want a whole number from 1 to 65536; got 0"),
        ({"size": "30.0"}, "pools[0].size: want a whole number from 1 to 65536; got 30.0"),
        ({"size": "true"}, "pools[0].size: want a whole number from 1 to 65536; got true"),
        (
            {"size": "0x" + "f" * 9000},
            "pools[0].size: want a whole number from 1 to 65536; got a number of more than 64 bits",
        ),
        ({"size": "1000"}, "pools: 1030 devices own a transmit slot, but the bus has 1024"),
        (
            {"concurrent_plays": "31"},
            "limits.concurrent_plays: want at most pools[0].size; got 31",
        ),
        ({"transmit_slots": "1"}, "pools[0].transmit_slots: want true or false; got 1"),
        (
            {"slots": "2048"},
            "bus.slots: a scbus of 16 lines at 4.096 MHz has 1024 slots; got 2048",
        ),
        ({"rate_mhz": "nan"}, "bus.rate_mhz: want a number from 0 to 8.192; got nan"),
        ({"rate_mhz": "inf"}, "bus.rate_mhz: want a number from 0 to 8.192; got inf"),
        (
            {"clock_roles": "['slave']"},
            "bus.clock_role: want one of the clock_roles (slave); got 'network'",
        ),
        (
            {"clock_roles": "['network', 'network']"},
            "bus.clock_roles[1]: 'network' is there already",
        ),
        ({"clock_roles": "[]"}, "bus.clock_roles: want an array of 1 or more; got an array of 0"),
        ({"time_s": "5"}, "firmware.stages[0].time_s: want less than limit_s (5); got 5"),
        ({"code": "2"}, "firmware.stages[1].code: 2 is there already"),
        ({"voice": "'dxxx'"}, "devices.voice: want a text like "),
        ({"vendor": "''"}, "identity.vendor: want a text; got ''"),
        ({"one_function_a_channel": "1"}, "quirks.one_function_a_channel: want a text; got 1"),
    ],
)
def test_a_fault_is_one_sentence_with_its_path(change: dict[str, str], fault: str) -> None:
    (told,) = faults(changed(**change))
    assert told == fault or (fault.endswith("like ") and told.startswith(fault))


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        ("d300sc_e1", {"kind": "'t3'"}, "ports[0].kind: want one of e1, t1, fxo, fxs; got 't3'"),
        ("d300sc_e1", {"count": "65"}, "ports[0].count: want a whole number from 1 to 64; got 65"),
        (
            "d300sc_e1",
            {"analogue": "'dxxxB{board}C{channel}'"},
            "devices.analogue: want 'none', there is no such device; got 'dxxxB{board}C{channel}'",
        ),
        (
            "d300sc_e1",
            {"network": "'none'"},
            "devices.network: want a pattern, there are such devices; got 'none'",
        ),
        (
            "d300sc_e1",
            {"conferences": "1"},
            "limits.conferences: want 0, there is no pool 'conference'; got 1",
        ),
        (
            "d300sc_e1",
            {"concurrent_plays": "0"},
            "limits.concurrent_plays: want 1 or more, there is a pool 'voice'; got 0",
        ),
        (
            "d300sc_e1",
            {"sound": "'host'"},
            "pools[0].name: the host makes the sound, so the card has no voice",
        ),
        (
            "d41esc",
            {"signalling": "['cas']"},
            "ports[0].signalling[0]: want one of loop-start, ground-start, kewl-start; got 'cas'",
        ),
        (
            "d41esc",
            {"caller_id": "['fsk']"},
            "ports[0].caller_id[0]: want one of fsk-bell202, fsk-v23, dtmf; got 'fsk'",
        ),
        ("d41esc", {"polarity": "'yes'"}, "ports[0].polarity: want true or false; got 'yes'"),
        (
            "d41esc",
            {"clock_roles": "['internal', 'network']"},
            "bus.clock_roles: a card without a digital span cannot take its clock from one",
        ),
        (
            "cp6_sc",
            {"concurrent_plays": "6"},
            "limits.concurrent_plays: want 0, there is no pool 'voice'; got 6",
        ),
        (
            "dcb_320sc",
            {"conference_parties": "33"},
            "limits.conference_parties: want 1 to 32, the size of the pool 'conference'; got 33",
        ),
        ("dahdi_4e1", {"rate_mhz": "2"}, "bus.rate_mhz: want 0 where there is no bus; got 2"),
        ("dahdi_4e1", {"slots": "512"}, "bus.slots: want 0 where there is no bus; got 512"),
        (
            "dahdi_4e1",
            {"clock_roles": "['network', 'slave']"},
            "bus.clock_roles: without a bus there is no clock to be the slave of",
        ),
        (
            "dahdi_4e1",
            {"pools": "[{name = 'fax', size = 4, transmit_slots = true}]", "fax": "'f{channel}'"},
            "pools[0].transmit_slots: without a bus there is no slot to own",
        ),
    ],
)
def test_a_fault_of_any_kind_of_card_is_one_sentence(
    name: str, change: dict[str, str], told: str
) -> None:
    assert faults(changed(SOURCES[name], **change)) == [told]


def test_an_analogue_port_has_no_keys_of_an_e1() -> None:
    text = SOURCES["d41esc"].replace('law = "u-law"', 'law = "u-law"\nbearers = "1-4"')
    assert faults(text) == ["ports[0].bearers: unknown key"]


def test_too_many_devices_for_the_bus_are_told_whatever_they_are() -> None:
    text = SOURCES["isx1000"].replace("count = 120", "count = 400")
    assert faults(text) == ["pools: 4168 devices own a transmit slot, but the bus has 4096"]


def test_all_faults_are_told_at_once() -> None:
    text = changed(framing="'CRC-4'", size="-1", digit_buffer="'many'", code="2") + "\nnois = 1\n"
    assert faults(text) == [
        "ports[0].framing: want one of crc4, no-crc4; got 'CRC-4'",
        "pools[0].size: want a whole number from 1 to 65536; got -1",
        "firmware.stages[1].code: 2 is there already",
        "limits.digit_buffer: want a whole number from 0 to 1024; got 'many'",
        "quirks.nois: want a text; got 1",
    ]


def test_an_unknown_key_is_told_the_nearest_known_one() -> None:
    assert faults(SOURCE.replace("digit_buffer", "digit_bufer")) == [
        "limits.digit_bufer: unknown key; did you mean digit_buffer?",
        "limits.digit_buffer: is missing",
    ]
    assert faults('"a\\nb" = 1\n' + SOURCE) == [r"'a\nb': unknown key"]


def test_an_empty_file_lacks_everything() -> None:
    told = faults("")
    assert "identity: is missing" in told
    assert all(fault.endswith(": is missing") for fault in told)


def test_a_pool_of_another_name_twice_is_a_fault() -> None:
    again = '[[pools]]\nname = "voice"\nsize = 1\ntransmit_slots = false\n\n[bus]'
    assert faults(SOURCE.replace("[bus]", again)) == [
        "pools[1].name: 'voice' is there already",
        "limits.concurrent_plays: want at most pools[1].size; got 30",
    ]


@pytest.mark.parametrize(
    "path", ["limits.nothing", "limits.faults", "ports[9].law", "identity[0]", "pools.size"]
)
def test_an_assumed_value_has_to_be_one_of_the_spec(path: str) -> None:
    text = SOURCE.replace('"identity.host_bus"', f'"{path}"')
    assert faults(text) == [f"assumed[0]: no value of this spec has the path {path!r}"]


def test_a_spec_error_is_a_config_error_and_a_value_error() -> None:
    with pytest.raises(ConfigError):
        spec.parse(b"", "x.toml")
    with pytest.raises(ValueError, match="identity"):
        spec.parse(b"", "x.toml")


# -- nonsense --------------------------------------------------------------------------------------


def reads_or_refuses(data: bytes) -> None:
    try:
        spec.parse(data, "card.toml")
    except SpecError as error:
        told = str(error)
    else:
        return
    assert told
    assert all(line.startswith("card.toml: ") for line in told.splitlines())


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xfe",
        b"a = " + b"[" * 100_000,
        b"a = " + b"9" * 10_000,
        b"a = 0x" + b"f" * 10_000,
        b".".join([b"a"] * 5_000) + b" = 1",
        b"[limits]\n" + b".".join([b"digit_buffer"] * 3_000) + b" = 1",
        b"a = 9999-99-99",
        b"a = 2026-01-01",
        b"a\nb",
        b'"\\uD800" = 1',
        b"a" * 100_000 + b" = 1",
    ],
)
def test_hostile_toml_is_refused(data: bytes) -> None:
    reads_or_refuses(data)


@pytest.mark.fuzz
@by_chance(1, inputs=10, few=20)
def test_arbitrary_octets_are_refused(chance: Random) -> None:
    for _ in range(10):
        reads_or_refuses(chance.randbytes(chance.randrange(300)))


TABLES_ALONE = [
    part.encode() for source in SOURCES.values() for part in re.split(r"\n(?=\[)", source)
]
"""Every table of every spec, as a file of its own: it lacks the others, and is soon read."""


@pytest.mark.fuzz
@by_chance(2, inputs=20, few=10)
def test_a_spec_with_a_hole_or_a_patch_is_read_or_refused(chance: Random) -> None:
    """A whole spec once, and 19 tables alone, which cost a tenth."""
    for good in [[source.encode() for source in SOURCES.values()], *[TABLES_ALONE] * 19]:
        reads_or_refuses(mutant(good, chance.getrandbits(32), seed=2))


scalars = st.one_of(
    st.booleans(),
    st.integers(),
    st.integers(2**60, 2**100),
    st.floats(),
    st.text(st.characters(codec="utf-8"), max_size=8),
    st.dates(),
    st.datetimes(),
    st.times(),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


def paths(table: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value of a table, of the tables too."""
    inside = table.items() if isinstance(table, dict) else enumerate(table)
    found = []
    for key, value in inside:
        found.append((*path, key))
        if isinstance(value, dict | list):
            found += paths(value, (*path, key))
    return found


TABLES = {name: tomllib.loads(source) for name, source in SOURCES.items()}
PATHS = [(name, path) for name, table in TABLES.items() for path in paths(table)]


@pytest.mark.fuzz
@costly(60)
@given(st.data())
def test_any_value_in_any_place_is_read_or_refused(data: st.DataObject) -> None:
    """The parser is passed by: whatever TOML can hold, in place of each value or beside it."""
    name, (*way, last) = data.draw(st.sampled_from(PATHS))
    table = copy.deepcopy(TABLES[name])
    place: Any = table
    for key in way:
        place = place[key]
    place[last] = data.draw(values)
    if isinstance(place, dict):
        place[data.draw(st.text(max_size=6))] = data.draw(values)
    reader = Reader()
    built = reader.read(spec.CardSpec, table, name="card")
    assert built is not None or reader.faults
    assert all(fault.isprintable() for fault in reader.faults)
