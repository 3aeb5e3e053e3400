"""ISDN primary rate: bearers whose calls are told of in messages on a D-channel.

    trunk = PriTrunk(card, card.spans[0])
    trunk.start(offer)
    call = trunk.dial(CallFacts(called="02154321", caller="95588"))

The D-channel is the port's signalling timeslot, 16 of an E1 beside 30 bearers, 24 of a T1 beside
23; Q.921 carries the messages of Q.931 on it (`telcard.signalling.isdn.Interface`).  An incoming
call is offered when its number is complete and the voice resource of its bearer is taken: where
there is none left, it is refused at once.  One that goes out takes its bearer with its set-up,
insists on it, and is cleared with cause 44 when the other end has seized it at the same moment;
whoever dialled tries another.

When the board goes down, or the line has failed, calls end with cause 38, and the link is set up
anew when both are in order again.  A link that is lost alone ends no call at once: the people on it
still hear each other (T309).
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from telcard.cards import Bearer, DChannel, EmulatedCard
from telcard.countries import Country, no_country
from telcard.engine import Span
from telcard.errors import CardError, LineError, UnknownCard
from telcard.events import Value
from telcard.media import Channel
from telcard.runner import Runner
from telcard.signalling import (
    Alerting,
    Answered,
    Blocked,
    CallFacts,
    Cause,
    Disconnected,
    Failed,
    Hunt,
    MoreDigits,
    Offered,
    Proceeding,
    Progressed,
    Released,
    Restarted,
    Route,
    SeizureAcknowledged,
    Unblocked,
)
from telcard.signalling.isdn import EURO, USUAL, CallEvent, Profile
from telcard.signalling.isdn.capture import Capture
from telcard.signalling.isdn.interface import Interface
from telcard.signalling.isdn.lapd import Side
from telcard.signalling.isdn.q921 import LinkDown, LinkUp
from telcard.signalling.supervision import Patience
from telcard.trunks.counting import Counting, TrunkStats
from telcard.trunks.face import Circuit, Direction, Leg, TrunkCall, blocked
from telcard.trunks.progress import Heard, LineTones
from telcard.trunks.trace import TracedDChannel
from telcard.trunks.watch import LineWatch, Report
from telcard.units import NS, TICK_NS

TICK_S = TICK_NS / NS

THROUGH_S = 0.1
"""From PROGRESS until the caller hears us; a choice of ours, of what exchanges take."""

CLOSING_S = 1.0
"""How long a trunk that stops waits for the other end to release its calls."""

FIRST_ABNORMAL = 32
"""Causes below it are of the class "normal event" (ITU-T Q.850, table 1)."""

FAILURES = 20
"""So many calls that failed are remembered with their messages."""

log = logging.getLogger(__name__)


def _tell_nobody(name: str, **facts: Value) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Failure:
    """A call that failed, with its messages."""

    circuit: str
    facts: CallFacts
    cause: int
    transcript: tuple[str, ...]


class _Bearer:
    """One timeslot of the span: who has it, and who takes no calls on it."""

    def __init__(self, timeslot: int, name: str) -> None:
        self.timeslot = timeslot
        self.name = name
        self.call: PriCall | None = None
        self.blocked_here = self.blocked_there = False

    @property
    def free(self) -> bool:
        """Whether a call may take it now."""
        return self.call is None and not (self.blocked_here or self.blocked_there)


class _Link:
    """The D-channel while the trunk is in service, and the machines on it."""

    def __init__(
        self, interface: Interface, dchannel: DChannel, report: Callable[[object], None]
    ) -> None:
        self.interface = interface
        self.dchannel = dchannel
        self.runner = Runner(interface, timers=interface.timers, send=self._send, report=report)

    def _send(self, frame: bytes) -> None:
        try:
            self.dchannel.send_frame(frame)
        except LineError as error:
            # As if it had been lost on the line: Q.921 sends it again.
            log.warning("a frame was not sent: %s", error)

    def close(self) -> None:
        """No more frames, no more timers."""
        self.runner.close()
        self.dchannel.close()


class PriCall(Leg):
    """One call of a primary rate interface; a `TrunkCall`.

    An incoming one is answered in the sense of `answered` when the exchange has acknowledged it:
    what is said from then on reaches the caller from its first syllable.
    """

    signalling = "pri"

    def __init__(
        self, trunk: PriTrunk, handle: int, bearer: _Bearer, facts: CallFacts, *, outgoing: bool
    ) -> None:
        super().__init__(bearer.name, facts)
        self.handle = handle
        self.bearer = bearer
        self.outgoing = outgoing
        self._trunk = trunk
        self._sound: Bearer | None = None
        self._overlap = False
        self._tones: LineTones | None = None
        self._on_digits: Callable[[str], None] | None = None
        self._done = False
        self.cause: int = Cause.NORMAL_CLEARING
        """Why it ended, whoever has ended it."""
        self._transcript: tuple[str, ...] = ()

    def connect(self, sound: Bearer) -> None:
        """Its bearer's sound is there."""
        self._sound = sound
        self.channel = Channel(sound.lane, sound.name, sound.capabilities)
        self.channel.on_stuck(self._stuck)

    def ring(self) -> None:
        """ALERTING: the exchange lets the caller hear ringing tone."""
        self._trunk.fire("alerting", self.handle)
        self.proceeds(alerting=True)

    def progress(self) -> None:
        """PROGRESS: what we say can be heard before the answer."""
        self._trunk.fire("progress", self.handle, True)

    async def through(self) -> None:
        """As long as an exchange takes to connect us through: it acknowledges no PROGRESS."""
        await asyncio.sleep(THROUGH_S)

    def answer(self) -> None:
        """CONNECT."""
        self._trunk.fire("connect", self.handle)

    def redirect(self, number: str) -> None:
        """Call deflection (EN 300 207), which only EuroISDN has."""
        if self._trunk.variant is not EURO:
            raise self.cannot(f"send the call on to {number}")
        self._trunk.fire("deflect", self.handle, number)

    async def send_digits(self, digits: str) -> None:
        """INFORMATION while the number is not complete, else tones."""
        if self._overlap and not self.proceeding.done():
            self._trunk.fire("information", self.handle, digits)
            self.facts = replace(self.facts, called=self.facts.called + digits)
        else:
            await super().send_digits(digits)

    def on_digits(self, callback: Callable[[str], None] | None) -> None:
        """Call `callback` with digits that come after the call was offered."""
        self._on_digits = callback

    async def clear(self, cause: int = Cause.NORMAL_CLEARING) -> None:
        """Give the sound back, and let the exchange know why the call is over."""
        self.refuse(cause)

    def refuse(self, cause: int) -> None:
        """As `clear`, which waits for nothing."""
        if not self._done:
            self._done = True
            self._give_sound()
            if not self.cleared.done():
                self.cause = cause
                self._trunk.fire("clear", self.handle, int(cause))

    def transcript(self) -> Sequence[str]:
        """Its messages, decoded."""
        return self._transcript or self._trunk.transcript(self)

    def hear(self, event: object) -> None:
        """Layer 3 says so."""
        match event:
            case SeizureAcknowledged():
                self._overlap = True
            case Proceeding():
                self.proceeds()
            case Progressed(in_band=in_band):
                self.proceeds()
                self._hears(in_band)
            case Alerting(in_band=in_band):
                self._hears(in_band)
                self.proceeds(alerting=True)
            case Answered():
                self._deafen()
                self.proceeds(answered=True)
                self._trunk.counting.answered()
            case MoreDigits(digits=digits):
                self.facts = replace(self.facts, called=self.facts.called + digits)
                if self._on_digits is not None:
                    self._on_digits(digits)
            case Disconnected(cause=cause, location=location):
                self.location = location
                self._trunk.fire("clear", self.handle, int(cause))
                self.over(cause)
            case Failed(cause=cause):
                self.over(cause)
            case Released(cause=cause):
                self.over(cause)

    def _hears(self, in_band: bool) -> None:
        """Tones may say what messages do not, once the network's can be heard."""
        if in_band and not self.in_band and self.channel.capabilities.detect:
            self._tones = LineTones(self.channel, self._trunk.country, self._refused)
        self.in_band |= in_band

    def _refused(self, what: Heard, cause: int) -> None:
        if what is Heard.REFUSAL and not self._done and not self.cleared.done():
            self._trunk.fire("clear", self.handle, int(Cause.NORMAL_CLEARING))
            self.over(cause)

    def _deafen(self) -> None:
        tones, self._tones = self._tones, None
        if tones is not None:
            tones.stop()

    def over(self, cause: int) -> None:
        """The far end has gone, or the call is lost: operations end, the sound is given back."""
        if not self._done and not self.cleared.done():
            self.cause = cause
        self.lost(cause)
        self._give_sound()

    def keep_transcript(self) -> None:
        """Layer 3 is about to forget the call."""
        self._transcript = tuple(self._trunk.transcript(self))

    def _give_sound(self) -> None:
        self._deafen()
        if self._sound is not None:
            self._sound.close()

    def _stuck(self) -> None:
        """The channel's operation stands still: only giving the channel back frees it."""
        self._trunk.report("channel_stuck", channel=self.channel.name, circuit=self.circuit)
        self._trunk.fire("clear", self.handle, int(Cause.TEMPORARY_FAILURE))
        self.over(Cause.TEMPORARY_FAILURE)

    def __repr__(self) -> str:
        way = "to" if self.outgoing else "for"
        return f"<PriCall {self.circuit}: {self.caller or '?'} {way} {self.called}>"


