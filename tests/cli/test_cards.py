"""`telcard cards`."""

from pathlib import Path

from tests.cli.conftest import Telcard, sentence


def test_cards_are_listed_and_explained(telcard: Telcard) -> None:
    status, said, _ = telcard("cards")
    assert status == 0
    assert "emulator:d300sc_e1" in said
    status, said, _ = telcard("cards", "emulator:d300sc_e1")
    assert status == 0
    for fact in ("Dialogic", "30 bearers", "scbus", "reset -> load", "assumed"):
        assert fact in said


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
