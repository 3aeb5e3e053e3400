"""tshark reads our captures: every frame and message that we send, none of them malformed.

Debian: apt install tshark; and libpri-dev, whose calls fill one of them.
"""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest

from telcard import clock
from telcard.signalling.isdn.capture import Capture, pcap
from telcard.signalling.isdn.lapd import Kind, Side
from telcard.trunks.trace import TracedDChannel
from tests.support import pri_peer
from tests.support.links import Pair, RunningLink
from tests.support.peers import PeerMissing, program
from tests.support.pri_peer import PriEvent, PriPeer

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def tshark() -> str:
    try:
        pri_peer.libpri()
        return program("tshark", "tshark")
    except PeerMissing as missing:
        pytest.skip(str(missing))


def read(tshark: str, file: Path, *fields: str) -> list[list[str]]:
    """What it finds in a file: a row of fields for each frame."""
    command = [tshark, "-r", str(file), "-T", "fields", "-E", "separator=|"]
    for field in (*fields, "_ws.malformed", "_ws.expert.message"):
        command += ["-e", field]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    rows = [line.split("|") for line in done.stdout.splitlines()]
    for row in rows:
        assert row[-2:] == ["", ""], f"malformed, or remarked upon: {row}"
    return [row[:-2] for row in rows]


def test_every_kind_of_frame_is_read_with_its_direction(tshark: str, tmp_path: Path) -> None:
    """Both ends of a link that loses frames and is busy at times, as the user has seen it."""
    count = [0]

    def lose(_side: Side, _frame: object) -> bool:
        count[0] += 1
        return count[0] % 7 == 5

    pair = Pair(lose)
    pair.fire("user", "establish")
    for number in range(30):
        side: Side = ("user", "network")[number % 2]
        pair.fire(side, "data", bytes.fromhex("0802000575"))
        if number % 9 == 8:
            pair.fire(side, "own_busy", number % 18 == 8)
        pair.run(300)
    pair.fire("user", "unit_data", bytes.fromhex("0802000575"))
    pair.fire("network", "release")
    pair.run(5000)
    capture = Capture("user")
    for at, sender, frame, _ in pair.trace:
        capture.note(at * 10**6, sent=sender == "user", octets=frame.encode())
    file = tmp_path / "d.pcap"
    file.write_bytes(pcap(capture.frames, "user"))
    fields = ("direction", "cr", "control.p", "control.f", "control.n_s", "control.n_r")
    rows = read(tshark, file, *(f"lapd.{field}" for field in fields))
    assert len(rows) == len(capture.frames) > 50
    wanted = {Kind.I, Kind.RR, Kind.RNR, Kind.REJ, Kind.SABME, Kind.UA, Kind.UI, Kind.DISC}
    assert {frame.kind for _, _, frame, _ in pair.trace} >= wanted
    for row, (_, sender, frame, _) in zip(rows, pair.trace, strict=True):
        command = frame.cr == (sender == "network")
        pf = "1" if frame.pf else ""  # it names the bit, P or F, where it is set
        assert row == [
            "0" if sender == "user" else "1",  # user to network is 0
            str(int(frame.cr)),
            pf if command else "",
            "" if command else pf,
            str(frame.ns) if frame.kind is Kind.I else "",
            str(frame.nr) if frame.kind.numbered else "",
        ], frame


def test_a_call_of_libpri_is_read_as_we_traced_it(tshark: str, tmp_path: Path) -> None:
    capture = Capture("network")

    async def main() -> None:
        def agree(event: PriEvent) -> None:
            if event.code == pri_peer.HANGUP:
                peer.call("hangup", event.call, event.cause)

        peer = PriPeer(False, on_event=agree)
        ours = RunningLink(TracedDChannel(peer, capture), "network")
        await asyncio.sleep(0.5)
        call = peer.setup("13800138000", "95588", 5)
        await asyncio.sleep(0.1)
        ours.fire("data", bytes.fromhex("08028001021803a98385"))  # CALL PROCEEDING
        ours.fire("data", bytes.fromhex("08028001071803a98385"))  # CONNECT
        await asyncio.sleep(0.1)
        peer.call("hangup", call, 16)
        await asyncio.sleep(0.1)
        ours.fire("data", bytes.fromhex("080280014d08028190"))  # RELEASE
        await asyncio.sleep(0.5)
        ours.close()
        peer.close()

    clock.run(main(), clock.VirtualClock())
    file = tmp_path / "d.pcap"
    file.write_bytes(pcap(capture.frames, "network"))
    rows = read(tshark, file, "q931.message_type", "q931.called_party_number.digits")
    types = [int(row[0], 16) for row in rows if row[0]]
    assert types == [0x05, 0x02, 0x07, 0x0F, 0x45, 0x4D, 0x5A]
    assert [row[1] for row in rows if row[1]] == ["95588"]
    told = [frame.describe("network") for frame in capture.frames]
    for word in ("SETUP", "CALL PROCEEDING", "CONNECT", "DISCONNECT", "RELEASE COMPLETE"):
        assert any(f": {word} call 1" in line for line in told), word
