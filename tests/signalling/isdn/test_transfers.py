"""Calls that are sent away: asked by the user, granted or denied by the network."""

import pytest

from telcard.errors import LocalProtocolError
from telcard.machine import StartTimer, StopTimer
from telcard.signalling.events import (
    Disconnected,
    DiversionAsked,
    Released,
    ServiceAnswered,
    TransferAsked,
)
from telcard.signalling.isdn import EURO, NI2, QSIG, T1, Message
from telcard.signalling.isdn import MessageType as T
from telcard.signalling.isdn import services as s
from telcard.signalling.isdn.deeds import Say, Tell
from telcard.signalling.isdn.elements import CallState, CauseElement
from telcard.signalling.isdn.transfers import Transfers
from tests.support.isdn_pair import NETWORK, USER, Pair, talking


def ringing(pair: Pair) -> tuple[int, int]:
    """A call of the network that rings at the user; handles there and here."""
    theirs = pair.call(NETWORK)
    pair.run()
    mine = pair.offered(USER)
    pair.ask(USER, "alerting", mine)
    pair.run()
    return theirs, mine


def test_a_call_that_rings_is_deflected_and_cleared() -> None:
    pair = Pair()
    theirs, mine = ringing(pair)
    pair.ask(USER, "deflect", mine, "4711")
    pair.run()
    assert pair.events(NETWORK, theirs)[-1] == DiversionAsked("4711")
    pair.ask(NETWORK, "grant", theirs)
    pair.run()
    assert ServiceAnswered(True) in pair.events(USER, mine)
    assert isinstance(pair.events(USER, mine)[-1], Disconnected)
    pair.ask(USER, "clear", mine)
    pair.run()
    assert pair.events(NETWORK, theirs)[-1] == Released(16)
    assert pair.idle()


def test_a_deflection_that_is_denied_leaves_the_call_ringing() -> None:
    pair = Pair()
    theirs, mine = ringing(pair)
    pair.ask(USER, "deflect", mine, "4711")
    pair.run()
    pair.ask(NETWORK, "deny", theirs)
    pair.run()
    assert pair.events(USER, mine)[-1] == ServiceAnswered(False, "refused, error 0")
    pair.ask(USER, "connect", mine)
    pair.run()
    assert pair.state(NETWORK, theirs) == "ACTIVE"


@pytest.mark.parametrize("profile", [EURO, NI2], ids=lambda profile: profile.name)
def test_two_calls_are_connected_by_the_network(profile) -> None:
    pair = Pair(profile, T1)
    first, first_there = talking(pair, USER)
    second_there, second = talking(pair, NETWORK)
    pair.ask(USER, "transfer", first, second)
    pair.run()
    assert pair.events(NETWORK, first_there)[-1] == TransferAsked(second_there)
    pair.ask(NETWORK, "grant", first_there)
    pair.run()
    assert ServiceAnswered(True) in pair.events(USER, first)
    for handle in (first, second):
        assert isinstance(pair.events(USER, handle)[-1], Disconnected)
        pair.ask(USER, "clear", handle)
    pair.run()
    assert pair.idle()


@pytest.mark.parametrize("profile", [EURO, NI2], ids=lambda profile: profile.name)
def test_a_network_that_says_nothing_has_refused(profile) -> None:
    pair = Pair(profile, T1)
    (first, _), (second, _) = talking(pair), talking(pair)
    pair.whole = False
    pair.ask(USER, "transfer", first, second)
    pair.run(11)
    why = "no answer: nothing has changed"
    assert pair.events(USER, first)[-1] == ServiceAnswered(False, why)
    assert pair.state(USER, first) == pair.state(USER, second) == "ACTIVE"
    pair.ask(USER, "transfer", first, second)
    pair.ask(USER, "restart", None)
    assert not [name for name in pair.timers(USER) if name.startswith("service")]


