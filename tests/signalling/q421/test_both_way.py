"""Both ends of Q.421 circuits together: whole calls, glare, broken lines, and chance."""

from random import Random

import pytest

from telcard.signalling.events import (
    Answered,
    Blocked,
    ClearedBack,
    ClearedForward,
    Failed,
    LineEvent,
    Metered,
    Released,
    Seized,
    SeizureAcknowledged,
    Unblocked,
)
from telcard.signalling.q421 import (
    BothWay,
    Circuit,
    Incoming,
    Outgoing,
    Profile,
    State,
)
from tests.support.fuzz import by_chance
from tests.support.line_pair import (
    Pair,
    hear,
    requests_now,
    settle_down,
)


def pair_of(*ends: type[Circuit], profile: Profile | None = None) -> Pair:
    return Pair([end(profile or Profile()) for end in ends])


def idle(end: type[Circuit] = BothWay) -> Circuit:
    circuit = end()
    circuit.fire("start")
    hear(circuit, 0b1001)
    return circuit


@pytest.mark.parametrize("ends", [(Outgoing, Incoming), (BothWay, BothWay), (Outgoing, BothWay)])
def test_a_call_runs_from_seizure_to_release(ends: tuple[type[Circuit], type[Circuit]]) -> None:
    pair = pair_of(*ends)
    pair.ask(0, "seize")
    pair.run(60)
    assert pair.said == [[SeizureAcknowledged()], [Seized()]]
    pair.ask(1, "answer")
    pair.run(1000)
    pair.ask(1, "clear_back")
    pair.run(1000)
    pair.ask(0, "clear_forward")
    pair.run(100)
    assert pair.states == (State.OUT_CLEAR_FORWARD, State.IN_CLEAR_FORWARD)
    pair.ask(1, "release")
    pair.run(200)
    assert pair.states == (State.IDLE, State.IDLE)
    assert pair.said == [
        [SeizureAcknowledged(), Answered(), ClearedBack(), Released()],
        [Seized(), ClearedForward(), Released()],
    ]


def test_the_acknowledgement_comes_well_within_its_time() -> None:
    """10 ms of line and 20 ms of recognition each way."""
    pair = pair_of(Outgoing, Incoming)
    pair.ask(0, "seize")
    pair.run(59)
    assert pair.said[0] == []
    pair.run(1)
    assert pair.said[0] == [SeizureAcknowledged()]


@pytest.mark.parametrize("apart_ms", [0, 10, 20, 29])
def test_double_seizure_fails_both_calls_and_frees_the_circuit(apart_ms: int) -> None:
    pair = pair_of(BothWay, BothWay)
    pair.ask(0, "seize")
    pair.run(apart_ms)
    pair.ask(1, "seize")
    pair.run(1000)
    assert pair.states == (State.IDLE, State.IDLE)
    for said in pair.said:
        assert [type(event) for event in said] == [Failed, Released]
        assert said[0] == Failed(44, "double seizure: both ends took the circuit")
    pair.ask(1, "seize")
    pair.run(100)
    assert pair.said[0][-1] == Seized()


def test_both_ends_of_a_double_seizure_hold_it_for_100_ms_at_least() -> None:
    pair = pair_of(BothWay, BothWay)
    pair.ask(0, "seize")
    pair.ask(1, "seize")
    pair.run(30)
    assert pair.states == (State.DOUBLE_SEIZURE, State.DOUBLE_SEIZURE)
    pair.run(99)
    assert pair.circuits[0].sending == 0b0001
    pair.run(1)
    assert pair.circuits[0].sending == 0b1001


def test_a_both_way_circuit_blocks_and_unblocks_from_either_end() -> None:
    pair = pair_of(BothWay, BothWay)
    pair.ask(0, "block")
    pair.ask(1, "block")
    pair.run(100)
    pair.ask(0, "unblock")
    pair.run(100)
    assert pair.states == (State.BLOCKED, State.BLOCKING)
    pair.ask(1, "unblock")
    pair.run(100)
    assert pair.states == (State.IDLE, State.IDLE)
    assert pair.said == [[Blocked(), Unblocked()], [Blocked(), Unblocked()]]


def test_blocking_asked_for_by_the_caller_takes_effect_after_its_call() -> None:
    pair = pair_of(BothWay, BothWay)
    pair.ask(0, "seize")
    pair.run(100)
    pair.ask(0, "block")
    pair.ask(0, "clear_forward")
    pair.run(100)
    pair.ask(1, "release")
    pair.run(300)
    assert pair.states == (State.BLOCKING, State.BLOCKED)


def test_a_span_that_fails_blocks_idle_circuits_and_frees_them_when_it_is_back() -> None:
    pair = pair_of(Outgoing, Incoming)
    pair.break_line(0, True)
    pair.break_line(1, True)
    pair.run(1000)
    assert pair.said == [[Blocked()], [Blocked()]]
    pair.break_line(0, False)
    pair.break_line(1, False)
    pair.run(1000)
    assert pair.states == (State.IDLE, State.IDLE)
    assert pair.said == [[Blocked(), Unblocked()], [Blocked(), Unblocked()]]


