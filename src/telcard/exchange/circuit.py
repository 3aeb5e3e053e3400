"""A circuit of the town, whatever its signalling: what callers, offices and lines ask of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from telcard.engine import Lane, Span
from telcard.signalling import CallFacts, LineEvent, Route


class Circuit(Protocol):
    """One bearer of a line towards the bank."""

    span: Span
    timeslot: int
    keyed: bool
    """Whether the caller's register keys the address over the circuit, once the seizure was
    acknowledged; else the exchange tells it with the seizure, and says when sound is through."""
    released: asyncio.Event
    """Set while no call has it."""
    route: Route[Circuit] | None
    """The group that it belongs to."""

    @property
    def free(self) -> bool:
        """Whether a call may take it now."""

    @property
    def transcript(self) -> tuple[str, ...]:
        """The newest signals and timers, for the report of a call that failed."""

    def seize(self, hear: Callable[[LineEvent], None], facts: CallFacts) -> None:
        """Take it for a call, which is told what happens until it clears."""

    def connect(self) -> Lane:
        """Open the sound; the caller listens and speaks on the lane."""

    def clear(self) -> None:
        """The caller has hung up: no more sound, and the far end is told."""


class Ringing(Protocol):
    """A call from the bank, as the subscriber has it who is called."""

    hear: Callable[[LineEvent], None] | None
    """Is told what happens."""

    @property
    def facts(self) -> CallFacts:
        """What its set-up has told."""

    def alert(self) -> None:
        """The telephone rings."""

    def answer(self) -> None:
        """The handset was lifted."""

    def connect(self) -> Lane:
        """Open the sound; the subscriber listens and speaks on the lane."""

    def clear(self, cause: int = ...) -> None:
        """The subscriber has hung up, or cannot be reached for this cause (ITU-T Q.850)."""


class Line(Protocol):
    """One E1 of the town."""

    def start(self) -> None:
        """Put every circuit in service."""

    def stop(self) -> None:
        """Take every circuit out of service."""
