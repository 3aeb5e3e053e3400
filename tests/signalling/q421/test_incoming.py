"""The called end of Q.421: vectors from the standard, and what Q.422 table 4 does of faults."""

import pytest

from telcard.machine import Report, Send, StartTimer, StopTimer
from telcard.signalling.events import (
    AlarmCeased,
    Alarmed,
    Answered,
    ClearedForward,
    Failed,
    Released,
    Seized,
)
from telcard.signalling.q421 import (
    Circuit,
    Incoming,
    State,
)
from tests.support.line_pair import (
    events,
    hear,
    sent,
)


def idle(end: type[Circuit] = Incoming) -> Circuit:
    circuit = end()
    circuit.fire("start")
    hear(circuit, 0b1001)
    return circuit


def taken() -> Circuit:
    circuit = idle(Incoming)
    hear(circuit, 0b0001)
    return circuit


@pytest.mark.parametrize("nibble", [0b0101, 0b1101])
def test_b_f_1_while_idle_is_answered_with_b_b_1(nibble: int) -> None:
    circuit = idle(Incoming)
    effects = hear(circuit, nibble)
    assert sent(effects) == [0b1101]
    assert sent(hear(circuit, 0b1001)) == [0b1001]
    assert circuit.state is State.IDLE


@pytest.mark.parametrize("nibble", [0b0101, 0b1101])
def test_b_f_1_before_the_answer_fails_the_call_after_its_time(nibble: int) -> None:
    circuit = taken()
    assert hear(circuit, nibble) == [StartTimer("forward_fault")]
    assert [type(event) for event in events(circuit.expire("forward_fault"))] == [Failed]
    assert events(hear(circuit, 0b1001)) == [ClearedForward()]


def test_an_answer_during_b_f_1_waits_until_the_fault_is_over() -> None:
    circuit = taken()
    hear(circuit, 0b1101)
    assert circuit.fire("answer") == [StopTimer("forward_fault")]
    assert hear(circuit, 0b0001) == [Send(0b0101)]


@pytest.mark.parametrize("ends_by", ["clear_back", "10", "00"])
def test_a_double_answer_that_is_held_back_is_double_once_the_fault_is_over(ends_by: str) -> None:
    circuit = taken()
    hear(circuit, 0b1101)
    circuit.fire("answer_twice")
    match ends_by:
        case "00":
            assert hear(circuit, 0b0001) == [Send(0b0101), StartTimer("first_answer")]
            assert circuit.expire("first_answer") == [Send(0b1101), StartTimer("double_answer")]
            hear(circuit, 0b1101)
            assert circuit.expire("double_answer") == [
                Send(0b0101),
                Report(Answered()),
                StartTimer("alarm"),
            ]
        case "10":
            hear(circuit, 0b1001)
        case _:
            circuit.fire("clear_back")
    assert not circuit.twice


def test_clear_back_during_b_f_1_gives_the_call_up() -> None:
    waiting, answered = taken(), taken()
    hear(waiting, 0b1101)
    waiting.fire("answer")
    assert [type(event) for event in events(waiting.fire("clear_back"))] == [Failed]
    answered.fire("answer")
    assert hear(answered, 0b1101) == [StartTimer("alarm")]
    effects = answered.fire("clear_back")
    assert sent(effects) == [0b1101]
    assert [type(event) for event in events(effects)] == [Failed]
    for circuit in (waiting, answered):
        assert events(hear(circuit, 0b1001)) == [ClearedForward()]


def test_b_f_1_during_the_conversation_changes_nothing_until_clear_back() -> None:
    circuit = taken()
    circuit.fire("answer")
    hear(circuit, 0b1101)
    assert [type(event) for event in events(circuit.expire("alarm"))] == [Alarmed]
    assert events(hear(circuit, 0b0001)) == [AlarmCeased()]
    assert circuit.state is State.IN_ANSWERED


def test_b_f_1_after_clear_back_gives_the_call_up_at_once() -> None:
    circuit = taken()
    circuit.fire("answer")
    circuit.fire("clear_back")
    assert [type(event) for event in events(hear(circuit, 0b1101))] == [Failed]


def test_after_clear_forward_nothing_counts_until_the_release() -> None:
    circuit = taken()
    hear(circuit, 0b1001)
    assert hear(circuit, 0b0001) == []
    assert circuit.fire("release") == [Send(0b1001), StartTimer("guard")]
    assert circuit.expire("guard") == [Report(Released()), Send(0b1101), Report(Seized())]


def test_a_seizure_during_the_guard_is_taken_as_the_next_call() -> None:
    circuit = taken()
    hear(circuit, 0b1001)
    circuit.fire("release")
    assert events(hear(circuit, 0b0001)) == [Released(), Seized()]


def test_blocking_during_a_call_waits_until_idle_was_held_for_the_guard() -> None:
    circuit = taken()
    assert circuit.fire("block") == []
    hear(circuit, 0b1001)
    assert sent(circuit.fire("release")) == [0b1001]
    assert circuit.expire("guard") == [Report(Released()), Send(0b1101)]
    assert circuit.state is State.BLOCKING


def test_a_caller_who_seizes_a_blocked_circuit_is_waited_out() -> None:
    circuit = idle(Incoming)
    circuit.fire("block")
    assert hear(circuit, 0b0001) == []
    assert circuit.fire("unblock") == []
    assert hear(circuit, 0b1001) == [Send(0b1001)]
    assert circuit.state is State.IDLE


def test_the_incoming_end_sends_the_nibbles_of_table_1() -> None:
    circuit = idle(Incoming)
    assert hear(circuit, 0b0001) == [Send(0b1101), Report(Seized())]
    assert circuit.fire("answer") == [Send(0b0101)]
    assert circuit.fire("clear_back") == [Send(0b1101)]
    assert hear(circuit, 0b1001) == [Report(ClearedForward())]
    assert circuit.fire("release") == [Send(0b1001), StartTimer("guard")]
    assert circuit.expire("guard") == [Report(Released())]
    assert circuit.fire("block") == [Send(0b1101)]
    assert circuit.fire("unblock") == [Send(0b1001)]
