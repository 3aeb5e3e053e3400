"""Faults on purpose: what a card may meet in years, in an hour of rehearsal.

    script = FaultScript.from_toml(path)         # or FaultScript.from_seed(7, 3600.0, card.boards)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(inject(card, script))  # beside the calls, on the same clock

A script is a list of `Fault`s, each with its time from the beginning of the injection.  In TOML:

    [[fault]]
    kind = "alarm"               # the line `target` has LOS, LFA, AIS or RAI for a while
    at_s = 60.0
    for_s = 5.0
    target = "dtiB1"
    signal = "AIS"

    kind              further keys          what happens
    alarm             target for_s signal   a line's signal is lost; RAI: the far end cannot hear us
    slip              target octets         octets of every timeslot are deleted (< 0: repeated)
    bit_errors        target for_s rate seed   received bits turn
    stuck_channel     target                the channel's operation stands still
    dsp_crash         target                the board's firmware dies
    download_timeout  target stage          the next download says nothing at that stage
    card_gone         target for_s          the card is pulled out, and put back
    event_overflow    for_s                 the engine's ring of events is as good as full
    late_ticks        for_s                 the engine stands still, then makes up for it

and on lines with real frames (`EmulatedCard(..., frames=True)`), whose framing suffers from it:

    bit_error_burst   target for_s rate seed burst   bits turn, so many at a time
    lost_bits         target bits           an uncontrolled slip: bits are lost (< 0: gained)

A target is a name as programs have it: of a line (`dtiB1`), a channel (`dtiB1T5`, `dxxxB1C4`) or a
board (`d300sc_e1`).  Where several boards have such a device the board's name comes before it, with
a space: `d300sc_e1#2 dtiB1`.  `#7` is the seventh channel in use at that moment, counted round.
"""

from __future__ import annotations

import asyncio
import tomllib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Annotated, Any, Protocol

from telcard.cards.board import BoardState
from telcard.cards.devices import find
from telcard.cards.emulator import EmulatedCard, EmulatedLine, StageFault
from telcard.cards.lanes import Bearer
from telcard.engine import Alarm, CarrierEnd
from telcard.engine.carrier import MOST_LOST_BITS
from telcard.engine.span import MAX_BURST
from telcard.errors import CardError, ConfigError, UnknownCard
from telcard.events import Value
from telcard.strict import Reader, array, number, text
from telcard.units import NS, TICK_NS

