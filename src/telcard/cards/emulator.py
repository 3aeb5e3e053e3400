"""A card that is not there: spans, boot, pools and names of its spec, over native lines.

    engine = Engine(spec.lanes, clock=clock)
    card = EmulatedCard(load("d300sc_e1"), engine)
    await card.bring_up()                        # takes the time that its stages take
    with card.open_bearer(card.spans[0], 1) as bearer:
        bearer.lane.play([prompt])

The other side's cable goes into `card.far_ends`.  Until the card is ready it sends what a card
without firmware sends: every circuit blocked.  When it goes down, or crashes, every bearer is
closed at once, and calls on it end as after a hang-up.

Pools, names, times of the stages, and the digit buffer are those of the spec.  Its event
latencies are not imitated: digits and outcomes come with the tick in which they are known.
Sockets for telephones (FXS) are ports of a channel bank, each bank a span (`card.banks`) with a
cable of its own.  A model with lines towards an exchange (FXO), or without any port, is known but
not emulated: `why_not`.
"""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType

from telcard.cards.board import Board, BoardState, BoardStatus
from telcard.cards.devices import channels, span_name, stations, voice_name
from telcard.cards.faces import Capabilities, Carries
from telcard.cards.pools import Entry, Pool
from telcard.cards.spec import CardSpec, Port, Stage, load, specs
from telcard.engine import BLOCKED_BITS, Alarm, E1Line, Engine, Lane, Span
from telcard.errors import CardError
from telcard.units import NS, TICK_NS, TICK_SAMPLES

HOST_DIGITS = 31
"""Digits that wait for a lane of a card whose sound the host makes."""


def why_not(spec: CardSpec) -> str:
    """Why the emulator cannot run a model, in one sentence; empty when it can."""
    has = ""
    if trunks := [port for port in spec.analogue if port.kind == "fxo"]:
        has = " and ".join(f"{port.count} {port.kind} ports" for port in trunks)
    elif not spec.ports:
        pools = " and ".join(f"{pool.size} {pool.name}" for pool in spec.pools) or "nothing"
        has = f"no port, only {pools}"
    wanted = "the emulator wants a card of E1 spans and telephones"
    return has and f"{spec.name}: {wanted}; this one has {has}"


def check_emulated(spec: CardSpec) -> None:
    """Refuse a model that the emulator cannot run, with a `CardError` of one sentence."""
    if refusal := why_not(spec):
        raise CardError(refusal)


class StageFault(enum.Enum):
    """How a stage of the download may fail, for tests and rehearsals."""

    REFUSED = "the hardware says that it failed"
    SILENT = "the hardware says nothing, until the limit has passed"


class EmulatedHardware:
    """What the board is downloaded to: takes its time, or fails where it is told to."""

    def __init__(self) -> None:
        self.there = True
        """Whether a card answers at all."""
        self.faults: dict[str, StageFault] = {}
        """By stage: how it fails from now on."""

    def present(self) -> bool:
        """Whether a card answers at all."""
        return self.there

    def begin(self, stage: Stage, done: Callable[[], None], failed: Callable[[str], None]) -> None:
        """Begin a stage of the download."""
        loop = asyncio.get_running_loop()
        match self.faults.get(stage.name):
            case None:
                loop.call_later(stage.time_s, done)
            case StageFault.REFUSED:
                loop.call_later(stage.time_s, failed, "the card reports a failure")
            case StageFault.SILENT:
                pass


@dataclass(frozen=True, slots=True)
class FarEnd:
    """The socket of a span for the other side's cable: `engine.plug(end.line, end.end)`."""

    name: str
    line: E1Line
    end: int
    stations: tuple[str, ...] = ()
    """Of a bank: names of its sockets for telephones, by timeslot from 1; of an E1 none."""


