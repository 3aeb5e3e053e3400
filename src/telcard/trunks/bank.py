"""What trunks over analogue ports have in common: the ports of one bank, in service or not.

A port is a socket for a telephone (`stations`) or a line towards an exchange (`fxo`).  Its bits
reach it from here; with the board all ports go down, and come back with it.  Where the bank is a
channel bank's at the other end of a T1, an alarm of that line is waited out as on any trunk.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from telcard.cards import Bearer, BoardState, BoardStatus, EmulatedCard, EmulatedLine, SpanPort
from telcard.countries import Country, no_country
from telcard.errors import UnknownCard
from telcard.signalling import Cause
from telcard.trunks.counting import Counting, TrunkStats
from telcard.trunks.face import Circuit, TrunkCall, blocked
from telcard.trunks.watch import LineWatch, Report, tell_nobody
from telcard.units import NS, TICK_NS

log = logging.getLogger(__name__)


class PortCall(TrunkCall, Protocol):
    """A call on a port."""

    outgoing: bool
    """Whether we have made it."""


class Port(Protocol):
    """One port at work."""

    name: str

    @property
    def call(self) -> PortCall | None:
        """The call that is on."""

    @property
    def state(self) -> str:
        """How it stands, in words."""

    @property
    def away(self) -> bool:
        """Whether nobody is at its other end."""

    def start(self, abcd: int) -> None:
        """Put it in service; the other end sends these bits now."""

    def bits(self, abcd: int) -> None:
        """What the other end sends has changed."""

    def lose(self, cause: int) -> None:
        """It is out of service: no signal can be sent, a call is lost for this cause."""


P = TypeVar("P", bound=Port)


class Bank(ABC, Generic[P]):
    """The ports of one bank; all of a `Trunk` but `dial`."""

    signalling = ""

    def __init__(
        self,
        card: EmulatedCard,
        bank: EmulatedLine,
        country: Country | None,
        report: Report = tell_nobody,
    ) -> None:
        self.card = card
        self.bank = bank
        self.country = country or no_country()
        self.counting = Counting()
        self._ports: dict[int, P] = {}
        self._offer: Callable[[TrunkCall], None] | None = None
        self._heard = False
        self._blocked: set[str] = set()
        self._watch: LineWatch | None = None
        if isinstance(bank.port, SpanPort):
            self._watch = LineWatch(card, bank.span, self, report)

    @abstractmethod
    def _make_port(self, timeslot: int, name: str) -> P:
        """A port that is out of service."""

    def _served(self) -> None:
        """Ports have been made, or made anew."""

    @property
    def name(self) -> str:
        """What the bank is called."""
        return self.bank.name

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the ports, in order."""
        return tuple(self.bank.devices.values())

    def start(self, offer: Callable[[TrunkCall], None]) -> None:
        """Put the ports into service; `offer` is called with each call that comes from them."""
        self._offer = offer
        if not self._heard:
            self._heard = True
            self.bank.on_bits(self._bits)
            if self._watch is None:
                self.card.board.subscribe(self._board_changed)
        if self._watch is None:
            self.serve()
        else:
            self._watch.start()

    def serve(self) -> None:
        """Board and line are in order: put the ports into service."""
        self._serve(self.names)

    def lose(self) -> int:
        """Nothing can be sent any more: calls are lost, ports out of service."""
        calls = sum(port.call is not None for port in self._ports.values())
        self._lose(Cause.NETWORK_OUT_OF_ORDER)
        return calls

    def resumed(self) -> None:
        """An alarm did not last: tell every port what its far end sends now."""
        for timeslot, port in self._ports.items():
            port.bits(self.bank.bits(timeslot))

    def block(self, circuit: str | None = None) -> None:
        """Take no calls from these ports."""
        self._blocked |= self._called(circuit)

    def unblock(self, circuit: str | None = None) -> None:
        """Take their calls again."""
        self._blocked -= self._called(circuit)

    async def drain(self) -> None:
        """Take no new calls; returns when the last present one is over."""
        self.block()
        while any(port.call is not None for port in self._ports.values()):
            await asyncio.sleep(TICK_NS / NS)

    def restart(self, circuit: str | None = None) -> None:
        """Take ports out of service for a moment and put them back; their calls are lost."""
        names = self._called(circuit)
        for port in list(self._ports.values()):
            if port.name in names:
                port.lose(Cause.TEMPORARY_FAILURE)
        if self._ports:
            self._serve(names)

    async def stop(self) -> None:
        """Clear what is left and take the ports out of service."""
        self._offer = None
        if self._watch is not None:
            self._watch.stop()
        for port in self._ports.values():
            if port.call is not None:
                await port.call.clear()
        self._lose(Cause.NORMAL_CLEARING)

    def query(self) -> list[Circuit]:
        """The state of every port."""
        return [
            Circuit(
                port.name,
                port.state,
                port.call is not None,
                "" if port.call is None else "out" if port.call.outgoing else "in",
                blocked(port.name in self._blocked, port.away),
            )
            for port in self._ports.values()
        ]

    def stats(self) -> TrunkStats:
        """What it has carried so far."""
        return self.counting.stats()

    # ------------------------------------------------------------------ for its ports

    def open_bearer(self, timeslot: int, *, voice: bool | None = None) -> Bearer:
        """A port's sound."""
        return self.card.open_bearer(self.bank.span, timeslot, voice=voice)

    def takes(self, name: str) -> bool:
        """Whether calls from this port are taken."""
        return self._offer is not None and name not in self._blocked

    def offer(self, call: TrunkCall) -> None:
        """A call has come from a port."""
        if self._offer is not None and self.takes(call.circuit):
            self._offer(call)

    # ------------------------------------------------------------------ inside

    def _called(self, circuit: str | None) -> set[str]:
        """Names of all ports, or this one; `UnknownCard` when there is none of that name."""
        if circuit is None:
            return set(self.names)
        if circuit not in self.names:
            there = f"{self.names[0]} to {self.names[-1]}"
            raise UnknownCard(f"{self.name}: no port is called {circuit!r}; it has {there}")
        return {circuit}

    def _port(self, circuit: str) -> P | None:
        """The port of this name, None while it is out of service."""
        self._called(circuit)
        return next((port for port in self._ports.values() if port.name == circuit), None)

    def _serve(self, names: set[str] | tuple[str, ...]) -> None:
        for timeslot, name in self.bank.devices.items():
            if name in names:
                self._ports[timeslot] = self._make_port(timeslot, name)
                self._ports[timeslot].start(self.bank.bits(timeslot))
        self._served()

    def _board_changed(self, status: BoardStatus) -> None:
        if self._offer is None:
            return
        if status.state is BoardState.READY:
            log.warning("%s: in service again", self.name)
            self.serve()
        elif self._ports:
            log.error("%s: out of service, the board is %s", self.name, status)
            self._lose(Cause.NETWORK_OUT_OF_ORDER)

    def _lose(self, cause: int) -> None:
        ports, self._ports = self._ports, {}
        for port in ports.values():
            port.lose(cause)
        self._served()

    def _bits(self, timeslot: int, abcd: int, sample: int) -> None:
        port = self._ports.get(timeslot)
        if port is not None and (self._watch is None or self._watch.believes):
            port.bits(abcd)
