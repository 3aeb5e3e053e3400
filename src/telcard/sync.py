"""The same calls without `async`, one at a time: for scripts and for learning.

    with telcard.sync.open("emulator:d300sc_e1") as card:
        for call in card.incoming():
            call.answer()
            call.say("welcome")
            got = call.collect("enter_account")
            call.hang_up()

Each verb runs the event loop until it is done; sound goes on between verbs, signalling waits for
the next one.  Programs that serve several callers at once use `telcard.open` and coroutines.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

from telcard import calls
from telcard.clock import Clock, SystemClock, runner
from telcard.countries import Country
from telcard.engine import NO_CONTROLS, STEREO_ALAW, Controls, Outcome, RecordFormat
from telcard.speech import ClipLibrary, Sayable

T = TypeVar("T")

__all__ = ["Call", "Card", "open"]


def open(
    name: str,
    *,
    clock: Clock | None = None,
    prompts: ClipLibrary | None = None,
    country: str | Country | None = None,
) -> Card:
    """Make the card called `name`; `with` brings it up.  Parameters and errors: `telcard.open`."""
    return Card(name, clock or SystemClock(), prompts, country)


class Card:
    """A card whose calls come one after the other; made by `telcard.sync.open`."""

    def __init__(
        self,
        name: str,
        clock: Clock,
        prompts: ClipLibrary | None,
        country: str | Country | None = None,
    ) -> None:
        self.card = calls.open_card(name, clock=clock, prompts=prompts, country=country)
        """The card itself, for what is not offered here."""
        self._runner = runner(clock)

    def __enter__(self) -> Card:
        self._runner.__enter__()
        try:
            self.run(self.card.__aenter__())
        except BaseException:
            self._runner.close()
            raise
        return self

    def __exit__(self, *failure: object) -> None:
        try:
            self.run(self.card.__aexit__(*failure))
        finally:
            self._runner.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end on the card's event loop."""
        return self._runner.run(work)

    def incoming(self) -> Iterator[Call]:
        """Wait for the next call, again and again; one that was left open is hung up first."""
        offers: AsyncIterator[calls.Call] = self.card.incoming()
        while True:
            try:
                call = Call(self, self.run(_next(offers)))
            except StopAsyncIteration:
                return
            yield call
            call.hang_up()


class Call:
    """A call whose verbs block; they are those of `telcard.Call`."""

    def __init__(self, card: Card, call: calls.Call) -> None:
        self.call = call
        """The call itself, for what is not offered here."""
        self._run = card.run

    @property
    def caller(self) -> str:
        """The caller's number; "" when withheld."""
        return self.call.caller

    @property
    def called(self) -> str:
        """The dialled number."""
        return self.call.called

    def answer(self) -> None:
        """Answer the call; charging starts."""
        self._run(self.call.answer())

    def say(
        self, *items: Sayable, interruptible: bool = True, controls: Controls = NO_CONTROLS
    ) -> Outcome:
        """Say clips, numbers, money ...; a digit ends it if `interruptible`."""
        return self._run(self.call.say(*items, interruptible=interruptible, controls=controls))

    def play(
        self, *octets: bytes, interruptible: bool = True, controls: Controls = NO_CONTROLS
    ) -> Outcome:
        """Play A-law octets; a digit ends it if `interruptible`, but not one of `controls`."""
        return self._run(self.call.play(*octets, interruptible=interruptible, controls=controls))

    def collect(self, *prompt: Sayable, **limits: Any) -> calls.Collected:
        """Say `prompt` and collect digits; `limits` are those of `telcard.Call.collect`."""
        return self._run(self.call.collect(*prompt, **limits))

    def record(
        self, path: Path | str, *, format: RecordFormat = STEREO_ALAW, beep: bool = False
    ) -> None:
        """Record both directions (stereo A-law WAV, or `format`) until the call ends."""
        self.call.record(path, format=format, beep=beep)

    def hang_up(self) -> None:
        """End the call; harmless when it is over."""
        self._run(self.call.hang_up())


async def _next(offers: AsyncIterator[calls.Call]) -> calls.Call:
    return await anext(offers)
