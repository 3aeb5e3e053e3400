"""The command in this process, and what its tests look at."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from telcard.cli import main

Telcard = Callable[..., tuple[int, str, str]]


@pytest.fixture
def telcard(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Telcard:
    """Run the command in this process: `status, said, complained = telcard("cards")`."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["telcard", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        said, complained = capsys.readouterr()
        return int(ended.value.code or 0), said, complained

    return run


def configuration(folder: Path, text: str = "") -> Path:
    path = folder / "hotline.toml"
    path.write_text(text)
    return path


def sentence(complained: str) -> str:
    (line,) = complained.strip().splitlines()
    assert line.startswith("telcard: ")
    return line
