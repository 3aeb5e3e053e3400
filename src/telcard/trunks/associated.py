"""Channel-associated signalling: what trunks have in common whose circuits are signalled by bits.

A circuit is a timeslot with its ABCD bits; one may be seized from either end, or from one alone.
What the bits mean is its machine's (Q.421 on an E1, E&M on a T1).  Who seizes it says by its
register whom he wants, which is each kind's own (`cas`: in DTMF, `r2`: by compelled signals, `em`:
in DTMF or MF); everything else is here: circuits, blocking, alarms, the board.

While the span has an alarm no signal is believed; one that lasts clears its calls with cause 38 and
takes the circuits out of service until the line has been in order for a while
(`telcard.signalling.supervision`).  A channel whose operation stands still is given up with
cause 41.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, ClassVar

from telcard.cards import Bearer, BoardState, EmulatedCard
from telcard.countries import CadencedTone, Country, no_country
from telcard.dsp.tones import repeats_of, segments_of
from telcard.engine import BLOCKED_BITS, Span
from telcard.errors import CardError, LineError, UnknownCard
from telcard.events import Value
from telcard.media import Channel
from telcard.runner import Runner
from telcard.signalling import (
    Answered,
    CallFacts,
    Cause,
    ClearedBack,
    ClearedForward,
    Failed,
    LineEvent,
    Metered,
    Released,
    Seized,
    SeizureAcknowledged,
)
from telcard.signalling import circuit as signalled
from telcard.signalling.supervision import Patience
from telcard.trunks.counting import Counting, TrunkStats
from telcard.trunks.face import Circuit, Direction, Leg, TrunkCall, blocked
from telcard.trunks.trace import SignalLog
from telcard.trunks.watch import LineWatch, Report, tell_nobody
from telcard.units import NS, TICK_NS

ANSWER_HOLD_S = 0.1
"""An answer stands at least so long before clear-back: the far end must recognise it, which takes
20 ms, or it would take clear-back for the acknowledgement that it knows already."""

TICK_S = TICK_NS / NS

log = logging.getLogger(__name__)

Offer = Callable[[TrunkCall], None]
"""Called with each call that comes in."""


class AssociatedCall(Leg, ABC):
    """One call on a circuit; a `TrunkCall`."""

    outgoing: ClassVar[bool] = False

    def __init__(self, line: AssociatedLine, bearer: Bearer, facts: CallFacts) -> None:
        super().__init__(line.name, facts)
        self.channel = Channel(bearer.lane, bearer.name, bearer.capabilities)
        self.line = line
        self._bearer = bearer
        self._answered_at: float | None = None
        self._done = False
        self.channel.on_stuck(self._stuck)

    @abstractmethod
    def begin(self) -> None:
        """The circuit is taken, and the far end's register is there (or ours is to be)."""

    def hear(self, event: LineEvent) -> None:
        """A line signal has come that is for the call alone."""

    def end_register(self) -> None:
        """The call is over: no register of it sends or hears anything from now on."""

    def transcript(self) -> Sequence[str]:
        """The circuit's line signals and timers."""
        return self.line.transcript()

    async def clear(self, cause: int = Cause.NORMAL_CLEARING) -> None:
        """Clear our side and give the sound back; returns when nothing of the call is left."""
        if self._done:
            return
        self._done = True
        if self.cleared.done():
            self.line.let_go()
        elif self._answered_at is not None:
            self.close()
            await self._hold_answer(self._answered_at)
            if not self.cleared.done():
                self.line.fire("clear_back")
        else:
            self.refuse(cause)

    def refuse(self, cause: int) -> None:
        """Let the caller hear congestion until he clears forward; the circuit is his until then.

        Bits have no signal for a refusal before the answer.
        """
        self.line.keep(self._congestion())

    def answers(self) -> None:
        """Send the answer."""
        self._answered_at = asyncio.get_running_loop().time()
        self.line.fire("answer")
        self.count_answer()

    def count_answer(self) -> None:
        """The answer stands."""
        self.line.trunk.counting.answered()
        self.proceeds(answered=True)

    async def _hold_answer(self, answered_at: float) -> None:
        held_s = asyncio.get_running_loop().time() - answered_at
        await asyncio.sleep(max(0.0, ANSWER_HOLD_S - held_s))

    async def _congestion(self) -> None:
        lane = self.channel.lane
        while lane.is_open and lane.operation is not None:  # of a flow that has not noticed yet
            lane.operation.stop()
            await asyncio.sleep(TICK_S)
        if lane.is_open:
            refusal = self.line.trunk.refusal
            await self.channel.tones(segments_of(refusal), repeats=repeats_of(refusal))

    def _stuck(self) -> None:
        """The channel's operation stands still: only giving the channel back frees it."""
        channel, circuit = self.channel.name, self.circuit
        self.line.trunk.report("channel_stuck", channel=channel, circuit=circuit)
        self.clear_from_far_end(Cause.TEMPORARY_FAILURE)
        if self._answered_at is not None:
            self.line.keep(self._clear_back(self._answered_at))

    async def _clear_back(self, answered_at: float) -> None:
        """Tell the far end, unless it has gone by itself meanwhile."""
        await self._hold_answer(answered_at)
        if self.line.answered:
            self.line.fire("clear_back")

    def clear_from_far_end(self, cause: int) -> None:
        """The far end has gone: every operation ends, the sound is given back."""
        self.lost(cause)
        self.close()
        if self._done:
            self.line.let_go()

    def circuit_lost(self, cause: int) -> None:
        """The circuit is out of service: nothing can be told to the far end."""
        self.clear_from_far_end(cause)

    def close(self) -> None:
        """Give the sound back."""
        self.end_register()
        self._bearer.close()


