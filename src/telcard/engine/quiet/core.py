"""The half that runs, without sound: commands, ticks and events as the native one has them.

Within a tick the order is the native one's: commands, then what the lines bring, then every lane
that has something to do hears, then it sends, then the lines are written.  Ticks in which no lane
has anything to do are not asked for.
"""

from __future__ import annotations

import heapq
import os
import weakref
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from telcard._native import engine as native
from telcard.dsp.mf import MfSystem
from telcard.engine.quiet.dchannel import QuietDChannel
from telcard.engine.quiet.lane import IDLE, PLAY, TONES, QuietLane
from telcard.engine.quiet.span import QuietSpan
from telcard.engine.quiet.track import of_octets, of_tones
from telcard.errors import CardError

if TYPE_CHECKING:
    from telcard.engine.span import E1Line

_row = attrgetter("index")

_EARS: dict[int, MfSystem] = {
    native.HEARINGS["r1"]: "r1",
    native.HEARINGS["r2_forward"]: "r2_forward",
    native.HEARINGS["r2_backward"]: "r2_backward",
}

NO_SOUND = "it carries events and no sound (fidelity 'events')"


class QuietCore:
    """Commands in, ticks, events out; a `Core`.

    `on_plan` is called when there is work sooner than was known: whoever ticks it in real time
    wants to hear of that.
    """

    def __init__(self, lanes: int, spans: int, name: str) -> None:
        self.on_plan: Callable[[], None] | None = None
        self._name = name
        self._lanes: list[QuietLane | None] = [None] * lanes
        self._spans: list[QuietSpan | None] = [None] * spans
        self._commands: list[tuple[Callable[..., None], tuple[Any, ...]]] = []
        self._high_water = 0
        self._events: list[tuple[Any, ...]] = []
        self._plan: list[tuple[int, int]] = []  # a heap of (tick, lane); some are out of date
        self._wakes: dict[int, int] = {}  # by lane: its tick in the plan that counts
        self._lines: list[tuple[int, int]] = []  # a heap of (tick, span) with news
        self._touched: set[int] = set()  # lanes that this tick's commands were for
        self._judged: set[int] = set()  # spans whose state this tick's commands have changed
        self._written: set[int] = set()  # spans with something to send
        self._tick = 0
        self._ticks = 0
        self._fd = -1

    # Commands: kept until the next tick, as the native ring keeps them.

    def _give(self, command: Callable[..., None], *args: Any) -> bool:
        self._commands.append((command, args))
        if len(self._commands) == 1 and self.on_plan is not None:
            self.on_plan()
        return True

    def plug(
        self,
        span: int,
        line: E1Line,
        end: int,
        ulaw: bool,
        idle: int,
        carrier: native.Carrier | None,
    ) -> bool:
        """A cable is plugged in; how octets are coded and framed on it makes no difference."""
        self._spans[span] = QuietSpan(line.wires, end)
        return self._give(self._plug, span)

    def unplug(self, span: int) -> bool:
        """The cable is pulled."""
        return self._give(self._unplug, span)

    def cut(self, span: int, received: int, sent: int) -> bool:
        """Break the line, either way."""
        return self._give(self._cut, span, received, sent)

    def drift(self, span: int, parts: int) -> bool:
        """The line's clock is off; nobody hears it, but slips are counted."""
        return self._give(self._drift, span, parts)

    def slip(self, span: int, octets: int) -> bool:
        """Refused: there are no octets."""
        raise CardError(f"{self._name}: cannot slip octets, {NO_SOUND}")

    def lose(self, span: int, bits: int) -> bool:
        """Refused: there are no bits."""
        raise CardError(f"{self._name}: cannot lose bits, {NO_SOUND}")

    def loop(self, span: int, kind: int) -> bool:
        """Refused: there is nothing to send back."""
        raise CardError(f"{self._name}: cannot loop a line, {NO_SOUND}")

    def say(self, span: int, what: int, value: int) -> bool:
        """Refused: there is no data link."""
        raise CardError(f"{self._name}: cannot use a data link, {NO_SOUND}")

    def errors(self, span: int, seed: int, threshold: int, burst: int) -> bool:
        """Refused, but for none."""
        if threshold:
            raise CardError(f"{self._name}: cannot turn bits of octets, {NO_SOUND}")
        return True

    def line_counts(self, span: int) -> tuple[int, int, int]:
        """(slips, timeslots recentred, wrong bits)."""
        return self._span(span).slips(self._tick), 0, 0

    def copper(self, lane: int, copper: object, cut_through: bool) -> bool:
        """Refused, but for none."""
        if copper is not None:
            raise CardError(f"{self._name}: cannot lay a line that changes sound, {NO_SOUND}")
        return True

    def stick(self, lane: int, on: bool) -> bool:
        """Let no operation advance."""
        return self._give(self._stick, lane, on)

    def jam(self, on: bool) -> bool:
        """Refused, but for its end: events pass no ring."""
        if on:
            raise CardError(f"{self._name}: cannot jam its events, they pass no ring")
        return True

    def stall(self, ticks: int) -> bool:
        """Refused: it has no ticks to be late with."""
        raise CardError(f"{self._name}: cannot stall, it ticks only when something happens")

    def set_bits(self, span: int, timeslot: int, abcd: int) -> bool:
        """Send these ABCD bits."""
        return self._give(self._set_bits, span, timeslot, abcd)

    def open_dchannel(
        self, span: int, timeslot: int, width: int, marks: bool, least: int, most: int
    ) -> QuietDChannel:
        """Run a D-channel on a timeslot."""

        def give(frame: bytes) -> None:
            self._give(self._begin_frame, span, timeslot, channel, frame)

        channel = QuietDChannel(width, marks, least, most, give)
        self._give(self._open_dchannel, span, timeslot, channel)
        return channel

    def close_dchannel(self, span: int, timeslot: int) -> bool:
        """No longer."""
        return self._give(self._close_dchannel, span, timeslot)

    def open(
        self,
        lane: int,
        span: int,
        timeslot: int,
        generation: int,
        digits: int,
        detects: bool,
        receive: int,
        transmit: int,
    ) -> bool:
        """Open a lane; `span` NO_SPAN makes it a resource.  Gains make no difference."""
        return self._give(self._open, lane, span, timeslot, generation, digits, detects)

    def move(self, lane: int, span: int, timeslot: int) -> bool:
        """Give a line's lane another timeslot."""
        return self._give(self._move, lane, span, timeslot)

    def play(
        self,
        lane: int,
        operation: int,
        until: native.Conditions,
        list: native.Playlist,
        controls: native.Controls,
    ) -> bool:
        """Begin a play."""
        track = of_octets(list.given)
        return self._give(self._start, lane, PLAY, operation, until, track, controls)

    def collect(
        self,
        lane: int,
        operation: int,
        until: native.Conditions,
        secret: native.Secret | None,
        then_arm: bool,
    ) -> bool:
        """Begin a collect, whose end may begin a secret step."""
        return self._give(self._collect, lane, operation, until, secret, then_arm)

    def tones(
        self, lane: int, operation: int, until: native.Conditions, tones: native.Tones
    ) -> bool:
        """Begin tones."""
        track = of_tones(tones.given, tones.repeats)
        return self._give(self._start, lane, TONES, operation, until, track, None)

    def pause(self, lane: int, operation: int) -> bool:
        """Hold a play at its place."""
        return self._give(self._pause, lane, operation, True)

    def resume(self, lane: int, operation: int) -> bool:
        """Let it go on."""
        return self._give(self._pause, lane, operation, False)

    def seek(self, lane: int, operation: int, samples: int, relative: bool) -> bool:
        """Go to another place of it."""
        return self._give(self._seek, lane, operation, samples, relative)

    def volume(self, lane: int, tenths: int) -> bool:
        """Kept, and told by `status`: nobody hears it."""
        return self._give(self._volume, lane, tenths)

    def speed(self, lane: int, percent: int) -> bool:
        """What is played lasts shorter, or longer."""
        return self._give(self._speed, lane, percent)

    def gains(self, lane: int, receive: int, transmit: int) -> bool:
        """Nobody hears them."""
        return True

    def listen(self, lane: int, source: int, what: int) -> bool:
        """Listen to the lane `source`, -1 for none; `what` is one of HEARS_*."""
        if what == native.HEARS_BOTH:
            raise CardError(f"{self._name}: cannot add two sounds for a monitor, {NO_SOUND}")
        return self._give(self._listen, lane, source, what == native.HEARS_SENT)

    def hear(self, lane: int, hearing: int, wanted: bool) -> bool:
        """Hear signals of R1 and R2, which tones without sound can be; all else is refused."""
        system = _EARS.get(hearing)
        if system is not None:
            return self._give(self._listen_for, lane, hearing, system if wanted else None)
        raise CardError(f"{self._name}: cannot detect tones, {NO_SOUND}")

    def tap(self, lane: int, delayed: bool) -> bool:
        """Refused: there are no octets."""
        raise CardError(f"{self._name}: cannot tap octets, {NO_SOUND}")

    def tap_pieces(self, lane: int, every: int) -> bool:
        """Tell the pieces that the lane receives, every so many ticks."""
        return self._give(self._tap, lane, every)

    def untap(self, lane: int) -> bool:
        """Tell them no more."""
        return self._give(self._tap, lane, 0)

    def open_recording(
        self, slot: int, fd: int, sides: int, coding: int, raw: bool, agc: bool
    ) -> int:
        """Refused: there is nothing to record."""
        raise self._no_recording()

    def abandon_recording(self, slot: int) -> None:
        """Refused."""
        raise self._no_recording()

    def record(self, lane: int, slot: int, ticks: int, beep: bool) -> bool:
        """Refused."""
        raise self._no_recording()

    def stop_recording(self, lane: int) -> bool:
        """Refused."""
        raise self._no_recording()

    def _no_recording(self) -> CardError:
        return CardError(f"{self._name}: cannot record, {NO_SOUND}")

    def close(self, lane: int) -> bool:
        """Close a lane."""
        return self._give(self._close, lane)

    def stop(self, lane: int, operation: int) -> bool:
        """Stop an operation, if it still runs."""
        return self._give(self._stop, lane, operation)

    def clear_digits(self, lane: int) -> bool:
        """Empty the type-ahead buffer."""
        return self._give(self._clear_digits, lane)

    def arm(self, lane: int) -> bool:
        """A secret step begins."""
        return self._give(self._arm, lane)

    def disarm(self, lane: int) -> bool:
        """It is over."""
        return self._give(self._disarm, lane)

    # Time

    def due(self) -> bool:
        """Whether the next tick has work."""
        first = self._tick + 1
        return self.next_tick(first) == first

    def late(self) -> int:
        """Ticks that a stall delayed: none."""
        return 0

    def next_tick(self, first: int) -> int | None:
        """The first tick from `first` on that has work."""
        if self._commands:
            return first
        found = self.planned()
        return found if found is None or found > first else first

    def planned(self) -> int | None:
        """The first tick in which something happens by itself."""
        plan, wakes = self._plan, self._wakes
        while plan and wakes.get(plan[0][1]) != plan[0][0]:
            heapq.heappop(plan)
        found = plan[0][0] if plan else None
        if self._lines and (found is None or self._lines[0][0] < found):
            found = self._lines[0][0]
        return found

    @property
    def commands_wait(self) -> bool:
        """Whether commands wait for the next tick."""
        return bool(self._commands)

    def plan_line(self, span: int, tick: int) -> None:
        """A line has news for `tick`."""
        heapq.heappush(self._lines, (tick, span))
        if self.on_plan is not None:
            self.on_plan()

    def tick(self, tick: int) -> bool:
        """Run one tick; whether events wait."""
        self._tick = tick
        self._ticks += 1
        touched = self._touched
        if self._commands:
            commands, self._commands = self._commands, []
            self._high_water = max(self._high_water, len(commands))
            for command, args in commands:
                command(*args)
        if self._judged or (self._lines and self._lines[0][0] <= tick):
            self._read_lines(tick)
        plan = self._plan
        while plan and plan[0][0] <= tick:
            planned, index = heapq.heappop(plan)
            if self._wakes.get(index) == planned:
                touched.add(index)
        if touched:
            self._run(tick, touched)
            touched.clear()
        if self._written:
            for index in sorted(self._written):
                self._span(index).write(tick)
            self._written.clear()
        return bool(self._events)

    def last_tick(self) -> int:
        """The last that ran."""
        return self._tick

    def poll(self) -> list[tuple[Any, ...]]:
        """The events that wait."""
        events, self._events = self._events, []
        return events

    def fileno(self) -> int:
        """A descriptor for the loop that never becomes readable: events come with the tick."""
        if self._fd < 0:
            self._fd = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
            weakref.finalize(self, os.close, self._fd)
        return self._fd

    def awake(self) -> None:
        """Nothing to do: nobody was woken."""

    def status(self, lane: int) -> tuple[int, int, int, bool, int, int, int, int, bool, int, int]:
        """As `Core.status`; of a row without a lane, what is left there is nothing."""
        return self.status_at(lane, self._tick)

    def status_at(
        self, lane: int, tick: int
    ) -> tuple[int, int, int, bool, int, int, int, int, bool, int, int]:
        """`status` at a later tick, none between which had any work: silence has gone on."""
        state = self._lanes[lane]
        if state is None:
            return IDLE, 0, 0, False, 0, 0, 0, 0, False, 0, 100
        return state.status(max(tick, self._tick))

    def tick_times(self) -> tuple[int, int, int, int]:
        """How many ticks ran; the time they took is the loop's and not told apart."""
        return self._ticks, 0, 0, 0

    def rings(self) -> dict[str, tuple[int, int, int]]:
        """There are no rings: nothing overflows, nothing is lost."""
        none = (0, 0, 0)
        commands = (0, self._high_water, 0)
        return {"commands": commands, "events": none, "taps": none, "recordings": none}

    # The tick

    def _run(self, tick: int, touched: set[int]) -> None:
        tell = self._events.append
        lanes = [lane for index in touched if (lane := self._lanes[index]) is not None]
        if any(lane.listeners for lane in lanes):
            # Whoever listens to one that hears something new has it in the same tick.
            lanes = list({*lanes, *(other for lane in lanes for other in lane.listeners)})
        if len(lanes) > 1:
            lanes.sort(key=_row)
        for lane in lanes:
            if lane.is_resource and (value := lane.early_value()) != lane.received:
                lane.receive(tick, value)
        for lane in lanes:
            lane.hear(tick, tell)
        for lane in lanes:  # a secret step that has begun in this very tick
            if lane.is_resource and lane.source is not None and lane.source.armed_now:
                lane.receive(tick, None)
        late: list[QuietLane] = []
        for lane in lanes:
            lane.pieces(tick, tell)
            if lane.span != native.NO_SPAN:
                self._send(tick, lane)
            if lane.speech != lane.sound:
                lane.sound = lane.speech
                late += [other for other in lane.listeners if other.is_resource]
            if lane.closing:
                self._wakes.pop(lane.index, None)
                self._lanes[lane.index] = None
                tell((native.EVENT_CLOSED, lane.index))
            else:
                self._set_wake(lane.index, lane.wake(tick))
        for lane in late:  # a resource hears a sound in the tick after it was made
            self._set_wake(lane.index, tick + 1)

    def _set_wake(self, index: int, wake: int) -> None:
        if self._wakes.get(index, 0) == wake:
            return
        if wake:
            self._wakes[index] = wake
            heapq.heappush(self._plan, (wake, index))
        else:
            self._wakes.pop(index, None)

    def _send(self, tick: int, lane: QuietLane) -> None:
        signal = lane.sends(tick)
        if signal == lane.sent:
            return
        lane.sent = signal
        self._span(lane.span).send(tick, lane.timeslot, signal)

    def _read_lines(self, tick: int) -> None:
        found, self._judged = self._judged, set()
        while self._lines and self._lines[0][0] <= tick:
            found.add(heapq.heappop(self._lines)[1])
        for index in sorted(found):
            span = self._span(index)
            changed = span.read(tick)
            lanes = span.judge(index, tick, changed, self._events.append)
            self._touched.update(lane.index for lane in lanes)
            span.deliver(index, self._events.append)
            self._written.add(index)  # who cannot hear tells the far end
            if inbox := span.wires.inbox[span.end]:
                # Written in this very tick by an engine that runs before this one.
                heapq.heappush(self._lines, (inbox[0][0] + 1, index))

    def _span(self, index: int) -> QuietSpan:
        span = self._spans[index]
        assert span is not None, "a span was plugged in before it is spoken of"
        return span

    # Commands, when their tick has come

    def _lane(self, index: int) -> QuietLane:
        lane = self._lanes[index]
        assert lane is not None, "the loop thread sees to it"
        self._touched.add(index)
        return lane

    def _plug(self, index: int) -> None:
        span = self._span(index)
        span.wires.plug(span.end, self, index)
        self._judged.add(index)

    def _unplug(self, index: int) -> None:
        self._span(index).leave(self._tick)

    def _cut(self, index: int, received: int, sent: int) -> None:
        span = self._span(index)
        span.cut_received, span.cut_sent = received, sent
        self._judged.add(index)

    def _drift(self, index: int, parts: int) -> None:
        self._span(index).set_drift(parts, self._tick)

    def _set_bits(self, index: int, timeslot: int, abcd: int) -> None:
        self._span(index).to_send[timeslot] = abcd
        self._written.add(index)

    def _open_dchannel(self, index: int, timeslot: int, channel: QuietDChannel) -> None:
        channel.open(self._tick)
        self._span(index).dchannels[timeslot] = channel

    def _close_dchannel(self, index: int, timeslot: int) -> None:
        del self._span(index).dchannels[timeslot]

    def _begin_frame(self, index: int, timeslot: int, channel: QuietDChannel, frame: bytes) -> None:
        if self._span(index).dchannels.get(timeslot) is channel:
            ends = channel.begin(frame, self._tick)
            heapq.heappush(self._lines, (ends, index))

    def _stick(self, index: int, on: bool) -> None:
        self._lane(index).stick(self._tick, on)

    def _open(
        self, index: int, span: int, timeslot: int, generation: int, digits: int, detects: bool
    ) -> None:
        lane = QuietLane(index, generation, span, timeslot, digits, detects, self._tick)
        self._lanes[index] = lane
        self._touched.add(index)
        if lane.is_resource:
            return
        socket = self._span(span)
        socket.lanes[timeslot] = lane
        if (signal := socket.received(timeslot)) is not None:
            lane.receive(self._tick, signal)

    def _start(self, index: int, *what: Any) -> None:
        self._lane(index).start(self._tick, *what)

    def _collect(self, index: int, *what: Any) -> None:
        self._lane(index).collect(self._tick, *what)

    def _pause(self, index: int, operation: int, paused: bool) -> None:
        if self._lane(index).plays(operation):
            self._lane(index).pause(self._tick, paused)

    def _seek(self, index: int, operation: int, samples: int, relative: bool) -> None:
        if self._lane(index).plays(operation):
            self._lane(index).seek(self._tick, samples, relative)

    def _volume(self, index: int, tenths: int) -> None:
        self._lane(index).turn_to(tenths)

    def _speed(self, index: int, percent: int) -> None:
        self._lane(index).hasten(self._tick, percent)

    def _listen(self, index: int, source: int, sound: bool = False) -> None:
        lane = self._lane(index)
        lane.source_sound = sound
        if lane.source is not None:
            lane.source.listeners.discard(lane)
        lane.source = None if source < 0 else self._lanes[source]
        if lane.source is not None:
            lane.source.listeners.add(lane)

    def _move(self, index: int, span: int, timeslot: int) -> None:
        lane = self._lane(index)
        if not lane.closing:
            self._span(lane.span).lose(lane, self._tick)
            lane.span, lane.timeslot = span, timeslot
            self._span(span).gain(lane, self._tick)

    def _listen_for(self, index: int, hearing: int, system: MfSystem | None) -> None:
        self._lane(index).listen_for(self._tick, hearing, system)

    def _tap(self, index: int, every: int) -> None:
        self._lane(index).tap(self._tick, every)

    def _close(self, index: int) -> None:
        lane = self._lane(index)
        lane.closing = True
        if not lane.is_resource:
            del self._span(lane.span).lanes[lane.timeslot]
        self._listen(index, -1)
        for listener in tuple(lane.listeners):
            self._listen(listener.index, -1)

    def _stop(self, index: int, operation: int) -> None:
        self._lane(index).stop(operation)

    def _clear_digits(self, index: int) -> None:
        self._lane(index).clear_digits()

    def _arm(self, index: int) -> None:
        self._lane(index).arm(self._tick, self._events.append)

    def _disarm(self, index: int) -> None:
        self._lane(index).disarm(self._tick)
