"""What the far end of an analogue line tells with tones, where nothing else tells it.

`LineTones` listens on the channel of one call, for the tones of a country.  Before the answer they
say how the call goes; after it, busy or congestion tone says that the far end has gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from enum import Enum

from telcard.countries import CadencedTone, Country, meaning
from telcard.dsp.templates import ToneTemplate
from telcard.engine import ToneEvent
from telcard.media import Channel
from telcard.signalling import Cause


class Heard(Enum):
    """What was heard."""

    DIAL_TONE = "dial tone"
    RINGING = "ringing tone"
    ANSWER = "ringing tone has stopped, or somebody speaks"
    REFUSAL = "busy tone, or another that says that the call will not be"


CAUSES = {
    "busy": Cause.USER_BUSY,
    "congestion": Cause.NO_CIRCUIT,
    "unobtainable": Cause.UNALLOCATED_NUMBER,
    "sit": Cause.UNALLOCATED_NUMBER,
}
"""Tones that refuse, and the cause they stand for (ITU-T Q.850; E.180 on their meanings)."""

DIAL_TONE_MS = 400.0
"""No other tone that begins when we lift stands so long."""

RING_PART = 0.7
"""A burst of ringing tone is known when so much of it has sounded: busy tones are shorter."""

CADENCE_BREAK = 1.35
"""Ringing has stopped when it is late by this part of its period."""

SPEECH_AFTER_S = 0.2
"""What sounds like speech sooner after a burst of ringing is its end."""


class LineTones:
    """Listens on `channel` until `stop`; `heard(what, cause)` is called with each thing once.

    `cause` is that of a refusal, otherwise 0.
    """

    def __init__(
        self, channel: Channel, country: Country, heard: Callable[[Heard, int], None]
    ) -> None:
        self._channel = channel
        self._heard = heard
        self._ringback = country.tone("ringback")
        self._told: set[Heard] = set()
        self._dialled = False
        self._ringing = False
        self._rang_at = 0.0
        self._late: asyncio.TimerHandle | None = None
        channel.detect("tones", self._tone, templates=templates(country))
        channel.detect("voice", self._voice)

    def dialled(self) -> None:
        """The number was sent: dial tone, which many countries have of the frequency of ringing, is
        over, and what sounds like ringing is ringing."""
        self._dialled = True
        if self._ringing:
            self._tell(Heard.RINGING)

    def answered(self) -> None:
        """The call was answered: from now on a refusal is the far end's hanging up."""
        self._told |= {Heard.DIAL_TONE, Heard.RINGING, Heard.ANSWER}
        self._told.discard(Heard.REFUSAL)
        self._quiet()
        self._channel.detect("voice", None)

    def stop(self) -> None:
        """Listen no more."""
        self._quiet()
        self._told = set(Heard)
        for hearing in ("tones", "voice"):
            self._channel.detect(hearing, None)

    def _tone(self, event: ToneEvent) -> None:
        name = meaning(event.name)
        if name in CAUSES and event.phase == "begins":
            self._tell(Heard.REFUSAL, CAUSES[name])
        elif name in ("dial", "special_dial") and event.phase == "begins":
            self._tell(Heard.DIAL_TONE)
        elif name == "ringback":
            self._ringing = event.phase == "begins"
            if not self._dialled:
                return
            if self._ringing:
                self._quiet()
                self._tell(Heard.RINGING)
            else:
                self._rings_on()

    def _rings_on(self) -> None:
        """A burst is over: the next must come in time."""
        loop = asyncio.get_running_loop()
        self._rang_at = loop.time()
        pause_s = max(self._ringback.cadence_s[1::2], default=0.0)
        period_s = sum(self._ringback.cadence_s)
        wait_s = pause_s + (CADENCE_BREAK - 1.0) * period_s
        self._late = loop.call_later(wait_s, self._tell, Heard.ANSWER)

    def _voice(self, event: ToneEvent) -> None:
        late_s = asyncio.get_running_loop().time() - self._rang_at
        if (
            event.phase == "begins"
            and Heard.RINGING in self._told
            and not self._ringing
            and late_s >= SPEECH_AFTER_S
        ):
            self._tell(Heard.ANSWER)

    def _tell(self, what: Heard, cause: int = 0) -> None:
        if what not in self._told:
            self._told.add(what)
            self._heard(what, cause)

    def _quiet(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


def templates(country: Country) -> list[ToneTemplate]:
    """The tones of a country that tell how a call goes, as a channel hears them.

    One that a channel cannot tell apart from others, such as of 400 and 425 Hz together, or of more
    than two frequencies, is left out: a country has simpler ones for every purpose.
    """
    made = []
    for name, tone in country.tones.items():
        with suppress(ValueError):
            match meaning(name):
                case "dial" if tone.continuous:
                    made.append(_standing(name, tone, DIAL_TONE_MS))
                case "dial":
                    made.append(ToneTemplate.of(name, tone, repetitions=1))
                case "ringback" if not tone.continuous:
                    made.append(_standing(name, tone, 1000 * RING_PART * tone.cadence_s[0]))
                case "special_dial" | "busy" | "congestion" | "unobtainable" | "sit":
                    made.append(ToneTemplate.of(name, tone))
    return made


def _standing(name: str, tone: CadencedTone, least_ms: float) -> ToneTemplate:
    return ToneTemplate.standing(name, tone.during(0), tone.tolerance_hz, least_ms=least_ms)
