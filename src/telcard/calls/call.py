"""One call, in the words of the trade: answer, say, collect, record, bridge, hang up."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import Literal

from telcard.calls.beginning import SettingUp
from telcard.calls.faxing import Faxing, LendFax
from telcard.calls.results import CallSummary, Collected, Disposition, EndedBy
from telcard.clock import Clock
from telcard.dsp.steady import SteadyProfile
from telcard.dsp.templates import ToneTemplate
from telcard.dsp.vad import VoiceProfile
from telcard.engine import (
    NO_CONTROLS,
    STEREO_ALAW,
    Controls,
    DigitEvent,
    EchoCancelling,
    Outcome,
    Reason,
    RecordFormat,
    SecretBuffer,
    ToneEvent,
    ToneSegment,
    Until,
)
from telcard.errors import CardError, HungUp, MediaError
from telcard.events import EventLog, Value
from telcard.media import Channel, Recorder
from telcard.signalling import CallFacts, Cause
from telcard.speech import ClipLibrary, Sayable
from telcard.trunks import TrunkCall
from telcard.units import NS, SAMPLE_RATE, ns_to_samples

log = logging.getLogger(__name__)


Interruptible = bool | Literal["speech"]
"""Whether a prompt ends when the far end presses a key, or also when it speaks."""


class Call(SettingUp, Faxing):
    """One call; made by `Card.incoming` and `Card.serve` of those that come in, or by `Card.ring`.

    Verbs raise `HungUp` once the far end has gone, or line or board have failed (`HungUp.failed`).
    Cancelling a verb stops it; leaving `async with call` hangs up, stops recordings and gives
    everything back.
    """

    def __init__(
        self,
        call_id: str,
        leg: TrunkCall,
        *,
        clock: Clock,
        events: EventLog,
        prompts: ClipLibrary,
        over: Callable[[Call], Awaitable[None]],
        lend_fax: LendFax,
        outgoing: bool = False,
        on_behalf_of: str = "",
        data: Mapping[str, Value] | None = None,
    ) -> None:
        self.id = call_id
        """The same in records, events and logs; no two calls of a chassis share one."""
        self.caller = leg.caller
        """The caller's number; "" when withheld."""
        self.called = leg.called
        """The dialled number."""
        self.step = ""
        """Where in the flow the caller is; see `note`."""
        self.reason = ""
        """Why the flow has ended, in the words of the call's record."""
        self.account = ""
        """What the call's record tells of the account it was about; never the whole number."""
        self.done: list[str] = []
        """What was done in the call, for its record; never a PIN or a whole number."""
        self.recording: Path | None = None
        """The recording of the whole call, if one was made."""
        self.outgoing = outgoing
        self.on_behalf_of = on_behalf_of
        """Id of the call for which this one was made."""
        self.data = dict(data or {})
        """What travels with the call for those who take it."""
        self._leg = leg
        self._clock = clock
        self._events = events
        self._prompts = prompts
        self._over = over
        self._lend_fax = lend_fax
        self._offered = clock.utc()
        self._answered: datetime | None = None
        self._summary: CallSummary | None = None
        self._ending: asyncio.Task[None] | None = None
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._recorders: list[Recorder] = []
        self._flashes = asyncio.Event()
        self._partner: Call | None = None
        self._monitored: Call | None = None
        self._began_ns = self._played_ns = clock.now()
        if leg.channel.lane.is_open:  # one that we make may be refused at once
            leg.channel.on_digit(self._digit)
            leg.channel.on_mask(self._mask)
        leg.on_flash(self._flash)
        leg.answered.add_done_callback(self._answers)
        if outgoing:
            news = "rings" if leg.signalling == "fxs" else "dials"
            self._report(news, circuit=leg.circuit, on_behalf_of=on_behalf_of)
        else:
            self._report("offered", caller=self.caller, called=self.called, circuit=leg.circuit)

    def __repr__(self) -> str:
        new = "rings" if self.outgoing else "offered"
        state = "ended" if self._summary else "answered" if self._answered else new
        return f"<Call {self.id} {self.caller or '?'} -> {self.called} {state}>"

    async def __aenter__(self) -> Call:
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self.hang_up()

    @property
    def channel(self) -> Channel:
        """The call's sound, for what the verbs here do not offer."""
        return self._leg.channel

    @property
    def circuit(self) -> str:
        """The circuit's name, e.g. `dtiB1T1`, by which the chassis' bus knows the line."""
        return self._leg.circuit

    @property
    def facts(self) -> CallFacts:
        """All that its set-up told: numbers and their kinds, who has redirected it, a name."""
        return self._leg.facts

    @property
    def language(self) -> str:
        """The language in which it is spoken to."""
        return self._prompts.language

    @property
    def hung_up(self) -> bool:
        """Whether the far end has gone."""
        return self._leg.cleared.done()

    @property
    def gone(self) -> HungUp | None:
        """How the far end has gone, as the error that verbs raise then; None while it is there."""
        cleared = self._leg.cleared
        return HungUp(cleared.result()) if cleared.done() else None

    @property
    def summary(self) -> CallSummary | None:
        """How the call ended; None while it lasts."""
        return self._summary

    @property
    def quiet_s(self) -> float:
        """How long nothing has been heard: no key, no speech, nothing played; of a bridge, by both,
        and of one who monitors, by whom he hears.

        0 while a secret is kept, when nobody may know.  Once the caller has gone, how long nothing
        has been played to him.
        """
        other = self._partner or self._monitored
        parties = (self,) if other is None else (self, other)
        return min(call._own_quiet_s() for call in parties)

    def _own_quiet_s(self) -> float:
        unplayed_s = (self._clock.now() - self._played_ns) / NS
        if self.hung_up or self._summary is not None:
            return unplayed_s
        state = self.channel.query()
        if state.masked or self._faxes or state.doing in ("play", "tones"):
            return 0.0
        return min(state.quiet_s, unplayed_s)

    def detect(
        self,
        hearing: str,
        heard: Callable[[ToneEvent], None] | None = None,
        *,
        templates: Sequence[ToneTemplate] = (),
        profile: SteadyProfile | VoiceProfile | None = None,
    ) -> None:
        """Tell from now on what the far end sends: events `heard` of the log, and calls of `heard`.

        `hearing` is one of `telcard.engine.HEARINGS`: "fax", "voice", "tones" with their
        `templates` ...; each may be told to one callback.  Nothing is told of secret steps.  Raises
        `CardError` where a card cannot, ValueError for what goes with another `hearing`.
        """
        self._check()

        def tell(event: ToneEvent) -> None:
            if self._summary is not None:
                return
            facts = {"hearing": event.hearing, "signal": event.name, "phase": event.phase}
            self._report_at(event.sample + event.frames, "heard", **facts)
            if heard is not None:
                heard(event)

        self.channel.detect(hearing, tell, templates=templates, profile=profile)

    def ignore(self, hearing: str) -> None:
        """Detect it no more; harmless if it was not detected, or the call has ended."""
        self.channel.detect(hearing, None)

    def note(self, step: str, **facts: Value) -> None:
        """Mark where in the flow the caller is, for records and pictures."""
        self.step = step
        self._report("step", step=step, **facts)

    def transcript(self) -> list[str]:
        """What has happened on the call, a line each, but for the keys: what is in a failure's log.

        Empty once the log of events has forgotten it.
        """
        first = ns_to_samples(self._began_ns)
        return [
            f"{(event.sample - first) / SAMPLE_RATE:8.2f} s  {event.name}"
            + "".join(f" {name}={value!r}" for name, value in event.facts.items())
            for event in self._events.of(self.id)
            if event.name != "digit"
        ]

    async def flashed(self) -> None:
        """Wait until the far end presses its hook for a moment; `HungUp` when it goes before."""
        self._check()
        self._flashes.clear()
        flash = asyncio.create_task(self._flashes.wait())
        try:
            ends = (flash, self._leg.cleared, self._ended)
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            flash.cancel()
        self._check()

    async def play(
        self, *octets: bytes, interruptible: Interruptible = True, controls: Controls = NO_CONTROLS
    ) -> Outcome:
        """Play pieces of A-law octets, 8,000 a second; a digit ends it early if `interruptible`.

        With `interruptible="speech"` so does what the far end says, some 60 ms after it begins; an
        echo of what is played has to be cancelled, or it interrupts itself.  The digits of
        `controls` end nothing: they pause, skip, and change volume and speed, as `pause`, `resume`,
        `seek`, `volume` and `speed` do.
        """
        self._check()
        until = _until_interrupted(interruptible)
        outcome = await self.channel.play(octets, until, controls=controls)
        self._played_ns = self._clock.now()
        return self._here(outcome)

    async def say(
        self, *items: Sayable, interruptible: Interruptible = True, controls: Controls = NO_CONTROLS
    ) -> Outcome:
        """Say clips, numbers, money ... one after the other; what ends it is what ends `play`."""
        self._check()
        clips = self._prompts.plan(*items)
        segments = [self._prompts[clip] for clip in clips]
        self._report("says", text=self._prompts.transcript(clips), clips=" ".join(clips))
        until = _until_interrupted(interruptible)
        outcome = await self.channel.play(segments, until, controls=controls)
        self._played_ns = self._clock.now()
        complete = Reason.END_OF_DATA in outcome.reasons
        self._report_at(outcome.end, "said", start=outcome.start, complete=complete)
        return self._here(outcome)

    def pause(self) -> None:
        """Hold what is being played or said; raises `CardError` when nothing is."""
        self._check()
        self.channel.pause()

    def resume(self) -> None:
        """Let it go on where it was held."""
        self._check()
        self.channel.resume()

    def seek(self, samples: int, *, relative: bool = False) -> None:
        """Let it go on at another place, from its beginning or where it is; stops at both ends."""
        self._check()
        self.channel.seek(samples, relative=relative)

    def volume(self, level_db: float) -> None:
        """How loud everything is played and said from now on, -60 to 24 dB, 0 at first."""
        self._check()
        self.channel.volume(level_db)

    def speed(self, factor: float) -> None:
        """How fast everything is played and said from now on, 0.5 to 1.5, 1 at first."""
        self._check()
        self.channel.speed(factor)

    def set_gains(self, *, receive_db: float = 0.0, transmit_db: float = 0.0) -> None:
        """Make what comes from the far end, and all that goes there, louder or softer."""
        self._check()
        self.channel.set_gains(receive_db=receive_db, transmit_db=transmit_db)

    def cancel_echo(self, how: EchoCancelling | None) -> None:
        """Take out of what the far end sends the echo of what it is sent; None: no longer.

        A card may do so on all its calls: `echo_canceller` of `telcard.open`.
        """
        self._check()
        self.channel.cancel_echo(how)

    async def tones(
        self, *segments: ToneSegment, repeats: int = 1, max_s: float | None = None
    ) -> Outcome:
        """Send a cadence so often, 0 for ever, or until `max_s` is over; no digit ends it."""
        self._check()
        until = Until(max_s=max_s)
        return self._here(await self.channel.tones(segments, repeats=repeats, until=until))

    async def collect(
        self,
        *prompt: Sayable,
        max_digits: int = 20,
        terminator: str = "#",
        first_digit_s: float = 6.0,
        inter_digit_s: float = 4.0,
        interruptible: Interruptible = True,
        secret: bool = False,
        then_secret: bool = False,
    ) -> Collected:
        """Say `prompt`, then collect digits until `max_digits`, `terminator` or a time-out.

        Waits `first_digit_s` seconds for the first digit and `inter_digit_s` for each further one.
        What was typed ahead counts, the digit that interrupted the prompt too.

        With `secret` the digits reach nobody but the returned `SecretBuffer`; from before the
        prompt until after the last tone the caller's side is masked in recordings and for
        listeners, and what was typed ahead is discarded.

        `then_secret` says that a secret is asked for next, as a PIN after an account: its step
        begins in the tick in which these digits end, if there are any, however late the program
        is.  Follow it with `keeping_secret` or `collect(secret=True)`.
        """
        self._check()
        until = Until(
            max_digits=max_digits,
            digits=terminator,
            first_digit_s=first_digit_s,
            inter_digit_s=inter_digit_s,
        )
        if secret:
            return await self._collect_secret(prompt, until, interruptible)
        if prompt:
            await self.say(*prompt, interruptible=interruptible)
        outcome = self._here(await self.channel.collect(until, then_secret=then_secret))
        digits = outcome.digits.rstrip(terminator) if terminator else outcome.digits
        if not digits:
            self.channel.give_up_secret()
        self._report_at(outcome.end, "collected", digits=len(digits))
        return Collected(digits, outcome.reasons)

    async def _collect_secret(
        self, prompt: Sequence[Sayable], until: Until, interruptible: Interruptible
    ) -> Collected:
        buffer = SecretBuffer()
        try:
            async with self.channel.keeping_secret():
                if prompt:
                    await self.say(*prompt, interruptible=interruptible)
                outcome = self._here(await self.channel.collect(until, buffer))
            buffer.strip_terminator(until.digits)
        except BaseException:
            buffer.wipe()  # nobody gets it: what was keyed must not wait for the collector
            raise
        self._report_at(outcome.end, "collected", secret=True)
        return Collected("", outcome.reasons, buffer)

    def keeping_secret(self) -> AbstractAsyncContextManager[None]:
        """Mask the caller's side for longer than one `collect(secret=True)`, which does it itself.

        For what belongs to a secret: the time until it is judged and the caller has been told, in
        which he may still be keying.  All that he keys inside is discarded.
        """
        self._check()
        return self.channel.keeping_secret()

    def record(
        self, path: Path | str, *, format: RecordFormat = STEREO_ALAW, beep: bool = False
    ) -> Recorder:
        """Record both directions (stereo A-law WAV) until stopped, or until the call ends.

        Left is what the far end says, right what it hears; `format` asks for other files.  With
        `beep` the far end hears a tone of 200 ms before it begins.  Raises `MediaError` when the
        file cannot be written.
        """
        self._check()
        recorder = self.channel.record(Path(path), format=format, beep=beep)
        self._recorders.append(recorder)
        self.recording = self.recording or recorder.path
        self._report_at(recorder.sample, "recording", file=recorder.path.name)
        return recorder

    async def bridge(self, other: Call) -> None:
        """Let two callers hear each other until one of them goes, or is hung up.

        Returns when the other has gone, at once if he went before.  Raises `MediaError` when one
        of the two is bridged already.
        """
        self._check()
        if other is self:
            raise MediaError(f"call {self.id}: cannot be bridged with itself")
        for call in (self, other):
            call._check_alone()
        if other.hung_up or other.summary is not None:
            return
        self._partner, other._partner = other, self
        try:
            self.channel.listen(other.channel)
            other.channel.listen(self.channel)
            self._report("bridged", to=other.id)
            ends = [end for call in (self, other) for end in (call._leg.cleared, call._ended)]
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for call in (self, other):
                call._partner = None
                call.channel.listen(None)
        self._check()

    async def transfer(self, other: Call) -> None:
        """Have the exchange connect two callers, both answered, and let us off: both calls end.

        Bridge them as well where exchanges take their time over it (QSIG).  Raises `LineError` when
        the exchange does not do it: then both are as they were.
        """
        self._check()
        self._report("transferring", to=other.id)
        await self._leg.transfer(other._leg)
        for call in (self, other):
            call.reason = call.reason or "transferred"
            await call.hang_up()

    async def monitor(self, other: Call) -> None:
        """Listen in on another call until one of the two goes, or is hung up; unheard.

        This call hears both sides of the other; secret steps of both are masked.  Returns when the
        other has gone, at once if he went before.  Any number of calls may monitor one.  Raises
        `MediaError` when this call is bridged or monitors already.
        """
        self._check()
        self._check_alone()
        if other is self:
            raise MediaError(f"call {self.id}: cannot monitor itself")
        if other.hung_up or other.summary is not None:
            return
        self.channel.monitor(other.channel)
        self._monitored = other
        try:
            self._report("monitors", other=other.id)
            ends = [end for call in (self, other) for end in (call._leg.cleared, call._ended)]
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._monitored = None
            self.channel.monitor(None)
        self._check()

    def _check_alone(self) -> None:
        if self._partner is not None:
            raise MediaError(f"call {self.id}: it is bridged already")
        if self._monitored is not None:
            raise MediaError(f"call {self.id}: it monitors call {self._monitored.id}")

    async def hang_up(self, cause: int = Cause.NORMAL_CLEARING) -> None:
        """End the call and give everything back; harmless when it is over already.

        Returns when nothing of it is left and its end is on record.  A cancelled hang-up goes on
        by itself.
        """
        await self._end(cause, EndedBy.SYSTEM)

    async def fail(self) -> None:
        """End a call whose flow broke (Q.850 cause 41)."""
        await self._end(Cause.TEMPORARY_FAILURE, EndedBy.FAILURE)

    async def _end(self, cause: int, ended_by: EndedBy) -> None:
        if self._ending is None:
            if self._leg.answered.done():  # at this very moment, perhaps
                self._answers()
            summary = self._summary = self._sum_up(cause, ended_by)
            self._ended.set_result(None)
            self._report(
                "ended",
                by=summary.ended_by.value,
                cause=summary.cause,
                disposition=summary.disposition.value,
            )
            self._ending = asyncio.create_task(
                self._give_back(summary.cause), name=f"end of call {self.id}"
            )
        await asyncio.shield(self._ending)

    def _sum_up(self, cause: int, ended_by: EndedBy) -> CallSummary:
        if (gone := self.gone) is not None:
            cause = gone.cause
            if gone.failed:
                ended_by = EndedBy.FAILURE
            elif ended_by is EndedBy.SYSTEM:
                ended_by = EndedBy.CALLED if self.outgoing else EndedBy.CALLER
        if ended_by is EndedBy.FAILURE:
            disposition = Disposition.FAILED
        else:
            disposition = Disposition.ANSWERED if self._answered else Disposition.NO_ANSWER
        return CallSummary(
            call_id=self.id,
            caller=self.caller,
            called=self.called,
            channel=self.channel.name,
            offered=self._offered,
            answered=self._answered,
            ended=self._clock.utc(),
            disposition=disposition,
            ended_by=ended_by,
            cause=cause,
            step=self.step,
            reason=self.reason,
            account=self.account,
            recording=self.recording,
            outgoing=self.outgoing,
            on_behalf_of=self.on_behalf_of,
            done=tuple(self.done),
            signalling=self._leg.signalling,
            circuit=self._leg.circuit,
            location=self._leg.location,
            facts=self._leg.facts,
        )

    async def _give_back(self, cause: int) -> None:
        try:
            for recorder in self._recorders:
                await self._stop(recorder)
        finally:
            try:
                await self._leg.clear(cause)
            finally:
                await self._over(self)

    async def _stop(self, recorder: Recorder) -> None:
        """A recording that failed must be heard of, but must not keep a call from ending."""
        try:
            await recorder.stop()
        except (MediaError, CardError) as error:
            log.error("call %s: %s", self.id, error)
            self._report("recording_failed", why=str(error))

    def _check(self) -> None:
        if (gone := self.gone) is not None:
            raise gone
        if self._summary is not None:
            raise MediaError(f"call {self.id}: it has ended; nothing more can be done on it")

    def _here(self, outcome: Outcome) -> Outcome:
        """Pass an outcome on, unless the caller went meanwhile."""
        if Reason.HANG_UP in outcome.reasons:
            raise self.gone or HungUp(Cause.NORMAL_CLEARING)
        return outcome

    def _answers(self, _: object = None) -> None:
        if self._answered is None and self._summary is None:
            self._answered = self._clock.utc()
            self._report("answered")

    def _flash(self) -> None:
        if self._summary is None:
            self._report("flashed")
            self._flashes.set()

    def _digit(self, event: DigitEvent) -> None:
        """Write down a digit as soon as it is certain; those of a secret step never come here."""
        if self._summary is None:  # the log forgets a call that is over
            self._report_at(event.sample, "digit", digit=event.digit)

    def _mask(self, masked: bool, sample: int) -> None:
        if self._summary is None:
            self._report_at(sample, "masked" if masked else "unmasked")

    def _report(self, name: str, **facts: Value) -> None:
        self._report_at(ns_to_samples(self._clock.now()), name, **facts)

    def _report_at(self, sample: int, name: str, **facts: Value) -> None:
        self._events.report(sample, name, self.id, **facts)


def _until_interrupted(interruptible: Interruptible) -> Until:
    return Until(max_digits=int(bool(interruptible)), speech=interruptible == "speech")
