"""The outgoing register: what it answers to each request, and when it gives up."""

from random import Random
from typing import Any

import pytest

from telcard.machine import Report, Send, StartTimer, StopTimer
from telcard.signalling import Alerting, CallFacts, Cause, Disconnected, Failed, Proceeding
from telcard.signalling.r2 import VARIANTS, ForwardRegister, Variant, variant
from telcard.signalling.r2.forward import State
from tests.support.fuzz import by_chance


def dialled(
    name: str = "itu", called: str = "95588", caller: str = "1380013", **facts: Any
) -> ForwardRegister:
    """A register whose seizure was acknowledged."""
    register = ForwardRegister(variant(name), CallFacts(called=called, caller=caller, **facts))
    register.fire("start")
    return register


def ask(register: ForwardRegister, *signals: int) -> list[Any]:
    """Let it hear backward signals one after the other; what it has reported."""
    reports = []
    for signal in signals:
        for effect in register.fire("signal", signal) + register.fire("silence"):
            if isinstance(effect, Report):
                reports.append(effect.event)
    return reports


def sent(register: ForwardRegister) -> str:
    """What it has sent so far."""
    return " ".join(str(signal) for who, signal in register.dialogue if who == ">")


def test_a_cycle_is_compelled() -> None:
    register = ForwardRegister(variant("itu"), CallFacts(called="12"))
    assert register.fire("start") == [Send(register.dialogue[-1][1]), StartTimer("forward")]
    assert register.state is State.FORWARD
    assert register.fire("signal", 1) == [StopTimer("forward"), Send(None), StartTimer("pause")]
    assert register.state is State.BACKWARD
    assert [str(effect.pdu) for effect in register.fire("silence") if isinstance(effect, Send)] == [
        "I-2"
    ]


@pytest.mark.parametrize(
    ("asked", "sends"),
    [
        ([1, 1, 2], "I-1 I-2 I-3 I-2"),  # n-1: the last but one
        ([1, 1, 1, 7], "I-1 I-2 I-3 I-4 I-2"),
        ([1, 1, 1, 8], "I-1 I-2 I-3 I-4 I-1"),
        ([1, 2, 1], "I-1 I-2 I-1 I-2"),
        ([5, 1], "I-1 II-1 I-2"),
        ([5, 5, 5, 5, 1], "I-1 II-1 I-9 I-10 I-15 I-2"),
        ([13, 1], "I-1 I-13 I-2"),
        ([12, 11, 14, 1], "I-1 I-10 I-12 I-12 I-2"),
        ([1, 1, 1, 1], "I-1 I-2 I-3 I-4 I-15"),
        ([3], "I-1 II-1"),
    ],
)
def test_group_a_of_the_itu(asked: list[int], sends: str) -> None:
    register = dialled(called="1234", caller="90", complete=True)
    ask(register, *asked)
    assert sent(register) == sends


def test_mexico_asks_for_the_caller_in_group_c() -> None:
    register = dialled("mx", called="12", caller="90")
    ask(register, 6, 1, 1, 1, 5, 3)
    assert sent(register) == "I-1 II-1 I-9 I-10 I-15 I-2 II-1"
    ask(register, 1)
    assert register.transcript[-1] == '< B-1 "subscriber\'s line free, charge"'


def test_mexico_wants_digits_again_from_group_c() -> None:
    register = dialled("mx", called="12", caller="")
    ask(register, 1, 6, 6)
    assert sent(register) == "I-1 I-2 II-1 I-2"
    ask(register, 6, 2)
    assert sent(register) == "I-1 I-2 II-1 I-2 II-1 I-1"


def test_china_asks_for_both_numbers_by_one_signal() -> None:
    register = dialled("cn", called="12", caller="90", category="priority")
    ask(register, 6, 1, 1, 1, 1, 3)
    assert sent(register) == "I-1 KA-4 I-9 I-10 I-15 I-2 II-3"


@pytest.mark.parametrize(("name", "signal"), [("itu", "I-15"), ("br", "I-12"), ("mx", "I-15")])
def test_a_withheld_number_is_told_as_the_country_does(name: str, signal: str) -> None:
    for facts in ({"caller": "90", "caller_presented": False}, {"caller": ""}):
        register = dialled(name, called="12", **facts)
        ask(
            register,
            register.variant.number("A", _asks(register.variant)),
            1 if name == "mx" else 5,
        )
        assert sent(register).split()[-1] == signal


def _asks(known: Variant) -> Any:
    from telcard.signalling.r2 import Request

    return Request.CATEGORY if Request.CATEGORY in known.a.values() else Request.CALLER


