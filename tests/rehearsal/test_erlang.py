"""Erlang B against tables, and the interval against a queue that knows the truth."""

import heapq

import numpy as np
import pytest

from telcard.rehearsal.erlang import confidence, erlang_b


@pytest.mark.parametrize(
    ("offered", "circuits", "blocked"),
    [
        # Tables of the Erlang loss formula: circuits at a loss of 0.1, 1 and 2 %.
        (16.684, 30, 0.001),
        (20.337, 30, 0.01),
        (21.932, 30, 0.02),
        (46.950, 60, 0.01),
        (102.96, 120, 0.01),
        (0.0, 5, 0.0),
        (3.0, 0, 1.0),
        (1.0, 1, 0.5),
    ],
)
def test_erlang_b_agrees_with_tables(offered: float, circuits: int, blocked: float) -> None:
    assert erlang_b(offered, circuits) == pytest.approx(blocked, rel=0.005)


def test_erlang_b_wants_traffic_and_circuits() -> None:
    with pytest.raises(ValueError, match="offered traffic: want 0 Erlang or more, got -1"):
        erlang_b(-1, 3)
    with pytest.raises(ValueError, match="circuits: want 0 or more, got -3"):
        erlang_b(1, -3)


def lost(offered: float, circuits: int, batches: int, seed: int) -> list[tuple[int, int]]:
    """A pure loss system over `batches` times 20 holding times: (blocked, attempts) of each."""
    chance = np.random.default_rng(seed)
    busy: list[float] = []
    sums = [[0, 0] for _ in range(batches)]
    at = -10.0
    while (at := at + float(chance.exponential(1 / offered))) < 20 * batches:
        while busy and busy[0] <= at:
            heapq.heappop(busy)
        blocked = len(busy) == circuits
        if not blocked:
            heapq.heappush(busy, at + float(chance.exponential(1.0)))
        if at >= 0:
            batch = sums[int(at / 20)]
            batch[0] += blocked
            batch[1] += 1
    return [(b, n) for b, n in sums]


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    truth = erlang_b(6.0, 8)
    held = 0
    for seed in range(60):
        low, high = confidence(lost(6.0, 8, 20, seed))
        held += low <= truth <= high
    assert held >= 53  # of 60, 57 on average


def test_where_nothing_was_blocked_the_number_of_calls_says_how_sure_that_is() -> None:
    assert confidence([(0, 150), (0, 150)]) == (0.0, pytest.approx(3 / 300, rel=0.01))
    assert confidence([(0, 0), (0, 0)]) == (0.0, 1.0)
    with pytest.raises(ValueError, match="batches: want 2 to 20, got 1"):
        confidence([(0, 1)])
