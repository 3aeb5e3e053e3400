"""The outgoing R2 register: sends forward signals until the called line's state is known.

One cycle of the compelled procedure (Q.457) is: a forward signal is sent; the backward signal that
answers it is heard; the forward signal ends; the backward signal is heard to end; what it asked for
is sent next.  Nothing is timed but how long that may take at most (Q.476).

    register = ForwardRegister(variant("br"), CallFacts(called="95588", caller="1380013"))
    register.fire("start")                # [Send(Signal("I", 9)), StartTimer("forward")]
    register.fire("signal", 1)            # [StopTimer, Send(None), ...]: A-1 is heard
    register.fire("silence")              # [Send(Signal("I", 5)), ...]: it is over

Inputs: "start"; "signal", number, and "silence", of the receiver; "digits", text, complete: more of
the called number; "release": the call is over.  `Send` has the `Signal` to be sent from now on, or
None for silence.  Reports: `Proceeding` once the number is complete, then `Alerting` (the line is
free, or speech conditions are set up), `Disconnected` with its cause, or `Failed`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from enum import Enum
from typing import ClassVar

from telcard.machine import Action, Effect, Machine, Report, Send, StartTimer, StopTimer
from telcard.signalling.causes import Cause
from telcard.signalling.events import Alerting, Disconnected, Failed, Proceeding
from telcard.signalling.facts import CallFacts, Category
from telcard.signalling.r2.signals import (
    END,
    FREE,
    PULSED,
    REFUSED,
    Group,
    Line,
    Request,
    Signal,
    cause_of,
    check_digits,
    number_of,
)
from telcard.signalling.r2.variants import Variant


class State(Enum):
    """Where the outgoing register stands; values say it in Q.457's terms."""

    FREE = "not seized"
    FORWARD = "forward signal sent, a backward signal is awaited"
    BACKWARD = "backward signal heard, its end is awaited"
    SILENT = "silence, a digit or a pulse is awaited"
    RELEASED = "released"


