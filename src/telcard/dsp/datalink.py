"""Data links: one end of a dialled line with a modem, octets in and out.

    link = DataLink("v23_half", "answer", framing="7E1")     # what a host is for terminals
    for heard in blocks:
        send(link.process(heard))                            # as long as it was heard
        request = link.read()
        if request:
            link.write(answer_to(request))
    link.why                                                 # LinkEnd.LOST: the terminal hung up

A link needs no engine; `telcard.engine.Lane.modem` runs the same link on a lane.  What the octets
mean (frames, checks, repeats) is the business of whoever reads them.

Modes: `v21`, `bell103` and `v23` carry octets both ways at once; with `v23` the answering end sends
1200 bit/s and hears the backward channel of 75.  `v23_half` and `bell202_half` carry 1200 one way
at a time: whoever has octets raises his carrier when the other's is down.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import Enum
from typing import TYPE_CHECKING, Literal

import numpy as np

from telcard import units
from telcard._native import dsp, modem
from telcard.dsp.fsk import Framing, FskStandard, standard_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from typing_extensions import Buffer

    from telcard.dsp.pcm import Pcm

End = Literal["answer", "call"]
"""Which end of the line: the one that answers speaks first."""

MODES = {
    "v21": ("v21_2", "v21_1"),
    "v23": ("v23_1200", "v23_75"),
    "v23_half": ("v23_1200", "v23_1200"),
    "bell103": ("bell103_2", "bell103_1"),
    "bell202_half": ("bell202", "bell202"),
}
"""What the answering end sends and what it hears."""


@dataclass(frozen=True, slots=True)
class LinkTimes:
    """Times of a link in seconds; 0 leaves a part out, or sets no limit.

    `quiet_s`, `tone_s`, `pause_s`: what the answering end does before its carrier (V.25 3: 1.8 to
    2.5 s, 2.6 to 4 s of 2100 Hz, 75 ms; terminals for short payments often want less).  In
    mode `v23_half`, which hears that tone as its space, the calling end waits for it to be over
    unless `tone_s` is 0.
    `carrier_s`: how long the other's carrier may take, then; `settle_s`: how long it must send mark
    to count.  `lost_s`: its absence that ends a duplex link.  `idle_s`: longest time without an
    octet.  `ready_s` of mark before octets; half duplex `trail_s` after, `turn_s` after the
    other's carrier, `deaf_s` after the own one.
    """

    quiet_s: float = 2.0
    tone_s: float = 3.0
    pause_s: float = 0.075
    carrier_s: float = 30.0
    settle_s: float = 0.1
    lost_s: float = 0.4
    idle_s: float = 60.0
    ready_s: float = 0.1
    trail_s: float = 0.01
    turn_s: float = 0.03
    deaf_s: float = 0.05

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            if not 0 <= getattr(self, name) <= 3600:
                raise ValueError(f"{name}: want 0 to 3600 s, got {getattr(self, name)}")


class LinkPhase(Enum):
    """What a link does."""

    QUIET = 0
    """Nothing yet, before the answer tone."""
    ANSWER_TONE = 1
    PAUSE = 2
    WAITS = 3
    """For the other's carrier."""
    DATA = 4
    """Octets may be sent and come."""
    OVER = 5


class LinkEnd(Enum):
    """Why a link has ended, or that it has not."""

    RUNS = 0
    NO_CARRIER = 1
    """The other's carrier never came."""
    LOST = 2
    """It went, and stayed away."""
    IDLE = 3
    """No octet came or went for too long."""
    CLOSED = 4
    """As was asked for, when all octets had left."""


@dataclass(frozen=True, slots=True)
class LinkState:
    """How a link stands; the level is that of the other's carrier, errors count characters."""

    phase: LinkPhase
    why: LinkEnd
    carrier: bool
    level_dbm0: float
    framing_errors: int
    parity_errors: int
    breaks: int
    octets_lost: int
    """Received octets that found the buffer full."""


