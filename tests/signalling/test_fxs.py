"""One port with a telephone, walked by its table: what is sent, timed and told."""

from dataclasses import replace
from random import Random

import pytest

from telcard.countries import country
from telcard.errors import LocalProtocolError
from telcard.machine import Effect, Report, Send, StartTimer, StopTimer
from telcard.signalling import (
    Answered,
    Blocked,
    Cause,
    ClearedBack,
    Failed,
    Flashed,
    Released,
    Seized,
    Unblocked,
    fxs,
)
from telcard.signalling.fxs import OFF_HOOK, ON_HOOK, QUIET, RINGING, State, Station
from tests.support.fuzz import by_chance

UNPLUGGED = 0b1101


def hear(port: Station, abcd: int) -> list[Effect]:
    """A nibble that stands until it is recognised."""
    first = port.fire("bits", abcd)
    if first != [StartTimer("recognition")]:
        return first
    return port.expire("recognition")


def told(effects: list[Effect]) -> list[object]:
    return [effect.event for effect in effects if isinstance(effect, Report)]


def idle() -> Station:
    port = Station()
    assert port.fire("start") == [Send(QUIET)]
    hear(port, ON_HOOK)
    assert port.query() == fxs.Status(State.IDLE, free=True)
    return port


def ringing() -> Station:
    port = idle()
    assert port.fire("ring") == [Send(RINGING), StartTimer("ring_on")]
    return port


def talking() -> Station:
    port = ringing()
    assert hear(port, OFF_HOOK) == [StopTimer("ring_on"), Send(QUIET), Report(Answered())]
    return port


def test_it_rings_with_the_cadence_of_the_profile() -> None:
    port = ringing()
    for _ in range(3):
        assert port.expire("ring_on") == [Send(QUIET), StartTimer("ring_off")]
        assert port.expire("ring_off") == [Send(RINGING), StartTimer("ring_on")]
    assert fxs.NORTH_AMERICA.timers["ring_on"] == 2.0
    assert fxs.NORTH_AMERICA.timers["ring_off"] == 4.0
    china = fxs.profile_of(country("CN"))
    assert china.timers["ring_on"] + china.timers["ring_off"] == 5.0


def test_it_rings_twice_at_a_time_where_the_country_does() -> None:
    britain = fxs.profile_of(country("GB"))
    assert [britain.timers[f"{name}"] for name in ("ring_on", "ring_off")] == [0.4, 0.2]
    assert [britain.timers[f"{name}"] for name in ("second_on", "second_off")] == [0.4, 2.0]
    port = Station(britain)
    port.fire("start")
    hear(port, ON_HOOK)
    port.fire("ring")
    for _ in range(3):
        assert port.expire("ring_on") == [Send(QUIET), StartTimer("ring_off")]
        assert port.expire("ring_off") == [Send(RINGING), StartTimer("second_on")]
        assert port.expire("second_on") == [Send(QUIET), StartTimer("second_off")]
        assert port.expire("second_off") == [Send(RINGING), StartTimer("ring_on")]
    for timers, name in ((("ring_on", "ring_off"), "second_on"), (("second_on",), "second_off")):
        for timer in timers:
            port.expire(timer)
        quiet = [Send(QUIET)] if name == "second_on" else []
        assert port.fire("stop") == [StopTimer(name), *quiet, Report(Released())]
        port.fire("ring")
        for timer in ("ring_on", "ring_off"):
            port.expire(timer)
    assert hear(port, OFF_HOOK) == [StopTimer("second_on"), Send(QUIET), Report(Answered())]


def test_a_country_says_how_long_a_flash_is() -> None:
    germany = fxs.profile_of(country("DE"))
    assert (germany.flash_s, germany.hang_up_s) == (0.17, 0.31)
    nowhere = fxs.profile_of(country("ITU"))
    assert nowhere == replace(fxs.NORTH_AMERICA, name=nowhere.name)


def test_it_is_lifted_while_the_bell_sounds_or_between_two_rings() -> None:
    assert talking().state is State.TALKING
    port = ringing()
    port.expire("ring_on")
    assert hear(port, OFF_HOOK) == [StopTimer("ring_off"), Send(QUIET), Report(Answered())]


def test_the_caller_goes_before_it_is_lifted() -> None:
    port = ringing()
    assert port.fire("stop") == [StopTimer("ring_on"), Send(QUIET), Report(Released())]
    assert port.query().free
    port = ringing()
    port.expire("ring_on")
    assert port.fire("stop") == [StopTimer("ring_off"), Send(QUIET), Report(Released())]


