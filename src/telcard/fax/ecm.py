"""Error correction: a page as partial pages of numbered frames (T.4 Annex A, T.30 Annex A).

`Outgoing` cuts a coded page into partial pages and gives the frames to be sent, first all, then
those asked for.  `Incoming` collects the frames of one partial page and knows which lack.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from telcard.fax.frames import FRAMES_A_BLOCK, RCP_COUNT, Fcf, Frame

FRAME_SIZES = (256, 64)
"""Octets of coded data a frame (T.4 A.3.6.1.2)."""

_RCP = Frame(Fcf.RCP, final=False).encode()


@dataclass(frozen=True, slots=True)
class Block:
    """A partial page: up to 256 pieces of coded data."""

    number: int
    """Its place in the page, from 0."""
    pieces: tuple[bytes, ...]
    last: bool
    """Whether the page ends with it."""

    def frames(self, numbers: Iterable[int] | None = None) -> tuple[bytes, ...]:
        """Frames of these numbers (all if None) and the RCP frames that end them.

        A number that the partial page does not have is asked for in vain.
        """
        wanted = range(len(self.pieces)) if numbers is None else sorted(numbers)
        sent = tuple(
            Frame(Fcf.FCD, bytes((number,)) + self.pieces[number], final=False).encode()
            for number in wanted
            if number < len(self.pieces)
        )
        return sent + (_RCP,) * RCP_COUNT

    def within(self, numbers: Iterable[int]) -> frozenset[int]:
        """Those numbers that this partial page has."""
        return frozenset(n for n in numbers if n < len(self.pieces))


def blocks(coded: bytes, frame_size: int = 256) -> Iterator[Block]:
    """Cut a coded page into partial pages; the last piece is filled up with zeros.

    Zeros after the end of a page are harmless to every coding (T.4 A.3.6.1.2 calls them pad bits).
    """
    size = frame_size * FRAMES_A_BLOCK
    starts = range(0, max(len(coded), 1), size)
    for number, start in enumerate(starts):
        part = coded[start : start + size]
        pieces = tuple(
            part[at : at + frame_size].ljust(frame_size, b"\0")
            for at in range(0, max(len(part), 1), frame_size)
        )
        yield Block(number, pieces, start + size >= len(coded))


class Incoming:
    """The frames of one partial page, as they come in any order."""

    def __init__(self) -> None:
        self.pieces: dict[int, bytes] = {}
        self._frames = 0

    def __len__(self) -> int:
        return len(self.pieces)

    def add(self, frame: Frame) -> bool:
        """Take an FCD frame; whether its number is new.  What came first stands."""
        number = frame.fif[0]
        if number in self.pieces:
            return False
        self.pieces[number] = frame.fif[1:]
        return True

    def missing(self, frames: int) -> frozenset[int]:
        """Numbers that lack, where the far end has sent so many frames by its own count.

        It counts what it has sent this time, so that the largest count seen is that of the partial
        page.  Numbers above it are asked for as well (A.4.4: bits of frames that do not exist are
        1), which the far end knows to ignore.
        """
        top = self._frames = max(self._frames, frames, max(self.pieces, default=-1) + 1)
        lacking = frozenset(range(top)) - self.pieces.keys()
        return lacking | frozenset(range(top, FRAMES_A_BLOCK)) if lacking else lacking

    def octets(self) -> bytes:
        """The coded data of a complete partial page, or of what there is of one."""
        return b"".join(self.pieces[number] for number in sorted(self.pieces))
