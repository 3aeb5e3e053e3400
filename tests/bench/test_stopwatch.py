"""Works and their figures."""

import math

import pytest

from telcard.bench import Figure, Work, measure


def test_more_work_in_a_call_is_a_lower_figure() -> None:
    little = Work("sums", "little", 80, lambda: math.fsum(range(500)))
    much = Work("sums", "much", 80, lambda: math.fsum(range(50_000)))
    assert measure(little, 0.001).channels > 10 * measure(much, 0.001).channels


def test_a_peer_is_measured_in_the_same_run() -> None:
    work = Work("sums", "x", 80, lambda: None, {"slow": lambda: math.fsum(range(50_000))})
    figure = measure(work, 0.001)
    assert set(figure.peers) == {"slow"}
    assert figure.ratio("slow") > 10


def test_samples_a_second_follow_from_channels() -> None:
    assert Figure("x", "y", 1000.0, {}).msamples == 8.0


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_a_time_that_is_none_is_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="seconds: want more than 0, got"):
        measure(Work("x", "y", 1, lambda: None), seconds)
