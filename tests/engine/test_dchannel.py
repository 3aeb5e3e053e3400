"""D-channels of spans: frames across a line, in both fidelities, and what the line does to them."""

from __future__ import annotations

import asyncio
from contextlib import closing
from random import Random

import pytest

from telcard import clock
from telcard.clock import VirtualClock
from telcard.engine import Alarm, E1Line, Engine, Fidelity, Framing, Span, T1Line
from telcard.engine.carrier import FrameFormat
from telcard.errors import CardError, LineError
from tests.support.line import Rig

both_fidelities = pytest.mark.both_fidelities


def ends(rig: Rig) -> tuple[Span, Span]:
    return rig.span, rig.far_span


@both_fidelities
def test_frames_cross_both_ways_in_order(rig: Rig) -> None:
    ours, theirs = (span.open_dchannel() for span in ends(rig))
    here: list[bytes] = []
    there: list[bytes] = []
    ours.on_frame(here.append)
    theirs.on_frame(there.append)
    sent = [bytes([n, 0x7E, 0xFF]) * (n + 1) for n in range(20)]
    for frame in sent:
        ours.send_frame(frame)
        theirs.send_frame(frame[::-1])
    rig.run(200)
    assert there == sent
    assert here == [frame[::-1] for frame in sent]
    assert ours.counters().sent == theirs.counters().received == 20
    assert not rig.ours.due()
    assert not rig.town.due()
    ours.close()
    theirs.close()


def deliveries(fidelity: Fidelity, idle: str, seed: int) -> list[tuple[int, str, bytes]]:
    """Random frames at random times, and when they come: (nanoseconds, to whom, frame)."""
    log: list[tuple[int, str, bytes]] = []
    virtual = VirtualClock()

    async def main() -> None:
        engines = [Engine(1, virtual, f"end {n}", fidelity) for n in range(2)]
        line, rng = E1Line(), Random(seed)
        channels = [
            engine.plug(line, n).open_dchannel(idle=idle)  # type: ignore[arg-type]
            for n, engine in enumerate(engines)
        ]
        for name, channel in zip("ab", channels, strict=True):
            channel.on_frame(lambda frame, name=name: log.append((virtual.now(), name, frame)))
        for _ in range(50):
            for _ in range(rng.randint(0, 5)):
                octets = (
                    rng.choice((0xFF, rng.randrange(256))) for _ in range(rng.randint(3, 260))
                )
                rng.choice(channels).send_frame(bytes(octets))
            await asyncio.sleep(rng.choice((0.0, 0.01, 0.02, 0.2, 0.5)))
        await asyncio.sleep(1)
        for engine in engines:
            assert engine.stats().ticks < 500  # of some 800: a line at rest makes no tick
            engine.close()

    clock.run(main(), virtual)
    return log


@pytest.mark.parametrize("idle", ["flags", "ones"])
def test_both_fidelities_deliver_a_frame_with_the_same_tick(idle: str) -> None:
    sound = deliveries("sound", idle, 5)
    assert len(sound) > 100
    assert deliveries("events", idle, 5) == sound


