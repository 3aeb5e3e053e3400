"""The desk: callers wait here for a person, whose telephone rings, and talk to him.

    desk = Desk(card, [Agent("Anna", "msiB1C1")], Rules(ring_s=15))
    desk.ready("Anna")
    ending = await desk.visit(call, screen)      # in the caller's own flow; HungUp when he goes

A visit is the caller's from its beginning to its end: nothing of it runs anywhere else, so a visit
that breaks hurts nobody but itself.  While he waits he hears where he stands in the queue, and a
soft tone so that he knows he is still on the line.

The agent hears "a caller for you" if a card has a voice resource to lend his line; keys he cannot
send, for his board may have no ears for them.  So it is the hook that he speaks with: putting the
handset down ends the call, pressing the hook for a moment sends the caller back to where he came
from.  Who does not lift within the ring time is not ready until he says so (RONA), and the caller
keeps his place.  After a call comes wrap-up; the next one is offered when that is over and the
handset is on the hook.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from telcard.acd import queue
from telcard.acd.queue import Agent, State
from telcard.acd.screen import Screen
from telcard.calls import Call, Card, Chassis
from telcard.engine import ToneSegment
from telcard.errors import CardError, ConfigError, HungUp, LineError
from telcard.events import Value
from telcard.signalling import Cause
from telcard.speech import Number
from telcard.trunks import Station
from telcard.units import NS

log = logging.getLogger(__name__)

COMFORT = (
    ToneSegment(0.15, 425.0, level1_dbm0=-24.0),
    ToneSegment(0.15),
    ToneSegment(0.15, 425.0, level1_dbm0=-24.0),
    ToneSegment(4.55),
)
"""What a waiting caller hears between announcements: still here, and nobody yet."""

RETRY_S = 0.5
"""How long a telephone that could not be rung is left alone: its hook is moving."""


class Ending(Enum):
    """How a visit ended, for the caller's flow to go on from."""

    ENDED = "the agent has put the handset down"
    SENT_BACK = "the agent has sent the caller back"
    TOO_LONG = "nobody was free for too long"
    NOBODY = "nobody is there"
    LOST = "the agent's line was lost"


@dataclass(frozen=True, slots=True)
class Rules:
    """How long things may last, in seconds."""

    ring_s: float = 15.0
    wrap_up_s: float = 10.0
    longest_wait_s: float = 180.0
    announce_s: float = 20.0
    """From one announcement to a waiting caller to the next."""


class _Ticket:
    """A caller's visit: what he brought, and the agent whom the queue has for him."""

    def __init__(self, call: Call, screen: Screen, joined: int) -> None:
        self.call = call
        self.screen = screen
        self.joined = joined
        self._offered = self._next()

    def offer(self, agent: Agent | None) -> None:
        """This agent's telephone shall ring for him; None: there is nobody any more."""
        if not self._offered.done():  # else he is leaving already, which frees the agent
            self._offered.set_result(agent)

    async def agent(self) -> Agent:
        """Wait for the next agent."""
        agent = await self._offered
        self._offered = self._next()
        if agent is None:
            raise _Nobody
        return agent

    def _next(self) -> asyncio.Future[Agent | None]:
        return asyncio.get_running_loop().create_future()


class _Nobody(Exception):
    """The last agent has gone while callers waited."""


