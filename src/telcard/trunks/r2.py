"""MFC-R2 on an E1: Q.421 line signals, the address by compelled register signals (Q.440 to Q.480).

    trunk = R2Trunk(card, card.spans[0], variant("br"), wishes=Wishes(called_digits=5))
    trunk.start(offer)
    call = trunk.dial(CallFacts(called="1380013", caller="95588"))

Calls go both ways.  One that comes in is offered when the caller's exchange has led its register to
group B: whatever is decided then is told by a signal of that group.  `ring`, `progress` and
`answer` say that the line is free; `clear` before them says why it is not, so that the caller hears
his own exchange's tone and the circuit is free at once.  Who decides nothing for 9 s has accepted.

Registers use the circuit's sound until they are done: `through` returns then, and `answered` is
done after it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from telcard.cards import Bearer, EmulatedCard
from telcard.countries import Country
from telcard.engine import Span
from telcard.errors import CardError
from telcard.media.register import LaneRegister
from telcard.signalling import (
    Alerting,
    Answered,
    CallFacts,
    Disconnected,
    Failed,
    LineEvent,
    Metered,
    Offered,
    Proceeding,
    q421,
)
from telcard.signalling.r2 import BackwardRegister, Decided, ForwardRegister, Variant, Wishes
from telcard.signalling.r2.variants import ITU
from telcard.signalling.supervision import Patience
from telcard.trunks.associated import (
    AssociatedCall,
    AssociatedLine,
    AssociatedTrunk,
    OutgoingCall,
)
from telcard.trunks.face import TrunkCall
from telcard.trunks.watch import Report, tell_nobody

ANSWER_GUARD_S = 0.2
"""From the end of the last register signal to the answer: the exchanges between connect through."""

Direction = Literal["both", "in", "out"]
"""Who may seize the circuits: either end, the far end alone, or ours."""

log = logging.getLogger(__name__)


class _R2Call(AssociatedCall):
    """What calls of both directions have in common."""

    signalling = "r2"
    line: AssociatedLine

    def __init__(self, line: AssociatedLine, bearer: Bearer, facts: CallFacts) -> None:
        super().__init__(line, bearer, facts)
        self._register: LaneRegister | None = None
        self._through = asyncio.Event()

    def transcript(self) -> Sequence[str]:
        """Line signals and timers, then what the registers have said, in words."""
        said = [] if self._register is None else self._register.machine.transcript
        return [*self.line.transcript(), *said]

    async def through(self) -> None:
        """Return when no register uses the sound any more."""
        await self._through.wait()
        if self._register is not None:
            await self._register.quiet()

    def end_register(self) -> None:
        """No register sends or hears anything from now on."""
        if self._register is not None:
            self._register.close()
        self._through.set()


class R2Call(_R2Call):
    """A call that comes in."""

    def __init__(self, line: AssociatedLine, bearer: Bearer, facts: CallFacts) -> None:
        super().__init__(line, bearer, facts)
        self._offered = False
        self._answering = False

    def begin(self) -> None:
        """Let the register ask for what is wanted of the call."""
        trunk = self.line.trunk
        assert isinstance(trunk, R2Trunk)
        machine = BackwardRegister(trunk.variant, trunk.wishes)
        self._register = LaneRegister(self.channel.lane, machine, self._told, self.line.note)
        self._register.fire("start")

    def ring(self) -> None:
        """The called party is being rung: the caller hears what we send."""
        self._free()

    def progress(self) -> None:
        """As `ring`: R2 has no other signal before the answer."""
        self._free()

    def answer(self) -> None:
        """Tell the exchange that the call is answered, once the registers have done their work."""
        self._free()
        if not self._answering:
            self._answering = True
            self.line.keep(self._answer())

    def answers(self) -> None:
        """Send the answer; where it is a double one the call is answered when it was repeated."""
        trunk = self.line.trunk
        assert isinstance(trunk, R2Trunk)
        if trunk.variant.line.double_answer_s > 0:
            self._answered_at = asyncio.get_running_loop().time()
            self.line.fire("answer_twice")
        else:
            super().answers()

    def hear(self, event: LineEvent) -> None:
        """A line signal; the one that comes here is our double answer, which has been given."""
        if isinstance(event, Answered):
            self.count_answer()

    def meter(self) -> None:
        """Send a metering pulse: one unit of the call's charge (national).

        CardError while the call is not answered, or was cleared.
        """
        if self.line.machine.state is not q421.State.IN_ANSWERED or self._done:
            raise CardError(f"{self.circuit}: cannot send a metering pulse, want an answered call")
        self.line.fire("meter")

    def refuse(self, cause: int) -> None:
        """Tell the cause in group B, or by a tone when it is too late for that."""
        if self._through.is_set() or self._register is None:
            super().refuse(cause)
        else:
            self._register.fire("refuse", cause)

    def clear_from_far_end(self, cause: int) -> None:
        """The far end has gone; a call that was never offered is nobody's to clear."""
        self._done = self._done or not self._offered
        super().clear_from_far_end(cause)

    def _free(self) -> None:
        if self._register is not None and not self._through.is_set():
            self._register.fire("free")

    async def _answer(self) -> None:
        await self.through()
        await asyncio.sleep(ANSWER_GUARD_S)
        if not self.cleared.done() and not self._done:
            self.answers()

    def _told(self, event: Any) -> None:
        match event:
            case Offered(facts=facts):
                self.facts = replace(facts, bearer="3.1kHz")
                self._offered = True
                self.line.trunk.offer(self)
            case Decided(free=True):
                self.end_register()
                self.proceeds(alerting=True)
            case Decided():
                self.end_register()  # he will clear; until then he hears his exchange's tone
            case Failed(cause=cause, why=why):
                self._failed(cause, why)

    def _failed(self, cause: int, why: str) -> None:
        log.warning("%s: %s\n%s", self.circuit, why, "\n".join(self.transcript()))
        self.end_register()
        if self._offered:
            self.clear_from_far_end(cause)
        elif not self._done:
            self.line.keep(self.clear(cause))


