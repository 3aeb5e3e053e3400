"""Deeds of a service are done in the calls that they name, and fall away with them."""

from telcard.machine import StartTimer, StopTimer
from telcard.signalling.events import Notified
from telcard.signalling.isdn import QSIG, T1
from telcard.signalling.isdn.deeds import Accept, End, PassOn, Say, SetUp, Tell, TurnAway
from telcard.signalling.isdn.services import Invoke
from tests.support.isdn_pair import USER, Pair, talking

ASKED = Invoke(1, 5)


def test_what_concerns_no_living_call_falls_away() -> None:
    pair = Pair(QSIG, T1)
    mine, _ = talking(pair)
    pair.ask(USER, "clear", mine)
    layer = pair.layers[USER]
    for handle in (mine, 99):
        deeds = [
            *(Tell(handle, ASKED), PassOn(handle, b""), End(handle, 16)),
            *(Say(handle, Notified("held")), Accept(handle, ASKED), TurnAway(handle, 21, ASKED)),
        ]
        assert layer._carry_services(deeds) == []
    timers = [StartTimer("T1 5"), StopTimer("T1 5")]
    assert layer._carry_services(list(timers)) == timers


def test_a_call_for_a_service_bears_its_component() -> None:
    pair = Pair(QSIG, T1)
    layer = pair.layers[USER]
    new = layer.new_call()
    pair._carry_out(USER, layer._carry_services([SetUp(new, "4711", 5, True, ASKED)]))
    assert pair.names()[-1] == "U SETUP"
    assert "facility" in pair.sent[-1][1].describe()
    assert pair.channel(USER, new) == 5
