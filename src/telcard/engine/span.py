"""A span: one end of an E1 line, plugged into an engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Literal, get_args

from telcard._native import engine as native
from telcard.engine.cancelling import EchoCancelling
from telcard.engine.carrier import CarrierEnd, Framing, check_framing
from telcard.engine.core import Fidelity
from telcard.engine.dchannel import SpanDChannel, open_dchannel
from telcard.engine.lane import Lane
from telcard.engine.quiet import Wires
from telcard.errors import CardError
from telcard.signalling.framing.alarms import Alarm
from telcard.signalling.framing.hdlc import LEAST_OCTETS, MOST_OCTETS, Idle, Kilobits
from telcard.units import TICK_SAMPLES

if TYPE_CHECKING:
    from telcard.engine.engine import Engine

Law = Literal["a-law", "u-law"]
"""How a line codes sound (ITU-T G.711)."""

IDLE_OCTETS: dict[Law, int] = {"a-law": 0xD5, "u-law": 0xFF}
"""What is sent where nobody speaks, unless a span is told otherwise (0x54, 0x7F ...)."""

BLOCKED_BITS: int = native.BITS_BLOCKED
"""What an end sends that has never set its bits: abcd = 1101, out of service (ITU-T Q.421)."""


MAX_DRIFT_PPM = 1000.0
"""The furthest that a line's clock may be from ours; G.703 allows 50."""

MAX_BURST = 10_000
"""Bits that an error may reach over: some 5 ms of an E1."""

MAX_SLIP = 80
"""Octets that may slip at once: the reserve of an elastic store."""


class E1Line(native.Line):
    """A cable between two ends, 0 and 1: what one sends the other receives one tick later.

    It carries 32 timeslots of octets and their ABCD bits, both ways.  Where nobody speaks it
    carries the idle octet of the end that sends.  `law` is what both ends have agreed on.  Both
    ends are ticked by one clock or one driver.

    `fidelity` is that of the engine that was plugged in first, None before: between two engines
    without sound it carries events (`wires`) instead of octets.

    With `framing`, of both ends or of each, what travels are the bits of real frames
    (`telcard.engine.carrier`): errors, slips and cuts act as on copper.  It costs 6 to
    42 us a tick and end; without it framing is not made, and alarms are set.
    """

    kind: ClassVar[Literal["e1", "t1"]] = "e1"
    """Which of the two it is."""
    timeslots: ClassVar[int] = native.TIMESLOTS - 1
    """The last timeslot."""

    def __init__(
        self, law: Law = "a-law", *, framing: Framing | tuple[Framing, Framing] | None = None
    ) -> None:
        self.law: Law = check_law(law)
        self.framing = check_framing(framing)
        """How either end frames; None: no frames are made."""
        self.spans: list[Span | None] = [None, None]
        """What is plugged in at either end."""
        self.fidelity: Fidelity | None = None
        self.wires = Wires()

    def pull(self, end: int) -> None:
        """Take the plug out of this end."""
        self.ends[end] = self.spans[end] = None
        self.wires.unplug(end)
        if self.ends == [None, None]:
            self.fidelity = None


class T1Line(E1Line):
    """The same for a T1: 24 timeslots, u-law unless told otherwise.

    It has real frames unless `framing` is None.
    """

    kind = "t1"
    timeslots = 24

    def __init__(
        self,
        law: Law = "u-law",
        *,
        framing: Framing | tuple[Framing, Framing] | None = Framing("esf"),
    ) -> None:
        super().__init__(law, framing=framing)
        if self.framing is not None and not self.framing[0].t1:
            raise ValueError(f"T1 line: want framing esf or d4, got {framing}")