class OutgoingCall(AssociatedCall):
    """A call that goes out; a kind adds its register."""

    outgoing = True

    def __init__(self, line: AssociatedLine, bearer: Bearer, facts: CallFacts) -> None:
        super().__init__(line, bearer, facts)
        self._cleared_forward = False
        self._gone = False  # the circuit is idle again, or another's, or out of service

    def begin(self) -> None:
        """Seize the circuit."""
        self.line.fire("seize")

    def hear(self, event: LineEvent) -> None:
        """A line signal of the far end."""
        match event:
            case SeizureAcknowledged():
                self.dial()
            case Answered() if not self.answered.done():
                self.end_register()
                self.in_band = True
                self.line.trunk.counting.answered()
                self.proceeds(answered=True)
            case ClearedBack():
                self.clear_from_far_end(Cause.NORMAL_CLEARING)
            case Released():
                self._gone = True
                if self._done:
                    self.line.let_go()

    @abstractmethod
    def dial(self) -> None:
        """The far end waits for the address."""

    async def clear(self, cause: int = Cause.NORMAL_CLEARING) -> None:
        """Clear forward and give the sound back; the circuit is taken until the far end is idle."""
        if self._done:
            return
        self._done = True
        self.clear_from_far_end(cause)
        if self._gone and self.line.call is self:
            self.line.let_go()

    def clear_from_far_end(self, cause: int) -> None:
        """The call is over: the sound is given back, and the circuit cleared forward."""
        self.lost(cause)
        self.close()
        if not self._cleared_forward and not self._gone:
            self._cleared_forward = True
            if self.line.machine.accepts("clear_forward"):
                self.line.fire("clear_forward")

    def circuit_lost(self, cause: int) -> None:
        """The circuit is out of service: nothing can be told to the far end."""
        self._gone = True
        self.clear_from_far_end(cause)
        if self._done:
            self.line.let_go()