def test_bouncing_contacts_a_flash_and_hanging_up_differ_by_their_length() -> None:
    port = talking()
    assert port.fire("bits", ON_HOOK) == [StartTimer("recognition")]
    assert port.fire("bits", OFF_HOOK) == [StopTimer("recognition")]  # contacts bounced
    assert hear(port, ON_HOOK) == [StartTimer("flash")]
    assert hear(port, OFF_HOOK) == [StopTimer("flash")]  # too short for a flash
    assert hear(port, ON_HOOK) == [StartTimer("flash")]
    assert port.expire("flash") == [StartTimer("hang_up")]
    assert hear(port, OFF_HOOK) == [StopTimer("hang_up"), Report(Flashed())]
    assert hear(port, ON_HOOK) == [StartTimer("flash")]
    port.expire("flash")
    assert port.expire("hang_up") == [Report(ClearedBack()), Report(Released())]
    assert port.query().free


def test_the_lengths_are_those_of_the_card_s_spec() -> None:
    """300 to 1000 ms is a flash, beyond 1050 ms is hung up: `msi_240sc`, quirks."""
    timers = fxs.NORTH_AMERICA.timers
    assert timers["flash"] == 0.3
    assert timers["flash"] + timers["hang_up"] == pytest.approx(1.05)


@pytest.mark.parametrize("since", ["talking", "open", "flashing"])
def test_we_let_go_while_the_handset_is_anywhere(since: str) -> None:
    port = talking()
    if since != "talking":
        hear(port, ON_HOOK)
    if since == "flashing":
        port.expire("flash")
    told_now = told(port.fire("release"))
    if since == "talking":
        assert (told_now, port.state) == ([], State.OFF_HOOK)
        assert told(hear(port, ON_HOOK)) == [Released()]
    assert port.query().free


def test_a_telephone_that_is_lifted_by_itself_is_busy_until_it_is_put_down() -> None:
    port = idle()
    assert told(hear(port, OFF_HOOK)) == [Seized()]
    assert not port.query().free
    with pytest.raises(LocalProtocolError, match="cannot ring while off hook without a call"):
        port.fire("ring")
    assert told(hear(port, ON_HOOK)) == [Released()]


@pytest.mark.parametrize("make", [ringing, talking])
def test_a_telephone_that_is_unplugged_during_its_call_has_failed(make) -> None:
    port = make()
    failed, blocked = told(hear(port, UNPLUGGED))
    assert isinstance(failed, Failed)
    assert failed.cause == Cause.DESTINATION_OUT_OF_ORDER
    assert blocked == Blocked()
    assert port.state is State.ABSENT
    assert told(hear(port, ON_HOOK)) == [Unblocked()]
    assert port.query().free


def test_a_telephone_that_comes_back_lifted_is_busy() -> None:
    port = idle()
    assert told(hear(port, UNPLUGGED)) == [Blocked()]
    assert told(hear(port, OFF_HOOK)) == [Unblocked(), Seized()]


def test_what_was_heard_before_the_start_counts_at_the_start() -> None:
    port = Station()
    hear(port, OFF_HOOK)
    assert told(port.fire("start")) == [Seized()]
    assert port.state is State.OFF_HOOK


REQUESTS = sorted(Station.requests)


def some_input(chance: Random) -> tuple[object, ...]:
    if chance.random() < 0.5:
        return ("bits", chance.randrange(16))
    return (chance.choice([*REQUESTS, *fxs.NORTH_AMERICA.timers]),)


@pytest.mark.fuzz
@by_chance(10, inputs=30)
def test_whatever_comes_in_no_timer_of_an_idle_port_runs_and_ringing_ends(chance: Random) -> None:
    port, running, sent = Station(), set(), QUIET
    for name, *args in [some_input(chance) for _ in range(chance.randrange(61))]:
        try:
            if name in fxs.NORTH_AMERICA.timers:
                if name not in running:
                    continue
                running.discard(name)
                effects = port.expire(name)
            else:
                effects = port.fire(name, *args)
        except LocalProtocolError:
            assert name in REQUESTS
            continue
        for effect in effects:
            match effect:
                case Send(pdu):
                    sent = pdu
                case StartTimer(timer):
                    running.add(timer)
                case StopTimer(timer):
                    running.discard(timer)
        assert (sent == RINGING) == (port.state in (State.RINGING, State.SECOND))
        if port.state in (State.IDLE, State.OFF_HOOK, State.ABSENT, State.TALKING):
            assert running <= {"recognition"}
        if port.state in (State.IDLE, State.OFF_HOOK, State.ABSENT):
            assert sent == QUIET


def test_the_table_can_be_drawn() -> None:
    assert 'IDLE -> RINGING [label="ring"]' in Station.dot()
