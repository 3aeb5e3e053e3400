"""How long a line's alarm may stand before its calls are given up, without I/O.

A receiver finds an alarm within a millisecond and loses it as quickly (`telcard.engine.Alarm`).
Calls need more patience: an interruption of a second is a click to the people on the line, and who
clears thirty calls for it has done more harm than the line.  So an alarm is waited out for a while,
and a line that is in order again must stay so for a while before it carries calls.

    "alarm"    something is wrong with the line now (again and again, if its kind changes)
    "clear"    nothing is

While an alarm stands, signalling that is received means nothing (all ones look like clear-back):
between `Interrupted` and `Resumed` or `LineRestored`, hold on to what was heard before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from telcard.machine import Action, Effect, Machine, Report, StartTimer, StopTimer


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an alarm has to last, and its absence.

    The standards leave both to the operator of an E1; these are the times after which a failure
    is declared, and declared over, in ITU-T G.7710 (fault cause persistency, 2.5 s and 10 s, each
    +-0.5 s).  RFC 4805 names 2 to 10 s and up to 20 s for the same on a T1.
    """

    fail_s: float = 2.5
    restore_s: float = 10.0

    @property
    def timers(self) -> dict[str, float]:
        """Length of every timer, for the runner."""
        return {"fail": self.fail_s, "restore": self.restore_s}


@dataclass(frozen=True, slots=True)
class Interrupted:
    """An alarm has begun: believe no signal, seize no circuit, clear no call."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """The alarm did not last: calls go on."""


@dataclass(frozen=True, slots=True)
class LineFailed:
    """The alarm lasts: clear the calls and take the circuits out of service."""


@dataclass(frozen=True, slots=True)
class LineRestored:
    """The line has been in order for a while: put the circuits back into service."""


SupervisionEvent = Interrupted | Resumed | LineFailed | LineRestored
"""All that a line under supervision can tell."""


class Health(Enum):
    """How a line stands."""

    WAITING = "nobody was plugged in yet"
    UP = "in order"
    INTERRUPTED = "an alarm, perhaps a short one"
    FAILED = "failed"
    RECOVERING = "in order again, on probation"


def _to(health: Health, *effects: Effect) -> Action:
    def action(machine: Supervision) -> list[Effect]:
        return machine.go(health, *effects)

    action.__doc__ = f"-> {health.name}"
    return action


H = Health


class Supervision(Machine[Health]):
    """One line; a line that has an alarm from the start was not plugged in yet."""

    table: ClassVar[Mapping[tuple[Health, str], Action]] = {
        (H.WAITING, "alarm"): _to(H.WAITING),
        (H.WAITING, "clear"): _to(H.UP),
        (H.UP, "clear"): _to(H.UP),
        (H.UP, "alarm"): _to(H.INTERRUPTED, StartTimer("fail"), Report(Interrupted())),
        (H.INTERRUPTED, "alarm"): _to(H.INTERRUPTED),
        (H.INTERRUPTED, "clear"): _to(H.UP, StopTimer("fail"), Report(Resumed())),
        (H.INTERRUPTED, "fail"): _to(H.FAILED, Report(LineFailed())),
        (H.FAILED, "alarm"): _to(H.FAILED),
        (H.FAILED, "clear"): _to(H.RECOVERING, StartTimer("restore")),
        (H.RECOVERING, "clear"): _to(H.RECOVERING),
        (H.RECOVERING, "alarm"): _to(H.FAILED, StopTimer("restore")),
        (H.RECOVERING, "restore"): _to(H.UP, Report(LineRestored())),
    }

    def __init__(self) -> None:
        super().__init__(Health.WAITING)

    @property
    def failed(self) -> bool:
        """Whether the line carries no calls now."""
        return self.state in (Health.FAILED, Health.RECOVERING)
