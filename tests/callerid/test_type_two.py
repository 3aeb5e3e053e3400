import pytest

from telcard.callerid import CallerId
from telcard.callerid.type_two import (
    BELLCORE_TIMES,
    BT_TIMES,
    ETSI_TIMES,
    Delivered,
    Do,
    Exchange,
    ExchangeState,
    Missed,
    Telephone,
    TelephoneState,
    Told,
    Unanswered,
)
from telcard.errors import LocalProtocolError
from telcard.machine import Report, Send, StartTimer, StopTimer

MESSAGE = CallerId(number="02162345678")


def test_a_call_is_told_while_people_talk() -> None:
    exchange, telephone = Exchange(), Telephone()
    assert exchange.fire("offer", MESSAGE) == [
        Send(Do.MUTE),
        Send(Do.ALERT),
        StartTimer("alert"),
    ]
    assert exchange.expire("alert") == [StartTimer("answer")]
    assert telephone.fire("alert") == [Send(Do.MUTE), StartTimer("delay")]
    assert telephone.expire("delay") == [Send(Do.ACKNOWLEDGE), StartTimer("acknowledge")]
    assert telephone.expire("acknowledge") == [Send(Do.LISTEN), StartTimer("data")]
    assert exchange.fire("digit", "D") == [StopTimer("answer"), StartTimer("pause")]
    assert exchange.expire("pause") == [Send(MESSAGE)]
    assert telephone.fire("carrier") == [StopTimer("data"), StartTimer("longest")]
    assert telephone.fire("message", MESSAGE) == [
        StopTimer("longest"),
        Send(Do.UNMUTE),
        Report(Told(MESSAGE)),
    ]
    assert exchange.fire("sent") == [Send(Do.UNMUTE), Report(Delivered())]
    assert exchange.state is ExchangeState.TALKING
    assert telephone.state is TelephoneState.TALKING


def test_a_telephone_that_knows_nothing_of_it_is_left_alone() -> None:
    exchange = Exchange()
    exchange.fire("offer", MESSAGE)
    assert exchange.fire("digit", "D") == []  # too early: the signal still sounds
    exchange.expire("alert")
    assert exchange.fire("digit", "5") == []
    assert exchange.expire("answer") == [Send(Do.UNMUTE), Report(Unanswered())]
    assert exchange.fire("digit", "D") == []
    assert exchange.fire("offer", MESSAGE)


def test_a_second_offer_is_refused_while_one_is_under_way() -> None:
    exchange = Exchange()
    exchange.fire("offer", MESSAGE)
    with pytest.raises(LocalProtocolError, match="cannot offer while the signal sounds"):
        exchange.fire("offer", MESSAGE)


@pytest.mark.parametrize(
    ("inputs", "why"),
    [
        (["data"], "no data came"),
        (["carrier", "longest"], "the message does not end"),
        (["carrier", "no_carrier"], "the carrier went before the message was whole"),
        (["carrier", ("broken", "checksum")], "checksum"),
    ],
)
def test_whatever_goes_wrong_people_talk_on(inputs, why: str) -> None:
    telephone = Telephone()
    telephone.fire("alert")
    telephone.expire("delay")
    telephone.expire("acknowledge")
    for each in inputs:
        effects = telephone.fire(*each) if isinstance(each, tuple) else telephone.fire(each)
    assert effects[-2:] == [Send(Do.UNMUTE), Report(Missed(why))]
    assert telephone.state is TelephoneState.TALKING
    assert telephone.fire("no_carrier") == []


@pytest.mark.parametrize(
    ("machine", "inputs"),
    [
        (Exchange, [("offer", MESSAGE), ("alert",), ("digit", "D"), ("pause",)]),
        (Telephone, [("alert",), ("delay",), ("acknowledge",), ("carrier",)]),
    ],
)
def test_hanging_up_ends_it_from_every_state_and_leaves_no_timer(machine, inputs) -> None:
    seen = set()
    for many in range(1, len(inputs) + 1):
        end = machine()
        running: set[str] = set()
        for name, *what in inputs[:many]:
            for effect in end.fire(name, *what):
                if isinstance(effect, StartTimer):
                    running.add(effect.name)
                if isinstance(effect, StopTimer):
                    running.remove(effect.name)
            running.discard(name)
        seen.add(end.state)
        effects = end.fire("stop")
        assert effects[-1] == Send(Do.UNMUTE)
        assert {effect.name for effect in effects if isinstance(effect, StopTimer)} == running
        assert end.state.name == "TALKING"
        assert end.fire("stop") == []
    assert len(seen) == len(type(end.state)) - 1


@pytest.mark.parametrize("times", [BELLCORE_TIMES, BT_TIMES, ETSI_TIMES])
def test_the_times_agree_with_each_other_and_with_the_limits_of_the_signal(times) -> None:
    assert 0.075 <= times.alert_s <= 0.085
    detector_s = 0.02
    assert detector_s + times.delay_s <= 0.1  # the answer begins in time
    assert detector_s + times.delay_s + times.acknowledge_s < times.answer_s
    assert 0.055 <= times.acknowledge_s <= 0.075
    assert times.pause_s < times.data_s
    started = {"alert", "answer", "pause", "delay", "acknowledge", "data", "longest"}
    assert set(times.timers) == started
