"""Lanes that hear each other: bridges, routes of the bus, and what closing one does to others."""

import pytest

from telcard.errors import CardError, StaleHandle
from tests.support.line import IDLE, Ear, Rig, noise

pytestmark = pytest.mark.both_fidelities


def test_a_bridge_carries_both_ways_within_two_ticks(rig: Rig) -> None:
    a, far_a = rig.pair(1)
    b, far_b = rig.pair(2)
    ear_a, ear_b = Ear(far_a), Ear(far_b)
    a.listen(b)
    b.listen(a)
    rig.run(3)
    play_a, play_b = far_a.play([noise(640)]), far_b.play([noise(640, 2)])
    rig.run(20)
    assert ear_b.speech == noise(640)
    assert ear_a.speech == noise(640, 2)
    assert play_a.outcome is not None
    assert play_b.outcome is not None
    assert ear_b.begin() - play_a.outcome.start == 160  # one tick for each line, none for us
    assert ear_a.begin() - play_b.outcome.start == 160


def test_a_play_takes_precedence_over_what_is_listened_to(rig: Rig) -> None:
    a, far_a = rig.pair(1)
    b, far_b = rig.pair(2)
    ear = Ear(far_b)
    b.listen(a)
    far_a.play([b"\x11" * 8000])
    rig.run(10)
    b.play([b"\x22" * 160])
    rig.run(10)
    heard = bytes(ear.octets).lstrip(bytes([IDLE]))
    assert heard.startswith(b"\x11" * 80)
    assert b"\x11" + b"\x22" * 160 + b"\x11" in heard


def test_many_listen_to_one(rig: Rig) -> None:
    source, far_source = rig.pair(1)
    pairs = [rig.pair(timeslot) for timeslot in range(2, 32)]
    ears = [Ear(far) for _, far in pairs]
    for ours, _ in pairs:
        ours.listen(source)
    far_source.play([noise(400)])
    rig.run(10)
    assert all(ear.speech == noise(400) for ear in ears)


def test_who_listens_to_a_lane_that_closes_hears_nothing_more(rig: Rig) -> None:
    a, far_a = rig.pair(1)
    b, far_b = rig.pair(2)
    ear = Ear(far_b)
    b.listen(a)
    far_a.play([noise(8000)])
    rig.run(10)
    a.close()
    rig.run(2)
    again = rig.span.open_lane(1)  # the same timeslot, perhaps the same row: another call
    before = len(ear.octets)
    rig.run(10)
    assert bytes(ear.octets[before + 80 :]).strip(bytes([IDLE])) == b""
    assert again.is_open


def test_a_lane_listens_within_its_engine_only(rig: Rig) -> None:
    ours, far = rig.pair()
    with pytest.raises(CardError, match="of another engine"):
        ours.listen(far)


def test_a_lane_that_listens_to_itself_is_a_loop_back(rig: Rig) -> None:
    ours, far = rig.pair()
    ear = Ear(far)
    ours.listen(ours)
    far.play([noise(400)])
    rig.run(10)
    assert ear.speech == noise(400)


def test_listening_ends_with_none(rig: Rig) -> None:
    a, far_a = rig.pair(1)
    b, far_b = rig.pair(2)
    ear = Ear(far_b)
    b.listen(a)
    far_a.play([noise(800)])
    rig.run(4)
    b.listen(None)
    rig.run(12)
    assert ear.speech == noise(800)[: len(ear.speech)]
    assert 0 < len(ear.speech) < 800


def test_closing_the_source_leaves_a_route_and_closing_that_leaves_nobody(rig: Rig) -> None:
    listener, _ = rig.pair(1)
    source, far_source = rig.pair(2)
    bus, far_bus = rig.pair(3)
    listener.route(bus)
    listener.listen(source)
    assert listener.source is source
    source.close()
    assert listener.source is bus
    rig.run()
    ear = Ear(rig.far_span.lanes[1])
    far_bus.play([noise(400)])
    rig.run(10)
    assert ear.speech == noise(400)
    bus.close()
    assert listener.source is None
    assert far_source.is_open


def test_a_source_that_is_stale_is_refused_and_nothing_changes(rig: Rig) -> None:
    listener, _ = rig.pair(1)
    source, _ = rig.pair(2)
    gone, _ = rig.pair(3)
    listener.listen(source)
    gone.close()
    for verb in (listener.listen, listener.route, listener.monitor):
        with pytest.raises(StaleHandle, match="the lane was closed"):
            verb(gone)
    assert listener.source is source