class EmulatedLine:
    """One span of an emulated card, E1 or bank; a `LineFace` over an engine's span.

    `devices` maps the timeslots that bear calls to the names of their devices.
    """

    carries = Carries.OCTETS | Carries.BITS

    transmit_to_receive_samples = 2 * TICK_SAMPLES
    """One tick each way: what we send at tick n is looped at n + 1 and comes back at n + 2."""

    def __init__(
        self, card: EmulatedCard, span: Span, port: Port, devices: Mapping[int, str]
    ) -> None:
        self.port = port
        self.span = span
        self.devices = devices
        self._card = card

    @property
    def name(self) -> str:
        """What the card's programs call it, e.g. `dtiB1`."""
        return self.span.name

    def alarms(self) -> Alarm:
        """What is wrong now, as the last tick found it; LOS until somebody is heard."""
        return self.span.alarms

    def on_alarm(self, callback: Callable[[Alarm], None]) -> None:
        """Call `callback(alarms)` whenever what is wrong has changed."""
        self.span.on_alarm(callback)

    def bits(self, timeslot: int) -> int:
        """The ABCD bits received now (a is 8, d is 1)."""
        return self.span.bits(timeslot)

    def set_bits(self, timeslot: int, abcd: int) -> None:
        """Send these ABCD bits from the next tick on; a card that is not ready raises."""
        self._card.check_ready(f"set bits of {self.name}")
        self.span.set_bits(timeslot, abcd)

    def on_bits(self, callback: Callable[[int, int, int], None]) -> None:
        """Call `callback(timeslot, abcd, sample)` whenever received bits have changed."""
        self.span.on_bits(callback)

    def open_lane(self, timeslot: int) -> Lane:
        """The octets of a bearer, both ways; `EmulatedCard.open_bearer` takes a voice with it."""
        self._card.check_ready(f"open {self.name} timeslot {timeslot}")
        if timeslot not in self.devices:
            raise CardError(f"{self.name}: timeslot {timeslot} bears no call")
        digits = self._card.spec.limits.digit_buffer or HOST_DIGITS
        return self.span.open_lane(timeslot, digits=digits)

    def __repr__(self) -> str:
        return f"<EmulatedLine {self.name}>"


class Bearer:
    """A bearer with a voice resource: both are given back by `close`, or at the end of a `with`.

    Where the host makes the sound there is no voice resource, and the bearer is called `network`.
    """

    def __init__(
        self, card: EmulatedCard, lane: Lane, voice: Entry | None, network: str, owner: str
    ) -> None:
        self.lane = lane
        self.name = network if voice is None else voice_name(card.spec, voice.number)
        """The voice device's name, e.g. `dxxxB1C1`."""
        self.owner = owner
        """For whom it was opened."""
        self._card = card
        self._voice = voice
        self._open = True

    def close(self) -> None:
        """Give lane and voice back; what still runs ends as after a hang-up. Harmless twice."""
        if self._open:
            self._open = False
            self._card.forget(self)
            try:
                self.lane.close()
            finally:
                if self._voice is not None:
                    self._voice.give()

    def __enter__(self) -> Bearer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "open" if self._open else "closed"
        return f"<Bearer {self.name} on {self.lane.name}, {state}>"


