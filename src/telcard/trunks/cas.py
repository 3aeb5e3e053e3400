"""Channel-associated signalling on an E1: Q.421 line signals, the address in DTMF.

A call comes in as the calling exchange's seizure (ABCD bits in timeslot 16).  It is acknowledged,
the bearer's voice resource is taken, and the exchange keys the address as tones:

    *CALLER*CALLED#

the form that PBX trunks know as *ANI*DNIS*, closed by # instead of a pause.  Then the call is
offered.  Sound and voice resource are given back the moment the calling end clears forward; the
circuit is released, and may be seized again, once the call above has let go as well.

While the span has an alarm no signal is believed; one that lasts clears its calls with cause 38 and
takes the circuits out of service until the line has been in order for a while
(`telcard.signalling.supervision`).  A channel whose operation stands still is given up with
cause 41.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from telcard.cards import Bearer, BoardState, BoardStatus, EmulatedCard
from telcard.countries import CadencedTone, Country, no_country
from telcard.dsp.tones import repeats_of, segments_of
from telcard.engine import BLOCKED_BITS, Alarm, Reason, Span, Until
from telcard.errors import CardError, UnknownCard
from telcard.events import Value
from telcard.media import Channel
from telcard.runner import Runner
from telcard.signalling import CallFacts, Cause, ClearedForward, Failed, LineEvent, Seized, q421
from telcard.signalling.supervision import (
    Health,
    Interrupted,
    LineFailed,
    LineRestored,
    Patience,
    Resumed,
    Supervision,
    SupervisionEvent,
)
from telcard.trunks.counting import Counting, TrunkStats
from telcard.trunks.face import Circuit, Leg, TrunkCall, blocked
from telcard.units import NS, TICK_NS

ADDRESS = re.compile(r"\*(?P<caller>\d*)\*(?P<called>\d+)#")
"""What the calling exchange keys after the seizure was acknowledged."""

ADDRESS_DIGITS = Until(max_digits=31, digits="#", first_digit_s=5.0, inter_digit_s=2.0)
"""E.164 numbers have at most 15 digits, so caller, called and marks fit a 31-digit buffer."""

THROUGH_CONNECT_S = 0.25
"""From the recognition of the last key until the exchange has ended it and connected the caller
through: what is said earlier is heard by nobody."""

ANSWER_HOLD_S = 0.1
"""An answer stands at least so long before clear-back: the far end must recognise it, which takes
20 ms, or it would take clear-back for the acknowledgement that it knows already."""

TICK_S = TICK_NS / NS

log = logging.getLogger(__name__)

Report = Callable[..., None]
"""Called as `report(name, **facts)` with what happens to a trunk as a whole."""


def _tell_nobody(name: str, **facts: Value) -> None:
    pass


class CasCall(Leg):
    """One incoming call on a circuit; a `TrunkCall`.

    Its sound is through from the start, and the line has no signals but answer and clear-back.
    """

    signalling = "cas"

    def __init__(self, line: _Line, bearer: Bearer) -> None:
        super().__init__(line.name, CallFacts())
        self.channel = Channel(bearer.lane, bearer.name, bearer.capabilities)
        self._line = line
        self._bearer = bearer
        self._answered_at: float | None = None
        self._done = False
        self.channel.on_stuck(self._stuck)

    def answer(self) -> None:
        """Tell the exchange that the call is answered; charging starts."""
        self._answered_at = asyncio.get_running_loop().time()
        self._line.fire("answer")
        self._line.counting.answered()
        self.proceeds(answered=True)

    def progress(self) -> None:
        """Nothing to tell: the caller hears us from the moment at which the call is offered."""

    def transcript(self) -> Sequence[str]:
        """The circuit's line signals and timers."""
        return self._line.transcript()

    async def clear(self, cause: int = Cause.NORMAL_CLEARING) -> None:
        """Clear our side and give the sound back; returns when nothing of the call is left."""
        if self._done:
            return
        self._done = True
        if self.cleared.done():
            self._line.let_go()
        elif self._answered_at is not None:
            self._bearer.close()
            await self._hold_answer(self._answered_at)
            if not self.cleared.done():
                self._line.fire("clear_back")
        else:
            # Q.421 has no signal for a refusal before the answer: the caller hears congestion
            # until he clears forward, and the circuit is his until then.
            self._line.keep(self._refuse())

    async def _hold_answer(self, answered_at: float) -> None:
        held_s = asyncio.get_running_loop().time() - answered_at
        await asyncio.sleep(max(0.0, ANSWER_HOLD_S - held_s))

    async def _refuse(self) -> None:
        lane = self.channel.lane
        while lane.is_open and lane.operation is not None:  # of a flow that has not noticed yet
            lane.operation.stop()
            await asyncio.sleep(TICK_S)
        if lane.is_open:
            refusal = self._line.refusal
            await self.channel.tones(segments_of(refusal), repeats=repeats_of(refusal))

    async def read_address(self) -> bool:
        """Collect the address; False when it did not come or made no sense."""
        outcome = await self.channel.collect(ADDRESS_DIGITS)
        address = ADDRESS.fullmatch(outcome.digits)
        if address is None:
            if Reason.HANG_UP not in outcome.reasons:
                log.warning(
                    "%s: want an address like *CALLER*CALLED#, got %r",
                    self.circuit,
                    outcome.digits,
                )
            return False
        self.facts = CallFacts(
            caller=address["caller"],
            caller_presented=bool(address["caller"]),
            called=address["called"],
            bearer="3.1kHz",
            complete=True,
        )
        return True

    def _stuck(self) -> None:
        """The channel's operation stands still: only giving the channel back frees it."""
        self._line.report("channel_stuck", channel=self.channel.name, circuit=self.circuit)
        self.clear_from_far_end(Cause.TEMPORARY_FAILURE)
        if self._answered_at is not None:
            self._line.keep(self._clear_back(self._answered_at))

    async def _clear_back(self, answered_at: float) -> None:
        """Tell the far end, unless it has gone by itself meanwhile."""
        await self._hold_answer(answered_at)
        if self._line.answered:
            self._line.fire("clear_back")

    def clear_from_far_end(self, cause: int) -> None:
        """The far end has gone: every operation ends, the sound is given back."""
        self.lost(cause)
        self._bearer.close()
        if self._done:
            self._line.let_go()


