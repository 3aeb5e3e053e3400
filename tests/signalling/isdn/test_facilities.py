"""Which machine a Facility element is for, by what the exchange is."""

import pytest

from telcard.signalling.events import ServiceAnswered, Transferred
from telcard.signalling.isdn import EURO, NI2, QSIG, T1, Message, MessageType, Profile
from telcard.signalling.isdn.elements import CallState, CauseElement
from telcard.signalling.isdn.payloads import Facility
from telcard.signalling.isdn.qsig import NETWORKING, addressed
from telcard.signalling.isdn.qsig import Transferred as Told
from telcard.signalling.isdn.services import Component, Invoke, Rejection, components, parse
from tests.support.isdn_pair import NETWORK, USER, Pair, talking


def told(pair: Pair, handle: int, component: Component, *, qsig: bool) -> Facility | None:
    """Let the user hear a component in a call; what it has sent then."""
    pair.sent.clear()
    octets = addressed(component) if qsig else components(component)
    element = Facility(octets, NETWORKING if qsig else 0x11)
    reference = pair.layers[USER]._calls[handle].reference
    pair.ask(USER, "data", Message(MessageType.FACILITY, reference, (element,), True).encode())
    return pair.sent[-1][1].get(Facility) if pair.sent else None


@pytest.mark.parametrize("profile", [EURO, NI2, QSIG], ids=lambda profile: profile.name)
def test_an_operation_of_another_exchange_is_rejected(profile: Profile) -> None:
    pair = Pair(profile, T1)
    mine, _ = talking(pair)
    qsig = profile is QSIG
    answer = told(pair, mine, Invoke(9, 77), qsig=qsig)
    assert answer is not None
    assert parse(answer.components) == [Rejection(9)]
    assert answer.profile == (NETWORKING if qsig else 0x11)
    answer = told(pair, mine, Invoke(9, 12, Told(True, "1").encode()), qsig=qsig)
    heard = Transferred("1", primary=True) in pair.events(USER, mine)
    assert (heard, answer is None) == (qsig, qsig)


def test_news_of_a_transfer_that_cannot_be_read_is_lost() -> None:
    pair = Pair(QSIG, T1)
    mine, _ = talking(pair)
    assert told(pair, mine, Invoke(9, 12, b"\x30\x00"), qsig=True) is None


def test_services_wait_with_their_call_and_go_with_it() -> None:
    pair = Pair(NI2, T1)
    (first, there), (second, _) = talking(pair), talking(pair)
    pair.whole = False
    pair.ask(USER, "transfer", first, second)
    pair.whole = True
    pair.ask(NETWORK, "clear", there)
    pair.run()
    pair.ask(USER, "clear", first)
    pair.run()
    assert not pair.timers(USER)
    assert ServiceAnswered not in map(type, pair.events(USER, first))


def test_a_status_about_something_else_is_no_answer() -> None:
    pair = Pair(NI2, T1)
    (first, _), (second, _) = talking(pair), talking(pair)
    pair.whole = False
    pair.ask(USER, "transfer", first, second)
    reference = pair.sent[-1][1].reference
    for elements in ((CauseElement(97, 2, b"\x7b"), CallState(10)), (CallState(10),)):
        status = Message(MessageType.STATUS, reference, elements, True)
        pair.ask(USER, "data", status.encode())
    assert f"service {first}" in pair.timers(USER)
