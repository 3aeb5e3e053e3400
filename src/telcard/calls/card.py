"""A card as its user holds it: opened by name, brought up, and full of calls."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from telcard.calls.call import Call
from telcard.calls.results import CallSummary, Disposition
from telcard.cards import CardSpec, EmulatedCard, FarEnd, LineStatus
from telcard.countries import no_country
from telcard.engine import Engine
from telcard.errors import CardError, HungUp, LineError, UnknownCard
from telcard.events import Value
from telcard.metrics import Metrics
from telcard.signalling import CallFacts, Cause, fxs
from telcard.trunks import (
    Circuit,
    LinesPlan,
    SpanPlan,
    Station,
    Stations,
    Trunk,
    TrunkCall,
    make_lines,
    make_trunks,
)

if TYPE_CHECKING:
    from telcard.calls.chassis import Chassis

WAITING_CALLS = 64
"""Offered calls that may wait for `incoming()`; further ones are refused with cause 42."""

ATTEMPTS = 3
"""How many circuits are tried for a call whose circuit the far end seizes at the same moment."""

NO_FACTS = CallFacts()

log = logging.getLogger(__name__)

Flow = Callable[[Call], Awaitable[None]]
Ended = Callable[[CallSummary], Awaitable[None]]


class Card:
    """A card with its spans, trunks and voice resources; made by `telcard.open`.

    It stands in a `chassis`, whose other cards share its engine, prompts and events.
    """

    def __init__(
        self,
        name: str,
        spec: CardSpec,
        chassis: Chassis,
        ended: Ended | None,
        plans: Sequence[SpanPlan],
        lines: Sequence[LinesPlan],
    ) -> None:
        self.name = name
        self.spec = spec
        self.plans = tuple(plans)
        """How each of its spans is used."""
        self.lines = tuple(lines)
        """The same of each bank of its lines towards an exchange."""
        self.chassis = chassis
        """The chassis that it stands in, perhaps alone."""
        self.prompts = chassis.prompts
        """The clips that its calls say."""
        self.events = chassis.events
        """All that happens on the chassis; `subscribe` to it to see it happen."""
        self.metrics = Metrics()
        """Counts of calls, refusals and crashed flows."""
        self._ended = ended
        self._board: EmulatedCard | None = None
        self._trunks: list[Trunk] = []
        self._banks: list[Stations] = []
        self._offers: asyncio.Queue[Call | None] = asyncio.Queue()
        self._draining = False
        self._calls: dict[str, Call] = {}
        self._refusals: set[asyncio.Task[None]] = set()

    def __repr__(self) -> str:
        return f"<Card {self.name} {'up' if self._board else 'down'}, {len(self._calls)} calls>"

    async def __aenter__(self) -> Card:
        if (several := len(self.chassis.cards)) > 1:
            raise CardError(f"{self.name}: it is one of {several} cards; bring its chassis up")
        await self.chassis.__aenter__()
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self.chassis.__aexit__(*failure)

    def start(self, board: EmulatedCard) -> None:
        """Put the circuits of a board that is ready in service; the chassis does it."""
        self._board = board
        self._offers, self._draining = asyncio.Queue(), False
        country = self.chassis.country or no_country()
        for trunk in make_trunks(board, self.plans, report=self.report, country=country):
            self._trunks.append(trunk)
            trunk.start(self._offer)
        for loops, ordered in zip(board.loops, self.lines, strict=True):
            lines = make_lines(board, loops, ordered, country=country)
            self._trunks.append(lines)
            lines.start(self._offer)
        for bank in board.banks:
            telephones = Stations(board, bank, fxs.profile_of(country), country=country)
            self._banks.append(telephones)
            telephones.start(self._offer)

    def forget_board(self) -> None:
        """The board is down; the chassis says so."""
        if self._board is not None:
            self._board.stop_measuring()
        self._board = None

    def report(self, name: str, **facts: Value) -> None:
        """Write down, and count, what has happened to the card as a whole."""
        self.metrics.count(name)
        self.events.report(self.chassis.sample, name, "", card=self.name, **facts)

    @property
    def board(self) -> EmulatedCard:
        """The board behind the card; raises `CardError` before it is up."""
        if self._board is None:
            raise CardError(f"{self.name}: it is not up; use it inside 'async with'")
        return self._board

    @property
    def boards(self) -> tuple[EmulatedCard, ...]:
        """The board alone, as a chassis tells all of its boards."""
        return (self.board,)

    @property
    def engine(self) -> Engine:
        """The engine that moves the card's sound; raises `CardError` before it is up."""
        return self.chassis.engine

    @property
    def far_ends(self) -> list[FarEnd]:
        """The sockets for the other side's cable: where the town plugs in."""
        return self.board.far_ends

    @property
    def trunks(self) -> tuple[Trunk, ...]:
        """Its trunks towards exchanges, in the order of its spans."""
        return tuple(self._trunks)

    @property
    def banks(self) -> tuple[Stations, ...]:
        """The telephones on its own sockets, a trunk each bank."""
        return tuple(self._banks)

    @property
    def calls(self) -> list[Call]:
        """The calls of this moment."""
        return list(self._calls.values())

    def circuits(self) -> list[Circuit]:
        """The state of every circuit of its trunks."""
        return [circuit for trunk in self._trunks for circuit in trunk.query()]

    def measure(self) -> None:
        """Count the errored seconds of its lines from now on, for `line_status`; failures that
        alarms become are events, `alarm_failure` and `alarm_failure_over`."""
        self.board.measure(self.report)

    def line_status(self, line: str) -> LineStatus | None:
        """How good a line, or the line of the trunk of this name, is and was; None where `measure`
        has not been called, and for analogue lines."""
        for known in self.board.lines:
            if known.name == line and known.performance is not None:
                return known.performance.status()
        return None

    def stations(self) -> list[Station]:
        """The telephones on its own sockets, and how each stands."""
        return [station for bank in self._banks for station in bank.stations()]

    def watch_stations(self, watcher: Callable[[Station], None]) -> None:
        """Call `watcher` now with every station, and from now on with each that changes."""
        for bank in self._banks:
            bank.watch(watcher)

    async def ring(
        self,
        station: str,
        *,
        caller: str = "",
        called: str = "",
        data: Mapping[str, Value] | None = None,
        on_behalf_of: Call | None = None,
        answer_s: float = 30.0,
    ) -> Call:
        """Ring a telephone of one of its stations; returns the call once it is answered.

        `caller`, `called` and `data` travel with the call; with `on_behalf_of` the first two are
        that call's unless given, and the records of both are linked.  Raises `LineError` with a
        cause of Q.850: 17 when the telephone is busy, 19 when nobody answers in `answer_s`, 27 when
        none is plugged in, 38 when the board is down or goes down; `UnknownCard` for a station that
        the card has not.  Cancelling it stops the ringing.
        """
        bank = next((bank for bank in self._banks if station in bank.names), None)
        if bank is None:
            there = " and ".join(f"{bank.names[0]} to {bank.names[-1]}" for bank in self._banks)
            raise UnknownCard(
                f"{self.name}: no station is called {station!r}; it has {there or 'none'}"
            )
        if on_behalf_of is not None:
            caller, called = caller or on_behalf_of.caller, called or on_behalf_of.called
        call = self._make_call(
            bank.ring(station, caller, called),
            outgoing=True,
            on_behalf_of=on_behalf_of.id if on_behalf_of is not None else "",
            data=data,
        )
        self.metrics.count("calls_made")
        log.info("call %s: %s rings for %s", call.id, station, caller or "?")
        await _answered(call, station, answer_s, "lost while it rang")
        return call

    async def dial(
        self,
        number: str,
        *,
        caller: str = "",
        trunk: str = "",
        circuit: str = "",
        facts: CallFacts = NO_FACTS,
        data: Mapping[str, Value] | None = None,
        on_behalf_of: Call | str | None = None,
        answer_s: float = 60.0,
        wait: bool = True,
    ) -> Call:
        """Call a number; returns the call once it is answered, without `wait` once it is on its way
        (`Call.until_answered` then).

        `trunk` and `circuit` name where it goes out, otherwise the first trunk that has a circuit
        free.  `caller` is the number that is told, that of `on_behalf_of` unless given; the id of a
        call that is over will do as well, and tells no number.  `facts` say more.  Where both ends
        seize one circuit at the same moment another is tried.  Raises `LineError` with a cause of
        Q.850: 34 when no circuit is free, 17 busy, 19 when nobody answers in `answer_s`, 38 when
        trunk or board are down, and what the exchange says; `CardError` when no trunk makes calls.
        Cancelling it gives up.
        """
        if isinstance(on_behalf_of, Call):
            caller, on_behalf_of = caller or on_behalf_of.caller, on_behalf_of.id
        known = facts.caller or caller
        facts = replace(facts, called=number, caller=known, complete=True)
        for attempt in range(1, ATTEMPTS + 1):
            leg = self._dial(facts, trunk, circuit)
            try:
                await asyncio.wait(
                    (leg.proceeding, leg.cleared), return_when=asyncio.FIRST_COMPLETED
                )
            except BaseException:
                await leg.clear()
                raise
            taken = leg.cleared.done() and leg.cleared.result() == Cause.CHANNEL_NOT_AVAILABLE
            if not taken or leg.proceeding.done() or circuit or attempt == ATTEMPTS:
                break
            await leg.clear()
        call = self._make_call(leg, outgoing=True, on_behalf_of=on_behalf_of or "", data=data)
        self.metrics.count("calls_made")
        log.info("call %s: %s is called on %s", call.id, number, leg.circuit)
        if wait:
            await _answered(call, number, answer_s, "refused")
        return call

    def _dial(self, facts: CallFacts, name: str, circuit: str) -> TrunkCall:
        """A leg on the first trunk that takes the call."""
        trunks = [trunk for trunk in self._trunks if name in ("", trunk.name)]
        if not trunks:
            there = ", ".join(trunk.name for trunk in self._trunks) or "none"
            raise CardError(f"{self.name}: no trunk is called {name!r}; it has {there}")
        refusals: list[CardError | LineError] = []
        for trunk in trunks:
            if circuit and all(circuit != known.name for known in trunk.query()):
                continue
            try:
                return trunk.dial(facts, circuit=circuit or None)
            except (CardError, LineError) as refusal:
                refusals.append(refusal)
        if not refusals:
            raise CardError(f"{self.name}: no circuit is called {circuit!r}")
        raise next((error for error in refusals if isinstance(error, LineError)), refusals[0])

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
        trunks, self._trunks = [*self._trunks, *self._banks], []
        self._banks = []
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
                    self.events.report(self.chassis.sample, "crashed", call.id, step=call.step)
                    await call.fail()
        except Exception:
            log.exception("call %s: could not be ended in order", call.id)

    def _make_call(
        self,
        leg: TrunkCall,
        *,
        outgoing: bool = False,
        on_behalf_of: str = "",
        data: Mapping[str, Value] | None = None,
    ) -> Call:
        call = Call(
            self.chassis.next_call(),
            leg,
            clock=self.chassis.clock,
            events=self.events,
            prompts=self.prompts,
            over=self._over,
            lend_fax=self.chassis.fax,
            outgoing=outgoing,
            on_behalf_of=on_behalf_of,
            data=data,
        )
        self._calls[call.id] = call
        return call

    def _offer(self, leg: TrunkCall) -> None:
        call = self._make_call(leg)
        self.metrics.count("calls_offered")
        log.info(
            "call %s: %s calls %s on %s", call.id, call.caller or "?", call.called, leg.circuit
        )
        if self._draining or self._offers.qsize() >= WAITING_CALLS:
            self.metrics.count("calls_refused")
            call.reason = "refused"
            refusal = asyncio.create_task(
                call.hang_up(Cause.SWITCHING_EQUIPMENT_CONGESTION), name=f"refuse {call.id}"
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
        if summary.disposition is Disposition.FAILED:
            log.error("call %s: what happened:\n%s", call.id, "\n".join(call.transcript()))
        try:
            if self._ended is not None:
                await self._ended(summary)
        except Exception:
            log.exception("call %s: whoever is told of its end broke", call.id)
        finally:
            self._calls.pop(call.id, None)
            self.events.forget(call.id)


async def _answered(call: Call, whom: str, answer_s: float, lost: str) -> None:
    """Wait until a call that we make is answered; ends it, with a `LineError`, when it is not."""
    try:
        await call.until_answered(answer_s)
    except TimeoutError:
        call.reason = "nobody answered"
        await call.hang_up(Cause.NO_ANSWER)
        raise LineError(
            f"{whom}: nobody answered in {answer_s:g} s", cause=Cause.NO_ANSWER
        ) from None
    except HungUp as gone:
        call.reason = lost
        await call.hang_up(gone.cause)
        raise LineError(f"{whom}: it was {lost}", cause=gone.cause) from None
    except BaseException:
        call.reason = "given up"
        await call.hang_up()
        raise