def test_a_double_seizure_hidden_from_one_end_by_a_fault_is_resolved() -> None:
    """End 0 takes an all-ones alarm for the acknowledgement, and end 1 sees a double seizure."""
    pair = pair_of(BothWay, BothWay)
    pair.ask(0, "seize")
    pair.break_line(0, True)
    pair.ask(1, "seize")
    pair.run(100)
    pair.break_line(0, False)
    pair.run(5000)
    assert pair.states == (State.OUT_HOLDING, State.OUT_CLEAR_FORWARD)
    settle_down(pair)
    assert pair.states == (State.IDLE, State.IDLE)


@pytest.mark.parametrize(("lasts_ms", "metered"), [(150, True), (600, False)])
def test_a_short_clear_back_is_a_metering_pulse_where_there_are_any(
    lasts_ms: int, metered: bool
) -> None:
    pair = pair_of(
        Outgoing, Incoming, profile=Profile(metering_s=0.4, meter_pulse_s=lasts_ms / 1000)
    )
    pair.ask(0, "seize")
    pair.run(500)
    pair.ask(1, "answer")
    pair.run(500)
    pair.ask(1, "meter")
    pair.run(1000)
    assert (Metered() in pair.said[0]) is metered
    assert (ClearedBack() in pair.said[0]) is not metered
    assert pair.states == (State.OUT_ANSWERED, State.IN_ANSWERED)


@pytest.mark.fuzz
@by_chance(421, inputs=40)
def test_whatever_happens_the_circuit_ends_idle_and_every_seizure_is_released(
    chance: Random,
) -> None:
    pair = pair_of(*chance.choice([(Outgoing, Incoming), (BothWay, BothWay)]))
    for _ in range(chance.randrange(41)):
        end = chance.randrange(2)
        possible = [*requests_now(pair.circuits[end]), "break"]
        request = chance.choice(possible)
        if request == "break":
            pair.break_line(end, not pair.cut[end])
        else:
            pair.ask(end, request)
        pair.run(chance.randrange(251))
    settle_down(pair)
    assert pair.states == (State.IDLE, State.IDLE)
    for end, said in enumerate(pair.said):
        assert not pair.circuits[end].query().alarmed
        assert not pair.circuits[end].query().far_blocked
        busy = False
        for event in said:
            match event:
                case Seized():
                    assert not busy, said
                    busy = True
                case Released():
                    busy = False
                case Answered() | ClearedBack() | SeizureAcknowledged() | ClearedForward():
                    assert not isinstance(event, ClearedForward) or busy, said
                case _:
                    pass
        assert not busy, said


@pytest.mark.parametrize(
    ("reanswer_s", "metering_s", "pause_s", "told"),
    [
        (2.5, 0.0, 1.0, [Answered]),
        (2.5, 0.0, 2.0, [Answered]),
        (2.5, 0.4, 2.0, [Answered]),  # too long for a pulse, and no clear-back either
        (2.5, 0.4, 0.2, [Answered, Metered]),
        (1.0, 0.0, 2.0, [Answered, ClearedBack, Answered]),
        (0.0, 0.0, 0.1, [Answered, ClearedBack, Answered]),
    ],
)
def test_a_double_answer_is_one_call_where_it_is_the_custom(
    reanswer_s: float, metering_s: float, pause_s: float, told: list[type]
) -> None:
    profile = Profile(reanswer_s=reanswer_s, metering_s=metering_s, double_answer_s=pause_s)
    pair = pair_of(Outgoing, Incoming, profile=profile)
    pair.ask(0, "seize")
    pair.run(500)
    pair.ask(1, "answer_twice")
    pair.run(900)
    assert pair.states == (State.OUT_ANSWERED, State.IN_FIRST_ANSWER)
    assert Answered() not in pair.said[1]
    pair.run(10_000)
    assert pair.states == (State.OUT_ANSWERED, State.IN_ANSWERED)
    assert [type(event) for event in pair.said[0][1:]] == told
    assert pair.said[1][-1] == Answered()
    pair.ask(1, "clear_back")
    pair.run(3_500)
    assert pair.said[0][-1] == ClearedBack()


@pytest.mark.parametrize("after_ms", [500, 1500])
@pytest.mark.parametrize(
    ("end", "request_", "told"), [(0, "clear_forward", ClearedForward()), (1, "clear_back", None)]
)
def test_either_end_may_clear_in_the_middle_of_a_double_answer(
    after_ms: int, end: int, request_: str, told: LineEvent | None
) -> None:
    pair = pair_of(Outgoing, Incoming, profile=Profile(reanswer_s=2.5, double_answer_s=1.5))
    pair.ask(0, "seize")
    pair.run(500)
    pair.ask(1, "answer_twice")
    pair.run(after_ms)
    pair.ask(end, request_)
    pair.run(10_000)
    if told is None:
        assert pair.said[0][-1] == ClearedBack()
        pair.ask(0, "clear_forward")
        pair.run(100)
    assert pair.said[1][-1] == ClearedForward()
    assert Answered() not in pair.said[1]
    settle_down(pair)
    assert pair.states == (State.IDLE, State.IDLE)
