"""Ground start from both ends: bits of a channel bank, calls both ways, glare."""

import itertools

import pytest

from telcard.machine import Effect, Report, Send, StartTimer, StopTimer
from telcard.signalling import fxo, fxs
from telcard.signalling.events import (
    Answered,
    Blocked,
    ClearedBack,
    ClearedForward,
    Failed,
    LineEvent,
    Released,
    Seized,
    SeizureAcknowledged,
    Unblocked,
)
from telcard.signalling.ground import (
    GROUND_START,
    NO_TIP,
    OPEN,
    RING_GROUND,
    RINGING,
    TIP,
    GroundLine,
    GroundStation,
)
from telcard.signalling.recognition import LineMachine

CLOSED = 0b1111


def hear(port: LineMachine, abcd: int) -> list[Effect]:
    port.fire("bits", abcd)
    return port.expire("recognition")


def told(effects: list[Effect]) -> list[LineEvent]:
    return [effect.event for effect in effects if isinstance(effect, Report)]


def line() -> GroundLine:
    port = GroundLine(GROUND_START)
    assert port.fire("start") == [Send(OPEN)]
    hear(port, NO_TIP)
    assert port.query().free
    return port


def station() -> GroundStation:
    port = GroundStation()
    assert port.fire("start") == [Send(NO_TIP)]
    hear(port, OPEN)
    assert port.query().free
    return port


def test_the_bits_are_those_of_a_channel_bank() -> None:
    """ADTRAN FXS+ 61200.080L1-1, table B-D, A and B; repeated as C and D."""
    sent = {"open": 0b01, "ring ground": 0b00, "closed": 0b11}
    heard = {"no tip": 0b11, "tip": 0b01, "ringing": 0b00}
    ab = [abcd >> 2 for abcd in (OPEN, RING_GROUND, CLOSED, NO_TIP, TIP, RINGING)]
    assert ab == [*sent.values(), *heard.values()]
    assert all(abcd >> 2 == abcd & 3 for abcd in (OPEN, RING_GROUND, NO_TIP, TIP, RINGING))


def test_we_call() -> None:
    port, far = line(), station()
    assert port.fire("seize") == [Send(RING_GROUND), StartTimer("tip")]
    assert port.query().calling
    assert hear(far, RING_GROUND) == [Send(TIP)]
    assert hear(port, TIP) == [StopTimer("tip"), Send(CLOSED), Report(SeizureAcknowledged())]
    assert hear(far, CLOSED) == [Report(Seized())]
    far.fire("accept")
    far.fire("connected")
    assert Send(NO_TIP) in far.fire("gone")
    hear(port, NO_TIP)
    assert told(port.expire("open_loop")) == [ClearedBack()]
    assert port.fire("clear") == [Send(OPEN), StartTimer("guard")]
    assert told(hear(far, OPEN)) == [Released()]
    assert told(port.expire("guard")) == [Released()]
    assert port.query().free
    assert far.query().free


def test_we_are_called_and_hang_up() -> None:
    port, far = line(), station()
    assert Send(RINGING) in far.fire("ring")
    assert told(hear(port, RINGING)) == [Seized()]
    far.expire("ring_on")
    hear(port, TIP)
    assert port.fire("answer") == [StopTimer("ring_gap"), Send(CLOSED)]
    assert told(hear(far, CLOSED)) == [Answered()]
    port.fire("clear")
    hear(far, OPEN)
    far.expire("flash")
    effects = far.expire("hang_up")
    assert told(effects) == [ClearedBack(), Released()]
    assert Send(NO_TIP) in effects


def test_an_answer_during_a_ring_ends_it() -> None:
    far = station()
    far.fire("ring")
    assert hear(far, CLOSED) == [StopTimer("ring_on"), Send(TIP), Report(Answered())]


def test_a_caller_who_gives_up_is_known_at_once() -> None:
    """Under loop start it takes the longest pause of ringing."""
    port, far = line(), station()
    far.fire("ring")
    hear(port, RINGING)
    assert far.fire("stop") == [StopTimer("ring_on"), Send(NO_TIP), Report(Released())]
    assert told(hear(port, NO_TIP)) == [ClearedForward(), Released()]
    far.fire("ring")
    hear(port, RINGING)
    hear(port, TIP)
    assert told(hear(port, NO_TIP)) == [ClearedForward(), Released()]


def test_a_line_whose_tip_is_grounded_is_not_seized() -> None:
    port = line()
    hear(port, TIP)
    assert port.state is fxo.State.TIP
    assert not port.query().free
    assert hear(port, NO_TIP) == []
    assert port.query().free


def test_who_hears_the_bell_in_place_of_the_tip_gives_way() -> None:
    port, far = line(), station()
    far.fire("ring")
    port.fire("seize")
    assert hear(far, RING_GROUND) == []
    effects = hear(port, RINGING)
    assert Send(OPEN) in effects
    failed, released, seized = told(effects)
    assert isinstance(failed, Failed)
    assert (failed.cause, released, seized) == (44, Released(), Seized())
    assert not port.query().calling


def test_an_exchange_that_never_grounds_the_tip_serves_nobody() -> None:
    port = line()
    port.fire("seize")
    effects = port.expire("tip")
    assert Send(OPEN) in effects
    (failed,) = told(effects)
    assert isinstance(failed, Failed)
    assert "did not ground the tip" in failed.why
    port.expire("guard")
    port.fire("seize")
    assert port.fire("clear") == [StopTimer("tip"), Send(OPEN), StartTimer("guard")]


def test_a_bank_that_is_not_plugged_in_is_nobody() -> None:
    port, far = line(), station()
    assert told(hear(port, 0b1101)) == [Blocked()]
    assert told(hear(port, NO_TIP)) == [Unblocked()]
    hear(port, 0b1101)
    assert told(hear(port, TIP)) == [Unblocked()]
    assert told(hear(port, 0b1101)) == [Blocked()]
    hear(port, NO_TIP)
    port.fire("seize")
    assert [type(event) for event in told(hear(port, 0b1101))] == [Failed, Blocked]
    hear(far, RING_GROUND)
    assert told(hear(far, 0b1101)) == [Blocked()]
    assert told(hear(far, RING_GROUND)) == [Unblocked()]
    assert hear(far, OPEN) == [Send(NO_TIP)]


@pytest.mark.parametrize("make", [lambda: GroundLine(GROUND_START), GroundStation])
def test_nothing_that_is_received_raises_in_any_state(make) -> None:
    states = fxo.State if isinstance(make(), fxo.Line) else fxs.State
    for state, abcd in itertools.product(states, range(16)):
        port = make()
        port.state = state
        for effect in hear(port, abcd):
            assert isinstance(effect, Send | StartTimer | StopTimer | Report)
    timers = set(make().profile.timers)
    for (_, name), _action in make().table.items():
        assert name in timers | make().requests | {
            *("feed", "exchanged", "metering", "no_feed", "ringing", "absent"),
            *("on_hook", "off_hook", "ring_ground"),
        }
