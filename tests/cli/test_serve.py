"""`telcard serve`: what it refuses in one sentence, and how it serves and drains."""

import subprocess
import sys
from pathlib import Path

import pytest

from telcard.daemon import load, prepare
from telcard.daemon.control import ask
from tests.cli.conftest import Telcard, configuration, sentence


def test_a_configuration_is_checked_without_serving(telcard: Telcard, tmp_path: Path) -> None:
    status, _, complained = telcard("serve", "--check", configuration(tmp_path))
    assert status == 0
    assert "in order" in complained
    bad = configuration(tmp_path, "[service]\ndrain_s = -1")
    status, _, complained = telcard("serve", "--check", bad)
    assert status == 1
    assert "service.drain_s" in sentence(complained)


def test_serving_before_the_setup_says_what_to_do(telcard: Telcard, tmp_path: Path) -> None:
    status, _, complained = telcard("serve", configuration(tmp_path))
    assert status == 1
    assert "'telcard setup' makes one" in complained


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[chassis]\ncards = ["emulator:d41"]', "no card is called 'd41'"),
        ('[chassis]\ncards = ["dahdi:1"]', "the drivers here are: emulator"),
        ('[prompts]\nlanguage = "tlh"', "language: want one of en"),
        ('[prompts]\nfolder = "own"', "clip welcome: "),
        ('[bank]\ndatabase = "hotline.toml"', "hotline.toml"),
        ('[recordings]\nfolder = "hotline.toml"', "cannot be made"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(
    telcard: Telcard, tmp_path: Path, text: str, told: str
) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "welcome.wav").write_bytes(b"RIFF, and then nothing of the kind")
    path = configuration(tmp_path, text)
    prepared = load(configuration(tmp_path, ""))
    prepare(prepared)
    configuration(tmp_path, text)
    status, _, complained = telcard("serve", path)
    assert status == 1
    assert told in complained.splitlines()[-1]


WITH_DESK = """
[chassis]
cards = ["emulator:d300sc_e1", "emulator:msi_240sc"]

[[desk.agents]]
name = "Anna"
station = "msiB1C1"
ready = true
"""


@pytest.mark.slow
def test_it_serves_until_sigterm_and_then_drains(telcard: Telcard, tmp_path: Path) -> None:
    """In real time: the emulated cards take some five seconds to come up."""
    path = configuration(tmp_path, WITH_DESK)
    assert telcard("setup", path)[0] == 0
    command = [sys.executable, "-m", "telcard", "serve", str(path)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as daemon:
        assert daemon.stderr is not None
        said = ""
        while "up: emulator:d300sc_e1, emulator:msi_240sc, 30 circuits" not in said:
            line = daemon.stderr.readline()
            assert line, said
            said += line
        status = ask(tmp_path / "telcard.sock", "status")
        assert status["boards"] == {"emulator:d300sc_e1": "ready", "emulator:msi_240sc": "ready"}
        assert status["calls"] == []
        done, shown, _ = telcard("desk", path, "--agent", "Anna", "--not-ready", "lunch")
        assert done == 0
        assert "not ready (lunch)" in shown
        second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert second.returncode == 1
        assert "another telcard daemon is using it" in second.stderr
        daemon.terminate()
        rest = daemon.stderr.read()
    assert daemon.returncode == 0
    assert "closed" in rest
    assert not (tmp_path / "telcard.sock").exists()
