"""An exchange's end of an analogue line: it rings, tells who calls, and hears what is dialled.

A subscriber's call seizes a `LoopCircuit` as any other circuit of the town.  A call of the bank's
begins with the loop closed: the exchange gives dial tone, hears what is dialled, by tones or by
pulses, and lets the town ring whom it is for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from telcard.countries import Country, no_country
from telcard.engine import Lane, Span
from telcard.errors import CardError
from telcard.exchange.signalled import Hear, SignalledCircuit
from telcard.media import LoopSound
from telcard.signalling import (
    Answered,
    CallFacts,
    Cause,
    LineEvent,
    MoreDigits,
    Released,
    Seized,
    fxs,
)


class LoopCircuit(SignalledCircuit[fxs.Station]):
    """One line, as the exchange has it: signals, and the sound of the call on it.

    A `Circuit` for calls to the bank, a `Ringing` call from it: `rung(circuit)` is called when the
    bank has dialled a number on it.  `machine` is that of loop start or of ground start.
    """

    keyed = False

    def __init__(
        self,
        span: Span,
        timeslot: int,
        rung: Callable[[LoopCircuit], None],
        profile: fxs.Profile = fxs.NORTH_AMERICA,
        country: Country | None = None,
        machine: type[fxs.Station] = fxs.Station,
    ) -> None:
        self._kind = machine
        self.country = country or no_country()
        self._loop = profile
        self._rung = rung
        self._sound: LoopSound | None = None
        self._ringing: asyncio.TimerHandle | None = None
        super().__init__(span, timeslot, profile)

    def _make_machine(self) -> fxs.Station:
        return self._kind(self._loop)

    # ------------------------------------------------------------------ the town calls

    def seize(self, hear: Hear, facts: CallFacts) -> None:
        """Ring the bank for a call, and tell who calls; `hear` is told what happens on it."""
        self._take(facts)
        self.hear = hear
        sound = self._open()
        if sound.tells_first:
            sound.tell(facts, self._ring)
            return
        self._ring()
        if sound.tells_after:
            later = asyncio.get_running_loop().call_later
            self._ringing = later(self._loop.ring_on_s, self._tell, sound)

    def connect(self) -> Lane:
        """Open the sound; who calls, or is called, listens and speaks on the lane."""
        sound = self._open()
        sound.send()
        return sound.lane

    def clear(self, cause: int = Cause.NORMAL_CLEARING) -> None:
        """The town's end has gone, or cannot be reached for this cause.

        The line tells it by its feed where it can, else, and to a call of the bank's that nobody
        answered, by a tone until the bank hangs up.
        """
        self.hear = None
        state = self.machine.state
        if state in _CALLING:
            self._open().refuse(cause)
            return
        if state in _RINGING:
            self._runner.fire("stop")
        elif state in _LIFTED:
            self._runner.fire("gone")
            if self.machine.state is S.OFF_HOOK:  # the feed tells nothing
                self._open().send(*self.country.busy_detection.tones, "busy")
                return
        self._close()
        self._let_go()

    # ------------------------------------------------------------------ the bank calls

    def alert(self) -> None:
        """The telephone of whom it is for rings: so the bank hears."""
        self._open().send("ringback")

    def answer(self) -> None:
        """He has answered."""
        self._runner.fire("connected")

    # ------------------------------------------------------------------ inside

    def _report(self, event: LineEvent) -> None:
        match event:
            case Seized():
                self._attend()
            case MoreDigits(digits=digit) if self._sound is not None:
                self._sound.digit(digit)
            case Answered():
                self._wait_no_more()
                self._open().send()
        if self.hear is not None:
            self.hear(event)
        elif isinstance(event, Released):
            self._close()
            self._let_go()

    def _ring(self) -> None:
        if self.hear is not None and self.machine.query().free:
            self._runner.fire("ring")

    def _tell(self, sound: LoopSound) -> None:
        if self.machine.state in _RINGING:
            sound.tell(self.facts)

    def _attend(self) -> None:
        """The bank has closed the loop by itself: it wants to call."""
        self._take(CallFacts(complete=True))
        try:
            sound = self._open()
        except CardError:
            return  # no lane is left: it hears nothing, and gives up
        self._runner.fire("accept")
        sound.listen(self._number_dialled)

    def _number_dialled(self, number: str) -> None:
        if not number:
            self.clear(Cause.NO_CIRCUIT)
            return
        self.facts = replace(self.facts, called=number)
        self._rung(self)

    def _open(self) -> LoopSound:
        if self._sound is None:
            self._sound = LoopSound(self.span.open_lane(self.timeslot, detect=True), self.country)
        return self._sound

    def _wait_no_more(self) -> None:
        if self._ringing is not None:
            self._ringing.cancel()
            self._ringing = None

    def _close(self) -> None:
        self._wait_no_more()
        sound, self._sound = self._sound, None
        if sound is not None:
            sound.stop()
            sound.lane.close()

    def _let_go(self) -> None:
        """Free, once the loop is open and nobody here has the call any more."""
        if self.machine.state in _FREE:
            super()._let_go()


S = fxs.State

_RINGING = (S.RINGING, S.PAUSE, S.SECOND, S.SECOND_PAUSE)
_LIFTED = (S.TALKING, S.METERING, S.OPEN, S.FLASHING)
_CALLING = (S.DIALLING, S.PULSE)
_FREE = (S.IDLE, S.DOWN, S.ABSENT)


def profile_of(country: Country, *, poles_answer: bool = False) -> fxs.Profile:
    """A country's ringing and hooks, and what its exchanges do with the feed."""
    least_ms, most_ms = country.busy_detection.open_loop_ms
    return replace(
        fxs.profile_of(country),
        poles_answer=poles_answer,
        open_loop_s=(least_ms + most_ms) / 2000,
    )