class DataLink:
    """One end of a data link over modems, without an engine: sound in, sound out.

    `mode` is one of `MODES`, `framing` as for `telcard.dsp.fsk`.  `capacity` bounds the octets that
    wait, each way.  ValueError for what is none of these.
    """

    def __init__(
        self,
        mode: str = "v23_half",
        end: End = "answer",
        *,
        framing: str = "8N1",
        level_dbm0: float = -13.0,
        times: LinkTimes | None = None,
        capacity: int = 4096,
    ) -> None:
        if mode not in MODES:
            raise ValueError(f"mode: want one of {', '.join(MODES)}, got {mode!r}")
        if end not in ("answer", "call"):
            raise ValueError(f"end: want answer or call, got {end!r}")
        if not 2 <= capacity <= 2**20:
            raise ValueError(f"capacity: want 2 to {2**20}, got {capacity}")
        frame = Framing.of(framing)
        if not frame.data:
            raise ValueError("framing: a data link carries characters, got bits")
        first, second = MODES[mode]
        sends, hears = (first, second) if end == "answer" else (second, first)
        self.mode = mode
        self.end = end
        self.hears: FskStandard = standard_of(hears)
        """What it listens to."""
        self.native = modem.Link(
            _plan(mode, end, level_dbm0, times or LinkTimes()),
            asdict(standard_of(sends)),
            frame.data,
            frame.native_parity,
            frame.stop,
            capacity,
        )
        """For the engine."""
        self._modem: modem.LinkModem | None = None
        self._runs_on = ""

    def __repr__(self) -> str:
        return f"<DataLink {self.mode}, {self.end}: {self.state.phase.name}>"

    def process(self, heard: Pcm) -> NDArray[np.int16]:
        """Hear PCM of shape (frames,) and give as many samples to send.

        What it decides it decides every 10 ms, counted from its beginning, so that any cutting of
        the stream gives the same.  TypeError, ValueError for what is no such PCM.
        """
        pcm = dsp.pcm16(heard)
        if pcm.ndim != 1:
            raise ValueError(f"heard: want shape (frames,), got {pcm.shape}")
        if self._modem is None:
            self.run_on("no engine")
            self._modem = modem.LinkModem(self.native, asdict(self.hears))
        out = np.empty(len(pcm), np.int16)
        self._modem.process(pcm, out)
        return out

    def run_on(self, where: str) -> None:
        """Belong to whoever runs it, for good: ValueError when somebody does."""
        if self._runs_on:
            raise ValueError(f"{self}: want a new link, it ran on {self._runs_on}")
        self._runs_on = where

    def write(self, octets: Buffer) -> int:
        """Queue octets for the other end; returns how many fitted (0 when the link is over)."""
        return 0 if self.over else self.native.write(bytes(octets))

    @property
    def room(self) -> int:
        """How many octets `write` would take."""
        return 0 if self.over else self.native.room()

    def read(self, limit: int = 65536) -> bytes:
        """Octets that came, at most `limit`; empty when none have."""
        return self.native.read(limit)

    def close(self) -> None:
        """End the link when all octets that wait have been sent."""
        self.native.close()

    @property
    def state(self) -> LinkState:
        """How it stands."""
        phase, why, carrier, level, framing, parity, breaks, lost = self.native.state()
        return LinkState(
            LinkPhase(phase), LinkEnd(why), carrier, level / 256, framing, parity, breaks, lost
        )

    @property
    def why(self) -> LinkEnd:
        """Why it has ended, or RUNS."""
        return LinkEnd(self.native.state()[1])

    @property
    def connected(self) -> bool:
        """Whether octets may be sent and come."""
        return self.native.state()[0] == LinkPhase.DATA.value

    @property
    def over(self) -> bool:
        """Whether it has ended; what came before may still be read."""
        return self.native.state()[0] == LinkPhase.OVER.value


def _plan(mode: str, end: End, level_dbm0: float, times: LinkTimes) -> dict[str, float | int]:
    if not -60 <= level_dbm0 <= 3:
        raise ValueError(f"level_dbm0: want -60 to +3, got {level_dbm0}")
    plan: dict[str, float | int] = {
        name.removesuffix("_s"): units.seconds_to_samples(seconds)
        for name, seconds in asdict(times).items()
    }
    awaits = end == "call" and mode == "v23_half" and plan["tone"] > 0
    if end == "call":
        plan |= {"quiet": 0, "tone": 0, "pause": 0}
    return plan | {
        "awaits": awaits,
        "half": mode.endswith("_half"),
        "follows": end == "call",
        "tone_hz": _ANSWER_HZ[mode],
        "level_dbm0": level_dbm0,
    }


_ANSWER_HZ = {
    "v21": 2100.0,
    "v23": 2100.0,
    "v23_half": 2100.0,
    "bell103": 2225.0,
    "bell202_half": 2025.0,
}
"""V.25 3: 2100 Hz; Bell modems answer with 2225 Hz, which is their mark, or 2025 Hz (from memory of
Bell System Technical References 41106 and 41212, not checked)."""
