"""A telephone line between two T.30 terminals, without sound: signals with a beginning and an end.

Time is a count of 8 kHz samples, moved from event to event.  A `Carrier` carries out the programs
of one machine as the rules of `telcard.fax.phases` say; what it sends reaches the other end as
signals, which are heard when the other end listens for them.  `fault` may change every frame and
every fast signal on its way: lose it, damage it, double it.
"""

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

from telcard.fax.frames import Fcf, Frame, decode
from telcard.fax.negotiation import read_dcs
from telcard.fax.phases import (
    ECM_PREAMBLE_MS,
    GAP_MS,
    LONGEST_WAIT_MS,
    PREAMBLE_MS,
    TRAINING_CHECK_MS,
    CarrierLost,
    CarrierUp,
    Content,
    EcmImage,
    Fast,
    FrameReceived,
    Frames,
    Greeted,
    Greeting,
    Image,
    ImageOctets,
    Listen,
    Modem,
    PhaseDone,
    Program,
    Quality,
    Rate,
    Silence,
    Tone,
    TrainingCheck,
    TrainingChecked,
)
from telcard.fax.t30 import Ended, State, Terminal
from telcard.machine import Report, Send, StartTimer, StopTimer

MS = 8
TRAINING_MS = {Modem.V17: 1393, Modem.V29: 253, Modem.V27TER: 943}
SHORT_MS = 143


