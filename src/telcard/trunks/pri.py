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

Several spans may share one D-channel, or two, of which one backs the other up (NFAS):

    trunk = PriTrunk(card, {
        card.spans[0]: Membership("north", 0, "primary"),
        card.spans[1]: Membership("north", 1, "backup"),
        card.spans[2]: Membership("north", 2, "none"),
    })

When the board goes down, or the line has failed, calls end with cause 38, and the link is set up
anew when both are in order again; among several spans it costs the calls of that one alone.  A link
that is lost alone ends no call at once: the people on it still hear each other (T309).
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from telcard.cards import BoardState, EmulatedCard
from telcard.countries import Country, no_country
from telcard.engine import Span
from telcard.errors import CardError, LineError, UnknownCard
from telcard.events import Value
from telcard.signalling import (
    Blocked,
    CallFacts,
    Cause,
    Disconnected,
    Hunt,
    Membership,
    MoreDigits,
    Offered,
    Released,
    Restarted,
    Route,
    Unblocked,
)
from telcard.signalling.isdn import USUAL, CallEvent, Profile
from telcard.signalling.isdn.backup import Serving
from telcard.signalling.isdn.capture import Capture
from telcard.signalling.isdn.channels import Scope, Whole
from telcard.signalling.isdn.interface import BackedInterface, Interface
from telcard.signalling.isdn.lapd import Side
from telcard.signalling.isdn.q921 import LinkDown, LinkUp
from telcard.signalling.supervision import Patience
from telcard.trunks.counting import Counting, TrunkStats
from telcard.trunks.dchannels import DChannels
from telcard.trunks.face import Circuit, Direction, TrunkCall, blocked
from telcard.trunks.pri_call import PriBearer, PriCall
from telcard.trunks.pri_span import PriSpan
from telcard.trunks.watch import Report
from telcard.units import NS, TICK_NS

TICK_S = TICK_NS / NS

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