@pytest.mark.parametrize(
    ("signals", "reports"),
    [
        ([3, 6], [Proceeding(), Alerting(in_band=True)]),
        ([3, 3], [Proceeding(), Disconnected(Cause.USER_BUSY)]),
        ([3, 4], [Proceeding(), Disconnected(Cause.SWITCHING_EQUIPMENT_CONGESTION)]),
        ([3, 5], [Proceeding(), Disconnected(Cause.UNALLOCATED_NUMBER)]),
        ([3, 8], [Proceeding(), Disconnected(Cause.DESTINATION_OUT_OF_ORDER)]),
        ([4], [Disconnected(Cause.NO_CIRCUIT)]),
        ([15], [Disconnected(Cause.NO_CIRCUIT)]),
        ([6], [Proceeding(), Alerting(in_band=True)]),
    ],
)
def test_outcomes(signals: list[int], reports: list[Any]) -> None:
    register = dialled()
    assert ask(register, *signals) == reports
    assert register.state is State.RELEASED


def test_a_call_without_charge_is_told() -> None:
    register = dialled()
    ask(register, 3, 7)
    assert not register.charged


def test_a_signal_without_meaning_ends_the_call() -> None:
    register = dialled()
    (failed,) = ask(register, 9)
    assert failed == Failed(Cause.PROTOCOL_ERROR, "A-9 has no meaning in ITU-T Q.400 to Q.490")


def test_silence_follows_the_last_digit_until_a_pulse_comes() -> None:
    register = dialled("br", called="1")
    ask(register, 1)
    assert register.state is State.SILENT
    assert register.fire("signal", 1) == []  # is no pulse: A-1 is never sent so
    ask(register, 3)
    assert sent(register) == "I-1 II-1"


def test_digits_may_follow_later() -> None:
    register = dialled("br", called="1")
    register.fire("digits", "2")
    ask(register, 1, 1)
    assert register.state is State.SILENT
    register.fire("digits", "3")
    assert sent(register) == "I-1 I-2 I-3"


def test_the_end_of_the_number_may_follow_later() -> None:
    register = dialled(called="1")
    ask(register, 1)
    register.fire("digits", "", True)
    assert sent(register) == "I-1 I-15"


@pytest.mark.parametrize("wrong", ["12a", "*12", "１"])
def test_a_number_without_sense_is_refused_in_one_sentence(wrong: str) -> None:
    with pytest.raises(ValueError, match="called: want digits 0 to 9, got"):
        ForwardRegister(variant("itu"), CallFacts(called=wrong))
    with pytest.raises(ValueError, match="digits: want digits 0 to 9, got"):
        dialled().fire("digits", wrong)


@pytest.mark.parametrize(
    ("asked", "timer", "why"),
    [
        ([], "forward", "no backward signal within 15 s"),
        ([1], "pause", "the number was not found complete within 24 s"),
    ],
)
def test_nobody_waits_for_ever(asked: list[int], timer: str, why: str) -> None:
    register = dialled("br", called="1")
    ask(register, *asked)
    report = register.expire(timer)[-1]
    assert isinstance(report, Report)
    assert report.event.why == why
    assert register.state is State.RELEASED


def test_a_backward_signal_that_stays_ends_the_call() -> None:
    register = dialled()
    register.fire("signal", 1)
    assert register.expire("pause")[-1].event.why == ("a backward signal did not end within 24 s")


def some_input(chance: Random) -> tuple[Any, ...]:
    match chance.randrange(3):
        case 0:
            return ("signal", chance.randint(1, 15))
        case 1:
            return (chance.choice(["silence", "forward", "pause", "start", "release"]),)
    return ("digits", "".join(chance.choices("0123456789", k=chance.randrange(4))))


@pytest.mark.fuzz
@by_chance(441, inputs=20)
def test_nothing_that_comes_leaves_it_stuck(chance: Random) -> None:
    inputs = [some_input(chance) for _ in range(chance.randrange(41))]
    known = chance.choice(list(VARIANTS.values()))
    register = ForwardRegister(known, CallFacts(called="12", caller="34"))
    running: set[str] = set()
    sounds = False
    for name, *args in [("start",), *inputs]:
        if (name in running) or name in ("signal", "silence", "release", "digits"):
            running.discard(name)
            timer = name in ("forward", "pause")
            effects = register.expire(name) if timer else register.fire(name, *args)
        elif name == "start" and register.state is State.FREE:
            effects = register.fire(name)
        else:
            continue
        for effect in effects:
            match effect:
                case StartTimer(timer_name):
                    running.add(timer_name)
                case StopTimer(timer_name):
                    running.discard(timer_name)
                case Send(signal):
                    sounds = signal is not None
        assert sounds == (register.state is State.FORWARD)
        wanted = {State.FORWARD: {"forward"}, State.BACKWARD: {"pause"}, State.SILENT: {"pause"}}
        assert running == wanted.get(register.state, set())
