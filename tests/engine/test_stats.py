from telcard.engine import Engine
from tests.support.line import Rig


def test_a_new_engine_has_done_nothing() -> None:
    stats = Engine(30).stats()
    assert (stats.lanes, stats.lanes_open, stats.ticks, stats.tick_us_mean) == (30, 0, 0, 0.0)
    for ring in (stats.commands, stats.events, stats.taps, stats.recordings):
        assert ring.capacity > 0
        assert (ring.high_water, ring.lost) == (0, 0)


def test_ticks_are_counted_and_measured(rig: Rig) -> None:
    rig.pair()
    rig.run(100)
    stats = rig.ours.stats()
    assert stats.ticks == 100
    assert stats.lanes_open == 1
    assert 0 < stats.tick_us_mean <= stats.tick_us_max
    assert stats.tick_us_p999 <= stats.tick_us_max
    assert stats.commands.high_water == 2  # the plug and the lane
