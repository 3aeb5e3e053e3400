"""An address on a lane: keyed or sent as MF by one end, heard by the other.

    ear = AddressEar(lane, "mf", told)             # told(facts), or told(None) for what is none
    ...
    lane.tones(address_tones("mf", facts), done=sent)

Both ends of a trunk have both.  An ear hears until it has told, or is closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from telcard.dsp.mf import mf_segments
from telcard.dsp.tones import ToneSegment, dtmf_segments
from telcard.engine import DigitEvent, Lane, ToneEvent
from telcard.signalling import CallFacts
from telcard.signalling.address import AddressForm, AddressReader, signals

FIRST_DIGIT_S = 5.0
"""Who says nothing for so long wants nobody."""

INTER_DIGIT_S = 2.0
"""Digits of a sender follow each other within a quarter of a second."""


def address_tones(form: AddressForm, facts: CallFacts) -> list[ToneSegment]:
    """What is sent of a call; ValueError for a number that is none."""
    said = signals(form, facts)
    return dtmf_segments("".join(said)) if form == "dtmf" else mf_segments(said, "r1")


class AddressEar:
    """Listens on a lane for an address; `told` is called once.

    A lane for the form "dtmf" detects digits.  `heard` is all that came, for the log.
    """

    def __init__(
        self, lane: Lane, form: AddressForm, told: Callable[[CallFacts | None], None]
    ) -> None:
        self._lane = lane
        self._reader = AddressReader(form)
        self._told: Callable[[CallFacts | None], None] | None = told
        self._late: asyncio.TimerHandle | None = None
        if form == "dtmf":
            lane.on_digit(self._key)
        else:
            lane.detect("r1", self._signal)
        self._expect(FIRST_DIGIT_S)

    @property
    def heard(self) -> str:
        """All that has come so far."""
        return self._reader.heard

    def close(self) -> None:
        """Hear nothing any more; harmless twice, and after the lane was closed."""
        if self._told is None:
            return
        self._told = None
        if self._late is not None:
            self._late.cancel()
            self._late = None
        if self._lane.is_open:
            if self._reader.form == "dtmf":
                self._lane.on_digit(None)
                self._lane.clear_digits()  # they were the address, typed ahead for nobody
            else:
                self._lane.detect("r1", None)

    def _key(self, event: DigitEvent) -> None:
        if not event.frames:
            self._take(event.digit)

    def _signal(self, event: ToneEvent) -> None:
        if event.phase == "begins":
            self._take(event.name)

    def _take(self, name: str) -> None:
        self._reader.take(name)
        if self._reader.complete:
            self._tell()
        else:
            self._expect(INTER_DIGIT_S)

    def _expect(self, seconds: float) -> None:
        if self._late is not None:
            self._late.cancel()
        self._late = asyncio.get_running_loop().call_later(seconds, self._tell)

    def _tell(self) -> None:
        told = self._told
        self.close()
        if told is not None:
            told(self._reader.facts)
