"""tshark as a third reader of what goes over a line.  Debian: apt install tshark."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

from tests.support.peers import program

LAPD = 203
"""Link type of a pcap with whole frames of a D-channel."""
RAW_IP = 101
"""Link type of a pcap with IP packets."""
MALFORMED = "_ws.malformed or _ws.expert.severity == error"


def read(
    path: Path,
    frames: list[bytes],
    *fields: str,
    only: str,
    link: int = LAPD,
    options: tuple[str, ...] = (),
) -> list[list[str]]:
    """The fields that tshark finds in frames, a row for each frame that passes the filter.

    `path` is where the pcap is written; PeerMissing names the package where there is no tshark.
    """
    tshark = program("tshark", "tshark")
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link))
        for number, frame in enumerate(frames):
            file.write(struct.pack("<IIII", number, 0, len(frame), len(frame)) + frame)
    command = [tshark, "-n", "-r", str(path), "-T", "fields", "-Y", only, *options]
    command += [part for field in fields for part in ("-e", field)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [line.split("\t") for line in done.stdout.splitlines()]
