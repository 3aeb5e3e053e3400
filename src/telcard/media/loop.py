"""What an exchange sends and hears on a subscriber's loop: tones, who calls, what is dialled.

    sound = LoopSound(lane, country("US"))
    sound.listen(dialled)                # dial tone; dialled("02154") when a number is complete
    sound.send("ringback")               # in place of what is sent now
    sound.send()                         # nothing any more

Digits come as tones on the lane, or one by one from whoever counts the pulses (`digit`).  A number
is complete after "#", or when nothing follows for a while.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from telcard.callerid import Absence, CallerId, Standard, caller_id
from telcard.callerid.standards import Alerting, standards_of
from telcard.countries import Country
from telcard.dsp import g711
from telcard.dsp.tones import repeats_of, segments_of
from telcard.engine import DigitEvent, Lane, Outcome
from telcard.signalling import CallFacts

INTER_DIGIT_S = 4.0
"""Silence after which a number is complete; exchanges wait 4 to 10 s (Q.931's T302 is 10 to 15)."""

FIRST_DIGIT_S = 15.0
"""Who lifts and dials nothing for so long is told by a tone that he should not."""

CAUSE_TONES = {17: "busy"}
"""Tone for a call that was refused for a cause (ITU-T Q.850); congestion tone for all others."""


class LoopSound:
    """The exchange's sound on one loop, on a lane that detects digits."""

    def __init__(self, lane: Lane, country: Country) -> None:
        self.lane = lane
        self._country = country
        self._standard = standard_of(country) if lane.engine.fidelity == "sound" else None
        self._tone: tuple[str, ...] = ()
        self._dialled: Callable[[str], None] | None = None
        self._digits = ""
        self._complete: asyncio.TimerHandle | None = None

    @property
    def tells_first(self) -> bool:
        """Whether it is told who calls before the first ring; False where it is not told at all."""
        return self._standard is not None and self._standard.alerting is not Alerting.RING

    @property
    def tells_after(self) -> bool:
        """Whether it is told after the first ring."""
        return self._standard is not None and self._standard.alerting is Alerting.RING

    def tell(self, facts: CallFacts, done: Callable[[], None] | None = None) -> None:
        """Send who calls, as the country does it; `done` is called when it was sent."""
        if self._standard is None or not self.lane.is_open:
            return

        def ended(_outcome: Outcome) -> None:
            if done is not None:
                done()

        sound = caller_id(message_of(facts, self._standard), self._standard)
        self.lane.play([g711.encode_alaw(sound).tobytes()], done=ended)

    def send(self, *names: str) -> None:
        """Send the first of these tones that the country has, in place of what is sent now."""
        self._tone = names
        if not self.lane.is_open:
            return
        if self.lane.operation is None:
            self._begin()
        else:
            self.lane.operation.stop()

    def refuse(self, cause: int) -> None:
        """Send the tone that stands for this cause, until the subscriber hangs up."""
        self.stop()
        self.send(CAUSE_TONES.get(cause, "congestion"), "busy")

    def listen(self, dialled: Callable[[str], None]) -> None:
        """Give dial tone, and call `dialled` with the number, once it is complete; with "" when
        nothing was dialled."""
        self._dialled, self._digits = dialled, ""
        self.lane.on_digit(self._key)
        self.send("dial")
        self._expect(FIRST_DIGIT_S)

    def digit(self, digit: str) -> None:
        """A further digit was dialled."""
        if self._dialled is None:
            return
        if not self._digits:
            self.send()
        if digit == "#":
            self._number_complete()
        else:
            self._digits += digit
            self._expect(INTER_DIGIT_S)

    def stop(self) -> None:
        """Hear nothing that is dialled any more."""
        self._dialled = None
        if self._complete is not None:
            self._complete.cancel()
            self._complete = None

    def _key(self, event: DigitEvent) -> None:
        if not event.frames:
            self.digit(event.digit)

    def _expect(self, seconds: float) -> None:
        if self._complete is not None:
            self._complete.cancel()
        self._complete = asyncio.get_running_loop().call_later(seconds, self._number_complete)

    def _number_complete(self) -> None:
        dialled = self._dialled
        self.stop()
        self.send()
        self.lane.clear_digits()  # they were the number, and are typed ahead for nobody
        if dialled is not None:
            dialled(self._digits)

    def _begin(self, _outcome: Outcome | None = None) -> None:
        names, self._tone = self._tone, ()
        if names and self.lane.is_open:
            tone = self._country.tone(*names)
            self.lane.tones(segments_of(tone), repeats=repeats_of(tone), done=self._begin)


def standard_of(country: Country) -> Standard | None:
    """How its exchanges tell who calls: in the likeliest way of the country, None where in none.

    A way for which the telephone must lift by itself, as Japan's, is none.
    """
    for name in country.caller_id:
        for standard in standards_of(name):
            if standard.alerting is not Alerting.ANSWER:
                return standard
    return None


def message_of(facts: CallFacts, standard: Standard) -> CallerId:
    """Who calls, as a message; a name travels in FSK alone."""
    if not (facts.caller and facts.caller_presented):
        return CallerId(absence=Absence.PRIVATE)
    return CallerId(number=facts.caller, name=(facts.display or None) if standard.modem else None)
