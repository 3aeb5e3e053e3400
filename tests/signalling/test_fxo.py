"""A port towards an exchange: walked by its table, and against the exchange's own machine."""

from __future__ import annotations

from contextlib import suppress
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
    ClearedForward,
    DigitsSent,
    Failed,
    Flashed,
    Metered,
    MoreDigits,
    Rang,
    Released,
    Seized,
    SeizureAcknowledged,
    Unblocked,
    fxo,
    fxs,
)
from telcard.signalling.fxo import Line, State
from telcard.signalling.loop import EXCHANGED, FEED, METERING, NO_FEED, OFF_HOOK, ON_HOOK, RINGING
from tests.support.fuzz import by_chance
from tests.support.loops import LoopPair

UNPLUGGED = 0b1101
POLES = replace(fxo.KEWL_START, poles_answer=True)


def hear(line: Line, abcd: int) -> list[Effect]:
    """A nibble that stands until it is recognised."""
    first = line.fire("bits", abcd)
    if first != [StartTimer("recognition")]:
        return first
    return line.expire("recognition")


def told(effects: list[Effect]) -> list[object]:
    return [effect.event for effect in effects if isinstance(effect, Report)]


def idle(profile: fxo.Profile = fxo.KEWL_START) -> Line:
    line = Line(profile)
    assert line.fire("start") == [Send(ON_HOOK)]
    assert hear(line, FEED) == []
    assert line.query() == fxo.Status(State.IDLE, free=True, calling=False)
    return line


def test_a_call_comes_in_and_is_answered_between_two_rings() -> None:
    line = idle()
    assert told(hear(line, RINGING)) == [Seized()]
    assert hear(line, FEED) == [StartTimer("ring_gap"), Report(Rang())]
    assert hear(line, RINGING) == [StopTimer("ring_gap")]
    assert told(hear(line, FEED)) == [Rang()]
    assert line.fire("answer") == [StopTimer("ring_gap"), Send(OFF_HOOK)]
    assert not line.query().free
    assert line.fire("clear") == [Send(ON_HOOK), StartTimer("guard")]
    assert not line.query().free
    assert told(line.expire("guard")) == [Released()]
    assert line.query().free


def test_a_caller_who_gives_up_is_known_by_the_ring_that_does_not_come() -> None:
    line = idle()
    hear(line, RINGING)
    hear(line, FEED)
    assert told(line.expire("ring_gap")) == [ClearedForward(), Released()]
    with pytest.raises(LocalProtocolError, match="line: cannot answer while on hook"):
        line.fire("answer")


def test_the_ring_that_still_sounds_when_we_answer_is_no_new_call() -> None:
    line = idle()
    hear(line, RINGING)
    line.fire("answer")
    assert line.state is State.TALKING
    assert hear(line, FEED) == []


def test_a_feed_that_stops_ends_the_call_where_the_exchange_tells_it_so() -> None:
    for profile, gone in ((fxo.KEWL_START, True), (fxo.LOOP_START, False)):
        line = idle(profile)
        hear(line, RINGING)
        line.fire("answer")
        hear(line, FEED)
        (effect,) = hear(line, NO_FEED)
        assert effect == StartTimer("open_loop" if gone else "dead")
        if gone:
            assert told(line.expire("open_loop")) == [ClearedForward()]
            assert hear(line, FEED) == []
        else:
            assert told(hear(line, FEED)) == []  # an exchange that switched over
        assert line.fire("clear") == [Send(ON_HOOK), StartTimer("guard")]


def test_a_feed_that_falters_for_less_is_nothing() -> None:
    line = idle()
    hear(line, RINGING)
    line.fire("answer")
    hear(line, FEED)
    hear(line, NO_FEED)
    assert told(hear(line, FEED)) == []
    assert line.state is State.TALKING


