"""Findings: in order, and as JSON that a program can rely on."""

import dataclasses
import json
import math
import re

import pytest

from telcard.analysis import Cadence, Digit, Level, Silence, Tone, as_json, findings
from telcard.analysis.findings import KINDS, order, side_name

DIGIT = Digit(1, 1.00004, 0.08, "5", -10.0, -8.004, 2.0, 0.00012345, -0.000001)
LEVEL = Level(0, 0.0, 2.0, -math.inf, -math.inf, -math.inf, 0.0, 1.0, 0)
TONE = Tone(0, 0.5, 1.0, (350.0, 440.0), (-13.0, -13.001), 0.99999)


def test_a_digit_has_the_documented_fields_in_their_order() -> None:
    assert list(as_json(DIGIT, "call.wav", 2).items()) == [
        ("file", "call.wav"),
        ("kind", "digit"),
        ("side", "right"),
        ("start_s", 1.0),
        ("length_s", 0.08),
        ("digit", "5"),
        ("low_dbm0", -10.0),
        ("high_dbm0", -8.0),
        ("twist_db", 2.0),
        ("low_offset", 0.0001),
        ("high_offset", 0.0),
    ]


def test_lists_are_lists_and_digital_silence_is_null() -> None:
    line = as_json(TONE, "a", 1)
    assert (line["hz"], line["dbm0"], line["purity"]) == ([350.0, 440.0], [-13.0, -13.0], 1.0)
    assert json.loads(json.dumps(as_json(LEVEL, "a", 1), allow_nan=False))["dbm0"] is None


def test_every_field_of_every_kind_is_documented() -> None:
    for kind in KINDS:
        (row,) = re.findall(rf"^\| {kind.kind} \| (.*) \|$", findings.__doc__ or "", re.MULTILINE)
        for field in dataclasses.fields(kind)[3:]:
            assert re.search(rf"\b{field.name}\b", row), (kind.kind, field.name)


def test_findings_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        TONE.start_s = 2.0  # type: ignore[misc]


def test_levels_come_first_then_everything_in_its_order_of_time() -> None:
    cadence = Cadence(0, 0.5, 3.0, (350.0,), (-13.0,), (1.0, 2.0), 2)
    silence = Silence(0, 0.0, 0.5)
    shuffled = [cadence, DIGIT, TONE, silence, LEVEL]
    assert sorted(shuffled, key=order) == [LEVEL, silence, TONE, cadence, DIGIT]


def test_sides_have_the_names_that_people_use() -> None:
    assert [side_name(0, 1), side_name(0, 2), side_name(1, 2)] == ["mono", "left", "right"]
    assert side_name(2, 4) == "3"
