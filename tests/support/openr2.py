"""openr2 at the far end of a circuit: `openr2_peer.c` as a process, joined to an emulated line.

Debian: apt install gcc libopenr2-dev.
"""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable
from pathlib import Path

from telcard.clock import current
from telcard.engine import E1Line, Engine
from tests.support.peers import built_program

BLOCK = 160
"""openr2 works on 20 ms at a time."""

IDLE = 0xD5

CAUSES = {"busy": 0, "congestion": 1, "unallocated": 2, "out of order": 3, "unspecified": 4,
          "no answer": 5, "normal": 6, "collect rejected": 7, "changed": 9}  # fmt: skip
"""Why openr2 is told to disconnect, or tells that it was (r2proto.h)."""

NAMES = {number: name for name, number in CAUSES.items()}


def peer_program() -> Path:
    """The program around openr2; PeerMissing names what is not installed."""
    return built_program(
        "openr2_peer",
        Path(__file__).with_name("openr2_peer.c"),
        ["openr2"],
        needs=("openr2.h",),
        packages="libopenr2-dev",
    )


class OpenR2:
    """One channel of openr2; `events` are the words of each event so far."""

    def __init__(
        self,
        variant: str,
        *,
        max_ani: int = 10,
        max_dnis: int = 5,
        ani_first: bool = False,
        skip_category: bool = False,
    ) -> None:
        self.events: list[list[str]] = []
        numbers = (max_ani, max_dnis, int(ani_first), int(skip_category))
        self._process = subprocess.Popen(
            [peer_program(), variant.upper(), *map(str, numbers)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def __enter__(self) -> OpenR2:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def tick(self, bits: int, octets: bytes) -> tuple[int, bytes]:
        """20 ms pass: what it receives, and what it sends."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(b"t" + bytes([bits]) + octets)
        self._process.stdin.flush()
        answer = self._process.stdout.read(1 + BLOCK + 2)
        length = int.from_bytes(answer[-2:], "little")
        said = self._process.stdout.read(length).decode()
        self.events += [line.split() for line in said.splitlines()]
        return answer[0], answer[1 : 1 + BLOCK]

    def tell(self, letter: str, *words: object) -> None:
        """Give it a command; see `openr2_peer.c`."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{letter} {' '.join(map(str, words))}\n".encode())

    def call(self, caller: str, called: str, category: int = 0) -> None:
        """Make a call."""
        self.tell("c", category, caller or "-", called)

    def disconnect(self, cause: str = "normal") -> None:
        """Clear, or refuse."""
        self.tell("d", CAUSES[cause])

    @property
    def names(self) -> list[str]:
        """The first word of each event."""
        return [words[0] for words in self.events]

    def told(self, name: str) -> list[str]:
        """The words of the last event of this name, without it."""
        return next(words[1:] for words in reversed(self.events) if words[0] == name)


Sound = Callable[[bytes], bytes]
"""What a line makes of octets on their way to openr2, or from it."""


class OpenR2End:
    """The far end of a line, one of whose timeslots leads to openr2; 30 ms each way."""

    def __init__(
        self, line: E1Line, end: int, timeslot: int, peer: OpenR2, seconds: float = 90.0
    ) -> None:
        self.peer = peer
        self.hears: Sound = bytes
        self.says: Sound = bytes
        self.engine = Engine(1, clock=current(), name="openr2")
        self.span = self.engine.plug(line, end)
        self._timeslot = timeslot
        self._waiting = b""
        self._sends = bytearray([IDLE]) * round(seconds * 8000)
        lane = self.span.open_lane(timeslot, detect=False)
        lane.tap(self._tick, look_back=False)
        self._begins: int | None = None
        lane.play([memoryview(self._sends)])

    def _tick(self, octets: bytes, sample: int) -> None:
        if self._begins is None:
            self._begins = sample
        self._waiting += self.hears(octets)
        if len(self._waiting) < BLOCK:
            return
        bits, answer = self.peer.tick(self.span.bits(self._timeslot), self._waiting)
        self._waiting = b""
        self.span.set_bits(self._timeslot, bits)
        at = sample + 80 - self._begins
        self._sends[at : at + BLOCK] = self.says(answer)

    async def until(self, name: str, seconds: float = 30.0) -> list[str]:
        """Wait for an event of openr2; returns its words."""
        try:
            async with asyncio.timeout(seconds):
                while name not in self.peer.names:
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"want {name!r}, got {self.peer.events}") from None
        return self.peer.told(name)

    def close(self) -> None:
        """Pull the cable."""
        self.engine.close()
