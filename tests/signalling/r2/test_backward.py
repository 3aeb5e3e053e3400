"""The incoming register: what it asks for, how it tells a decision, and when it gives up."""

from random import Random
from typing import Any

import pytest

from telcard.machine import Report, Send, StartTimer, StopTimer
from telcard.signalling import CallFacts, Cause, Failed, MoreDigits, Offered
from telcard.signalling.r2 import VARIANTS, BackwardRegister, Decided, Wishes, variant
from telcard.signalling.r2.backward import State
from tests.support.fuzz import by_chance
from tests.support.r2_pair import Pair, some_wishes


def seized(name: str = "itu", **wishes: Any) -> BackwardRegister:
    """A register whose seizure was acknowledged."""
    register = BackwardRegister(variant(name), Wishes(**wishes))
    register.fire("start")
    return register


def hear(register: BackwardRegister, *signals: int) -> list[Any]:
    """Let it hear forward signals one after the other; what it has reported."""
    reports = []
    for signal in signals:
        for effect in register.fire("signal", signal) + register.fire("silence"):
            if isinstance(effect, Report):
                reports.append(effect.event)
    return reports


def sent(register: BackwardRegister) -> str:
    """What it has sent so far."""
    return " ".join(str(signal) for who, signal in register.dialogue if who == ">")


def call(
    name: str, wishes: Wishes, *, caller: str = "902", complete: bool = True, **facts: Any
) -> Pair:
    """A call through both registers, until it is offered or has failed."""
    pair = Pair(
        variant(name), CallFacts(called="123", caller=caller, complete=complete, **facts), wishes
    )
    pair.start()
    while not pair.backward.told(Offered) and not pair.backward.told(Failed) and pair.now < 60:
        pair.run(0.1)
    return pair


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize(
    "wishes",
    [
        Wishes(called_digits=3),
        Wishes(called_digits=3, caller_after=2),
        Wishes(called_digits=3, caller_digits=3),
        Wishes(),
        Wishes(caller_after=2),
    ],
    ids=str,
)
def test_both_ends_understand_each_other(name: str, wishes: Wishes) -> None:
    for caller, category, shown in (("902", "priority", "902"), ("", "subscriber", "")):
        pair = call(name, wishes, caller=caller, category=category)
        (offered,) = pair.backward.told(Offered)
        facts = offered.facts
        assert (facts.called, facts.caller, facts.category) == ("123", shown, category)
        assert facts.caller_presented == bool(shown)
        pair.backward.fire("free")
        pair.run(1)
        assert pair.backward.told(Decided) == [Decided(free=True)]
        assert pair.forward.register.state.name == "RELEASED"
        assert not pair.forward.running
        assert not pair.backward.running


@pytest.mark.parametrize("name", VARIANTS)
def test_every_cause_is_told_as_some_cause(name: str) -> None:
    for cause in Cause:
        register = seized(name, called_digits=1, caller=False)
        hear(register, 1)
        register.fire("signal", 1)
        register.fire("refuse", cause)
        (decided,) = [e.event for e in register.fire("silence") if isinstance(e, Report)]
        assert decided == Decided(free=False, cause=cause)
        signal = register.dialogue[-1][1]
        assert signal.group == "B"
        assert "free" not in register.variant.meaning(signal).value


def test_digits_are_told_as_they_come() -> None:
    register = seized(called_digits=2, caller=False)
    assert hear(register, 1, 10) == [MoreDigits("1"), MoreDigits("0", complete=True)]
    assert sent(register) == "A-1 A-3"


def test_an_address_that_ends_by_silence_is_led_to_group_b_by_a_pulse() -> None:
    register = seized("br")
    hear(register, 9, 1, 12, 5)
    assert sent(register) == "A-5 A-5 A-1 A-1"
    assert register.expire("digits") == [StartTimer("before_pulse")]
    (begins, lasts) = register.expire("before_pulse")
    assert str(begins.pdu) == "A-3"
    assert lasts == StartTimer("pulse")
    assert register.expire("pulse") == [Send(None), StartTimer("after_pulse")]
    register.fire("signal", 1)  # is heard too early, and stays
    assert [type(e.event) for e in register.expire("after_pulse") if isinstance(e, Report)] == [
        Offered
    ]


def test_a_digit_that_comes_before_the_pulse_is_a_digit() -> None:
    register = seized("br", caller=False)
    hear(register, 1)
    register.expire("digits")
    assert hear(register, 2) == [MoreDigits("2")]
    assert register.state is State.SILENT
    assert sent(register) == "A-1 A-1"


def test_a_signal_that_ends_during_the_pulse_never_was() -> None:
    register = seized("br", caller=False)
    hear(register, 1)
    register.expire("digits")
    register.expire("before_pulse")
    assert hear(register, 2) == []
    register.expire("pulse")
    register.expire("after_pulse")
    assert register.state is State.SILENT
    assert register.called == "1"


