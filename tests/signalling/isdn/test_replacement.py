"""A call's way is replaced: by the end that proposes, the end that calls, and one that is both."""

import pytest

from telcard.errors import LocalProtocolError
from telcard.machine import Report, Send, StartTimer, StopTimer
from telcard.signalling.events import (
    Disconnected,
    Offered,
    PathKept,
    PathProposed,
    PathReplaced,
    Released,
    Transferred,
)
from telcard.signalling.facts import CallFacts
from telcard.signalling.isdn import QSIG, T1, Message, MessageType
from telcard.signalling.isdn.deeds import Accept, End, Tell
from telcard.signalling.isdn.payloads import Facility
from telcard.signalling.isdn.qsig import NETWORKING, Problem, Proposal, addressed, identified
from telcard.signalling.isdn.replacement import Replacement, Replacements, State
from telcard.signalling.isdn.services import Invoke, Refusal, Rejection, Result, parse
from tests.support.isdn_pair import NETWORK, USER, Pair, talking

PROPOSAL = Proposal("17", "4711")


def between() -> tuple[Pair, int, int]:
    """Two exchanges with a call between them; its handles."""
    pair = Pair(QSIG, T1)
    return pair, *talking(pair)


def parts(pair: Pair) -> list[tuple[int, str, str]]:
    """The components that were sent: by whom, in which message, of which kind."""
    return [
        (end, message.name, type(component).__name__)
        for end, message in pair.sent
        for facility in message.all(Facility)
        for component in parse(facility.components)
    ]


def test_the_end_that_is_asked_calls_and_clears_the_old_way() -> None:
    pair, old, old_there = between()
    pair.ask(USER, "propose", old, "95588")
    pair.run(0.1)
    assert pair.events(NETWORK, old_there)[-1] == PathProposed("95588")
    assert pair.timers(USER) == {f"T1 {old}"}
    new_there = pair.layers[NETWORK].new_call()
    pair.ask(NETWORK, "replace", old_there, new_there, 7, True)
    assert f"T3 {old_there}" in pair.timers(NETWORK)
    pair.run(0.012)
    new = max(pair.layers[USER].query())
    assert pair.events(USER, old)[-1] == PathReplaced(new)
    pair.run(0.05)
    assert pair.events(NETWORK, old_there)[-1] == PathReplaced(new_there)
    assert isinstance(pair.events(USER, old)[-1], Disconnected)
    pair.ask(USER, "clear", old)
    pair.run()
    assert pair.state(USER, new) == pair.state(NETWORK, new_there) == "ACTIVE"
    assert pair.channel(USER, new) == 7
    assert len(pair.layers[USER].query()) == len(pair.layers[NETWORK].query()) == 1
    assert not pair.timers(USER) | pair.timers(NETWORK)
    assert Offered not in map(type, pair.events(USER, new))  # it has its owner
    assert parts(pair) == [
        (USER, "FACILITY", "Invoke"),
        (NETWORK, "SETUP", "Invoke"),
        (USER, "CONNECT", "Result"),
    ]


def test_a_proposal_that_is_denied_leaves_the_call_on_its_way() -> None:
    pair, old, there = between()
    pair.ask(USER, "propose", old, "95588")
    pair.run()
    pair.ask(NETWORK, "deny", there)
    pair.run()
    why = "the other end says: criteria temporarily unachievable"
    assert pair.events(USER, old)[-1] == PathKept(why)
    assert pair.state(USER, old) == "ACTIVE"
    assert not pair.timers(USER)
    pair.ask(USER, "propose", old, "95588")  # and may be made again


