"""Q.421/Q.422 line signalling: vectors worked out from the standard, and both ends together."""

import heapq
import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telcard.errors import LocalProtocolError
from telcard.machine import Effect, Report, Send, StartTimer, StopTimer
from telcard.signalling.events import (
    AlarmCeased,
    Alarmed,
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
    CONDITIONS,
    ITU_SATELLITE,
    BothWay,
    Circuit,
    Incoming,
    Outgoing,
    Profile,
    State,
)
from tests.support.fuzz import costly

ENDS = [Outgoing, Incoming, BothWay]


def states_of(end: type[Circuit]) -> list[State]:
    return sorted({state for state, _ in end.table}, key=lambda state: state.name)


def events(effects: list[Effect]) -> list[LineEvent]:
    return [effect.event for effect in effects if isinstance(effect, Report)]


def sent(effects: list[Effect]) -> list[int]:
    return [effect.pdu for effect in effects if isinstance(effect, Send)]


def idle(end: type[Circuit]) -> Circuit:
    circuit = end()
    circuit.fire("start")
    hear(circuit, 0b1001)
    return circuit


def hear(circuit: Circuit, abcd: int) -> list[Effect]:
    """Give a nibble that stands still for the recognition time."""
    started = circuit.fire("bits", abcd)
    assert started == [StartTimer("recognition")]
    return circuit.expire("recognition")


