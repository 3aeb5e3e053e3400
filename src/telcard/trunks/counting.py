"""What a trunk has carried: calls each way, how they went, and the traffic in seconds."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from telcard.signalling import Cause

_ORDINARY = (Cause.NORMAL_CLEARING, Cause.USER_BUSY, Cause.NO_ANSWER, Cause.CALL_REJECTED)
"""Causes for which somebody has cleared; anything else has failed."""


@dataclass(frozen=True, slots=True)
class TrunkStats:
    """Counts since the trunk was made.

    `offered` came in, `dialled` went out, `answered` of both; `blocked` found no free circuit,
    `failed` ended for another reason than that somebody cleared, was busy, refused, or did not
    answer; `busy` are on now, and `occupied_s` is the traffic carried so far, in seconds of
    occupied circuits.
    """

    offered: int = 0
    dialled: int = 0
    answered: int = 0
    blocked: int = 0
    failed: int = 0
    busy: int = 0
    occupied_s: float = 0.0


class Counting:
    """Counts for one trunk; time is the running loop's."""

    def __init__(self) -> None:
        self._offered = self._dialled = self._answered = self._blocked = self._failed = 0
        self._busy = 0
        self._occupied_s = self._since_s = 0.0

    def took(self, *, outgoing: bool) -> None:
        """A call has taken a circuit."""
        self._advance()
        self._busy += 1
        if outgoing:
            self._dialled += 1
        else:
            self._offered += 1

    def answered(self) -> None:
        """A call was answered."""
        self._answered += 1

    def blocked(self) -> None:
        """A call found no free circuit."""
        self._blocked += 1

    def gave(self, cause: int) -> bool:
        """A call has let go of its circuit; it ended for this cause (ITU-T Q.850).

        Returns whether that counts as a failure.
        """
        self._advance()
        self._busy -= 1
        failed = cause not in _ORDINARY
        self._failed += failed
        return failed

    def stats(self) -> TrunkStats:
        """What was counted so far."""
        if self._busy:
            self._advance()
        return TrunkStats(
            self._offered, self._dialled, self._answered, self._blocked, self._failed,
            self._busy, self._occupied_s,
        )  # fmt: skip

    def _advance(self) -> None:
        now_s = asyncio.get_running_loop().time()
        self._occupied_s += self._busy * (now_s - self._since_s)
        self._since_s = now_s
