"""A card that is not there: spans, boot, pools and names of its spec, over native lines.

    engine = Engine(spec.lanes, clock=clock)
    card = EmulatedCard(load("d300sc_e1"), engine)
    await card.bring_up()                        # takes the time that its stages take
    with card.open_bearer(card.spans[0], 1) as bearer:
        bearer.lane.play([prompt])

The other side's cable goes into `card.far_ends`.  Until the card is ready it sends what a card
without firmware sends: every circuit blocked.  When it goes down, or crashes, every bearer is
closed at once, and calls on it end as after a hang-up.  A card that is pulled out sends nothing.

Pools, names, times of the stages, and the digit buffer are those of the spec.  Its event
latencies are not imitated: digits and outcomes come with the tick in which they are known.
Sockets for telephones (FXS) and lines towards an exchange (FXO) are ports of channel banks, each
bank a span (`card.banks`, `card.loops`) with a cable of its own.

At the last stage of its download every device of the card gets its slot of the `bus`, where other
cards' devices may listen to it.  A fax channel has no line of its own: it is opened as a resource,
and joined to a line over the bus.

    with card.open_resource("fax", "call 1") as fax:
        card.bus.listen(fax.name, card.bus.slot("dtiB1T1"))
"""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar, get_args

from telcard.cards.board import Board, BoardState, BoardStatus
from telcard.cards.bus import Bus
from telcard.cards.devices import (
    BANK_PORTS,
    FIRST,
    Device,
    Numbers,
    channels,
    devices,
    sockets,
    span_name,
)
from telcard.cards.faces import Capabilities, Carries
from telcard.cards.lanes import Bearer, Held, Resource
from telcard.cards.performance import LinePerformance, Report
from telcard.cards.pools import Entry, Pool
from telcard.cards.spec import NONE, CardSpec, Port, SpanPort, Stage, T1Port, load, specs
from telcard.countries import Country
from telcard.engine import (
    BLOCKED_BITS,
    Alarm,
    E1Line,
    Engine,
    FrameFormat,
    Framing,
    Lane,
    Span,
    SpanDChannel,
    T1Line,
)
from telcard.errors import CardError
from telcard.signalling import Agreed
from telcard.units import NS, TICK_NS, TICK_SAMPLES

AnyHeld = TypeVar("AnyHeld", bound=Held)

_FORMATS: Mapping[str, FrameFormat] = {known: known for known in get_args(FrameFormat)}

HOST_DIGITS = 31
"""Digits that wait for a lane of a card whose sound the host makes."""


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
        self.finish: Callable[[Stage], None] = lambda stage: None
        """Called when a stage is through; a `CardError` makes it fail after all."""
        self.next_faults: dict[str, StageFault] = {}
        """By stage: how it fails the next time, and that time alone."""

    def present(self) -> bool:
        """Whether a card answers at all."""
        return self.there

    def begin(self, stage: Stage, done: Callable[[], None], failed: Callable[[str], None]) -> None:
        """Begin a stage of the download."""
        loop = asyncio.get_running_loop()
        match self.next_faults.pop(stage.name, self.faults.get(stage.name)):
            case None:
                loop.call_later(stage.time_s, self._finish, stage, done, failed)
            case StageFault.REFUSED:
                loop.call_later(stage.time_s, failed, "the card reports a failure")
            case StageFault.SILENT:
                pass

    def _finish(
        self, stage: Stage, done: Callable[[], None], failed: Callable[[str], None]
    ) -> None:
        try:
            self.finish(stage)
        except CardError as error:
            failed(str(error))
        else:
            done()


@dataclass(frozen=True, slots=True)
class FarEnd:
    """The socket of a span for the other side's cable: `engine.plug(end.line, end.end)`."""

    name: str
    line: E1Line
    end: int
    stations: tuple[str, ...] = ()
    """Of a bank of telephones: names of its sockets, by timeslot from 1; otherwise none."""
    loops: tuple[str, ...] = ()
    """Of a bank of lines towards an exchange: their names, by timeslot from 1; otherwise none."""
    agreed: Agreed = field(default_factory=Agreed)
    """What was agreed with whoever is at its other end."""