def test_poles_tell_the_answer_and_the_end_whichever_way_the_line_was_wired() -> None:
    for usual in (FEED, FEED ^ EXCHANGED):
        line = Line(POLES)
        line.fire("start")
        hear(line, usual)
        assert told(line.fire("seize")) == [SeizureAcknowledged()]
        assert told(hear(line, usual ^ EXCHANGED)) == [Answered()]
        assert told(hear(line, usual ^ EXCHANGED ^ METERING)) == [Metered()]
        assert told(hear(line, usual ^ EXCHANGED)) == []
        assert told(hear(line, usual)) == [ClearedBack()]
        line.fire("clear")
        assert told(line.expire("guard")) == [Released()]


def test_poles_mean_nothing_where_they_are_not_said_to() -> None:
    line = idle(fxo.LOOP_START)
    line.fire("seize")
    assert hear(line, FEED ^ EXCHANGED) == []
    assert told(line.fire("connected")) == [Answered()]
    assert hear(line, FEED) == []
    assert line.state is State.TALKING


def test_an_answer_known_by_tones_is_not_ended_by_a_metering_tone() -> None:
    line = idle(POLES)
    line.fire("seize")
    line.fire("connected")
    assert told(hear(line, FEED ^ METERING)) == [Metered()]
    assert told(hear(line, FEED)) == []
    hear(line, FEED ^ EXCHANGED)  # late, but then it counts
    assert told(hear(line, FEED)) == [ClearedBack()]


def test_digits_are_pulsed_with_ten_for_a_zero() -> None:
    line = idle()
    line.fire("seize")
    effects, breaks = line.fire("pulse", "20"), 0
    while effects:
        sent = [effect.pdu for effect in effects if isinstance(effect, Send)]
        breaks += sent.count(ON_HOOK)
        (timer,) = (effect.name for effect in effects if isinstance(effect, StartTimer))
        effects = line.expire(timer)
        if told(effects) == [DigitsSent()]:
            break
    assert breaks == 12
    with pytest.raises(LocalProtocolError, match="want digits 0 to 9 to pulse, got '1#'"):
        line.fire("pulse", "1#")


def test_a_flash_opens_the_loop_for_a_moment_and_goes_back_to_where_it_was() -> None:
    line = idle()
    line.fire("seize")
    assert line.fire("flash") == [Send(ON_HOOK), StartTimer("flash")]
    assert line.expire("flash") == [Send(OFF_HOOK)]
    assert line.state is State.SEIZED


def test_a_line_that_dies_says_so_and_comes_back() -> None:
    line = idle()
    hear(line, NO_FEED)
    assert told(line.expire("dead")) == [Blocked()]
    assert told(hear(line, FEED)) == [Unblocked()]
    line.fire("seize")
    failed, blocked = told(hear(line, UNPLUGGED))
    assert (failed.cause, blocked) == (Cause.NETWORK_OUT_OF_ORDER, Blocked())
    assert isinstance(failed, Failed)
    assert told(hear(line, RINGING)) == [Unblocked(), Seized()]


def test_a_country_says_how_its_feed_tells_the_end() -> None:
    for code in ("US", "CN", "DE"):
        there = country(code)
        profile = fxo.profile_of(there)
        assert profile.open_loop_s == there.busy_detection.open_loop_ms[0] / 1000
        least, most = there.flash_ms
        assert least <= 1000 * profile.flash_s <= most < 1000 * profile.guard_s


# ---------------------------------------------------------------------- against the exchange's end


def pair(**exchange: object) -> LoopPair:
    profile = replace(fxs.NORTH_AMERICA, poles_answer=True, open_loop_s=0.6, **exchange)
    return LoopPair(profile, POLES)


def test_the_exchange_calls_and_its_caller_goes_first() -> None:
    line = pair()
    line.fire(line.station, "ring")
    line.run(3.0)
    assert line.told(line.line) == [Seized(), Rang()]
    line.fire(line.line, "answer")
    line.run(0.1)
    assert line.told(line.station) == [Answered()]
    line.fire(line.station, "gone")
    line.run(0.5)
    assert line.told(line.line) == [ClearedForward()]
    line.fire(line.line, "clear")
    line.run(3.0)
    assert line.told(line.station) == [Released()]
    assert line.told(line.line) == [Released()]


