"""`telcard setup`, and what may stand in its way."""

import sqlite3
import sys
from pathlib import Path

import pytest

from telcard.storage import Database
from tests.cli.conftest import Telcard, configuration, sentence


def test_setup_makes_a_bank_that_can_be_served(telcard: Telcard, tmp_path: Path) -> None:
    path = configuration(tmp_path, '[bank]\ndatabase = "var/b.sqlite"\npin_key = "var/pin.key"')
    status, said, _ = telcard("setup", path, "--sample")
    assert status == 0
    assert "10020030" in said
    assert (tmp_path / "var/b.sqlite").exists()
    assert (tmp_path / "var/pin.key").stat().st_mode & 0o077 == 0
    key = (tmp_path / "var/pin.key").read_text()
    assert telcard("setup", path)[0] == 0
    assert (tmp_path / "var/pin.key").read_text() == key


def test_a_locked_database_is_one_sentence(
    telcard: Telcard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = configuration(tmp_path)
    assert telcard("setup", path)[0] == 0
    assert Database.__init__.__kwdefaults__ is not None
    monkeypatch.setitem(Database.__init__.__kwdefaults__, "busy_s", 0.01)  # not five seconds here
    with sqlite3.connect(tmp_path / "bank.sqlite") as holder:
        holder.execute("BEGIN EXCLUSIVE")
        status, _, complained = telcard("setup", path)
    assert status == 1
    assert "bank.sqlite" in sentence(complained)
    assert "locked" in complained


def test_a_missing_extra_names_it(telcard: Telcard, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "argon2", None)
    monkeypatch.setitem(sys.modules, "argon2.low_level", None)
    status, _, complained = telcard("setup", configuration(tmp_path), "--sample")
    assert status == 1
    assert "pip install 'telcard[hotline]'" in sentence(complained)
