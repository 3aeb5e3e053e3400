"""The incoming R2 register: asks for what it wants by backward signals, and tells the outcome.

Each forward signal is answered by a backward one, which says what is wanted next and lasts until
the forward signal has ended (Q.457).  When nothing is missing the far end is led to group B, says
once more who calls, and its last signal stands until the exchange has decided.

    register = BackwardRegister(variant("itu"), Wishes(called_digits=5, caller=True))
    register.fire("start")                # the seizure was acknowledged: [StartTimer("interval")]
    register.fire("signal", 9)            # [StopTimer, Report(MoreDigits("9")), Send(A-5), ...]
    ...
    register.fire("free")                 # after Offered: B-6
    register.fire("refuse", 17)           # or B-3: busy

Inputs: "start"; "signal", number, and "silence", of the receiver; "enough": no more digits are
wanted; "free" and "free_no_charge": the called party is being rung; "refuse", cause; "release": the
call is over.  All three decisions may come before they can be told.  `Send` has the `Signal` to be
sent from now on, or None for silence.  Reports: `MoreDigits` as they come; `Offered` with all that
was said; `Decided` when the far end has noted the decision, and nothing more will be sent; `Failed`
when it does not do its part.

A number whose length nobody knows is complete after `digits_s` without a further digit: A-3 is then
sent as a pulse (Q.442).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from telcard.machine import Action, Effect, Machine, Report, Send, StartTimer, StopTimer
from telcard.signalling.causes import Cause
from telcard.signalling.events import Failed, MoreDigits, Offered
from telcard.signalling.facts import CallFacts, Category
from telcard.signalling.r2.signals import (
    END,
    FREE,
    Group,
    Line,
    Request,
    Signal,
    digit_of,
    refusals_of,
)
from telcard.signalling.r2.variants import Variant

LONGEST = 32
"""Digits of a number; nobody has more, and a far end that never stops is stopped here."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the incoming end wants to know of a call."""

    called_digits: int | None = None
    """How long the called number is; None: it ends by I-15, or by silence."""
    caller: bool = True
    """Whether to ask who calls."""
    caller_after: int | None = None
    """After how many digits of the called number; None: when it is complete.  A number that ends
    by silence leaves no signal to ask behind, so there it is after the first."""
    caller_digits: int | None = None
    """How many digits of the caller's number are asked for; None: until it ends by I-15."""
    group_b: bool = True
    """False: the call is accepted by A-6 where there is one, without the called line's state."""

    def __post_init__(self) -> None:
        for name, least in (("called_digits", 1), ("caller_after", 1), ("caller_digits", 1)):
            value = getattr(self, name)
            if value is not None and not least <= value <= LONGEST:
                raise ValueError(f"{name}: want {least} to {LONGEST}, or None; got {value}")


@dataclass(frozen=True, slots=True)
class Decided:
    """The register has done its work: the caller may be connected, or hears why not.

    `free` says whether the called party is being rung.
    """

    free: bool
    cause: int = 0


class State(Enum):
    """Where the incoming register stands; values say it in Q.457's terms."""

    FREE = "not seized"
    SILENT = "silence, a forward signal is awaited"
    DECIDING = "forward signal heard, the exchange decides"
    BACKWARD = "backward signal sent, the end of the forward signal is awaited"
    BEFORE_PULSE = "silence before a pulse"
    PULSE = "a pulse is sent"
    AFTER_PULSE = "after a pulse, forward signals are not recognised"
    RELEASED = "released"


_TIMERS = ("interval", "digits", "decision", "before_pulse", "pulse", "after_pulse")


class _Stage(Enum):
    """What the next forward signal will be."""

    CALLED = "digit of the called number"
    CATEGORY = "category of the caller"
    CALLER = "digit of the caller's number"
    GROUP_II = "category of the caller, in group II"


