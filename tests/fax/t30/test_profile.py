"""Times and limits."""

from telcard.fax.t30 import T30
from telcard.fax.t30.core import LASTING, WAITS


def test_times_are_within_the_tolerances_of_the_standard() -> None:
    assert 55 <= T30.t0_s <= 65
    assert 30 <= T30.t1_s <= 40
    assert 5 <= T30.t2_s <= 7
    assert 5 <= T30.t3_s <= 15
    assert 2.55 <= T30.t4_s <= 3.45
    assert 55 <= T30.t5_s <= 65
    assert 2.55 <= T30.frame_s <= 3.45


def test_a_receiver_waits_longer_than_a_sender_takes_to_repeat() -> None:
    assert T30.t4_s * 1.15 + 1.15 < T30.t2_s


def test_a_receiver_sees_a_lost_dcs_again() -> None:
    """Gap and flags, then training check, gap and T4 of the sender."""
    assert 0.2 + 0.075 + 1.393 + 1.5 + T30.t4_s + 0.075 < T30.t2_s


def test_a_check_that_did_not_come_is_refused_before_its_dcs_comes_again() -> None:
    longest = 0.095 + 1.393 + 1.65
    assert longest < T30.check_s < longest + T30.t4_s * 0.85


def test_every_timer_has_a_length() -> None:
    names = set(WAITS.values()) | {"frame", "gap"} | set().union(*LASTING.values())
    assert names == set(T30.timers)
