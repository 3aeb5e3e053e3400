"""A circuit that is signalled by bits, seen from one end: what every such machine has in common.

A kind of signalling names its states, says which condition the received bits are, and has one
table; the steps here are what actions of such tables are made of.  A request that a state forbids
raises `LocalProtocolError`; every received condition has its place in every state.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar, Protocol, TypeVar

from telcard.errors import LocalProtocolError
from telcard.machine import Action, Effect, Report, Send, StopTimer
from telcard.signalling.events import AlarmCeased, Alarmed, Blocked, Unblocked
from telcard.signalling.recognition import LineMachine

S = TypeVar("S", bound=Enum)


class Timed(Protocol):
    """A machine's profile."""

    @property
    def timers(self) -> Mapping[str, float]:
        """Length of every timer in seconds."""


@dataclass(frozen=True, slots=True)
class Status:
    """What `query()` says about a circuit."""

    state: Enum
    sending: int | None
    """The nibble we send; None before the start."""
    hearing: str | None
    """The condition that was last recognised; None when there was none yet."""
    free: bool
    """Whether the circuit may be seized from here now."""
    far_blocked: bool
    alarmed: bool


class Circuit(LineMachine[S]):
    """One circuit, seen from one end."""

    requests: ClassVar[frozenset[str]] = frozenset(
        {
            "start",
            "seize",
            "clear_forward",
            "answer",
            "clear_back",
            "release",
            "block",
            "unblock",
        }
    )
    clause: ClassVar[str] = ""
    """The standard's name, for what is refused."""

    def __init__(self, state: S, profile: Timed) -> None:
        super().__init__(state)
        self.profile = profile
        self.sending: int | None = None
        self.far_blocked = False
        self.blocking = False
        self.alarmed = False

    @property
    @abstractmethod
    def idle(self) -> bool:
        """Whether neither end does anything with it."""

    def query(self) -> Status:
        """How the circuit stands now."""
        free = self.idle and self.accepts("seize")
        return Status(self.state, self.sending, self.hearing, free, self.far_blocked, self.alarmed)

    def accepts(self, request: str) -> bool:
        """Whether this request has a place in the present state."""
        return (self.state, request) in self.table

    def unexpected(self, name: str, *args: Any) -> list[Effect]:
        """Refuse a request that this state, or this end of the circuit, does not know."""
        wanted = sorted(known for state, known in self.table if state is self.state)
        here = ", ".join(known for known in wanted if known in self.requests) or "none"
        raise LocalProtocolError(
            f"{type(self).__name__}: cannot {name} while {self.state.value}; possible now: {here}",
            self.clause,
        )

    @abstractmethod
    def nibble(self, signal: int) -> int:
        """The bits that we send for a signal."""

    def sends(self, signal: int) -> list[Effect]:
        """Send a signal from now on."""
        self.sending = self.nibble(signal)
        return [Send(self.sending)]


Step = Callable[[Any], list[Effect]]
"""A part of an action: what it does with the circuit, and what is to be done."""

Table = Mapping[tuple[Any, str], Action]
"""What a circuit does: `(state, input) -> action`."""


def to(state: Enum, *steps: Effect | Step) -> Action:
    """Make an action: enter `state`, then take the steps in order."""

    def action(circuit: Circuit[Any], *_: Any) -> list[Effect]:
        effects = circuit.go(state)
        for step in steps:
            effects += step(circuit) if callable(step) else [step]
        return effects

    action.__doc__ = f"-> {state.name}"
    return action


def row(state: Enum, actions: Mapping[str, Action], *, stay: str = "") -> Table:
    """One state's part of a table; `stay` lists the received conditions that change nothing."""
    return {(state, name): action for name, action in actions.items()} | {
        (state, name): to(state) for name in stay.split()
    }


def during_calls(busy: list[Any]) -> Table:
    """Blocking and unblocking while a call is on take effect after it."""
    return {(state, "block"): to(state, block_later) for state in busy} | {
        (state, "unblock"): to(state, unblock_later) for state in busy
    }


def send(signal: int) -> Step:
    """Send this signal."""
    return lambda circuit: circuit.sends(signal)


def settle(circuit: Circuit[Any]) -> list[Effect]:
    """Having become idle, act on what the far end sends by now."""
    return [] if circuit.hearing is None else circuit.fire(circuit.hearing)


def blocked(circuit: Circuit[Any]) -> list[Effect]:
    """The far end takes no calls: say so once."""
    said, circuit.far_blocked = circuit.far_blocked, True
    return [] if said else [Report(Blocked())]


def unblocked(circuit: Circuit[Any]) -> list[Effect]:
    """The far end takes calls again: say so if it had been blocked."""
    said, circuit.far_blocked = circuit.far_blocked, False
    return [Report(Unblocked())] if said else []


def block_later(circuit: Circuit[Any]) -> list[Effect]:
    """A call is on: block after it."""
    circuit.blocking = True
    return []


def unblock_later(circuit: Circuit[Any]) -> list[Effect]:
    """A call is on: do not block after it."""
    circuit.blocking = False
    return []


def alarm(why: str) -> Step:
    """The delayed alarm is due."""

    def step(circuit: Circuit[Any]) -> list[Effect]:
        circuit.alarmed = True
        return [Report(Alarmed(why))]

    return step


def calm(circuit: Circuit[Any]) -> list[Effect]:
    """The fault is over: no alarm, or an end to it."""
    said, circuit.alarmed = circuit.alarmed, False
    return [StopTimer("alarm"), *([Report(AlarmCeased())] if said else [])]
