"""A lane: one channel of sound as the engine runs it, and what happens on it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from telcard._native import engine as native
from telcard.dsp.tones import ToneSegment
from telcard.dsp.vad import VoiceProfile
from telcard.engine.cancelling import EchoCancelling, Told
from telcard.engine.controls import NO_CONTROLS, Controls
from telcard.engine.gain import percent_of_speed, tenths_of_db
from telcard.engine.hearing import Heard, Hearing, check_hearing
from telcard.engine.operation import Doing, Done, Operation, Recording, make_playlist
from telcard.engine.outcome import (
    DigitEvent,
    LaneState,
    Outcome,
    Reason,
    Recorded,
    Until,
    tick_energy_to_dbm0,
)
from telcard.engine.quiet import QuietCore
from telcard.engine.record_format import STEREO_ALAW, RecordFormat
from telcard.engine.route import Route
from telcard.engine.secret import SecretBuffer
from telcard.engine.shared import wanted_of
from telcard.engine.wiring import Wired
from telcard.errors import CardError
from telcard.units import NS, TICK_NS, TICK_SAMPLES, seconds_to_ns

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from telcard.dsp.datalink import DataLink
    from telcard.dsp.echo import EchoStatistics
    from telcard.dsp.steady import SteadyProfile
    from telcard.dsp.templates import ToneTemplate
    from telcard.engine.engine import Engine
    from telcard.engine.span import Span
    from telcard.fax.lane import FaxLane

STUCK_S = native.STUCK_TICKS * TICK_NS / NS
"""How long an operation may stand still until `Lane.on_stuck` tells so."""

_DOING: tuple[Literal["idle"] | Doing, ...] = ("idle", "play", "collect", "tones", "modem", "fax")


class Lane(Wired):
    """A channel of sound: a timeslot of a span, or a resource without a line (`span` is None),
    with a row in the engine.

    It has one foreground operation at a time (play, collect or tones), and beside it perhaps a
    recording, a tap, and a source that it listens to or monitors.  Commands apply at the next
    tick, in the order they are given.  Callbacks are called on the loop thread, from
    `Engine.poll`.  After `close()` the handle is stale: everything but `close` raises
    `StaleHandle`.
    """

    def __init__(
        self,
        engine: Engine,
        index: int,
        generation: int,
        name: str,
        span: Span | None,
        timeslot: int,
        detects: bool,
    ) -> None:
        super().__init__(engine, index, generation, name, span, timeslot, detects)
        self.hears = Route(self)
        self.operation: Operation | None = None
        self.recording: Recording | None = None
        self.secret_armed = False
        self._operations = 0
        self._awaits_speech = False  # the operation does

    # Operations

    def play(
        self,
        segments: Sequence[Buffer] | native.Playlist,
        until: Until | None = None,
        done: Done | None = None,
        controls: Controls = NO_CONTROLS,
    ) -> Operation:
        """Send A-law octets, segment after segment, just as they are.

        The segments stay pinned until the operation has ended.  A `Playlist` made once may be
        played often, and on many lanes.  Digits that end the play stay in the type-ahead buffer;
        those of `controls` never do, and end nothing.  Raises `MediaError` for what is not octets,
        `CardError` when the lane is busy.
        """
        self._check_free("play")
        playlist = segments if isinstance(segments, native.Playlist) else make_playlist(segments)
        return self.start(
            "play", self.engine.core.play, until, done, playlist, controls.as_native()
        )

    def collect(
        self,
        until: Until,
        done: Done | None = None,
        secret: SecretBuffer | None = None,
        *,
        then_arm: bool = False,
    ) -> Operation:
        """Take digits, those that wait in the type-ahead buffer first.

        With `secret` they go into that buffer and nowhere else; the secret step must be armed, and
        while it is, no other collect is possible.  Raises `CardError` for that or when busy.

        With `then_arm` a secret step is armed in the very tick in which the collect ends, as by
        `arm_secret`, however late the loop hears of it; the outcome's `armed` tells.  A collect
        that took no digit, or ended by a hang-up, arms nothing.
        """
        self._check_free("collect")
        if (secret is not None) != self.secret_armed:
            raise CardError(
                f"{self}: "
                + (
                    "a secret step is armed, collect into a SecretBuffer"
                    if self.secret_armed
                    else "arm the secret step before collecting a secret"
                )
            )
        operation = self.start("collect", self.engine.core.collect, until, done, secret, then_arm)
        if secret is not None:
            secret.collect_began()
        return operation

    def tones(
        self,
        segments: Sequence[ToneSegment],
        repeats: int = 1,
        until: Until | None = None,
        done: Done | None = None,
    ) -> Operation:
        """Send a cadence of tones `repeats` times, 0 for ever.

        Raises `CardError` when the lane is busy.
        """
        self._check_free("tones")
        if repeats < 0:
            raise ValueError(f"repeats: want 0 (for ever) or more, got {repeats}")
        tones = native.Tones([segment.as_native() for segment in segments], repeats)
        return self.start("tones", self.engine.core.tones, until, done, tones)

    def modem(
        self,
        link: DataLink,
        until: Until | None = None,
        done: Done | None = None,
        news: Callable[[], None] | None = None,
    ) -> Operation:
        """Run a data link: it hears what the lane receives, and the lane sends what it makes.

        `news` is called when it may have octets to read or room to write, or its state changed.
        When the link is over the operation ends with `Reason.END_OF_DATA`; `link.why` says more.
        Raises `CardError` when the lane is busy or carries no sound, ValueError for a link in use.
        """
        self._check_free("run a modem")
        return self.engine.modems.start(self, link, until, done, news)

    def fax(
        self,
        fax: FaxLane,
        until: Until | None = None,
        done: Done | None = None,
        news: Callable[[], None] | None = None,
    ) -> Operation:
        """Run a fax: it hears what the lane receives, and the lane sends what it makes.

        `news` is called when there is evidence to take.  It goes on until it is stopped.  Raises
        `CardError` when the lane is busy or carries no sound.
        """
        self._check_free("run a fax")
        return self.engine.modems.start_fax(self, fax, until, done, news)

    def start(
        self,
        doing: Doing,
        command: Callable[..., bool],
        until: Until | None,
        done: Done | None,
        what: Any,
        *more: Any,
    ) -> Operation:
        """Give the command that starts an operation; for this room."""
        self._operations += 1
        until = until or _TO_THE_END
        shared = self.engine.shared
        if until.tone and not shared.hears(self, "tones"):
            raise CardError(f"{self}: cannot end by a tone, it detects none")
        if until.speech and not shared.hears(self, "voice"):
            shared.join(self, VoiceProfile())
        self._awaits_speech = until.speech
        accepted = command(self.index, self._operations, until.as_native(), what, *more)
        if not accepted:
            self._stop_awaiting()
        self.engine.give(accepted)
        secret = what if isinstance(what, SecretBuffer) else None
        self.operation = Operation(self, self._operations, doing, done, secret)
        return self.operation

    def _stop_awaiting(self) -> None:
        """No operation waits for speech now; who else does keeps the detector."""
        if self._awaits_speech and "voice" not in self.tells.heard and self.is_open:
            self.engine.shared.leave(self, "voice")
        self._awaits_speech = False

    def clear_digits(self) -> None:
        """Empty the type-ahead buffer."""
        self.check_open()
        self.engine.give(self.engine.core.clear_digits(self.index))

    def on_digit(self, callback: Callable[[DigitEvent], None] | None) -> None:
        """Call `callback` when a digit is accepted, except in a secret step."""
        self.check_open()
        self.tells.digit = callback

    def on_digit_end(self, callback: Callable[[DigitEvent], None] | None) -> None:
        """Call `callback` when a digit that was reported has ended; `frames` is its length then."""
        self.check_open()
        self.tells.digit_end = callback

    def detect(
        self,
        hearing: str,
        heard: Heard | None,
        *,
        templates: Sequence[ToneTemplate] = (),
        profile: SteadyProfile | VoiceProfile | None = None,
    ) -> None:
        """From the next tick on, call `heard` with what a detector beside DTMF hears; None ends it.

        `hearing` is one of `HEARINGS`; a lane may have several, each with its callback.  It hears
        what the lane receives, and nothing while a secret step is armed: whatever sounds then, or
        has begun then, is never told.  Switched on again, it begins anew.

        "tones" hears `templates`, up to 32, which take the place of those before; `profile` says
        what counts as a tone.  "voice" hears speech, by the limits of its `profile`.  Raises
        `CardError` in an engine without sound (for all but signals of R1 and R2), `NoResource` when
        its lanes want too many different things, ValueError for what goes with another `hearing`.
        """
        self.check_open()
        known = check_hearing(hearing)
        if heard is None:
            self._detect_no_more(known)
            return
        wanted = wanted_of(known, templates, profile)
        if wanted is not None:
            self.engine.shared.join(self, wanted)
        else:
            self.engine.give(self.engine.core.hear(self.index, native.HEARINGS[known], True))
        self.tells.heard[known] = heard

    def _detect_no_more(self, hearing: Hearing) -> None:
        self.tells.heard.pop(hearing, None)
        if hearing == "tones" or (hearing == "voice" and not self._awaits_speech):
            self.engine.shared.leave(self, hearing)
        elif hearing != "voice":
            self.engine.give(self.engine.core.hear(self.index, native.HEARINGS[hearing], False))

    # Its echo

    def cancel_echo(self, how: EchoCancelling | None, told: Told | None = None) -> None:
        """From the next tick on, take out of what the line brings what it gives back of what was
        sent; None ends it, and so does closing.

        Everybody hears the rest: detectors, recorder, bridges, monitors, data links.  The line
        states after how many samples an echo comes at the earliest (`Span.transmit_to_receive`);
        the tail begins there.  A canceller begins anew whenever this is called.  `told` is called
        with each `EchoTold`.  Raises `CardError` for a lane without a line, and in an engine
        without sound; `NoResource` when there is no place for another one.
        """
        self.check_open()
        if how is None:
            self.engine.cancellers.stop(self)
        else:
            delay = 0 if self.span is None else self.span.transmit_to_receive
            self.engine.cancellers.start(self, how, delay)
        self.tells.echo = told if how is not None else None

    @property
    def echo(self) -> EchoStatistics | None:
        """What its echo canceller has found, 160 ms old at most; None without one."""
        return self.engine.cancellers.statistics(self)

    @property
    def echo_canceller(self) -> tuple[EchoCancelling | None, Told | None]:
        """What `cancel_echo` was given: how, or None, and who is told."""
        return self.engine.cancellers.how(self), self.tells.echo

    # How loud

    def volume(self, level_db: float) -> None:
        """How loud plays are sent, from the next tick on: 0 dB, as stored, until it is changed.

        It is changed along a ramp of 20 ms, so that nothing clicks, and lasts beyond the play that
        runs.  Tones and what the lane listens to keep their level.
        """
        self.check_open()
        tenths = tenths_of_db("volume", level_db)
        self.engine.give(self.engine.core.volume(self.index, tenths))

    def speed(self, factor: float) -> None:
        """How fast plays are sent, 0.5 to 1.5, in hundredths: 1 as recorded, until it is changed.

        The pitch stays; it lasts beyond the play that runs.  Positions of a play go on to count
        samples of what is played, so at 1.5 they pass faster.
        """
        self.check_open()
        self.engine.give(self.engine.core.speed(self.index, percent_of_speed("speed", factor)))

    def set_gains(self, *, receive_db: float = 0.0, transmit_db: float = 0.0) -> None:
        """The loss plan of this lane: what comes from the line and goes to it, made louder.

        Everybody (detector, recorder, taps, listeners) hears after `receive_db`; `transmit_db` is
        the last thing before the line, so recordings have the sent side without it.  At 0 dB
        octets are not touched; a change takes a ramp of 20 ms; what becomes too loud is clipped.
        Raises `CardError` for a resource, which has no line.
        """
        self.check_open()
        if self.span is None:
            raise CardError(f"{self}: cannot set gains, it has no line")
        receive = tenths_of_db("receive_db", receive_db)
        transmit = tenths_of_db("transmit_db", transmit_db)
        self.engine.give(self.engine.core.gains(self.index, receive, transmit))

    def record(
        self,
        path: str | os.PathLike[str],
        max_seconds: float = 3600.0,
        *,
        format: RecordFormat = STEREO_ALAW,
        beep: bool = False,
    ) -> Recording:
        """Record into a file, readable by its owner only: both legs, as stereo A-law WAV, or as
        `format` says.

        An existing file is replaced.  The file is valid at any time, half a second behind at most.
        With `beep` the lane first sends a tone (1,000 Hz, 200 ms, -18 dBm0) beside whatever else
        it sends, and recording begins with the sample after it.  Raises `MediaError` if the file
        cannot be written, `CardError` if the lane records already.
        """
        self.check_open()
        if self.recording is not None:
            raise CardError(f"{self}: busy recording to {self.recording.path}")
        if not 0 < max_seconds <= format.longest_s:
            raise ValueError(
                f"max_seconds: want more than 0, at most {format.longest_s:.0f}, got {max_seconds}"
            )
        ticks = -(-seconds_to_ns(max_seconds) // TICK_NS)
        self.recording = self.engine.start_recording(self, Path(path), ticks, format, beep)
        return self.recording

    def arm_secret(self) -> None:
        """From the next tick on nobody hears what the lane receives.

        Type-ahead is discarded.  Recorder and delayed taps are masked from 100 ms before.  Digits
        are still detected: they end operations, and wait for `collect(secret=...)`, but are not
        reported.  Arm before the prompt that asks for the secret.
        """
        self.check_open()
        if self.span is None:
            raise CardError(f"{self}: cannot arm a secret; arm the lane of the line it comes by")
        if self.operation is not None and self.operation.doing == "modem":
            raise CardError(f"{self}: cannot arm a secret, a modem runs")
        self.engine.give(self.engine.core.arm(self.index))
        self.secret_armed = True

    def disarm_secret(self) -> None:
        """The secret step is over: type-ahead is discarded, masking ends when it is safe.

        That is after 200 ms at the earliest, and not before tones have ended; digits until
        then are discarded.
        """
        self.check_open()
        self.engine.give(self.engine.core.disarm(self.index))
        self.secret_armed = False

    def on_mask(self, callback: Callable[[bool, int], None] | None) -> None:
        """Call `callback(masked, sample)` when masking begins (at `sample`) or has ended."""
        self.check_open()
        self.tells.mask = callback

    # Faults

    def on_stuck(self, callback: Callable[[], None] | None) -> None:
        """Call `callback` when the operation has not advanced for 2 s (`STUCK_S`).

        It will not end by itself, nor when it is stopped: only closing the lane ends it.
        """
        self.check_open()
        self.tells.stuck = callback

    def stick(self, stuck: bool = True) -> None:
        """Let no operation advance, end or be stopped from now on; a fault to rehearse.

        The row is in order again when the lane was closed.
        """
        self.check_open()
        self.engine.give(self.engine.core.stick(self.index, stuck))

    # State

    def query(self) -> LaneState:
        """What the lane does now, as of the last tick."""
        self.check_open()
        core = self.engine.core
        if isinstance(core, QuietCore):  # it has skipped the ticks without work until now
            status = core.status_at(self.index, self.engine.sample // TICK_SAMPLES - 1)
        else:
            status = core.status(self.index)
        doing, waiting, masked, loud, run, energy, lost, position, paused, volume, speed = status
        run_s = run * TICK_NS / 1e9
        return LaneState(
            doing=_DOING[doing],
            recording=self.recording is not None,
            masked=masked != 0,
            digits_waiting=waiting,
            digits_lost=lost,
            level_dbm0=tick_energy_to_dbm0(energy),
            quiet_s=0.0 if loud else run_s,
            loud_s=run_s if loud else 0.0,
            position=position,
            paused=paused,
            volume_db=volume / 10,
            speed=speed / 100,
        )

    def close(self) -> None:
        """Everything ends, with `Reason.HANG_UP`; the index returns to the pool."""
        if self.is_open:
            self.engine.close_lane(self)
            self.is_open = False
            self.hears.part()
            self.tells.close()

    # What the engine reports

    def operation_ended(
        self,
        number: int,
        reasons: int,
        digits: str,
        start: int,
        end: int,
        position: int,
        armed: bool,
    ) -> None:
        """The operation has ended."""
        operation = self.operation
        assert operation is not None
        assert operation._number == number
        self.operation = None
        self._stop_awaiting()
        self.secret_armed = self.secret_armed or armed
        operation.ended(Outcome(Reason(reasons), digits, start, end, position, armed))

    def recording_ended(self, reasons: int, error: int, missing: int, frames: int) -> None:
        """The recording's file is complete."""
        recording = self.recording
        assert recording is not None
        self.recording = None
        failure = OSError(error, os.strerror(error), str(recording.path)) if error else None
        reason = Reason(reasons) | (Reason.ERROR if error else Reason(0))
        recording.ended(Recorded(reason, frames, missing * TICK_SAMPLES, failure))

    def operation_stuck(self, number: int) -> None:
        """The operation does not advance."""
        if self.operation is not None and self.operation._number == number:
            self.tells.operation_stuck()

    def _check_free(self, wanted: str) -> None:
        self.check_open()
        if self.operation is not None:
            raise CardError(f"{self}: cannot {wanted}, busy with {self.operation.doing}")


_TO_THE_END = Until()
