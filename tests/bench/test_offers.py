"""Calls that are offered at a rate: what becomes of them, and where their answers wait."""

import pytest

from telcard.bench import offer


def test_calls_are_answered_or_refused_and_their_times_add_up() -> None:
    done = offer(40, 0.5, arrivals="even", channels=4, card="emulator:d300sc_e1")
    assert (done.offered, len(done.answer_ms.ms)) == (20, 20 - done.refused)
    assert done.refused > 10  # each of four channels is taken once
    assert done.own_ms.at(1) == 0  # in virtual time, and with nothing before it
    assert done.answer_ms.at(1) <= done.there_ms.at(1) + done.back_ms.at(1) < 100
    assert done.there_ms.at(0) > 0
    assert 0 < done.load < 1
    assert done.cpu_s > 0


def test_a_rate_and_a_time_are_positive() -> None:
    for rate, seconds in ((0, 1), (1, 0)):
        with pytest.raises(ValueError, match="want a positive rate and time, got"):
            offer(rate, seconds)