class BackwardRegister(Machine[State]):
    """One call's incoming register."""

    def __init__(self, variant: Variant, wishes: Wishes | None = None) -> None:
        super().__init__(State.FREE)
        self.variant = variant
        self.wishes = wishes or Wishes()
        self.called = ""
        self.caller = ""
        self.category: Category = "subscriber"
        self.presented = True
        self.dialogue: deque[tuple[str, Signal]] = deque(maxlen=200)
        """Signals so far, each with who gave it: ">" we, "<" the far end."""
        self._stage = _Stage.CALLED
        self._group: Group = "A"
        self._complete = self._enough_said = False
        self._asked = not (self.wishes.caller and variant.knows_callers())
        self._decision: tuple[Line, ...] = ()
        self._cause = 0
        self._last: Decided | Failed | None = None  # told when what is being sent is over
        self._pulsed: Signal | None = None
        self._held = 0  # a signal that began while none was recognised

    @property
    def transcript(self) -> list[str]:
        """The dialogue in words, a line each."""
        return [f"{who} {self.variant.describe(signal)}" for who, signal in self.dialogue]

    # ------------------------------------------------------------------ actions

    def _start(self) -> list[Effect]:
        """-> SILENT."""
        return self.go(State.SILENT, StartTimer("interval"))

    def _heard(self, number: int) -> list[Effect]:
        """-> BACKWARD, or DECIDING when it was the last."""
        self.dialogue.append(("<", Signal(self._forward_group(), number)))
        effects: list[Effect] = [StopTimer("interval"), StopTimer("digits")]
        match self._stage:
            case _Stage.CALLED:
                return effects + self._called(number)
            case _Stage.CATEGORY:
                table = self.variant.identities or self.variant.categories
                self.category = table.get(number, "subscriber")
                self._stage = _Stage.CALLER
                return effects + self._ask_caller()
            case _Stage.CALLER:
                return effects + self._caller(number)
            case _:
                if not self._asked or not self.variant.identities:
                    self.category = self.variant.categories.get(number, "subscriber")
                return effects + self._offer()

    def _ended(self) -> list[Effect]:
        """-> SILENT, or RELEASED after the last signal."""
        if self._last is not None:
            return self.go(State.RELEASED, StopTimer("interval"), Send(None), Report(self._last))
        return self.go(State.SILENT, Send(None), *self._wait())

    def _lost(self) -> list[Effect]:
        """-> RELEASED: the far end took its signal away before it was answered."""
        return self._fail(
            Cause.TEMPORARY_FAILURE, "the forward signal ended unanswered", StopTimer("decision")
        )

    def _stands(self) -> list[Effect]:
        """-> RELEASED."""
        return self._fail(
            Cause.TEMPORARY_FAILURE,
            f"a forward signal did not end within {self.variant.interval_s:g} s",
            Send(None),
        )

    def _nothing_came(self) -> list[Effect]:
        """-> BEFORE_PULSE, to say congestion; or RELEASED when not even a first digit came."""
        why = f"no forward signal within {self.variant.interval_s:g} s"
        if not self.called or self._stage is _Stage.GROUP_II:
            return self._fail(Cause.TEMPORARY_FAILURE, why)
        self._last = Failed(Cause.INVALID_NUMBER_FORMAT, why)
        return self._pulse(Request.CONGESTION)

    def _no_more(self) -> list[Effect]:
        """-> BEFORE_PULSE: the number is complete, for no more of it comes (Q.442)."""
        self._complete = True
        self._asked = True  # there is no signal left to be answered by the question
        self._stage = _Stage.GROUP_II
        return self._pulse(Request.GROUP_B)

    def _enough(self) -> list[Effect]:
        """-> BEFORE_PULSE when the far end is silent, else with the next signal."""
        self._complete = self._enough_said = True
        if self.state is State.SILENT and self._stage is _Stage.CALLED and self.called:
            return [StopTimer("interval"), StopTimer("digits"), *self._no_more()]
        return []

    def _interrupted(self, number: int) -> list[Effect]:
        """-> BACKWARD: another signal came before the pulse, which need not be one any more."""
        effects: list[Effect] = [StopTimer("before_pulse")]
        if self._last is not None:
            return effects + self._send(Request.CONGESTION)
        self._stage, self._complete = _Stage.CALLED, self._enough_said
        return effects + self._heard(number)

    def _begin_pulse(self) -> list[Effect]:
        """-> PULSE."""
        assert self._pulsed is not None
        self.dialogue.append((">", self._pulsed))
        return self.go(State.PULSE, Send(self._pulsed), StartTimer("pulse"))

    def _end_pulse(self) -> list[Effect]:
        """-> AFTER_PULSE."""
        return self.go(State.AFTER_PULSE, Send(None), StartTimer("after_pulse"))

    def _after_pulse(self) -> list[Effect]:
        """-> SILENT, or RELEASED after the last signal."""
        if self._last is not None:
            return self.go(State.RELEASED, Report(self._last))
        held, self._held = self._held, 0
        waiting = self.go(State.SILENT, *self._wait())
        return waiting + (self._heard(held) if held else [])

    def _hold(self, number: int) -> list[Effect]:
        """Keep the state: a signal that began meanwhile counts if it still stands afterwards."""
        self._held = number
        return []

    def _let_go(self) -> list[Effect]:
        """Keep the state: it is over already."""
        self._held = 0
        return []

    def _decide(self, *lines: Line, cause: int = 0) -> list[Effect]:
        """-> BACKWARD when it can be told now."""
        if not self._decision:
            self._decision, self._cause = lines, cause
        return self._tell() if self.state is State.DECIDING else []

    def _free(self) -> list[Effect]:
        """-> BACKWARD when it can be told now."""
        return self._decide(Line.FREE)

    def _free_no_charge(self) -> list[Effect]:
        """-> BACKWARD when it can be told now."""
        return self._decide(Line.FREE_NO_CHARGE, Line.FREE)

    def _refuse(self, cause: int) -> list[Effect]:
        """-> BACKWARD when it can be told now."""
        return self._decide(*refusals_of(cause), cause=cause)

    def _release(self) -> list[Effect]:
        """-> RELEASED."""
        sends = self.state in (State.BACKWARD, State.PULSE)
        quiet: list[Effect] = [Send(None)] if sends else []
        return self.go(State.RELEASED, *quiet, *(StopTimer(name) for name in _TIMERS))

    def _ignore(self, *_: object) -> list[Effect]:
        return []

    # ------------------------------------------------------------------ what is asked for

    def _forward_group(self) -> Group:
        match self._stage:
            case _Stage.GROUP_II:
                return "II"
            case _Stage.CATEGORY:
                return self.variant.identity_group
        return "I"

    def _called(self, number: int) -> list[Effect]:
        digit = digit_of(number)
        if not digit and number != END:
            # Codes 11 to 14 lead to operators and test equipment, which is not here.
            return self._congested(f"I-{number} is no digit of a subscriber's number")
        self.called += digit
        wanted = self.wishes.called_digits
        self._complete |= not digit or len(self.called) == wanted or len(self.called) == LONGEST
        told = MoreDigits(digit, complete=self._complete)
        if not self.called:
            return self._congested("the called number is empty")
        return [Report(told), *self._ask()]

    def _ask(self) -> list[Effect]:
        """Having heard a digit: what is wanted next?"""
        if not self._asked and (self._complete or len(self.called) >= self._caller_after):
            self._asked = True
            self._stage = _Stage.CATEGORY
            if self.variant.number("A", Request.CATEGORY) is not None:
                return self._send(Request.CATEGORY)
            asked = self._send(Request.CALLER)
            if self.variant.c:
                self._group = "C"
            return asked
        return self._ask_called()

    @property
    def _caller_after(self) -> int:
        after = self.wishes.caller_after
        if after is None:
            after = 1 if self.wishes.called_digits is None else LONGEST
        return after

    def _ask_called(self) -> list[Effect]:
        if self._complete and not self.wishes.group_b and self._speech is not None:
            return self._offer()
        group = self._group
        if group == "C":
            self._group = "A"
        self._stage = _Stage.GROUP_II if self._complete else _Stage.CALLED
        return self._send(Request.GROUP_B if self._complete else Request.NEXT, group)

    def _ask_caller(self) -> list[Effect]:
        if self._group == "C":
            return self._send(Request.CALLER_DIGIT, "C")
        for request in (Request.CALLER_DIGIT, Request.CATEGORY, Request.NEXT):
            if self.variant.number("A", request) is not None:
                return self._send(request)
        raise AssertionError("a variant has a signal for the next digit")

    def _caller(self, number: int) -> list[Effect]:
        digit = digit_of(number)
        self.caller += digit
        self.presented = bool(digit or self.caller)
        limit = self.wishes.caller_digits or LONGEST
        if digit and len(self.caller) < limit:
            return self._ask_caller()
        return self._ask_called()

    @property
    def _speech(self) -> int | None:
        return self.variant.number("A", Request.SPEECH)

    def _offer(self) -> list[Effect]:
        """-> DECIDING, or BACKWARD when it is decided already."""
        facts = CallFacts(
            called=self.called,
            caller=self.caller,
            caller_presented=self.presented,
            category=self.category,
            complete=self._complete,
        )
        effects = self.go(State.DECIDING, Report(Offered(facts)), StartTimer("decision"))
        return effects + (self._tell() if self._decision else [])

    def _tell(self) -> list[Effect]:
        """The decision, in group B, or in group A where group B is left out."""
        lines, self._decision = self._decision, ()
        free = lines[0] in FREE
        self._last = Decided(free, self._cause)
        if self._stage is not _Stage.GROUP_II:
            request = Request.SPEECH if free else Request.CONGESTION
            return [StopTimer("decision"), *self._send(request)]
        for line in (*lines, Line.FREE if free else Line.CONGESTION):
            number = self.variant.number("B", line)
            if number is not None:
                return [StopTimer("decision"), *self._say(Signal("B", number))]
        raise AssertionError("a variant has signals for a free line and for congestion")

    def _congested(self, why: str) -> list[Effect]:
        self._last = Failed(Cause.INVALID_NUMBER_FORMAT, why)
        return self._send(Request.CONGESTION)

    def _send(self, request: Request, group: Group = "A") -> list[Effect]:
        number = self.variant.number(group, request)
        if number is None:
            group = "A"
            number = self.variant.number("A", request)
        assert number is not None, "the variant was asked before"
        return self._say(Signal(group, number))

    def _say(self, signal: Signal) -> list[Effect]:
        self.dialogue.append((">", signal))
        return self.go(State.BACKWARD, Send(signal), StartTimer("interval"))

    def _pulse(self, request: Request) -> list[Effect]:
        number = self.variant.number("A", request)
        assert number is not None, "every variant has what may be pulsed here"
        self._pulsed, self._held = Signal("A", number), 0
        return self.go(State.BEFORE_PULSE, StartTimer("before_pulse"))

    def _wait(self) -> list[Effect]:
        """Timers for the next forward signal: a number may be complete without another digit."""
        may_end = self._stage is _Stage.CALLED and self.called
        if may_end and self.wishes.called_digits is None:
            return [StopTimer("interval"), StartTimer("digits")]
        return [StartTimer("interval")]

    def _fail(self, cause: Cause, why: str, *effects: Effect) -> list[Effect]:
        return self.go(State.RELEASED, *effects, Report(Failed(cause, why)))

    # ------------------------------------------------------------------ the table

    table: ClassVar[Mapping[tuple[State, str], Action]] = {
        (State.FREE, "start"): _start,
        (State.SILENT, "signal"): _heard,
        (State.SILENT, "interval"): _nothing_came,
        (State.SILENT, "digits"): _no_more,
        (State.DECIDING, "silence"): _lost,
        (State.DECIDING, "decision"): _free,
        (State.BACKWARD, "silence"): _ended,
        (State.BACKWARD, "interval"): _stands,
        (State.BEFORE_PULSE, "signal"): _interrupted,
        (State.BEFORE_PULSE, "before_pulse"): _begin_pulse,
        (State.PULSE, "signal"): _hold,
        (State.PULSE, "silence"): _let_go,
        (State.PULSE, "pulse"): _end_pulse,
        (State.AFTER_PULSE, "signal"): _hold,
        (State.AFTER_PULSE, "silence"): _let_go,
        (State.AFTER_PULSE, "after_pulse"): _after_pulse,
        # A signal where none can be is a disturbance: the one that was recognised counts.
        (State.FREE, "signal"): _ignore,
        (State.FREE, "silence"): _ignore,
        (State.SILENT, "silence"): _ignore,
        (State.DECIDING, "signal"): _ignore,
        (State.BACKWARD, "signal"): _ignore,
        (State.BEFORE_PULSE, "silence"): _ignore,
        (State.RELEASED, "signal"): _ignore,
        (State.RELEASED, "silence"): _ignore,
        # What the exchange wants it may say at any time.
        **dict.fromkeys([(state, "enough") for state in State], _enough),
        **dict.fromkeys([(state, "free") for state in State], _free),
        **dict.fromkeys([(state, "free_no_charge") for state in State], _free_no_charge),
        **dict.fromkeys([(state, "refuse") for state in State], _refuse),
        **dict.fromkeys([(state, "release") for state in State], _release),
    }


__all__ = ["LONGEST", "BackwardRegister", "Decided", "State", "Wishes"]
