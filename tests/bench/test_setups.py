"""Calls through the whole house."""

import pytest

from telcard.bench import set_ups
from telcard.bench.setups import FLOW_S
from telcard.trunks.cas import THROUGH_CONNECT_S

TICK_MS = 10  # the address is understood, and the answer heard, in whole ticks


def test_calls_are_carried_and_both_ends_have_their_cost() -> None:
    done = set_ups(4, channels=2)
    assert (done.calls, done.channels, len(done.delays_ms)) == (4, 2, 4)
    assert done.seconds > 2 * FLOW_S  # two calls on each channel, one after the other
    assert done.cpu_s > 0
    assert done.far_cpu_s > 0
    assert done.calls_a_second == pytest.approx(4 / done.cpu_s)


def test_calls_without_sound_have_the_same_answers() -> None:
    done = set_ups(2, channels=1, fidelity="events", flow_s=60.0)
    assert done.fidelity == "events"
    assert done.seconds > 120
    assert done.delay_ms(0.5) == pytest.approx(1000 * THROUGH_CONNECT_S, abs=TICK_MS)


def test_in_virtual_time_an_answer_waits_for_the_through_connection_alone() -> None:
    done = set_ups(2, channels=1)
    assert (
        done.delay_ms(0.5)
        == done.delay_ms(0.99)
        == pytest.approx(1000 * THROUGH_CONNECT_S, abs=TICK_MS)
    )


def test_calls_over_a_primary_rate_interface_are_answered_within_a_few_ticks() -> None:
    done = set_ups(4, channels=2, signalling="pri", fidelity="events")
    assert (done.signalling, len(done.delays_ms)) == ("pri", 4)
    assert done.delay_ms(0.5) < 100


def test_no_calls_and_no_channels_are_refused() -> None:
    with pytest.raises(ValueError, match="calls: want 1 or more, got 0"):
        set_ups(0)
    with pytest.raises(ValueError, match="channels: want 1 or more, got 0"):
        set_ups(1, channels=0)