class R2OutgoingCall(_R2Call, OutgoingCall):
    """A call that goes out."""

    def __init__(self, line: AssociatedLine, bearer: Bearer, facts: CallFacts) -> None:
        super().__init__(line, bearer, facts)
        self.metered = 0
        """Metering pulses so far: units of the call's charge, where the country has them."""

    def hear(self, event: LineEvent) -> None:
        """A line signal of the far end."""
        if isinstance(event, Metered):
            self.metered += 1
        else:
            super().hear(event)

    def dial(self) -> None:
        """Let the register tell whom the call is for."""
        trunk = self.line.trunk
        assert isinstance(trunk, R2Trunk)
        machine = ForwardRegister(trunk.variant, self.facts)
        self._register = LaneRegister(self.channel.lane, machine, self._told, self.line.note)
        self._register.fire("start")

    def _told(self, event: Any) -> None:
        match event:
            case Proceeding():
                self.proceeds()
            case Alerting(in_band=in_band):
                self.in_band = in_band
                self.end_register()
                self.proceeds(alerting=True)
            case Disconnected(cause=cause):
                self.clear_from_far_end(cause)
            case Failed(cause=cause, why=why):
                log.warning("%s: %s\n%s", self.circuit, why, "\n".join(self.transcript()))
                self.clear_from_far_end(cause)

    async def send_digits(self, digits: str) -> None:
        """More of the called number while it is not complete, tones once sound is through."""
        if self.proceeding.done() or self._register is None or self.facts.complete:
            await super().send_digits(digits)
        else:
            self.facts = replace(self.facts, called=self.facts.called + digits)
            self._register.fire("digits", digits)


class R2Trunk(AssociatedTrunk):
    """All bearers of one span under R2: Q.421 line signals and MFC registers; a `Trunk`.

    `wishes` say what is asked of calls that come in, `direction` who may seize circuits.  See
    `telcard.trunks.associated.AssociatedTrunk` for what it does about alarms and its board.
    """

    signalling = "r2"

    def __init__(
        self,
        card: EmulatedCard,
        span: Span,
        variant: Variant = ITU,
        *,
        wishes: Wishes | None = None,
        direction: Direction = "both",
        patience: Patience | None = None,
        report: Report = tell_nobody,
        country: Country | None = None,
    ) -> None:
        if direction not in ("both", "in", "out"):
            raise ValueError(f"direction: want both, in or out, got {direction!r}")
        super().__init__(
            card, span, variant.line, patience=patience, report=report, country=country
        )
        self.variant = variant
        self.wishes = wishes or Wishes()
        self.direction: Direction = direction

    def machine(self) -> q421.Circuit:
        """The line machine of a circuit."""
        match self.direction:
            case "in":
                return q421.Incoming(self.variant.line)
            case "out":
                return q421.Outgoing(self.variant.line)
        return q421.BothWay(self.variant.line)

    def incoming(self, line: AssociatedLine, bearer: Bearer) -> R2Call:
        """The call with which the far end has seized a circuit."""
        return R2Call(line, bearer, CallFacts())

    def dial(self, facts: CallFacts, *, circuit: str | None = None) -> TrunkCall:
        """Make a call, on a free circuit or on this one; `telcard.trunks.face.Trunk.dial`.

        ValueError for a number that has something else than digits.
        """
        if self.direction == "in":
            raise CardError(
                f"{self.name}: cannot dial {facts.called}, its circuits only take calls"
            )
        ForwardRegister(self.variant, facts)  # raises for what is no number
        return self.seize(R2OutgoingCall, facts, circuit)
