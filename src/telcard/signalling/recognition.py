"""Machines that hear ABCD bits: a condition counts once it has lasted its recognition time.

The machine gets the input "bits" whenever the received bits change.  A condition that is new starts
the timer "recognition", or another one of the machine's; when that expires the condition itself
becomes the input, by its name.  One that was shorter than the time never was (ITU-T Q.421, 3.1; a
bouncing hook is the same).
"""

from __future__ import annotations

from abc import abstractmethod
from enum import Enum
from typing import Any, TypeVar

from telcard.machine import Effect, Machine, StartTimer, StopTimer

S = TypeVar("S", bound=Enum)


class LineMachine(Machine[S]):
    """A machine whose inputs from the line are recognised conditions; `hearing` is the last."""

    def __init__(self, state: S) -> None:
        super().__init__(state)
        self.hearing: str | None = None
        """The condition that was last recognised; None: none yet."""
        self._changing: str | None = None
        self._timer = "recognition"

    @abstractmethod
    def condition(self, abcd: int) -> str | None:
        """Name of the condition that these bits are; `hearing` when they are none."""

    def recognised_by(self, condition: str | None) -> str:
        """The timer by which this condition is recognised in the present state."""
        return "recognition"

    @property
    def steady(self) -> bool:
        """Whether nothing is being recognised at this moment."""
        return self._changing is None

    def fire(self, name: str, *args: Any) -> list[Effect]:
        """Give the machine one of the inputs that its module's docstring lists."""
        return self._receive(*args) if name == "bits" else super().fire(name, *args)

    def expire(self, timer: str) -> list[Effect]:
        """Give the machine the expiry of a timer."""
        if self._changing is None or timer != self._timer:
            return super().expire(timer)
        self.hearing, self._changing = self._changing, None
        return self.fire(self.hearing)

    def _receive(self, abcd: int) -> list[Effect]:
        condition = self.condition(abcd)
        if condition == self._changing:
            return []
        if condition == self.hearing:
            self._changing = None
            return [StopTimer(self._timer)]
        before, self._timer = self._timer, self.recognised_by(condition)
        other = self._changing is not None and self._timer != before
        self._changing = condition
        return [*([StopTimer(before)] if other else []), StartTimer(self._timer)]
