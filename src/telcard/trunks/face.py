"""The one face of every trunk: CAS, R2, ISDN, telephones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from telcard.media import Channel


@dataclass(frozen=True, slots=True)
class Circuit:
    """What one circuit of a trunk is doing now, for people and for reconciliation."""

    name: str
    state: str
    call: bool


class TrunkCall(Protocol):
    """One call, from its offer, or its first ring, until both ends have let go of the circuit."""

    @property
    def circuit(self) -> str:
        """Name of the circuit, e.g. `dtiB1T1`."""

    @property
    def caller(self) -> str:
        """The caller's number as the exchange gave it; "" when withheld."""

    @property
    def called(self) -> str:
        """The dialled number."""

    @property
    def channel(self) -> Channel:
        """The circuit's sound."""

    @property
    def answered(self) -> asyncio.Future[None]:
        """Done when the call was answered, by us or, when it goes out, by the far end."""

    @property
    def cleared(self) -> asyncio.Future[int]:
        """Done when the far end has cleared, with the cause (ITU-T Q.850)."""

    def answer(self) -> None:
        """Tell the exchange that the call is answered; charging starts."""

    def on_flash(self, callback: Callable[[], None] | None) -> None:
        """Call `callback` whenever the far end presses its hook for a moment, where it can."""

    async def clear(self, cause: int = 16) -> None:
        """Clear our side and give the sound back; returns when nothing of the call is left."""


class Trunk(Protocol):
    """Circuits and their signalling."""

    def start(self, offer: Callable[[TrunkCall], None]) -> None:
        """Put the circuits into service; `offer` is called with each incoming call."""

    def block(self) -> None:
        """Take no new calls: idle circuits are blocked now, busy ones once they are free."""

    def unblock(self) -> None:
        """Take calls again."""

    async def stop(self) -> None:
        """Clear what is left and take the circuits out of service."""

    def query(self) -> list[Circuit]:
        """The state of every circuit, asked rather than remembered."""
