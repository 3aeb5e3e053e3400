"""E&M over robbed bits: starts, winks, answers, glare, and both ends together."""

import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from telcard.errors import LocalProtocolError
from telcard.machine import Report, Send, StartTimer, StopTimer
from telcard.signalling.em import (
    CONDITIONS,
    DELAY,
    FEATURE_GROUP_D,
    IMMEDIATE,
    OFF_HOOK,
    ON_HOOK,
    WINK,
    EAndM,
    Profile,
    State,
)
from telcard.signalling.events import (
    AlarmCeased,
    Alarmed,
    Answered,
    Blocked,
    ClearedBack,
    ClearedForward,
    Failed,
    LineEvent,
    Proceeding,
    Released,
    Seized,
    SeizureAcknowledged,
    Unblocked,
)
from tests.support.fuzz import costly
from tests.support.line_pair import (
    Pair,
    edges_of,
    events,
    hear,
    reached_from,
    requests_now,
    sent,
    settle_down,
    states_of,
)

PROFILES = [WINK, IMMEDIATE, DELAY, FEATURE_GROUP_D]
starts = pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)


def ours_yields(profile: Profile) -> Pair:
    """End 0 yields at glare, end 1 does not, as we and an exchange."""
    return Pair([EAndM(profile), EAndM(standing(profile))])


def standing(profile: Profile) -> Profile:
    changed = {name: getattr(profile, name) for name in Profile.__slots__}
    return Profile(**changed | {"yields": False})


def idle(profile: Profile = WINK) -> EAndM:
    circuit = EAndM(profile)
    circuit.fire("start")
    hear(circuit, ON_HOOK)
    assert circuit.query().free
    return circuit


# -- every input in every state --------------------------------------------------------------------


def test_every_condition_has_its_place_in_every_state() -> None:
    for state, condition in itertools.product(State, CONDITIONS):
        assert (state, condition) in EAndM.table, (state, condition)


def test_every_row_ends_where_its_edge_in_the_drawing_ends() -> None:
    for (state, name), action in EAndM.table.items():
        circuit = EAndM(standing(WINK))
        circuit.state, circuit.hearing = state, name if name in CONDITIONS else "off_hook"
        for effect in action(circuit):
            assert isinstance(effect, Send | StartTimer | StopTimer | Report)
        drawn = (action.__doc__ or "").partition("-> ")[2].split()[0].rstrip(".,:")
        if name not in ("unblock", "guard", "start"):  # these go on with what the far end sends
            assert circuit.state.name == drawn, (state, name)


def test_every_state_can_be_reached_and_left() -> None:
    edges = edges_of(EAndM)
    edges["IDLE"] |= {"IN_SEIZED"}  # where a start signal is given
    assert reached_from(edges, "DOWN") == {state.name for state in states_of(EAndM)}
    for source, targets in edges.items():
        assert targets - {source}, f"{source} is a trap"


def test_every_request_is_either_in_the_table_or_refused_with_what_is_possible() -> None:
    for state, request in itertools.product(State, sorted(EAndM.requests)):
        circuit = EAndM()
        circuit.state = state
        if (state, request) not in EAndM.table:
            with pytest.raises(LocalProtocolError, match=f"cannot {request} while .*possible now"):
                circuit.fire(request)
            assert circuit.state is state


def test_every_timer_that_the_table_starts_has_a_length_and_every_length_a_timer() -> None:
    started: set[str] = set()
    for profile, ((state, name), action) in itertools.product(PROFILES, EAndM.table.items()):
        circuit = EAndM(profile)
        circuit.state, circuit.hearing = state, "on_hook"
        started |= {e.name for e in action(circuit) if isinstance(e, StartTimer)}
        if name not in CONDITIONS and name not in EAndM.requests:
            assert name in profile.timers
    assert started | {"recognition", "disconnect"} == set(WINK.timers)


def test_times_are_those_of_the_makers_manuals() -> None:
    assert 0.128 <= WINK.before_wink_s + WINK.recognition_s <= 0.256
    assert 0.14 <= WINK.wink_s <= 0.29
    assert 0.256 <= DELAY.wink_s <= 0.384
    assert IMMEDIATE.sender_s >= 0.15
    assert WINK.sender_s >= 0.07
    assert WINK.guard_s > WINK.disconnect_s + WINK.recognition_s


# -- one end ---------------------------------------------------------------------------------------


def test_the_calling_end_of_wink_start() -> None:
    circuit = idle()
    assert circuit.fire("seize") == [Send(0b1111), StartTimer("start")]
    assert hear(circuit, 0b1111) == [StartTimer("glare")]
    assert hear(circuit, 0b0000) == [StopTimer("start"), StopTimer("glare"), StartTimer("sender")]
    assert circuit.expire("sender") == [Report(SeizureAcknowledged())]
    assert hear(circuit, 0b1111) == [Report(Answered())]
    assert circuit.fire("bits", 0b0000) == [StartTimer("disconnect")]
    assert circuit.fire("bits", 0b1111) == [StopTimer("disconnect")], "a hit"
    assert hear(circuit, 0b0000) == [Report(ClearedBack())]
    assert circuit.fire("clear_forward") == [Send(0b0000), StartTimer("guard")]
    assert not circuit.query().free
    assert circuit.expire("guard") == [Report(Released())]
    assert circuit.query().free


