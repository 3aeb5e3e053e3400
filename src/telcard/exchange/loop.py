"""An exchange's end of an analogue line: it rings, tells who calls, and hears what is dialled.

A subscriber's call seizes a `LoopCircuit` as any other circuit of the town.  A call of the bank's
begins with the loop closed: the exchange gives dial tone, hears what is dialled, by tones or by
pulses, and lets the town ring whom it is for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from telcard.callerid import Absence, CallerId, caller_id
from telcard.callerid.standards import Alerting, Standard, standards_of
from telcard.countries import Country, no_country
from telcard.dsp import g711
from telcard.dsp.tones import repeats_of, segments_of
from telcard.engine import BLOCKED_BITS, DigitEvent, Lane, Outcome, Span
from telcard.errors import CardError
from telcard.exchange.circuit import Circuit
from telcard.runner import Runner
from telcard.signalling import (
    Answered,
    CallFacts,
    Cause,
    Failed,
    LineEvent,
    MoreDigits,
    Released,
    Route,
    Seized,
    fxs,
)

INTER_DIGIT_S = 4.0
"""Silence after which a number is complete; exchanges wait 4 to 10 s (Q.931's T302 is 10 to 15)."""

FIRST_DIGIT_S = 15.0
"""Who lifts and dials nothing for so long is told by a tone that he should not."""

Hear = Callable[[LineEvent], None]


class LoopCircuit:
    """One line, as the exchange has it: signals, and the sound of the call on it.

    A `Circuit` for calls to the bank, a `Ringing` call from it: `rung(circuit)` is called when the
    bank has dialled a number on it.
    """

    keyed = False

    def __init__(
        self,
        span: Span,
        timeslot: int,
        rung: Callable[[LoopCircuit], None],
        profile: fxs.Profile = fxs.NORTH_AMERICA,
        country: Country | None = None,
    ) -> None:
        self.facts = CallFacts()
        """What is said of the call that is on, or of the last one."""
        self.hear: Hear | None = None
        """Is told what happens, until the call was cleared here."""
        self.span = span
        self.timeslot = timeslot
        self.lane: Lane | None = None
        self.released = asyncio.Event()
        self.released.set()
        self.route: Route[Circuit] | None = None
        self.country = country or no_country()
        self._standard = standard_of(self.country)
        self._profile = profile
        self._rung = rung
        self._digits = ""
        self._tone: tuple[str, ...] = ()
        self._complete: asyncio.TimerHandle | None = None
        self._make_machine()

    def _make_machine(self) -> None:
        self.machine = fxs.Station(self._profile)
        self._runner = Runner(
            self.machine,
            timers=self._profile.timers,
            send=lambda abcd: self.span.set_bits(self.timeslot, abcd),
            report=self._report,
        )

    @property
    def free(self) -> bool:
        """Whether a call may take it now."""
        return self.released.is_set() and self.machine.query().free and not self.span.alarms

    @property
    def transcript(self) -> tuple[str, ...]:
        """The newest line signals and timers, for the report of a call that failed."""
        return tuple(self._runner.transcript)

    def start(self) -> None:
        """Put it in service."""
        self._runner.fire("start")
        self._runner.fire("bits", self.span.bits(self.timeslot))

    def bits(self, abcd: int) -> None:
        """The bank's end has changed."""
        self._runner.fire("bits", abcd)

    def stop(self) -> None:
        """Out of service."""
        self._wait_no_more()
        self._runner.close()

    # ------------------------------------------------------------------ the town calls

    def seize(self, hear: Hear, facts: CallFacts) -> None:
        """Ring the bank for a call, and tell who calls; `hear` is told what happens on it."""
        self._take(facts)
        self.hear = hear
        lane = self.connect()
        sound = self._caller_id(facts)
        if sound is None:
            self._ring()
        elif self._standard is not None and self._standard.alerting is Alerting.RING:
            self._ring()
            begin = asyncio.get_running_loop().call_later
            self._complete = begin(self._profile.ring_on_s, self._tell, lane, sound)
        else:
            lane.play([sound], done=self._told_first)

    def connect(self) -> Lane:
        """Open the sound; who calls, or is called, listens and speaks on the lane."""
        if self.lane is None:
            self.lane = self.span.open_lane(self.timeslot, detect=True)
        self._send_tone()
        return self.lane

    def clear(self, cause: int = Cause.NORMAL_CLEARING) -> None:
        """The town's end has gone, or cannot be reached for this cause.

        The line tells it by its feed where it can, else, and to a call of the bank's that nobody
        answered, by a tone until the bank hangs up.
        """
        self.hear = None
        state = self.machine.state
        if state in _CALLING:
            self._send_tone(TONES.get(cause, "congestion"), "busy")
            return
        if state in _RINGING:
            self._runner.fire("stop")
        elif state in _LIFTED:
            self._runner.fire("gone")
            if self.machine.state is S.OFF_HOOK:  # the feed tells nothing
                self._send_tone(*self.country.busy_detection.tones, "busy")
                return
        self._close()
        self._let_go()

    # ------------------------------------------------------------------ the bank calls

    def alert(self) -> None:
        """The telephone of whom it is for rings: so the bank hears."""
        self._send_tone("ringback")

    def answer(self) -> None:
        """He has answered."""
        self._runner.fire("connected")

    def fail(self, cause: int, why: str) -> None:
        """The line has failed: the call is lost, the circuit out of service until `start`."""
        self.stop()
        self._make_machine()
        self.span.set_bits(self.timeslot, BLOCKED_BITS)
        hear, self.hear = self.hear, None
        if hear is not None:
            hear(Failed(cause, why))
        self._close()
        self._let_go()

    # ------------------------------------------------------------------ inside

    def _report(self, event: LineEvent) -> None:
        match event:
            case Seized():
                self._attend()
            case MoreDigits(digits=digits):
                self._digit(digits)
            case Answered():
                self._wait_no_more()
                self._send_tone()
        if self.hear is not None:
            self.hear(event)
        elif isinstance(event, Released):
            self._close()
            self._let_go()

    def _ring(self) -> None:
        if self.hear is not None and self.machine.query().free:
            self._runner.fire("ring")

    def _told_first(self, outcome: Outcome) -> None:
        self._ring()

    def _tell(self, lane: Lane, sound: bytes) -> None:
        if lane.is_open and self.machine.state in _RINGING:
            lane.play([sound])

    def _caller_id(self, facts: CallFacts) -> bytes | None:
        """Who calls, as the sound that the country has for it; None where there is none."""
        if self._standard is None or self.span.engine.fidelity == "events":
            return None
        withheld = not (facts.caller and facts.caller_presented)
        message = (
            CallerId(absence=Absence.PRIVATE)
            if withheld
            else CallerId(number=facts.caller, name=self._name(facts.display))
        )
        return g711.encode_alaw(caller_id(message, self._standard)).tobytes()

    def _name(self, display: str) -> str | None:
        """A name travels in FSK alone."""
        return display or None if self._standard is not None and self._standard.modem else None

    def _attend(self) -> None:
        """The bank has closed the loop by itself: it wants to call."""
        self._take(CallFacts(complete=True))
        try:
            lane = self.connect()
        except CardError:
            return  # no lane is left: it hears nothing, and gives up
        self._digits = ""
        lane.on_digit(self._key)
        self._runner.fire("accept")
        self._send_tone("dial")
        self._expect(FIRST_DIGIT_S)

    def _key(self, event: DigitEvent) -> None:
        if not event.frames:
            self._digit(event.digit)

    def _digit(self, digit: str) -> None:
        if self.machine.state not in _CALLING or self.facts.called:
            return
        if not self._digits:
            self._send_tone()
        if digit == "#":
            self._number_complete()
        else:
            self._digits += digit
            self._expect(INTER_DIGIT_S)

    def _expect(self, seconds: float) -> None:
        self._wait_no_more()
        self._complete = asyncio.get_running_loop().call_later(seconds, self._number_complete)

    def _number_complete(self) -> None:
        self._wait_no_more()
        if not self._digits:
            self.clear(Cause.NO_CIRCUIT)
            return
        self.facts = replace(self.facts, called=self._digits)
        self._send_tone()
        self._rung(self)

    def _send_tone(self, *names: str) -> None:
        """Send the first of these tones that the country has, in place of what is sent now."""
        self._tone = names
        if self.lane is None or not self.lane.is_open:
            return
        if self.lane.operation is None:
            self._begin_tone()
        else:
            self.lane.operation.stop()

    def _begin_tone(self, outcome: Outcome | None = None) -> None:
        names, self._tone = self._tone, ()
        if names and self.lane is not None and self.lane.is_open:
            tone = self.country.tone(*names)
            self.lane.tones(segments_of(tone), repeats=repeats_of(tone), done=self._begin_tone)

    def _wait_no_more(self) -> None:
        if self._complete is not None:
            self._complete.cancel()
            self._complete = None

    def _take(self, facts: CallFacts) -> None:
        self.facts = facts
        self.released.clear()
        if self.route is not None:
            self.route.taken(self)

    def _close(self) -> None:
        self._wait_no_more()
        if self.lane is not None:
            self.lane.close()
            self.lane = None

    def _let_go(self) -> None:
        """Free, once the loop is open and nobody here has the call any more."""
        if self.machine.state in _FREE and not self.released.is_set():
            self.released.set()
            if self.route is not None:
                self.route.released(self)

    def __repr__(self) -> str:
        return f"<LoopCircuit {self.span.name} line {self.timeslot}: {self.machine.state.value}>"


S = fxs.State

_RINGING = (S.RINGING, S.PAUSE, S.SECOND, S.SECOND_PAUSE)
_LIFTED = (S.TALKING, S.METERING, S.OPEN, S.FLASHING)
_CALLING = (S.DIALLING, S.PULSE)
_FREE = (S.IDLE, S.DOWN, S.ABSENT)

TONES = {int(Cause.USER_BUSY): "busy"}
"""What a call that was refused for a cause hears; all others hear congestion tone."""


def standard_of(country: Country) -> Standard | None:
    """How its exchanges tell who calls: in the likeliest way of the country."""
    for name in country.caller_id:
        for standard in standards_of(name):
            if standard.alerting is not Alerting.ANSWER:
                return standard
    return None


def profile_of(country: Country, *, poles_answer: bool = False) -> fxs.Profile:
    """A country's ringing and hooks, and what its exchanges do with the feed."""
    least_ms, most_ms = country.busy_detection.open_loop_ms
    return replace(
        fxs.profile_of(country),
        poles_answer=poles_answer,
        open_loop_s=(least_ms + most_ms) / 2000,
    )
