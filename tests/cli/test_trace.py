"""`telcard trace`: a capture in words, and a hotline's trunk followed into a file."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from telcard.daemon.control import control_socket
from telcard.errors import ConfigError
from telcard.signalling.isdn.capture import TracedFrame, pcap, read_pcap
from tests.cli.conftest import Telcard, configuration, sentence

FRAMES = [
    TracedFrame(1, 10**18, True, bytes.fromhex("00017f")),
    TracedFrame(2, 10**18 + 10**7, False, bytes.fromhex("000173")),
    TracedFrame(3, 10**18 + 10**9, True, bytes.fromhex("000100000802000575")),
]


def test_a_capture_is_told_in_words(telcard: Telcard, tmp_path: Path) -> None:
    path = tmp_path / "d.pcap"
    path.write_bytes(pcap(FRAMES, "user"))
    status, said, _ = telcard("trace", path)
    assert status == 0
    assert "01:46:41.000 -> I command ns=0 nr=0: STATUS ENQUIRY call 5" in said
    assert "SABME" not in said
    assert "<- UA response f=1" in telcard("trace", path, "--all")[1]


def test_what_is_no_capture_is_refused_in_one_sentence(telcard: Telcard, tmp_path: Path) -> None:
    path = tmp_path / "d.pcap"
    path.write_bytes(b"nonsense")
    status, _, complained = telcard("trace", path)
    assert status == 1
    assert "want 24 octets or more, got 8" in sentence(complained)


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[None]:
    """A control socket that answers as a daemon with one PRI trunk would."""

    def trace(trunk: str = "", since: str = "0") -> dict[str, Any]:
        if trunk == "dtiB2":
            signals = [[1, 10**18, True, "dtiB2T1 -> 0001 (seized)"]]
            return {"trunk": trunk, "count": 1, "signals": signals}
        if trunk not in ("", "dtiB1"):
            raise ConfigError(f"want a trunk with a D-channel (dtiB1), got {trunk!r}")
        frames = [
            [frame.number, frame.at_ns, frame.sent, frame.octets.hex()]
            for frame in FRAMES
            if frame.number > int(since)
        ]
        return {"trunk": "dtiB1", "side": "network", "count": 3, "frames": frames}

    async def serve() -> None:
        async with control_socket(tmp_path / "telcard.sock", {"trace": trace}):
            opened.set()
            await asyncio.get_running_loop().run_in_executor(None, over.wait)

    opened, over = threading.Event(), threading.Event()
    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert opened.wait(10)
    yield
    over.set()
    thread.join()


def test_a_trunk_is_read_along_and_written(telcard: Telcard, tmp_path: Path, daemon: None) -> None:
    path, wanted = configuration(tmp_path), tmp_path / "d.pcap"
    status, said, _ = telcard("trace", path, "--once", "--pcap", wanted)
    assert status == 0
    assert "STATUS ENQUIRY" in said
    assert read_pcap(wanted.read_bytes()) == ("network", FRAMES)
    status, _, complained = telcard("trace", path, "dtiB9", "--once")
    assert status == 1
    assert "want a trunk with a D-channel (dtiB1), got 'dtiB9'" in sentence(complained)


def test_a_file_that_cannot_be_written_is_told(telcard: Telcard, tmp_path: Path) -> None:
    status, _, complained = telcard(
        "trace", configuration(tmp_path), "--once", "--pcap", tmp_path / "no" / "d.pcap"
    )
    assert status == 1
    assert "d.pcap: cannot be written: No such file" in sentence(complained)


def test_signals_of_circuits_are_told_and_are_no_frames_for_a_file(
    telcard: Telcard, tmp_path: Path, daemon: None
) -> None:
    hotline = configuration(tmp_path)
    assert telcard("trace", hotline, "dtiB2", "--once")[1] == (
        "01:46:40.000 dtiB2T1 -> 0001 (seized)\n"
    )
    status, _, complained = telcard("trace", hotline, "dtiB2", "--pcap", tmp_path / "d.pcap")
    assert status == 1
    assert "dtiB2: want a D-channel for a pcap file" in sentence(complained)