def test_the_called_end_of_wink_start() -> None:
    circuit = idle()
    assert hear(circuit, 0b1111) == [Report(Seized()), StartTimer("before_wink")]
    assert circuit.expire("before_wink") == [Send(0b1111), StartTimer("wink")]
    assert circuit.expire("wink") == [Send(0b0000)]
    assert circuit.fire("answer") == [Send(0b1111)]
    assert circuit.fire("clear_back") == [Send(0b0000)]
    assert hear(circuit, 0b0000) == [Report(ClearedForward())]
    assert circuit.fire("release") == [Send(0b0000), StartTimer("guard")]
    assert circuit.expire("guard") == [Report(Released())]


def test_what_d4_leaves_of_the_bits_is_enough() -> None:
    """A and B alone, of which DAHDI's channel banks may send but one."""
    for nibble, condition in ((0b0000, "on_hook"), (0b1111, "off_hook"), (0b1010, "off_hook")):
        assert EAndM().condition(nibble) == condition
    assert EAndM().condition(0b0101) == "on_hook"


def test_where_no_start_signal_comes_the_call_fails_and_the_circuit_is_freed() -> None:
    circuit = idle()
    circuit.fire("seize")
    effects = circuit.expire("start")
    assert sent(effects) == [ON_HOOK]
    (failed,) = events(effects)
    assert isinstance(failed, Failed)
    assert "no start signal" in failed.why
    assert circuit.state is State.GUARD


def test_a_far_end_that_stays_off_hook_is_blocked_and_alarmed() -> None:
    circuit = idle()
    circuit.fire("seize")
    hear(circuit, OFF_HOOK)
    assert Send(ON_HOOK) in circuit.fire("clear_forward")
    assert circuit.state is State.OUT_CLEAR_FORWARD
    assert [type(event) for event in events(circuit.expire("alarm"))] == [Blocked, Alarmed]
    assert circuit.query().far_blocked
    assert events(hear(circuit, ON_HOOK)) == [AlarmCeased(), Unblocked()]


def test_who_seizes_and_says_nothing_is_blocked_until_he_goes() -> None:
    circuit = idle(IMMEDIATE)
    assert events(hear(circuit, OFF_HOOK)) == [Seized()]
    assert circuit.fire("give_up") == [Report(Blocked()), StartTimer("alarm")]
    assert events(circuit.expire("alarm")) == [Alarmed("the far end is off hook and says nothing")]
    assert events(hear(circuit, ON_HOOK)) == [AlarmCeased(), Unblocked()]
    assert events(circuit.expire("guard")) == [Released()]


def test_who_is_off_hook_from_the_start_takes_no_calls_and_makes_none() -> None:
    circuit = EAndM()
    circuit.fire("start")
    assert events(hear(circuit, OFF_HOOK)) == [Blocked()]
    assert not circuit.query().free
    assert events(hear(circuit, ON_HOOK)) == [Unblocked()]
    assert circuit.query().free


# -- both ends -------------------------------------------------------------------------------------


@starts
@pytest.mark.parametrize("caller", [0, 1])
def test_a_call_runs_from_seizure_to_release(profile: Profile, caller: int) -> None:
    pair = ours_yields(profile)
    called = 1 - caller
    pair.ask(caller, "seize")
    pair.run(1000)
    assert pair.said[caller] == [SeizureAcknowledged()]
    assert pair.said[called] == [Seized()]
    if profile.acknowledges:
        pair.ask(called, "acknowledge")
        pair.run(500)
        assert pair.said[caller].pop() == Proceeding()
    pair.ask(called, "answer")
    pair.run(500)
    assert pair.said[caller][-1] == Answered()
    pair.ask(called, "clear_back")
    pair.run(500)
    assert pair.said[caller][-1] == ClearedBack()
    pair.ask(caller, "clear_forward")
    pair.run(500)
    assert pair.said[called] == [Seized(), ClearedForward()]
    pair.ask(called, "release")
    pair.run(1000)
    assert pair.states == (State.IDLE, State.IDLE)
    assert [said[-1] for said in pair.said] == [Released(), Released()]


def test_an_answer_within_the_acknowledging_wink_is_an_answer() -> None:
    pair = ours_yields(FEATURE_GROUP_D)
    pair.ask(0, "seize")
    pair.run(1000)
    pair.ask(1, "acknowledge")
    pair.run(100)
    pair.ask(1, "answer")
    pair.run(1000)
    assert pair.said[0] == [SeizureAcknowledged(), Answered()]