class AssociatedLine:
    """One circuit: its machine, its bits, and the call on it."""

    def __init__(self, trunk: AssociatedTrunk, timeslot: int, name: str) -> None:
        self.trunk = trunk
        self.name = name
        self.timeslot = timeslot
        self.blocking = False
        self.machine = trunk.machine()
        self.call: AssociatedCall | None = None
        self._tasks: set[asyncio.Task[object]] = set()
        self._runner = Runner(
            self.machine,
            timers=trunk.profile.timers,
            send=self._send,
            report=self._hear,
        )

    def bits(self, abcd: int) -> None:
        """The far end's signal, as the line has it now."""
        self.note(False, f"{abcd:04b} ({self.machine.state.value})")
        self.fire("bits", abcd)

    def note(self, sent: bool, text: str) -> None:
        """Keep a signal of either end for whoever traces the trunk."""
        self.trunk.signals.note(self.name, sent, text)

    def _send(self, abcd: int) -> None:
        self.trunk.span.set_bits(self.timeslot, abcd)
        self.note(True, f"{abcd:04b} ({self.machine.state.value})")

    def fire(self, name: str, *args: int) -> None:
        """Give the line machine an input."""
        self._runner.fire(name, *args)

    @property
    def free(self) -> bool:
        """Whether a call of ours may take it now."""
        return self.call is None and not self.blocking and self.machine.query().free

    @property
    def answered(self) -> bool:
        """Whether the far end takes its call for answered."""
        return self.machine.accepts("clear_back")

    def transcript(self) -> list[str]:
        """The newest line signals and timers."""
        return list(self._runner.transcript)

    def block(self, blocking: bool) -> None:
        """Take no new calls from now on, or take them again."""
        if blocking is not self.blocking:
            self.blocking = blocking
            self.fire("block" if blocking else "unblock")

    def take(self, call: AssociatedCall) -> None:
        """A call has the circuit from now on."""
        self.call = call
        self.trunk.counting.took(outgoing=call.outgoing)

    def let_go(self) -> None:
        """Nothing of the call is left above: release the circuit if the far end has cleared."""
        self.forget()
        if self.machine.accepts("release"):
            self.fire("release")

    def forget(self) -> None:
        """The call has the circuit no more."""
        if self.call is not None:
            self.trunk.counting.gave(self.call.cleared.result())
            self.call = None

    def keep(self, work: Coroutine[Any, Any, object]) -> None:
        """Let a coroutine run beside the call, and never be forgotten."""
        task = asyncio.create_task(work, name=self.name)
        self._tasks.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("%s: what runs beside its call broke", self.name, exc_info=error)

    async def stop(self) -> None:
        """Out of service; a call that is left ends."""
        if self.call is not None:
            self.call.circuit_lost(Cause.NORMAL_CLEARING)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._runner.close()

    def lose(self, cause: int = Cause.NETWORK_OUT_OF_ORDER) -> None:
        """Out of service at once, without a signal; a call that is on is lost."""
        self._runner.close()
        if self.call is not None:
            self.call.circuit_lost(cause)

    def _hear(self, event: LineEvent) -> None:
        match event:
            case Seized():
                self._seized()
            case ClearedForward():
                self._end(Cause.NORMAL_CLEARING)
            case Failed(cause=cause, why=why):
                log.warning("%s: %s\n%s", self.name, why, "\n".join(self._runner.transcript))
                self._end(cause)
            case SeizureAcknowledged() | Answered() | ClearedBack() | Metered() | Released():
                if self.call is not None:
                    self.call.hear(event)

    def _seized(self) -> None:
        try:
            bearer = self.trunk.card.open_bearer(self.trunk.span, self.timeslot)
        except CardError as error:
            # He hears nothing until he gives up: no signal refuses a seizure.
            log.warning("%s: no call taken: %s", self.name, error)
            return
        call = self.trunk.incoming(self, bearer)
        if self.call is not None:  # ours has given way to it
            self.call.circuit_lost(Cause.CHANNEL_NOT_AVAILABLE)
            self.forget()
        self.take(call)
        call.begin()

    def _end(self, cause: int) -> None:
        if self.call is None:
            self.let_go()
        else:
            self.call.clear_from_far_end(cause)


