"""`telcard trace`: what goes over a D-channel, in words and as a pcap file; signals of circuits."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from rich.console import Console
from rich.text import Text

from telcard.clock import SystemClock
from telcard.clock import run as run_under
from telcard.daemon import load
from telcard.daemon.control import ask
from telcard.errors import ConfigError
from telcard.signalling.isdn.capture import (
    TracedFrame,
    clock_text,
    pcap_header,
    pcap_record,
    read_pcap,
)
from telcard.signalling.isdn.lapd import Side

LOOK_S = 0.5
"""How often a hotline is asked for what has passed."""


def run(source: Path, trunk: str, pcap: Path | None, once: bool, every: bool) -> None:
    """Print the frames of a capture, or of a hotline's trunk as they pass; into a file as well."""
    console = Console(highlight=False, markup=False)
    with open_pcap(pcap) as file:
        if source.suffix == ".pcap":
            side, frames = read_pcap(source.read_bytes())
            show(console, frames, side, every=every, file=file)
            return
        follow = Follow(load(source).service.control, trunk, frames=pcap is not None)
        show(console, follow.news(), follow.side, every=every, file=file)
        if not once:
            run_under(_watch(follow, console, every, file), SystemClock())


@dataclass(frozen=True, slots=True)
class Told:
    """A signal of a circuit, told in words."""

    at_ns: int
    sent: bool
    text: str


class Follow:
    """What passes on a trunk of a hotline that runs, each once; `frames` alone where they are
    wanted: `ConfigError` for a trunk that has none."""

    def __init__(self, control: Path, trunk: str, *, frames: bool = False) -> None:
        self.side: Side = "user"
        self._wants_frames = frames
        self._control = control
        self._trunk = trunk
        self._seen = 0

    def news(self) -> list[TracedFrame | Told]:
        """What has passed since the last time."""
        answer = ask(self._control, "trace", self._trunk, str(self._seen))
        self._seen = answer["count"]  # less than before where the hotline began anew
        if "signals" in answer:
            if self._wants_frames:
                trunk = answer["trunk"]
                raise ConfigError(f"{trunk}: want a D-channel for a pcap file, its circuits signal")
            return [Told(at_ns, sent, text) for _, at_ns, sent, text in answer["signals"]]
        self.side = answer["side"]
        return [
            TracedFrame(number, at_ns, sent, bytes.fromhex(octets))
            for number, at_ns, sent, octets in answer["frames"]
        ]


async def _watch(follow: Follow, console: Console, every: bool, file: BinaryIO | None) -> None:
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(LOOK_S)
        frames = await loop.run_in_executor(None, follow.news)
        show(console, frames, follow.side, every=every, file=file)


def show(
    console: Console,
    frames: Iterable[TracedFrame | Told],
    side: Side,
    *,
    every: bool,
    file: BinaryIO | None = None,
) -> None:
    """Print signals, and frames, those without a message only where `every` one is wanted; write
    all frames."""
    for frame in frames:
        if isinstance(frame, Told):
            text, wanted = frame.text, True
        else:
            text = frame.describe(side)
            wanted = every or ": " in text
            if file is not None:
                file.write(pcap_record(frame, side))
        if wanted:
            style = "cyan" if frame.sent else ""
            console.print(Text(f"{clock_text(frame.at_ns)} {text}", style=style), soft_wrap=True)
    if file is not None:
        file.flush()


class _NoFile:
    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        pass


def open_pcap(path: Path | None) -> BinaryIO | _NoFile:
    """A new pcap file, or none; raises `ConfigError` when it cannot be written."""
    if path is None:
        return _NoFile()
    try:
        file = path.open("wb")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from error
    file.write(pcap_header())
    return file
