"""Who gets whom: agents, callers who wait, and one pure decision after each input.

    state, assignments = decide(state, Joined(now, "call 1"))

Nothing here has a clock or a telephone: every input says when it happened (`at`, nanoseconds), and
who carries the assignments out tells what became of each.  Callers are served in the order in which
they came; of the agents who are free the one goes first who has been idle longest, then by name.

What an agent is at any moment are four things that no single field could hold: whether he is there
(`present`), whether he wants calls (`pause`), what he does (`activity`), and where his handset is
(`hook`).  So a wish to pause during a call holds after it, an agent whose caller gave up while his
telephone rang keeps his idle time, and one who has lifted his handset is not rung.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from telcard.trunks import Hook
from telcard.units import NS


class Activity(Enum):
    """What an agent does with calls."""

    FREE = "free"
    RINGING = "ringing"
    TALKING = "talking"
    WRAP_UP = "wrap-up"


class Status(Enum):
    """What people call all of it together."""

    LOGGED_OUT = "logged out"
    NOT_READY = "not ready"
    READY = "ready"
    RINGING = "ringing"
    TALKING = "talking"
    WRAP_UP = "wrap-up"


@dataclass(frozen=True, slots=True)
class Agent:
    """One person with a telephone; `sees_accounts` is the right to see whole account numbers."""

    name: str
    station: str
    sees_accounts: bool = False
    present: bool = False
    pause: str = ""
    """Why he takes no calls; "" when he does."""
    activity: Activity = Activity.FREE
    hook: Hook = Hook.AWAY
    call: str = ""
    """The call that rings at his telephone, or that he has taken."""
    since: int = 0
    """When his status last changed."""
    idle_since: int = 0
    """When he was last made ready, or last finished a call."""

    @property
    def status(self) -> Status:
        """His state in one word."""
        if self.activity is not Activity.FREE:
            return Status(self.activity.value)
        if not self.present:
            return Status.LOGGED_OUT
        return Status.NOT_READY if self.pause else Status.READY

    @property
    def free(self) -> bool:
        """Whether a call may be offered to him now."""
        return self.status is Status.READY and self.hook is Hook.ON_HOOK

    @property
    def reachable(self) -> bool:
        """Whether a caller may hope for him: he is there, and so is his telephone."""
        return self.present and self.hook is not Hook.AWAY


@dataclass(frozen=True, slots=True)
class Waiting:
    """A caller in the queue; `agent` is the one at whose telephone he rings."""

    call: str
    since: int
    agent: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """Agents in the order of the configuration, callers in the order in which they came."""

    agents: tuple[Agent, ...] = ()
    waiting: tuple[Waiting, ...] = ()

    @property
    def staffed(self) -> bool:
        """Whether there is anybody to wait for."""
        return any(agent.reachable for agent in self.agents)

    def agent(self, name: str) -> Agent:
        """The agent of this name; KeyError for another."""
        for agent in self.agents:
            if agent.name == name:
                return agent
        raise KeyError(name)

    def position(self, call: str) -> int:
        """A caller's place in the queue, from 1; 0 when he is not in it."""
        calls = [waiting.call for waiting in self.waiting]
        return calls.index(call) + 1 if call in calls else 0


@dataclass(frozen=True, slots=True)
class Assignment:
    """This agent's telephone shall ring for this caller; `why` says why him."""

    call: str
    agent: str
    why: str


# --- inputs; `at` is nanoseconds -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Joined:
    """A caller wants a person."""

    at: int
    call: str


@dataclass(frozen=True, slots=True)
class Left:
    """A caller waits no more: he has hung up, or has waited too long."""

    at: int
    call: str


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """An agent is there and takes calls."""

    at: int
    agent: str


@dataclass(frozen=True, slots=True)
class LoggedOut:
    """An agent goes; a call that he has goes on."""

    at: int
    agent: str


@dataclass(frozen=True, slots=True)
class Paused:
    """An agent takes no calls for now; what rings or goes on is not touched."""

    at: int
    agent: str
    reason: str


@dataclass(frozen=True, slots=True)
class HookChanged:
    """The telephone of a station was lifted, put down, unplugged ..."""

    at: int
    station: str
    hook: Hook