class PriTrunk:
    """All bearers under one D-channel; a `Trunk`.

    They are those of one span or, with a `Membership` for each, of several; these have one primary
    D-channel, which the backup stands in for where there is one.
    `side` is ours: "user" towards an exchange, "network" towards a private branch exchange;
    `profile` is the exchange's kind, the usual one of an E1 or T1 unless given.  Calls that go out
    take a bearer as `hunt` says; an exchange hunts from the other end by custom.  Where numbers
    here have `digits` digits and the exchange sends them in pieces, a call is offered once it has
    so many.  Tones that refuse a call of ours before its answer are known as those of `country`.
    `report(name, **facts)` is called with `line_alarm`, `line_failed`, `line_restored`, `link_up`,
    `link_down`, `d_channel_changed`, `path_replaced`, `channel_stuck` and `glare`.

    Where a method takes a circuit, the name of one of several spans means all circuits of it.
    """

    signalling = "pri"

    def __init__(
        self,
        card: EmulatedCard,
        span: Span | Mapping[Span, Membership],
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
        self._card = card
        self._side: Side = side
        places = {span: Membership()} if isinstance(span, Span) else dict(span)
        self._shared = not isinstance(span, Span)
        self._spans = tuple(
            PriSpan(self, card, each, place, side, report, patience)
            for each, place in places.items()
        )
        self._signalling = sorted(
            (each for each in self._spans if each.number is not None),
            key=lambda each: each.number or 0,
        )
        primary = self._signalling[0]
        self.name = next(iter(places.values())).group or primary.name
        """What its span is called, or the group of its spans."""
        self.variant = profile or USUAL[primary.span.line.kind]
        self.country = country or no_country()
        self._digits = digits
        self._offer: Callable[[TrunkCall], None] | None = None
        self._bearers = {bearer.channel: bearer for each in self._spans for bearer in each.bearers}
        self._route: Route[PriBearer] = Route(
            self.name, tuple(self._bearers.values()), hunt, lambda: 0.0
        )
        self._calls: dict[int, PriCall] = {}
        self._paths: dict[int, PriBearer] = {}  # of calls of layer 3 that are no `PriCall`
        self._link: DChannels | None = None
        self._serving = 0
        self._told_up = False

    @property
    def spans(self) -> tuple[str, ...]:
        """What its spans are called."""
        return tuple(each.name for each in self._spans)

    @property
    def captures(self) -> Mapping[str, Capture]:
        """The newest frames of its D-channels, in the time of the loop, by the name of the span."""
        return {each.name: each.capture for each in self._signalling}

    @property
    def capture(self) -> Capture:
        """Those of its primary D-channel."""
        return self._signalling[0].capture

    @property
    def up(self) -> bool:
        """Whether its D-channel carries messages now."""
        return self._link is not None and self._link.up

    @property
    def d_channel(self) -> str:
        """The span whose D-channel carries them, or did last."""
        return self._signalling[self._serving].name

    def start(self, offer: Callable[[TrunkCall], None]) -> None:
        """Set the link up; `offer` is called with each incoming call."""
        self._offer = offer
        for each in sorted(self._spans, key=lambda each: each.number is None):
            each.start()

    def span_serves(self, span: PriSpan) -> None:
        """Board and line are in order: open its D-channel, if it has one."""
        link, began = self._link, self._link is None
        if link is None:
            link = self._link = DChannels(self._interface(), self._hear)
        if span.number is not None:
            link.open(span.number, span.open_dchannel(partial(link.frame, span.number)))
        if not began:
            return
        for bearer in self._bearers.values():
            bearer.blocked_there = False
            if bearer.blocked_here:
                self.fire("block", bearer.channel)
        self.fire("start")

    def span_lost(self, span: PriSpan) -> int:
        """Board or line have failed: its calls are lost, and with the last span all."""
        link = self._link
        down = self._card.board.state is not BoardState.READY
        if link is None or down or not any(other.serving for other in self._spans):
            return self._lose()
        calls = [call for call in self._calls.values() if call.bearer.span is span]
        if span.number is not None:
            link.lose(span.number)
        for call in calls:
            call.over(Cause.NETWORK_OUT_OF_ORDER)
            self.fire("clear", call.handle, int(Cause.NETWORK_OUT_OF_ORDER))
        for handle, bearer in self._paths.items():
            if bearer.span is span:
                self.fire("clear", handle, int(Cause.NETWORK_OUT_OF_ORDER))
        return len(calls)

    def _lose(self) -> int:
        for handle in tuple(self._paths):
            self._let_path_go(handle)
        calls = tuple(self._calls.values())
        for call in calls:
            call.keep_transcript()
        if self._link is not None:
            self._link.close()
            self._link = None
            self._told_up = False
        for call in calls:
            call.over(Cause.NETWORK_OUT_OF_ORDER)
            self._gone(call)
        return len(calls)

    def _interface(self) -> Interface:
        """The machines of both layers; layer 3 names interfaces where there are several."""
        channels = tuple(self._bearers)
        profile = self.variant.coded(self._signalling[0].span.law)
        if not self._shared:
            return Interface(self._side, profile, channels)
        primary, *others = (each.interface for each in self._signalling)
        for backup in others:
            return BackedInterface(self._side, profile, channels, (primary, backup))
        return Interface(self._side, profile, channels, home=primary)

    def dial(self, facts: CallFacts, *, circuit: str | None = None) -> PriCall:
        """Make a call; see `Trunk.dial`."""
        link = self._link
        if link is None or not link.up:
            why = "it is out of service" if link is None else "its D-channel is down"
            raise LineError(f"{self.name}: {why}", cause=Cause.NETWORK_OUT_OF_ORDER)
        bearer = self._free(circuit)
        sound = self._card.open_bearer(bearer.span.span, bearer.timeslot)
        call = PriCall(self, link.interface.new_call(), bearer, facts, outgoing=True)
        call.connect(sound)
        self._take(call)
        self.fire("setup", call.handle, facts, bearer.channel, True)
        return call

    def block(self, circuit: str | None = None) -> None:
        """Take no new calls on this circuit, or on all: the exchange is refused with cause 44."""
        for bearer in self._named(circuit):
            if not bearer.blocked_here:
                bearer.blocked_here = True
                self.fire("block", bearer.channel)

    def unblock(self, circuit: str | None = None) -> None:
        """Take calls again."""
        for bearer in self._named(circuit):
            if bearer.blocked_here:
                bearer.blocked_here = False
                self.fire("unblock", bearer.channel)

    async def drain(self) -> None:
        """Take no new calls; returns when the last present one is over."""
        self.block()
        while self._calls:
            await asyncio.sleep(TICK_S)

    def restart(self, circuit: str | None = None) -> None:
        """RESTART this circuit, this span's, or all: calls on it are lost, with cause 41."""
        bearers = self._named(circuit)
        for bearer in bearers:
            if bearer.call is not None:
                bearer.call.over(Cause.TEMPORARY_FAILURE)
        scope: Scope = None
        if circuit in self.spans:
            scope = Whole(bearers[0].span.interface) if self._shared else None
        elif circuit is not None:
            scope = bearers[0].channel
        self.fire("restart", scope)

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
        for each in self._spans:
            each.stop()
        self._lose()

    def query(self) -> list[Circuit]:
        """The state of every circuit, asked rather than remembered."""
        link = self._link
        states = {} if link is None else link.interface.layer3.query()
        told = []
        for bearer in self._bearers.values():
            call = bearer.call
            idle = "idle" if self.up else "D-channel down"
            if link is None or not bearer.span.serving:
                idle = "out of service"
            state = idle if call is None else states.get(call.handle, (idle, None))[0]
            if bearer.reserved:
                state = "path being replaced"
            direction: Direction = "" if call is None else "out" if call.outgoing else "in"
            stopped = blocked(bearer.blocked_here, bearer.blocked_there)
            told.append(Circuit(bearer.name, state, bearer.taken, direction, stopped))
        return told

    def stats(self) -> TrunkStats:
        """What it has carried so far."""
        return self.counting.stats()

    def fire(self, name: str, *args: object) -> None:
        """Give layer 3 an input, unless the trunk is out of service."""
        if self._link is not None:
            self._link.fire(name, *args)

    def transcript(self, call: PriCall) -> list[str]:
        """The messages of a call, decoded."""
        return [] if self._link is None else self._link.interface.layer3.transcript(call.handle)

    # ------------------------------------------------------------------ layer 3

    def _hear(self, event: object) -> None:
        match event:
            case CallEvent(handle=0, channel=channel, event=told):
                self._channel(channel, told)
            case CallEvent(handle=handle, channel=channel, event=Offered(facts=facts)):
                self._offered(handle, channel, facts)
            case CallEvent(handle=handle, event=told):
                self._told(handle, told)
            case LinkUp() if not self._told_up:
                self._told_up = True
                self.report("link_up", trunk=self.name)
            case LinkDown() if self._told_up:
                self._told_up = False
                log.warning("%s: the D-channel is down", self.name)
                self.report("link_down", trunk=self.name)
            case Serving(number) if number != self._serving:
                self._serving = number
                log.warning("%s: the D-channel of %s serves now", self.name, self.d_channel)
                self.report("d_channel_changed", trunk=self.name, line=self.d_channel)

    def _channel(self, channel: int | None, event: object) -> None:
        match event:
            case Blocked() | Unblocked():
                for each in self._bearers if channel is None else (channel,):
                    self._bearers[each].blocked_there = isinstance(event, Blocked)
            case Restarted(channels):
                for each in channels or self._bearers:
                    call = self._bearers[each].call
                    if call is not None:
                        call.over(Cause.TEMPORARY_FAILURE)

    def _offered(self, handle: int, channel: int | None, facts: CallFacts) -> None:
        bearer = None if channel is None else self._bearers.get(channel)
        if bearer is not None:
            self._displace(bearer)
        if bearer is None or bearer.taken or not bearer.span.serving:
            self.fire("clear", handle, int(Cause.CHANNEL_NOT_AVAILABLE))
            return
        call = PriCall(self, handle, bearer, facts, outgoing=False)
        self._take(call)
        if len(facts.called) < self._digits and not facts.complete:
            self.fire("setup_ack", handle)
        else:
            self._begin(call)

    def _displace(self, bearer: PriBearer) -> None:
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
            call.connect(self._card.open_bearer(call.bearer.span.span, call.bearer.timeslot))
        except CardError as error:
            log.warning("%s: no call taken: %s", call.circuit, error)
            call.refuse(Cause.SWITCHING_EQUIPMENT_CONGESTION)
            return
        call.accept()
        offer(call)

    def _told(self, handle: int, event: object) -> None:
        call = self._calls.get(handle)
        if call is None:
            self._path_told(handle, event)
            return
        call.hear(event)
        match event:
            case MoreDigits(complete=complete) if not call.proceeding.done():
                if complete or len(call.called) >= self._digits:
                    self._begin(call)
            case Released():
                self._gone(call)

    # ------------------------------------------------------------------ path replacement

    def follow(self, call: PriCall) -> None:
        """The other end proposes a shorter path: call it over another bearer, if one is free."""
        bearer = self._route.find() if call.movable else None
        if bearer is None or self._link is None:
            self.fire("deny", call.handle)
            return
        new = self._link.interface.new_call()
        self._keep_path(new, bearer)
        self.fire("replace", call.handle, new, bearer.channel, True)

    def replaced(self, call: PriCall, new: int) -> None:
        """It is the new path's now; the old one is being cleared."""
        bearer = self._paths.get(new)
        if bearer is not None:
            self._let_path_go(new)
        elif self._link is not None:  # the other end has called, as we had proposed
            _, channel = self._link.interface.layer3.query().get(new, ("", None))
            bearer = None if channel is None else self._bearers.get(channel)
        if bearer is None or bearer.taken:
            return
        old, call.bearer.call = call.bearer, None
        del self._calls[call.handle]
        self._route.released(old)
        self._keep_path(call.handle, old)
        bearer.call = self._calls[new] = call
        self._route.taken(bearer)
        call.move(new, bearer)
        self.report("path_replaced", was=old.name, circuit=bearer.name)

    def _path_told(self, handle: int, event: object) -> None:
        match event:
            case Disconnected(cause=cause):
                self.fire("clear", handle, int(cause))
            case Released() if handle in self._paths:
                self._let_path_go(handle)

    def _keep_path(self, handle: int, bearer: PriBearer) -> None:
        self._paths[handle] = bearer
        bearer.reserved = True
        self._route.taken(bearer)

    def _let_path_go(self, handle: int) -> None:
        bearer = self._paths.pop(handle)
        bearer.reserved = False
        self._route.released(bearer)

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

    def _free(self, circuit: str | None) -> PriBearer:
        if circuit is not None:
            here = next((bearer for bearer in self._named(circuit) if bearer.free), None)
            if here is None:
                raise LineError(f"{circuit}: it is not free", cause=Cause.CHANNEL_NOT_AVAILABLE)
            return here
        found = self._route.find()
        if found is None:
            self.counting.blocked()
            raise LineError(
                f"{self.name}: none of {len(self._bearers)} circuits is free",
                cause=Cause.NO_CIRCUIT,
            )
        return found

    def _named(self, circuit: str | None) -> list[PriBearer]:
        """This circuit, those of this span, or all; `UnknownCard` for a name that nothing has."""
        bearers = list(self._bearers.values())
        if circuit is None:
            return bearers
        if circuit in self.spans:
            return [bearer for bearer in bearers if bearer.span.name == circuit]
        found = [bearer for bearer in bearers if bearer.name == circuit]
        if not found:
            there = f"{bearers[0].name} to {bearers[-1].name}"
            raise UnknownCard(f"{self.name}: no circuit is called {circuit!r}; it has {there}")
        return found
