"""The engine: lanes, spans, and the events that come back from the native tick."""

from __future__ import annotations

import heapq
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from telcard._native import engine as native
from telcard.clock import Clock, VirtualClock
from telcard.dsp.dtmf_profiles import DtmfProfile
from telcard.engine.cancelling import Cancellers, echo_told
from telcard.engine.carrier import CarrierEnd
from telcard.engine.core import EVENT_PIECE, Core, Fidelity, check_fidelity
from telcard.engine.gain import tenths_of_db
from telcard.engine.hearing import HEARING_OF, signal_name, tone_event
from telcard.engine.lane import Lane
from telcard.engine.modems import Modems
from telcard.engine.operation import Recording, open_file
from telcard.engine.quiet import NO_SOUND, Piece, QuietCore
from telcard.engine.record_format import RecordFormat
from telcard.engine.shared import Shared
from telcard.engine.span import IDLE_OCTETS, E1Line, Law, Span, check_law, timeslot_name
from telcard.engine.stats import EngineStats, RingStats
from telcard.errors import CardError, MediaError, NoResource
from telcard.signalling.framing.alarms import Alarm
from telcard.units import TICK_NS, TICK_SAMPLES

if TYPE_CHECKING:
    from telcard.engine.driver import Driver

MAX_SPANS = 128

MAX_STALL_TICKS = 1000
"""The longest stall to rehearse: 10 s."""


