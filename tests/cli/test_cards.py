"""`telcard cards`."""

from pathlib import Path

import pytest

from telcard.cards import load, specs
from tests.cli.conftest import Telcard, sentence


def test_cards_are_listed_and_explained(telcard: Telcard) -> None:
    status, said, _ = telcard("cards")
    assert status == 0
    assert "telcard.open('emulator:NAME')" in said
    for name in specs():
        assert f" {name} " in said
    status, said, _ = telcard("cards", "emulator:d300sc_e1")
    assert status == 0
    for fact in ("Dialogic", "30 bearers", "scbus", "reset -> load", "assumed"):
        assert fact in said


def test_a_t1_tells_where_its_signalling_goes(telcard: Telcard) -> None:
    status, said, _ = telcard("cards", "d240sc_t1")
    assert status == 0
    told = "esf b8zs, u-law, 24 bearers, signalling cas in robbed bits or isdn in timeslot 24"
    assert told in " ".join(said.split())


def test_all_specs_are_explained_one_after_the_other(telcard: Telcard) -> None:
    status, said, complained = telcard("cards", "specs")
    assert (status, complained) == (0, "")
    assert said.count("\nassumed") == len(specs())
    assert "Dialogic D/300SC-E1" in said
    assert "Donjin Keygoe" in said


def test_an_unknown_card_is_one_sentence(telcard: Telcard) -> None:
    status, _, complained = telcard("cards", "d300sc")
    assert status == 1
    assert "did you mean d300sc_e1" in sentence(complained)


def test_a_broken_spec_is_told_with_its_place(telcard: Telcard, tmp_path: Path) -> None:
    broken = tmp_path / "mine.toml"
    broken.write_text("[identity\n")
    status, _, complained = telcard("cards", broken)
    assert status == 1
    assert "mine.toml: not a TOML file" in sentence(complained)


def row(said: str, name: str) -> list[str]:
    """The cells of a card's first line in the list."""
    (line,) = [line for line in said.splitlines() if line.startswith(f" {name} ")]
    return [cell.strip() for cell in line.split("  ") if cell.strip()]


def test_the_list_tells_ports_and_pools(telcard: Telcard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    _, said, _ = telcard("cards")
    assert max(map(len, said.splitlines())) <= 80
    assert row(said, "d41esc")[2:] == ["4 FXO", "voice 4"]
    assert row(said, "dm_v1200_4e1")[2:] == ["4 E1", "voice 120"]
    assert row(said, "dcb_320sc")[2:] == ["none", "conference 32"]
    assert row(said, "d240sc_t1")[2:] == ["1 T1", "voice 24"]
    assert row(said, "isx1000")[2:] == ["64 E1, 120 FXS", "voice 768"]


@pytest.mark.parametrize("name", specs())
def test_every_card_is_explained_within_80_columns_with_all_that_is_assumed(
    telcard: Telcard, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    status, said, complained = telcard("cards", name)
    assert (status, complained) == (0, "")
    assert max(map(len, said.splitlines())) <= 80
    for path in load(name).assumed:
        assert f" {path} " in said