class EmulatedCard:
    """One card of a model, plugged into an engine; a `BoardFace`.

    `name` tells two cards of one model apart, in messages and in pools.  Raises `CardError` for a
    model that the emulator cannot run.
    """

    def __init__(self, spec: CardSpec, engine: Engine, name: str = "") -> None:
        check_emulated(spec)
        self.spec = spec
        self.name = name or spec.name
        self.engine = engine
        self.hardware = EmulatedHardware()
        self.board = Board(spec, self.hardware)
        self.board.subscribe(self._changed)
        self.lines: list[EmulatedLine] = []
        """Its E1 spans."""
        self.banks: list[EmulatedLine] = []
        """Its banks of sockets for telephones."""
        self.far_ends: list[FarEnd] = []
        self._bearers: list[Bearer] = []
        devices: list[dict[int, str]] = [{} for _ in spec.spans]
        for channel in channels(spec):
            devices[channel.span - 1][channel.timeslot] = channel.network
        for number, port in enumerate(spec.spans, 1):
            name = span_name(spec, number)
            self.lines.append(self._plug(name, port, devices[number - 1]))
        banks: dict[int, dict[int, str]] = {}
        for station in stations(spec):
            banks.setdefault(station.bank, {})[station.timeslot] = station.name
        for bank, names in banks.items():
            fxs = next(port for port in spec.analogue if port.kind == "fxs")
            self.banks.append(
                self._plug(f"{self.name} bank {bank}", fxs, names, tuple(names.values()))
            )

    def _plug(
        self, name: str, port: Port, devices: Mapping[int, str], names: tuple[str, ...] = ()
    ) -> EmulatedLine:
        """One end of a new line into the engine; the other waits for a cable."""
        line = E1Line()
        self.far_ends.append(FarEnd(name, line, 1, names))
        return EmulatedLine(self, self.engine.plug(line, 0, name), port, devices)

    @property
    def status(self) -> BoardStatus:
        """How the board stands now."""
        return self.board.status

    @property
    def pools(self) -> Mapping[str, Pool]:
        """Resources of the board."""
        return self.board.pools

    @property
    def spans(self) -> tuple[Span, ...]:
        """The engine's end of each E1 line."""
        return tuple(line.span for line in self.lines)

    @property
    def bearers(self) -> tuple[Bearer, ...]:
        """Bearers that are open."""
        return tuple(self._bearers)

    @property
    def capabilities(self) -> Capabilities:
        """What its channels can do: the engine's abilities.

        A pool of fax or conference resources alone does not make one: nothing emulates them yet.
        """
        return Capabilities(
            play=True,
            record=True,
            stereo_record=True,
            collect=True,
            tones=True,
            listen=True,
            mask=True,
        )

    def timeslots(self, span: Span) -> Iterator[tuple[int, str]]:
        """Bearers of a span or a bank in order: timeslot, and name of the device."""
        yield from self._line(span).devices.items()

    async def bring_up(self) -> None:
        """Download the firmware, in the time that its stages take.

        Raises `CardError` with the stage and its code when the download fails.
        """
        await self.board.bring_up()

    async def bring_down(self) -> None:
        """Close every bearer and stop the board.

        Returns when the far end has been told that every circuit is blocked, and the lanes are
        back in the engine.
        """
        self.board.bring_down()
        await asyncio.sleep(2 * TICK_NS / NS)

    def open_bearer(self, span: Span, timeslot: int, owner: str = "") -> Bearer:
        """Open a bearer with a voice resource of the board.

        A telephone's port comes without one: its sound is for bridging.  `owner` is named where
        resources run out; the network device's name unless given.  Raises `CardError` when the
        board is not ready, has no voice of its own though it should make the sound, or the
        timeslot bears no call or is open already; `NoResource` when the voice pool or the engine
        has nothing left.  Nothing stays taken then.
        """
        line = self._line(span)
        self.check_ready(f"open {line.name} timeslot {timeslot}")
        network = line.devices.get(timeslot, "")
        owner = owner or network
        voice = None
        if line in self.lines and self.spec.identity.sound == "board":
            if "voice" not in self.pools:
                raise CardError(
                    f"{self.name}: cannot open {line.name} timeslot {timeslot}, "
                    "it wants a voice resource and the board has none"
                )
            voice = self.pools["voice"].take(owner)
        try:
            lane = line.open_lane(timeslot)
        except BaseException:
            if voice is not None:
                voice.give()
            raise
        bearer = Bearer(self, lane, voice, network, owner)
        self._bearers.append(bearer)
        return bearer

    def check_ready(self, wanted: str) -> None:
        """Raise `CardError` when the board is not ready."""
        if self.board.state is not BoardState.READY:
            raise CardError(f"{self.name}: cannot {wanted}, the board is {self.status}")

    def forget(self, bearer: Bearer) -> None:
        """`Bearer.close` asks for it."""
        self._bearers.remove(bearer)

    def _line(self, span: Span) -> EmulatedLine:
        for line in (*self.lines, *self.banks):
            if line.span is span:
                return line
        raise CardError(f"{self.name}: {span!r} is not one of its spans")

    def _changed(self, status: BoardStatus) -> None:
        """A board that is not ready holds no call and lets none in."""
        if status.state in (BoardState.READY, BoardState.DOWNLOADING):
            return
        for bearer in self.bearers:
            bearer.close()
        for line in (*self.lines, *self.banks):
            for timeslot in line.devices:
                if line.span.sent_bits(timeslot) != BLOCKED_BITS:
                    line.span.set_bits(timeslot, BLOCKED_BITS)

    def __repr__(self) -> str:
        return f"<EmulatedCard {self.name}: {self.status}, {len(self._bearers)} bearers open>"


class EmulatorDriver:
    """Opens every model that has a spec; a `CardDriver`."""

    name = "emulator"

    def probe(self) -> Sequence[str]:
        """Names of the models that it can run."""
        return [name for name in specs() if not why_not(load(name))]

    def open(self, name: str, engine: Engine) -> EmulatedCard:
        """A card of this model, or of the spec at this path."""
        return EmulatedCard(load(name), engine)
