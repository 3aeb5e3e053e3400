"""What sender and receiver of T.30 have in common: states, timers, frames in and out, the end.

`Core` is a `telcard.machine.Machine` without a table.  It turns evidence into inputs, keeps track
of what was said last and which timers run, and sees to it that a state that waits never waits
without one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar

from telcard.errors import LocalProtocolError
from telcard.fax.frames import ADDRESS, FINAL, Damaged, Fcf, Frame, decode, write_text
from telcard.fax.makers import maker
from telcard.fax.negotiation import Agreement, Capabilities
from telcard.fax.pages import PageSink, PageSource
from telcard.fax.phases import (
    SENDING,
    CarrierLost,
    CarrierUp,
    Evidence,
    FrameReceived,
    Frames,
    Greeted,
    Greeting,
    ImageOctets,
    Listen,
    Phase,
    PhaseDone,
    Program,
    TrainingChecked,
)
from telcard.fax.t30.events import Ended, Identified, Reason, Traced
from telcard.fax.t30.memory import Inbound, Outgoing
from telcard.fax.t30.profile import T30, Profile
from telcard.machine import Effect, Machine, Report, Send, StartTimer, StopTimer


class State(Enum):
    """Where a call stands."""

    IDLE = "not begun"
    CALLING = "called, waits for DIS"
    ANSWERING = "DIS sent, waits for a command"
    POLLING = "DTC sent, waits for DCS"
    TRAINING = "DCS and training check sent"
    SENDING = "sends a page"
    AWAITING_CONFIRMATION = "page sent, waits for its confirmation"
    AWAITING_READY = "the far end is busy, RR sent"
    CONTINUING = "CTC sent"
    RETIRING = "EOR sent"
    TURNED = "EOM confirmed, waits for DIS"
    LISTENING = "waits for a command"
    CHECKING = "DCS received, waits for the training check"
    AWAITING_PAGE = "waits for a page"
    RECEIVING = "receives a page"
    BUSY = "cannot take more, RNR sent"
    INTERRUPTED = "waits for an operator"
    ASKING = "PIP or PIN sent, waits for an operator, or for the far end to go on"
    DISCONNECTING = "DCN sent"
    ENDED = "over"


S = State

WAITS = {
    S.ANSWERING: "T4",
    S.POLLING: "T4",
    S.TRAINING: "T4",
    S.AWAITING_CONFIRMATION: "T4",
    S.AWAITING_READY: "T4",
    S.CONTINUING: "T4",
    S.RETIRING: "T4",
    S.LISTENING: "T2",
    S.CHECKING: "check",
    S.AWAITING_PAGE: "T2",
    S.BUSY: "T2",
    S.ASKING: "T3",
}
"""The timer that runs in a state while nothing is sent and nothing heard."""

LASTING: dict[State, frozenset[str]] = {
    S.CALLING: frozenset({"T0", "T1"}),
    S.ANSWERING: frozenset({"T1"}),
    S.AWAITING_READY: frozenset({"T5"}),
    S.RETIRING: frozenset({"T5"}),
    S.TURNED: frozenset({"T1"}),
    S.RECEIVING: frozenset({"page", "noise"}),
    S.BUSY: frozenset({"T5"}),
    S.INTERRUPTED: frozenset({"T3"}),
    S.DISCONNECTING: frozenset({"disconnect"}),
}
"""Timers that run on when their state is entered again; all others stop with every change."""

PHASES = {
    S.IDLE: "A",
    S.CALLING: "A",
    S.SENDING: "C",
    S.AWAITING_PAGE: "C",
    S.RECEIVING: "C",
    S.AWAITING_CONFIRMATION: "D",
    S.AWAITING_READY: "D",
    S.CONTINUING: "D",
    S.RETIRING: "D",
    S.LISTENING: "D",
    S.BUSY: "D",
    S.INTERRUPTED: "D",
    S.ASKING: "D",
    S.DISCONNECTING: "E",
    S.ENDED: "E",
}
"""T.30's phase of a state; B where none is named."""

INPUTS = {
    Fcf.EOM: "post",
    Fcf.MPS: "post",
    Fcf.EOP: "post",
    Fcf.PRI_EOM: "post",
    Fcf.PRI_MPS: "post",
    Fcf.PRI_EOP: "post",
}
"""Final frames that are one input of the table; all others are inputs by their own names."""