class EmulatedLine:
    """One span of an emulated card, E1, T1 or bank; a `LineFace` over an engine's span.

    `devices` maps the timeslots that bear calls to the names of their devices.
    """

    transmit_to_receive_samples = 2 * TICK_SAMPLES
    """One tick each way: what we send at tick n is looped at n + 1 and comes back at n + 2."""

    def __init__(
        self, card: EmulatedCard, span: Span, port: Port, devices: Mapping[int, str]
    ) -> None:
        self.port = port
        self.carries = Carries.OCTETS | Carries.BITS
        """A digital span carries frames as well; telephones have no use for them."""
        if isinstance(port, SpanPort):
            self.carries |= Carries.FRAMES
        self.span = span
        span.transmit_to_receive = self.transmit_to_receive_samples
        self.devices = devices
        self.performance: LinePerformance | None = None
        """How good it was, once somebody has asked for it (`EmulatedCard.measure`)."""
        self._card = card
        self._there = True
        self._broken = (Alarm.NONE, Alarm.NONE)

    @property
    def name(self) -> str:
        """What the card's programs call it, e.g. `dtiB1`."""
        return self.span.name

    @property
    def signalling_timeslot(self) -> int:
        """Where its messages go; 0 of a bank, which has none."""
        return self.port.signalling_timeslot if isinstance(self.port, SpanPort) else 0

    def alarms(self) -> Alarm:
        """What is wrong now, as the last tick found it; LOS until somebody is heard."""
        return self.span.alarms

    def on_alarm(self, callback: Callable[[Alarm], None]) -> None:
        """Call `callback(alarms)` whenever what is wrong has changed."""
        self.span.on_alarm(callback)

    def set_signal(self, received: Alarm = Alarm.NONE, sent: Alarm = Alarm.NONE) -> None:
        """Break the line on its way to us, or from us, as `Span.set_signal`; NONE mends it."""
        self.span.set_signal(received, sent if self._there else Alarm.LOS)
        self._broken = (received, sent)

    def set_there(self, there: bool) -> None:
        """Whether a card drives the line at all: where none does, the far end has no signal."""
        if there is not self._there:
            self._there = there
            self.set_signal(*self._broken)

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
        return self.span.open_lane(timeslot, digits=self._card.digits)

    def open_dchannel(self, timeslot: int | None = None) -> SpanDChannel:
        """The frames of a timeslot, that of the port's signalling unless given, by HDLC in the
        engine; closed when the card goes down."""
        if Carries.FRAMES not in self.carries:
            raise CardError(f"{self.name}: cannot open a D-channel, it carries no frames")
        timeslot = self.signalling_timeslot if timeslot is None else timeslot
        self._card.check_ready(f"open a D-channel on {self.name} timeslot {timeslot}")
        return self.span.open_dchannel(timeslot)

    def close_dchannels(self) -> None:
        """The card goes down."""
        for dchannel in tuple(self.span.dchannels.values()):
            dchannel.close()

    def __repr__(self) -> str:
        return f"<EmulatedLine {self.name}>"