@pytest.mark.parametrize("number", ["0", "1", "5", "95588", "1234567890"])
def test_the_exchange_counts_the_pulses_and_tells_answer_units_and_end(number: str) -> None:
    line = pair()
    line.fire(line.line, "seize")
    line.run(0.1)
    assert line.told(line.station) == [Seized()]
    line.fire(line.station, "accept")
    line.fire(line.line, "pulse", number)
    line.run(2.0 * len(number))
    assert line.told(line.station) == [MoreDigits(digit) for digit in number]
    assert line.told(line.line) == [SeizureAcknowledged(), DigitsSent()]
    line.fire(line.station, "connected")
    for _ in range(3):
        line.run(1.0)
        line.fire(line.station, "meter")
    line.run(1.0)
    assert line.told(line.line) == [Answered(), Metered(), Metered(), Metered()]
    line.fire(line.line, "flash")
    line.run(1.0)
    assert line.told(line.station) == [Flashed()]
    line.fire(line.station, "gone")
    line.run(2.0)
    assert line.told(line.line) == [ClearedBack()]
    line.fire(line.line, "clear")
    line.run(3.0)
    assert line.told(line.line) == [Released()]
    assert line.told(line.station) == [Released()]


def test_we_hang_up_first() -> None:
    line = pair()
    line.fire(line.line, "seize")
    line.run(0.1)
    line.fire(line.station, "accept")
    line.fire(line.station, "connected")
    line.run(0.5)
    line.told(line.station)
    line.fire(line.line, "clear")
    line.run(3.0)
    assert line.told(line.station) == [ClearedForward(), Released()]
    assert line.station.sends == FEED


def steps(chance: Random) -> list[tuple[str, object]]:
    """What both ends want, and pauses between."""
    wanted = {"line": sorted(Line.requests), "station": sorted(fxs.Station.requests)}
    found: list[tuple[str, object]] = []
    for _ in range(chance.randrange(41)):
        who = chance.choice(["line", "station", "wait"])
        what = chance.uniform(0.0, 8.0) if who == "wait" else chance.choice(wanted[who])
        found.append((who, what))
    return found


def come_to_rest(steps: list[tuple[str, object]]) -> None:
    """No timer without its state, and once both let go, both are idle within the longest times."""
    line = pair()
    ends = {"line": line.line, "station": line.station}
    for who, what in steps:
        if who == "wait":
            assert isinstance(what, float)
            line.run(what)
            continue
        with suppress(LocalProtocolError):
            line.fire(ends[who], str(what), *(["407"] if what == "pulse" else []))
    for end, request in ((line.line, "clear"), (line.station, "release"), (line.station, "stop")):
        with suppress(LocalProtocolError):
            line.fire(end, request)
    line.run(12.0)
    assert line.line.machine.state is State.IDLE
    assert line.station.machine.state is fxs.State.IDLE
    assert not line.line.running
    assert not line.station.running
    assert (line.line.sends, line.station.sends) == (ON_HOOK, FEED)


def test_a_unit_is_counted_while_our_seizure_crosses_a_ring() -> None:
    come_to_rest([("line", "seize"), ("station", "ring"), ("wait", 1.0), ("station", "meter")])


@pytest.mark.fuzz
@by_chance(10, inputs=60)
def test_whatever_both_ends_want_the_line_comes_to_rest(chance: Random) -> None:
    come_to_rest(steps(chance))


@pytest.mark.fuzz
@by_chance(10, inputs=30)
def test_nothing_that_is_received_raises(chance: Random) -> None:
    line, running = Line(POLES), set[str]()
    effects = line.fire("start")
    for _ in range(chance.randrange(61)):
        one = chance.choice([chance.randrange(16), chance.choice(sorted(POLES.timers))])
        for effect in effects:
            if isinstance(effect, StartTimer):
                running.add(effect.name)
            elif isinstance(effect, StopTimer):
                running.discard(effect.name)
        if isinstance(one, int):
            effects = line.fire("bits", one)
        elif one in running:
            running.discard(one)
            effects = line.expire(one)
        else:
            effects = []
