"""What every call does: timers, spoilt messages, requests out of place."""

import pytest

from telcard.errors import LocalProtocolError
from telcard.machine import Report, Send, StartTimer, StopTimer
from telcard.signalling.events import Disconnected, Offered, Progressed
from telcard.signalling.isdn.call import NetworkCall, State, UserCall
from telcard.signalling.isdn.elements import BearerCapability, CallState, Unknown
from telcard.signalling.isdn.messages import Message, MessageType, decode
from telcard.signalling.isdn.profiles import NI2

T = MessageType


def read(text: str) -> Message:
    message = decode(bytes.fromhex(text), "network")
    assert isinstance(message, Message)
    return message


def calling(side: type = UserCall) -> UserCall:
    call = side(5, outgoing=True)
    call.fire("setup", [BearerCapability()])
    return call


def test_entering_a_state_stops_the_timers_of_the_last() -> None:
    call = calling()
    assert call.running == {"T303"}
    effects = call.receive(read("0802800502"))
    assert effects[0] == StopTimer("T303")
    assert effects[-1] == StartTimer("T310")
    assert call.running == {"T310"}


def test_a_timer_that_was_stopped_meanwhile_means_nothing() -> None:
    call = calling()
    call.receive(read("0802800502"))
    assert call.expire("T303") == []
    assert call.state is State.OUTGOING_CALL_PROCEEDING


@pytest.mark.parametrize(
    ("octets", "cause"), [("080280053 0".replace(" ", "") + "", 97), ("0802800503", 96)]
)
def test_a_message_that_cannot_be_read_is_answered_by_status(octets: str, cause: int) -> None:
    call = calling()
    call.receive(read("0802800502"))
    effects = call.receive(read(octets) if cause == 96 else Message(0x0B, 5, (), True))
    assert effects[0].pdu.kind == T.STATUS
    assert effects[0].pdu.elements[0].value == cause
    assert effects[0].pdu.elements[1] == CallState(3)


def test_elements_that_nobody_knows_are_skipped_and_told() -> None:
    call = calling()
    message = read("0802800502 4f0155")
    effects = call.receive(message)
    assert call.state is State.OUTGOING_CALL_PROCEEDING
    assert effects[-1].pdu.elements[0].value == 99
    assert effects[-1].pdu.elements[0].diagnostics == b"\x4f"
    quiet = UserCall(5, outgoing=True, profile=NI2)
    quiet.fire("setup", [])
    assert not [e for e in quiet.receive(message) if isinstance(e, Send)]


def test_a_disconnect_without_cause_clears_with_31_and_is_told_so() -> None:
    call = calling()
    (_, told) = call.receive(read("0802800545"))
    assert told == Report(Disconnected(31, "user", False))
    effects = call.fire("clear")
    assert effects[0].pdu.kind == T.RELEASE
    assert effects[0].pdu.elements[0].value == 96


def test_a_setup_that_cannot_be_read_is_no_call() -> None:
    call = UserCall(5, outgoing=False)
    (effect,) = call.receive(read("0802000505"))
    assert effect.pdu.kind == T.RELEASE_COMPLETE
    assert call.state is State.NULL


def test_a_status_or_a_setup_that_cannot_be_read_is_dropped() -> None:
    call = calling()
    assert call.receive(read("080280057d")) == []
    assert call.receive(read("0802800505")) == []


def test_a_request_out_of_place_names_what_is_possible() -> None:
    call = calling()
    with pytest.raises(LocalProtocolError, match="call 5: cannot information in state call_init"):
        call.fire("information", "1")


def test_a_location_belongs_to_the_side() -> None:
    for side, location in ((UserCall, 0), (NetworkCall, 2)):
        call = side(1, outgoing=False)
        (offered,) = call.receive(Message(T.SETUP, 1, (BearerCapability(),)))
        assert isinstance(offered.event, Offered)
        (refused, _) = call.fire("clear", 17)
        assert refused.pdu.elements[0].location == location


@pytest.mark.parametrize(("description", "heard"), [(1, True), (2, False), (3, False), (8, True)])
def test_two_progress_descriptions_promise_sound(description: int, heard: bool) -> None:
    call = calling()
    effects = call.receive(read(f"0802800502 1e0282{0x80 | description:02x}"))
    assert (Report(Progressed(True)) in effects) == heard


def test_unknown_elements_go_out_as_they_came() -> None:
    octets = bytes.fromhex("0802800502 4f0155")
    message = decode(octets)
    assert message.elements == (Unknown(0, 0x4F, b"\x55"),)
    assert message.encode() == octets
