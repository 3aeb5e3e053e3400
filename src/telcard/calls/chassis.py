"""A chassis: cards side by side in one machine, on one engine.

    async with telcard.open_chassis("emulator:d300sc_e1", "emulator:cp6_sc") as chassis:
        lines, fax = chassis.cards
        await chassis.serve(flow)

A card alone, `telcard.open(name)`, is the card of a chassis of one.  All lanes of all cards are
rows of one engine, so calls of one card are bridged with calls of another at no cost in time; and
all boards share one bus, over which a line of one listens to a resource of another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from functools import partial

from telcard.calls.call import Call
from telcard.calls.card import Card, Ended, Flow
from telcard.cards import (
    BoardState,
    Bus,
    CardSpec,
    Clocking,
    EmulatedCard,
    Recovery,
    load,
)
from telcard.cards.devices import count
from telcard.cards.spec import NONE
from telcard.clock import Clock, SystemClock, VirtualClock, current
from telcard.countries import Country, no_country
from telcard.countries import country as find_country
from telcard.dsp.dtmf_profiles import DtmfProfile
from telcard.engine import Driver, EchoCancelling, Engine, Fidelity, check_fidelity
from telcard.errors import CardError, NoResource, UnknownCard
from telcard.events import EventLog, Value
from telcard.media import Channel
from telcard.speech import ClipLibrary
from telcard.trunks import (
    Circuit,
    LinesPlan,
    Planned,
    PlannedLines,
    SpanPlan,
    Trunk,
    plan_lines,
    plan_spans,
)
from telcard.units import ns_to_samples


def open_chassis(
    *names: str,
    clock: Clock | None = None,
    prompts: ClipLibrary | None = None,
    events: EventLog | None = None,
    ended: Ended | None = None,
    driven: bool = True,
    fidelity: str = "sound",
    country: str | Country | None = None,
    echo_canceller: EchoCancelling | None = None,
    signalling: Planned = None,
    lines: PlannedLines = None,
) -> Chassis:
    """Make a chassis with a card of each name; `async with` brings all of them up.

    A model may stand in it several times: its second card is called `emulator:d300sc_e1#2`.
    `clock` is the running loop's unless given, `prompts` the English clips of the package.
    `ended` is awaited with the summary of each call that was offered, once it is over, whichever
    way that was.  With `driven=False` the caller drives the engine himself, with a `Driver` of his
    own, and awaits `stop` before he stops that.

    With `fidelity="events"` there is no sound: the same calls with the same outcomes, told instead
    of heard, so that a day passes in a minute of virtual time.  Nothing can be recorded then.

    `country`, a code or a `telcard.countries.Country`, sets what differs between countries: tones,
    the law of the lines, how telephones ring and what their hooks mean, within which limits digits
    are heard, the language of the prompts.  Without one things are as
    `telcard.countries.no_country` and the specs have them.

    With `echo_canceller` every call on a line has its echo taken out (`EchoCancelling(tail_ms=64)`)
    before digits are heard and anything is recorded; without sound there is no echo.

    `signalling` says how the spans are used: "cas", "pri" or a `telcard.trunks.SpanPlan` for all of
    them, or a sequence with one for each span of all cards; unless given, "pri" where the card can.
    `lines` says how analogue lines towards an exchange are used: a `telcard.trunks.LinesPlan` for
    all banks of them, or a sequence with one for each.

    Raises `UnknownCard` for a name that no driver or spec has, `SpecError` for a broken spec,
    `CardError` for a model that the emulator cannot run or a bus that does not fit, ValueError
    without any name and for an unknown fidelity; `ConfigError` for an unknown country, and for one
    whose language telcard does not speak, unless `prompts` are given, and for `signalling` or
    `lines` that a card has not.
    """
    if not names:
        raise ValueError("chassis: want the name of a card, got none")
    specs = [_spec(name) for name in names]
    land = None if country is None else find_country(country)
    if prompts is None:
        prompts = ClipLibrary() if land is None else ClipLibrary.of(land)
    fidelity = check_fidelity(fidelity)
    return Chassis(
        names, specs, clock, prompts, events, ended, driven, fidelity, land, echo_canceller,
        plan_spans(specs, signalling, land), plan_lines(specs, lines),
    )  # fmt: skip


def open_card(
    name: str,
    *,
    clock: Clock | None = None,
    prompts: ClipLibrary | None = None,
    events: EventLog | None = None,
    ended: Ended | None = None,
    driven: bool = True,
    fidelity: str = "sound",
    country: str | Country | None = None,
    echo_canceller: EchoCancelling | None = None,
    signalling: Planned = None,
    lines: PlannedLines = None,
) -> Card:
    """Make the card called `name`, e.g. `emulator:d300sc_e1`; `async with` brings it up.

    It is the card of a chassis of one; parameters and errors are those of `open_chassis`.
    """
    chassis = open_chassis(
        name,
        clock=clock,
        prompts=prompts,
        events=events,
        ended=ended,
        driven=driven,
        fidelity=fidelity,
        country=country,
        echo_canceller=echo_canceller,
        signalling=signalling,
        lines=lines,
    )
    return chassis.cards[0]


def _spec(name: str) -> CardSpec:
    driver, _, model = name.partition(":")
    if driver != "emulator" or not model:
        raise UnknownCard(
            f"card {name!r}: want a name like 'emulator:d300sc_e1' (driver:model); "
            "the drivers here are: emulator"
        )
    return load(model)


class Chassis:
    """Cards on one engine; made by `telcard.open_chassis`."""

    def __init__(
        self,
        names: Sequence[str],
        specs: Sequence[CardSpec],
        clock: Clock | None,
        prompts: ClipLibrary,
        events: EventLog | None,
        ended: Ended | None,
        driven: bool,
        fidelity: Fidelity,
        country: Country | None,
        echo_canceller: EchoCancelling | None,
        plans: Sequence[Sequence[SpanPlan]],
        lines: Sequence[Sequence[LinesPlan]],
    ) -> None:
        self.country = country
        """The country that it stands in; None when none was given."""
        self.echo_canceller = echo_canceller
        """How the echo of its lines is cancelled; None: it is not."""
        self.prompts = prompts
        self.events = EventLog() if events is None else events
        self.cards: tuple[Card, ...] = tuple(
            Card(name, spec, self, ended, spans, loops)
            for name, spec, spans, loops in zip(_apart(names), specs, plans, lines, strict=True)
        )
        """The cards, in the order in which they were named."""
        self.bus = Bus()
        """Who listens to whose slot."""
        for card in self.cards:
            self.bus.plug(card.name, card.spec)
        self._clock = clock
        self._driven = driven
        self.fidelity = fidelity
        """Whether it carries sound or only events."""
        self._engine: Engine | None = None
        self._clocking: Clocking | None = None
        self._up = AsyncExitStack()
        self._series = ""
        self._count = 0

    @property
    def name(self) -> str:
        """What it is called in messages: after its card, or cards."""
        return self.cards[0].name if len(self.cards) == 1 else f"chassis of {len(self.cards)} cards"

    @property
    def engine(self) -> Engine:
        """The engine that moves all sound; raises `CardError` before the chassis is up."""
        if self._engine is None:
            raise CardError(f"{self.name}: it is not up; use it inside 'async with'")
        return self._engine

    @property
    def clocking(self) -> Clocking:
        """Which board gives the clock; raises `CardError` before the chassis is up."""
        if self._clocking is None or self._engine is None:
            raise CardError(f"{self.name}: it is not up; use it inside 'async with'")
        return self._clocking

    @property
    def clock(self) -> Clock:
        """The clock that everything in it follows."""
        if self._clock is None:
            raise CardError(f"{self.name}: it has no clock before it is up")
        return self._clock

    @property
    def sample(self) -> int:
        """This moment in media time."""
        return ns_to_samples(self.clock.now())

    @property
    def calls(self) -> list[Call]:
        """The calls of this moment, on all cards."""
        return [call for card in self.cards for call in card.calls]

    @property
    def trunks(self) -> tuple[Trunk, ...]:
        """The trunks of all cards towards exchanges, and their telephones."""
        return tuple(trunk for card in self.cards for trunk in (*card.trunks, *card.banks))

    def circuits(self) -> list[Circuit]:
        """The state of every circuit of all cards."""
        return [circuit for card in self.cards for circuit in card.circuits()]

    @contextmanager
    def voice(self, circuit: str) -> Iterator[Channel]:
        """Lend a voice resource to a circuit that has none, such as a station's, while inside.

        What is played on it is heard on the circuit, by way of the bus.  It is the lowest free one
        of the first card that has one.  Raises `NoResource` when none has.
        """
        with self._lent("voice", circuit) as channel:
            yield channel

    @contextmanager
    def fax(self, circuit: str) -> Iterator[Channel]:
        """Lend a fax resource to a circuit while inside: they hear each other by way of the bus.

        It is chosen as `voice` chooses; `NoResource` when no card has one that is free.
        """
        with self._lent("fax", circuit) as channel:
            yield channel

    @contextmanager
    def _lent(self, kind: str, circuit: str) -> Iterator[Channel]:
        for card in self.cards:
            board = card.board
            pool = board.pools.get(kind)
            ready = board.status.state is BoardState.READY
            if pool is None or not pool.free or not ready or card.spec.bus.kind == NONE:
                continue
            with board.open_resource(kind, circuit) as resource:
                with self.bus.joined(circuit, resource.name):
                    fault = partial(_fault, card)
                    yield Channel(resource.lane, resource.name, resource.capabilities, fault)
                return
        raise NoResource(f"{circuit}: no card of {self.name} has a {kind} resource to lend")

    async def serve(self, flow: Flow) -> None:
        """Run `flow` for each incoming call of every card until `drain`; see `Card.serve`."""
        async with asyncio.TaskGroup() as tasks:
            for card in self.cards:
                tasks.create_task(card.serve(flow), name=f"card {card.name}")

    async def drain(self) -> None:
        """Take no new calls on any card; present calls go on."""
        for card in self.cards:
            await card.drain()

    async def stop(self) -> None:
        """Take no new calls, hang up those that are on, take every circuit out of service."""
        await asyncio.gather(*(card.stop() for card in self.cards))

    @property
    def boards(self) -> tuple[EmulatedCard, ...]:
        """The boards of its cards; raises `CardError` before the chassis is up."""
        return tuple(card.board for card in self.cards)

    def report(self, name: str, **facts: Value) -> None:
        """Write down what has happened to the chassis as a whole."""
        self.events.report(self.sample, name, "", **facts)

    def next_call(self) -> str:
        """The id of a new call: no two calls of a chassis share one."""
        self._count += 1
        return f"{self._series}-{self._count:06d}"

    async def __aenter__(self) -> Chassis:
        if self._engine is not None:
            raise CardError(f"{self.name}: it is up already")
        clock = self._clock = self._clock or current()
        self._series = clock.utc().strftime("%Y%m%dT%H%M%S")
        async with AsyncExitStack() as up:
            engine = self._make_engine(clock, up)
            boards = [self._board(card, engine) for card in self.cards]
            for card, board in zip(self.cards, boards, strict=True):
                up.callback(card.forget_board)
                up.push_async_callback(board.bring_down)
            await self._bring_up(boards)
            clocking = self._clocking = Clocking(boards, self.report)
            clocking.start()
            up.callback(clocking.close)
            up.push_async_callback(self.stop)
            for card, board in zip(self.cards, boards, strict=True):
                card.start(board)
                await up.enter_async_context(Recovery(board.board, card.report))
            self._engine, self._up = engine, up.pop_all()
        for card in self.cards:
            self.events.report(self.sample, "card_up", card=card.name)
        return self

    async def __aexit__(self, *failure: object) -> None:
        try:
            await self._up.aclose()
        finally:
            self._engine = None

    def _make_engine(self, clock: Clock, up: AsyncExitStack) -> Engine:
        """An engine for the lanes of all cards, which somebody ticks and polls."""
        lanes = sum(card.spec.all_lanes for card in self.cards)
        engine = Engine(
            max(1, lanes),
            clock=clock,
            name=self.name,
            fidelity=self.fidelity,
            dtmf=None if self.country is None else DtmfProfile.named(self.country.dtmf),
        )
        up.callback(engine.close)
        if isinstance(clock, VirtualClock):
            return engine
        loop = asyncio.get_running_loop()
        loop.add_reader(engine.fileno(), engine.poll)
        up.callback(loop.remove_reader, engine.fileno())
        if self._driven:
            if not isinstance(clock, SystemClock):
                raise CardError(f"{self.name}: real time wants a SystemClock, got {clock}")
            driver = Driver([engine], clock)
            driver.start()
            up.callback(driver.stop)
        return engine

    def _board(self, card: Card, engine: Engine) -> EmulatedCard:
        """The board of a card, whose devices are numbered on from those of the cards before it."""
        before = count(other.spec for other in self.cards[: self.cards.index(card)])
        name = card.name.partition(":")[2]
        country = self.country or no_country()
        ordered = zip(card.plans, card.spec.spans, strict=True)
        agreed = [plan.agreed(country, port) for plan, port in ordered]
        agreed += [bank.agreed for bank in card.lines]
        board = EmulatedCard(card.spec, engine, name, self.bus, before, self.country, agreed)
        for line in board.every_line:
            line.span.echo = self.echo_canceller
        return board

    async def _bring_up(self, boards: Sequence[EmulatedCard]) -> None:
        """Download all boards at the same time; the first that fails ends the others' as well."""
        try:
            async with asyncio.TaskGroup() as downloads:
                for card, board in zip(self.cards, boards, strict=True):
                    downloads.create_task(_download(card, board), name=f"bring {card.name} up")
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None

    def __repr__(self) -> str:
        state = "down" if self._engine is None else "up"
        names = ", ".join(card.name for card in self.cards)
        return f"<Chassis {names}: {state}, {len(self.calls)} calls>"


def _fault(card: Card) -> str:
    """What has failed of a card, in words."""
    status = card.board.status
    return "" if status.state is BoardState.READY else f"{card.name} is {status}"


async def _download(card: Card, board: EmulatedCard) -> None:
    try:
        await board.bring_up()
    except CardError as error:
        raise CardError(f"{card.name}: it does not come up: {error}") from error


def _apart(names: Sequence[str]) -> list[str]:
    """The same names, with a number where one came before."""
    apart: list[str] = []
    for index, name in enumerate(names):
        before = names[:index].count(name)
        apart.append(f"{name}#{before + 1}" if before else name)
    return apart