def test_nobody_waits_for_ever() -> None:
    """T1: the other end does not call; T2: it calls and does not clear; T3: it is not answered."""
    pair, old, _ = between()
    pair.ask(USER, "propose", old, "95588")
    pair.run(31)
    assert pair.events(USER, old)[-1] == PathKept("the other end has not called (T1)")

    pair, old, there = between()
    pair.ask(USER, "propose", old, "95588")
    pair.run(0.1)
    pair.lose = lambda end, octets: end == USER
    pair.ask(NETWORK, "replace", there, pair.layers[NETWORK].new_call())
    pair.run(0.1)
    assert f"T2 {old}" in pair.timers(USER)
    pair.run(5)
    pair.run(11)
    assert pair.state(USER, old) != "ACTIVE"
    assert pair.events(NETWORK, there)[-1] == PathKept("the other end has refused the call")


def test_a_call_that_is_not_answered_in_time_fails_and_is_cleared() -> None:
    path = Replacement(5)
    path.fire("proposed", PROPOSAL, 3)
    path.fire("replace", 6, None, False, 4)
    no = Refusal(3, Problem.ESTABLISHMENT_FAILURE)
    assert path.expire("T3") == [
        StopTimer("T3"),
        Send(End(6, 16)),
        Send(Tell(5, no)),
        Report(PathKept("the other end does not answer (T3)")),
    ]


def test_both_ends_propose_and_both_are_refused() -> None:
    pair, old, there = between()
    pair.ask(USER, "propose", old, "1")
    pair.ask(NETWORK, "propose", there, "2")
    pair.run()
    for end, handle in ((USER, old), (NETWORK, there)):
        assert pair.events(end, handle)[-1] == PathKept("the other end says: collision")
    assert not pair.timers(USER) | pair.timers(NETWORK)


def test_an_exchange_that_hears_its_own_proposal_is_at_both_ends() -> None:
    """The bank joins two calls of one exchange, which connects the parties itself."""
    pair = Pair(QSIG, T1)
    first, first_there = talking(pair)
    second_there, second = talking(pair, NETWORK)
    pair.ask(USER, "transfer", first, second)
    pair.run()
    held = Transferred("13800138000", primary=True)
    assert pair.events(NETWORK, first_there)[-1] == held
    assert pair.events(NETWORK, second_there)[-1] == Transferred("95588", primary=False)
    pair.ask(NETWORK, "propose", first_there, "95588")
    pair.run()
    assert PathReplaced(second_there) in pair.events(NETWORK, first_there)
    assert PathReplaced(first_there) in pair.events(NETWORK, second_there)
    for handle in (first, second):
        assert pair.events(USER, handle)[-1] == Disconnected(16, "user")
        pair.ask(USER, "clear", handle)
    pair.run()
    assert pair.idle()
    assert not pair.timers(USER) | pair.timers(NETWORK)


def test_an_exchange_in_the_middle_passes_on_what_is_for_the_ends() -> None:
    pair = Pair(QSIG, T1)
    (first, first_there), (second, _) = talking(pair), talking(pair)
    third, _ = talking(pair)
    pair.ask(USER, "transfer", first, second)
    with pytest.raises(LocalProtocolError, match="want two answered calls that are joined to no"):
        pair.ask(USER, "transfer", second, third)
    octets = addressed(Invoke(9, 86))
    reference = pair.layers[NETWORK]._calls[first_there].reference
    strange = Message(MessageType.FACILITY, reference, (Facility(octets, NETWORKING),), True)
    pair.ask(USER, "data", strange.encode())
    end, message = pair.sent[-1]
    passed = message.get(Facility)
    assert (end, message.reference, passed and passed.components) == (
        USER,
        pair.layers[USER]._calls[second].reference,
        octets,
    )
    pair.ask(USER, "clear", first)
    pair.run()
    pair.ask(NETWORK, "clear", first_there)
    pair.run()
    pair.ask(USER, "transfer", second, third)  # who is left may be joined to another


def test_a_call_with_an_identity_that_nobody_knows_is_turned_away() -> None:
    pair, old, _ = between()
    asked = Facility(addressed(Invoke(3, 5, identified("17"))), NETWORKING)
    layer = pair.layers[NETWORK]
    new = layer.new_call()
    effects = layer._setup(new, CallFacts(called="1", complete=True), None, False, asked)
    pair._carry_out(NETWORK, effects)
    pair.run()
    name, refusal = pair.sent[-1][1].name, pair.sent[-1][1].get(Facility)
    assert (name, refusal and parse(refusal.components)) == (
        "RELEASE_COMPLETE",
        [Refusal(3, Problem.UNRECOGNIZED_CALL_IDENTITY)],
    )
    assert pair.events(NETWORK, new)[-1] == Released(21)
    assert pair.state(USER, old) == "ACTIVE"


