"""One bearer as a call holds it: the voice resource of a line, in coroutines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TypeVar

from telcard.cards import Capabilities
from telcard.dsp.datalink import DataLink
from telcard.dsp.steady import SteadyProfile
from telcard.dsp.templates import ToneTemplate
from telcard.dsp.vad import VoiceProfile
from telcard.engine import (
    BEEP_SAMPLES,
    NO_CONTROLS,
    STEREO_ALAW,
    Controls,
    DigitEvent,
    EchoCancelling,
    Lane,
    LaneState,
    Operation,
    Outcome,
    Recorded,
    RecordFormat,
    Recording,
    SecretBuffer,
    ToneEvent,
    ToneSegment,
    Until,
)
from telcard.errors import CardError, MediaError
from telcard.fax.dialogue import Dialogue
from telcard.fax.lane import LEVEL_DBM0
from telcard.fax.t30 import Event
from telcard.media.fax import Fault, FaxLine, no_fault
from telcard.media.modem import ModemLine

T = TypeVar("T")

FOR_EVER = Until()
"""Until nothing: the operation ends at the end of its data, when stopped, or at hang-up."""

MAX_RECORDING_S = 8 * 3600.0
"""No recording lasts longer unless asked to: a forgotten one must not fill the disk."""


class Recorder:
    """A recording that runs, of a channel into a file."""

    def __init__(self, recording: Recording, sample: int) -> None:
        self._recording = recording
        self.sample = sample
        """Position of the file's first sample in media time."""

    @property
    def path(self) -> Path:
        """The file; it can be read while it grows, half a second behind at most."""
        return self._recording.path

    async def stop(self) -> Recorded:
        """End the recording, or wait for its end; returns once the file is complete.

        Raises `MediaError` when writing failed: the file holds what was written until then.
        """
        recorded: Recorded = await _called_back(self._recording.stop)
        if recorded.error is not None:
            raise MediaError(f"recording {self.path}: {recorded.error.strerror}")
        return recorded