def test_a_transfer_to_a_call_that_is_gone_is_refused() -> None:
    pair = Pair(NI2, T1)
    first, _ = talking(pair)
    second, there = talking(pair)
    pair.ask(USER, "transfer", first, second)
    pair.ask(NETWORK, "clear", there)
    pair.run()
    pair.ask(USER, "clear", second)
    pair.run()
    transfers = Transfers(NI2, lambda reference: None, lambda: 1)
    asked = s.Invoke(1, s.TWO_CHANNEL_TRANSFER, s.sequence(s.integer(9)))
    assert transfers.invoked(5, asked) == [Tell(5, s.Refusal(1))]


def test_what_nobody_knows_is_rejected_and_strange_answers_are_passed_over() -> None:
    transfers = Transfers(EURO, lambda reference: None, lambda: 3)
    assert transfers.invoked(5, s.Invoke(7, 99)) == [Tell(5, s.Rejection(7))]
    assert transfers.answered(5, s.Result(8)) == transfers.answered(5, s.Refusal(9)) == []
    asked, timer = transfers.transfer(5, 6, 1)
    assert (asked.handle, timer) == (6, StartTimer("service 6"))
    odd = transfers.answered(6, s.Result(asked.component.id))
    assert odd == [StopTimer("service 6"), Say(5, ServiceAnswered(False, "not understood"))]


def test_a_rejection_says_that_the_network_does_not_know_the_service() -> None:
    transfers = Transfers(NI2, lambda reference: None, lambda: 3)
    transfers.transfer(5, 6, 1)
    why = "rejected: the network does not know the service"
    assert transfers.answered(5, s.Rejection(3))[-1] == Say(5, ServiceAnswered(False, why))


@pytest.mark.parametrize(
    ("cause", "diagnostics", "meant"),
    [(97, b"\x62", True), (99, b"\x1c", True), (101, b"", True), (99, b"\x28", False)],
)
def test_a_network_that_knows_no_facility_says_so_by_status(
    cause: int, diagnostics: bytes, meant: bool
) -> None:
    """And the user hears at once, instead of when the timer is over."""
    pair = Pair(NI2, T1)
    (first, _), (second, _) = talking(pair), talking(pair)
    pair.whole = False
    pair.ask(USER, "transfer", first, second)
    reference = pair.sent[-1][1].reference
    status = Message(
        T.STATUS, reference, (CauseElement(cause, 2, diagnostics), CallState(10)), True
    )
    pair.ask(USER, "data", status.encode())
    answered = ServiceAnswered in map(type, pair.events(USER, first))
    assert answered == meant != (f"service {first}" in pair.timers(USER))
    if meant:
        assert f"cause {cause}, " in pair.events(USER, first)[-1].why
    assert pair.state(USER, first) == "ACTIVE"


def test_a_call_that_ends_while_it_is_asked_for_a_link_takes_nothing_along() -> None:
    transfers = Transfers(EURO, lambda reference: None, lambda: 3)
    transfers.transfer(5, 6, 1)
    assert transfers.forget(6) == [
        StopTimer("service 6"),
        Say(5, ServiceAnswered(False, "the other call has ended")),
    ]
    transfers.transfer(5, 6, 1)
    assert transfers.forget(5) == [StopTimer("service 6")]
    assert not transfers.waiting(6)


def test_what_makes_no_sense_is_refused_in_one_sentence() -> None:
    pair = Pair(QSIG, T1)
    mine, _ = talking(pair)
    other, _ = talking(pair)
    for request, why in (
        (("deflect", mine, "1"), "want one that rings here"),
        (("transfer", mine, 99), "want two calls"),
        (("grant", mine), "nothing was asked for"),
        (("replace", mine, 5), "want a new handle"),
    ):
        with pytest.raises(LocalProtocolError, match=why):
            pair.ask(USER, *request)
    _, ringing_here = ringing(pair)
    with pytest.raises(LocalProtocolError, match="QSIG has no call deflection"):
        pair.ask(USER, "deflect", ringing_here, "1")
    euro = Pair()
    one, _ = talking(euro)
    with pytest.raises(LocalProtocolError, match="want a QSIG call"):
        euro.ask(USER, "propose", one, "1")
    pair.ask(USER, "clear", mine)
    pair.ask(USER, "transfer", mine, other)  # it crossed
