"""Tones defined by their user: one or two frequencies, a cadence, and how much each may be off.

    busy = ToneTemplate.cadenced("busy", (480, 620), 20, on_ms=500, off_ms=500, deviation_ms=60)
    pbx = ToneTemplate.standing("inner dial tone", (425,), 15, least_ms=400)
    ours = ToneTemplate.of("ringback", country("GB").tones["ringback"])

    detector = TemplateDetector([busy, pbx, ours], channels=30)
    for block in blocks:                      # (frames, 30), of any length
        for event in detector.process(block):
            print(event.channel, event.name, event.hz, event.ended)

This is what boards with the R4 interface call user-defined tones: `dx_bldst` and `dx_blddt` are
`standing`, `dx_bldstcad` and `dx_blddtcad` are `cadenced`; beyond them a cycle may have up to four
bursts, each with its own frequencies.  Frequencies are compared as measured over a whole burst, so
windows of a few hertz are worth setting.  How tones are heard: `telcard.dsp.steady`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from telcard import units
from telcard._native import detect
from telcard.countries import AGAIN, CadencedTone
from telcard.dsp.pcm import frames_of
from telcard.dsp.steady import SteadyProfile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from telcard.dsp.pcm import Pcm

Edge = Literal["leading", "trailing"]
"""When a tone that stands is told: once it has lasted long enough, or once it is over."""

MOST_BURSTS = detect.TEMPLATE_BURSTS
"""Bursts in a cycle."""

MOST_STRETCHES = detect.TEMPLATE_STRETCHES
"""Bursts in all cycles until a template is recognised."""

MOST_TEMPLATES = detect.TEMPLATES_MOST
"""Templates in one detector."""

_LOWEST_HZ, _HIGHEST_HZ = 210, 3750
_LONGEST_MS = 100_000.0


@dataclass(frozen=True, slots=True)
class ToneBurst:
    """One burst of a cycle, and the pause after it.

    `hz`: one frequency, or two.  `deviation_hz`: by how much each may be off.  `on_ms`, `off_ms`:
    least and most length; a most of `math.inf` has no end.  ValueError says what cannot be.
    """

    hz: tuple[float, ...]
    deviation_hz: float = 15.0
    on_ms: tuple[float, float] = (40.0, math.inf)
    off_ms: tuple[float, float] = (0.0, math.inf)

    def __post_init__(self) -> None:
        if len(self.hz) not in (1, 2):
            raise ValueError(f"hz: want one frequency or two, got {len(self.hz)}")
        for hz in self.hz:
            if not _LOWEST_HZ <= hz <= _HIGHEST_HZ:
                raise ValueError(f"hz: want {_LOWEST_HZ} to {_HIGHEST_HZ} Hz, got {hz:g}")
        if len(self.hz) == 2 and not self.hz[1] - self.hz[0] >= 28:
            raise ValueError(f"hz: want the lower first, 28 Hz or more apart, got {self.hz}")
        if not 0.5 <= self.deviation_hz <= 1000:
            raise ValueError(f"deviation_hz: want 0.5 to 1000 Hz, got {self.deviation_hz:g}")
        for name in ("on_ms", "off_ms"):
            least, most = getattr(self, name)
            if not 0 <= least <= most or least > _LONGEST_MS:
                raise ValueError(f"{name}: want least, most, from 0 ms on, got {(least, most)}")

    def as_native(self) -> _Burst:
        """The same in the kernel's order."""
        both = (*self.hz, 0.0)[:2]
        return (
            (both[0], both[1]),
            (self.deviation_hz, self.deviation_hz),
            _samples(self.on_ms),
            _samples(self.off_ms),
        )


_Length = tuple[int, int]
_Burst = tuple[tuple[float, float], tuple[float, float], _Length, _Length]


def _samples(length_ms: tuple[float, float]) -> _Length:
    least, most = length_ms
    return round(least * 8), round(most * 8) if most <= _LONGEST_MS else 0


