"""How calls come about: every timer of the tables 9-1 and 9-2, and every answer."""

import pytest

from telcard.machine import Report, Send, StartTimer
from telcard.signalling.events import (
    Alerting,
    Answered,
    Failed,
    MoreDigits,
    Proceeding,
    Progressed,
    Released,
    SeizureAcknowledged,
)
from telcard.signalling.facts import CallFacts
from telcard.signalling.isdn.call import NetworkCall, State, UserCall
from telcard.signalling.isdn.elements import BearerCapability, ChannelIdentification
from telcard.signalling.isdn.messages import Message, MessageType
from telcard.signalling.isdn.numbers import CalledNumber
from telcard.signalling.isdn.payloads import Keypad
from tests.support.isdn_pair import FACTS, NETWORK, USER, Pair

T = MessageType
BOTH = pytest.mark.parametrize("caller", [USER, NETWORK], ids=["user calls", "network calls"])


def lose(*names: str):
    """A line that loses the first of each of these messages."""
    wanted = [T[name] for name in names]

    def loses(end: int, octets: bytes) -> bool:
        if octets[4] in wanted:
            wanted.remove(octets[4])
            return True
        return False

    return loses


@BOTH
def test_a_lost_setup_is_sent_again_after_t303(caller: int) -> None:
    pair = Pair(lose=lose("SETUP"))
    mine = pair.call(caller)
    pair.run(3.9)
    assert pair.events(1 - caller) == []
    pair.run(0.2)
    pair.ask(1 - caller, "alerting", pair.offered(1 - caller))
    pair.run()
    assert pair.events(caller, mine) == [Alerting()]


@BOTH
def test_a_call_that_nobody_answers_at_all_ends_after_two_t303(caller: int) -> None:
    pair = Pair()
    pair.whole = False
    mine = pair.call(caller)
    pair.run(8.1)
    assert pair.events(caller, mine) == [Failed(18, "no answer to SETUP (T303)"), Released(18)]
    assert pair.names() == [
        f"{'UN'[caller]} {name}" for name in ("SETUP", "SETUP", "RELEASE COMPLETE")
    ]


@pytest.mark.parametrize(
    ("caller", "answer", "seconds", "cause"),
    [
        (USER, "setup_ack", 30, 102),  # T304
        (NETWORK, "setup_ack", 20, 102),
        (USER, "proceeding", 60, 102),  # T310
        (NETWORK, "proceeding", 10, 102),
        (USER, "alerting", 180, 19),  # T301
        (NETWORK, "alerting", 180, 19),
    ],
)
def test_who_is_kept_waiting_clears(caller: int, answer: str, seconds: float, cause: int) -> None:
    pair = Pair()
    mine = pair.call(caller, CallFacts(called="9"))
    pair.run(0.1)
    called = 1 - caller
    theirs = pair.offered(called)
    pair.ask(called, answer, theirs)
    pair.run(seconds - 1)
    assert not [e for e in pair.events(caller, mine) if isinstance(e, Failed)]
    pair.run(1.5)
    assert [e.cause for e in pair.events(caller, mine) if isinstance(e, Failed)] == [cause]
    pair.ask(called, "clear", theirs)
    pair.run()
    assert pair.events(caller, mine)[-1] == Released(cause)
    assert pair.idle()


def test_a_user_whose_connect_is_not_acknowledged_clears_after_t313() -> None:
    pair = Pair(lose=lose("CONNECT_ACKNOWLEDGE"))
    pair.call(NETWORK)
    pair.run()
    handle = pair.offered(USER)
    pair.ask(USER, "connect", handle)
    pair.run(4.2)
    assert Failed(102, "CONNECT is not acknowledged (T313)") in pair.events(USER, handle)
    assert pair.state(USER, handle) == "DISCONNECT_REQUEST"


def test_progress_stops_the_clock_of_the_caller() -> None:
    pair = Pair()
    mine = pair.call(USER)
    pair.run()
    theirs = pair.offered(NETWORK)
    pair.ask(NETWORK, "proceeding", theirs)
    pair.ask(NETWORK, "progress", theirs, True)
    pair.run(100)
    assert pair.events(USER, mine) == [Proceeding(), Progressed(True)]
    pair.ask(NETWORK, "connect", theirs)
    pair.run()
    assert pair.state(USER, mine) == "ACTIVE"


@pytest.mark.parametrize("first", ["setup_ack", "proceeding", "alerting", "connect"])
@BOTH
def test_the_first_answer_tells_the_channel_and_no_other(caller: int, first: str) -> None:
    pair = Pair()
    pair.call(caller)
    pair.run()
    theirs = pair.offered(1 - caller)
    order = ["setup_ack", "proceeding", "alerting", "connect"]
    for name in order[order.index(first) :]:
        pair.ask(1 - caller, name, theirs)
    pair.run()
    answers = [message for end, message in pair.sent if end != caller]
    told = [message.get(ChannelIdentification) is not None for message in answers]
    assert told == [True] + [False] * (len(answers) - 1)


def test_alerting_tells_whether_ringing_tone_is_there() -> None:
    pair = Pair()
    mine = pair.call(USER)
    pair.run()
    pair.ask(NETWORK, "alerting", pair.offered(NETWORK), True)
    pair.run()
    assert pair.events(USER, mine) == [Alerting(True)]


def test_digits_may_come_as_keys_and_end_with_a_hash() -> None:
    call = NetworkCall(1, outgoing=False)
    call.receive(Message(T.SETUP, 1, (BearerCapability(),)))
    call.fire("setup_ack")
    more = Message(T.INFORMATION, 1, (Keypad("12"),))
    assert call.receive(more) == [StartTimer("T302"), Report(MoreDigits("12"))]
    last = Message(T.INFORMATION, 1, (CalledNumber("3#"),))
    assert call.receive(last)[-1] == Report(MoreDigits("3", True))
    assert "T302" not in call.running


def test_a_channel_that_cannot_be_had_is_released_with_its_cause() -> None:
    call = UserCall(1, outgoing=True)
    call.fire("setup", [])
    told, _, sent, timer = call.fire("unacceptable", 6)
    assert told.event.cause == 6
    assert sent.pdu.kind == T.RELEASE
    assert timer == StartTimer("T308")
    assert call.state is State.RELEASE_REQUEST


def test_a_network_is_connected_at_once_and_a_user_when_it_is_acknowledged() -> None:
    for side, state in ((NetworkCall, State.ACTIVE), (UserCall, State.CONNECT_REQUEST)):
        call = side(1, outgoing=False)
        call.receive(Message(T.SETUP, 1, (BearerCapability(),)))
        effects = call.fire("connect")
        assert call.state is state
        assert (Report(Answered()) in effects) == (state is State.ACTIVE)
        assert isinstance(effects[0], Send)


def test_a_call_may_be_answered_without_any_message_before() -> None:
    pair = Pair()
    mine = pair.call(USER, FACTS)
    pair.run()
    pair.ask(NETWORK, "connect", pair.offered(NETWORK))
    pair.run()
    assert pair.events(USER, mine) == [Answered()]


def test_setup_acknowledge_asks_for_digits_with_a_tone() -> None:
    pair = Pair()
    mine = pair.call(USER, CallFacts())
    pair.run()
    pair.ask(NETWORK, "setup_ack", pair.offered(NETWORK), True)
    pair.run()
    assert pair.events(USER, mine) == [SeizureAcknowledged(), Progressed(True)]
