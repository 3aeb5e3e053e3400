"""What a line's signalling tells the room above: one vocabulary for CAS, R2, ISDN, telephones.

A circuit's life reads as a sentence of these.  Called: `Seized`, then `ClearedForward`, then
`Released`.  Calling: `SeizureAcknowledged`, `Answered`, perhaps `ClearedBack` (and `Answered`
again), then `Released`; a telephone may have `Flashed`.  `Failed` may stand wherever a call breaks
off; the circuit is free for the next call only at `Released`.  `Blocked` and `Unblocked` speak of
the far end and of an idle circuit.  Causes are those of ITU-T Q.850.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Seized:
    """The far end has seized the circuit: a call comes in."""


@dataclass(frozen=True, slots=True)
class SeizureAcknowledged:
    """The far end is ready for the address of our call."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The called party has answered, or has come back after `ClearedBack`."""


@dataclass(frozen=True, slots=True)
class ClearedBack:
    """The called party has hung up; the circuit stays ours until we clear forward."""


@dataclass(frozen=True, slots=True)
class Flashed:
    """The answered party has pressed the hook for a moment, which asks for something."""


@dataclass(frozen=True, slots=True)
class ClearedForward:
    """The calling party has hung up; the circuit waits for our `release`."""


@dataclass(frozen=True, slots=True)
class Released:
    """The circuit is idle again and may carry the next call."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """The far end takes no calls on this circuit, or sends a condition that makes no sense."""


@dataclass(frozen=True, slots=True)
class Unblocked:
    """The far end takes calls on this circuit again."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The call cannot go on: clear what lies beyond the circuit."""

    cause: int
    why: str


@dataclass(frozen=True, slots=True)
class Alarmed:
    """A faulty condition has lasted so long that maintenance should know."""

    why: str


@dataclass(frozen=True, slots=True)
class AlarmCeased:
    """The condition behind the last `Alarmed` is over."""


LineEvent = (
    Seized
    | SeizureAcknowledged
    | Answered
    | ClearedBack
    | Flashed
    | ClearedForward
    | Released
    | Blocked
    | Unblocked
    | Failed
    | Alarmed
    | AlarmCeased
)
"""All that a circuit can tell."""