class Span:
    """One end of an E1 line as an engine has it: bits, and timeslots 1 to 31 to open lanes on."""

    def __init__(
        self, engine: Engine, index: int, line: E1Line, end: int, name: str, law: Law, idle: int
    ) -> None:
        self.engine = engine
        self.law: Law = law
        """What this end codes and decodes; inside the engine all is A-law."""
        self.idle = idle
        """The octet that it sends where nobody speaks."""
        self.receive_db = 0.0
        """Gain of lanes that are opened from now on; `Lane.set_gains`."""
        self.transmit_db = 0.0
        """The same of what they send."""
        self.transmit_to_receive = 2 * TICK_SAMPLES
        """Samples from one that is sent until it is back from a loop at the far end, as the line
        states it; echo is not looked for any earlier."""
        self.carrier: CarrierEnd | None = None
        """Real frames, where the line has them."""
        self.timeslots = line.timeslots
        """The last timeslot: 31, of a T1 24."""
        self.echo: EchoCancelling | None = None
        """How the echo of lanes that are opened from now on is cancelled; `Lane.cancel_echo`."""
        self.index = index
        self.line = line
        self.end = end
        self.name = name
        self.lanes: dict[int, Lane] = {}
        self.dchannels: dict[int, SpanDChannel] = {}
        """Those that are open, by timeslot."""
        self._received = [BLOCKED_BITS] * native.TIMESLOTS
        self._sent = [BLOCKED_BITS] * native.TIMESLOTS
        self._on_bits: list[Callable[[int, int, int], None]] = []
        self._alarms = Alarm.LOS
        self._on_alarm: list[Callable[[Alarm], None]] = []
        self._drift_ppm = 0.0

    def on_bits(self, callback: Callable[[int, int, int], None]) -> None:
        """Call `callback(timeslot, abcd, sample)` whenever received bits have changed."""
        self._on_bits.append(callback)

    def bits(self, timeslot: int) -> int:
        """The ABCD bits received now (a is 8, d is 1)."""
        return self._received[check_timeslot(timeslot, self.timeslots)]

    def sent_bits(self, timeslot: int) -> int:
        """The ABCD bits sent, as last set."""
        return self._sent[check_timeslot(timeslot, self.timeslots)]

    def set_bits(self, timeslot: int, abcd: int) -> None:
        """Send these ABCD bits from the next tick on."""
        if not 0 <= abcd <= 15:
            raise ValueError(f"{self.name}: want ABCD bits 0 to 15, got {abcd}")
        self.engine.give(
            self.engine.core.set_bits(self.index, check_timeslot(timeslot, self.timeslots), abcd)
        )
        self._sent[timeslot] = abcd

    # The line's health

    @property
    def alarms(self) -> Alarm:
        """What is wrong with the line now.

        While there is LOS, LFA or AIS its lanes receive octets 0xFF, and every circuit bits 1111.
        A line into which nobody was ever plugged at the far end has LOS, with idle octets and
        `BLOCKED_BITS`.
        """
        return self._alarms

    def on_alarm(self, callback: Callable[[Alarm], None]) -> None:
        """Call `callback(alarms)` whenever what is wrong has changed; bits of that tick follow."""
        self._on_alarm.append(callback)

    def set_signal(self, received: Alarm = Alarm.NONE, sent: Alarm = Alarm.NONE) -> None:
        """Break the line on its way to us, or from us, from the next tick on; NONE mends it.

        LOS is a cut, AIS what a repeater sends that has lost its own signal, LFA a signal without
        framing.  The end that cannot hear tells the other, which then has RAI: so RAI is nothing
        to set, it comes of breaking the other direction.
        """
        signals = []
        for way, alarm in (("received", received), ("sent", sent)):
            if alarm.value not in native.SIGNALS:
                wanted = "LOS, AIS, LFA or NONE"
                raise ValueError(f"{self.name}: want {wanted} as the signal {way}, got {alarm}")
            signals.append(native.SIGNALS[alarm.value])
        self.engine.give(self.engine.core.cut(self.index, *signals))

    @property
    def drift_ppm(self) -> float:
        """How much the line's clock is faster than ours, in millionths; 0: locked to it."""
        return self._drift_ppm

    def set_drift(self, ppm: float) -> None:
        """Say how much the line's clock is faster than ours (below 0: slower); 0 locks the span.

        A plesiochronous span has an elastic store: lanes opened from now on receive 10 ms later,
        and every 125 us of difference one octet of every timeslot is deleted, or repeated where
        the line is slow (ITU-T G.822), which `slips` counts.  A locked span costs nothing.
        """
        if not -MAX_DRIFT_PPM <= ppm <= MAX_DRIFT_PPM:
            limit = f"{MAX_DRIFT_PPM:g}"
            raise ValueError(f"{self.name}: want a drift of -{limit} to {limit} ppm, got {ppm}")
        self.engine.give(self.engine.core.drift(self.index, round(ppm * 1_000_000)))
        self._drift_ppm = ppm

    def slip(self, octets: int = 1) -> None:
        """Delete so many octets of every timeslot at the next tick; below 0, repeat them."""
        if not -MAX_SLIP <= octets <= MAX_SLIP:
            raise ValueError(
                f"{self.name}: want a slip of -{MAX_SLIP} to {MAX_SLIP} octets, got {octets}"
            )
        self.engine.give(self.engine.core.slip(self.index, octets))

    def set_bit_errors(self, rate: float, seed: int = 1, burst: int = 1) -> None:
        """From the next tick on, turn each received bit with the probability `rate`, 0 to 0.5.

        With a `burst` above 1 errors come so many bits long, within which every other bit is wrong.
        The same seed turns the same bits, whatever else goes on.
        """
        if not 0 <= rate <= 0.5:
            raise ValueError(f"{self.name}: want a bit error rate of 0 to 0.5, got {rate}")
        if not 0 <= seed < 2**64:
            raise ValueError(f"{self.name}: want a seed of 64 bits, got {seed}")
        if not 1 <= burst <= MAX_BURST:
            raise ValueError(f"{self.name}: want a burst of 1 to {MAX_BURST} bits, got {burst}")
        # A burst has its first bit and half of the others wrong, and the next begins after it.
        begins = rate / ((burst + 1) / 2 - rate * (burst - 1))
        threshold = round(begins * 2**32)
        self.engine.give(self.engine.core.errors(self.index, seed, threshold, burst))

    @property
    def slips(self) -> int:
        """Frames that were deleted or repeated, as of the last tick."""
        return self.engine.core.line_counts(self.index)[0]

    @property
    def recentred(self) -> int:
        """Timeslots that met the end of the elastic store: 80 octets slipped there at once."""
        return self.engine.core.line_counts(self.index)[1]

    @property
    def bit_errors(self) -> int:
        """Bits that were received wrong, in timeslots with a lane, as of the last tick."""
        return self.engine.core.line_counts(self.index)[2]

    # Lanes

    def open_lane(self, timeslot: int, *, digits: int = 31, detect: bool = True) -> Lane:
        """As `Engine.open_lane`."""
        return self.engine.open_lane(self, timeslot, digits=digits, detect=detect)

    def claim(self, timeslot: int) -> None:
        """Raise `CardError` if a lane or a D-channel is open on the timeslot."""
        if check_timeslot(timeslot, self.timeslots) in self.lanes:
            raise CardError(f"{self.name} timeslot {timeslot}: busy, it has a lane already")
        if timeslot in self.dchannels:
            raise CardError(f"{self.name} timeslot {timeslot}: busy, it has a D-channel already")

    # D-channels

    @property
    def robs_bits(self) -> bool:
        """Whether its ABCD bits take the place of every sixth octet's last bit, as on a T1."""
        return self.carrier is not None and self.carrier.framing.t1 and self.carrier.framing.cas

    def open_dchannel(
        self,
        timeslot: int = 16,
        *,
        least: int = LEAST_OCTETS,
        most: int = MOST_OCTETS,
        kilobits: Kilobits = 64,
        idle: Idle = "flags",
    ) -> SpanDChannel:
        """Let a timeslot carry HDLC frames, from the next tick on, until it is closed.

        Frames of `least` to `most` octets, FCS apart, are received; 56 `kilobits` leave bit 8 of
        the octets alone (T1); between frames go flags, or ones.  The line carries the frames' very
        bits, which errors and slips harm; in an engine without sound frames cross whole, in the
        time that their bits would take.  Raises `CardError` when the timeslot is in use, and for 64
        `kilobits` on a T1 whose frames carry ABCD bits: those are robbed from it.
        """
        self.claim(timeslot)
        if self.robs_bits and kilobits == 64:
            raise CardError(
                f"{timeslot_name(self, timeslot)}: cannot carry 64 kbit/s, ABCD bits are robbed "
                f"from it; want signalling 'pri' (Framing(cas=False)), or 56 kbit/s"
            )
        opened = open_dchannel(self, timeslot, least=least, most=most, kilobits=kilobits, idle=idle)
        self.dchannels[timeslot] = opened
        return opened

    def close_dchannel(self, timeslot: int) -> None:
        """`SpanDChannel.close` asks for it."""
        self.engine.give(self.engine.core.close_dchannel(self.index, timeslot))
        del self.dchannels[timeslot]

    def frames_came(self, timeslot: int) -> None:
        """The engine has received frames."""
        if timeslot in self.dchannels:
            self.dchannels[timeslot].told()

    def bits_changed(self, timeslot: int, abcd: int, sample: int) -> None:
        """The engine has read new bits."""
        self._received[timeslot] = abcd
        for callback in tuple(self._on_bits):
            callback(timeslot, abcd, sample)

    def alarms_changed(self, alarms: Alarm) -> None:
        """The engine has found the line better or worse."""
        self._alarms = alarms
        for callback in tuple(self._on_alarm):
            callback(alarms)

    def __repr__(self) -> str:
        return f"<Span {self.name}: end {self.end}, {len(self.lanes)} lanes>"


def check_law(law: Law) -> Law:
    """`law` if it is one. Raises ValueError."""
    if law not in get_args(Law):
        raise ValueError(f"law: want {' or '.join(get_args(Law))}, got {law!r}")
    return law


def timeslot_name(span: Span, timeslot: int) -> str:
    """A timeslot in words."""
    return f"{span.name} timeslot {timeslot}"


def check_timeslot(timeslot: int, last: int = native.TIMESLOTS - 1) -> int:
    """`timeslot` if it carries sound or signals; 0 is framing. Raises ValueError."""
    if not 1 <= timeslot <= last:
        raise ValueError(f"timeslot: want 1 to {last}, got {timeslot}")
    return timeslot
