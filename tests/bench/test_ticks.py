"""What a tick costs."""

import pytest

from telcard.bench import TickCost, tick_cost
from telcard.bench import ticks as module
from telcard.fax.lane import FaxLane
from telcard.fax.phases import ImageOctets


@pytest.mark.parametrize("recording", [False, True])
def test_a_tick_costs_something_and_the_worst_one_most(
    recording: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WARM_UP", 2)
    cost = tick_cost(31, ticks=5, recording=recording)
    assert 0 < cost.mean_us <= cost.worst_us
    assert cost.p999_us <= cost.worst_us
    assert (cost.lanes, cost.ticks) == (31, 5)


def test_a_tick_costs_more_where_echo_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WARM_UP", 2)
    cost = tick_cost(31, ticks=5, tail_ms=8)
    assert cost.tail_ms == 8
    assert cost.mean_us > tick_cost(31, ticks=5).mean_us


def test_faxes_go_over_while_ticks_are_measured() -> None:
    pages: list[bytes] = []

    def read(fax: FaxLane) -> None:
        pages.extend(said.octets for said in fax.evidence() if isinstance(said, ImageOctets))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_read", read)
        cost = tick_cost(3, ticks=50, faxes=2)
    assert cost.faxes == 2
    assert len(b"".join(pages)) > 2 * 0.4 * 1800  # two lines at 14,400 bit/s, for most of 0.5 s
    with pytest.raises(ValueError, match="faxes: want 0 to 3, as many as there are lanes, got 4"):
        tick_cost(3, faxes=4)


def test_lanes_a_core_follow_from_the_part_of_a_core() -> None:
    cost = TickCost(30, 1, mean_us=100.0, p999_us=0, worst_us=0, recording=False)
    assert cost.core == pytest.approx(0.01)
    assert cost.channels == pytest.approx(3000)


def test_no_tick_and_no_lane_are_refused() -> None:
    with pytest.raises(ValueError, match="ticks: want 1 or more, got 0"):
        tick_cost(30, 0)
    with pytest.raises(ValueError, match="lanes"):
        tick_cost(0)


def test_speech_is_a_law_of_the_length_that_was_asked_for() -> None:
    assert len(module.speech(0.25, 1)) == 2000