@dataclass(frozen=True, slots=True)
class ToneTemplate:
    """A tone to be recognised; made by `standing`, `cadenced`, `of`, or burst by burst.

    It `stands` when it has one burst and no cadence: then `edge` says whether it is told when it
    has lasted for the burst's least length ("leading"), or when it is over and was not too long
    either ("trailing").  Otherwise it is told when `repetitions` cycles were heard, beginning with
    any burst; the last pause counts as soon as its least length is over.  Each frequency must be
    between `floor_dbm0` and `ceiling_dbm0`, and of two neither louder than the other by more than
    `twist_db`.  ValueError says what cannot be.
    """

    name: str
    bursts: tuple[ToneBurst, ...]
    repetitions: int = 2
    stands: bool = False
    edge: Edge = "leading"
    floor_dbm0: float = -46.0
    ceiling_dbm0: float = 6.0
    twist_db: float = 10.0

    def __post_init__(self) -> None:
        most = 1 if self.stands else MOST_BURSTS
        if not 1 <= len(self.bursts) <= most:
            raise ValueError(f"{self.name}: bursts: want 1 to {most}, got {len(self.bursts)}")
        most = MOST_STRETCHES // len(self.bursts)
        if not 1 <= self.repetitions <= most:
            raise ValueError(f"{self.name}: repetitions: want 1 to {most}, got {self.repetitions}")
        if self.edge not in ("leading", "trailing"):
            raise ValueError(f"{self.name}: edge: want leading or trailing, got {self.edge!r}")
        if not -46 <= self.floor_dbm0 < self.ceiling_dbm0 <= 6:
            raise ValueError(
                f"{self.name}: floor_dbm0, ceiling_dbm0: want -46 to +6 dBm0, "
                f"got {self.floor_dbm0:g} and {self.ceiling_dbm0:g}"
            )
        if not 0 <= self.twist_db <= 13:
            raise ValueError(f"{self.name}: twist_db: want 0 to 13 dB, got {self.twist_db:g}")

    @classmethod
    def standing(
        cls,
        name: str,
        hz: Sequence[float],
        deviation_hz: float = 15.0,
        *,
        least_ms: float = 100.0,
        most_ms: float = math.inf,
        edge: Edge = "leading",
    ) -> ToneTemplate:
        """A tone without a cadence (R4: `dx_bldst`, `dx_blddt`)."""
        burst = ToneBurst(tuple(hz), deviation_hz, (least_ms, most_ms))
        return cls(name, (burst,), 1, stands=True, edge=edge)

    @classmethod
    def cadenced(
        cls,
        name: str,
        hz: Sequence[float],
        deviation_hz: float = 15.0,
        *,
        on_ms: float,
        off_ms: float,
        deviation_ms: float = 50.0,
        repetitions: int = 2,
    ) -> ToneTemplate:
        """A tone that comes and goes (R4: `dx_bldstcad`, `dx_blddtcad`)."""
        burst = ToneBurst(
            tuple(hz), deviation_hz, _about(on_ms, deviation_ms), _about(off_ms, deviation_ms)
        )
        return cls(name, (burst,), repetitions)

    @classmethod
    def of(cls, name: str, tone: CadencedTone, *, repetitions: int = 2) -> ToneTemplate:
        """A country's tone, with the tolerances that it states, but at least 30 ms.

        A continuous one is told after a second.  ValueError when it has more than two frequencies
        at a time or more than four bursts.
        """
        if tone.continuous:
            return cls.standing(name, tone.during(0), tone.tolerance_hz, least_ms=1000)
        stretches: list[tuple[int, float, float]] = []  # burst, seconds of tone, of pause
        for index, (on_s, off_s) in enumerate(
            zip(tone.cadence_s[::2], tone.cadence_s[1::2], strict=True)
        ):
            joined_s = 0.0
            touch = stretches and not stretches[-1][2]
            if touch and tone.during(index) == tone.during(stretches[-1][0]):
                joined_s = stretches.pop()[1]
            stretches.append((index, joined_s + on_s, off_s))
        bursts: list[ToneBurst] = []
        for index, on_s, off_s in stretches:
            on, off = (
                _about(1000 * s, max(30.0, 1000 * tone.cadence_tolerance * s))
                for s in (on_s, off_s)
            )
            if tone.ending != AGAIN and len(bursts) == len(stretches) - 1:
                off = (min(off[0], 400.0), math.inf)
            bursts.append(ToneBurst(tone.during(index), tone.tolerance_hz, on, off))
        again = repetitions if tone.ending == AGAIN else 1
        return cls(name, tuple(bursts), min(again, MOST_STRETCHES // len(bursts)))

    def as_native(self) -> tuple[list[_Burst], tuple[float, float, float], int, bool, bool]:
        """The same in the kernel's order."""
        level = self.floor_dbm0, self.ceiling_dbm0, self.twist_db
        bursts = [burst.as_native() for burst in self.bursts]
        return bursts, level, self.repetitions, self.stands, self.edge == "trailing"


def _about(middle: float, deviation: float) -> tuple[float, float]:
    return max(0.0, middle - deviation), middle + deviation


@dataclass(frozen=True, slots=True)
class TemplateEvent:
    """A template was recognised, or (`ended`) is over.

    `start` is the first sample of its first burst, `frames` the length from there to the end of
    the newest burst, both at 8 kHz; `hz`, `dbm0` and `purity` are of the newest burst.
    """

    name: str
    channel: int
    start: int
    frames: int
    hz: tuple[float, ...]
    dbm0: tuple[float, ...]
    purity: float
    ended: bool


class TemplateDetector:
    """Recognises templates on `channels` lines at once; the stream may be cut anywhere.

    A cycle's last pause is told 120 ms after its least length: what begins then has been heard by
    then.  Up to `MOST_TEMPLATES`, with names of their own (ValueError); all hear all lines.
    """

    def __init__(
        self,
        templates: Sequence[ToneTemplate],
        channels: int = 1,
        *,
        profile: SteadyProfile | None = None,
    ) -> None:
        if channels < 1:
            raise ValueError(f"channels: want 1 or more, got {channels}")
        names = [template.name for template in templates]
        if len(set(names)) != len(names):
            raise ValueError(f"templates: want names of their own, got {', '.join(names)}")
        self.templates = tuple(templates)
        self.channels = channels
        self.profile = profile or SteadyProfile()
        self._start()

    def __repr__(self) -> str:
        names = ", ".join(template.name for template in self.templates)
        return f"<TemplateDetector {self.channels} channels: {names}>"

    def process(self, block: Pcm) -> list[TemplateEvent]:
        """Hear the next frames, PCM of shape (frames, channels), or (frames,) for one channel.

        Gives events in the order in which they were decided.  int16, or float32 in -1..1
        (TypeError); ValueError when the number of channels is another.
        """
        return self._events(frames_of(block, self.channels))

    def reset(self, channel: int) -> None:
        """Forget what one channel has heard and count it from 0.

        ValueError when there is no such channel.
        """
        self._native.reset(channel)

    def flush(self) -> list[TemplateEvent]:
        """End the stream: give what silence of two seconds would bring, and forget everything.

        The next `process` starts a new stream, counted from 0.
        """
        events = self._events(np.zeros((2 * units.SAMPLE_RATE, self.channels), np.int16))
        self._start()
        return events

    def _start(self) -> None:
        native = [template.as_native() for template in self.templates]
        self._native = detect.Templates(self.channels, native, asdict(self.profile))

    def _events(self, pcm: NDArray[np.int16]) -> list[TemplateEvent]:
        return [
            TemplateEvent(self.templates[index].name, channel, start, frames, hz, dbm0, purity, end)
            for (
                _, channel, end, index, start, frames, hz, dbm0, purity, _,
            ) in self._native.feed(pcm)
        ]  # fmt: skip
