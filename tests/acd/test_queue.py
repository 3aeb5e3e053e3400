"""The decisions of the queue, one input after the other, without clock or telephone."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telcard.acd.queue import (
    NO_ANSWER,
    Activity,
    Agent,
    Assignment,
    Finished,
    HookChanged,
    Input,
    Joined,
    Left,
    LoggedIn,
    LoggedOut,
    Paused,
    State,
    Status,
    Taken,
    Unanswered,
    Withdrawn,
    WrappedUp,
    decide,
)
from telcard.trunks import Hook

S = 1_000_000_000


class Floor:
    """A state that inputs are given to, with the assignments that came of them."""

    def __init__(self, *names: str) -> None:
        self.state = State(tuple(Agent(name, f"station of {name}") for name in names))
        self.offers: list[Assignment] = []
        for name in names:
            self(HookChanged(0, f"station of {name}", Hook.ON_HOOK))

    def __call__(self, *inputs: Input) -> list[tuple[str, str]]:
        """Give inputs; returns who was assigned to whom by them."""
        came: list[Assignment] = []
        for said in inputs:
            self.state, assignments = decide(self.state, said)
            came += assignments
        self.offers += came
        return [(offer.call, offer.agent) for offer in came]

    def status(self, name: str) -> Status:
        return self.state.agent(name).status


def test_a_caller_gets_the_agent_who_has_been_idle_longest_then_by_name() -> None:
    floor = Floor("Cleo", "Anna", "Bert")
    floor(LoggedIn(9 * S, "Bert"), LoggedIn(5 * S, "Cleo"), LoggedIn(5 * S, "Anna"))
    assert floor(Joined(20 * S, "1")) == [("1", "Anna")]
    assert floor.offers[0].why == "idle for 15 s, the longest of 3"
    assert floor(Joined(21 * S, "2"), Joined(22 * S, "3")) == [("2", "Cleo"), ("3", "Bert")]


def test_callers_wait_in_the_order_in_which_they_came() -> None:
    floor = Floor("Anna")
    floor(Joined(1, "1"), Joined(2, "2"), Joined(3, "3"))
    assert [floor.state.position(call) for call in "123x"] == [1, 2, 3, 0]
    assert floor(LoggedIn(4, "Anna")) == [("1", "Anna")]
    assert floor(Taken(5, "Anna")) == []
    assert floor.state.position("2") == 1
    assert floor(Finished(6, "Anna")) == []
    assert floor(WrappedUp(7, "Anna")) == [("2", "Anna")]


def test_an_agent_who_does_not_answer_is_not_ready_and_the_caller_keeps_his_place() -> None:
    floor = Floor("Anna", "Bert")
    floor(LoggedIn(1, "Anna"), Joined(2, "1"), Joined(3, "2"))
    floor(LoggedIn(4, "Bert"))  # rings for the second
    assert floor(Unanswered(5, "Anna")) == []
    assert floor.state.agent("Anna").pause == NO_ANSWER
    assert floor.status("Anna") is Status.NOT_READY
    assert floor(Unanswered(6, "Bert")) == []
    assert floor(LoggedIn(7, "Bert")) == [("1", "Bert")]


def test_a_caller_who_gives_up_while_it_rings_leaves_the_agent_as_idle_as_he_was() -> None:
    floor = Floor("Anna", "Bert")
    floor(LoggedIn(1 * S, "Anna"), LoggedIn(2 * S, "Bert"))
    assert floor(Joined(9 * S, "1")) == [("1", "Anna")]
    assert floor(Left(10 * S, "1")) == []
    assert floor.state.agent("Anna").idle_since == 1 * S
    assert floor(Joined(11 * S, "2")) == [("2", "Anna")]


def test_a_telephone_that_could_not_be_rung_is_tried_again_when_it_is_put_down() -> None:
    floor = Floor("Anna")
    floor(LoggedIn(1, "Anna"), Joined(2, "1"))
    floor(HookChanged(3, "station of Anna", Hook.BUSY))
    assert floor(Withdrawn(4, "Anna")) == []
    assert floor.status("Anna") is Status.READY
    assert floor(HookChanged(5, "station of Anna", Hook.ON_HOOK)) == [("1", "Anna")]


def test_a_wish_to_pause_during_a_call_holds_after_it() -> None:
    floor = Floor("Anna")
    floor(LoggedIn(1, "Anna"), Joined(2, "1"), Taken(3, "Anna"))
    floor(Paused(4, "Anna", "lunch"), Joined(5, "2"))
    assert floor.status("Anna") is Status.TALKING
    assert floor(Finished(6, "Anna"), WrappedUp(7, "Anna")) == []
    assert floor.status("Anna") is Status.NOT_READY
    assert floor(LoggedIn(8, "Anna")) == [("2", "Anna")]


def test_an_agent_may_go_home_during_a_call_and_during_wrap_up() -> None:
    floor = Floor("Anna")
    floor(LoggedIn(1, "Anna"), Joined(2, "1"), Taken(3, "Anna"), LoggedOut(4, "Anna"))
    assert floor.status("Anna") is Status.TALKING
    floor(Finished(5, "Anna"))
    assert floor.status("Anna") is Status.WRAP_UP
    assert floor(WrappedUp(6, "Anna"), Joined(7, "2")) == []
    assert floor.status("Anna") is Status.LOGGED_OUT


def test_after_wrap_up_nobody_is_offered_while_the_handset_is_up() -> None:
    floor = Floor("Anna")
    floor(LoggedIn(1, "Anna"), Joined(2, "1"), Taken(3, "Anna"))
    floor(HookChanged(3, "station of Anna", Hook.BUSY), Finished(4, "Anna"), Joined(5, "2"))
    assert floor(WrappedUp(6, "Anna")) == []
    assert floor(HookChanged(7, "station of Anna", Hook.ON_HOOK)) == [("2", "Anna")]


def test_a_desk_is_staffed_by_those_who_are_there_with_a_telephone() -> None:
    floor = Floor("Anna")
    assert not floor.state.staffed
    floor(Paused(1, "Anna", "lunch"))
    assert floor.state.staffed  # he comes back
    floor(HookChanged(2, "station of Anna", Hook.AWAY))
    assert not floor.state.staffed
    floor(HookChanged(3, "station of Anna", Hook.BUSY))
    assert floor.state.staffed


def test_a_status_knows_since_when_it_is() -> None:
    floor = Floor("Anna")
    floor(LoggedIn(3, "Anna"), HookChanged(4, "station of Anna", Hook.BUSY), LoggedIn(5, "Anna"))
    assert floor.state.agent("Anna").since == 3


def test_nobody_knows_an_agent_who_is_not_there() -> None:
    with pytest.raises(KeyError, match="Zoe"):
        decide(State(), LoggedIn(1, "Zoe"))


NAMES = ("Anna", "Bert", "Cleo")
CALLS = ("1", "2", "3", "4")
MOVES = st.one_of(
    st.tuples(st.just(Joined), st.sampled_from(CALLS)),
    st.tuples(st.just(Left), st.sampled_from(CALLS)),
    *(
        st.tuples(st.just(kind), st.sampled_from(NAMES))
        for kind in (LoggedIn, LoggedOut, Taken, Unanswered, Withdrawn, Finished, WrappedUp)
    ),
    st.tuples(st.just(Paused), st.sampled_from(NAMES)),
    st.tuples(st.just(HookChanged), st.sampled_from(NAMES), st.sampled_from(Hook)),
)

POSSIBLE = {
    Taken: Activity.RINGING,
    Unanswered: Activity.RINGING,
    Withdrawn: Activity.RINGING,
    Finished: Activity.TALKING,
    WrappedUp: Activity.WRAP_UP,
}


@given(st.lists(MOVES, max_size=80))
def test_no_agent_has_two_callers_and_no_caller_two_agents_and_nobody_waits_in_vain(moves) -> None:
    floor = Floor(*NAMES)
    for at, (kind, *rest) in enumerate(moves, 1):
        if kind in POSSIBLE and floor.state.agent(rest[0]).activity is not POSSIBLE[kind]:
            continue
        if kind is Joined and (
            floor.state.position(rest[0]) or rest[0] in {a.call for a in floor.state.agents}
        ):
            continue
        order = [waiting.call for waiting in floor.state.waiting]
        match kind.__name__:
            case "Paused":
                said: Input = Paused(at, rest[0], "lunch")
            case "HookChanged":
                said = HookChanged(at, f"station of {rest[0]}", rest[1])
            case _:
                said = kind(at, rest[0])
        floor(said)
        state = floor.state
        ringing = {a.name: a.call for a in state.agents if a.activity is Activity.RINGING}
        assert {w.agent: w.call for w in state.waiting if w.agent} == ringing
        assert len(set(ringing.values())) == len(ringing)
        left = [w.call for w in state.waiting]
        assert left == [call for call in order if call in left] + [
            call for call in left if call not in order
        ]
        if any(not waiting.agent for waiting in state.waiting):
            assert not any(agent.free for agent in state.agents)


def test_the_same_inputs_give_the_same_state() -> None:
    floor, other = Floor(*NAMES), Floor(*reversed(NAMES))
    for one in (floor, other):
        one(*(LoggedIn(1, name) for name in NAMES), Joined(2, "1"))
    assert floor.offers == other.offers
    assert replace(floor.state, agents=()) == replace(other.state, agents=())
