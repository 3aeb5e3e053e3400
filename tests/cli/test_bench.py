"""`telcard bench`."""

import json
from pathlib import Path

import pytest

from telcard.bench import ticks
from telcard.cli import bench
from tests.cli.conftest import Telcard, sentence


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few ticks of few lanes, few calls: what is told matters here, not how much."""
    monkeypatch.setattr(ticks, "WARM_UP", 1)
    monkeypatch.setattr(bench, "SIZES", (1, 30))
    monkeypatch.setattr(bench, "PICTURE_SIZES", (1, 2, 30))
    monkeypatch.setattr(bench, "LEAST_TICKS", 3)
    monkeypatch.setattr(bench, "LEAST_CALLS", 2)
    monkeypatch.setattr(bench, "MINUTE_CALLS", 1)


def test_a_part_is_measured_and_explained(telcard: Telcard) -> None:
    status, said, _ = telcard("bench", "--only", "tones", "--seconds", "0.01")
    assert status == 0
    for word in ("SIMD level", "ch/core", "440 + 480 Hz", "numpy"):
        assert word in said
    assert "DTMF" not in said


def test_ticks_and_calls_are_told_in_words(telcard: Telcard) -> None:
    status, said, _ = telcard("bench", "--only", "calls", "--only", "ticks", "--seconds", "0.01")
    assert status == 0
    assert "lanes a core" in said
    assert "E1 of 30 channels" in said
    assert "calls a second on 30 channels of emulator:d300sc_e1" in said


def test_programs_get_one_json_object_a_line(telcard: Telcard) -> None:
    words = ("--only", "tones", "--only", "ticks", "--only", "calls", "--seconds", "0.01")
    status, said, _ = telcard("bench", "--json", *words)
    assert status == 0
    lines = [json.loads(line) for line in said.splitlines()]
    assert [line["kind"] for line in lines] == [
        "host", "kernel", "kernel", "tick", "tick", "calls", "minutes", "minutes",
    ]  # fmt: skip
    assert lines[1]["ratios"]["numpy"] > 0
    assert lines[3]["channels"] > 0
    assert lines[5]["calls"] >= 2


def test_a_picture_is_drawn_of_the_ticks(telcard: Telcard, tmp_path: Path) -> None:
    picture = tmp_path / "cost.svg"
    status, said, _ = telcard("bench", "--only", "ticks", "--seconds", "0.01", "--picture", picture)
    assert status == 0
    assert picture.stat().st_size > 1000
    assert str(picture) in said


def test_a_picture_nobody_can_draw_is_refused_before_anything_is_measured(
    telcard: Telcard, tmp_path: Path
) -> None:
    status, said, complained = telcard("bench", "--picture", tmp_path / "cost.doc")
    assert (status, said) == (1, "")
    assert "want a file that ends in .png, .svg or .pdf, got '.doc'" in sentence(complained)
