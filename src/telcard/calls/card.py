"""A card as its user holds it: opened by name, brought up, and full of calls."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

from telcard.calls.call import Call, CallSummary
from telcard.cards import CardSpec, EmulatedCard, FarEnd, check_emulated, load
from telcard.clock import Clock, SystemClock, VirtualClock, current
from telcard.engine import Driver, Engine
from telcard.errors import CardError, HungUp, UnknownCard
from telcard.events import EventLog
from telcard.metrics import Metrics
from telcard.signalling import Cause
from telcard.speech import ClipLibrary
from telcard.trunks import CasTrunk, Circuit, Trunk, TrunkCall
from telcard.units import ns_to_samples

WAITING_CALLS = 64
"""Offered calls that may wait for `incoming()`; further ones are refused with cause 42."""

log = logging.getLogger(__name__)

Flow = Callable[[Call], Awaitable[None]]
Ended = Callable[[CallSummary], Awaitable[None]]


def open_card(
    name: str,
    *,
    clock: Clock | None = None,
    prompts: ClipLibrary | None = None,
    events: EventLog | None = None,
    ended: Ended | None = None,
    driven: bool = True,
) -> Card:
    """Make the card called `name`, e.g. `emulator:d300sc_e1`; `async with` brings it up.

    `clock` is the running loop's unless given, `prompts` the English clips of the package.
    `ended` is awaited with the summary of each call that was offered, once it is over, whichever
    way that was.  With `driven=False` the caller drives the card's engine himself, with a `Driver`
    of his own, and awaits `stop` before he stops that.

    Raises `UnknownCard` for a name that no driver or spec has, `SpecError` for a broken spec,
    `CardError` for a model that the emulator cannot run.
    """
    driver, _, model = name.partition(":")
    if driver != "emulator" or not model:
        raise UnknownCard(
            f"card {name!r}: want a name like 'emulator:d300sc_e1' (driver:model); "
            "the drivers here are: emulator"
        )
    spec = load(model)
    check_emulated(spec)
    if prompts is None:
        prompts = ClipLibrary()
    if events is None:
        events = EventLog()
    return Card(name, spec, clock, prompts, events, ended, driven)


class Card:
    """A card with its spans, trunks and voice resources; made by `telcard.open`."""

    def __init__(
        self,
        name: str,
        spec: CardSpec,
        clock: Clock | None,
        prompts: ClipLibrary,
        events: EventLog,
        ended: Ended | None,
        driven: bool,
    ) -> None:
        self.name = name
        self.spec = spec
        self.prompts = prompts
        self.events = events
        self.metrics = Metrics()
        self._clock = clock
        self._ended = ended
        self._driven = driven
        self._up = AsyncExitStack()
        self._board: EmulatedCard | None = None
        self._engine: Engine | None = None
        self._trunks: list[Trunk] = []
        self._offers: asyncio.Queue[Call | None] = asyncio.Queue()
        self._draining = False
        self._calls: dict[str, Call] = {}
        self._refusals: set[asyncio.Task[None]] = set()
        self._series = ""
        self._count = 0

    def __repr__(self) -> str:
        return f"<Card {self.name} {'up' if self._board else 'down'}, {len(self._calls)} calls>"

    async def __aenter__(self) -> Card:
        if self._board is not None:
            raise CardError(f"{self.name}: it is up already")
        clock = self._clock = self._clock or current()
        self._offers, self._draining = asyncio.Queue(), False
        self._series = clock.utc().strftime("%Y%m%dT%H%M%S")
        async with AsyncExitStack() as up:
            engine = Engine(self.spec.lanes, clock=clock, name=self.name)
            up.callback(engine.close)
            if not isinstance(clock, VirtualClock):
                loop = asyncio.get_running_loop()
                loop.add_reader(engine.fileno(), engine.poll)
                up.callback(loop.remove_reader, engine.fileno())
                if self._driven:
                    if not isinstance(clock, SystemClock):
                        raise CardError(f"{self.name}: real time wants a SystemClock, got {clock}")
                    driver = Driver([engine], clock)
                    driver.start()
                    up.callback(driver.stop)
            board = EmulatedCard(self.spec, engine)
            await board.bring_up()
            up.push_async_callback(board.bring_down)
            up.push_async_callback(self.stop)
            for span in board.spans:
                trunk = CasTrunk(board, span)
                self._trunks.append(trunk)
                trunk.start(self._offer)
            self._engine, self._board, self._up = engine, board, up.pop_all()
        self.events.report(self._sample(), "card_up", card=self.name)
        return self

    async def __aexit__(self, *failure: object) -> None:
        try:
            await self._up.aclose()
        finally:
            self._board = self._engine = None

    @property
    def board(self) -> EmulatedCard:
        """The board behind the card; raises `CardError` before it is up."""
        if self._board is None:
            raise CardError(f"{self.name}: it is not up; use it inside 'async with'")
        return self._board

    @property
    def engine(self) -> Engine:
        """The engine that moves the card's sound; raises `CardError` before it is up."""
        if self._engine is None:
            raise CardError(f"{self.name}: it is not up; use it inside 'async with'")
        return self._engine

    @property
    def far_ends(self) -> list[FarEnd]:
        """The sockets for the other side's cable: where the town plugs in."""
        return self.board.far_ends

    @property
    def calls(self) -> list[Call]:
        """The calls of this moment."""
        return list(self._calls.values())

    def circuits(self) -> list[Circuit]:
        """The state of every circuit."""
        return [circuit for trunk in self._trunks for circuit in trunk.query()]

    async def incoming(self) -> AsyncIterator[Call]:
        """Yield each call as it is offered, until `drain`."""
        while (call := await self._offers.get()) is not None:
            yield call
        self._offers.put_nowait(None)  # for whoever else waits, or comes later

    async def serve(self, flow: Flow) -> None:
        """Run `flow` for each incoming call until `drain`, then wait for the last call to end.

        A call crashes alone: an exception in its flow is logged and clears that call with
        cause 41.
        """
        async with asyncio.TaskGroup() as tasks:
            async for call in self.incoming():
                tasks.create_task(self._attend(call, flow), name=f"call {call.id}")

    async def drain(self) -> None:
        """Take no new calls: block the circuits and end `incoming`; present calls go on.

        Who is still dialling is refused.
        """
        if self._draining:
            return
        self._draining = True
        for trunk in self._trunks:
            trunk.block()
        self._offers.put_nowait(None)

    async def stop(self) -> None:
        """Take no new calls, hang up those that are on, and take the circuits out of service.

        Leaving `async with card` begins with it.
        """
        await self.drain()
        await self._hang_up_all()
        trunks, self._trunks = self._trunks, []
        for trunk in trunks:
            await trunk.stop()
        await self._hang_up_all()  # what was offered, and refused, meanwhile

    async def _hang_up_all(self) -> None:
        await asyncio.gather(*(call.hang_up() for call in self.calls))

    async def _attend(self, call: Call, flow: Flow) -> None:
        try:
            async with call:
                try:
                    await flow(call)
                except HungUp:
                    pass
                except Exception as error:
                    if isinstance(error, ExceptionGroup) and error.split(HungUp)[1] is None:
                        return  # the flow did several things at once; each met the hang-up
                    self.metrics.count("flows_crashed")
                    log.exception("call %s: its flow broke at step %r", call.id, call.step)
                    self.events.report(self._sample(), "crashed", call.id, step=call.step)
                    await call.fail()
        except Exception:
            log.exception("call %s: could not be ended in order", call.id)

    def _offer(self, leg: TrunkCall) -> None:
        self._count += 1
        assert self._clock is not None
        call_id = f"{self._series}-{self._count:06d}"
        call = Call(
            call_id,
            leg,
            clock=self._clock,
            events=self.events,
            prompts=self.prompts,
            over=self._over,
        )
        self._calls[call_id] = call
        self.metrics.count("calls_offered")
        log.info(
            "call %s: %s calls %s on %s", call_id, call.caller or "?", call.called, leg.circuit
        )
        if self._draining or self._offers.qsize() >= WAITING_CALLS:
            self.metrics.count("calls_refused")
            call.reason = "refused"
            refusal = asyncio.create_task(
                call.hang_up(Cause.SWITCHING_EQUIPMENT_CONGESTION), name=f"refuse {call_id}"
            )
            self._refusals.add(refusal)
            refusal.add_done_callback(self._refusals.discard)
        else:
            self._offers.put_nowait(call)

    async def _over(self, call: Call) -> None:
        """A call has given everything back."""
        summary = call.summary
        assert summary is not None
        self.metrics.count("calls_ended", disposition=summary.disposition.value)
        log.info(
            "call %s: %s, ended by %s after %.1f s at step %r, cause %d%s",
            summary.call_id,
            summary.disposition.value,
            summary.ended_by.value,
            (summary.ended - summary.offered).total_seconds(),
            summary.step,
            summary.cause,
            f": {summary.reason}" if summary.reason else "",
        )
        try:
            if self._ended is not None:
                await self._ended(summary)
        except Exception:
            log.exception("call %s: whoever is told of its end broke", call.id)
        finally:
            self._calls.pop(call.id, None)
            self.events.forget(call.id)

    def _sample(self) -> int:
        assert self._clock is not None
        return ns_to_samples(self._clock.now())