@dataclass(frozen=True, slots=True)
class Taken:
    """An agent has answered."""

    at: int
    agent: str


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A telephone rang until the time was up (RONA): he is not ready until he says so."""

    at: int
    agent: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A telephone could not be rung, through no fault of the agent's: he is as idle as before."""

    at: int
    agent: str


@dataclass(frozen=True, slots=True)
class Finished:
    """An agent's call is over: wrap-up begins."""

    at: int
    agent: str


@dataclass(frozen=True, slots=True)
class WrappedUp:
    """An agent's wrap-up is over."""

    at: int
    agent: str


Input = (
    Joined
    | Left
    | LoggedIn
    | LoggedOut
    | Paused
    | HookChanged
    | Taken
    | Unanswered
    | Withdrawn
    | Finished
    | WrappedUp
)

NO_ANSWER = "no answer"
"""Why an agent is not ready who did not lift his ringing telephone."""


def decide(state: State, said: Input) -> tuple[State, tuple[Assignment, ...]]:
    """Take an input, and assign callers to free agents as far as both last.

    Raises KeyError for an agent who is not there.
    """
    return _assign(_take(state, said), said.at)


def _take(state: State, said: Input) -> State:
    """What an input changes, before anybody is assigned."""
    at = said.at
    match said:
        case Joined(call=call):
            return replace(state, waiting=(*state.waiting, Waiting(call, at)))
        case Left(call=call):
            for agent in state.agents:  # at whose telephone he rings: as idle as before
                if (agent.call, agent.activity) == (call, Activity.RINGING):
                    state = _change(state, agent.name, at, activity=Activity.FREE, call="")
            return _without(state, call)
        case LoggedIn(agent=name):
            return _change(state, name, at, present=True, pause="", idle_since=at)
        case LoggedOut(agent=name):
            return _change(state, name, at, present=False, pause="")
        case Paused(agent=name, reason=reason):
            return _change(state, name, at, present=True, pause=reason)
        case HookChanged(station=station, hook=hook):
            for agent in state.agents:
                if agent.station == station:
                    state = _change(state, agent.name, at, hook=hook)
            return state
        case Taken(agent=name):
            state = _without(state, state.agent(name).call)
            return _change(state, name, at, activity=Activity.TALKING)
        case Unanswered(agent=name):
            state = _change(_free(state, name), name, at, pause=NO_ANSWER)
        case Withdrawn(agent=name):
            state = _free(state, name)
        case Finished(agent=name):
            return _change(state, name, at, activity=Activity.WRAP_UP)
        case WrappedUp(agent=name):
            return _change(state, name, at, activity=Activity.FREE, call="", idle_since=at)
    return _change(state, said.agent, at, activity=Activity.FREE, call="")


def _without(state: State, call: str) -> State:
    """This caller waits no more."""
    return replace(
        state, waiting=tuple(waiting for waiting in state.waiting if waiting.call != call)
    )


def _free(state: State, name: str) -> State:
    """The caller who rang at this agent's telephone waits for another, in his place."""
    waiting = tuple(
        replace(waiting, agent="") if waiting.agent == name else waiting
        for waiting in state.waiting
    )
    return replace(state, waiting=waiting)


def _change(state: State, name: str, at: int, **changes: object) -> State:
    before = state.agent(name)
    after = replace(before, **changes)  # type: ignore[arg-type]
    if after.status is not before.status:
        after = replace(after, since=at)
    agents = tuple(after if agent is before else agent for agent in state.agents)
    return replace(state, agents=agents)


def _assign(state: State, at: int) -> tuple[State, tuple[Assignment, ...]]:
    """The first callers without an agent get the free agents, the longest idle first."""
    assignments: list[Assignment] = []
    for caller in [waiting for waiting in state.waiting if not waiting.agent]:
        ranked = sorted(
            (agent for agent in state.agents if agent.free),
            key=lambda agent: (agent.idle_since, agent.name),
        )
        if not ranked:
            break
        agent = ranked[0]
        why = f"idle for {(at - agent.idle_since) / NS:.0f} s, the longest of {len(ranked)}"
        assignments.append(Assignment(caller.call, agent.name, why))
        state = _change(state, agent.name, at, activity=Activity.RINGING, call=caller.call)
        waiting = tuple(
            replace(waiting, agent=agent.name) if waiting is caller else waiting
            for waiting in state.waiting
        )
        state = replace(state, waiting=waiting)
    return state, tuple(assignments)
