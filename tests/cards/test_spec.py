"""Firmware specs: the one that we ship, and everything that a stranger may write instead."""

import copy
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telcard.cards import spec
from telcard.cards.strict import Reader
from telcard.errors import ConfigError, SpecError, UnknownCard
from tests.support.fuzz import costly

HOME = Path(__file__).parents[2] / "firmware_specs"
SOURCE = (HOME / "d300sc_e1.toml").read_text()
BEARERS = (*range(1, 16), *range(17, 32))


def faults(text: str) -> list[str]:
    """What is wrong with a spec, without the file's name; there has to be something."""
    with pytest.raises(SpecError) as error:
        spec.parse(text.encode(), "card.toml")
    lines = str(error.value).splitlines()
    assert all(line.startswith("card.toml: ") for line in lines)
    return [line.removeprefix("card.toml: ") for line in lines]


def changed(**values: str) -> str:
    """Our spec with the first value of each key replaced."""
    text = SOURCE
    for key, value in values.items():
        text, count = re.subn(rf"(?m)^{key} *= *[^#\n]*", f"{key} = {value} ", text, count=1)
        assert count == 1, key
    return text


# -- the one that we ship --------------------------------------------------------------------------


def test_the_d300sc_e1_has_30_voice_channels_on_one_e1() -> None:
    card = spec.load("d300sc_e1")
    assert card.name == "d300sc_e1"
    assert card.identity.model == "D/300SC-E1"
    (port,) = card.ports
    assert (port.kind, port.coding, port.law) == ("e1", "hdb3", "a-law")
    assert port.framings == ("crc4", "no-crc4")
    assert port.bearers == BEARERS
    assert card.lanes == card.pool("voice") == 30
    assert card.pool("fax") == card.pool("conference") == 0
    assert card.limits.digit_buffer == 31
    assert card.bus.slots == 1024


def test_a_download_has_its_stages_in_order_each_with_a_code_of_its_own() -> None:
    stages = spec.load("d300sc_e1").firmware.stages
    names = ["reset", "load", "verify", "start", "parameters", "announce"]
    assert [stage.name for stage in stages] == names
    assert len({stage.code for stage in stages}) == len(stages)


def test_every_value_without_a_source_is_listed_and_every_listed_one_is_marked() -> None:
    marked = sum("assumed" in line.partition("#")[2] for line in SOURCE.splitlines())
    assert marked >= len(spec.load("d300sc_e1").assumed) - 1
    for path in spec.load("d300sc_e1").assumed:
        key = path.rpartition(".")[2]
        line = next(line for line in SOURCE.splitlines() if re.match(rf"(\[\[.*)?{key}\b", line))
        assert "assumed" in line or key == "stages", path


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


def test_all_faults_are_told_at_once() -> None:
    text = changed(framing="'CRC-4'", size="-1", digit_buffer="'many'", code="2") + "\nnois = 1\n"
    assert faults(text) == [
        "ports[0].framing: want one of crc4, no-crc4; got 'CRC-4'",
        "pools[0].size: want a whole number from 1 to 65536; got -1",
        "firmware.stages[1].code: 2 is there already",
        "limits.digit_buffer: want a whole number from 1 to 1024; got 'many'",
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
@given(st.binary(max_size=300))
def test_arbitrary_octets_are_refused(data: bytes) -> None:
    reads_or_refuses(data)


@pytest.mark.fuzz
@given(st.integers(0, len(SOURCE)), st.integers(0, 40), st.binary(max_size=20))
def test_a_spec_with_a_hole_or_a_patch_is_read_or_refused(at: int, hole: int, patch: bytes) -> None:
    data = SOURCE.encode()
    reads_or_refuses(data[:at] + patch + data[at + hole :])


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


TABLE = tomllib.loads(SOURCE)
PATHS = paths(TABLE)


@pytest.mark.fuzz
@costly(20)
@given(st.data())
def test_any_value_in_any_place_is_read_or_refused(data: st.DataObject) -> None:
    """The parser is passed by: whatever TOML can hold, in place of each value or beside it."""
    *way, last = data.draw(st.sampled_from(PATHS))
    table = copy.deepcopy(TABLE)
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
