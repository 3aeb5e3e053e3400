"""The same calls without `async`, one at a time: for scripts and for learning.

    with telcard.sync.open("emulator:d300sc_e1") as card:
        for call in card.incoming():
            call.answer()
            call.say("welcome")
            got = call.collect("enter_account")
            call.hang_up()

Each verb runs the event loop until it is done; sound goes on between verbs, signalling waits for
the next one.  Several calls may be open at a time, as a caller and the agent who is rung for him:

    with card.ring("msiB1C1", on_behalf_of=call) as agent:
        call.bridge(agent)

Programs that serve several callers at once use `telcard.open` and coroutines.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, Unpack

from telcard import calls
from telcard.clock import Clock, SystemClock, runner
from telcard.countries import Country
from telcard.engine import (
    NO_CONTROLS,
    STEREO_ALAW,
    Controls,
    Outcome,
    RecordFormat,
    ToneEvent,
    ToneSegment,
)
from telcard.events import Value
from telcard.fax.geometry import Resolution
from telcard.signalling import Cause
from telcard.speech import ClipLibrary, Sayable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from telcard.calls.call import Interruptible
    from telcard.dsp.steady import SteadyProfile
    from telcard.dsp.templates import ToneTemplate
    from telcard.dsp.vad import VoiceProfile
    from telcard.fax import FaxResult
    from telcard.fax.dialogue import FaxOptions
    from telcard.trunks import Planned

T = TypeVar("T")

__all__ = ["Call", "Card", "open"]


def open(
    name: str,
    *,
    clock: Clock | None = None,
    prompts: ClipLibrary | None = None,
    country: str | Country | None = None,
    signalling: Planned = None,
) -> Card:
    """Make the card called `name`; `with` brings it up.  Parameters and errors: `telcard.open`."""
    return Card(name, clock or SystemClock(), prompts, country, signalling)


class Card:
    """A card whose calls come one after the other; made by `telcard.sync.open`."""

    def __init__(
        self,
        name: str,
        clock: Clock,
        prompts: ClipLibrary | None,
        country: str | Country | None = None,
        signalling: Planned = None,
    ) -> None:
        self.card = calls.open_card(
            name, clock=clock, prompts=prompts, country=country, signalling=signalling
        )
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

    def ring(
        self,
        station: str,
        *,
        caller: str = "",
        called: str = "",
        data: Mapping[str, Value] | None = None,
        on_behalf_of: Call | None = None,
        answer_s: float = 30.0,
    ) -> Call:
        """Ring a telephone; returns the call once it is answered.  Errors: `telcard.Card.ring`."""
        ringing = self.card.ring(
            station,
            caller=caller,
            called=called,
            data=data,
            on_behalf_of=None if on_behalf_of is None else on_behalf_of.call,
            answer_s=answer_s,
        )
        return Call(self, self.run(ringing))

    def dial(self, number: str, *, on_behalf_of: Call | None = None, **how: Any) -> Call:
        """Call a number; returns the call once it is answered.  The rest: `telcard.Card.dial`."""
        other = None if on_behalf_of is None else on_behalf_of.call
        return Call(self, self.run(self.card.dial(number, on_behalf_of=other, **how)))

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
    """A call whose verbs block; they are those of `telcard.Call`, and say there what they raise.

    What sets something (`pause`, `volume`, `detect` ...) does not block: callbacks of `detect`,
    which are called while another verb runs, may use it.
    """

    def __init__(self, card: Card, call: calls.Call) -> None:
        self.call = call
        """The call itself, for what is not offered here."""
        self._run = card.run

    def __enter__(self) -> Call:
        return self

    def __exit__(self, *failure: object) -> None:
        self.hang_up()

    @property
    def caller(self) -> str:
        """The caller's number; "" when withheld."""
        return self.call.caller

    @property
    def called(self) -> str:
        """The dialled number."""
        return self.call.called

    @property
    def hung_up(self) -> bool:
        """Whether the far end has gone, as far as the last verb has heard."""
        return self.call.hung_up

    @property
    def summary(self) -> calls.CallSummary | None:
        """How the call ended; None while it lasts."""
        return self.call.summary

    def ring(self) -> None:
        """Say that somebody is being rung."""
        self._run(self.call.ring())

    def progress(self) -> None:
        """Let the caller hear what is said before the answer."""
        self._run(self.call.progress())

    def reject(self, cause: int = Cause.CALL_REJECTED) -> None:
        """Refuse a call that was not answered."""
        self._run(self.call.reject(cause))

    def redirect(self, number: str) -> None:
        """Let the exchange send a call that was not answered on to another number."""
        self._run(self.call.redirect(number))

    def send_digits(self, digits: str) -> None:
        """Dial further: in messages while the number is not complete, else with tones."""
        self._run(self.call.send_digits(digits))

    def answer(self) -> None:
        """Answer the call; charging starts."""
        self._run(self.call.answer())

    def say(
        self, *items: Sayable, interruptible: Interruptible = True, controls: Controls = NO_CONTROLS
    ) -> Outcome:
        """Say clips, numbers, money ...; a digit ends it if `interruptible`."""
        return self._run(self.call.say(*items, interruptible=interruptible, controls=controls))

    def play(
        self, *octets: bytes, interruptible: Interruptible = True, controls: Controls = NO_CONTROLS
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

    def tones(
        self, *segments: ToneSegment, repeats: int = 1, max_s: float | None = None
    ) -> Outcome:
        """Send a cadence so often, 0 for ever, or until `max_s` is over; no digit ends it."""
        return self._run(self.call.tones(*segments, repeats=repeats, max_s=max_s))

    def fax_send(
        self,
        pages: Sequence[NDArray[np.bool_]],
        *,
        resolution: Resolution = Resolution.FINE,
        **options: Unpack[FaxOptions],
    ) -> FaxResult:
        """Send pages (2-D arrays of bool, True = black) to the fax at the far end."""
        return self._run(self.call.fax_send(pages, resolution=resolution, **options))

    def fax_receive(self, *, poll: bool = False, **options: Unpack[FaxOptions]) -> FaxResult:
        """Receive what the fax at the far end sends, or with `poll` holds ready."""
        return self._run(self.call.fax_receive(poll=poll, **options))

    def pause(self) -> None:
        """Hold what is being played or said."""
        self.call.pause()

    def resume(self) -> None:
        """Let it go on where it was held."""
        self.call.resume()

    def seek(self, samples: int, *, relative: bool = False) -> None:
        """Let it go on at another place, from its beginning or where it is."""
        self.call.seek(samples, relative=relative)

    def volume(self, level_db: float) -> None:
        """How loud everything is played and said from now on, -60 to 24 dB, 0 at first."""
        self.call.volume(level_db)

    def speed(self, factor: float) -> None:
        """How fast everything is played and said from now on, 0.5 to 1.5, 1 at first."""
        self.call.speed(factor)

    def set_gains(self, *, receive_db: float = 0.0, transmit_db: float = 0.0) -> None:
        """Make what comes from the far end, and all that goes there, louder or softer."""
        self.call.set_gains(receive_db=receive_db, transmit_db=transmit_db)

    def detect(
        self,
        hearing: str,
        heard: Callable[[ToneEvent], None] | None = None,
        *,
        templates: Sequence[ToneTemplate] = (),
        profile: SteadyProfile | VoiceProfile | None = None,
    ) -> None:
        """Tell what the far end sends: fax and other signals, tones, speech."""
        self.call.detect(hearing, heard, templates=templates, profile=profile)

    def ignore(self, hearing: str) -> None:
        """Detect it no more."""
        self.call.ignore(hearing)

    def flashed(self) -> None:
        """Wait until the far end presses its hook for a moment."""
        self._run(self.call.flashed())

    def bridge(self, other: Call) -> None:
        """Let the two hear each other until one of them goes; returns when the other has gone."""
        self._run(self.call.bridge(other.call))

    def transfer(self, other: Call) -> None:
        """Have the exchange connect the two and let us off; both calls end."""
        self._run(self.call.transfer(other.call))

    def monitor(self, other: Call) -> None:
        """Hear both sides of another call, unheard, until one of the two goes."""
        self._run(self.call.monitor(other.call))

    def note(self, step: str, **facts: Value) -> None:
        """Mark where in the flow the caller is, for records and pictures."""
        self.call.note(step, **facts)

    def hang_up(self, cause: int = Cause.NORMAL_CLEARING) -> None:
        """End the call; harmless when it is over."""
        self._run(self.call.hang_up(cause))


async def _next(offers: AsyncIterator[calls.Call]) -> calls.Call:
    return await anext(offers)
