"""The words a person types: each has its help, and none loads what it does not need."""

import subprocess
import sys

import pytest

from telcard.errors import CardError, MediaError
from tests.cli.conftest import Telcard


def test_help_teaches_every_word(telcard: Telcard) -> None:
    status, said, _ = telcard("--help")
    assert status == 0
    for word in ("demo", "setup", "serve", "cards", "analyze", "Start with: telcard demo"):
        assert word in said


@pytest.mark.parametrize("word", ["demo", "setup", "serve", "cards", "analyze"])
def test_every_word_has_its_own_help(telcard: Telcard, word: str) -> None:
    status, said, _ = telcard(word, "--help")
    assert status == 0
    assert "Usage: telcard" in said


def test_it_says_its_version(telcard: Telcard) -> None:
    status, said, _ = telcard("--version")
    assert (status, said.split()[0]) == (0, "telcard")


def test_the_command_is_also_a_module() -> None:
    command = [sys.executable, "-m", "telcard", "--version"]
    assert subprocess.run(command, capture_output=True, check=True).stdout.startswith(b"telcard ")


def test_the_application_is_not_loaded_with_its_rooms() -> None:
    heavy = {"numpy", "matplotlib", "pydantic", "asyncio"}
    code = f"import sys, telcard.cli; print({heavy!r} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() in ("set()", "{'asyncio'}")


def test_several_errors_at_once_are_a_sentence_each(telcard: Telcard, monkeypatch) -> None:
    def play(*_: object) -> None:
        inner = ExceptionGroup("callers", [MediaError("the second")])
        raise ExceptionGroup("the town", [CardError("the first"), inner])

    monkeypatch.setattr("telcard.cli.demo.play", play)
    status, _, complained = telcard("demo")
    assert status == 1
    assert complained == "telcard: the first\ntelcard: the second\n"
