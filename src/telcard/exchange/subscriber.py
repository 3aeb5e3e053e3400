"""Somebody with a telephone in the town: calls and is called, listens, presses keys, speaks.

That the far end has gone he learns from the signalling of the line.

    async with town.subscriber("02154321") as somebody:
        await somebody.rings()
        somebody.lift()
        await somebody.hear("welcome")
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from telcard.errors import HungUp, LineError
from telcard.exchange.circuit import Circuit, Ringing
from telcard.exchange.office import Office
from telcard.exchange.person import MakeHandset, Person
from telcard.signalling import (
    Alerting,
    Answered,
    CallFacts,
    Cause,
    ClearedBack,
    ClearedForward,
    Disconnected,
    Failed,
    LineEvent,
    Progressed,
    Released,
    SeizureAcknowledged,
)
from telcard.signalling.events import DiversionAsked, PathReplaced

if TYPE_CHECKING:
    from telcard.exchange.town import Town

REFUSALS = {"busy": Cause.USER_BUSY, "congestion": Cause.NO_CIRCUIT}
"""Tones that tell the caller to give up, and the cause they stand for."""

ATTEMPTS = 3
"""How many circuits an exchange tries for a call, where the bank has seized one at the same moment
or takes no calls on it (cause 44)."""


class Subscriber(Person):
    """One telephone of the town.

    `async with town.subscriber(number) as caller` always hangs up; inside, the telephone can be
    called, if the lines' signalling has calls both ways.  `heard` lists the clips of the call so
    far, `position` the samples since the far end could be heard.
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
        self.facts = CallFacts()
        """What is said of the present call, or of the last one."""
        self.rung = 0
        """How often it was called."""
        self._town = town
        self._circuit: Circuit | Ringing | None = None
        self._ringing: Ringing | None = None
        self._off_hook = False
        self._late_s = late_s  # what his line takes to bring him the end of the call
        self._leaving: asyncio.TimerHandle | None = None
        super().__init__(number, make_handset)

    def _reset(self) -> None:
        super()._reset()
        self._acknowledged = asyncio.Event()
        self._answered = asyncio.Event()
        self._alerted = False
        self.connected_inside = False
        """Whether he talks to another of the town now, whom the bank has connected him with."""
        self.diverted = ""
        """The number to which the bank has sent this call on; nobody calls that for him."""
        self._failure = ""
        self.answered_at: float | None = None
        """When the far end answered this call, on the loop's clock; None before."""

    async def __aenter__(self) -> Self:
        self._town.moved_in(self)
        return self

    @property
    def lifted(self) -> bool:
        """Whether the handset is off the hook."""
        return self._off_hook

    @property
    def busy(self) -> bool:
        """Whether who calls now meets busy tone."""
        return self._off_hook or self._ringing is not None

    @property
    def ringing(self) -> bool:
        """Whether the bell sounds at this moment."""
        return self._ringing is not None

    @property
    def alerted(self) -> bool:
        """Whether the exchange lets him hear that his call rings at the other end."""
        return self._alerted

    # ------------------------------------------------------------------ calling

    async def dial(
        self, called: str, answer_s: float = 60.0, facts: CallFacts | None = None
    ) -> None:
        """Call a number; returns when it has answered.

        Where the line's signalling has messages, `facts` say more of the call than the two numbers;
        a number that he withholds is `CallFacts(caller_presented=False)`.

        Raises LineError with a cause of Q.850: 34 when no circuit is free or congestion tone
        comes, 17 for busy tone, 19 after `answer_s` without an answer, 41 when signalling fails,
        and whatever else the far end says.
        """
        if self._off_hook:
            raise LineError(f"{self.number}: cannot dial {called}, on the line with {self.called}")
        self.facts = replace(facts or CallFacts(), called=called, caller=self.number, complete=True)
        tried: list[Circuit] = []
        while True:
            self._reset()
            circuit = await self._town.free_circuit(self, tried)
            tried.append(circuit)
            self._circuit, self._off_hook, self.called = circuit, True, called
            try:
                await self._call(circuit, answer_s)
            except LineError as error:
                taken = error.cause == Cause.CHANNEL_NOT_AVAILABLE and not circuit.keyed
                if not taken or len(tried) == ATTEMPTS:
                    raise
            else:
                return

    async def _call(self, circuit: Circuit, answer_s: float) -> None:
        try:
            circuit.seize(self._signal, self.facts)
            if circuit.keyed:
                await self._until(self._acknowledged.is_set)
                # He listens from the start: a quick far end answers while the last digit sounds.
                self._through()
                handset = self._connected("dial")
                address = f"*{self.number}*{self.called}#"
                await self._send(lambda done: handset.key_address(address, done))
            async with asyncio.timeout(answer_s):
                await self._until(self._answered.is_set)
        except TimeoutError:
            await self.hang_up()
            raise LineError(
                f"{self.number}: {self.called} did not answer in {answer_s:g} s",
                cause=Cause.NO_ANSWER,
            ) from None
        except HungUp as refusal:
            transcript = "\n  ".join(("", *circuit.transcript[-12:]))
            await self.hang_up()
            why = self._failure or "the far end cleared before answering"
            raise LineError(
                f"{self.number}: call to {self.called} failed: {why}{transcript}",
                cause=refusal.cause,
            ) from None
        except BaseException:
            await self.hang_up()
            raise

    # ------------------------------------------------------------------ called

    def called_on(self, ringing: Ringing) -> None:
        """The exchange has a call for him: his telephone rings."""
        self.facts = ringing.facts
        self.called = ringing.facts.caller
        self.rung += 1
        self._ringing = ringing
        ringing.hear = self._while_ringing
        ringing.alert()
        self._news.set()

    async def rings(self, timeout_s: float = 60.0) -> None:
        """Wait until it rings, if it does not ring now; `LineError` when it stays quiet."""
        try:
            async with asyncio.timeout(timeout_s):
                while self._ringing is None:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise LineError(f"{self.number}: it did not ring in {timeout_s:g} s") from None

    def lift(self) -> None:
        """Answer the call that rings; `LineError` when none does."""
        ringing, self._ringing = self._ringing, None
        if ringing is None:
            raise LineError(f"{self.number}: cannot answer, it does not ring")
        self._reset()
        self._circuit, self._off_hook = ringing, True
        self._town.joined(self)
        ringing.hear = self._signal
        self._through()
        ringing.answer()

    def _while_ringing(self, event: LineEvent) -> None:
        """Whoever called may give up."""
        if isinstance(event, Disconnected | ClearedForward | Failed | Released):
            ringing, self._ringing = self._ringing, None
            if ringing is not None:
                ringing.clear()

    # ------------------------------------------------------------------ the end

    async def hang_up(self) -> None:
        """Put the handset down; whatever was going on ends."""
        if self._off_hook:
            self._off_hook = False
            self._leave()
            self._town.left(self)
            if self._leaving is not None:
                self._leaving.cancel()
            self._over(Cause.NORMAL_CLEARING)
            self._let_go()

    async def __aexit__(self, *failure: object) -> None:
        self._town.moved_out(self)
        ringing, self._ringing = self._ringing, None
        if ringing is not None:
            ringing.clear()
        await self.hang_up()

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

    def _through(self) -> None:
        """Sound is through: he listens and speaks from now on."""
        if self._handset is None and self._circuit is not None:
            self._lift_to(self._circuit.connect())

    def _leave(self) -> None:
        """Give the circuit back; once he has, it may be another's."""
        circuit, self._circuit = self._circuit, None
        if circuit is not None:
            circuit.clear()

    def _gone_away(self, cause: int) -> None:
        """The far end has cleared, and he has heard all that it said."""
        self._over(cause)
        self._leave()

    def _tone(self, name: str) -> None:
        """A progress tone: before the answer some of them are refusals."""
        if not self._answered.is_set() and name in REFUSALS:
            self._failure = f"{name} tone"
            self._over(REFUSALS[name])

    def _signal(self, event: LineEvent) -> None:
        match event:
            case SeizureAcknowledged():
                self._acknowledged.set()
            case Alerting(in_band=in_band):
                self._alerted = True
                if in_band:
                    self._through()
            case Progressed(in_band=True):
                self._through()
            case DiversionAsked(number=number):
                self.diverted = number
                self._gone_away(Cause.REDIRECTION)
            case PathReplaced():
                self.connected_inside = True
                self._gone_away(Cause.NORMAL_CLEARING)
            case Answered():
                self._through()
                self.answered_at = asyncio.get_running_loop().time()
                self._answered.set()
            case ClearedBack() | ClearedForward() if self._late_s:
                # What was said last is still on its way to him.
                self._later(self._over, Cause.NORMAL_CLEARING)
            case ClearedBack() | ClearedForward():
                self._over(Cause.NORMAL_CLEARING)
            case Disconnected(cause=cause):
                self._failure = f"cause {cause}"
                if self._late_s and self._handset is not None:
                    self._later(self._gone_away, cause)
                else:
                    self._gone_away(cause)
            case Failed(cause=cause, why=why):
                self._failure = why
                self._over(cause)
        self._news.set()

    def _later(self, over: Callable[[int], None], cause: int) -> None:
        self._leaving = asyncio.get_running_loop().call_later(self._late_s, over, cause)

    def __repr__(self) -> str:
        with_whom = f"on the line with {self.called}" if self.on_line else "handset down"
        return f"<Subscriber {self.number}: {with_whom}, heard {len(self.heard)} clips>"