class ForwardRegister(Machine[State]):
    """One call's outgoing register."""

    def __init__(self, variant: Variant, facts: CallFacts) -> None:
        super().__init__(State.FREE)
        check_digits("called", facts.called)
        check_digits("caller", facts.caller)
        self.variant = variant
        self.facts = facts
        self.called = facts.called
        self.charged = True
        """Whether the far end has said that the call is charged."""
        self.dialogue: deque[tuple[str, Signal]] = deque(maxlen=200)
        """Signals so far, each with who gave it: ">" we, "<" the far end."""
        self._complete = facts.complete
        self._sent = 0  # digits of the called number
        self._caller_sent = -1  # digits of the caller's; -1: was not asked for
        self._asks_caller = False  # "next digit" is of the caller's number
        self._group: Group = "A"  # of the backward signals
        self._heard = 0

    @property
    def transcript(self) -> list[str]:
        """The dialogue in words, a line each."""
        return [f"{who} {self.variant.describe(signal)}" for who, signal in self.dialogue]

    # ------------------------------------------------------------------ actions

    def _start(self) -> list[Effect]:
        """-> FORWARD."""
        return self._next_digit()

    def _answered(self, number: int) -> list[Effect]:
        """-> BACKWARD; it is acted upon when it has ended."""
        self._heard = number
        self.dialogue.append(("<", Signal(self._group, number)))
        return self.go(State.BACKWARD, StopTimer("forward"), Send(None), StartTimer("pause"))

    def _pulse(self, number: int) -> list[Effect]:
        """-> BACKWARD, for what may be pulsed; anything else is no signal here (Q.442)."""
        if self.variant.meaning(Signal(self._group, number)) not in PULSED:
            return []
        self._heard = number
        self.dialogue.append(("<", Signal(self._group, number)))
        return self.go(State.BACKWARD, StartTimer("pause"))

    def _ended(self) -> list[Effect]:
        """-> FORWARD, SILENT or RELEASED, as the signal that has ended wants."""
        signal = Signal(self._group, self._heard)
        effects: list[Effect] = [StopTimer("pause")]
        match self.variant.meaning(signal):
            case Line() as line:
                return effects + self._told(line)
            case Request() as request:
                return effects + self._asked(request)
        return effects + self._fail(
            Cause.PROTOCOL_ERROR, f"{signal} has no meaning in {self.variant.title}"
        )

    def _more(self, digits: str, complete: bool = False) -> list[Effect]:
        """-> FORWARD when a digit was awaited."""
        check_digits("digits", digits)
        self.called += digits
        self._complete = complete
        if self.state is not State.SILENT or not (digits or complete):
            return []
        return [StopTimer("pause"), *self._next_digit()]

    def _more_later(self, digits: str, complete: bool = False) -> list[Effect]:
        """Keep the state; the digit is sent when it is asked for."""
        check_digits("digits", digits)
        self.called += digits
        self._complete = complete
        return []

    def _unanswered(self) -> list[Effect]:
        """-> RELEASED."""
        return self._fail(
            Cause.TEMPORARY_FAILURE,
            f"no backward signal within {self.variant.forward_s:g} s",
            Send(None),
        )

    def _stands(self) -> list[Effect]:
        """-> RELEASED."""
        return self._fail(
            Cause.TEMPORARY_FAILURE,
            f"a backward signal did not end within {self.variant.pause_s:g} s",
        )

    def _nothing_asked(self) -> list[Effect]:
        """-> RELEASED."""
        return self._fail(
            Cause.INVALID_NUMBER_FORMAT,
            f"the number was not found complete within {self.variant.pause_s:g} s",
        )

    def _release(self) -> list[Effect]:
        """-> RELEASED."""
        quiet: list[Effect] = [Send(None)] if self.state is State.FORWARD else []
        return self.go(State.RELEASED, *quiet, StopTimer("forward"), StopTimer("pause"))

    def _ignore(self, *_: object) -> list[Effect]:
        return []

    # ------------------------------------------------------------------ what is sent

    def _asked(self, request: Request) -> list[Effect]:
        match request:
            case Request.NEXT if self._asks_caller:
                return self._caller_digit()
            case Request.NEXT:
                return self._called_again(self._sent)
            case Request.LAST:
                return self._called_again(self._sent - 1)
            case Request.LAST_BUT_ONE:
                return self._called_again(self._sent - 2)
            case Request.LAST_BUT_TWO:
                return self._called_again(self._sent - 3)
            case Request.LAST_BUT_THREE:
                return self._called_again(self._sent - 4)
            case Request.FROM_FIRST:
                return self._called_again(0)
            case Request.CATEGORY if self._caller_sent >= 0 and not self._has_caller_digit:
                # Q.441 has only "send the category"; nationally it asks for the number when it
                # comes again.
                return self._caller_digit()
            case Request.CATEGORY | Request.CALLER:
                return self._identify(request)
            case Request.CALLER_DIGIT:
                return self._caller_digit()
            case Request.GROUP_B:
                self._group = "B"
                category = self._category(self.variant.categories)
                return [Report(Proceeding()), *self._say(Signal("II", category))]
            case Request.SPEECH:
                return self.go(State.RELEASED, Report(Proceeding()), Report(Alerting(in_band=True)))
            case Request.LANGUAGE:
                return self._say(Signal("I", 10))  # the discriminating digit 0: an automatic call
            case Request.CIRCUIT:
                return self._say(Signal("I", 13))  # no satellite link
            case Request.COUNTRY | Request.ECHO:
                return self._say(Signal("I", REFUSED))
            case _:
                return self.go(State.RELEASED, Report(Disconnected(cause_of(request))))

    def _told(self, line: Line) -> list[Effect]:
        if line not in FREE:
            return self.go(State.RELEASED, Report(Disconnected(cause_of(line))))
        self.charged = line is not Line.FREE_NO_CHARGE
        return self.go(State.RELEASED, Report(Alerting(in_band=True)))

    @property
    def _has_caller_digit(self) -> bool:
        return Request.CALLER_DIGIT in self.variant.a.values()

    def _identify(self, request: Request) -> list[Effect]:
        """The category of the caller, and what will be asked for after it."""
        self._caller_sent = 0
        if request is Request.CALLER:
            if self.variant.c:
                self._group = "C"
            else:
                self._asks_caller = True
        table = self.variant.identities or self.variant.categories
        return self._say(Signal(self.variant.identity_group, self._category(table)))

    def _category(self, table: Mapping[int, Category]) -> int:
        wanted: tuple[Category, Category] = (self.facts.category, "subscriber")
        return next(number for name in wanted for number, known in table.items() if known == name)

    def _caller_digit(self) -> list[Effect]:
        self._caller_sent = max(0, self._caller_sent)
        presented = self.facts.caller if self.facts.caller_presented else ""
        if self._caller_sent < len(presented):
            digit = number_of(presented[self._caller_sent])
            self._caller_sent += 1
            return self._say(Signal("I", digit))
        self._asks_caller = False
        return self._say(Signal("I", END if presented else self.variant.withheld))

    def _called_again(self, place: int) -> list[Effect]:
        """The digit at `place`, which is the next one or has been sent before."""
        if self._group == "C":
            self._group = "A"
        self._asks_caller = False
        self._sent = max(0, place)
        return self._next_digit()

    def _next_digit(self) -> list[Effect]:
        if self._sent < len(self.called):
            digit = number_of(self.called[self._sent])
            self._sent += 1
            return self._say(Signal("I", digit))
        if self._complete and self.variant.end_of_called and self._sent:
            return self._say(Signal("I", END))
        return self.go(State.SILENT, StartTimer("pause"))

    def _say(self, signal: Signal) -> list[Effect]:
        self.dialogue.append((">", signal))
        return self.go(State.FORWARD, Send(signal), StartTimer("forward"))

    def _fail(self, cause: Cause, why: str, *effects: Effect) -> list[Effect]:
        return self.go(State.RELEASED, *effects, Report(Failed(cause, why)))

    # ------------------------------------------------------------------ the table

    table: ClassVar[Mapping[tuple[State, str], Action]] = {
        (State.FREE, "start"): _start,
        (State.FREE, "signal"): _ignore,
        (State.FREE, "silence"): _ignore,
        (State.FREE, "digits"): _more_later,
        (State.FREE, "release"): _release,
        (State.FORWARD, "signal"): _answered,
        (State.FORWARD, "silence"): _ignore,  # of what was there before our signal
        (State.FORWARD, "digits"): _more_later,
        (State.FORWARD, "forward"): _unanswered,
        (State.FORWARD, "release"): _release,
        (State.BACKWARD, "signal"): _ignore,  # disturbed: the one that was recognised counts
        (State.BACKWARD, "silence"): _ended,
        (State.BACKWARD, "digits"): _more_later,
        (State.BACKWARD, "pause"): _stands,
        (State.BACKWARD, "release"): _release,
        (State.SILENT, "signal"): _pulse,
        (State.SILENT, "silence"): _ignore,
        (State.SILENT, "digits"): _more,
        (State.SILENT, "pause"): _nothing_asked,
        (State.SILENT, "release"): _release,
        (State.RELEASED, "signal"): _ignore,
        (State.RELEASED, "silence"): _ignore,
        (State.RELEASED, "digits"): _ignore,
        (State.RELEASED, "release"): _ignore,
    }