class _Line:
    """One circuit: its machine, its bits, and the call on it."""

    def __init__(
        self,
        card: EmulatedCard,
        span: Span,
        timeslot: int,
        name: str,
        profile: q421.Profile,
        offer: Callable[[TrunkCall], None],
        report: Report,
        refusal: CadencedTone,
        counting: Counting,
    ) -> None:
        self.name = name
        self.report = report
        self.counting = counting
        self.blocking = False
        self.refusal = refusal
        self.machine = q421.Incoming(profile)
        self.call: CasCall | None = None
        self._card = card
        self._span = span
        self._timeslot = timeslot
        self._offer = offer
        self._tasks: set[asyncio.Task[object]] = set()
        self._runner = Runner(
            self.machine,
            timers=profile.timers,
            send=lambda abcd: span.set_bits(timeslot, abcd),
            report=self._hear,
        )

    def fire(self, name: str, *args: int) -> None:
        self._runner.fire(name, *args)

    @property
    def answered(self) -> bool:
        """Whether the far end takes its call for answered."""
        return self.machine.state in (
            q421.State.IN_ANSWERED,
            q421.State.IN_ANSWERED_FAULT,
            q421.State.IN_ANSWER_HELD,
        )

    def transcript(self) -> list[str]:
        """The newest line signals and timers."""
        return list(self._runner.transcript)

    def block(self, blocking: bool) -> None:
        """Take no new calls from now on, or take them again."""
        if blocking is not self.blocking:
            self.blocking = blocking
            self.fire("block" if blocking else "unblock")

    def let_go(self) -> None:
        """Nothing of the call is left above: release the circuit if the far end has cleared."""
        if self.call is not None:
            self.counting.gave(self.call.cleared.result())
            self.call = None
        if self.machine.state is q421.State.IN_CLEAR_FORWARD:
            self.fire("release")

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
            self.call.clear_from_far_end(Cause.NORMAL_CLEARING)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._runner.close()

    def lose(self, cause: int = Cause.NETWORK_OUT_OF_ORDER) -> None:
        """Out of service at once, without a signal; a call that is on is lost."""
        self._runner.close()
        if self.call is not None:
            self.call.clear_from_far_end(cause)

    def _hear(self, event: LineEvent) -> None:
        match event:
            case Seized():
                self._begin()
            case ClearedForward():
                self._end(Cause.NORMAL_CLEARING)
            case Failed(cause=cause, why=why):
                log.warning("%s: %s\n%s", self.name, why, "\n".join(self._runner.transcript))
                self._end(cause)

    def _begin(self) -> None:
        try:
            bearer = self._card.open_bearer(self._span, self._timeslot)
        except CardError as error:
            # He hears nothing until he gives up: Q.421 has no signal to refuse a seizure with.
            log.warning("%s: no call taken: %s", self.name, error)
            return
        self.call = CasCall(self, bearer)
        self.counting.took(outgoing=False)
        self.keep(self._register(self.call))

    async def _register(self, call: CasCall) -> None:
        if call.cleared.done():  # the board went down before this task's first step
            return
        understood = await call.read_address()
        await asyncio.sleep(THROUGH_CONNECT_S)
        if understood and not call.cleared.done():
            self._offer(call)
        else:
            await call.clear(Cause.INVALID_NUMBER_FORMAT)

    def _end(self, cause: int) -> None:
        if self.call is None:
            self.let_go()
        else:
            self.call.clear_from_far_end(cause)


