"""Both ends of a Q.421 circuit: times, recognition, every input in every state."""

import itertools

import pytest

from telcard.errors import LocalProtocolError
from telcard.machine import Report, Send, StartTimer, StopTimer
from telcard.signalling.q421 import (
    CONDITIONS,
    ITU_SATELLITE,
    BothWay,
    Circuit,
    Incoming,
    Outgoing,
    Profile,
    State,
)
from tests.support.line_pair import (
    edges_of,
    hear,
    reached_from,
    sent,
    states_of,
)

ENDS = [Outgoing, Incoming, BothWay]


def idle(end: type[Circuit] = Incoming) -> Circuit:
    circuit = end()
    circuit.fire("start")
    hear(circuit, 0b1001)
    return circuit


def test_a_circuit_in_service_sends_idle_1001() -> None:
    assert sent(Outgoing().fire("start")) == sent(Incoming().fire("start")) == [0b1001]


def test_a_profile_may_send_other_bits_c_and_d() -> None:
    """China's No. 1 system keeps c d at 1 1."""
    circuit = Incoming(Profile(cd=0b11))
    assert sent(circuit.fire("start")) == [0b1011]
    assert sent(hear(circuit, 0b0011)) == [0b1111]


def test_times_are_those_of_q422() -> None:
    timers = Profile().timers
    assert 0.1 <= timers["seizure_ack"] <= 0.2
    assert 1 <= ITU_SATELLITE.timers["seizure_ack"] <= 2
    assert 1 <= timers["backward_fault"] <= 2
    assert timers["double_seizure"] >= 0.1
    assert timers["guard"] >= 0.1
    assert 0.013 <= timers["recognition"] <= 0.027


def test_every_timer_that_a_table_starts_has_a_length() -> None:
    started = set()
    for end in ENDS:
        for (state, name), action in end.table.items():
            circuit = end(Profile(metering_s=0.4, reanswer_s=2.5))
            circuit.state, circuit.hearing = state, "10"
            started |= {e.name for e in action(circuit) if isinstance(e, StartTimer)}
            if name not in CONDITIONS and name not in Circuit.requests:
                assert name in Profile().timers
    assert started | {"recognition"} == set(Profile().timers)


def test_a_condition_shorter_than_the_recognition_time_never_was() -> None:
    circuit = idle(Incoming)
    assert circuit.fire("bits", 0b0001) == [StartTimer("recognition")]
    assert circuit.fire("bits", 0b1001) == [StopTimer("recognition")]
    assert circuit.expire("recognition") == []
    assert circuit.state is State.IDLE


def test_a_condition_that_changes_again_is_timed_anew() -> None:
    circuit = idle(Incoming)
    assert circuit.fire("bits", 0b0001) == [StartTimer("recognition")]
    assert circuit.fire("bits", 0b0001) == []
    assert circuit.fire("bits", 0b1101) == [StartTimer("recognition")]
    circuit.expire("recognition")
    assert circuit.query().hearing == "11"


def test_0000_is_no_signal() -> None:
    circuit = idle(Incoming)
    circuit.fire("bits", 0b0001)
    assert circuit.fire("bits", 0b0000) == [StopTimer("recognition")]
    assert Incoming().fire("bits", 0b0000) == []


@pytest.mark.parametrize("end", ENDS)
def test_every_condition_has_its_place_in_every_state(end: type[Circuit]) -> None:
    for state in states_of(end):
        for condition in CONDITIONS:
            assert (state, condition) in end.table, (state, condition)


@pytest.mark.parametrize("end", ENDS)
def test_every_row_ends_where_its_edge_in_the_drawing_ends(end: type[Circuit]) -> None:
    for (state, name), action in end.table.items():
        circuit = end()
        circuit.state = state
        circuit.hearing = name if name in CONDITIONS else None
        circuit.blocking = action.__name__ == "late_caller_gone"
        for effect in action(circuit):
            assert isinstance(effect, Send | StartTimer | StopTimer | Report)
        drawn = (action.__doc__ or "").partition("-> ")[2].split()[0].rstrip(".,")
        if name in ("double_seizure", "unblock") or state is State.DOWN:
            continue  # these go on at once with what the far end sends by then
        assert circuit.state.name == drawn, (state, name)


@pytest.mark.parametrize("end", ENDS)
def test_every_request_is_either_in_the_table_or_refused_with_what_is_possible(
    end: type[Circuit],
) -> None:
    refused = 0
    for state, request in itertools.product(states_of(end), sorted(Circuit.requests)):
        if (state, request) in end.table:
            continue
        circuit = end()
        circuit.state = state
        with pytest.raises(LocalProtocolError, match=f"cannot {request} while") as error:
            circuit.fire(request)
        assert "possible now: " in str(error.value)
        assert circuit.state is state
        refused += 1
    assert refused > 0


@pytest.mark.parametrize("end", ENDS)
def test_every_state_can_be_reached_and_left(end: type[Circuit]) -> None:
    edges = edges_of(end)
    assert reached_from(edges, "DOWN") == {state.name for state in states_of(end)}
    for source, targets in edges.items():
        assert targets - {source}, f"{source} is a trap"


@pytest.mark.parametrize("end", ENDS)
def test_the_table_can_be_drawn(end: type[Circuit]) -> None:
    drawing = end.dot()
    assert drawing.startswith(f"digraph {end.__name__} {{")
    assert drawing.endswith("}")
    assert drawing.count("->") == len(end.table)


def test_a_late_timer_is_nothing() -> None:
    circuit = idle(BothWay)
    for timer in Profile().timers:
        assert circuit.expire(timer) == []
    assert circuit.state is State.IDLE
