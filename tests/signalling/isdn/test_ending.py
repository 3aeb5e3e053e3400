"""How calls end, and what happens when something is wrong (Q.931 5.3, 5.8)."""

import pytest

from telcard.machine import Report, Send, StartTimer
from telcard.signalling.events import Disconnected, Failed, Released
from telcard.signalling.isdn.call import State, UserCall
from telcard.signalling.isdn.elements import BearerCapability, CallState, CauseElement
from telcard.signalling.isdn.ending import fits
from telcard.signalling.isdn.messages import Message, MessageType
from tests.support.isdn_pair import NETWORK, USER, Pair, talking

T = MessageType
BOTH = pytest.mark.parametrize("first", [USER, NETWORK], ids=["user clears", "network clears"])


def status(state: int, cause: int = 30) -> Message:
    return Message(T.STATUS, 1, (CauseElement(cause), CallState(state)), True)


def active() -> UserCall:
    call = UserCall(1, outgoing=True)
    call.fire("setup", [BearerCapability()])
    call.receive(Message(T.CONNECT, 1, (), True))
    return call


@BOTH
def test_a_disconnect_that_is_not_answered_becomes_a_release_after_t305(first: int) -> None:
    pair = Pair()
    handles = talking(pair)
    pair.ask(first, "clear", handles[first], 16)
    pair.run(30.2)
    assert pair.names()[-2:] == [f"{'UN'[first]} RELEASE", f"{'UN'[1 - first]} RELEASE COMPLETE"]
    assert pair.events(first)[-1] == pair.events(1 - first)[-1] == Released(16)
    assert pair.idle()


@BOTH
def test_a_release_that_is_lost_is_sent_again_and_its_channel_restarted(first: int) -> None:
    pair = Pair()
    handles = talking(pair)
    second = 1 - first
    pair.ask(first, "clear", handles[first])
    pair.run()
    pair.whole = False
    pair.ask(second, "clear", handles[second])
    pair.run(4.1)
    assert pair.names()[-2:] == [f"{'UN'[second]} RELEASE"] * 2
    pair.whole = True
    pair.run(4.1)
    assert pair.events(second, handles[second])[-1] == Released(16)
    assert f"{'UN'[second]} RESTART" in pair.names()
    pair.run(40)
    assert pair.idle()


def test_two_disconnects_cross() -> None:
    pair = Pair()
    mine, theirs = talking(pair)
    pair.ask(USER, "clear", mine)
    pair.ask(NETWORK, "clear", theirs, 17)
    pair.run()
    assert pair.idle()
    assert sorted(pair.names()[-2:]) == ["N RELEASE", "U RELEASE"]  # 5.3.5: no RELEASE COMPLETE
    assert not any(isinstance(e, Disconnected) for e in pair.events(USER))


@pytest.mark.parametrize("kind", [T.RELEASE, T.RELEASE_COMPLETE])
def test_a_release_out_of_turn_ends_the_call(kind: MessageType) -> None:
    call = active()
    effects = call.receive(Message(kind, 1, (CauseElement(41, 2),), True))
    assert [e.pdu.kind for e in effects if isinstance(e, Send)] == (
        [T.RELEASE_COMPLETE] if kind == T.RELEASE else []
    )
    said = [e.event for e in effects if isinstance(e, Report)]
    assert said == [Disconnected(41, "public network serving the local user", False), Released(41)]


def test_the_tone_of_a_disconnect_has_a_timer_of_its_own() -> None:
    call = active()
    assert call.fire("clear", 17, True)[-1] == StartTimer("T306")


# -- STATUS (5.8.10, 5.8.11) ---------------------------------------------------------------------


@pytest.mark.parametrize("number", range(12))
def test_every_state_tells_itself_when_asked(number: int) -> None:
    call = UserCall(1, outgoing=True)
    call.state = list(State)[number + 1]
    (effect,) = call.receive(Message(T.STATUS_ENQUIRY, 1, (), True))
    assert effect.pdu.kind == T.STATUS
    assert effect.pdu.get(CallState) == CallState(call.state.value)
    assert effect.pdu.get(CauseElement).value == 30


def test_an_enquiry_that_is_not_answered_is_repeated_and_then_clears() -> None:
    call = active()
    assert call.fire("enquire")[0].pdu.kind == T.STATUS_ENQUIRY
    assert call.fire("enquire") == []  # one question at a time
    assert call.expire("T322")[0].pdu.kind == T.STATUS_ENQUIRY
    told, sent, _ = call.expire("T322")
    assert told.event.cause == 41
    assert sent.pdu.kind == T.DISCONNECT


def test_an_answer_that_fits_changes_nothing() -> None:
    call = active()
    call.fire("enquire")
    call.receive(status(10))
    assert (call.state, call.running) == (State.ACTIVE, set())


@pytest.mark.parametrize("theirs", [4, 7, 11, 12, 19])
def test_an_answer_that_does_not_fit_clears_with_101(theirs: int) -> None:
    call = active()
    call.fire("enquire")
    effects = call.receive(status(theirs))
    failed = [e.event for e in effects if isinstance(e, Report)]
    assert failed == [Failed(101, f"here active, there state {theirs}")]
    assert call.state is State.DISCONNECT_REQUEST


def test_a_lost_connect_acknowledge_is_sent_again() -> None:
    call = active()
    call.fire("enquire")
    effects = call.receive(status(8))
    assert effects[-1].pdu.kind == T.CONNECT_ACKNOWLEDGE
    assert call.state is State.ACTIVE


def test_a_status_that_nobody_asked_for_may_have_crossed_and_clears_nothing() -> None:
    call = active()
    assert call.receive(status(4, 101)) == []
    assert call.state is State.ACTIVE


@pytest.mark.parametrize("state", [s for s in State if s not in (State.NULL,)])
def test_null_at_the_far_end_ends_the_call(state: State) -> None:
    call = UserCall(1, outgoing=True)
    call.state = state
    effects = call.receive(status(0, 81))
    assert call.state is State.NULL
    assert isinstance(effects[-1].event, Released)


def test_a_call_that_is_being_released_listens_to_no_other_state() -> None:
    call = active()
    call.release(16)
    assert call.receive(status(10)) == []
    assert call.state is State.RELEASE_REQUEST


def test_which_states_fit() -> None:
    assert fits(State.ACTIVE, 10)
    assert not fits(State.ACTIVE, 4)
    assert fits(State.CALL_DELIVERED, 4)
    assert not fits(State.CALL_DELIVERED, 10)
    assert fits(State.CONNECT_REQUEST, 10)


def test_an_enquiry_in_a_call_that_is_being_cleared_ends_with_it() -> None:
    call = active()
    call.fire("enquire")
    call.fire("clear")
    call.expire("T322")
    assert call.expire("T322") == []
    assert call.running == {"T305"}
