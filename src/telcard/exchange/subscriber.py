"""Somebody who calls: dials, listens, presses keys, speaks, hangs up.

That the far end has gone he learns from the line signals.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from telcard.errors import HungUp, LineError
from telcard.exchange.office import Office
from telcard.exchange.person import MakeHandset, Person
from telcard.signalling import Answered, Cause, ClearedBack, Failed, LineEvent, SeizureAcknowledged

if TYPE_CHECKING:
    from telcard.exchange.town import Circuit, Town

REFUSALS = {"busy": Cause.USER_BUSY, "congestion": Cause.NO_CIRCUIT}
"""Tones that tell the caller to give up, and the cause they stand for."""


class Subscriber(Person):
    """One telephone of the town.

    `async with town.subscriber(number) as caller` always hangs up.  `heard` lists the clips of the
    call so far, `position` the samples since the far end could be heard.
    """

    def __init__(
        self,
        town: Town,
        number: str,
        office: Office,
        make_handset: MakeHandset,
        late_s: float = 0.0,
    ) -> None:
        self.office = office
        self.called = ""
        self._town = town
        self._circuit: Circuit | None = None
        self._late_s = late_s  # what his line takes to bring him the end of the call
        self._leaving: asyncio.TimerHandle | None = None
        super().__init__(number, make_handset)

    def _reset(self) -> None:
        super()._reset()
        self._acknowledged = asyncio.Event()
        self._answered = asyncio.Event()
        self._failure = ""
        self.answered_at: float | None = None
        """When the far end answered this call, on the loop's clock; None before."""

    @property
    def lifted(self) -> bool:
        """Whether the handset is off the hook."""
        return self._circuit is not None

    # ------------------------------------------------------------------ the call

    async def dial(self, called: str, answer_s: float = 60.0) -> None:
        """Call a number; returns when it has answered.

        Raises LineError with a cause of Q.850: 34 when no circuit is free or congestion tone
        comes, 17 for busy tone, 19 after `answer_s` without an answer, 41 when signalling fails.
        """
        if self._circuit is not None:
            raise LineError(f"{self.number}: cannot dial {called}, on the line with {self.called}")
        self._reset()
        circuit = await self._town.free_circuit(self)
        self._circuit, self.called = circuit, called
        try:
            circuit.seize(self._signal)
            await self._until(self._acknowledged.is_set)
            # He listens from the start: a quick far end answers while the last digit still sounds.
            handset = self._lift_to(circuit.connect())
            address = f"*{self.number}*{called}#"
            await self._send(lambda done: handset.key_address(address, done))
            async with asyncio.timeout(answer_s):
                await self._until(self._answered.is_set)
        except TimeoutError:
            await self.hang_up()
            raise LineError(
                f"{self.number}: {called} did not answer in {answer_s:g} s", cause=Cause.NO_ANSWER
            ) from None
        except HungUp as refusal:
            transcript = "\n  ".join(("", *circuit.transcript[-12:]))
            await self.hang_up()
            why = self._failure or "the far end cleared before answering"
            raise LineError(
                f"{self.number}: call to {called} failed: {why}{transcript}", cause=refusal.cause
            ) from None
        except BaseException:
            await self.hang_up()
            raise

    async def hang_up(self) -> None:
        """Put the handset down; whatever was going on ends."""
        circuit, self._circuit = self._circuit, None
        if circuit is not None:
            circuit.clear()
            self._town.left(self)
            if self._leaving is not None:
                self._leaving.cancel()
            self._over(Cause.NORMAL_CLEARING)
            self._let_go()

    async def hung_up_by_far_end(self, timeout_s: float = 30.0) -> int:
        """Wait until the far end clears; returns the cause. LineError when it stays."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._until(lambda: self._gone is not None)
        except TimeoutError:
            raise LineError(
                f"{self.number}: {self.called} is still on the line after {timeout_s:g} s"
            ) from None
        assert self._gone is not None
        return self._gone

    def _tone(self, name: str) -> None:
        """A progress tone: before the answer some of them are refusals."""
        if not self._answered.is_set() and name in REFUSALS:
            self._failure = f"{name} tone"
            self._over(REFUSALS[name])

    def _signal(self, event: LineEvent) -> None:
        match event:
            case SeizureAcknowledged():
                self._acknowledged.set()
            case Answered():
                self.answered_at = asyncio.get_running_loop().time()
                self._answered.set()
            case ClearedBack() if self._late_s:
                # What was said last is still on its way to him.
                self._leaving = asyncio.get_running_loop().call_later(
                    self._late_s, self._over, Cause.NORMAL_CLEARING
                )
            case ClearedBack():
                self._over(Cause.NORMAL_CLEARING)
            case Failed(cause=cause, why=why):
                self._failure = why
                self._over(cause)
        self._news.set()

    def __repr__(self) -> str:
        with_whom = f"on the line with {self.called}" if self.on_line else "handset down"
        return f"<Subscriber {self.number}: {with_whom}, heard {len(self.heard)} clips>"