class Pair:
    """Two ends on one line, in whole milliseconds: 10 ms each way, timers of the profile."""

    DELAY = 10

    def __init__(self, *ends: type[Circuit], profile: Profile | None = None) -> None:
        self.circuits = [end(profile or Profile()) for end in ends]
        self.said: list[list[LineEvent]] = [[], []]
        self.now = 0
        self.cut = [False, False]
        self._order = itertools.count()
        self._due: list[tuple[int, int, str, int, object]] = []
        self._timers: list[dict[str, int]] = [{}, {}]
        for end in (0, 1):
            self.ask(end, "start")
        self.run(100)

    def ask(self, end: int, request: str) -> None:
        self._carry_out(end, self.circuits[end].fire(request))

    def break_line(self, end: int, broken: bool) -> None:
        """What `end` receives is all ones from now on, or the truth again."""
        self.cut[end] = broken
        circuit = self.circuits[1 - end]
        self._post(0, "bits", end, 0b1111 if broken else circuit.sending)

    def run(self, ms: int) -> None:
        until = self.now + ms
        while self._due and self._due[0][0] <= until:
            self.now, number, kind, end, what = heapq.heappop(self._due)
            circuit = self.circuits[end]
            if kind == "bits":
                self._carry_out(end, circuit.fire("bits", what))
            elif self._timers[end].get(str(what)) == number:
                del self._timers[end][str(what)]
                self._carry_out(end, circuit.expire(str(what)))
        self.now = until

    def _post(self, ms: int, kind: str, end: int, what: object) -> int:
        number = next(self._order)
        heapq.heappush(self._due, (self.now + ms, number, kind, end, what))
        return number

    def _carry_out(self, end: int, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send(abcd):
                    if not self.cut[1 - end]:
                        self._post(self.DELAY, "bits", 1 - end, abcd)
                case StartTimer(name):
                    ms = round(1000 * self.circuits[end].profile.timers[name])
                    self._timers[end][name] = self._post(ms, "timer", end, name)
                case StopTimer(name):
                    self._timers[end].pop(name, None)
                case Report(event):
                    self.said[end].append(event)

    @property
    def states(self) -> tuple[State, State]:
        return self.circuits[0].state, self.circuits[1].state


# -- one end: nibbles from Q.421 table 1, c d = 0 1 ----------------------------------------------


def test_a_circuit_in_service_sends_idle_1001() -> None:
    assert sent(Outgoing().fire("start")) == sent(Incoming().fire("start")) == [0b1001]


def test_the_outgoing_end_sends_the_nibbles_of_table_1() -> None:
    circuit = idle(Outgoing)
    assert circuit.fire("seize") == [Send(0b0001), StartTimer("seizure_ack")]
    assert hear(circuit, 0b1101) == [StopTimer("seizure_ack"), Report(SeizureAcknowledged())]
    assert hear(circuit, 0b0101) == [Report(Answered())]
    assert hear(circuit, 0b1101) == [Report(ClearedBack())]
    assert circuit.fire("clear_forward") == [Send(0b1001), StartTimer("alarm")]
    assert hear(circuit, 0b1001) == [StopTimer("alarm"), Report(Released())]
    assert circuit.query().free


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
            circuit = end(Profile(metering_s=0.4))
            circuit.state, circuit.hearing = state, "10"
            started |= {e.name for e in action(circuit) if isinstance(e, StartTimer)}
            if name not in CONDITIONS and name not in Circuit.requests:
                assert name in Profile().timers
    assert started | {"recognition"} == set(Profile().timers)


# -- recognition -----------------------------------------------------------------------------------


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


# -- every input in every state --------------------------------------------------------------------


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
    edges: dict[str, set[str]] = {}
    for line in end.dot().splitlines()[1:-1]:
        source, _, target = line.split("[")[0].split()
        edges.setdefault(source, set()).add(target)
    reached, front = {"DOWN"}, ["DOWN"]
    while front:
        for target in edges[front.pop()] - reached:
            reached.add(target)
            front.append(target)
    assert reached == {state.name for state in states_of(end)}
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


# -- abnormal conditions, outgoing end (Q.422 table 3) ---------------------------------------------


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


# -- abnormal conditions, incoming end (Q.422 table 4) ---------------------------------------------


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


# -- both ends against each other ------------------------------------------------------------------


@pytest.mark.parametrize("ends", [(Outgoing, Incoming), (BothWay, BothWay), (Outgoing, BothWay)])
def test_a_call_runs_from_seizure_to_release(ends: tuple[type[Circuit], type[Circuit]]) -> None:
    pair = Pair(*ends)
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
    pair = Pair(Outgoing, Incoming)
    pair.ask(0, "seize")
    pair.run(59)
    assert pair.said[0] == []
    pair.run(1)
    assert pair.said[0] == [SeizureAcknowledged()]


@pytest.mark.parametrize("apart_ms", [0, 10, 20, 29])
def test_double_seizure_fails_both_calls_and_frees_the_circuit(apart_ms: int) -> None:
    pair = Pair(BothWay, BothWay)
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
    pair = Pair(BothWay, BothWay)
    pair.ask(0, "seize")
    pair.ask(1, "seize")
    pair.run(30)
    assert pair.states == (State.DOUBLE_SEIZURE, State.DOUBLE_SEIZURE)
    pair.run(99)
    assert pair.circuits[0].sending == 0b0001
    pair.run(1)
    assert pair.circuits[0].sending == 0b1001


def test_a_both_way_circuit_blocks_and_unblocks_from_either_end() -> None:
    pair = Pair(BothWay, BothWay)
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
    pair = Pair(BothWay, BothWay)
    pair.ask(0, "seize")
    pair.run(100)
    pair.ask(0, "block")
    pair.ask(0, "clear_forward")
    pair.run(100)
    pair.ask(1, "release")
    pair.run(300)
    assert pair.states == (State.BLOCKING, State.BLOCKED)


def test_a_span_that_fails_blocks_idle_circuits_and_frees_them_when_it_is_back() -> None:
    pair = Pair(Outgoing, Incoming)
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
    pair = Pair(BothWay, BothWay)
    pair.ask(0, "seize")
    pair.break_line(0, True)
    pair.ask(1, "seize")
    pair.run(100)
    pair.break_line(0, False)
    pair.run(5000)
    assert pair.states == (State.OUT_HOLDING, State.OUT_CLEAR_FORWARD)
    settle_down(pair)
    assert pair.states == (State.IDLE, State.IDLE)


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


@pytest.mark.parametrize(("lasts_ms", "metered"), [(150, True), (600, False)])
def test_a_short_clear_back_is_a_metering_pulse_where_there_are_any(
    lasts_ms: int, metered: bool
) -> None:
    pair = Pair(Outgoing, Incoming, profile=Profile(metering_s=0.4, meter_pulse_s=lasts_ms / 1000))
    pair.ask(0, "seize")
    pair.run(500)
    pair.ask(1, "answer")
    pair.run(500)
    pair.ask(1, "meter")
    pair.run(1000)
    assert (Metered() in pair.said[0]) is metered
    assert (ClearedBack() in pair.said[0]) is not metered
    assert pair.states == (State.OUT_ANSWERED, State.IN_ANSWERED)


def requests_now(circuit: Circuit) -> Iterator[str]:
    for state, name in circuit.table:
        if state is circuit.state and name in Circuit.requests:
            yield name


def settle_down(pair: Pair) -> None:
    """Everybody hangs up, releases and unblocks, as often as it takes."""
    for end in (0, 1):
        pair.break_line(end, False)
    for _ in range(20):
        pair.run(40_000)
        for end, circuit in enumerate(pair.circuits):
            for request in ("clear_forward", "release", "unblock"):
                if request in requests_now(circuit):
                    pair.ask(end, request)


@pytest.mark.fuzz
@costly(40)
@given(
    ends=st.sampled_from([(Outgoing, Incoming), (BothWay, BothWay)]),
    steps=st.lists(
        st.tuples(st.integers(0, 1), st.integers(0, 9), st.integers(0, 250)), max_size=40
    ),
)
def test_whatever_happens_the_circuit_ends_idle_and_every_seizure_is_released(
    ends: tuple[type[Circuit], type[Circuit]], steps: list[tuple[int, int, int]]
) -> None:
    pair = Pair(*ends)
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
