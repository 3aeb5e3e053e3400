"""`telcard desk`: what is shown of a desk, and how an agent's status is set."""

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from telcard.cli.desk import picture
from telcard.daemon.control import control_socket
from telcard.errors import ConfigError
from tests.cli.conftest import Telcard, configuration, sentence

SCREEN = {
    "caller": "02154321001",
    "called": "95588",
    "language": "en",
    "identified": True,
    "account": "0030",
    "entered": "balance entries",
    "waited_s": 75.4,
}
ANNA = {
    "name": "Anna",
    "station": "msiB1C1",
    "status": "talking",
    "reason": "",
    "hook": "off hook",
    "since_s": 12.0,
    "call": "1",
    "screen": SCREEN,
}
BERT = {**ANNA, "name": "Bert", "status": "not ready", "reason": "lunch", "call": "", "screen": {}}
WAITING = {"position": 1, "call": "2", "caller": "", "waited_s": 3.0, "rings_at": ""}
DESK = {"agents": [ANNA, BERT], "queue": [WAITING]}


def shown(desk: dict[str, Any]) -> str:
    console = Console(width=120)
    with console.capture() as captured:
        console.print(picture(desk))
    return captured.get()


def test_agents_their_screens_and_the_queue_are_shown() -> None:
    lines = shown(DESK).splitlines()
    assert lines[1].split("  ")[0] == "Anna"
    for fact in ("talking", "0:12", "02154321001", "0030 proved", "1:15", "balance entries"):
        assert fact in lines[1]
    assert "not ready (lunch)" in lines[2]
    assert "withheld" in lines[-1]
    assert "0:03" in lines[-1]


def test_an_empty_desk_is_shown_too() -> None:
    ready = {**BERT, "status": "ready", "reason": ""}
    said = shown({"agents": [ready], "queue": []})
    assert "nobody waits" in said
    assert "ready (off hook)" in said


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[list[tuple[str, ...]]]:
    """A control socket that answers as a daemon would; gives what it was asked to set."""
    asked: list[tuple[str, ...]] = []

    def desk(agent: str = "") -> dict[str, Any]:
        return {**DESK, "agents": [ANNA]} if agent else DESK

    def set_agent(agent: str, status: str, reason: str = "") -> dict[str, Any]:
        if agent != "Anna":
            raise ConfigError(f"want an agent of Anna, got {agent!r}")
        asked.append((agent, status, reason))
        return desk(agent)

    async def serve() -> None:
        answers = {"desk": desk, "agent": set_agent}
        async with control_socket(tmp_path / "telcard.sock", answers):
            opened.set()
            await asyncio.get_running_loop().run_in_executor(None, over.wait)

    opened, over = threading.Event(), threading.Event()
    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert opened.wait(10)
    yield asked
    over.set()
    thread.join()


def test_a_desk_is_looked_at_once(telcard: Telcard, tmp_path: Path, daemon) -> None:
    path = configuration(tmp_path)
    status, said, _ = telcard("desk", path, "--once")
    assert status == 0
    assert "0030 proved" in said
    status, said, _ = telcard("desk", path, "--json", "--agent", "Anna")
    assert status == 0
    assert json.loads(said)["agents"] == [ANNA]


def test_an_agent_s_status_is_set(telcard: Telcard, tmp_path: Path, daemon) -> None:
    path = configuration(tmp_path)
    for words in (["--ready"], ["--not-ready", "long lunch"], ["--log-out"]):
        assert telcard("desk", path, "--agent", "Anna", *words)[0] == 0
    assert daemon == [
        ("Anna", "ready", ""),
        ("Anna", "not-ready", "long lunch"),
        ("Anna", "logged-out", ""),
    ]
    status, _, complained = telcard("desk", path, "--agent", "Zoe", "--ready")
    assert status == 1
    assert "want an agent of Anna, got 'Zoe'" in sentence(complained)


def test_what_makes_no_sense_is_refused(telcard: Telcard, tmp_path: Path) -> None:
    path = configuration(tmp_path)
    for words, told in (
        (["--ready"], "want --agent NAME"),
        (["--agent", "Anna", "--ready", "--log-out"], "want one of --ready"),
        (["--once"], "no daemon answers there"),
    ):
        status, _, complained = telcard("desk", path, *words)
        assert status == 1
        assert told in sentence(complained)
