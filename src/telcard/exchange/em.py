"""A circuit of the town under E&M: a trunk between exchanges, over robbed bits of a T1.

A subscriber's call is told to the bank by the exchange's sender, in DTMF or MF, and he is connected
through when the address is sent.  One that the bank makes is heard by the exchange's register, and
decided by whoever it is for; what he makes of it the bank hears as tones.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from telcard.countries import Country, no_country
from telcard.engine import Lane, Span
from telcard.errors import CardError
from telcard.exchange.circuit import Ringing
from telcard.exchange.signalled import Hear, SignalledCircuit
from telcard.media import LoopSound
from telcard.media.address import AddressEar, address_tones
from telcard.signalling import (
    Alerting,
    CallFacts,
    Cause,
    ClearedForward,
    LineEvent,
    Released,
    Seized,
    SeizureAcknowledged,
    em,
)
from telcard.signalling.address import AddressForm

ANSWER_HOLD_S = 0.6
"""An answer stands so long before the called party's going is told: longer than any wink."""

THROUGH_CONNECT_S = 0.1
"""From the last of the address until the called party's line is connected, and tones can come."""


class EmCircuit(SignalledCircuit[em.EAndM]):
    """One timeslot as the exchange has it: a `Circuit` for calls to the bank, a `Ringing` from it.

    `rung` is called with the circuit when the bank's call is there.
    """

    keyed = False

    def __init__(
        self,
        span: Span,
        timeslot: int,
        profile: em.Profile,
        address: AddressForm,
        rung: Callable[[Ringing], None],
        country: Country | None = None,
    ) -> None:
        self.country = country or no_country()
        self._line = profile
        self._address: AddressForm = address
        self._rung = rung
        self._sound: LoopSound | None = None
        self._ear: AddressEar | None = None
        self._later: asyncio.TimerHandle | None = None
        self._answered_at: float | None = None
        self._displaced = False
        """Whether a call of the town has given way, and its caller has yet to clear it."""
        super().__init__(span, timeslot, profile)

    def _make_machine(self) -> em.EAndM:
        return em.EAndM(self._line)

    # A subscriber's call

    def seize(self, hear: Hear, facts: CallFacts) -> None:
        """Take it for a call to the bank."""
        self.hear = hear
        self._take(facts)
        self._runner.fire("seize")

    def connect(self) -> Lane:
        """Connect the sound through."""
        sound = self._open()
        sound.send()
        return sound.lane

    def clear(self, cause: int = Cause.NORMAL_CLEARING) -> None:
        """The call is over here: the bank is told, before its answer by a tone."""
        if self._displaced:
            self._displaced = False
            return
        self.hear = None
        if self.machine.accepts("clear_forward"):
            self._close()
            self._runner.fire("clear_forward")
        elif self.machine.accepts("release"):
            self._close()
            self._runner.fire("release")
        elif self.machine.accepts("clear_back"):
            held_s = asyncio.get_running_loop().time() - (self._answered_at or 0.0)
            self._close()
            self._in(max(0.0, ANSWER_HOLD_S - held_s), self._clear_back)
        elif self._sound is not None:
            self._sound.refuse(cause)

    # A call from the bank

    def alert(self) -> None:
        """The telephone rings: so the bank hears."""
        self._open().send("ringback")

    def answer(self) -> None:
        """The handset was lifted."""
        if self.machine.accepts("answer"):
            self._answered_at = asyncio.get_running_loop().time()
            self._runner.fire("answer")

    # What is told

    def _report(self, event: LineEvent) -> None:
        match event:
            case SeizureAcknowledged():
                self._open().lane.tones(
                    address_tones(self._address, self.facts), done=lambda _: self._sent()
                )
                return  # the subscriber's telephone keys nothing here
            case Seized():
                self._attend()
            case ClearedForward():
                self._end_register()
            case Released():
                self._let_go()
                return
        if self.hear is not None:
            self.hear(event)
        elif isinstance(event, ClearedForward):
            self.clear()

    def _sent(self) -> None:
        """The bank has the address: who calls hears what it sends from now on."""
        if self.hear is not None and self.machine.accepts("clear_forward"):
            self.hear(Alerting(in_band=True))

    def _attend(self) -> None:
        """The bank has taken the circuit, and sends an address."""
        self._close()
        self._displaced = self.hear is not None
        self.hear = None
        if not self._displaced:
            self._take(CallFacts())
        self._answered_at = None
        try:
            lane = self._open().lane
        except CardError:
            return  # no lane is left: it hears nothing, and gives up
        self._ear = AddressEar(lane, self._address, self._told)

    def _told(self, facts: CallFacts | None) -> None:
        heard = "" if self._ear is None else self._ear.heard
        self._ear = None
        if facts is not None:
            self.facts = facts
            if self._line.acknowledges:
                self._runner.fire("acknowledge")
            self._in(THROUGH_CONNECT_S, self._ring)
        elif heard:
            self.clear(Cause.INVALID_NUMBER_FORMAT)
        else:
            self._close()
            self._runner.fire("give_up")

    def _ring(self) -> None:
        if self.machine.accepts("answer"):
            self._rung(self)

    def _clear_back(self) -> None:
        if self.machine.accepts("clear_back"):
            self._runner.fire("clear_back")

    def _in(self, seconds: float, act: Callable[[], None]) -> None:
        self._later = asyncio.get_running_loop().call_later(seconds, act)

    def _open(self) -> LoopSound:
        if self._sound is None:
            self._sound = LoopSound(self.span.open_lane(self.timeslot), self.country)
        return self._sound

    def _end_register(self) -> None:
        ear, self._ear = self._ear, None
        if ear is not None:
            ear.close()

    def _close(self) -> None:
        """No register, no sound, nothing to be told later."""
        self._end_register()
        if self._later is not None:
            self._later.cancel()
            self._later = None
        sound, self._sound = self._sound, None
        if sound is not None:
            sound.stop()
            sound.lane.close()

    def _let_go(self) -> None:
        hear, self.hear = self.hear, None
        super()._let_go()
        if hear is not None:
            hear(Released())