class Engine:
    """Runs sound: `lanes` channels at once, in ticks of 10 ms, without the GIL.

    With a `VirtualClock` it attaches itself and is stepped by the loop; otherwise a `Driver` ticks
    it in real time, and the loop watches `fileno()` and calls `poll()`.  All methods belong to
    the loop thread.

    A callback that raises does not keep the others from being called; when all of them were, the
    error is raised out of `poll()` (several as an `ExceptionGroup`).
    """

    def __init__(
        self,
        lanes: int,
        clock: Clock | None = None,
        name: str = "engine",
        fidelity: Fidelity = "sound",
        dtmf: DtmfProfile | None = None,
    ) -> None:
        if not 1 <= lanes <= 65_535:
            raise ValueError(f"{name}: want 1 to 65,535 lanes, got {lanes}")
        self.name = name
        self.fidelity = check_fidelity(fidelity)
        self.dtmf = dtmf or DtmfProfile()
        """Within which limits its lanes hear digits; those that are told, not heard, are the
        default's."""
        self.core: Core = self._make_core(lanes)
        self.modems = Modems(name, self.core)
        self.cancellers = Cancellers(name, self.core)
        self.shared = Shared(name, self.core)
        self.spans: list[Span] = []
        self.driver: Driver | None = None
        """The driver that ticks it now, if one does."""
        self._time = clock
        self._clock = clock if isinstance(clock, VirtualClock) else None
        self._lanes: list[Lane | None] = [None] * lanes
        self._generations = [0] * lanes
        self._free = list(range(lanes))  # a heap: low rows first keeps groups full
        self._recordings: dict[int, Recording] = {}
        self._free_slots = list(range(2 * lanes))
        self._closed = False
        self._polling = False
        self._receivers: dict[int, Callable[..., None]] = {
            native.EVENT_BITS: self._on_bits,
            native.EVENT_DIGIT: self._on_digit,
            native.EVENT_DIGIT_END: self._on_digit_end,
            native.EVENT_DONE: self._on_done,
            native.EVENT_MASK: self._on_mask,
            native.EVENT_CLOSED: self._on_closed,
            native.EVENT_ALARM: self._on_alarm,
            native.EVENT_STUCK: self._on_stuck,
            native.EVENT_HEARD: self._on_heard,
            native.EVENT_LINK: self.modems.told,
            native.EVENT_ECHO: self._on_echo,
            native.EVENT_FRAMES: self._on_frames,
            native.EVENT_TAP: self._on_tap,
            native.EVENT_RECORDED: self._on_recorded,
            EVENT_PIECE: self._on_piece,
        }
        if self._clock is not None:
            self._clock.attach(self)

    def _make_core(self, lanes: int) -> Core:
        if self.fidelity == "events":
            return QuietCore(lanes, MAX_SPANS, self.name)
        return native.Core(lanes, MAX_SPANS, asdict(self.dtmf))

    # Lines and lanes

    def plug(
        self,
        line: E1Line,
        end: int,
        name: str = "",
        *,
        law: Law | None = None,
        idle: int | None = None,
    ) -> Span:
        """Plug `end` (0 or 1) of a line in.

        The span codes by `law`, the line's unless given, and sends the octet `idle`, that of the
        law unless given, where nobody speaks.  Inside the engine all sound is A-law: u-law is
        converted at the span, by tables 3 and 4 of ITU-T G.711.

        Raises `CardError` when that end is plugged in already, or the other one into an engine of
        another fidelity, `NoResource` when all sockets are taken.
        """
        self._check_usable()
        if end not in (0, 1):
            raise ValueError(f"E1 line: want end 0 or 1, got {end}")
        law = line.law if law is None else check_law(law)
        idle = IDLE_OCTETS[law] if idle is None else idle
        if not 0 <= idle <= 0xFF:
            raise ValueError(f"idle: want an octet, 0 to 0xFF, got {idle}")
        if line.ends[end] is not None:
            raise CardError(f"{self.name}: end {end} of the line is plugged into {line.ends[end]}")
        if line.fidelity not in (None, self.fidelity):
            raise CardError(
                f"{self.name}: want a line that carries {self.fidelity}, this one carries "
                f"{line.fidelity}"
            )
        index = len(self.spans)
        if index == MAX_SPANS:
            raise NoResource(f"{self.name}: all {MAX_SPANS} sockets are taken")
        framing = None if line.framing is None else line.framing[end]
        memory = None
        if framing is not None and self.fidelity == "sound":
            memory = framing.as_native()
        self.give(self.core.plug(index, line, end, law == "u-law", idle, memory))
        name = name or f"{self.name} span {index + 1}"
        span = Span(self, index, line, end, name, law, idle)
        if framing is not None:
            span.timeslots = framing.timeslots
            span.carrier = None if memory is None else CarrierEnd(span, framing, memory)
        line.ends[end], line.fidelity = span.name, self.fidelity
        line.spans[end] = span
        self.spans.append(span)
        return span

    def open_lane(
        self, span: Span, timeslot: int, *, digits: int = 31, detect: bool = True
    ) -> Lane:
        """Open a lane on a timeslot of a span.

        `digits` is the size of its type-ahead buffer (1..64); `detect` whether it listens for DTMF.
        Its gains are those of the span, until `Lane.set_gains`, and so is its echo canceller.
        Raises `NoResource` when no lane is left, `CardError` when the timeslot has one already.
        """
        self._check_usable()
        if span.engine is not self:
            raise CardError(f"{self.name}: {span.name} belongs to {span.engine.name}")
        span.claim(timeslot)
        where = timeslot_name(span, timeslot)
        lane = span.lanes[timeslot] = self._open(where, span, timeslot, digits, detect)
        if span.echo is not None and self.fidelity == "sound":  # without sound there is none
            lane.cancel_echo(span.echo)
        return lane

    def open_resource(self, name: str, *, digits: int = 31, detect: bool = True) -> Lane:
        """Open a lane without a line, for a device called `name`: a fax channel, music on hold.

        It receives what it listens to, and what its operations send is heard by those who listen
        to it.  `digits` and `detect` are those of `open_lane`.  Raises `NoResource` when no lane
        is left.
        """
        self._check_usable()
        return self._open(name, None, 0, digits, detect)

    def _open(
        self, where: str, span: Span | None, timeslot: int, digits: int, detect: bool
    ) -> Lane:
        if not 1 <= digits <= native.DIGITS_MAX:
            raise ValueError(f"digits: want 1 to {native.DIGITS_MAX}, got {digits}")
        if not self._free:
            raise NoResource(f"{self.name}: all {len(self._lanes)} lanes are taken")
        index = self._free[0]
        generation = self._generations[index] + 1
        place, receive_db, transmit_db = native.NO_SPAN, 0.0, 0.0
        if span is not None:
            place, receive_db, transmit_db = span.index, span.receive_db, span.transmit_db
        gains = tenths_of_db("receive_db", receive_db), tenths_of_db("transmit_db", transmit_db)
        self.give(self.core.open(index, place, timeslot, generation, digits, detect, *gains))
        heapq.heappop(self._free)
        self._generations[index] = generation
        lane = self._lanes[index] = Lane(self, index, generation, where, span, timeslot, detect)
        return lane

    def close_lane(self, lane: Lane) -> None:
        """`Lane.close` asks for it; the row is free when the native side has said so."""
        self.give(self.core.close(lane.index))
        self.cancellers.closed(lane)
        self.shared.close(lane)
        if lane.span is not None:
            del lane.span.lanes[lane.timeslot]

    def move_lane(self, lane: Lane, span: Span, timeslot: int) -> None:
        """Let an open lane serve another timeslot from the next tick on.

        Whatever goes on goes on: operations, recording, who hears whom.  Gains stay; echo
        cancelling begins anew.  What is on its way on the old timeslot is lost: the 10 ms that a
        line takes.  Raises `CardError` for a lane without a line, and when the timeslot is in use.
        """
        self._check_usable()
        lane.check_open()
        where = timeslot_name(span, timeslot)
        if lane.span is None:
            raise CardError(f"{lane}: cannot move to {where}, it has no line")
        if span.engine is not self:
            raise CardError(f"{self.name}: {span.name} belongs to {span.engine.name}")
        span.claim(timeslot)
        self.give(self.core.move(lane.index, span.index, timeslot))
        del lane.span.lanes[lane.timeslot]
        span.lanes[timeslot] = lane
        lane.name, lane.span, lane.timeslot = where, span, timeslot
        self.cancellers.moved(lane)

    def start_recording(
        self, lane: Lane, path: Path, ticks: int, format: RecordFormat, beep: bool
    ) -> Recording:
        """`Lane.record` asks for it."""
        if self.fidelity == "events":
            raise CardError(f"{lane}: cannot record, {NO_SOUND}")
        if not self._free_slots:
            raise NoResource(f"{self.name}: all recordings are taken")
        slot = self._free_slots[-1]
        fd = open_file(path)
        error = self.core.open_recording(slot, fd, *format.as_native())
        if error:
            os.close(fd)
            raise MediaError(f"recording {path}: {os.strerror(error)}")
        accepted = self.core.record(lane.index, slot, ticks, beep)
        if not accepted:
            self.core.abandon_recording(slot)
        self.give(accepted)
        self._free_slots.pop()
        self._recordings[slot] = Recording(lane, slot, path, format)
        return self._recordings[slot]

    @property
    def open_lanes(self) -> tuple[Lane, ...]:
        """The lanes that are open, by row."""
        return tuple(lane for lane in self._lanes if lane is not None and lane.is_open)

    @property
    def free_lanes(self) -> int:
        """How many lanes could be opened now."""
        return len(self._free)

    def give(self, accepted: bool) -> None:
        """Complain when the native side did not accept a command: its ring is full."""
        if not accepted:
            raise NoResource(
                f"{self.name}: the command ring is full, "
                + ("the driver does not keep up" if self.driven else "nobody ticks the engine")
            )

    # Time

    def due(self) -> bool:
        """Whether the next tick has work: a lane is open, a command waits, bits have changed."""
        return not self._closed and self.core.due()

    def next_tick(self, first: int) -> int | None:
        """The first tick, not before `first`, that has work; None when nothing waits for one."""
        return None if self._closed else self.core.next_tick(first)

    def step(self, tick: int) -> None:
        """Run tick number `tick` on this thread and deliver its events; for virtual time."""
        if self.driven:
            raise CardError(f"{self.name}: a driver ticks it already")
        if self.core.tick(tick):
            self.poll()

    def fileno(self) -> int:
        """Becomes readable when `poll()` has something to deliver; for the loop's `add_reader`."""
        return self.core.fileno()

    def poll(self) -> None:
        """Deliver everything that has happened."""
        errors: list[Exception] = []
        self.core.awake()
        self._polling = True
        try:
            for event in self.core.poll():
                try:
                    self._receivers[event[0]](*event[1:])
                except Exception as error:
                    errors.append(error)
        finally:
            self._polling = False
        if len(errors) == 1:
            raise errors[0]
        if errors:
            raise ExceptionGroup(f"{self.name}: {len(errors)} callbacks failed", errors)

    def jam_events(self, jammed: bool) -> None:
        """Let the event ring behave as if it were full, or no longer; a fault to rehearse.

        Digits and other things that merely inform are lost then, and counted
        (`stats().events.lost`); outcomes, bits and alarms come when it is over.
        """
        self.give(self.core.jam(jammed))

    def stall(self, ticks: int) -> None:
        """Stand still for so many ticks and make up for them afterwards; a fault to rehearse.

        That is what a machine does whose processor was busy elsewhere (`stats().ticks_late`).
        """
        if not 1 <= ticks <= MAX_STALL_TICKS:
            raise ValueError(f"{self.name}: want 1 to {MAX_STALL_TICKS} ticks, got {ticks}")
        self.give(self.core.stall(ticks))

    @property
    def driven(self) -> bool:
        """Whether a driver ticks it in real time."""
        return self.driver is not None

    @property
    def is_virtual(self) -> bool:
        """Whether a virtual clock steps it."""
        return self._clock is not None

    @property
    def sample(self) -> int:
        """Position of the first sample of the next tick."""
        tick = self.core.last_tick()
        if self.fidelity == "events" and self._time is not None:
            tick = max(tick, self._time.now() // TICK_NS)  # ticks without work are not run
        return (tick + 1) * TICK_SAMPLES

    def stats(self) -> EngineStats:
        """How the engine has been doing."""
        ticks, total_ns, max_ns, p999_ns = self.core.tick_times()
        rings = {name: RingStats(*numbers) for name, numbers in self.core.rings().items()}
        return EngineStats(
            lanes=len(self._lanes),
            lanes_open=len(self.open_lanes),
            ticks=ticks,
            ticks_late=self.core.late(),
            tick_us_mean=total_ns / ticks / 1000 if ticks else 0.0,
            tick_us_p999=p999_ns / 1000,
            tick_us_max=max_ns / 1000,
            digits_lost=sum(self.core.status(index)[6] for index in range(len(self._lanes))),
            commands=rings["commands"],
            events=rings["events"],
            taps=rings["taps"],
            recordings=rings["recordings"],
        )

    def close(self) -> None:
        """Close every lane, run a last tick, deliver the last events, and pull out the lines.

        A driver must have been stopped before.
        """
        if self._closed:
            return
        if self.driven:
            raise CardError(f"{self.name}: stop its driver before closing it")
        if self._polling:
            raise CardError(f"{self.name}: cannot close from a callback")
        self._closed = True
        if self._clock is not None:
            self._clock.detach(self)
        for lane in self.open_lanes:
            lane.close()
        errors: list[Exception] = []
        self.core.jam(False)
        for span in self.spans:
            for dchannel in tuple(span.dchannels.values()):
                dchannel.close()
            self.core.unplug(span.index)
            span.line.pull(span.end)
        while self.core.due() or any(lane is not None for lane in self._lanes):
            try:
                self.step(self.core.last_tick() + 1)
            except Exception as error:
                errors.append(error)
        if errors:
            raise ExceptionGroup(f"{self.name}: callbacks failed while closing", errors)

    def _check_usable(self) -> None:
        if self._closed:
            raise CardError(f"{self.name}: the engine is closed")

    # Events

    def _lane(self, index: int) -> Lane:
        lane = self._lanes[index]
        assert lane is not None
        return lane

    def _on_bits(self, span: int, timeslot: int, abcd: int, sample: int) -> None:
        self.spans[span].bits_changed(timeslot, abcd, sample)

    def _on_alarm(self, span: int, alarms: int) -> None:
        self.spans[span].alarms_changed(Alarm(alarms))

    def _on_frames(self, span: int, timeslot: int) -> None:
        self.spans[span].frames_came(timeslot)

    def _on_stuck(self, index: int, operation: int) -> None:
        self._lane(index).operation_stuck(operation)

    def _on_digit(self, index: int, *rest: Any) -> None:
        self._lane(index).tells.digit_accepted(*rest)

    def _on_digit_end(self, index: int, *rest: Any) -> None:
        self._lane(index).tells.digit_ended(*rest)

    def _on_heard(
        self, index: int, number: int, phase: int, signal: int, sample: int, *rest: Any
    ) -> None:
        lane, hearing = self._lane(index), HEARING_OF[number]
        if hearing == "tones" or hearing == "voice":
            name = self.shared.name_of(lane, hearing, signal, sample)
        else:
            name = signal_name(hearing, signal)
        if name is not None:
            lane.tells.tone_heard(tone_event(hearing, name, phase, sample, *rest))

    def _on_echo(self, index: int, kind: int, sample: int) -> None:
        self._lane(index).tells.echo_told(echo_told(kind, sample))

    def _on_done(self, index: int, *rest: Any) -> None:
        self._lane(index).operation_ended(*rest)

    def _on_mask(self, index: int, *rest: Any) -> None:
        self._lane(index).tells.mask_changed(*rest)

    def _on_closed(self, index: int) -> None:
        self._lanes[index] = None
        heapq.heappush(self._free, index)

    def _on_tap(self, index: int, generation: int, sample: int, octets: bytes) -> None:
        lane = self._lanes[index]
        if lane is not None and lane.generation == generation:
            lane.tells.tapped(octets, sample)

    def _on_piece(self, index: int, generation: int, piece: Piece) -> None:
        lane = self._lanes[index]
        if lane is not None and lane.generation == generation:
            lane.tells.piece_told(piece)

    def _on_recorded(self, slot: int, *rest: Any) -> None:
        self._free_slots.append(slot)
        self._recordings.pop(slot).lane.recording_ended(*rest)

    def __repr__(self) -> str:
        return f"<Engine {self.name}: {len(self.open_lanes)} of {len(self._lanes)} lanes open>"


def native_core(engine: Engine) -> native.Core:
    """The half of an engine that runs the sound, for benchmarks; CardError where there is none."""
    if not isinstance(engine.core, native.Core):
        raise CardError(f"{engine.name}: want an engine with sound, {NO_SOUND}")
    return engine.core
