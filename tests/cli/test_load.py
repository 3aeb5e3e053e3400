"""`telcard load`."""

import inspect
import json
from pathlib import Path

import pytest

from telcard.cli import app
from telcard.rehearsal.mix import USUAL
from tests.cli.conftest import Telcard, sentence

SHORT = ("load", "2", "--minutes", "0.2", "--lines", "1", "--ramp", "0", "--mix", "menu=1")


def test_a_load_is_told_in_a_table_with_words(telcard: Telcard, tmp_path: Path) -> None:
    picture = tmp_path / "load.svg"
    status, said, aside = telcard(*SHORT, "--picture", picture)
    assert status == 0
    assert "2 Erlang for 0.2 minutes on 1 circuits of emulator:d300sc_e1 (sound, seed 1)." in said
    for word in ("holds a circuit", "Erlang B", "66.67%", "blocked share", "answer p99"):
        assert word in said
    assert f"picture: {picture}" in aside
    assert "s of telephony took" in aside
    assert picture.stat().st_size > 1000


def test_programs_get_one_json_object_that_repeats(telcard: Telcard) -> None:
    (status, said, _), (_, again, _) = (telcard(*SHORT, "--json") for _ in range(2))
    assert status == 0
    report = json.loads(said)
    assert report["erlang_b"] == pytest.approx(2 / 3, abs=1e-4)
    assert report["attempts"] == report["answered"] + report["blocked"]
    assert said == again


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("0",), "erlang: want 0.01 to 2000, got 0"),
        (("1", "--lines", "99"), "lines: want 1 to 30, as emulator:d300sc_e1 has, got 99"),
        (("1", "--mix", "tea=1"), "mix: want some of"),
        (("1", "--line", "tin"), "line: want one of good_local"),
        (("1", "--fidelity", "smell"), "fidelity: want sound or events, got 'smell'"),
        (("1", "--fidelity", "events", "--line", "mobile"), "events have no sound to spoil"),
        (("1", "--card", "emulator:none"), "none"),
        (("1", "--picture", "load.doc"), "want a file that ends in .png, .svg or .pdf"),
    ],
)
def test_wrong_words_are_one_sentence(telcard: Telcard, words, wanted: str) -> None:
    status, said, complained = telcard("load", *words)
    assert (status, said) == (1, "")
    assert wanted in sentence(complained)


def test_the_usual_mix_is_that_of_the_command() -> None:
    assert inspect.signature(app.load).parameters["mix"].default == USUAL