def test_the_old_call_may_end_in_every_state() -> None:
    for steps, left in (
        ((), []),
        ((("propose", PROPOSAL, 1),), [StopTimer("T1")]),
        ((("propose", PROPOSAL, 1), ("set_up", 6, 2)), [StopTimer("T2")]),
        ((("proposed", PROPOSAL, 1),), []),
        (
            (("proposed", PROPOSAL, 1), ("replace", 6, None, False, 2)),
            [StopTimer("T3"), Send(End(6, 16))],
        ),
    ):
        path = Replacement(5)
        for step in steps:
            path.fire(*step)
        assert path.fire("over") == left
        assert path.state is State.IDLE


def test_one_proposal_at_a_time() -> None:
    for step in (("set_up", 6, 2), None):
        path = Replacement(5)
        if step:
            path.fire("propose", PROPOSAL, 1)
            path.fire(*step)
        else:
            path.fire("proposed", PROPOSAL, 1)
        later = Refusal(8, Problem.TEMPORARILY_UNAVAILABLE)
        assert path.fire("proposed", PROPOSAL, 8) == [Send(Tell(5, later))]
        with pytest.raises(LocalProtocolError, match=r"call 5: cannot propose, of its path: \w+"):
            path.fire("propose", PROPOSAL, 9)


def test_what_is_set_up_is_answered_with_a_result() -> None:
    path = Replacement(5)
    assert path.fire("propose", PROPOSAL, 1)[-1] == StartTimer("T1")
    assert path.fire("set_up", 6, 2)[:2] == [
        StopTimer("T1"),
        Send(Accept(6, Result(2, 5, b"\x05\x00"))),
    ]
    assert path.expire("T2") == [Send(End(5, 16))]
    assert path.fire("refused", "too late") == []


def test_strange_operations_and_answers_are_met() -> None:
    paths = Replacements(lambda: 4)
    broken = Invoke(1, 4, b"\x30\x00")
    no = Refusal(1, Problem.INVALID_REROUTEING_NUMBER)
    assert paths.invoked(5, broken) == [Tell(5, no)]
    assert paths.invoked(5, Invoke(2, 6, identified("1"))) == [
        Tell(5, Refusal(2, Problem.NOT_AVAILABLE))
    ]
    assert paths.invoked(5, Invoke(3, 0)) is None
    assert paths.offered(5, Invoke(3, 0)) is None
    assert paths.answered(5, Result(9)) is None
    paths.propose(5, "4711")
    said = paths.answered(5, Rejection(4))
    assert said is not None
    assert said[-1].event == PathKept("the other end says: not understood")
    assert paths.expire(5, "T1") == []


def test_a_path_is_followed_with_a_new_call_or_not_at_all() -> None:
    """Nothing is under way that no timer watches."""
    pair, old, there = between()
    pair.ask(USER, "propose", old, "95588")
    pair.run()
    for handle in (there, 99):
        with pytest.raises(LocalProtocolError, match=f"call {handle}: want a new handle"):
            pair.ask(NETWORK, "replace", there, handle)
    pair.ask(NETWORK, "replace", there, pair.layers[NETWORK].new_call())
    pair.run()
    assert PathReplaced in map(type, pair.events(NETWORK, there))


def test_a_number_that_nobody_can_dial_is_refused_at_once() -> None:
    paths = Replacements(lambda: 4)
    long = Invoke(1, 4, Proposal("1", "5" * 21).encode())
    assert paths.invoked(5, long) == [Tell(5, Refusal(1, Problem.INVALID_REROUTEING_NUMBER))]