REQUESTS = frozenset({"start", "stop", "hang_up", "fail", "interrupt", "connect"})

PREFACES = 16
"""Frames before a final one that are kept: own figure, the standard has at most six."""


@dataclass(frozen=True, slots=True)
class Station:
    """Who we are, and what we want."""

    calling: bool
    ident: str = ""
    """Our number, up to 20 characters, for CSI, CIG and TSI."""
    capabilities: Capabilities = field(default_factory=Capabilities)
    poll: bool = False
    """Fetch the far end's document, after ours have been sent."""
    subaddress: str = ""
    """Whom our pages are for (SUB), or what we poll (PSA)."""
    sender: str = ""
    """SID."""
    password: str = ""
    """PWD; a called station gives its document only to whoever says it."""
    selection: str = ""
    """SEP, when we poll."""
    nonstandard: bytes = b""
    """NSF, if we are to have any."""

    def __post_init__(self) -> None:
        for text in (self.ident, self.subaddress, self.sender, self.password, self.selection):
            write_text(text)


class Core(Machine[State]):
    """A T.30 terminal but for its table."""

    waits: ClassVar[Mapping[State, str]] = WAITS

    def __init__(
        self,
        station: Station,
        source: PageSource | None = None,
        sink: PageSink | None = None,
        profile: Profile = T30,
    ) -> None:
        super().__init__(State.IDLE)
        self.station = station
        self.source = source
        self.sink = sink
        self.profile = profile
        self.running: set[str] = set()
        """Timers that run."""
        self.sample = 0
        """Of the newest evidence."""
        self.x = False
        """Whether we have received a DIS (5.3.6.1)."""
        self.theirs: Capabilities | None = None
        self.agreement: Agreement | None = None
        self.tries = 0
        """How often the present command has been sent."""
        self.fruitless = 0
        self.short = False
        """Whether the next page is trained for in short."""
        self.interrupting = False
        """Whether our operator wants to talk."""
        self.after: Callable[[], list[Effect]] = list
        """What goes on when no operator comes."""
        self.outgoing = Outgoing()
        self.inbound = Inbound()
        self.greetings: set[Greeting] = set()
        """What was heard before the first frame."""
        self.prefaces: list[Frame] = []
        self.pages_sent = self.pages_received = 0
        self.number = 0
        self.sending = False
        """Whether something of the last program has still to be sent."""
        self.said: tuple[Phase, ...] = ()
        """The last program."""
        self.spoke = 0
        """Sample at which we had said it."""
        self.echoed = False
        """Whether the carrier that is heard is our own, come back."""
        self.flagged = 0
        """Sample at which flags were heard last."""
        self._mark = -1
        self._spoken: frozenset[bytes] = frozenset()
        self._verdict: Ended | None = None

    @property
    def timers(self) -> dict[str, float]:
        """Lengths of the timers, for `telcard.runner.Runner`."""
        return self.profile.timers

    # --- what is there in the states that ask for it ---------------------------------------------

    @property
    def agreed(self) -> Agreement:
        """What the last DCS said, ours or theirs."""
        assert self.agreement is not None
        return self.agreement

    @property
    def far(self) -> Capabilities:
        """What the far end's DIS or DTC offered."""
        assert self.theirs is not None
        return self.theirs

    @property
    def pages(self) -> PageSink:
        """Where received pages go."""
        assert self.sink is not None
        return self.sink

    # --- inputs ------------------------------------------------------------------------------

    def fire(self, name: str, *args: Any) -> list[Effect]:
        """Give the machine one input; "hear" is the carrier's evidence."""
        effects = self._hear(*args) if name == "hear" else super().fire(name, *args)
        return effects + self._keep_waiting()

    def expire(self, timer: str) -> list[Effect]:
        """Give the machine the expiry of a timer."""
        self.running.discard(timer)
        return super().expire(timer) + self._keep_waiting()

    def unexpected(self, name: str, *args: Any) -> list[Effect]:
        """Refuse a request that the state forbids; a frame out of place may be an invalid one."""
        if name in REQUESTS:
            raise LocalProtocolError(f"fax: cannot {name} while {self.state.value}", "T.30 5")
        if args and isinstance(args[0], Frame) and (self.state, "unknown") in self.table:
            return self.table[self.state, "unknown"](self, *args)
        return []

    def _hear(self, evidence: Evidence) -> list[Effect]:
        if self.state in (S.IDLE, S.ENDED):
            return []
        self.sample = evidence.sample
        match evidence:
            case PhaseDone(_, program, index):
                return self._done(index) if program == self.number else []
            case CarrierUp(_, None):
                return super().fire("flags")
            case CarrierUp():
                return super().fire("carrier", evidence)
            case CarrierLost(_, None):
                return super().fire("flags_gone")
            case CarrierLost():
                return super().fire("carrier_gone", evidence)
            case FrameReceived(_, octets, good, rate):
                return self._fast(octets) if rate is not None else self._frame(octets, good)
            case TrainingChecked():
                return super().fire("checked", evidence)
            case ImageOctets(_, octets):
                return super().fire("octets", octets)
            case Greeted(_, greeting):
                self.greetings.add(greeting)
                return [self.trace(evidence), *super().fire("greeted", greeting)]

    def _done(self, index: int) -> list[Effect]:
        """A phase of the last program has been carried out."""
        phase = self.said[index] if index < len(self.said) else None
        spoken = phase.frames if isinstance(phase, Frames) else ()
        traced = [self.trace(decode(octets), sent=True) for octets in spoken]
        if index != self._mark:
            return traced
        self.sending = False
        self.spoke = self.sample
        return [*traced, *super().fire("sent")]

    def _fast(self, octets: bytes) -> list[Effect]:
        """A frame of a partial page; anything else there is noise that passed for a frame."""
        frame = decode(octets)
        if isinstance(frame, Frame) and frame.fcf is Fcf.FCD:
            return super().fire("fcd", frame)
        return []

    def _frame(self, octets: bytes, good: bool) -> list[Effect]:
        frame = decode(octets)
        if not good:
            return [self.trace(frame, "check sequence wrong")]
        if octets in self._spoken:
            self.echoed = True
            return [self.trace(frame, "echo of our own")]
        traced = [self.trace(frame)]
        if isinstance(frame, Frame) and not frame.final:
            self.prefaces = [*self.prefaces, frame][-PREFACES:]
            return traced + ([self.start("frame")] if "frame" in self.running else [])
        if isinstance(frame, Damaged):
            readable = len(octets) > 2 and octets[0] == ADDRESS and octets[1] & FINAL
            if not readable or (self.state, "unknown") not in self.table:
                return traced
            return [*traced, *self.stop("frame", "gap"), *super().fire("unknown", frame)]
        effects = [*traced, *self.stop("frame", "gap")]
        effects += super().fire(INPUTS.get(frame.fcf, frame.fcf.name), frame)
        self.prefaces = []
        return effects

    def _keep_waiting(self) -> list[Effect]:
        """Whatever has happened: who waits, waits by a timer."""
        wait = WAITS.get(self.state)
        if wait is None or self.sending or self.running & {wait, "frame", "gap"}:
            return []
        return [self.start(wait)]

    # --- effects -----------------------------------------------------------------------------

    def start(self, timer: str) -> Effect:
        """Start a timer, or start it again."""
        self.running.add(timer)
        return StartTimer(timer)

    def stop(self, *timers: str) -> list[Effect]:
        """Stop those of these timers that run."""
        stopped = [timer for timer in timers if timer in self.running]
        self.running.difference_update(stopped)
        return [StopTimer(timer) for timer in stopped]

    def go(self, state: State, *effects: Effect) -> list[Effect]:
        """Enter a state: timers that do not last into it stop first."""
        kept = LASTING.get(state, frozenset()) if state is self.state else frozenset()
        kept |= LASTING.get(state, frozenset()) & LASTING.get(self.state, frozenset())
        started = {e.name for e in effects if isinstance(e, StartTimer)}
        stopped = self.stop(*sorted(self.running - kept - started))
        return [*stopped, *super().go(state, *effects)]

    def say(self, *phases: Phase, listen: Listen | None = None) -> list[Effect]:
        """Send a program: these phases, then listening."""
        self.fruitless += 1
        if self.fruitless > self.profile.fruitless and self.state is not S.DISCONNECTING:
            return self.give_up(Reason.NO_PROGRESS)
        self.said = (*phases, listen or Listen())
        return self._send()

    def again(self) -> list[Effect]:
        """Send the last program once more."""
        said = self.said
        return self.say(*said[:-1], listen=said[-1] if isinstance(said[-1], Listen) else None)

    def _send(self) -> list[Effect]:
        self.number += 1
        marks = [i for i, phase in enumerate(self.said) if isinstance(phase, SENDING)]
        self._mark = marks[-1] if marks else -1
        self.sending = bool(marks)
        spoken = [phase.frames for phase in self.said if isinstance(phase, Frames)]
        self._spoken = frozenset(octets for frames in spoken for octets in frames)
        stopped = self.stop("T2", "T4", "check", "frame", "gap") if marks else []
        return [*stopped, Send(Program(self.number, self.said))]

    def trace(self, frame: Frame | Damaged | Greeted, note: str = "", sent: bool = False) -> Effect:
        """Tell of a frame, or a greeting."""
        return Report(Traced(self.sample, sent, frame, note))

    def frames(self, *frames: Frame) -> Frames:
        """Frames as a phase: the last one final, all with our X."""
        last = len(frames) - 1
        return Frames(
            tuple(
                Frame(frame.fcf, frame.fif, i == last, self.x).encode()
                for i, frame in enumerate(frames)
            )
        )

    def retry(self, reason: Reason) -> list[Effect]:
        """Send the present command again, or give up when it has been sent often enough."""
        if self.tries >= self.profile.tries:
            return self.give_up(reason)
        self.tries += 1
        return self.again()

    def progress(self) -> None:
        """A page gets on: repeats so far are forgotten."""
        self.fruitless = 0

    def listen(self) -> Listen:
        """How a receiver listens for commands: a DCS arms the receiver of its training check."""
        return Listen(after_dcs=self.station.capabilities.rates if self.sink else frozenset())

    # --- who it is ---------------------------------------------------------------------------

    def identified(self, capabilities: Capabilities | None = None) -> Effect:
        """Tell what the frames before the final one have said."""
        said = {frame.fcf: frame for frame in self.prefaces}

        def text(*fcfs: Fcf) -> str:
            return next((said[fcf].characters for fcf in fcfs if fcf in said), "")

        facilities = [said[f].fif for f in (Fcf.NSF, Fcf.NSC, Fcf.NSS) if f in said]
        return Report(
            Identified(
                ident=text(Fcf.CSI, Fcf.CIG, Fcf.TSI),
                maker=maker(facilities[0]) if facilities else None,
                subaddress=text(Fcf.SUB, Fcf.PSA),
                sender=text(Fcf.SID),
                password=text(Fcf.PWD),
                selection=text(Fcf.SEP),
                capabilities=capabilities,
            )
        )

    # --- the end -----------------------------------------------------------------------------

    def close(self) -> list[Effect]:
        """Put away a page that is open; the receiver's affair."""
        return []

    def _ended(self, reason: Reason, detail: str) -> Ended:
        phase = "E" if reason is Reason.DONE else PHASES.get(self.state, "B")
        return Ended(reason, detail, phase, self.pages_sent, self.pages_received)

    def end(self, reason: Reason, detail: str = "") -> list[Effect]:
        """-> ENDED: nothing more is said."""
        verdict = self._verdict or self._ended(reason, detail)
        self.number += 1
        self._mark, self.sending = -1, False
        closed = self.close()
        return [
            *closed,
            *self.go(S.ENDED, Send(Program(self.number, ())), Report(verdict)),
        ]

    def give_up(self, reason: Reason, detail: str = "") -> list[Effect]:
        """-> DISCONNECTING: say DCN, then end with this reason."""
        self._verdict = self._ended(reason, detail)
        closed = self.close()
        effects = self.go(S.DISCONNECTING, self.start("disconnect"))
        self.said = (self.frames(Frame(Fcf.DCN)),)
        return [*closed, *effects, *self._send()]


Table = dict[tuple[State, str], Callable[..., list[Effect]]]
"""Part of the terminal's table."""
