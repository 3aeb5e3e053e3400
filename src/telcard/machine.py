"""Kit for protocol machines without I/O: one table a machine, effects out.

A machine has a state, a table `{(State, input name): action}` and timers with the standard's
names.  Each input returns the effects it caused, in order; no clock, socket or callback is inside,
so nothing can re-enter it.  `telcard.runner` carries the effects out.

    class Lamp(Machine[State]):
        table = {
            (State.OFF, "push"): lambda m: m.go(State.ON, StartTimer("T1")),
            (State.ON, "T1"): lambda m: m.go(State.OFF),
        }

An input that the table does not name for the state is `unexpected()`: a `RemoteProtocolError` by
default, which machines override where the standard says what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar, Generic, TypeVar

from telcard.errors import RemoteProtocolError

S = TypeVar("S", bound=Enum)


@dataclass(frozen=True, slots=True)
class Send:
    """Send `pdu` to the far end: an ABCD nibble, a frame, a message."""

    pdu: Any


@dataclass(frozen=True, slots=True)
class StartTimer:
    """Start, or start again, the timer of this name; its length lies in the profile."""

    name: str


@dataclass(frozen=True, slots=True)
class StopTimer:
    """Stop the timer of this name, if it runs."""

    name: str


@dataclass(frozen=True, slots=True)
class Report:
    """Tell the room above."""

    event: Any


Effect = Send | StartTimer | StopTimer | Report
"""What a machine wants done; `telcard.runner` does it."""

Action = Callable[..., list[Effect]]
"""A cell of a machine's table: changes the machine's state and gives the effects, in order."""


class Machine(Generic[S]):
    """A state, a table, and nothing else.

    Subclasses set `table`; a timer that expires is the input with the timer's name.
    """

    table: ClassVar[Mapping[tuple[Any, str], Action]] = {}

    def __init__(self, state: S) -> None:
        self.state = state

    def fire(self, name: str, *args: Any) -> list[Effect]:
        """Give the machine one input; returns what is to be done, in order."""
        action = self.table.get((self.state, name))
        return self.unexpected(name, *args) if action is None else action(self, *args)

    def expire(self, timer: str) -> list[Effect]:
        """Give the machine the expiry of a timer; one that the state does not know is late."""
        action = self.table.get((self.state, timer))
        return [] if action is None else action(self)

    def go(self, state: S, *effects: Effect) -> list[Effect]:
        """Enter `state`; returns the effects, for actions to return."""
        self.state = state
        return list(effects)

    def unexpected(self, name: str, *args: Any) -> list[Effect]:
        """Meet an input that the table does not name for this state."""
        raise RemoteProtocolError(f"{type(self).__name__}: {name} in state {self.state.name}")

    @classmethod
    def dot(cls) -> str:
        """The table as a Graphviz graph: one node a state, one edge an input.

        An edge ends where the action's docstring says (`-> STATE`), else at the states that the
        action's code names, else at its own state.
        """
        lines = [f"digraph {cls.__name__} {{"]
        for (state, name), action in cls.table.items():
            for target in _targets(action, state):
                lines.append(f'  {state.name} -> {target} [label="{name}"];')
        return "\n".join([*lines, "}"])


def _targets(action: Action, state: Enum) -> list[str]:
    """Names of the states in which `action`, taken in `state`, may end."""
    _, arrow, said = (action.__doc__ or "").rpartition("-> ")
    if arrow:
        return [said.split()[0].rstrip(".,;")]
    code = getattr(action, "__code__", None)
    named = code.co_names if code is not None else ()
    return [other.name for other in type(state) if other.name in named] or [state.name]