class EmulatedCard:
    """One card of a model, plugged into an engine; a `BoardFace`.

    `name` tells two cards of one model apart, in messages and in pools; `bus` is the one that they
    share, a bus of its own unless given; `before` says where the names of its devices begin
    (`devices.count`); the lines have the law of the `country`, without one that of the spec;
    `agreed` is what the far ends know of its spans, and after them of its banks of lines towards an
    exchange: "cas" on every span, and no poles that answer, unless given; their framing, law and
    timeslots are the lines'.  With `frames` all E1 and T1 lines carry the bits of real frames, in
    the spec's framing unless another was agreed on, so that what a line suffers acts as on copper
    (`telcard.engine.carrier`).
    Raises `CardError` for a model whose bus does not fit.
    """

    def __init__(
        self,
        spec: CardSpec,
        engine: Engine,
        name: str = "",
        bus: Bus | None = None,
        before: Numbers = FIRST,
        country: Country | None = None,
        agreed: Sequence[Agreed] = (),
        frames: bool = False,
    ) -> None:
        self.spec = spec
        self.name = name or spec.name
        self.engine = engine
        self.bus = Bus() if bus is None else bus
        self.bus.plug(self.name, spec)
        self.hardware = EmulatedHardware()
        self.hardware.finish = self._finish
        self.board = Board(spec, self.hardware)
        self.board.subscribe(self._changed)
        self.devices: tuple[Device, ...] = devices(spec, before)
        """What sound goes into and comes out of, as programs call it."""
        self.lines: list[EmulatedLine] = []
        """Its E1 and T1 spans."""
        self.banks: list[EmulatedLine] = []
        """Its banks of sockets for telephones."""
        self.loops: list[EmulatedLine] = []
        """Its banks of lines towards an exchange."""
        self.far_ends: list[FarEnd] = []
        self._held: list[Held] = []
        self._country = country
        self._names = {(each.kind, each.number): each.name for each in self.devices}
        orders = iter(agreed)
        bearers: list[dict[int, str]] = [{} for _ in spec.spans]
        for channel in channels(spec, before):
            bearers[channel.span - 1][channel.timeslot] = channel.network
        for number, port in enumerate(spec.spans, 1):
            called = span_name(spec, number, before)
            order = next(orders, Agreed())
            if frames and not order.framing:
                order = replace(order, framing=port.framing)
            used = order.timeslots or tuple(bearers[number - 1])
            here = {slot: name for slot, name in bearers[number - 1].items() if slot in used}
            self.lines.append(self._plug(called, port, here, order))
        self.banks += self._plug_banks("fxs", before, iter(()))
        self.loops += self._plug_banks("fxo", before, orders)

    def _plug_banks(
        self, kind: str, before: Numbers, orders: Iterator[Agreed]
    ) -> Iterator[EmulatedLine]:
        """The card's analogue ports of a kind, by the bank."""
        banks: dict[int, dict[int, str]] = {}
        for socket in sockets(self.spec, kind, before):
            banks.setdefault(socket.bank, {})[socket.timeslot] = socket.name
        for bank, names in banks.items():
            port = next(port for port in self.spec.analogue if port.kind == kind)
            called = f"{self.name} {'bank' if kind == 'fxs' else 'loops'} {bank}"
            yield self._plug(called, port, names, next(orders, Agreed(kind)))

    def _plug(
        self, name: str, port: Port, devices: Mapping[int, str], agreed: Agreed
    ) -> EmulatedLine:
        """One end of a new line into the engine; the other waits for a cable."""
        kind = port.kind if isinstance(port, SpanPort) else "analogue"
        law = port.law if self._country is None else self._country.law_on(kind)
        law = agreed.law or law
        framing = None
        if agreed.framing:
            framing = Framing(_FORMATS[agreed.framing], agreed.signalling != "pri")
        make_line = T1Line if isinstance(port, T1Port) else E1Line
        line = make_line("u-law" if law == "u-law" else "a-law", framing=framing)
        names = tuple(devices.values())
        stations = names if port.kind == "fxs" else ()
        loops = names if port.kind == "fxo" else ()
        self.far_ends.append(FarEnd(name, line, 1, stations, loops, agreed))
        span = self.engine.plug(line, 0, name)
        if span.carrier is not None and span.carrier.framing.t1:
            span.carrier.obey()  # an operator tests the line from his end
        return EmulatedLine(self, span, port, devices)

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
        """The engine's end of each E1 or T1 line."""
        return tuple(line.span for line in self.lines)

    @property
    def every_line(self) -> tuple[EmulatedLine, ...]:
        """Its digital spans and its banks."""
        return (*self.lines, *self.banks, *self.loops)

    def measure(self, report: Report | None = None) -> None:
        """Count the errored seconds of its spans from now on (`EmulatedLine.performance`), and
        report their failures."""
        for line in self.lines:
            if line.performance is None:
                line.performance = LinePerformance(line.span, report)

    def stop_measuring(self) -> None:
        """Count them no more."""
        for line in self.lines:
            if line.performance is not None:
                line.performance.close()

    @property
    def bearers(self) -> tuple[Bearer, ...]:
        """Bearers that are open."""
        return tuple(held for held in self._held if isinstance(held, Bearer))

    @property
    def resources(self) -> tuple[Resource, ...]:
        """Resources that are open by themselves."""
        return tuple(held for held in self._held if isinstance(held, Resource))

    @property
    def capabilities(self) -> Capabilities:
        """What its channels can do without the help of another card.

        That is all the engine can, where the host makes the sound or the board has voice resources
        for it; a board without them connects its lines and does no more.  It faxes where the host
        does, or where it has fax resources.  Conference resources do nothing: nothing emulates them
        yet.
        """
        trunks = bool(self.lines or self.loops)
        sound = self.engine.fidelity == "sound"
        host = self.spec.identity.sound == "host"
        fax = sound and (host or "fax" in self.pools)
        if host or "voice" in self.pools:
            return replace(Capabilities.of_engine(line=trunks, sound=sound), fax=fax)
        return Capabilities(listen=True, monitor=trunks, gains=trunks, fax=fax)

    def timeslots(self, span: Span) -> Iterator[tuple[int, str]]:
        """Bearers of a span or a bank in order: timeslot, and name of the device."""
        yield from self.line(span).devices.items()

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

    def open_bearer(
        self, span: Span, timeslot: int, owner: str = "", *, voice: bool | None = None
    ) -> Bearer:
        """Open a bearer with a voice resource: of the board, or where it has none left of another
        board on its bus.

        A telephone's port comes without one, unless `voice` asks for it: its sound is for bridging.
        `owner` is named where
        resources run out; the network device's name unless given.  Raises `CardError` when the
        board is not ready, has no voice though it should make the sound and no other lends one, or
        the timeslot bears no call or is open already; `NoResource` when the voice pools or the
        engine have nothing left.  Nothing stays taken then.
        """
        line = self.line(span)
        wanted = f"open {line.name} timeslot {timeslot}"
        self.check_ready(wanted)
        network = line.devices.get(timeslot, "")
        owner = owner or network
        entry, name = None, ""
        wants_voice = line not in self.banks if voice is None else voice
        if wants_voice and self.spec.identity.sound == "board":
            entry, name = self._take_voice(wanted, owner, self._own_voice(line, timeslot))
        try:
            lane = line.open_lane(timeslot)
        except BaseException:
            if entry is not None:
                entry.give()
            raise
        return self._hold(Bearer(self, lane, network, name, entry, owner), name)

    def open_resource(self, kind: str, owner: str, number: int | None = None) -> Resource:
        """Open a device of the pool `kind` by itself, on a lane without a line: the lowest that is
        free, or that of this number.

        It hears and is heard over the bus.  Raises `CardError` when the board is not ready, or has
        no such pool; `NoResource` when pool or engine have nothing left.
        """
        self.check_ready(f"open a resource {kind!r}")
        if kind not in self.pools:
            has = ", ".join(self.pools) or "none"
            raise CardError(f"{self.name}: no pool is called {kind!r}; it has {has}")
        if kind == "conference":
            raise CardError(f"{self.name}: cannot open a party, nothing mixes conferences yet")
        entry = self.pools[kind].take(owner, number)
        name = self.device_name(kind, entry.number)
        try:
            lane = self.engine.open_resource(name, digits=self.digits)
        except BaseException:
            entry.give()
            raise
        return self._hold(Resource(self, lane, name, entry, owner))

    def device_name(self, kind: str, number: int) -> str:
        """Name of the n-th device of a kind, from 1."""
        return self._names[kind, number]

    def _own_voice(self, line: EmulatedLine, timeslot: int) -> int:
        """Number of the voice that is one device with an analogue line; 0 for a bearer of a span,
        which takes any."""
        if line not in self.loops:
            return 0
        return self.loops.index(line) * BANK_PORTS + timeslot

    def _take_voice(self, wanted: str, owner: str, own: int) -> tuple[Entry, str]:
        """A voice resource and its name: its own, any of this board, or of the first other that has
        one."""
        boards = [self, *self.bus.lenders(self)]
        pools = [board.pools["voice"] for board in boards if "voice" in board.pools]
        if not pools:
            raise CardError(
                f"{self.name}: cannot {wanted}, "
                "it wants a voice resource and the board has none, nor has another on its bus"
            )
        pool = next((pool for pool in pools if pool.free), pools[0])
        mine = pool is self.pools.get("voice") and pool.has(own)
        entry = pool.take(owner, own if mine else None)
        lender = next(board for board in boards if board.pools.get("voice") is pool)
        return entry, lender.device_name("voice", entry.number)

    def rename(self, bearer: Bearer, device: str) -> None:
        """Moving a bearer asks for it."""
        self.bus.detach(bearer.device)
        bearer.device = device
        if self.spec.bus.kind != NONE:
            self.bus.attach(device, bearer.lane, bearer.close, voice=bearer.voice)

    def _hold(self, held: AnyHeld, voice: str = "") -> AnyHeld:
        self._held.append(held)
        if self.spec.bus.kind != NONE:
            self.bus.attach(held.device, held.lane, held.close, voice=voice)
        return held

    @property
    def digits(self) -> int:
        """How many digits wait on a lane until somebody collects them."""
        return self.spec.limits.digit_buffer or HOST_DIGITS

    def check_ready(self, wanted: str) -> None:
        """Raise `CardError` when the board is not ready."""
        if self.board.state is not BoardState.READY:
            raise CardError(f"{self.name}: cannot {wanted}, the board is {self.status}")

    def forget(self, held: Held) -> None:
        """Closing a bearer or a resource asks for it."""
        self._held.remove(held)

    def line(self, span: Span) -> EmulatedLine:
        """The line of one of its spans; `CardError` for another card's."""
        for line in self.every_line:
            if line.span is span:
                return line
        raise CardError(f"{self.name}: {span!r} is not one of its spans")

    def _finish(self, stage: Stage) -> None:
        """The last stage of a download: every device gets its slot."""
        status = self.board.status
        if status.state is BoardState.DOWNLOADING and status.number == status.of:
            self.bus.announce(self)

    def _changed(self, status: BoardStatus) -> None:
        """A board that is not ready holds no call and lets none in; one that is gone is silent."""
        for line in self.every_line:
            line.set_there(status.state is not BoardState.ABSENT)
        if status.state in (BoardState.READY, BoardState.DOWNLOADING):
            return
        for held in tuple(self._held):
            held.close()
        self.bus.withdraw(self)
        for line in self.every_line:
            line.close_dchannels()
            for timeslot in line.devices:
                if line.span.sent_bits(timeslot) != BLOCKED_BITS:
                    line.span.set_bits(timeslot, BLOCKED_BITS)

    def __repr__(self) -> str:
        return f"<EmulatedCard {self.name}: {self.status}, {len(self.bearers)} bearers open>"


class EmulatorDriver:
    """Opens every model that has a spec; a `CardDriver`."""

    name = "emulator"

    def probe(self) -> Sequence[str]:
        """Names of the models that it can run."""
        return specs()

    def open(self, name: str, engine: Engine) -> EmulatedCard:
        """A card of this model, or of the spec at this path."""
        return EmulatedCard(load(name), engine)