class Desk:
    """Agents at the telephones of a card, or of all cards of a chassis, and the callers who wait.

    What it sits at is up.  Raises `ConfigError`, a line for each fault, for an agent twice, a
    station twice, or a station that is not there.
    """

    def __init__(
        self, place: Card | Chassis, agents: Iterable[Agent], rules: Rules | None = None
    ) -> None:
        self.rules = rules or Rules()
        cards = place.cards if isinstance(place, Chassis) else (place,)
        self._chassis = cards[0].chassis
        self._homes = {station.name: card for card in cards for station in card.stations()}
        self._state = State(tuple(agents))
        self._tickets: dict[str, _Ticket] = {}
        self._screens: dict[str, tuple[Screen, float]] = {}
        """By agent: the last that he was shown, and how long the caller had waited."""
        check_agents(self._state.agents, list(self._homes))
        for card in cards:
            card.watch_stations(self._hook_changed)

    @property
    def state(self) -> State:
        """Agents and callers at this moment."""
        return self._state

    # --- what agents do ----------------------------------------------------------------------

    def ready(self, agent: str) -> None:
        """He is there and takes calls; one who was logged out logs in.

        Raises `ConfigError` for a name that no agent has, as do the next two.
        """
        self._known(agent)
        self._take(queue.LoggedIn(self._now, agent))

    def not_ready(self, agent: str, reason: str) -> None:
        """He is there and takes no calls, for a reason; a call that he has goes on."""
        if not reason:
            raise ConfigError(f"agent {agent}: want a reason for not being ready, got none")
        self._known(agent)
        self._take(queue.Paused(self._now, agent, reason))

    def log_out(self, agent: str) -> None:
        """He goes home; a call that he has goes on."""
        self._known(agent)
        self._take(queue.LoggedOut(self._now, agent))

    # --- what a caller does ------------------------------------------------------------------

    async def visit(self, call: Call, screen: Screen) -> Ending:
        """Let a caller wait for a person and talk to him; returns how it ended.

        Whatever the caller keys here is forgotten.  Raises `HungUp` when he goes.
        """
        ticket = _Ticket(call, screen, self._now)
        self._report("desk_joined", call, position=len(self._state.waiting) + 1)
        self._tickets[call.id] = ticket
        try:
            self._take(queue.Joined(ticket.joined, call.id))
            ending = await self._attend(ticket)
        finally:
            del self._tickets[call.id]
            self._take(queue.Left(self._now, call.id))
        if not call.hung_up:
            call.channel.clear_digits()
        self._report("desk_left", call, ending=ending.name.lower())
        return ending

    async def _attend(self, ticket: _Ticket) -> Ending:
        """Comfort him until somebody is there for him, then let them talk."""
        if not self._state.staffed:
            return Ending.NOBODY
        try:
            async with asyncio.TaskGroup() as group:
                comfort = group.create_task(self._comfort(ticket))
                try:
                    async with asyncio.timeout(self.rules.longest_wait_s):
                        agent, leg = await self._find(ticket)
                except TimeoutError:
                    comfort.cancel()
                    return Ending.TOO_LONG
                except _Nobody:
                    comfort.cancel()
                    return Ending.NOBODY
                try:
                    async with leg:
                        comfort.cancel()
                        await self._announce(leg)
                        await asyncio.wait([comfort])
                        await self._talk(ticket, leg)
                finally:
                    self._wrap_up(agent)
                return self._ending(leg)
        except ExceptionGroup as group_of:
            gone, others = group_of.split(HungUp)
            if others is not None:
                raise others.exceptions[0] from None
            assert gone is not None
            raise gone.exceptions[0] from None

    async def _find(self, ticket: _Ticket) -> tuple[Agent, Call]:
        """Ring one agent after the other until one answers."""
        while True:
            agent = await ticket.agent()
            waited_s = (self._now - ticket.joined) / NS
            self._screens[agent.name] = ticket.screen, waited_s
            self._report("screen", ticket.call, agent=agent.name, **ticket.screen.shown(waited_s))
            try:
                leg = await self._homes[agent.station].ring(
                    agent.station,
                    on_behalf_of=ticket.call,
                    data=ticket.screen.shown(waited_s, whole=agent.sees_accounts),
                    answer_s=self.rules.ring_s,
                )
            except LineError as error:
                log.warning("agent %s: %s", agent.name, error)
                self._report("desk_missed", ticket.call, agent=agent.name, cause=error.cause)
                if error.cause == Cause.NO_ANSWER:
                    self._take(queue.Unanswered(self._now, agent.name))
                else:
                    await asyncio.sleep(RETRY_S)
                    self._take(queue.Withdrawn(self._now, agent.name))
            else:
                self._take(queue.Taken(self._now, agent.name))
                self._report("desk_taken", ticket.call, agent=agent.name, leg=leg.id)
                leg.done.append(f"agent {agent.name}")
                return agent, leg

    async def _announce(self, leg: Call) -> None:
        """Tell the agent alone that it is a caller, if some card has a voice to lend him."""
        prompts = self._chassis.prompts
        clips = [prompts[clip] for clip in prompts.plan("a_caller_for_you")]
        try:
            with self._chassis.voice(leg.circuit) as voice:
                await voice.play(clips)
        except CardError as error:  # none is left, or the board has just gone
            log.warning("call %s: %s", leg.id, error)

    async def _talk(self, ticket: _Ticket, leg: Call) -> None:
        """Let them talk until one of them goes, or the agent presses his hook."""
        talking = asyncio.create_task(ticket.call.bridge(leg), name=f"bridge of {ticket.call.id}")
        flashed = asyncio.create_task(leg.flashed(), name=f"flash of {leg.id}")
        both = (talking, flashed)
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)
        if (gone := ticket.call.gone) is not None:
            leg.reason = "caller hung up"
            raise gone
        leg.reason = "agent hung up" if leg.hung_up else "caller sent back"
        if not talking.cancelled() and (error := talking.exception()) is not None:
            raise error

    def _ending(self, leg: Call) -> Ending:
        """Why they talk no more, the caller still being there."""
        assert leg.summary is not None, "the leg was hung up"
        if not leg.hung_up:
            return Ending.SENT_BACK
        return Ending.ENDED if leg.summary.cause == Cause.NORMAL_CLEARING else Ending.LOST

    def _wrap_up(self, agent: Agent) -> None:
        self._take(queue.Finished(self._now, agent.name))
        asyncio.get_running_loop().call_later(
            self.rules.wrap_up_s,
            lambda: self._take(queue.WrappedUp(self._now, agent.name)),
        )

    async def _comfort(self, ticket: _Ticket) -> None:
        """Tell him to hold, where he stands in the queue, and that he is still on the line."""
        call, told = ticket.call, 0
        await call.say("please_hold", interruptible=False)
        while True:
            position = self._state.position(call.id)
            if position > 1 and position != told:
                await call.say(
                    "you_are_number", Number(position), "in_the_queue", interruptible=False
                )
            elif told:
                await call.say("please_hold", interruptible=False)
            told = position
            await call.tones(*COMFORT, repeats=0, max_s=self.rules.announce_s)

    # --- for people --------------------------------------------------------------------------

    def status(self, agent: str = "") -> dict[str, Any]:
        """Agents, queue, and the screen of each call, as they are now.

        Account numbers are tails, unless it is for an `agent` (then it shows him alone) who may
        see whole ones.  Raises `ConfigError` for a name that no agent has.
        """
        now = self._now
        if agent:
            self._known(agent)
        return {
            "agents": [
                {
                    "name": known.name,
                    "station": known.station,
                    "status": known.status.value,
                    "reason": known.pause,
                    "hook": known.hook.value,
                    "since_s": round((now - known.since) / NS, 1),
                    "call": known.call,
                    "screen": self._screen(known, whole=known.name == agent),
                }
                for known in self._state.agents
                if agent in ("", known.name)
            ],
            "queue": [
                {
                    "position": position,
                    "call": waiting.call,
                    "caller": self._tickets[waiting.call].call.caller,
                    "waited_s": round((now - waiting.since) / NS, 1),
                    "rings_at": waiting.agent,
                }
                for position, waiting in enumerate(self._state.waiting, 1)
            ],
        }

    def _screen(self, agent: Agent, *, whole: bool) -> dict[str, Value]:
        if agent.activity is queue.Activity.FREE or agent.name not in self._screens:
            return {}
        screen, waited_s = self._screens[agent.name]
        return screen.shown(waited_s, whole=whole and agent.sees_accounts)

    # --- the queue's decisions, carried out --------------------------------------------------

    @property
    def _now(self) -> int:
        return self._chassis.clock.now()

    def _take(self, said: queue.Input) -> None:
        before = self._state
        self._state, assignments = queue.decide(before, said)
        for old, new in zip(before.agents, self._state.agents, strict=True):
            if new.status is not old.status:
                self._report("agent", None, agent=new.name, status=new.status.value, why=new.pause)
        for assignment in assignments:
            ticket = self._tickets[assignment.call]
            agent = self._state.agent(assignment.agent)
            self._report("desk_offered", ticket.call, agent=agent.name, why=assignment.why)
            ticket.offer(agent)
        if not self._state.staffed:
            for waiting in self._state.waiting:
                if not waiting.agent:
                    self._tickets[waiting.call].offer(None)

    def _hook_changed(self, station: Station) -> None:
        self._take(queue.HookChanged(self._now, station.name, station.hook))

    def _known(self, agent: str) -> None:
        if agent not in (names := [known.name for known in self._state.agents]):
            raise ConfigError(f"want an agent of {', '.join(names) or 'none'}, got {agent!r}")

    def _report(self, name: str, call: Call | None, **facts: Value) -> None:
        sample = self._chassis.sample
        self._chassis.events.report(sample, name, call.id if call is not None else "", **facts)


def check_agents(agents: Iterable[Agent], stations: Iterable[str]) -> None:
    """Raise `ConfigError`, a line a fault, for agents who cannot sit at these stations."""
    there = list(stations)
    names: set[str] = set()
    places: set[str] = set()
    faults: list[str] = []
    for agent in agents:
        if agent.name in names:
            faults.append(f"agent {agent.name}: want each name once")
        if agent.station in places:
            faults.append(f"agent {agent.name}: station {agent.station} is another's already")
        if agent.station not in there:
            known = f"one of {there[0]} to {there[-1]}" if there else "a card with telephones"
            faults.append(f"agent {agent.name}: want {known}, got station {agent.station!r}")
        names.add(agent.name)
        places.add(agent.station)
    if faults:
        raise ConfigError("\n".join(faults))