@both_fidelities
def test_a_frame_takes_the_time_of_its_bits(rig: Rig) -> None:
    ours, theirs = (span.open_dchannel() for span in ends(rig))
    rig.run(5)
    came: list[int] = []
    theirs.on_frame(lambda _: came.append(rig.town.sample))
    ours.send_frame(b"\x55" * 240)  # no stuffing: 242 octets and a flag, 243 of 80 a tick
    begin = rig.town.sample
    rig.run(10)
    assert [(sample - begin) // 80 for sample in came] == [5]  # 4 ticks, one for the line
    ours.close()
    theirs.close()


@both_fidelities
def test_a_broken_line_brings_nothing_and_a_mended_one_does(rig: Rig) -> None:
    here, there = ends(rig)
    ours, theirs = here.open_dchannel(), there.open_dchannel()
    came: list[bytes] = []
    theirs.on_frame(came.append)
    rig.run(3)
    ours.send_frame(b"\x00" * 250)
    rig.run(2)
    here.set_signal(sent=Alarm.LOS)  # in the midst of it
    rig.run(5)
    ours.send_frame(b"lost")
    rig.run(5)
    here.set_signal()
    rig.run(5)
    ours.send_frame(b"\x01\x02\x03")
    rig.run(5)
    assert came == [b"\x01\x02\x03"]
    ours.close()
    theirs.close()


def test_bit_errors_and_slips_cost_frames_and_are_counted(rig: Rig) -> None:
    here, there = ends(rig)
    ours, theirs = here.open_dchannel(), there.open_dchannel()
    came: list[bytes] = []
    theirs.on_frame(came.append)
    there.set_bit_errors(0.001, seed=3)
    there.slip(1)
    sent = [bytes([n]) * 100 for n in range(40)]
    for frame in sent:
        ours.send_frame(frame)
        rig.run(2)
    there.set_bit_errors(0)
    rig.run(5)
    ours.send_frame(b"the last")
    rig.run(5)
    counters = theirs.counters()
    assert set(came) <= {*sent, b"the last"}
    assert came[-1] == b"the last"
    assert counters.received == len(came)
    assert 5 < len(came) < 35
    assert counters.fcs_errors + counters.aborts + counters.misaligned > 5
    ours.close()
    theirs.close()


@pytest.mark.parametrize(
    ("format", "timeslot", "kilobits"), [("crc4", 16, 64), ("esf", 24, 56), ("d4", 24, 56)]
)
def test_frames_cross_lines_with_frames_of_their_own(
    format: str, timeslot: int, kilobits: int
) -> None:
    """Where a T1 robs bit 8 for its signalling, 56 kbit/s leave it alone."""
    line = E1Line(framing=Framing(format))  # type: ignore[arg-type]
    with closing(Engine(1, name="ours")) as ours, closing(Engine(1, name="town")) as town:
        here, there = (
            engine.plug(line, end).open_dchannel(timeslot, kilobits=kilobits)  # type: ignore[arg-type]
            for end, engine in enumerate((ours, town))
        )
        came: list[bytes] = []
        there.on_frame(came.append)
        sent = [bytes([n, 0xFF]) * 20 for n in range(20)]
        for tick in range(1, 120):
            ours.step(tick)
            town.step(tick)
            if 50 <= tick < 70:
                here.send_frame(sent[tick - 50])
        assert came == sent


@pytest.mark.parametrize("format", ["esf", "d4"])
def test_robbed_bits_and_64_kbit_s_exclude_each_other(format: FrameFormat) -> None:
    engine = Engine(1, name="ours")
    span = engine.plug(T1Line(framing=Framing(format)), 0)
    with pytest.raises(CardError, match="timeslot 24: cannot carry 64 kbit/s, ABCD bits are rob"):
        span.open_dchannel(24)
    span.open_dchannel(24, kilobits=56)
    engine.close()
    engine = Engine(1, name="ours")
    engine.plug(T1Line(framing=Framing(format, cas=False)), 0).open_dchannel(24)
    engine.close()


@both_fidelities
def test_a_full_ring_refuses_frames_and_counts_them(rig: Rig) -> None:
    ours = ends(rig)[0].open_dchannel()
    for _ in range(64):
        ours.send_frame(b"abc")
    with pytest.raises(LineError, match="timeslot 16: 64 frames wait, no room for another"):
        ours.send_frame(b"abc")
    assert ours.counters().refused == 1
    assert ours.waiting == 64
    rig.run(20)
    assert ours.waiting == 0
    assert ours.counters().sent == 64
    ours.close()


@both_fidelities
def test_frames_that_nobody_takes_are_lost_and_counted(rig: Rig) -> None:
    ours, theirs = (span.open_dchannel() for span in ends(rig))
    rig.run(2)
    for _ in range(2):
        for _ in range(50):
            ours.send_frame(b"abc")
        for _ in range(10):  # ticks alone: their loop sleeps
            tick = rig.town.core.last_tick() + 1
            rig.ours.core.tick(tick)
            rig.town.core.tick(tick)
    assert theirs.counters().lost == 36
    rig.run(2)
    assert theirs.counters().received == 100
    ours.close()
    theirs.close()


@both_fidelities
def test_lengths_outside_the_limits_are_counted_and_not_delivered(rig: Rig) -> None:
    here, there = ends(rig)
    ours, theirs = here.open_dchannel(), there.open_dchannel(least=3, most=10)
    came: list[bytes] = []
    theirs.on_frame(came.append)
    rig.run(2)
    for length in (2, 3, 10, 11):
        ours.send_frame(bytes(length))
    rig.run(5)
    assert [len(frame) for frame in came] == [3, 10]
    assert (theirs.counters().too_short, theirs.counters().too_long) == (1, 1)
    ours.close()
    theirs.close()


@both_fidelities
def test_a_timeslot_has_one_user(rig: Rig) -> None:
    span = ends(rig)[0]
    ours = span.open_dchannel(16)
    with pytest.raises(CardError, match="timeslot 16: busy, it has a D-channel already"):
        span.open_dchannel(16)
    with pytest.raises(CardError, match="timeslot 16: busy, it has a D-channel already"):
        span.open_lane(16)
    ours.close()
    ours.close()
    with pytest.raises(CardError, match="cannot send a frame, the D-channel was closed"):
        ours.send_frame(b"abc")
    lane = span.open_lane(16)
    with pytest.raises(CardError, match="timeslot 16: busy, it has a lane already"):
        span.open_dchannel(16)
    lane.close()
    assert repr(ours).startswith("<SpanDChannel ")
    rig.run(3)


@both_fidelities
def test_an_engine_that_closes_takes_its_d_channels_along(rig: Rig) -> None:
    ours = ends(rig)[0].open_dchannel()
    rig.run(1)
    rig.ours.close()
    assert not ours.is_open
    ours.close()


def test_a_line_at_rest_makes_no_tick_due(rig: Rig) -> None:
    ours, theirs = (span.open_dchannel() for span in ends(rig))
    rig.run(5)
    assert not rig.ours.due()
    assert not rig.town.due()
    ours.send_frame(b"abc")
    assert rig.ours.due()
    ours.close()
    theirs.close()
    rig.run(2)