def test_enough_digits_end_the_asking() -> None:
    register = seized("br", caller=False)
    hear(register, 1, 2)
    register.fire("enough")
    register.expire("before_pulse")
    assert sent(register) == "A-1 A-1 A-3"


def test_enough_while_a_digit_is_answered_ends_it_with_the_next() -> None:
    register = seized("br", caller=False)
    register.fire("signal", 1)
    register.fire("enough")
    register.fire("silence")
    hear(register, 2)
    assert sent(register) == "A-1 A-3"


def test_a_decision_may_come_before_it_can_be_told() -> None:
    register = seized(called_digits=1, caller=False)
    register.fire("refuse", 17)
    hear(register, 1, 1)
    assert sent(register) == "A-3 B-3"


def test_nobody_decides_and_the_line_is_free() -> None:
    register = seized(called_digits=1, caller=False)
    hear(register, 1)
    register.fire("signal", 1)
    register.expire("decision")
    assert sent(register) == "A-3 B-6"


def test_without_group_b_a_call_is_accepted_by_a_6() -> None:
    register = seized(called_digits=1, caller=False, group_b=False)
    register.fire("signal", 1)
    register.fire("free")
    assert sent(register) == "A-6"
    register = seized(called_digits=1, caller=False, group_b=False)
    register.fire("signal", 1)
    register.fire("refuse", 17)
    assert sent(register) == "A-4"


def test_codes_that_are_no_digits_meet_congestion() -> None:
    register = seized()
    (failed,) = hear(register, 11)
    assert failed.why == "I-11 is no digit of a subscriber's number"
    assert sent(register) == "A-4"


def test_an_empty_number_meets_congestion() -> None:
    register = seized()
    assert hear(register, 15)[0].why == "the called number is empty"


@pytest.mark.parametrize(
    ("heard", "timer", "why"),
    [
        ([], "interval", "no forward signal within 15 s"),
        ([1], "interval", "no forward signal within 15 s"),
    ],
)
def test_nobody_waits_for_ever(heard: list[int], timer: str, why: str) -> None:
    register = seized(called_digits=3)
    hear(register, *heard)
    reports = [e.event for e in register.expire(timer) if isinstance(e, Report)]
    if heard:  # a pulse of congestion first
        for name in ("before_pulse", "pulse", "after_pulse"):
            reports += [e.event for e in register.expire(name) if isinstance(e, Report)]
        assert sent(register) == "A-1 A-4"
    assert reports[0].why == why
    assert register.state is State.RELEASED


def test_a_forward_signal_that_stays_ends_the_call() -> None:
    register = seized()
    register.fire("signal", 1)
    assert register.expire("interval")[-1].event.why == ("a forward signal did not end within 15 s")


def test_a_caller_who_takes_his_signal_away_is_gone() -> None:
    register = seized(called_digits=1, caller=False)
    hear(register, 1)
    register.fire("signal", 1)
    assert register.fire("silence")[-1].event.why == "the forward signal ended unanswered"


@pytest.mark.parametrize("digits", [0, 33])
def test_wishes_have_bounds(digits: int) -> None:
    with pytest.raises(ValueError, match=f"called_digits: want 1 to 32, or None; got {digits}"):
        Wishes(called_digits=digits)


_TIMERS = ("interval", "digits", "decision", "before_pulse", "pulse", "after_pulse")


def some_input(chance: Random) -> tuple[Any, ...]:
    match chance.randrange(4):
        case 0:
            return ("signal", chance.randint(1, 15))
        case 1:
            return (chance.choice(["silence", *_TIMERS]),)
        case 2:
            return (chance.choice(["free", "free_no_charge", "enough", "release"]),)
    return ("refuse", chance.randint(1, 127))


@pytest.mark.fuzz
@by_chance(441, inputs=20)
def test_nothing_that_comes_leaves_it_stuck(chance: Random) -> None:
    inputs = [some_input(chance) for _ in range(chance.randrange(41))]
    known, wishes = chance.choice(list(VARIANTS.values())), some_wishes(chance)
    register = BackwardRegister(known, wishes)
    running: set[str] = set()
    sounds = False
    last = 0
    for name, *args in [("start",), *inputs]:
        if name in _TIMERS:
            if name not in running:
                continue
            running.discard(name)
            effects = register.expire(name)
        else:
            effects = register.fire(name, *args)
        for effect in effects:
            match effect:
                case StartTimer(timer):
                    running.add(timer)
                case StopTimer(timer):
                    running.discard(timer)
                case Send(signal):
                    sounds = signal is not None
                case Report(Decided() | Failed()):
                    last += 1
        assert last <= 1
        assert sounds == (register.state in (State.BACKWARD, State.PULSE))
        # one timer in every state, and that of the state
        wanted = {
            State.SILENT: ({"interval"}, {"digits"}),
            State.DECIDING: ({"decision"},),
            State.BACKWARD: ({"interval"},),
            State.BEFORE_PULSE: ({"before_pulse"},),
            State.PULSE: ({"pulse"},),
            State.AFTER_PULSE: ({"after_pulse"},),
        }
        assert running in wanted.get(register.state, (set(),))