SIGNALS = ("LOS", "LFA", "AIS", "RAI")

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong; which fields count depends on its kind, as the module tells."""

    at_s: float
    """From the beginning of the injection."""
    kind: str
    target: str = ""
    for_s: float = 0.0
    """How long it lasts, where it ends by itself."""
    signal: str = "LOS"
    octets: int = 1
    rate: float = 1e-4
    seed: int = 1
    stage: str = ""
    burst: int = 100
    """Bits that an error reaches over."""
    bits: int = 1

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"fault: want one of {', '.join(KINDS)}; got {self.kind!r}")


# What each kind has in a file.

_At = Annotated[float, number(0, 30 * DAY_S)]
_For = Annotated[float, number(0.01, DAY_S)]
_Target = Annotated[str, text()]


@dataclass(frozen=True, slots=True)
class _Engine:
    kind: Annotated[str, text(("event_overflow",))]
    at_s: _At
    for_s: _For


@dataclass(frozen=True, slots=True)
class _Stall:
    kind: Annotated[str, text(("late_ticks",))]
    at_s: _At
    for_s: Annotated[float, number(0.01, 10)]


@dataclass(frozen=True, slots=True)
class _Once:
    kind: Annotated[str, text(("stuck_channel", "dsp_crash"))]
    at_s: _At
    target: _Target


@dataclass(frozen=True, slots=True)
class _Gone:
    kind: Annotated[str, text(("card_gone",))]
    at_s: _At
    target: _Target
    for_s: _For


@dataclass(frozen=True, slots=True)
class _Download:
    kind: Annotated[str, text(("download_timeout",))]
    at_s: _At
    target: _Target
    stage: Annotated[str, text()]


@dataclass(frozen=True, slots=True)
class _Alarm:
    kind: Annotated[str, text(("alarm",))]
    at_s: _At
    target: _Target
    for_s: _For
    signal: Annotated[str, text(SIGNALS)]


@dataclass(frozen=True, slots=True)
class _Slip:
    kind: Annotated[str, text(("slip",))]
    at_s: _At
    target: _Target
    octets: Annotated[int, number(-80, 80)]


@dataclass(frozen=True, slots=True)
class _BitErrors:
    kind: Annotated[str, text(("bit_errors",))]
    at_s: _At
    target: _Target
    for_s: _For
    rate: Annotated[float, number(0, 0.5)]
    seed: Annotated[int, number(0, 2**63)]


@dataclass(frozen=True, slots=True)
class _Burst(_BitErrors):
    kind: Annotated[str, text(("bit_error_burst",))]
    burst: Annotated[int, number(2, MAX_BURST)]


@dataclass(frozen=True, slots=True)
class _Lost:
    kind: Annotated[str, text(("lost_bits",))]
    at_s: _At
    target: _Target
    bits: Annotated[int, number(-MOST_LOST_BITS, MOST_LOST_BITS)]


@dataclass(frozen=True, slots=True)
class _File:
    fault: Annotated[
        tuple[
            _Engine
            | _Stall
            | _Once
            | _Gone
            | _Download
            | _Alarm
            | _Slip
            | _BitErrors
            | _Burst
            | _Lost,
            ...,
        ],
        array(by="kind"),
    ]


FRAMED = ("bit_error_burst", "lost_bits")
"""What can be injected into lines with real frames alone."""

KINDS = (
    "alarm",
    "slip",
    "bit_errors",
    "stuck_channel",
    "dsp_crash",
    "download_timeout",
    "card_gone",
    "event_overflow",
    "late_ticks",
    *FRAMED,
)
"""Everything that can be injected."""

LINES = ("alarm", "slip", "bit_errors", *FRAMED)
"""What a line is harmed by."""


@dataclass(frozen=True, slots=True)
class FaultScript:
    """Faults in the order of their times."""

    faults: tuple[Fault, ...]

    @classmethod
    def of(cls, *faults: Fault) -> FaultScript:
        """A script of these faults, in whatever order they are given."""
        return cls(tuple(sorted(faults, key=lambda fault: fault.at_s)))

    @classmethod
    def from_toml(cls, path: Path) -> FaultScript:
        """Read a script; raises `ConfigError` with a sentence for everything that is wrong."""
        try:
            table = tomllib.loads(path.read_bytes().decode())
        except OSError as error:
            raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
        except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
            raise ConfigError(f"{path}: not a TOML file: {error}") from error
        reader = Reader()
        read = reader.read(_File, table)
        if read is None or reader.faults:
            raise ConfigError("\n".join(f"{path}: {fault}" for fault in reader.faults))
        return cls.of(*(Fault(**asdict(fault)) for fault in read.fault))

    @classmethod
    def from_seed(
        cls,
        seed: int,
        duration_s: float,
        boards: Sequence[EmulatedCard],
        every_s: float = 60.0,
        kinds: Sequence[str] = KINDS,
    ) -> FaultScript:
        """Draw faults at random times, one in `every_s` on average, for these boards.

        The same arguments give the same script.  `FRAMED` are drawn where a line has frames.
        Raises ValueError for a distance that is none, and where that leaves nothing to draw.
        """
        if every_s <= 0:
            raise ValueError(f"faults: want a distance above 0 s, got {every_s}")
        if not any(_framed(board) for board in boards):
            kinds = [kind for kind in kinds if kind not in FRAMED]
        if not kinds:
            raise ValueError(f"faults: want a line with frames for {', '.join(FRAMED)}; got none")
        chance = Random(seed)
        drawn = []
        at_s = chance.expovariate(1 / every_s)
        while at_s < duration_s:
            drawn.append(_draw(chance, round(at_s, 2), chance.choice(kinds), boards))
            at_s += chance.expovariate(1 / every_s)
        return cls.of(*drawn)


def _draw(chance: Random, at_s: float, kind: str, boards: Sequence[EmulatedCard]) -> Fault:
    """A fault of this kind somewhere on the boards, of a length as such things have."""
    if kind in FRAMED:
        board = chance.choice([board for board in boards if _framed(board)])
    else:
        board = chance.choice([board for board in boards if board.lines] or list(boards))
    facts: dict[str, Any] = {"target": board.name}
    if kind in LINES and board.lines:
        lines = _framed(board) if kind in FRAMED else board.lines
        facts["target"] = f"{board.name} {chance.choice(lines).name}"
    match kind:
        case "alarm":
            # Half of them short enough to be waited out.
            facts["for_s"] = round(chance.choice((1.0, 20.0)) * chance.uniform(0.1, 1.5), 2)
            facts["signal"] = chance.choice(SIGNALS)
        case "slip":
            facts["octets"] = chance.choice((-3, -2, -1, 1, 2, 3))
        case "bit_errors" | "bit_error_burst":
            facts["for_s"] = round(chance.uniform(1, 20), 2)
            facts["rate"] = 10.0 ** -chance.randint(3, 6)
            facts["seed"] = chance.getrandbits(32)
            if kind == "bit_error_burst":
                facts["burst"] = chance.choice((10, 100, 1000))
        case "lost_bits":
            # A bit or a few, or two whole frames, which leave the alignment as it is.
            facts["bits"] = chance.choice((-512, -8, -1, 1, 8, 512))
        case "stuck_channel":
            facts["target"] = f"#{chance.randint(1, 99)}"
        case "download_timeout":
            facts["stage"] = chance.choice(board.spec.firmware.stages).name
        case "card_gone":
            facts["for_s"] = round(chance.uniform(5, 60), 2)
        case "event_overflow" | "late_ticks":
            facts = {"for_s": round(chance.uniform(0.05, 0.5), 2)}
    return Fault(at_s, kind, **facts)


def _framed(board: EmulatedCard) -> list[EmulatedLine]:
    """The lines of a board that have real frames."""
    return [line for line in board.lines if line.span.line.framing is not None]


class Rack(Protocol):
    """Whatever has boards to harm, and a log: a `Card`, a `Chassis`."""

    @property
    def boards(self) -> Sequence[EmulatedCard]:
        """The boards, on one engine."""

    def report(self, name: str, **facts: Value) -> None:
        """Write down what happens."""


async def inject(rack: Rack, script: FaultScript) -> None:
    """Let the faults of a script happen, each at its time from now; returns after the last.

    Every fault is an event (`fault`), so is its end (`fault_over`), and one that finds nothing to
    harm, or an engine without the sound to harm (`fault_skipped`).  Raises `UnknownCard` for a
    target that the boards have not, and `CardError` for a line without the frames to harm, before
    anything happens.  When it is cancelled, what still lasts is mended.
    """
    injection = _Injection(rack)
    for fault in script.faults:
        injection.check(fault)
    async with asyncio.TaskGroup() as tasks:
        for fault in script.faults:
            tasks.create_task(injection.run(fault), name=f"fault {fault.kind}")


class _Skipped(Exception):
    """There is nothing to harm now."""


class _Injection:
    """Faults on their way, and which of them still last."""

    def __init__(self, rack: Rack) -> None:
        self._rack = rack
        self._boards = {board.name: board for board in rack.boards}
        self._lasting = Counter[tuple[str, object]]()

    def check(self, fault: Fault) -> None:
        """Raise `UnknownCard` for a target, or a stage, that is not there, `CardError` for a line
        that cannot suffer so."""
        match fault.kind:
            case kind if kind in FRAMED:
                line = self._line(fault.target)
                if line.span.line.framing is None:
                    raise CardError(
                        f"fault: want a line with frames for {kind}, {line.name} has none"
                    )
            case "alarm" | "slip" | "bit_errors":
                self._line(fault.target)
            case "stuck_channel":
                if not _counted(fault.target):
                    self._channel(fault.target)
            case "dsp_crash" | "card_gone":
                self._board(fault.target)
            case "download_timeout":
                stages = [stage.name for stage in self._board(fault.target).spec.firmware.stages]
                if fault.stage not in stages:
                    there = ", ".join(stages)
                    raise UnknownCard(f"{fault.target}: want a stage of {there}; got {fault.stage}")

    async def run(self, fault: Fault) -> None:
        """Wait for its time, let it happen, and end it."""
        await asyncio.sleep(fault.at_s)
        facts: dict[str, Value] = {"kind": fault.kind, "target": fault.target}
        if fault.for_s:
            facts["for_s"] = fault.for_s
        event = self._rack.report
        try:
            begin, end = self._means(fault)
            begin()
        except (_Skipped, CardError) as why:
            event("fault_skipped", **facts, why=str(why))
            return
        event("fault", **facts)
        if end is None:
            return
        try:
            await asyncio.sleep(fault.for_s)
        finally:
            end()
            event("fault_over", **facts)

    def _means(self, fault: Fault) -> tuple[Callable[[], None], Callable[[], None] | None]:
        """How to let it happen, and how to end it."""
        engine = self._rack.boards[0].engine
        match fault.kind:
            case "alarm":
                line = self._line(fault.target)
                alarm = Alarm[fault.signal]
                # RAI is what the far end says when it does not hear us.
                broken = {"sent": Alarm.LOS} if alarm is Alarm.RAI else {"received": alarm}
                return self._held("alarm", line, lambda: line.set_signal(**broken), line.set_signal)
            case "slip":
                span = self._line(fault.target).span
                return lambda: span.slip(fault.octets), None
            case "bit_errors" | "bit_error_burst":
                span = self._line(fault.target).span
                burst = fault.burst if fault.kind == "bit_error_burst" else 1
                return self._held(
                    "bit_errors",
                    span,
                    lambda: span.set_bit_errors(fault.rate, fault.seed, burst),
                    lambda: span.set_bit_errors(0),
                )
            case "lost_bits":
                carrier = self._carrier(fault.target)
                return lambda: carrier.lose_bits(fault.bits), None
            case "stuck_channel":
                bearer = self._bearer(fault.target)
                return bearer.lane.stick, None
            case "dsp_crash":
                board = self._board(fault.target)
                if board.board.state is not BoardState.READY:
                    raise _Skipped(f"{board.name} is {board.status}")
                return lambda: board.board.crash("the firmware no longer answers"), None
            case "download_timeout":
                board = self._board(fault.target)
                silent = {fault.stage: StageFault.SILENT}
                return lambda: board.hardware.next_faults.update(silent), None
            case "card_gone":
                board = self._board(fault.target)
                return self._held("card_gone", board, lambda: _pull(board), lambda: _put(board))
            case "event_overflow":
                return self._held(
                    "event_overflow",
                    engine,
                    lambda: engine.jam_events(True),
                    lambda: engine.jam_events(False),
                )
            case _:
                ticks = max(1, round(fault.for_s * NS / TICK_NS))
                return lambda: engine.stall(ticks), lambda: None

    def _held(
        self, kind: str, what: object, begin: Callable[[], None], end: Callable[[], None]
    ) -> tuple[Callable[[], None], Callable[[], None]]:
        """The same, but where several of a kind overlap the last one to end ends it."""
        key = (kind, what)

        def first() -> None:
            begin()
            self._lasting[key] += 1

        def last() -> None:
            self._lasting[key] -= 1
            if not self._lasting[key]:
                end()

        return first, last

    # Targets

    def _board(self, target: str) -> EmulatedCard:
        board = self._boards.get(target.rpartition(":")[2])
        if board is None:
            raise UnknownCard(f"fault: no board is called {target!r}; {self._there()}")
        return board

    def _candidates(self, target: str) -> tuple[list[EmulatedCard], str]:
        """The boards that may be meant, and the device's name."""
        name, _, device = target.rpartition(" ")
        return ([self._board(name)] if name else list(self._boards.values())), device

    def _line(self, target: str) -> EmulatedLine:
        boards, device = self._candidates(target)
        for board in boards:
            for line in board.lines:
                if line.name == device:
                    return line
        raise UnknownCard(f"fault: no line is called {target!r}; {self._there()}")

    def _carrier(self, target: str) -> CarrierEnd:
        span = self._line(target).span
        if span.carrier is None:
            raise _Skipped(f"{span.name}: cannot lose bits, its engine has no sound")
        return span.carrier

    def _channel(self, target: str) -> tuple[EmulatedCard, int, int]:
        """Board, span (from 0) and timeslot of a channel."""
        boards, device = self._candidates(target)
        for board in boards:
            try:
                channel = find(board.spec, device)
            except UnknownCard:
                continue
            return board, channel.span - 1, channel.timeslot
        raise UnknownCard(f"fault: no channel is called {target!r}; {self._there()}")

    def _bearer(self, target: str) -> Bearer:
        if number := _counted(target):
            used = [bearer for board in self._boards.values() for bearer in board.bearers]
            if not used:
                raise _Skipped("no channel is in use")
            return used[(number - 1) % len(used)]
        board, span, timeslot = self._channel(target)
        for bearer in board.bearers:
            lane = bearer.lane
            if (lane.span, lane.timeslot) == (board.lines[span].span, timeslot):
                return bearer
        raise _Skipped(f"{target} is not in use")

    def _there(self) -> str:
        return f"there are {', '.join(self._boards)}"


def _counted(target: str) -> int:
    """The number of a target like `#7`; 0 for any other."""
    digits = target.removeprefix("#")
    return int(digits) if target.startswith("#") and digits.isdecimal() else 0


def _pull(board: EmulatedCard) -> None:
    board.hardware.there = False
    board.board.remove()


def _put(board: EmulatedCard) -> None:
    board.hardware.there = True
