"""One channel without sound: what `lane.c` does tick by tick, done when something happens.

A lane sends a `Signal` (a play, tones, or what it listens to) and receives one: that of its line,
or, as a resource without a line, that of its source.  Everything
that could become true by itself - a tone that has lasted long enough, a limit of the collector, the
end of the data - has a known tick; the lane says which is the next (`wake`), and between two such
ticks nothing needs to be done.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from telcard._native import engine as native
from telcard.dsp.mf import MfSystem, mf_code_of
from telcard.engine.core import EVENT_PIECE
from telcard.engine.quiet.detector import Detector
from telcard.engine.quiet.ear import Ear
from telcard.engine.quiet.line import Signal
from telcard.engine.quiet.track import IDLE_ENERGY, SILENCE, Piece, Stretched, Track
from telcard.units import TICK_SAMPLES

IDLE, PLAY, COLLECT, TONES = range(4)
MASK_OFF, MASK_ARMED, MASK_ENDING = range(3)

MASK_TAIL = 20
"""Ticks after disarming, or after the last tone, in which masking goes on (secret.h)."""

HISTORY = 64
"""Signals received that the meter may be behind: beyond, it catches up."""

STOPPED, HANG_UP, END_OF_DATA = 0x100, 0x8, 0x200

Tell = Callable[[tuple[Any, ...]], None]


class QuietLane:
    """A lane's state, and its two steps of a tick: `hear`, and `sends` what it sends then."""

    def __init__(
        self,
        index: int,
        generation: int,
        span: int,
        timeslot: int,
        digits: int,
        detects: bool,
        tick: int,
    ) -> None:
        self.index = index
        self.generation = generation
        self.span = span
        self.timeslot = timeslot
        self.closing = False
        self.doing = IDLE
        self.mask = MASK_OFF
        self.lost = 0
        self.is_resource = span == native.NO_SPAN
        self.source: QuietLane | None = None
        self.source_sound = False
        self.sound: Signal | None = None
        """What its operation sends, as of the last tick in which anything happened to it."""
        self.listeners: set[QuietLane] = set()
        self.received: Signal | None = None
        self.sent: Signal | None = None
        self._collector = native.Collector(digits)
        self._detector = Detector(tick * TICK_SAMPLES) if detects else None
        self._ears: dict[int, Ear] = {}  # by what they hear; of some lanes, for some seconds
        self._hears: set[int] = set()  # which of them has told a signal that lasts
        self._operation = 0
        self._started = 0
        self._stopping = False
        self._stuck = False
        self._stuck_at = 0  # the tick in which the watchdog tells so; 0: it has, or need not
        self._listens = False
        self._over = -1  # the tick in which the data end
        self._track = SILENCE  # of the last play or tones
        self._held = 0  # where a paused play stands
        self._paused = False
        self._volume = 0
        self._speed = 100
        self._placed = 0  # the tick in which what is sent began at `_held`
        self._controls: tuple[tuple[int, ...], int, int, int] | None = None
        self._then_arm = False
        self.armed_now = False
        """A secret step has begun in this tick, for a collect has ended."""
        self._speaks = False  # the operation, not the source, is what is sent
        self._signal: Signal | None = None
        self._reported = False
        self._mask_until = 0
        self._metered = tick - 1
        self._history: deque[tuple[int, Signal | None]] = deque([(tick, None)])
        self._every = 0
        self._tap_tick = 0
        self._followed: Signal | None = None  # what the tap has been told of
        self._at = 0  # up to this sample
        self._piece: Piece | None = None
        self._untold: list[Piece] = []

    # Commands; `tick` is the one about to run.

    def start(
        self,
        tick: int,
        doing: int,
        operation: int,
        until: native.Conditions,
        track: Track,
        controls: native.Controls | None,
    ) -> None:
        """A play or tones begin."""
        self._begin(tick, doing, operation, until, None)
        self._track = track
        given = None if controls is None else controls.given
        self._controls = given if given is not None and any(given[0]) else None
        self._paused = False
        self._place(tick, 0)

    def collect(
        self,
        tick: int,
        operation: int,
        until: native.Conditions,
        secret: native.Secret | None,
        then_arm: bool,
    ) -> None:
        """A collect begins; `then_arm`: if it takes a digit, its end begins a secret step."""
        self._begin(tick, COLLECT, operation, until, secret)
        self._then_arm = then_arm

    def _begin(
        self,
        tick: int,
        doing: int,
        operation: int,
        until: native.Conditions,
        secret: native.Secret | None,
    ) -> None:
        self.doing, self._operation, self._started = doing, operation, tick
        self._stopping = self._then_arm = self._speaks = False
        self._stuck_at = tick + native.STUCK_TICKS if self._stuck else 0
        self._listens = until.listens
        if until.threshold != self._collector.threshold:
            self._meter(tick - 1)
        self._collector.start(until, doing == COLLECT, tick, secret)
        self._over = -1

    def plays(self, operation: int) -> bool:
        """Whether this operation is a play that runs."""
        return self.doing == PLAY and self._operation == operation

    def pause(self, tick: int, paused: bool) -> None:
        """Hold the play at its place, or let it go on."""
        place = self._position(tick)
        self._paused = paused
        self._place(tick, place)

    def seek(self, tick: int, samples: int, relative: bool) -> None:
        """Go to another place of the play."""
        wanted = self._position(tick) + samples if relative else samples
        self._place(tick, min(max(0, wanted), self._track.frames or 0))

    def turn_to(self, tenths: int) -> None:
        """The volume."""
        self._volume = min(max(native.GAIN_MIN, tenths), native.GAIN_MAX)

    def hasten(self, tick: int, percent: int) -> None:
        """The speed of plays."""
        plays = self.doing == PLAY
        place = self._position(tick) if plays else 0
        self._speed = min(max(native.SPEED_MIN, percent), native.SPEED_MAX)
        if plays:
            self._place(tick, place)

    def _place(self, tick: int, place: int) -> None:
        """Send from this place of the track on, beginning with this tick; or stay there."""
        track, self._held, self._placed = self._track, place, tick
        self._speaks = not self._paused
        if self._paused:
            self._signal, self._over = None, -1
            return
        base = tick * TICK_SAMPLES - place
        if self.doing == PLAY and self._speed != 100:
            track = Stretched(track, place, self._speed)
            base = tick * TICK_SAMPLES - track.passed
        self._signal = (track, base)
        if track.frames is not None:
            # A player sees its end with the last octet, tones are over when none is left.
            last = base + track.frames - (self.doing == PLAY)
            self._over = max(tick, last // TICK_SAMPLES)

    def _position(self, tick: int) -> int:
        """Samples of the play that were sent before this tick."""
        if self._paused or self._signal is None:
            return self._held
        passed = (tick - self._placed) * TICK_SAMPLES * self._speed // 100
        return min(self._held + passed, self._track.frames or 0)

    def stop(self, operation: int) -> None:
        """Stop this operation, if it still runs."""
        self._stopping = self.doing != IDLE and self._operation == operation

    def stick(self, tick: int, on: bool) -> None:
        """Let no operation advance from this tick on."""
        self._stuck = on
        self._stuck_at = tick - 1 + native.STUCK_TICKS if on and self.doing else 0

    def clear_digits(self) -> None:
        """Empty the type-ahead buffer."""
        self._collector.clear()

    def arm(self, tick: int, tell: Tell) -> None:
        """A secret step begins."""
        if self.mask == MASK_OFF:
            tell((native.EVENT_MASK, self.index, True, tick * TICK_SAMPLES))
        self.mask = MASK_ARMED
        self._collector.clear()

    def disarm(self, tick: int) -> None:
        """It is over: masking goes on for a while."""
        if self.mask == MASK_ARMED:
            self.mask = MASK_ENDING
            self._mask_until = tick + MASK_TAIL
            self._collector.clear()

    def listen_for(self, tick: int, hearing: int, system: MfSystem | None) -> None:
        """Hear signals of this system from this tick on; None: no more."""
        self._hears.discard(hearing)
        if system is None:
            self._ears.pop(hearing, None)
            return
        ear = self._ears[hearing] = Ear(system, tick * TICK_SAMPLES)
        if self.received is not None:
            track, base = self.received
            ear.receive(track, base, tick * TICK_SAMPLES)

    def tap(self, tick: int, every: int) -> None:
        """Tell the pieces that are received, from this tick on, every so many ticks; 0: not."""
        self._every = every
        self._tap_tick, self._at = tick, tick * TICK_SAMPLES
        self._piece, self._followed = None, None
        self._untold.clear()

    # The tick

    def receive(self, tick: int, signal: Signal | None) -> None:
        """From this tick on something else is received."""
        sample = tick * TICK_SAMPLES
        self.received = signal
        track, base = (None, 0) if signal is None else signal
        if self._detector is not None:
            self._detector.receive(track, base, sample)
        for ear in self._ears.values():
            ear.receive(track, base, sample)
        self._history.append((tick, signal))
        if len(self._history) > HISTORY:
            self._meter(tick - 1)

    @property
    def heard(self) -> Signal | None:
        """What listeners, and the tap, get of what is received."""
        return None if self.mask != MASK_OFF else self.received

    def hear(self, tick: int, tell: Tell) -> None:
        """What happens in this tick."""
        self._speaks = self._speaks and self.doing != IDLE
        self.armed_now = False
        if self._detector is not None:
            while self._detector.due() == tick:
                self._digit(tick, tell)
        for hearing, ear in self._ears.items():
            while ear.due() == tick:
                self._register_signal(hearing, ear, tell)
        if self.mask == MASK_ENDING:
            self._unmask(tick, tell)
        if self.doing and (not self._stuck or self.closing):
            self._advance(tick, tell)
        if self.doing and self._stuck_at == tick:
            self._stuck_at = 0
            tell((native.EVENT_STUCK, self.index, self._operation))

    def sends(self, tick: int) -> Signal | None:
        """What it sends in this tick, and on until this changes."""
        if self.closing:
            return None
        if self._speaks or self.source is None:
            return self._signal
        return self.slot_value()

    def slot_value(self) -> Signal | None:
        """What a line's lane gets from the one that it listens to."""
        source = self.source
        if source is None:
            return None
        return source.speech if self._hears_sound(source) else source.heard

    def early_value(self) -> Signal | None:
        """What a resource gets from there: a sound is not made yet, so it is the last tick's."""
        source = self.source
        if source is None:
            return None
        if not self._hears_sound(source):
            return source.heard
        sound = source.sound
        return None if sound is None else (sound[0], sound[1] + TICK_SAMPLES)

    @property
    def speech(self) -> Signal | None:
        """What its operation sends now."""
        return self._signal if self._speaks else None

    def _hears_sound(self, source: QuietLane) -> bool:
        return self.source_sound or source.is_resource

    def pieces(self, tick: int, tell: Tell) -> None:
        """Tell a tap what has begun and what is over, whenever its `every` ticks are complete."""
        if not self._every:
            return
        signal = self.heard
        if signal != self._followed:
            cut = tick * TICK_SAMPLES
            self._walk(cut)
            if self._piece is not None:
                self._untold.append(self._piece._replace(end=min(cut, self._piece.end), over=True))
            self._piece, self._followed, self._at = None, signal, cut
        if (tick + 1 - self._tap_tick) % self._every:
            return
        self._walk((tick + 1) * TICK_SAMPLES)
        for piece in self._untold:
            tell((EVENT_PIECE, self.index, self.generation, piece))
        self._untold.clear()

    def _tells_at(self, tick: int) -> int:
        """The next tick in which a tap has something to tell; 0: none."""
        if self._piece is not None and not self._untold:
            complete = self._piece.end // TICK_SAMPLES
        elif self._untold or (
            self._followed is not None and self._followed[0].lasts(self._at - self._followed[1])
        ):
            complete = tick + 1
        else:
            return 0
        return complete + -(complete + 1 - self._tap_tick) % self._every

    def _walk(self, until: int) -> None:
        """Follow what is received to the sample `until`; what ends there is not over yet."""
        while True:
            if self._piece is None:
                found = None
                if self._followed is not None:
                    track, base = self._followed
                    found = track.piece_at(self._at - base)
                if found is None:
                    return
                start, end, what = found
                passed = self._at - base - start
                self._piece = Piece(what, self._at, end + base, passed, end - start, False)
                self._untold.append(self._piece)
            if self._piece.end >= until:
                return
            self._untold.append(self._piece._replace(over=True))
            self._at, self._piece = self._piece.end, None

    def wake(self, tick: int) -> int:
        """The next tick after this one in which something may happen by itself; 0: none."""
        found = 0
        if self._detector is not None:
            found = self._detector.due()
        for ear in self._ears.values():
            found = _sooner(found, ear.due())
        if self.mask == MASK_ENDING:
            found = _sooner(found, self._mask_until - 1)
        if self.doing and self._stuck:
            found = _sooner(found, self._stuck_at)
        elif self.doing:
            detector = self._detector
            steady = self.received is None or not self.received[0].lasts(
                (tick + 1) * TICK_SAMPLES - self.received[1]
            )
            sounding = detector is not None and detector.sounding
            found = _sooner(found, self._collector.next_tick(tick, sounding, steady))
            if self._over >= 0:
                found = _sooner(found, self._over)
        elif self._speaks and self.source is not None:
            found = _sooner(found, tick + 1)  # its own words are over, the source's turn has come
        if self._every:
            found = _sooner(found, self._tells_at(tick))
        if found and found <= tick:
            return tick + 1
        return found

    def status(self, tick: int) -> tuple[int, int, int, bool, int, int, int, int, bool, int, int]:
        """As `Core.status`."""
        plays = self.doing == PLAY
        place = self._position(tick + 1) if plays else 0
        play = (place, plays and self._paused, self._volume, self._speed)
        if self.mask != MASK_OFF:
            return self.doing, 0, self.mask, False, 0, 0, self.lost, *play
        self._meter(tick)
        energy = IDLE_ENERGY
        if self.received is not None:
            track, base = self.received
            energy = track.energies(tick * TICK_SAMPLES - base, 1)[0]
        loud, run = self._collector.run
        waiting = self._collector.waiting
        return self.doing, waiting, self.mask, loud, run, energy, self.lost, *play

    # Inside

    def _register_signal(self, hearing: int, ear: Ear, tell: Tell) -> None:
        """One begins or ends; what a secret step has covered is never told."""
        begins, tone = ear.say()
        if not begins and hearing not in self._hears:
            return
        self._hears.discard(hearing)
        if self.mask != MASK_OFF:
            return
        code = mf_code_of(ear.system, tone.digit)
        heard = (native.EVENT_HEARD, self.index, hearing)
        if begins:
            self._hears.add(hearing)
            tell((*heard, 1, code, tone.start, 0, max(tone.low_dbm0, tone.high_dbm0)))
        else:
            tell((*heard, 3, code, tone.start, tone.end - tone.start, None))

    def _digit(self, tick: int, tell: Tell) -> None:
        assert self._detector is not None
        begins, tone = self._detector.say()
        if not begins:
            if self.doing:
                self._collector.sounded(tick - 1)
            if self._reported and self.mask == MASK_OFF:
                frames = tone.end - tone.start
                tell((native.EVENT_DIGIT_END, self.index, tone.digit, tone.start, frames))
            self._reported = False
            return
        self._reported = False
        if self.mask == MASK_ENDING:
            return  # one key too many after a secret: nobody gets it
        if self.mask == MASK_OFF:
            levels = (tone.low_dbm0, tone.high_dbm0)
            tell((native.EVENT_DIGIT, self.index, tone.digit, tone.start, *levels))
            self._reported = True
            if self.doing == PLAY and self._obeys(tick, tone.digit):
                return
        if not self._collector.digit(tone.digit, tick, self.doing != IDLE):
            self.lost += 1

    def _unmask(self, tick: int, tell: Tell) -> None:
        if self._detector is not None:
            busy = self._detector.busy_until(tick)
            if busy:
                self._mask_until = max(self._mask_until, busy + 1 + MASK_TAIL)
        if tick + 1 >= self._mask_until:
            self.mask = MASK_OFF
            tell((native.EVENT_MASK, self.index, False, (tick + 1) * TICK_SAMPLES))

    def _advance(self, tick: int, tell: Tell) -> None:
        if self._listens:
            self._meter(tick)
        sounding = self._detector is not None and self._detector.sounding
        reasons = self._collector.tick(tick, sounding)
        if self._stopping:
            reasons |= STOPPED
        if self.closing:
            reasons |= HANG_UP
        end = tick * TICK_SAMPLES
        position = self._position(tick) if self.doing == PLAY else 0
        if reasons:
            if self.doing != COLLECT:
                self._signal, self._speaks = None, False
        elif tick == self._over:
            reasons = END_OF_DATA
            assert self._signal is not None
            track, base = self._signal
            end = max(end, base + (track.frames or 0))
            position = (self._track.frames or 0) if self.doing == PLAY else 0
        else:
            return
        self.doing = IDLE
        armed = self._then_arm and self._collector.took and not self.closing
        digits = self._collector.end()
        if armed:
            self.arm(tick, tell)
            self.armed_now = True
        outcome = (digits, self._started * TICK_SAMPLES, end, position, armed)
        tell((native.EVENT_DONE, self.index, self._operation, reasons, *outcome))

    def _obeys(self, tick: int, digit: str) -> bool:
        """Whether a digit controls the play, and so is nobody else's."""
        if self._controls is None:
            return False
        masks, step, skip, speed_step = self._controls
        bit = native.digit_mask(digit) or 0
        actions: tuple[Callable[[], None], ...] = (
            lambda: self.pause(tick, not self._paused),
            lambda: self.seek(tick, -skip, True),
            lambda: self.seek(tick, skip, True),
            lambda: self.turn_to(self._volume + step),
            lambda: self.turn_to(self._volume - step),
            lambda: self.turn_to(0),
            lambda: self.hasten(tick, self._speed + speed_step),
            lambda: self.hasten(tick, self._speed - speed_step),
            lambda: self.hasten(tick, 100),
        )  # in the order of TC_CONTROL_*
        for mask, act in zip(masks, actions, strict=True):
            if mask & bit:
                act()
                return True
        return False

    def _meter(self, tick: int) -> None:
        """Let the meter catch up, to the end of this tick."""
        history = self._history
        while self._metered < tick:
            while len(history) > 1 and history[1][0] <= self._metered + 1:
                history.popleft()
            end = min(tick, history[1][0] - 1) if len(history) > 1 else tick
            self._meter_signal(history[0][1], self._metered + 1, end)
            self._metered = end

    def _meter_signal(self, signal: Signal | None, first: int, last: int) -> None:
        if signal is not None:
            track, base = signal
            position = first * TICK_SAMPLES - base
            left = last - first + 1
            if track.frames is not None:
                left = min(left, -(-(track.frames - position) // TICK_SAMPLES))
            if left > 0:
                self._collector.hear_all(track.energies(position, left))
                first += left
        if first <= last:
            self._collector.hear(IDLE_ENERGY, last - first + 1)


def _sooner(one: int, other: int) -> int:
    """The earlier of two ticks, 0 standing for never."""
    return min(one, other) if one and other else one or other
