"""What is said to a far end that speaks of a call which is not there (Q.931 5.8.3.2)."""

import pytest

from telcard.machine import Send
from telcard.signalling.causes import Cause
from telcard.signalling.isdn.call import State
from telcard.signalling.isdn.elements import CallState, CauseElement, Location
from telcard.signalling.isdn.messages import Message, MessageType, decode
from telcard.signalling.isdn.strangers import meet

T = MessageType


def answered(message: Message) -> Message | None:
    """What goes back on the reference, if anything does."""
    sent = meet(message, Location.USER)
    if not sent:
        return None
    (only,) = sent
    assert isinstance(only, Send)
    back = decode(only.pdu)
    assert isinstance(back, Message)
    assert back.reference == message.reference
    assert back.to_origin is not message.to_origin
    return back


def cause_of(message: Message) -> CauseElement:
    found = message.get(CauseElement)
    assert found is not None
    return found


@pytest.mark.parametrize("kind", [T.CONNECT, T.DISCONNECT, T.RELEASE, T.ALERTING])
def test_a_message_of_a_call_that_is_gone_ends_it_at_the_far_end_too(kind: MessageType) -> None:
    back = answered(Message(kind, 5, (), True))
    assert back is not None
    assert back.kind == T.RELEASE_COMPLETE
    assert cause_of(back).value == Cause.INVALID_CALL_REFERENCE


@pytest.mark.parametrize(
    "message",
    [
        Message(T.RELEASE_COMPLETE, 5, (), True),
        Message(T.STATUS, 5, (CallState(State.NULL.value),), True),
        Message(T.STATUS, 5, (), True),
    ],
    ids=["release complete", "null state", "no state"],
)
def test_what_was_an_end_already_is_not_answered(message: Message) -> None:
    assert answered(message) is None


def test_a_state_that_is_none_here_is_ended_and_its_message_named() -> None:
    back = answered(Message(T.STATUS, 5, (CallState(State.ACTIVE.value),), False))
    assert back is not None
    assert back.kind == T.RELEASE_COMPLETE
    assert cause_of(back).value == Cause.MESSAGE_NOT_COMPATIBLE_WITH_STATE
    assert cause_of(back).diagnostics == bytes((T.STATUS,))


def test_who_asks_for_its_state_hears_that_there_is_no_call() -> None:
    back = answered(Message(T.STATUS_ENQUIRY, 5, (), False))
    assert back is not None
    assert back.kind == T.STATUS
    assert back.get(CallState) == CallState(State.NULL.value)
    assert cause_of(back).value == Cause.RESPONSE_TO_STATUS_ENQUIRY


def test_nothing_is_suspended_here_that_could_be_resumed() -> None:
    back = answered(Message(T.RESUME, 5, (), False))
    assert back is not None
    assert back.kind == T.RESUME_REJECT
    assert cause_of(back).value == Cause.NO_CALL_SUSPENDED
