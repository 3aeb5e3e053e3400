"""Two engines on one E1 line, ours and the town's, stepped by hand."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from telcard.dsp.dtmf_profiles import DtmfProfile
from telcard.engine import E1Line, Engine, Fidelity, Lane, Piece, ToneSegment, dtmf_segments

IDLE = 0xD5


class Ear:
    """Hears everything that a lane receives, octet for octet, in either fidelity.

    Where nothing sounds it puts octets where the pieces say that they are; tones are beyond it.
    """

    def __init__(self, lane: Lane, *, look_back: bool = False) -> None:
        self.first: int | None = None
        self._octets = bytearray()
        self._pieces: list[Piece] = []
        self._lane = lane
        if lane.engine.fidelity == "sound":
            lane.tap(self._hear, look_back=look_back)
        else:
            self.first = lane.engine.sample
            lane.tap_pieces(self._pieces.append)

    def _hear(self, octets: bytes, sample: int) -> None:
        if self.first is None:
            self.first = sample
        assert sample == self.first + len(self._octets)
        self._octets += octets

    @property
    def octets(self) -> bytes:
        """Everything since the first."""
        if self._lane.engine.fidelity == "sound":
            return bytes(self._octets)
        assert self.first is not None
        heard = bytearray([IDLE]) * (self._lane.engine.sample - self.first)
        for piece in self._pieces:  # those that are over come after what was announced of them
            assert not isinstance(piece.what, ToneSegment)
            end = min(piece.end, self._lane.engine.sample) - self.first
            start, skipped = piece.start - self.first, piece.skipped
            octets = bytes(memoryview(piece.what))[skipped:]
            if piece.over:
                heard[start : start + len(octets)] = bytes([IDLE]) * len(
                    heard[start : start + len(octets)]
                )
            if end > start:
                heard[start:end] = octets[: end - start]
        return bytes(heard)

    @property
    def speech(self) -> bytes:
        """What was heard, without the idle octets before and after."""
        return self.octets.strip(bytes([IDLE]))

    def begin(self) -> int:
        """Sample of the first octet that is not idle."""
        assert self.first is not None
        return self.first + len(self.octets) - len(self.octets.lstrip(bytes([IDLE])))


class Rig:
    """`ours` has end 0 of the line, `town` end 1; `order` is in which order they are stepped."""

    def __init__(
        self,
        lanes: int = 31,
        order: Sequence[int] = (0, 1),
        fidelity: Fidelity = "sound",
        dtmf: DtmfProfile | None = None,
        line: E1Line | None = None,
    ) -> None:
        self.line = E1Line() if line is None else line
        self.ours = Engine(lanes, name="ours", fidelity=fidelity, dtmf=dtmf)
        self.town = Engine(lanes, name="town", fidelity=fidelity)
        self.span = self.ours.plug(self.line, 0)
        self.far_span = self.town.plug(self.line, 1)
        engines = (self.ours, self.town)
        self.engines = [engines[i] for i in order]
        self.tick = 0

    def run(self, ticks: int = 1) -> None:
        """Let so many ticks of 10 ms pass."""
        for _ in range(ticks):
            self.tick += 1
            for engine in self.engines:
                engine.step(self.tick)

    def until(self, what: Callable[[], Any], ticks: int = 1000) -> None:
        """Let ticks pass until `what()` is true, but not more than `ticks`."""
        for _ in range(ticks):
            if what():
                return
            self.run()
        raise AssertionError(f"it did not happen within {ticks} ticks")

    @property
    def sample(self) -> int:
        """First sample of the next tick."""
        return (self.tick + 1) * 80

    def pair(self, timeslot: int = 1, **options: Any) -> tuple[Lane, Lane]:
        """Our lane and the town's on one timeslot; the town's does not listen for digits."""
        return (
            self.span.open_lane(timeslot, **options),
            self.far_span.open_lane(timeslot, detect=False),
        )

    def press(self, far: Lane, digits: str, **options: float) -> None:
        """The town presses keys and has released the last one, heard and all."""
        operation = far.tones(dtmf_segments(digits, **options))
        self.until(lambda: operation.outcome)
        self.run(10)

    def close(self) -> None:
        """Both engines close."""
        self.ours.close()
        self.town.close()


def noise(octets: int, seed: int = 1) -> bytes:
    """A-law octets that are all different enough from idle ones (0xD5 does not occur)."""
    values = np.random.default_rng(seed).integers(0, 255, octets, dtype=np.uint8)
    return bytes(np.where(values >= IDLE, values + 1, values).astype(np.uint8))
