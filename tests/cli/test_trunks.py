"""`telcard trunks`: what is shown of trunks and circuits, and what is done with them."""

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from telcard.cli.trunks import picture
from telcard.daemon.control import control_socket
from telcard.errors import ConfigError
from tests.cli.conftest import Telcard, configuration, sentence

IDLE = {
    "name": "dtiB1T1", "state": "idle", "call": False, "direction": "", "blocked": "",
    "caller": "", "called": "",
}  # fmt: skip
BUSY = IDLE | {
    "name": "dtiB1T2", "state": "ACTIVE", "call": True, "direction": "in", "called": "95588",
}  # fmt: skip
BLOCKED = IDLE | {"name": "dtiB1T3", "blocked": "here"}
SECONDS = {"seconds": 300, "es": 4, "ses": 3, "bbe": 7, "uas": 0, "slips": 1}
LINE = {
    "alarms": "NONE", "failures": [], "framing": "crc4", "available": True, "slips": 77,
    "quarter": SECONDS, "day": SECONDS | {"es": 55, "uas": 66},
    "far_quarter": SECONDS, "far_day": SECONDS,
}  # fmt: skip
TRUNK = {
    "name": "dtiB1", "signalling": "pri", "offered": 12, "dialled": 3, "answered": 11,
    "blocked": 1, "failed": 2, "busy": 1, "occupied_s": 9000.0,
    "circuits": [IDLE, BUSY, BLOCKED], "lines": {"dtiB1": LINE},
}  # fmt: skip


def shown(every: bool = False, **changes: Any) -> str:
    trunk = TRUNK | changes
    console = Console(width=140)
    with console.capture() as captured:
        console.print(picture({"trunks": [trunk]}, every))
    return captured.get()


def test_trunks_and_their_busy_or_blocked_circuits_are_shown() -> None:
    lines = shown().splitlines()
    for fact in ("dtiB1", "pri", "12", "11", "2.50", "2 idle, 1 ACTIVE"):
        assert fact in lines[1]
    assert "dtiB1T1 " not in shown()
    for fact in ("dtiB1T2", "ACTIVE", "<-", "withheld", "95588"):
        assert fact in lines[7]
    assert "here" in lines[8]
    assert "dtiB1T1 " in shown(every=True)


def test_quiet_trunks_are_shown_too() -> None:
    assert "no circuit is busy or blocked" in shown(circuits=[IDLE])


def test_lines_are_shown_with_the_seconds_of_quarter_and_day() -> None:
    assert shown().splitlines()[4].split() == [
        "dtiB1", "crc4", "in", "order", "4", "3", "0", "1", "55", "3", "66", "1",
    ]  # fmt: skip
    for changes, state in (
        ({"alarms": "LOS", "framing": ""}, "- alarm LOS"),
        ({"alarms": "LOS", "available": False}, "crc4 unavailable LOS"),
        ({"failures": ["LOS", "RAI"], "available": False}, "crc4 failed (LOS, RAI)"),
    ):
        assert state in " ".join(shown(lines={"dtiB1": LINE | changes}).splitlines()[4].split())
    assert "15 min" not in shown(lines={})  # telephones


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[list[tuple[str, str]]]:
    """A control socket that answers as a daemon would; gives what it was asked to do."""
    asked: list[tuple[str, str]] = []

    def trunk(name: str, wish: str) -> dict[str, Any]:
        if name != "dtiB1T3":
            raise ConfigError(f"want a trunk (dtiB1) or one of its circuits, got {name!r}")
        asked.append((name, wish))
        return {"trunks": [TRUNK]}

    async def serve() -> None:
        answers = {"trunks": lambda: {"trunks": [TRUNK]}, "trunk": trunk}
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


def test_trunks_are_looked_at_once(telcard: Telcard, tmp_path: Path, daemon) -> None:
    path = configuration(tmp_path)
    status, said, _ = telcard("trunks", path, "--once")
    assert status == 0
    assert "dtiB1T2" in said
    status, said, _ = telcard("trunks", path, "--json")
    assert status == 0
    assert json.loads(said)["trunks"] == [TRUNK]


def test_a_circuit_is_blocked(telcard: Telcard, tmp_path: Path, daemon) -> None:
    path = configuration(tmp_path)
    assert telcard("trunks", path, "dtiB1T3", "block")[0] == 0
    assert daemon == [("dtiB1T3", "block")]
    status, _, complained = telcard("trunks", path, "dtiB9", "block")
    assert status == 1
    assert "want a trunk (dtiB1) or one of its circuits" in sentence(complained)


def test_a_wish_wants_a_name(telcard: Telcard, tmp_path: Path) -> None:
    status, _, complained = telcard("trunks", configuration(tmp_path), "dtiB1T3")
    assert status == 1
    assert "want a name with block, unblock or restart" in sentence(complained)
