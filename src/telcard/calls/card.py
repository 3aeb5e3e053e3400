"""A card as its user holds it: opened by name, brought up, and full of calls."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING

from telcard.calls.call import Call, CallSummary
from telcard.cards import CardSpec, EmulatedCard, FarEnd
from telcard.engine import Engine
from telcard.errors import CardError, HungUp
from telcard.metrics import Metrics
from telcard.signalling import Cause
from telcard.trunks import CasTrunk, Circuit, Trunk, TrunkCall

if TYPE_CHECKING:
    from telcard.calls.chassis import Chassis

WAITING_CALLS = 64
"""Offered calls that may wait for `incoming()`; further ones are refused with cause 42."""

log = logging.getLogger(__name__)

Flow = Callable[[Call], Awaitable[None]]
Ended = Callable[[CallSummary], Awaitable[None]]


class Card:
    """A card with its spans, trunks and voice resources; made by `telcard.open`.

    It stands in a `chassis`, whose other cards share its engine, prompts and events.
    """

    def __init__(self, name: str, spec: CardSpec, chassis: Chassis, ended: Ended | None) -> None:
        self.name = name
        self.spec = spec
        self.chassis = chassis
        """The chassis that it stands in, perhaps alone."""
        self.prompts = chassis.prompts
        self.events = chassis.events
        self.metrics = Metrics()
        self._ended = ended
        self._board: EmulatedCard | None = None
        self._trunks: list[Trunk] = []
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
        for span in board.spans:
            trunk = CasTrunk(board, span)
            self._trunks.append(trunk)
            trunk.start(self._offer)

    def forget_board(self) -> None:
        """The board is down; the chassis says so."""
        self._board = None

    @property
    def board(self) -> EmulatedCard:
        """The board behind the card; raises `CardError` before it is up."""
        if self._board is None:
            raise CardError(f"{self.name}: it is not up; use it inside 'async with'")
        return self._board

    @property
    def engine(self) -> Engine:
        """The engine that moves the card's sound; raises `CardError` before it is up."""
        return self.chassis.engine

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
                    self.events.report(self.chassis.sample, "crashed", call.id, step=call.step)
                    await call.fail()
        except Exception:
            log.exception("call %s: could not be ended in order", call.id)

    def _offer(self, leg: TrunkCall) -> None:
        call_id = self.chassis.next_call()
        call = Call(
            call_id,
            leg,
            clock=self.chassis.clock,
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
