"""What machines of circuits have in common, on one that knows two conditions."""

from collections.abc import Mapping
from enum import Enum
from typing import ClassVar

import pytest

from telcard.errors import LocalProtocolError
from telcard.machine import Action, Report, Send, StopTimer
from telcard.signalling.circuit import (
    Circuit,
    alarm,
    blocked,
    calm,
    during_calls,
    row,
    send,
    settle,
    to,
    unblocked,
)
from telcard.signalling.events import AlarmCeased, Alarmed, Blocked, Unblocked
from tests.support.line_pair import hear


class State(Enum):
    REST = "at rest"
    WORK = "at work"


class Times:
    timers: ClassVar[Mapping[str, float]] = {"recognition": 0.02}


class Lamp(Circuit[State]):
    clause = "of ours"
    table: ClassVar[Mapping[tuple[State, str], Action]] = {
        **row(State.REST, {"seize": to(State.WORK, send(1)), "dark": to(State.REST, blocked)}),
        **row(
            State.WORK,
            {"clear_forward": to(State.REST, settle), "bright": to(State.WORK, unblocked)},
            stay="dark",
        ),
        **during_calls([State.WORK]),
    }

    @property
    def idle(self) -> bool:
        return self.state is State.REST

    def condition(self, abcd: int) -> str:
        return "bright" if abcd else "dark"

    def nibble(self, signal: int) -> int:
        return 15 * signal


def test_steps_make_an_action_and_are_taken_in_their_order() -> None:
    lamp = Lamp(State.REST, Times())
    assert lamp.query().free
    assert lamp.fire("seize") == [Send(15)]
    assert (lamp.query().sending, lamp.query().free) == (15, False)
    assert lamp.accepts("clear_forward")
    assert to(State.WORK, send(1), StopTimer("x"))(lamp) == [Send(15), StopTimer("x")]


def test_what_the_far_end_blocks_is_told_once() -> None:
    lamp = Lamp(State.REST, Times())
    assert hear(lamp, 0) == [Report(Blocked())]
    assert lamp.query().far_blocked
    lamp.fire("seize")
    assert lamp.fire("clear_forward") == [], "it settles with what it hears, and has told that"
    lamp.fire("seize")
    assert hear(lamp, 15) == [Report(Unblocked())]
    assert hear(lamp, 0) == []


def test_blocking_waits_for_the_end_of_a_call() -> None:
    lamp = Lamp(State.REST, Times())
    lamp.fire("seize")
    assert (lamp.fire("block"), lamp.blocking) == ([], True)
    assert (lamp.fire("unblock"), lamp.blocking) == ([], False)


def test_an_alarm_is_told_and_its_end_if_it_was() -> None:
    lamp = Lamp(State.REST, Times())
    assert calm(lamp) == [StopTimer("alarm")]
    assert alarm("dark for too long")(lamp) == [Report(Alarmed("dark for too long"))]
    assert lamp.query().alarmed
    assert calm(lamp) == [StopTimer("alarm"), Report(AlarmCeased())]


def test_what_a_state_forbids_is_refused_with_what_is_possible() -> None:
    sentence = "Lamp: cannot answer while at rest; possible now: seize"
    with pytest.raises(LocalProtocolError, match=sentence) as refused:
        Lamp(State.REST, Times()).fire("answer")
    assert refused.value.clause == "of ours"