@starts
@pytest.mark.parametrize("apart_ms", [-35, -20, 0, 20, 35])
def test_of_two_who_seize_at_once_the_one_who_yields_takes_the_others_call(
    profile: Profile, apart_ms: int
) -> None:
    pair = ours_yields(profile)
    first = 0 if apart_ms >= 0 else 1
    pair.ask(first, "seize")
    pair.run(abs(apart_ms))
    pair.ask(1 - first, "seize")
    pair.run(4900)
    failed, seized = pair.said[0]
    assert isinstance(failed, Failed)
    assert "glare" in failed.why
    assert seized == Seized()
    assert pair.said[1] == [SeizureAcknowledged()]
    pair.ask(0, "answer")
    pair.run(1000)
    assert pair.said[1][-1] == Answered()
    pair.ask(1, "clear_forward")
    pair.run(1000)
    pair.ask(0, "release")
    pair.run(2000)
    assert pair.states == (State.IDLE, State.IDLE)


def test_where_nobody_yields_both_calls_fail_and_the_circuit_is_free_again() -> None:
    pair = Pair([EAndM(standing(WINK)), EAndM(standing(WINK))])
    for end in (0, 1):
        pair.ask(end, "seize")
    pair.run(8000)
    assert all(isinstance(said[0], Failed) for said in pair.said)
    assert pair.states == (State.IDLE, State.IDLE)


@starts
def test_a_caller_who_gives_up_early_is_not_taken_for_the_next_call(profile: Profile) -> None:
    """His circuit hears the end of a wink that had begun."""
    for ms in range(0, 700, 20):
        pair = ours_yields(profile)
        pair.ask(0, "seize")
        pair.run(ms)
        pair.ask(0, "clear_forward")
        pair.run(3000)
        if "release" in requests_now(pair.circuits[1]):
            pair.ask(1, "release")
        pair.run(2000)
        assert pair.states == (State.IDLE, State.IDLE)
        assert Seized() not in pair.said[0], ms


def test_blocking_holds_the_circuit_off_hook_and_the_far_end_finds_nobody_there() -> None:
    pair = ours_yields(WINK)
    pair.ask(1, "block")
    pair.run(1000)
    assert pair.said[0] == [Seized()]
    pair.ask(0, "give_up")
    assert pair.circuits[0].query().far_blocked
    pair.ask(1, "unblock")
    pair.run(2000)
    assert pair.states == (State.IDLE, State.IDLE)
    assert pair.said[0] == [Seized(), Blocked(), Unblocked(), Released()]


def test_who_has_seized_a_blocked_circuit_is_waited_out() -> None:
    pair = ours_yields(WINK)
    pair.ask(0, "block")
    pair.ask(1, "seize")
    pair.run(1000)
    pair.ask(0, "unblock")
    pair.run(500)
    assert pair.said == [[Blocked()], [SeizureAcknowledged()]], "on hook is his start signal"
    pair.ask(1, "clear_forward")
    pair.run(1000)
    assert pair.said[0] == [Blocked(), Unblocked()]
    assert pair.states == (State.IDLE, State.IDLE)


def test_blocking_during_a_call_waits_for_its_end() -> None:
    pair = ours_yields(WINK)
    pair.ask(0, "seize")
    pair.run(1000)
    pair.ask(0, "block")
    assert pair.circuits[0].sending == OFF_HOOK
    pair.ask(0, "clear_forward")
    pair.run(2000)
    assert pair.states[0] is State.BLOCKING


@pytest.mark.fuzz
@costly(40)
@given(
    profile=st.sampled_from(PROFILES),
    steps=st.lists(
        st.tuples(st.integers(0, 1), st.integers(0, 9), st.integers(0, 700)), max_size=40
    ),
)
@example(
    profile=WINK,
    steps=[(0, 0, 0), (0, 2, 0), (0, 2, 50), (0, 0, 700), (0, 0, 0), (0, 0, 0)],
)
def test_whatever_happens_the_circuit_ends_idle_and_every_seizure_is_released(
    profile: Profile, steps: list[tuple[int, int, int]]
) -> None:
    pair = ours_yields(profile)
    for end, choice, ms in steps:
        possible = [*requests_now(pair.circuits[end]), "break"]
        request = possible[choice % len(possible)]
        if request == "break":
            pair.break_line(end, not pair.cut[end])
        else:
            pair.ask(end, request)
        pair.run(ms)
    settle_down(pair)
    assert pair.states == (State.IDLE, State.IDLE)
    for end, said in enumerate(pair.said):
        status = pair.circuits[end].query()
        assert not status.alarmed
        assert not status.far_blocked
        assert balanced(said), said


def balanced(said: list[LineEvent]) -> bool:
    """Whether each call that has come in was released before the next."""
    busy = False
    for event in said:
        if isinstance(event, Seized):
            if busy:
                return False
            busy = True
        elif isinstance(event, Released):
            busy = False
    return not busy