class Line:
    """The clock, and what passes between its two ends."""

    def __init__(self) -> None:
        self.now = 0
        self._events: list[tuple[int, int, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self.fault: Callable[[Signal, int], str] = lambda signal, piece: "good"
        """What happens to a piece of a signal: "good", "lost", "bad" or "twice"."""

    def at(self, sample: int, do: Callable[[], None], late: bool = False) -> None:
        """Do something then; timers (`late`) come behind evidence of the same sample."""
        heapq.heappush(self._events, (max(sample, self.now), late, next(self._order), do))

    def run(self, until: Callable[[], bool], seconds: float = 3600.0) -> bool:
        """Move on until something is so; False when nothing more happens, or time is over."""
        end = self.now + int(seconds * 8000)
        while not until():
            if not self._events or self._events[0][0] > end:
                return False
            self.now, _, _, do = heapq.heappop(self._events)
            do()
        return True


@dataclass
class Signal:
    """Something on the line: "frames", "tcf", "image", "ecm" or "tone"."""

    kind: str
    start: int
    end: int
    frames: tuple[bytes, ...] = ()
    rate: Rate | None = None
    short: bool = False
    octets: bytes = b""
    sender: str = ""


def octets_ms(octets: int, bit_s: int) -> int:
    return -(-octets * 8000 // bit_s)


def duration_ms(phase: object) -> int:
    match phase:
        case Silence(ms):
            return ms
        case Tone.CED:
            return 3000
        case Frames(frames):
            return PREAMBLE_MS + sum(octets_ms(len(f) + 3, 300) for f in frames) + 50
        case TrainingCheck(rate):
            return TRAINING_MS[rate.modem] + TRAINING_CHECK_MS
        case Image(rate, short, octets):
            return (SHORT_MS if short else TRAINING_MS[rate.modem]) + octets_ms(
                len(octets), rate.bit_s
            )
        case EcmImage(rate, short, frames):
            training = SHORT_MS if short else TRAINING_MS[rate.modem]
            total = sum(len(f) + 3 for f in frames)
            return training + ECM_PREAMBLE_MS + octets_ms(total, rate.bit_s)
    raise AssertionError(phase)


def signal_of(phase: object, start: int, sender: str) -> Signal:
    end = start + duration_ms(phase) * MS
    match phase:
        case Tone.CED:
            return Signal("tone", start, end, sender=sender)
        case Frames(frames):
            return Signal("frames", start, end, frames, sender=sender)
        case TrainingCheck(rate):
            return Signal("tcf", start, end, rate=rate, sender=sender)
        case Image(rate, short, octets):
            return Signal("image", start, end, (), rate, short, octets, sender)
        case EcmImage(rate, short, frames):
            return Signal("ecm", start, end, frames, rate, short, sender=sender)
    raise AssertionError(phase)


class End:
    """One end of the line: sends signals, and hears those of its `peer`."""

    def __init__(self, line: Line, name: str) -> None:
        self.line = line
        self.name = name
        self.peer: End
        self.on_air: Signal | None = None
        """What we send now, or sent last."""
        self.air_until = 0
        self.echo_ms = 0
        """What we send comes back so much later."""

    def sends(self, signal: Signal) -> None:
        """A signal of ours is on the line from now on."""
        self.on_air = signal
        self.air_until = signal.end
        self.peer.hear(signal)
        if self.echo_ms:
            shift = self.echo_ms * MS
            self.hear(
                Signal(**{**vars(signal), "start": signal.start + shift, "end": signal.end + shift})
            )

    def silent(self) -> None:
        """Our signal is cut off."""
        self.air_until = min(self.air_until, self.line.now)
        if self.on_air is not None:
            self.on_air.end = min(self.on_air.end, self.line.now)

    def hear(self, signal: Signal) -> None:
        raise NotImplementedError


@dataclass
class Log:
    """What a terminal has told and done."""

    events: list[object] = field(default_factory=list)
    programs: list[Program] = field(default_factory=list)

    def of(self, kind: type) -> list:
        return [event for event in self.events if isinstance(event, kind)]


class Carrier(End):
    """Carries out the programs of a terminal; `pause(seconds)` is a Python that sleeps."""

    def __init__(self, line: Line, name: str, machine: Terminal) -> None:
        super().__init__(line, name)
        self.machine = machine
        self.log = Log()
        self._timers: dict[str, int] = {}
        self._turn = 0
        self._program = Program(0, ())
        self._index = 0
        self._since = 0
        self._fast: Fast | None = None
        self._trained: Rate | None = None
        self._asleep_until = 0
        self._inbox: list[tuple[str, object]] = []

    @property
    def ended(self) -> Ended | None:
        ends = self.log.of(Ended)
        return ends[0] if ends else None

    # -- the machine's side ---------------------------------------------------------------------

    def fire(self, name: str, *args: object) -> None:
        self._take(self.machine.fire(name, *args))

    def tell(self, evidence: object) -> None:
        if self.line.now < self._asleep_until:
            self._inbox.append(("hear", evidence))
        else:
            self.fire("hear", evidence)

    def pause(self, seconds: float) -> None:
        self._asleep_until = self.line.now + int(seconds * 8000)
        self.line.at(self._asleep_until, self._wake)

    def _wake(self) -> None:
        if self.line.now < self._asleep_until:
            return
        inbox, self._inbox = self._inbox, []
        for kind, what in sorted(inbox, key=lambda item: item[0] != "hear"):
            if kind == "hear":
                self.fire("hear", what)
            else:
                self._expire(*what)

    def _expire(self, name: str, turn: int) -> None:
        if self._timers.get(name) != turn:
            return
        if self.line.now < self._asleep_until:
            self._inbox.append(("timer", (name, turn)))
            return
        del self._timers[name]
        self._take(self.machine.expire(name))

    def _take(self, effects: list) -> None:
        for effect in effects:
            match effect:
                case Send(program):
                    self._begin(program)
                case StartTimer(name):
                    self._turn += 1
                    self._timers[name] = turn = self._turn
                    due = self.line.now + int(self.machine.timers[name] * 8000)
                    self.line.at(due, lambda n=name, t=turn: self._expire(n, t), late=True)
                case StopTimer(name):
                    self._timers.pop(name, None)
                case Report(event):
                    self.log.events.append(event)
        assert set(self._timers) == self.machine.running, "timers and the machine's books differ"
        if self.machine.state is State.ENDED:
            assert not self._timers, "a timer runs behind the end"

    # -- programs -------------------------------------------------------------------------------

    def _begin(self, program: Program) -> None:
        self.log.programs.append(program)
        self.silent()
        self._program = program
        self._index = -1
        self._fast = None
        self._next(program)

    def _next(self, program: Program) -> None:
        if program is not self._program:
            return
        self._index += 1
        if self._index == len(program.phases):
            return
        phase = program.phases[self._index]
        if isinstance(phase, Listen):
            self._since = self.line.now
            self._fast = phase.fast
            return
        if isinstance(phase, Silence):
            self.line.at(self.line.now + phase.ms * MS, lambda: self._done(program))
            return
        waited = max(0, self.peer.air_until - self.line.now)
        start = self.line.now + min(waited, LONGEST_WAIT_MS * MS) + GAP_MS * MS
        self.line.at(start, lambda: self._send(program, phase))

    def _send(self, program: Program, phase: object) -> None:
        if program is not self._program:
            return
        signal = signal_of(phase, self.line.now, self.name)
        if signal.rate is not None and not signal.short:
            self._trained = signal.rate
        self.sends(signal)
        self.line.at(signal.end, lambda: self._done(program))

    def _done(self, program: Program) -> None:
        if program is not self._program:
            return
        index = self._index
        self._next(program)
        self.tell(PhaseDone(self.line.now, program.number, index))

    @property
    def listening(self) -> Listen | None:
        if 0 <= self._index < len(self._program.phases):
            phase = self._program.phases[self._index]
            return phase if isinstance(phase, Listen) else None
        return None

    def _listened(self, since: int) -> bool:
        return self.listening is not None and self._since <= since

    # -- hearing --------------------------------------------------------------------------------

    def hear(self, signal: Signal) -> None:
        if signal.kind == "tone":
            self.line.at(signal.start + 500 * MS, lambda: self._tone(signal))
        elif signal.kind == "frames":
            self._hear_frames(signal)
        else:
            training = SHORT_MS if signal.short else TRAINING_MS[signal.rate.modem]
            up = signal.start + training * MS
            self.line.at(up, lambda: self._hear_fast(signal))

    def _tone(self, signal: Signal) -> None:
        if self._listened(signal.start):
            self.tell(Greeted(self.line.now, Greeting.CED))

    def _hear_frames(self, signal: Signal) -> None:
        flags = signal.start + 200 * MS
        self.line.at(flags, lambda: self._flags(signal))
        at = signal.start + PREAMBLE_MS * MS
        for piece, octets in enumerate(signal.frames):
            begun = at
            at += octets_ms(len(octets) + 3, 300) * MS
            self.line.at(at, lambda o=octets, b=begun, p=piece: self._frame(signal, o, b, p))
        self.line.at(signal.end, lambda: self._frames_over(signal))

    def _flags(self, signal: Signal) -> None:
        if self._listened(signal.start + 100 * MS) and self.line.now <= signal.end:
            self.tell(CarrierUp(self.line.now, None))

    def _frame(self, signal: Signal, octets: bytes, begun: int, piece: int) -> None:
        fate = self.line.fault(signal, piece)
        if self.line.now > signal.end or not self._listened(begun) or fate == "lost":
            return
        good = fate != "bad"
        frame = decode(octets)
        listen = self.listening
        if good and isinstance(frame, Frame) and frame.fcf is Fcf.DCS and listen is not None:
            rate = read_dcs(frame.fields).rate
            if rate in listen.after_dcs:
                self._fast = Fast(rate, False, Content.TRAINING_CHECK)
        for _ in range(2 if fate == "twice" else 1):
            self.tell(FrameReceived(self.line.now, octets, good))

    def _frames_over(self, signal: Signal) -> None:
        if self._listened(signal.end - 100 * MS):
            self.tell(CarrierLost(self.line.now, None))

    def _hear_fast(self, signal: Signal) -> None:
        fate = self.line.fault(signal, 0)
        if self.listening is None or not self._listened(signal.start) or fate == "silent":
            return
        fast = self._fast
        wanted = {"tcf": Content.TRAINING_CHECK, "image": Content.IMAGE, "ecm": Content.ECM}
        known = not signal.short or self._trained is signal.rate
        fits = (
            fast is not None
            and fast.rate is signal.rate
            and fast.short == signal.short
            and fast.content is wanted[signal.kind]
            and known
            and fate != "lost"
        )
        if fast is None:
            return
        self.tell(CarrierUp(self.line.now, signal.rate if fits else fast.rate, fits))
        if fits and not signal.short:
            self._trained = signal.rate
        self.line.at(signal.end, lambda: self._fast_over(signal, fast, fits, fate))

    def _fast_over(self, signal: Signal, fast: Fast, fits: bool, fate: str) -> None:
        if not self._listened(signal.start):
            return
        now = self.line.now
        quality = Quality(snr_db=30.0 if fate == "good" else 12.0)
        good = bad = 0
        if fits and signal.kind == "tcf":
            bits = signal.rate.bit_s * 3 // 2
            wrong = bits // 2 if fate == "bad" else 0
            run = 20 if fate == "bad" else bits
            self.tell(TrainingChecked(now, signal.rate, bits, wrong, run, quality))
        elif fits and signal.kind == "image":
            octets = signal.octets
            if fate == "bad":
                octets = b"!" * len(octets)
            for at in range(0, len(octets), 4000):
                self.tell(ImageOctets(now, octets[at : at + 4000]))
        elif fits:
            for piece, octets in enumerate(signal.frames):
                fate = self.line.fault(signal, piece + 1)
                if fate in ("good", "twice"):
                    good += 1
                    self.tell(FrameReceived(now, octets, True, signal.rate))
                bad += fate == "bad"
        self.tell(CarrierLost(now, fast.rate, fits, good, bad, quality))


def connect(one: End, other: End) -> None:
    one.peer, other.peer = other, one