class AssociatedTrunk(ABC):
    """All bearers of one span whose circuits are signalled by bits; a `Trunk` but for `dial`.

    When the board goes down, or the line has failed, its calls end with cause 38 and the circuits
    are out of service until both are in order again.  `report(name, **facts)` is called with
    `line_alarm`, `line_failed`, `line_restored` and `channel_stuck`.  Who is refused hears the
    congestion tone of `country`, without one that of E.180.
    """

    signalling = ""

    def __init__(
        self,
        card: EmulatedCard,
        span: Span,
        profile: signalled.Timed,
        *,
        patience: Patience | None = None,
        report: Report = tell_nobody,
        country: Country | None = None,
    ) -> None:
        self.card = card
        self.span = span
        self.profile = profile
        self.report = report
        self.counting = Counting()
        self.signals = SignalLog()
        """The newest signals of its circuits."""
        self.refusal: CadencedTone = (country or no_country()).tone("congestion", "busy")
        """What a caller hears who is refused."""
        self.lines: dict[int, AssociatedLine] = {}
        """By timeslot, while in service."""
        self._offer: Offer | None = None
        self._blocked: set[str] = set()
        self._watch = LineWatch(card, span, self, self._tell, patience)

    @abstractmethod
    def machine(self) -> signalled.Circuit[Any]:
        """The line machine of a circuit."""

    def seize(
        self, kind: type[OutgoingCall], facts: CallFacts, circuit: str | None
    ) -> OutgoingCall:
        """Take a free circuit, or this one, for a call; the errors are those of `Trunk.dial`.

        Circuits are taken from the last on, as those of the other end are from the first.
        """
        names = self.called(circuit)
        if not self.serving:
            raise LineError(f"{self.name}: out of service", cause=Cause.NETWORK_OUT_OF_ORDER)
        for line in reversed(self.lines.values()):
            if line.name in names and line.free:
                return self._seize(kind, line, facts)
        self.counting.blocked()
        if circuit is not None:
            raise LineError(
                f"{self.name}: circuit {circuit} is not free", cause=Cause.CHANNEL_NOT_AVAILABLE
            )
        raise LineError(f"{self.name}: no circuit is free", cause=Cause.NO_CIRCUIT)

    def _seize(
        self, kind: type[OutgoingCall], line: AssociatedLine, facts: CallFacts
    ) -> OutgoingCall:
        try:
            bearer = self.card.open_bearer(self.span, line.timeslot)
        except CardError as error:
            self.counting.blocked()
            raise LineError(f"{self.name}: {error}", cause=Cause.NO_CIRCUIT) from error
        call = kind(line, bearer, facts)
        line.take(call)
        call.begin()
        return call

    @abstractmethod
    def incoming(self, line: AssociatedLine, bearer: Bearer) -> AssociatedCall:
        """The call with which the far end has seized a circuit."""

    @property
    def name(self) -> str:
        """What its span is called."""
        return self.span.name

    @property
    def serving(self) -> bool:
        """Whether circuits are in service now."""
        return bool(self.lines)

    def offer(self, call: TrunkCall) -> None:
        """Tell the room above that a call comes in."""
        if self._offer is not None:
            self._offer(call)

    def start(self, offer: Offer) -> None:
        """Put the circuits into service; `offer` is called with each incoming call."""
        self._offer = offer
        self.span.on_bits(self._bits)
        self._watch.start()

    def serve(self) -> None:
        """Board and line are in order: put the circuits into service."""
        for timeslot, name in self.card.timeslots(self.span):
            self.lines[timeslot] = AssociatedLine(self, timeslot, name)
        for line in self.lines.values():
            self._serve(line)
        self.resumed()

    def _tell(self, name: str, **facts: Value) -> None:
        self.report(name, **facts)

    def _serve(self, line: AssociatedLine) -> None:
        line.fire("start")
        line.block(line.name in self._blocked)

    def lose(self) -> int:
        """Nothing can be sent any more: calls are lost, circuits out of service."""
        lines, self.lines = self.lines, {}
        calls = sum(line.call is not None for line in lines.values())
        for line in lines.values():
            line.lose()
        if self.card.board.state is BoardState.READY:  # else the card says so itself
            for timeslot in lines:
                self.span.set_bits(timeslot, BLOCKED_BITS)
        return calls

    def resumed(self) -> None:
        """Tell every circuit what its far end sends now."""
        for timeslot, line in self.lines.items():
            line.bits(self.span.bits(timeslot))

    def block(self, circuit: str | None = None) -> None:
        """Take no new calls: idle circuits are blocked now, busy ones once they are free."""
        self._blocked |= self.called(circuit)
        self._tell_blocked()

    def unblock(self, circuit: str | None = None) -> None:
        """Take calls again."""
        self._blocked -= self.called(circuit)
        self._tell_blocked()

    async def drain(self) -> None:
        """Take no new calls; returns when the last present one is over."""
        self.block()
        while any(line.call is not None for line in self.lines.values()):
            await asyncio.sleep(TICK_S)

    def restart(self, circuit: str | None = None) -> None:
        """Take circuits out of service for a moment and put them back; their calls are lost."""
        if not self._watch.serving:
            return
        names = self.called(circuit)
        for timeslot, line in list(self.lines.items()):
            if line.name in names:
                line.lose(Cause.TEMPORARY_FAILURE)
                self.lines[timeslot] = AssociatedLine(self, timeslot, line.name)
                self._serve(self.lines[timeslot])
                self.lines[timeslot].bits(self.span.bits(timeslot))

    def called(self, circuit: str | None) -> set[str]:
        """Names of all circuits, or this one; `UnknownCard` when there is none of that name."""
        names = [name for _, name in self.card.timeslots(self.span)]
        if circuit is None:
            return set(names)
        if circuit not in names:
            raise UnknownCard(
                f"{self.name}: no circuit is called {circuit!r}; it has {names[0]} to {names[-1]}"
            )
        return {circuit}

    def _tell_blocked(self) -> None:
        for line in self.lines.values():
            line.block(line.name in self._blocked)

    async def stop(self) -> None:
        """Clear what is left and take the circuits out of service."""
        self._offer = None
        self._watch.stop()
        lines, self.lines = self.lines, {}
        for line in lines.values():
            await line.stop()

    def query(self) -> list[Circuit]:
        """The state of every circuit, asked rather than remembered."""
        return [
            self._circuit(name, self.lines.get(timeslot))
            for timeslot, name in self.card.timeslots(self.span)
        ]

    def _circuit(self, name: str, line: AssociatedLine | None) -> Circuit:
        here, there = name in self._blocked, False
        state, call = "out of service", None
        if line is not None:
            status = line.machine.query()
            state, call, there = status.state.value, line.call, status.far_blocked
        direction: Direction = "" if call is None else "out" if call.outgoing else "in"
        return Circuit(name, state, call is not None, direction, blocked(here, there))

    def stats(self) -> TrunkStats:
        """What it has carried so far."""
        return self.counting.stats()

    def _bits(self, timeslot: int, abcd: int, sample: int) -> None:
        line = self.lines.get(timeslot)
        if line is not None and self._watch.believes:
            line.bits(abcd)
