"""A walk over the tables of one call, and single calls driven by hand."""

import itertools
import re

import pytest

from telcard.machine import Report, Send, StartTimer, StopTimer
from telcard.signalling.events import Released
from telcard.signalling.isdn.call import CLEARING, LIVING, Call, NetworkCall, State, UserCall
from telcard.signalling.isdn.elements import BearerCapability, CallState, CauseElement
from telcard.signalling.isdn.messages import Message, MessageType
from telcard.signalling.isdn.profiles import NETWORK_TIMERS, USER_TIMERS

SIDES = pytest.mark.parametrize("side", [UserCall, NetworkCall])
INPUTS = sorted({name for kind in (UserCall, NetworkCall) for _, name in kind.table})
MESSAGES = [kind for kind in MessageType if kind.name in INPUTS]
ARGUMENTS = {
    "setup": ([BearerCapability()],),
    "information": ("1",),
    "notify": (0,),
    "facility": (b"\xa1\x00",),
    "unacceptable": (6,),
    "give_up": (27, "gone"),
}


def arguments(name: str) -> tuple:
    if name.isupper() and not re.match(r"T\d", name):
        return (Message(MessageType[name], 1, (CauseElement(16), CallState(10))),)
    return ARGUMENTS.get(name, ())


def in_state(side: type[Call], state: State, outgoing: bool) -> Call:
    call = side(1, outgoing=outgoing)
    call.state = state
    return call


def reachable(side: type[Call]) -> dict[State, set[str]]:
    """Every state that a call can get into, with all timers that ever run there."""
    found: dict[State, set[str]] = {}
    seen = set()
    todo = [(State.NULL, frozenset[str]())]
    while todo:
        state, running = todo.pop()
        if (state, running) in seen:
            continue
        seen.add((state, running))
        found.setdefault(state, set()).update(running)
        for name in INPUTS:
            if (state, name) not in side.table or (name[0] == "T" and name not in running):
                continue
            call = in_state(side, state, outgoing=True)
            call.running = set(running)
            call._in_vain = call._unasked = 9
            if re.match(r"T\d", name):
                call.expire(name)
            else:
                call.fire(name, *arguments(name))
            todo.append((call.state, frozenset(call.running)))
    return found


@SIDES
def test_every_state_is_reached_and_has_a_way_out(side: type[Call]) -> None:
    found = reachable(side)
    never = set() if side is UserCall else {State.CONNECT_REQUEST}  # it takes no time there
    assert set(found) == {state for state, _ in side.table} - never == set(State) - never
    for state in found:
        ends = set()
        for name in INPUTS:
            if (state, name) in side.table:
                call = in_state(side, state, outgoing=True)
                call.fire(name, *arguments(name))
                ends.add(call.state)
        assert ends - {state}, state


@SIDES
def test_each_timer_is_known_to_every_state_in_which_it_runs(side: type[Call]) -> None:
    lengths = USER_TIMERS if side is UserCall else NETWORK_TIMERS
    for state, timers in reachable(side).items():
        for timer in timers:
            assert (state, timer) in side.table, (state, timer)
            assert timer in lengths


@SIDES
def test_a_call_that_waits_for_the_far_end_has_a_timer(side: type[Call]) -> None:
    """Nobody waits for ever: where it is the far end's turn a timer runs."""
    ours_to_move = {State.NULL, State.ACTIVE, side.told}
    half = [state for state, name in side.table if name == "connect"]  # called, and not answered
    for state, timers in reachable(side).items():
        if state not in ours_to_move and state not in half:
            assert timers - {"T322"}, state


@SIDES
@pytest.mark.parametrize("state", [*LIVING, *CLEARING])
def test_clear_and_release_end_a_call_in_every_state(side: type[Call], state: State) -> None:
    if (state, "clear") not in side.table:
        pytest.fail(f"{state} cannot be cleared")
    for name in ("RELEASE", "RELEASE_COMPLETE", "restarted"):
        call = in_state(side, state, outgoing=True)
        effects = call.fire(name, *arguments(name))
        assert call.state is State.NULL
        assert sum(e == Report(Released(e.event.cause)) for e in effects[-1:]) == 1
    call = in_state(side, state, outgoing=True)
    call.fire("clear", 17)
    assert call.state in (*CLEARING, State.NULL)


@SIDES
@pytest.mark.parametrize("kind", list(MessageType), ids=lambda kind: kind.name)
def test_no_message_raises_in_any_state(side: type[Call], kind: MessageType) -> None:
    for state, outgoing in itertools.product(State, (True, False)):
        call = in_state(side, state, outgoing)
        effects = call.receive(Message(kind, 1, (), not outgoing))
        assert all(isinstance(e, Send | StartTimer | StopTimer | Report) for e in effects)


@SIDES
def test_a_message_out_of_place_is_answered_with_the_state(side: type[Call]) -> None:
    call = in_state(side, State.ACTIVE, outgoing=True)
    (effect,) = call.receive(Message(MessageType.SETUP_ACKNOWLEDGE, 1, (), True))
    why, state = effect.pdu.elements
    assert (why.value, why.diagnostics) == (101, b"\x0d")
    assert state == CallState(10)
    (effect,) = call.receive(Message(0x0B, 1, (), True))
    assert effect.pdu.elements[0].value == 97


def test_the_sides_mirror_each_other() -> None:
    """What one side calls call initiated is the same half of a call for the other."""
    pairs = {
        State.CALL_INITIATED: State.CALL_PRESENT,
        State.OVERLAP_SENDING: State.OVERLAP_RECEIVING,
        State.OUTGOING_CALL_PROCEEDING: State.INCOMING_CALL_PROCEEDING,
        State.CALL_DELIVERED: State.CALL_RECEIVED,
    }
    for user, network in pairs.items():
        ours = {name for state, name in UserCall.table if state is user}
        theirs = {name for state, name in NetworkCall.table if state is network}
        assert ours == theirs


def test_the_tables_can_be_drawn() -> None:
    drawn = UserCall.dot()
    assert 'CALL_INITIATED -> OUTGOING_CALL_PROCEEDING [label="CALL_PROCEEDING"]' in drawn
    assert 'DISCONNECT_REQUEST -> RELEASE_REQUEST [label="T305"]' in drawn
