"""Facts of a call as a SETUP, and a SETUP as facts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telcard.errors import LocalProtocolError
from telcard.signalling.facts import CallFacts
from telcard.signalling.isdn import EURO, NI2, QSIG, Message, MessageType
from telcard.signalling.isdn.elements import BearerCapability, TransitCounter
from telcard.signalling.isdn.messages import decode
from telcard.signalling.isdn.numbers import CalledNumber
from telcard.signalling.isdn.offers import facts_of, setup_elements
from telcard.signalling.isdn.payloads import Keypad

FULL = CallFacts(
    called="95588",
    called_type="subscriber",
    caller="1013800",
    caller_type="national",
    caller_presented=False,
    caller_screened="network",
    redirecting="8888",
    redirecting_reason="busy",
    display="Anna Berg",
    user_user=b"hello",
    bearer="3.1kHz",
    complete=True,
)


def through_the_line(facts: CallFacts, *, user: bool = False) -> CallFacts:
    octets = Message(MessageType.SETUP, 1, tuple(setup_elements(facts, EURO, user=user))).encode()
    message = decode(octets)
    assert isinstance(message, Message)
    return facts_of(message)


def test_all_facts_cross_the_line() -> None:
    assert through_the_line(FULL) == FULL


def test_a_user_sends_no_display() -> None:
    assert through_the_line(FULL, user=True).display == ""


DIGITS = st.text("0123456789*#", max_size=20)


@given(
    st.builds(
        CallFacts,
        called=DIGITS,
        caller=DIGITS,
        caller_presented=st.booleans(),
        redirecting=DIGITS,
        bearer=st.sampled_from(["speech", "3.1kHz", "64k"]),
        complete=st.booleans(),
    )
)
def test_whatever_was_asked_for_arrives(facts: CallFacts) -> None:
    assert through_the_line(facts) == facts


def test_profiles_differ() -> None:
    facts = CallFacts(called="1")
    assert BearerCapability(0, 2) in setup_elements(facts, NI2, user=True)
    assert TransitCounter(0) in setup_elements(facts, QSIG, user=True)
    assert BearerCapability(8, None) in setup_elements(CallFacts(bearer="64k"), EURO, user=True)


def test_a_number_may_come_as_keys() -> None:
    assert facts_of(Message(5, 1, (Keypad("*21"),))).called == "*21"
    assert facts_of(Message(5, 1, (CalledNumber("1", 5, 12),))).called_plan == "unknown"


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (CallFacts(called="1" * 41), "called: want at most 40 characters, got 41"),
        (CallFacts(called="安"), "called: want digits, \\* and #, got '安'"),
        (CallFacts(caller="é"), "caller: want digits"),
        (CallFacts(display="安"), "display: want Latin letters"),
        (CallFacts(user_user=bytes(129)), "user_user: want at most 128 octets, got 129"),
    ],
)
def test_what_cannot_be_sent_is_refused_in_one_sentence(facts: CallFacts, why: str) -> None:
    with pytest.raises(LocalProtocolError, match=why):
        setup_elements(facts, EURO, user=False)