class PriTrunk:
    """All bearers of one span under a D-channel of their own; a `Trunk`.

    `side` is ours: "user" towards an exchange, "network" towards a private branch exchange;
    `profile` is the exchange's kind, the usual one of an E1 or T1 unless given.  Calls that go out
    take a bearer as `hunt` says; an exchange hunts from the other end by custom.  Where numbers
    here have `digits` digits and the exchange sends them in pieces, a call is offered once it has
    so many.  Tones that refuse a call of ours before its answer are known as those of `country`.
    `report(name, **facts)` is called with `line_alarm`, `line_failed`, `line_restored`, `link_up`,
    `link_down`, `channel_stuck` and `glare`.
    """

    signalling = "pri"

    def __init__(
        self,
        card: EmulatedCard,
        span: Span,
        *,
        side: Side = "user",
        profile: Profile | None = None,
        hunt: Hunt = Hunt.HIGHEST,
        digits: int = 0,
        patience: Patience | None = None,
        report: Report = _tell_nobody,
        country: Country | None = None,
    ) -> None:
        self.report = report
        self.counting = Counting()
        self.failures: deque[Failure] = deque(maxlen=FAILURES)
        """The newest calls that failed, with their messages."""
        self.capture = Capture(side)
        """The newest frames of its D-channel, in the time of the loop."""
        self._card = card
        self._span = span
        self._side: Side = side
        self.variant = profile or USUAL[span.line.kind]
        self.country = country or no_country()
        self._digits = digits
        self._offer: Callable[[TrunkCall], None] | None = None
        d_channel = card.line(span).signalling_timeslot
        self._bearers = {
            timeslot: _Bearer(timeslot, name)
            for timeslot, name in card.timeslots(span)
            if timeslot != d_channel
        }
        self._route: Route[_Bearer] = Route(
            span.name, tuple(self._bearers.values()), hunt, lambda: 0.0
        )
        self._calls: dict[int, PriCall] = {}
        self._link: _Link | None = None
        self._watch = LineWatch(card, span, self, report, patience)

    @property
    def name(self) -> str:
        """What its span is called."""
        return self._span.name

    @property
    def up(self) -> bool:
        """Whether its D-channel carries messages now."""
        return self._link is not None and self._link.interface.up

    def start(self, offer: Callable[[TrunkCall], None]) -> None:
        """Set the link up; `offer` is called with each incoming call."""
        self._offer = offer
        self._watch.start()

    def serve(self) -> None:
        """Board and line are in order: open the D-channel."""
        interface = Interface(self._side, self.variant.coded(self._span.law), tuple(self._bearers))
        dchannel = TracedDChannel(self._card.line(self._span).open_dchannel(), self.capture)
        self._link = _Link(interface, dchannel, self._hear)
        dchannel.on_frame(self._frame)
        for bearer in self._bearers.values():
            bearer.blocked_there = False
            if bearer.blocked_here:
                self.fire("block", bearer.timeslot)
        self.fire("start")

    def lose(self) -> int:
        """Board or line have failed: every call is lost."""
        calls = tuple(self._calls.values())
        for call in calls:
            call.keep_transcript()
        if self._link is not None:
            self._link.close()
            self._link = None
        for call in calls:
            call.over(Cause.NETWORK_OUT_OF_ORDER)
            self._gone(call)
        return len(calls)

    def resumed(self) -> None:
        """Nothing: frames that an alarm has torn are sent again by Q.921."""

    def dial(self, facts: CallFacts, *, circuit: str | None = None) -> PriCall:
        """Make a call; see `Trunk.dial`."""
        link = self._link
        if link is None or not link.interface.up:
            why = "it is out of service" if link is None else "its D-channel is down"
            raise LineError(f"{self.name}: {why}", cause=Cause.NETWORK_OUT_OF_ORDER)
        bearer = self._free(circuit)
        sound = self._card.open_bearer(self._span, bearer.timeslot)
        call = PriCall(self, link.interface.new_call(), bearer, facts, outgoing=True)
        call.connect(sound)
        self._take(call)
        self.fire("setup", call.handle, facts, bearer.timeslot, True)
        return call

    def block(self, circuit: str | None = None) -> None:
        """Take no new calls on this circuit, or on all: the exchange is refused with cause 44."""
        for bearer in self._named(circuit):
            if not bearer.blocked_here:
                bearer.blocked_here = True
                self.fire("block", bearer.timeslot)

    def unblock(self, circuit: str | None = None) -> None:
        """Take calls again."""
        for bearer in self._named(circuit):
            if bearer.blocked_here:
                bearer.blocked_here = False
                self.fire("unblock", bearer.timeslot)

    async def drain(self) -> None:
        """Take no new calls; returns when the last present one is over."""
        self.block()
        while self._calls:
            await asyncio.sleep(TICK_S)

    def restart(self, circuit: str | None = None) -> None:
        """RESTART this circuit, or the whole interface: calls on it are lost, with cause 41."""
        for bearer in self._named(circuit):
            if bearer.call is not None:
                bearer.call.over(Cause.TEMPORARY_FAILURE)
        self.fire("restart", None if circuit is None else self._named(circuit)[0].timeslot)

    async def stop(self) -> None:
        """Clear what is left, and let the link go."""
        self._offer = None
        for call in tuple(self._calls.values()):
            await call.clear()
        loop = asyncio.get_running_loop()
        until = loop.time() + CLOSING_S
        while self._calls and loop.time() < until:
            await asyncio.sleep(TICK_S)
        if self._link is not None:
            self.fire("stop")
            await asyncio.sleep(2 * TICK_S)  # so long a frame takes to be gone
        self._watch.stop()
        self.lose()

    def query(self) -> list[Circuit]:
        """The state of every circuit, asked rather than remembered."""
        link = self._link
        states = {} if link is None else link.interface.layer3.query()
        idle = "idle" if self.up else "out of service" if link is None else "D-channel down"
        told = []
        for bearer in self._bearers.values():
            call = bearer.call
            state = idle if call is None else states.get(call.handle, (idle, None))[0]
            direction: Direction = "" if call is None else "out" if call.outgoing else "in"
            stopped = blocked(bearer.blocked_here, bearer.blocked_there)
            told.append(Circuit(bearer.name, state, call is not None, direction, stopped))
        return told

    def stats(self) -> TrunkStats:
        """What it has carried so far."""
        return self.counting.stats()

    def fire(self, name: str, *args: object) -> None:
        """Give layer 3 an input, unless the trunk is out of service."""
        if self._link is not None:
            self._link.runner.fire(name, *args)

    def transcript(self, call: PriCall) -> list[str]:
        """The messages of a call, decoded."""
        return [] if self._link is None else self._link.interface.layer3.transcript(call.handle)

    # ------------------------------------------------------------------ layer 3

    def _frame(self, frame: bytes) -> None:
        if self._watch.believes:
            self.fire("frame", frame)

    def _hear(self, event: object) -> None:
        match event:
            case CallEvent(handle=0, channel=channel, event=told):
                self._channel(channel, told)
            case CallEvent(handle=handle, channel=channel, event=Offered(facts=facts)):
                self._offered(handle, channel, facts)
            case CallEvent(handle=handle, event=told):
                self._told(handle, told)
            case LinkUp():
                self.report("link_up", trunk=self.name)
            case LinkDown():
                log.warning("%s: the D-channel is down", self.name)
                self.report("link_down", trunk=self.name)

    def _channel(self, channel: int | None, event: object) -> None:
        bearers = self._bearers.values() if channel is None else [self._bearers[channel]]
        for bearer in bearers:
            match event:
                case Blocked():
                    bearer.blocked_there = True
                case Unblocked():
                    bearer.blocked_there = False
                case Restarted() if bearer.call is not None:
                    bearer.call.over(Cause.TEMPORARY_FAILURE)

    def _offered(self, handle: int, channel: int | None, facts: CallFacts) -> None:
        bearer = None if channel is None else self._bearers.get(channel)
        if bearer is not None:
            self._displace(bearer)
        if bearer is None or bearer.call is not None:
            self.fire("clear", handle, int(Cause.CHANNEL_NOT_AVAILABLE))
            return
        call = PriCall(self, handle, bearer, facts, outgoing=False)
        self._take(call)
        if len(facts.called) < self._digits and not facts.complete:
            self.fire("setup_ack", handle)
        else:
            self._begin(call)

    def _displace(self, bearer: _Bearer) -> None:
        """Both ends have seized it at one moment: the network's call goes on (Q.931, 5.7)."""
        call = bearer.call
        if call is not None and call.outgoing and not call.proceeding.done():
            self.report("glare", circuit=bearer.name)
            bearer.call = None
            call.over(Cause.CHANNEL_NOT_AVAILABLE)

    def _begin(self, call: PriCall) -> None:
        """Its number is complete: take a voice resource for it, and offer it."""
        offer = self._offer
        try:
            if offer is None:
                raise CardError(f"{self.name}: it takes no calls")
            call.connect(self._card.open_bearer(self._span, call.bearer.timeslot))
        except CardError as error:
            log.warning("%s: no call taken: %s", call.circuit, error)
            call.refuse(Cause.SWITCHING_EQUIPMENT_CONGESTION)
            return
        self.fire("proceeding", call.handle)
        call.proceeds()
        offer(call)

    def _told(self, handle: int, event: object) -> None:
        call = self._calls.get(handle)
        if call is None:
            return
        call.hear(event)
        match event:
            case MoreDigits(complete=complete) if not call.proceeding.done():
                if complete or len(call.called) >= self._digits:
                    self._begin(call)
            case Released():
                self._gone(call)

    def _take(self, call: PriCall) -> None:
        self._calls[call.handle] = call
        call.bearer.call = call
        self._route.taken(call.bearer)
        self.counting.took(outgoing=call.outgoing)

    def _gone(self, call: PriCall) -> None:
        """The circuit is free again."""
        del self._calls[call.handle]
        if call.bearer.call is call:
            call.bearer.call = None
        self._route.released(call.bearer)
        if self.counting.gave(call.cause):
            call.keep_transcript()
            failure = Failure(call.circuit, call.facts, call.cause, tuple(call.transcript()))
            self.failures.append(failure)
            log.log(
                logging.INFO if call.cause < FIRST_ABNORMAL else logging.WARNING,
                "%s: call to %s failed, cause %d\n%s",
                call.circuit,
                call.called,
                call.cause,
                "\n".join(failure.transcript),
            )

    def _free(self, circuit: str | None) -> _Bearer:
        if circuit is not None:
            (bearer,) = self._named(circuit)
            if bearer.free:
                return bearer
            raise LineError(f"{circuit}: it is not free", cause=Cause.CHANNEL_NOT_AVAILABLE)
        found = self._route.find()
        if found is None:
            self.counting.blocked()
            raise LineError(
                f"{self.name}: none of {len(self._bearers)} circuits is free",
                cause=Cause.NO_CIRCUIT,
            )
        return found

    def _named(self, circuit: str | None) -> list[_Bearer]:
        """This circuit, or all; `UnknownCard` when there is none of that name."""
        bearers = list(self._bearers.values())
        if circuit is None:
            return bearers
        found = [bearer for bearer in bearers if bearer.name == circuit]
        if not found:
            there = f"{bearers[0].name} to {bearers[-1].name}"
            raise UnknownCard(f"{self.name}: no circuit is called {circuit!r}; it has {there}")
        return found
