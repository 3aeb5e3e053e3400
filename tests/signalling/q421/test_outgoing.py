"""The calling end of Q.421: vectors from the standard, and what Q.422 table 3 does of faults."""

import pytest

from telcard.errors import LocalProtocolError
from telcard.machine import Report, Send, StartTimer, StopTimer
from telcard.signalling.events import (
    AlarmCeased,
    Alarmed,
    Answered,
    Blocked,
    ClearedBack,
    Failed,
    Released,
    SeizureAcknowledged,
    Unblocked,
)
from telcard.signalling.q421 import (
    Circuit,
    Outgoing,
    State,
)
from tests.support.line_pair import (
    events,
    hear,
    sent,
)


def idle(end: type[Circuit] = Outgoing) -> Circuit:
    circuit = end()
    circuit.fire("start")
    hear(circuit, 0b1001)
    return circuit


def seized() -> Circuit:
    circuit = idle(Outgoing)
    circuit.fire("seize")
    return circuit


def acknowledged() -> Circuit:
    circuit = seized()
    hear(circuit, 0b1101)
    return circuit


def test_a_seizure_that_nobody_acknowledges_fails_and_is_cleared_once_acknowledged() -> None:
    circuit = seized()
    (failed,) = events(circuit.expire("seizure_ack"))
    assert isinstance(failed, Failed)
    assert failed.cause == 41
    assert not circuit.query().free
    assert events(circuit.expire("alarm")) == [Alarmed("the far end acknowledges no seizure")]
    late = hear(circuit, 0b1101)
    assert sent(late) == [0b1001]
    assert events(late) == [AlarmCeased()]
    assert events(hear(circuit, 0b1001)) == [Released()]


def test_a_caller_who_goes_before_the_acknowledgement_is_cleared_after_it() -> None:
    circuit = seized()
    assert sent(circuit.fire("clear_forward")) == []
    assert sent(hear(circuit, 0b1101)) == [0b1001]
    assert events(hear(circuit, 0b1001)) == [Released()]


def test_an_answer_without_acknowledgement_fails_the_call() -> None:
    circuit = seized()
    effects = hear(circuit, 0b0101)
    assert sent(effects) == [0b1001]
    assert [type(event) for event in events(effects)] == [Failed]


@pytest.mark.parametrize("nibble", [0b1001, 0b0001])
def test_b_b_0_after_the_acknowledgement_fails_the_call_after_its_time(nibble: int) -> None:
    circuit = acknowledged()
    assert hear(circuit, nibble) == [StartTimer("backward_fault")]
    effects = circuit.expire("backward_fault")
    assert [type(event) for event in events(effects)] == [Failed]
    assert sent(effects) == []  # clear-forward only when b_b reverts to 1
    assert sent(hear(circuit, 0b1101)) == [0b1001]


@pytest.mark.parametrize("nibble", [0b1101, 0b0101])
def test_b_b_0_after_the_acknowledgement_may_pass(nibble: int) -> None:
    circuit = acknowledged()
    hear(circuit, 0b1001)
    assert hear(circuit, nibble)[0] == StopTimer("backward_fault")
    assert circuit.state in (State.OUT_ACKNOWLEDGED, State.OUT_ANSWERED)


@pytest.mark.parametrize("clear_back", [False, True])
@pytest.mark.parametrize("nibble", [0b1001, 0b0001])
def test_b_b_0_during_the_conversation_holds_the_clear_forward_back(
    nibble: int, clear_back: bool
) -> None:
    circuit = acknowledged()
    hear(circuit, 0b0101)
    if clear_back:
        hear(circuit, 0b1101)
    assert hear(circuit, nibble) == [StartTimer("alarm")]
    assert [type(event) for event in events(circuit.expire("alarm"))] == [Alarmed]
    assert circuit.query().alarmed
    assert sent(circuit.fire("clear_forward")) == []
    restored = hear(circuit, 0b1101)
    assert sent(restored) == [0b1001]
    assert events(restored) == [AlarmCeased()]


def test_a_called_party_may_come_back_after_clear_back() -> None:
    circuit = acknowledged()
    hear(circuit, 0b0101)
    hear(circuit, 0b1101)
    assert events(hear(circuit, 0b0101)) == [Answered()]


@pytest.mark.parametrize("nibble", [0b0001, 0b0101])
def test_nonsense_while_idle_blocks_the_circuit_and_alarms_later(nibble: int) -> None:
    circuit = idle(Outgoing)
    assert events(hear(circuit, nibble)) == [Blocked()]
    with pytest.raises(LocalProtocolError):
        circuit.fire("seize")
    assert [type(event) for event in events(circuit.expire("alarm"))] == [Alarmed]
    assert events(hear(circuit, 0b1001)) == [AlarmCeased(), Unblocked()]
    assert circuit.query().free


def test_a_far_end_that_blocks_is_not_seized_until_it_unblocks() -> None:
    circuit = idle(Outgoing)
    assert events(hear(circuit, 0b1101)) == [Blocked()]
    assert circuit.query().far_blocked
    with pytest.raises(LocalProtocolError, match="cannot seize while blocked by the far end"):
        circuit.fire("seize")
    assert events(hear(circuit, 0b1001)) == [Unblocked()]
    assert circuit.query().free


def test_a_far_end_that_was_never_heard_is_not_free() -> None:
    circuit = Outgoing()
    circuit.fire("start")
    assert not circuit.query().free


def test_a_far_end_that_was_blocked_before_the_start_is_known_at_the_start() -> None:
    circuit = Outgoing()
    assert hear(circuit, 0b1101) == []
    assert events(circuit.fire("start")) == [Blocked()]


def test_the_outgoing_end_sends_the_nibbles_of_table_1() -> None:
    circuit = idle(Outgoing)
    assert circuit.fire("seize") == [Send(0b0001), StartTimer("seizure_ack")]
    assert hear(circuit, 0b1101) == [StopTimer("seizure_ack"), Report(SeizureAcknowledged())]
    assert hear(circuit, 0b0101) == [Report(Answered())]
    assert hear(circuit, 0b1101) == [Report(ClearedBack())]
    assert circuit.fire("clear_forward") == [Send(0b1001), StartTimer("alarm")]
    assert hear(circuit, 0b1001) == [StopTimer("alarm"), Report(Released())]
    assert circuit.query().free


def test_a_far_end_that_is_idle_in_the_middle_of_a_call_is_cleared_in_the_end() -> None:
    """openr2 becomes idle when its registers fail: b_b = 1 never comes."""
    circuit = Outgoing()
    for name in ("start", "seize"):
        circuit.fire(name)
    hear(circuit, 0b1101)
    hear(circuit, 0b1001)
    circuit.expire("backward_fault")
    assert circuit.state is State.OUT_HOLDING
    effects = circuit.expire("alarm")
    assert circuit.state is State.IDLE
    assert Send(0b1001) in effects
    assert effects[-1] == Report(Released())
