"""One end of a cable without sound: bits, alarms, and who sends what on which timeslot.

Alarms follow the native receiver (`impair.h`): only the root is reported, a broken line gives all
ones for bits and octets, and who cannot hear tells the far end so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from telcard._native import engine as native
from telcard.engine.quiet.dchannel import QuietDChannel
from telcard.engine.quiet.lane import QuietLane
from telcard.engine.quiet.line import BITS, FRAME, SIGNAL, STATE, Signal, Wires
from telcard.engine.quiet.track import of_octets
from telcard.units import TICK_SAMPLES

NORMAL, ABSENT = native.SIGNALS[0], -1
NONE = native.SIGNALS[native.ALARM_LOS]
ALL_ONES = 0xF

_ALARMS = {signal: alarm for alarm, signal in native.SIGNALS.items()} | {ABSENT: native.ALARM_LOS}
_GARBLE = of_octets([b"\xff" * 800_000], 0)  # in pieces of 100 s, so that nobody wakes for them


class QuietSpan:
    """What an end receives, as it came and as the receiver gives it on; and what it sends."""

    def __init__(self, wires: Wires, end: int) -> None:
        self.wires = wires
        self.end = end
        self.bits = [native.BITS_BLOCKED] * native.TIMESLOTS
        """As last reported."""
        self.lanes: dict[int, QuietLane] = {}
        self.dchannels: dict[int, QuietDChannel] = {}
        self.to_send: dict[int, int] = {}
        """Bits set since the last tick."""
        self.cut_received = self.cut_sent = NORMAL
        """What the line makes of either direction."""
        self._drift = (0, 0, 0)
        """Parts in 10**12 by which its clock is off, since that tick; slips before it."""
        self._sent_bits = [native.BITS_BLOCKED] * native.TIMESLOTS
        self._sent_state: tuple[int, bool] | None = None
        self._heard = ABSENT
        self._remote = False
        self._heard_bits = [native.BITS_BLOCKED] * native.TIMESLOTS
        self._signals: dict[int, Signal | None] = {}
        self._alarms = native.ALARM_LOS
        self._garbled = False
        self._frames: list[tuple[int, int, bytes]] = []
        self._clear_since = 0  # the tick from which on the line has been in order
        self._garble: Signal | None = None

    @property
    def signal(self) -> int:
        """The state of the line as our receiver finds it."""
        return self._heard if self.cut_received == NORMAL else self.cut_received

    def received(self, timeslot: int) -> Signal | None:
        """What a lane on this timeslot receives now."""
        return self._garble if self._garbled else self._signals.get(timeslot)

    def read(self, tick: int) -> set[int]:
        """Take the news of earlier ticks in; the timeslots on which something else is sent now."""
        inbox = self.wires.inbox[self.end]
        changed: set[int] = set()
        while inbox and inbox[0][0] < tick:
            _, timeslot, kind, what = inbox.popleft()
            if kind == BITS:
                self._heard_bits[timeslot] = what
            elif kind == STATE:
                self._heard, self._remote = what
            elif kind == FRAME:
                self._frames.append((timeslot, *what))
            else:
                changed.add(timeslot)
                self._signals[timeslot] = (
                    None if what is None else (what[0], what[1] + TICK_SAMPLES)
                )
        return changed

    def judge(
        self, index: int, tick: int, changed: set[int], tell: Callable[[tuple[Any, ...]], None]
    ) -> list[QuietLane]:
        """Report what has changed, first alarms, then bits; the lanes that receive otherwise."""
        alarms = _ALARMS[self.signal]
        if self.signal == NORMAL and self._remote:
            alarms = native.ALARM_RAI
        if alarms != self._alarms:
            self._alarms = alarms
            tell((native.EVENT_ALARM, index, alarms))
        if self.signal != NORMAL:
            self._clear_since = tick + 1
        garbled = self.signal not in (NORMAL, ABSENT)
        for timeslot, heard in enumerate(self._heard_bits):
            abcd = ALL_ONES if garbled else heard
            if abcd != self.bits[timeslot]:
                self.bits[timeslot] = abcd
                tell((native.EVENT_BITS, index, timeslot, abcd, tick * TICK_SAMPLES))
        if garbled != self._garbled:
            self._garbled = garbled
            self._garble = (_GARBLE, tick * TICK_SAMPLES) if garbled else None
            changed = set(self.lanes)
        elif garbled:
            return []
        lanes = [self.lanes[timeslot] for timeslot in changed if timeslot in self.lanes]
        for lane in lanes:
            lane.receive(tick, self.received(lane.timeslot))
        return lanes

    def deliver(self, index: int, tell: Callable[[tuple[Any, ...]], None]) -> None:
        """Give frames that have come, from their first bit on, to their D-channels."""
        came, self._frames = self._frames, []
        for timeslot, first, frame in came:
            channel = self.dchannels.get(timeslot)
            since = max(self._clear_since, channel.opened) if channel is not None else 0
            if channel is not None and first + 1 >= since and channel.take(frame):
                tell((native.EVENT_FRAMES, index, timeslot))

    def write(self, tick: int) -> None:
        """Send what has changed: bits, the state of the line, frames whose last bit is sent."""
        for timeslot, channel in self.dchannels.items():
            for crossed in channel.ended(tick):
                self.wires.write(self.end, (tick, timeslot, FRAME, crossed))
        for timeslot, abcd in self.to_send.items():
            if abcd != self._sent_bits[timeslot]:
                self._sent_bits[timeslot] = abcd
                self.wires.write(self.end, (tick, timeslot, BITS, abcd))
        self.to_send.clear()
        state = (self.cut_sent, self.signal not in (NORMAL, ABSENT))
        if state != self._sent_state:
            self._sent_state = state
            self.wires.write(self.end, (tick, 0, STATE, state))

    def send(self, tick: int, timeslot: int, signal: Signal | None) -> None:
        """A lane sends something else from this tick on."""
        self.wires.write(self.end, (tick, timeslot, SIGNAL, signal))

    def lose(self, lane: QuietLane, tick: int) -> None:
        """A lane goes to another timeslot; nothing is sent on this one any more."""
        del self.lanes[lane.timeslot]
        if lane.sent is not None:
            self.send(tick, lane.timeslot, None)
            lane.sent = None

    def gain(self, lane: QuietLane, tick: int) -> None:
        """It comes from another one, and receives what comes in here."""
        self.lanes[lane.timeslot] = lane
        lane.receive(tick, self.received(lane.timeslot))

    def leave(self, tick: int) -> None:
        """The cable is pulled: the other end hears that once, and nothing any more."""
        self.wires.write(self.end, (tick, 0, STATE, (NONE, False)))

    def set_drift(self, parts: int, tick: int) -> None:
        """The line's clock is off by so many millionths of a millionth from this tick on."""
        self._drift = (parts, tick, self.slips(tick))

    def slips(self, tick: int) -> int:
        """Frames that an elastic store would have slipped by now."""
        parts, since, before = self._drift
        return before + abs(parts) * (tick - since) * TICK_SAMPLES // 10**12
