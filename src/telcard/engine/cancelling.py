"""Echo cancellers of an engine's lanes: what they are to do, what they tell, and who has which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from telcard._native import echo
from telcard._native import engine as native
from telcard.dsp.echo import EchoStatistics, echo_statistics, tail_taps
from telcard.engine.quiet import NO_SOUND
from telcard.errors import CardError, NoResource

if TYPE_CHECKING:
    from telcard.engine.core import Core
    from telcard.engine.lane import Lane


@dataclass(frozen=True, slots=True, kw_only=True)
class EchoCancelling:
    """How a lane's echo is cancelled; the names are those of `telcard.dsp.EchoCanceller`.

    `tail_ms`: how long the echo may last, beyond the delay that the line states: 8 to 128 in steps
    of 8.  `nlp`: what the filter leaves is suppressed while nobody talks, and `comfort_noise` takes
    its place.  `disabler`: a modem's or fax's 2100 Hz switches it off while it talks.
    `find_delay`: an echo that comes later than the line states, by up to 500 ms, is found, and the
    tail begins there.  ValueError for a tail that there is not.
    """

    tail_ms: int = 64
    nlp: bool = True
    comfort_noise: bool = True
    high_pass: bool = False
    disabler: bool = True
    find_delay: bool = False

    def __post_init__(self) -> None:
        tail_taps(self.tail_ms)

    @property
    def flags(self) -> int:
        """What is done beside cancelling, in the kernel's bits."""
        wanted = {
            echo.NLP: self.nlp,
            echo.COMFORT: self.comfort_noise,
            echo.HIGH_PASS: self.high_pass,
            echo.TONE_DISABLER: self.disabler,
            echo.FIND_DELAY: self.find_delay,
        }
        return sum(flag for flag, on in wanted.items() if on)


@dataclass(frozen=True, slots=True)
class EchoTold:
    """Something has happened to a lane's canceller, at the engine's sample `sample`.

    `kind`: `converged`, `path_changed`, `disabled` (a modem or fax wants no cancelling), `enabled`,
    or `delay_found` (the tail begins elsewhere from now on).
    """

    kind: str
    sample: int


Told = Callable[[EchoTold], None]
"""What is called with each event."""


def echo_told(kind: int, sample: int) -> EchoTold:
    """An event as the engine gives it."""
    return EchoTold(echo.KINDS[kind], sample)


_Kind = tuple[int, int, int]
"""Tail, reach and flags, which a group of places shares."""


class Cancellers:
    """Gives lanes of an engine their places among cancellers, 16 that work abreast.

    Memory is taken here, outside the tick, when the first lane of a kind asks; groups that were
    made once stay, and their places are used again.
    """

    def __init__(self, name: str, core: Core) -> None:
        self._name = name
        self._core = core
        self._made: list[tuple[native.Cancellers, _Kind]] = []
        self._free: dict[_Kind, list[int]] = {}
        self._places: dict[Lane, int] = {}
        self._how: dict[Lane, EchoCancelling] = {}

    def __repr__(self) -> str:
        return f"<Cancellers of {self._name}: {len(self._places)} lanes>"

    def start(self, lane: Lane, how: EchoCancelling, delay: int) -> None:
        """See `Lane.cancel_echo`; `delay` is the line's own, in samples."""
        core = self._core
        if not isinstance(core, native.Core):
            raise CardError(f"{lane}: cannot cancel echo, {NO_SOUND}")
        if lane.span is None:
            raise CardError(f"{lane}: cannot cancel echo, it has no line")
        if not 0 <= delay <= echo.FARTHEST:
            raise ValueError(f"delay: want 0 to {echo.FARTHEST} samples, got {delay}")
        self._join(core, lane, how, delay)

    def moved(self, lane: Lane) -> None:
        """A lane has another timeslot, whose echo is another one."""
        how = self._how.get(lane)
        if how is not None and lane.span is not None:
            assert isinstance(self._core, native.Core)
            self.stop(lane)
            self._join(self._core, lane, how, lane.span.transmit_to_receive)

    def _join(self, core: native.Core, lane: Lane, how: EchoCancelling, delay: int) -> None:
        assert lane.span is not None
        kind = (tail_taps(how.tail_ms), delay, how.flags)
        place = self._take(core, kind)
        group, _ = self._made[place // native.CANCELLER_PLACES]
        taken = core.cancel_echo(lane.index, group, place, *kind[:2], lane.span.law == "u-law")
        if not taken:
            self._free[kind].append(place)
        lane.engine.give(taken)
        self._give_back(lane)
        self._places[lane] = place
        self._how[lane] = how

    def stop(self, lane: Lane) -> None:
        """See `Lane.cancel_echo`."""
        if lane in self._places:
            assert isinstance(self._core, native.Core)
            lane.engine.give(self._core.cancel_echo(lane.index, None, 0, 0, 0, False))
            self._give_back(lane)

    def closed(self, lane: Lane) -> None:
        """A lane was told to close: the native side gives its place up with it."""
        self._give_back(lane)

    def how(self, lane: Lane) -> EchoCancelling | None:
        """How a lane's echo is cancelled; None: it is not."""
        return self._how.get(lane)

    def statistics(self, lane: Lane) -> EchoStatistics | None:
        """See `Lane.echo`."""
        place = self._places.get(lane)
        if place is None:
            return None
        assert isinstance(self._core, native.Core)
        return echo_statistics(self._core.echo_figures(place))

    def _take(self, core: native.Core, kind: _Kind) -> int:
        free = self._free.setdefault(kind, [])
        if not free:
            if len(self._made) == core.canceller_groups():
                raise NoResource(
                    f"{self._name}: no place for another echo canceller, all {len(self._made)} "
                    f"groups of {native.CANCELLER_PLACES} are in use"
                )
            first = len(self._made) * native.CANCELLER_PLACES
            self._made.append((native.Cancellers(*kind), kind))
            free.extend(range(first + native.CANCELLER_PLACES - 1, first - 1, -1))
        return free.pop()

    def _give_back(self, lane: Lane) -> None:
        place = self._places.pop(lane, None)
        self._how.pop(lane, None)
        if place is not None:
            _, kind = self._made[place // native.CANCELLER_PLACES]
            self._free[kind].append(place)