class Channel:
    """A `ResourceFace` over one lane of the engine.

    `name` is what people call it (`dxxxB1C1`).  One operation (play, collect, tones) at a time:
    another raises `CardError`.  Recording and listening go on beside it.  A cancelled operation is
    stopped before the cancellation goes on, so the channel is free again.

    `capabilities` are those of the lane unless a card has others to declare; what they lack is
    refused with a `CardError` of one sentence.  `fault` tells what has failed of the card that it
    is on, once that has.
    """

    def __init__(
        self,
        lane: Lane,
        name: str,
        capabilities: Capabilities | None = None,
        fault: Fault = no_fault,
    ) -> None:
        self.lane = lane
        self.fault = fault
        self.name = name
        self.capabilities = capabilities or Capabilities.of_lane(lane)
        self._secret_steps = 0
        self._secret_awaited = False  # a collect has armed the step: its secret is still to come

    def __repr__(self) -> str:
        return f"<Channel {self.name}>"

    async def play(
        self,
        segments: Sequence[bytes],
        until: Until = FOR_EVER,
        *,
        controls: Controls = NO_CONTROLS,
    ) -> Outcome:
        """Play pieces of A-law octets one after the other, without a gap.

        The digits of `controls` pause it, skip, and change volume and speed; they end nothing.
        """
        self._require("play", *(("controls",) if controls.digits else ()), *_hears(until))
        return await self._operate(lambda done: self.lane.play(segments, until, done, controls))

    def pause(self) -> None:
        """Hold the play that runs at its place; raises `CardError` when nothing plays."""
        self._playing("pause").pause()

    def resume(self) -> None:
        """Let the play go on; raises `CardError` when nothing plays."""
        self._playing("pause").resume()

    def seek(self, samples: int, *, relative: bool = False) -> None:
        """Go to a place of the play that runs, counted from its beginning, or from where it is.

        It stops at both ends; behind its end it is over.  Raises `CardError` when nothing plays.
        """
        self._playing("seek").seek(samples, relative=relative)

    def volume(self, level_db: float) -> None:
        """How loud plays are sent, -60 to 24 dB: the one that runs, and those that follow."""
        self._require("volume")
        self.lane.volume(level_db)

    def speed(self, factor: float) -> None:
        """How fast plays are sent, 0.5 to 1.5, at their own pitch: now and from now on."""
        self._require("speed")
        self.lane.speed(factor)

    def set_gains(self, *, receive_db: float = 0.0, transmit_db: float = 0.0) -> None:
        """The loss plan of this channel, -60 to 24 dB each way; see `telcard.engine.Lane`."""
        self._require("gains")
        self.lane.set_gains(receive_db=receive_db, transmit_db=transmit_db)

    def cancel_echo(self, how: EchoCancelling | None) -> None:
        """Take the line's echo out of all that this channel hears; None: no longer.

        See `telcard.engine.Lane.cancel_echo`, and `lane.echo` for what was found.
        """
        self._require("echo")
        self.lane.cancel_echo(how)

    async def collect(
        self, until: Until, secret: SecretBuffer | None = None, *, then_secret: bool = False
    ) -> Outcome:
        """Collect digits, those typed ahead first; secret ones go to `secret` and nowhere else.

        With `then_secret` a secret step begins in the tick in which the collect ends, if it took a
        digit: what is keyed from then on is masked, however late the program is, and waits for the
        secret.  The next `keeping_secret` takes that step over; `give_up_secret`, or a collect that
        is not secret, ends it.
        """
        mask = ("mask",) if then_secret or secret is not None else ()
        self._require("collect", *mask, *_hears(until))
        if secret is None:
            self.give_up_secret()
        self._secret_awaited = False
        try:
            outcome = await self._operate(
                lambda done: self.lane.collect(until, done, secret, then_arm=then_secret)
            )
        except asyncio.CancelledError:
            self.give_up_secret()
            raise
        self._secret_awaited = outcome.armed
        return outcome

    async def tones(
        self, segments: Sequence[ToneSegment], repeats: int = 1, until: Until = FOR_EVER
    ) -> Outcome:
        """Send tones; `repeats` 0 is for ever."""
        self._require("tones", *_hears(until))
        return await self._operate(lambda done: self.lane.tones(segments, repeats, until, done))

    @asynccontextmanager
    async def modem(self, link: DataLink, until: Until = FOR_EVER) -> AsyncIterator[ModemLine]:
        """Run a data link: `async with channel.modem(DataLink("v23_half")) as terminal`.

        On leaving, what was written is sent before the carrier goes; an exception stops it at once.
        """
        self._require("modem")
        line = ModemLine(self.name, link)

        def done(_outcome: Outcome) -> None:
            line.ended()

        operation = self.lane.modem(link, until, done, line.told)
        try:
            yield line
            await line.closed()
        finally:
            if self.lane.is_open:
                operation.stop()

    @asynccontextmanager
    async def fax(
        self,
        dialogue: Dialogue,
        *,
        answered: bool = True,
        level_dbm0: float = LEVEL_DBM0,
        echo_tone: bool = False,
        told: Callable[[Event], None] | None = None,
        fault: Fault = no_fault,
    ) -> AsyncIterator[FaxLine]:
        """Run a fax call: `async with channel.fax(dialogue) as fax: result = await fax.ended()`.

        `told` is called with each event of `telcard.fax.t30` as it comes.  Without `answered` a
        caller waits longer for the far end (T0), of which he does not know yet who it is.  `fault`
        tells what has failed of the line, where the channel is not its own.  Nothing cancels echo
        meanwhile.  On leaving, a fax that is not over breaks off without a word.
        """
        self._require("fax")
        fax = FaxLine(
            self.name,
            dialogue,
            level_dbm0=level_dbm0,
            echo_tone=echo_tone,
            told=told,
            fault=lambda: fault() or self.fault(),
        )
        with self.echo_untouched():
            try:
                fax.begin(self.lane, answered=answered)
                yield fax
            finally:
                await fax.close()

    @contextmanager
    def echo_untouched(self) -> Iterator[None]:
        """While inside, no echo is cancelled: modems hear the line as it is (G.168 7)."""
        how, told = self.lane.echo_canceller
        if how is None:
            yield
            return
        self.lane.cancel_echo(None)
        try:
            yield
        finally:
            if self.lane.is_open:
                self.lane.cancel_echo(how, told)

    def record(
        self,
        path: Path,
        max_s: float = MAX_RECORDING_S,
        *,
        format: RecordFormat = STEREO_ALAW,
        beep: bool = False,
    ) -> Recorder:
        """Record both directions to a stereo A-law WAV (left: received, right: sent), or as
        `format` says; with `beep` the line hears a tone of 200 ms before it begins.

        Raises `MediaError` when the file cannot be written, `CardError` where there is no sound.
        """
        self._require("record", *_needs(format), *(("beep",) if beep else ()))
        first = self.lane.engine.sample + (BEEP_SAMPLES if beep else 0)
        return Recorder(self.lane.record(path, max_s, format=format, beep=beep), first)

    def listen(self, source: Channel | None) -> None:
        """Send what `source` receives, or stop doing so, which is harmless at any time."""
        if source is not None:
            self._require("listen")
            self.lane.listen(source.lane)
        elif self.lane.is_open:
            self.lane.listen(None)

    def monitor(self, other: Channel | None) -> None:
        """Send what `other` receives and sends, unheard, or stop doing so.

        Its secrets are masked here as they are everywhere.  Ends what was listened to before.
        """
        if other is None:
            self.listen(None)
            return
        self._require("monitor")
        self.lane.monitor(other.lane)

    @asynccontextmanager
    async def keeping_secret(self) -> AsyncIterator[None]:
        """While inside, the inbound leg is masked for recorder, listeners and taps.

        What was typed ahead is discarded, but for what was keyed since `collect(then_secret=True)`
        has armed the step.  On leaving, masking goes on until the last tone has ended.  One step
        may lie within another: the outermost decides how long it lasts.
        """
        self._require("mask")
        if self._secret_awaited:
            pass  # masked already, and what waits is the beginning of the secret
        elif self._secret_steps:
            self.lane.clear_digits()
        else:
            self.lane.arm_secret()
        self._secret_steps += 1
        try:
            yield
        finally:
            self._secret_steps -= 1
            self.give_up_secret()

    def give_up_secret(self) -> None:
        """End the secret step that a collect has armed and nobody keeps; harmless without one."""
        if not self._secret_steps and self.lane.is_open and self.lane.secret_armed:
            self._secret_awaited = False
            self.lane.disarm_secret()

    def detect(
        self,
        hearing: str,
        heard: Callable[[ToneEvent], None] | None,
        *,
        templates: Sequence[ToneTemplate] = (),
        profile: SteadyProfile | VoiceProfile | None = None,
    ) -> None:
        """Call `heard` with the signals, tones or speech that a detector beside DTMF hears; None
        ends it, which is harmless at any time.

        `hearing`, `templates` and `profile`: see `telcard.engine.Lane.detect`.
        """
        if heard is not None:
            self._require("detect")
        if heard is not None or self.lane.is_open:
            self.lane.detect(hearing, heard, templates=templates, profile=profile)

    def on_digit(self, callback: Callable[[DigitEvent], None]) -> None:
        """Call `callback` with each digit outside secret steps, as soon as it is certain."""
        self.lane.on_digit(callback)

    def on_mask(self, callback: Callable[[bool, int], None]) -> None:
        """Call `callback(masked, sample)` when masking begins or has ended."""
        self.lane.on_mask(callback)

    def on_stuck(self, callback: Callable[[], None]) -> None:
        """Call `callback` when an operation has stood still for `telcard.engine.STUCK_S`.

        Nothing but closing the lane ends it then.
        """
        self.lane.on_stuck(callback)

    def clear_digits(self) -> None:
        """Forget the digits typed ahead."""
        self.lane.clear_digits()

    def query(self) -> LaneState:
        """What the channel is doing now."""
        return self.lane.query()

    def _require(self, *wanted: str) -> None:
        self.capabilities.require(self.name, *wanted)

    def _playing(self, wanted: str) -> Operation:
        self._require(wanted)
        operation = self.lane.operation
        if operation is None or operation.doing != "play":
            raise CardError(f"{self.name}: cannot {wanted}, nothing plays")
        return operation

    async def _operate(self, start: Callable[[Callable[[Outcome], None]], Operation]) -> Outcome:
        operation: Operation | None = None

        def begin(done: Callable[[Outcome], None]) -> None:
            nonlocal operation
            operation = start(done)

        def stop() -> None:
            if operation is not None and self.lane.is_open:
                operation.stop()

        return await _called_back(begin, stop)


def _hears(until: Until) -> Iterator[str]:
    """Capabilities that the end of an operation wants."""
    if until.tone or until.speech:
        yield "detect"


def _needs(format: RecordFormat) -> Iterator[str]:
    """Capabilities that a recording of this format wants."""
    yield "stereo_record" if format.sides == "both" else "mono_record"
    if format.coding == "pcm":
        yield "pcm_record"
    if format.container == "raw":
        yield "raw_record"
    if format.agc:
        yield "agc_record"


async def _called_back(
    start: Callable[[Callable[[T], None]], None], stop: Callable[[], None] | None = None
) -> T:
    """Start something that calls back once, and wait for what it says.

    When cancelled, stops it first and waits until it has let go.
    """
    said: asyncio.Future[T] = asyncio.get_running_loop().create_future()
    start(said.set_result)
    try:
        return await asyncio.shield(said)
    except asyncio.CancelledError:
        if not said.done():
            if stop is not None:
                stop()
            await asyncio.wait([said])
        raise