class CasTrunk:
    """All bearers of one span under Q.421 line signalling; a `Trunk` that takes calls.

    When the board goes down, or the line has failed, its calls end with cause 38 and the circuits
    are out of service until both are in order again.  `report(name, **facts)` is called with
    `line_alarm`, `line_failed`, `line_restored` and `channel_stuck`.  Who is refused hears the
    congestion tone of `country`, without one that of E.180.
    """

    signalling = "cas"

    def __init__(
        self,
        card: EmulatedCard,
        span: Span,
        profile: q421.Profile = q421.ITU,
        *,
        patience: Patience | None = None,
        report: Report = _tell_nobody,
        country: Country | None = None,
    ) -> None:
        self._card = card
        self._span = span
        self._profile = profile
        self._report = report
        self._refusal = (country or no_country()).tone("congestion", "busy")
        self._lines: dict[int, _Line] = {}
        self._offer: Callable[[TrunkCall], None] | None = None
        self._blocked: set[str] = set()
        self._counting = Counting()
        self._supervision = Supervision()
        self._supervisor = Runner(
            self._supervision,
            timers=(patience or Patience()).timers,
            send=lambda pdu: None,  # it has nothing to send
            report=self._supervised,
        )

    @property
    def name(self) -> str:
        """What its span is called."""
        return self._span.name

    def start(self, offer: Callable[[TrunkCall], None]) -> None:
        """Put the circuits into service; `offer` is called with each incoming call."""
        self._offer = offer
        self._span.on_bits(self._bits)
        self._span.on_alarm(self._alarmed)
        self._supervisor.fire("alarm" if self._span.alarms else "clear")
        self._card.board.subscribe(self._board_changed)
        self._put_into_service(offer)

    def _put_into_service(self, offer: Callable[[TrunkCall], None]) -> None:
        for timeslot, name in self._card.timeslots(self._span):
            self._lines[timeslot] = self._line(timeslot, name, offer)
        for line in self._lines.values():
            self._serve(line)
        self._hear_again()

    def _line(self, timeslot: int, name: str, offer: Callable[[TrunkCall], None]) -> _Line:
        return _Line(
            self._card,
            self._span,
            timeslot,
            name,
            self._profile,
            offer,
            self._report,
            self._refusal,
            self._counting,
        )

    def _serve(self, line: _Line) -> None:
        line.fire("start")
        line.block(line.name in self._blocked)

    def _board_changed(self, status: BoardStatus) -> None:
        if self._offer is None:  # the trunk was stopped
            return
        if status.state is not BoardState.READY:
            self._take_out_of_service(f"the board is {status}")
        elif not self._supervision.failed:
            log.warning("%s: in service again", self._span.name)
            self._put_into_service(self._offer)

    def _take_out_of_service(self, why: str) -> None:
        if self._lines:
            log.error("%s: out of service, %s", self._span.name, why)
        lines, self._lines = self._lines, {}
        for line in lines.values():
            line.lose()

    def _alarmed(self, alarms: Alarm) -> None:
        if self._offer is None:
            return
        self._report("line_alarm", line=self._span.name, alarms=alarms.name or "NONE")
        self._supervisor.fire("alarm" if alarms else "clear")

    def _supervised(self, event: SupervisionEvent) -> None:
        match event:
            case Interrupted():
                log.warning("%s: %s", self._span.name, self._span.alarms.name)
            case Resumed():
                # After the bits of this tick: one that came back as it was is no event of its own.
                asyncio.get_running_loop().call_soon(self._hear_again)
            case LineFailed():
                self._fail()
            case LineRestored():
                self._restore()

    def _fail(self) -> None:
        calls = sum(line.call is not None for line in self._lines.values())
        alarms = self._span.alarms.name or "NONE"
        self._report("line_failed", line=self._span.name, alarms=alarms, calls=calls)
        in_service = tuple(self._lines)
        self._take_out_of_service(f"the line has {alarms}")
        for timeslot in in_service:
            self._span.set_bits(timeslot, BLOCKED_BITS)

    def _restore(self) -> None:
        self._report("line_restored", line=self._span.name)
        if self._offer is not None and self._card.board.state is BoardState.READY:
            log.warning("%s: in service again", self._span.name)
            self._put_into_service(self._offer)

    def _hear_again(self) -> None:
        """Tell every circuit what its far end sends now."""
        for timeslot, line in self._lines.items():
            line.fire("bits", self._span.bits(timeslot))

    def dial(self, facts: CallFacts, *, circuit: str | None = None) -> TrunkCall:
        """Refused: the address in DTMF is for calls that come in."""
        raise CardError(f"{self.name}: cannot dial {facts.called}, its circuits only take calls")

    def block(self, circuit: str | None = None) -> None:
        """Take no new calls: idle circuits are blocked now, busy ones once they are free."""
        self._blocked |= self._called(circuit)
        self._tell_blocked()

    def unblock(self, circuit: str | None = None) -> None:
        """Take calls again."""
        self._blocked -= self._called(circuit)
        self._tell_blocked()

    async def drain(self) -> None:
        """Take no new calls; returns when the last present one is over."""
        self.block()
        while any(line.call is not None for line in self._lines.values()):
            await asyncio.sleep(TICK_S)

    def restart(self, circuit: str | None = None) -> None:
        """Take circuits out of service for a moment and put them back; their calls are lost."""
        if self._offer is None or self._supervision.failed:
            return
        names = self._called(circuit)
        for timeslot, line in list(self._lines.items()):
            if line.name in names:
                line.lose(Cause.TEMPORARY_FAILURE)
                self._lines[timeslot] = self._line(timeslot, line.name, self._offer)
                self._serve(self._lines[timeslot])
                self._lines[timeslot].fire("bits", self._span.bits(timeslot))

    def _called(self, circuit: str | None) -> set[str]:
        """Names of all circuits, or this one; `UnknownCard` when there is none of that name."""
        names = [name for _, name in self._card.timeslots(self._span)]
        if circuit is None:
            return set(names)
        if circuit not in names:
            raise UnknownCard(
                f"{self.name}: no circuit is called {circuit!r}; it has {names[0]} to {names[-1]}"
            )
        return {circuit}

    def _tell_blocked(self) -> None:
        for line in self._lines.values():
            line.block(line.name in self._blocked)

    async def stop(self) -> None:
        """Clear what is left and take the circuits out of service."""
        self._offer = None
        self._supervisor.close()
        lines, self._lines = self._lines, {}
        for line in lines.values():
            await line.stop()

    def query(self) -> list[Circuit]:
        """The state of every circuit, asked rather than remembered."""
        return [
            self._circuit(name, self._lines.get(timeslot))
            for timeslot, name in self._card.timeslots(self._span)
        ]

    def _circuit(self, name: str, line: _Line | None) -> Circuit:
        here, there = name in self._blocked, False
        state, call = q421.State.DOWN, False
        if line is not None:
            status = line.machine.query()
            state, call, there = status.state, line.call is not None, status.far_blocked
        return Circuit(name, state.value, call, "in" if call else "", blocked(here, there))

    def stats(self) -> TrunkStats:
        """What it has carried so far."""
        return self._counting.stats()

    def _bits(self, timeslot: int, abcd: int, sample: int) -> None:
        line = self._lines.get(timeslot)
        if line is not None and self._supervision.state is not Health.INTERRUPTED:
            line.fire("bits", abcd)
